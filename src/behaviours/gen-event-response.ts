// The requests of genEvent whose response comes as a message: sent by one function, looked for by three. Entered by user code
// through gen-event; calls request.
import { currentKernel } from '../runtime/node.js'
import type { CallTimeout } from '../runtime/call.js'
import { checkHandler } from './gen-event-handler.js'
import { EventRequest, requireManager } from './gen-event-request.js'
import type { EventResponse, Handler, ManagerRef } from './gen-event-types.js'
import { type RequestId, response, responseIn, sendRequest } from './request.js'

/**
 * As `call`, but does not wait: the response comes as a message of the running process.
 *
 * @param manager - pid or registered name
 * @param handler - as it was added: the module, or `[module, id]`
 * @param what - the request, what `handleCall` gets
 * @returns an id for `receiveResponse`, `waitResponse` and `checkResponse`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no handler, no manager
 * @example
 * const id = self.run(() => genEvent.sendRequest(manager, counter, 'get'))
 * await self.run(() => genEvent.receiveResponse(id, 1000)) // => ['reply', 1]
 * @see OTP `gen_event:send_request/3`
 */
export function requestHandler<Q, R>(
  manager: ManagerRef<any>,
  handler: Handler<any, any, any, Q, R>,
  what: NoInfer<Q>,
): RequestId<R> {
  checkHandler('genEvent.sendRequest: handler', handler)
  requireManager('genEvent.sendRequest', currentKernel(), manager)
  return sendRequest('genEvent', manager, new EventRequest({ op: 'call', handler, request: what }))
}

// A handler's `['error', why]` is not wrapped as a reply.
function unwrapped<T>(answer: T): T | readonly ['error', unknown] {
  const inner: unknown = Array.isArray(answer) && answer[0] === 'reply' ? answer[1] : undefined
  return Array.isArray(inner) && inner.length === 2 && inner[0] === 'error' ? (inner as unknown as ['error', unknown]) : answer
}
/**
 * Waits for the response to `sendRequest`; a timeout gives the request up: a late reply is dropped.
 *
 * @param id - what `sendRequest` answered
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns `['reply', reply]`, `['error', why]`, or `'timeout'`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no id, no timeout
 * @example
 * await self.run(() => genEvent.receiveResponse(id, 1000)) // => ['reply', 1]
 * @see OTP `gen_event:receive_response/2`
 */
export function receiveResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<EventResponse<R> | 'timeout'> {
  return response('genEvent.receiveResponse', id, timeoutMs, true).then(unwrapped)
}
/**
 * Waits for the response to `sendRequest`; after a timeout the request stays open, and may be waited for again.
 *
 * @param id - what `sendRequest` answered
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns `['reply', reply]`, `['error', why]`, or `'timeout'`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; `GENSOCK_ERR_BADARG` - no id, no timeout
 * @example
 * const early = await self.run(() => genEvent.waitResponse(id, 10))
 * const response = early === 'timeout' ? await self.run(() => genEvent.receiveResponse(id)) : early
 * @see OTP `gen_event:wait_response/2`
 */
export function waitResponse<R>(id: RequestId<R>, timeoutMs: CallTimeout = 'infinity'): Promise<EventResponse<R> | 'timeout'> {
  return response('genEvent.waitResponse', id, timeoutMs, false).then(unwrapped)
}
/**
 * Is this message the response to that request?
 *
 * @param message - a message that was received
 * @param id - what `sendRequest` answered
 * @returns `['reply', reply]`, `['error', why]`, or `'no_reply'` if it is none
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no id
 * @example
 * genEvent.checkResponse('hello', id) // => 'no_reply'
 * genEvent.checkResponse(await self.receive(isReply), id) // => ['reply', 1]
 * @see OTP `gen_event:check_response/2`
 */
export function checkResponse<R>(message: unknown, id: RequestId<R>): EventResponse<R> | 'no_reply' {
  return unwrapped(responseIn('genEvent.checkResponse', message, id) ?? 'no_reply')
}
