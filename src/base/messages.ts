// The messages that the runtime itself sends. Branded: a look-alike from a user is never taken for one of them.
import type { ExitReason } from './exit-reason.js'
import type { AnyPid } from './pid.js'
import type { Ref } from './ref.js'

const kSystem = Symbol.for('gensock.system')

/**
 * A linked process ended, or someone sent an exit signal; only for processes that trap exits.
 *
 * @example
 * trapExit(true)
 * const pid = spawnLink(() => undefined)
 * await self.receive(isExit) // => { type: 'EXIT', pid, reason: 'normal' }
 * @see Erlang reference manual, "Processes", Receiving Exit Signals
 */
export interface Exit {
  /** Always `EXIT`. */
  readonly type: 'EXIT'
  /** Who ended, or who sent the signal. */
  readonly pid: AnyPid
  /** Why it ended. */
  readonly reason: ExitReason
}
/**
 * A monitored process ended. A monitor by name has `name` and `node` instead of `pid`.
 *
 * @example
 * const ref = monitor('nobody')
 * await self.receive(isDown) // => { type: 'DOWN', ref, name: 'nobody', node: 'gensock@local', reason: 'noproc' }
 * @see OTP `erlang:monitor/2`
 */
export interface Down {
  /** Always `DOWN`. */
  readonly type: 'DOWN'
  /** What `monitor` answered. */
  readonly ref: Ref
  /** Who ended. */
  readonly pid: AnyPid
  /** Why it ended; `noproc` if it had ended before, `noconnection` if its node is not there. */
  readonly reason: ExitReason
  /** The name that was monitored. Undefined for a monitor by pid. */
  readonly name?: string
  /** Name of the node that the name was looked up on. Undefined for a monitor by pid. */
  readonly node?: string
  /** What the monitor was made with. Undefined if it was made without. */
  readonly tag?: unknown
}
/**
 * What `startTimer` delivers.
 *
 * @example
 * const ref = startTimer(5, self(), 'again')
 * await self.receive(isTimeout) // => { type: 'timeout', ref, message: 'again' }
 * @see OTP `erlang:start_timer/3`
 */
export interface Timeout<M = unknown> {
  /** Always `timeout`. */
  readonly type: 'timeout'
  /** What `startTimer` answered. */
  readonly ref: Ref
  /** What `startTimer` was given. */
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

/**
 * Asks whether this is an EXIT message of the runtime, and not an object that looks like one.
 *
 * @param message - any value
 * @returns true for an {@link Exit}
 * @example
 * isExit({ type: 'EXIT', reason: 'normal' }) // => false
 * @see Erlang reference manual, "Processes", Receiving Exit Signals. Differs: a message that was made by hand is told apart.
 */
export function isExit(message: unknown): message is Exit {
  return kindOf(message) === 'EXIT'
}
/**
 * Asks whether this is a DOWN message of the runtime, and not an object that looks like one.
 *
 * @param message - any value
 * @returns true for a {@link Down}
 * @example
 * monitor('nobody')
 * isDown(await self.receive()) // => true
 * @see OTP `erlang:monitor/2`. Differs: a message that was made by hand is told apart.
 */
export function isDown(message: unknown): message is Down {
  return kindOf(message) === 'DOWN'
}
/**
 * Asks whether this is a message of `startTimer`, and not an object that looks like one.
 *
 * @param message - any value
 * @returns true for a {@link Timeout}
 * @example
 * startTimer(0, self(), 'now')
 * isTimeout(await self.receive()) // => true
 * @see OTP `erlang:start_timer/3`. Differs: a message that was made by hand is told apart.
 */
export function isTimeout<M = unknown>(message: unknown): message is Timeout<M> {
  return kindOf(message) === 'timeout'
}
