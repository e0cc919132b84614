// Which services a broadcast finds, on which node; and what becomes of names when services end, start anew, or are taken.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, exit, type GensockError, type Pid, register, send, supervisor } from 'gensock'
import { type Boss, type BossOptions, broadcast, services, type ServiceModule } from 'gensock/chicago-boss'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { linked } from '../../linked.js'

let node: TestNode
const heard: string[] = []
beforeEach(() => {
  heard.length = 0
  node = testNode()
})
afterEach(() => node.stop())

type Listener = ServiceModule<null, string, 'boom'>
/** Writes down what is said to it; 'boom' ends it. */
const listener =
  (name: string): Listener =>
  () => ({
    init: () => ['ok', null],
    handleBroadcast(news, state) {
      heard.push(`${name} ${news}`)
      return ['noreply', state]
    },
    handleInfo: (reason, state) => ['stop', reason, state],
  })
const [chat, news] = [listener('chat'), listener('news')]

const start = (modules: Readonly<Record<string, Listener>>, options: BossOptions = {}): Promise<Boss> =>
  services(modules, { node, ...options })
const refusalOf = (run: () => void): Partial<GensockError> => {
  try {
    run()
  } catch (error) {
    return error as GensockError
  }
  return {}
}

describe('a broadcast', () => {
  test('finds a service by its module and by its name, by the function and by the method', async () => {
    const boss = await start({ my_chat_websocket: chat, my_news_websocket: news })
    boss.broadcast(chat, '1')
    boss.broadcast('my_news_websocket', '2')
    node.run(() => broadcast(news, '3'))
    node.run(() => broadcast('my_chat_websocket', '4'))
    await node.settle()
    expect(heard.toSorted()).toEqual(['chat 1', 'chat 4', 'news 2', 'news 3'])
  })

  test('keeps its order for one service, from wherever it is said', async () => {
    const boss = await start({ my_chat_websocket: chat })
    for (let i = 0; i < 6; i++) {
      if (i % 2 === 0) boss.broadcast(chat, `${i}`)
      else node.run(() => broadcast('my_chat_websocket', `${i}`))
    }
    await node.settle()
    expect(heard).toEqual(['chat 0', 'chat 1', 'chat 2', 'chat 3', 'chat 4', 'chat 5'])
  })

  test('is heard by all services of a function that is the module of several', async () => {
    const boss = await start({ my_chat_websocket: chat, my_other_websocket: chat, my_news_websocket: news })
    boss.broadcast(chat, 'hi')
    node.run(() => broadcast(chat, 'there'))
    await node.settle()
    expect(heard.toSorted()).toEqual(['chat hi', 'chat hi', 'chat there', 'chat there'])
  })

  test('from a process finds the services of its node', async () => {
    await start({ my_chat_websocket: chat })
    node.spawn(() => broadcast(chat, 'from a process'))
    await node.settle()
    expect(heard).toEqual(['chat from a process'])
  })

  test('reaches each process of a service that has one for each socket', async () => {
    const own: Listener = () => ({ ...chat(undefined, undefined), concurrency: 'socket' })
    const boss = await start({ my_chat_websocket: own })
    boss.broadcast(own, 'to nobody')
    const sockets = [fakeTransport(node, boss.routes[0]), fakeTransport(node, boss.routes[0])]
    await node.settle()
    boss.broadcast(own, 'to both')
    await node.settle()
    expect(heard).toEqual(['chat to both', 'chat to both'])
    expect(sockets.map(({ closed }) => closed)).toEqual([undefined, undefined])
  })

  test('to a service that there is not is refused, with those that there are', async () => {
    expect(refusalOf(() => node.run(() => broadcast('my_chat_websocket', 'hi')))).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked(
        'GENSOCK_ERR_BADARG',
        "broadcast: service must be a service that runs here: there is none, got 'my_chat_websocket'",
      ),
    })
    const boss = await start({ my_chat_websocket: chat, my_news_websocket: news })
    const said = 'broadcast: service must be a service that runs here: my_chat_websocket, my_news_websocket, got '
    for (const tell of [boss.broadcast, (name: any, message: unknown) => node.run(() => broadcast(name, message))])
      for (const wrong of ['chat', '/websocket/chat', '', listener('new'), undefined, 42])
        expect(refusalOf(() => tell(wrong as string, 'hi'))).toMatchObject({
          code: 'GENSOCK_ERR_BADARG',
          message: expect.stringContaining(said),
        })
  })

  test('by the method finds the services of this boss only', async () => {
    const [boss, other] = [await start({ my_chat_websocket: chat }), await start({ my_news_websocket: news })]
    expect(refusalOf(() => boss.broadcast(news, 'hi')).message).toContain('runs here: my_chat_websocket, got ')
    expect(refusalOf(() => other.broadcast('my_chat_websocket', 'hi')).message).toContain('runs here: my_news_websocket, got ')
    node.run(() => broadcast(chat, 'hi'))
    node.run(() => broadcast(news, 'hi'))
    await node.settle()
    expect(heard).toEqual(['chat hi', 'news hi'])
  })

  test('to a service that has ended is not heard and not refused', async () => {
    const boss = await start({ my_chat_websocket: chat })
    await supervisor.stop(boss.pid)
    boss.broadcast(chat, 'too late')
    node.run(() => broadcast(chat, 'too late'))
    node.run(() => broadcast('my_chat_websocket', 'too late'))
    await node.settle()
    expect(heard).toEqual([])
  })
})

describe('on two nodes', () => {
  test('services of one name do not know each other', async () => {
    const other = createNode()
    try {
      await start({ my_chat_websocket: chat, my_news_websocket: news })
      const there = await start({ my_chat_websocket: listener('other') }, { node: other })
      node.run(() => broadcast('my_chat_websocket', 'here'))
      other.run(() => broadcast('my_chat_websocket', 'there'))
      await Promise.all([node.settle(), there.services()])
      expect(heard.toSorted()).toEqual(['chat here', 'other there'])
      expect(refusalOf(() => other.run(() => broadcast(chat, 'hi'))).message).toContain('runs here: my_chat_websocket, got ')
      expect(refusalOf(() => other.run(() => broadcast('my_news_websocket', 'hi')))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    } finally {
      await other.stop()
    }
  })
})

describe('names', () => {
  const shared = chat
  const own: Listener = () => ({ ...chat(undefined, undefined), concurrency: 'socket' })
  const kinds: [string, Listener, BossOptions][] = [
    ['one process', shared, {}],
    ['one process, faithful', shared, { restart: 'faithful' }],
    ['a process for each socket', own, {}],
  ]

  test.each(kinds)('a service that runs is refused a second time, and goes on: %s', async (_kind, module, options) => {
    const boss = await start({ my_chat_websocket: module }, options)
    expect(refusalOf(() => void start({ my_news_websocket: news, my_chat_websocket: module }, options))).toMatchObject({
      code: 'GENSOCK_ERR_BADARG',
      message: linked('GENSOCK_ERR_BADARG', 'services: my_chat_websocket runs on this node already'),
    })
    expect(node.whereis('my_news_websocket')).toBeUndefined()
    expect(await boss.services()).toHaveLength(1)
  })

  test.each(kinds)('a service starts again once its boss has been stopped: %s', async (_kind, module, options) => {
    for (const round of ['1', '2', '3']) {
      const boss = await start({ my_chat_websocket: module }, options)
      const socket = fakeTransport(node, boss.routes[0])
      await node.settle()
      boss.broadcast(module, round)
      node.run(() => broadcast(module, round))
      await node.settle()
      await supervisor.stop(boss.pid)
      await node.settle()
      expect(socket.closed).toEqual(['close', 1001])
    }
    expect(heard).toEqual(['1', '1', '2', '2', '3', '3'].map((round) => `chat ${round}`))
  })

  test('a service that has given up can be started again beside the others of its boss', async () => {
    const boss = await start({ my_chat_websocket: chat, my_news_websocket: news }, { intensity: 0 })
    node.expectCrash(/boom/)
    send((await boss.services())[0]?.pid as Pid<'boom'>, 'boom')
    await node.settle()
    expect(node.whereis('my_chat_websocket')).toBeUndefined()
    const again = await start({ my_chat_websocket: chat })
    boss.broadcast(chat, 'by the first boss')
    again.broadcast(chat, 'by the second')
    node.run(() => broadcast(chat, 'by any'))
    node.run(() => broadcast(news, 'by any'))
    await node.settle()
    expect(heard).toEqual(['chat by the second', 'chat by any', 'news by any'])
  })

  test('a name that another process has is refused by the start, and nothing is left', async () => {
    const pid = node.spawn((self) => self.receive())
    node.run(() => register('my_news_websocket', pid))
    await expect(start({ my_chat_websocket: chat, my_news_websocket: news })).rejects.toMatchObject({
      code: 'GENSOCK_ERR_START',
      message: expect.stringContaining('services: my_news_websocket did not start: '),
      reason: ['already_started', pid],
    })
    expect(node.whereis('my_chat_websocket')).toBeUndefined()
    expect(refusalOf(() => node.run(() => broadcast(chat, 'hi')))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    node.run(() => exit(pid, 'kill'))
    await node.settle()
    await start({ my_chat_websocket: chat, my_news_websocket: news })
    expect(node.whereis('my_chat_websocket')).toBeDefined()
  })

  test.each(kinds)(
    'of two starts of one service at a time one is refused, and the other runs: %s',
    async (_kind, module, options) => {
      const first = start({ my_chat_websocket: module }, options)
      expect(refusalOf(() => void start({ my_chat_websocket: module }, options))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
      await first
    },
  )

  test('a start that fails frees its names', async () => {
    const failing: ServiceModule<null> = () => ({ init: () => ['no'] as never })
    node.expectCrash(/my_chat_websocket: init/)
    await expect(start({ my_chat_websocket: failing })).rejects.toMatchObject({ code: 'GENSOCK_ERR_START' })
    await start({ my_chat_websocket: chat })
    node.run(() => broadcast(chat, 'hi'))
    await node.settle()
    expect(heard).toEqual(['chat hi'])
  })
})
