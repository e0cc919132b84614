// Whether the other side is still there: heartbeats, half-open connections, a machine that slept, a network that comes and
// goes.
import { describe, expect, test } from '@jest/globals'
import { HEARTBEAT, HELLO } from '../../src/wire/carrier.js'
import { type Scene, start } from './world.js'

function beats({ world }: Scene): number {
  return world.sockets.flatMap(({ sent }) => sent).filter((data) => data === HEARTBEAT).length
}
const heartbeats = ({ told }: Scene): number => told.filter(([name]) => name === 'onheartbeat').length

async function greeted(options: object = {}): Promise<Scene> {
  const scene = await start({ transports: ['ws'], ...options })
  await scene.world.socket.greet()
  return scene
}

describe('heartbeats', () => {
  test('every 20 s a server that greeted is asked, and onheartbeat called; its answers are no messages', async () => {
    const scene = await greeted()
    for (let beat = 1; beat <= 5; beat++) {
      await scene.world.advance(19_999)
      expect([beats(scene), heartbeats(scene)]).toEqual([beat - 1, beat - 1])
      await scene.world.advance(1)
      expect([beats(scene), heartbeats(scene)]).toEqual([beat, beat])
      await scene.world.socket.receive(HEARTBEAT)
    }
    expect([scene.client.state, scene.messages]).toEqual(['open', []])
  })

  test('a server that did not greet is never asked, and what would be a greeting later is a message', async () => {
    const scene = await start({ transports: ['ws'] })
    await scene.world.socket.open()
    await scene.world.socket.receive('first')
    await scene.world.socket.receive(HELLO)
    await scene.world.socket.receive(HEARTBEAT)
    await scene.world.advance(100_000)
    expect([beats(scene), heartbeats(scene), scene.messages]).toEqual([0, 5, ['first', HELLO, HEARTBEAT]])
    expect(scene.client.state).toBe('open')
  })

  test('no answer for 5 s: the connection is half-open, and another one is made', async () => {
    const scene = await greeted()
    await scene.world.advance(24_999)
    expect(scene.client.state).toBe('open')
    await scene.world.advance(1)
    expect(scene.world.socket.closed).toEqual([])
    expect(scene.told.at(-1)).toEqual(['ondisconnect', { code: 1006, reason: 'no answer', willRetry: true, delayMs: 250 }])
  })

  test('whatever comes is an answer', async () => {
    const scene = await greeted()
    await scene.world.advance(22_000)
    await scene.world.socket.receive('news')
    await scene.world.advance(17_999)
    expect([scene.client.state, beats(scene)]).toEqual(['open', 1])
  })

  test.each([1, 3000, 7000, 60_000])('every %d ms', async (heartbeatMs) => {
    const scene = await greeted({ heartbeatMs })
    await scene.world.advance(heartbeatMs - 1)
    expect(beats(scene)).toBe(0)
    await scene.world.advance(1)
    expect(beats(scene)).toBe(1)
  })

  test('0: never', async () => {
    const scene = await greeted({ heartbeatMs: 0 })
    await scene.world.advance(1_000_000)
    expect([beats(scene), heartbeats(scene), scene.world.pending]).toEqual([0, 0, 0])
  })

  test('a connection that ended has none, and the next one counts anew', async () => {
    const scene = await greeted()
    await scene.world.advance(15_000)
    await scene.world.socket.end()
    await scene.world.advance(250)
    await scene.world.socket.greet()
    await scene.world.advance(19_000)
    expect([beats(scene), heartbeats(scene)]).toEqual([0, 0])
    await scene.world.advance(1000)
    expect([beats(scene), heartbeats(scene)]).toEqual([1, 1])
  })

  test('a close in onheartbeat is one', async () => {
    const scene = await greeted()
    scene.client.onheartbeat = () => scene.client.close()
    await scene.world.advance(20_000)
    expect([scene.client.state, beats(scene), scene.world.pending]).toEqual(['closed', 0, 0])
  })
})

describe('a machine that slept', () => {
  test('asks soon after it has woken, and is connected anew if there is no answer', async () => {
    const scene = await greeted()
    await scene.world.sleep(3_600_000)
    expect(beats(scene)).toBe(1)
    await scene.world.advance(4999)
    expect(scene.client.state).toBe('open')
    await scene.world.advance(1)
    expect(scene.client.state).toBe('waiting')
  })

  test('that slept for a little longer than a tick asks, too, before its heartbeat is due', async () => {
    const scene = await greeted()
    await scene.world.sleep(9_999)
    expect(beats(scene)).toBe(0)
    await scene.world.advance(5000)
    await scene.world.sleep(10_000)
    expect([beats(scene), heartbeats(scene)]).toEqual([1, 1])
  })

  test('keeps its connection if there is one', async () => {
    const scene = await greeted()
    await scene.world.sleep(3_600_000)
    await scene.world.socket.receive(HEARTBEAT)
    await scene.world.advance(10_000)
    expect([scene.client.state, scene.world.sockets.length]).toEqual(['open', 1])
  })

  test('while it waited for an answer asks again: the answer may be there', async () => {
    const scene = await greeted()
    await scene.world.advance(20_000)
    await scene.world.sleep(60_000)
    expect([scene.client.state, beats(scene)]).toEqual(['open', 2])
    await scene.world.advance(5000)
    expect(scene.client.state).toBe('waiting')
  })

  test('while it waited for another try makes it at once', async () => {
    const scene = await greeted()
    await scene.world.socket.end()
    await scene.world.sleep(60_000)
    expect(scene.world.sockets.length).toBe(2)
  })
})

describe('the network', () => {
  test.each(['offline', 'online'])('%s: an open connection is tested at once', async (event) => {
    const scene = await greeted()
    await scene.world.event(event)
    expect(beats(scene)).toBe(1)
    await scene.world.event(event)
    expect(beats(scene)).toBe(1)
    await scene.world.advance(5000)
    expect(scene.client.state).toBe('waiting')
  })

  test('online: who waits tries at once', async () => {
    const scene = await start({ transports: ['ws'], backoff: { firstMs: 30_000 } })
    await scene.world.socket.end()
    await scene.world.event('online')
    expect([scene.client.state, scene.world.sockets.length]).toEqual(['connecting', 2])
    await scene.world.event('online')
    await scene.world.advance(15_000)
    expect(scene.world.tried).toEqual(['ws', 'ws'])
  })

  test('a page that is looked at again tests its connection', async () => {
    const scene = await greeted()
    await scene.world.hide(true)
    expect(beats(scene)).toBe(0)
    await scene.world.hide(false)
    expect(beats(scene)).toBe(1)
  })
})

describe('the cache of pages that were left', () => {
  test('a page that is left has no connection; one that comes back connects at once', async () => {
    const scene = await greeted()
    await scene.world.event('pagehide', { persisted: true })
    expect([scene.world.socket.closed, scene.world.pending]).toEqual([[], 0])
    expect(scene.told.at(-1)).toEqual(['ondisconnect', { code: 1001, reason: 'page hidden', willRetry: true }])
    expect(scene.client.state).toBe('waiting')
    await scene.world.event('pageshow', { persisted: true })
    expect([scene.client.state, scene.world.sockets.length]).toEqual(['connecting', 2])
  })

  test('one that was waiting or trying is left and comes back in silence', async () => {
    for (const isWaiting of [true, false]) {
      const scene = await start({ transports: ['ws'] })
      if (isWaiting) await scene.world.socket.end()
      const told = scene.told.length
      await scene.world.event('pagehide', { persisted: true })
      expect([scene.told.length, scene.client.state, scene.world.pending]).toEqual([told, 'waiting', 0])
      await scene.world.event('pageshow', { persisted: true })
      expect([scene.client.state, scene.world.sockets.length]).toEqual(['connecting', 2])
    }
  })

  test('a page that is shown for the first time is no such one', async () => {
    const scene = await start({ transports: ['ws'] })
    await scene.world.event('pageshow', { persisted: false })
    expect([scene.client.state, scene.world.sockets.length]).toEqual(['connecting', 1])
  })
})
