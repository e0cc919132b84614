// The supervisors of one set of sessions: what keeps visitors' data, the sessions, their pages; each child is temporary, for
// what crashes is found again by its cookie. Entered by sessions; calls the supervisors.
//
//   sessions (restForOne) -- visitors (dynamic)
//                         \- sessions (dynamic)
//                         \- pages    (dynamic): ends first, when all ends in order
import { dynamicSupervisor, type DynamicSupervisorPid } from '../behaviours/dynamic-supervisor.js'
import { type StartResult, unwrap } from '../behaviours/start.js'
import { supervisor, type SupervisorPid } from '../behaviours/supervisor.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { onNode } from '../runtime/on-node.js'
import type { Kernel } from '../runtime/process.js'

const CHILDREN = ['visitors', 'sessions', 'pages'] as const
type Branch = (typeof CHILDREN)[number]

/** The supervisors of one `startSessions`. */
export class Tree {
  readonly #kernel: Kernel
  readonly #branches = new Map<Branch, DynamicSupervisorPid>()
  #top: SupervisorPid | undefined = undefined

  constructor(kernel: Kernel) {
    this.#kernel = kernel
  }
  get pid(): SupervisorPid {
    return this.#top as SupervisorPid
  }

  /** The tree's parent is the node: `node.stop()` ends it in order. */
  async start(): Promise<void> {
    const children = CHILDREN.map((id) => ({
      id,
      type: 'supervisor' as const,
      // Each start is noted, so that a branch that was started again is found.
      start: async (): Promise<StartResult<DynamicSupervisorPid>> => {
        const started = await dynamicSupervisor.startLink()
        if (started[0] === 'ok') this.#branches.set(id, started[1])
        return started
      },
    }))
    this.#top = unwrap(await onNode(this.#kernel, () => supervisor.start({ strategy: 'restForOne', children })))
  }
  /** Starts a temporary child; rejects as `unwrap` and as a call to a supervisor that has ended. */
  async startChild<P extends AnyPid = Pid>(branch: Branch, start: () => Promise<StartResult<P>>): Promise<P> {
    const parent = this.#branches.get(branch) as DynamicSupervisorPid
    const child = { id: branch.slice(0, -1), start, restart: 'temporary' as const }
    return unwrap(await onNode(this.#kernel, () => dynamicSupervisor.startChild<P>(parent, child)))
  }
}
