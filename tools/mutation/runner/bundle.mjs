// Makes one bundle of the test files, each loaded only when it is asked for, with jest's globals replaced by our own.
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const RUNNER = fileURLToPath(new URL('.', import.meta.url))

/** The test files of the folders, without those that are left out; the order of the folders is kept. */
function testFiles(root, { folders, without }) {
  return folders
    .flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith('.test.ts'))
        .sort()
        .map((name) => `${folder}/${name}`),
    )
    .filter((file) => !without.some((pattern) => new RegExp(pattern).test(file)))
}

/** `gensock/...` as jest.config.mjs has it, on the sources under `root`. */
async function aliases(root) {
  const { default: jest } = await import(pathToFileURL(join(root, 'jest.config.mjs')).href)
  const own = Object.entries(jest.moduleNameMapper).filter(([pattern]) => pattern.startsWith('^gensock'))
  return Object.fromEntries(own.map(([pattern, path]) => [pattern.slice(1, -1), path.replace('<rootDir>', root)]))
}

export async function bundleTests(root, options, outfile) {
  // The root's esbuild: this package has none of its own.
  const { build } = createRequire(join(root, 'package.json'))('esbuild')
  const files = testFiles(root, options)
  const loads = files.map((file) => `${JSON.stringify(file)}: () => require(${JSON.stringify(join(root, file))})`)
  await build({
    stdin: {
      contents: `const { main } = require(${JSON.stringify(join(RUNNER, 'run.ts'))})\nmain({ ${loads.join(',\n')} })`,
      resolveDir: root,
    },
    alias: { ...(await aliases(root)), '@jest/globals': join(RUNNER, 'globals.ts') },
    nodePaths: [join(root, 'node_modules')],
    external: ['@swc/core', 'esbuild'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    keepNames: true,
    logLevel: 'error',
    outfile,
  })
  return files
}
