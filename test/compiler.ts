// The compiler on modules that a test has written: examples of docstrings, blocks and tables of the documentation. They lie in a folder
// inside this repository, where imports find what is installed, and import the doors by name.
import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The doors -> their sources. */
export const DOORS: Readonly<Record<string, string>> = doorSources()
function doorSources(): Record<string, string> {
  const { compilerOptions } = JSON.parse(readFileSync('tsconfig.test.json', 'utf8')) as {
    compilerOptions: { paths: Record<string, [string]> }
  }
  return Object.fromEntries(Object.entries(compilerOptions.paths).map(([name, [path]]) => [name, resolve(path)]))
}

export interface Compiled {
  /** Names that may be imported -> their sources. Default: the doors. */
  readonly sources?: Readonly<Record<string, string>>
  /** What is compiled, from the folder. Default: everything. */
  readonly include?: string
  /** Other options than those of the tests. */
  readonly options?: object
}

/** What the compiler finds wrong in a folder, as it says it; '' if nothing. Unused names are no fault of an example. */
export async function typeErrorsIn(folder: string, { sources = DOORS, include = '.', options }: Compiled = {}): Promise<string> {
  const paths = Object.fromEntries(Object.entries(sources).map(([name, path]) => [name, [path]]))
  const own = { rootDir: resolve('.'), incremental: false, paths, noUnusedLocals: false, noUnusedParameters: false }
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: resolve('tsconfig.test.json'), compilerOptions: { ...own, ...options }, include: [include] }),
  )
  const args = ['node_modules/typescript/bin/tsc', '-p', folder, '--pretty', 'false']
  const { stdout } = await run(process.execPath, args).catch((error: Error & { stdout: string }) => {
    if (error.stdout === '') throw error // It has not compiled at all.
    return error
  })
  return stdout
}
