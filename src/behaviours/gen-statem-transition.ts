// Hot path. One transition under way: what a callback's answer and its actions have asked for so far. Data only; filled by
// gen-statem-answers and gen-statem-actions, carried out by gen-statem-rules.
import type { ExitReason } from '../base/exit-reason.js'
import type { Event } from './gen-statem-events.js'
import type { TimeoutOrder } from './gen-statem-timers.js'

/** One per machine, used again for each event. */
export class Transition {
  state: unknown = undefined
  data: unknown = undefined
  /** Is the next state another one? */
  changed = false
  /** Is the state to be entered (anew)? */
  enter = false
  /** Of the answer that was read last: its actions; or why the machine stops, and the replies before that. */
  actions: unknown = undefined
  reason: ExitReason = 'normal'
  replies: unknown = undefined
  /** What actions have asked for. */
  postpone = false
  inserted: Event[] | null = null
  timeouts: TimeoutOrder[] | null = null

  begin(state: unknown, data: unknown): void {
    this.state = state
    this.data = data
    this.changed = false
    this.enter = false
    this.actions = undefined
    this.postpone = false
    this.inserted = null
    this.timeouts = null
  }
}
