// A service with a process for each of its sockets (`concurrency: 'socket'`): the same server with a queue of its own, under a
// supervisor of its own, so that restarts are counted for each socket. Entered by services.
//
//   service (dynamic) -- supervisor -- server of one socket
//                     \- supervisor -- server of another
import type { ChildSpec } from '../../behaviours/child-spec.js'
import { dynamicSupervisor, type DynamicSupervisorPid } from '../../behaviours/dynamic-supervisor.js'
import { unwrap } from '../../behaviours/start.js'
import { supervisor, type SupervisorPid } from '../../behaviours/supervisor.js'
import { watchEnd } from '../../runtime/alias.js'
import { onNode } from '../../runtime/on-node.js'
import { type Kernel, processOf } from '../../runtime/process.js'
import { logWarning } from '../../runtime/report.js'
import { Fate } from './fate.js'
import type { Member } from './member.js'
import type { RunningService, ServiceInfo, ServicePlan, StartLimits } from './running.js'
import { ServiceQueue } from './service-queue.js'
import { serverChild } from './shared-service.js'

/** A process and a state for each socket. */
export class SocketService implements RunningService {
  readonly plan: ServicePlan
  readonly #kernel: Kernel
  readonly load = { bytes: 0 }
  readonly #limits: StartLimits
  readonly #queues = new Set<ServiceQueue>()
  #parent: DynamicSupervisorPid | undefined = undefined

  constructor(plan: ServicePlan, limits: StartLimits, kernel: Kernel) {
    this.plan = plan
    this.#limits = limits
    this.#kernel = kernel
  }
  get isUp(): boolean {
    return this.#parent === undefined || processOf(this.#parent) !== undefined
  }
  get members(): Iterable<Member> {
    return [...this.#queues].flatMap(({ members }) => [...members])
  }

  child(): ChildSpec {
    return {
      id: this.plan.name,
      type: 'supervisor',
      start: async () => {
        const started = await dynamicSupervisor.startLink()
        if (started[0] === 'ok') this.#parent = started[1]
        return started
      },
    }
  }

  join(member: Member): void {
    const queue = new ServiceQueue(this.plan, this.load, new Fate())
    this.#queues.add(queue)
    queue.join(member)
    queue.onClosed = () => this.#end(queue)
    const failed = (error: unknown): void => {
      logWarning(this.#kernel.logger, { error }, `the service ${this.plan.name} did not start for ${String(member.webSocket)}`)
      queue.abandon()
      this.#end(queue)
    }
    void this.#start(queue)
      .then(undefined, failed)
      .then(() => queue.fate.tie(member.webSocket, queue.keeper))
  }
  broadcast(message: unknown): void {
    for (const queue of this.#queues) queue.broadcast(message)
  }
  info(): ServiceInfo {
    const { name, url } = this.plan
    let [sockets, waiting] = [0, 0]
    for (const queue of this.#queues) {
      sockets += queue.sockets
      waiting += queue.length
    }
    return { name, url, pid: undefined, sockets, waiting }
  }

  /** A supervisor waits for what it starts. The one of all sockets must not wait for an `init`: so it starts an empty one. */
  async #start(queue: ServiceQueue): Promise<void> {
    const parent = this.#parent as DynamicSupervisorPid
    const { intensity, periodMs, initTimeoutMs } = this.#limits
    const start = () => supervisor.startLink({ intensity, periodMs, children: [] })
    const child = { start, type: 'supervisor', restart: 'temporary' } as const
    const keeper = unwrap(await onNode(this.#kernel, () => dynamicSupervisor.startChild<SupervisorPid>(parent, child)))
    queue.keptBy(keeper)
    const process = processOf(keeper)
    if (process !== undefined) watchEnd(null, process, () => this.#queues.delete(queue))
    unwrap(await onNode(this.#kernel, () => supervisor.startChild(keeper, serverChild(queue, initTimeoutMs))))
  }
  /** The socket has left and its service has been told: nothing is left to do. Nobody waits for its `terminate`. */
  #end(queue: ServiceQueue): void {
    this.#queues.delete(queue)
    queue.drop()
    const { keeper } = queue
    if (keeper === undefined) return
    const stopped = onNode(this.#kernel, () => supervisor.stop(keeper as SupervisorPid, 'shutdown'))
    stopped.catch(() => undefined) // it has ended by itself, with its supervisor or with the node
  }
}
