// What is asked of a supervisor: requests of a call that no user's request is taken for, and their answers.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { ChildId, ChildSpec } from './child-spec.js'
import { refusal, type Refusal } from './supervisor-flags.js'

const kSupervisor = Symbol.for('gensock.supervisor')

/** What a supervisor is asked for. */
export type SupervisorOrder =
  | StartChildOrder
  | { readonly op: 'terminate_child' | 'restart_child' | 'delete_child' | 'get_childspec'; readonly id: unknown }
  | { readonly op: 'which_children' | 'count_children' }
/** One more child. */
export interface StartChildOrder {
  readonly op: 'start_child'
  readonly spec: unknown
  /** The list of arguments that was given instead of a spec, for a template. */
  readonly args: readonly unknown[] | undefined
  /**
   * The spec is that of a dynamic child: it may have no id, and only a supervisor that starts each child by its own spec takes
   * it.
   */
  readonly dynamic: boolean
}

/** A request of the supervisor API. */
export class SupervisorRequest {
  readonly order: SupervisorOrder
  constructor(order: SupervisorOrder) {
    this.order = order
  }
  get [kSupervisor](): true {
    return true
  }
}
/** Is this a request of the supervisor API? */
export function isSupervisorRequest(request: unknown): request is SupervisorRequest {
  return typeof request === 'object' && request !== null && (request as { [kSupervisor]?: true })[kSupervisor] === true
}

/** The answer to a dynamic child for a supervisor that is none for such children, and what its reader is told. */
export function notDynamic(supervisor: AnyPid): Refusal {
  const allowed = 'one that dynamicSupervisor.start or startLink made; this one takes children by supervisor.startChild'
  return refusal('not_dynamic', 'dynamicSupervisor.startChild: supervisor', allowed, supervisor)
}

/**
 * One child, as `whichChildren` lists it.
 *
 * @example
 * const [only]: readonly ChildInfo[] = await supervisor.whichChildren(tree)
 * only?.type // => 'worker'
 * @see OTP `supervisor:which_children/1`
 */
export interface ChildInfo {
  /** Undefined for a dynamic child: it has none. */
  readonly id: ChildId | undefined
  /** Undefined when it does not run; `restarting` when its restart has failed and is tried again. */
  readonly pid: AnyPid | 'restarting' | undefined
  /** As its spec says. */
  readonly type: 'worker' | 'supervisor'
}
/**
 * What `countChildren` answers.
 *
 * @example
 * const count: ChildCount = await supervisor.countChildren(tree)
 * count // => { specs: 1, active: 1, supervisors: 0, workers: 1 }
 * @see OTP `supervisor:count_children/1`
 */
export interface ChildCount {
  /** Specs, running or not; of `simpleOneForOne` the one template. */
  readonly specs: number
  /** Living processes. */
  readonly active: number
  /** Children of type `supervisor`, running or not. */
  readonly supervisors: number
  /** Children of type `worker`, running or not. */
  readonly workers: number
}
/**
 * What `startChild` and `restartChild` answer; `P` is the type of the child's pid, which is undefined when its start was
 * ignored.
 *
 * @example
 * const again: StartChildResult<AnyPid> = await supervisor.startChild(tree, child('counter', counter, 0))
 * again[0] // => 'error'
 * @see OTP `supervisor`, "startchild_ret()"
 */
export type StartChildResult<P extends AnyPid = Pid> =
  | readonly ['ok', pid: P | undefined]
  | readonly ['ok', pid: P, info: unknown]
  | readonly ['error', ExitReason]
/**
 * What `getChildspec` answers; the spec has all defaults filled in and is frozen.
 *
 * @example
 * const missing: ChildspecResult = await supervisor.getChildspec(tree, 'nobody')
 * missing // => ['error', 'not_found']
 * @see OTP `supervisor:get_childspec/2`
 */
export type ChildspecResult = readonly ['ok', Readonly<Required<ChildSpec>>] | readonly ['error', 'not_found']
