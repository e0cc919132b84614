// Dispatch rules: checked once, at start; then each is a route, and its name makes URLs. Entered by users; calls the
// controllers of the rules.
import { rejectUnknown, requireFunction } from '../../base/check.js'
import { BadArgError, show } from '../../base/errors.js'
import { requireHandler } from '../../sockets/handler-check.js'
import { routeOptions } from '../../sockets/options.js'
import type { Sessions } from '../../sessions/sessions.js'
import { CheckedRoute, type Match, type Route } from '../../transports/route.js'
import { type ContextRule, ZotonicContext } from './context.js'
import { type Controller, controllerOf } from './controller.js'
import { entranceOf, failedMatch } from './entrance.js'
import { checkPathSpec, matchPath, type PathToken, requireSegment, segmentsOf, textOf, type Token } from './path-spec.js'
import { ruleOptions } from './rule-options.js'
import type { ControllerModule, WebsocketOptions } from './types.js'
import { type UrlArgs, urlOf } from './url-for.js'

/**
 * A dispatch rule, as in Zotonic's dispatch files: its name, the path that it takes, who answers there, options.
 *
 * @example
 * const rule: DispatchRule = ['customws', ['socket', 'custom'], controllerWebsocket, { requireSession: false }]
 * dispatch([rule]).urlFor('customws') // => '/socket/custom'
 * @see Zotonic 0.10, "Dispatch rules"
 */
export type DispatchRule = readonly [
  name: string,
  path: readonly PathToken[],
  controller: Controller<WebsocketOptions> | ControllerModule,
  options?: WebsocketOptions,
]

/**
 * What all rules of a `dispatch` share.
 *
 * @example
 * const options: DispatchOptions = { prefix: '/app' }
 * dispatch([['ws', ['ws'], controllerWebsocket]], options).urlFor('ws') // => '/app/ws'
 * @see Zotonic 0.10, "Dispatch rules"
 */
export interface DispatchOptions {
  /** What `startSessions` answered. Default: those of the node, which `defaultSessions` starts. */
  readonly sessions?: Sessions
  /** A path before every rule's, such as '/app'. Default none. */
  readonly prefix?: string
}

/**
 * Routes for `listen` and `attach`, and the way back from a rule's name to a URL.
 *
 * @example
 * const site: Dispatch = dispatch([['home', ['pages', 'id'], controllerStream]])
 * site.urlFor('home') // => '/pages/id'
 * @see Zotonic 0.10, `z_sites_dispatcher`, `z_dispatcher`
 */
export interface Dispatch {
  /** One for each rule, in their order: the first whose path fits answers. */
  readonly routes: readonly Route[]
  /**
   * The URL of the rule of this name that leaves the fewest arguments, the first of several; what is left becomes the query.
   * Undefined: no rule is called so, or none has all its variables.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - an argument is neither a string nor a finite number
   */
  urlFor(name: string, args?: UrlArgs): string | undefined
}

/** A rule as both directions need it. */
interface Entry {
  readonly name: string
  readonly tokens: readonly Token[]
  readonly route: CheckedRoute
}

/**
 * Makes routes of dispatch rules. The first rule whose path fits answers; empty segments of a path, and a slash at its end, do
 * not count.
 *
 * @param rules - `[name, path, controller, options]`, options by the names of Zotonic's own: `wsHandler`, `requireSession`
 * @param options - sessions, and a prefix of all paths; default: the sessions of the node, no prefix
 * @returns the routes, and `urlFor`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - a rule that cannot be understood, by its place and name;
 * `GENSOCK_ERR_UNKNOWN_OPTION` - of an option that it does not know
 * @example
 * const rules = dispatch([
 *   ['room', ['room', ':id'], controllerWebsocket, { requireSession: false, noSession: true }],
 *   ['room', ['room', ':id', 'files', '*'], controllerWebsocket],
 * ])
 * rules.urlFor('room', { id: 7, page: 2 }) // => '/room/7?page=2'
 * rules.urlFor('room', { id: 7, star: 'a/b.txt' }) // => '/room/7/files/a/b.txt'
 * rules.urlFor('room') // => undefined
 * rules.routes.map((route) => route.path) // => ['/room/:id', '/room/:id/files/*']
 * @see Zotonic 0.10, "Dispatch rules". Differs: nothing is redirected to another protocol unless a rule asks for it; no
 * rewrites, no hosts
 */
export function dispatch(rules: readonly DispatchRule[], options: DispatchOptions = {}): Dispatch {
  rejectUnknown('dispatch', options, ['prefix', 'sessions'])
  if (!Array.isArray(rules)) throw new BadArgError('dispatch: rules', 'a list of [name, path, controller, options?]', rules)
  const prefix = prefixOf(options.prefix ?? '')
  const { sessions } = options
  for (const name of ['resume', 'ensure'] as const)
    if (sessions !== undefined) requireFunction(`dispatch: sessions.${name}`, (sessions as Partial<Sessions> | null)?.[name])
  const entries = rules.map((rule: unknown, index) => entryOf(rule, index, { prefix, sessions }))
  return Object.freeze({
    routes: Object.freeze(entries.map(({ route }) => route)),
    urlFor(name: string, args: UrlArgs = {}) {
      return urlOf(
        entries.filter((entry) => entry.name === name).map(({ tokens }) => tokens),
        args,
      )
    },
  })
}

function prefixOf(prefix: unknown): readonly Token[] {
  const where = 'dispatch: prefix'
  if (prefix === '') return []
  if (typeof prefix !== 'string' || !prefix.startsWith('/')) throw new BadArgError(where, "a path such as '/app'", prefix)
  return segmentsOf(prefix).map((text) => ({ kind: 'text', text: requireSegment(where, text) }))
}

/** What the options of a dispatch are to each of its rules. */
interface Shared {
  readonly prefix: readonly Token[]
  readonly sessions: Sessions | undefined
}

function entryOf(rule: unknown, index: number, { prefix, sessions }: Shared): Entry {
  const [name, path, controller, given, ...more] = Array.isArray(rule) ? (rule as unknown[]) : []
  const where = `dispatch: rule ${index}${typeof name === 'string' ? ` (${show(name)})` : ''}`
  if (typeof name !== 'string' || name === '' || more.length > 0)
    throw new BadArgError(where, '[name, path, controller, options?] with a name of one letter or more', rule)
  const tokens = [...prefix, ...checkPathSpec(where, path)]
  const { options, values, route } = ruleOptions(where, given as WebsocketOptions | undefined)
  const checked = Object.freeze({ name, values, options })
  const handler = controllerOf(`${where}: controller`, controller)(checked, sessions)
  requireHandler(where, handler)
  const entrance = entranceOf(options.protocol, handler)
  const socket = routeOptions(`${where}: route`, route, handler.defaults)
  return { name, tokens, route: new CheckedRoute(textOf(tokens), entrance, socket, matchOf(tokens, checked)) }
}

function matchOf(tokens: readonly Token[], rule: ContextRule): Match {
  return (path, request) => {
    try {
      return matchPath(tokens, segmentsOf(path), (variables) => new ZotonicContext(request, variables, rule))
    } catch (error) {
      return failedMatch(error)
    }
  }
}
