// The handshake of 0.8 and 1.0: init/3 chooses the protocol, websocket_init/3 makes the state or refuses. Both run before the
// 101, in the socket's process. Entered by cowboy08 and cowboy10.
import { BadReturnError } from '../../base/errors.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { mapped } from '../../sockets/callbacks.js'
import type { SocketSelf } from '../../sockets/handler.js'
import { CowboyReq, isReq, type Req } from '../../sockets/req.js'
import { accept, reject, type SocketRequest, type Upgrade } from '../../sockets/request.js'
import type { Both } from './loop.js'
import { idleMs, isTimeout } from './options.js'

/**
 * What `init` of 0.8 and 1.0 answers.
 *
 * @example
 * const upgrade: Init3Result<null> = ['upgrade', 'protocol', 'cowboy_websocket']
 * @see Cowboy 1.0, `cowboy_websocket_handler`: `init/3`
 */
export type Init3Result<Opts> =
  | readonly ['upgrade', 'protocol', 'cowboy_websocket']
  | readonly ['upgrade', 'protocol', 'cowboy_websocket', Req, Opts]
/**
 * What `websocketInit` of 0.8 and 1.0 answers; a number is the idle timeout in ms.
 *
 * @example
 * const init = (req: Req): WebsocketInit3Result<number> => ['ok', req, 0, 60_000]
 * @see Cowboy 1.0, `cowboy_websocket_handler`: `websocket_init/3`
 */
export type WebsocketInit3Result<S> =
  | readonly ['ok', Req, S, ('hibernate' | 'infinity' | number)?, 'hibernate'?]
  | readonly ['shutdown', Req]
/** The two callbacks, whatever the types of their users. */
export interface Init3 {
  readonly init: (
    transport: readonly ['tcp' | 'ssl', 'http'],
    req: Req,
    opts: any,
    self: SocketSelf,
  ) => MaybePromise<Init3Result<any>>
  readonly websocketInit: (
    transportName: 'tcp' | 'ssl',
    req: Req,
    opts: any,
    self: SocketSelf,
  ) => MaybePromise<WebsocketInit3Result<any>>
}

/** Without an answer of its own, a refusal is this. */
const REFUSED = 400

export function upgrade3(
  handler: Init3,
  opts: unknown,
  request: SocketRequest,
  self: SocketSelf,
  params: object,
): MaybePromise<Upgrade> {
  const transport = request.secure ? 'ssl' : 'tcp'
  const req = new CowboyReq(request)._opened(false, params)
  return mapped(handler.init([transport, 'http'], req, opts, self), (answer) => {
    const [next, nextOpts] = chosen(answer, req, opts)
    return mapped(handler.websocketInit(transport, next, nextOpts, self), initialised)
  })
}

function chosen(answer: unknown, req: Req, opts: unknown): readonly [req: Req, opts: unknown] {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  if (given[0] === 'upgrade' && given[1] === 'protocol' && given[2] === 'cowboy_websocket') {
    if (given.length === 3) return [req, opts]
    if (given.length === 5 && isReq(given[3])) return [given[3], given[4]]
  }
  throw new BadReturnError('init', "['upgrade', 'protocol', 'cowboy_websocket'] or the same with req and opts", answer)
}

function initialised(answer: unknown): Upgrade {
  const given = (Array.isArray(answer) ? answer : []) as readonly unknown[]
  const [tag, req, state, third] = given
  if (isReq(req)) {
    if (tag === 'shutdown' && given.length === 2) return reject(...req._refusal(REFUSED))
    if (tag === 'ok' && given.length > 2 && isTimeoutTail(given, 3)) {
      const both: Both = { req, state }
      return accept(both, req._accept(timeoutOption('websocketInit', third)))
    }
  }
  throw new BadReturnError(
    'websocketInit',
    "['ok', req, state, 'hibernate' or idle timeout?, 'hibernate'?] or ['shutdown', req]",
    answer,
  )
}

/** From `at` on: nothing, 'hibernate', a timeout, or a timeout and 'hibernate'. */
export function isTimeoutTail(answer: readonly unknown[], at: number): boolean {
  const [third, fourth] = [answer[at], answer[at + 1]]
  if (answer.length === at) return true
  if (answer.length === at + 1) return third === 'hibernate' || isTimeout(third)
  return answer.length === at + 2 && isTimeout(third) && fourth === 'hibernate'
}

/** The idle timeout of such a tail, as an option of the socket. */
export function timeoutOption(where: string, third: unknown): { idleTimeoutMs: number } | undefined {
  return isTimeout(third) ? { idleTimeoutMs: idleMs(`${where}: idle timeout`, third) } : undefined
}
