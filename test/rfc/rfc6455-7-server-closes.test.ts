// RFC 6455 sections 5.5.1 and 7: closing handshakes that the server begins.
import { afterEach, describe, expect, test } from '@jest/globals'
import { exit } from 'gensock'
import type { SocketHandler } from 'gensock/socket'
import { type Live, live } from './live.js'
import { CLOSE, close, type Peer, TEXT, text } from './peer.js'

/** Does what the text says. */
const obeys: SocketHandler<null, any, any, any> = {
  init: () => ['ok', null],
  handle([, data]) {
    const [order, ...args] = JSON.parse(String(data)) as [string, ...any[]]
    if (order === 'push') return ['push', args[0], null]
    if (order === 'stop') return ['stop', args[0], null]
    if (order === 'exit') exit(args[0])
    throw new Error('boom')
  },
}
let server: Live
afterEach(() => server.stop())
async function order(...words: readonly unknown[]): Promise<Peer> {
  server = await live({ pingIntervalMs: 0 }, obeys)
  const peer = await server.open()
  peer.send(text(JSON.stringify(words)))
  return peer
}

describe('the first close frame is the server’s', () => {
  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    '7.1.2 "an endpoint MUST send a Close control frame [...] whose status code is set to /code/ and whose close ' +
      'reason is set to ' +
      '/reason/": %i',
    async (code) => {
      const peer = await order('push', ['close', code, 'Grüße'])
      const payload = await peer.take(CLOSE)
      expect([payload.readUInt16BE(0), String(payload.subarray(2))]).toEqual([code, 'Grüße'])
      peer.send(close(code))
      await peer.ended()
      expect(await server.reason(peer)).toEqual({ type: 'stop', reason: 'normal' })
    },
  )

  test('5.5.1 "The Close frame MAY contain a body": without a code it has none, a reason of 123 bytes fits', async () => {
    const bare = await order('push', ['close'])
    expect(await bare.take(CLOSE)).toHaveLength(0)
    await server.stop()
    const long = await order('push', ['close', 1000, 'r'.repeat(123)])
    expect(await long.take(CLOSE)).toHaveLength(125)
  })

  test('5.5.1 "MUST NOT send any more data frames after sending a Close frame": the tail of a command list is cut', async () => {
    const peer = await order('push', [
      ['text', 'a'],
      ['close', 4000],
      ['text', 'b'],
      ['close', 4001],
    ])
    expect(String(await peer.take(TEXT))).toBe('a')
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(4000)
    peer.send(close(4000))
    await peer.ended()
  })

  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_536, 1000.5])(
    '7.4.1 "MUST NOT be set as a status code in a Close control frame by an endpoint", 7.4.2: %d is refused, the ' +
      'socket closes with 1011',
    async (code) => {
      const peer = await order('push', [
        ['text', 'never'],
        ['close', code],
      ])
      expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1011)
      peer.send(close(1011))
      await peer.ended()
      expect(await server.reason(peer)).toMatchObject({ type: 'crash' })
      expect(() => server.listener.closeAll(code)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_FRAME' }))
    },
  )
})

describe('what each end is called on the wire', () => {
  test.each<[string, readonly unknown[], number]>([
    [
      '1000 indicates a normal closure, meaning that the purpose for which the connection was established has been fulfilled',
      ['stop', 'normal'],
      1000,
    ],
    ['1001 indicates that an endpoint is "going away", such as a server going down', ['stop', 'shutdown'], 1001],
    ['1001 indicates that an endpoint is "going away"', ['exit', 'shutdown'], 1001],
    [
      '1011 indicates that a server is terminating the connection because it encountered an unexpected condition ' +
        'that prevented it from fulfilling the request',
      ['crash'],
      1011,
    ],
  ])('7.4.1 "%s"', async (_sentence, words, code) => {
    const peer = await order(...words)
    expect(await peer.take(CLOSE)).toEqual(Buffer.of(code >> 8, code & 255))
    peer.send(close(code))
    await peer.ended()
  })

  test('7.4.1 "1001 [...] such as a server going down": closeAll, with or without words of its own', async () => {
    server = await live({ pingIntervalMs: 0 }, obeys)
    const orders: [given: [number?, string?], expected: { code: number; reason: string }][] = [
      [[], { code: 1001, reason: '' }],
      [[1012], { code: 1012, reason: '' }],
      [[4000, 'bye'], { code: 4000, reason: 'bye' }],
    ]
    for (const [given, expected] of orders) {
      const peer = await server.open()
      server.listener.closeAll(...given)
      const payload = await peer.take(CLOSE)
      expect({ code: payload.readUInt16BE(0), reason: String(payload.subarray(2)) }).toEqual(expected)
      peer.send(close(expected.code))
      await peer.ended()
      await server.reason(peer)
    }
  })

  test('an idle peer is told 1000', async () => {
    server = await live({ pingIntervalMs: 0, idleTimeoutMs: 20 }, obeys)
    const peer = await server.open()
    expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1000)
    peer.send(close(1000))
    await peer.ended()
    expect(await server.reason(peer)).toEqual({ type: 'timeout' })
  })
})

describe('both sides', () => {
  test(
    '5.5.1 "If a client and server both send a Close message at the same time, both endpoints will have sent and ' +
      'received a Close message"',
    async () => {
      server = await live({ pingIntervalMs: 0 }, obeys)
      const peer = await server.open()
      server.listener.closeAll(1001) // their frames cross on the wire
      peer.send(close(4002, 'mine'))
      expect((await peer.take(CLOSE)).readUInt16BE(0)).toBe(1001)
      await peer.ended() // no second close frame
      expect(await server.reason(peer)).toEqual({ type: 'exit', reason: 'shutdown' })
    },
  )

  test('7.1.3 after its own close frame the server hears no message any more, until the peer’s close frame', async () => {
    const peer = await order('push', ['close', 1000])
    await peer.take(CLOSE)
    peer.send(text('["push",["text","never"]]'), text('["crash"]'), close(1000))
    await peer.ended()
    expect(await server.reason(peer)).toEqual({ type: 'stop', reason: 'normal' })
    expect(server.errors).toEqual([])
  })

  test('7.1.1 "discarding any trailing bytes that may have been received": what breaks the rules after it harms nobody', async () => {
    const peer = await order('push', ['close', 1000])
    await peer.take(CLOSE)
    peer.send(Buffer.alloc(1000, 0xff))
    await peer.ended()
    expect(server.errors).toEqual([])
    expect(await server.reason(peer)).toEqual({ type: 'stop', reason: 'normal' })
  })
})
