// Frames down as answers to polls: real requests, virtual time.
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import {
  accept,
  close,
  type InitArgs,
  pushTo,
  reject,
  type Result,
  type SocketEvent,
  type SocketHandler,
  type TerminateReason,
  text,
} from 'gensock/socket'
import { plainWorld } from './plain-world.js'

const world = plainWorld()
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const POST = { method: 'POST' }

describe('open', () => {
  test('answers an id of 128 random bits and no subprotocol, which nobody may keep', async () => {
    await world.serve(echo)
    const answers = [await world.ask('?gensock=open&via=sse', POST), await world.ask('?gensock=open&via=longPoll', POST)]
    const ids = answers.map(({ body }) => (JSON.parse(body) as { id: string }).id)
    expect(ids).toEqual([expect.stringMatching(/^[\w-]{22}$/), expect.stringMatching(/^[\w-]{22}$/)])
    expect(ids[0]).not.toBe(ids[1])
    for (const { status, headers, body } of answers) {
      expect([status, headers['cache-control'], headers['content-type']]).toEqual([
        200,
        'no-store',
        'application/json; charset=utf-8',
      ])
      expect(JSON.parse(body)).toEqual({ id: expect.any(String), subprotocol: null })
    }
  })

  test('tells the handler how frames will travel, with the request that asked', async () => {
    const seen: unknown[] = []
    await world.serve({
      ...echo,
      init: ({ transport, request, subprotocol, compressed }: InitArgs) => {
        seen.push([transport, request.method, request.query.get('token'), subprotocol, compressed])
        return ['ok', null]
      },
      upgrade: (_request, _self, _params, transport) => {
        seen.push(transport)
        return accept(null)
      },
    })
    await world.ask('?gensock=open&via=longPoll&token=t', POST)
    await world.ask('?gensock=open&via=sse', POST)
    const expected = [
      ['longPoll', 'POST', 't', undefined, false],
      ['sse', 'POST', null, undefined, false],
    ]
    expect(seen).toEqual(['longPoll', expected[0], 'sse', expected[1]])
  })

  test.each([
    ['a,b', 'b'],
    ['a, b', 'b'],
    ['c', null],
    ['b,,b', null],
    ['b,b', null],
    ['b=', null],
  ])('of the subprotocols %p %p is chosen', async (protocols, chosen) => {
    await world.serve(echo, { subprotocols: ['b'] })
    const { body } = await world.ask(`?gensock=open&via=sse&protocols=${encodeURIComponent(protocols)}`, POST)
    expect(JSON.parse(body)).toMatchObject({ subprotocol: chosen })
  })

  test('headers of accept are on the answer, a line for each cookie; ours stay ours', async () => {
    const headers = { 'Set-Cookie': ['a=1', 'b=2'], 'X-Own': 'yes', 'cache-control': 'public', 'Content-Type': 'text/html' }
    await world.serve(echo, { authorize: () => accept(null, { headers }) })
    const { headers: answered } = await world.ask('?gensock=open&via=sse', POST)
    expect([answered['set-cookie'], answered['x-own']]).toEqual([['a=1', 'b=2'], 'yes'])
    expect([answered['cache-control'], answered['content-type']]).toEqual(['no-store', 'application/json; charset=utf-8'])
  })

  test('a refusal keeps its status, headers and body', async () => {
    const headers = { 'WWW-Authenticate': 'Bearer', 'Set-Cookie': ['a=1', 'b=2'] }
    await world.serve(echo, { authorize: () => reject(401, { headers, body: 'who?' }) })
    const answer = await world.ask('?gensock=open&via=sse', POST)
    expect([answer.status, answer.body, answer.headers['www-authenticate'], answer.headers['set-cookie']]).toEqual([
      401,
      'who?',
      'Bearer',
      ['a=1', 'b=2'],
    ])
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('a crash in upgrade is a 500', async () => {
    await world.serve({
      ...echo,
      upgrade: () => {
        throw new Error('on purpose')
      },
    })
    expect((await world.ask('?gensock=open&via=sse', POST)).status).toBe(500)
    world.node().expectCrash()
  })

  test('a peer that goes while authorize thinks leaves nothing behind', async () => {
    let isAsked = false
    await world.serve(echo, {
      authorize: () => {
        isAsked = true
        return new Promise<never>(() => undefined)
      },
    })
    const asked = world.begin('?gensock=open&via=sse', POST)
    await world.until(() => isAsked)
    asked.cut()
    await world.until(() => world.node().nextDueMs() === Infinity) // its clock has been stopped
    expect(world.listener().sockets()).toEqual([])
  })
})

describe('a poll', () => {
  test('waits for a frame', async () => {
    await world.serve(echo, { fallback: { pollMs: 3000 } })
    const id = await world.open()
    const poll = world.begin(`?gensock=poll&id=${id}&ack=0`)
    await world.until(() => world.node().nextDueMs() === 3000)
    pushTo(world.socket(), text('hi'))
    const { status, headers, body } = await poll.answer
    expect([status, JSON.parse(body), headers['cache-control'], headers['content-type']]).toEqual([
      200,
      [[1, 't', 'hi']],
      'no-store',
      'application/json; charset=utf-8',
    ])
    await world.until(() => world.node().nextDueMs() === 10_000) // the grace time; the poll's own has been stopped
  })

  test.each([['keep-alive'], ['close']])('that takes a close frame frees the place (Connection: %s)', async (connection) => {
    await world.serve(echo, {}, { maxConnections: 1 })
    const id = await world.open()
    pushTo(world.socket(), close(4000))
    const { body } = await world.ask(`?gensock=poll&id=${id}&ack=0`, { headers: { Connection: connection } })
    expect(body).toBe('[[1,"c",4000,""]]')
    await world.open()
    expect(world.listener().sockets()).toHaveLength(1)
  })

  test('takes all that there are, and again until they are acknowledged', async () => {
    await world.serve(echo)
    const id = await world.open()
    for (const one of ['a', 'b', 'c']) pushTo(world.socket(), text(one))
    const all = [
      [1, 't', 'a'],
      [2, 't', 'b'],
      [3, 't', 'c'],
    ]
    expect([await world.poll(id, 0), await world.poll(id, 0), await world.poll(id, 2)]).toEqual([all, all, all.slice(2)])
  })

  test('is answered with nothing after pollMs; then the next one waits as long', async () => {
    await world.serve(echo, { fallback: { pollMs: 3000 }, pingIntervalMs: 0 })
    const id = await world.open()
    for (const round of [1, 2]) {
      let isOver = false
      const poll = world.poll(id, 0).finally(() => (isOver = true))
      await world.until(() => world.node().nextDueMs() === round * 3000)
      await world.node().advance(2999)
      expect(isOver).toBe(false)
      await world.node().advance(1)
      expect(await poll).toEqual([])
    }
  })

  test('with a frame waits gatherMs for more', async () => {
    await world.serve(echo, { fallback: { gatherMs: 50 } })
    const id = await world.open()
    pushTo(world.socket(), text('a'))
    const poll = world.poll(id, 0)
    await world.until(() => world.node().nextDueMs() === 50)
    await world.node().advance(49)
    pushTo(world.socket(), text('b'))
    await world.node().advance(1)
    expect(await poll).toEqual([
      [1, 't', 'a'],
      [2, 't', 'b'],
    ])
  })

  test('does not gather once the close frame is among them', async () => {
    await world.serve(echo, { fallback: { gatherMs: 50 } })
    const id = await world.open()
    pushTo(world.socket(), [text('a'), close(4000, 'bye')])
    expect(await world.poll(id, 0)).toEqual([
      [1, 't', 'a'],
      [2, 'c', 4000, 'bye'],
    ])
  })

  test('an answer ends with the frame that passes 256 KiB; the next poll takes the rest', async () => {
    await world.serve(echo)
    const id = await world.open()
    for (const one of ['a', 'b', 'c']) pushTo(world.socket(), text(one.repeat(200_000)))
    const first = (await world.poll(id, 0)) as unknown[]
    const second = (await world.poll(id, 2)) as unknown[]
    expect([first.length, second]).toEqual([2, [[3, 't', 'c'.repeat(200_000)]]])
  })

  test('a newer one ends the one before it with an empty list, and gets the frame', async () => {
    await world.serve(echo, { fallback: { pollMs: 3000 } })
    const id = await world.open()
    const first = world.poll(id, 0)
    await world.until(() => world.node().nextDueMs() === 3000)
    const second = world.poll(id, 0)
    expect(await first).toEqual([])
    pushTo(world.socket(), text('a'))
    expect(await second).toEqual([[1, 't', 'a']])
  })

  test('an event tells of each', async () => {
    const events: SocketEvent[] = []
    await world.serve({
      ...echo,
      event: (event) => {
        events.push(event)
        return ['ok', null]
      },
    })
    const id = await world.open()
    pushTo(world.socket(), text('a'))
    await world.poll(id, 0)
    const cut = world.begin(`?gensock=poll&id=${id}&ack=1`)
    await world.until(() => events.length === 3)
    cut.cut()
    await world.until(() => events.length === 4)
    const one = [
      { type: 'attached', by: 'longPoll' },
      { type: 'detached', by: 'longPoll' },
    ]
    expect(events).toEqual([...one, ...one])
  })
})

describe('a connection', () => {
  const ended: TerminateReason[] = []
  const recorded = { ...echo, terminate: (reason: TerminateReason) => void ended.push(reason) }

  test('without a request for graceMs is lost, and its id is gone', async () => {
    ended.length = 0
    await world.serve(recorded, { fallback: { graceMs: 2000 } })
    const id = await world.open()
    await world.node().advance(1999)
    pushTo(world.socket(), text('a'))
    expect(await world.poll(id, 0)).toEqual([[1, 't', 'a']])
    await world.until(() => world.node().nextDueMs() === 3999)
    await world.node().advance(1999)
    expect(ended).toEqual([])
    await world.node().advance(1)
    expect(ended).toEqual([{ type: 'error', error: 'closed' }])
    expect((await world.ask(`?gensock=poll&id=${id}&ack=1`)).status).toBe(410)
  })

  test('between two polls is not waited for when the listener drains: connections of the port are ended at once', async () => {
    await world.serve(echo)
    await world.open()
    const half = connect(world.listener().port, '127.0.0.1')
    half.write('GET /ws HTTP/1.1\r\n')
    await once(half, 'connect')
    half.on('error', () => undefined).resume() // a reset, perhaps
    const closed = new Promise((resolve) => half.once('close', resolve))
    await world.listener().drain({ deadlineMs: 1000 })
    await closed
    expect(world.node().now()).toBe(0)
  })

  test('that is killed ends the poll that waits with 410', async () => {
    await world.serve(echo, { fallback: { pollMs: 3000 } })
    const id = await world.open()
    const poll = world.begin(`?gensock=poll&id=${id}&ack=0`)
    await world.until(() => world.node().nextDueMs() === 3000)
    world.node().exit(world.socket(), 'kill')
    expect((await poll.answer).status).toBe(410)
  })

  test('counts as idle when no byte comes for idleTimeoutMs, polls count', async () => {
    ended.length = 0
    let polls = 0
    const event = ({ type }: SocketEvent): Result<null> => {
      if (type === 'attached') polls++
      return ['ok', null]
    }
    const options = { fallback: { pollMs: 3000, graceMs: 60_000 }, idleTimeoutMs: 5000, pingIntervalMs: 0 }
    await world.serve({ ...recorded, event }, options)
    const id = await world.open()
    for (const round of [1, 2, 3]) {
      const poll = world.poll(id, 0)
      await world.until(() => polls === round)
      await world.node().advance(3000)
      expect(await poll).toEqual([])
    }
    await world.node().advance(1999)
    expect(ended).toEqual([])
    await world.node().advance(1)
    expect(ended).toEqual([{ type: 'timeout' }])
    expect(await world.poll(id, 0)).toEqual([[1, 'c', 1000, '']])
  })

  test('its pings are frames, and a pong is a sign of life', async () => {
    ended.length = 0
    await world.serve(recorded, { idleTimeoutMs: 60_000, pingIntervalMs: 25_000, fallback: { graceMs: 600_000 } })
    const id = await world.open()
    await world.node().advance(25_000)
    expect(await world.poll(id, 0)).toEqual([[1, 'p', '']])
    expect((await world.send(id, 1, [[1, 'q', '']])).status).toBe(204)
    await world.node().advance(59_999)
    expect(ended).toEqual([])
    await world.node().advance(1)
    expect(ended).toEqual([{ type: 'timeout' }])
  })
})
