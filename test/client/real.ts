// The client on real connections of Node: WebSockets of ws, event sources of undici, fetch. Its clock can run faster, so that
// nobody waits.
import { once } from 'node:events'
import { afterEach, beforeEach } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import type { Client, ClientOptions, CloseInfo, OpenInfo } from 'gensock/client'
import { type Listener, listen, type RouteOptions, route, type SocketHandler } from 'gensock/socket'
import { Agent, EventSource as NodeEventSource } from 'undici'
import { WebSocket as NodeWebSocket } from 'ws'
import { urlOf } from '../../src/client/address.js'
import { Connection } from '../../src/client/client.js'
import { settingsOf } from '../../src/client/options.js'
import type { Env, World } from '../../src/client/world.js'
import { type Middlebox, startMiddlebox } from '../browser/middlebox.js'

/** A client, and what it has told. */
export interface Peer {
  readonly client: Client
  readonly opened: OpenInfo[]
  readonly messages: (string | ArrayBuffer)[]
  readonly left: CloseInfo[]
  readonly closed: CloseInfo[]
  /** Resolves once this is so; asked after each event. */
  until(isSo: () => boolean): Promise<void>
}
export interface RealWorld {
  readonly node: Node
  readonly listener: Listener
  /** Between the client and the server. */
  readonly box: Middlebox
  serve(handler: SocketHandler<any, any, any, any>, options?: RouteOptions<any>): Promise<void>
  /** Serves by a listener that the test has started. */
  use(listener: Listener, port: number): Promise<void>
  connect(options?: ClientOptions, how?: How): Peer
}
export interface How {
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  /** So much faster does the client's clock run. */
  readonly speed?: number
}
/** Tries follow each other fast. */
const BACKOFF = { firstMs: 20, maxMs: 100 }

/** Call it at the top of a test file. */
export function realWorld(): RealWorld {
  let node: Node
  let listener: Listener | undefined
  let box: Middlebox | undefined
  let agents: Agent[] = []
  let peers: Peer[] = []
  beforeEach(() => {
    node = createNode({ logger: silentLogger })
    agents = []
    peers = []
    listener = undefined
    box = undefined
  })
  afterEach(async () => {
    for (const { client } of peers) client.close()
    await box?.stop()
    await Promise.all(agents.map((agent) => agent.destroy()))
    await listener?.drain({ deadlineMs: 50 })
    await node.stop()
  })
  const world: RealWorld = {
    get node() {
      return node
    },
    get listener() {
      return listener as Listener
    },
    get box() {
      return box as Middlebox
    },
    async serve(handler, options = {}) {
      listener = await listen({
        port: 0,
        host: '127.0.0.1',
        node,
        routes: [route('/ws', handler, { fallback: true, ...options })],
      })
      box = await startMiddlebox(listener.port)
    },
    async use(given, port) {
      listener = given
      box = await startMiddlebox(port)
    },
    connect(options = {}, { path = '/ws', headers = {}, speed = 1 } = {}) {
      const agent = new Agent()
      agents.push(agent)
      const url = urlOf(`http://127.0.0.1:${world.box.port}${path}`, undefined)
      const env = envOf(agent, headers)
      const peer = record(new Connection(timed(env, speed), url, settingsOf({ backoff: BACKOFF, ...options })))
      peers.push(peer)
      return peer
    },
  }
  return world
}

/** As a browser sends its cookies: with everything. */
function envOf(agent: Agent, headers: Readonly<Record<string, string>>): Env {
  return {
    WebSocket: class extends NodeWebSocket {
      constructor(url: string) {
        super(url, { headers })
      }
    },
    EventSource: class extends NodeEventSource {
      constructor(url: string) {
        const dispatcher = agent.compose((dispatch) => (request, handler) => {
          const list = Object.entries({ ...(request.headers as Record<string, string>), ...headers })
          return dispatch({ ...request, headers: Object.fromEntries(list) }, handler)
        })
        super(url, { node: { dispatcher } })
      }
    },
    fetch: (url: string, init: RequestInit) => fetch(url, { ...init, headers, dispatcher: agent } as RequestInit),
  } as unknown as Env
}

function timed(env: Env, speed: number): World {
  const started = performance.now()
  return {
    env,
    now: () => Math.round((performance.now() - started) * speed),
    random: Math.random,
    after(ms, run) {
      const timer = setTimeout(run, ms / speed)
      return () => clearTimeout(timer)
    },
  }
}

function record(client: Client): Peer {
  const told = new EventTarget()
  const peer: Peer = {
    client,
    opened: [],
    messages: [],
    left: [],
    closed: [],
    async until(isSo) {
      while (!isSo()) await once(told, 'told')
    },
  }
  const note = <T>(list: T[]) => {
    return (what: T): void => {
      list.push(what)
      told.dispatchEvent(new Event('told'))
    }
  }
  client.onopen = note(peer.opened)
  client.onmessage = note(peer.messages)
  client.ondisconnect = note(peer.left)
  client.onclose = note(peer.closed)
  return peer
}
