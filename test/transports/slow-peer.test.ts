// Peers that read slowly or not at all, over real TCP: what is buffered stays bounded, nobody else suffers, and the marks are told.
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import {
  binary,
  type Listener,
  listen,
  type RouteOptions,
  route,
  type SocketEvent,
  type SocketHandler,
  type SocketPid,
} from 'gensock/socket'
import { WebSocket } from 'ws'

const MIB = 1_048_576
const CHUNK = new Uint8Array(65_536)

let node: Node
let listener: Listener
let events: SocketEvent[] = []
let terminated: unknown[] = []
let maxBuffered = 0
const clients: WebSocket[] = []
beforeEach(() => {
  node = createNode({ logger: silentLogger })
  events = []
  terminated = []
  maxBuffered = 0
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.terminate()
  await listener.drain({ deadlineMs: 100 })
  await node.stop()
})

type Order = { readonly type: 'chunk'; readonly turns: number }
/** On `go` it sends chunks, one in each turn of the event loop, as many as the text says; `stream N` waits for the peer by `drained`. */
const handler: SocketHandler<number, Order> = {
  init: () => ['ok', 0],
  async handle([, data], sent, self) {
    const [how, count] = String(data).split(' ')
    if (how === 'turns') self.send(self.pid as SocketPid<any, Order>, { type: 'chunk', turns: Number(count) })
    if (how !== 'stream') return ['push', ['text', `at ${sent}`], sent]
    for (let n = 0; n < Number(count); n++) {
      self.push(binary(CHUNK))
      maxBuffered = Math.max(maxBuffered, self.bufferedBytes)
      await self.drained()
    }
    return ['push', ['text', 'done'], sent]
  },
  info({ turns }, sent, self) {
    maxBuffered = Math.max(maxBuffered, self.bufferedBytes)
    if (turns === 1) finished()
    else setImmediate(() => self.send(self.pid as SocketPid<any, Order>, { type: 'chunk', turns: turns - 1 }))
    return ['push', binary(CHUNK), sent + 1]
  },
  event(event, sent) {
    events.push(event)
    if (event.type === 'highWater') crossed()
    return ['ok', sent]
  },
  terminate(reason) {
    terminated.push(reason)
    ended()
  },
}
let finished: () => void = () => undefined
let crossed: () => void = () => undefined
let ended: () => void = () => undefined

async function serve(options: RouteOptions): Promise<void> {
  listener = await listen({ port: 0, host: '127.0.0.1', node, routes: [route('/ws', handler, options)] })
}
async function client(): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws`)
  clients.push(ws)
  await once(ws, 'open')
  return ws
}
/** Bytes of data frames that come until `count` binary frames are there. */
function receive(ws: WebSocket, count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count
    ws.on('message', (_data, isBinary) => {
      if (isBinary && --left === 0) resolve()
    })
  })
}

describe.each([
  ['plain', false],
  ['compressed', { level: 0 }],
])('%s', (_name, compress) => {
  const marks = { outboundHighBytes: 2 * MIB, outboundLowBytes: MIB / 2, compress, pingIntervalMs: 0 }

  test('a peer that reads nothing is closed with 1013 and hurts nobody', async () => {
    await serve(marks)
    const [slow, other] = [await client(), await client()]
    const over = new Promise<void>((resolve) => (ended = resolve))
    slow.send('turns 100000')
    slow.pause()
    await over
    expect(terminated).toEqual([{ type: 'error', error: 'slow_peer' }])
    expect(events.map(({ type }) => type)).toEqual(['highWater'])
    expect(maxBuffered).toBeLessThan(2 * MIB + 4 * CHUNK.length)
    other.send('?')
    expect(String((await once(other, 'message'))[0])).toBe('at 0')
    expect(listener.counters()).toMatchObject({ open: 1, closed: { 1013: 1 } })
  })

  test('dropNewest: what is buffered stays at the mark; once it reads again the handler hears how much was lost', async () => {
    await serve({ ...marks, onSlowPeer: 'dropNewest' })
    const slow = await client()
    const high = new Promise<void>((resolve) => (crossed = resolve))
    const lastTurn = new Promise<void>((resolve) => (finished = resolve))
    let binaries = 0
    slow.on('message', (_data, isBinary) => {
      if (isBinary) binaries++
    })
    slow.pause()
    slow.send('turns 400')
    await high
    await lastTurn
    slow.resume()
    // While zlib is behind and then is not, the marks may have been crossed more than once.
    const of = (type: SocketEvent['type']): any[] => events.filter((event) => event.type === type)
    while (of('lowWater').length < of('highWater').length) await new Promise((resolve) => setImmediate(resolve))
    slow.send('?')
    await new Promise<void>((resolve) => slow.on('message', (data) => (data as Buffer).toString() === 'at 400' && resolve()))
    const dropped = of('lowWater').reduce((sum: number, event) => sum + event.dropped, 0)
    expect(Math.max(...of('lowWater').map((event) => event.bytes))).toBeLessThanOrEqual(MIB / 2)
    expect(dropped).toBe(400 - binaries)
    expect(listener.counters().dropped).toBe(dropped)
    expect(maxBuffered).toBeLessThan(2 * MIB + 4 * CHUNK.length)
  })

  test('self.drained: 64 MiB go to a reading peer with little more than the high mark in memory', async () => {
    await serve({ ...marks, onSlowPeer: 'wait' })
    const ws = await client()
    const all = receive(ws, 1024)
    ws.send('stream 1024')
    await all
    expect(maxBuffered).toBeLessThan(2 * MIB + 4 * CHUNK.length)
    expect(terminated).toEqual([])
  })

  test('wait: nothing is lost however slowly the peer reads', async () => {
    await serve({ ...marks, onSlowPeer: 'wait' })
    const ws = await client()
    const all = receive(ws, 300)
    ws.pause()
    ws.send('turns 300')
    setImmediate(() => ws.resume())
    await all
    expect([terminated, listener.counters().dropped]).toEqual([[], 0])
  })
})
