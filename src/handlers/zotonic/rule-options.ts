// Options of a rule: the table of defaults, and the checks. Unknown keys are refused by name. Entered by dispatch; the check of
// a handler by controller too.
import { rejectUnknown, requireBoolean, requireFunction, requireInt } from '../../base/check.js'
import { BadArgError, GensockError } from '../../base/errors.js'
import { defined } from '../../sockets/option-checks.js'
import { keyOf } from './context.js'
import type { CheckedWebsocketOptions, WebsocketOptions, WsHandler } from './types.js'

const DEFAULTS: Required<Omit<WebsocketOptions, 'wsHandler' | 'postback' | 'ssl'>> = Object.freeze({
  requireSession: true,
  noSession: false,
  protocol: 'keep',
  processes: 2,
  own: Object.freeze({}),
  route: Object.freeze({}),
})
const KNOWN: readonly string[] = ['wsHandler', 'ssl', 'postback', ...Object.keys(DEFAULTS)]
const CALLBACKS = ['websocketInit', 'websocketMessage', 'websocketInfo', 'websocketTerminate'] as const
const HANDLER = `an object with ${CALLBACKS.join(', ')}`
const PROTOCOL = "'keep', ['http', port] or ['https', port]"

/** What a rule's options are: checked, and as its contexts answer them. */
export interface RuleOptions {
  readonly options: CheckedWebsocketOptions
  readonly values: ReadonlyMap<string, unknown>
  readonly route: NonNullable<WebsocketOptions['route']>
}

/** Checks the options of a rule; those of `route` are checked with the route. `where` names the rule. */
export function ruleOptions(where: string, given: WebsocketOptions = {}): RuleOptions {
  rejectStranger(where, given)
  const { own, route, ssl, ...options } = { ...DEFAULTS, ssl: undefined, ...(defined(given) as WebsocketOptions) }
  for (const key of ['requireSession', 'noSession'] as const) requireBoolean(`${where}: ${key}`, options[key])
  if (options.wsHandler !== undefined) requireWsHandler(`${where}: wsHandler`, options.wsHandler)
  if (options.postback !== undefined) requireFunction(`${where}: postback`, options.postback)
  if (options.processes !== 1 && options.processes !== 2)
    throw new BadArgError(`${where}: processes`, '1 or 2', options.processes)
  checkProtocol(`${where}: protocol`, options.protocol)
  return Object.freeze({
    options: Object.freeze({
      ...options,
      wsHandler: options.wsHandler,
      postback: options.postback,
      protocol: protocolOf(where, ssl, given.protocol) ?? options.protocol,
    }),
    values: valuesOf(`${where}: own`, own, given),
    route,
  })
}

/** Whoever wrote it in Zotonic has put options of his own beside the others. */
function rejectStranger(where: string, given: object): void {
  try {
    rejectUnknown(where, given, KNOWN)
  } catch (error) {
    if (!(error instanceof GensockError) || error.code !== 'GENSOCK_ERR_UNKNOWN_OPTION') throw error
    throw new GensockError(error.code, `${error.message}; options of your own stand in own: { ... }`, 'badarg')
  }
}

/** Refuses a handler that lacks a callback, naming it. */
export function requireWsHandler(where: string, handler: unknown): asserts handler is WsHandler {
  if (typeof handler !== 'object' || handler === null) throw new BadArgError(where, HANDLER, handler)
  for (const name of CALLBACKS) requireFunction(`${where}.${name}`, (handler as WsHandler)[name])
}

function checkProtocol(where: string, protocol: unknown): void {
  if (protocol === 'keep') return
  if (!Array.isArray(protocol) || protocol.length !== 2 || (protocol[0] !== 'http' && protocol[0] !== 'https'))
    throw new BadArgError(where, PROTOCOL, protocol)
  requireInt(`${where}[1]`, protocol[1], 1, 65_535)
}

/** `ssl` as a protocol. */
function protocolOf(where: string, ssl: unknown, protocol: unknown): CheckedWebsocketOptions['protocol'] | undefined {
  if (ssl === undefined) return undefined
  if (protocol !== undefined) throw new BadArgError(`${where}: ssl`, 'left out where there is a protocol', ssl)
  if (ssl === 'any') return 'keep'
  requireBooleanOrAny(`${where}: ssl`, ssl)
  return ssl ? ['https', 443] : ['http', 80]
}
function requireBooleanOrAny(where: string, ssl: unknown): asserts ssl is boolean {
  if (typeof ssl !== 'boolean') throw new BadArgError(where, "true, false or 'any'", ssl)
}

/** What `context.get` finds: what was given, under our names, and own options. Here no name may mean two things. */
function valuesOf(where: string, own: object, given: WebsocketOptions): ReadonlyMap<string, unknown> {
  if (typeof own !== 'object' || own === null || Array.isArray(own)) throw new BadArgError(where, 'an object', own)
  const { own: _own, route: _route, ...zotonic } = defined(given) as WebsocketOptions
  for (const key of Object.keys(own)) {
    if (KNOWN.includes(keyOf(key))) throw new BadArgError(`${where}: key`, `none of ${KNOWN.join(', ')}`, key)
  }
  return new Map(Object.entries({ ...own, ...zotonic }))
}
