// The messages that the runtime itself sends. Branded: a look-alike from a user is never taken for one of them.
import type { ExitReason } from './exit-reason.js'
import type { AnyPid } from './pid.js'
import type { Ref } from './ref.js'

const kSystem = Symbol.for('gensock.system')

/** A linked process ended, or someone sent an exit signal; only for processes that trap exits. */
export interface Exit {
  readonly type: 'EXIT'
  readonly pid: AnyPid
  readonly reason: ExitReason
}
/** A monitored process ended. A monitor by name has `name` and `node` instead of `pid`. */
export interface Down {
  readonly type: 'DOWN'
  readonly ref: Ref
  readonly pid: AnyPid
  readonly reason: ExitReason
  readonly name?: string
  readonly node?: string
  /** What the monitor was made with, if it was. */
  readonly tag?: unknown
}
/** What `startTimer` delivers. */
export interface Timeout<M = unknown> {
  readonly type: 'timeout'
  readonly ref: Ref
  readonly message: M
}

/** @internal */
export class ExitMessage implements Exit {
  readonly type = 'EXIT' as const
  readonly pid: AnyPid
  readonly reason: ExitReason
  constructor(pid: AnyPid, reason: ExitReason) {
    this.pid = pid
    this.reason = reason
  }
  get [kSystem](): 'EXIT' {
    return 'EXIT'
  }
}

/** @internal */
export class DownMessage {
  readonly type = 'DOWN' as const
  readonly ref: Ref
  declare readonly pid: AnyPid
  readonly reason: ExitReason
  declare readonly name?: string
  declare readonly node?: string
  declare readonly tag?: unknown
  constructor(ref: Ref, reason: ExitReason, pid: AnyPid | undefined, name: string | undefined, node: string, tag: unknown) {
    this.ref = ref
    if (name === undefined) (this as { pid: AnyPid | undefined }).pid = pid
    else {
      ;(this as { name?: string }).name = name
      ;(this as { node?: string }).node = node
    }
    this.reason = reason
    if (tag !== undefined) this.tag = tag
  }
  get [kSystem](): 'DOWN' {
    return 'DOWN'
  }
}

/** @internal */
export class TimeoutMessage<M = unknown> implements Timeout<M> {
  readonly type = 'timeout' as const
  readonly ref: Ref
  readonly message: M
  constructor(ref: Ref, message: M) {
    this.ref = ref
    this.message = message
  }
  get [kSystem](): 'timeout' {
    return 'timeout'
  }
}

function kindOf(message: unknown): string | undefined {
  return typeof message === 'object' && message !== null ? (message as { [kSystem]?: string })[kSystem] : undefined
}

/** Is this a real EXIT message of the runtime (not an object that looks like one)? */
export function isExit(message: unknown): message is Exit {
  return kindOf(message) === 'EXIT'
}
/** Is this a real DOWN message of the runtime? */
export function isDown(message: unknown): message is Down {
  return kindOf(message) === 'DOWN'
}
/** Is this a real timeout message of `startTimer`? */
export function isTimeout<M = unknown>(message: unknown): message is Timeout<M> {
  return kindOf(message) === 'timeout'
}
