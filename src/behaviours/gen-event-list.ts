// The handlers of one event manager: adding, swapping, telling, asking and ending them. Entered by the rules of gen_event;
// calls the handlers. Each operation is a generator that yields the callbacks it wants called: plain code from top to bottom,
// whether a callback answers at once or with a promise.
import type { Exit } from '../base/messages.js'
import type { AnyPid } from '../base/pid.js'
import { link, unlink } from '../runtime/links.js'
import type { Process } from '../runtime/process.js'
import { selfOf } from '../runtime/self.js'
import type { Receiver } from '../runtime/self-types.js'
import {
  announce,
  type Gone,
  idOf,
  type Installed,
  isFailure,
  moduleOf,
  noHandleCall,
  sameHandler,
  warnNoInfo,
} from './gen-event-handler.js'
import type { EventOrder, SwapOrder } from './gen-event-request.js'
import type { AnyHandler } from './gen-event-types.js'
import { badReturnText } from './reports.js'

/** An operation: yields callbacks, gets what they answered (`['EXIT', reason]` if they failed). */
export type Steps<T = unknown> = Generator<() => unknown, T, unknown>
/** What a handler can be told by. */
export type Notified = 'handleEvent' | 'handleInfo'

const ALLOWED = "['ok', state], ['ok', state, 'hibernate'], ['swap_handler', arg1, state, handler2, arg2] or 'remove_handler'"
const ALLOWED_CALL =
  "['ok', reply, state], ['ok', reply, state, 'hibernate'], ['swap_handler', reply, arg1, state, handler2, arg2] or ['remove_handler', reply]"
const ALLOWED_INIT = "['ok', state] or ['ok', state, 'hibernate']"
const SHUTDOWN: Gone = Object.freeze({ reason: 'shutdown', quiet: true })
const NORMAL: Gone = Object.freeze({ reason: 'normal', quiet: true })

/** The handlers of a manager. */
export class HandlerList {
  readonly #process: Process
  readonly #self: Receiver
  /** The one that was added last stands first, and is called first. */
  #handlers: Installed[] = []

  constructor(process: Process) {
    this.#process = process
    this.#self = selfOf(process)
  }

  /** As in OTP, one `[module, id, state]` for each handler; the id is false for a handler without one. */
  states(): unknown {
    return this.#handlers.map((installed) => stateOf(installed))
  }
  replaceStates(replace: (state: unknown) => unknown): void {
    for (const installed of this.#handlers) replaceOne(installed, replace)
  }

  /** Does what was asked; its value is the reply. */
  *obey(order: EventOrder): Steps {
    switch (order.op) {
      case 'sync_notify':
        yield* this.notify('handleEvent', order.event)
        return 'ok'
      case 'call':
        return yield* this.#call(order.handler, order.request)
      case 'add_handler':
        return yield* this.#add(order.handler, order.arg, order.supervisor)
      case 'delete_handler':
        return yield* this.#delete(order.handler, order.arg)
      case 'swap_handler':
        return yield* this.#swap(order)
      default:
        return this.#handlers.map(({ handler }) => handler)
    }
  }

  // ---- Adding, deleting, swapping

  *#add(handler: AnyHandler, arg: unknown, supervisor: AnyPid | undefined): Steps {
    if (supervisor !== undefined) link(this.#process, supervisor)
    const result = yield () => moduleOf(handler).init(arg, this.#self)
    if (!isOk(result, 2)) return result
    this.#handlers.unshift({ handler, module: moduleOf(handler), state: result[1], supervisor })
    return 'ok'
  }

  *#delete(handler: AnyHandler, arg: unknown): Steps {
    const installed = this.#takeOut(handler)
    return installed === undefined ? ['error', 'module_not_found'] : yield* this.#end(installed, arg, NORMAL)
  }

  *#swap({ old, oldArg, handler, arg, supervisor }: SwapOrder): Steps {
    const installed = this.#takeOut(old)
    const heir = supervisor ?? installed?.supervisor
    const left = installed === undefined ? 'error' : yield* this.#end(installed, oldArg, swapped(handler, heir))
    const result = yield* this.#add(handler, [arg, left], heir)
    return result === 'ok' ? 'ok' : ['error', result]
  }

  #takeOut(handler: AnyHandler): Installed | undefined {
    const index = this.#handlers.findIndex((installed) => sameHandler(installed.handler, handler))
    return index < 0 ? undefined : this.#handlers.splice(index, 1)[0]
  }

  /** `terminate`, then the message to who supervises it; answers what `terminate` did. */
  *#end(installed: Installed, arg: unknown, gone: Gone): Steps {
    const { module } = installed
    const left = module.terminate === undefined ? 'ok' : yield () => module.terminate?.(arg, installed.state, this.#self)
    announce(this.#process, installed, gone)
    return left
  }

  // ---- Events, messages, calls

  /** Tells each handler in turn. */
  *notify(callback: Notified, message: unknown): Steps<void> {
    const remaining: Installed[] = []
    for (const installed of this.#handlers) {
      const next = yield* this.#update(installed, callback, message)
      if (next !== undefined) remaining.push(next)
    }
    this.#handlers = remaining
  }

  /** Gives a handler an event or message; answers who stands in its place afterwards. */
  *#update(installed: Installed, callback: Notified, message: unknown): Steps<Installed | undefined> {
    const { module, handler } = installed
    if (module[callback] === undefined) {
      warnNoInfo(this.#process, handler, message)
      return installed
    }
    const result = yield () => module[callback]?.(message, installed.state, this.#self)
    if (isOk(result, 2)) {
      installed.state = result[1]
      return installed
    }
    if (isSwap(result, 5)) {
      const [, arg1, state, handler2, arg2] = result
      return yield* this.#replace(installed, arg1, state, handler2 as AnyHandler, arg2)
    }
    if (result === 'remove_handler') yield* this.#end(installed, 'remove_handler', NORMAL)
    else yield* this.#end(installed, ['error', result], failed(result, message, callback, ALLOWED))
    return undefined
  }

  *#call(handler: AnyHandler, request: unknown): Steps {
    const index = this.#handlers.findIndex((installed) => sameHandler(installed.handler, handler))
    const installed = this.#handlers[index]
    if (installed === undefined) return ['error', 'bad_module']
    const { module } = installed
    const result = yield () => {
      if (module.handleCall === undefined) throw noHandleCall(handler, request)
      return module.handleCall(request, installed.state, this.#self)
    }
    if (isOk(result, 3)) {
      installed.state = result[2]
      return result[1]
    }
    if (isSwap(result, 6)) {
      const [, answer, arg1, state, handler2, arg2] = result
      const next = yield* this.#replace(installed, arg1, state, handler2 as AnyHandler, arg2)
      this.#handlers.splice(index, 1, ...(next === undefined ? [] : [next]))
      return answer
    }
    const removed = Array.isArray(result) && result.length === 2 && result[0] === 'remove_handler'
    if (removed) yield* this.#end(installed, 'remove_handler', NORMAL)
    else yield* this.#end(installed, ['error', result], failed(result, request, 'handleCall', ALLOWED_CALL))
    this.#handlers.splice(index, 1)
    return removed ? (result as readonly unknown[])[1] : ['error', result]
  }

  /** A callback answered `swap_handler`: the new handler stands in the old one's place. */
  *#replace(old: Installed, arg1: unknown, state: unknown, handler: AnyHandler, arg2: unknown): Steps<Installed | undefined> {
    old.state = state
    const left = yield* this.#end(old, arg1, swapped(handler, old.supervisor))
    const module = moduleOf(handler)
    const result = yield () => module.init([arg2, left], this.#self)
    const installed: Installed = { handler, module, state: undefined, supervisor: old.supervisor }
    if (isOk(result, 2)) {
      installed.state = result[1]
      return installed
    }
    // OTP tells the supervising process no more than `crash` here; the report has the reason.
    announce(this.#process, installed, failed(result, [arg2, left], 'init', ALLOWED_INIT), 'crash')
    return undefined
  }

  // ---- Ends

  /** A linked process has ended: its supervised handlers go, the others are told. */
  *exited(exit: Exit): Steps<void> {
    const { pid, reason } = exit
    const remaining: Installed[] = []
    for (const installed of this.#handlers) {
      if (installed.supervisor?.equals(pid) !== true) remaining.push(installed)
      else yield* this.#end(installed, ['stop', reason], { reason: ['parent_terminated', [pid, reason]], quiet: false })
    }
    this.#handlers = remaining
    yield* this.notify('handleInfo', exit)
  }

  /** The manager ends: its handlers too, and those who supervise them live on. */
  *stop(parent: AnyPid | null): Steps<void> {
    for (const installed of this.#handlers) yield* this.#end(installed, 'stop', SHUTDOWN)
    for (const { supervisor } of this.#handlers)
      if (supervisor !== undefined && parent?.equals(supervisor) !== true) unlink(this.#process, supervisor)
  }
}

function isOk(result: unknown, length: number): result is readonly unknown[] {
  if (!Array.isArray(result) || result[0] !== 'ok') return false
  return result.length === length || (result.length === length + 1 && result[length] === 'hibernate')
}
/** A swap to something that can be a handler at all; whether its callbacks are there shows when they are called. */
function isSwap(result: unknown, length: number): result is readonly unknown[] {
  if (!Array.isArray(result) || result[0] !== 'swap_handler' || result.length !== length) return false
  const handler: unknown = result[length - 2]
  const module: unknown = Array.isArray(handler) && handler.length === 2 ? handler[0] : handler
  return typeof module === 'object' && module !== null && !Array.isArray(module)
}

function swapped(handler: AnyHandler, supervisor: AnyPid | undefined): Gone {
  return { reason: ['swapped', handler, supervisor], quiet: true }
}
function failed(result: unknown, lastMessage: unknown, callback: string, allowed: string): Gone {
  const text = isFailure(result) ? undefined : badReturnText(callback, allowed, result)
  return { reason: result, lastMessage, text, quiet: false }
}

function stateOf({ handler, state }: Installed): readonly unknown[] {
  return [moduleOf(handler), idOf(handler), state]
}
// A function that throws, or that answers another handler, leaves this one as it is.
function replaceOne(installed: Installed, replace: (state: unknown) => unknown): void {
  try {
    const next = replace(stateOf(installed))
    if (!Array.isArray(next) || next.length !== 3) return
    if (sameHandler([next[0], next[1]], [moduleOf(installed.handler), idOf(installed.handler)])) installed.state = next[2]
  } catch {
    // The function is the debugging person's: OTP leaves this handler's state and goes on with the others.
  }
}
