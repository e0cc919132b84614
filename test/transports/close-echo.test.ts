// How a peer's close frame is answered, byte for byte: RFC 6455 section 5.5.1, Cowboy case C51.
import { describe, expect, test } from '@jest/globals'
import { route, type TerminateReason } from 'gensock/socket'
import { echo, frame, handshake, once, rawWorld } from './raw.js'

const world = rawWorld()
const closeFrame = (code: number, reason = ''): Buffer =>
  frame(8, Buffer.concat([Buffer.from([code >> 8, code & 255]), Buffer.from(reason)]))

/** All that comes back after the 101, in hex, and what the handler heard. */
async function answerTo(bytes: Buffer, handle = echo.handle): Promise<[string, TerminateReason | undefined]> {
  const reasons: TerminateReason[] = []
  const terminate: typeof echo.terminate = (reason, _state, self) => {
    reasons.push(reason)
    self.push(['text', 'after the echo']) // section 5.5.1: "MUST NOT send any more data frames after sending a Close frame"
  }
  const { port } = await world.serve([route('/ws', { ...echo, handle, terminate })])
  const socket = world.dial(port, Buffer.concat([Buffer.from(handshake()), bytes]))
  let seen = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => (seen = Buffer.concat([seen, chunk])))
  await once(socket, 'close')
  while (reasons.length === 0) await world.turn()
  return [seen.subarray(seen.indexOf('\r\n\r\n') + 4).toString('hex'), reasons[0]]
}

describe('RFC 6455 section 5.5.1: "When sending a Close frame in response, the endpoint typically echos the status code it received"', () => {
  test('C51: 4000 with a reason is answered with the code alone', async () => {
    const [bytes, reason] = await answerTo(closeFrame(4000, 'why'))
    expect([bytes, reason]).toEqual(['88020fa0', { type: 'remote', code: 4000, reason: 'why' }])
  })
  test('a close frame without a code is answered by one without a code', async () => {
    expect(await answerTo(frame(8, ''))).toEqual(['8800', { type: 'remote' }])
  })
  // 1012 to 1014 have been registered with IANA since; Cowboy refuses them (deviation 9)
  test.each([1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999])(
    '%d is echoed',
    async (code) => {
      const [bytes, reason] = await answerTo(closeFrame(code))
      expect(bytes).toBe(`8802${code.toString(16).padStart(4, '0')}`)
      expect(reason).toMatchObject({ type: 'remote', code })
    },
  )
  // section 7.4.1: "MUST NOT be set as a status code in a Close control frame"; section 7.4.2: 0-999 "are not used"
  test.each([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535])('%d is answered with 1002', async (code) => {
    expect(await answerTo(closeFrame(code))).toEqual(['880203ea', { type: 'error', error: 'badframe' }])
  })
  test('a reason that is no UTF-8 is answered with 1007', async () => {
    expect((await answerTo(frame(8, Buffer.from([0x03, 0xe8, 0xff]))))[0]).toBe('880203ef')
  })
})

// Section 1.4: "After sending a control frame indicating the connection should be closed, a peer does not send any further data"
describe('answers to what came before the close frame go out before its echo', () => {
  const COUNT = 1000
  const texts = Array.from({ length: COUNT }, (_, n) => String(1000 + n))
  const segment = Buffer.concat([...texts.map((line) => frame(1, line)), closeFrame(4000)])
  const expected = Buffer.concat([
    ...texts.map((line) => Buffer.from(`\x81\x04${line}`, 'latin1')),
    Buffer.of(0x88, 2, 0x0f, 0xa0),
  ])

  test.each<[string, typeof echo.handle]>([
    ['at once', echo.handle],
    ['after an await', async (got) => (await Promise.resolve(), ['push', got, null])],
    ['in a later turn of the event loop', async (got) => (await world.turn(), ['push', got, null])],
    ['by self.push', (got, _state, self) => (self.push(got), ['ok', null])],
  ])('1000 texts and a close in one segment, answered %s', async (_name, handle) => {
    const [bytes, reason] = await answerTo(segment, handle)
    expect(bytes).toBe(expected.toString('hex'))
    expect(reason).toEqual({ type: 'remote', code: 4000, reason: '' })
  })
})
