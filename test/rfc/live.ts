// A live server for the protocol suite and the attacks: `listen` on 127.0.0.1, peers of raw bytes, and what its handlers heard.
import { expect } from '@jest/globals'
import diagnostics from 'node:diagnostics_channel'
import type { Socket as NetSocket } from 'node:net'
import { createNode, silentLogger } from 'gensock'
import {
  type Listener,
  type ListenerOptions,
  listen,
  type RouteOptions,
  route,
  type SocketHandler,
  type SocketPid,
  type TerminateReason,
} from 'gensock/socket'
import type { TestNode } from 'gensock/testing'
import { type OpenOptions, Peer, TEXT, close, handshake, text, turn } from './peer.js'

/** The server's ends of all TCP connections, by the port of the other end. */
const accepted = new Map<number, NetSocket>()
function onAccepted(message: unknown): void {
  const { socket } = message as { socket: NetSocket }
  const port = socket.remotePort
  if (port === undefined) return
  accepted.set(port, socket)
  socket.once('close', () => accepted.delete(port))
}
/** Servers that run. Node's channel is one for all test files of a jest worker: who listens must leave. */
let running = 0
function watch(on: boolean): void {
  running += on ? 1 : -1
  if (on && running === 1) diagnostics.subscribe('net.server.socket', onAccepted)
  if (!on && running === 0) diagnostics.unsubscribe('net.server.socket', onAccepted)
}

export interface Live {
  readonly port: number
  readonly listener: Listener
  /** Lines of the error log: crashes, and nothing else. */
  readonly errors: readonly string[]
  /** A socket, open. */
  open(options?: OpenOptions): Promise<Peer>
  /** A TCP connection without a byte sent. */
  connect(): Peer
  /** What the `terminate` of this peer's socket heard, once it has. */
  reason(peer: Peer): Promise<TerminateReason>
  /** The peer vanishes; waits until its handler has ended. */
  leave(peer: Peer): Promise<TerminateReason>
  /** A fresh client is served: echo and good-bye. */
  serves(path?: string): Promise<boolean>
  stop(): Promise<void>
}

/** Data comes back as it went. */
export const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }

/**
 * The path `/ws` with this handler and these options, on a node of its own. Given a test node, the clock stands still but for
 * `advance`.
 */
export async function live(
  options: RouteOptions = {},
  handler: SocketHandler<any, any, any, any> = echo,
  limits: ListenerOptions = {},
  virtual?: TestNode,
): Promise<Live> {
  const errors: string[] = []
  const reasons = new Map<number, TerminateReason>()
  const numbers = new WeakMap<SocketPid<any, any>, number>()
  const waiting: (() => void)[] = []
  const logger = { ...silentLogger, error: (_facts: object, line: string) => void errors.push(line) }
  // On a busy machine too, what can run at once does: else the answer to a frame may come after the end that the next brings.
  const node = virtual ?? createNode({ logger, drainMs: 1000 })
  const heard: SocketHandler<any, any, any, any> = {
    ...handler,
    init(args, self) {
      numbers.set(self.pid, Number(args.request.query.get('peer')))
      return handler.init(args, self)
    },
    terminate(reason, state, self) {
      reasons.set(numbers.get(self.pid) as number, reason)
      for (const wake of waiting.splice(0)) wake()
      return handler.terminate?.(reason, state, self)
    },
  }
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route('/ws', heard, options)], ...limits })
  const { port } = listener
  watch(true)
  const peers: Peer[] = []
  let isStopped = false
  const connectPeer = (): Peer => {
    const peer = new Peer(port)
    peers.push(peer)
    return peer
  }
  const open = async (given: OpenOptions = {}): Promise<Peer> => {
    const peer = connectPeer()
    const path = `${given.path ?? '/ws'}?peer=${peers.length}`
    peer.send(Buffer.from(handshake({ ...given, path })), given.first ?? Buffer.alloc(0))
    const status = await peer.status()
    if (status !== 101) throw new Error(`the handshake was answered with ${status} (${peer.fault?.message ?? 'no error'})`)
    return peer
  }
  const reason = async (peer: Peer): Promise<TerminateReason> => {
    const number = peers.indexOf(peer) + 1
    while (!reasons.has(number)) await new Promise<void>((resolve) => waiting.push(resolve))
    return reasons.get(number) as TerminateReason
  }
  return {
    port,
    listener,
    errors,
    open,
    connect: connectPeer,
    reason,
    leave(peer) {
      peer.destroy()
      return reason(peer)
    },
    async serves(path = '/ws') {
      const peer = await open({ path })
      peer.send(text('are you there?'))
      const answer = await peer.take(TEXT)
      peer.send(close(1000))
      const { code } = await peer.ending()
      await reason(peer)
      return answer.toString() === 'are you there?' && code === 1000
    },
    async stop() {
      if (isStopped) return
      isStopped = true
      for (const peer of peers) peer.destroy()
      if (virtual === undefined) await listener.drain({ deadlineMs: 100 })
      await node.stop()
      watch(false)
    },
  }
}

/** The server's end of a peer's connection, while it is open. */
export function farEnd(peer: Peer): NetSocket | undefined {
  return accepted.get(peer.socket.localPort ?? 0)
}
/** Waits until the server has taken the connection up; its end of it. */
export async function acceptedEnd(peer: Peer): Promise<NetSocket> {
  for (;;) {
    const far = farEnd(peer)
    if (far !== undefined) return far
    await turn()
  }
}
/** Waits until the server's end is closed. */
export async function farEndGone(peer: Peer): Promise<void> {
  const far = farEnd(peer)
  if (far !== undefined) await new Promise((resolve) => far.once('close', resolve))
}
/** Waits until the server has read so many bytes of a connection, or has hung up. */
export async function untilRead(far: NetSocket, bytes: number): Promise<void> {
  while (far.bytesRead < bytes && !far.destroyed) await turn()
}

/** Sends each chunk in a TCP segment of its own: the next one leaves when the server has read this one, or has hung up. */
export async function sendSegments(peer: Peer, chunks: readonly Uint8Array[]): Promise<void> {
  const far = await acceptedEnd(peer)
  for (const chunk of chunks) {
    if (far.destroyed || peer.hasEnded) return
    const bytes = far.bytesRead + chunk.length
    peer.socket.write(chunk)
    await untilRead(far, bytes)
  }
}
/** Cut into single bytes. */
export const bytewise = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Buffer.of(byte))

/** A fresh peer sends these bytes: the connection is failed with this code, and the handler hears why. */
export async function expectFailed(server: Live, code: number, error: string, ...bytes: readonly Uint8Array[]): Promise<void> {
  const peer = await server.open()
  peer.send(...bytes)
  expect(await peer.ending()).toEqual({ code, reason: '' })
  expect(await server.reason(peer)).toEqual({ type: 'error', error })
}
