// What the compiler says of services, their results, broadcasts, sockets and routes. Checked by tsc, never run.
import { type AnyPid, type ExitReason, type MaybePromise, type Pid, send, supervisor, type SupervisorPid } from 'gensock'
import {
  type Boss,
  type BossFrame,
  type BossOptions,
  broadcast,
  discover,
  type DiscoverOptions,
  type IoData,
  type Reason08,
  type Service,
  type ServiceInfo,
  type ServiceModule,
  type ServiceResult,
  services,
  type WebSocketPid,
} from 'gensock/chicago-boss'
import { binary, close, listen, type OutFrame, type Route, type SocketRequest, text } from 'gensock/socket'
import { fakeTransport, testNode } from 'gensock/testing'
import { expectTypeOf } from 'expect-type'

// ---- A module: what its callbacks get and answer
interface State {
  readonly sockets: ReadonlySet<WebSocketPid>
}
interface News {
  readonly news: string
}
interface Tick {
  readonly type: 'tick'
}
export const myappMyserviceWebsocket: ServiceModule<State, News, Tick> = (req, sessionId) => {
  expectTypeOf(req).toEqualTypeOf<SocketRequest | undefined>()
  expectTypeOf(sessionId).toEqualTypeOf<string | undefined>()
  return {
    init: () => ['ok', { sockets: new Set() }],
    handleJoin(url, webSocket, state) {
      expectTypeOf(url).toEqualTypeOf<string>()
      expectTypeOf(webSocket).toEqualTypeOf<WebSocketPid>()
      expectTypeOf(state).toEqualTypeOf<State>()
      return ['noreply', { sockets: new Set([...state.sockets, webSocket]) }]
    },
    async handleIncoming(_url, webSocket, message, state) {
      expectTypeOf(message).toEqualTypeOf<string>()
      send(webSocket, text(message))
      return ['noreply', state, 5000]
    },
    handleClose(reason, _url, webSocket, { sockets }) {
      expectTypeOf(reason).toEqualTypeOf<Reason08>()
      if (reason[0] === 'remote' && reason.length === 3) expectTypeOf(reason[1]).toEqualTypeOf<number>()
      // @ts-expect-error no such reason
      if (reason[0] === 'crash') return ['stop', 'normal', { sockets }]
      return ['noreply', { sockets: new Set([...sockets].filter((one) => one !== webSocket)) }, 'infinity']
    },
    handleBroadcast(message, state) {
      expectTypeOf(message).toEqualTypeOf<News>()
      for (const socket of state.sockets) send(socket, ['text', message.news])
      return ['noreply', state]
    },
    handleInfo(info, state) {
      expectTypeOf(info).toEqualTypeOf<Tick | 'timeout'>()
      return info === 'timeout' ? ['stop', 'normal', state] : ['stop', ['shutdown', 'why'], state]
    },
    terminate(reason, state) {
      expectTypeOf(reason).toEqualTypeOf<ExitReason>()
      expectTypeOf(state).toEqualTypeOf<State>()
      return 'ok'
    },
  }
}
expectTypeOf<ServiceModule<State, News>>().returns.toEqualTypeOf<Service<State, News>>()
expectTypeOf<ServiceResult<State>>().toEqualTypeOf<
  | readonly ['noreply', State]
  | readonly ['noreply', State, serviceTimeoutMs: number | 'infinity']
  | readonly ['stop', serviceReason: ExitReason, State]
>()
/** All but `init` may be missing, and any may be async. */
export const least: ServiceModule<null> = () => ({ concurrency: 'socket', init: async () => ['ok', null] })

// ---- What is no service
const init = (): readonly ['ok', State] => ['ok', { sockets: new Set() }]
// @ts-expect-error init is missing
export const noInit: ServiceModule<State> = () => ({ handleInfo: (_info, state) => ['noreply', state] })
// @ts-expect-error a service has no state to start with, but an answer that has it
export const bareInit: ServiceModule<State> = () => ({ init: () => ({ sockets: new Set() }) })
// @ts-expect-error a plain module: an object
export const plain: ServiceModule<State> = { init }
export const badJoin: ServiceModule<State> = () => ({
  init,
  // @ts-expect-error reply is not a result of a service
  handleJoin: (_url, _ws, state) => ['reply', text('x'), state],
})
export const badIncoming: ServiceModule<State> = () => ({
  init,
  // @ts-expect-error the callback of 0.8.7 has a session id as well
  handleIncoming: (_url: string, _ws: WebSocketPid, _session: string, _message: string, state: State) => ['noreply', state],
})
export const badClose: ServiceModule<State> = () => ({
  init,
  // @ts-expect-error a bare 'ok' is none either
  handleClose: () => 'ok',
})
export const badTimeout: ServiceModule<State> = () => ({
  init,
  // @ts-expect-error a timeout is ms
  handleInfo: (_info, state) => ['noreply', state, '5s'],
})
export const badStop: ServiceModule<State> = () => ({
  init,
  // @ts-expect-error stop ends the service, with a reason and its state
  handleInfo: (_info, state) => ['stop', state],
})
// @ts-expect-error another state
export const badState: ServiceModule<State> = () => ({ init, handleInfo: () => ['noreply', 5] })
// @ts-expect-error no such way to run
export const badConcurrency: ServiceModule<State> = () => ({ init, concurrency: 'request' })

// ---- Sockets take frames
declare const webSocket: WebSocketPid
expectTypeOf<BossFrame>().toEqualTypeOf<OutFrame | readonly ['text', IoData]>()
expectTypeOf(webSocket).toExtend<AnyPid>()
send(webSocket, ['text', ['You said: ', [new Uint8Array(1)], 'hi']])
for (const frame of [text('x'), binary(new Uint8Array(1)), close(4000, 'x'), ['ping', 'p'] as const]) send(webSocket, frame)
// @ts-expect-error a socket takes frames
export const t1 = (ws: WebSocketPid) => send(ws, { type: 'text', data: 'x' })
// @ts-expect-error text alone is no frame
send(webSocket, 'x')
// @ts-expect-error a binary frame has no parts
send(webSocket, ['binary', ['a']])
// @ts-expect-error a number is no text
send(webSocket, ['text', 5])
// @ts-expect-error any process is no socket
export const t2 = (pid: Pid<string>): WebSocketPid => pid

// ---- What is started
const options: BossOptions = { baseUrl: '/chat', app: 'myapp', restart: 'faithful', route: { idleTimeoutMs: 300_000 } }
const boss = await services({ myapp_myservice_websocket: myappMyserviceWebsocket, myapp_least_websocket: least }, options)
expectTypeOf(boss).toEqualTypeOf<Boss>()
expectTypeOf(boss.routes).toEqualTypeOf<readonly [Route, ...Route[]]>()
expectTypeOf(boss.routes[0]).toEqualTypeOf<Route>() // there is one at least, also with noUncheckedIndexedAccess
expectTypeOf(boss.routes[1]).toEqualTypeOf<Route | undefined>()
expectTypeOf(boss.pid).toEqualTypeOf<SupervisorPid>()
expectTypeOf(boss.services).returns.toEqualTypeOf<Promise<readonly ServiceInfo[]>>()
expectTypeOf(listen).toBeCallableWith({ port: 8001, routes: boss.routes })
fakeTransport(testNode(), boss.routes[0])
await supervisor.stop(boss.pid)
expectTypeOf(discover).toBeCallableWith(new URL('file:///websocket'), options)
expectTypeOf(discover).returns.toEqualTypeOf<Promise<Boss>>()
export const loading: DiscoverOptions = { load: async (file) => ({ default: file }) }
// @ts-expect-error a service is its module, not what this answers
await services({ myapp_myservice_websocket: myappMyserviceWebsocket(undefined, undefined) })
// @ts-expect-error no such option
await services({ myapp_least_websocket: least }, { base_url: '/chat' })
// @ts-expect-error no such way to restart
await services({ myapp_least_websocket: least }, { restart: 'oneForAll' })
// @ts-expect-error files are loaded by discover alone
await services({ myapp_least_websocket: least }, { load: () => null })

// ---- Broadcasts: by its module a service says what it takes
boss.broadcast(myappMyserviceWebsocket, { news: 'hello' })
broadcast(myappMyserviceWebsocket, { news: 'hello' })
boss.broadcast('myapp_myservice_websocket', { whatever: 1 })
broadcast('myapp_myservice_websocket', 'whatever')
expectTypeOf(boss.broadcast(least, 1)).toEqualTypeOf<void>()
// @ts-expect-error wrong broadcast
boss.broadcast(myappMyserviceWebsocket, { olds: 'hello' })
// @ts-expect-error wrong broadcast
broadcast(myappMyserviceWebsocket, { olds: 'hello' })
// @ts-expect-error nothing to say
broadcast(myappMyserviceWebsocket)
// @ts-expect-error a service by its module or its module's name
broadcast(boss.pid, { news: 'hello' })
expectTypeOf<MaybePromise<ServiceResult<null>>>().toExtend<ReturnType<NonNullable<Service<null>['handleInfo']>>>()
