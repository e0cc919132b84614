// What the examples of the door `gensock` take for granted, by the folder and name of the file that they stand in.
import * as gensock from 'gensock'
import {
  type GenEventHandler,
  genEvent,
  genServer,
  genStatem,
  type GenStatem,
  pg,
  type Receiver,
  supervisor,
  task,
  unwrap,
} from 'gensock'
import { idle } from '../runtime/inside.js'
import type { Names } from './examples.js'
import type { Example } from './given.js'

interface Room {
  readonly files: RegExp
  before(self: Receiver<any>, example: Example): Names | Promise<Names>
}

const nothing = (): void => undefined
const server = {
  init: (state: unknown): ['ok', unknown] => ['ok', state],
  handleCast: { reset: (): ['noreply', number] => ['noreply', 0] },
}
export const counter = gensock.defineServer<number>()({
  init: (n: number) => ['ok', n],
  handleCall: {
    get: (_get, _from, n) => ['reply', n, n],
    add: ({ by }: { by: number }, _from, n) => ['reply', n + by, n + by],
  },
  handleCast: { reset: () => ['noreply', 0] },
})
export const button: GenStatem<'off' | 'on', number> = {
  callbackMode: 'handleEventFunction',
  init: () => ['ok', 'off', 0],
  handleEvent: (type, _content, state, pushed) =>
    typeof type === 'object' && type[0] === 'call'
      ? ['keep_state_and_data', ['reply', type[1], pushed]]
      : ['next_state', state === 'off' ? 'on' : 'off', pushed + 1],
}
/** Takes any cast. */
export const room: gensock.GenServer<any, any, any, any, any> = { ...server, handleCast: () => ['noreply', 0] }
const handler = (): GenEventHandler<number, any> => ({
  init: (n) => ['ok', Number(n)],
  handleEvent: (_event, n) => ['ok', n + 1],
  handleCall: (_request, n) => ['ok', n, n],
})
/** Acts when the example waits for a message, which is to come of this. */
function whenItWaits(self: Receiver<any>, act: () => unknown): void {
  const status = gensock.processInfo(self.pid, 'status')
  if (status === 'waiting') act()
  else if (status !== undefined) setImmediate(() => whenItWaits(self, act))
}
/** Stops the application of an example as soon as it runs. */
async function stopWhenItRuns(self: Receiver<any>, name: string): Promise<void> {
  while (gensock.isAlive(self.pid) && (await gensock.application.stop(name)) !== 'ok') await new Promise(setImmediate)
}

const ROOMS: readonly Room[] = [
  {
    files: /^(?:base|runtime)\//,
    before: (_self, { title }) => ({ pid: gensock.spawn(idle, title === 'unregister' ? { name: 'worker' } : {}) }),
  },
  {
    files: /^behaviours\/(?:gen-server|request|start)/,
    before: async () => ({ counter, pid: unwrap(await genServer.start(counter, 5)) }),
  },
  {
    files: /^behaviours\/gen-statem/,
    async before(self, { title }) {
      const pid = unwrap(await genStatem.start(button))
      if (title === 'genStatem.reply') for (const _ of [1, 2]) gensock.spawn((one) => one.call(self.pid, 'lamp').then(nothing))
      return { button, pid }
    },
  },
  {
    files: /^behaviours\/task/,
    async before(self, { code }) {
      const own = code.includes("name: 'tasks'") // the example starts it itself
      const tasks = own ? undefined : unwrap(await gensock.dynamicSupervisor.start({ name: 'tasks' }))
      const work = (value: unknown): unknown => value
      const [slow, one] = self.run(() => [task.async((inner) => inner.sleep(5)), task.async(() => 1)])
      return {
        tasks,
        slow,
        one,
        upload: work,
        file: '',
        id: 1,
        month: 1,
        address: '',
        fetchUser: work,
        fetchPosts: work,
        buildReport: work,
        sendMail: work,
      }
    },
  },
  {
    files: /^behaviours\/application/,
    async before(self, { title }) {
      const app = (name: string): gensock.Application => ({ name, start: () => supervisor.startLink({ children: [] }) })
      const running = { 'application.stop': ['chat'], 'application.whichApplications': ['database', 'chat'] }[title] ?? []
      for (const name of running) await gensock.application.start(app(name))
      if (title === 'application.run' || title === 'RunOptions') void stopWhenItRuns(self, 'chat')
      return { chat: app('chat'), database: app('database'), rooms: server, tree: { children: [] }, pool: {} }
    },
  },
  {
    files: /^behaviours\/gen-event/,
    async before(self, { title, code }) {
      const [first, toConsole, toFile] = [handler(), handler(), handler()]
      const manager = unwrap(await genEvent.start(code.includes("name: 'ticks'") ? {} : { name: 'ticks' }))
      for (const module of title === 'genEvent.whichHandlers' ? [] : [first, toConsole])
        await genEvent.addHandler(manager, module, 1)
      if (title === 'GenEventExit') await self.run(() => genEvent.addSupHandler(manager, toFile, 1))
      if (title === 'genEvent.addSupHandler' || title === 'GenEventExit') whenItWaits(self, () => genEvent.stop(manager))
      const id = self.run(() => genEvent.sendRequest(manager, first, 'get'))
      return { counter: first, toConsole, toFile, manager, id }
    },
  },
  {
    files: /^behaviours\/sys/,
    async before() {
      await genServer.start(server, new Map(), { name: 'rooms' })
      return { pid: unwrap(await genServer.start(server, 5)) }
    },
  },
  {
    files: /^groups\//,
    async before(self, { title, code }) {
      const [alice, bob, pid] = [gensock.spawn(idle), gensock.spawn(idle), gensock.spawn(idle)]
      if (!code.includes("'chat'") || title === 'pg.whichLocalGroups') await pg.start('chat')
      if (title === 'isGroupChange') self.run(() => pg.monitor('lobby'))
      if (title === 'pg.monitor' || title === 'isGroupChange') whenItWaits(self, () => pg.join('lobby', alice))
      return { alice, bob, pid }
    },
  },
  {
    files: /^behaviours\/(?:supervisor|child-spec)/,
    async before(_self, { title }) {
      const tree = unwrap(await supervisor.start({ children: [gensock.child('counter', counter, 0)] }))
      if (/^supervisor\.(?:terminate|restart|delete)Child$/.test(title))
        await supervisor.startChild(tree, gensock.child('second', counter, 0))
      if (title === 'supervisor.restartChild') await supervisor.terminateChild(tree, 'second')
      const template = { id: 'room', start: (name: string) => genServer.startLink(server, name) }
      const rooms = unwrap(await supervisor.start({ strategy: 'simpleOneForOne', children: [template] }))
      return { tree, rooms, roomServer: server, counter, database: server, cache: server, settings: nothing }
    },
  },
  {
    files: /^behaviours\/dynamic-supervisor/,
    async before(_self, { title }) {
      const rooms = unwrap(await gensock.dynamicSupervisor.start())
      const start = (): any => genServer.startLink(room, 'lobby')
      const [, lobby] =
        title === 'dynamicSupervisor.startChild' ? [] : await gensock.dynamicSupervisor.startChild(rooms, { start })
      return { room, rooms, lobby }
    },
  },
]

/** What an example is given. */
export async function givenOf(self: Receiver<any>, example: Example): Promise<Names> {
  const room = ROOMS.find(({ files }) => files.test(example.file))
  return { fillCache: nothing, ...(await room?.before(self, example)) }
}
