// Timers: send_after, start_timer, cancel_timer, read_timer.
import { isPid, type Pid, type Ref } from '../../src/index.js'
import type { Frame, Handler, InstructionTable } from './interpreter.js'
import { MAX_MS } from './instructions-time.js'
import { badarg } from './raised.js'
import type { Term } from './terms.js'
import { nameOf, refOf } from './wrong-types.js'

/** Nothing can be registered as `undefined`; a timer may go there all the same. */
const NOBODY = '$nobody'

type Start = (self: Frame['self'], ms: number, dest: Pid | string, message: Term) => Ref

function starter(start: Start): Handler {
  return (frame, { ms, to, msg }) => {
    const delayMs = frame.evaluate(ms)
    const dest = frame.evaluate(to)
    const message = frame.evaluate(msg)
    if (typeof delayMs !== 'number' || !Number.isInteger(delayMs) || delayMs < 0) return badarg()
    return start(
      frame.self,
      Math.min(delayMs, MAX_MS),
      isPid(dest) ? dest : nameOf(dest === 'undefined' ? NOBODY : dest),
      message,
    )
  }
}

export const timerInstructions: InstructionTable = {
  send_after: starter((self, ms, dest, message) => self.sendAfterTo(ms, dest, message)),
  start_timer: starter((self, ms, dest, message) => self.startTimerTo(ms, dest, message)),
  cancel_timer: (frame, { ref }) => frame.self.cancelTimer(refOf(frame.evaluate(ref))),
  read_timer: (frame, { ref }) => frame.self.readTimer(refOf(frame.evaluate(ref))),
}
