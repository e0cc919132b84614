// Frames down as server-sent events: real requests, virtual time.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { binary, close, pushTo, type SocketEvent, type SocketHandler, type TerminateReason, text } from 'gensock/socket'
import { type Asked, plainWorld } from './plain-world.js'

const world = plainWorld()
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const sse = (id: string, ack: number | string = 0, headers = {}): Asked =>
  world.begin(`?gensock=sse&id=${id}&ack=${ack}`, { headers: { Accept: 'text/event-stream', ...headers } })
/** How every stream begins. */
const BEGIN = ':\n\nevent: attached\ndata:\n\n'
const events = (asked: Asked): unknown[] =>
  [...asked.text().matchAll(/^data: ([^\n]+)\n\n/gm)].map((match) => JSON.parse(match[1] as string) as unknown)

describe('server-sent events', () => {
  test('begin at once with a comment and an event, under headers that keep proxies from holding them back', async () => {
    await world.serve(echo)
    const asked = sse(await world.open('sse'))
    const { statusCode, headers } = await asked.head
    await world.until(() => asked.text() === BEGIN)
    expect([statusCode, headers['content-type'], headers['cache-control'], headers['x-accel-buffering']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no-store, no-transform',
      'no',
    ])
  })

  test('bring each frame with its number as the id', async () => {
    await world.serve(echo)
    const asked = sse(await world.open('sse'))
    pushTo(world.socket(), [text('a\r\nb\n"ü€😀\u2028'), binary(Uint8Array.of(0, 255))])
    await world.until(() => events(asked).length === 2)
    pushTo(world.socket(), ['ping', 'hi'])
    await world.until(() => events(asked).length === 3)
    expect(asked.text()).toBe(
      `${BEGIN}id: 1\ndata: [1,"t","a\\r\\nb\\n\\"ü€😀\u2028"]\n\n` +
        'id: 2\ndata: [2,"b","AP8="]\n\nid: 3\ndata: [3,"p","aGk="]\n\n',
    )
  })

  test('that come again begin behind what was received, as the query or Last-Event-ID says, whichever is more', async () => {
    await world.serve(echo)
    const id = await world.open('sse')
    for (const one of ['a', 'b', 'c']) pushTo(world.socket(), text(one))
    for (const [ack, last, first] of [
      ['0', undefined, 1],
      ['0', '1', 2],
      ['2', '1', 3],
    ] as const) {
      const asked = sse(id, ack, last === undefined ? {} : { 'Last-Event-ID': last })
      await world.until(() => events(asked).length === 4 - first)
      expect((events(asked)[0] as unknown[])[0]).toBe(first)
      asked.cut()
    }
  })

  test('need no ack in the query if there is a Last-Event-ID', async () => {
    await world.serve(echo)
    const id = await world.open('sse')
    pushTo(world.socket(), text('a'))
    const asked = world.begin(`?gensock=sse&id=${id}`, { headers: { 'Last-Event-ID': '0' } })
    await world.until(() => events(asked).length === 1)
    expect((await asked.head).statusCode).toBe(200)
  })

  test('end behind a close frame, and the connection with them', async () => {
    const ended: TerminateReason[] = []
    await world.serve({ ...echo, terminate: (reason: TerminateReason) => void ended.push(reason) })
    const asked = sse(await world.open('sse'))
    await asked.head
    pushTo(world.socket(), [text('a'), close(4000, 'bye')])
    await asked.answer
    expect([events(asked), ended]).toEqual([
      [
        [1, 't', 'a'],
        [2, 'c', 4000, 'bye'],
      ],
      [{ type: 'stop', reason: 'normal' }],
    ])
    expect(world.listener().sockets()).toEqual([])
  })

  test('end when a newer request takes their place, a poll for example', async () => {
    const heard: SocketEvent[] = []
    await world.serve({
      ...echo,
      event: (event) => {
        heard.push(event)
        return ['ok', null]
      },
    })
    const id = await world.open('sse')
    const asked = sse(id)
    await asked.head
    const poll = world.poll(id, 0)
    await asked.answer
    pushTo(world.socket(), text('a'))
    expect([await poll, events(asked)]).toEqual([[[1, 't', 'a']], []])
    expect(heard.map((event) => Object.values(event).join(' '))).toEqual([
      'attached sse',
      'detached sse',
      'attached longPoll',
      'detached longPoll',
    ])
  })

  test('once they have ended behind a close frame, the place is free', async () => {
    await world.serve(echo, {}, { maxConnections: 1 })
    const asked = sse(await world.open('sse'))
    await asked.head
    pushTo(world.socket(), close(4000))
    await asked.answer
    await world.open('sse')
    expect(world.listener().sockets()).toHaveLength(1)
  })

  test('that break before the close frame is out have not ended: the place is held, and a poll brings the frame', async () => {
    const sides: Socket[] = []
    const see = (message: unknown): void => void sides.push((message as { socket: Socket }).socket)
    await world.serve(echo, { outboundHighBytes: 64 * 1_048_576 }, { maxConnections: 1 })
    subscribe('net.server.socket', see)
    const id = await world.open('sse')
    const asked = sse(id)
    ;(await asked.head).pause()
    unsubscribe('net.server.socket', see)
    pushTo(world.socket(), [text('x'.repeat(16 * 1_048_576)), close(4000)]) // more than the kernel takes
    const isBlocked = (side: Socket): boolean => side.writableLength > 0
    await world.until(() => sides.some(isBlocked))
    const side = sides.find(isBlocked)
    asked.cut()
    await world.until(() => side?.closed === true)
    expect((await world.ask('?gensock=open&via=sse', { method: 'POST' })).status).toBe(503)
    expect(await world.poll(id, 1)).toEqual([[2, 'c', 4000, '']])
    await world.open()
  })

  test('whose connection breaks are over for the handler, too', async () => {
    const heard: string[] = []
    await world.serve({
      ...echo,
      event: ({ type }) => {
        heard.push(type)
        return ['ok', null]
      },
    })
    const asked = sse(await world.open('sse'))
    await asked.head
    asked.cut()
    await world.until(() => heard.length === 2)
    expect(heard).toEqual(['attached', 'detached'])
  })

  test('end without a close frame when the socket is killed; then the id is unknown', async () => {
    await world.serve(echo)
    const id = await world.open('sse')
    const asked = sse(id)
    await asked.head
    world.node().exit(world.socket(), 'kill')
    await asked.answer
    expect([events(asked), (await world.ask(`?gensock=sse&id=${id}&ack=0`)).status]).toEqual([[], 410])
  })

  test('a peer that lets its stream break is lost graceMs later', async () => {
    const ended: TerminateReason[] = []
    await world.serve(
      { ...echo, terminate: (reason: TerminateReason) => void ended.push(reason) },
      { fallback: { graceMs: 3000 } },
    )
    const asked = sse(await world.open('sse'))
    await asked.head
    await world.node().advance(20_000)
    asked.cut()
    await world.until(() => world.node().nextDueMs() === 23_000)
    await world.node().advance(3000)
    expect(ended).toEqual([{ type: 'error', error: 'closed' }])
  })
})

describe('a peer that does not take its events', () => {
  const chunk = 'x'.repeat(65_536)

  test('has little of them in its response, the rest is kept once; nothing is lost when it reads on', async () => {
    const sides: Socket[] = []
    const see = (message: unknown): void => void sides.push((message as { socket: Socket }).socket)
    subscribe('net.server.socket', see)
    await world.serve(echo, { outboundHighBytes: 64 * 1_048_576 })
    const asked = sse(await world.open('sse'))
    const response = await asked.head
    unsubscribe('net.server.socket', see)
    response.pause()
    let waiting = 0
    for (let n = 0; n < 300; n++) {
      pushTo(world.socket(), text(chunk))
      await world.turn()
      waiting = Math.max(waiting, ...sides.map(({ writableLength }) => writableLength))
    }
    // The kernel takes some MB of the 20; then one piece waits in the response, the rest with what is unacknowledged.
    expect(waiting).toBeGreaterThan(0)
    expect(waiting).toBeLessThan(3 * chunk.length)
    response.resume()
    await world.until(() => asked.text().length > 300 * chunk.length)
    expect(events(asked).map((item) => (item as unknown[])[0])).toEqual(Array.from({ length: 300 }, (_, index) => index + 1))
  })

  test('is closed with 1013 above outboundHighBytes, however fast: untaken is what is not acknowledged', async () => {
    const ended: TerminateReason[] = []
    const handler = { ...echo, terminate: (reason: TerminateReason) => void ended.push(reason) }
    await world.serve(handler, { outboundHighBytes: 100_000 })
    const asked = sse(await world.open('sse'))
    await asked.head
    for (let n = 0; n < 3; n++) {
      pushTo(world.socket(), text(chunk))
      await world.turn()
    }
    await asked.answer
    expect([ended, events(asked).at(-1)]).toEqual([[{ type: 'error', error: 'slow_peer' }], [3, 'c', 1013, '']])
  })

  test('that acknowledges is not', async () => {
    await world.serve(echo, { outboundHighBytes: 100_000 })
    const id = await world.open('sse')
    const asked = sse(id)
    for (let n = 1; n <= 10; n++) {
      pushTo(world.socket(), text(chunk))
      await world.until(() => events(asked).length === n)
      expect((await world.send(id, n, [])).status).toBe(204)
    }
    expect(world.listener().sockets()).toHaveLength(1)
  })

  test('can acknowledge while a send of it waits', async () => {
    // Its handler waits for the peer to catch up; meanwhile so much comes that the socket reads no more.
    const handler: SocketHandler<null, any, any, any> = {
      init: () => ['ok', null],
      async handle([, data], state, self) {
        if (data !== 'go') return ['ok', state]
        for (let n = 0; n < 3; n++) {
          self.push(text(chunk))
          await self.drained()
        }
        return ['push', text('done'), state]
      },
    }
    await world.serve(handler, { outboundHighBytes: 100_000, inboundHighBytes: 1000, onSlowPeer: 'wait' })
    const id = await world.open('sse')
    const asked = sse(id)
    await asked.head
    const frames = ['go', ...Array.from({ length: 30 }, () => 'x')].map((data, index) => [index + 1, 't', data])
    let isTaken = false
    const send = world.send(id, 0, frames).finally(() => (isTaken = true))
    await world.until(() => events(asked).length === 2)
    expect([isTaken, (await world.send(id, 2, [])).status]).toEqual([false, 204])
    await world.until(() => events(asked).length === 4)
    expect([(await send).status, events(asked).at(-1)]).toEqual([204, [4, 't', 'done']])
  })
})
