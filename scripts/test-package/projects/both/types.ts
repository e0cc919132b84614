// Type-checked only, against the packed declarations, without skipLibCheck.
import {
  application,
  call,
  child,
  defineServer,
  defineStatem,
  type Down,
  dynamicSupervisor,
  genEvent,
  genServer,
  genStatem,
  isDown,
  pg,
  type Pid,
  type Receiver,
  spawn,
  spawnProcess,
  supervisor,
  sys,
  task,
  unwrap,
} from 'gensock'
import { cowboy08, type Cowboy08, cowboy2, type Cowboy2 } from 'gensock/cowboy'
import { type InitArgs, listen, route, type SocketHandler, text } from 'gensock/socket'
import { bullet, type BulletHandler } from 'gensock/bullet'
import {
  type Boss,
  broadcast,
  discover,
  type Reason08,
  type ServiceModule,
  type ServiceResult,
  services,
  type WebSocketPid,
} from 'gensock/chicago-boss'
import { connect } from 'gensock/client'
import { page, session, type Sessions, startSessions } from 'gensock/session'
import { testNode } from 'gensock/testing'
import { actorOf, fromProcess, machineChild, machineServer } from 'gensock/xstate'
import { baseRules, type Context, controllerWebsocket, dispatch, ensureAll, streamTag, type WsHandler } from 'gensock/zotonic'
import { sendTo, setup } from 'xstate'

type Tick = { type: 'tick' }
const echo: SocketHandler<{ n: number }, Tick, {}, InitArgs<{ room: string }>> = {
  init({ params }, self) {
    self.sendAfter(1000, { type: 'tick' })
    return ['push', text(params.room), { n: 0 }]
  },
  handle: (frame, state) => ['push', frame, { n: state.n + 1 }],
  info: (_tick, state) => ['ok', state],
}
const guide: Cowboy08<undefined> = {
  init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
  websocketInit: (_transport, req) => ['ok', req, undefined],
  websocketHandle: (_frame, req, state) => ['ok', req, state],
  websocketInfo: (_message, req, state) => ['ok', req, state],
  websocketTerminate: () => 'ok',
}
const modern: Cowboy2<number> = {
  init: (req) => ['cowboy_websocket', req, 0, { idleTimeout: 30_000, compress: true }],
  websocketHandle: (frame, n) => [
    frame === 'ping'
      ? []
      : [
          ['text', `${n}`],
          ['active', true],
        ],
    n + 1,
  ],
  websocketInfo: (_message, n) => ['stop', n],
}
export const listener = listen({
  port: 0,
  routes: [route('/rooms/:room', echo), route('/guide', cowboy08(guide)), route('/modern', cowboy2(modern))],
})

const counter: Pid<number> = spawnProcess({ init: () => 0, message: (by: number, n) => ['ok', n + by] })
spawn(async (self: Receiver<Tick | Down>) => {
  const tick: Tick = await self.receive('tick')
  const down: Down | undefined = await self.receive(isDown, { afterMs: 10 })
  console.log(tick, down?.reason)
})
export const answer: Promise<string> = call<string>(counter, 'get')
export const node = testNode()
// @ts-expect-error a counter takes numbers
node.send(counter, 'one')

const feed = fromProcess(async (self: Receiver<Tick>) => (await self.receive('tick')).type)
const light = setup({ types: { events: {} as { type: 'go' } }, actors: { feed } }).createMachine({
  initial: 'red',
  invoke: { src: 'feed' },
  states: { red: { on: { go: { target: 'green', actions: sendTo(() => actorOf('log'), { type: 'went' }) } } }, green: {} },
})
export const lightChild = machineChild('light', light, { keepSnapshot: true, restart: 'transient' })
export const lit: Promise<void> = machineServer.start(light, { name: 'light' }).then((result) => {
  if (result[0] !== 'ok') return
  node.send(result[1], { type: 'go' })
  // @ts-expect-error not an event of the machine
  node.send(result[1], { type: 'goo' })
})

// What a library exports must be nameable in its own declarations.
export const server = defineServer<{ n: number }>()({
  init: (n: number) => ['ok', { n }],
  handleCall: { add: ({ by }: { by: number }, _from, { n }) => ['reply', n + by, { n: n + by }] },
  handleCast: { reset: () => ['noreply', { n: 0 }] },
})
export const serverPid = genServer.start(server, 1).then(unwrap)
export const added = serverPid.then((pid) => genServer.call(pid, { type: 'add', by: 2 }))
export const tree = supervisor.start({ children: [child('server', server, 0)] }).then(unwrap)
export const door = defineStatem<'open' | 'shut', number>()({
  callbackMode: 'stateFunctions',
  init: () => ['ok', 'shut', 0],
  states: {
    open: () => ['next_state', 'shut', 0],
    shut: (_type, _content, n) => ['next_state', 'open', n + 1],
  },
})
export const api = { genServer, genStatem, supervisor, dynamicSupervisor, application, sys, pg }
export const seven = task.async(() => 7)
export const manager = genEvent.start({ name: 'events' }).then(unwrap)
export const handlers = manager.then((pid) => genEvent.whichHandlers(pid))

const custom: WsHandler<string> = {
  websocketInit: () => undefined,
  websocketMessage: (data, from) => console.log(data, from),
  websocketInfo: (message) => console.log(message),
  websocketTerminate: (reason, _context, cause) => console.log(reason, cause.closed),
}
export const site = dispatch([...baseRules, ['custom', ['socket', ':id'], controllerWebsocket, { wsHandler: custom }]])
export const html = (context: Context): string => streamTag(context)
export const ensured = ensureAll
export const clock: BulletHandler<number, 'tick'> = {
  init: (_transport, req) => ['ok', req, 0],
  stream: (data, req, n) => ['reply', data, req, n + 1],
  info: (tick, req, n) => ['reply', tick, req, n],
  terminate: () => 'ok',
}
export const bulletRoute = route('/bullet', bullet(clock), { fallback: true })
export const sessions: Promise<Sessions> = startSessions({ secret: 'sixteen characters' })
export const told = sessions
  .then((all) => all.ensure({}, { secure: false }))
  .then(async ({ session: pid }) => page.add((await session.ensurePage(pid)).pid, 'news'))
export const client = Object.assign(connect('/ws', { transports: ['ws', 'sse', 'longPoll'], resume: true }), {
  onmessage: (data: string | ArrayBuffer) => console.log(typeof data),
})

type Joined = ReadonlySet<WebSocketPid>
const left = (reason: Reason08, sockets: Joined, socket: WebSocketPid): ServiceResult<Joined> =>
  reason[0] === 'error' ? ['stop', reason[1], sockets] : ['noreply', new Set([...sockets].filter((one) => one !== socket)), 5000]
export const chat: ServiceModule<Joined, { news: string }, { type: 'tick' }> = (req, sessionId) => ({
  init: () => ['ok', new Set<WebSocketPid>()],
  handleJoin: (_url, webSocket, sockets) => ['noreply', new Set([...sockets, webSocket])],
  handleIncoming(url, webSocket, message, sockets) {
    node.send(webSocket, ['text', [url, ' ', sessionId ?? req?.path ?? '', ' ', message]])
    return ['noreply', sockets]
  },
  handleClose: (reason, _url, webSocket, sockets) => left(reason, sockets, webSocket),
  handleBroadcast({ news }, sockets) {
    for (const socket of sockets) node.send(socket, ['text', news])
    return ['noreply', sockets]
  },
  handleInfo: (info, sockets) =>
    info === 'timeout' || info.type === 'tick' ? ['noreply', sockets] : ['stop', 'normal', sockets],
})
export const boss: Promise<Boss> = services({ my_chat_websocket: chat }, { baseUrl: '/chat', route: { idleTimeoutMs: 0 } })
export const found = discover(new URL('file:///srv/websocket'), { restart: 'faithful', load: () => ({ chat }) })
export const served = boss.then((one) => listen({ port: 0, routes: one.routes }))
broadcast(chat, { news: 'hello' })
// @ts-expect-error another broadcast
broadcast(chat, { olds: 'hello' })
// @ts-expect-error reply is not a result of a service
export const bad: ServiceModule<null> = () => ({ init: () => ['ok', null], handleJoin: () => ['reply', text('x'), null] })
