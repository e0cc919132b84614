// Hot path. Lists of actions: which list a callback's answer means, and what each action asks of the transition. Decides and
// collects only; entered by gen-statem-rules, which does it.
import { MAX_MS } from '../base/check.js'
import { GensockError, show } from '../base/errors.js'
import { isFrom } from '../runtime/call.js'
import { Event } from './gen-statem-events.js'
import type { TimeoutOrder } from './gen-statem-timers.js'
import type { Transition } from './gen-statem-transition.js'
import type { ReplyAction, TimeoutType } from './gen-statem-types.js'

const NOTHING: readonly unknown[] = Object.freeze([])
/** OTP's reason of an action that is none -> what is allowed. */
const ALLOWED = Object.freeze({
  bad_action_from_state_function:
    "an action must be 'postpone', ['postpone', boolean], ['next_event', type, content], ['reply', from, value], " +
    "'hibernate', ['hibernate', boolean], ms, [timeout, ms | 'infinity', content], [timeout, 'cancel'] or " +
    `[timeout, 'update', content], where a timeout is 'timeout', 'state_timeout' or ['timeout', name], ms are 0 to ${MAX_MS}`,
  bad_state_enter_action_from_state_function: "an enter call must not ask for 'postpone' or 'next_event'",
  bad_reply_action_from_state_function: "a reply must be ['reply', from, value] with the from of a call",
})

/** The actions of an answer: none, one, or a list of them. */
export function actionsOf(given: unknown): readonly unknown[] {
  if (given === undefined) return NOTHING
  return Array.isArray(given) && !isOneAction(given) ? given : [given]
}

// A tuple and a list are both arrays: a tuple begins with one of these, a list with an action.
function isOneAction(given: readonly unknown[]): boolean {
  const [first, second] = given
  if (first === 'reply' || first === 'next_event' || first === 'timeout' || first === 'state_timeout') return true
  if (first === 'postpone' || first === 'hibernate') return given.length === 2 && typeof second === 'boolean'
  // The only name that makes a list of a named timeout's tuple: `['timeout', 'cancel']` is an action by itself.
  if (!isNamed(first) || first[1] === 'cancel') return false
  return given.length === 2 ? second === 'cancel' : given.length === 3 && !Array.isArray(second)
}

/** Is this a reply that can be sent? */
export function isReply(action: unknown): action is ReplyAction {
  return Array.isArray(action) && action.length === 3 && action[0] === 'reply' && isFrom(action[1])
}

/**
 * Notes in the transition what an action other than a reply asks for.
 *
 * @throws {GensockError} `GENSOCK_ERR_BAD_RETURN` - there is no such action, or not in an `enter` call
 */
export function note(action: unknown, transition: Transition, entering: boolean): void {
  if (typeof action === 'number' || action === 'infinity') {
    if (isTime(action)) return order(transition, ['timeout', action, action])
  } else if (action === 'hibernate')
    return // an idle machine is as small as a hibernating one
  else if (action === 'postpone') {
    if (entering) throw badAction('bad_state_enter_action_from_state_function', action)
    transition.postpone = true
    return
  } else if (Array.isArray(action) && noteTuple(action, transition, entering)) return
  throw badAction('bad_action_from_state_function', action)
}

function noteTuple(action: readonly unknown[], transition: Transition, entering: boolean): boolean {
  const { length } = action
  const [first, second, third] = action
  if (isTimeoutType(first)) {
    if (length === 2 && second === 'cancel') order(transition, [first, 'infinity', undefined])
    else if (length === 3 && (second === 'update' || isTime(second))) order(transition, [first, second, third])
    else return false
    return true
  }
  if (length === 2) {
    if (typeof second !== 'boolean' || (first !== 'hibernate' && (first !== 'postpone' || (entering && second)))) return false
    if (first === 'postpone') transition.postpone = second
    return true
  }
  if (length !== 3 || first !== 'next_event') return false
  if (entering) throw badAction('bad_state_enter_action_from_state_function', action)
  if (!isEventType(second)) return false
  const event = new Event(second, third)
  if (transition.inserted === null) transition.inserted = [event]
  else transition.inserted.push(event)
  return true
}

function order(transition: Transition, timeout: TimeoutOrder): void {
  if (transition.timeouts === null) transition.timeouts = [timeout]
  else transition.timeouts.push(timeout)
}

/** The error of an action that is none; the machine ends with its reason. */
export function badAction(kind: keyof typeof ALLOWED, action: unknown): GensockError {
  return new GensockError('GENSOCK_ERR_BAD_RETURN', `${ALLOWED[kind]}; got ${show(action)}`, [kind, action])
}

function isTime(time: unknown): time is number | 'infinity' {
  return time === 'infinity' || (typeof time === 'number' && Number.isInteger(time) && time >= 0 && time <= MAX_MS)
}
function isNamed(type: unknown): type is readonly ['timeout', unknown] {
  return Array.isArray(type) && type.length === 2 && type[0] === 'timeout'
}
function isTimeoutType(type: unknown): type is TimeoutType {
  return type === 'timeout' || type === 'state_timeout' || isNamed(type)
}
function isEventType(type: unknown): boolean {
  if (type === 'cast' || type === 'info' || type === 'internal' || isTimeoutType(type)) return true
  return Array.isArray(type) && type.length === 2 && type[0] === 'call' && isFrom(type[1])
}
