// Programs of users: processes, a socket, a machine, something of each door; both copies in one program; services from files, also
// with a loader. As ESM and as CommonJS. Entered by test-package.mjs.
import { expectOutput } from './run.mjs'

const PROGRAM = [
  'processes: 42, then normal',
  'socket: welcome, bin, 0 one, 1 two; closed 1000',
  'doors: function, function, function, function, function, function, function, function',
  'machine: red, then green',
]
const BOTH = [
  'copies: two',
  'registered here, found there: true',
  'a pid in both: true, one node: true',
  'a message across: true',
  'an end across: bad',
  'an error across: true,true,false',
  'a machine across: its output, itself: true',
]
const SERVICES = [
  'found: /chat/websocket/shout, /chat/websocket/echo',
  'echo, some_service_name: welcome, /chat/websocket/echo heard hi, news; closed 1000',
  'shout: HI; closed 1000',
]
const TYPED = 'typed: /websocket/typed'

export async function checkPrograms(nodes, { esm, commonjs }) {
  for (const { name, binary, version, stripsTypes } of nodes) {
    await expectOutput(`${name}: a program as ESM`, binary, ['program.mjs'], esm, PROGRAM)
    await expectOutput(`${name}: a program as CommonJS`, binary, ['program.cjs'], commonjs, PROGRAM)
    await expectOutput(`${name}: both copies share one node`, binary, ['both.mjs'], esm, BOTH)
    const [what, typed] = stripsTypes ? ['.ts without types', TYPED] : ['.ts refused', unread(version)]
    const lines = [...SERVICES, typed]
    await expectOutput(`${name}: services of files as ESM, ${what}`, binary, ['services.mjs'], esm, lines)
    await expectOutput(`${name}: services of files as CommonJS, ${what}`, binary, ['services.cjs'], commonjs, lines)
  }
}

/** What a Node says that cannot load TypeScript. */
function unread(version) {
  const strips = `a Node that strips types (from 22.18; this is ${version})`
  return `typed: a .ts file is loaded by ${strips} or by a loader such as tsx, else compile it to .js`
}

/** The loader that this repository has: of it nothing is installed for the user. */
export async function checkWithLoader({ esm, commonjs }) {
  const node = process.execPath
  const loader = ['--import', import.meta.resolve('tsx')]
  const lines = [...SERVICES, TYPED]
  await expectOutput('with tsx: services of files as ESM, .ts too', node, [...loader, 'services.mjs'], esm, lines)
  await expectOutput('with tsx: services of files as CommonJS, .ts too', node, [...loader, 'services.cjs'], commonjs, lines)
}
