// What bounds a service: how long its `init` may take, how much may wait for it. And claims, which `authorize` gives it.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { send, supervisor } from 'gensock'
import { type Boss, type ServiceModule, services } from 'gensock/chicago-boss'
import { accept, listen, reject } from 'gensock/socket'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { boot, type Failing, failing, infoOf, join, open } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
beforeEach(() => {
  node = testNode()
  chat = failing(node)
})
afterEach(() => node.stop())

describe('an init that never answers', () => {
  test('at the start fails it after initTimeoutMs', async () => {
    chat.fails('init', 'hang')
    const starting = boot(node, chat, { initTimeoutMs: 500 })
    const failed = expect(starting).rejects.toMatchObject({ code: 'GENSOCK_ERR_START', reason: 'timeout' })
    await node.advance(500)
    await failed
  })

  test('at a restart counts as a crash, and what waits is kept', async () => {
    boss = await boot(node, chat, { initTimeoutMs: 500 })
    const [ann] = await join(node, boss, 'ann')
    chat.fails('text ann crash', 'throw')
    chat.fails('init', 'hang')
    ann?.send('crash')
    ann?.send('1')
    await node.advance(499)
    expect(chat.log.filter((line) => line === 'init')).toHaveLength(2)
    await node.advance(1)
    expect(chat.log.slice(-3)).toEqual(['init', 'join ann', 'text ann 1'])
  })

  test('too often is the end of the service: its sockets close with 1011', async () => {
    boss = await boot(node, chat, { initTimeoutMs: 100, intensity: 2 })
    const [ann] = await join(node, boss, 'ann')
    chat.fails('text ann crash', 'throw')
    chat.fails('init', 'hang', 'hang')
    ann?.send('crash')
    await node.advance(200)
    expect(ann?.closed).toEqual(['close', 1011])
  })

  test('does not hold up the end of the services for longer', async () => {
    boss = await boot(node, chat, { initTimeoutMs: 500 })
    const [ann] = await join(node, boss, 'ann')
    chat.fails('text ann crash', 'throw')
    chat.fails('init', 'hang')
    ann?.send('crash')
    await node.settle()
    let isOver = false
    void supervisor.stop(boss.pid).then(() => (isOver = true))
    await node.advance(500)
    expect(isOver).toBe(true)
    expect(ann?.closed).toEqual(['close', expect.any(Number)])
  })
})

describe('maxWaitingBytes', () => {
  // An event costs 64 bytes beside its text.
  test.each([
    [163, 503],
    [164, undefined],
  ])('of %d, with 164 bytes waiting, lets a new socket in or refuses it with %p', async (maxWaitingBytes, refused) => {
    boss = await boot(node, chat, { maxWaitingBytes })
    const [ann] = await join(node, boss, 'ann')
    chat.fails('news slow', 1000)
    boss.broadcast(chat.module, 'slow')
    ann?.send('x'.repeat(100))
    await node.settle()
    const bob = open(node, boss, 'bob')
    await node.settle()
    expect(bob.handshake?.slice(0, 2)).toEqual(refused === undefined ? ['accept', expect.anything()] : ['reject', 503])
    await node.advance(1000)
    const cid = open(node, boss, 'cid')
    await node.settle()
    expect(cid.handshake?.[0]).toBe('accept')
    expect(await infoOf(node, boss)).toMatchObject({ waiting: 0 })
  })

  test('counts no join that is replayed', async () => {
    boss = await boot(node, chat, { maxWaitingBytes: 163 })
    const [ann] = await join(node, boss, 'ann', 'bob', 'cid')
    chat.fails('text ann crash', 'throw')
    chat.fails('news slow', 1000)
    ann?.send('crash')
    await node.settle()
    boss.broadcast(chat.module, 'slow')
    ann?.send('x'.repeat(100))
    const [dan] = await join(node, boss, 'dan')
    expect(dan?.handshake?.slice(0, 2)).toEqual(['reject', 503])
  })

  test.each(['service', 'socket'] as const)('counts nothing of what nobody takes any more (%s)', async (concurrency) => {
    const own = failing(node, '', concurrency)
    boss = await boot(node, own, { intensity: 0, maxWaitingBytes: 0 })
    const [ann] = await join(node, boss, 'ann')
    own.fails('text ann crash', 'reject')
    for (const text of ['crash', 'lost', 'lost']) ann?.send(text)
    await node.settle()
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 1, waiting: 2 })
    await node.advance(10)
    expect([ann?.closed, await infoOf(node, boss)]).toMatchObject([['close', 1011], { sockets: 0, waiting: 0 }])
    if (concurrency === 'service') return
    // Nor of the join of a socket whose process did not start.
    own.fails('init', 'throw')
    const [bob] = await join(node, boss, 'bob')
    const [cid] = await join(node, boss, 'cid')
    expect([bob?.closed, cid?.handshake?.[0], cid?.closed]).toEqual([['close', 1011], 'accept', undefined])
  })

  test('counts what a restart drops or keeps, and nothing twice', async () => {
    for (const restart of ['replay', 'faithful'] as const) {
      boss = await boot(node, chat, { restart, maxWaitingBytes: 0 })
      const [ann] = await join(node, boss, 'ann')
      chat.fails('news crash', 'throw')
      boss.broadcast(chat.module, 'crash')
      for (let i = 0; i < 3; i++) ann?.send('x')
      await node.settle()
      const bob = open(node, boss, 'bob')
      await node.settle()
      expect([restart, bob.handshake?.[0]]).toEqual([restart, 'accept'])
      await supervisor.stop(boss.pid)
    }
  })
})

test('the claims that authorize accepts are the third parameter of the module, also when a join is replayed', async () => {
  const heard: unknown[] = []
  const module: ServiceModule<null, string, never, { user: string }> = (_req, _sessionId, claims) => ({
    init: () => ['ok', null],
    handleJoin: (_url, webSocket) => {
      heard.push(claims?.user)
      send(webSocket, ['text', `hello ${claims?.user}`])
      return ['noreply', null]
    },
    handleBroadcast() {
      heard.push(claims)
      throw new Error('boom')
    },
  })
  const authorize = ({ query }: { query: URLSearchParams }) =>
    query.has('user') ? accept({ user: query.get('user') as string }) : reject(401)
  boss = await services({ myapp_who_websocket: module }, { node, route: { authorize } })
  const socket = fakeTransport(node, boss.routes[0], { claims: { user: 'ann' } })
  await node.settle()
  node.expectCrash(/boom/)
  boss.broadcast(module, 'crash')
  await node.settle()
  expect(heard).toEqual(['ann', undefined, 'ann'])
  expect(socket.sent).toEqual([
    ['text', 'hello ann'],
    ['text', 'hello ann'],
  ])
})

test('over the wire authorize lets in and refuses, and what a service has been told is who', async () => {
  const module: ServiceModule<null, never, never, string> = (_req, _sessionId, claims) => ({
    init: () => ['ok', null],
    handleJoin: (_url, webSocket) => (send(webSocket, ['text', `${claims}`]), ['noreply', null]),
  })
  const own = await services(
    { wire_who_websocket: module },
    { route: { authorize: ({ query }) => (query.get('key') === 'x' ? accept('ann') : reject(401)) } },
  )
  const listener = await listen({ port: 0, host: '127.0.0.1', routes: own.routes })
  const url = `ws://127.0.0.1:${listener.port}/websocket/who`
  const said = await new Promise((resolve, fail) => {
    const client = new WebSocket(`${url}?key=x`)
    client.once('error', fail)
    client.once('message', (data: Buffer) => resolve(data.toString()))
  })
  const status = await new Promise((resolve) => {
    const client = new WebSocket(url)
    client.once('unexpected-response', (_request, response) => resolve(response.statusCode))
    client.once('error', () => undefined)
  })
  expect([said, status]).toEqual(['ann', 401])
  await listener.drain({ deadlineMs: 1000 })
  await supervisor.stop(own.pid)
})
