// Cowboy 0.8's handlers (2013), those of its guide, as SocketHandlers. Entered by users; calls generation1.
import type { OptsRest } from '../../sockets/callbacks.js'
import type { SocketHandler } from '../../sockets/handler.js'
import { type Cowboy08, generation1 } from './generation1.js'

/**
 * Makes a SocketHandler of a handler written for Cowboy 0.8: `init/3`, `websocket_init/3`, `websocket_handle/3`,
 * `websocket_info/3`, `websocket_terminate/3`. Idle timeout infinity and no pings, as in 0.8, unless `websocketInit` or the
 * route says otherwise; the longest message is the library's 1 000 000 bytes, where 0.8 knew no limit.
 *
 * Differs: the handshake is checked before `init`. An answer that is wrong, or a frame that cannot be encoded, is a crash
 * (1011, `websocketTerminate`), not a silent drop. After a linked process has died, or the listener has ended,
 * `websocketTerminate` runs too. The state that it hears after a close frame is the new one. The socket's process ends with
 * what crashed, not `normal`.
 *
 * @param handler - the five callbacks
 * @param rest - what `init` gets as `opts`
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no object, or a callback is missing
 * @example
 * const echo: Cowboy08<number> = {
 *   init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
 *   websocketInit: (_transport, req) => ['ok', req, 0],
 *   websocketHandle: ([kind, data], req, n) => (kind === 'text' ? ['reply', ['text', data], req, n + 1] : ['ok', req, n]),
 *   websocketInfo: (_info, req, n) => ['ok', req, n],
 *   websocketTerminate: () => 'ok',
 * }
 * route('/websocket', cowboy08(echo)).path // => '/websocket'
 * @see Cowboy 0.8.0, `cowboy_websocket_handler`
 */
export function cowboy08<S, Info, Opts>(handler: Cowboy08<S, Info, Opts>, ...rest: OptsRest<Opts>): SocketHandler<S, Info> {
  return generation1('cowboy08', handler as Cowboy08<any>, rest[0], 400) as unknown as SocketHandler<S, Info>
}
