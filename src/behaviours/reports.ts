// Reports of behaviours: who ended, why, with which last message and state. To the node's logger, with the facts of OTP's
// reports. Entered by behaviour and supervisor; calls runtime/report.
import { BadReturnError } from '../base/errors.js'
import { type ExitReason, isCrash, reasonText } from '../base/exit-reason.js'
import type { Process } from '../runtime/process.js'
import { logError, reportCrash } from '../runtime/report.js'

/** What a behaviour knows of its end, besides the process. */
export interface EndFacts {
  /** OTP's name of the behaviour: gen_server, gen_statem, gen_event, supervisor, machine. */
  readonly behaviour: string
  readonly lastMessage?: unknown
  readonly state?: unknown
  /** In words, where the reason alone would not say what to do. */
  readonly text?: string | undefined
}

/** Is this an end that nobody needs to hear of: `normal`, `shutdown`, `['shutdown', why]`? */
export function isCleanExit(reason: unknown): boolean {
  return reason === 'normal' || isShutdown(reason)
}
/** `shutdown` or `['shutdown', why]`. */
export function isShutdown(reason: unknown): boolean {
  return reason === 'shutdown' || (Array.isArray(reason) && reason.length === 2 && reason[0] === 'shutdown')
}

/** Reports the end of a behaviour, unless it is a clean one. @see OTP `proc_lib`, "Crash Report" */
export function reportEnd(process: Process, reason: ExitReason, facts: EndFacts): void {
  if (isCleanExit(reason)) return
  const { text, ...rest } = facts
  const all = {
    label: 'crash',
    ...rest,
    links: [...(process.links ?? [])].map((linked) => String(linked.pid)),
    trapExit: process.trapExit,
  }
  if (isCrash(reason)) return reportCrash(process, reason, all)
  const name = process.name === null ? '' : ` (${process.name})`
  logError(
    process.kernel.logger,
    {
      pid: String(process.pid),
      node: process.kernel.name,
      registeredName: process.name ?? undefined,
      parent: process.parent === undefined ? undefined : String(process.parent),
      reason,
      messageQueueLength: process.queueLength,
      ...all,
    },
    `${facts.behaviour} ${String(process.pid)}${name} ended with reason ${reasonText(reason)}${text === undefined ? '' : `: ${text}`}`,
  )
}

/** The words for a callback result that its contract does not allow. */
export function badReturnText(callback: string, allowed: string, got: unknown): string {
  return new BadReturnError(callback, allowed, got).message
}
