// services: what users start, and what they hold of it. Entered by users and by discover; starts the tree.
//
//   boss (oneForOne) -- router             faithful:  boss (oneForAll) -- router
//                    \- supervisor -- service                          \- service
//                    \- supervisor -- service                          \- service
import { BadArgError, GensockError } from '../../base/errors.js'
import { isCrash, reasonText } from '../../base/exit-reason.js'
import { genServer } from '../../behaviours/gen-server.js'
import type { ServerPid } from '../../behaviours/gen-server-types.js'
import type { ChildSpec } from '../../behaviours/child-spec.js'
import { supervisor, type SupervisorPid } from '../../behaviours/supervisor.js'
import { currentKernel, kernelOf } from '../../runtime/node.js'
import { onNode } from '../../runtime/on-node.js'
import type { Kernel } from '../../runtime/process.js'
import { route, type Route } from '../../transports/route.js'
import { Fate } from './fate.js'
import { knownServices, tell } from './known.js'
import { requireModule } from './module-check.js'
import { serviceOf, urlOf } from './module-name.js'
import { type BossOptions, bossOptions, type CheckedBossOptions } from './options.js'
import { router, type RouterCalls, RoutingTable } from './router.js'
import type { RunningService, ServiceInfo, ServicePlan } from './running.js'
import { SharedService } from './shared-service.js'
import { socketHandler } from './socket-handler.js'
import { SocketService } from './socket-service.js'
import type { AnyServiceModule, ServiceModule, SomeServiceModule } from './types.js'

/**
 * Services that run: what `services` and `discover` answer.
 *
 * @example
 * const boss: Boss = await services({ myapp_echo_websocket: () => ({ init: () => ['ok', null] }) })
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: boss.routes })
 * await listener.drain({ deadlineMs: 1000 })
 * await supervisor.stop(boss.pid)
 * @see Chicago Boss, `boss_service_sup`
 */
export interface Boss {
  /** The supervisor of all of them; `supervisor.stop` ends them in order, and closes their sockets with 1001. */
  readonly pid: SupervisorPid
  /** One for each service, in the order in which they were given: for `listen` and `attach`. */
  readonly routes: readonly [Route, ...Route[]]
  /** As the function of this name, for these services, from wherever it is called. */
  readonly broadcast: BossBroadcast
  /** Asks the router what runs. Rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, once they have ended. */
  readonly services: () => Promise<readonly ServiceInfo[]>
}
/**
 * The method `broadcast` of {@link Boss}.
 *
 * @example
 * const boss = await services({ myapp_echo_websocket: () => ({ init: () => ['ok', null] }) })
 * const tell: BossBroadcast = boss.broadcast
 * tell('myapp_echo_websocket', 'hello')
 * @see {@link broadcast}
 */
export interface BossBroadcast {
  /** To a service by its module. */
  <B>(service: ServiceModule<any, B, never, never>, message: NoInfer<B>): void
  /** To a service by the name of its module. */
  (service: string, message: unknown): void
}
/** Where a module is from, for refusals. @internal */
export type Sources = ReadonlyMap<string, string>

/**
 * Starts services: a process for each, a router, and their supervisor. The module `<app>_<service>_websocket` serves the path
 * `/websocket/<service>`, and its process has the module's name.
 *
 * @param modules - by their names
 * @param options - base URL, restarts, routes; default `{}`
 * @returns the services, once each has answered its `init`; rejects with `GENSOCK_ERR_START` if one did not start
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no module, one that does not fit, with all that
 * is missing, a name that is not of the form or runs on this node already, two of one URL, a bad option
 * @example
 * const echo: ServiceModule<null> = () => ({
 *   init: () => ['ok', null],
 *   handleIncoming(_url, webSocket, message, state) {
 *     send(webSocket, ['text', message])
 *     return ['noreply', state]
 *   },
 * })
 * const { routes } = await services({ myapp_echo_websocket: echo }, { baseUrl: '/chat' })
 * routes[0].path // => '/chat/websocket/echo'
 * const socket = fakeTransport(node, routes[0])
 * socket.send('hi')
 * await node.settle()
 * socket.sent // => [['text', 'hi']]
 * @see Chicago Boss, WebSocket API; `boss_service_sup:start_services/2`
 */
export function services(modules: Readonly<Record<string, SomeServiceModule>>, options: BossOptions = {}): Promise<Boss> {
  if (typeof modules !== 'object' || modules === null || Array.isArray(modules))
    throw new BadArgError('services: modules', 'an object: name of a module -> module', modules)
  return startServices('services', modules, new Map(), options)
}

/** As `services`; `sources` say where the modules are from. @internal */
export function startServices(
  where: string,
  modules: Readonly<Record<string, unknown>>,
  sources: Sources,
  given: BossOptions,
): Promise<Boss> {
  const options = bossOptions(where, given)
  const kernel = options.node === undefined ? currentKernel() : kernelOf(options.node)
  const table = new RoutingTable()
  const known = knownServices(kernel)
  const fate = new Fate()
  for (const [name, module] of Object.entries(modules)) {
    const source = sources.get(name) ?? name
    const plan = planOf(where, name, module, source, options)
    const twin = [...table.services.values()].find(({ plan: { url } }) => url === plan.url)
    if (twin !== undefined)
      throw refused(`${where}: ${sources.get(twin.plan.name) ?? twin.plan.name} and ${source} both serve ${plan.url}`)
    if (known.get(name)?.isUp === true)
      throw refused(`${where}: ${source === name ? name : `${source}: ${name}`} runs on this node already`)
    table.services.set(name, runningOf(where, source, plan, options, kernel, fate))
  }
  if (table.services.size === 0) throw new BadArgError(`${where}: modules`, 'one module at least', modules)
  const routes = [...table.services.values()].map((service) =>
    route(service.plan.url, socketHandler(service, table, options), options.route),
  )
  return start(where, kernel, table, options, routes)
}

function refused(text: string): GensockError {
  return new GensockError('GENSOCK_ERR_BADARG', text, 'badarg')
}

function planOf(where: string, name: string, module: unknown, source: string, options: CheckedBossOptions): ServicePlan {
  const url = urlOf(options.baseUrl, serviceOf(`${where}: ${source}`, name, options.app))
  return { name, url, module: module as AnyServiceModule, restart: options.restart }
}

function runningOf(
  where: string,
  source: string,
  plan: ServicePlan,
  options: CheckedBossOptions,
  kernel: Kernel,
  fate: Fate,
): RunningService {
  const { concurrency } = requireModule(`${where}: ${source}`, plan.module)
  if (concurrency !== 'socket') return new SharedService(plan, options, plan.restart === 'faithful' ? fate : new Fate())
  if (plan.restart === 'replay') return new SocketService(plan, options, kernel)
  throw new BadArgError(`${where}: ${source}: concurrency`, "'service' with restart: 'faithful'", concurrency)
}

async function start(
  where: string,
  kernel: Kernel,
  table: RoutingTable,
  { restart, intensity, periodMs }: CheckedBossOptions,
  routes: Route[],
): Promise<Boss> {
  let routerPid: ServerPid<RouterCalls> | undefined
  const routerChild: ChildSpec = {
    id: 'router',
    start: async () => {
      const started = await genServer.startLink(router(table))
      if (started[0] === 'ok') routerPid = started[1]
      return started
    },
  }
  const children = [routerChild, ...[...table.services.values()].map((service) => service.child())]
  const strategy = restart === 'faithful' ? 'oneForAll' : 'oneForOne'
  const known = knownServices(kernel)
  for (const [name, service] of table.services) known.set(name, service)
  const started = await onNode(kernel, () => supervisor.start({ strategy, intensity, periodMs, children }))
  if (started[0] !== 'ok') {
    for (const name of table.services.keys()) known.delete(name)
    throw startError(where, started[1])
  }
  const [, pid] = started
  for (const service of table.services.values()) if (service instanceof SharedService) service.keptBy(pid)
  return {
    pid,
    routes: routes as [Route, ...Route[]],
    broadcast: (service: SomeServiceModule | string, message: unknown) => tell(table.services, service, message),
    services: () => onNode(kernel, () => genServer.call(routerPid as ServerPid<RouterCalls>, { type: 'services' })),
  }
}

/** The reason of the service itself, from within what its supervisors say about it. */
function startError(where: string, given: unknown): GensockError {
  let [name, reason] = ['the router', given]
  for (let inner = failedChild(reason); inner !== undefined; inner = failedChild(reason)) {
    name = String(inner[1])
    reason = inner[2]
  }
  const options = isCrash(reason) ? { cause: reason.error } : undefined
  return new GensockError('GENSOCK_ERR_START', `${where}: ${name} did not start: ${reasonText(reason)}`, reason, options)
}
function failedChild(reason: unknown): readonly unknown[] | undefined {
  const why: unknown = Array.isArray(reason) && reason[0] === 'shutdown' ? reason[1] : undefined
  return Array.isArray(why) && why[0] === 'failed_to_start_child' ? why : undefined
}
