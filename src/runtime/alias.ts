// Aliases and the tables of monitors: pure bookkeeping on both ends, nothing is sent from here.
import type { ExitReason } from '../base/exit-reason.js'
import type { Reference } from '../base/ref.js'
import type { Alias, Monitor, Process } from './process.js'

/** Makes `ref` an address of its owner. */
export function addAlias(alias: Alias): void {
  alias.owner.kernel.aliases.set(alias.ref.id, alias)
  ;(alias.owner.aliases ??= new Set()).add(alias.ref.id)
}

/** Takes an alias away, and with `used` the `reply_demonitor` monitor that it belongs to. True if it was the owner's and active. */
export function removeAlias(owner: Process, id: number, used: boolean): boolean {
  if (owner.aliases?.delete(id) !== true) return false
  if (owner.aliases.size === 0) owner.aliases = null
  owner.kernel.aliases.delete(id)
  const monitor = used ? owner.monitors?.get(id) : undefined
  if (monitor?.alias === 'reply_demonitor') removeMonitor(monitor)
  return true
}

/** Enters a monitor on both ends; its target must be alive. */
export function addMonitor(monitor: Monitor): void {
  const id = monitor.ref.id
  const { owner, target } = monitor
  if (owner !== null) (owner.monitors ??= tableOf(owner)).set(id, monitor)
  if (target !== null) (target.monitoredBy ??= tableOf(target)).set(id, monitor)
}

/**
 * Watches a living process: `onDown` is called at its end, no message is sent. Over with the end of `owner`; without one nothing
 * but `removeMonitor` takes it back.
 */
export function watchEnd(
  owner: Process | null,
  target: Process,
  onDown: (reason: ExitReason) => void,
  ref: Reference = (owner ?? target).kernel.newRef(),
): Monitor {
  const { pid } = target
  const monitor: Monitor = { ref, owner, target, name: undefined, tag: undefined, alias: undefined, pid, onDown }
  addMonitor(monitor)
  return monitor
}

/** Removes a monitor from both ends. */
export function removeMonitor(monitor: Monitor): void {
  const { owner, target } = monitor
  const id = monitor.ref.id
  const mine = owner === null ? null : owner.monitors
  if (owner !== null && mine?.delete(id) === true && mine.size === 0) {
    owner.monitors = null
    giveBack(owner, mine)
  }
  const theirs = target === null ? null : target.monitoredBy
  if (target !== null && theirs?.delete(id) === true && theirs.size === 0) {
    target.monitoredBy = null
    giveBack(target, theirs)
  }
}

const MAX_SPARE = 64
function tableOf({ kernel }: Process): Map<number, Monitor> {
  return kernel.spareMonitors.pop() ?? new Map()
}
function giveBack({ kernel }: Process, table: Map<number, Monitor>): void {
  if (kernel.spareMonitors.length < MAX_SPARE) kernel.spareMonitors.push(table)
}
