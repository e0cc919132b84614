// Frames up by POST: real requests, virtual time.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, test } from '@jest/globals'
import { type Frame, pushTo, type SocketEvent, type SocketHandler, type TerminateReason, text } from 'gensock/socket'
import { type Answer, plainWorld } from './plain-world.js'

const world = plainWorld()
/** What the handler has heard. */
const heard: unknown[] = []
const ended: TerminateReason[] = []
const handler: SocketHandler<null, any, any, any> = {
  init() {
    heard.length = ended.length = 0
    return ['ok', null]
  },
  handle([kind, data]: Frame) {
    heard.push([kind, typeof data === 'string' ? data : Buffer.from(data).toString('hex')])
    return ['ok', null]
  },
  terminate: (reason) => void ended.push(reason),
}
const post = (id: string, body: string | Uint8Array, headers: Record<string, string> = {}): Promise<Answer> =>
  world.ask(`?gensock=send&id=${id}`, { method: 'POST', body, headers })
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
/** Bytes that are in use and no garbage. */
function used(): number {
  collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const statusOf = async (answer: Promise<Answer>): Promise<number> => (await answer).status

describe('a send', () => {
  test('brings frames in order, and is answered 204 without content', async () => {
    await world.serve(handler)
    const id = await world.open()
    const answer = await world.send(id, 0, [
      [1, 't', 'a\r\n"ü€😀\u2028'],
      [2, 'b', 'AP8='],
      [3, 'b', ''],
      [4, 't', ''],
    ])
    expect([answer.status, answer.body, answer.headers['cache-control']]).toEqual([204, '', 'no-store'])
    expect(heard).toEqual([
      ['text', 'a\r\n"ü€😀\u2028'],
      ['binary', '00ff'],
      ['binary', ''],
      ['text', ''],
    ])
  })

  test.each([['text/plain;charset=UTF-8'], ['application/json'], ['application/x-www-form-urlencoded'], ['nonsense']])(
    'with Content-Type %s is as good as any',
    async (type) => {
      await world.serve(handler)
      const body = '{"ack":0,"frames":[[1,"t","a"]]}'
      expect((await post(await world.open(), body, { 'Content-Type': type })).status).toBe(204)
      expect(heard).toEqual([['text', 'a']])
    },
  )

  test('may come in pieces, with a character cut in two, and in chunks', async () => {
    await world.serve(handler)
    const id = await world.open()
    const body = Buffer.from('{"ack":0,"frames":[[1,"t","€"]]}')
    const asked = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: body.subarray(0, 28), open: true })
    for (let n = 0; n < 5; n++) await world.turn()
    asked.request.end(body.subarray(28))
    expect([(await asked.answer).status, heard]).toEqual([204, [['text', '€']]])
  })

  test('acknowledges, in its body as in its query', async () => {
    await world.serve(handler)
    const id = await world.open()
    for (const one of ['a', 'b', 'c']) pushTo(world.socket(), text(one))
    expect(await statusOf(world.send(id, 1, []))).toBe(204)
    expect(await world.poll(id, 0)).toEqual([
      [2, 't', 'b'],
      [3, 't', 'c'],
    ])
    const answer = world.ask(`?gensock=send&id=${id}&ack=2`, { method: 'POST', body: '{"ack":0,"frames":[]}' })
    expect([await statusOf(answer), await world.poll(id, 0)]).toEqual([204, [[3, 't', 'c']]])
  })

  test('that is repeated counts once', async () => {
    await world.serve(handler)
    const id = await world.open()
    const [a, b, c] = [
      [1, 't', 'a'],
      [2, 't', 'b'],
      [3, 't', 'c'],
    ]
    expect([await statusOf(world.send(id, 0, [a, b])), await statusOf(world.send(id, 0, [a, b]))]).toEqual([204, 204])
    expect(await statusOf(world.send(id, 0, [b, c]))).toBe(204)
    expect(heard).toEqual([
      ['text', 'a'],
      ['text', 'b'],
      ['text', 'c'],
    ])
  })

  test('with a gap is a 409, and nothing of it is taken', async () => {
    await world.serve(handler)
    const id = await world.open()
    const answer = await world.send(id, 0, [
      [1, 't', 'a'],
      [3, 't', 'c'],
    ])
    expect([answer.status, answer.body, heard]).toEqual([409, 'Frames before these are missing\n', []])
    expect(await statusOf(world.send(id, 0, [[1, 't', 'a']]))).toBe(204)
  })

  test('pings are answered, pongs are heard', async () => {
    const events: SocketEvent[] = []
    await world.serve({
      ...handler,
      event: (event) => {
        if (event.type === 'ping' || event.type === 'pong') events.push(event)
        return ['ok', null]
      },
    })
    const id = await world.open()
    expect(
      await statusOf(
        world.send(id, 0, [
          [1, 'p', 'aGk='],
          [2, 'q', ''],
        ]),
      ),
    ).toBe(204)
    expect(await world.poll(id, 0)).toEqual([[1, 'q', 'aGk=']])
    expect(events.map((event) => [event.type, 'data' in event && Buffer.from(event.data).toString()])).toEqual([
      ['ping', 'hi'],
      ['pong', ''],
    ])
  })

  test('a close frame ends the socket behind what came before it, and is answered', async () => {
    await world.serve(handler)
    const id = await world.open()
    expect(
      await statusOf(
        world.send(id, 0, [
          [1, 't', 'a'],
          [2, 'c', 4001, 'bye'],
        ]),
      ),
    ).toBe(204)
    expect(await world.poll(id, 0)).toEqual([[1, 'c', 4001, '']])
    expect([heard, ended]).toEqual([[['text', 'a']], [{ type: 'remote', code: 4001, reason: 'bye' }]])
    expect(await statusOf(world.send(id, 0, [[3, 't', 'late']]))).toBe(204)
    expect([await statusOf(world.ask(`?gensock=poll&id=${id}&ack=1`)), heard.length]).toEqual([410, 1])
  })

  test('a close frame without a code', async () => {
    await world.serve(handler)
    const id = await world.open()
    await world.send(id, 0, [[1, 'c', null, '']])
    expect([await world.poll(id, 0), ended]).toEqual([[[1, 'c', null, '']], [{ type: 'remote' }]])
  })
})

describe('a socket that does not read', () => {
  /** A send is under way, so the grace time stands still, and its body is whole: the next that is due is a ping. */
  const isRead = (): boolean => world.node().nextDueMs() === 25_000

  test('lets the answer wait; what repeats it takes its place', async () => {
    await world.serve(handler)
    const id = await world.open()
    pushTo(world.socket(), ['active', false])
    const first = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: '{"ack":0,"frames":[[1,"t","a"]]}' })
    const seen: string[] = []
    void first.answer.then(({ status }) => seen.push(`first ${status}`))
    await world.until(isRead)
    const second = world.send(id, 0, [
      [1, 't', 'a'],
      [2, 't', 'b'],
    ])
    await first.answer
    expect([seen, heard]).toEqual([['first 409'], []])
    pushTo(world.socket(), ['active', true])
    expect([(await second).status, heard]).toEqual([
      204,
      [
        ['text', 'a'],
        ['text', 'b'],
      ],
    ])
  })

  test('a late copy of what has been taken is a 204, and throws nobody out', async () => {
    await world.serve(handler)
    const id = await world.open()
    expect(await statusOf(world.send(id, 0, [[1, 't', 'a']]))).toBe(204)
    pushTo(world.socket(), ['active', false])
    const waiting = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: '{"ack":0,"frames":[[2,"t","b"]]}' })
    await world.until(isRead)
    expect(await statusOf(world.send(id, 0, [[1, 't', 'a']]))).toBe(204)
    pushTo(world.socket(), ['active', true])
    expect([(await waiting.answer).status, heard.length]).toEqual([204, 2])
  })

  test('is what more than inboundHighBytes make of it: the rest waits in the send', async () => {
    let goOn: (() => void) | undefined
    const slow: SocketHandler<null, any, any, any> = {
      ...handler,
      async handle(frame, state, self) {
        if (heard.length === 0) await new Promise<void>((resolve) => (goOn = resolve))
        return handler.handle(frame, state, self)
      },
    }
    await world.serve(slow, { inboundHighBytes: 1000 })
    const id = await world.open()
    const frames = Array.from({ length: 50 }, (_, index) => [index + 1, 't', String(index)])
    let isTaken = false
    const send = world.send(id, 0, frames).finally(() => (isTaken = true))
    await world.until(() => goOn !== undefined && isRead())
    expect(isTaken).toBe(false)
    goOn?.()
    expect((await send).status).toBe(204)
    await world.until(() => heard.length === 50)
  })

  test('still has its end: a drain answers the send that waits', async () => {
    await world.serve(handler, { fallback: { pollMs: 20_000 } })
    const id = await world.open()
    pushTo(world.socket(), ['active', false])
    const send = world.send(id, 0, [[1, 't', 'a']])
    await world.until(isRead)
    const poll = world.begin(`?gensock=poll&id=${id}&ack=0`)
    await world.until(() => world.node().nextDueMs() === 20_000)
    const drained = world.listener().drain({ deadlineMs: 1000 })
    expect([(await send).status, JSON.parse((await poll.answer).body), heard]).toEqual([204, [[1, 'c', 1012, '']], []])
    await drained
  })
})

describe('sizes', () => {
  test('16 384 frames may come at once, one more is a 413, and the socket lives on', async () => {
    await world.serve(handler)
    const id = await world.open()
    const frames = Array.from({ length: 16_385 }, (_, index) => [index + 1, 't', ''])
    const answer = await world.send(id, 0, frames)
    expect([answer.status, answer.body, heard.length]).toEqual([413, 'Too many frames\n', 0])
    expect(await statusOf(world.send(id, 0, frames.slice(0, -1)))).toBe(204)
    await world.until(() => heard.length === 16_384)
  })

  test('a body in chunks of one byte costs no more than its bytes', async () => {
    await world.serve(handler, { maxFrameBytes: 1_000_000 })
    const id = await world.open()
    const body = Buffer.from(JSON.stringify({ ack: 0, frames: [[1, 't', 'x'.repeat(50_000)]] }))
    const before = used()
    const asked = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: body.subarray(0, 1), open: true })
    for (let at = 1; at < body.length; at++) {
      asked.request.write(body.subarray(at, at + 1))
      if (at % 1000 === 0) await world.turn()
    }
    while (asked.request.writableLength > 0) await world.turn()
    const cost = used() - before
    asked.request.end()
    expect((await asked.answer).status).toBe(204)
    expect(heard[0]).toEqual(['text', 'x'.repeat(50_000)])
    expect(cost).toBeLessThan(5_000_000)
  })

  const escaped = '\u0001'.repeat(1000)

  test('a frame of maxFrameBytes passes, however its JSON looks; one byte more closes with 1009', async () => {
    await world.serve(handler, { maxFrameBytes: 1000 })
    const id = await world.open()
    expect(
      await statusOf(
        world.send(id, 0, [
          [1, 't', escaped],
          [2, 'b', Buffer.alloc(1000).toString('base64')],
        ]),
      ),
    ).toBe(204)
    expect(heard).toEqual([
      ['text', escaped],
      ['binary', '00'.repeat(1000)],
    ])
    expect(await statusOf(world.send(id, 0, [[3, 't', 'x'.repeat(1001)]]))).toBe(204)
    expect([await world.poll(id, 0), ended]).toEqual([[[1, 'c', 1009, '']], [{ type: 'error', error: 'badsize' }]])
  })

  test.each([
    ['that says its length', false],
    ['in chunks', true],
  ])(
    'a body %s of 64 KiB and six times maxFrameBytes is read; one byte more is a 413, and closes with 1009',
    async (_how, open) => {
      await world.serve(handler, { maxFrameBytes: 1000 })
      const id = await world.open()
      const body = (length: number): string => {
        const start = '{"ack":0,"frames":[]'
        return `${start}${' '.repeat(length - start.length - 1)}}`
      }
      const send = (length: number): Promise<Answer> => {
        if (!open) return post(id, body(length))
        const asked = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: body(length), open })
        asked.request.end()
        return asked.answer
      }
      expect(await statusOf(send(71_536))).toBe(204)
      expect(await statusOf(send(71_537))).toBe(413)
      expect([await world.poll(id, 0), ended]).toEqual([[[1, 'c', 1009, '']], [{ type: 'error', error: 'badsize' }]])
    },
  )

  test('of a route can be less or more for one socket', async () => {
    const authorize = (): readonly ['accept', null, object] => ['accept', null, { options: { maxFrameBytes: 10 } }]
    await world.serve(handler, { authorize })
    const id = await world.open()
    expect(await statusOf(post(id, ' '.repeat(65_536 + 61)))).toBe(413)
  })
})

describe('text that is none', () => {
  const bad = Buffer.concat([Buffer.from('{"ack":0,"frames":[[1,"t","'), Buffer.from([0xc3, 0x28]), Buffer.from('"]]}')])
  const half = '{"ack":0,"frames":[[1,"t","a\\ud800b"]]}'

  test('is a 400, as bytes and as half a surrogate pair, and nothing is taken', async () => {
    await world.serve(handler)
    const id = await world.open()
    expect([await statusOf(post(id, bad)), await statusOf(post(id, half)), heard]).toEqual([400, 400, []])
  })

  test('is delivered with U+FFFD where validateUtf8 is false', async () => {
    await world.serve(handler, { validateUtf8: false })
    expect(await statusOf(post(await world.open(), bad))).toBe(204)
    expect(await statusOf(post(await world.open(), half))).toBe(204)
    expect(heard).toEqual([['text', 'a\ufffdb']])
  })
})
