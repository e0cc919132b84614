// One line per check. Entered by all steps.
let failed = 0

export const failures = () => failed

/** `details` are shown when it is not well. */
export function report(what, ok, details) {
  if (!ok) failed++
  process.stdout.write(`${ok ? 'ok    ' : 'FAILED'} ${what}\n${ok ? '' : `${details}\n`}`)
}

/** For what cannot be checked on this machine. */
export function skipped(what) {
  process.stdout.write(`SKIPPED ${what}\n`)
}
