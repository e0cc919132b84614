// A program of these sources as one file of JavaScript: it starts in a fifth of the time that it takes through tsx. Entered by test
// files when they load.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll } from '@jest/globals'
import { build, type Plugin } from 'esbuild'

/** What ws is written in. */
const REQUIRE = "import { createRequire as requiring } from 'node:module'\nconst require = requiring(import.meta.url)"

/** It finds its own program beside it. */
const ESBUILD = `${process.cwd()}/node_modules/esbuild/lib/main.js`

/** A module of the program still finds the files that lie beside its source. */
const places: Plugin = {
  name: 'places',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^esbuild$/ }, () => ({ path: ESBUILD, external: true }))
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8')
      return { loader: 'ts', contents: source.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) }
    })
  },
}

/** Makes the file before the tests of this file and removes it behind them; answers its path. */
export function bundled(program: string): () => string {
  let folder: string | undefined
  const path = (): string => join(folder as string, 'program.mjs')
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gensock-program-'))
    await build({
      entryPoints: [program],
      outfile: path(),
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      tsconfig: 'tsconfig.test.json',
      banner: { js: REQUIRE },
      plugins: [places],
    })
  }, 30_000)
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })
  return path
}
