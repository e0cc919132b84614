// The options of services and discover: defaults and checks. Entered by both.
import { MAX_MS, rejectUnknown, requireFunction, requireInt } from '../../base/check.js'
import { BadArgError } from '../../base/errors.js'
import type { Node } from '../../runtime/node.js'
import { defined } from '../../sockets/option-checks.js'
import type { RouteOptions } from '../../sockets/options.js'
import { IS_TOKEN } from '../../wire/token.js'

/**
 * How services run.
 *
 * @example
 * const options: BossOptions = { baseUrl: '/chat', route: { idleTimeoutMs: 300_000, origins: ['https://example.org'] } }
 * const boss = await services({ myapp_echo_websocket: () => ({ init: () => ['ok', null] }) }, options)
 * boss.routes[0].path // => '/chat/websocket/echo'
 * @see Chicago Boss, `boss.config`: `base_url`, `session_key`, `websocket_timeout` (here `route.idleTimeoutMs`)
 */
export interface BossOptions {
  /** URLs begin with it: `/chat` gives `/chat/websocket/<service>`. Default '/'. */
  readonly baseUrl?: string
  /** The application's name, with which all modules begin. Default: what stands before the first underscore of each. */
  readonly app?: string
  /**
   * 'replay': a service that ends is started again alone, `handleJoin` is called again for each open socket, and what waits for
   * it is kept. 'faithful': as in Chicago Boss all services and the router are started again, what waits is lost, no join is
   * replayed, services do not trap exits. Default 'replay'.
   */
  readonly restart?: 'replay' | 'faithful'
  /** Restarts that are allowed within the period: of each service, with 'faithful' of all together. Default 10; 0 = none. */
  readonly intensity?: number
  /** The period in which restarts are counted, in ms from 1. Default 5 000, with 'faithful' 10 000. */
  readonly periodMs?: number
  /** How long `init` may take, in ms from 1; then it counts as a crash. Default 60 000. */
  readonly initTimeoutMs?: number
  /** While more than so many bytes wait for a service, new sockets of it get 503. Default 67 108 864 (64 MiB). */
  readonly maxWaitingBytes?: number
  /** The cookie with the session id. Default '_boss_session'. */
  readonly sessionKey?: string
  /** Options of the routes. Default: no idle timeout, no pings, and the first subprotocol that a browser offers is chosen. */
  readonly route?: RouteOptions<any>
  /** On which node. Default: the running process's, outside any the default node. */
  readonly node?: Node
}
/**
 * Options of `discover`: those of `services`, and how a file is loaded.
 *
 * @example
 * const options: DiscoverOptions = { app: 'myapp', load: (file) => import(file) }
 * options.app // => 'myapp'
 * @see {@link BossOptions}
 */
export interface DiscoverOptions extends BossOptions {
  /**
   * Answers the exports of a file, by its absolute path, or a promise of them. Default: Node's `import`, in the CommonJS build
   * `require`; a `.ts` file needs a Node that strips types (22.18), or a loader such as tsx.
   */
  readonly load?: (file: string) => unknown
}
/** Checked options, none missing. */
export interface CheckedBossOptions {
  readonly baseUrl: string
  readonly app: string | undefined
  readonly restart: 'replay' | 'faithful'
  readonly intensity: number
  readonly periodMs: number
  readonly initTimeoutMs: number
  readonly maxWaitingBytes: number
  readonly sessionKey: string
  readonly route: RouteOptions<any> | undefined
  readonly node: Node | undefined
}

export const BOSS_DEFAULTS: CheckedBossOptions = Object.freeze({
  baseUrl: '/',
  app: undefined,
  restart: 'replay',
  intensity: 10,
  periodMs: 5000,
  initTimeoutMs: 60_000,
  maxWaitingBytes: 67_108_864,
  sessionKey: '_boss_session',
  route: undefined,
  node: undefined,
})
/** Of the original's supervisor. */
const FAITHFUL_PERIOD_MS = 10_000

/** Checks all but the route's options, which `route` checks, and the node, which the runtime does. */
export function bossOptions(where: string, given: BossOptions): CheckedBossOptions {
  rejectUnknown(where, given, Object.keys(BOSS_DEFAULTS))
  const periodMs = given.restart === 'faithful' ? FAITHFUL_PERIOD_MS : BOSS_DEFAULTS.periodMs
  const options: CheckedBossOptions = { ...BOSS_DEFAULTS, periodMs, ...defined(given) }
  const { baseUrl, app, restart, sessionKey } = options
  if (typeof baseUrl !== 'string' || !/^(?:\/|(?:\/[^/?#\s:*]+)+\/?)$/.test(baseUrl))
    throw new BadArgError(`${where}: baseUrl`, "a path such as '/' or '/chat', without variables", baseUrl)
  if (app !== undefined && (typeof app !== 'string' || !/^\w+$/.test(app)))
    throw new BadArgError(`${where}: app`, 'a name of letters, digits and underscores', app)
  if (restart !== 'replay' && restart !== 'faithful')
    throw new BadArgError(`${where}: restart`, "'replay' or 'faithful'", restart)
  if (typeof sessionKey !== 'string' || !IS_TOKEN.test(sessionKey))
    throw new BadArgError(`${where}: sessionKey`, 'the name of a cookie', sessionKey)
  requireInt(`${where}: intensity`, options.intensity, 0)
  for (const key of ['periodMs', 'initTimeoutMs'] as const) requireInt(`${where}: ${key}`, options[key], 1, MAX_MS)
  requireInt(`${where}: maxWaitingBytes`, options.maxWaitingBytes, 0)
  return Object.freeze(options)
}

/** The options of `discover` without its own. */
export function discoverOptions(given: DiscoverOptions): { load: DiscoverOptions['load']; rest: BossOptions } {
  rejectUnknown('discover', given, [...Object.keys(BOSS_DEFAULTS), 'load'])
  const { load, ...rest } = given
  if (load !== undefined) requireFunction('discover: load', load)
  return { load, rest }
}
