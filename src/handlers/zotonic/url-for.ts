// From a rule's name to a URL: of the rules of that name whose variables are all given, the one that leaves the fewest
// arguments. Entered by dispatch. Pure.
import { BadArgError } from '../../base/errors.js'
import { decoded, leadsAway, type Token } from './path-spec.js'

/**
 * Arguments of `urlFor`: values of path variables, `star` for `'*'`, and what goes into the query. Empty and undefined ones do
 * not count.
 *
 * @example
 * const args: UrlArgs = { id: 7, star: 'a/b', page: 2, q: undefined }
 * dispatch([['room', ['room', ':id', '*'], controllerWebsocket]]).urlFor('room', args) // => '/room/7/a/b?page=2'
 * @see Zotonic 0.10, `z_dispatcher:url_for/3`
 */
export type UrlArgs = Readonly<Record<string, string | number | undefined>>

const ALLOWED_VALUE = 'a string or a finite number'

/** The URL of the best of these paths, in their order; undefined if none fits. */
export function urlOf(paths: readonly (readonly Token[])[], given: UrlArgs): string | undefined {
  const args = checkArgs(given)
  let best: { readonly path: string; readonly left: readonly (readonly [name: string, value: string])[] } | undefined
  for (const tokens of paths) {
    const path = pathOf(tokens, args)
    if (path === undefined) continue
    const used = new Set(tokens.map(argumentOf))
    const left = [...args].filter(([name]) => !used.has(name))
    if (best === undefined || left.length < best.left.length) best = { path, left }
  }
  if (best === undefined || best.left.length === 0) return best?.path
  return `${best.path}?${new URLSearchParams(best.left.map(([name, value]): [string, string] => [name, value])).toString()}`
}

function checkArgs(given: unknown): ReadonlyMap<string, string> {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new BadArgError('urlFor: args', 'an object', given)
  const args = new Map<string, string>()
  for (const [name, value] of Object.entries(given) as [string, unknown][]) {
    if (value === undefined || value === '') continue
    const text = Number.isFinite(value) ? `${value as number}` : value
    if (typeof text !== 'string') throw new BadArgError(`urlFor: args.${name}`, ALLOWED_VALUE, value)
    args.set(name, Buffer.from(text).toString()) // half a surrogate pair cannot be encoded: U+FFFD
  }
  return args
}

/** The argument that fills a token. */
function argumentOf(token: Token): string | undefined {
  if (token.kind === 'text') return undefined
  return token.kind === 'rest' || token.name === '*' ? 'star' : token.name
}

function pathOf(tokens: readonly Token[], args: ReadonlyMap<string, string>): string | undefined {
  const parts: string[] = []
  for (const token of tokens) {
    const name = argumentOf(token)
    const value = name === undefined ? undefined : args.get(name)
    const part = token.kind === 'text' ? token.text : token.kind === 'rest' ? restOf(value) : segmentOf(value)
    if (part === undefined) return undefined
    if (part !== '') parts.push(part)
  }
  return `/${parts.join('/')}`
}

/** Dots alone would lead elsewhere: browsers walk over them, written `%2e` too. */
function segmentOf(value: string | undefined): string | undefined {
  return value === undefined || leadsAway(value) ? undefined : encodeURIComponent(value)
}
/** As it is, slashes and escapes too; what would end the path, or lead to another host, is escaped or vanishes. */
function restOf(value: string | undefined): string | undefined {
  const segments = value?.split('/').filter((segment) => segment !== '')
  if (segments === undefined || segments.some((segment) => leadsAway(decoded(segment) ?? segment))) return undefined
  return segments
    .map((segment) => segment.replaceAll(/[^\w\-.~!$&'()*+,;=:@%]/gu, (character) => encodeURIComponent(character)))
    .join('/')
}
