// restart: 'faithful', as in Chicago Boss: one crash takes all services and the router with it, nothing is replayed, what waits
// is lost; sockets feel nothing of it. But the end of a socket is told here. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import type { Boss } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, linkToOneThatEnds, open } from './failing.js'

let node: TestNode
let chat: Failing
let news: Failing
let boss: Boss
beforeEach(async () => {
  node = testNode()
  chat = failing(node)
  news = failing(node, 'news: ')
  boss = await boot(node, chat, { restart: 'faithful' }, { news })
})
afterEach(() => node.stop())

const children = async () => (await supervisor.whichChildren(boss.pid)).map(({ id, pid }) => [id, pid] as const)
async function crash(socket: FakeTransport): Promise<void> {
  chat.fails('text ann crash', 'throw')
  socket.send('crash')
  await node.settle()
}

describe('a crash', () => {
  test('starts the router and all services anew, and calls the terminate of none but the culprit', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    await node.settle()
    const before = await children()
    for (const { take } of [chat, news]) take()
    await crash(ann)
    const now = await children()
    expect(now.map(([id]) => id)).toEqual(['myapp_news_websocket', 'myapp_chat_websocket', 'router'])
    expect(now.filter(([id, pid]) => before.some(([other, old]) => other === id && old === pid))).toEqual([])
    expect([chat.take(), news.take()]).toEqual([['text ann crash', 'terminate Error: boom of ann', 'init'], ['news: init']])
    // No join is repeated, and the sockets go on: the new states know nobody.
    for (const socket of [ann, cid]) socket.send('hi')
    await node.settle()
    expect([ann.sent, cid.sent]).toEqual([[['text', ': hi']], [['text', ': hi']]])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 1, waiting: 0 })
  })

  test('loses what waits for any service, joins too; but not that a socket is gone', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    const [cid, dan] = [open(node, boss, 'cid', 1), open(node, boss, 'dan', 1)]
    await node.settle()
    chat.fails('text ann crash', 'reject')
    news.fails('text cid wait', 'hang')
    ann.send('crash')
    cid.send('wait')
    await node.settle()
    for (const { take } of [chat, news]) take()
    const eve = open(node, boss, 'eve')
    for (const socket of [ann, bob, cid, dan]) socket.send('lost')
    for (const { module } of [chat, news]) boss.broadcast(module, 'lost')
    await node.settle()
    bob.close(1000)
    exit(dan.pid, 'kill')
    await node.advance(10)
    expect(chat.take()).toEqual(['terminate Error: boom of ann bob', 'init', 'close bob remote 1000'])
    expect(news.take()).toEqual(['news: init', 'news: close dan error killed'])
    // A socket whose join was lost is heard as what it is, with its own session.
    eve.send('hi')
    eve.close(4000)
    await node.settle()
    expect(chat.take()).toEqual(['text eve hi', 'close eve remote 4000'])
  })

  test('holds back no socket whose texts were lost', async () => {
    const slow = open(node, boss, 'ann', 0, { inboundHighBytes: 2000, inboundLowBytes: 1000 })
    chat.fails('text ann crash', 'reject')
    slow.send('crash')
    for (let n = 0; n < 10; n++) slow.send('x'.repeat(500))
    await node.settle()
    expect(slow.paused).toBe(true)
    await node.advance(10)
    expect([slow.paused, slow.sent.length]).toEqual([false, expect.any(Number)])
    slow.send('hi')
    await node.settle()
    expect(slow.sent.at(-1)).toEqual(['text', ': hi'])
  })

  test('of the router does the same to all services', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (const { take } of [chat, news]) take()
    exit((await children()).find(([id]) => id === 'router')?.[1] as any, 'kill')
    await node.settle()
    expect([chat.take(), news.take(), ann.closed]).toEqual([['init'], ['news: init'], undefined])
    exit(ann.pid, 'kill')
    await node.settle()
    expect(chat.take()).toEqual(['close ann error killed'])
  })

  test('of a linked process ends a service at once, without its terminate', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    await supervisor.stop(boss.pid)
    const module: Failing['module'] = (req, user) => ({
      ...chat.module(req, user),
      handleBroadcast(_news, users) {
        linkToOneThatEnds('oops')
        return ['noreply', users]
      },
    })
    boss = await boot(node, { module }, { restart: 'faithful' }, { news })
    for (const { take } of [chat, news]) take()
    boss.broadcast(module, '')
    await node.settle()
    expect([chat.take(), news.take(), ann.closed]).toEqual([['init'], ['news: init'], ['close', 1001]])
  })

  test.each(['normal', 'shutdown'])('is no other than stop %s', async (reason) => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('text ann end', ['stop', reason])
    for (const { take } of [chat, news]) take()
    ann.send('end')
    await node.settle()
    expect([chat.take(), news.take(), ann.closed]).toEqual([
      ['text ann end', `terminate ${reason} of ann`, 'init'],
      ['news: init'],
      undefined,
    ])
  })
})

describe('restarts', () => {
  test('are those of all: the eleventh within 10 s ends all services, and closes all sockets with 1011', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const cid = open(node, boss, 'cid', 1)
    news.fails('text cid crash', ...Array.from({ length: 5 }, () => 'throw' as const))
    await node.settle()
    for (let n = 0; n < 5; n++) {
      await crash(ann)
      await node.advance(1000)
      cid.send('crash')
      await node.advance(1000)
    }
    expect([ann.closed, cid.closed]).toEqual([undefined, undefined])
    await crash(ann) // 10 s after the first
    expect([ann.closed, cid.closed]).toEqual([
      ['close', 1011],
      ['close', 1011],
    ])
    expect([node.isAlive(boss.pid), chat.log.filter((line) => line === 'init').length]).toEqual([false, 11])
    const [bob] = (await join(node, boss, 'bob')) as [FakeTransport]
    expect(bob.handshake?.slice(0, 2)).toEqual(['reject', 503])
  })

  test('count for 10 s', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (let n = 0; n < 30; n++) {
      await crash(ann)
      await node.advance(1001)
    }
    expect(ann.closed).toBeUndefined()
  })
})
