// Is this a service's module? Asked before any process is started, so that what does not fit is refused with all that is wrong
// about it. Entered by services.
import { GensockError, show } from '../../base/errors.js'
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
    throw refusal(where, [`without a socket (req and sessionId are undefined then) it threw ${show(error)}`], error)
  }
  if (typeof service !== 'object' || service === null)
    throw refusal(where, [`the function must answer an object of callbacks, it answered ${show(service)}`])
  const wrong = faultsOf(service as Readonly<Record<string, unknown>>)
  if (wrong.length > 0) throw refusal(where, wrong)
  return service as Service<unknown>
}

function faultsOf(service: Readonly<Record<string, unknown>>): string[] {
  const faults = Object.entries(CALLBACKS).flatMap(([name, parameters]) => faultOf(name, parameters, service[name]))
  const strange = Object.keys(service).filter((name) => name.startsWith('handle') && !Object.hasOwn(CALLBACKS, name))
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
  const error = new GensockError('GENSOCK_ERR_BADARG', `${where} is no service: ${faults.join('; ')}`, 'badarg')
  if (cause !== undefined) error.cause = cause
  return error
}
