// Cowboy's cases of frames from the client, C45 to C63, on raw connections. Each title starts with its number; what is not as in
// Cowboy says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { send } from 'gensock'
import { BINARY, CLOSE, closeFrame, frame, PING, PONG, type RawClient, TEXT } from './raw-client.js'
import {
  endWorlds,
  GENERATIONS,
  type Generation,
  inEach,
  type Recorded,
  type Script,
  serve,
  handlerOf,
  type World,
} from './world.js'

afterEach(endWorlds)

const CONTINUATION = 0
/** 'text hi', 'ping p'; a bare 'ping' of 2.x is 'ping!'. */
const shown = (what: unknown): string => (typeof what === 'string' ? `${what}!` : (what as unknown[]).map(String).join(' '))
const handled = ({ calls }: Recorded): string[] =>
  calls.filter(([callback]) => callback === 'handle').map(([, what]) => shown(what))
const reasons = ({ terminated }: Recorded): unknown[] => terminated.map(([reason]) => reason)

/** Sends bytes on a new connection; answers all frames until its end, and what terminate heard. */
async function sent(world: World, recorded: Recorded, ...bytes: Buffer[]): Promise<[seen: string[], reasons: unknown[]]> {
  const client: RawClient = await world.open()
  const ended = world.ended()
  client.write(Buffer.concat(bytes))
  const seen = await client.rest()
  await ended
  return [seen, reasons(recorded)]
}
const limited = (maxFrameSize: number): Script => ({ options: { maxFrameSize } })

describe('frames from the client', () => {
  test('C45. Given any generation, when a ping comes, then the pong with its payload goes out first and the handler gets {ping, Payload}, and of 2.x a bare ping if it is empty', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded, generation) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(PING), frame(PING, 'hi')]))
      expect(await client.nexts(4)).toEqual(['pong', 'text ping', 'pong hi', 'text ping hi'])
      expect(handled(recorded)).toEqual([generation === '2.x' ? 'ping!' : 'ping ', 'ping hi'])
    })
  })

  test('C47. Given any generation, when a pong comes, then only the handler gets it', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded, generation) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(PONG), frame(PONG, 'hi'), frame(TEXT, 'end')]))
      expect(await client.nexts(3)).toEqual(['text pong', 'text pong hi', 'text text end'])
      expect(handled(recorded)).toEqual([generation === '2.x' ? 'pong!' : 'pong ', 'pong hi', 'text end'])
    })
  })

  test('C48. Given the fragments a and b, when a ping comes between them, then it is handled between and the handler gets one text ab', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT, 'a', { fin: false }), frame(PING, 'p'), frame(CONTINUATION, 'b')]))
      expect(await client.nexts(3)).toEqual(['pong p', 'text ping p', 'text text ab'])
      expect(handled(recorded)).toEqual(['ping p', 'text ab'])
    })
  })

  test('C49. Given any generation, when an empty text and an empty binary frame come, then the handler gets {text, ""} and {binary, ""}', async () => {
    await inEach(GENERATIONS, {}, async (world, { calls }) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT), frame(BINARY)]))
      await client.nexts(2)
      expect(calls.map(([, what]) => what)).toEqual([
        ['text', ''],
        ['binary', Buffer.alloc(0)],
      ])
    })
  })

  test('C51. Given the peer closes with 4000 "why", when the close frame comes, then 4000 without a reason goes back, terminate hears both, and later bytes are ignored', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded) => {
      const seen = await sent(world, recorded, closeFrame(4000, 'why'), frame(TEXT, 'later'), frame(PING))
      expect(seen).toEqual([['close 4000'], [['remote', 4000, 'why']]])
      expect(handled(recorded)).toEqual([])
    })
    const bare: Readonly<Record<Generation, unknown>> = {
      '0.8': ['remote', 'closed'],
      '1.0': ['remote', 'closed'],
      '2.0-pre': 'remote',
      '2.x': 'remote',
    }
    await inEach(GENERATIONS, {}, async (world, recorded, generation) => {
      expect(await sent(world, recorded, closeFrame())).toEqual([['close'], [bare[generation]]])
    })
  })

  test('C52. Given a close code of the peer, when it may be sent, then it comes back, else the peer gets 1002 and terminate {error, badframe}; differs: Cowboy refuses 1012 to 1014 too, which IANA has registered since', async () => {
    for (const code of [1000, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4999]) {
      await inEach(['2.x'], {}, async (world, recorded) => {
        expect(await sent(world, recorded, closeFrame(code))).toEqual([[`close ${code}`], [['remote', code, '']]])
      })
    }
    for (const code of [999, 1004, 1005, 1006, 1015, 2999, 5000]) {
      await inEach(['0.8', '2.x'], {}, async (world, recorded) => {
        expect(await sent(world, recorded, closeFrame(code))).toEqual([['close 1002'], [['error', 'badframe']]])
      })
    }
  })

  test('C53. Given a close frame, when its payload has one byte, then the peer gets 1002 and terminate {error, badframe}', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded) => {
      expect(await sent(world, recorded, frame(CLOSE, 'x'))).toEqual([['close 1002'], [['error', 'badframe']]])
    })
  })

  test('C55. Given text with the byte 0xFF, when its frame is complete, then the peer gets 1007 and terminate {error, badencoding}; differs: Cowboy closes at the bad byte (ws looks at whole messages)', async () => {
    const script: Script = { info: (message, state, answers) => answers.reply(['text', `${message}`], state) }
    await inEach(GENERATIONS, script, async (world, recorded) => {
      const client = await world.open()
      const ended = world.ended()
      const bad = frame(TEXT, Buffer.from([0x61, 0xff, 0x62]))
      client.write(Buffer.concat([frame(PING, 'p'), bad.subarray(0, 8)]))
      await client.nexts(2)
      send(world.socket(), 'still open')
      expect(await client.next()).toBe('text still open')
      client.write(bad.subarray(8))
      expect(await client.rest()).toEqual(['close 1007'])
      await ended
      expect(reasons(recorded)).toEqual([['error', 'badencoding']])
    })
  })

  test('C57. Given a text that ends inside a code point, or has the surrogate ED A0 80, when it comes, then the peer gets 1007 and terminate {error, badencoding}', async () => {
    for (const bytes of [[0xc3], [0x61, 0xe2, 0x82], [0xed, 0xa0, 0x80]]) {
      await inEach(GENERATIONS, {}, async (world, recorded) => {
        expect(await sent(world, recorded, frame(TEXT, Buffer.from(bytes)))).toEqual([['close 1007'], [['error', 'badencoding']]])
      })
    }
    await inEach(['2.x'], {}, async (world) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT, Buffer.from([0xc3]), { fin: false }), frame(CONTINUATION, Buffer.from([0xa4]))]))
      expect(await client.next()).toBe('text text ä')
    })
  })

  test('C58. Given validate_utf8 is false, when invalid text comes, then it is delivered; differs: as a string it has U+FFFD for each bad byte', async () => {
    await inEach(['2.x'], { options: { validateUtf8: false } }, async (world, recorded) => {
      const client = await world.open()
      client.write(frame(TEXT, Buffer.from([0x61, 0xff, 0x62])))
      await client.next()
      expect(handled(recorded)).toEqual(['text a\ufffdb'])
    })
  })

  test('C59. Given any generation, when an unmasked frame comes, then the peer gets 1002 and terminate {error, badframe}', async () => {
    await inEach(GENERATIONS, {}, async (world, recorded) => {
      const bytes = frame(TEXT, 'plain', { masked: false })
      expect(await sent(world, recorded, bytes)).toEqual([['close 1002'], [['error', 'badframe']]])
    })
  })

  test('C61. Given max_frame_size is 10, when a header announces 11, then the peer gets 1009 before any payload, a ping of 11 gets it too, and exactly 10 are delivered', async () => {
    const badsize = [['close 1009'], [['error', 'badsize']]]
    await inEach(['2.x'], limited(10), async (world, recorded) => {
      expect(await sent(world, recorded, frame(TEXT, '', { length: 11 }))).toEqual(badsize)
    })
    await inEach(['2.x'], limited(10), async (world, recorded) => {
      expect(await sent(world, recorded, frame(PING, 'x'.repeat(11)))).toEqual(badsize)
      expect(handled(recorded)).toEqual([])
    })
    await inEach(['2.x'], limited(10), async (world, recorded) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT, '0123456789'), frame(PING, '0123456789')]))
      await client.nexts(3)
      expect(handled(recorded)).toEqual(['text 0123456789', 'ping 0123456789'])
    })
  })

  test('C62. Given max_frame_size is 8, when fragments of 5 and 5 come, then the peer gets 1009 at the second', async () => {
    await inEach(['2.x'], limited(8), async (world, recorded) => {
      const client = await world.open()
      const ended = world.ended()
      client.write(Buffer.concat([frame(TEXT, '12345', { fin: false }), frame(PING, 'p')]))
      expect(await client.nexts(2)).toEqual(['pong p', 'text ping p'])
      client.write(frame(CONTINUATION, '67890'))
      expect(await client.rest()).toEqual(['close 1009'])
      await ended
      expect(reasons(recorded)).toEqual([['error', 'badsize']])
    })
  })

  test('C63. Given no max_frame_size, when a message has 1 000 000 bytes, then it is delivered, and one more byte gets 1009; differs: before 2.17 Cowboy knows no limit', async () => {
    const script: Script = { handle: ([, data], state, answers) => answers.reply(['text', `${data.length}`], state) }
    await inEach(GENERATIONS, script, async (world, recorded) => {
      const client = await world.open()
      const ended = world.ended()
      client.write(frame(BINARY, Buffer.alloc(1_000_000)))
      expect(await client.next()).toBe('text 1000000')
      client.write(frame(BINARY, '', { length: 1_000_001 }))
      expect(await client.rest()).toEqual(['close 1009'])
      await ended
      expect(reasons(recorded)).toEqual([['error', 'badsize']])
    })
    const client = await (await serve(handlerOf('2.x', { ...script, options: { maxFrameSize: 'infinity' } }).handler)).open()
    client.write(frame(BINARY, Buffer.alloc(1_000_001)))
    expect(await client.next()).toBe('text 1000001')
  })
})
