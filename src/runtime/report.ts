// Crash reports: what ended, why and where, to the node's logger and to telemetry.
import { type Crash, isCrash } from '../base/exit-reason.js'
import type { Process } from './process.js'
import { crashChannel } from './telemetry.js'

/** Reports a crash; `facts` are added to who, why, stack, name and queue length. */
export function reportCrash(process: Process, crash: Crash, facts?: object): void {
  const pid = String(process.pid)
  if (crashChannel.hasSubscribers) crashChannel.publish({ pid: process.pid, error: crash.error, reason: crash.value })
  const report = {
    pid,
    node: process.kernel.name,
    registeredName: process.name ?? undefined,
    parent: process.parent === undefined ? undefined : String(process.parent),
    reason: crash.value,
    stack: crash.stack,
    messageQueueLength: process.mailbox?.length ?? 0,
    ...facts,
  }
  process.kernel.logger.error(
    report,
    `process ${pid}${process.name === null ? '' : ` (${process.name})`} crashed: ${crash.toString()}`,
  )
}

/** Reports `reason` if it is a crash; an `exit` is no crash. */
export function reportIfCrash(process: Process, reason: unknown, facts?: object): void {
  if (isCrash(reason)) reportCrash(process, reason, facts)
}
