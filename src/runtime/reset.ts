// Takes back what the callbacks of a process have made, so that its program can begin anew in the same process.
import { removeAlias, removeMonitor } from './alias.js'
import { exitSignal, unlinkOne } from './exit.js'
import type { Process } from './process.js'

/**
 * Undoes timers to it, links, monitors, aliases, group memberships, its name, its dictionary and trapExit; the mailbox and who
 * watches it stay.
 */
export function resetProcess(process: Process): void {
  const { kernel } = process
  kernel.timers.dropAll(process)
  if (process.name !== null) kernel.names.delete(process.name)
  process.name = process.dictionary = null
  if (process.aliases !== null) for (const id of process.aliases) removeAlias(process, id, false)
  const { monitors } = process
  process.monitors = null // tables are used again: this one must not be while we walk over it
  if (monitors !== null) for (const monitor of monitors.values()) removeMonitor(monitor)
  if (process.monitoredBy !== null) for (const monitor of process.monitoredBy.values()) monitor.onReset?.()
  const links = process.links ?? []
  process.links = null
  for (const linked of links) {
    unlinkOne(linked, process)
    // A child of the callbacks ends with them; whoever else was linked lives on and hears nothing.
    if (linked.parent === process.pid) exitSignal(linked, process.pid, 'shutdown', true)
  }
  process.trapExit = false
}
