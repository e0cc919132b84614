// Which messages that wait for a slow peer are about the same thing: `coalesce` of a contract's handler.
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { type Codec, defineProtocol, jsonCodec, protocolHandler, protocolVersions, toSocket } from 'gensock/protocol'
import type { SocketHandler, SocketPid } from 'gensock/socket'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { came, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const HIGH = 1000
const at = z.object({ id: z.string(), x: z.number() })
const map = defineProtocol({
  version: 'map.2',
  toServer: { calls: { where: { request: z.undefined(), reply: z.number() } } },
  toClient: { messages: { moved: at, gone: z.string() } },
})
/** JSON in bytes. */
const bytes: Codec = {
  name: 'bytes',
  encode: (value) => new TextEncoder().encode(jsonCodec.encode(value) as string),
  decode(data) {
    if (typeof data === 'string') throw new TypeError('not in bytes')
    return jsonCodec.decode(new TextDecoder().decode(data))
  },
}
const handler = protocolHandler<null>()(
  map,
  {
    init: () => ['ok', null],
    calls: { where: (_nothing, _from, state) => ['reply', 7, state] },
    coalesce: { moved: ({ id, x }) => (x < 0 ? undefined : id) },
  },
  { codecs: [bytes, jsonCodec] },
)

/** A peer that is behind already. */
async function behind(subprotocol = 'map.2', served: SocketHandler<any, never, any, any> = handler): Promise<FakeTransport> {
  const socket = speak(node, served, subprotocol, { outboundHighBytes: HIGH })
  await node.settle()
  socket.bufferedBytes = HIGH + 1
  return socket
}
async function move(socket: FakeTransport, ...moves: readonly (readonly [id: string, x: number])[]): Promise<void> {
  for (const [id, x] of moves) toSocket(map, socket.pid as SocketPid).moved({ id, x })
  await node.settle()
}

test('of those about one thing the newest is kept, in the place of the first', async () => {
  const socket = await behind()
  await move(socket, ['ann', 1], ['bob', 1], ['ann', 2], ['ann', 3])
  socket.bufferedBytes = 0
  expect(came(socket)).toEqual([
    ['moved', { id: 'ann', x: 3 }],
    ['moved', { id: 'bob', x: 1 }],
  ])
})

test('messages of other names, those about undefined, and answers to calls wait', async () => {
  const socket = await behind()
  const to = toSocket(map, socket.pid as SocketPid)
  for (const _twice of [1, 2]) {
    to.gone('ann')
    to.moved({ id: 'ann', x: -1 })
    socket.send(`[${_twice},"where"]`)
    await node.settle()
  }
  socket.bufferedBytes = 0
  expect(came(socket)).toEqual([
    ['gone', 'ann'],
    ['moved', { id: 'ann', x: -1 }],
    [-1, 'ok', 7],
    ['gone', 'ann'],
    ['moved', { id: 'ann', x: -1 }],
    [-2, 'ok', 7],
  ])
})

test('whatever codec has written them', async () => {
  const socket = await behind('map.2+bytes')
  await move(socket, ['ann', 1], ['ann', 2])
  socket.bufferedBytes = 0
  const frames = socket.take().filter(([kind]) => kind === 'binary')
  expect(frames.map(([, data]) => bytes.decode(data as Uint8Array))).toEqual([['moved', { id: 'ann', x: 2 }]])
})

test('a message of another version, of which the key knows nothing, waits; its socket lives', async () => {
  const old = defineProtocol({ version: 'map.1', toServer: {}, toClient: { messages: { moved: z.null() } } })
  const both = protocolVersions(handler, protocolHandler<null>()(old, { init: () => ['ok', null] }))
  const socket = await behind('map.1', both)
  for (const _twice of [1, 2]) toSocket(old, socket.pid as SocketPid).moved(null)
  await node.settle()
  socket.bufferedBytes = 0
  expect(came(socket)).toEqual([
    ['moved', null],
    ['moved', null],
  ])
  expect(socket.closed).toBeUndefined()
})

test('a name that the contract does not send, and what is no function, are refused', () => {
  const made = (coalesce: object) => () =>
    protocolHandler<null>()(map, { init: () => ['ok', null], calls: { where: () => ['noreply', null] }, coalesce } as never)
  expect(made({ came: () => 'x' })).toThrow("protocolHandler: coalesce does not know the option 'came'; it knows moved, gone")
  expect(made({ moved: 'id' })).toThrow('protocolHandler: coalesce.moved must be a function')
})
