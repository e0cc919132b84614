// What the rules of a supervisor need of its children, be they known by id (static-children) or by pid (dynamic-children).
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { From } from '../runtime/call.js'
import type { Behaviour } from './behaviour.js'
import type { ChildCount, ChildInfo, SupervisorOrder } from './supervisor-request.js'

/** The children of one supervisor. Whatever takes time answers a promise; the supervisor waits for it. */
export interface Children {
  /** Starts the first ones, and tells the loop what came of it. */
  begin(): void | Promise<void>
  exited(pid: AnyPid, reason: ExitReason): void | Promise<void>
  /** Tries again what `Retry` names. */
  retry(what: unknown): void | Promise<void>
  request(order: SupervisorOrder, from: From): void | Promise<void>
  /** Ends all of them. */
  stop(): void | Promise<void>
  list(): ChildInfo[]
  count(): ChildCount
}
/** Children of a kind of their own: those of a listener come from the network. */
export interface OwnChildren {
  readonly make: (loop: Behaviour) => Children
  /** The supervisor has ended, however that came about, and perhaps before its first turn. */
  readonly ended: () => void
}

/** To itself: try the start again, now that whatever waited has been handled. */
export class Retry {
  readonly what: unknown
  constructor(what: unknown) {
    this.what = what
  }
}
