// Cowboy's cases of compression, C81 to C88, on raw connections. Each title starts with its number; what is not as in Cowboy says so.
import { deflateRawSync, inflateRawSync, constants } from 'node:zlib'
import { afterEach, describe, expect, test } from '@jest/globals'
import { frame, PING, RawClient, TEXT } from './raw-client.js'
import { endWorlds, handlerOf, inEach, type Recorded, type Script, serve, type World } from './world.js'

afterEach(endWorlds)

const RSV1 = 4
const COMPRESS: Script = { options: { compress: true } }
const offer = (extensions: string): { headers: Record<string, string> } => ({
  headers: { 'Sec-WebSocket-Extensions': extensions },
})
/** RFC 7692 section 7.2.1: a payload without the 4 octets that end the block. */
const deflated = (text: string): Buffer => deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
const inflated = (payload: Buffer): string =>
  inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), { finishFlush: constants.Z_SYNC_FLUSH }).toString()
/** What is answered to an offer. */
async function answered(world: World, extensions: string): Promise<string | undefined> {
  const { status, headers } = await new RawClient(world.port).ask(offer(extensions))
  expect(status).toBe(101)
  return headers['sec-websocket-extensions']
}
async function badframe(world: World, { terminated }: Recorded, client: RawClient, ...bytes: Buffer[]): Promise<void> {
  const ended = world.ended()
  client.write(Buffer.concat(bytes))
  expect(await client.rest()).toEqual(['close 1002'])
  await ended
  expect(terminated.map(([reason]) => reason)).toEqual([['error', 'badframe']])
}

describe('compression', () => {
  test('C81. Given compress is false, when a client offers permessage-deflate, then no extension is answered, and RSV1 gets 1002', async () => {
    for (const script of [{}, { options: { compress: false } }]) {
      await inEach(['2.x'], script, async (world, recorded) => {
        expect(await answered(world, 'permessage-deflate')).toBeUndefined()
        expect(recorded.terminated).toEqual([])
      })
      await inEach(['2.x'], script, async (world, recorded) => {
        const client = await world.open(offer('permessage-deflate'))
        await badframe(world, recorded, client, frame(TEXT, deflated('hello'), { rsv: RSV1 }))
      })
    }
  })

  test('C82. Given an offer with a bogus parameter, when another follows it, then the other is answered, with client_max_window_bits=15', async () => {
    const world = await serve(handlerOf('2.x', COMPRESS).handler)
    const offers = 'permessage-deflate; bogus, permessage-deflate; client_max_window_bits'
    expect(await answered(world, offers)).toBe('permessage-deflate; client_max_window_bits=15')
    expect(await answered(world, 'permessage-deflate')).toBe('permessage-deflate')
  })

  test('C83. Given an offer with a parameter twice or 16 window bits, when a client connects, then it gets 101 without the extension', async () => {
    const world = await serve(handlerOf('2.x', COMPRESS).handler)
    for (const parameters of [
      'client_no_context_takeover; client_no_context_takeover',
      'server_max_window_bits=16',
      'client_max_window_bits=16',
    ]) {
      expect(await answered(world, `permessage-deflate; ${parameters}`)).toBeUndefined()
    }
  })

  test('C85. Given compression, when {deflate, false} is a command, then later frames are plain, compressed again after {deflate, true}, and without compression it changes nothing', async () => {
    const script: Script = {
      ...COMPRESS,
      handle: ([, text]) => [
        [
          ['text', 'a'],
          ['deflate', text === 'on'],
          ['text', 'bb'],
        ],
        1,
      ],
    }
    await inEach(['2.x'], script, async (world) => {
      const client = await world.open(offer('permessage-deflate; server_no_context_takeover'))
      const next = async (): Promise<string> => {
        const { rsv1, payload } = await client.frame()
        return rsv1 ? `deflated ${inflated(payload)}` : `plain ${payload.toString()}`
      }
      client.write(frame(TEXT, deflated('off'), { rsv: RSV1 }))
      expect([await next(), await next()]).toEqual(['deflated a', 'plain bb'])
      client.write(frame(TEXT, 'on'))
      expect([await next(), await next()]).toEqual(['plain a', 'deflated bb'])
      const plain = await world.open()
      plain.write(frame(TEXT, 'on'))
      expect(await plain.nexts(2)).toEqual(['text a', 'text bb'])
    })
  })

  test('C87. Given compression, when a ping has RSV1, then the peer gets 1002 and terminate {error, badframe}; differs: Cowboy drops the connection in silence, a bug of it', async () => {
    await inEach(['2.x'], COMPRESS, async (world, recorded) => {
      const client = await world.open(offer('permessage-deflate'))
      await badframe(world, recorded, client, frame(PING, deflated('p'), { rsv: RSV1 }))
    })
  })

  test('C88. Given compression, when a ping comes between the fragments of a compressed message, then the pong goes out and the message is delivered; differs: Cowboy closes with 1002, a bug of it', async () => {
    await inEach(['2.x'], COMPRESS, async (world, { calls }) => {
      const client = await world.open(offer('permessage-deflate'))
      const data = deflated('a compressed message')
      client.write(
        Buffer.concat([
          frame(TEXT, data.subarray(0, 5), { fin: false, rsv: RSV1 }),
          frame(PING, 'p'),
          frame(0, data.subarray(5)),
        ]),
      )
      expect(await client.next()).toBe('pong p')
      expect([(await client.frame()).rsv1, (await client.frame()).rsv1]).toEqual([true, true])
      expect(calls.map(([, what]) => (what as unknown[]).map(String))).toEqual([
        ['ping', 'p'],
        ['text', 'a compressed message'],
      ])
    })
  })
})
