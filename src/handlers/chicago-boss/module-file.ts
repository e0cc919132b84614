// The file of a module: how it is loaded, and which of its exports is the module. Entered by discover.
import { pathToFileURL } from 'node:url'
import { GensockError } from '../../base/errors.js'
import { isCallback, said } from './module-check.js'

/** Answers the exports of a file. */
export type Load = (file: string) => unknown

/**
 * The module of a file.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - the file cannot be loaded, or exports no module
 */
export async function moduleOf(file: string, load: Load = importFile): Promise<unknown> {
  return moduleIn(file, await loaded(file, load))
}

async function loaded(file: string, load: Load): Promise<unknown> {
  try {
    return await load(file)
  } catch (cause) {
    const needs = isUnread(file, cause) ? `: ${NEEDS}` : ''
    throw new GensockError('GENSOCK_ERR_BADARG', `discover: ${file} cannot be loaded${needs}: ${said(cause)}`, 'badarg', {
      cause,
    })
  }
}

const STRIPS = `a Node that strips types (from 22.18; this is ${process.version})`
const NEEDS = `a .ts file is loaded by ${STRIPS} or by a loader such as tsx, else compile it to .js`
/** What this Node says of TypeScript: syntax that cannot be stripped, packages, a build without it. */
const UNREAD = /^ERR_(?:UNSUPPORTED_TYPESCRIPT_SYNTAX|UNSUPPORTED_NODE_MODULES_TYPE_STRIPPING|NO_TYPESCRIPT)$/
/** Was it that nobody here reads TypeScript? A Node without it has no word for it: `require` takes it for JavaScript. */
function isUnread(file: string, error: unknown): boolean {
  if (!/\.[cm]?ts$/.test(file)) return false
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown }
  if (typeof code === 'string' && UNREAD.test(code)) return true
  const { typescript = false } = process.features as { readonly typescript?: string | false }
  return typescript === false && (code === 'ERR_UNKNOWN_FILE_EXTENSION' || name === 'SyntaxError')
}

declare const module: unknown
// In the CommonJS build `import` is compiled to `require`, which takes no URLs; jest's own transforms what it loads. Bundlers put a
// `require` of theirs into ECMAScript modules: `module` tells the two apart.
function importFile(file: string): Promise<unknown> {
  return import(typeof module === 'object' ? file : pathToFileURL(file).href) as Promise<unknown>
}

/** Takes nothing of a file but what its form promises. */
function moduleIn(file: string, exported: unknown): unknown {
  // `module.exports` itself; the default export; that of compiled CommonJS, whose exports `import` takes for the default one.
  const own = fieldsOf(exported)['default']
  for (const one of [exported, own, fieldsOf(own)['default']]) if (typeof one === 'function') return one
  const functions = new Set([...functionsOf(own), ...functionsOf(exported)])
  if (functions.size === 1) return [...functions][0]
  const names = Object.keys(fieldsOf(exported)).filter((name) => !NO_EXPORTS.includes(name))
  const form = 'a module is its default export, or the only function that it exports: (req, sessionId) => ({ init, ... })'
  const text = `discover: ${file} has no module: ${form}; it exports ${names.length === 0 ? 'nothing' : names.join(', ')}`
  throw new GensockError('GENSOCK_ERR_BADARG', text, 'badarg')
}

/** What Node and compilers add to the exports of CommonJS. */
const NO_EXPORTS = ['__esModule', 'module.exports']
function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {}
}
/** A file that exports callbacks was meant as a whole, as an Erlang module is: none of them is its module. */
function functionsOf(exported: unknown): unknown[] {
  const fields = Object.entries(fieldsOf(exported))
  return fields.flatMap(([name, value]) => (typeof value === 'function' && !isCallback(name) ? [value] : []))
}
