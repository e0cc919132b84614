// discover: services from the files of a folder. Entered by users; calls services.
import { readdirSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { BadArgError, GensockError, show } from '../../base/errors.js'
import { serviceOf } from './module-name.js'
import { bossOptions, type DiscoverOptions, discoverOptions } from './options.js'
import { type Boss, startServices } from './services.js'

/** What a module of a service may be written in. Files of declarations alone (`.d.ts`) are none. */
const FILE = /^[^.]*_websocket\.[cm]?[jt]s$/
const SKIPPED = /^(?:\.|node_modules$)/

/**
 * Starts the services of a folder: every file `<app>_<service>_websocket.ts` or `.js` in it or below it (`.mjs`, `.cjs`, `.mts`, `.cts` as
 * well) is the module of the service `/websocket/<service>`. The module is the default export of its file, or the only function
 * that it exports. Folders whose names begin with a dot, and `node_modules`, are not looked into.
 *
 * @param folder - a path, relative to the working directory, or a file URL
 * @param options - as of `services`, and `load`; default `{}`
 * @returns the services, once each has answered its `init`. Rejects with `GENSOCK_ERR_BADARG`: a file that does not load or fit,
 * by its path and all that is missing; a `.ts` file where nothing can load it; two files of one service. Else as `services`
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no folder, none with such a file, a bad option
 * @example
 * const modules = mkdtempSync(join(tmpdir(), 'websocket-'))
 * writeFileSync(join(modules, 'myapp_echo_websocket.js'), '')
 * const load = () => ({ echo: () => ({ init: () => ['ok', null] }) })
 * const boss = await discover(modules, { load })
 * boss.routes.map(({ path }) => path) // => ['/websocket/echo']
 * @see Chicago Boss, WebSocket API: "your project's src/websocket directory"; `boss_files:websocket_mapping/3`
 */
export function discover(folder: string | URL, options: DiscoverOptions = {}): Promise<Boss> {
  const { load = importFile, rest } = discoverOptions(options)
  const { app } = bossOptions('discover', rest)
  const files = filesOf(pathOf(folder), app)
  return loadAll(files, load).then((modules) => startServices('discover', modules, Object.fromEntries(files), rest))
}

function pathOf(folder: unknown): string {
  const path = folder instanceof URL && folder.protocol === 'file:' ? fileURLToPath(folder) : folder
  if (typeof path !== 'string' || statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new BadArgError('discover: folder', 'the path or file URL of a folder', folder)
  return resolve(path)
}

/** The files of modules by the names of these, in the order of their paths. */
function filesOf(folder: string, app: string | undefined): Map<string, string> {
  const files = new Map<string, string>()
  for (const file of found(folder).toSorted()) {
    const name = basename(file).split('.')[0] as string
    serviceOf(`discover: the name of ${file}`, name, app)
    const other = files.get(name)
    if (other !== undefined) throw new BadArgError(`discover: ${file}`, `the only file of ${name}; so is`, other)
    files.set(name, file)
  }
  if (files.size > 0) return files
  throw new BadArgError('discover: folder', 'one with a file <app>_<service>_websocket.ts or .js', folder)
}
function found(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = resolve(folder, entry.name)
    const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && statSync(path, { throwIfNoEntry: false })?.isDirectory())
    if (isFolder === true) return entry.isSymbolicLink() || SKIPPED.test(entry.name) ? [] : found(path)
    return FILE.test(entry.name) ? [path] : []
  })
}

async function loadAll(files: ReadonlyMap<string, string>, load: (file: string) => unknown): Promise<Record<string, unknown>> {
  const modules: Record<string, unknown> = {}
  // One after the other: which file is refused does not depend on which is read faster.
  for (const [name, file] of files) modules[name] = moduleOf(file, await loaded(file, load))
  return modules
}

/** Takes nothing of a file but what its form promises. */
function moduleOf(file: string, exported: unknown): unknown {
  if (typeof exported === 'function') return exported // `module.exports = (req, sessionId) => ...`
  const all = typeof exported === 'object' && exported !== null ? (exported as Readonly<Record<string, unknown>>) : {}
  const own = all['default']
  if (typeof own === 'function') return own
  // What CommonJS exports is the default export of the namespace, if `import` has loaded it.
  const names = typeof own === 'object' && own !== null ? { ...own, ...all } : all
  const functions = new Set(Object.values(names).filter((value) => typeof value === 'function'))
  if (functions.size === 1) return [...functions][0]
  const allowed = 'a file whose default export, or only function, is (req, sessionId) => ({ init, ... })'
  throw new BadArgError(`discover: ${file}`, `${allowed}; its exports`, Object.keys(all))
}

async function loaded(file: string, load: (file: string) => unknown): Promise<unknown> {
  try {
    return await load(file)
  } catch (cause) {
    const needs = /\.[cm]?ts$/.test(file) && isUnread(cause) ? `: ${NEEDS}` : ''
    const error = new GensockError('GENSOCK_ERR_BADARG', `discover: ${file} cannot be loaded${needs}: ${show(cause)}`, 'badarg')
    error.cause = cause
    throw error
  }
}

const NEEDS = `a .ts file is loaded by a Node that strips types (from 22.18; this is ${process.version}) or by a loader such as tsx, else compile it to .js`
/** Did nobody understand that it is TypeScript, or this TypeScript? */
function isUnread(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return (
    error instanceof SyntaxError ||
    (typeof code === 'string' && /^ERR_(?:UNKNOWN_FILE_EXTENSION|.*TYPE_?SCRIPT.*|.*TYPE_STRIPPING)$/.test(code))
  )
}

declare const require: unknown
// In the CommonJS build `import` is compiled to `require`, which takes no URLs; jest's own transforms what it loads.
function importFile(file: string): Promise<unknown> {
  return import(typeof require === 'function' ? file : pathToFileURL(file).href) as Promise<unknown>
}
