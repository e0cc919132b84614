// Time and meeting points: sleep, now, settle, barrier. None of them is visible in a mailbox.
import type { Frame, InstructionTable } from './interpreter.js'
import { raise } from './raised.js'
import type { Term } from './terms.js'

/** The longest delay of the library; a run never lasts so long. */
export const MAX_MS = 2 ** 31 - 1
/** The longest time limit that Erlang takes. */
const MAX_LIMIT_MS = 2 ** 32 - 1

/** A time limit as `receive` takes it; undefined for one that Erlang refuses with `timeout_value`. */
export function timeLimit(term: Term): number | undefined {
  if (term === 'infinity') return Infinity
  if (typeof term !== 'number' || !Number.isInteger(term) || term < 0 || term > MAX_LIMIT_MS) return undefined
  return Math.min(term, MAX_MS)
}

async function sleep({ self }: Frame, ms: Term): Promise<Term> {
  const limit = timeLimit(ms) ?? raise('error', 'timeout_value')
  if (limit === Infinity) await self.receive(() => false)
  await self.sleep(limit)
  return 'ok'
}

export const timeInstructions: InstructionTable = {
  sleep: (frame, { ms }) => sleep(frame, frame.evaluate(ms)),
  now: ({ run }) => Math.floor(run.node.now()),
  settle: async ({ run }) => {
    await new Promise<void>((go) => run.settling.push(go))
    return 'ok'
  },
  barrier: async (frame, { name, n }) => {
    await frame.run.arrive(frame.evaluate(name), frame.evaluate(n))
    return 'ok'
  },
}
