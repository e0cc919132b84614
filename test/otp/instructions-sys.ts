// System messages: sys_get_state, sys_replace_state, sys_suspend, sys_resume, sys_terminate.
import { CallError, sys } from '../../src/index.js'
import { evaluate } from './expressions.js'
import { Frame, type Handler, type InstructionTable } from './interpreter.js'
import { calling, serverOf } from './instructions-clients.js'
import { toReason } from './library.js'
import { Raised, raise, raiseOutside } from './raised.js'
import type { Json } from './scenario.js'
import { Tuple } from './terms.js'

/** The function of sys_replace_state: evaluates `value` with the state in the variable `bind`. */
function replacer(frame: Frame, bind: string, value: Json): (state: unknown) => unknown {
  return (state) => {
    const inside = new Frame(frame.run, frame.self, [...frame.variables, [bind, frame.library.toTerm(state)]])
    try {
      const next = evaluate(value, inside)
      // A state machine's `{State, Data}` is an array of the library.
      return Array.isArray(state) && next instanceof Tuple ? [...next.items] : next
    } catch (thrown) {
      if (thrown instanceof Raised) return raiseOutside(frame.self, thrown)
      throw thrown
    }
  }
}

const replaceState: Handler = async (frame, { to, bind, value }) => {
  const dest = serverOf(frame.evaluate(to)) as string
  const replace = replacer(frame, bind as string, value as Json)
  const answer = await calling(frame, async () => {
    try {
      return { state: await sys.replaceState(dest, replace) }
    } catch (error) {
      if (error instanceof CallError && isFailedCallback(error.reason)) return { failed: error.reason }
      throw error
    }
  })
  return 'failed' in answer ? raise('error', frame.library.toTerm(answer.failed)) : frame.library.toTerm(answer.state)
}

function isFailedCallback(reason: unknown): boolean {
  return Array.isArray(reason) && reason[0] === 'callback_failed'
}

type Order = 'getState' | 'suspend' | 'resume'
function order(name: Order): Handler {
  return async (frame, { to }) => {
    const dest = serverOf(frame.evaluate(to)) as string
    return frame.library.toTerm(await calling<unknown>(frame, () => sys[name](dest)))
  }
}

export const sysInstructions: InstructionTable = {
  sys_get_state: order('getState'),
  sys_replace_state: replaceState,
  sys_suspend: order('suspend'),
  sys_resume: order('resume'),
  sys_terminate: async (frame, { to, reason }) => {
    const [dest, why] = [serverOf(frame.evaluate(to)) as string, toReason(frame.evaluate(reason))]
    return calling(frame, () => sys.terminate(dest, why))
  },
}
