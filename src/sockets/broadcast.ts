// Frames from any process to sockets. Checked here, in the sender; a broadcast is encoded once for all its sockets.
import { BadArgError } from '../base/errors.js'
import { type AnyPid, isPid, type Pid } from '../base/pid.js'
import { pg } from '../groups/pg.js'
import { type Process, processOf } from '../runtime/process.js'
import { post } from '../runtime/send.js'
import { check, type Commands, PushOrder } from './commands.js'
import { badFrame, checkFrame, type OutFrame, sharedFrame } from './frames.js'
import type { SocketPid } from './handler.js'
import { kSocket } from './mail.js'

/**
 * Puts a frame, or any commands, on a socket from any process: in order with what this process sends it. A socket that has
 * ended takes it in silence.
 *
 * @param socket - its pid
 * @param commands - one or a list; checked here, copied, carried out in the socket's turn
 * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - it cannot be encoded; `GENSOCK_ERR_BADARG` - not the pid of a socket, or
 * a bad value in `setOptions`; `GENSOCK_ERR_UNKNOWN_OPTION` - of `setOptions`
 * @example
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * pushTo(socket.pid, text('news'))
 * await node.settle()
 * socket.sent // => [['text', 'news']]
 * @see Cowboy 2.18, `cowboy_websocket`: `websocket_info/2`, by which its handlers send what others tell them
 */
export function pushTo(socket: SocketPid, commands: Commands): void {
  check(commands, Number.MAX_SAFE_INTEGER)
  const process = socketProcess('pushTo: socket', socket)
  if (process !== undefined) post(process, new PushOrder(commands))
}

/**
 * Puts one frame on many sockets. It is encoded once for all that do not compress; those that have ended take it in silence.
 *
 * @param sockets - their pids
 * @param frame - checked here; a close frame closes them all
 * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - it cannot be encoded; `GENSOCK_ERR_BADARG` - no list, or one is not the
 * pid of a socket: then none has got the frame
 * @example
 * const listener = await listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)] })
 * broadcast(listener.sockets(), text('news'))
 * await listener.drain({ deadlineMs: 1000 })
 * @see Cowboy 2.18, `cowboy_websocket`: `websocket_info/2`; there each socket encodes the frame anew
 */
export function broadcast(sockets: Iterable<SocketPid>, frame: OutFrame): void {
  if (!Array.isArray(frame) || !checkFrame(frame)) throw badFrame('broadcast: frame', 'a frame', frame)
  if (typeof (sockets as Partial<Iterable<SocketPid>> | undefined)?.[Symbol.iterator] !== 'function')
    throw new BadArgError('broadcast: sockets', 'a list of pids of sockets', sockets)
  const message = frame[0] === 'close' ? new PushOrder(frame) : sharedFrame(frame)
  const living: Process[] = []
  for (const socket of sockets) {
    const process = socketProcess('broadcast: sockets', socket)
    if (process !== undefined) living.push(process)
  }
  for (let i = 0; i < living.length; i++) post(living[i] as Process, message)
}

/**
 * Puts one frame on every socket that is a member of a process group (`pg`); a socket that has joined twice gets it once.
 * Members that are no sockets get nothing.
 *
 * @param group - any value that names a group
 * @param frame - checked here
 * @param scope - of `pg`; default `pg`
 * @throws {GensockError} `GENSOCK_ERR_BAD_FRAME` - it cannot be encoded; `GENSOCK_ERR_BADARG` - the scope is no name
 * @example
 * const lobby = defineHandler({
 *   init(_args, self) {
 *     pg.join('lobby', self.pid)
 *     return ['ok', null]
 *   },
 *   handle(frame, state) {
 *     broadcastToGroup('lobby', frame)
 *     return ['ok', state]
 *   },
 * })
 * const [ann, bob] = [fakeTransport(node, lobby), fakeTransport(node, lobby)]
 * await node.settle()
 * ann.send('hi')
 * await node.settle()
 * bob.sent // => [['text', 'hi']]
 * @see OTP `pg:get_members/1,2`
 */
export function broadcastToGroup(group: unknown, frame: OutFrame, scope?: string): void {
  const members = new Set(pg.getMembers(group, scope))
  broadcast([...members].filter(isSocket) as unknown as SocketPid[], frame)
}

function isSocket(pid: AnyPid): boolean {
  return (processOf(pid)?.program as { [kSocket]?: true } | undefined)?.[kSocket] === true
}

/** The living process of a socket's pid; undefined once it has ended. @internal */
export function socketProcess(where: string, pid: SocketPid): Process | undefined {
  if (!isPid(pid)) throw new BadArgError(where, 'the pid of a socket', pid)
  const process = processOf(pid as Pid<never>)
  if (process !== undefined && (process.program as { [kSocket]?: true })[kSocket] !== true)
    throw new BadArgError(where, 'the pid of a socket', pid)
  return process
}
