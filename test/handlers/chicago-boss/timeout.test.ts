// The time of ['noreply', state, ms]: it is the service's, whatever socket it was answered to. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import { type Boss, type ServiceModule } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, infoOf, join } from './failing.js'

let node: TestNode
let boss: Boss
let log: string[]
afterEach(() => node.stop())

/** Answers a text that is a number, or infinity, with this time; so a broadcast. Writes down timeouts by their ms. */
const timing: ServiceModule<number, string> = () => {
  const answer = (text: string, n: number) => {
    if (text === '') return ['noreply', n] as const
    return ['noreply', n, text === 'infinity' ? text : Number(text)] as const
  }
  return {
    init: () => ['ok', 0],
    handleJoin: (_url, _webSocket, n) => ['noreply', n + 1],
    handleIncoming: (_url, _webSocket, text, n) => answer(text, n),
    handleBroadcast: (text, n) => answer(text, n),
    handleClose: (_reason, _url, _webSocket, n) => ['noreply', n - 1],
    handleInfo(info, n) {
      log.push(`${String(info)} ${node.now()}`)
      return info === 'again' ? ['noreply', n, 10] : ['noreply', n]
    },
  }
}
let ann: FakeTransport
let bob: FakeTransport
beforeEach(async () => {
  node = testNode()
  log = []
  boss = await boot(node, { module: timing })
  ;[ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
})
const say = async (text: string): Promise<void> => {
  ann.send(text)
  await node.settle()
}

describe('the time of an answer', () => {
  test('is over after so many ms, once', async () => {
    await say('100')
    await node.advance(99)
    expect(log).toEqual([])
    await node.advance(1000)
    expect(log).toEqual(['timeout 100'])
  })

  const others: Record<string, () => unknown> = {
    'a text of another socket': () => bob.send(''),
    'a text of its own': () => ann.send(''),
    'a join': () => join(node, boss, 'cid'),
    'a close': () => bob.close(1000),
    'a kill of a socket': () => exit(bob.pid, 'kill'),
    'a broadcast': () => boss.broadcast(timing, ''),
    'a message': async () => node.send((await infoOf(node, boss)).pid, 'hello'),
    'a message by its name': () => node.send('myapp_chat_websocket', 'hello'),
  }
  test.each(Object.keys(others))('is taken back by %s', async (what) => {
    await say('100')
    await node.advance(99)
    await (others[what] as () => unknown)()
    await node.advance(1000)
    expect(log.filter((line) => line.startsWith('timeout'))).toEqual([])
  })

  test('begins anew with the next one', async () => {
    await say('100')
    await node.advance(60)
    boss.broadcast(timing, '200')
    await node.advance(199)
    expect(log).toEqual([])
    await node.advance(1)
    expect(log).toEqual(['timeout 260'])
  })

  test('of 0 is over at once, unless something waits', async () => {
    await say('0')
    expect(log).toEqual(['timeout 0'])
    boss.broadcast(timing, '0')
    boss.broadcast(timing, '')
    await node.advance(1000)
    expect(log).toEqual(['timeout 0'])
  })

  test('infinity never is', async () => {
    await say('infinity')
    await node.advance(100_000)
    expect(log).toEqual([])
  })

  test('of a handleInfo is one like any other', async () => {
    node.send('myapp_chat_websocket', 'again')
    await node.advance(1000)
    expect(log).toEqual(['again 0', 'timeout 10'])
  })

  test('is not touched by frames that the service does not hear', async () => {
    await say('100')
    await node.advance(60)
    ann.send(new Uint8Array([1]))
    ann.send(['ping', 'x'])
    await node.advance(40)
    expect(log).toEqual(['timeout 100'])
  })

  test.each([-1, 0.5, 2 ** 31, Number.NaN])('of %p ms is none: the service crashes', async (ms) => {
    node.expectCrash(/must return/)
    await say(String(ms))
    await node.advance(1000)
    expect([log, ann.closed]).toEqual([[], undefined])
  })

  test('of 2 147 483 647 ms is the longest', async () => {
    await say(String(2 ** 31 - 1))
    await node.advance(2 ** 31 - 2)
    expect(log).toEqual([])
    await node.advance(1)
    expect(log).toEqual([`timeout ${2 ** 31 - 1}`])
  })

  test('ends with its process: after a restart there is none, nor is there one of the joins that are replayed', async () => {
    await say('100')
    await node.advance(50)
    exit((await infoOf(node, boss)).pid, 'kill')
    await node.advance(1000)
    expect(log).toEqual([])
  })
})

test('a message timeout that somebody sends is a message, and takes the time back', async () => {
  await say('100')
  node.send('myapp_chat_websocket', 'timeout')
  await node.advance(1000)
  expect(log).toEqual(['timeout 0'])
})
