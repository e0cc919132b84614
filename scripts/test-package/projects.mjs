// Empty projects into which the packed library is installed, each in a folder with no node_modules above it. Entered by
// test-package.mjs and by the steps that need a project of their own.
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { report } from './report.mjs'
import { need, root } from './run.mjs'

export const NODE_TYPES = '@types/node@20'
const FILES = `${root}scripts/test-package/projects`

/** Builds and packs the library once; answers the path of the tarball. */
export async function pack(folder) {
  await need('build', process.execPath, ['scripts/build.mjs'], root)
  const packed = await need('npm pack', 'npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root)
  const [{ filename, unpackedSize, entryCount }] = JSON.parse(packed)
  report(`packed: ${filename}, ${entryCount} files, ${Math.round(unpackedSize / 1024)} kB`, true)
  return join(folder, filename)
}

/** As of `npm init` with `"type": "module"`, and what a user installs who wants machines, too. */
export function esmProject(folder, tarball) {
  return project(join(folder, 'esm'), { type: 'module' }, [tarball, 'xstate', NODE_TYPES], ['both', 'esm'])
}

/** As of `npm init`, with nothing but the library. */
export function commonjsProject(folder, tarball) {
  return project(join(folder, 'commonjs'), { type: 'commonjs' }, [tarball, NODE_TYPES], ['both'])
}

/** A project with these packages, and copies of these folders of `projects/`; answers its folder. */
export async function project(folder, fields, packages, files) {
  nothingAbove(folder)
  mkdirSync(folder)
  const name = `consumer-${fields.type}`
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify({ name, version: '1.0.0', private: true, ...fields })}\n`)
  await install(folder, packages)
  for (const from of files) cpSync(join(FILES, from), folder, { recursive: true })
  return folder
}

export function install(folder, packages) {
  const args = ['install', '--no-audit', '--no-fund', '--prefer-offline', ...packages]
  return need(`npm ${args.join(' ')}`, 'npm', args, folder)
}

/** Else something could be found there that the package itself does not bring. */
function nothingAbove(folder) {
  for (let above = dirname(folder); ; above = dirname(above)) {
    if (existsSync(join(above, 'node_modules'))) throw new Error(`${above} has a node_modules: set TMPDIR to another place`)
    if (above === dirname(above)) return
  }
}
