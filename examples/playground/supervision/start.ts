// Starts the stage under a supervisor of its own: whatever goes wrong on it, the playground lives on.
import { child, supervisor, type SupervisorPid, unwrap } from 'gensock'
import { stage } from './stage.js'

/** @param now - milliseconds that only go up; a test gives those of its node */
export async function startSupervision(now: () => number = () => performance.now()): Promise<SupervisorPid> {
  return unwrap(await supervisor.start({ intensity: 3, periodMs: 10_000, children: [child('stage', stage, () => now)] }))
}
