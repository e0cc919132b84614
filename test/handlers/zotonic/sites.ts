// What the tests of Zotonic's sockets share: handlers that keep a record, sockets in virtual time, sites on 127.0.0.1 with
// their sessions.
import { request as httpRequest } from 'node:http'
import { createNode, type ExitReason, type Node, type Pid, self, silentLogger, supervisor } from 'gensock'
import { type SessionOptions, type Sessions, startSessions } from 'gensock/session'
import { type Listener, listen, type SocketHandler, type SocketPid } from 'gensock/socket'
import type { TestNode } from 'gensock/testing'
import {
  type Context,
  controllerWebsocket,
  dispatch,
  type DispatchRule,
  type EndCause,
  type WebsocketOptions,
  type WsHandler,
  type ZotonicReason,
} from 'gensock/zotonic'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { cutClients, type OpenOptions, RawClient } from '../cowboy/raw-client.js'

/** What the callbacks of a handler do. */
export interface Script {
  readonly init?: (context: Context) => unknown
  readonly message?: (data: string | Uint8Array, from: Pid, context: Context) => unknown
  readonly info?: (message: any, context: Context) => unknown
  readonly terminate?: (reason: ZotonicReason, context: Context, cause: EndCause) => unknown
}
export interface Recorded {
  readonly handler: WsHandler<any>
  /** Every callback with what it got, in the order in which they began. */
  readonly calls: (readonly [callback: 'init' | 'message' | 'info' | 'terminate', what?: unknown])[]
  /** The processes that they ran in. */
  readonly pids: Record<'init' | 'message' | 'info' | 'terminate' | 'from', Pid | undefined>
  /** What websocketTerminate heard. */
  readonly ended: (readonly [reason: ZotonicReason, cause: EndCause])[]
}

/** A handler that does what the script says and keeps a record. */
export function recording(script: Script = {}): Recorded {
  const calls: Recorded['calls'] = []
  const ended: Recorded['ended'] = []
  const pids: Recorded['pids'] = { init: undefined, message: undefined, info: undefined, terminate: undefined, from: undefined }
  const handler: WsHandler<any> = {
    websocketInit(context) {
      calls.push(['init'])
      pids.init = self()
      return script.init?.(context)
    },
    websocketMessage(data, from, context) {
      calls.push(['message', data])
      Object.assign(pids, { message: self(), from })
      return script.message?.(data, from, context)
    },
    websocketInfo(message, context) {
      calls.push(['info', message])
      pids.info = self()
      return script.info?.(message, context)
    },
    websocketTerminate(reason, context, cause) {
      calls.push(['terminate', reason])
      pids.terminate = self()
      ended.push([reason, cause])
      return script.terminate?.(reason, context, cause)
    },
  }
  return { handler, calls, pids, ended }
}

const OPEN: WebsocketOptions = { requireSession: false, noSession: true }
/** A rule for anybody, at /ws. */
export function openRule(wsHandler: WsHandler<any>, options: WebsocketOptions = {}): DispatchRule {
  return ['ws', ['ws'], controllerWebsocket, { ...OPEN, wsHandler, ...options }]
}
/** The handler of a rule's route. */
export function handlerOf(rule: DispatchRule, sessions?: Sessions): SocketHandler<any, any> {
  const { routes } = dispatch([rule], sessions === undefined ? {} : { sessions })
  return (routes[0] as unknown as { handler: SocketHandler<any, any> }).handler
}

/** A socket in virtual time, whose init is done. */
export async function connect(
  node: TestNode,
  { handler }: Pick<Recorded, 'handler'>,
  options: WebsocketOptions = {},
  fake: FakeTransportOptions = {},
): Promise<FakeTransport> {
  const socket = fakeTransport(node, handlerOf(openRule(handler, options)), { ...options.route, ...fake })
  await node.settle()
  return socket
}

/** Resolves after so long on the node's clock. */
export function waitOn(node: Node, ms: number): Promise<void> {
  return new Promise((resolve) => {
    node.spawn(async (me) => {
      await me.sleep(ms)
      resolve()
    })
  })
}

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}
export interface Site {
  readonly port: number
  readonly node: Node
  readonly listener: Listener
  readonly sessions: Sessions
  /** The header of a visitor who has been here before, and his session. */
  visitor(): Promise<{ readonly cookie: string; readonly session: Awaited<ReturnType<Sessions['ensure']>>['session'] }>
  /** A handshake that succeeds. */
  open(options?: OpenOptions): Promise<RawClient>
  /** Any request by node:http, whose answer has every line of a header; with an upgrade 101 is an answer as well. */
  ask(path: string, options?: AskOptions): Promise<Answer>
  /** Resolves with its reason when the only socket, or another process, has ended. */
  ended(pid?: Pid<any>): Promise<ExitReason>
}
interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const sites: Site[] = []
/** Serves rules on 127.0.0.1; on a node for tests in virtual time. */
export async function serve(rules: readonly DispatchRule[], options: SessionOptions = {}): Promise<Site> {
  const node = options.node ?? createNode({ logger: silentLogger })
  const sessions = await startSessions({ ...options, node })
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes: dispatch(rules, { sessions }).routes })
  const { port } = listener
  const site: Site = {
    port,
    node,
    listener,
    sessions,
    async visitor() {
      const { session, cookies } = await sessions.ensure({}, { secure: false })
      return { cookie: cookies.map((cookie) => cookie.split(';')[0]).join('; '), session }
    },
    open: (given) => RawClient.open(port, given),
    ask: (path, given) => ask(port, path, given),
    ended: (pid = onlySocket(listener)) => endOf(node, pid),
  }
  sites.push(site)
  return site
}

export const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
function ask(port: number, path: string, { method = 'GET', headers = {}, body: sent }: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ port, host: '127.0.0.1', path, method, headers, agent: false })
    request.on('error', reject)
    request.on('upgrade', (response, socket) => {
      socket.on('error', () => undefined)
      socket.destroy()
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: '' })
    })
    request.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => (body += text))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    request.end(sent)
  })
}

export function onlySocket(listener: Listener): SocketPid<any, any> {
  const [only, other] = listener.sockets()
  if (only === undefined || other !== undefined) throw new Error(`there are ${listener.sockets().length} sockets`)
  return only as SocketPid<any, any>
}
function endOf(node: Node, pid: Pid<any>): Promise<ExitReason> {
  return new Promise((resolve) => {
    node.spawn(async (me) => {
      me.monitor(pid)
      resolve(((await me.receive('DOWN')) as { reason: ExitReason }).reason)
    })
  })
}

/** Ends everything that a test has started: for `afterEach`. */
export async function endSites(): Promise<void> {
  cutClients()
  for (const { listener, node, sessions } of sites.splice(0)) {
    await (isTest(node) ? inVirtualTime(node, listener.drain({ deadlineMs: 100 })) : listener.drain({ deadlineMs: 100 }))
    await supervisor.stop(sessions.pid)
    await node.stop()
  }
}
function isTest(node: Node): node is TestNode {
  return 'advance' in node
}
/** Turns the clock until something is done. */
async function inVirtualTime(node: TestNode, doing: Promise<void>): Promise<void> {
  const end = { reached: false }
  const done = doing.finally(() => (end.reached = true))
  while (!end.reached) await node.advance(100)
  await done
}
