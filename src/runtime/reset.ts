// Takes back what the callbacks of a process have made, so that its program can begin anew in the same process.
import { removeAlias, removeMonitor } from './alias.js'
import { unlinkOne } from './exit.js'
import type { Process } from './process.js'

/** Undoes timers to it, links, monitors, aliases, its name, its dictionary and trapExit; the mailbox and who watches it stay. */
export function resetProcess(process: Process): void {
  const { kernel } = process
  kernel.timers.dropAll(process)
  if (process.name !== null) kernel.names.delete(process.name)
  process.name = process.dictionary = null
  if (process.aliases !== null) for (const id of process.aliases) removeAlias(process, id, false)
  if (process.monitors !== null) for (const monitor of process.monitors.values()) removeMonitor(monitor)
  if (process.links !== null) for (const linked of process.links) unlinkOne(linked, process)
  process.links = null
  process.trapExit = false
}
