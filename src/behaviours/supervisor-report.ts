// Supervisor and progress reports: which supervisor, which child, what happened. Entered by the rules of supervisors.
import { show } from '../base/errors.js'
import { reasonText } from '../base/exit-reason.js'
import type { AnyPid } from '../base/pid.js'
import type { Process } from '../runtime/process.js'
import { logError, logInfo, logWarning } from '../runtime/report.js'
import type { CheckedChild } from './child-spec.js'
import type { Refusal } from './supervisor-flags.js'
import { badReturnText } from './reports.js'
import type { ReportKind } from './supervisor-policy.js'

const TEXTS: { readonly [K in ReportKind]: string } = {
  child_terminated: 'ended',
  start_error: 'did not start',
  shutdown_error: 'did not end as it was told',
  shutdown: 'is given up',
}

/** Something went wrong with a child. @see OTP `supervisor`, "Supervisor Report" */
export function reportSupervisor(
  process: Process,
  error: ReportKind,
  child: CheckedChild,
  pid: AnyPid | undefined,
  reason: unknown,
): void {
  const supervisor = nameOf(process)
  logError(
    process.kernel.logger,
    { label: 'supervisor', supervisor, errorContext: error, reason, offender: facts(child, pid) },
    `supervisor ${supervisor}: child ${show(child.id)} ${TEXTS[error]}, reason ${reasonText(reason)}`,
  )
}

/** Some of many children of one template did not end as they were told: how many with this reason. */
export function reportShutdownErrors(process: Process, child: CheckedChild, count: number, reason: unknown): void {
  const supervisor = nameOf(process)
  const offender = { ...facts(child, undefined), pid: undefined, nbChildren: count }
  logError(
    process.kernel.logger,
    { label: 'supervisor', supervisor, errorContext: 'shutdown_error', reason, offender },
    `supervisor ${supervisor}: ${count} of the children ${show(child.id)} ${TEXTS.shutdown_error}, reason ${reasonText(reason)}`,
  )
}

/** A child has been started; not of dynamic ones, which come and go. @see OTP `supervisor`, "Progress Report" */
export function reportProgress(process: Process, child: CheckedChild, pid: AnyPid | undefined): void {
  const supervisor = nameOf(process)
  const started = facts(child, pid)
  logInfo(
    process.kernel.logger,
    { label: 'progress', supervisor, started },
    `supervisor ${supervisor}: started ${show(child.id)}`,
  )
}

function nameOf(process: Process): string {
  return process.name ?? String(process.pid)
}
function facts(child: CheckedChild, pid: AnyPid | undefined): object {
  const { id, restart, shutdown, significant, type } = child
  return { pid: pid === undefined ? undefined : String(pid), id, restart, shutdown, significant, type }
}

/** A child has been started without a link to its supervisor. */
export function reportUnlinked(process: Process, child: CheckedChild, pid: AnyPid): void {
  const supervisor = nameOf(process)
  logWarning(
    process.kernel.logger,
    { label: 'supervisor', supervisor, errorContext: 'not_linked', offender: facts(child, pid) },
    `supervisor ${supervisor}: child ${show(child.id)} ${String(pid)} is not linked to its supervisor, which will not hear of its end: use startLink (or self.spawnLink) in its start function, not start`,
  )
}

/** A start function answered what none answers: in words, what was allowed and what came. */
export function reportBadStart(process: Process, child: CheckedChild, answer: unknown): void {
  const supervisor = nameOf(process)
  logError(
    process.kernel.logger,
    { label: 'supervisor', supervisor, errorContext: 'bad_start_result', reason: answer, offender: facts(child, undefined) },
    `supervisor ${supervisor}: ${badReturnText(`the start function of child ${show(child.id)}`, ALLOWED_START, answer)}`,
  )
}
const ALLOWED_START = "['ok', pid], ['ok', pid, info], ['error', reason] or ['ignore']"

/** A child spec was refused: in words, what was allowed and what came. */
export function reportBadSpec(process: Process, { refused, error }: Refusal): void {
  const supervisor = nameOf(process)
  logError(
    process.kernel.logger,
    { label: 'supervisor', supervisor, errorContext: 'bad_spec', reason: refused },
    `supervisor ${supervisor}: ${error.message}`,
  )
}
