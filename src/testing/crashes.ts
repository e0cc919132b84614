// The crashes of a test node: collected from its reports, and held against those that the test expects. Entered by test-node.
import { GensockError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { Logger } from '../runtime/logger.js'
import { fits } from './pattern.js'

/**
 * One crash report of a test node.
 *
 * @example
 * node.spawn(() => nocatch('on purpose'))
 * await node.settle()
 * const report = node.crashes[0] as CrashReport
 * report.facts.reason // => ['nocatch', 'on purpose']
 * node.expectCrash()
 * @see OTP `proc_lib`, "Crash reports"
 */
export interface CrashReport {
  /** One line: who crashed, and why. */
  readonly text: string
  /** What a logger gets beside it: pid, name, stack; `reason` is the exit reason without its stack. */
  readonly facts: { readonly pid?: string; readonly reason?: unknown; readonly [fact: string]: unknown }
}
/** What `expectCrash` was given. @internal */
export type ExpectedCrash = ExitReason | RegExp | undefined

const nothing = (): void => undefined

/** A logger that keeps crash reports and nothing else. @internal */
export function crashCollector(crashes: CrashReport[]): Logger {
  return {
    // A supervisor's report of a child that it restarts is no crash of its own.
    error: (facts, text) => {
      const { label } = facts as { readonly label?: unknown }
      if (label === undefined || label === 'crash') crashes.push({ text, facts: facts as CrashReport['facts'] })
    },
    warn: nothing,
    info: nothing,
    debug: nothing,
  }
}

/** Throws for a crash that was not expected, and for one that was and did not happen; `ending`: more for the text. @internal */
export function refuseUnexpected(
  crashes: readonly CrashReport[],
  expected: readonly ExpectedCrash[],
  isNamed: (crash: CrashReport) => boolean,
  ending: () => string,
): void {
  // The most exact first, so that a bare `expectCrash()` does not take the crash that another one names.
  const open = expected.toSorted((a, b) => exactness(b) - exactness(a))
  const unexpected = crashes.filter((crash) => {
    const index = open.findIndex((reason) => isExpected(crash, reason))
    if (index >= 0) open.splice(index, 1)
    return index < 0 && !isNamed(crash)
  })
  const [first, ...others] = unexpected
  if (first !== undefined) {
    const more = others.map(({ text }) => `\nand ${text}`).join('')
    const stack = typeof first.facts['stack'] === 'string' ? first.facts['stack'] : ''
    throw new GensockError('GENSOCK_ERR_UNEXPECTED_CRASH', `${first.text}\n${stack}${more}${ending()}`, first.facts.reason)
  }
  if (open.length > 0) {
    const text = `${open.length} expected crash(es) did not happen: ${show(open)}${ending()}`
    throw new GensockError('GENSOCK_ERR_UNEXPECTED_CRASH', text, 'no_crash')
  }
}

function exactness(reason: ExpectedCrash): number {
  return reason === undefined ? 0 : reason instanceof RegExp ? 1 : 2
}

function isExpected(crash: CrashReport, reason: ExpectedCrash): boolean {
  if (reason === undefined) return true
  if (reason instanceof RegExp) return crash.text.search(reason) >= 0
  return fits(crash.facts.reason, reason)
}
