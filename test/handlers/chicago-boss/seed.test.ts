// Chicago Boss's document of its WebSocket API: a module as it asks for, each sentence that says what a service does, and the
// browser's side of it.
import { once } from 'node:events'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, send, silentLogger } from 'gensock'
import { type Boss, broadcast, type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { type Listener, listen, text } from 'gensock/socket'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { as } from './case-world.js'

interface State {
  readonly sockets: ReadonlySet<WebSocketPid>
}
const log: string[] = []

// -module(myapp_myservice_websocket, [Req, SessionId]).
const myappMyserviceWebsocket: ServiceModule<State, { readonly news: string }> = (_req, sessionId) => ({
  // Initialize the service.
  init: () => ['ok', { sockets: new Set() }],
  // Handle a client joining a service.
  handleJoin(url, webSocket, { sockets }) {
    log.push(`${sessionId} joins ${url}`)
    return ['noreply', { sockets: new Set([...sockets, webSocket]) }]
  },
  // Handle an incoming message from a client.
  handleIncoming(_url, webSocket, message, state) {
    send(webSocket, text(`${sessionId ?? 'nobody'}: ${message}`)) // WebSocket ! {text, <<"some text">>}
    return ['noreply', state, 5000]
  },
  // Handle a client leaving a service.
  handleClose(reason, url, webSocket, { sockets }) {
    log.push(`${sessionId} leaves ${url}: ${reason.join(' ')}`)
    return ['noreply', { sockets: new Set([...sockets].filter((socket) => socket !== webSocket)) }]
  },
  // Handle an outgoing broadcast message from some Erlang process to the connected web sockets.
  handleBroadcast({ news }, state) {
    for (const socket of state.sockets) send(socket, ['text', news])
    return ['noreply', state]
  },
  // Handle an informational message sent to the underlying gen_server process.
  handleInfo(info, state) {
    log.push(`info: ${info}`)
    return ['noreply', state]
  },
  // Perform any cleanup before shutting down the service.
  terminate(reason) {
    log.push(`terminate: ${inspect(reason)}`)
    return 'ok'
  },
})
const MODULES = { myapp_myservice_websocket: myappMyserviceWebsocket }

beforeEach(() => void log.splice(0))

describe('the service, in virtual time', () => {
  let node: TestNode
  let boss: Boss
  beforeEach(async () => {
    node = testNode()
    boss = await services(MODULES, { node, baseUrl: '/chat' })
  })
  afterEach(() => node.stop())

  test('"send a message to a particular client [...] by WebSocket ! {text, <<"some text">>}": to the one that has asked', async () => {
    const [ann, nobody] = [fakeTransport(node, boss.routes[0], as('ann')), fakeTransport(node, boss.routes[0])]
    ann.send('hi')
    await node.settle()
    nobody.send('hello')
    await node.settle()
    expect([ann.sent, nobody.sent]).toEqual([[['text', 'ann: hi']], [['text', 'nobody: hello']]])
  })

  test('"broadcast a message that will be handled by your handle_broadcast/2": to those who have joined and not left, by module or name', async () => {
    const [ann, bob] = [fakeTransport(node, boss.routes[0], as('ann')), fakeTransport(node, boss.routes[0], as('bob'))]
    await node.settle()
    boss.broadcast(myappMyserviceWebsocket, { news: '1' })
    node.run(() => broadcast(myappMyserviceWebsocket, { news: '2' }))
    node.run(() => broadcast('myapp_myservice_websocket', { news: '3' }))
    await node.settle()
    bob.close(1001)
    boss.broadcast(myappMyserviceWebsocket, { news: '4' })
    await node.settle()
    expect(ann.sent.map(([, news]) => news)).toEqual(['1', '2', '3', '4'])
    expect(bob.sent.map(([, news]) => news)).toEqual(['1', '2', '3'])
    expect(log).toEqual([
      'ann joins /chat/websocket/myservice',
      'bob joins /chat/websocket/myservice',
      'bob leaves /chat/websocket/myservice: remote 1001 ',
    ])
  })

  test('"{noreply, NewState, Timeout}" is told to handle_info after 5 s of silence, and terminate when the service shuts down', async () => {
    fakeTransport(node, boss.routes[0], as('ann')).send('hi')
    await node.advance(4999)
    expect(log).toHaveLength(1)
    await node.advance(1)
    expect(log.at(-1)).toBe('info: timeout')
    await node.stop()
    expect(log.at(-1)).toBe("terminate: 'shutdown'")
  })
})

describe('the page, on 127.0.0.1', () => {
  const node = createNode({ logger: silentLogger })
  const ends: (() => unknown)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end()
    await node.stop()
  })

  test('new WebSocket("ws://localhost:8001/chat/websocket/foobar", "some_service_name") joins, says, hears and leaves', async () => {
    const boss = await services({ myapp_foobar_websocket: myappMyserviceWebsocket }, { node, baseUrl: '/chat' })
    const listener: Listener = await listen({ port: 0, host: '127.0.0.1', node, routes: boss.routes })
    ends.push(() => listener.drain({ deadlineMs: 100 }))
    const url = `ws://127.0.0.1:${listener.port}/chat/websocket/foobar`
    const wsc = new WebSocket(url, 'some_service_name', { headers: { Cookie: '_boss_session=ann' } })
    ends.push(() => wsc.terminate())
    await once(wsc, 'open')
    expect(wsc.protocol).toBe('some_service_name')
    wsc.send('hi')
    expect(String((await once(wsc, 'message'))[0])).toBe('ann: hi')
    boss.broadcast(myappMyserviceWebsocket, { news: 'hello' })
    expect(String((await once(wsc, 'message'))[0])).toBe('hello')
    wsc.close()
    await once(wsc, 'close')
    await listener.drain({ deadlineMs: 1000 })
    await node.stop()
    expect(log).toEqual([
      'ann joins /chat/websocket/foobar',
      'ann leaves /chat/websocket/foobar: remote closed',
      "terminate: 'shutdown'",
    ])
  })
})
