// RFC 6455 sections 5.5.2 and 5.5.3: pings and pongs. Close frames: section 7's file.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { SocketHandler } from 'gensock/socket'
import { bytewise, echo, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, CONTINUATION, close, frame, PING, PONG, ping, TEXT, text } from './peer.js'

const heard: string[] = []
const listening: SocketHandler<null, any, any, any> = {
  ...echo,
  event(event, state) {
    if (event.type === 'ping' || event.type === 'pong') heard.push(`${event.type} ${Buffer.from(event.data).toString('latin1')}`)
    return ['ok', state]
  },
}
let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 }, listening)
})
afterAll(() => server.stop())

describe('all control frames', () => {
  test.each([
    ['close', CLOSE, 126],
    ['ping', PING, 126],
    ['pong', PONG, 126],
    ['ping', PING, 65_536],
    ['pong', PONG, 1_000_001],
    ['close', CLOSE, 1_000_001],
  ])(
    '5.5 "All control frames MUST have a payload length of 125 bytes or less": %s (opcode %i) of %i',
    async (_name, opcode, length) => {
      const peer = await server.open()
      peer.send(frame({ opcode, payload: Buffer.alloc(length) }), text('never'))
      expect(await peer.ending()).toEqual({ code: 1002, reason: '' })
      expect(await server.reason(peer)).toEqual({ type: 'error', error: 'badframe' })
    },
  )

  test('5.5 "[...] or less": the header alone is enough, no payload is waited for', async () => {
    for (const opcode of [PING, PONG, CLOSE]) {
      const peer = await server.open()
      peer.send(frame({ opcode, length: 126 }).subarray(0, 2))
      expect((await peer.ending()).code).toBe(1002)
      await server.reason(peer)
    }
  })
})

describe('pings', () => {
  const SAME =
    '5.5.3 "A Pong frame sent in response to a Ping frame must have identical "Application data" as found in the ' +
    'message body of the ' +
    'Ping frame being replied to."'
  const payloads: [string, Buffer][] = [
    ['empty', Buffer.alloc(0)],
    ['one byte', Buffer.of(0)],
    ['text', Buffer.from('are you there?')],
    ['bytes that are no UTF-8', Buffer.from('00ff80fec0af', 'hex')],
    ['all bytes from 0 to 124', Buffer.from(Array.from({ length: 125 }, (_, i) => i))],
    ['125 times 0xfe', Buffer.alloc(125, 0xfe)],
  ]

  test.each(payloads)(`${SAME}: %s`, async (_name, payload) => {
    const peer = await server.open()
    peer.send(ping(payload))
    expect((await peer.take(PONG)).equals(payload)).toBe(true)
    await sendSegments(peer, bytewise(ping(payload)))
    expect((await peer.take(PONG)).equals(payload)).toBe(true)
    await server.leave(peer)
  })

  test('5.5.2 "Upon receipt of a Ping frame, an endpoint MUST send a Pong frame in response": ten in one segment, in order', async () => {
    const peer = await server.open()
    const payloads = Array.from({ length: 10 }, (_, i) => `ping ${i}`)
    peer.send(...payloads.map(ping))
    for (const payload of payloads) expect(String(await peer.take(PONG))).toBe(payload)
    await server.leave(peer)
  })

  test(
    '5.5.3 "the endpoint MAY elect to send a Pong frame for only the most recently processed Ping frame": of 1 000 ' +
      'the last is answered',
    async () => {
      const peer = await server.open()
      peer.send(...Array.from({ length: 1000 }, (_, i) => ping(String(i))))
      const got: number[] = []
      do got.push(Number(await peer.take(PONG)))
      while (got.at(-1) !== 999)
      expect(got).toEqual(got.toSorted((a, b) => a - b))
      await server.leave(peer)
    },
  )

  test('5.5.2 "It SHOULD respond with Pong frame as soon as is practical": before the message that came after the ping', async () => {
    const peer = await server.open()
    peer.send(ping('first'), text('second'))
    expect(String(await peer.take(PONG))).toBe('first')
    expect(String(await peer.take(TEXT))).toBe('second')
    await server.leave(peer)
  })

  test('5.5.2 "MUST send a Pong frame in response": while the payload of a long message is under way between two fragments', async () => {
    const peer = await server.open()
    peer.send(frame({ fin: false, opcode: BINARY, payload: Buffer.alloc(100_000) }), ping('between'))
    expect(String(await peer.take(PONG))).toBe('between')
    peer.send(frame({ opcode: CONTINUATION, payload: Buffer.alloc(100_000) }))
    expect(await peer.take(BINARY)).toHaveLength(200_000)
    await server.leave(peer)
  })

  test('5.5.2 "unless it already received a Close frame": a ping behind a close frame gets no pong', async () => {
    const peer = await server.open()
    peer.send(ping('before'), close(1000), ping('after'))
    expect(String(await peer.take(PONG))).toBe('before')
    expect((await peer.ending()).code).toBe(1000)
    await server.reason(peer)
  })

  test('the handler hears of pings and pongs as events, after the answer has gone out', async () => {
    heard.length = 0
    const peer = await server.open()
    peer.send(ping('a'), frame({ opcode: PONG, payload: 'b' }), frame({ opcode: PING }), text('end'))
    expect(String(await peer.take(PONG))).toBe('a')
    expect(String(await peer.take(PONG))).toBe('')
    await peer.take(TEXT)
    expect(heard).toEqual(['ping a', 'pong b', 'ping '])
    await server.leave(peer)
  })
})

describe('pongs', () => {
  test.each([0, 1, 125])(
    '5.5.3 "A Pong frame MAY be sent unsolicited. [...] A response to an unsolicited Pong frame is not expected.": of %i bytes',
    async (length) => {
      const peer = await server.open()
      peer.send(frame({ opcode: PONG, payload: Buffer.alloc(length, 0xff) }), ping('next'))
      expect(String(await peer.take(PONG))).toBe('next')
      await server.leave(peer)
    },
  )
})

test(
  '5.5.2 "An endpoint MAY send a Ping frame any time after the connection is established": the server\'s own are ' +
    'well-formed',
  async () => {
    const pinging = await live({ pingIntervalMs: 20 })
    const peer = await pinging.open()
    for (let i = 0; i < 3; i++) {
      const payload = await peer.take(PING)
      expect(payload.length).toBeLessThanOrEqual(125)
      peer.send(frame({ opcode: PONG, payload }))
    }
    await pinging.leave(peer)
    await pinging.stop()
  },
)

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
