// What Bullet's users write: a handler's four callbacks, what they get and what they answer. Types only; entered by every file
// of this room.
import type { MaybePromise, Self } from '../../runtime/self-types.js'
import type { Req } from '../../sockets/req.js'

/**
 * How a request came, in Cowboy's words: a WebSocket has the name alone. `ssl` is TLS.
 *
 * @example
 * const transports: BulletTransport[] = ['tcp', ['ssl', 'http']]
 * @see Cowboy 1.0, `cowboy_websocket_handler` and `cowboy_http_handler`: `init/3`
 */
export type BulletTransport = 'tcp' | 'ssl' | readonly ['tcp' | 'ssl', 'http']

/**
 * What `init` answers. `shutdown` ends it there: a WebSocket is refused with 400, or with what `req.reply` said, without
 * `terminate`; a request is answered 204, after `terminate`.
 *
 * @example
 * const init = (_transport: unknown, req: Req): BulletInitResult<number> =>
 *   req.cookies['sid'] === undefined ? ['shutdown', req, 0] : ['ok', req, 0]
 * const handler = bullet({ ...streamHandler, init })
 * const socket = fakeTransport(node, handler)
 * await node.settle()
 * socket.handshake // => ['reject', 400, { headers: {} }]
 * @see Bullet, README: "Cowboy handler"
 */
export type BulletInitResult<S> = readonly ['ok', Req, S] | readonly ['shutdown', Req, S]
/**
 * What `stream` and `info` answer: nothing to say, a text for the browser, or the end. After `shutdown` a WebSocket closes with
 * 1000, a stream of events ends, a poll is a 204; in `stream` over a POST it is a crash.
 *
 * @example
 * const stream = (data: string, req: Req, n: number): BulletResult<number> =>
 *   data === 'ping' ? ['reply', 'pong', req, n] : ['ok', req, n + 1]
 * const handler = bullet({ ...streamHandler, stream })
 * const socket = fakeTransport(node, handler)
 * socket.send('ping')
 * await node.settle()
 * socket.sent // => [['text', 'pong']]
 * @see Bullet, README: "Cowboy handler"
 */
export type BulletResult<S> = readonly ['ok', Req, S] | readonly ['reply', string, Req, S] | readonly ['shutdown', Req, S]

/**
 * A handler of Bullet. `init` and `terminate` run for each WebSocket, each stream of events, each poll and each POST: the state
 * lives as long as the one request, and what must live longer belongs into a process of your own. Every callback may be async;
 * the last parameter is the process that runs it.
 *
 * On a route with `fallback: true` no message is lost between requests: what is sent to the connection, or still waits for a
 * stream of events or a poll when that ends, goes to the next one after its `init`, in order. 1 000 messages may wait without a
 * request; of more the oldest are dropped, and a warning is logged. The pid of a request that has ended takes nothing, as any
 * dead one.
 *
 * @example
 * const clock: BulletHandler<Ref, { type: 'refresh' }> = {
 *   init: (_transport, req, _opts, _active, self) => ['ok', req, self.sendAfter(1000, { type: 'refresh' })],
 *   stream: (data, req, timer) => ['reply', data === 'ping' ? 'pong' : data, req, timer],
 *   info: (_refresh, req, _timer, self) => ['reply', 'a second has passed', req, self.sendAfter(1000, { type: 'refresh' })],
 *   terminate: (_req, timer, self) => void self.cancelTimer(timer),
 * }
 * const socket = fakeTransport(node, bullet(clock))
 * await node.advance(1000)
 * socket.sent // => [['text', 'a second has passed']]
 * @see Bullet, README: "Cowboy handler"
 */
export interface BulletHandler<S, Info = any, Opts = any> {
  /**
   * `active` says what it can take: true = any number of replies (a WebSocket, a stream of events), 'once' = one (a poll),
   * false = what `stream` answers (a POST, which gets no messages).
   */
  readonly init: (
    transport: BulletTransport,
    req: Req,
    opts: Opts,
    active: boolean | 'once',
    self: Self<Info>,
  ) => MaybePromise<BulletInitResult<S>>
  /** A text of the browser. */
  readonly stream: (data: string, req: Req, state: S, self: Self<Info>) => MaybePromise<BulletResult<S>>
  /** A message of a process or timer. */
  readonly info: (info: Info, req: Req, state: S, self: Self<Info>) => MaybePromise<BulletResult<S>>
  /** Last, once, for every `init` that let the request in; the reason is not told. */
  readonly terminate: (req: Req, state: S, self: Self<Info>) => MaybePromise<void | 'ok'>
}

/** A handler and what its `init` gets as `opts`. */
export interface Parts {
  readonly handler: BulletHandler<any>
  readonly opts: unknown
}
