// Changes of process groups, as messages of whoever monitors them. Branded: an object that looks alike is none.
import type { Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'

const kChange = Symbol.for('gensock.pg.change')

/**
 * A group has changed: a message of every process that called `pg.monitor` for it, or `pg.monitorScope`.
 *
 * @example
 * const server: GenServer<number, void, {}, {}, GroupChange> = {
 *   init: (_arg, self) => ['ok', self.run(() => pg.monitor('lobby'))[1].length],
 *   handleInfo: ({ type, pids }, n) => ['noreply', type === 'join' ? n + pids.length : n - pids.length],
 * }
 * @see OTP `pg:monitor/1,2`
 */
export interface GroupChange<Group = any> {
  /** Whether processes came or went. */
  readonly type: 'join' | 'leave'
  /** What `monitor` or `monitorScope` answered. */
  readonly ref: Ref
  /** The group's name. */
  readonly group: Group
  /** As given to one `join` or `leave`; of a process that ended its own. A process stands here as often as it came or went. */
  readonly pids: readonly Pid[]
}

/** @internal */
export class ChangeMessage implements GroupChange {
  readonly type: 'join' | 'leave'
  readonly ref: Ref
  readonly group: unknown
  readonly pids: readonly Pid[]
  constructor(type: 'join' | 'leave', ref: Ref, group: unknown, pids: readonly Pid[]) {
    this.type = type
    this.ref = ref
    this.group = group
    this.pids = pids
  }
  get [kChange](): true {
    return true
  }
}

/**
 * Is this a real message of `pg.monitor` or `pg.monitorScope` (and not an object that looks like one)?
 *
 * @param message - anything
 * @returns true for a `GroupChange`
 * @example
 * const change = await self.receive(isGroupChange)
 * @see OTP `pg:monitor/1,2`
 */
export function isGroupChange(message: unknown): message is GroupChange {
  return typeof message === 'object' && message !== null && (message as { [kChange]?: true })[kChange] === true
}
