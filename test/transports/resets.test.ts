// Peers that reset the TCP connection at any moment of the handshake. The raw socket has an error listener from the first
// line on: without one, any of these would be an uncaught exception, which jest reports as a failure.
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket as NetSocket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { accept, attach, type Listener, route, type RouteOptions, type SocketHandler } from 'gensock/socket'
import { echo, frame, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const wire = Buffer.concat([Buffer.from(handshake()), frame(1, 'hello')])

/** Sends so many bytes, lets the server look at them or not, and resets. */
async function reset(port: number, bytes: Buffer, turns: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  if (bytes.length > 0) await new Promise((resolve) => socket.write(bytes, resolve))
  for (let i = 0; i < turns; i++) await world.turn()
  socket.resetAndDestroy()
  if (!socket.destroyed) await once(socket, 'close')
}
async function expectFreshClient(listener: Listener, path = '/ws'): Promise<void> {
  while (listener.sockets().length > 0) await world.turn()
  const socket = world.dial(listener.port, Buffer.concat([Buffer.from(handshake({}, `GET ${path} HTTP/1.1`)), frame(1, 'fresh')]))
  let all = ''
  socket.on('data', (chunk) => (all += String(chunk)))
  while (!all.endsWith('fresh')) await world.turn()
  expect([listener.sockets().length, world.crashes]).toEqual([1, []])
}

test.each([0, 1, 4])('a reset after any number of bytes, %d turns of the loop later, harms nobody', async (turns) => {
  const listener = await world.serve([route('/ws', echo)])
  for (let i = 0; i <= wire.length; i++) await reset(listener.port, wire.subarray(0, i), turns)
  await expectFreshClient(listener)
})

test('the same in front of a server of the user’s', async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.later(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())))
  const listener = attach(server, [route('/ws', echo)], { node: world.node() })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  const { port } = server.address() as AddressInfo
  for (let i = 0; i <= wire.length; i += 3) await reset(port, wire.subarray(0, i), 1)
  await expectFreshClient(listener)
})

test('a reset of a handshake that is being refused harms nobody', async () => {
  const listener = await world.serve([route('/ws', echo)])
  const bad = Buffer.from(handshake({ 'Sec-WebSocket-Key': 'no' }))
  for (let turns = 0; turns < 8; turns++) {
    await reset(listener.port, bad, turns)
    await reset(listener.port, Buffer.from('garbage\r\n\r\n'), turns)
    await reset(listener.port, Buffer.from('GET /ws HTTP/1.1\r\nHost: a\r\n\r\n'), turns)
  }
  await expectFreshClient(listener)
})

test.each([
  ['authorize', (wait: () => Promise<any>) => route('/slow', echo, { authorize: wait })],
  ['upgrade', (wait: () => Promise<any>) => route('/slow', { ...echo, upgrade: wait })],
])('a reset while %s runs harms nobody, whenever it answers', async (_name, slow) => {
  const gates: ((answer: unknown) => void)[] = []
  const listener = await world.serve([slow(() => new Promise((resolve) => gates.push(resolve))), route('/ws', echo)], {
    maxConnections: 1,
  })
  for (let turns = 0; turns < 8; turns++) {
    const socket = world.dial(listener.port, handshake({}, 'GET /slow HTTP/1.1'))
    while (gates.length === 0) await world.turn()
    if (turns % 2 === 0) socket.write(frame(1, 'early'))
    const answer = (): void => gates.pop()?.(accept(1))
    if (turns < 4) answer() // the reset meets the 101 on its way
    socket.resetAndDestroy()
    for (let i = 0; i < turns; i++) await world.turn()
    if (turns >= 4) answer() // the answer comes when nobody is there any more
    while (listener.sockets().length > 0) await world.turn()
  }
  await expectFreshClient(listener)
})

test('a reset right after the 101, with and without frames under way, harms nobody', async () => {
  const listener = await world.serve([route('/ws', echo)])
  const leave: ((socket: NetSocket) => void)[] = [
    (socket) => void socket.resetAndDestroy(),
    (socket) => void (socket.write(frame(1, 'x')), socket.resetAndDestroy()),
    (socket) => void (socket.write(frame(1, 'x').subarray(0, 3)), socket.resetAndDestroy()),
    (socket) => void (socket.write(frame(8, '')), socket.resetAndDestroy()),
    (socket) => void socket.destroy(),
    (socket) => void socket.end(),
  ]
  for (const go of leave) {
    const socket = world.dial(listener.port, handshake())
    await once(socket, 'data')
    go(socket)
    socket.resume()
    if (!socket.destroyed) await once(socket, 'close')
  }
  await expectFreshClient(listener)
})

describe('of a peer that has gone by a reset', () => {
  const LARGE = frame(1, 'x'.repeat(50_000))

  /** A server that shows its connections; what its handler hears, and how it ends. */
  async function watched(wait: () => Promise<void> | void, options: RouteOptions): Promise<Watched> {
    const server = createServer()
    const connections: NetSocket[] = []
    server.on('connection', (socket) => connections.push(socket))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world.later(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())))
    const heard: unknown[] = []
    const handler: SocketHandler<null> = {
      init: () => ['ok', null],
      async handle([, said], state) {
        heard.push(String(said).length)
        await wait()
        return ['push', ['text', 'answer'], state]
      },
      terminate: (reason) => void heard.push(reason),
    }
    const listener = attach(server, [route('/ws', handler, options)], { node: world.node() })
    world.later(() => listener.drain({ deadlineMs: 100 }))
    return { heard, connections, listener, port: (server.address() as AddressInfo).port }
  }
  interface Watched {
    readonly heard: unknown[]
    readonly connections: readonly NetSocket[]
    readonly listener: Listener
    readonly port: number
  }
  /** Sends more than is taken, and resets when as much as is taken has been. */
  async function flood({ port, connections }: Watched, bytes: Buffer): Promise<NetSocket> {
    const peer = world.dial(port, Buffer.concat([Buffer.from(handshake()), ...Array.from({ length: 8 }, () => bytes)]))
    while (connections[0]?.isPaused() !== true || connections[0].readableLength < connections[0].readableHighWaterMark)
      await world.turn()
    peer.resetAndDestroy()
    await once(peer, 'close')
    return connections[0]
  }
  /** All that came was heard, but for the frame that was cut. */
  async function expectAll({ heard, listener }: Watched, connection: NetSocket): Promise<void> {
    while (heard.length === 0 || listener.sockets().length > 0) await world.turn()
    const whole = Math.floor((connection.bytesRead - handshake().length) / LARGE.length)
    expect(whole).toBeGreaterThan(0)
    expect(heard).toEqual([...Array.from({ length: whole }, () => 50_000), { type: 'error', error: 'closed' }])
  }

  // Node forgets what is put back into a stream on which a write has failed; the 101 may be such a write.
  test('what came in front of the 101 is heard whole', async () => {
    let open: (answer: unknown) => void = () => undefined
    const made = await watched(() => undefined, { authorize: (): Promise<any> => new Promise((resolve) => (open = resolve)) })
    const connection = await flood(made, LARGE)
    open(accept(1))
    await expectAll(made, connection)
  })

  test('what waited while nothing was read is heard', async () => {
    let go: () => void = () => undefined
    const gate = new Promise<void>((resolve) => (go = resolve))
    const made = await watched(() => gate, { inboundHighBytes: 1000, inboundLowBytes: 500 })
    const connection = await flood(made, LARGE)
    go()
    await expectAll(made, connection)
  })
})
