// The services of each node by the names of their modules, and `broadcast`, which finds them. Entered by users, and by
// services, which enters them.
import { BadArgError } from '../../base/errors.js'
import { currentKernel } from '../../runtime/node.js'
import type { Kernel } from '../../runtime/process.js'
import type { RunningService } from './running.js'
import type { ServiceModule, SomeServiceModule } from './types.js'

const kKnown = Symbol.for('gensock.chicago-boss.services')
type Known = WeakMap<Kernel, Map<string, RunningService>>

/** Of a node, also if the ESM and the CommonJS copy of the library are both in the program. */
export function knownServices(kernel: Kernel): Map<string, RunningService> {
  const all = ((globalThis as { [kKnown]?: Known })[kKnown] ??= new WeakMap())
  let services = all.get(kernel)
  if (services === undefined) all.set(kernel, (services = new Map()))
  return services
}

type Services = ReadonlyMap<string, RunningService>
/** Says something to one of these services. */
export function tell(services: Services, service: SomeServiceModule | string, message: unknown): void {
  // One function can be the module of several names, some of which have ended.
  const found = [...services.values()].filter(({ plan }) => service === (typeof service === 'string' ? plan.name : plan.module))
  for (const one of found) one.broadcast(message)
  if (found.length > 0) return
  const names = [...services.keys()].join(', ')
  throw new BadArgError('broadcast: service', `a service that runs here: ${names === '' ? 'there is none' : names}`, service)
}

/**
 * Says something to a service, which gets it by `handleBroadcast`, after all that has come to it before: joins, texts, closes.
 * What its sockets hear of it is the service's own business. A service that has ended takes it in silence.
 *
 * @param service - its module, which types the message, or the name of its module; on the node that this is called on. Of a
 * function that is the module of several names, all of them are told
 * @param message - anything
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such service has been started on this node
 * @example
 * const ticker: ServiceModule<null, string> = () => ({
 *   init: () => ['ok', null],
 *   handleBroadcast(news, state) {
 *     heard.push(news)
 *     return ['noreply', state]
 *   },
 * })
 * const heard: string[] = []
 * const boss = await services({ myapp_ticker_websocket: ticker })
 * broadcast(ticker, 'by module')
 * broadcast('myapp_ticker_websocket', 'by name')
 * await supervisor.stop(boss.pid)
 * heard // => ['by module', 'by name']
 * @see Chicago Boss, `boss_service_worker:broadcast/2`
 */
export function broadcast<B>(service: ServiceModule<any, B, never, never>, message: NoInfer<B>): void
export function broadcast(service: string, message: unknown): void
export function broadcast(service: SomeServiceModule | string, message: unknown): void {
  tell(knownServices(currentKernel()), service, message)
}
