// The path spec of a rule: which paths it takes, and what its variables are called. Entered by dispatch, which checks a spec
// once and asks it for every request, and by url-for, which goes the other way. Pure but for the checks that users write.
import { isRegExp } from 'node:util/types'
import { BadArgError, BadReturnError } from '../../base/errors.js'
import type { Context } from './context.js'

/**
 * One part of a path spec: `'abc'` is itself, as it stands in a URL; `':id'` takes one segment and decodes it; `[':id', /re/]`
 * only one that fits, of which it takes the group if there is one; `[':id', test]` asks; a last `'*'` takes the rest, also
 * none, as it came; a `'*'` elsewhere is a variable of that name.
 *
 * @example
 * const path: readonly PathToken[] = ['room', [':id', /^\d+$/], [':lang', (segment) => ['en', 'nl'].includes(segment)], '*']
 * dispatch([['room', path, controllerWebsocket]]).urlFor('room', { id: 7, lang: 'nl', star: 'a/b' }) // => '/room/7/nl/a/b'
 * @see Zotonic 0.10, "Dispatch rules"; `z_sites_dispatcher`. Differs: a variable is decoded before it is checked, and a broken
 * escape fits nowhere, nor do `.` and `..`, nor does a path that is only right after decoding fit a string
 */
export type PathToken =
  | string
  | readonly [variable: `:${string}`, check: RegExp]
  | readonly [variable: `:${string}`, check: (segment: string, context: Context) => boolean | readonly ['ok', string]]

/** What a path has given to the variables of a spec. Without a prototype: a variable may be called `__proto__`. */
export type Variables = Readonly<Record<string, string>>
/** A checked token. */
export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: string; readonly check: RegExp | Function | undefined }
  | { readonly kind: 'rest' }

/** RFC 3986 section 3.3: `segment-nz = 1*pchar`. */
const SEGMENT = /^(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+$/
const VARIABLE = /^:([A-Za-z0-9_-]+)$/
const ALLOWED_TOKEN = "a segment as it stands in a URL, ':name', [':name', RegExp or test(segment, context)] or '*'"
const ALLOWED_TEST = "true, false or ['ok', a string]"

// ---- Checks at start

/** Checks a path spec. `where` names the rule. */
export function checkPathSpec(where: string, given: unknown): readonly Token[] {
  if (!Array.isArray(given)) throw new BadArgError(`${where}: path`, "a list such as ['room', ':id', '*']", given)
  const tokens = given.map((token, index) => tokenOf(`${where}: path[${index}]`, token, index === given.length - 1))
  const names = tokens.flatMap((token) => (token.kind === 'text' ? [] : [token.kind === 'rest' ? '*' : token.name]))
  const isTwice = new Set(names).size < names.length || (names.includes('*') && names.includes('star'))
  if (isTwice) throw new BadArgError(`${where}: path`, "a list with each variable once, and ':star' not beside '*'", given)
  return Object.freeze(tokens)
}

function tokenOf(where: string, token: unknown, isLast: boolean): Token {
  if (token === '*') return isLast ? { kind: 'rest' } : { kind: 'variable', name: '*', check: undefined }
  if (Array.isArray(token)) return checkedVariable(where, token)
  if (typeof token === 'string' && token.startsWith(':'))
    return { kind: 'variable', name: nameOf(where, token), check: undefined }
  return { kind: 'text', text: requireSegment(where, token) }
}

function checkedVariable(where: string, token: readonly unknown[]): Token {
  const [variable, check] = token
  const isCheck = isRegExp(check) || typeof check === 'function'
  if (token.length !== 2 || !isCheck) throw new BadArgError(where, ALLOWED_TOKEN, token)
  const name = nameOf(where, variable)
  if (typeof check === 'function') return { kind: 'variable', name, check }
  if (groupsOf(check) > 1) throw new BadArgError(where, 'a RegExp with one group at most; write the others (?:...)', token)
  return { kind: 'variable', name, check: new RegExp(check) } // a copy: its lastIndex is ours
}

function nameOf(where: string, variable: unknown): string {
  const name = typeof variable === 'string' ? VARIABLE.exec(variable)?.[1] : undefined
  if (name === undefined) throw new BadArgError(where, 'a colon and a name of letters, digits, _ and -', variable)
  return name
}

/** How many groups capture: what fits the empty alternative tells. */
function groupsOf(check: RegExp): number {
  return (new RegExp(`${check.source}|`, check.flags).exec('') as RegExpExecArray).length - 1
}

/** Refuses what cannot be a segment of a URL. Browsers walk over dots instead of sending them. */
export function requireSegment(where: string, text: unknown): string {
  if (typeof text === 'string' && SEGMENT.test(text) && text !== '.' && text !== '..') return text
  const written =
    typeof text === 'string' && text !== '' ? `, such as ${JSON.stringify(encodeURI(Buffer.from(text).toString()))}` : ''
  throw new BadArgError(where, `${ALLOWED_TOKEN}; a segment has no slash and is percent-encoded${written}`, text)
}

/**
 * RFC 3986 section 3.3: the "dot-segments", which "are intended for use at the beginning of a relative-path reference". Whoever
 * makes a file name of a variable must not be led out of his folder, by slashes that were escaped neither.
 */
export function leadsAway(text: string): boolean {
  return text.split(/[/\\]/).some((part) => part === '.' || part === '..')
}

/** A spec as text, for `route.path`: `/room/:id/*`. */
export function textOf(tokens: readonly Token[]): string {
  const texts = tokens.map((token) => (token.kind === 'text' ? token.text : token.kind === 'rest' ? '*' : `:${token.name}`))
  return `/${texts.join('/').replaceAll(':*', '*')}`
}

// ---- Matching

/** The segments of a path, as it came: empty ones, and a slash at the end, vanish. */
export function segmentsOf(path: string): readonly string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/**
 * The variables of a path that fits, else undefined. `contextOf` makes the context for a test, which sees the variables so far.
 *
 * @throws what a test throws; BadReturnError if it answers what it may not
 */
export function matchPath(
  tokens: readonly Token[],
  segments: readonly string[],
  contextOf: (variables: Variables) => Context,
): Variables | undefined {
  const hasRest = tokens.at(-1)?.kind === 'rest'
  const fits = hasRest ? segments.length >= tokens.length - 1 : segments.length === tokens.length
  if (!fits) return undefined // before any test is asked
  const variables: Record<string, string> = Object.create(null)
  for (const [index, token] of tokens.entries()) {
    if (token.kind === 'rest') {
      const rest = segments.slice(index)
      if (rest.some((segment) => leadsAway(decoded(segment) ?? segment))) return undefined
      variables['*'] = rest.join('/')
      continue
    }
    const segment = segments[index] as string
    if (token.kind === 'text') {
      if (segment !== token.text) return undefined
      continue
    }
    const value = valueOf(token.check, segment, () => contextOf(variables))
    if (value === undefined) return undefined
    variables[token.name] = value
  }
  return variables
}

function valueOf(check: RegExp | Function | undefined, segment: string, contextOf: () => Context): string | undefined {
  const text = decoded(segment)
  if (text === undefined || leadsAway(text)) return undefined
  if (check === undefined) return text
  if (typeof check !== 'function') return captured(check, text)
  const answer: unknown = check(text, contextOf())
  if (typeof answer === 'boolean') return answer ? text : undefined
  if (Array.isArray(answer) && answer.length === 2 && answer[0] === 'ok' && typeof answer[1] === 'string') return answer[1]
  throw new BadReturnError('a test of a path', ALLOWED_TEST, answer)
}

function captured(check: RegExp, text: string): string | undefined {
  check.lastIndex = 0
  const found = check.exec(text)
  if (found === null) return undefined
  return found.length === 1 ? text : (found[1] ?? '') // as re:run answers a group that took no part
}

/** Undefined for a broken escape. */
export function decoded(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined
  }
}
