// Users who write TypeScript: their files against the packed declarations, in each project, with the oldest TypeScript that they may
// have and the newest. Entered by test-package.mjs.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { install } from './projects.mjs'
import { report } from './report.mjs'
import { run } from './run.mjs'

const VERSIONS = ['5.5', '7.0.2']
const OPTIONS = {
  target: 'es2022',
  lib: ['es2022'],
  types: ['node'],
  strict: true,
  declaration: true,
  outDir: 'out',
  skipLibCheck: false,
}
const NODENEXT = { module: 'nodenext', moduleResolution: 'nodenext' }
const BUNDLER = { module: 'esnext', moduleResolution: 'bundler' }
const FILES = ['types.ts', 'typed/consumer_typed_websocket.ts']
/** With the types of jest there, which nothing else of the library needs. */
const JEST = { types: ['node', 'jest'] }
const JEST_FILES = ['matchers.ts', 'chat.test.ts']

/** Installs each in a folder of its own; answers `{ version, tsc }` of each, the newest last. */
export async function compilers(folder) {
  return Promise.all(
    VERSIONS.map(async (version) => {
      const home = join(folder, `typescript-${version}`)
      mkdirSync(home)
      writeFileSync(join(home, 'package.json'), '{"private":true}\n')
      await install(home, [`typescript@${version}`])
      return { version, tsc: join(home, 'node_modules/typescript/bin/tsc') }
    }),
  )
}

export async function checkTypes(compilers, { esm, commonjs, jest }) {
  for (const compiler of compilers) {
    await check(compiler, 'ESM, nodenext', esm, NODENEXT, FILES)
    await check(compiler, 'ESM, bundler', esm, BUNDLER, FILES)
    await check(compiler, 'CommonJS, nodenext', commonjs, NODENEXT, FILES)
    await check(compiler, 'Jest in CommonJS, nodenext', jest, { ...NODENEXT, ...JEST }, JEST_FILES)
    await check(compiler, 'Jest in CommonJS, bundler', jest, { ...BUNDLER, ...JEST }, JEST_FILES)
  }
}

async function check({ version, tsc }, what, project, options, files) {
  const { ok, output } = await compile(tsc, project, { ...OPTIONS, noEmit: true, ...options }, files)
  report(`types: TypeScript ${version}, ${what}`, ok, output)
}

/** Compiles files of a project by a tsconfig.json written there. */
export function compile(tsc, project, compilerOptions, files) {
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
  return run(process.execPath, [tsc, '-p', 'tsconfig.json'], project)
}
