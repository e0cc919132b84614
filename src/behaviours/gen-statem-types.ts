// The types of state machines: callback modules, events, actions, and what callbacks may answer. Types only.
import type { ExitReason } from '../base/exit-reason.js'
import type { From } from '../runtime/call.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'

/**
 * Whether each state has a function of its own.
 *
 * @example
 * const mode: CallbackMode = 'stateFunctions'
 * @see OTP `gen_statem`, "callback_mode()"
 */
export type CallbackMode = 'stateFunctions' | 'handleEventFunction'
/**
 * With `stateEnter` the state's function is also called with `enter` whenever the state is entered.
 *
 * @example
 * const modes: CallbackModes = ['stateFunctions', 'stateEnter']
 * @see OTP `gen_statem`, "state_enter()"
 */
export type CallbackModes =
  | CallbackMode
  | readonly [CallbackMode]
  | readonly [CallbackMode, 'stateEnter']
  | readonly ['stateEnter', CallbackMode]

/**
 * Which timer: the event timeout, the state timeout, or one with a name (any value, compared deeply).
 *
 * @example
 * const named: TimeoutType = ['timeout', 'retry']
 * @see OTP `gen_statem:timeout_event_type()`
 */
export type TimeoutType = 'timeout' | 'state_timeout' | readonly ['timeout', unknown]
/**
 * Where an event comes from; of a call with whom to reply to.
 *
 * @example
 * const types: EventType[] = ['cast', 'info', 'state_timeout', ['timeout', 'retry']]
 * @see OTP `gen_statem:event_type()`
 */
export type EventType = readonly ['call', From] | 'cast' | 'info' | 'internal' | TimeoutType

/**
 * Answers a call; `from` is that of its `['call', from]`.
 *
 * @example
 * const answer = (from: From): ReplyAction => ['reply', from, 'on']
 * @see OTP `gen_statem:reply_action()`
 */
export type ReplyAction = readonly ['reply', from: From, reply: unknown]
/**
 * Starts, stops or changes a timer; `ms` are whole milliseconds. A number alone is an event timeout with itself as content.
 *
 * `['timeout', ...]` is over with any event, `['state_timeout', ...]` with a change of state, a named one when it is stopped.
 * 0 ms comes before any message that was not received yet; `infinity` and `cancel` stop; `update` changes the content.
 *
 * @example
 * const actions: TimeoutAction[] = [500, ['state_timeout', 1000, 'late'], [['timeout', 'retry'], 'cancel']]
 * @see OTP `gen_statem:timeout_action()`
 */
export type TimeoutAction =
  | number
  | readonly [TimeoutType, ms: number | 'infinity', content: unknown]
  | readonly [TimeoutType, 'cancel']
  | readonly [TimeoutType, 'update', content: unknown]
/**
 * What an `enter` call may ask for.
 *
 * @example
 * const onEnter: EnterAction = ['state_timeout', 10_000, 'lock']
 * @see OTP `gen_statem:enter_action()`
 */
export type EnterAction = 'hibernate' | readonly ['hibernate', boolean] | TimeoutAction | ReplyAction
/**
 * What a callback may ask for besides the next state. `postpone` keeps the event until the state changes; `next_event` puts
 * an event before all that are queued.
 *
 * @example
 * const wait: Action = ['state_timeout', 10_000, 'lock']
 * @see OTP `gen_statem:action()`
 */
export type Action =
  | 'postpone'
  | readonly ['postpone', boolean]
  | readonly ['next_event', EventType, content: unknown]
  | EnterAction
/**
 * One action, or a list of them. A single timeout whose name is `'cancel'` must stand in a list.
 *
 * @example
 * const both: Actions = ['postpone', ['timeout', 50, 'too long']]
 * @see OTP `gen_statem`, "actions()"
 */
export type Actions = Action | readonly Action[]
/**
 * One reply, or a list of them.
 *
 * @example
 * const nobody: Replies = []
 * @see OTP `gen_statem`, `stop_and_reply`
 */
export type Replies = ReplyAction | readonly ReplyAction[]

/**
 * What a state callback answers; for an `enter` call without `postpone` and `next_event`, and with the same state.
 *
 * @example
 * const next: StatemResult<'on' | 'off', number> = ['next_state', 'on', 1, ['postpone', true]]
 * @see OTP `gen_statem:event_handler_result/2`
 */
export type StatemResult<S, D> =
  | readonly ['next_state', S, D, Actions?]
  | readonly ['keep_state', D, Actions?]
  | 'keep_state_and_data'
  | readonly ['keep_state_and_data', Actions]
  | readonly ['repeat_state', D, Actions?]
  | 'repeat_state_and_data'
  | readonly ['repeat_state_and_data', Actions]
  | 'stop'
  | readonly ['stop', ExitReason, D?]
  | readonly ['stop_and_reply', ExitReason, Replies, D?]
/**
 * What `init` answers.
 *
 * @example
 * const first: StatemInit<'locked', number> = ['ok', 'locked', 0, ['state_timeout', 1000, 'sleep']]
 * @see OTP `gen_statem:init_result/2`
 */
export type StatemInit<S, D> = readonly ['ok', S, D, Actions?] | readonly ['stop', ExitReason] | readonly ['ignore']

/**
 * The callback of one state: gets what kind of event it is, and its content. Of `enter` the content is the state before, of
 * `info` a message, of `['call', from]` and `cast` the request.
 *
 * @example
 * const off: StateFunction<'on' | 'off', number, never> = (_type, content, n) =>
 *   content === 'push' ? ['next_state', 'on', n + 1] : 'keep_state_and_data'
 * @see OTP `gen_statem:Module:StateName/3`
 */
export type StateFunction<S, D, M> = (
  type: EventType | 'enter',
  content: any,
  data: D,
  self: Receiver<M>,
) => MaybePromise<StatemResult<S, D>>
/**
 * The callback of all states.
 *
 * @example
 * const count: HandleEvent<'on' | 'off', number, never> = (type, _content, _state, n) =>
 *   type === 'cast' ? ['keep_state', n + 1] : 'keep_state_and_data'
 * @see OTP `gen_statem:Module:handle_event/4`
 */
export type HandleEvent<S, D, M> = (
  type: EventType | 'enter',
  content: any,
  state: S,
  data: D,
  self: Receiver<M>,
) => MaybePromise<StatemResult<S, D>>

interface Common<S, D, A, M> {
  /** Makes the first state and data; its actions are done when that state is entered. @see OTP `gen_statem:Module:init/1` */
  readonly init: (arg: A, self: Receiver<M>) => MaybePromise<StatemInit<S, D>>
  /**
   * Cleans up: after `stop`, after a crash (`reason` is what was thrown), and at the parent's end if the machine traps exits.
   *
   * @see OTP `gen_statem:Module:terminate/3`
   */
  readonly terminate?: (reason: ExitReason, state: S, data: D, self: Receiver<M>) => MaybePromise<void>
}
/**
 * A machine with one function for each state.
 *
 * @example
 * const lamp: StateFunctionsModule<'on', null, void, never> = {
 *   callbackMode: 'stateFunctions',
 *   init: () => ['ok', 'on', null],
 *   states: { on: () => 'keep_state_and_data' },
 * }
 * @see OTP `gen_statem`, "state_functions"
 */
export interface StateFunctionsModule<S, D, A, M> extends Common<S, D, A, M> {
  /** With `stateEnter` a state's function is told first that it was entered. */
  readonly callbackMode:
    | 'stateFunctions'
    | readonly ['stateFunctions']
    | readonly ['stateFunctions', 'stateEnter']
    | readonly ['stateEnter', 'stateFunctions']
  /** The state callbacks, by state. */
  readonly states: { readonly [State in S & string]: StateFunction<S, D, M> }
}
/**
 * A machine with one function for all states.
 *
 * @example
 * const heard: HandleEventModule<string, number, void, never> = {
 *   callbackMode: 'handleEventFunction',
 *   init: () => ['ok', 'quiet', 0],
 *   handleEvent: (_type, content, _state, n) => ['next_state', String(content), n + 1],
 * }
 * @see OTP `gen_statem`, "handle_event_function"
 */
export interface HandleEventModule<S, D, A, M> extends Common<S, D, A, M> {
  /** With `stateEnter` the function is told first that a state was entered. */
  readonly callbackMode:
    | 'handleEventFunction'
    | readonly ['handleEventFunction']
    | readonly ['handleEventFunction', 'stateEnter']
    | readonly ['stateEnter', 'handleEventFunction']
  /** The state callback. States are compared deeply, as Erlang's terms are. */
  readonly handleEvent: HandleEvent<S, D, M>
}

/**
 * The callback module of a state machine, as a plain object: `S` are its states, `D` its data, `A` the argument of `init`,
 * `M` the messages that come as `info`. Each callback may be async; the machine handles one event at a time.
 *
 * @example
 * const button: GenStatem<'off' | 'on', number> = {
 *   callbackMode: 'stateFunctions',
 *   init: () => ['ok', 'off', 0],
 *   states: {
 *     off: (type, content, pushed) => (content === 'push' ? ['next_state', 'on', pushed + 1] : 'keep_state_and_data'),
 *     on: (type, content, pushed) => (content === 'push' ? ['next_state', 'off', pushed] : 'keep_state_and_data'),
 *   },
 * }
 * @see OTP `gen_statem`, "Callback Functions"
 */
export type GenStatem<S, D, A = void, M = never> = StateFunctionsModule<S, D, A, M> | HandleEventModule<S, D, A, M>
