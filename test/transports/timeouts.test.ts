// Handshakes that take too long, on either side; and peers that go away meanwhile.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { accept, attach, type Listener, reject, route, type RouteOptions, type SocketHandler, text } from 'gensock/socket'
import { testNode } from 'gensock/testing'
import { echo, expectRefusal, frame, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const never = (): Promise<any> => new Promise(() => undefined)

describe('a slow client of listen: the whole request within handshakeTimeoutMs of its first byte', () => {
  test.each([
    ['nothing', ''],
    ['half a request line', 'GET /w'],
    ['half of the headers', handshake().slice(0, 60)],
    ['all but the last byte', handshake().slice(0, -1)],
  ])('that sends %s gets a 408', async (_name, bytes) => {
    const listener = await world.serve([route('/ws', echo)], { handshakeTimeoutMs: 100 })
    const began = Date.now()
    expectRefusal(await world.ask(listener.port, bytes), 408)
    const took = Date.now() - began
    expect(took).toBeGreaterThanOrEqual(99)
    expect(took).toBeLessThan(1500)
    expect(listener.counters().refused).toEqual({ timeout: 1 })
  })
  test('that sends a byte now and then gains nothing by it', async () => {
    const listener = await world.serve([route('/ws', echo)], { handshakeTimeoutMs: 100 })
    const socket = world.dial(listener.port)
    const bytes = handshake().split('')
    const timer = setInterval(() => socket.write(bytes.shift() ?? ''), 10)
    world.later(() => clearInterval(timer))
    const [answer] = await once(socket, 'data')
    expect(String(answer)).toContain('408 Request Timeout')
    expect(bytes.length).toBeGreaterThan(50)
  })
  test('that is not that slow is served, and so is an open socket long after', async () => {
    const { port } = await world.serve([route('/ws', echo)], { handshakeTimeoutMs: 100 })
    const socket = world.dial(port, handshake().slice(0, 60))
    socket.write(handshake().slice(60))
    expect(String((await once(socket, 'data'))[0])).toContain('101')
    expectRefusal(await world.ask(port, 'GET'), 408) // another one has run into the limit meanwhile
    socket.write(frame(1, 'hi'))
    expect(String((await once(socket, 'data'))[0]).slice(-2)).toBe('hi')
  })
})

describe.each([
  [
    'authorize',
    (wait: () => Promise<any>): [RouteOptions, Partial<SocketHandler<null, any, any, any>>] => [{ authorize: wait }, {}],
  ],
  ['upgrade', (wait: () => Promise<any>): [RouteOptions, Partial<SocketHandler<null, any, any, any>>] => [{}, { upgrade: wait }]],
])('%s that', (_name, options) => {
  async function serve(wait: () => Promise<any>, handshakeTimeoutMs: number): Promise<Listener> {
    const [routeOptions, handler] = options(wait)
    return world.serve([route('/ws', { ...echo, ...handler }, routeOptions), route('/open', echo)], {
      handshakeTimeoutMs,
      maxConnections: 1,
    })
  }

  test('never answers is answered for with a 503, and its place is free again', async () => {
    const listener = await serve(never, 30)
    const before = world.node().processes().length
    expectRefusal(await world.ask(listener.port, handshake()), 503)
    expect(listener.counters().refused).toEqual({ timeout: 1 })
    expect([listener.sockets(), world.node().processes().length, world.crashes]).toEqual([[], before, []])
    expect((await world.ask(listener.port, handshake({}, 'GET /open HTTP/1.1'))).status).toBe(101)
  })
  test.each([
    ['accepts', accept(1)],
    ['rejects', reject(401)],
  ])('%s too late changes nothing', async (_what, answer) => {
    let settle = (_answer: unknown): void => undefined
    const listener = await serve(() => new Promise((resolve) => (settle = resolve)), 30)
    expectRefusal(await world.ask(listener.port, handshake()), 503)
    settle(answer)
    await world.turn()
    expect(listener.counters()).toMatchObject({ open: 0, opened: 0, refused: { timeout: 1 } })
    expect(world.crashes).toEqual([])
  })
  test('throws too late changes nothing for the peer', async () => {
    let settle = (_error: Error): void => undefined
    const listener = await serve(() => new Promise((_, fail) => (settle = fail)), 30)
    expectRefusal(await world.ask(listener.port, handshake()), 503)
    settle(new Error('late'))
    await world.turn()
    expect(listener.counters()).toMatchObject({ open: 0, refused: { timeout: 1 } })
  })
  test('takes its time has it, if there is no limit', async () => {
    const settle: ((answer: unknown) => void)[] = []
    const { port } = await serve(() => new Promise((resolve) => settle.push(resolve)), 0)
    const answer = world.ask(port, handshake())
    while (settle.length === 0) await world.turn()
    settle[0]?.(accept(1))
    expect((await answer).status).toBe(101)
  })

  test.each([
    ['ends its side', (socket: any) => socket.end()],
    ['resets', (socket: any) => socket.resetAndDestroy()],
    ['is destroyed', (socket: any) => socket.destroy()],
  ])('waits when the peer %s: place and process are free at once', async (_how, leave) => {
    let asked = 0
    const listener = await serve(() => (asked++, never()), 0)
    const before = world.node().processes().length
    const socket = world.dial(listener.port, handshake())
    await world.until(() => asked > 0)
    expectRefusal(await world.ask(listener.port, handshake({}, 'GET /open HTTP/1.1')), 503)
    leave(socket)
    while ((await world.ask(listener.port, handshake({}, 'GET /open HTTP/1.1'))).status !== 101) await world.turn()
    expect(listener.sockets()).toHaveLength(1)
    expect(world.node().processes().length).toBe(before + 1)
    expect(listener.counters().refused['timeout']).toBeUndefined()
  })

  test('takes its time does not read without end what comes too early', async () => {
    let asked = 0
    const listener = await serve(() => (asked++, never()), 0)
    const socket = world.dial(listener.port, handshake())
    await world.until(() => asked > 0)
    for (let i = 0; i < 40; i++) socket.write(Buffer.alloc(1_000_000))
    for (let left = -1; left !== socket.writableLength; ) {
      left = socket.writableLength
      for (let i = 0; i < 100; i++) await world.turn()
    }
    expect(socket.writableLength).toBeGreaterThan(20_000_000)
  })
  test('takes its time keeps what the peer sends too early, in order', async () => {
    let settle = (_answer: unknown): void => undefined
    let asked = 0
    const listener = await serve(() => (asked++, new Promise((resolve) => (settle = resolve))), 0)
    const socket = world.dial(listener.port, Buffer.concat([Buffer.from(handshake()), frame(1, 'head')]))
    await world.until(() => asked > 0)
    for (const word of ['one', 'two']) {
      const written = new Promise((resolve) => socket.write(frame(1, word), resolve))
      await written
    }
    // Far more than is kept: the rest waits in the network.
    for (let i = 0; i < 20; i++) socket.write(frame(2, Buffer.alloc(60_000, i)))
    socket.write(frame(1, 'last'))
    await world.turn()
    settle(accept(1))
    let all = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])))
    while (!all.includes('last')) await world.turn()
    const body = all.subarray(all.indexOf('\r\n\r\n') + 4)
    expect(String(body.subarray(0, 16))).toBe('\x81\x04head\x81\x03one\x81\x03two'.replaceAll('\x81', '\ufffd'))
    expect(body.length).toBe(16 + 20 * 60_004 + 6)
  })
})

test('the node’s clock counts from the upgrade, also on a server of the user’s: 10 s by default', async () => {
  const node = testNode()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  let asked = 0
  const authorize = (): Promise<any> => (asked++, never())
  const listener = attach(server, [route('/ws', echo, { authorize })], { node })
  world.later(async () => {
    await node.stop()
    await new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  })
  const answer = world.ask((server.address() as AddressInfo).port, handshake())
  await world.until(() => asked > 0)
  await node.advance(9999)
  expect(listener.counters().refused).toEqual({})
  await node.advance(1)
  expect(listener.counters().refused).toEqual({ timeout: 1 })
  expectRefusal(await answer, 503)
})

test('a timeout that has been met does not come back', async () => {
  const hello = { ...echo, init: () => ['push', text('hello'), null] as const }
  const authorize = async (): Promise<any> => (await world.turn(), accept(1))
  const listener = await world.serve([route('/ws', hello, { authorize })], { handshakeTimeoutMs: 50 })
  const socket = world.dial(listener.port, handshake())
  await once(socket, 'data')
  expectRefusal(await world.ask(listener.port, 'GET'), 408) // a time limit has passed since
  socket.write(frame(1, 'hi'))
  expect(String((await once(socket, 'data'))[0]).slice(-2)).toBe('hi')
})
