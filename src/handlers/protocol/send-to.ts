// Messages of a contract from any process to sockets: to one, to many, to a group. Written once for each codec. Entered by users; calls
// sockets/broadcast.
import { BadArgError } from '../../base/errors.js'
import type { AnyPid } from '../../base/pid.js'
import { pg } from '../../groups/pg.js'
import { broadcast, socketProcess } from '../../sockets/broadcast.js'
import type { SocketPid } from '../../sockets/handler.js'
import type { Codec } from '../../wire/codec.js'
import { type Contract, isContract } from '../../wire/contract.js'
import type { Protocol, ProtocolShape, Senders } from '../../wire/contract-types.js'
import { isDevelopment } from '../../wire/development.js'
import { messageFrame } from '../../wire/envelope.js'
import { peerOf, requireFit, written } from './peer.js'

type Sending<P extends ProtocolShape> = Senders<P['toClient'], void>

/**
 * Sends a message of a contract to one socket, from any process: in order with what this process sends it. A socket that has
 * ended takes it in silence.
 *
 * @param protocol - the contract that the socket speaks
 * @param socket - its pid
 * @returns a method for each message to the client
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no contract, or not the pid of a socket; its methods throw
 * `GENSOCK_ERR_BAD_MESSAGE` - the message does not fit the contract (checked unless NODE_ENV is 'production')
 * @example
 * const news = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } })
 * const handler = protocolHandler<null>()(news, { init: () => ['ok', null] })
 * const socket = fakeTransport(node, handler, { request: { headers: { 'sec-websocket-protocol': 'news.1' } } })
 * await node.settle()
 * toSocket(news, socket.pid).line('rain')
 * await node.settle()
 * socket.sent // => [['text', '["line","rain"]']]
 * @see `pushTo` of gensock/socket
 */
export function toSocket<P extends ProtocolShape>(protocol: Protocol<P>, socket: SocketPid): Sending<P> {
  const pids = [requireSocket('toSocket: socket', socket)]
  return sending('toSocket', protocol, () => pids)
}
/**
 * Sends a message of a contract to many sockets; it is written once for all that share a codec. Those that have ended take it
 * in silence.
 *
 * @param protocol - the contract that the sockets speak; those that speak another version get nothing
 * @param sockets - their pids
 * @returns a method for each message to the client
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no contract, no list, or one is not the pid of a socket: then none has got the
 * message; its methods throw `GENSOCK_ERR_BAD_MESSAGE` - the message does not fit the contract (checked unless NODE_ENV is
 * 'production')
 * @example
 * const news = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } })
 * const handler = protocolHandler<null>()(news, { init: () => ['ok', null] })
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/news', handler)] })
 * toSockets(news, listener.sockets()).line('rain')
 * await listener.drain({ deadlineMs: 1000 })
 * @see `broadcast` of gensock/socket
 */
export function toSockets<P extends ProtocolShape>(protocol: Protocol<P>, sockets: Iterable<SocketPid>): Sending<P> {
  if (typeof (sockets as Partial<Iterable<SocketPid>> | undefined)?.[Symbol.iterator] !== 'function')
    throw new BadArgError('toSockets: sockets', 'a list of pids of sockets', sockets)
  const pids = [...sockets].map((pid) => requireSocket('toSockets: sockets', pid))
  return sending('toSockets', protocol, () => pids)
}
/**
 * Sends a message of a contract to every socket that is a member of a process group (`pg`); a socket that has joined twice gets
 * it once. Members that are no sockets, or speak another version, get nothing.
 *
 * @param protocol - the contract
 * @param group - any value that names a group
 * @param scope - of `pg`; default `pg`
 * @returns a method for each message to the client; it may be kept, and sends to who is a member then
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no contract, or the scope is no name; its methods throw
 * `GENSOCK_ERR_BAD_MESSAGE` - the message does not fit the contract (checked unless NODE_ENV is 'production')
 * @example
 * const news = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } })
 * toGroup(news, 'readers').line('rain')
 * @see `broadcastToGroup` of gensock/socket; OTP `pg:get_members/1,2`
 */
export function toGroup<P extends ProtocolShape>(protocol: Protocol<P>, group: unknown, scope?: string): Sending<P> {
  return sending('toGroup', protocol, () => [...new Set(pg.getMembers(group, scope))])
}

function sending<P extends ProtocolShape>(where: string, protocol: Protocol<P>, pids: () => readonly AnyPid[]): Sending<P> {
  if (!isContract(protocol)) throw new BadArgError(`${where}: protocol`, 'what defineProtocol answers', protocol)
  const contract: Contract = protocol
  return new contract._toClient.Messages({
    say(name, schema, message) {
      if (isDevelopment()) requireFit(`${where}.${name}`, schema, message)
      const frame = messageFrame(name, message)
      // All are written before one is sent: a codec may have no form for it.
      const frames = [...byCodec(contract, name, pids())].map(([codec, sockets]) => [sockets, written(codec, frame)] as const)
      for (const [sockets, frame] of frames) broadcast(sockets, frame)
    },
  }) as Sending<P>
}

function byCodec({ version }: Contract, name: string, pids: readonly AnyPid[]): ReadonlyMap<Codec, SocketPid[]> {
  const sockets = new Map<Codec, SocketPid[]>()
  for (const pid of pids) {
    const peer = peerOf(pid)
    if (peer === undefined) continue
    // The version is what is spoken: a contract may have been declared twice, in two copies of a module.
    const spoken = peer.plan.contract
    if (spoken.version !== version || !spoken._toClient.messages.has(name)) continue
    const same = sockets.get(peer.codec)
    if (same === undefined) sockets.set(peer.codec, [pid as SocketPid])
    else same.push(pid as SocketPid)
  }
  return sockets
}
/** A socket that is not open yet, or speaks no contract, is one all the same: it gets nothing. */
function requireSocket(where: string, pid: SocketPid): AnyPid {
  socketProcess(where, pid)
  return pid
}
