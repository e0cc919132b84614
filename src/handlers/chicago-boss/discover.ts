// discover: services from the files of a folder. Entered by users; calls services.
import { readdirSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BadArgError, GensockError } from '../../base/errors.js'
import { currentKernel, kernelOf } from '../../runtime/node.js'
import { onNode } from '../../runtime/on-node.js'
import { type Load, moduleOf } from './module-file.js'
import { serviceOf } from './module-name.js'
import { bossOptions, type DiscoverOptions, discoverOptions } from './options.js'
import { type Boss, startServices } from './services.js'

/** What a module of a service may be written in. Files of declarations alone (`.d.ts`) are none. */
const FILE = /^[^.]*_websocket\.[cm]?[jt]s$/
const SKIPPED = /^(?:\.|node_modules$)/

/**
 * Starts the services of a folder: every file `<app>_<service>_websocket.ts` or `.js` in it or below it (`.mjs`, `.cjs`,
 * `.mts`, `.cts` as well) is the module of the service `/websocket/<service>`. The module is the default export of its file, or
 * the only function that it exports. Folders whose names begin with a dot, and `node_modules`, are not looked into.
 *
 * @param folder - a path, relative to the working directory, or a URL object of `file:`
 * @param options - as of `services`, and `load`; default `{}`
 * @returns the services, once each has answered its `init`. Rejects with `GENSOCK_ERR_BADARG`: a file that does not load or
 * fit, by its path and all that is missing; a `.ts` file where nothing can load it; else as `services`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no folder, none with such a file, a name that is
 * not of the form, two files of one name, a bad option
 * @example
 * const modules = mkdtempSync(join(tmpdir(), 'websocket-'))
 * writeFileSync(join(modules, 'myapp_echo_websocket.js'), '')
 * const load = () => ({ echo: () => ({ init: () => ['ok', null] }) })
 * const boss = await discover(modules, { load })
 * boss.routes.map(({ path }) => path) // => ['/websocket/echo']
 * @see Chicago Boss, WebSocket API: "your project's src/websocket directory"; `boss_files:websocket_mapping/3`
 */
export function discover(folder: string | URL, options: DiscoverOptions = {}): Promise<Boss> {
  const { load, rest } = discoverOptions(options)
  const { app, node } = bossOptions('discover', rest)
  // Of now: while files are loaded no process is the running one.
  const kernel = node === undefined ? currentKernel() : kernelOf(node)
  const files = filesOf(pathOf(folder), app)
  const start = (modules: Readonly<Record<string, unknown>>): Promise<Boss> =>
    onNode(kernel, () => startServices('discover', modules, files, rest))
  return loadAll(files, load).then(start)
}

function pathOf(folder: unknown): string {
  const path = folder instanceof URL && /^file:\/\/\/(?!.*%2f)/i.test(folder.href) ? fileURLToPath(folder) : folder
  if (typeof path === 'string' && isFolder(path)) return resolve(path)
  throw new BadArgError('discover: folder', 'the path of a folder, or a URL object of file:', folder)
}

/** The files of modules by the names of these, in the order of their paths. */
function filesOf(folder: string, app: string | undefined): Map<string, string> {
  const files = new Map<string, string>()
  for (const file of found(folder).toSorted()) {
    const name = basename(file).split('.')[0] as string
    serviceOf(`discover: the name of ${file}`, name, app)
    const other = files.get(name)
    if (other !== undefined)
      throw new GensockError('GENSOCK_ERR_BADARG', `discover: ${other} and ${file} are both ${name}`, 'badarg')
    files.set(name, file)
  }
  if (files.size > 0) return files
  throw new BadArgError('discover: folder', 'one with a file <app>_<service>_websocket.ts or .js', folder)
}
function found(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = resolve(folder, entry.name)
    if (isFolder(path)) return entry.isSymbolicLink() || SKIPPED.test(entry.name) ? [] : found(path)
    return FILE.test(entry.name) ? [path] : []
  })
}
function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false // nothing there, or nothing that we may see
  }
}

async function loadAll(files: ReadonlyMap<string, string>, load: Load | undefined): Promise<Record<string, unknown>> {
  const modules: Record<string, unknown> = {}
  // One after the other: which file is refused does not depend on which is read faster.
  for (const [name, file] of files) modules[name] = await moduleOf(file, load)
  return modules
}
