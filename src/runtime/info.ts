// processInfo and processes: what can be seen of a process from outside.
import { BadArgError } from '../base/errors.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { resolve } from './links.js'
import { messagesOf } from './mailbox.js'
import { BUSY, type Kernel, type Process, shared, WAITING } from './process.js'

/**
 * A monitor by name, as `processInfo` lists it.
 *
 * @example
 * register('door', pid)
 * monitor('door')
 * processInfo(self.pid, 'monitors') // => [{ name: 'door', node: 'gensock@local' }]
 * @see OTP `erlang:process_info/2`, monitors
 */
export interface MonitoredName {
  /** The name that is watched. */
  readonly name: string
  /** Name of the node that has it. */
  readonly node: string
}
/**
 * What `processInfo` tells; the item names are OTP's.
 *
 * @example
 * processInfo(pid, 'trap_exit') // => false
 * @see OTP `erlang:process_info/2`
 */
export interface ProcessInfo {
  /** Whom it is linked to. */
  readonly links: readonly Pid[]
  /** Whom it monitors: pids, and names for monitors by name. */
  readonly monitors: readonly (AnyPid | MonitoredName)[]
  /** Who monitors it; calls that wait for it count. */
  readonly monitored_by: readonly Pid[]
  /** How many messages wait in its mailbox. */
  readonly message_queue_len: number
  /** The messages that wait, the oldest first. */
  readonly messages: readonly unknown[]
  /** Its name, or undefined. */
  readonly registered_name: string | undefined
  /** Whether exit signals become messages. */
  readonly trap_exit: boolean
  /** Who spawned it; undefined for code outside any process. */
  readonly parent: Pid | undefined
  /** Its process dictionary, a copy. */
  readonly dictionary: ReadonlyMap<unknown, unknown>
  /** `waiting` for a message, `runnable`, or `suspended` on a promise that is none of the runtime's. */
  readonly status: 'waiting' | 'runnable' | 'suspended'
}
/**
 * What `processInfo` can be asked for.
 *
 * @example
 * const items: InfoItem[] = ['links', 'messages']
 * items.map((item) => processInfo(pid, item)) // => [[], []]
 * @see OTP `erlang:process_info/2`, "process_info_item()"
 */
export type InfoItem = keyof ProcessInfo

const ITEMS: { readonly [I in InfoItem]: (process: Process) => ProcessInfo[I] } = {
  links: (process) => [...(process.links ?? [])].map((linked) => linked.pid),
  monitors: (process) =>
    [...(process.monitors?.values() ?? [])].map((monitor) =>
      monitor.name === undefined ? (monitor.pid as AnyPid) : { name: monitor.name, node: process.kernel.name },
    ),
  monitored_by: (process) =>
    [...(process.monitoredBy?.values() ?? [])].flatMap((monitor) => (monitor.owner === null ? [] : [monitor.owner.pid])),
  message_queue_len: (process) => process.queueLength,
  messages: (process) => messagesOf(process),
  registered_name: (process) => process.name ?? undefined,
  trap_exit: (process) => process.trapExit,
  parent: (process) => process.parent,
  dictionary: (process) => new Map(process.dictionary ?? []),
  status: (process) =>
    process.state === WAITING ? 'waiting' : process.state === BUSY && shared.current !== process ? 'suspended' : 'runnable',
}
const NAMES = Object.keys(ITEMS) as InfoItem[]

/** @see OTP `erlang:process_info/1,2` */
export function processInfo(kernel: Kernel, pid: AnyPid, item?: InfoItem): unknown {
  const process = resolve(kernel, pid, 'processInfo: pid')
  if (process === undefined) throw new BadArgError('processInfo: pid', 'a pid of this node', pid)
  if (item !== undefined && !Object.hasOwn(ITEMS, item))
    throw new BadArgError('processInfo: item', `one of ${NAMES.join(', ')}`, item)
  if (process === null) return undefined
  if (item !== undefined) return ITEMS[item](process)
  return Object.fromEntries(NAMES.map((name) => [name, ITEMS[name](process)]))
}

/** All living processes, oldest first. @see OTP `erlang:processes/0` */
export function processes(kernel: Kernel): Pid[] {
  return Array.from(kernel.processes.values(), (process) => process.pid)
}
