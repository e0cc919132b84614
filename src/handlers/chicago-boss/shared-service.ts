// A service with one process for all its sockets, under a supervisor of its own: what it does to itself, the others do not
// feel. Entered by services.
import type { ChildSpec } from '../../behaviours/child-spec.js'
import { genServer } from '../../behaviours/gen-server.js'
import { supervisor, type SupervisorPid } from '../../behaviours/supervisor.js'
import type { Fate } from './fate.js'
import type { Member } from './member.js'
import type { RunningService, ServiceInfo, ServicePlan, StartLimits } from './running.js'
import { serviceServer } from './service-server.js'
import { ServiceQueue } from './service-queue.js'

/** The server of a queue as a child; with its name it can be sent messages by it. */
export function serverChild(queue: ServiceQueue, timeoutMs: number, name?: string): ChildSpec {
  const options = name === undefined ? { timeoutMs } : { timeoutMs, name }
  return { id: queue.plan.name, start: () => genServer.startLink(serviceServer(queue), undefined, options) }
}

/** One process, one state. */
export class SharedService implements RunningService {
  readonly plan: ServicePlan
  readonly load = { bytes: 0 }
  readonly #queue: ServiceQueue
  readonly #limits: StartLimits

  /** With `faithful` all services share their fate: one that crashes takes the others with it. */
  constructor(plan: ServicePlan, limits: StartLimits, fate: Fate) {
    this.plan = plan
    this.#queue = new ServiceQueue(plan, this.load, fate)
    this.#limits = limits
  }
  get isUp(): boolean {
    return this.#queue.isUp
  }
  get members(): Iterable<Member> {
    return this.#queue.members
  }

  child(): ChildSpec {
    const { intensity, periodMs, initTimeoutMs } = this.#limits
    const server = serverChild(this.#queue, initTimeoutMs, this.plan.name)
    if (this.plan.restart === 'faithful') return server
    return {
      id: this.plan.name,
      type: 'supervisor',
      restart: 'temporary',
      start: async () => {
        const started = await supervisor.startLink({ intensity, periodMs, children: [server] })
        if (started[0] === 'ok') this.#queue.keptBy(started[1])
        return started
      },
    }
  }
  /** With `faithful` one supervisor keeps them all. */
  keptBy(pid: SupervisorPid): void {
    if (this.plan.restart === 'faithful') this.#queue.keptBy(pid)
  }

  join(member: Member): void {
    this.#queue.join(member)
    this.#queue.fate.tie(member.webSocket, this.#queue.keeper)
  }
  broadcast(message: unknown): void {
    this.#queue.broadcast(message)
  }
  info(): ServiceInfo {
    const { name, url } = this.plan
    const { pid, sockets, length } = this.#queue
    return { name, url, pid, sockets, waiting: length }
  }
}
