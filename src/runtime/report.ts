// Crash reports: what ended, why and where, to the node's logger and to telemetry.
import { type Crash, isCrash } from '../base/exit-reason.js'
import type { Logger } from './logger.js'
import type { Process } from './process.js'
import { crashChannel } from './telemetry.js'

/** Reports a crash; `facts` are added to who, why, stack, name and queue length. Never throws. */
export function reportCrash(process: Process, crash: Crash, facts?: object): void {
  const pid = String(process.pid)
  const title = `process ${pid}${process.name === null ? '' : ` (${process.name})`} crashed`
  const report = {
    pid,
    node: process.kernel.name,
    registeredName: process.name ?? undefined,
    parent: process.parent === undefined ? undefined : String(process.parent),
    reason: crash.value,
    stack: crash.stack,
    messageQueueLength: process.queueLength,
    ...facts,
  }
  logError(process.kernel.logger, report, `${title}: ${textOf(crash)}`)
  if (crashChannel.hasSubscribers) crashChannel.publish({ pid: process.pid, error: crash.error, reason: crash.value })
}

/** What was thrown, in words; it may refuse to be read. */
function textOf(crash: Crash): string {
  try {
    return crash.toString()
  } catch {
    return 'an error that cannot be shown'
  }
}

/** Logs an error, whatever the logger or what it is given does: a report must not keep a process from its end. */
export function logError(logger: Logger, facts: object, text: string): void {
  log(logger, 'error', facts, text)
}
/** Logs a warning, as safely. */
export function logWarning(logger: Logger, facts: object, text: string): void {
  log(logger, 'warn', facts, text)
}
/** Logs what goes as it should, as safely. */
export function logInfo(logger: Logger, facts: object, text: string): void {
  log(logger, 'info', facts, text)
}

function log(logger: Logger, level: 'error' | 'warn' | 'info', facts: object, text: string): void {
  try {
    logger[level](facts, text)
  } catch (error) {
    try {
      logger[level]({}, text) // perhaps only the facts could not be shown
    } catch {
      globalThis.process.emitWarning(
        `gensock: the logger threw ${error instanceof Error ? error.name : 'something'}; lost: ${text}`,
      )
    }
  }
}

/** Reports `reason` if it is a crash; an `exit` is no crash. */
export function reportIfCrash(process: Process, reason: unknown, facts?: object): void {
  if (isCrash(reason)) reportCrash(process, reason, facts)
}
