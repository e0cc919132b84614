// Requests whose response comes as a message: sendRequest and its three ways to look for it. The response arrives in the
// mailbox as `{ type: 'reply', ref, reply }`, or as DOWN when the server ends first. Entered by genServer and genStatem.
import { requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { isDown } from '../base/messages.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { CallMessage, type From } from '../runtime/call.js'
import { demonitor, monitor, resolve } from '../runtime/links.js'
import { type Process, requireCurrent } from '../runtime/process.js'
import { receive } from '../runtime/receive.js'
import { post, sendTo } from '../runtime/send.js'

const kReplyMessage = Symbol.for('gensock.reply')
const kFrom = Symbol.for('gensock.from')
const kRequestId = Symbol.for('gensock.requestId')

/**
 * What `sendRequest` answers: give it to `receiveResponse`, `waitResponse` or `checkResponse`.
 *
 * @example
 * const ids: RequestId<number>[] = [genServer.sendRequest(pid, { type: 'get' })]
 * await genServer.receiveResponse(ids[0] as RequestId<number>) // => ['reply', 5]
 * @see OTP `gen_server`, "request_id()"
 */
export interface RequestId<out Reply = any> {
  /** The same as in the response: of a {@link ReplyMessage}, or of a DOWN message. */
  readonly ref: Ref
  /** Who was asked. */
  readonly server: AnyPid | string
  /** @internal */
  readonly _reply?: Reply
}
/**
 * The response, as a message of the process that asked.
 *
 * @example
 * const id = genServer.sendRequest(pid, { type: 'get' })
 * await self.receive(isReply) // => { type: 'reply', ref: id.ref, reply: 5 }
 * @see OTP `gen_server:send_request/2`
 */
export interface ReplyMessage<Reply = any> {
  /** Always `reply`. */
  readonly type: 'reply'
  /** That of the request's id. */
  readonly ref: Ref
  /** What was answered. */
  readonly reply: Reply
}
/**
 * The reply, or why there will be none.
 *
 * @example
 * const refused: Response<number> = ['error', ['noproc', pid]]
 * @see OTP `gen_server`, "response()"
 */
export type Response<Reply = any> =
  | readonly ['reply', Reply]
  | readonly ['error', readonly [reason: ExitReason, server: AnyPid | string]]

class Request implements RequestId {
  readonly ref: Ref
  readonly server: AnyPid | string
  constructor(ref: Ref, server: AnyPid | string) {
    this.ref = ref
    this.server = server
  }
  get [kRequestId](): true {
    return true
  }
}

class Reply implements ReplyMessage {
  readonly type = 'reply' as const
  readonly ref: Ref
  readonly reply: unknown
  constructor(ref: Ref, reply: unknown) {
    this.ref = ref
    this.reply = reply
  }
  get [kReplyMessage](): true {
    return true
  }
}

/** A reply as a message, for other behaviours that answer by one. */
export function replyMessage(ref: Ref, reply: unknown): ReplyMessage {
  return new Reply(ref, reply)
}

/** The `from` of such a request: the ref is an alias that the first answer uses up. */
class AliasFrom {
  readonly pid: Pid
  readonly ref: Ref
  readonly #process: Process
  constructor(process: Process, ref: Ref) {
    this.pid = process.pid
    this.ref = ref
    this.#process = process
  }
  get [kFrom](): true {
    return true
  }
  /** As of every `from`: see `reply` in runtime/call. */
  _settle(value: unknown, error: { readonly reason: unknown } | undefined): void {
    const { kernel } = this.#process
    if (error === undefined) sendTo(kernel, this.ref, new Reply(this.ref, value), 'reply')
    else if (demonitor(this.#process, this.ref, { info: true })) post(this.#process, failed(this, error.reason))
  }
}

/** A server that gave up a request while it lives on: for the one who asked, as if it had ended. */
function failed(from: AliasFrom, reason: unknown): Reply {
  return new Reply(from.ref, new Failure(reason as ExitReason))
}
class Failure {
  readonly reason: ExitReason
  constructor(reason: ExitReason) {
    this.reason = reason
  }
}

/**
 * Asks whether a message is the response to some `sendRequest`, and not an object that looks like one.
 *
 * @param message - any value
 * @returns true for a {@link ReplyMessage}
 * @example
 * isReply({ type: 'reply', reply: 5 }) // => false
 * @see OTP `gen_server:check_response/2`
 */
export function isReply(message: unknown): message is ReplyMessage {
  return typeof message === 'object' && message !== null && (message as { [kReplyMessage]?: true })[kReplyMessage] === true
}

/** @see OTP `gen_server:send_request/2` */
export function sendRequest(where: string, server: AnyPid | string, request: unknown): RequestId<any> {
  const process = requireCurrent(`${where}.sendRequest`)
  const { kernel } = process
  const target =
    typeof server === 'string'
      ? kernel.names.get(server)
      : resolve(kernel, server, `${where}.sendRequest: server`, 'a pid or a registered name')
  // As in OTP, a name stands for the process that has it now.
  const known = target ? target.pid : server
  const ref = monitor(process, known, { alias: 'reply_demonitor' })
  if (target) post(target, new CallMessage(new AliasFrom(process, ref) as unknown as From, request))
  return new Request(ref, known)
}

function requireRequestId(where: string, id: unknown): asserts id is RequestId {
  if (typeof id !== 'object' || id === null || (id as { [kRequestId]?: true })[kRequestId] !== true)
    throw new BadArgError(`${where}: id`, 'what sendRequest answered', id)
}

/**
 * The response in a message that was received; undefined if it is none to this request.
 *
 * @see OTP `gen_server:check_response/2`
 */
export function responseIn(where: string, message: unknown, id: RequestId): Response | undefined {
  requireRequestId(where, id)
  if (isReply(message) && message.ref.equals(id.ref))
    return message.reply instanceof Failure ? ['error', [message.reply.reason, id.server]] : ['reply', message.reply]
  return isDown(message) && message.ref.equals(id.ref) ? ['error', [message.reason, id.server]] : undefined
}

/** Waits for the response. With `abandon` a timeout gives the request up: a late reply is dropped. */
export function response(
  where: string,
  id: RequestId,
  timeoutMs: number | 'infinity',
  abandon: boolean,
): Promise<Response | 'timeout'> {
  requireRequestId(where, id)
  if (timeoutMs !== 'infinity') requireMs(`${where}: timeoutMs`, timeoutMs)
  return wait(requireCurrent(where), where, id, timeoutMs, abandon)
}

async function wait(
  process: Process,
  where: string,
  id: RequestId,
  timeoutMs: number | 'infinity',
  abandon: boolean,
): Promise<Response | 'timeout'> {
  const match = (message: unknown): boolean => responseIn(where, message, id) !== undefined
  const message = await receive(process, match, timeoutMs === 'infinity' ? undefined : { afterMs: timeoutMs })
  if (message !== undefined) return responseIn(where, message, id) as Response
  if (abandon) demonitor(process, id.ref, { flush: true })
  return 'timeout'
}
