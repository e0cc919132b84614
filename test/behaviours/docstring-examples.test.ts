// The examples in the docstrings of task, application, genEvent, sys, pg and supervisors, run as they stand.
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import * as gensock from 'gensock'
import { defaultNode, type GenEventHandler, genEvent, genServer, pg, type Receiver, supervisor, task, unwrap } from 'gensock'
import { examplesOf, type Names, runExample } from '../docstrings.js'
import { idle } from '../runtime/inside.js'

interface Room {
  readonly files: RegExp
  /** What the examples take for granted. */
  before(self: Receiver<any>, name: string, code: string): Promise<Names>
}

const nothing = (): void => undefined
const server = {
  init: (state: unknown): ['ok', unknown] => ['ok', state],
  handleCast: { reset: (): ['noreply', number] => ['noreply', 0] },
}
const counter = {
  init: (n: number): ['ok', number] => ['ok', n],
  handleCall: (_get: unknown, _from: unknown, n: number): any => ['reply', n, n],
}
const handler = (): GenEventHandler<number, any> => ({
  init: (n) => ['ok', Number(n)],
  handleEvent: (_event, n) => ['ok', n + 1],
  handleCall: (_request, n) => ['ok', n, n],
})
const later = (act: () => unknown): void => void setTimeout(act, 10)

const ROOMS: Readonly<Record<string, Room>> = {
  task: {
    files: /^behaviours\/task/,
    async before(self, _name, code) {
      const own = code.includes("name: 'tasks'") // the example starts it itself
      const tasks = own ? undefined : unwrap(await gensock.dynamicSupervisor.start({ name: 'tasks' }))
      const work = (value: unknown): unknown => value
      const slow = self.run(() => task.async((inner) => inner.sleep(5)))
      return { tasks, slow, id: 1, month: 1, address: '', fetchUser: work, fetchPosts: work, buildReport: work, sendMail: work }
    },
  },
  application: {
    files: /^behaviours\/application/,
    async before(_self, name) {
      const app = (title: string): gensock.Application => ({ name: title, start: () => supervisor.startLink({ children: [] }) })
      const running = { stop: ['chat'], whichApplications: ['database', 'chat'] }[name] ?? []
      for (const title of running) await gensock.application.start(app(title))
      if (name === 'run') later(() => gensock.application.stop('chat'))
      return { chat: app('chat'), rooms: server, tree: { children: [] } }
    },
  },
  genEvent: {
    files: /^behaviours\/gen-event/,
    async before(self, name, code) {
      const [counter, toConsole, toFile] = [handler(), handler(), handler()]
      const manager = unwrap(await genEvent.start(code.includes("name: 'ticks'") ? {} : { name: 'ticks' }))
      for (const module of name === 'whichHandlers' ? [] : [counter, toConsole]) await genEvent.addHandler(manager, module, 1)
      if (name === 'addSupHandler') later(() => genEvent.stop(manager))
      const id = self.run(() => genEvent.sendRequest(manager, counter, 'get'))
      return { counter, toConsole, toFile, manager, id }
    },
  },
  sys: {
    files: /^behaviours\/sys/,
    async before() {
      await genServer.start(server, new Map(), { name: 'rooms' })
      return { pid: unwrap(await genServer.start(server, 5)) }
    },
  },
  pg: {
    files: /^groups\//,
    async before(self, name, code) {
      const [alice, bob, pid] = [gensock.spawn(idle), gensock.spawn(idle), gensock.spawn(idle)]
      if (!code.includes("'chat'") || name === 'whichLocalGroups') await pg.start('chat')
      if (name === 'isGroupChange') self.run(() => pg.monitor('lobby'))
      if (name === 'monitor' || name === 'isGroupChange') later(() => pg.join('lobby', alice))
      return { alice, bob, pid }
    },
  },
  supervisor: {
    files: /^behaviours\/(supervisor\.ts|child-spec)/,
    async before(_self, name) {
      const tree = unwrap(await supervisor.start({ children: [gensock.child('counter', counter, 0)] }))
      if (/^(terminate|restart|delete)Child$/.test(name)) await supervisor.startChild(tree, gensock.child('second', counter, 0))
      if (name === 'restartChild') await supervisor.terminateChild(tree, 'second')
      return { tree, counter, database: server, cache: server }
    },
  },
  dynamicSupervisor: {
    files: /^behaviours\/dynamic-supervisor/,
    async before(_self, name) {
      const room = { ...server, handleCast: (): ['noreply', number] => ['noreply', 0] }
      const rooms = unwrap(await gensock.dynamicSupervisor.start())
      const start = (): any => genServer.startLink(room, 'lobby')
      const [, lobby] = name === 'startChild' ? [] : await gensock.dynamicSupervisor.startChild(rooms, { start })
      return { room, rooms, lobby }
    },
  },
}

const files = ['behaviours', 'groups'].flatMap((folder) => readdirSync(`src/${folder}`).map((file) => `${folder}/${file}`))
beforeEach(() => {
  for (const method of ['log', 'warn', 'error'] as const) jest.spyOn(console, method).mockImplementation(nothing)
})
afterEach(async () => {
  await defaultNode().stop()
  jest.restoreAllMocks()
})

describe.each(Object.entries(ROOMS))('%s', (_room, room) => {
  const examples = files.filter((file) => room.files.test(file)).flatMap((file) => examplesOf(file))
  test.each(examples)('%s', async (name, code) => {
    expect.hasAssertions()
    const before = async (self: Receiver<any>): Promise<Names> => {
      return { ...gensock, ...(await room.before(self, name, code)), fillCache: nothing }
    }
    await expect(runExample(code, before)).resolves.toBeUndefined()
  })

  test('there are examples', () => {
    expect(examples.length).toBeGreaterThan(4)
  })
})
