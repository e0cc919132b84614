// How a process ends and who hears of it: links, monitors, names, timers, hooks. Entered by turn (the end, a crash), by
// exit signals and by programs; calls send. Chains of deaths are walked in a list, not by recursion.
import type { ExitReason } from '../base/exit-reason.js'
import { DownMessage, ExitMessage } from '../base/messages.js'
import type { Pid } from '../base/pid.js'
import { removeAlias, removeMonitor } from './alias.js'
import { clear } from './mailbox.js'
import { type Monitor, type Process, DEAD, processKey } from './process.js'
import { logError } from './report.js'
import { post } from './send.js'
import { exitChannel } from './telemetry.js'

const dying: Process[] = []
const reasons: ExitReason[] = []
let walking = false

/** Ends a process at once. Everyone else sees it dead when this returns. */
export function terminate(process: Process, reason: ExitReason): void {
  if (process.state === DEAD) return
  process.state = DEAD
  process.pid._process = null
  if (walking) {
    dying.push(process)
    reasons.push(reason)
    return
  }
  walking = true
  try {
    bury(process, reason) // most die alone: the lists, which give their memory back when they are emptied, stay as they are
    for (let i = 0; i < dying.length; i++) bury(dying[i] as Process, reasons[i] as ExitReason)
  } finally {
    if (dying.length > 0) dying.length = reasons.length = 0
    walking = false
  }
}

function bury(process: Process, reason: ExitReason): void {
  const kernel = process.kernel
  kernel.processes.delete(processKey(process.pid))
  if (process.name !== null) kernel.names.delete(process.name)
  kernel.timers.dropAll(process)
  process.name = process.waiter = null
  clear(process)
  if (process.aliases !== null) for (const id of process.aliases) removeAlias(process, id, false)
  if (process.monitors !== null) {
    const monitors = process.monitors
    process.monitors = null // tables are used again: this one must not be while we walk over it
    for (const monitor of monitors.values()) endMonitor(process, monitor)
  }
  if (process.links !== null) {
    const links = process.links
    process.links = null
    for (const linked of links) {
      unlinkOne(linked, process)
      exitSignal(linked, process.pid, reason, true)
    }
  }
  if (process.monitoredBy !== null) {
    const monitors = process.monitoredBy
    process.monitoredBy = null
    for (const monitor of monitors.values()) fireDown(monitor, reason)
  }
  try {
    process.program.ended?.(process, reason)
    process.abort?.abort(reason)
    if (exitChannel.hasSubscribers) exitChannel.publish({ pid: process.pid, reason })
    kernel.onExit?.(process, reason)
  } catch (error) {
    // A hook that throws must not keep the others that are dying in this walk from their end.
    logError(kernel.logger, { pid: String(process.pid), error }, `a hook threw at the end of process ${String(process.pid)}`)
  }
}

function endMonitor(owner: Process, monitor: Monitor): void {
  removeMonitor(monitor)
  if (monitor.target === null && monitor.pid !== undefined) owner.kernel.remote?.demonitor(owner.pid, monitor.pid, monitor.ref)
}

/** Takes `process` out of the links of `from`. */
export function unlinkOne(from: Process, process: Process): void {
  if (from.links?.delete(process) && from.links.size === 0) from.links = null
}

/** The monitored process ended (or was never there): DOWN to the owner; the alias goes, unless it is an explicit one. */
export function fireDown(monitor: Monitor, reason: ExitReason): void {
  const { owner, ref } = monitor
  removeMonitor(monitor)
  if (owner !== null && monitor.alias !== undefined && monitor.alias !== 'explicit_unalias') removeAlias(owner, ref.id, false)
  if (monitor.onDown !== undefined) monitor.onDown(reason)
  else if (owner !== null) post(owner, new DownMessage(ref, reason, monitor.pid, monitor.name, owner.kernel.name, monitor.tag))
}

/** An exit signal reaches a process; `linked` when it comes over a link and not from `exit(pid, reason)`. */
export function exitSignal(process: Process, from: Pid<never>, reason: ExitReason, linked: boolean): void {
  if (process.state === DEAD) return
  if (reason === 'kill' && !linked) terminate(process, 'killed')
  else if (process.trapExit) post(process, new ExitMessage(from, reason))
  else if (reason === 'normal' && (linked || from !== (process.pid as Pid<never>))) return
  else if (process.program.exiting !== undefined) process.program.exiting(process, reason, from as Pid)
  else terminate(process, reason)
}
