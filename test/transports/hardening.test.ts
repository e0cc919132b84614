// Real connections that misbehave in quieter ways: resets of nobody's upgrades, floods of pings, slow authorize, two copies.
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket as NetSocket } from 'node:net'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import {
  accept,
  attach,
  type Listener,
  listen,
  type ListenOptions,
  reject,
  route,
  type SocketHandler,
  text,
} from 'gensock/socket'
import { WebSocket } from 'ws'

let node: Node
const ends: (() => unknown)[] = []
beforeEach(() => {
  over = false
  node = createNode({ logger: silentLogger })
})
afterEach(async () => {
  over = true
  for (const end of ends.splice(0).toReversed()) await end()
  await node.stop()
})
const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
const once = (target: WebSocket | NetSocket, event: string): Promise<any[]> =>
  new Promise((resolve) => target.once(event, (...values: unknown[]) => resolve(values)))
let over = false
/** One turn of the event loop; throws once the test is over, so that nobody waits for ever. */
const turn = (): Promise<void> =>
  new Promise((resolve, reject) => setImmediate(() => (over ? reject(new Error('the test is over')) : resolve())))

async function serve(routes: ListenOptions['routes'], options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes, ...options })
  ends.push(() => listener.drain({ deadlineMs: 100 }))
  return listener
}
async function plainServer(): Promise<[Server, number]> {
  const server = createServer((_request, response) => response.end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())))
  return [server, (server.address() as AddressInfo).port]
}
const handshake = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
function raw(port: number, path: string): NetSocket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(handshake(path))
  ends.push(() => socket.destroy())
  return socket
}
async function statusOf(socket: NetSocket): Promise<number> {
  const [data] = await once(socket, 'data')
  return Number(String(data).split(' ')[1])
}

describe('upgrades of other paths', () => {
  test('with nobody else to take them they are refused with 404, also between two of ours', async () => {
    const [server, port] = await plainServer()
    const first = attach(server, [route('/a', echo)], { node })
    expect(await statusOf(raw(port, '/nowhere'))).toBe(404)
    const second = attach(server, [route('/b', echo)], { node })
    expect(await statusOf(raw(port, '/nowhere'))).toBe(404)
    expect(await statusOf(raw(port, '/b'))).toBe(101)
    await Promise.all([first.drain({ deadlineMs: 1000 }), second.drain({ deadlineMs: 1000 })])
  })

  test('a reset of one that is left to others harms nobody', async () => {
    const [server, port] = await plainServer()
    const left: NetSocket[] = []
    server.on('upgrade', (_request, socket) => void left.push(socket as NetSocket))
    const listener = attach(server, [route('/a', echo)], { node })
    const socket = raw(port, '/theirs')
    while (left.length === 0) await turn()
    expect(left[0]?.listenerCount('error')).toBeGreaterThan(0)
    socket.resetAndDestroy()
    await once(left[0] as NetSocket, 'close')
    await listener.drain({ deadlineMs: 1000 })
  })
})

describe('what a peer does not take', () => {
  const ping = (payload: string): Buffer =>
    Buffer.concat([Buffer.from([0x89, 0x80 | payload.length, 0, 0, 0, 0]), Buffer.from(payload)])

  test('a flood of pings in one segment is answered in part; the newest is answered', async () => {
    const { port } = await serve([route('/ws', echo)])
    const socket = raw(port, '/ws')
    expect(await statusOf(socket)).toBe(101)
    let seen = ''
    socket.on('data', (chunk) => (seen += chunk.toString('latin1')))
    socket.write(Buffer.concat(Array.from({ length: 5000 }, (_, i) => ping(String(10_000 + i)))))
    while (!seen.includes('14999')) await turn()
    expect(seen.split('\x8a').length).toBeLessThan(1000)
    expect(seen).toContain('10000')
  })

  test('short frames count as what they cost us, not as their bytes', async () => {
    const reasons: unknown[] = []
    const pushes: SocketHandler<number, string> = {
      init(_args, self) {
        self.push(['binary', new Uint8Array(8_000_000)])
        self.sendAfter(1, 'more')
        return ['ok', 0]
      },
      handle: (_frame, n) => ['ok', n],
      info(message, n, self) {
        self.sendAfter(1, message)
        return n > 100_000 ? ['stop', 'never cut', n] : ['push', Array.from({ length: 1000 }, () => text('')), n + 1000]
      },
      terminate: (reason) => void reasons.push(reason),
    }
    const listener = await serve([route('/ws', pushes as never, { maxBufferedBytes: 8_250_000, pingIntervalMs: 0 })])
    const socket = raw(listener.port, '/ws')
    await once(socket, 'data')
    socket.pause()
    while (reasons.length === 0) await turn()
    expect(reasons).toEqual([{ type: 'error', error: 'slow_peer' }])
  })
})

describe('places', () => {
  test.each([
    [{ maxConnections: 1 }, 503],
    [{ maxConnectionsPerAddress: 1 }, 429],
  ])('an authorize that is pending holds a place (%j) until it refuses', async (limits, full) => {
    const gates: ((answer: unknown) => void)[] = []
    const authorize = (): Promise<any> => new Promise((resolve) => gates.push(resolve))
    const { port } = await serve([route('/ws', echo, { authorize })], limits)
    const first = raw(port, '/ws')
    while (gates.length < 1) await turn()
    expect(await statusOf(raw(port, '/ws'))).toBe(full)
    gates[0]?.(reject(401))
    expect(await statusOf(first)).toBe(401)
    const again = raw(port, '/ws')
    while (gates.length < 2) await turn()
    gates[1]?.(accept(1))
    expect(await statusOf(again)).toBe(101)
    expect(await statusOf(raw(port, '/ws'))).toBe(full)
  })
})

test('a peer that ends without a close frame and takes nothing is gone at once', async () => {
  const reasons: unknown[] = []
  const big: SocketHandler<null, any, any, any> = {
    ...echo,
    init: () => ['push', ['binary', new Uint8Array(12_000_000)], null],
    terminate: (reason) => void reasons.push(reason),
  }
  const { port } = await serve([route('/ws', big)])
  const socket = raw(port, '/ws')
  await once(socket, 'data')
  socket.pause()
  socket.end()
  while (reasons.length === 0) await turn()
  expect(reasons).toEqual([{ type: 'error', error: 'closed' }])
})

test('routes, pushes and broadcasts of another copy of the library are understood', async () => {
  jest.resetModules()
  const other = await import('gensock/socket')
  expect(other.route).not.toBe(route)
  const listener = await serve([other.route('/ws', echo as never)])
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws`)
  ends.push(() => ws.terminate())
  await once(ws, 'open')
  const seen: string[] = []
  ws.on('message', (data) => void seen.push((data as Buffer).toString()))
  while (listener.sockets().length === 0) await turn()
  other.pushTo(listener.sockets()[0] as never, text('push'))
  other.broadcast(listener.sockets(), text('broadcast'))
  while (seen.length < 2) await turn()
  expect(seen).toEqual(['push', 'broadcast'])
})
