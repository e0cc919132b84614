// Is this a service's module? Asked before any process is started, so that what does not fit is refused with all that is wrong
// about it. Entered by services and module-file.
import { isNativeError } from 'node:util/types'
import { GensockError, show } from '../../base/errors.js'
import { isPromise } from '../../runtime/spawn.js'
import type { AnyServiceModule, Service } from './types.js'

/** Each callback and what it is called with. */
const CALLBACKS: Readonly<Record<string, readonly string[]>> = Object.freeze({
  init: [],
  handleJoin: ['url', 'webSocket', 'state'],
  handleIncoming: ['url', 'webSocket', 'message', 'state'],
  handleClose: ['reason', 'url', 'webSocket', 'state'],
  handleBroadcast: ['message', 'state'],
  handleInfo: ['info', 'state'],
  terminate: ['reason', 'state'],
})

/** Is this the name of a callback? */
export function isCallback(name: string): boolean {
  return Object.hasOwn(CALLBACKS, name)
}

/**
 * Refuses what is no module of a service; `where` it is from. Answers the service as it is without a socket.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - with all that is missing or wrong
 */
export function requireModule(where: string, module: unknown): Service<unknown> {
  if (typeof module !== 'function')
    throw refusal(where, [`a module is a function, (req, sessionId) => ({ init, ... }), this is ${show(module)}`])
  let service: unknown
  try {
    service = (module as AnyServiceModule)(undefined, undefined)
  } catch (error) {
    throw refusal(where, [`without a socket (req and sessionId are undefined then) it threw ${said(error)}`], error)
  }
  if (isPromise(service)) service.then(undefined, () => undefined) // refused for what it is, whatever comes of it
  if (typeof service !== 'object' || service === null || isPromise(service))
    throw refusal(where, [`the function must answer an object of callbacks, it answered ${show(service)}`])
  const wrong = faultsOf(service as Readonly<Record<string, unknown>>)
  if (wrong.length > 0) throw refusal(where, wrong)
  return service as Service<unknown>
}

function faultsOf(service: Readonly<Record<string, unknown>>): string[] {
  const faults = Object.entries(CALLBACKS).flatMap(([name, parameters]) => faultOf(name, parameters, service[name]))
  const strange = Object.keys(service).filter((name) => /^handle(?![a-z])/.test(name) && !isCallback(name))
  for (const name of strange) faults.push(`${name} is no callback`)
  const { concurrency } = service
  if (concurrency !== undefined && concurrency !== 'service' && concurrency !== 'socket')
    faults.push(`concurrency must be 'service' or 'socket', it is ${show(concurrency)}`)
  return faults
}

function faultOf(name: string, parameters: readonly string[], callback: unknown): string[] {
  if (callback === undefined) return name === 'init' ? ['init is missing'] : []
  if (typeof callback !== 'function') return [`${name} must be a function, it is ${show(callback)}`]
  // One with too many parameters was written for another contract, and would wait for what never comes.
  if (callback.length <= parameters.length) return []
  return [`${name} takes ${callback.length} parameters, it is called with ${parameters.length}: (${parameters.join(', ')})`]
}

function refusal(where: string, faults: readonly string[], cause?: unknown): GensockError {
  const text = `${where} is no service: ${faults.join('; ')}`
  return new GensockError('GENSOCK_ERR_BADARG', text, 'badarg', cause === undefined ? undefined : { cause })
}

/** What was thrown, in one bounded line: of an error what it says, not where; the error itself is the cause. */
export function said(thrown: unknown): string {
  if (!isNativeError(thrown)) return show(thrown)
  const text = String(thrown).replaceAll(/\s+/g, ' ')
  return text.length > MAX_SAID ? `${text.slice(0, MAX_SAID)}...` : text
}
const MAX_SAID = 400
