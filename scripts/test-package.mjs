// `npm run test:pkg`: packs the library, installs the tarball and xstate into an empty folder as a user would, runs a
// program there as ESM and as CommonJS, both copies in one program, services from files, also with a loader, and type-checks a
// TypeScript user. Then the programs once more under Node 24. Prints one line per check; exits 1 if one fails.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { otherNode } from './other-node.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(`${tmpdir()}/gensock-package-`)
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
  'a machine across: its output, itself: true',
]
const SERVICES = [
  'found: /chat/websocket/shout, /chat/websocket/echo',
  'echo, some_service_name: welcome, /chat/websocket/echo heard hi, news; closed 1000',
  'shout: HI; closed 1000',
]
const TYPED = 'typed: /websocket/typed'
const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    lib: ['es2022'],
    types: ['node'],
    strict: true,
    declaration: true,
    outDir: 'out',
    skipLibCheck: false,
  },
  files: ['types.ts', 'typed/consumer_typed_websocket.ts'],
}
const RESOLUTIONS = {
  esm: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
}
/** The oldest TypeScript that users may have, and the newest. */
const COMPILERS = ['5.5', '7.0.2']
let failed = 0

function run(command, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 180_000 })
  return { ok: status === 0 && error === undefined, stdout: stdout ?? '', output: `${stdout ?? ''}${stderr ?? ''}${error ?? ''}` }
}

function report(what, ok, details) {
  if (!ok) failed++
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${what}\n${ok ? '' : `${details}\n`}`)
}

/** A step without which nothing else can be checked. */
function need(what, command, args, cwd) {
  const { ok, stdout, output } = run(command, args, cwd)
  if (ok) return stdout
  throw new Error(`${what}\n${output}`)
}

function install(...packages) {
  need(`npm install ${packages.join(' ')}`, 'npm', ['install', '--no-audit', '--no-fund', ...packages], folder)
}

function expectOutput(what, node, args, lines) {
  const { ok, stdout, output } = run(node, args, folder)
  report(what, ok && stdout === `${lines.join('\n')}\n`, `expected:\n${lines.join('\n')}\nseen:\n${output}`)
}

function runPrograms(name, node) {
  expectOutput(`${name}: a program as ESM`, node, ['program.mjs'], PROGRAM)
  expectOutput(`${name}: a program as CommonJS`, node, ['program.cjs'], PROGRAM)
  expectOutput(`${name}: both copies share one node`, node, ['both.mjs'], BOTH)
  const { typescript = false } = JSON.parse(run(node, ['-p', 'JSON.stringify(process.features)'], folder).stdout)
  const [what, typed] = typescript === false ? ['.ts refused', unread(name.replace('Node ', ''))] : ['.ts without types', TYPED]
  expectOutput(`${name}: services of files as ESM, ${what}`, node, ['services.mjs'], [...SERVICES, typed])
  expectOutput(`${name}: services of files as CommonJS, ${what}`, node, ['services.cjs'], [...SERVICES, typed])
}

/** What a Node says that cannot load TypeScript. */
function unread(version) {
  const strips = `a Node that strips types (from 22.18; this is ${version})`
  return `typed: a .ts file is loaded by ${strips} or by a loader such as tsx, else compile it to .js`
}

/** The loader that this repository has: of it nothing is installed for the user. */
function runWithLoader() {
  const loader = ['--import', import.meta.resolve('tsx')]
  expectOutput('with tsx: services of files as ESM, .ts too', process.execPath, [...loader, 'services.mjs'], [...SERVICES, TYPED])
  expectOutput(
    'with tsx: services of files as CommonJS, .ts too',
    process.execPath,
    [...loader, 'services.cjs'],
    [...SERVICES, TYPED],
  )
}

/** The file that pages without a bundler load: it is there, it is a module with `connect`, and it is small. */
function checkBundle() {
  const file = `${folder}/node_modules/gensock/dist/client/gensock-client.js`
  const { stdout, output } = run(
    process.execPath,
    ['--input-type=module', '-e', `console.log(typeof (await import('${file}')).connect)`],
    folder,
  )
  const bytes = gzipSync(readFileSync(file)).length
  report(`dist/client/gensock-client.js: ${bytes} bytes gzipped`, stdout === 'function\n' && bytes < 6144, output)
}

function checkTypes(version) {
  for (const [name, resolution] of Object.entries(RESOLUTIONS))
    typeCheck(`${version}, ${name}`, { ...TSCONFIG.compilerOptions, ...resolution })
}
/** Matchers of jest: with the types of jest there, which nothing else of the library needs. */
function checkMatchers(version) {
  const given = { ...TSCONFIG.compilerOptions, types: ['node', 'jest'] }
  for (const [name, resolution] of Object.entries(RESOLUTIONS))
    typeCheck(`${version}, ${name}, with jest`, { ...given, ...resolution }, [...TSCONFIG.files, 'matchers.ts'])
}
function typeCheck(name, compilerOptions, files = TSCONFIG.files) {
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files }))
  const { ok, output } = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.json'], folder)
  report(`types: TypeScript ${name}`, ok, output)
}

try {
  need('build', process.execPath, ['scripts/build.mjs'], root)
  const [{ filename }] = JSON.parse(
    need('npm pack', 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  )
  cpSync(`${root}scripts/consumer`, folder, { recursive: true })
  writeFileSync(`${folder}/package.json`, JSON.stringify({ name: 'consumer', private: true, type: 'module' }))
  install(`./${filename}`, 'xstate', '@types/node@20')
  report(`installed ${filename} and xstate`, true)
  runPrograms(`Node ${process.version}`, process.execPath)
  runWithLoader()
  checkBundle()
  for (const version of COMPILERS) {
    install(`typescript@${version}`)
    checkTypes(version)
  }
  install('@jest/globals@30', '@types/jest@30')
  for (const version of COMPILERS.toReversed()) {
    install(`typescript@${version}`)
    checkMatchers(version)
  }
  const other = otherNode(24)
  if (other === undefined)
    process.stdout.write(`SKIPPED Node 24: fetched for Linux on x64 only, this is ${process.platform} on ${process.arch}\n`)
  else runPrograms(`Node ${run(other, ['--version'], folder).stdout.trim()}`, other)
} catch (error) {
  report(error.message, false, '')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.stdout.write(`test:pkg: ${failed === 0 ? 'all is well' : `${failed} failed`}\n`)
process.exitCode = failed === 0 ? 0 : 1
