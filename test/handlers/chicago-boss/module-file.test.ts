// How the file of a module is loaded, which of its exports is the module, and what is said of one that has none or cannot be
// loaded. Under jest files are loaded by jest's own `require`; loaders.test.ts and `npm run test:pkg` load them as programs do.
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { discover, type DiscoverOptions, type ServiceModule } from 'gensock/chicago-boss'
import { type TestNode, testNode } from 'gensock/testing'
import { unlinked } from '../../linked.js'
import { folderWith } from './files.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const service: ServiceModule<null> = () => ({ init: () => ['ok', null] })
const other = (): void => undefined

/** What becomes of a file with these exports: its URL, or the message of the refusal without its path. */
async function outcomeOf(file: string, load: DiscoverOptions['load'], text = ''): Promise<string> {
  const folder = folderWith({ [file]: text })
  try {
    const { routes } = await discover(folder, load === undefined ? { node } : { node, load })
    return routes[0].path
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string }
    expect(code).toBe('GENSOCK_ERR_BADARG')
    const start = `discover: ${join(folder, file)} `
    expect(message.slice(0, start.length)).toBe(start)
    return unlinked('GENSOCK_ERR_BADARG', message).slice(start.length)
  }
}

describe('which export is the module', () => {
  test.each<[string, unknown]>([
    ['the function that is all it exports', service],
    ['the default export', { default: service }],
    ['the default export, beside other functions', { default: service, other, third: other }],
    ['the default export of CommonJS', { default: service, 'module.exports': service }],
    [
      'the default export of compiled CommonJS',
      { default: { __esModule: true, default: service, other }, __esModule: true, other },
    ],
    ['the only function', { service, answer: 42, __esModule: true }],
    ['the only function, under two names', { service, again: service }],
    ['the only function of CommonJS, named', { default: { service }, service, 'module.exports': { service } }],
    ['the only function of CommonJS, without a name that import sees', { default: { service, answer: 42 } }],
    ['the only function beside a default export that is none', { default: null, service }],
    ['the only function beside callbacks', { init: other, service }],
  ])('%s', async (_what, exported) => {
    expect(await outcomeOf('my_a_websocket.js', () => exported)).toBe('/websocket/a')
  })

  const form = 'a module is its default export, or the only function that it exports: (req, sessionId) => ({ init, ... })'
  test.each<[string, unknown, string]>([
    ['nothing', {}, 'nothing'],
    ['undefined', undefined, 'nothing'],
    ['null', null, 'nothing'],
    ['a text', 'module', 'nothing'],
    ['no function', { answer: 42, list: [] }, 'answer, list'],
    ['two functions', { one: service, two: other, __esModule: true }, 'one, two'],
    ['two functions of CommonJS', { default: { one: service, two: other }, 'module.exports': {}, one: service }, 'default, one'],
    ['its callbacks, as an Erlang module does', { init: other, handleJoin: other }, 'init, handleJoin'],
    ['one callback', { init: other }, 'init'],
    ['a service in place of a module', { default: { init: other } }, 'default'],
  ])('a file that exports %s has none', async (_what, exported, names) => {
    expect(await outcomeOf('my_a_websocket.js', () => exported)).toBe(`has no module: ${form}; it exports ${names}`)
  })

  test('a function that is no module is refused for what it answers', async () => {
    expect(await outcomeOf('my_a_websocket.js', () => ({ default: other }))).toBe(
      'is no service: the function must answer an object of callbacks, it answered undefined',
    )
  })
})

describe('how it is loaded', () => {
  const typed = "const m: (req: unknown) => unknown = () => ({ init: () => ['ok', null] })\n"
  test.each([
    ['CommonJS', 'my_a_websocket.js', "module.exports = () => ({ init: () => ['ok', null] })"],
    ['CommonJS with a name', 'my_a_websocket.cjs', "exports.myapp = () => ({ init: () => ['ok', null] })"],
    ['TypeScript, its default export', 'my_a_websocket.ts', `${typed}export default m\n`],
    ['TypeScript, its only function', 'my_a_websocket.ts', `${typed}export { m }\nexport const answer: number = 42\n`],
  ])('by default by what loads modules here: %s', async (_what, file, text) => {
    expect(await outcomeOf(file, undefined, text)).toBe('/websocket/a')
  })

  test('`load` is given the paths of the files, one after the other, and may answer later', async () => {
    const folder = folderWith({ 'my_a_websocket.js': '', 'b/my_b_websocket.ts': '', 'my_c_websocket.mts': '' })
    const log: string[] = []
    const load = async (file: string): Promise<unknown> => {
      log.push(`begin ${file}`)
      await new Promise((resolve) => setImmediate(resolve))
      log.push(`end ${file}`)
      return { default: service }
    }
    const { routes } = await discover(folder, { node, load })
    expect(routes).toHaveLength(3)
    const files = ['b/my_b_websocket.ts', 'my_a_websocket.js', 'my_c_websocket.mts'].map((file) => join(folder, file))
    expect(log).toEqual(files.flatMap((file) => [`begin ${file}`, `end ${file}`]))
  })

  test('of two files that do not load the first by its path is refused, and the other is not loaded', async () => {
    const folder = folderWith({ 'my_a_websocket.js': '', 'my_b_websocket.js': '' })
    const loaded: string[] = []
    const load = (file: string): never => {
      loaded.push(file)
      throw new Error('broken')
    }
    const first = join(folder, 'my_a_websocket.js')
    await expect(discover(folder, { node, load })).rejects.toThrow(`discover: ${first} cannot be loaded: Error: broken`)
    expect(loaded).toEqual([first])
  })
})

describe('what is said of a file that does not load', () => {
  const fail =
    (thrown: unknown): DiscoverOptions['load'] =>
    () =>
      Promise.reject(thrown)
  const withCode = (error: Error, code: string): Error => Object.assign(error, { code })

  test.each<[string, string, string]>([
    ['a file that throws', "throw new Error('no such table')", 'cannot be loaded: Error: no such table'],
    ['a file that throws no error', "throw { table: 'users' }", "cannot be loaded: { table: 'users' }"],
    ['a file with a syntax error', 'module.exports = () => ({', 'cannot be loaded: SyntaxError: '],
    [
      'a file that needs what is not there',
      "require('./nowhere.cjs')",
      "cannot be loaded: Error: Cannot find module './nowhere.cjs' ",
    ],
  ])('%s', async (_what, text, said) => {
    expect((await outcomeOf('my_a_websocket.js', undefined, text)).slice(0, said.length)).toBe(said)
  })

  test('what was thrown is the cause, and a long story is cut', async () => {
    const thrown = new Error(`one\n  two ${'x'.repeat(1000)}`)
    const refused = discover(folderWith({ 'my_a_websocket.js': '' }), { node, load: () => Promise.reject(thrown) })
    await expect(refused).rejects.toMatchObject({
      cause: thrown,
      message: expect.stringMatching(/: Error: one two x{100,400}\.\.\. \(see /),
    })
  })

  const own = Object.getOwnPropertyDescriptor(process.features, 'typescript') ?? { value: undefined, configurable: true }
  afterEach(() => void Object.defineProperty(process.features, 'typescript', own))

  const sentence = `cannot be loaded: a .ts file is loaded by a Node that strips types (from 22.18; this is ${process.version}) or by a loader such as tsx, else compile it to .js: `
  /** As on a Node that strips types, or does not. */
  const onNode = (typescript: 'strip' | false | undefined): void => {
    Object.defineProperty(process.features, 'typescript', { value: typescript, configurable: true })
  }
  const unknown = (): Error => withCode(new TypeError('Unknown file extension ".ts"'), 'ERR_UNKNOWN_FILE_EXTENSION')
  const enums = (): Error => withCode(new SyntaxError('TypeScript enum is not supported'), 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX')
  const inPackage = (): Error => withCode(new Error('under node_modules'), 'ERR_UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING')
  const without = (): Error => withCode(new Error('no support'), 'ERR_NO_TYPESCRIPT')
  const syntax = (): Error => new SyntaxError("Unexpected token '{'")

  test.each<[string, 'strip' | false | undefined, () => Error]>([
    ['a Node without TypeScript, by import', undefined, unknown],
    ['a Node without TypeScript, by require', undefined, syntax],
    ['a Node whose TypeScript is off, by import', false, unknown],
    ['a Node whose TypeScript is off, by require', false, syntax],
    ['a Node that was built without it', false, without],
    ['a Node that strips types, of syntax that cannot be stripped', 'strip', enums],
    ['a Node that strips types, of a file in a package', 'strip', inPackage],
  ])('a .ts file is refused with the sentence that says who loads one: %s', async (_what, typescript, error) => {
    onNode(typescript)
    for (const file of ['my_a_websocket.ts', 'my_a_websocket.mts', 'my_a_websocket.cts'])
      expect(await outcomeOf(file, fail(error()))).toBe(`${sentence}${String(error())}`)
  })

  test.each<[string, string, 'strip' | undefined, unknown]>([
    ['its own syntax error, where types are stripped', 'my_a_websocket.ts', 'strip', syntax()],
    ['an extension that it imports, where types are stripped', 'my_a_websocket.ts', 'strip', unknown()],
    ['an error of its own', 'my_a_websocket.ts', undefined, new Error('no such table')],
    ['an error of its own with a code', 'my_a_websocket.ts', undefined, withCode(new Error('no such file'), 'ENOENT')],
    ['nothing', 'my_a_websocket.ts', undefined, undefined],
    ['null', 'my_a_websocket.ts', undefined, null],
    ['a syntax error of a .js file', 'my_a_websocket.js', undefined, syntax()],
    ['a syntax error of a .mjs file', 'my_a_websocket.mjs', undefined, syntax()],
  ])('and any other without it: %s', async (_what, file, typescript, thrown) => {
    onNode(typescript)
    expect(await outcomeOf(file, fail(thrown))).toBe(`cannot be loaded: ${String(thrown)}`)
  })
})
