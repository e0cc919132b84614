// Cowboy 1.0's handlers (2014) as SocketHandlers: those of 0.8, but a crash before the 101 is a 500. Entered by users; calls
// generation1.
import type { OptsRest } from '../../sockets/callbacks.js'
import type { SocketHandler } from '../../sockets/handler.js'
import { type Cowboy08, generation1 } from './generation1.js'

/**
 * A websocket handler of Cowboy 1.0: its callbacks and their results are those of 0.8.
 *
 * @example
 * const quiet: Cowboy10<null> = {
 *   init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
 *   websocketInit: (_transport, req) => ['ok', req, null],
 *   websocketHandle: (_frame, req, state) => ['ok', req, state],
 *   websocketInfo: (_info, req, state) => ['ok', req, state],
 *   websocketTerminate: () => 'ok',
 * }
 * route('/websocket', cowboy10(quiet)).path // => '/websocket'
 * @see Cowboy 1.0, `cowboy_websocket_handler`
 */
export type Cowboy10<S, Info = any, Opts = any> = Cowboy08<S, Info, Opts>

/**
 * Makes a SocketHandler of a handler written for Cowboy 1.0. As `cowboy08`, but a crash in `init` or `websocketInit` is a
 * 500.
 *
 * @param handler - the five callbacks
 * @param rest - what `init` gets as `opts`
 * @returns a handler for `route`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no object, or a callback is missing
 * @example
 * const echo: Cowboy10<number, any, { greeting: string }> = {
 *   init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
 *   websocketInit: (_transport, req) => ['ok', req, 0, 60_000],
 *   websocketHandle: (frame, req, n) => (n > 9 ? ['shutdown', req, n] : ['reply', frame, req, n + 1]),
 *   websocketInfo: (_info, req, n) => ['ok', req, n],
 *   websocketTerminate: () => 'ok',
 * }
 * route('/websocket', cowboy10(echo, { greeting: 'hi' })).path // => '/websocket'
 * @see Cowboy 1.0.4, `cowboy_websocket_handler`
 */
export function cowboy10<S, Info, Opts>(handler: Cowboy10<S, Info, Opts>, ...rest: OptsRest<Opts>): SocketHandler<S, Info> {
  return generation1('cowboy10', handler as Cowboy10<any>, rest[0], 500) as unknown as SocketHandler<S, Info>
}
