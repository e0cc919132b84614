// What a call clause of a socket may answer, and who is told when the handler crashes and the socket lives on.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type From, genServer } from 'gensock'
import { defineHandler, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransport, fakeTransport, type FakeTransportOptions } from '../../src/testing/fake-transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A socket whose clause `ask` answers what it is given. */
async function answering(answer: unknown): Promise<FakeTransport> {
  const handler = { init: () => ['ok', 1], handle: () => ['ok', 1], call: { ask: () => answer } }
  const socket = fakeTransport(node, handler as unknown as SocketHandler<number>)
  await node.settle()
  return socket
}
const ask = (socket: FakeTransport): Promise<unknown> => node.call(socket.pid as never, { type: 'ask' } as never, 50)

describe('a call clause', () => {
  test.each([[['reply', 'yes', 2]], [['reply', 'yes', 2, 'hibernate']], [['reply', 'yes', 2, undefined]]])(
    'that answers %j has answered',
    async (answer) => {
      await expect(ask(await answering(answer))).resolves.toBe('yes')
    },
  )

  test.each([[['noreply', 2]], [['noreply', 2, 'hibernate']]])('that answers %j may answer later', async (answer) => {
    const socket = await answering(answer)
    const asked = ask(socket).catch((error: unknown) => error)
    await node.advance(50)
    expect(await asked).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
    expect(node.isAlive(socket.pid)).toBe(true)
  })

  test("that answers ['stop', reason, state] ends the socket, and who asked hears its reason", async () => {
    const socket = await answering(['stop', 'shutdown', 3])
    await expect(ask(socket)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'shutdown' })
    expect(socket.terminated).toEqual([{ type: 'stop', reason: 'shutdown' }])
  })

  test.each([
    [undefined],
    ['reply'],
    [['reply', 1]],
    [['reply', 1, 2, 3]],
    [['noreply', 1, 'later']],
    [['stop', 'x']],
    [['ok', 1]],
  ])('that answers %j crashes, and is told what it may answer', async (answer) => {
    node.expectCrash(/must return \['reply', value, state\], \['noreply', state\] or \['stop', reason, value\?, state\], got/)
    const socket = await answering(answer)
    await expect(ask(socket)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL' })
    expect(socket.closed).toEqual(['close', 1011])
  })
})

test('of a hundred calls that were taken, those without an answer hear of the crash, and the others have theirs', async () => {
  node.expectCrash(/boom/)
  const waiting: From[] = []
  const handler = {
    init: () => ['ok', 0],
    handle: () => {
      throw new Error('boom')
    },
    call: {
      wait(_request: unknown, from: From, n: number) {
        waiting.push(from)
        return ['noreply', n + 1]
      },
    },
  }
  const options: FakeTransportOptions = { onCrash: { restart: { intensity: 1, periodMs: 1000 } } }
  const socket = fakeTransport(node, handler as unknown as SocketHandler<number>, options)
  await node.settle()
  const told: Promise<unknown>[] = []
  for (let n = 0; n < 100; n++) {
    const answer = node.call(socket.pid as never, { type: 'wait' } as never)
    told.push(answer.catch((error: { reason: unknown }) => error.reason))
    await node.settle()
    // Two of three are answered at once; the rest is never.
    if (n % 3 !== 0) genServer.reply(waiting[n] as From, n)
  }
  socket.send('x')
  await node.settle()
  const heard = await Promise.all(told)
  expect(heard.filter((_answer, n) => n % 3 !== 0)).toEqual([...Array(100).keys()].filter((n) => n % 3 !== 0))
  const reasons = heard.filter((_answer, n) => n % 3 === 0) as { error: Error }[]
  expect(reasons.map(({ error }) => error.message)).toEqual(Array.from({ length: 34 }, () => 'boom'))
  expect(node.isAlive(socket.pid)).toBe(true)
})

test('defineHandler<State>()(handler) is the handler itself', () => {
  const handler = { init: () => ['ok', 0] as const, handle: () => ['push', text('hi'), 1] as const }
  expect(defineHandler<number>()(handler)).toBe(handler)
})
