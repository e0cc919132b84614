// A client with a contract, in a world where nothing happens by itself, and on real connections of Node. Entered by the tests of
// this folder.
import { once } from 'node:events'
import { afterEach, beforeEach } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import type { ClientOptions, CloseInfo, OpenInfo, ProtocolClient, ProtocolClientOptions } from 'gensock/client'
import {
  type Codec,
  defineProtocol,
  jsonCodec,
  type Problem,
  type Protocol,
  type ProtocolShape,
  type StandardSchema,
} from 'gensock/protocol'
import { type Listener, listen, type RouteOptions, route, type SocketHandler } from 'gensock/socket'
import { Agent, EventSource as NodeEventSource } from 'undici'
import { WebSocket as NodeWebSocket } from 'ws'
import { z } from 'zod'
import { urlOf } from '../../src/client/address.js'
import { Connection } from '../../src/client/client.js'
import { settingsOf } from '../../src/client/options.js'
import type { Env, World } from '../../src/client/world.js'
import type { Contract } from '../../src/wire/contract.js'
import { type Middlebox, startMiddlebox } from '../browser/middlebox.js'
import { FakeTransport, settle } from './fakes.js'
import { FakeWorld } from './world.js'

/** What `slow` waits for, by the value that is looked at; without an entry it waits for nothing. */
export const gates = new Map<string, Promise<void>>()

/** By hand: zod runs a check once more that has answered a promise. */
const gated: StandardSchema<string> = {
  '~standard': {
    version: 1,
    vendor: 'gensock',
    async validate(value) {
      await gates.get(value as string)
      return { value: value as string }
    },
  },
}

/** A bit of each thing that a contract can have. */
export const chat = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }), clear: z.undefined(), loose: z.any() },
    calls: {
      history: { request: z.object({ last: z.number() }), reply: z.array(z.string()), errors: { tooMany: z.number() } },
      count: { request: z.undefined(), reply: z.number() },
      pay: { request: z.number(), reply: z.number(), delivery: 'atLeastOnce' },
      loosely: { request: z.any(), reply: z.any() },
      slowly: { request: z.undefined(), reply: gated },
    },
  },
  toClient: {
    messages: {
      said: z.object({ line: z.string() }),
      heard: z.number(),
      /** Each is looked at for as long as its gate is closed. */
      slow: z.string().refine(async (text) => {
        await gates.get(text)
        return text !== 'bad'
      }),
      /** Its schema throws. */
      trap: z.any().refine(() => {
        throw new Error('of the schema')
      }),
    },
    calls: {
      areYouThere: {
        request: z.object({ who: z.string() }),
        reply: z.boolean(),
        errors: { busy: z.string(), gone: z.undefined() },
      },
      loose: { request: z.any(), reply: z.any() },
    },
  },
})
type ShapeOf<T> = T extends Protocol<infer P> ? P : never
export type ChatClient = ProtocolClient<ShapeOf<typeof chat>>
export type Said = Problem & { readonly saidBy: 'client' | 'server' }

/** JSON in bytes, unlike text. */
export const bytesCodec: Codec = {
  name: 'b64',
  encode: (value) => new TextEncoder().encode(btoa(jsonCodec.encode(value) as string)),
  decode(data) {
    if (typeof data === 'string') throw new TypeError('not in bytes')
    return jsonCodec.decode(atob(new TextDecoder().decode(data)))
  },
}

export interface Gate {
  readonly opened: Promise<void>
  open(): void
}
export function gate(): Gate {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open }
}

/** The client's side of a contract in this world, made as `connect` makes it. */
function clientIn<P extends ProtocolShape>(world: World, url: URL, options: ProtocolClientOptions<P>): ProtocolClient<P> {
  const open = (own: ClientOptions, subprotocols?: readonly string[]): Connection =>
    new Connection(world, url, settingsOf(own, subprotocols))
  return (options.protocol as unknown as Contract)._client(options, open, world) as unknown as ProtocolClient<P>
}

// ---- Without a network

/** A WebSocket that says what it was offered. */
export class FakeSocket extends FakeTransport {
  readonly offered: readonly string[]
  constructor(url: string, offered: readonly string[] = []) {
    super(url)
    this.offered = offered
  }
  /** As a server that speaks the contract. */
  async speak(protocol = 'chat.1'): Promise<void> {
    this.protocol = protocol
    await this.open()
  }
  /** Frames of the contract. */
  async bring(...frames: readonly unknown[]): Promise<void> {
    for (const frame of frames) await this.receive(JSON.stringify(frame))
  }
  get frames(): unknown[] {
    return this.sent.map((data) => JSON.parse(data as string) as unknown)
  }
}

export class ProtocolWorld extends FakeWorld {
  constructor() {
    super()
    const { sockets, tried } = this
    Object.assign(this.env, {
      WebSocket: class extends FakeSocket {
        constructor(url: string, offered?: readonly string[]) {
          super(url, offered)
          sockets.push(this)
          tried.push('ws')
        }
      },
    })
  }
  override get socket(): FakeSocket {
    return super.socket as FakeSocket
  }
  /** The connection is lost, and the next one opens. */
  async reconnect(): Promise<FakeSocket> {
    const { length } = this.sockets
    await this.socket.end()
    while (this.sockets.length === length) await this.advance(50)
    await this.socket.speak()
    return this.socket
  }
}

export interface Talk {
  readonly world: ProtocolWorld
  readonly client: ChatClient
  /** [handler, what it was given] */
  readonly told: (readonly [name: string, what: unknown])[]
  readonly problems: Said[]
}
const HANDLERS = ['onopen', 'ondisconnect', 'onclose'] as const
type Options = Partial<ProtocolClientOptions<ShapeOf<typeof chat>>>

/** A client that connects; what was not taken is kept in `problems`. */
export async function talk(options: Options = {}, world = new ProtocolWorld()): Promise<Talk> {
  const client = clientIn(world, urlOf('/ws', world.document.baseURI), { transports: ['ws'], protocol: chat, ...options })
  const told: (readonly [string, unknown])[] = []
  const problems: Said[] = []
  for (const name of HANDLERS) client[name] = (what: unknown) => void told.push([name, what])
  client.onproblem = (problem) => void problems.push(problem)
  await settle()
  return { world, client, told, problems }
}
/** The same, and it is open. */
export async function spoken(options?: Options): Promise<Talk> {
  const scene = await talk(options)
  await scene.world.socket.speak()
  return scene
}
/** It may reject before anybody waits for it. */
export function kept<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined)
  return promise
}
/** What a promise has come to so far: its value, its error, or undefined. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  const waits = settle().then(() => undefined)
  return await Promise.race([promise.catch((error: unknown) => error), waits])
}

// ---- On real connections

/** Of any state and messages. */
type AnyHandler = SocketHandler<any, never, any, any> | SocketHandler<any, any, any, any>

export interface Peer<P extends ProtocolShape> {
  readonly client: ProtocolClient<P>
  readonly opened: OpenInfo[]
  readonly left: CloseInfo[]
  readonly closed: CloseInfo[]
  readonly problems: Said[]
  /** Each subprotocol that the server has answered. */
  readonly agreed: (string | null | undefined)[]
  /** Resolves once this is so; asked after each event. */
  until(isSo: () => boolean): Promise<void>
}
export interface RealTalk {
  readonly node: Node
  readonly listener: Listener
  /** Between client and server: it can cut every connection at both ends. */
  readonly box: Middlebox
  serve(handler: AnyHandler, options?: RouteOptions<any>): Promise<void>
  /** The listener ends, and another begins at its port. */
  restart(handler: AnyHandler): Promise<void>
  connect<P extends ProtocolShape>(options: ProtocolClientOptions<P>): Peer<P>
}
/** Tries follow each other fast. */
const BACKOFF = { firstMs: 20, maxMs: 100 }

/** Call it at the top of a test file. */
export function realTalk(): RealTalk {
  let node: Node
  let listener: Listener | undefined
  let box: Middlebox | undefined
  let agents: Agent[] = []
  let clients: { close(): void }[] = []
  beforeEach(() => {
    node = createNode({ logger: silentLogger })
    agents = []
    clients = []
    listener = undefined
    box = undefined
  })
  afterEach(async () => {
    for (const client of clients) client.close()
    await box?.stop()
    await Promise.all(agents.map((agent) => agent.destroy()))
    await listener?.drain({ deadlineMs: 50 })
    await node.stop()
  })
  const serveAt = async (port: number, handler: AnyHandler, options: RouteOptions<any> = {}) => {
    const routes = [route('/ws', handler as SocketHandler<any, never, any, any>, { fallback: true, ...options })]
    listener = await listen({ port, host: '127.0.0.1', node, routes })
  }
  const real: RealTalk = {
    get node() {
      return node
    },
    get listener() {
      return listener as Listener
    },
    get box() {
      return box as Middlebox
    },
    async serve(handler, options) {
      await serveAt(0, handler, options)
      box = await startMiddlebox(real.listener.port)
    },
    async restart(handler) {
      const { port } = real.listener
      await real.listener.drain({ deadlineMs: 5000 })
      await serveAt(port, handler)
    },
    connect(options) {
      const agent = new Agent()
      agents.push(agent)
      const agreed: (string | null | undefined)[] = []
      const url = urlOf(`http://127.0.0.1:${real.box.port}/ws`, undefined)
      const client = clientIn(worldOf(agent, agreed), url, { backoff: BACKOFF, ...options })
      clients.push(client)
      return { ...record(client), agreed }
    },
  }
  return real
}

function worldOf(agent: Agent, agreed: (string | null | undefined)[]): World {
  const env = {
    WebSocket: class extends NodeWebSocket {
      constructor(url: string, offered: string[]) {
        super(url, offered)
        this.on('open', () => agreed.push(this.protocol))
      }
    },
    EventSource: class extends NodeEventSource {
      constructor(url: string) {
        super(url, { node: { dispatcher: agent } })
      }
    },
    async fetch(url: string, init: RequestInit) {
      const answer = await fetch(url, { ...init, dispatcher: agent } as RequestInit)
      if (url.includes('gensock=open')) agreed.push(((await answer.clone().json()) as { subprotocol: string | null }).subprotocol)
      return answer
    },
  } as unknown as Env
  return {
    env,
    now: () => Date.now(),
    random: () => Math.random(),
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
}

function record<P extends ProtocolShape>(client: ProtocolClient<P>): Omit<Peer<P>, 'agreed'> {
  const events = new EventTarget()
  const note = <T>(list: T[]) => {
    return (what: T): void => {
      list.push(what)
      events.dispatchEvent(new Event('told'))
    }
  }
  const peer: Omit<Peer<P>, 'agreed'> = {
    client,
    opened: [],
    left: [],
    closed: [],
    problems: [],
    async until(isSo) {
      while (!isSo()) await once(events, 'told')
    },
  }
  client.onopen = note(peer.opened)
  client.ondisconnect = note(peer.left)
  client.onclose = note(peer.closed)
  client.onproblem = note(peer.problems)
  return peer
}
