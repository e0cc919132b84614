// Hot path. What the callbacks of a state machine may answer. Decides and notes in the transition only; entered by
// gen-statem-rules, which does it.
import { GensockError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { isSame } from './gen-statem-same.js'
import type { Transition } from './gen-statem-transition.js'
import { badReturnText } from './reports.js'

/** The transition goes on, with the actions of the answer. */
export const GO = 0
/** The machine ends, after the replies of the answer. */
export const STOP = 1
/** No answer at all. */
export const BAD = 2
/** An `enter` call cannot change the state. */
export const BAD_ENTER = 3
export type Verdict = typeof GO | typeof STOP | typeof BAD | typeof BAD_ENTER

/** What `init` may answer, in words. */
export const ALLOWED_INIT = "['ok', state, data, actions?], ['stop', reason] or ['ignore']"
const ALLOWED =
  "['next_state', state, data, actions?], ['keep_state', data, actions?], 'keep_state_and_data', " +
  "['keep_state_and_data', actions], ['repeat_state', data, actions?], 'repeat_state_and_data', " +
  "['repeat_state_and_data', actions], 'stop', ['stop', reason, data?] or ['stop_and_reply', reason, replies, data?]"

/** Notes in the transition what a state callback has answered. @see OTP `gen_statem:loop_state_callback_result` */
export function readAnswer(answer: unknown, step: Transition, entering: boolean): Verdict {
  step.actions = undefined
  step.enter = false
  if (Array.isArray(answer)) return readTuple(answer, step, entering)
  if (answer === 'keep_state_and_data') return GO
  if (answer === 'repeat_state_and_data') {
    step.enter = true
    return GO
  }
  return answer === 'stop' ? stop(step, 'normal', undefined) : BAD
}

function readTuple(answer: readonly unknown[], step: Transition, entering: boolean): Verdict {
  const { length } = answer
  const [tag, first, second, third] = answer
  switch (tag) {
    case 'next_state':
      return length === 3 || length === 4 ? nextState(step, entering, first, second, third) : BAD
    case 'keep_state':
    case 'repeat_state':
      if (length !== 2 && length !== 3) return BAD
      step.data = first
      return go(step, tag === 'repeat_state', second)
    case 'keep_state_and_data':
    case 'repeat_state_and_data':
      return length === 2 ? go(step, tag === 'repeat_state_and_data', first) : BAD
    case 'stop':
      if (length !== 2 && length !== 3) return BAD
      if (length === 3) step.data = second
      return stop(step, first as ExitReason, undefined)
    case 'stop_and_reply':
      if (length !== 3 && length !== 4) return BAD
      if (length === 4) step.data = third
      return stop(step, first as ExitReason, second)
    default:
      return BAD
  }
}

function nextState(step: Transition, entering: boolean, state: unknown, data: unknown, actions: unknown): Verdict {
  const changed = !isSame(state, step.state)
  if (changed && entering) return BAD_ENTER
  if (changed) step.changed = true
  step.state = state
  step.data = data
  return go(step, changed, actions)
}

function go(step: Transition, enter: boolean, actions: unknown): Verdict {
  step.enter = enter
  step.actions = actions
  return GO
}

function stop(step: Transition, reason: ExitReason, replies: unknown): Verdict {
  step.reason = reason
  step.replies = replies
  return STOP
}

/** The error of an answer that is none; the machine ends with its reason. */
export function badAnswer(verdict: Verdict, callback: string, answer: unknown, state: unknown): GensockError {
  const enter = verdict === BAD_ENTER
  const allowed = enter ? `the state that is being entered, ${show(state)}, from an enter call` : ALLOWED
  const kind = enter ? 'bad_state_enter_return_from_state_function' : 'bad_return_from_state_function'
  return new GensockError('GENSOCK_ERR_BAD_RETURN', badReturnText(callback, allowed, answer), [kind, answer])
}
