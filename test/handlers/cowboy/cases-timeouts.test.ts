// Cowboy's cases of the idle timeout, C65 to C71, in virtual time. Each title starts with its number; what is not as in Cowboy says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { type Generation, handlerOf, type Recorded, type Script } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const TIMED_OUT: Readonly<Record<Generation, unknown>> = {
  '0.8': ['normal', 'timeout'],
  '1.0': ['normal', 'timeout'],
  '2.0-pre': 'timeout',
  '2.x': 'timeout',
}
type Open = Omit<FakeTransport, 'terminated'> & Recorded
async function open(generation: Generation, script: Script): Promise<Open> {
  const recorded = handlerOf(generation, script)
  const socket = fakeTransport(node, recorded.handler, { pingIntervalMs: 0 })
  await node.settle()
  return Object.assign(socket as Omit<FakeTransport, 'terminated'>, recorded)
}
const idle = (idleTimeoutMs: number): Script => ({ timeout: idleTimeoutMs, options: { idleTimeout: idleTimeoutMs } })
/** The socket closes with 1000 after exactly so many ms from now. */
async function closesAfter(socket: Open, ms: number, generation: Generation): Promise<void> {
  await node.advance(ms - 1)
  expect(socket.closed).toBeUndefined()
  await node.advance(1)
  expect([socket.closed, socket.exit]).toEqual([['close', 1000], 'normal'])
  expect(socket.terminated.map(([reason]) => reason)).toEqual([TIMED_OUT[generation]])
}

describe('timeouts', () => {
  test('C65. Given an idle timeout of 300, when nothing comes, then the socket closes with 1000 after 300 ms', async () => {
    for (const generation of ['0.8', '1.0', '2.0-pre', '2.x'] as const) {
      await closesAfter(await open(generation, idle(300)), 300, generation)
    }
  })

  test('C67. Given an idle timeout, when a byte of an unfinished frame comes every 100 ms, then the timer starts anew each time', async () => {
    for (const generation of ['0.8', '2.0-pre', '2.x'] as const) {
      const socket = await open(generation, idle(300))
      for (let i = 0; i < 20; i++) {
        await node.advance(100)
        socket.sendPart()
      }
      await closesAfter(socket, 300, generation)
    }
  })

  test('C68. Given an idle timeout, when pongs or pings come, then the timer starts anew, but not by messages and not by what we send', async () => {
    for (const generation of ['0.8', '2.0-pre', '2.x'] as const) {
      const info: Script['info'] = (_message, state, answers) => answers.reply(['text', 'sent'], state)
      const socket = await open(generation, { ...idle(300), info })
      for (const kind of ['pong', 'ping'] as const) {
        await node.advance(299)
        socket.send([kind])
        await node.settle()
      }
      await node.advance(200)
      node.send(socket.pid, 'a message')
      await node.settle()
      expect(socket.sent.at(-1)).toEqual(['text', 'sent'])
      await closesAfter(socket, 100, generation)
    }
  })

  test('C69. Given 2.x and {active, false}, when nothing is read, then the timer still fires', async () => {
    const socket = await open('2.x', { ...idle(300), handle: () => [[['active', false]], 1] })
    socket.send('x')
    await node.settle()
    expect(socket.paused).toBe(true)
    socket.send('waits in the network')
    await closesAfter(socket, 300, '2.x')
  })

  test('C71. Given idle_timeout is 5, or 0, when the socket is open, then it closes almost at once', async () => {
    await closesAfter(await open('2.x', idle(5)), 5, '2.x')
    for (const generation of ['0.8', '1.0', '2.0-pre', '2.x'] as const)
      await closesAfter(await open(generation, idle(0)), 1, generation)
    const never = await open('2.x', { options: { idleTimeout: 'infinity' } })
    await node.advance(10_000_000)
    expect(never.closed).toBeUndefined()
  })
})
