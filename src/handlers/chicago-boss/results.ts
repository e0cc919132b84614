// What the callbacks of a service may answer. Pure. Entered by service-server.
import { MAX_MS } from '../../base/check.js'
import { BadReturnError } from '../../base/errors.js'
import type { NoReply } from '../../behaviours/gen-server-types.js'

const ALLOWED = "['noreply', state], ['noreply', state, timeoutMs] or ['stop', reason, state]"

/** The answer of a callback, as gen_server takes it; any other is a crash of the service. */
export function resultOf(callback: string, answer: unknown): NoReply<unknown> {
  if (Array.isArray(answer)) {
    const { length } = answer
    if (answer[0] === 'noreply' && (length === 2 || (length === 3 && isTimeout(answer[2])))) return answer as never
    if (answer[0] === 'stop' && length === 3) return answer as never
  }
  throw new BadReturnError(callback, ALLOWED, answer)
}

function isTimeout(after: unknown): boolean {
  return after === 'infinity' || (Number.isInteger(after) && (after as number) >= 0 && (after as number) <= MAX_MS)
}
