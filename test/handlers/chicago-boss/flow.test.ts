// A service that takes its time holds back the peers that send too much, each by what it has sent itself. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import type { Boss } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, open } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
let ann: FakeTransport
let bob: FakeTransport
// A frame costs 64 bytes beside its own.
const route = { inboundHighBytes: 10_000, inboundLowBytes: 5000 }
const KB = 'x'.repeat(936)
describe.each(['service', 'socket'] as const)('concurrency %s', (concurrency) => {
  beforeEach(async () => {
    node = testNode()
    chat = failing(node, '', concurrency)
    boss = await boot(node, chat, { route })
    ;[ann, bob] = ['ann', 'bob'].map((user) => open(node, boss, user, 0, route)) as [FakeTransport, FakeTransport]
    await node.settle()
  })
  afterEach(() => node.stop())

  const sendKb = async (socket: FakeTransport, count: number): Promise<void> => {
    for (let n = 0; n < count; n++) socket.send(KB)
    await node.settle()
  }
  const texts = (): number => chat.log.filter((line) => line.startsWith('text')).length

  test('a peer that sends more than the service takes is held back, and read on once half of it is handled', async () => {
    chat.fails(`text ann ${KB}`, ...Array.from({ length: 30 }, () => 100))
    await sendKb(ann, 30)
    expect([ann.paused, bob.paused]).toEqual([true, false])
    // One is in hand, ten and the one that was too much wait; the others are still the peer's.
    expect(await infoOf(node, boss)).toMatchObject({ waiting: 11 })
    await node.advance(599)
    expect(ann.paused).toBe(true)
    await node.advance(1)
    expect([ann.paused, texts()]).toEqual([true, 7]) // read on, and full again at once
    await node.advance(2400)
    expect([ann.paused, texts(), ann.closed]).toEqual([false, 30, undefined])
  })

  test('what the service says goes out meanwhile', async () => {
    chat.fails(`text ann ${KB}`, 60_000)
    await sendKb(ann, 20)
    expect(ann.paused).toBe(true)
    node.send(ann.pid, ['text', 'still here'])
    await node.settle()
    expect(ann.sent).toEqual([['text', 'still here']])
    await node.advance(60_000)
    expect([ann.paused, ann.sent.length]).toEqual([false, 21])
  })

  test('a service that is starting again holds back as one that works, and takes all of it afterwards', async () => {
    const hang = concurrency === 'service' ? 'text bob crash' : 'text ann crash'
    chat.fails('init', 1000)
    chat.fails(hang, 'throw')
    const culprit = concurrency === 'service' ? bob : ann
    culprit.send('crash')
    await node.settle()
    await sendKb(ann, 20)
    expect(ann.paused).toBe(true)
    await node.advance(1000)
    expect([ann.paused, texts(), ann.closed]).toEqual([false, 21, undefined])
  })

  test('a text that crashes the service is taken all the same', async () => {
    chat.fails(`text ann ${KB}`, 'reject', ...Array.from({ length: 9 }, () => 'reject' as const))
    await sendKb(ann, 30)
    await node.advance(100)
    expect([ann.paused, texts(), ann.sent.length]).toEqual([false, 30, 20])
  })

  test('a peer that is held back and goes is told as any other', async () => {
    chat.fails(`text ann ${KB}`, 100)
    await sendKb(ann, 30)
    exit(ann.pid, 'kill')
    await node.advance(100)
    expect([texts(), chat.log.filter((line) => line.startsWith('close'))]).toEqual([12, ['close ann error killed']])
  })

  test('small frames count for more than their bytes', async () => {
    chat.fails('text ann ', 1000)
    for (let n = 0; n < 400; n++) ann.send('')
    await node.settle()
    expect([ann.paused, (await infoOf(node, boss)).waiting]).toEqual([true, 157]) // 157 x 64 > 10 000
    await node.advance(1000)
    expect([ann.paused, texts()]).toEqual([false, 400])
  })

  test('a socket whose join is refused is not held back by what it had said', async () => {
    chat.fails('join eve', 'reject', 'reject')
    const eve = open(node, boss, 'eve', 0, route)
    await sendKb(eve, 30)
    await node.advance(20)
    expect([eve.closed, texts()]).toEqual([['close', 1011], 0])
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    cid.send('hi')
    await node.settle()
    expect(cid.sent.length).toBe(1)
  })
})
