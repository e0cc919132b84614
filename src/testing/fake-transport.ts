// A transport without a network: what a socket sends is recorded, what a peer does is a method. With a test node, sockets
// run in virtual time. Entered by tests; calls sockets/socket as a real transport does.
import type { ExitReason } from '../base/exit-reason.js'
import { watchEnd } from '../runtime/alias.js'
import { kernelOf, type Node } from '../runtime/node.js'
import { type Process, processOf } from '../runtime/process.js'
import { Counters } from '../sockets/counters.js'
import { BINARY, type Opcode, type OutFrame, PING, PONG, type SharedFrame, TEXT } from '../sockets/frames.js'
import type { AnySocketHandler, InitArgs, SocketHandler, SocketPid, TerminateReason } from '../sockets/handler.js'
import { requireHandler } from '../sockets/handler-check.js'
import { type RouteOptions, routeOptions } from '../sockets/options.js'
import type { AcceptOptions, RejectOptions, SocketRequest } from '../sockets/request.js'
import { isRoute, type Route } from '../transports/route.js'
import { Socket } from '../sockets/socket.js'
import type { Marks } from '../sockets/option-checks.js'
import type { Sink, Transport } from '../sockets/transport.js'

/**
 * A socket without a network, as its peer sees it. What it does takes effect as the node runs: `await node.settle()`.
 *
 * @example
 * const socket: FakeTransport = fakeTransport(node, echo)
 * socket.send('hi')
 * socket.close(1000, 'bye')
 * await node.settle()
 * socket.sent // => [['text', 'hi']]
 * socket.terminated // => [{ type: 'remote', code: 1000, reason: 'bye' }]
 * @see RFC 6455 section 5, without its bytes: frames come and go whole
 */
export interface FakeTransport {
  /** Of the socket's process. */
  readonly pid: SocketPid<any, any>
  /** Frames in the order sent, without close frames. */
  readonly sent: readonly OutFrame[]
  /** How our side ended the connection; undefined while it is open. `cut` without a close frame. */
  readonly closed: readonly ['close', number?, string?] | 'cut' | undefined
  /** What `terminate` heard, once for each incarnation. */
  readonly terminated: readonly TerminateReason[]
  /** The exit reason, once the process has ended. */
  readonly exit: ExitReason | undefined
  /** The answer to the handshake. */
  readonly handshake: readonly ['accept', AcceptOptions] | readonly ['reject', number, RejectOptions] | undefined
  /** Does the socket not read at the moment? Then what the peer sends waits. */
  readonly paused: boolean
  /** Bytes that the peer leaves untaken: above `outboundHighBytes` it is behind, at `outboundLowBytes` it has caught up. */
  bufferedBytes: number
  /** A frame from the peer; a string is a text frame. Waits while reading is paused. */
  send(frame: string | Uint8Array | readonly ['ping' | 'pong', string?]): void
  /** The frames of `sent` that were not taken before, oldest first: what came since the last look. */
  take(): readonly OutFrame[]
  /** Bytes that are no whole frame yet: a sign of life. */
  sendPart(): void
  /** The peer's close frame; without a code it is empty. */
  close(code?: number, reason?: string): void
  /** The peer broke a rule: `terminate` hears this error, such as `badframe`. */
  fail(error: string): void
  /** A request that takes frames to the peer begins, as with `fallback`. */
  attach(by: 'sse' | 'longPoll'): void
  /** Such a request ends. */
  detach(by: 'sse' | 'longPoll'): void
  /** The connection is gone; what has come before is delivered, read or not. */
  cut(): void
}
/**
 * Options of `fakeTransport`: those of a route, and what the handshake would have brought. `authorize`, `origins` and
 * `subprotocols` are not asked.
 *
 * @example
 * const options: FakeTransportOptions = { claims: 'ann', expiresAt: Date.now() + 60_000, idleTimeoutMs: 0 }
 * const socket = fakeTransport(node, echo, options)
 * await node.advance(60_000)
 * socket.closed // => ['close', 4401]
 * @see {@link RouteOptions}
 */
export interface FakeTransportOptions extends RouteOptions<any> {
  /** The variables of the path. Default `{}`. */
  readonly params?: object
  /** What `authorize` would have accepted. Default undefined. */
  readonly claims?: unknown
  /** When the claims end, in ms since 1970 (`Date.now()`). Default: never. */
  readonly expiresAt?: number
  /** What differs from a GET of `/` from 127.0.0.1. Default nothing. */
  readonly request?: Partial<SocketRequest>
  /** How frames travel, as the handler hears it. Default 'ws'. */
  readonly transport?: InitArgs['transport']
}

/** What lies between a fake transport and its peer, when something does. @internal */
export interface LineWatcher {
  /** The handshake was answered. */
  answered(answer: NonNullable<FakeTransport['handshake']>): void
  sent(frame: OutFrame): void
  ended(how: NonNullable<FakeTransport['closed']>): void
}

/** @internal */
class Line implements Transport {
  readonly compressed = false
  readonly sent: OutFrame[] = []
  readonly waiting: (() => void)[] = []
  readonly #marks: Marks
  readonly #watcher: LineWatcher | undefined
  sink: Sink | null = null
  paused = true
  closed: FakeTransport['closed'] = undefined
  /** The peer has cut it: the socket hears nothing of it any more. */
  isLost = false
  #bytes = 0
  #taken = 0
  #isBehind = false
  #isAwaited = false

  constructor(marks: Marks, watcher: LineWatcher | undefined) {
    this.#marks = marks
    this.#watcher = watcher
  }

  get bufferedBytes(): number {
    return this.#bytes
  }
  set bufferedBytes(bytes: number) {
    if (this.isLost) return
    if (this.#isBehind && bytes < this.#bytes) this.sink?.progressed()
    this.#bytes = bytes
    if (bytes > this.#marks.outboundHighBytes) this.#isBehind = true
    if (bytes > this.#marks.outboundLowBytes) return
    this.#isBehind = false
    const wasAwaited = this.#isAwaited
    this.#isAwaited = false // before the call: what goes out now may be too much again
    if (wasAwaited) this.sink?.drained(bytes)
  }
  send(opcode: Opcode, data: string | Uint8Array, _compress = false, evenIfBehind = false): boolean {
    if (this.closed !== undefined) return true
    if (!evenIfBehind && this.isBehind()) return false
    const frame = frameOf(opcode, data)
    this.sent.push(frame)
    this.#watcher?.sent(frame)
    return true
  }
  isBehind(): boolean {
    this.#isAwaited ||= this.#isBehind
    return this.#isBehind
  }
  take(): readonly OutFrame[] {
    const fresh = this.sent.slice(this.#taken)
    this.#taken = this.sent.length
    return fresh
  }
  pong(data: string | Uint8Array): void {
    this.send(PONG, data, false, true)
  }
  sendShared(frame: SharedFrame, compress = false, evenIfBehind = false): boolean {
    return this.send(frame.opcode, frame.data, compress, evenIfBehind)
  }
  close(code: number | undefined, reason: string | undefined): void {
    this.#end(code === undefined ? ['close'] : reason === undefined ? ['close', code] : ['close', code, reason])
  }
  destroy(): void {
    this.#end('cut')
  }
  #end(how: NonNullable<FakeTransport['closed']>): void {
    if (this.closed === undefined) {
      this.closed = how
      this.#watcher?.ended(how)
    }
    this.sink?.gone()
  }
  pause(): void {
    this.paused = true
  }
  resume(): void {
    this.paused = false
    while (!this.paused && this.waiting.length > 0) this.waiting.shift()?.()
  }
}

function frameOf(opcode: Opcode, data: string | Uint8Array): OutFrame {
  if (typeof data === 'string' && opcode === TEXT) return ['text', data]
  if (typeof data !== 'string' && opcode === BINARY) return ['binary', data]
  return data.length === 0 ? [opcode === PING ? 'ping' : 'pong'] : [opcode === PING ? 'ping' : 'pong', data]
}

const REQUEST: SocketRequest = {
  method: 'GET',
  url: '/',
  path: '/',
  headers: { 'sec-websocket-version': '13' },
  query: new URLSearchParams(),
  cookies: {},
  remoteAddress: '127.0.0.1',
  secure: false,
}

/**
 * Connects a handler to a fake peer.
 *
 * @param node - where the socket's process runs; on a `testNode` in virtual time
 * @param handler - as `route` takes it; or a route, with its options
 * @param options - of the route, and what the handshake would have brought; default `{}`, or the route's own
 * @returns the peer's side of the socket
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no node, a bad option
 * @example
 * const socket = fakeTransport(node, echo)
 * await node.settle()
 * socket.send('hi')
 * await node.settle()
 * socket.sent // => [['text', 'hi']]
 * @see The socket process does not branch on its transport, so what holds here holds on a network
 */
export function fakeTransport<S, M, C, A>(
  node: Node,
  handler: SocketHandler<S, M, C, A> | Route,
  options: FakeTransportOptions = {},
): FakeTransport {
  return watchedTransport(node, handler, options, undefined)
}

/** A fake transport with somebody between it and its peer. @internal */
export function watchedTransport(
  node: Node,
  handler: AnySocketHandler | Route,
  options: FakeTransportOptions,
  watcher: LineWatcher | undefined,
): FakeTransport {
  const { params = {}, claims, expiresAt, request, transport: kind = 'ws', ...given } = options
  const served: unknown = isRoute(handler) ? handler.handler : handler
  requireHandler('fakeTransport', served)
  const defaults = (isRoute(handler) ? handler.options : served.defaults) as Partial<RouteOptions<any>> | undefined
  const checked = routeOptions('fakeTransport', given, defaults)
  const transport = new Line(checked, watcher)
  const terminated: TerminateReason[] = []
  const facts: { exit: ExitReason | undefined; handshake: FakeTransport['handshake'] } = { exit: undefined, handshake: undefined }
  const answer = (given: NonNullable<FakeTransport['handshake']>): void => {
    facts.handshake = given
    watcher?.answered(given)
  }
  const socket = new Socket(
    kernelOf(node),
    {
      handler: recording(served, terminated),
      options: checked,
      request: { ...REQUEST, ...request },
      params,
      claims,
      accept: expiresAt === undefined ? {} : { expiresAt },
      transport: kind,
      handshake: {
        accept(accepted: AcceptOptions, sink: Sink) {
          transport.sink = sink
          answer(['accept', accepted])
          return transport
        },
        reject(status, rejected) {
          answer(['reject', status, rejected])
        },
      },
    },
    null,
    { counters: new Counters(), ready: true, ended: () => undefined, gone: () => undefined },
  )
  watchEnd(null, processOf(socket.pid) as Process, (reason) => {
    facts.exit = reason
  })
  return peerOf(socket, transport, terminated, facts)
}

function recording(handler: AnySocketHandler, terminated: TerminateReason[]): AnySocketHandler {
  return {
    ...handler,
    terminate(reason, state, self) {
      terminated.push(reason)
      return handler.terminate?.(reason, state, self)
    },
  }
}

function peerOf(
  socket: Socket,
  transport: Line,
  terminated: readonly TerminateReason[],
  facts: { readonly exit: ExitReason | undefined; readonly handshake: FakeTransport['handshake'] },
): FakeTransport {
  const arrive = (happen: () => void): void => {
    const received = (): void => {
      transport.sink?.received()
      happen()
    }
    if (transport.paused) transport.waiting.push(received)
    else received()
  }
  return {
    pid: socket.pid as unknown as SocketPid<any, any>,
    sent: transport.sent,
    terminated,
    get closed() {
      return transport.closed
    },
    get exit() {
      return facts.exit
    },
    get handshake() {
      return facts.handshake
    },
    get paused() {
      return transport.paused
    },
    get bufferedBytes() {
      return transport.bufferedBytes
    },
    set bufferedBytes(bytes: number) {
      transport.bufferedBytes = bytes
    },
    send(frame) {
      if (typeof frame === 'string') arrive(() => transport.sink?.deliver(TEXT, frame, Buffer.byteLength(frame)))
      else if (frame instanceof Uint8Array) arrive(() => transport.sink?.deliver(BINARY, frame, frame.length))
      else {
        const data = Buffer.from(frame[1] ?? '')
        arrive(() => transport.sink?.deliver(frame[0] === 'ping' ? PING : PONG, data, data.length))
      }
    },
    take: () => transport.take(),
    sendPart: () => arrive(() => undefined),
    close: (code, reason = '') => arrive(() => transport.sink?.remoteClosed(code, reason)),
    fail: (error) => arrive(() => transport.sink?.failed(error)),
    attach: (by) => transport.sink?.carried('attached', by),
    detach: (by) => transport.sink?.carried('detached', by),
    cut() {
      transport.waiting.push(() => {
        transport.isLost = true
        transport.sink?.lost()
      })
      if (transport.sink === null) return // told once it has been let in
      while (transport.waiting.length > 0) transport.waiting.shift()?.()
    },
  }
}
