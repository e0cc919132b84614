// What the pieces of code in the tables of the migration pages take for granted: names, and the types of answers. Texts of TypeScript, for
// the compiler; entered by migrating.test.
import type { Context, Table } from './tables.js'

const COMMON = `
import type { Server } from 'node:http'
import { type Down, type Exit, exit, genServer, pg, type Pid, self as selfNow, send, sendAfter, type Timeout } from 'gensock'
import type { BossOptions } from 'gensock/chicago-boss'
import type { ClientOptions } from 'gensock/client'
import type { CallSchema, ProtocolOptions } from 'gensock/protocol'
import { type PagePid, type SessionOptions, type SessionPid, type Sessions, page, session } from 'gensock/session'
import { accept, attach, binary, close, type InitArgs, json, listen, type Listener, type ListenerOptions, pushTo, reject, type Result, route,
  type Route, type RouteOptions, type SocketEvent, type SocketHandler, type SocketPid, type SocketRequest, type SocketSelf,
  type TerminateReason, text } from 'gensock/socket'
import type { WebsocketOptions } from 'gensock/zotonic'
type Told = TerminateReason | SocketEvent | Timeout<string> | Down | Exit
type Options = RouteOptions<any> | ListenerOptions | ClientOptions | SessionOptions | WebsocketOptions | BossOptions | ProtocolOptions
  | Pick<CallSchema, 'delivery'>
declare const server: Server, routes: readonly Route[], listener: Listener, headers: Record<string, string>, cookies: Record<string, string>
declare const bytes: Uint8Array, value: unknown, pid: SocketPid<any, any>, group: string, data: string, message: string, state: number
declare const pagePid: PagePid, sessionPid: SessionPid, sessions: Sessions
`
const SOCKETS = `${COMMON}
import { broadcast, broadcastToGroup } from 'gensock/socket'
import { connect } from 'gensock/client'
declare const handler: SocketHandler<number, string>, options: RouteOptions<any>, self: SocketSelf<string>, claims: unknown, room: string
declare const reason: TerminateReason, answer: unknown, url: string, request: SocketRequest, args: InitArgs, frame: readonly ['text', string]
const { init, handle, terminate } = {} as Required<SocketHandler<number, string>>
const { authorize, origins, subprotocols, maxFrameBytes, compress, onSlowPeer } = {} as Required<RouteOptions<any>>
`
/** Both ends of the contract that the page about socket.io has. */
const CONTRACT = `${COMMON}
import { connect } from 'gensock/client'
import { msgpackCodec } from 'gensock/msgpack'
import { defineProtocol, protocolHandler, type ProtocolSelf, toGroup, toSocket } from 'gensock/protocol'
import { z } from 'zod'
const history = { request: z.object({ last: z.int() }), reply: z.array(z.string()) }
const said = z.object({ by: z.string(), text: z.string() })
const shape = {
  version: 'chat.1',
  toServer: { messages: { say: z.object({ text: z.string() }) }, calls: { history } },
  toClient: { messages: { said }, calls: { areYouThere: { request: z.undefined(), reply: z.boolean() } } },
} as const
const chat = defineProtocol(shape)
const client = connect('/chat', { protocol: chat })
declare const callbacks: never, self: ProtocolSelf<typeof shape>, room: string, handler: SocketHandler<null>
const show = ({ by, text }: z.infer<typeof said>): void => console.log(by, text)
`
/** The callback and what it is given have one name. */
const EVENT = "declare const port: number, event: SocketEvent & Required<SocketHandler<number, string>>['event']"
const ZOTONIC = `${COMMON}
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Context, type ControllerModule, controllerWebsocket, dispatch, type Dispatch, ensureAll, type EndCause, type ReqData, streamTag,
  type UrlFor, websocketSendData, type WsHandler, type ZotonicReason } from 'gensock/zotonic'
const { websocketInit, websocketMessage, websocketInfo, websocketTerminate } = {} as WsHandler<string>
const { websocketStart } = {} as ControllerModule
declare const context: Context, reqData: ReqData, from: Pid, reason: ZotonicReason, cause: EndCause, handler: WsHandler
declare const options: WebsocketOptions, list: Parameters<typeof dispatch>[0], rules: Dispatch, urlFor: UrlFor
declare const pageId: string, socketPid: SocketPid, request: IncomingMessage, response: ServerResponse
`
const BOSS = `${COMMON}
import { broadcast, type Boss, type Reason08, type Service, type ServiceModule, type WebSocketPid } from 'gensock/chicago-boss'
const { init, handleJoin, handleIncoming, handleClose, handleBroadcast, handleInfo, terminate } = {} as Required<Service<number, string, string>>
const self = selfNow
type answer = ServiceModule<number>
declare const url: string, webSocket: WebSocketPid, broadcastMessage: string, info: string, reason: Reason08, exitReason: 'normal'
declare const service: Service<number>, chat: ServiceModule<number, string>, boss: Boss, users: Map<WebSocketPid, string>
declare const sessionId: string, req: SocketRequest
`
const COWBOY = `${COMMON}
import { cowboy2, type CowboyFrame, type Cowboy08, type Cowboy10, type Cowboy2, type Cowboy2Command, type Cowboy2Options, type Cowboy20Pre,
  type Reason08, type Reason2, type Reason20Pre, type Req } from 'gensock/cowboy'
declare const req: Req, self: SocketSelf<any>, transport: 'tcp', frame: readonly ['text', string], out: CowboyFrame, handler: Cowboy2<number>
declare const opts: unknown, kept: Partial<Req>, ref: Down['ref'], request: { type: 'add'; by: number }
`
const GENERATIONS: Readonly<Record<string, string>> = {
  'Callbacks of 0.8 and 1.0': `declare const reason: Reason08
const { init, websocketInit, websocketHandle, websocketInfo, websocketTerminate } = {} as Required<Cowboy08<number> & Cowboy10<number>>`,
  'Callbacks of 2.0.0-pre.1': `declare const reason: Reason20Pre
const { init, websocketHandle, websocketInfo, terminate } = {} as Required<Cowboy20Pre<number>>`,
  'Callbacks of 2.x': `declare const reason: Reason2
const { init, websocketInit, websocketHandle, websocketInfo, terminate } = {} as Required<Cowboy2<number>>`,
}

/** What a table of a page needs; without one of its columns it shows no code of ours. */
export function contextOf(page: string, { header, section }: Table): Context {
  const [first = ''] = header
  if (first === 'case') return { names: '', columns: {} }
  switch (page) {
    case 'docs/migrating-from-ws.md':
      return { names: SOCKETS + EVENT, columns: { gensock: 'Result<number>' } }
    case 'docs/migrating-from-socket-io.md':
      if (first === 'typed socket.io') return { names: CONTRACT, columns: { 'with a contract': 'never' } }
      return { names: `${SOCKETS}const client = connect(url)`, columns: { gensock: 'Result<number>', 'gensock/client': 'never' } }
    case 'docs/migrating-from-zotonic.md':
      return { names: ZOTONIC, columns: { gensock: 'never', '`reason`': 'ZotonicReason', '`cause`': 'EndCause' } }
    case 'docs/migrating-from-chicago-boss.md':
      return { names: BOSS, columns: { TypeScript: first === '`terminate_reason()`' ? 'Reason08' : 'answer' } }
    default:
      return cowboyContext(first, section)
  }
}
function cowboyContext(first: string, section: string): Context {
  if (first === 'what happens')
    return { names: COWBOY, columns: { '0.8, 1.0': 'Reason08', '2.0.0-pre.1': 'Reason20Pre', '2.x': 'Reason2' } }
  if (first === 'frame or command') return { names: COWBOY, columns: { TypeScript: 'Cowboy2Command' } }
  if (first === 'option of `init` in 2.x')
    return {
      names: `${COWBOY}const { idleTimeout, maxFrameSize, compress, deflateOpts, validateUtf8, reqFilter } = {} as Required<Cowboy2Options>`,
      columns: { TypeScript: 'never' },
    }
  const generation = GENERATIONS[section]
  if (generation !== undefined) return { names: COWBOY + generation, columns: { TypeScript: 'answer' } }
  return { names: `${COWBOY}declare const reason: string`, columns: first === 'Erlang' ? { TypeScript: 'unknown' } : {} }
}
