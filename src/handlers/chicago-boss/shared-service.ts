// A service with one process for all its sockets, under a supervisor of its own: what it does to itself, the others do not
// feel. Entered by services.
import type { SupervisorPid } from '../../behaviours/supervisor.js'
import type { ChildSpec } from '../../behaviours/child-spec.js'
import { genServer } from '../../behaviours/gen-server.js'
import { supervisor } from '../../behaviours/supervisor.js'
import type { Member } from './member.js'
import { type RunningService, type ServiceInfo, tie } from './running.js'
import { serviceServer } from './service-server.js'
import { type Fate, type ServicePlan, ServiceQueue } from './service-queue.js'

/** How often a service is started again. */
export interface RestartLimits {
  readonly intensity: number
  readonly periodMs: number
}

/** The server of a queue as a child; with its name it can be sent messages by it. */
export function serverChild(queue: ServiceQueue, name?: string): ChildSpec {
  const options = name === undefined ? {} : { name }
  return { id: queue.plan.name, start: () => genServer.startLink(serviceServer(queue), undefined, options) }
}

/** One process, one state. */
export class SharedService implements RunningService {
  readonly plan: ServicePlan
  readonly #queue: ServiceQueue
  readonly #limits: RestartLimits

  constructor(plan: ServicePlan, limits: RestartLimits) {
    this.plan = plan
    this.#queue = new ServiceQueue(plan)
    const { intensity, periodMs } = limits
    this.#limits = { intensity, periodMs }
  }
  get isUp(): boolean {
    return this.#queue.isUp
  }

  child(): ChildSpec {
    const server = serverChild(this.#queue, this.plan.name)
    if (this.plan.restart === 'faithful') return server
    return {
      id: this.plan.name,
      type: 'supervisor',
      restart: 'temporary',
      start: async () => {
        const started = await supervisor.startLink({ ...this.#limits, children: [server] })
        if (started[0] === 'ok') this.#queue.keeper = started[1]
        return started
      },
    }
  }
  /** With `faithful` the one supervisor keeps them all, and one that crashes takes the others with it. */
  keptBy(pid: SupervisorPid, fate: Fate): void {
    if (this.plan.restart !== 'faithful') return
    this.#queue.keeper = pid
    this.#queue.fate = fate
  }

  join(member: Member): void {
    this.#queue.join(member)
    tie(member, this.#queue)
  }
  broadcast(message: unknown): void {
    this.#queue.broadcast(message)
  }
  info(): ServiceInfo {
    const { name, url } = this.plan
    const { pid, members, length } = this.#queue
    return { name, url, pid, sockets: members.size, waiting: length }
  }
}
