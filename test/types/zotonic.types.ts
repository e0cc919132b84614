// What the compiler says of dispatch rules, handlers and contexts of Zotonic. Checked by tsc, never run.
import { type MaybePromise, type Pid, self, sendAfter } from 'gensock'
import type { PagePid, SessionPid, Sessions } from 'gensock/session'
import { listen, type Route, type SocketRequest } from 'gensock/socket'
import {
  baseRules,
  type Context,
  type Controller,
  type ControllerModule,
  controllerStream,
  controllerWebsocket,
  dispatch,
  type Dispatch,
  type DispatchRule,
  type EndCause,
  ensureAll,
  type IoData,
  type PathToken,
  type ReqData,
  streamTag,
  type UrlArgs,
  type WebsocketOptions,
  websocketSendData,
  type WsHandler,
  type ZotonicReason,
} from 'gensock/zotonic'
import { expectTypeOf } from 'expect-type'

// ---- Handlers
const myWsHandler: WsHandler<string> = {
  websocketInit(context) {
    expectTypeOf(context).toEqualTypeOf<Context>()
    sendAfter(1000, self(), 'Hello!')
  },
  websocketMessage(message, from, context) {
    expectTypeOf(message).toEqualTypeOf<string | Uint8Array>()
    expectTypeOf(from).toEqualTypeOf<Pid>()
    expectTypeOf(context.getQ('id')).toEqualTypeOf<string | undefined>()
    websocketSendData(from, ['You said: ', message])
  },
  async websocketInfo(message) {
    expectTypeOf(message).toEqualTypeOf<string>()
    websocketSendData(self(), message)
    return sendAfter(5000, self(), 'Hello again!')
  },
  websocketTerminate(reason, _context, cause) {
    expectTypeOf(reason).toEqualTypeOf<ZotonicReason>()
    expectTypeOf(cause).toEqualTypeOf<EndCause>()
    if (reason !== 'normal' && reason[1] !== 'closed') expectTypeOf(reason[1].exit).toEqualTypeOf<unknown>()
    // @ts-expect-error no such reason
    return reason === 'timeout'
  },
}
// @ts-expect-error a callback is missing
export const incomplete: WsHandler = { websocketInit: () => 1, websocketMessage: () => 2, websocketInfo: () => 3 }
// @ts-expect-error the callback of 0.9 has no `from`
export const older: WsHandler = { ...myWsHandler, websocketMessage: (_message: string, context: Context) => context.get('x') }

export const data: readonly IoData[] = ['a', new Uint8Array(1), ['b', ['c', new Uint8Array(2)]]]
declare const from: Pid
websocketSendData(from, ['binary', new Uint8Array(1)])
// @ts-expect-error the message is a frame or text
websocketSendData(self(), { text: 'x' })
// @ts-expect-error a number is no data
websocketSendData(from, ['text', 5])

// ---- Contexts
declare const context: Context
expectTypeOf(context.sessionPid).toEqualTypeOf<SessionPid | undefined>()
expectTypeOf(context.pagePid).toEqualTypeOf<PagePid | undefined>()
expectTypeOf(context.pageId).toEqualTypeOf<string | undefined>()
expectTypeOf(context.req).toEqualTypeOf<SocketRequest>()
expectTypeOf(context.get('foo')).toEqualTypeOf<unknown>()
expectTypeOf(context.set('foo', 1).set('bar', 2)).toEqualTypeOf<Context>()
expectTypeOf<ReqData>().toEqualTypeOf<SocketRequest>()
// @ts-expect-error whose session it is is not for handlers to say
context.sessionPid = undefined
// @ts-expect-error the page of a context is set by the library
context._setPage(undefined)
expectTypeOf(streamTag(context)).toEqualTypeOf<string>()
expectTypeOf(ensureAll).returns.toEqualTypeOf<Promise<Context>>()

// ---- Rules
export const myController: ControllerModule = {
  websocketStart: (reqData, given) => controllerWebsocket.websocketStart(reqData, given.set('ws_handler', myWsHandler)),
}
expectTypeOf(controllerWebsocket.websocketStart).returns.toExtend<MaybePromise<void>>()
declare const sessions: Sessions
const rules = dispatch(
  [
    ['customws', ['socket', 'custom'], controllerWebsocket, { wsHandler: myWsHandler }],
    ['customws', ['socket', 'without-session'], controllerWebsocket, { requireSession: false }],
    ['room', ['room', [':id', /^\d+$/], '*'], controllerWebsocket, { ssl: 'any', noSession: true, own: { foo: 'bar' } }],
    ['room', [[':id', (segment, given) => (given.get('x') === segment ? ['ok', 'y'] : false)]], controllerWebsocket],
    ['mine', ['mine', ':name'], myController, { protocol: ['https', 443], processes: 1, route: { fallback: false } }],
    ['script', ['stream.js'], controllerStream],
    ...baseRules,
  ],
  { sessions, prefix: '/app' },
)
expectTypeOf(rules).toEqualTypeOf<Dispatch>()
expectTypeOf(rules.routes).toEqualTypeOf<readonly Route[]>()
expectTypeOf(rules.urlFor('room', { id: 7, star: 'a/b', q: undefined })).toEqualTypeOf<string | undefined>()
expectTypeOf(listen).toBeCallableWith({ port: 8080, routes: rules.routes })
export const args: UrlArgs = { id: 7 }
// @ts-expect-error an argument is text or a number
rules.urlFor('room', { id: true })

// A rule of its own, typed.
export const rule: DispatchRule = [
  'x',
  ['x', ':y'],
  controllerWebsocket,
  { postback: async (text, given) => [text, String(given.pageId)] },
]
export const options: WebsocketOptions = { postback: (text) => void text.length }
// @ts-expect-error bad option name
dispatch([['x', ['x'], controllerWebsocket, { wsHandlr: myWsHandler }]])
// @ts-expect-error Zotonic's name of an option is for context.get only
dispatch([['x', ['x'], controllerWebsocket, { ws_handler: myWsHandler }]])
// @ts-expect-error a checked variable starts with a colon
dispatch([['x', [['id', /\d/]], controllerWebsocket]])
// @ts-expect-error a check is a RegExp or a test
dispatch([['x', [[':id', '\\d']], controllerWebsocket]])
// @ts-expect-error a test is not asked twice: its answer is no promise
export const asynchronous: PathToken = [':id', async (segment: string) => segment === 'x']
// @ts-expect-error a path is a list
dispatch([['x', '/x', controllerWebsocket]])
// @ts-expect-error a handler is no controller
dispatch([['x', ['x'], myWsHandler]])
// @ts-expect-error an option of the socket stands in `route`
dispatch([['x', ['x'], controllerWebsocket, { fallback: true }]])
// @ts-expect-error no such protocol
dispatch([['x', ['x'], controllerWebsocket, { protocol: ['wss', 443] }]])
// @ts-expect-error three processes
dispatch([['x', ['x'], controllerWebsocket, { processes: 3 }]])
// @ts-expect-error an unknown option of all rules
dispatch([], { prefx: '/app' })
// @ts-expect-error a controller is made by the library
export const forged: Controller<WebsocketOptions> = {}
