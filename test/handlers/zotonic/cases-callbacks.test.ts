// Zotonic's cases of processes and callbacks, Z1 to Z10: in virtual time where a case is about time, on 127.0.0.1 where it is
// about the wire. Each title starts with its number; what is not as in Zotonic says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Pid, self, sendAfter, startTimer } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { websocketSendData } from 'gensock/zotonic'
import { frame, RawClient, TEXT } from '../cowboy/raw-client.js'
import { connect, endSites, openRule, recording, serve, waitOn } from './sites.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endSites()
})

describe('processes and callbacks', () => {
  test('Z1. Given a handler that records self(), when its callbacks run, then init, info and terminate share one pid, which From equals, and message runs in another', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    node.send(socket.pid, 'news')
    await node.settle()
    socket.close()
    await node.settle()
    const { init, message, info, terminate, from } = record.pids
    expect([init, info, terminate, from]).toEqual([socket.pid, socket.pid, socket.pid, socket.pid])
    expect((message as Pid).equals(socket.pid)).toBe(false)
    expect(record.calls.length).toBe(4)
  })

  test('Z2. Given From of an earlier message, when another process later sends data to it, then the browser gets text', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    await node.advance(60_000)
    node.spawn(() => websocketSendData(record.pids.from as Pid, 'later'))
    await node.settle()
    expect(socket.sent.filter(([kind]) => kind === 'text')).toEqual([['text', 'later']])
  })

  test('Z4. Given init takes 200 ms, when the browser sends a frame at once, then message runs after init and its reply goes out; differs: Zotonic runs message while init is still at work', async () => {
    const order: unknown[] = []
    const record = recording({
      async init() {
        await waitOn(node, 200)
        order.push('init is done')
      },
      message(data, from) {
        order.push(data)
        websocketSendData(from, 'reply')
      },
    })
    const socket = await connect(node, record)
    socket.send('x')
    await node.advance(199)
    expect([order, socket.sent]).toEqual([[], []])
    await node.advance(1)
    expect([order, socket.sent]).toEqual([['init is done', 'x'], [['text', 'reply']]])
  })

  test('Z5. Given message takes 300 ms, when an info arrives meanwhile whose handler sends data, then that reaches the browser first', async () => {
    const record = recording({
      async message(_data, from) {
        await waitOn(node, 300)
        websocketSendData(from, 'of message')
      },
      info: (message) => websocketSendData(self(), message),
    })
    const socket = await connect(node, record)
    socket.send('x')
    await node.advance(100)
    node.send(socket.pid, 'of info')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'of info']])
    await node.advance(200)
    expect(socket.sent).toEqual([
      ['text', 'of info'],
      ['text', 'of message'],
    ])
  })

  test('Z6. Given any value as what init returns, when the socket goes on, then it works', async () => {
    for (const answer of ['ok', undefined, 42, ['error', 'no'], { ok: true }, Promise.resolve('later'), () => 'x']) {
      const record = recording({ init: () => answer, message: (data, from) => websocketSendData(from, ['got ', data]) })
      const socket = await connect(node, record)
      socket.send('x')
      await node.settle()
      expect(socket.sent).toEqual([['text', 'got x']])
    }
    const timer = recording({ init: () => sendAfter(1000, self(), 'x') })
    const socket = await connect(node, timer)
    expect(socket.closed).toBeUndefined()
  })

  test('Z8. Given sendAfter or startTimer in init, when the time has come, then info gets exactly the message, or a timeout with it', async () => {
    const started: unknown[] = []
    const record = recording({
      init() {
        sendAfter(1000, self(), 'Hello!')
        started.push(startTimer(2000, self(), 'Hello again!'))
      },
    })
    await connect(node, record)
    await node.advance(999)
    expect(record.calls).toEqual([['init']])
    await node.advance(1)
    expect(record.calls).toEqual([['init'], ['info', 'Hello!']])
    await node.advance(1000)
    expect(record.calls.at(-1)).toEqual([
      'info',
      expect.objectContaining({ type: 'timeout', ref: started[0], message: 'Hello again!' }),
    ])
  })

  test('Z10. Given a handshake that offers subprotocols, when it is answered, then the 101 has Upgrade, Connection, Sec-WebSocket-Accept and no subprotocol', async () => {
    const { port } = await serve([openRule(recording().handler)])
    const headers = { 'Sec-WebSocket-Protocol': 'zotonic, chat', 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    const client = new RawClient(port)
    const answer = await client.ask({ headers })
    expect(answer.status).toBe(101)
    expect(answer.headers).toEqual({
      upgrade: 'websocket',
      connection: 'Upgrade',
      'sec-websocket-accept': 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=', // RFC 6455 section 1.3
    })
    client.write(frame(TEXT, 'x'))
    expect(client.isOver).toBe(false)
  })
})
