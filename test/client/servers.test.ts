// The client and real servers on 127.0.0.1, over each transport, with the networks of offices and trains between them.
import { describe, expect, jest, test } from '@jest/globals'
import { exit } from 'gensock'
import { page, session, startSessions } from 'gensock/session'
import { accept, listen, reject, type SocketHandler } from 'gensock/socket'
import { baseRules, dispatch } from 'gensock/zotonic'
import { type Peer, realWorld } from './real.js'

const world = realWorld()
// Of whole networks, on a machine that may have other things to do.
jest.setTimeout(30_000)
type Via = 'ws' | 'sse' | 'longPoll'
const VIAS: readonly Via[] = ['ws', 'sse', 'longPoll']
type Handler = SocketHandler<null, any, any, any>

const ended: unknown[] = []
const echo: Handler = {
  init: () => ['ok', null],
  handle: ([kind, data]) =>
    data === 'bye' ? ['push', ['close', 4001, 'as you said'], null] : ['push', [kind, data] as never, null],
  terminate: (reason) => void ended.push(reason),
}
const fragile: Handler = {
  init: () => ['push', ['text', 'hi'], null],
  handle() {
    throw new Error('mine')
  },
}
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, at) => String(from + at))
async function opened(peer: Peer): Promise<Peer> {
  await peer.until(() => peer.opened.length > 0)
  return peer
}

describe.each(VIAS)('over %s', (via) => {
  const transports = [via]

  test('text and bytes come back as they went, in order', async () => {
    await world.serve(echo)
    const peer = await opened(world.connect({ transports }))
    const bytes = Uint8Array.from({ length: 300 }, (_, at) => at % 256)
    const given = ['a', bytes, '', 'grüße \u{1F419} "\\\n\u0000x', bytes.buffer, ...numbers(1, 200)]
    for (const data of given) expect(peer.client.send(data)).toBe(true)
    await peer.until(() => peer.messages.length === given.length)
    const plain = (data: unknown): unknown => (typeof data === 'string' ? data : [...new Uint8Array(data as ArrayBuffer)])
    expect(peer.messages.map(plain)).toEqual(given.map(plain))
    expect(peer.opened).toEqual([{ resumed: 'new', transport: via }])
  })

  test('a close by the server is heard with code and reason, one by the client by the handler', async () => {
    await world.serve(echo)
    const one = await opened(world.connect({ transports }))
    one.client.send('bye')
    await one.until(() => one.closed.length > 0)
    expect(one.closed).toEqual([{ code: 4001, reason: 'as you said', willRetry: false }])
    ended.length = 0
    const two = await opened(world.connect({ transports }))
    two.client.close(4002, 'enough')
    while (ended.length === 0) await new Promise(setImmediate)
    expect(ended).toEqual([{ type: 'remote', code: 4002, reason: 'enough' }])
  })

  test('a crash and a kill are followed by another connection', async () => {
    await world.serve(fragile)
    const peer = await opened(world.connect({ transports }))
    peer.client.send('x')
    await peer.until(() => peer.opened.length === 2)
    for (const pid of world.listener.sockets()) exit(pid, 'kill')
    await peer.until(() => peer.opened.length === 3)
    expect(peer.left.map(({ code, willRetry }) => [code, willRetry])).toEqual([
      [1011, true],
      [1006, true],
    ])
  })

  test('a drain is heard as 1012', async () => {
    // A fallback is reached by the first request that takes frames.
    const reached: unknown[] = via === 'ws' ? ['ws'] : []
    const event = (what: unknown, state: null): ['ok', null] => {
      reached.push(what)
      return ['ok', state]
    }
    await world.serve({ ...echo, event })
    const peer = await opened(world.connect({ transports }))
    while (reached.length === 0) await new Promise(setImmediate)
    void world.listener.drain({ deadlineMs: 1000 })
    await peer.until(() => peer.left.length > 0)
    expect(peer.left[0]).toMatchObject({ code: 1012, willRetry: true })
  })

  test('a network that cuts every connection 20 times: each message of the page comes once and in order', async () => {
    const sessions = await startSessions({ node: world.node })
    const visit = await sessions.ensure({}, { secure: false })
    const { id, pid } = await session.ensurePage(visit.session)
    const { routes } = dispatch(baseRules, { sessions })
    const listener = await listen({ port: 0, host: '127.0.0.1', node: world.node, routes })
    await world.use(listener, listener.port)
    const cookie = visit.cookies.map((line) => line.split(';')[0]).join('; ')
    const peer = world.connect({ transports, resume: true }, { path: `/websocket?z_pageid=${id}`, headers: { cookie } })
    for (let cut = 0; cut < 20; cut++) {
      await peer.until(() => peer.messages.length >= cut * 25)
      for (const number of numbers(cut * 50 + 1, cut * 50 + 50)) page.add(pid, number)
      world.box.cut()
    }
    await peer.until(() => peer.messages.length >= 1000)
    expect(peer.messages).toEqual(numbers(1, 1000))
    expect(peer.opened.map(({ resumed }) => resumed).filter((resumed) => resumed === 'gap')).toEqual([])
  })
})

test('heartbeats are answered over each transport, and neither handler hears of them', async () => {
  const heard: unknown[] = []
  const handle = (frame: unknown): ['ok', null] => {
    heard.push(frame)
    return ['ok', null]
  }
  await world.serve({ ...echo, handle })
  const peers = VIAS.map((via) => world.connect({ transports: [via], heartbeatMs: 500 }, { speed: 10 }))
  // More than 5 s of the clients' clocks: without an answer they would be over by then.
  const beats = peers.map(({ client }) => {
    let beat = 0
    return new Promise<void>((resolve) => Object.assign(client, { onheartbeat: () => (++beat === 12 ? resolve() : undefined) }))
  })
  await Promise.all(beats)
  for (const peer of peers) expect([peer.client.state, peer.opened.length, peer.messages]).toEqual(['open', 1, []])
  expect(heard).toEqual([])
})

describe.each<Via>(['sse', 'longPoll'])('over %s, on a bad network', (via) => {
  test('requests that are cut lose and double nothing, in either direction, and the connection lives', async () => {
    await world.serve(echo)
    const peer = await opened(world.connect({ transports: [via] }))
    for (let cut = 0; cut < 10; cut++) {
      for (const number of numbers(cut * 10 + 1, cut * 10 + 10)) peer.client.send(number)
      await peer.until(() => peer.messages.length > cut * 10)
      world.box.cut()
    }
    await peer.until(() => peer.messages.length >= 100)
    expect(peer.messages).toEqual(numbers(1, 100))
    expect([peer.opened.length, world.listener.sockets().length]).toEqual([1, 1])
  })
})

describe('a network without', () => {
  test('WebSockets: server-sent events', async () => {
    await world.serve(echo)
    world.box.upgrades = 'forbid'
    const peer = await opened(world.connect())
    expect(peer.opened).toEqual([{ resumed: 'new', transport: 'sse' }])
  })

  test('WebSockets, and with a proxy that holds answers back: polls, on the same connection', async () => {
    await world.serve(echo, { fallback: { pollMs: 200 } })
    Object.assign(world.box, { upgrades: 'cut', holdsBack: true })
    const peer = await opened(world.connect({ heartbeatMs: 0 }, { speed: 10 }))
    peer.client.send('hello')
    await peer.until(() => peer.messages.length > 0)
    expect([peer.messages, peer.opened.length, world.listener.sockets().length]).toEqual([['hello'], 1, 1])
    const opens = world.box.log.filter((line) => line.includes('gensock=open'))
    expect([opens.length, world.box.log.some((line) => line.includes('gensock=poll'))]).toEqual([1, true])
  })

  test('any fallback on the route: the WebSocket is tried again and again', async () => {
    await world.serve(echo, { fallback: false })
    world.box.upgrades = 'forbid'
    const peer = world.connect()
    await peer.until(() => peer.left.length === 2)
    expect(peer.left[1]).toMatchObject({ code: 1006, reason: 'HTTP 405', willRetry: true })
    world.box.upgrades = 'pass'
    await opened(peer)
    expect(peer.opened).toEqual([{ resumed: 'new', transport: 'ws' }])
  })
})

describe('a server that lets in only some', () => {
  const upgrade: Handler['upgrade'] = ({ query }) => (query.get('token') === 'fresh' ? accept(null) : reject(401))

  test('a token that is stale is renewed', async () => {
    await world.serve({ ...echo, upgrade })
    const tokens = ['stale', 'stale', 'fresh', 'fresh']
    const peer = await opened(world.connect({ transports: ['ws', 'sse'], token: () => tokens.shift() ?? 'none' }))
    expect(peer.left).toEqual([{ code: 3000, reason: 'HTTP 401', willRetry: true, delayMs: expect.any(Number) }])
    expect(peer.opened).toEqual([{ resumed: 'new', transport: 'ws' }])
  })

  test('without one it is over', async () => {
    await world.serve({ ...echo, upgrade })
    const peer = world.connect()
    await peer.until(() => peer.closed.length > 0)
    expect(peer.closed).toEqual([{ code: 3000, reason: 'HTTP 401', willRetry: false }])
  })

  test('who is told to come later does', async () => {
    let isBusy = true
    await world.serve({ ...echo, upgrade: () => (isBusy ? reject(503, { headers: { 'Retry-After': '2' } }) : accept(null)) })
    const peer = world.connect({ transports: ['longPoll'] }, { speed: 10 })
    await peer.until(() => peer.left.length > 0)
    isBusy = false
    expect(peer.left[0]).toMatchObject({ code: 1013, reason: 'HTTP 503', willRetry: true })
    expect(peer.left[0]?.delayMs).toBeGreaterThanOrEqual(2000)
    await opened(peer)
  })
})
