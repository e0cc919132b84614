// A program of these sources as one file of JavaScript: it starts in a fifth of the time that it takes through tsx, which counts where a
// test file starts it again and again. Entered by test files when they load.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from '@jest/globals'
import { buildSync } from 'esbuild'

/** What ws is written in. */
const REQUIRE = "import { createRequire } from 'node:module'\nconst require = createRequire(import.meta.url)"

/** Makes the file before the tests of this file and removes it behind them; answers its path. */
export function bundled(program: string): () => string {
  let folder: string | undefined
  const path = (): string => join(folder as string, 'program.mjs')
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'gensock-program-'))
    buildSync({
      entryPoints: [program],
      outfile: path(),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      tsconfig: 'tsconfig.test.json',
      banner: { js: REQUIRE },
    })
  }, 30_000)
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })
  return path
}
