// A join that the service ends in: once it is tried again, twice in a row it costs the socket, and never the others. In virtual
// time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import type { Boss, ServiceModule } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, open, type Way } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
beforeEach(async () => {
  node = testNode()
  chat = failing(node)
  boss = await boot(node, chat)
})
afterEach(() => node.stop())

const ways: Record<string, Way> = {
  'an exception': 'throw',
  'a rejection': 'reject',
  'stop normal': ['stop', 'normal'],
  'stop shutdown': ['stop', 'shutdown'],
  'a bad answer': ['reply', 'hi'],
}
function expectBad(way: Way, times: number): void {
  if (Array.isArray(way) && way[0] === 'reply') for (let n = 0; n < times; n++) node.expectCrash(/must return/)
}

describe.each(Object.keys(ways))('a join that ends the service by %s', (how) => {
  const way = ways[how] as Way

  test('twice in a row closes its socket with 1011; the others stay, and what they said is heard', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('join eve', way, way)
    expectBad(way, 2)
    chat.take()
    const eve = open(node, boss, 'eve')
    for (const text of ['1', '2', '3']) eve.send(text)
    await node.settle()
    bob.send('hi')
    const cid = open(node, boss, 'cid')
    await node.advance(50)
    const joins = chat.take().filter((line) => !line.startsWith('terminate'))
    const again = ['init', 'join ann', 'join bob']
    const rest = joins.slice(8)
    expect(joins.slice(0, 8)).toEqual(['join eve', ...again, 'join eve', ...again])
    // Nothing of what eve has said: it never joined. But its end is told.
    expect(rest.toSorted()).toEqual(['close eve normal shutdown', 'join cid', 'text bob hi'])
    expect([ann, bob, cid, eve].map(({ closed }) => closed)).toEqual([undefined, undefined, undefined, ['close', 1011]])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 3, waiting: 0 })
  })

  test('once is made up for by the replay, before what the socket says', async () => {
    await join(node, boss, 'ann')
    chat.fails('join eve', way)
    expectBad(way, 1)
    chat.take()
    const eve = open(node, boss, 'eve')
    for (const text of ['1', '2']) eve.send(text)
    await node.advance(50)
    const calls = chat.take().filter((line) => !line.startsWith('terminate'))
    expect(calls).toEqual(['join eve', 'init', 'join ann', 'join eve', 'text eve 1', 'text eve 2'])
    expect([eve.closed, eve.sent.length]).toEqual([undefined, 2])
  })
})

describe('a join', () => {
  test('that fails now and then, never twice in a row, costs nothing', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (let n = 0; n < 4; n++) {
      chat.fails('text ann crash', 'throw')
      chat.fails('join ann', 'throw', 'ok')
      ann.send('crash')
      await node.advance(6000)
    }
    expect([ann.closed, chat.log.filter((line) => line === 'join ann').length]).toEqual([undefined, 9])
  })

  test('that fails of two sockets costs these two', async () => {
    chat.fails('join eve', 'throw', 'throw')
    chat.fails('join mal', 'throw', 'throw')
    const [ann, eve, bob, mal] = await join(node, boss, 'ann', 'eve', 'bob', 'mal')
    const [good, bad] = [
      [ann, bob],
      [eve, mal],
    ].map((some) => some.map((socket) => socket?.closed?.[1]))
    expect([good, bad]).toEqual([
      [undefined, undefined],
      [1011, 1011],
    ])
    ann?.send('who?')
    await node.settle()
    expect(ann?.sent).toEqual([['text', 'ann bob: who?']])
  })

  test('that fails in the replay twice in a row closes a socket that had joined, and says so to the service', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('text ann crash', 'throw')
    chat.fails('join ann', 'throw', 'throw')
    chat.take()
    ann.send('crash')
    ann.send('lost')
    bob.send('hi')
    await node.settle()
    expect([ann.closed, bob.closed]).toEqual([['close', 1011], undefined])
    const calls = chat.take().filter((line) => !line.startsWith('terminate'))
    const [before, after] = [calls.slice(0, 5), calls.slice(5)]
    expect(before).toEqual(['text ann crash', 'init', 'join ann', 'init', 'join ann'])
    expect(after).toEqual(['init', 'join bob', 'text bob hi', 'close ann normal shutdown'])
  })

  test('whose process is killed counts as one that failed', async () => {
    chat.fails('join eve', 'hang', 'hang')
    const [eve] = (await join(node, boss, 'eve')) as [FakeTransport]
    for (let n = 0; n < 2; n++) {
      expect(eve.closed).toBeUndefined()
      exit((await infoOf(node, boss)).pid, 'kill')
      await node.settle()
    }
    expect([eve.closed, chat.log]).toEqual([
      ['close', 1011],
      ['init', 'join eve', 'init', 'join eve', 'init', 'close eve normal shutdown'],
    ])
  })

  test('whose module throws for this socket ends it alone, before it has joined', async () => {
    const heard: string[] = []
    const picky: ServiceModule<null> = (_req, user) => {
      if (user === 'eve') throw new Error('boom')
      return {
        init: () => ['ok', null],
        handleIncoming: (_url, _webSocket, text) => (heard.push(`${user} ${text}`), ['noreply', null]),
        handleClose: () => (heard.push('close'), ['noreply', null]),
      }
    }
    await supervisor.stop(boss.pid)
    boss = await boot(node, { module: picky })
    node.expectCrash(/boom/)
    const [eve, ann] = (await join(node, boss, 'eve', 'ann')) as [FakeTransport, FakeTransport]
    eve.send('1')
    ann.send('2')
    await node.settle()
    expect([eve.closed, heard]).toEqual([['close', 1011], ['ann 2']])
  })
})
