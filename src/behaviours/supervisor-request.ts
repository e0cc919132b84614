// What is asked of a supervisor: requests of a call that no user's request is taken for, and their answers.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { ChildId, ChildSpec } from './child-spec.js'

const kSupervisor = Symbol.for('gensock.supervisor')

export type SupervisorOrder =
  | { readonly op: 'start_child'; readonly spec: unknown; readonly args: readonly unknown[] | undefined }
  | { readonly op: 'terminate_child' | 'restart_child' | 'delete_child' | 'get_childspec'; readonly id: unknown }
  | { readonly op: 'which_children' | 'count_children' }

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
export function isSupervisorRequest(request: unknown): request is SupervisorRequest {
  return typeof request === 'object' && request !== null && (request as { [kSupervisor]?: true })[kSupervisor] === true
}

/** One child, as `whichChildren` lists it. Dynamic children have no id. */
export interface ChildInfo {
  readonly id: ChildId | undefined
  readonly pid: AnyPid | 'restarting' | undefined
  readonly type: 'worker' | 'supervisor'
}
/** What `countChildren` answers. */
export interface ChildCount {
  /** Specs, running or not. */
  readonly specs: number
  /** Living processes. */
  readonly active: number
  readonly supervisors: number
  readonly workers: number
}
/** What `startChild` and `restartChild` answer; the pid of a child whose start was ignored is undefined. */
export type StartChildResult =
  | readonly ['ok', pid: AnyPid | undefined]
  | readonly ['ok', pid: AnyPid, info: unknown]
  | readonly ['error', ExitReason]
/** What `getChildspec` answers. */
export type ChildspecResult = readonly ['ok', Required<ChildSpec>] | readonly ['error', 'not_found']
