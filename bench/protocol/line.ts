// A connection without a network for one socket: what comes is put in by hand, what goes out is counted and thrown away. So what is
// measured is the socket and its handler alone. Entered by the programs beside this one; makes a socket as a listener does.
import { randomBytes } from 'node:crypto'
import { type Node, kernelOf } from '../../src/runtime/node.js'
import { Counters } from '../../src/sockets/counters.js'
import { BINARY, TEXT } from '../../src/sockets/frames.js'
import type { SocketHandler, SocketPid } from '../../src/sockets/handler.js'
import { routeOptions } from '../../src/sockets/options.js'
import type { SocketRequest } from '../../src/sockets/request.js'
import { Socket } from '../../src/sockets/socket.js'
import type { Handshake, Sink, Transport } from '../../src/sockets/transport.js'

export type Data = string | Uint8Array

/** The peer's end of it, which takes all that comes at once. */
export class Line implements Transport {
  readonly compressed = false
  readonly bufferedBytes = 0
  /** Frames that the socket has sent, and the last of them. */
  sent = 0
  last: Data = ''
  isOpen = true
  /** `init` has answered. */
  isReady = false
  #sink: Sink | null = null

  send(_opcode: number, data: Data): boolean {
    this.sent++
    this.last = data
    return true
  }
  sendShared(frame: { readonly data: Data }): boolean {
    return this.send(0, frame.data)
  }
  isBehind(): boolean {
    return false
  }
  pong(): void {}
  close(): void {
    this.isOpen = false
    this.#sink?.gone()
  }
  destroy(): void {
    this.close()
  }
  pause(): void {}
  resume(): void {
    this.isReady = true
  }

  open(sink: Sink): void {
    this.#sink = sink
  }
  /** A frame of the peer; an idle socket takes it at once. */
  deliver(data: Data): void {
    if (typeof data === 'string') this.#sink?.deliver(TEXT, data, data.length)
    else this.#sink?.deliver(BINARY, data, data.length)
  }
  end(): void {
    this.#sink?.lost()
  }
}

const REQUEST: Omit<SocketRequest, 'headers'> = {
  method: 'GET',
  url: '/',
  path: '/',
  query: new URLSearchParams(),
  cookies: {},
  remoteAddress: '127.0.0.1',
  secure: false,
}
const OPTIONS = routeOptions('bench', {})
const KEEPER = { counters: new Counters(), ready: true, ended: () => undefined, gone: () => undefined }

export interface Connected {
  readonly line: Line
  readonly pid: SocketPid
}

/** A socket with the options that a route has by default. */
export function connected<S, M, C, A>(node: Node, handler: SocketHandler<S, M, C, A>, offer?: string): Connected {
  const line = new Line()
  const handshake: Handshake = {
    accept(_accepted, sink) {
      line.open(sink)
      return line
    },
    reject: (status) => {
      throw new Error(`the handshake was rejected with ${status}`)
    },
  }
  const key = randomBytes(16).toString('base64')
  const headers = { 'sec-websocket-key': key, ...(offer === undefined ? {} : { 'sec-websocket-protocol': offer }) }
  const request = { ...REQUEST, headers }
  const setup = {
    handler,
    options: OPTIONS,
    request,
    params: {},
    claims: undefined,
    accept: {},
    transport: 'ws',
    handshake,
  } as const
  return { line, pid: new Socket(kernelOf(node), setup, null, KEEPER).pid }
}

/** Once sockets and timers have had their turn. */
export function later(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

/** Opens so many, and waits until each of them takes frames. */
export async function opened(n: number, open: (i: number) => Connected): Promise<readonly Connected[]> {
  const sockets = Array.from({ length: n }, (_, i) => open(i))
  for (const { line } of sockets) while (line.isOpen && !line.isReady) await later()
  return sockets
}
/** Cuts them all, and waits until nothing is left of them. */
export async function ended(node: Node, sockets: readonly Connected[]): Promise<void> {
  for (const { line } of sockets) line.end()
  while (sockets.some(({ pid }) => node.isAlive(pid))) await later()
}
