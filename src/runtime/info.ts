// processInfo and processes: what can be seen of a process from outside.
import { BadArgError } from '../base/errors.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { resolve } from './links.js'
import { messagesOf } from './mailbox.js'
import { BUSY, type Kernel, type Process, shared, WAITING } from './process.js'

/** A monitor by name, as it is listed. */
export interface MonitoredName {
  readonly name: string
  readonly node: string
}
/** What `processInfo` tells; the item names are OTP's. */
export interface ProcessInfo {
  readonly links: readonly Pid[]
  readonly monitors: readonly (AnyPid | MonitoredName)[]
  readonly monitored_by: readonly Pid[]
  readonly message_queue_len: number
  readonly messages: readonly unknown[]
  readonly registered_name: string | undefined
  readonly trap_exit: boolean
  readonly parent: Pid | undefined
  readonly dictionary: ReadonlyMap<unknown, unknown>
  /** `waiting` for a message, `runnable`, or `suspended` on a promise that is none of the runtime's. */
  readonly status: 'waiting' | 'runnable' | 'suspended'
}
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
