// The types of event managers: handler modules, what their callbacks answer, typed pids. Types only.
import type { ExitReason } from '../base/exit-reason.js'
import type { Pid } from '../base/pid.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import type { Response } from './request.js'

declare const kEvents: unique symbol

/**
 * The pid of an event manager: knows which events it takes. Any other message goes to `handleInfo` of its handlers.
 *
 * @example
 * const ticks: EventManager<{ type: 'tick' }> = unwrap(await genEvent.start())
 * @see OTP `gen_event`, "emgr_ref()"
 */
export interface EventManager<in E = any> extends Pid<any> {
  /** For the compiler only: no such field exists. */
  readonly [kEvents]: (event: E) => void
}
/**
 * A manager by pid or by its registered name; a name takes any event.
 *
 * @example
 * const where: ManagerRef[] = [manager, 'ticks']
 * @see OTP `gen_event`, `emgr_ref()`
 */
export type ManagerRef<E = any> = EventManager<E> | string

/** The handler that takes over, and its argument: `init` gets `[arg, what terminate answered]`. */
export type Swap<S> = readonly ['swap_handler', terminateArg: unknown, S, AnyHandler, initArg: unknown]
/**
 * What `handleEvent` and `handleInfo` answer: the new state, who takes over, or `remove_handler`. `hibernate` is taken and does
 * nothing.
 *
 * @example
 * const gone: EventResult<number> = 'remove_handler'
 * @see OTP `gen_event:Module:handle_event/2`
 */
export type EventResult<S> = readonly ['ok', S] | readonly ['ok', S, 'hibernate'] | Swap<S> | 'remove_handler'
/**
 * What `handleCall` answers: as `EventResult`, with the reply in the second place.
 *
 * @example
 * const answer: EventCallResult<number, string> = ['ok', 'seven', 7]
 * @see OTP `gen_event:Module:handle_call/2`
 */
export type EventCallResult<S, R> =
  | readonly ['ok', R, S]
  | readonly ['ok', R, S, 'hibernate']
  | readonly ['swap_handler', R, terminateArg: unknown, S, AnyHandler, initArg: unknown]
  | readonly ['remove_handler', R]
/**
 * What a handler's `init` answers; an `error` is handed to the one who adds the handler.
 *
 * @example
 * const refused: HandlerInit<number> = ['error', 'no_disk']
 * @see OTP `gen_event:Module:init/1`
 */
export type HandlerInit<S> = readonly ['ok', S] | readonly ['ok', S, 'hibernate'] | readonly ['error', unknown]

/**
 * An event handler as a plain object: `S` is its state, `A` the argument of `init`, `E` the events, `Q` and `R` the requests
 * of `genEvent.call` and their replies, `M` other messages. Each callback may be async; one callback runs at a time.
 *
 * @example
 * const counter: GenEventHandler<number, number, { type: 'tick' }, 'get', number> = {
 *   init: (start) => ['ok', start],
 *   handleEvent: (_event, n) => ['ok', n + 1],
 *   handleCall: (_request, n) => ['ok', n, n],
 * }
 * @see OTP `gen_event`, "Callback Functions"
 */
export interface GenEventHandler<S, A = void, E = any, Q = any, R = any, M = any> {
  /** What reports call this handler. Default: nothing. */
  readonly name?: string
  /**
   * Makes the first state. After a swap it gets `[arg, what the old terminate answered]`.
   *
   * @see OTP `gen_event:Module:init/1`
   */
  readonly init: (arg: A, self: Receiver<M>) => MaybePromise<HandlerInit<S>>
  /** An event of `notify` or `syncNotify`. @see OTP `gen_event:Module:handle_event/2` */
  readonly handleEvent: (event: E, state: S, self: Receiver<M>) => MaybePromise<EventResult<S>>
  /**
   * A request of `genEvent.call`. Without it the caller gets an error, and the handler is removed.
   *
   * @see OTP `gen_event:Module:handle_call/2`
   */
  readonly handleCall?: (request: Q, state: S, self: Receiver<M>) => MaybePromise<EventCallResult<S, R>>
  /** Every other message. Without it they are dropped, with a warning. @see OTP `gen_event:Module:handle_info/2` */
  readonly handleInfo?: (message: M, state: S, self: Receiver<M>) => MaybePromise<EventResult<S>>
  /**
   * Cleans up. `arg` is the argument of `deleteHandler` or of the swap, `remove_handler`, `stop` (the manager ends),
   * `['stop', reason]` (the supervising process has ended), `['error', ['EXIT', reason]]` (a callback failed) or
   * `['error', result]` (it answered what its contract does not allow). Without it nothing is cleaned up.
   *
   * @see OTP `gen_event:Module:terminate/2`
   */
  readonly terminate?: (arg: any, state: S, self: Receiver<M>) => unknown
}

/**
 * Which handler: its module, or the module with an id when several handlers of one manager share it. The id is any value,
 * compared by what it holds.
 *
 * @example
 * const second: Handler<number, number> = [counter, 'second']
 * @see OTP `gen_event`, `handler()`
 */
export type Handler<S, A = any, E = any, Q = any, R = any, M = any> =
  | GenEventHandler<S, A, E, Q, R, M>
  | readonly [module: GenEventHandler<S, A, E, Q, R, M>, id: unknown]
/**
 * Any handler, as `whichHandlers` and `gen_event_EXIT` name them.
 *
 * @example
 * const installed: readonly AnyHandler[] = await genEvent.whichHandlers(manager)
 * installed.length // => 2
 * @see OTP `gen_event`, `handler()`
 */
export type AnyHandler = Handler<any>

/**
 * What `addHandler` answers: `ok`, what `init` answered instead, or what it failed with.
 *
 * @example
 * const added: AddHandlerResult = await genEvent.addHandler(manager, toFile, 1)
 * added // => 'ok'
 * @see OTP `gen_event:add_handler/3`
 */
export type AddHandlerResult = 'ok' | readonly ['error', unknown] | readonly ['EXIT', ExitReason]
/**
 * What `swapHandler` answers: `ok`, or an `error` with what `init` of the new handler answered or failed with.
 *
 * @example
 * const swapped: SwapHandlerResult = await genEvent.swapHandler(manager, [toConsole, 'full'], [toFile, 1])
 * swapped // => 'ok'
 * @see OTP `gen_event:swap_handler/3`
 */
export type SwapHandlerResult = 'ok' | readonly ['error', unknown]
/**
 * What the process that supervises a handler hears of its end.
 *
 * @example
 * const { handler, reason } = await self.receive((message): message is GenEventExit => message.type === 'gen_event_EXIT')
 * @see OTP `gen_event:add_sup_handler/3`
 */
export interface GenEventExit {
  /** Always `gen_event_EXIT`. */
  readonly type: 'gen_event_EXIT'
  /** Which handler, as it was added: the module, or `[module, id]`. */
  readonly handler: AnyHandler
  /** `normal`, `shutdown`, `['swapped', newHandler, pid]`, `['EXIT', reason]`, what a callback answered instead, or `crash`. */
  readonly reason: unknown
}
/**
 * The answer of a call to a handler: its reply, `bad_module` when it is not there, or why it is gone now.
 *
 * @example
 * const answer: EventReply<number> = await genEvent.call(manager, counter, 'get')
 * @see OTP `gen_event:call/3,4`
 */
export type EventReply<R> = R | readonly ['error', 'bad_module'] | readonly ['error', readonly ['EXIT', ExitReason]]
/**
 * What `receiveResponse` and its like answer: `['reply', reply]`, `['error', [reason, manager]]` when the manager has ended; as
 * `['error', why]` it stands alone when the handler is not there, or has failed.
 *
 * @example
 * const response: EventResponse<number> | 'timeout' = await genEvent.receiveResponse(id, 1000)
 * @see OTP `gen_event:receive_response/1,2`
 */
export type EventResponse<R> = Response<R> | readonly ['error', unknown]
