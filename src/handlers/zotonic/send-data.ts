// websocketSendData: one frame to the browser, from any process. Entered by handlers; calls sockets/broadcast, which puts it
// into the mailbox of the socket.
import { BadArgError } from '../../base/errors.js'
import { type AnyPid, isPid, type Pid } from '../../base/pid.js'
import { processOf } from '../../runtime/process.js'
import { pushTo } from '../../sockets/broadcast.js'
import type { SocketPid } from '../../sockets/handler.js'
import { bytesOf, textOf, type IoData } from '../../sockets/io-data.js'
import { kSocket } from '../../sockets/mail.js'

const SOCKET =
  'the pid of a socket: `from` in websocketMessage, whose self() is another process, and self() in the other callbacks'

/**
 * Sends one frame to the browser: it waits in the mailbox of the socket behind what came before it. A socket that has ended
 * takes it in silence.
 *
 * @param pid - of the socket: `from` in `websocketMessage`, `self()` in the other callbacks, or either of them kept for later
 * @param data - text, bytes or a list of them, sent as one text frame; or `['text', data]`, `['binary', data]`. Text that
 * begins with one of these two words in a list of two is sent as `[['text', ...]]`
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the pid of a socket; `GENSOCK_ERR_BAD_FRAME` - no such data, or bytes of a
 * text are no UTF-8
 * @example
 * const shout: WsHandler = {
 *   websocketInit: () => undefined,
 *   websocketMessage: (data, from) => websocketSendData(from, ['You said: ', data]),
 *   websocketInfo: (message) => websocketSendData(self(), ['binary', message]),
 *   websocketTerminate: () => undefined,
 * }
 * dispatch([['shout', ['shout'], controllerWebsocket, { wsHandler: shout }]]).urlFor('shout') // => '/shout'
 * @see Zotonic 0.10, `controller_websocket:websocket_send_data/2`
 */
export function websocketSendData(pid: Pid, data: IoData | readonly ['text' | 'binary', IoData]): void {
  const process = isPid(pid) ? processOf(pid as AnyPid) : null
  const isSocket = (process?.program as { [kSocket]?: true } | undefined)?.[kSocket] === true
  if (process === null || (process !== undefined && !isSocket)) throw new BadArgError('websocketSendData: pid', SOCKET, pid)
  pushTo(pid as unknown as SocketPid, frameOf(data))
}

function frameOf(data: unknown): readonly ['text', string] | readonly ['binary', Uint8Array] {
  if (Array.isArray(data) && data.length === 2) {
    if (data[0] === 'binary') return ['binary', bytesOf(data[1])]
    if (data[0] === 'text') return ['text', textOf(data[1])]
  }
  return ['text', textOf(data)]
}
