// Bullet's cases of the client, L17 to L27, with `preset: 'bullet'` in virtual time. Each title starts with its number; what is not as in
// Bullet says so.
import { describe, expect, test } from '@jest/globals'
import { type Scene, start } from '../../client/world.js'

const bullet = (options: object = {}): Promise<Scene> => start({ preset: 'bullet', ...options }, undefined, '/bullet')
/** Over server-sent events, or polls. */
async function openBy(via: 'sse' | 'longPoll'): Promise<Scene> {
  const scene = await bullet({ transports: [via] })
  await scene.world.asked('open').answer(200, { id: 'one' })
  if (via === 'sse') await scene.world.source.attached()
  return scene
}
const heartbeats = ({ told }: Scene): number => told.filter(([name]) => name === 'onheartbeat').length

describe('transports', () => {
  test('L17. Given every transport, when one closes while it is connecting, then the next of websocket, server-sent events, polls is tried; one that had opened is tried again', async () => {
    const { world } = await bullet()
    expect(world.tried).toEqual(['ws'])
    await world.socket.end()
    await world.advance(160)
    expect(world.tried).toEqual(['ws', 'sse'])
    await world.asked('open').answer(200, { id: 'one' })
    await world.source.attached()
    await world.source.receive([1, 'c', 1000, ''])
    await world.advance(160)
    expect(world.tried).toEqual(['ws', 'sse', 'sse'])
    await world.asked('open').fail()
    await world.advance(320)
    expect(world.tried).toEqual(['ws', 'sse', 'sse', 'longPoll'])
  })

  test('L18. Given a connection, when it drops, then the same transport is tried after 160 ms, then after 320 and so on up to 10 000, and after 160 again once it has opened; differs: ondisconnect tells of the drop', async () => {
    const { world, told } = await bullet({ transports: ['ws'] })
    await world.socket.open()
    await world.socket.end()
    expect(told.at(-1)).toEqual(['ondisconnect', { code: 1006, reason: '', willRetry: true, delayMs: 160 }])
    await world.advance(159)
    expect(world.sockets.length).toBe(1)
    await world.advance(1)
    expect(world.sockets.length).toBe(2)
    for (let drop = 0; drop < 2; drop++) {
      await world.socket.open()
      await world.socket.end()
      expect(told.at(-1)).toMatchObject(['ondisconnect', { delayMs: 160 }])
      await world.advance(160)
    }
    // A drop that is not followed by an open makes the next wait longer: here as many transports fail as it takes.
    const many = await bullet({ transports: ['ws', 'sse', 'longPoll'] })
    await many.world.socket.open()
    await many.world.socket.end()
    await many.world.advance(160)
    for (const ms of [320, 640]) {
      const tries = many.world.tried.length
      if (many.world.tried.at(-1) === 'ws') await many.world.socket.end()
      else await many.world.asked('open').fail()
      await many.world.advance(ms - 1)
      expect(many.world.tried.length).toBe(tries)
      await many.world.advance(1)
      expect(many.world.tried.length).toBe(tries + 1)
    }
    const capped = await bullet({ transports: ['ws', 'sse'], backoff: { firstMs: 8000 } })
    await capped.world.socket.open()
    await capped.world.socket.end()
    await capped.world.advance(8000)
    await capped.world.socket.end()
    await capped.world.advance(9999)
    expect(capped.world.tried).toEqual(['ws', 'ws'])
    await capped.world.advance(1)
    expect(capped.world.tried).toEqual(['ws', 'ws', 'sse'])
  })

  test('L19. Given that every transport fails, when the last one has, then ondisconnect is called, and it begins with websocket after 10 s; differs: without the wait that Bullet has before it notices', async () => {
    const { world, told } = await bullet()
    await world.socket.end()
    await world.advance(160)
    await world.asked('open').fail()
    await world.advance(320)
    expect([world.tried, told]).toEqual([['ws', 'sse', 'longPoll'], []])
    await world.asked('open').fail()
    expect(told).toEqual([['ondisconnect', { code: 1006, reason: 'no answer', willRetry: true, delayMs: 10_000 }]])
    await world.advance(9999)
    expect(world.tried.length).toBe(3)
    await world.advance(1)
    expect(world.tried).toEqual(['ws', 'sse', 'longPoll', 'ws'])
    await world.socket.end()
    await world.advance(160)
    expect(world.tried.at(-1)).toBe('sse')
  })
})

describe('the end', () => {
  test('L21. Given a connection, when close() is called, then onclose is called once and nothing connects again', async () => {
    const { client, world, told } = await bullet()
    await world.socket.open()
    client.close()
    client.close()
    await world.socket.end(1000)
    await world.advance(100_000)
    expect(told.filter(([name]) => name === 'onclose').length).toBe(1)
    expect([world.tried, client.state]).toEqual([['ws'], 'closed'])
  })

  test('L22. Given the wait for another try, when close() is called, then there is none; differs: Bullet connects again', async () => {
    const { client, world, told } = await bullet({ transports: ['ws'] })
    await world.socket.open()
    await world.socket.end()
    client.close()
    await world.advance(100_000)
    expect([world.tried, client.state, told.at(-1)?.[0]]).toEqual([['ws'], 'closed', 'onclose'])
  })
})

describe('heartbeats and polls', () => {
  test('L23. Given a connection, when time passes, then onheartbeat is called every 20 s over a websocket and never over the others, and not after a close', async () => {
    const ws = await bullet()
    await ws.world.socket.open()
    await ws.world.advance(19_999)
    expect(heartbeats(ws)).toBe(0)
    await ws.world.advance(40_001)
    expect(heartbeats(ws)).toBe(3)
    ws.client.close()
    await ws.world.advance(100_000)
    expect(heartbeats(ws)).toBe(3)
    for (const via of ['sse', 'longPoll'] as const) {
      const other = await openBy(via)
      await other.world.advance(60_000)
      expect(heartbeats(other)).toBe(0)
    }
  })

  test('L25. Given polls, when the connection begins, then onopen is called with the first answer, and each poll follows the one before; differs: the first request is answered at once and each poll follows at once, so onopen does not wait for a message, and none is lost between two polls', async () => {
    const { world, told, messages } = await bullet({ transports: ['longPoll'] })
    expect([told, world.requests.map(({ verb }) => verb)]).toEqual([[], ['open']])
    await world.asked('open').answer(200, { id: 'one' })
    expect(told).toEqual([['onopen', { resumed: 'new', transport: 'longPoll' }]])
    await world.asked('poll').answer(200, [[1, 't', 'a']])
    expect(messages).toEqual(['a'])
    expect(world.asked('poll').ack).toBe(1)
  })

  test('L27. Given a client, when it connects again, then its url is that of its first connection with what token answers now; differs: there is no setURL, a client has one url', async () => {
    let token = 0
    const { client, world } = await bullet({ transports: ['ws'], token: () => String(++token) })
    await world.socket.end()
    await world.advance(10_000)
    expect(world.sockets.map(({ url }) => url.href)).toEqual([
      'wss://host.test/bullet?gensock=ws&token=1',
      'wss://host.test/bullet?gensock=ws&token=2',
    ])
    expect('setURL' in client).toBe(false)
  })
})
