// What the tests of cases share: services that keep a record of their callbacks, and such services served on 127.0.0.1.
import { once } from 'node:events'
import { type AnyPid, createNode, type ExitReason, type Logger, type Node, silentLogger } from 'gensock'
import {
  type Boss,
  type BossOptions,
  type Service,
  type ServiceModule,
  services,
  type ServiceResult,
  type WebSocketPid,
} from 'gensock/chicago-boss'
import { type Listener, listen } from 'gensock/socket'
import type { FakeTransportOptions } from 'gensock/testing'
import { WebSocket } from 'ws'
import { cutClients, type OpenOptions, RawClient } from '../cowboy/raw-client.js'

type Callback = 'init' | 'join' | 'incoming' | 'close' | 'broadcast' | 'info' | 'terminate'
/** A callback, whose session id its module had, and what it got beside the URL and the socket; the state comes last. */
export type Call = readonly [callback: Callback, sessionId: string | undefined, ...given: unknown[]]
export interface Recorded {
  readonly module: ServiceModule<any>
  /** In the order in which they began. */
  readonly calls: Call[]
  /** The URL and the socket of each join, text and close. */
  readonly met: (readonly [url: string, webSocket: WebSocketPid])[]
  /** Waits until the callback has been called so often; answers what all of its calls got. */
  called(callback: Callback, times?: number): Promise<(readonly unknown[])[]>
}
const noreply = (state: unknown): ServiceResult<unknown> => ['noreply', state]

/**
 * A service that does what the script says and keeps a record. Without a script its state is how many sockets it has.
 */
export function recorded(script: Partial<Service<any>> = {}): Recorded {
  const calls: Call[] = []
  const met: Recorded['met'] = []
  let wake = (): void => undefined
  const record = (...call: Call): void => {
    calls.push(call)
    wake()
  }
  const { init = () => ['ok', 0], handleJoin = (_url, _webSocket, n) => ['noreply', n + 1] } = script
  const { handleIncoming = (_url, _webSocket, _message, state) => noreply(state) } = script
  const { handleClose = (_reason, _url, _webSocket, n) => ['noreply', n - 1], terminate = () => 'ok' } = script
  const { handleBroadcast = (_message, state) => noreply(state), handleInfo = (_info, state) => noreply(state) } = script
  const module: ServiceModule<any> = (_req, sessionId) => ({
    init() {
      record('init', sessionId)
      return init()
    },
    handleJoin(...given) {
      met.push([given[0], given[1]])
      record('join', sessionId, given[2])
      return handleJoin(...given)
    },
    handleIncoming(...given) {
      met.push([given[0], given[1]])
      record('incoming', sessionId, given[2], given[3])
      return handleIncoming(...given)
    },
    handleClose(...given) {
      met.push([given[1], given[2]])
      record('close', sessionId, given[0], given[3])
      return handleClose(...given)
    },
    handleBroadcast(...given) {
      record('broadcast', sessionId, ...given)
      return handleBroadcast(...given)
    },
    handleInfo(...given) {
      record('info', sessionId, ...given)
      return handleInfo(...given)
    },
    terminate(...given) {
      record('terminate', sessionId, ...given)
      return terminate(...given)
    },
  })
  async function called(callback: Callback, times = 1): Promise<(readonly unknown[])[]> {
    const found = (): Call[] => calls.filter(([name]) => name === callback)
    while (found().length < times) await new Promise<void>((resolve) => (wake = resolve))
    return found().map(([, ...given]) => given)
  }
  return { module, calls, met, called }
}

/** The socket of a user, by his session id. */
export const as = (user: string): FakeTransportOptions => ({ request: { cookies: { _boss_session: user } } })
/** What of a record is about these callbacks, each as its name and the user. */
export function steps({ calls }: Recorded): string[] {
  return calls.map(([callback, sessionId]) => (sessionId === undefined ? callback : `${callback} ${sessionId}`))
}

export interface Served {
  readonly port: number
  readonly node: Node
  readonly boss: Boss
  readonly listener: Listener
  /** A socket that is open. */
  open(path?: string, protocols?: string[]): Promise<WebSocket>
  /** The same as raw bytes. */
  raw(options?: OpenOptions): Promise<RawClient>
  /** The reason with which the only socket ends. */
  ended(): Promise<ExitReason>
}
const all: { readonly listener: Listener; readonly node: Node; readonly clients: WebSocket[] }[] = []
/** The path of the service that `serve` is mostly given. */
export const PATH = '/websocket/chat'

/** Serves services on 127.0.0.1, on a node of their own. */
export async function serve(
  modules: Readonly<Record<string, Recorded>>,
  options: BossOptions = {},
  logger: Logger = silentLogger,
): Promise<Served> {
  const node = createNode({ logger })
  const named = Object.fromEntries(Object.entries(modules).map(([name, { module }]) => [name, module]))
  const boss = await services(named, { node, ...options })
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: boss.routes })
  const { port } = listener
  const clients: WebSocket[] = []
  all.push({ listener, node, clients })
  return {
    port,
    node,
    boss,
    listener,
    async open(path = PATH, protocols = []) {
      const client = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols)
      clients.push(client)
      await once(client, 'open')
      return client
    },
    raw: (given) => RawClient.open(port, { path: PATH, ...given }),
    ended: () => endOf(node, listener),
  }
}

function endOf(node: Node, listener: Listener): Promise<ExitReason> {
  const [only, other] = listener.sockets()
  if (only === undefined || other !== undefined) throw new Error(`there are ${listener.sockets().length} sockets`)
  return new Promise((resolve) => {
    node.spawn(async (self) => {
      self.monitor(only as AnyPid)
      const { reason } = (await self.receive('DOWN')) as { readonly reason: ExitReason }
      resolve(reason)
    })
  })
}

/** Ends everything that a test has served: for `afterEach`. */
export async function endServed(): Promise<void> {
  cutClients()
  for (const { listener, node, clients } of all.splice(0)) {
    for (const client of clients) client.terminate()
    await listener.drain({ deadlineMs: 100 })
    await node.stop()
  }
}

/** Resolves after so long on the node's clock. */
export function pause(node: Node, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.spawn(async (self) => {
      await self.sleep(ms)
      resolve()
    })
  })
}
