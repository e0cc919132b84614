// RFC 6455 section 5.4: messages in fragments, and what may stand between them.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { expectFailed, bytewise, type Live, live, sendSegments } from './live.js'
import { BINARY, CLOSE, CONTINUATION, close, fragments, frame, PING, PONG, ping, TEXT, text } from './peer.js'

let server: Live
beforeAll(async () => {
  server = await live({ pingIntervalMs: 0 })
})
afterAll(() => server.stop())

function fails(...bytes: readonly Uint8Array[]): Promise<void> {
  return expectFailed(server, 1002, 'badframe', ...bytes, text('never'))
}

describe('one message of many fragments', () => {
  const SPLITS: readonly [string, readonly string[]][] = [
    ['two', ['frag', 'ment']],
    ['three, as in the example', ['first ', 'second ', 'third']],
    ['two, the first empty', ['', 'x']],
    ['two, the last empty', ['x', '']],
    ['three, the middle one empty', ['a', '', 'b']],
    ['three, all empty', ['', '', '']],
    ['many of one byte', Array.from('a message of single bytes, one for each fragment')],
    ['of 125, 126 and 127 bytes', ['a'.repeat(125), 'b'.repeat(126), 'c'.repeat(127)]],
    ['of 65 535 and 65 536 bytes', ['a'.repeat(65_535), 'b'.repeat(65_536)]],
    ['a thousand', Array.from({ length: 1000 }, (_, i) => String(i % 10))],
  ]
  const JOINED =
    '5.4 "A fragmented message is conceptually equivalent to a single larger message whose payload is equal to the ' +
    'concatenation of ' +
    'the payloads of the fragments in order"'

  test.each(SPLITS)(`${JOINED}: %s`, async (_name, parts) => {
    const peer = await server.open()
    for (const opcode of [TEXT, BINARY]) {
      peer.send(...fragments(opcode, parts))
      expect(String(await peer.take(opcode))).toBe(parts.join(''))
    }
    await sendSegments(peer, fragments(TEXT, parts))
    expect(String(await peer.take(TEXT))).toBe(parts.join(''))
    await server.leave(peer)
  })

  test(`${JOINED}: byte by byte`, async () => {
    const peer = await server.open()
    await sendSegments(peer, bytewise(Buffer.concat(fragments(TEXT, ['one', '', ' and ', 'two']))))
    expect(String(await peer.take(TEXT))).toBe('one and two')
    await server.leave(peer)
  })

  test('5.4 "Clients and servers MUST support receiving both fragmented and unfragmented messages": in turns', async () => {
    const peer = await server.open()
    peer.send(
      text('1'),
      ...fragments(TEXT, ['2', '3']),
      text('4'),
      ...fragments(BINARY, ['5', '6']),
      ...fragments(TEXT, ['7', '8']),
    )
    const got = []
    for (let i = 0; i < 5; i++) got.push(await peer.next())
    expect(got.map(({ opcode, payload }) => [opcode, String(payload)])).toEqual([
      [TEXT, '1'],
      [TEXT, '23'],
      [TEXT, '4'],
      [BINARY, '56'],
      [TEXT, '78'],
    ])
    await server.leave(peer)
  })

  test('5.4 "all fragments of a message are of the same type, as set by the first fragment\'s opcode"', async () => {
    const peer = await server.open()
    // No UTF-8, so it can only pass as binary.
    peer.send(...fragments(BINARY, [Buffer.of(0xff), Buffer.of(0xfe), Buffer.of(0xc0)]))
    expect((await peer.take(BINARY)).toString('hex')).toBe('fffec0')
    await server.leave(peer)
  })
})

describe('control frames between fragments', () => {
  test('5.4 "An endpoint MUST be capable of handling control frames in the middle of a fragmented message."', async () => {
    const peer = await server.open()
    peer.send(frame({ fin: false, opcode: TEXT, payload: 'a' }), ping('now'))
    expect(String(await peer.take(PONG))).toBe('now') // at once, not behind the message
    peer.send(frame({ opcode: PONG, payload: 'unasked' }), frame({ fin: false, opcode: CONTINUATION, payload: 'b' }), ping(''))
    expect(String(await peer.take(PONG))).toBe('')
    peer.send(frame({ opcode: CONTINUATION, payload: 'c' }))
    expect(String(await peer.take(TEXT))).toBe('abc')
    await server.leave(peer)
  })

  test('5.4 "Control frames [...] MAY be injected in the middle of a fragmented message": between all of them, byte by byte', async () => {
    const peer = await server.open()
    const parts = fragments(TEXT, ['x', 'y', 'z']).flatMap((part, i) => [ping(`p${i}`), part, frame({ opcode: PONG })])
    for (const chunks of [[Buffer.concat(parts)], parts, bytewise(Buffer.concat(parts))]) {
      await sendSegments(peer, chunks)
      const got = []
      for (let i = 0; i < 4; i++) got.push(await peer.next())
      const pongs = got.filter(({ opcode }) => opcode === PONG).map(({ payload }) => String(payload))
      expect(pongs).toEqual(['p0', 'p1', 'p2'])
      expect(got.filter(({ opcode }) => opcode === TEXT).map(({ payload }) => String(payload))).toEqual(['xyz'])
    }
    await server.leave(peer)
  })

  test('5.4 a close frame may stand there too: the message before it is never whole, and never delivered', async () => {
    const peer = await server.open()
    peer.send(frame({ fin: false, opcode: TEXT, payload: 'half' }), close(1000), frame({ opcode: CONTINUATION, payload: 'late' }))
    expect((await peer.ending()).code).toBe(1000)
    expect(await server.reason(peer)).toEqual({ type: 'remote', code: 1000, reason: '' })
  })

  test.each([
    ['close', CLOSE],
    ['ping', PING],
    ['pong', PONG],
  ])('5.4 "Control frames themselves MUST NOT be fragmented": %s', async (_name, opcode) => {
    await fails(frame({ fin: false, opcode }))
    await fails(frame({ fin: false, opcode, payload: 'a' }), frame({ opcode: CONTINUATION, payload: 'b' }))
    await fails(frame({ fin: false, opcode: TEXT, payload: 'a' }), frame({ fin: false, opcode, payload: 'b' }))
  })
})

describe('fragments out of place', () => {
  const BEGIN =
    '5.4 "A fragmented message consists of a single frame with the FIN bit clear and an opcode other than 0, ' +
    'followed by zero or more ' +
    'frames with the FIN bit clear and the opcode set to 0, and terminated by a single frame with the FIN bit set ' +
    'and an opcode of 0"'

  test.each([
    ['a last fragment without a first', [frame({ opcode: CONTINUATION, payload: 'x' })]],
    ['a middle fragment without a first', [frame({ fin: false, opcode: CONTINUATION, payload: 'x' })]],
    ['an empty one', [frame({ opcode: CONTINUATION })]],
    ['a first fragment, then a text', [frame({ fin: false, opcode: TEXT, payload: 'a' }), text('b')]],
    ['a first fragment, then a first', [frame({ fin: false, opcode: TEXT }), frame({ fin: false, opcode: TEXT, payload: 'b' })]],
    ['a first fragment of binary, then a text', [frame({ fin: false, opcode: BINARY, payload: 'a' }), text('b')]],
    ['a first fragment, then a binary', [frame({ fin: false, opcode: TEXT, payload: 'a' }), frame({ opcode: BINARY })]],
  ])(`${BEGIN}: %s fails the connection`, async (_name, bytes) => {
    await fails(...bytes)
  })

  test(
    '5.4 "terminated by a single frame with the FIN bit set": one more continuation fails the connection, the ' +
      'message passes',
    async () => {
      for (const fin of [true, false]) {
        const peer = await server.open()
        peer.send(...fragments(TEXT, ['a', 'b']), frame({ fin, opcode: CONTINUATION, payload: 'c' }))
        expect(String(await peer.take(TEXT))).toBe('ab')
        expect((await peer.ending()).code).toBe(1002)
        await server.reason(peer)
      }
    },
  )

  test('5.4 "The fragments of one message MUST NOT be interleaved between the fragments of another message"', async () => {
    await fails(
      frame({ fin: false, opcode: TEXT, payload: 'a1' }),
      frame({ fin: false, opcode: BINARY, payload: 'b1' }),
      frame({ opcode: CONTINUATION, payload: 'a2' }),
      frame({ opcode: CONTINUATION, payload: 'b2' }),
    )
  })

  test('5.4 "An unfragmented message consists of a single frame with the FIN bit set [...] and an opcode other than 0"', async () => {
    await fails(text('whole').fill(0x80, 0, 1))
  })
})

test('nothing of this was a crash, and a fresh client is served', async () => {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
})
