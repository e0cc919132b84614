// attach: sockets beside what else an HTTP server does. Upgrades of other paths belong to others.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { createNode, silentLogger } from 'gensock'
import { attach, type Listener, type ListenerOptions, route } from 'gensock/socket'
import { WebSocket, WebSocketServer } from 'ws'
import { echo, expectRefusal, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
async function plainServer(): Promise<[Server, number]> {
  const server = createServer((_request, response) => response.end('page'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  world.later(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())))
  return [server, (server.address() as AddressInfo).port]
}
function ours(server: Server, path = '/ws', options: ListenerOptions = {}): Listener {
  const listener = attach(server, [route(path, echo)], { node: world.node(), ...options })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  return listener
}
/** As Vite serves its hot updates: it takes the upgrades that it knows, and leaves all others alone. */
function theirs(server: Server): void {
  const wss = new WebSocketServer({ noServer: true })
  server.on('upgrade', (request, socket, head) => {
    if (request.url === '/' && request.headers['sec-websocket-protocol'] === 'vite-hmr')
      wss.handleUpgrade(request, socket, head, (ws) => ws.send('hmr'))
  })
  world.later(() => {
    for (const ws of wss.clients) ws.terminate()
  })
}
async function first(port: number, path: string, protocol: string | undefined, say?: string): Promise<string> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocol === undefined ? [] : [protocol])
  world.later(() => ws.terminate())
  if (say !== undefined) ws.on('open', () => ws.send(say))
  const [data] = await once(ws, 'message')
  return String(data)
}

describe('beside another WebSocket server', () => {
  test.each([
    ['after it', [theirs, ours]],
    ['before it', [ours, theirs]],
  ])('attached %s, each gets its own', async (_order, both) => {
    const [server, port] = await plainServer()
    for (const one of both) one(server)
    expect(await first(port, '/ws', undefined, 'hello')).toBe('hello')
    expect(await first(port, '/', 'vite-hmr')).toBe('hmr')
    expect(await first(port, '/ws', undefined, 'again')).toBe('again')
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page')
  })

  test('a handshake of theirs is not looked at, however odd', async () => {
    const [server, port] = await plainServer()
    const listener = ours(server)
    const seen: string[] = []
    server.on('upgrade', (request, socket) => {
      if (request.url?.startsWith('/theirs') !== true) return
      seen.push(`${request.method} ${request.headers.upgrade}`)
      socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    const odd = { Host: 'a b', Upgrade: 'their-protocol', 'Sec-WebSocket-Key': undefined, Origin: 'http://evil.example' }
    expect((await world.ask(port, handshake(odd, 'POST /theirs HTTP/1.1'))).status).toBe(418)
    expect([seen, listener.counters().refused]).toEqual([['POST their-protocol'], {}])
  })

  test("unknownPath '404' refuses what is nobody else's either", async () => {
    const [server, port] = await plainServer()
    const listener = ours(server, '/ws', { unknownPath: '404' })
    server.on('upgrade', () => undefined)
    expectRefusal(await world.ask(port, handshake({}, 'GET /nowhere HTTP/1.1')), 404)
    expect(listener.counters().refused).toEqual({ path: 1 })
  })
  test('without others an unknown path is refused, once', async () => {
    const [server, port] = await plainServer()
    const all = [ours(server, '/a'), ours(server, '/b')]
    expectRefusal(await world.ask(port, handshake({}, 'GET /nowhere HTTP/1.1')), 404)
    expect(all.map((one) => one.counters().refused)).toEqual([{}, { path: 1 }])
    expect((await world.ask(port, handshake({}, 'GET /a HTTP/1.1'))).status).toBe(101)
    expect((await world.ask(port, handshake({}, 'GET /b HTTP/1.1'))).status).toBe(101)
  })
  test('a request whose target is no path is refused, not left', async () => {
    const [server, port] = await plainServer()
    ours(server)
    server.on('upgrade', () => undefined)
    expectRefusal(await world.ask(port, handshake({}, 'GET ws://a/ws HTTP/1.1')), 400)
  })
})

describe('the server stays its owner’s', () => {
  test('the end of a listener takes its hands off the server, which goes on', async () => {
    const [server, port] = await plainServer()
    const listener = ours(server)
    expect([listener.ready, listener.port, server.listenerCount('upgrade')]).toEqual([true, port, 1])
    await listener.drain({ deadlineMs: 100 })
    expect([listener.ready, server.listenerCount('upgrade')]).toEqual([false, 0])
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page')
    expect(ours(server).ready).toBe(true)
    expect(await first(port, '/ws', undefined, 'again')).toBe('again')
  })

  test('more headers than the server keeps are refused: a second Host could hide among them', async () => {
    const [server, port] = await plainServer()
    const listener = ours(server)
    const X = Array.from({ length: 2100 }, () => '1')
    // Newer versions of Node refuse some of them before anybody is asked.
    expect((await world.ask(port, handshake({ X, host: 'b' }))).status).toBe(431)
    expect((await world.ask(port, handshake({ X: X.slice(0, 995) }))).status).toBe(431)
    expect(listener.counters().opened).toBe(0)
    expect((await world.ask(port, handshake({ X: X.slice(0, 994) }))).status).toBe(101)
  })

  test('a listener that is killed before its first turn answers nobody, and takes no places', async () => {
    const [server, port] = await plainServer()
    const listener = ours(server, '/ws', { maxConnections: 1 })
    world.node().exit(listener.pid, 'kill')
    await world.until(() => !world.node().isAlive(listener.pid))
    expect([listener.ready, server.listenerCount('upgrade')]).toEqual([false, 0])
    const again = ours(server, '/ws', { maxConnections: 1 })
    expect((await world.ask(port, handshake())).status).toBe(101)
    expect([again.counters().opened, listener.counters().opened, world.crashes]).toEqual([1, 0, []])
  })

  test('the end of the node refuses who still waits', async () => {
    const [server, port] = await plainServer()
    const node = createNode({ logger: silentLogger })
    let asked = 0
    const authorize = (): Promise<never> => (asked++, new Promise(() => undefined))
    attach(server, [route('/ws', echo, { authorize })], { node })
    const answer = world.ask(port, handshake())
    await world.until(() => asked > 0)
    await node.stop()
    const refusal = await answer
    expectRefusal(refusal, 503)
    expect(Number(refusal.headers['retry-after'])).toBeGreaterThan(0)
  })
})

describe('while it drains', () => {
  /** A handler whose `terminate` waits until it is told. */
  function lingering(): [typeof echo, () => void] {
    let finish = (): void => undefined
    const told = new Promise<void>((resolve) => (finish = resolve))
    return [{ ...echo, terminate: () => told }, finish]
  }

  test('new upgrades get a 503 with Retry-After, and it is not ready', async () => {
    const [handler, finish] = lingering()
    const listener = await world.serve([route('/ws', handler)])
    await once(world.dial(listener.port, handshake()), 'data')
    const drained = listener.drain({ deadlineMs: 4500 })
    expect(listener.ready).toBe(false)
    const answer = await world.ask(listener.port, handshake())
    expectRefusal(answer, 503)
    // RFC 9110 section 10.2.3: Retry-After = HTTP-date / delay-seconds
    expect(answer.headers['retry-after']).toMatch(/^[1-5]$/)
    expect(listener.counters().refused).toEqual({ draining: 1 })
    finish()
    await drained
    expect(world.node().isAlive(listener.pid)).toBe(false)
  })

  test.each(['authorize', 'upgrade'])(
    'a handshake whose %s is under way when the drain begins is refused as well',
    async (name) => {
      const gates: ((answer: unknown) => void)[] = []
      const wait = (): Promise<any> => new Promise((resolve) => gates.push(resolve))
      const [handler, finish] = lingering()
      const slow = name === 'authorize' ? route('/slow', echo, { authorize: wait }) : route('/slow', { ...echo, upgrade: wait })
      const listener = await world.serve([route('/ws', handler), slow])
      await once(world.dial(listener.port, handshake()), 'data')
      const answer = world.ask(listener.port, handshake({}, 'GET /slow HTTP/1.1'))
      while (gates.length === 0) await world.turn()
      const drained = listener.drain({ deadlineMs: 3000 })
      gates[0]?.(['accept', null])
      const refusal = await answer
      expectRefusal(refusal, 503)
      expect(refusal.headers['retry-after']).toMatch(/^[1-3]$/)
      finish()
      await drained
      expect(listener.counters()).toMatchObject({ open: 0, opened: 1, refused: { draining: 1 } })
    },
  )
})
