// Chicago Boss's cases of sockets, B13 to B15, B19 to B21, B39 and B40, on 127.0.0.1 or in virtual time. Each title starts with
// its number; what is not as in Chicago Boss says so.
import { once } from 'node:events'
import { afterEach, describe, expect, test } from '@jest/globals'
import { exit, type Logger, send, silentLogger, supervisor } from 'gensock'
import { type Service, services, type WebSocketPid } from 'gensock/chicago-boss'
import { fakeTransport, testNode } from 'gensock/testing'
import type { WebSocket } from 'ws'
import { closeFrame, frame, PING, RawClient, TEXT } from '../cowboy/raw-client.js'
import { as, endServed, PATH, recorded, serve, steps } from './case-world.js'

afterEach(endServed)

const MODES = ['replay', 'faithful'] as const
const ECHO: Partial<Service<number>> = {
  handleIncoming: (_url, webSocket, message, n) => (send(webSocket, ['text', message]), ['noreply', n]),
}
const chatOf = (script: Partial<Service<number>> = ECHO) => {
  const chat = recorded(script)
  return { chat, modules: { myapp_chat_websocket: chat } }
}

describe('frames', () => {
  test('B13. Given a binary frame, when it comes, then it is ignored, as in 0.8; differs: 0.9 delivers it, without its type', async () => {
    const { chat, modules } = chatOf()
    const client = await (await serve(modules)).open()
    client.send(Buffer.from('binary'))
    client.send('text')
    const [echoed] = (await once(client, 'message')) as [Buffer]
    expect(String(echoed)).toBe('text')
    expect(steps(chat)).toEqual(['init', 'join', 'incoming'])
  })

  test('B14. Given a ping, when it comes, then it is answered with what it brought, and no callback runs', async () => {
    const { chat, modules } = chatOf()
    const client = await (await serve(modules)).raw()
    client.write(Buffer.concat([frame(PING), frame(PING, 'are you there?'), frame(TEXT, 'x')]))
    expect(await client.nexts(3)).toEqual(['pong', 'pong are you there?', 'text x'])
    expect(steps(chat)).toEqual(['init', 'join', 'incoming'])
  })

  test('B15. Given a socket, when {text, iodata} is sent to its process, then it is one text frame, and what is no frame is ignored; differs: other frames are sent as well, and there is a warning of what is ignored', async () => {
    const warnings: string[] = []
    const logger: Logger = { ...silentLogger, warn: (_facts, text) => void warnings.push(text) }
    const no = [{ type: 'text', data: 'x' }, 'text', ['text'], ['text', 5], ['text', 'a', 'b'], ['text', Uint8Array.of(0xff)]]
    const none = [...no, [], null, ['frame', 'x'], ['binary', 'x'], ['ping', 'x'.repeat(126)], ['close', 1005], Symbol('x')]
    const { chat, modules } = chatOf()
    const served = await serve(modules, {}, logger)
    const client = await served.raw()
    await chat.called('join')
    const webSocket = chat.met[0]?.[1] as WebSocketPid
    for (const nothing of none) served.node.send(webSocket as never, nothing)
    const iodata = ['a', ['b', Buffer.from('c\u00fc')], [], [[['d']]], new Uint8Array()]
    for (const data of ['whole', iodata, Buffer.from('bytes'), []]) served.node.send(webSocket, ['text', data])
    expect(await client.nexts(4)).toEqual(['text whole', 'text abc\u00fcd', 'text bytes', 'text'])
    expect(warnings).toEqual(
      none.map(() => `a websocket takes frames such as ['text', 'hello']; ${String(webSocket)} dropped something else`),
    )
    for (const more of [['binary', Uint8Array.of(1, 2)], ['ping', 'p'], ['pong'], ['close', 4000, 'bye']] as const)
      served.node.send(webSocket, more)
    expect(await client.rest()).toEqual(['binary 0102', 'ping p', 'pong', 'close 4000 bye'])
  })
})

describe('ends', () => {
  test('B19. Given a socket, when the browser closes it, or with a code, or the connection is lost, then handle_close hears {remote, closed}, {remote, Code, Reason} or {error, closed}', async () => {
    const ends: readonly (readonly [(client: WebSocket) => void, unknown])[] = [
      [(client) => client.close(), ['remote', 'closed']],
      [(client) => client.close(1000), ['remote', 1000, '']],
      [(client) => client.close(4001, 'why \u00fc'), ['remote', 4001, 'why \u00fc']],
      [(client) => client.terminate(), ['error', 'closed']],
      [
        (client) => (client as unknown as { _socket: { resetAndDestroy(): void } })._socket.resetAndDestroy(),
        ['error', 'closed'],
      ],
    ]
    for (const restart of MODES) {
      for (const [leave, reason] of ends) {
        const { chat, modules } = chatOf()
        const client = await (await serve(modules, { restart })).open()
        await chat.called('join')
        leave(client)
        expect(await chat.called('close')).toEqual([[undefined, reason, 1]])
        expect(chat.met.map(([url, webSocket]) => [url, webSocket])).toEqual([chat.met[0], chat.met[0]])
        await endServed()
      }
    }
  })

  test('B20. Given websocket_timeout is 300, when nothing comes for 300 ms, then the socket closes with 1000, and handle_close hears {normal, timeout}', async () => {
    const node = testNode()
    const { chat } = chatOf()
    const boss = await services({ myapp_chat_websocket: chat.module }, { node, route: { idleTimeoutMs: 300 } })
    const socket = fakeTransport(node, boss.routes[0], as('ann'))
    await node.advance(200)
    socket.send('a sign of life')
    await node.advance(299)
    boss.broadcast('myapp_chat_websocket', 'is none')
    await node.settle()
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect(socket.closed).toEqual(['close', 1000])
    expect(chat.calls.at(-1)).toEqual(['close', 'ann', ['normal', 'timeout'], 1])
    const silent = await services({ myapp_silent_websocket: chat.module }, { node })
    const patient = fakeTransport(node, silent.routes[0])
    await node.advance(100_000_000)
    expect(patient.closed).toBeUndefined()
    await node.stop()
  })

  test('B21. Given a socket whose process is killed, when it is gone, then handle_close hears {error, killed}, once; differs: in Chicago Boss nobody hears of it', async () => {
    const node = testNode()
    for (const restart of MODES) {
      const { chat } = chatOf()
      const boss = await services({ myapp_chat_websocket: chat.module }, { node, restart })
      const [ann, bob] = [fakeTransport(node, boss.routes[0], as('ann')), fakeTransport(node, boss.routes[0], as('bob'))]
      await node.settle()
      node.run(() => exit(ann.pid, 'kill'))
      await node.settle()
      bob.send('x')
      await node.advance(60_000)
      expect(chat.calls.slice(3)).toEqual([
        ['close', 'ann', ['error', 'killed'], 2],
        ['incoming', 'bob', 'x', 1],
      ])
      expect([ann.closed, ann.exit, ann.terminated]).toEqual(['cut', 'killed', []])
      expect(await node.run(() => boss.services())).toMatchObject([{ sockets: 1, waiting: 0 }])
      await supervisor.stop(boss.pid)
    }
    await node.stop()
  })
})

describe('the upgrade and the versions', () => {
  test('B39. Given an Upgrade header in any spelling, when a client connects, then it gets 101, and the first subprotocol of its own; differs: 0.8 answers WEBSOCKET with 500, and no subprotocol at all', async () => {
    const { chat, modules } = chatOf()
    const { port } = await serve(modules)
    for (const Upgrade of ['websocket', 'Websocket', 'WebSocket', 'WEBSOCKET', 'webSocket']) {
      const headers = { Upgrade, 'Sec-WebSocket-Protocol': 'some_service_name, another' }
      const answer = await new RawClient(port).ask({ path: PATH, headers })
      expect([Upgrade, answer.status, answer.headers['sec-websocket-protocol']]).toEqual([Upgrade, 101, 'some_service_name'])
    }
    const plain = await new RawClient(port).ask({ path: PATH })
    expect([plain.status, plain.headers['sec-websocket-protocol']]).toEqual([101, undefined])
    await chat.called('join', 6)
  })

  test('B40. Given a socket that has joined, when a text comes and the browser leaves, then the service hears both; differs: in 0.9.0 with its own dependencies the text closes the socket with 1011, and handle_close is never called', async () => {
    for (const restart of MODES) {
      const { chat, modules } = chatOf()
      const client = await (await serve(modules, { restart })).raw()
      client.write(frame(TEXT, 'hi'))
      expect(await client.next()).toBe('text hi')
      client.write(closeFrame(1001))
      expect(await client.rest()).toEqual(['close 1001'])
      await chat.called('close')
      expect(chat.calls.slice(1)).toEqual([
        ['join', undefined, 0],
        ['incoming', undefined, 'hi', 1],
        ['close', undefined, ['remote', 1001, ''], 1],
      ])
      await endServed()
    }
  })
})
