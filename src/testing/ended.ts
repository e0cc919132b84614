// The matchers `toBeAlive` and `toExitWith`: whether a process is alive, and how it ends. Entered by matchers; reads the ledger of
// the test node.
import { requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { isCrash, reasonText } from '../base/exit-reason.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { processOf } from '../runtime/process.js'
import { type Ending, type ProcessRecord, recordOf } from './ledger.js'
import {
  difference,
  equalityOf,
  expectedText,
  labelOf,
  settleHint,
  type MatcherContext,
  type MatcherResult,
  textOf,
} from './matcher-context.js'
import { lineOf } from './open-processes.js'
import { PATIENCE_MS, within } from './within.js'

function pidOf(where: string, value: unknown): AnyPid {
  if (isPid(value)) return value
  const { pid } = (value ?? {}) as { pid?: unknown }
  if (isPid(pid)) return pid
  throw new BadArgError(`${where}: what is expected`, 'a pid, a probe or a fake transport', value)
}
const endedText = (pid: AnyPid, { reason, atMs }: Ending): string =>
  `process ${String(pid)} ${isCrash(reason) ? 'crashed' : 'ended'} at ${atMs} ms: ${reasonText(reason)}`

/** @internal */
export function toBeAlive(context: MatcherContext, actual: unknown): MatcherResult {
  const pid = pidOf('toBeAlive', actual)
  const ending = recordOf(pid)?.ending
  const isThere = processOf(pid) !== undefined
  const state = isThere
    ? `process ${lineOf(pid) ?? String(pid)}`
    : ending === undefined
      ? `process ${String(pid)} is not alive`
      : endedText(pid, ending)
  const label = labelOf(context, 'toBeAlive', 'pid')
  return { pass: isThere, message: () => textOf([label(), '', `Received: ${state}`, isThere ? settleHint(pid) : undefined]) }
}

/** @internal */
export async function toExitWith(
  context: MatcherContext,
  actual: unknown,
  reason?: unknown,
  withinMs = PATIENCE_MS,
): Promise<MatcherResult> {
  const pid = pidOf('toExitWith', actual)
  requireMs('toExitWith: withinMs', withinMs)
  const record = recordOf(pid)
  if (record === undefined)
    throw new BadArgError('toExitWith: what is expected', 'a process of a test node, whose time can be turned', pid)
  const ending = await within(record.ledger.driver, withinMs, () => record.ending)
  const equal = equalityOf(context)
  const pass = ending !== undefined && (reason === undefined || isReason(ending.reason, reason, equal))
  if (pass && context.isNot !== true) nameCrash(record, pid, ending)
  const label = labelOf(context, 'toExitWith', 'pid')
  const message = (): string =>
    textOf([
      label(reason === undefined ? '' : 'reason'),
      '',
      `Expected: ${pass ? 'not ' : ''}${reason === undefined ? 'any end' : expectedText(context, reason)}`,
      `Received: ${ending === undefined ? stillAlive(pid, withinMs) : endedText(pid, ending)}`,
      pass || ending === undefined
        ? undefined
        : difference(context, reason, isCrash(ending.reason) ? ending.reason.value : ending.reason),
      pass || !isCrash(ending?.reason) ? undefined : ending.reason.stack,
    ])
  return { pass, message }
}

const stillAlive = (pid: AnyPid, withinMs: number): string => `alive after ${withinMs} ms of virtual time: ${lineOf(pid) ?? ''}`

/** Is it this reason? A crash is never taken for an end in order. */
function isReason(actual: unknown, expected: unknown, equal: (one: unknown, other: unknown) => boolean): boolean {
  if (expected instanceof RegExp) return (typeof actual === 'string' ? actual : reasonText(actual)).search(expected) >= 0
  if (!isCrash(actual)) return equal(actual, expected)
  if (expected === 'normal' || expected === 'shutdown') return false
  return equal(actual, expected) || equal(actual.value, expected) || equal(actual.error, expected)
}

function nameCrash({ ledger }: ProcessRecord, pid: AnyPid, { reason }: Ending): void {
  if (isCrash(reason)) ledger.named.add({ pid: String(pid), reason: reason.value })
}
