// Routes: a path pattern, a handler, options. `:name` takes one segment, a last `*` the rest. Entered by users and by listen.
import { BadArgError } from '../base/errors.js'
import type { MaybePromise } from '../runtime/self-types.js'
import type { AnySocketHandler, InitArgs, SocketHandler } from '../sockets/handler.js'
import { requireHandler } from '../sockets/handler-check.js'
import { type CheckedRouteOptions, type RouteOptions, routeOptions } from '../sockets/options.js'
import type { AuthorizeResult, PathParams, SocketRequest } from '../sockets/request.js'

const kRoute = Symbol.for('gensock.route')
/**
 * A path and who answers there.
 *
 * @example
 * const routes: Route[] = [route('/ws', echo), route('/rooms/:id', echo)]
 * @see {@link route}, which makes it
 */
export interface Route {
  /** As it was given. */
  readonly path: string
  /** For the compiler only: no such field exists. */
  readonly [kRoute]: true
}
/**
 * Options of `route`: `authorize` is required as soon as the handler's `init` asks for claims.
 *
 * @example
 * const rest: RouteRest<unknown> = [{ onCrash: 'close' }]
 * route('/ws', echo, ...rest).path // => '/ws'
 * @see {@link RouteOptions}
 */
export type RouteRest<Claims> = unknown extends Claims
  ? [options?: RouteOptions<any>]
  : [options: RouteOptions<Claims> & { readonly authorize: (request: SocketRequest) => MaybePromise<AuthorizeResult<Claims>> }]

/** Which requests are a route's: the variables of a path that fits, else undefined. */
export type Match = (path: string, request: SocketRequest) => Readonly<Record<string, string>> | undefined

/** The one implementation of `Route`. */
export class CheckedRoute {
  readonly path: string
  readonly handler: AnySocketHandler
  readonly options: CheckedRouteOptions
  readonly match: Match

  /** `match`: of routes that are found in another way than by their path. */
  constructor(path: string, handler: AnySocketHandler, options: CheckedRouteOptions, match: Match = matchOf(path)) {
    this.path = path
    this.handler = handler
    this.options = options
    this.match = match
  }

  get [kRoute](): true {
    return true
  }
}

/**
 * Matches a pattern. Segments are percent-decoded, so that `%77s` is `ws` (RFC 3986 section 6.2.2.2); an encoded slash separates nothing. The
 * rest behind `*` is as it came.
 */
function matchOf(pattern: string): Match {
  const segments = pattern.slice(1).split('/')
  return (path) => {
    const given = path.slice(1).split('/')
    const params: [name: string, value: string][] = [] // as entries: a name may be `__proto__`
    for (const [index, segment] of segments.entries()) {
      if (segment === '*') return Object.fromEntries([...params, ['*', given.slice(index).join('/')]])
      const value = given[index]
      if (value === undefined) return undefined
      if (!segment.startsWith(':')) {
        if (segment !== value && segment !== decode(value)) return undefined
        continue
      }
      const decoded = decode(value)
      if (decoded === undefined || decoded === '') return undefined
      params.push([segment.slice(1), decoded])
    }
    return given.length === segments.length ? Object.fromEntries(params) : undefined
  }
}

function decode(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment)
  } catch {
    return undefined // a broken escape: no path of ours
  }
}

/**
 * Ties a path and a handler together. The path must have the variables that `init` asks for, and `authorize` must accept
 * the claims that it asks for.
 *
 * @param path - starts with a slash; `:name` takes one segment and decodes it, a last `*` takes the rest as it came
 * @param handler - an object with `init`, `handle` and what else it needs
 * @param rest - options, in place of the handler's own `defaults`; default none
 * @returns the route, for `listen` and `attach`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - a bad path, no handler, a bad option; `GENSOCK_ERR_UNKNOWN_OPTION` - of the
 * options
 * @example
 * const room = defineHandler({
 *   init: ({ params }: InitArgs<{ id: string }>) => ['ok', params.id],
 *   handle: (frame, id) => ['push', frame, id],
 * })
 * route('/rooms/:id', room, { idleTimeoutMs: 30_000 }).path // => '/rooms/:id'
 * @see Cowboy 2.18, `cowboy_router`. Differs: no host patterns, no optional segments; the rest is `*`, not `[...]`
 */
export function route<P extends string, S, M, C, Claims = unknown>(
  path: P,
  handler: SocketHandler<S, M, C, InitArgs<PathParams<P>, Claims>>,
  ...rest: RouteRest<Claims>
): Route {
  checkPath(path)
  const where = `route(${path})`
  requireHandler(where, handler)
  const options = routeOptions(where, rest[0], handler.defaults)
  return new CheckedRoute(path, handler as AnySocketHandler, options)
}

function checkPath(path: unknown): void {
  const allowed = "a path such as '/ws', '/rooms/:id' or '/files/*'"
  if (typeof path !== 'string' || !path.startsWith('/') || /[?#\s]/.test(path))
    throw new BadArgError('route: path', allowed, path)
  const segments = path.slice(1).split('/')
  const names = segments.filter((segment) => segment.startsWith(':'))
  const star = segments.indexOf('*')
  if (names.includes(':') || new Set(names).size < names.length || (star >= 0 && star < segments.length - 1)) {
    throw new BadArgError('route: path', `${allowed}; each name once, a star at the end only`, path)
  }
}

/** Made by `route`, of this copy of the library or another? */
export function isRoute(value: unknown): value is CheckedRoute {
  return typeof value === 'object' && value !== null && (value as { [kRoute]?: true })[kRoute] === true
}

/** Checks a list of routes. */
export function requireRoutes(where: string, routes: unknown): readonly CheckedRoute[] {
  if (!Array.isArray(routes) || !routes.every(isRoute)) {
    throw new BadArgError(`${where}: routes`, 'a list of what route() answers', routes)
  }
  return [...routes]
}
