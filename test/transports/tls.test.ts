// TLS: sockets on the user's https server, with a certificate that nobody has signed.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import { type AddressInfo, connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect, test } from '@jest/globals'
import { attach, type ListenerOptions, type Route, route, text } from 'gensock/socket'
import { type Cowboy08, cowboy08 } from 'gensock/cowboy'
import { WebSocket } from 'ws'
import { echo, frame, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const folder = join(process.cwd(), 'test', 'transports', 'tls')
const cert = readFileSync(join(folder, 'cert.pem'))
const key = readFileSync(join(folder, 'key.pem'))

async function serve(routes: readonly Route[], options: ListenerOptions = {}): Promise<number> {
  const server = createServer({ key, cert }, (_request, response) => response.end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const listener = attach(server, routes, { node: world.node(), ...options })
  world.later(async () => {
    await listener.drain({ deadlineMs: 100 })
    await new Promise((resolve) => (server.close(resolve), server.closeAllConnections()))
  })
  return (server.address() as AddressInfo).port
}
async function client(port: number, path: string, options: object = {}): Promise<WebSocket> {
  const ws = new WebSocket(`wss://localhost:${port}${path}`, { ca: cert, ...options })
  ws.on('error', () => undefined)
  world.later(() => ws.terminate())
  return ws
}
async function next(ws: WebSocket): Promise<string> {
  const [data] = await once(ws, 'message')
  return String(data)
}

test('a wss client talks to its handler, which sees that the connection is secure', async () => {
  const reports = {
    ...echo,
    init: ({ request }: any) => ['push', text(`${request.secure} ${request.remoteAddress}`), null] as const,
  }
  const port = await serve([route('/ws', reports)])
  const ws = await client(port, '/ws')
  expect(await next(ws)).toBe('true 127.0.0.1')
  ws.send('x'.repeat(100_000))
  expect(await next(ws)).toHaveLength(100_000)
  ws.close(4000, 'done')
  expect((await once(ws, 'close'))[0]).toBe(4000)
})

test('the page of the same server passes, whose port is not the default one', async () => {
  const port = await serve([route('/ws', echo)])
  const open = once(await client(port, '/ws', { origin: `https://localhost:${port}` }), 'open')
  await open
  const [, response] = await once(await client(port, '/ws', { origin: 'https://localhost' }), 'unexpected-response')
  expect([response.statusCode, response.headers.connection]).toEqual([403, 'close'])
})

test("Cowboy's handler is told 'ssl'", async () => {
  const told: unknown[] = []
  const handler: Cowboy08<null> = {
    init: (transport) => (told.push(transport), ['upgrade', 'protocol', 'cowboy_websocket']),
    websocketInit: (transport, req) => (told.push(transport), ['ok', req, null]),
    websocketHandle: (_frame, req, state) => ['ok', req, state],
    websocketInfo: (_info, req, state) => ['ok', req, state],
    websocketTerminate: () => 'ok',
  }
  const port = await serve([route('/ws', cowboy08(handler))])
  await once(await client(port, '/ws'), 'open')
  expect(told).toEqual([['ssl', 'http'], 'ssl'])
})

test('a proxy in front may say that its side is not secure, or that it is', async () => {
  const reports = { ...echo, init: ({ request }: any) => ['push', text(String(request.secure)), null] as const }
  const port = await serve([route('/ws', reports)], { trustProxy: 1 })
  expect(await next(await client(port, '/ws', { headers: { 'X-Forwarded-Proto': 'http' } }))).toBe('false')
  expect(await next(await client(port, '/ws', { headers: { 'X-Forwarded-Proto': 'https' } }))).toBe('true')
})

test('peers that reset, or speak no TLS at all, harm nobody', async () => {
  const port = await serve([route('/ws', echo), route('/slow', { ...echo, upgrade: () => new Promise<never>(() => undefined) })])
  const wire = Buffer.concat([Buffer.from(handshake({ Host: 'localhost' })), frame(1, 'hello')])
  for (let i = 0; i <= wire.length; i += 20) {
    const tcp = connectPlain(port, '127.0.0.1')
    const socket = connect({ socket: tcp, servername: 'localhost', ca: cert })
    for (const one of [tcp, socket]) one.on('error', () => undefined)
    await once(socket, 'secureConnect')
    socket.write(i % 40 === 0 ? wire.subarray(0, i) : Buffer.from(handshake({}, 'GET /slow HTTP/1.1')))
    await world.turn()
    tcp.resetAndDestroy()
    if (!tcp.closed) await once(tcp, 'close')
  }
  const plain = connectPlain(port, '127.0.0.1')
  plain.on('error', () => undefined)
  plain.end(wire)
  plain.resume()
  await once(plain, 'close')
  const ws = await client(port, '/ws')
  await once(ws, 'open')
  ws.send('still here')
  expect(await next(ws)).toBe('still here')
  expect(world.crashes).toEqual([])
})
