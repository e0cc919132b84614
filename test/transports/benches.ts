// The benches of the shared suite: peers over WebSockets, server-sent events, polls, and without a network. Virtual
// time, so that nothing ends but by what a fact does.
import { Agent } from 'node:http'
import { type Listener, listen, type OutFrame, route, type SocketHandler, type SocketPid } from 'gensock/socket'
import { type FakeTransport, fakeTransport, type TestNode, type TransportBench, type TransportPeer } from 'gensock/testing'
import { WebSocket } from 'ws'
import { FallbackPeer } from './fallback-peer.js'

/** A bench, and how it ends. */
export interface Bench extends TransportBench {
  end(): Promise<void>
}
/** Unlike any other time of a node in these tests, so that a poll that waits is seen. */
const POLL_MS = 20_000
type Connect = TransportBench['connect']

/** In virtual time. */
async function drained(node: TestNode, listener: Listener): Promise<void> {
  const over = { yes: false }
  const draining = listener.drain({ deadlineMs: 1000 }).finally(() => (over.yes = true))
  while (!over.yes) {
    await node.settle()
    const due = node.nextDueMs() - node.now()
    if (!over.yes && due < 1000) await node.advance(due)
  }
  await draining
}

/** Peers that `dial` a listener. */
function doorBench(
  node: TestNode,
  dial: (listener: Listener, offers: readonly string[]) => Promise<Omit<TransportPeer, 'pid'>>,
  done: () => void,
  ready: () => Promise<void> = () => Promise.resolve(),
): Bench {
  const listeners: Listener[] = []
  const connect: Connect = async (handler, options = {}, offers = []) => {
    const routes = [route('/ws', handler as SocketHandler<any, any, any, any>, { fallback: { pollMs: POLL_MS }, ...options })]
    const listener = await listen({ port: 0, host: '127.0.0.1', node, routes })
    listeners.push(listener)
    const peer = await dial(listener, offers)
    return Object.assign(peer, { pid: listener.sockets()[0] as SocketPid })
  }
  return {
    connect,
    expectCrash: () => node.expectCrash(),
    async drain() {
      await ready()
      await drained(node, listeners[0] as Listener)
    },
    async end() {
      done()
      for (const listener of listeners) await drained(node, listener)
      await node.stop()
    },
  }
}

/** Server-sent events or polls. */
export function fallbackBench(node: TestNode, via: 'sse' | 'longPoll'): Bench {
  const agent = new Agent({ keepAlive: true })
  const peers: FallbackPeer[] = []
  const dial = async (listener: Listener, offers: readonly string[]): Promise<Omit<TransportPeer, 'pid'>> => {
    const peer = new FallbackPeer({ port: listener.port, agent }, via)
    peers.push(peer)
    await peer.open(offers)
    const lose = async (): Promise<void> => {
      peer.cut()
      // until the grace time begins
      while (node.nextDueMs() - node.now() > 10_000) await new Promise((resolve) => setImmediate(resolve))
      await node.advance(10_000)
    }
    return {
      refused: peer.refused,
      subprotocol: peer.subprotocol,
      send: (frame) => peer.send(frame),
      next: () => peer.next(),
      close: (code, reason) => peer.close(code, reason),
      stall: () => peer.stall(),
      lose,
    }
  }
  const done = (): void => {
    for (const peer of peers) peer.cut()
    agent.destroy()
  }
  // A peer that is between two polls when the last socket has ended finds nobody at the port.
  const ready = async (): Promise<void> => {
    if (via === 'sse') return
    while (node.nextDueMs() !== POLL_MS) await new Promise((resolve) => setImmediate(resolve))
  }
  return doorBench(node, dial, done, ready)
}

/** The package `ws` as a client. */
export function wsBench(node: TestNode): Bench {
  const clients: WebSocket[] = []
  const dial = async (listener: Listener, offers: readonly string[]): Promise<Omit<TransportPeer, 'pid'>> => {
    const client = new WebSocket(`ws://127.0.0.1:${listener.port}/ws`, [...offers])
    clients.push(client)
    const frames: (OutFrame | 'cut')[] = []
    let wake: () => void = () => undefined
    const tell = (frame: OutFrame | 'cut'): void => {
      frames.push(frame)
      wake()
    }
    client.on('message', (data: Buffer, isBinary) => tell(isBinary ? ['binary', data] : ['text', data.toString()]))
    client.on('error', () => undefined)
    client.on('close', (code, reason) =>
      tell(code === 1006 ? 'cut' : code === 1005 ? ['close'] : ['close', code, reason.toString()]),
    )
    const refused = await new Promise<number | undefined>((resolve) => {
      client.on('open', () => resolve(undefined))
      client.on('unexpected-response', (_request, { statusCode }) => resolve(statusCode))
    })
    return {
      refused,
      subprotocol: client.protocol === '' ? undefined : client.protocol,
      send: (frame) => client.send(frame),
      async next() {
        while (frames.length === 0) await new Promise<void>((resolve) => (wake = resolve))
        return frames.shift() as OutFrame | 'cut'
      },
      close: (code, reason) => client.close(code, reason),
      async lose() {
        client.terminate()
      },
      stall: () => client.pause(),
    }
  }
  return doorBench(node, dial, () => {
    for (const client of clients) client.terminate()
  })
}

/** A peer without a network: no handshake, no listener. */
export function fakeBench(node: TestNode): Bench {
  const over = { yes: false }
  const connect: Connect = async (handler, options = {}) => {
    const socket = fakeTransport(node, handler, options)
    let seen = 0
    const next = async (): Promise<OutFrame | 'cut'> => {
      while (!over.yes) {
        await node.settle()
        const frame = socket.sent[seen]
        if (frame === undefined && socket.closed !== undefined) return socket.closed as OutFrame | 'cut'
        if (frame === undefined) continue
        seen++
        if (frame[0] !== 'ping' && frame[0] !== 'pong') return frame
      }
      throw new Error('the bench has ended')
    }
    answerPings(node, socket)
    return {
      refused: undefined,
      subprotocol: undefined,
      pid: socket.pid,
      send: (frame) => socket.send(frame),
      next,
      close: (code, reason) => socket.close(code, reason),
      lose: async () => socket.cut(),
      stall() {
        socket.bufferedBytes = 1_000_000
      },
    }
  }
  const end = (): Promise<void> => {
    over.yes = true
    return node.stop()
  }
  return { connect, expectCrash: () => node.expectCrash(), end }
}
/** Looks for pings whenever the node has come to rest. */
function answerPings(node: TestNode, socket: FakeTransport): void {
  let seen = 0
  const look = async (): Promise<void> => {
    while (socket.closed === undefined && socket.exit === undefined) {
      await node.settle()
      for (; seen < socket.sent.length; seen++) {
        const frame = socket.sent[seen] as OutFrame
        if (frame[0] === 'ping') socket.send(['pong', String(frame[1] ?? '')])
      }
    }
  }
  void look()
}
