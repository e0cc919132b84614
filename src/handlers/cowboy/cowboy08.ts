// Cowboy 0.8's handler (2013) as a SocketHandler: init/3, websocket_init/3 before the 101, websocket_handle/3,
// websocket_info/3, websocket_terminate/3. Entered by users; a thin translation, the socket process knows nothing of it.
import { requireFunction } from '../../base/check.js'
import { BadArgError, BadReturnError } from '../../base/errors.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { isPromise } from '../../runtime/spawn.js'
import type { Result, SocketHandler, TerminateReason } from '../../sockets/handler.js'
import { accept, reject, type Upgrade } from '../../sockets/request.js'
import { type CowboyFrame, commandsOf, type InFrame } from './frames.js'
import { CowboyReq, type Req } from './req.js'

/** What `websocketHandle` and `websocketInfo` answer. */
export type CowboyResult<S> =
  | readonly ['ok', Req, S, 'hibernate'?]
  | readonly ['reply', CowboyFrame | readonly CowboyFrame[], Req, S, 'hibernate'?]
  | readonly ['shutdown', Req, S]
/** Why a socket ended, as 0.8 says it. */
export type Reason08 =
  | readonly ['normal', 'shutdown' | 'timeout']
  | readonly ['remote', 'closed']
  | readonly ['remote', number, string]
  | readonly ['error', 'closed' | 'badencoding' | 'badframe' | 'badsize' | 'handler' | (string & {})]
type Upgraded<Opts> =
  | readonly ['upgrade', 'protocol', 'cowboy_websocket']
  | readonly ['upgrade', 'protocol', 'cowboy_websocket', Req, Opts]
type Initialised<S> = readonly ['ok', Req, S, ('hibernate' | number)?, 'hibernate'?] | readonly ['shutdown', Req]

/** A websocket handler of Cowboy 0.8. */
export interface Cowboy08<S, Info = any, Opts = any> {
  readonly init: (transport: readonly ['tcp' | 'ssl', 'http'], req: Req, opts: Opts) => Upgraded<Opts>
  /** Before the 101, in the socket's process. A number is the idle timeout in ms; without it there is none. */
  readonly websocketInit: (transportName: 'tcp' | 'ssl', req: Req, opts: Opts) => MaybePromise<Initialised<S>>
  readonly websocketHandle: (frame: InFrame, req: Req, state: S) => MaybePromise<CowboyResult<S>>
  readonly websocketInfo: (info: Info, req: Req, state: S) => MaybePromise<CowboyResult<S>>
  readonly websocketTerminate: (reason: Reason08, req: Req, state: S) => MaybePromise<void | 'ok'>
}

/** The socket's state: 0.8 passes request and state side by side. */
interface Both {
  readonly req: Req
  readonly state: any
}
const CALLBACKS = ['init', 'websocketInit', 'websocketHandle', 'websocketInfo', 'websocketTerminate'] as const

/**
 * Makes a SocketHandler of a handler written for Cowboy 0.8. Idle timeout infinity and no pings, as in 0.8, unless
 * `websocketInit` or the route says otherwise. An exception before the 101 is a 400.
 *
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - a callback is missing
 * @example
 * route('/websocket', cowboy08(myWsHandler))
 * @see Cowboy 0.8.0, `cowboy_websocket_handler`
 */
export function cowboy08<S, Info, Opts>(
  handler: Cowboy08<S, Info, Opts>,
  ...rest: unknown extends Opts ? [opts?: Opts] : [opts: Opts]
): SocketHandler<S, Info> {
  if (typeof handler !== 'object' || handler === null) throw new BadArgError('cowboy08: handler', 'an object', handler)
  for (const name of CALLBACKS) requireFunction(`cowboy08: handler.${name}`, handler[name])
  const opts = rest[0] as Opts
  const socket: SocketHandler<Both, Info> = {
    defaults: { idleTimeoutMs: 0, pingIntervalMs: 0 },
    upgradeCrashStatus: 400,
    upgrade(request) {
      const transport = request.secure ? 'ssl' : 'tcp'
      const [req, protocolOpts] = upgradeOf(
        handler.init([transport, 'http'], new CowboyReq(request), opts),
        new CowboyReq(request),
        opts,
      )
      return mapped(handler.websocketInit(transport, req, protocolOpts), initialised)
    },
    init({ seed, compressed }) {
      const { req, state } = seed as Both
      return ['ok', { req: (req as CowboyReq)._compressed(compressed), state }]
    },
    handle: (frame, { req, state }) => mapped(handler.websocketHandle(frame, req, state), resultOf('websocketHandle')),
    event: (event, both) =>
      event.type === 'ping' || event.type === 'pong'
        ? mapped(handler.websocketHandle([event.type, event.data], both.req, both.state), resultOf('websocketHandle'))
        : ['ok', both],
    info: (info, { req, state }) => mapped(handler.websocketInfo(info, req, state), resultOf('websocketInfo')),
    async terminate(reason, { req, state }) {
      await handler.websocketTerminate(reason08(reason), req, state)
    },
  }
  return socket as unknown as SocketHandler<S, Info>
}

/** Translates an answer now, or once its promise has settled. */
function mapped<A, B>(answer: MaybePromise<A>, translate: (answer: A) => B): MaybePromise<B> {
  return isPromise<A>(answer) ? answer.then(translate) : translate(answer)
}

function upgradeOf<Opts>(answer: Upgraded<Opts>, req: Req, opts: Opts): readonly [Req, Opts] {
  const [tag, kind, module, newReq, newOpts] = Array.isArray(answer) ? (answer as unknown[]) : []
  const good = tag === 'upgrade' && kind === 'protocol' && module === 'cowboy_websocket'
  if (good && answer.length === 3) return [req, opts]
  if (good && answer.length === 5 && newReq instanceof CowboyReq) return [newReq, newOpts as Opts]
  throw new BadReturnError('init', "['upgrade', 'protocol', 'cowboy_websocket'] or the same with req and opts", answer)
}

function initialised(answer: Initialised<unknown>): Upgrade {
  const [tag, req, state, third, fourth] = Array.isArray(answer) ? (answer as unknown[]) : []
  const { length } = Array.isArray(answer) ? answer : []
  if (req instanceof CowboyReq) {
    if (tag === 'shutdown' && length === 2) return refused(req)
    const isTimeout = typeof third === 'number' && Number.isInteger(third) && third >= 0
    const more =
      length === 3 ||
      (length === 4 && (third === 'hibernate' || isTimeout)) ||
      (length === 5 && isTimeout && fourth === 'hibernate')
    if (tag === 'ok' && more) {
      const both: Both = { req, state }
      return accept(both, { headers: req._respHeaders, ...(isTimeout ? { options: { idleTimeoutMs: third } } : {}) })
    }
  }
  throw new BadReturnError(
    'websocketInit',
    "['ok', req, state, 'hibernate' or idle timeout?, 'hibernate'?] or ['shutdown', req]",
    answer,
  )
}

function refused(req: CowboyReq): Upgrade {
  const { status, body } = req._reply ?? { status: 400, body: undefined }
  return reject(status, { headers: req._respHeaders, ...(body === undefined ? {} : { body }) })
}

function resultOf(callback: string): (answer: CowboyResult<unknown>) => Result<Both> {
  return (answer) => {
    const { length } = Array.isArray(answer) ? answer : []
    const [tag] = Array.isArray(answer) ? (answer as unknown[]) : []
    if (tag === 'reply' && isTail(answer, 2)) {
      const [, frames, req, state] = answer as unknown as [unknown, unknown, Req, unknown]
      return ['push', commandsOf(frames), { req, state }]
    }
    if ((tag === 'ok' && isTail(answer, 1)) || (tag === 'shutdown' && length === 3 && isTail(answer, 1))) {
      const both: Both = { req: answer[1] as Req, state: answer[2] }
      return tag === 'ok' ? ['ok', both] : ['stop', 'normal', both]
    }
    throw new BadReturnError(
      callback,
      "['ok', req, state, 'hibernate'?], ['reply', frames, req, state, 'hibernate'?] or ['shutdown', req, state]",
      answer,
    )
  }
}

/** Request and state at `at`, and perhaps 'hibernate' behind them. */
function isTail(answer: readonly unknown[], at: number): boolean {
  const end = at + 2
  return answer[at] instanceof CowboyReq && (answer.length === end || (answer.length === end + 1 && answer[end] === 'hibernate'))
}

function reason08(reason: TerminateReason): Reason08 {
  switch (reason.type) {
    case 'stop':
      return ['normal', 'shutdown']
    case 'timeout':
      return ['normal', 'timeout']
    case 'remote':
      return reason.code === undefined ? ['remote', 'closed'] : ['remote', reason.code, reason.reason ?? '']
    case 'error':
      return ['error', reason.error]
    case 'exit':
      return reason.reason === 'normal' || reason.reason === 'shutdown' ? ['normal', 'shutdown'] : ['error', 'handler']
    case 'crash':
      return ['error', 'handler']
    default:
      return reason satisfies never
  }
}
