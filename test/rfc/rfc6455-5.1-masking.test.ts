// RFC 6455 sections 5.1 and 5.3: who masks, and how.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, CONTINUATION, close, closing, frame, PING, PONG, ping, TEXT, text } from './peer.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

test.each([
  ['continuation', CONTINUATION, 'x'],
  ['text', TEXT, 'hello'],
  ['text without payload', TEXT, ''],
  ['binary', BINARY, 'hello'],
  ['binary of 200 bytes', BINARY, 'x'.repeat(200)],
  ['ping', PING, 'x'],
  ['ping without payload', PING, ''],
  ['pong', PONG, ''],
  ['close', CLOSE, closing(1000)],
  ['close without payload', CLOSE, ''],
])(
  '5.1 "The server MUST close the connection upon receiving a frame that is not masked. In this case, a server MAY send a ' +
    'Close frame with a status code of 1002": %s',
  async (_name, opcode, payload) => {
    const peer = await server.open()
    peer.send(frame({ opcode, payload, mask: false }), text('never'))
    expect(await peer.ending()).toEqual({ code: 1002, reason: '' })
    expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
  },
)

test('5.1 "The server MUST close the connection": good frames before the unmasked one are served', async () => {
  const peer = await server.open()
  peer.send(text('one'), text('two'), frame({ opcode: TEXT, payload: 'three', mask: false }))
  expect(String(await peer.take(TEXT))).toBe('one')
  expect(String(await peer.take(TEXT))).toBe('two')
  expect((await peer.ending()).code).toBe(1002)
  expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
})

test('5.1 "A server MUST NOT mask any frames that it sends to the client": text, binary, pong and close', async () => {
  // The peer's parser fails at the first mask bit.
  const peer = await server.open()
  peer.send(text('t'), frame({ opcode: BINARY, payload: 'x'.repeat(70_000) }), ping('p'))
  const got = [await peer.next(), await peer.next(), await peer.next()].map(({ opcode, payload }) => [opcode, payload.length])
  expect(got.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
    [TEXT, 1],
    [BINARY, 70_000],
    [PONG, 1],
  ])
  peer.send(close(1000))
  expect((await peer.ending()).code).toBe(1000)
  expect(await server.reason(peer)).toEqual({ type: 'remote', code: 1000, reason: '' })
})

test.each([
  ['00000000', 'a key of zeros'],
  ['ffffffff', 'a key of ones'],
  ['37fa213d', 'the key of the examples in section 5.7'],
  ['00ff00ff', 'a key of two values'],
  ['01020304', 'a key of four values'],
])(
  '5.3 "Octet i of the transformed data [...] is the XOR of octet i of the original data [...] with octet at ' +
    'index i modulo 4 of ' +
    'the masking key": %s, %s',
  async (hex) => {
    const mask = Buffer.from(hex, 'hex')
    const peer = await server.open()
    for (const length of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 125, 126, 65_535, 65_536]) {
      const payload = Buffer.from(Array.from({ length }, (_, i) => (i * 7 + 3) & 255))
      peer.send(frame({ opcode: BINARY, payload, mask }))
      expect(Buffer.compare(await peer.take(BINARY), payload)).toBe(0)
    }
    await server.leave(peer)
  },
)

test('5.7 a single-frame masked text message, 0x81 0x85 0x37 0xfa 0x21 0x3d 0x7f 0x9f 0x4d 0x51 0x58 contains "Hello"', async () => {
  const peer = await server.open()
  const bytes = Buffer.from('818537fa213d7f9f4d5158', 'hex')
  peer.send(bytes)
  expect(String(await peer.take(TEXT))).toBe('Hello')
  await sendSegments(peer, bytewise(bytes))
  expect(String(await peer.take(TEXT))).toBe('Hello')
  await server.leave(peer)
})

test('5.3 "The masking key is contained completely within the frame": each frame is unmasked by its own, fragments too', async () => {
  const peer = await server.open()
  const keys = [Buffer.from('deadbeef', 'hex'), Buffer.from('00000001', 'hex'), Buffer.from('fffefdfc', 'hex')] as const
  peer.send(
    frame({ fin: false, opcode: TEXT, payload: 'abcde', mask: keys[0] }),
    frame({ opcode: PING, payload: 'fghij', mask: keys[1] }),
    frame({ opcode: CONTINUATION, payload: 'klmno', mask: keys[2] }),
  )
  expect(String(await peer.take(PONG))).toBe('fghij')
  expect(String(await peer.take(TEXT))).toBe('abcdeklmno')
  await server.leave(peer)
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
