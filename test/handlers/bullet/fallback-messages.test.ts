// Bullet on a route with `fallback`, in virtual time: no message is lost because its request ended, or because there was none.
import { describe, expect, test } from '@jest/globals'
import { type Pid, type Receiver, send, trapExit } from 'gensock'
import { text } from 'gensock/socket'
import type { FakeTransport } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import { boom, fallbackWorld } from './fallback-world.js'

const world = fallbackWorld()

/** Sends to the connection, and lets happen what does. */
async function tell(pid: Pid, ...messages: unknown[]): Promise<void> {
  for (const message of messages) world.node.send(pid, message)
  await world.node.settle()
}
/** One poll after another, as long as they are answered; the last of them stays. */
async function poll(socket: FakeTransport): Promise<unknown[]> {
  const answers: unknown[] = []
  socket.take()
  for (;;) {
    socket.attach('longPoll')
    await world.node.settle()
    const fresh = socket.take()
    if (fresh.length === 0) return answers
    answers.push(...fresh.map((frame) => frame[1]))
    socket.detach('longPoll')
    await world.node.settle()
  }
}
const told = (calls: readonly (readonly unknown[])[]): unknown[] =>
  calls.filter(([callback]) => callback === 'info').map(([, message]) => message)

describe('messages for the connection', () => {
  test('that come while no request is there wait for the next one, which gets them in order, after its init', async () => {
    const { socket, calls } = await world.open()
    await tell(socket.pid, 'a', 'b')
    expect([calls, socket.sent]).toEqual([[], []])
    socket.attach('sse')
    await tell(socket.pid, 'c')
    expect(calls).toEqual([
      ['init', true],
      ['info', 'a', 0],
      ['info', 'b', 1],
      ['info', 'c', 2],
    ])
    socket.detach('sse')
    await tell(socket.pid, 'd')
    socket.attach('sse')
    await world.node.settle()
    expect(socket.sent).toEqual(['a', 'b', 'c', 'd'].map(text))
  })

  test('that come at once are answers of one poll after the other', async () => {
    const { socket, calls } = await world.open()
    socket.attach('longPoll')
    await tell(socket.pid, 'a', 'b', 'c')
    expect(socket.sent).toEqual([text('a')])
    socket.detach('longPoll')
    await tell(socket.pid, 'd')
    expect(await poll(socket)).toEqual(['b', 'c', 'd'])
    expect(told(calls)).toEqual(['a', 'b', 'c', 'd'])
  })

  test('go to a poll one by one until it replies', async () => {
    const { socket, calls } = await world.open({
      info: (message, req, state) => (message === 'quiet' ? ['ok', req, state + 1] : ['reply', message, req, state + 1]),
    })
    await tell(socket.pid, 'quiet', 'quiet', 'a', 'quiet', 'b')
    expect(await poll(socket)).toEqual(['a', 'b'])
    expect(calls.filter(([callback]) => callback !== 'init')).toEqual([
      ['info', 'quiet', 0],
      ['info', 'quiet', 1],
      ['info', 'a', 2],
      ['terminate', 3],
      ['info', 'quiet', 0],
      ['info', 'b', 1],
      ['terminate', 2],
    ])
  })

  test.each(['init', 'info', 'terminate'] as const)(
    'that come while the last %s of a request runs go on to the next',
    async (slow) => {
      const { socket } = await world.open({
        [slow]: async (...given: any[]) => {
          await given.at(-1).sleep(1000)
          if (slow === 'terminate') return 'ok'
          return slow === 'init' ? ['ok', given[1], 0] : ['reply', given[0], given[1], 0]
        },
      })
      socket.attach('sse')
      await tell(socket.pid, 'a')
      socket.detach('sse')
      await tell(socket.pid, 'b')
      await world.node.advance(1000)
      await tell(socket.pid, 'c')
      socket.attach('sse')
      await world.node.advance(10_000)
      expect(socket.sent).toEqual(['a', 'b', 'c'].map(text))
    },
  )

  test('stay, and in order, when a request comes and goes before it has taken them', async () => {
    const { socket, calls } = await world.open()
    await tell(socket.pid, 'a', 'b')
    socket.attach('sse')
    socket.detach('sse')
    await tell(socket.pid, 'c')
    expect(calls).toEqual([])
    expect(await poll(socket)).toEqual(['a', 'b', 'c'])
  })

  test('are there for a callback that waits in receive, as over a WebSocket', async () => {
    const { socket } = await world.open({
      async info(message, req, state, me) {
        return ['reply', `${message} ${await (me as Receiver<string>).receive()}`, req, state]
      },
    })
    await tell(socket.pid, 'a', 'b', 'c')
    socket.attach('sse')
    await tell(socket.pid, 'd')
    expect(socket.sent).toEqual([text('a b'), text('c d')])
  })

  test('behind one that crashes the handler are kept with onCrash', async () => {
    world.node.expectCrash(/on purpose/)
    const { socket } = await world.open(
      { info: (message, req, state) => (message === 'x' ? boom() : ['reply', message, req, state]) },
      undefined,
      { onCrash: { restart: { intensity: 1, periodMs: 1000 } } },
    )
    socket.attach('sse')
    await tell(socket.pid, 'a', 'x', 'b', 'c')
    expect([socket.sent, socket.closed]).toEqual([['a', 'b', 'c'].map(text), undefined])
  })

  test('wait up to 1 000; of more the oldest are dropped, with one warning', async () => {
    const { socket, calls } = await world.open({ info: (_message, req, state) => ['ok', req, state + 1] })
    const warnings: string[] = []
    const kernel = kernelOf(world.node)
    kernel.logger = { ...kernel.logger, warn: (_facts, warning) => void warnings.push(warning) }
    const numbers = Array.from({ length: 1003 }, (_, number) => number)
    await tell(socket.pid, ...numbers.slice(0, 1000))
    expect(warnings).toEqual([])
    await tell(socket.pid, ...numbers.slice(1000))
    expect(warnings).toEqual([
      `connection ${String(socket.pid)}: more than 1000 messages wait for a request to take them; from now on the oldest are dropped`,
    ])
    socket.attach('sse')
    await world.node.settle()
    expect(told(calls)).toEqual(numbers.slice(3))
    await tell(socket.pid, ...numbers)
    expect([told(calls).length, warnings.length]).toEqual([2003, 1])
  })
})

describe("messages for a request's own process", () => {
  test('that wait behind the reply which ends it go on to the next', async () => {
    const { socket, calls, pids } = await world.open()
    socket.attach('longPoll')
    await world.node.settle()
    await tell(pids[0] as Pid, 'a', 'b', 'c')
    socket.detach('longPoll')
    expect(await poll(socket)).toEqual(['b', 'c'])
    expect(told(calls)).toEqual(['a', 'b', 'c'])
  })

  test('that wait when its peer goes, too', async () => {
    const { socket, pids } = await world.open()
    socket.attach('sse')
    await world.node.settle()
    world.node.send(socket.pid, 'a')
    socket.detach('sse')
    world.node.send(pids[0] as Pid, 'b')
    world.node.send(socket.pid, 'c')
    await world.node.settle()
    socket.attach('sse')
    await world.node.settle()
    expect(socket.sent).toEqual(['b', 'a', 'c'].map(text))
  })

  test('do not go on if they are of the runtime: they are about that process alone', async () => {
    const { socket, calls, pids } = await world.open({
      init(_transport, req, _opts, _active, me) {
        trapExit(true)
        me.startTimer(1000, 'timer' as never)
        me.monitor(me.spawnLink((helper) => helper.sleep(1000)))
        return ['ok', req, 0]
      },
      async info(message, req, state, me) {
        await me.sleep(2000)
        return ['reply', String(message), req, state]
      },
    })
    socket.attach('longPoll')
    await world.node.settle()
    await tell(pids[0] as Pid, 'a')
    await world.node.advance(1999)
    const waiting = world.node.processInfo(pids[0] as Pid, 'messages') as { type: string }[]
    expect(waiting.map(({ type }) => type).toSorted()).toEqual(['DOWN', 'EXIT', 'timeout'])
    await world.node.advance(1)
    expect(socket.sent).toEqual([text('a')])
    socket.detach('longPoll')
    await tell(socket.pid, 'b')
    socket.attach('longPoll')
    await world.node.settle()
    expect(told(calls)).toEqual(['a', 'b'])
  })

  test('are lost in that of a frame, which gets none, as in Bullet', async () => {
    const { socket, calls } = await world.open({
      stream(data, req, state, me) {
        send(me.pid, 'to itself')
        return ['reply', data, req, state]
      },
    })
    socket.send('a')
    await world.node.settle()
    socket.attach('sse')
    await world.node.settle()
    expect([told(calls), socket.sent]).toEqual([[], [text('a')]])
  })
})
