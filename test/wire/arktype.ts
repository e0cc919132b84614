// arktype for tests: it is ES modules only, which jest's CommonJS run cannot require. So it is made one script, which is run.
import { runInThisContext } from 'node:vm'
import { buildSync } from 'esbuild'
import type * as arktype from 'arktype'

const { outputFiles } = buildSync({
  stdin: { contents: "export * from 'arktype'", resolveDir: process.cwd() },
  bundle: true,
  write: false,
  format: 'iife',
  globalName: 'made',
  footer: { js: 'made' },
})
export const { type } = runInThisContext(outputFiles[0]?.text as string) as typeof arktype
