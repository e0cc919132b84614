// Chicago Boss's cases of URLs, cookies and of services that come and go, B1, B3, B7, B37 and B41. Each title starts with its
// number; what is not as in Chicago Boss says so.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createNode, silentLogger, supervisor, whereis } from 'gensock'
import * as door from 'gensock/chicago-boss'
import { services } from 'gensock/chicago-boss'
import { attach } from 'gensock/socket'
import { fakeTransport, testNode } from 'gensock/testing'
import { closeFrame, RawClient } from '../cowboy/raw-client.js'
import { as, endServed, PATH, recorded, serve, steps } from './case-world.js'

afterEach(endServed)

describe('requests', () => {
  test('B1. Given the module myapp_foobar_websocket, when base_url is / or /chat, then its URL is /websocket/foobar or /chat/websocket/foobar', async () => {
    for (const [baseUrl, url] of [
      [undefined, '/websocket/foobar'],
      ['/', '/websocket/foobar'],
      ['/chat', '/chat/websocket/foobar'],
      ['/chat/', '/chat/websocket/foobar'],
    ] as const) {
      const foobar = recorded()
      const { boss, open } = await serve({ myapp_foobar_websocket: foobar }, baseUrl === undefined ? {} : { baseUrl })
      expect(boss.routes.map(({ path }) => path)).toEqual([url])
      await open(url)
      await foobar.called('join')
      expect(foobar.met.map(([given]) => given)).toEqual([url])
    }
  })

  test('B3. Given a service, when a socket is opened at another path than its own, if only by a slash at the end, then it gets 404, and a query is no part of the path; differs: Chicago Boss accepts the socket and never says a word to it', async () => {
    const chat = recorded()
    const { port, raw } = await serve({ myapp_chat_websocket: chat })
    for (const path of [
      '/websocket/chat/',
      '/websocket/chat/x',
      '/websocket/chats',
      '/websocket/CHAT',
      '/websocket/',
      '/chat',
      '/',
    ])
      expect([path, (await new RawClient(port).ask({ path })).status]).toEqual([path, 404])
    for (const path of ['/websocket/chat?', '/websocket/chat?room=1', '/websocket/chat?/']) await raw({ path })
    await chat.called('join', 3)
    expect(chat.met.map(([url]) => url)).toEqual([PATH, PATH, PATH])
  })

  test('B7. Given a cookie _boss_session, or of the name session_key, when a socket joins, then its session id is the value as it stands in the header, and undefined without one', async () => {
    for (const [options, name] of [
      [{}, '_boss_session'],
      [{ sessionKey: 'sid' }, 'sid'],
    ] as const) {
      const chat = recorded()
      const { raw } = await serve({ myapp_chat_websocket: chat }, options)
      for (const Cookie of [`x=1; ${name}=a%20b+c==; ${name}=2`, undefined, 'other=1', `${name}=`]) {
        const client = await raw({ headers: { Cookie } })
        client.write(closeFrame(1000))
        await client.rest()
      }
      const closes = await chat.called('close', 4)
      expect(closes.map(([sessionId]) => sessionId)).toEqual(['a%20b+c==', undefined, undefined, ''])
    }
  })
})

describe('services come and go', () => {
  test('B37. Given services that run, when they are to go, then ending their supervisor closes their sockets with 1001, lets no more in, and their names are free again; differs: Chicago Boss has unregister/2, which leaves a service registered, and here is none', async () => {
    expect(Object.keys(door).toSorted()).toEqual(['broadcast', 'discover', 'services'])
    const node = testNode()
    for (const restart of ['replay', 'faithful'] as const) {
      const chat = recorded()
      const modules = { myapp_chat_websocket: chat.module }
      const boss = await services(modules, { node, restart })
      const ann = fakeTransport(node, boss.routes[0], as('ann'))
      await node.settle()
      await supervisor.stop(boss.pid)
      const bob = fakeTransport(node, boss.routes[0], as('bob'))
      await node.settle()
      expect([ann.closed, ann.exit, bob.handshake?.slice(0, 2)]).toEqual([['close', 1001], 'normal', ['reject', 503]])
      expect(node.run(() => whereis('myapp_chat_websocket'))).toBeUndefined()
      const again = await services(modules, { node, restart })
      fakeTransport(node, again.routes[0], as('eve'))
      await node.settle()
      expect(steps(chat).filter((step) => step.startsWith('join'))).toEqual(['join ann', 'join eve'])
      await supervisor.stop(again.pid)
    }
    await node.stop()
  })

  test('B41. Given a server that listens already, when a socket is opened before the services are attached to it, then it is refused, and from then on sockets join; differs: Chicago Boss accepts it before, and never says a word to it', async () => {
    const server = createServer((_request, response) => response.writeHead(404).end())
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const real = createNode({ logger: silentLogger })
    expect((await new RawClient(port).ask({ path: PATH })).status).toBe(404)
    const chat = recorded()
    const { routes } = await services({ myapp_chat_websocket: chat.module }, { node: real })
    expect((await new RawClient(port).ask({ path: PATH })).status).toBe(404)
    const listener = attach(server, routes, { node: real })
    expect((await new RawClient(port).ask({ path: PATH })).status).toBe(101)
    await chat.called('join')
    await listener.drain({ deadlineMs: 100 })
    server.close()
    await real.stop()
    expect(steps(chat).slice(0, 2)).toEqual(['init', 'join'])
  })
})
