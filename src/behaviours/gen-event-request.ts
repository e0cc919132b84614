// What is asked of an event manager: events and requests that no user's message is taken for. Entered by gen-event; read by
// its rules.
import { BadArgError } from '../base/errors.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, type CallTimeout } from '../runtime/call.js'
import { resolve } from '../runtime/links.js'
import { currentKernel } from '../runtime/node.js'
import { type Kernel, shared } from '../runtime/process.js'
import type { AnyHandler, ManagerRef } from './gen-event-types.js'

const kEvent = Symbol.for('gensock.event')
const kEventRequest = Symbol.for('gensock.eventRequest')

/** What is asked. */
export type EventOrder =
  | { readonly op: 'sync_notify'; readonly event: unknown }
  | { readonly op: 'call'; readonly handler: AnyHandler; readonly request: unknown }
  | { readonly op: 'add_handler'; readonly handler: AnyHandler; readonly arg: unknown; readonly supervisor: AnyPid | undefined }
  | { readonly op: 'delete_handler'; readonly handler: AnyHandler; readonly arg: unknown }
  | SwapOrder
  | { readonly op: 'which_handlers' }
/** What `swapHandler` and `swapSupHandler` ask. */
export interface SwapOrder {
  readonly op: 'swap_handler'
  readonly old: AnyHandler
  readonly oldArg: unknown
  readonly handler: AnyHandler
  readonly arg: unknown
  readonly supervisor: AnyPid | undefined
}

/** An event of `notify`. */
export class EventMessage {
  readonly type = 'event' as const
  readonly event: unknown
  constructor(event: unknown) {
    this.event = event
  }
  get [kEvent](): true {
    return true
  }
}
/** Is this an event of `notify`? */
export function isEventMessage(message: unknown): message is EventMessage {
  return typeof message === 'object' && message !== null && (message as { [kEvent]?: true })[kEvent] === true
}

/** A request of the genEvent API. */
export class EventRequest {
  readonly order: EventOrder
  constructor(order: EventOrder) {
    this.order = order
  }
  get [kEventRequest](): true {
    return true
  }
}
/** Is this a request of the genEvent API? */
export function isEventRequest(request: unknown): request is EventRequest {
  return typeof request === 'object' && request !== null && (request as { [kEventRequest]?: true })[kEventRequest] === true
}

/** Refuses a process that is none: it would take the request for a message of its own. */
export function requireManager(where: string, kernel: Kernel, manager: unknown): void {
  const process =
    typeof manager === 'string'
      ? kernel.names.get(manager)
      : resolve(kernel, manager, `${where}: manager`, 'a pid or a registered name')
  if (process && (process.program as { readonly kind?: unknown }).kind !== 'gen_event')
    throw new BadArgError(`${where}: manager`, 'an event manager', manager)
}

/** Asks a manager and waits for its answer. */
export function ask(
  where: string,
  manager: ManagerRef<any>,
  order: EventOrder,
  timeoutMs: CallTimeout = 'infinity',
): Promise<any> {
  const kernel = currentKernel()
  requireManager(where, kernel, manager)
  return call(kernel, shared.current, manager as Pid | string, new EventRequest(order), timeoutMs)
}
