// Calls that are delivered at least once: a call that comes again with its key is not run again, whatever happened to its socket.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { reply } from 'gensock'
import { defineProtocol, protocolHandler, replyError, type ProtocolOptions } from 'gensock/protocol'
import type { RouteOptions } from 'gensock/socket'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { came, say, speak } from './speak.js'

let node: TestNode
let runs: any[]
let froms: any[]
beforeEach(() => {
  node = testNode()
  runs = []
  froms = []
})
afterEach(() => node.stop())

const call = { request: z.any(), reply: z.any(), errors: { no: z.any() }, delivery: 'atLeastOnce' } as const
const protocol = defineProtocol({
  version: 'pay.1',
  toServer: { calls: { pay: call, refund: call, look: { request: z.any(), reply: z.any() } } },
  toClient: {},
})
const boom = new Set<unknown>()
function clause(request: any, from: any, state: null, self: any): unknown {
  runs.push(request)
  froms.push(from)
  return request === 'at once' ? ['reply', `run ${runs.length}`, state] : inTime(request, state, self)
}
async function inTime(request: any, state: null, self: any): Promise<unknown> {
  if (request === 'later') return ['noreply', state]
  if (request === 'no') return ['error', 'no', runs.length, state]
  if (request === 'stop') return ['stop', 'normal', state]
  if (typeof request === 'number') await self.sleep(request)
  if (boom.delete(request)) throw new Error('boom')
  return ['reply', `run ${runs.length}`, state]
}
const made = (options?: ProtocolOptions) =>
  protocolHandler<null>()(
    protocol,
    { init: () => ['ok', null], calls: { pay: clause, refund: clause, look: clause } } as never,
    options,
  )
type Handler = ReturnType<typeof made>
const open = (handler: Handler, options?: Partial<RouteOptions<any>>): FakeTransport =>
  speak(node, handler, 'pay.1', options as never)
const RESTART = { onCrash: { restart: { intensity: 5, periodMs: 1000 } } } as const
const RUN_1 = [-1, 'ok', 'run 1']

describe('the same key', () => {
  test('again on one connection is answered again, with its own id', async () => {
    const handler = made()
    const socket = open(handler)
    expect(await say(node, socket, [[1, 'k'], 'pay', 'x'], [[2, 'k'], 'pay', 'x'], [[1, 'k'], 'pay', 'x'])).toEqual([
      RUN_1,
      [-2, 'ok', 'run 1'],
      RUN_1,
    ])
    expect([runs.length, handler.counters().repeatedCalls]).toEqual([1, 2])
  })

  test('on another connection, when the first has ended after its answer', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 'x'])
    first.cut()
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'x'])).toEqual([RUN_1])
    expect(runs.length).toBe(1)
  })

  test('when the first is cut before it ran: it is run once, on the second, and not when its turn comes on the first', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [1, 'look', 100])
    first.send('[[2,"k"],"pay","x"]')
    first.cut()
    await node.settle()
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'x'])).toEqual([[-1, 'ok', 'run 2']])
    await node.advance(100)
    expect([runs, node.isAlive(first.pid)]).toEqual([[100, 'x'], false])
  })

  test('when the client is gone while it runs: the run is finished, and its answer is for the second', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 100])
    first.cut()
    await node.advance(50)
    const second = open(handler)
    expect(await say(node, second, [[7, 'k'], 'pay', 100])).toEqual([])
    await node.advance(50)
    expect([came(second), runs]).toEqual([[[-7, 'ok', 'run 1']], [100]])
  })

  test('when the run has ended after its client was gone, and before it comes again', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 100])
    first.cut()
    await node.advance(100)
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 100])).toEqual([RUN_1])
  })

  test('from two connections that live: both are answered, in one run', async () => {
    const handler = made()
    const [ann, bob] = [open(handler), open(handler)]
    await say(node, ann, [[1, 'k'], 'pay', 100])
    await say(node, bob, [[5, 'k'], 'pay', 100])
    await node.advance(100)
    expect([came(ann), came(bob), runs.length]).toEqual([[RUN_1], [[-5, 'ok', 'run 1']], 1])
  })

  test('one that waits and goes does not make the next one run', async () => {
    const handler = made()
    const [ann, bob, cid] = [open(handler), open(handler), open(handler)]
    await say(node, ann, [[1, 'k'], 'pay', 100])
    await say(node, bob, [[1, 'k'], 'pay', 100])
    bob.cut()
    await say(node, cid, [[1, 'k'], 'pay', 100])
    await node.advance(100)
    expect([came(ann), came(cid), runs.length]).toEqual([[RUN_1], [RUN_1], 1])
  })

  test('an error of the contract is repeated as well', async () => {
    const handler = made()
    const no = [-1, 'error', 'no', 1]
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'no'])).toEqual([no])
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'no'])).toEqual([no])
    expect(runs.length).toBe(1)
  })

  test('of another call is another key', async () => {
    const handler = made()
    const socket = open(handler)
    expect(await say(node, socket, [[1, 'k'], 'pay', 'x'], [[2, 'k'], 'refund', 'x'])).toEqual([RUN_1, [-2, 'ok', 'run 2']])
    expect(await say(node, socket, [[3, 'k'], 'refund', 'x'], [[4, 'k'], 'pay', 'x'])).toEqual([
      [-3, 'ok', 'run 2'],
      [-4, 'ok', 'run 1'],
    ])
  })

  test('of another handler is another key', async () => {
    await say(node, open(made()), [[1, 'k'], 'pay', 'x'])
    expect(await say(node, open(made()), [[1, 'k'], 'pay', 'x'])).toEqual([[-1, 'ok', 'run 2']])
  })

  test('of a call that does not fit is not kept', async () => {
    const strict = defineProtocol({
      version: 'pay.1',
      toServer: { calls: { pay: { request: z.string(), reply: z.any(), delivery: 'atLeastOnce' } } },
      toClient: {},
    })
    const handler = protocolHandler<null>()(strict, { init: () => ['ok', null], calls: { pay: clause } } as never)
    expect(await say(node, speak(node, handler, 'pay.1'), [[1, 'k'], 'pay', 7], [[2, 'k'], 'pay', 'x'])).toMatchObject([
      [-1, 'refused', { reason: 'bad_request' }],
      [-2, 'ok', 'run 1'],
    ])
  })

  test('without a key each runs', async () => {
    expect(await say(node, open(made()), [1, 'pay', 'x'], [2, 'pay', 'x'])).toEqual([RUN_1, [-2, 'ok', 'run 2']])
  })

  test('of a call that is delivered at most once changes nothing', async () => {
    expect(await say(node, open(made()), [[1, 'k'], 'look', 'x'], [[2, 'k'], 'look', 'x'])).toEqual([RUN_1, [-2, 'ok', 'run 2']])
  })
})

describe('a crash', () => {
  test('while it runs: who waits on another socket runs it', async () => {
    node.expectCrash(/boom/)
    boom.add(100)
    const handler = made()
    const [ann, bob] = [open(handler), open(handler)]
    await say(node, ann, [[1, 'k'], 'pay', 100])
    await say(node, bob, [[1, 'k'], 'pay', 100])
    await node.advance(100)
    expect([ann.closed, came(bob)]).toEqual([['close', 1011], []])
    await node.advance(100)
    expect(came(bob)).toEqual([[-1, 'ok', 'run 2']])
  })

  test('with restart: its caller is refused, and may ask again', async () => {
    node.expectCrash(/boom/)
    boom.add('x')
    const socket = open(made(), RESTART)
    expect(await say(node, socket, [[1, 'k'], 'pay', 'x'], [[2, 'k'], 'pay', 'x'])).toEqual([
      [-1, 'refused', { reason: 'failed', name: 'pay' }],
      [-2, 'ok', 'run 2'],
    ])
  })

  test('of those who wait one runs, and all are answered', async () => {
    node.expectCrash(/boom/)
    boom.add(100)
    const handler = made()
    const sockets = [1, 2, 3, 4].map(() => open(handler))
    for (const socket of sockets) await say(node, socket, [[1, 'k'], 'pay', 100])
    await node.advance(100)
    await node.advance(100)
    expect(runs.length).toBe(2)
    expect(sockets.slice(1).map(came)).toEqual([1, 2, 3].map(() => [[-1, 'ok', 'run 2']]))
  })

  test.each(['x', 'at once'])(
    'the same when the one that runs next answers before the others have their turn: %s',
    async (how) => {
      const handler = made()
      const sockets = [1, 2, 3].map(() => open(handler))
      await say(node, sockets[0] as FakeTransport, [[1, 'k'], 'pay', 'later'])
      for (const socket of sockets.slice(1)) await say(node, socket, [[1, 'k'], 'pay', how])
      sockets[0]?.cut()
      await node.settle()
      expect(runs).toEqual(['later', how])
      expect(sockets.slice(1).map(came)).toEqual([1, 2].map(() => [[-1, 'ok', 'run 2']]))
    },
  )

  test('a socket that is killed, without terminate, holds no key', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 10_000])
    first.cut()
    await node.advance(5000) // so long a callback has that outlives its client
    expect(first.exit).toBe('killed')
    const second = open(handler)
    await say(node, second, [[1, 'k'], 'pay', 10_000])
    await node.advance(10_000)
    expect(came(second)).toEqual([[-1, 'ok', 'run 2']])
  })

  test('the same for who waits already', async () => {
    const handler = made()
    const [first, second] = [open(handler), open(handler)]
    await say(node, first, [[1, 'k'], 'pay', 10_000])
    await say(node, second, [[1, 'k'], 'pay', 10_000])
    node.exit(first.pid, 'kill')
    await node.advance(10_000)
    expect([came(second), runs.length]).toEqual([[[-1, 'ok', 'run 2']], 2])
  })

  test('a stop without a reply holds no key', async () => {
    const handler = made()
    await say(node, open(handler), [[1, 'k'], 'pay', 'stop'])
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'x'])).toEqual([[-1, 'ok', 'run 2']])
  })
})

describe('noreply', () => {
  test('a later answer is for all connections that asked', async () => {
    const handler = made()
    const [ann, bob] = [open(handler), open(handler)]
    await say(node, ann, [[1, 'k'], 'pay', 'later'], [[2, 'k'], 'pay', 'later'])
    await say(node, bob, [[3, 'k'], 'pay', 'later'])
    reply(froms[0], 'done')
    await node.settle()
    expect([came(ann), came(bob), runs.length]).toEqual([
      [
        [-1, 'ok', 'done'],
        [-2, 'ok', 'done'],
      ],
      [[-3, 'ok', 'done']],
      1,
    ])
  })

  test.each<readonly [what: string, answer: (from: never) => void, frame: readonly unknown[]]>([
    ['a reply', (from) => reply(from, 'done'), ['ok', 'done']],
    ['an error', (from) => replyError(from, 'no' as never, 'sorry' as never), ['error', 'no', 'sorry']],
  ])('%s that comes when its socket has ended is kept for the next connection', async (_what, answer, frame) => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 'later'])
    first.cut()
    await node.settle()
    answer(froms[0] as never)
    expect(await say(node, open(handler), [[9, 'k'], 'pay', 'later'])).toEqual([[-9, ...frame]])
    expect(runs.length).toBe(1)
  })

  test('a socket that has ended without an answer: the next connection runs it, and the first answer is for it', async () => {
    const handler = made()
    const first = open(handler)
    await say(node, first, [[1, 'k'], 'pay', 'later'])
    first.cut()
    await node.settle()
    const second = open(handler)
    expect(await say(node, second, [[1, 'k'], 'pay', 'later'])).toEqual([])
    expect(runs.length).toBe(2)
    reply(froms[0], 'of the first')
    reply(froms[1], 'of the second')
    expect(await say(node, second, [[2, 'k'], 'pay', 'later'])).toEqual([
      [-1, 'ok', 'of the first'],
      [-2, 'ok', 'of the first'],
    ])
    expect(runs.length).toBe(2)
  })

  test('a second answer does not replace the first', async () => {
    const handler = made()
    await say(node, open(handler), [[1, 'k'], 'pay', 'later'])
    reply(froms[0], 'one')
    reply(froms[0], 'two')
    expect(await say(node, open(handler), [[1, 'k'], 'pay', 'later'])).toEqual([[-1, 'ok', 'one']])
  })

  test('a second answer that comes when the first is forgotten is none of the next run', async () => {
    const socket = open(made({ answered: { max: 1 } }))
    await say(node, socket, [[1, 'k'], 'pay', 'later'])
    reply(froms[0], 'one')
    await say(node, socket, [[1, 'other'], 'pay', 'x'], [[2, 'k'], 'pay', 'later'])
    reply(froms[0], 'one again')
    expect(await say(node, socket)).toEqual([])
    reply(froms[2], 'two')
    expect(await say(node, socket)).toEqual([[-2, 'ok', 'two']])
  })
})

describe('what is kept', () => {
  test.each([1, 2, 5])('answered.max %i: so many answers, the oldest goes first', async (max) => {
    const socket = open(made({ answered: { max } }))
    const ask = (from: number, id: number): unknown => [[id, `k${from}`], 'pay', 'x']
    for (let n = 0; n <= max; n++) await say(node, socket, ask(n, 1)) // one more than is kept
    const answers: unknown[] = []
    for (let n = max; n >= 1; n--) answers.push(...(await say(node, socket, ask(n, 1))))
    expect(answers).toEqual(Array.from({ length: max }, (_, at) => [-1, 'ok', `run ${max + 1 - at}`]))
    expect(await say(node, socket, ask(0, 1))).toEqual([[-1, 'ok', `run ${max + 2}`]])
  })

  test.each([1, 600_000])('answered.keepMs %i: an answer is repeated until then', async (keepMs) => {
    const options = { idleTimeoutMs: 0, pingIntervalMs: 0 }
    const socket = open(made({ answered: { keepMs } }), options)
    await say(node, socket, [[1, 'k'], 'pay', 'x'])
    await node.advance(keepMs - 1)
    expect(await say(node, socket, [[1, 'k'], 'pay', 'x'])).toEqual([RUN_1])
    await node.advance(1)
    expect(await say(node, socket, [[1, 'k'], 'pay', 'x'])).toEqual([[-1, 'ok', 'run 2']])
  })

  test('by default 1000 answers, for 10 minutes', async () => {
    const socket = open(made(), { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await say(node, socket, ...Array.from({ length: 1000 }, (_, n) => [[1, `k${n}`], 'pay', 'x']))
    await node.advance(599_999)
    expect(await say(node, socket, [[1, 'k0'], 'pay', 'x'])).toEqual([RUN_1])
    await say(node, socket, [[1, 'k1000'], 'pay', 'x'])
    expect(await say(node, socket, [[1, 'k1'], 'pay', 'x'], [[1, 'k0'], 'pay', 'x'])).toEqual([
      [-1, 'ok', 'run 2'],
      [-1, 'ok', 'run 1002'],
    ])
  })

  test('a call under way is not given up, however many are answered', async () => {
    const handler = made({ answered: { max: 1, keepMs: 10 } })
    const [ann, bob] = [open(handler), open(handler)]
    await say(node, ann, [[1, 'slow'], 'pay', 100])
    await say(node, bob, [[1, 'a'], 'pay', 'x'], [[2, 'b'], 'pay', 'x'])
    await node.advance(50)
    await say(node, bob, [[3, 'slow'], 'pay', 100])
    await node.advance(50)
    expect(came(bob)).toEqual([[-3, 'ok', 'run 3']])
    expect(runs.filter((request) => request === 100).length).toBe(1)
  })
})
