// Hot path. gen_statem's rules: events to a callback module with a state and data, and the transitions that its answers ask
// for. Entered by behaviour (the loop); calls the module, and does what its callbacks answer.
import { BadArgError } from '../base/errors.js'
import { type ExitReason, isCrash } from '../base/exit-reason.js'
import { type Call, reply } from '../runtime/call.js'
import { isRunning } from '../runtime/process.js'
import { selfOf } from '../runtime/self.js'
import type { Receiver } from '../runtime/self-types.js'
import { isPromise } from '../runtime/spawn.js'
import type { Behaviour, Rules } from './behaviour.js'
import { isCast } from './cast.js'
import { Chain, last, REST } from './chain.js'
import { actionsOf, badAction, isReply, note } from './gen-statem-actions.js'
import { ALLOWED_INIT, badAnswer, GO, readAnswer, STOP } from './gen-statem-answers.js'
import { Event, EventQueue, kindOf, shown } from './gen-statem-events.js'
import { callState, type StatemModule } from './gen-statem-module.js'
import { Timeout, Timeouts } from './gen-statem-timers.js'
import { Transition } from './gen-statem-transition.js'
import type { ReplyAction } from './gen-statem-types.js'
import { badReturnText } from './reports.js'

const INIT = 0
const EVENT = 1
const ENTER = 2
const NO_EVENT = new Event('internal', 'init_state')
/** The answer was a proper one: on to what comes next. */
const ON = Symbol('on')

/** The rules of one state machine. */
export class GenStatemRules implements Rules {
  readonly kind = 'gen_statem'
  readonly #given: StatemModule
  #arg: unknown
  #loop!: Behaviour
  #self!: Receiver
  #timeouts!: Timeouts
  #state: unknown = undefined
  #data: unknown = undefined
  /** Which callback was called last. */
  #callback: 0 | 1 | 2 = INIT
  #event: Event = NO_EVENT
  readonly #queue = new EventQueue()
  readonly #step = new Transition()
  #chain!: Chain

  constructor(given: StatemModule, arg: unknown) {
    this.#given = given
    this.#arg = arg
  }

  init(loop: Behaviour): void | Promise<void> {
    this.#loop = loop
    this.#self = selfOf(loop.process)
    this.#timeouts = new Timeouts(loop.process)
    this.#chain = new Chain(loop.process, (result) => this.#advance(result))
    const result: unknown = this.#given.module.init(this.#arg, this.#self)
    this.#arg = undefined // the machine holds it no longer
    return this.#chain.follow(result)
  }

  call({ request, from }: Call): void | Promise<void> {
    return this.#handle(new Event(['call', from], request))
  }

  message(message: unknown): void | Promise<void> {
    if (message instanceof Timeout) {
      this.#timeouts.received(message)
      return this.#handle(this.#seen(new Event(message.type, message.content)))
    }
    return this.#handle(this.#seen(isCast(message) ? new Event('cast', message.request) : new Event('info', message)))
  }

  thrown(value: unknown): void | Promise<void> {
    return this.#chain.take(value)
  }

  terminate(reason: ExitReason): void | Promise<void> {
    // After an error gen_statem's terminate gets the bare reason, without the stack.
    const bare = isCrash(reason) ? reason.value : reason
    const done: unknown = this.#given.module.terminate?.(bare, this.#state, this.#data, this.#self)
    return isPromise<void>(done) ? done : undefined
  }

  getState(): unknown {
    return [this.#state, this.#data]
  }
  replaceState(replace: (state: unknown) => unknown): void {
    const value = replace(this.getState())
    if (!Array.isArray(value) || value.length !== 2)
      throw new BadArgError('sys.replaceState: the answer for a state machine', '[state, data]', value)
    ;[this.#state, this.#data] = value
  }
  startError(reason: ExitReason): ExitReason {
    return isCrash(reason) ? (reason.value as ExitReason) : reason
  }
  facts(): object {
    const event = this.#event === NO_EVENT ? {} : { lastMessage: this.#event.content, lastEvent: shown(this.#event) }
    const postponed = this.#queue.postponed.map(shown)
    return { ...event, queue: this.#queue.coming.map(shown), postponed, timeouts: this.#timeouts.active }
  }

  // ---- Callbacks

  #handle(event: Event): void | Promise<void> {
    return this.#chain.follow(this.#callEvent(event))
  }
  #callEvent(event: Event): unknown {
    this.#callback = EVENT
    this.#event = event
    this.#step.begin(this.#state, this.#data)
    return this.#call(event.type, event.content)
  }
  #callEnter(): unknown {
    this.#callback = ENTER
    this.#step.enter = false
    return this.#call('enter', this.#state)
  }
  #call(type: unknown, content: unknown): unknown {
    return callState(this.#given, type, content, this.#step.state, this.#step.data, this.#self)
  }

  /** One step of the chain: carries out an answer, and calls what comes next. */
  #advance(result: unknown): unknown {
    const more = this.#callback === INIT ? this.#initial(result) : this.#answer(result)
    if (more !== ON) return last(more as void | Promise<void>)
    return isRunning(this.#loop.process) ? this.#next() : REST // the callback has killed its own process
  }

  // ---- Answers

  #initial(result: unknown): unknown {
    if (Array.isArray(result)) {
      const { length } = result
      if (result[0] === 'ok' && (length === 3 || length === 4)) return this.#started(result)
      if (result[0] === 'stop' && length === 2) return this.#loop.refuse(result[1] as ExitReason)
      if (result[0] === 'ignore' && length === 1) return this.#loop.ignore()
    }
    return this.#loop.refuse(['bad_return_from_init', result], badReturnText('init', ALLOWED_INIT, result))
  }

  // The first state is entered like any other, but there is no event to postpone.
  #started([, state, data, actions]: readonly unknown[]): unknown {
    this.#state = state
    this.#data = data
    this.#callback = EVENT
    this.#loop.ready()
    this.#step.begin(state, data)
    this.#step.enter = true
    this.#act(actions)
    this.#step.postpone = false
    return ON
  }

  #answer(result: unknown): unknown {
    const step = this.#step
    const verdict = readAnswer(result, step, this.#callback === ENTER)
    if (verdict === GO) return this.#act(step.actions)
    this.#commit()
    if (verdict === STOP) return this.#stop(step.reason, step.replies)
    const callback = this.#given.states === null ? 'handleEvent' : `states.${String(step.state)}`
    throw badAnswer(verdict, callback, result, step.state)
  }

  /** Replies at once; notes what else the actions ask for. */
  #act(given: unknown): typeof ON {
    if (given === undefined) return ON
    const actions = actionsOf(given)
    try {
      for (let i = 0; i < actions.length; i++) {
        const action = actions[i]
        if (isReply(action)) this.#reply(action)
        else note(action, this.#step, this.#callback === ENTER)
      }
    } catch (thrown) {
      this.#commit() // `terminate` gets the next state and data
      throw thrown
    }
    return ON
  }

  #reply([, from, value]: ReplyAction): void {
    reply(from, value)
    if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'out', message: value, to: from })
  }

  #stop(reason: ExitReason, replies: unknown): void | Promise<void> {
    for (const action of actionsOf(replies)) {
      if (!isReply(action)) throw badAction('bad_reply_action_from_state_function', action)
      this.#reply(action)
    }
    return this.#loop.finish(reason)
  }

  // ---- The transition

  #commit(): void {
    this.#state = this.#step.state
    this.#data = this.#step.data
  }

  /** Calls what comes next: `enter`, or, once the transition is done, the next event. */
  #next(): unknown {
    if (this.#step.enter && this.#given.enters) return this.#callEnter()
    this.#transit()
    const event = this.#queue.next()
    if (event !== undefined) return this.#callEvent(event)
    const timeout = this.#timeouts.nextZero()
    if (timeout === undefined) return REST
    return this.#callEvent(this.#seen(new Event(timeout.type, timeout.content)))
  }

  #transit(): void {
    const step = this.#step
    if (this.#loop.debug !== null) this.#traceTransition()
    if (step.postpone) this.#queue.postpone(this.#event)
    this.#timeouts.eventHandled()
    if (step.changed) {
      this.#timeouts.stateChanged()
      this.#queue.stateChanged()
    }
    this.#commit()
    if (step.inserted !== null) this.#queue.insert(step.inserted)
    if (step.timeouts !== null) this.#timeouts.apply(step.timeouts)
  }

  // ---- sys

  #seen(event: Event): Event {
    const { debug } = this.#loop
    if (debug !== null) debug.event({ type: 'in', kind: kindOf(event), message: event.content })
    return event
  }
  #traceTransition(): void {
    const { state, data, inserted } = this.#step
    for (const event of inserted ?? []) this.#seen(event)
    this.#loop.debug?.event({ type: 'noreply', state: [state, data] })
  }
}
