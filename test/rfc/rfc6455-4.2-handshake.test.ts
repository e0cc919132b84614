// RFC 6455 section 4.2, in brief: what the server's side of the opening handshake says. Every way to get it wrong is in
// test/transports.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Live, live } from './live.js'
import { handshake, PONG, ping, TEXT, text } from './peer.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0, subprotocols: ['v2', 'v1'] })
})
afterAll(() => server.stop())

async function statusOf(bytes: string): Promise<[number, string]> {
  const peer = server.connect()
  peer.send(Buffer.from(bytes))
  const status = await peer.status()
  peer.destroy()
  return [status, peer.head]
}
const without = (name: string): string => handshake().replace(new RegExp(`${name}: [^\r]*\r\n`), '')

describe('the answer', () => {
  test(
    '4.2.2 "if the value of the |Sec-WebSocket-Key| header field in the client\'s handshake were ' +
      '"dGhlIHNhbXBsZSBub25jZQ==" [...] "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", which would be returned in the ' +
      '|Sec-WebSocket-Accept| header field"',
    async () => {
      const peer = await server.open()
      expect(peer.head.split('\r\n')[0]).toBe('HTTP/1.1 101 Switching Protocols')
      expect(peer.header('Sec-WebSocket-Accept')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
      expect([peer.header('Upgrade'), peer.header('Connection')]).toEqual(['websocket', 'Upgrade'])
      await server.leave(peer)
    },
  )

  test(
    '4.2.2 "if the server does not wish to agree to one of the suggested subprotocols, it MUST NOT send back a ' +
      '|Sec-WebSocket-Protocol| header field"',
    async () => {
      const answers = []
      for (const offer of ['v1', 'v0, v1, v2', 'v0', undefined]) {
        const peer = await server.open(offer === undefined ? {} : { headers: { 'Sec-WebSocket-Protocol': offer } })
        answers.push(peer.header('Sec-WebSocket-Protocol'))
        await server.leave(peer)
      }
      expect(answers).toEqual(['v1', 'v2', undefined, undefined])
    },
  )

  test('4.2.2 "Extensions not listed by the client MUST NOT be listed."', async () => {
    const peer = await server.open({ headers: { 'Sec-WebSocket-Extensions': 'foo; bar=1, permessage-deflate' } })
    expect(peer.header('Sec-WebSocket-Extensions')).toBeUndefined() // none is agreed to by default
    await server.leave(peer)
  })

  test(
    '4.2.2 "At this point, the server may begin sending (and receiving) data": frames in the segment of the ' +
      'handshake are heard',
    async () => {
      const peer = await server.open({ first: Buffer.concat([text('early'), ping('too')]) })
      const got = [await peer.next(), await peer.next()].map(({ opcode, payload }) => [opcode, String(payload)])
      expect(got.toSorted((a, b) => Number(a[0]) - Number(b[0]))).toEqual([
        [TEXT, 'early'],
        [PONG, 'too'],
      ])
      await server.leave(peer)
    },
  )
})

describe(
  '4.2.1 "If the server, while reading the handshake, finds that the client did not send a handshake that ' +
    "matches the description below [...] the server MUST stop processing the client's handshake and return an " +
    'HTTP response with an appropriate error code"',
  () => {
    test.each([
      ['An HTTP/1.1 or higher GET request', handshake().replace('HTTP/1.1', 'HTTP/1.0'), 426],
      ['An HTTP/1.1 or higher GET request', handshake().replace('GET', 'POST'), 405],
      ["A |Host| header field containing the server's authority.", without('Host'), 400],
      ['An |Upgrade| header field containing the value "websocket"', without('Upgrade'), 426],
      ['A |Connection| header field that includes the token "Upgrade"', without('Connection'), 426],
      ['A |Sec-WebSocket-Key| header field', without('Sec-WebSocket-Key'), 400],
      ['when decoded, is 16 bytes in length', handshake().replace('dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZQ=='), 400],
      ['A |Sec-WebSocket-Version| header field, with a value of 13', without('Sec-WebSocket-Version'), 426],
    ])('"%s"', async (_sentence, bytes, expected) => {
      expect((await statusOf(bytes))[0]).toBe(expected)
    })
  },
)

test(
  '4.2.2 "If the requested service is not available, the server MUST send an appropriate HTTP error code (such ' +
    'as 404 Not Found)"',
  async () => {
    expect((await statusOf(handshake({ path: '/other' })))[0]).toBe(404)
  },
)

test('4.4 "it MUST respond with a |Sec-WebSocket-Version| header field [...] containing all versions it is willing to use"', async () => {
  for (const version of ['0', '6', '9', '12', '14', '25', '255', '013', '13, 8', 'x']) {
    const [status, head] = await statusOf(handshake({ headers: { 'Sec-WebSocket-Version': version } }))
    expect(status).toBe(426)
    expect(head).toMatch(/\r\nSec-WebSocket-Version: 13, 8, 7(\r\n|$)/)
  }
})
