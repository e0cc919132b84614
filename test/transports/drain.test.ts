// A drain over real TCP: what peers see, and that it is over at its deadline whatever they do.
import { once } from 'node:events'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import { type Listener, listen, route, type SocketHandler } from 'gensock/socket'
import { WebSocket } from 'ws'

const HANDSHAKE =
  'GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n' +
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n'
/** The sockets that have ended, by the number in their query. */
let ended: number[] = []
const echo: SocketHandler<number> = {
  init: ({ request }) => ['ok', Number(request.query.get('n'))],
  handle: (frame, n) => ['push', frame, n],
  terminate: (_reason, n) => void ended.push(n),
}

let node: Node
let listener: Listener
beforeEach(async () => {
  ended = []
  node = createNode({ logger: silentLogger })
  listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route('/ws', echo)] })
})
afterEach(async () => {
  await listener.drain({ deadlineMs: 0 })
  await node.stop()
})

test('a peer that never answers the close frame is cut at the deadline, not after the usual 2 s', async () => {
  const peer = connect(listener.port, '127.0.0.1')
  peer.write(HANDSHAKE)
  await once(peer, 'data')
  const seen: Buffer[] = []
  peer.on('data', (chunk) => seen.push(chunk))
  const startedAt = performance.now()
  await listener.drain({ deadlineMs: 100 })
  await once(peer, 'close')
  expect(performance.now() - startedAt).toBeLessThan(1500)
  expect(Buffer.concat(seen)).toEqual(Buffer.of(0x88, 2, 0x03, 0xf4))
})

test('sockets end one after the other, oldest first, their peers hear 1012, and the port is free afterwards', async () => {
  let allClosed: () => void = () => undefined
  const codes: number[] = []
  for (let n = 0; n < 5; n++) {
    const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws?n=${n}`)
    await once(ws, 'open')
    ws.on('close', (code) => {
      if (codes.push(code) === 5) allClosed()
    })
  }
  const { port } = listener
  const all = new Promise<void>((resolve) => (allClosed = resolve))
  await listener.drain({ deadlineMs: 5000 })
  await all
  const refused = connect(port, '127.0.0.1')
  expect(await once(refused, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  expect([ended, codes]).toEqual([
    [0, 1, 2, 3, 4],
    [1012, 1012, 1012, 1012, 1012],
  ])
  expect(listener.counters()).toMatchObject({ open: 0, opened: 5, closed: { 1012: 5 } })
})
