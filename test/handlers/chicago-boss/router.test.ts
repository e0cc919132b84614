// A router that is killed: it carries nothing, so nothing is lost but how a socket has ended that nobody saw. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import type { Boss } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, open } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
beforeEach(async () => {
  node = testNode()
  chat = failing(node)
  boss = await boot(node, chat)
})
afterEach(() => node.stop())

const routerPid = async () => (await supervisor.whichChildren(boss.pid)).find(({ id }) => id === 'router')?.pid as any

describe('a router that is killed', () => {
  test('is started again; services and sockets feel nothing of it', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const [before, { pid }] = [await routerPid(), await infoOf(node, boss)]
    chat.take()
    exit(before, 'kill')
    boss.broadcast(chat.module, 'news')
    ann.send('hi')
    await node.settle()
    expect([chat.take(), ann.sent, ann.closed]).toEqual([['news news', 'text ann hi'], [['text', 'ann: hi']], undefined])
    expect([(await routerPid()) === before, await infoOf(node, boss)]).toEqual([
      false,
      { name: 'myapp_chat_websocket', url: '/websocket/chat', pid, sockets: 1, waiting: 0 },
    ])
  })

  test('has the next one watch who joined before, and who joins while there is none', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    // Its socket's process joins before the supervisor's turn comes.
    const bob = open(node, boss, 'bob')
    exit(await routerPid(), 'kill')
    await node.settle()
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    chat.take()
    for (const { pid } of [ann, bob, cid]) exit(pid, 'kill')
    await node.settle()
    expect(chat.take()).toEqual(['close ann error killed', 'close bob error killed', 'close cid error killed'])
  })

  test('again and again loses no end of any socket', async () => {
    const sockets = await join(node, boss, ...Array.from({ length: 20 }, (_, n) => `u${n}`))
    for (const [n, { pid }] of sockets.entries()) {
      exit(await routerPid(), 'kill')
      if (n % 2 === 0) await node.advance(501)
      exit(pid, 'kill')
      await node.advance(501)
    }
    const closed = chat.log.filter((line) => line.startsWith('close')).map((line) => String(line.split(' ')[1]))
    expect(closed.toSorted()).toEqual(sockets.map((_, n) => `u${n}`).toSorted())
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 0, waiting: 0 })
  })

  test('holds no monitor of a socket that has ended', async () => {
    const sockets = await join(node, boss, 'ann', 'bob')
    expect(node.processInfo(await routerPid(), 'monitors')?.length).toBe(2)
    for (const socket of sockets) socket.close(1000)
    await node.settle()
    expect(node.processInfo(await routerPid(), 'monitors')).toEqual([])
  })

  test('more than ten times within 5 s ends all services, in order', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (let n = 0; n < 11; n++) {
      expect(ann.closed).toBeUndefined()
      exit(await routerPid(), 'kill')
      await node.settle()
    }
    expect([ann.closed, chat.log.at(-1), node.isAlive(boss.pid)]).toEqual([['close', 1001], 'terminate shutdown of ann', false])
  })
})

describe('boss.services()', () => {
  test('counts what has joined and what waits, of each service', async () => {
    await supervisor.stop(boss.pid)
    const [news, own] = [failing(node, 'news: '), failing(node, 'own: ', 'socket')]
    boss = await boot(node, chat, {}, { news, own })
    chat.fails('text ann slow', 100)
    const [ann] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport]
    for (const user of ['cid', 'dan', 'eve']) open(node, boss, user, 2)
    own.fails('text fay slow', 100)
    const fay = open(node, boss, 'fay', 2)
    for (const text of ['slow', '1', '2']) {
      ann.send(text)
      fay.send(text)
    }
    await node.settle()
    boss.broadcast(chat.module, 'hi')
    const all = await node.run(() => boss.services())
    expect(all.map(({ name, url, sockets, waiting }) => [name, url, sockets, waiting])).toEqual([
      ['myapp_chat_websocket', '/websocket/chat', 2, 3],
      ['myapp_news_websocket', '/websocket/news', 0, 0],
      ['myapp_own_websocket', '/websocket/own', 4, 2],
    ])
    expect(all.map(({ pid }) => pid === undefined)).toEqual([false, false, true])
    await node.advance(100)
    expect((await node.run(() => boss.services())).map(({ sockets, waiting }) => [sockets, waiting])).toEqual([
      [2, 0],
      [0, 0],
      [4, 0],
    ])
  })

  test('shows the process that takes over, also while this starts; nothing once the service has ended', async () => {
    const { pid } = await infoOf(node, boss)
    chat.fails('init', 100)
    exit(pid, 'kill')
    await node.settle()
    const next = await infoOf(node, boss)
    expect([node.isAlive(next.pid), next.pid === pid]).toEqual([true, false])
    await node.advance(100)
    expect(await infoOf(node, boss)).toEqual(next)
    chat.fails('init', ...Array.from({ length: 9 }, () => 'throw' as const))
    exit(next.pid, 'kill')
    await node.settle()
    expect(await infoOf(node, boss)).toMatchObject({ pid: undefined })
  })
})
