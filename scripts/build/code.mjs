// The code of dist by esbuild, as ECMAScript modules, and each of these files as CommonJS: what two doors share is there once in both
// formats. Not minified; source maps lead to src, which is in the package. Entered by build.mjs.
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { build } from 'esbuild'
import { asCommonJs, checkExports } from './commonjs.mjs'
import { keepConstants } from './constants.mjs'
import { keepNames } from './names.mjs'
import { root } from './run.mjs'

/** A file for each door, where package.json has it, and in `shared` what several doors need. */
export async function code() {
  const { outputFiles, metafile } = await bundled(await doors())
  const sources = await Promise.all(Object.keys(metafile.inputs).map((path) => readFile(`${root}${path}`, 'utf8')))
  checkExports(sources)
  const withNames = keepNames(sources)
  const withConstants = keepConstants(sources)
  for (const { path, text } of outputFiles) {
    const isCode = path.endsWith('.js')
    const module = isCode ? withConstants(withNames(text)) : text
    await written(path, module)
    await written(path.replace(`${root}dist/esm/`, `${root}dist/cjs/`), isCode ? asCommonJs(path, module) : module)
  }
  await written(`${root}dist/cjs/package.json`, '{"type":"commonjs"}\n')
}

/** A warning of esbuild is a mistake here. */
async function bundled(entryPoints) {
  const result = await build({
    absWorkingDir: root,
    entryPoints,
    outbase: 'src',
    outdir: 'dist/esm',
    bundle: true,
    splitting: true,
    chunkNames: 'shared/[hash]',
    packages: 'external',
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    sourcemap: true,
    sourcesContent: false,
    tsconfigRaw: '{}', // nothing of how this repository checks its tests
    metafile: true,
    write: false,
    logLevel: 'silent',
  })
  const [warning] = result.warnings
  if (warning !== undefined) throw new Error(`esbuild: ${warning.text} (${warning.location?.file}:${warning.location?.line})`)
  return result
}

async function written(path, text) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** The sources of what package.json lets users import. */
async function doors() {
  const { exports } = JSON.parse(await readFile(`${root}package.json`, 'utf8'))
  return Object.values(exports)
    .filter((door) => typeof door === 'object')
    .flatMap(({ browser, import: own }) => (browser === undefined ? [own] : [own, browser]))
    .map((door) => door.default.replace('./dist/esm/', 'src/').replace(/\.js$/, '.ts'))
}
