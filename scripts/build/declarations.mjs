// The types of every file of src, by tsc, which also says what is wrong with them. Entered by build.mjs.
import { cp } from 'node:fs/promises'
import { root, run } from './run.mjs'

const TSC = 'node_modules/typescript/bin/tsc'
const TYPES = ['--emitDeclarationOnly', '--sourceMap', 'false']

const isNoCode = (path) => !/\.js(?:\.map)?$/.test(path)

/** Writes .d.ts files and their maps into dist/esm and dist/cjs. */
export async function declarations() {
  // Whoever lives in browsers knows no Node, and the other way round. Both need wire/, so one is made after the other.
  await run(TSC, '-p', 'tsconfig.json', ...TYPES)
  await run(TSC, '-p', 'src/client/tsconfig.json', ...TYPES)
  // Declarations are the same text in both formats: what an import leads to is up to the package.json beside them.
  await cp(`${root}dist/esm`, `${root}dist/cjs`, { recursive: true, filter: isNoCode })
}
