// How services end for good: one that crashes too often, and all of them because they are told to. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CallError, exit, supervisor } from 'gensock'
import type { Boss, BossOptions } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, linkToOneThatEnds, open } from './failing.js'

let node: TestNode
let chat: Failing
let news: Failing
let boss: Boss
beforeEach(() => {
  node = testNode()
  chat = failing(node)
  news = failing(node, 'news: ')
})
afterEach(() => node.stop())

const start = async (options: BossOptions = {}): Promise<Boss> => (boss = await boot(node, chat, options, { news }))
/** Crashes the service so often, each time after so many ms. */
async function crash(socket: FakeTransport, times: number, everyMs: number): Promise<void> {
  chat.fails('text ann crash', ...Array.from({ length: times }, () => 'throw' as const))
  for (let n = 0; n < times; n++) {
    if (n > 0) await node.advance(everyMs)
    socket.send('crash')
    await node.settle()
  }
}

describe('the restarts of a service', () => {
  test('are its own: with the eleventh within 5 s it ends alone, and its sockets close with 1011', async () => {
    await start()
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    await crash(ann, 10, 500)
    chat.take()
    boss.broadcast(chat.module, 'hi')
    await node.advance(500) // 5 s after the first
    expect([chat.take(), ann.closed, bob.closed]).toEqual([['news hi'], undefined, undefined])
    await crash(ann, 1, 0)
    expect(chat.take()).toEqual(['text ann crash', 'terminate Error: boom of ann bob'])
    expect([ann.closed, bob.closed, cid.closed]).toEqual([['close', 1011], ['close', 1011], undefined])
    expect([ann.exit, bob.exit]).toEqual(['normal', 'normal'])
    // What comes to it now is taken in silence, and no socket gets in.
    boss.broadcast(chat.module, 'hi')
    const [dan] = (await join(node, boss, 'dan')) as [FakeTransport]
    expect([dan.handshake?.slice(0, 2), chat.take()]).toEqual([['reject', 503], []])
    expect(await infoOf(node, boss)).toMatchObject({ pid: undefined, sockets: 0, waiting: 0 })
    cid.send('hi')
    await node.settle()
    expect([cid.sent, news.log.filter((line) => line === 'news: init')]).toEqual([[['text', 'cid: hi']], ['news: init']])
  })

  test('count for 5 s: one each 501 ms goes on and on', async () => {
    await start()
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    await crash(ann, 40, 501)
    expect([ann.closed, chat.log.filter((line) => line === 'join ann').length]).toEqual([undefined, 41])
  })

  test('may be none, or as many as one likes in a period of his own', async () => {
    await start({ intensity: 0 })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    await crash(ann, 1, 0)
    expect(ann.closed).toEqual(['close', 1011])
    await supervisor.stop(boss.pid)
    await start({ intensity: 2, periodMs: 100 })
    const [ben] = (await join(node, boss, 'ann')) as [FakeTransport]
    await crash(ben, 3, 51)
    expect(ben.closed).toBeUndefined()
    await crash(ben, 1, 0)
    expect(ben.closed).toEqual(['close', 1011])
  })

  test('that end it by stop shutdown are no order to end: its sockets hear 1011', async () => {
    await start({ intensity: 0 })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('text ann end', ['stop', 'shutdown'])
    ann.send('end')
    await node.settle()
    expect(ann.closed).toEqual(['close', 1011])
  })

  test('that end it because of a linked process, which ended with shutdown, are no order either', async () => {
    const linking: Failing['module'] = (req, user) => {
      const { handleInfo: _, ...rest } = chat.module(req, user)
      return { ...rest, handleBroadcast: (_news, users) => (linkToOneThatEnds('shutdown'), ['noreply', users]) }
    }
    boss = await boot(node, { module: linking }, { intensity: 0 })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    boss.broadcast(linking, '')
    await node.settle()
    expect([ann.closed, chat.log.at(-1)]).toEqual([['close', 1011], 'terminate shutdown of ann'])
  })

  test('that end it leave the others as they are: the one that has ended is started anew under its name', async () => {
    await start({ intensity: 0 })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    await crash(ann, 1, 0)
    const again = await boot(node, failing(node))
    const [ben] = (await join(node, again, 'ben')) as [FakeTransport]
    ben.send('hi')
    await node.settle()
    expect(ben.sent).toEqual([['text', 'ben: hi']])
    await supervisor.stop(boss.pid)
    await node.settle()
    expect(cid.closed).toEqual(['close', 1001]) // its own service has been told to
  })
})

describe.each(['replay', 'faithful'] as const)('services that are told to end (%s)', (restart) => {
  const orders: Record<string, () => Promise<unknown>> = {
    'supervisor.stop': () => supervisor.stop(boss.pid),
    'supervisor.stop with shutdown': () => supervisor.stop(boss.pid, 'shutdown'),
    'node.stop': () => node.stop(),
  }
  test.each(Object.keys(orders))('by %s close their sockets with 1001', async (order) => {
    await start({ restart })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    await node.settle()
    chat.take()
    await (orders[order] as () => Promise<unknown>)()
    await node.settle()
    expect([ann.closed, cid.closed]).toEqual([
      ['close', 1001],
      ['close', 1001],
    ])
    // As in Chicago Boss a faithful service does not trap exits.
    const heard = restart === 'replay' ? ['terminate shutdown of ann', 'news: terminate shutdown of cid'] : []
    expect([...chat.take(), ...news.take().slice(2)]).toEqual(heard)
  })

  test('long after a crash close their sockets with 1001 all the same', async () => {
    await start({ restart })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    await crash(ann, 1, 0)
    await supervisor.stop(boss.pid, 'shutdown')
    await node.settle()
    expect([ann.closed, cid.closed]).toEqual([
      ['close', 1001],
      ['close', 1001],
    ])
  })

  test('refuse new sockets with 503 and are no longer asked', async () => {
    await start({ restart })
    await supervisor.stop(boss.pid)
    chat.take()
    const [dan] = (await join(node, boss, 'dan')) as [FakeTransport]
    expect(dan.handshake?.slice(0, 2)).toEqual(['reject', 503])
    await expect(node.run(() => boss.services())).rejects.toThrow(CallError)
    boss.broadcast(chat.module, 'hi')
    expect(chat.take()).toEqual([])
  })

  test('also while a callback never answers: their sockets hear 1001 after 5 s at most', async () => {
    await start({ restart })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('text ann wait', 'hang')
    ann.send('wait')
    await node.settle()
    const stopped = supervisor.stop(boss.pid)
    await node.advance(5000)
    await stopped
    expect(ann.closed).toEqual(['close', 1001])
  })
})

describe('a terminate', () => {
  test('that never answers is cut off after 5 s by a supervisor that ends', async () => {
    await start()
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('terminate shutdown of ann', 'hang')
    const stopped = supervisor.stop(boss.pid)
    await node.advance(4999)
    expect([ann.closed, node.isAlive(boss.pid)]).toEqual([undefined, true])
    await node.advance(1)
    await stopped
    expect(ann.closed).toEqual(['close', 1001])
  })

  test('that throws after a crash hinders no restart', async () => {
    await start()
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('text ann end', ['stop', 'normal'])
    chat.fails('terminate normal of ann', 'throw')
    chat.take()
    for (const text of ['end', 'hi']) ann.send(text)
    await node.settle()
    expect(chat.take()).toEqual(['text ann end', 'terminate normal of ann', 'init', 'join ann', 'text ann hi'])
  })

  test('after a crash holds the service up as long as it takes, and loses nothing', async () => {
    await start()
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('terminate Error: boom of ann bob', 1000)
    await crash(ann, 1, 0)
    chat.take()
    bob.send('1')
    ann.close(1000)
    await node.advance(999)
    expect(chat.take()).toEqual([])
    await node.advance(1)
    expect(chat.take()).toEqual(['init', 'join ann', 'join bob', 'text bob 1', 'close ann remote 1000'])
  })
})

test('a service whose own supervisor is killed ends, and its sockets close with 1011', async () => {
  await start()
  const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
  const cid = open(node, boss, 'cid', 1)
  const children = await supervisor.whichChildren(boss.pid)
  node.expectCrash('killed') // what its process ends with
  exit(children.find(({ id }) => id === 'myapp_chat_websocket')?.pid as any, 'kill')
  await node.settle()
  expect([ann.closed, cid.closed]).toEqual([['close', 1011], undefined])
})
