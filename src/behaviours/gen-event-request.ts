// What is asked of an event manager: events and requests that no user's message is taken for. Entered by gen-event; read by
// its rules.
import type { AnyPid } from '../base/pid.js'
import type { AnyHandler } from './gen-event-types.js'

const kEvent = Symbol.for('gensock.event')
const kEventRequest = Symbol.for('gensock.eventRequest')

export type EventOrder =
  | { readonly op: 'sync_notify'; readonly event: unknown }
  | { readonly op: 'call'; readonly handler: AnyHandler; readonly request: unknown }
  | { readonly op: 'add_handler'; readonly handler: AnyHandler; readonly arg: unknown; readonly supervisor: AnyPid | undefined }
  | { readonly op: 'delete_handler'; readonly handler: AnyHandler; readonly arg: unknown }
  | SwapOrder
  | { readonly op: 'which_handlers' }
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
export function isEventRequest(request: unknown): request is EventRequest {
  return typeof request === 'object' && request !== null && (request as { [kEventRequest]?: true })[kEventRequest] === true
}
