// A client of a contract for the tests of its handler: what `connect(url, { protocol })` answers, over a fake transport in virtual time.
// Entered by tests; calls fake-transport, and the client's own side of the contract.
import { BadArgError } from '../base/errors.js'
import type { ProtocolClient } from '../client/types.js'
import { watchEnd } from '../runtime/alias.js'
import { kernelOf, type Node } from '../runtime/node.js'
import { type Process, processOf } from '../runtime/process.js'
import { handled } from '../runtime/receive.js'
import type { OutFrame } from '../sockets/frames.js'
import type { AnySocketHandler, SocketHandler } from '../sockets/handler.js'
import type { Route } from '../transports/route.js'
import { PROTOCOLS } from '../wire/carrier.js'
import { ABNORMAL, NO_STATUS } from '../wire/close-codes.js'
import type { Codec } from '../wire/codec.js'
import { type Contract, isContract } from '../wire/contract.js'
import type { MessagesOf, Protocol, ProtocolShape } from '../wire/contract-types.js'
import type { Problem } from '../wire/envelope.js'
import type { Clock, Line, ProtocolTalk } from '../wire/protocol-talk.js'
import type { OutputOf } from '../wire/standard-schema.js'
import type { Answer, Closed, LineWatcher } from './fake-line.js'
import { type FakeTransport, type FakeTransportOptions, watchedTransport } from './fake-transport.js'

type ToldProblem = Problem & { readonly saidBy: 'client' | 'server' }
/**
 * A message that has come, by its name: `[name, message]`, of one without data `[name, undefined]`.
 *
 * @example
 * type News = { version: 'news.1'; toServer: {}; toClient: { messages: { line: StandardSchema<string> } } }
 * const came: ReceivedMessage<News> = ['line', 'rain']
 * @see {@link ProtocolTestClient}
 */
export type ReceivedMessage<P extends ProtocolShape> = {
  readonly [K in keyof MessagesOf<P['toClient']>]: readonly [name: K, message: OutputOf<MessagesOf<P['toClient']>[K]>]
}[keyof MessagesOf<P['toClient']>]

/**
 * A client of a contract over a fake transport. It does what a page's does, but never connects again.
 *
 * @example
 * const news = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } })
 * const handler = protocolHandler<null>()(news, { init: () => ['ok', null] })
 * const reader: ProtocolTestClient<any> = protocolClient(node, handler, news)
 * await node.settle()
 * toSocket(news, reader.socket.pid).line('rain')
 * await node.settle()
 * reader.received // => [['line', 'rain']]
 * @see {@link protocolClient}
 */
export interface ProtocolTestClient<P extends ProtocolShape> extends ProtocolClient<P> {
  /** The same connection by frames: what the socket has sent, how it ended, and a peer that may send anything. */
  readonly socket: FakeTransport
  /** The messages that have come and fit the contract, oldest first, heard by a listener or not. */
  readonly received: readonly ReceivedMessage<P>[]
  /** What was not taken, by this end or the other, oldest first, whether `onproblem` is set or not. */
  readonly problems: readonly ToldProblem[]
}
/**
 * Options of `protocolClient`: those of `fakeTransport`, and of the client.
 *
 * @example
 * const options: ProtocolTestClientOptions = { claims: 'ann', validateOut: false }
 * @see {@link FakeTransportOptions}
 */
export interface ProtocolTestClientOptions extends FakeTransportOptions {
  /** Offered to the server, the best first. Default `[jsonCodec]`. */
  readonly codecs?: readonly Codec[]
  /**
   * Checks what the client sends as well; false to see what the server says of it. Default: unless NODE_ENV is
   * 'production'.
   */
  readonly validateOut?: boolean
}

/**
 * Connects a client of a contract to its handler, without a network. What it sends before the handshake waits for it; with
 * several codecs it can send once the handshake is over. What the client's own listeners throw is a crash of the node.
 *
 * @param node - where the socket's process runs; on a `testNode` in virtual time, and so do the timeouts of calls
 * @param handler - of `protocolHandler`; or a route of it, with its options
 * @param protocol - the contract, as the page has it; another version of it is refused as on a network
 * @param options - of the route, of the handshake and of the client; default `{}`. Subprotocols are offered by itself
 * @returns the client
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no node, no contract, a bad option; `TypeError` -
 * bad codecs
 * @example
 * const chat = defineProtocol({
 *   version: 'chat.1',
 *   toServer: { messages: { say: z.string() }, calls: { count: { request: z.undefined(), reply: z.number() } } },
 *   toClient: { messages: { said: z.string() } },
 * })
 * const handler = protocolHandler<number>()(chat, {
 *   init: () => ['ok', 0],
 *   on: {
 *     say(line, count, self) {
 *       self.push.said(line)
 *       return ['ok', count + 1]
 *     },
 *   },
 *   calls: { count: (_request, _from, count) => ['reply', count, count] },
 * })
 * const ann = protocolClient(node, handler, chat)
 * ann.send.say('hi')
 * await node.settle()
 * ann.received // => [['said', 'hi']]
 * await ann.call.count() // => 1
 * @see {@link fakeTransport}; docs/protocol.md
 */
export function protocolClient<P extends ProtocolShape, S, M, C, A>(
  node: Node,
  handler: SocketHandler<S, M, C, A> | Route,
  protocol: Protocol<P>,
  options: ProtocolTestClientOptions = {},
): ProtocolTestClient<P> {
  if (!isContract(protocol)) throw new BadArgError('protocolClient: protocol', 'what defineProtocol answers', protocol)
  const contract: Contract = protocol
  const { codecs, validateOut, ...transport } = options
  const clock = clockOf(node)
  const lines: TestLine[] = []
  const open = (_none: object, offers: readonly string[]): Line => {
    const line = new TestLine(node, clock, offers)
    line.begin(watchedTransport(node, handler as AnySocketHandler | Route, offering(transport, offers), line))
    lines.push(line)
    return line
  }
  const talk = contract._client({ codecs, validateOut }, open, clock)
  const [{ socket }] = lines as [TestLine]
  return recorded(talk, contract, socket) as unknown as ProtocolTestClient<P>
}

function clockOf(node: Node): Clock {
  const kernel = kernelOf(node)
  return {
    after(ms, run) {
      if (ms === 0) {
        // What a listener has thrown: a process crashes with it, so that no test passes over it.
        node.spawn(run)
        return () => undefined
      }
      const ref = kernel.newRef()
      kernel.timers.add(ref, ms, null, run, undefined)
      return () => kernel.timers.cancel(ref)
    },
  }
}
function offering({ request, ...transport }: FakeTransportOptions, offers: readonly string[]): FakeTransportOptions {
  const names = offers.join(', ')
  const query = new URLSearchParams(request?.query)
  if (transport.transport !== undefined && transport.transport !== 'ws') query.set(PROTOCOLS, names)
  return { ...transport, request: { ...request, query, headers: { ...request?.headers, 'sec-websocket-protocol': names } } }
}

/** The client, and what a test wants to look at. */
function recorded(talk: ProtocolTalk, contract: Contract, socket: FakeTransport): object {
  const received: (readonly [name: string, message: unknown])[] = []
  const problems: ToldProblem[] = []
  let own: ProtocolTalk['onproblem'] = null
  const onproblem = (problem: ToldProblem): void => {
    problems.push(problem)
    own?.(problem)
  }
  Object.defineProperty(talk, 'onproblem', {
    get: () => onproblem,
    set(listener: ProtocolTalk['onproblem']) {
      own = listener
    },
  })
  const listeners = talk.on as Readonly<Record<string, (listener: (message: unknown) => void) => void>>
  for (const name of contract._toClient.messages.keys()) listeners[name]?.((message) => received.push([name, message]))
  const calls = talk.call as Readonly<Record<string, (request: unknown, options: unknown) => Promise<unknown>>>
  const call = new contract._toServer.Calls({
    // A call that a test leaves under way ends with its node, and must not end the program.
    ask: (name, _call, request, options) => handled((calls[name] as (typeof calls)[string])(request, options)),
  })
  return Object.assign(talk, { call, socket, received, problems })
}

/** The fake peer as the connection of a client. What the socket does comes when its turn is over, as from a network. */
class TestLine implements Line, LineWatcher {
  onopen: Line['onopen'] = null
  onmessage: Line['onmessage'] = null
  ondisconnect: Line['ondisconnect'] = null
  onclose: Line['onclose'] = null
  onheartbeat: Line['onheartbeat'] = null
  state: 'connecting' | 'open' | 'closed'
  subprotocol: string | undefined
  socket!: FakeTransport
  readonly #node: Node
  readonly #clock: Clock

  constructor(node: Node, clock: Clock, offers: readonly string[]) {
    this.#node = node
    this.#clock = clock
    // With one offer there is nothing to wait for: the fake peer keeps what is sent until it is let in.
    this.state = offers.length === 1 ? 'open' : 'connecting'
    this.subprotocol = offers.length === 1 ? offers[0] : undefined
  }

  begin(socket: FakeTransport): void {
    this.socket = socket
    // Of a connection that its peer cuts, and of a handshake that is refused, the line hears nothing.
    watchEnd(null, processOf(socket.pid) as Process, () => this.#soon(() => this.#end(ABNORMAL, '')))
  }

  // ---- Line: what the client calls

  send(data: string | Uint8Array): boolean {
    this.socket.send(data)
    return true
  }
  close(code = 1000, reason = ''): void {
    if (this.state === 'closed') return
    this.socket.close(code, reason)
    this.state = 'closed'
    this.#call(() => this.onclose?.({ code, reason, willRetry: false }))
  }

  // ---- LineWatcher: what the socket does

  answered(answer: Answer): void {
    if (answer[0] === 'reject') return
    const { subprotocol } = answer[1]
    this.#soon(() => {
      this.state = 'open'
      this.subprotocol = subprotocol
      this.onopen?.({ resumed: 'new', transport: 'ws' })
    })
  }
  sent([kind, data]: OutFrame): void {
    if (kind === 'text' || kind === 'binary') this.#soon(() => this.onmessage?.(data))
  }
  ended(how: Closed): void {
    const [code, reason] = how === 'cut' ? [ABNORMAL] : [how[1] ?? NO_STATUS, how[2]]
    this.#soon(() => this.#end(code, reason ?? ''))
  }

  #end(code: number, reason: string): void {
    this.state = 'closed'
    const info = { code, reason, willRetry: false }
    this.#call(() => this.ondisconnect?.(info))
    this.#call(() => this.onclose?.(info))
  }
  /** When the turn of the socket is over, outside of any process; not at all once it is closed. */
  #soon(run: () => void): void {
    queueMicrotask(() => {
      if (this.state !== 'closed') this.#call(run)
    })
  }
  /** What a handler of the test throws keeps nothing else from happening. */
  #call(run: () => void): void {
    try {
      this.#node.run(run)
    } catch (error) {
      this.#clock.after(0, () => {
        throw error
      })
    }
  }
}
