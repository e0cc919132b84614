// Connections over plain HTTP: how they begin and end, and frames up by POST, each number once and in order.
import { describe, expect, test } from '@jest/globals'
import { PARAMETER } from '../../src/wire/carrier.js'
import { settle } from './fakes.js'
import { opened, sends, texts, type Via } from './fallback-world.js'
import { start } from './world.js'

describe('a connection', () => {
  test.each<Via>(['sse', 'longPoll'])('%s: asked for by a POST that needs no preflight, with its cookies', async (via) => {
    const { world } = await start({ transports: [via], token: () => 't' }, undefined, '/ws?a=b')
    const { url, init } = world.asked('open')
    expect(url.href).toBe(`https://host.test/ws?a=b&gensock=open&via=${via}&token=t`)
    expect(init).toMatchObject({ method: 'POST', credentials: 'include', cache: 'no-store' })
    expect([init.body, init.headers]).toEqual([undefined, undefined])
  })

  test('its requests say which it is and what has been received, and no token', async () => {
    const scene = await opened('longPoll', { token: () => 't' })
    expect(scene.world.asked('poll').url.search).toBe('?a=b&gensock=poll&id=one&ack=0')
    scene.client.send('x')
    await settle()
    expect(scene.world.asked('send').url.search).toBe('?a=b&gensock=send&id=one&ack=0')
    expect((await opened()).world.source.url.search).toBe('?a=b&gensock=sse&id=one&ack=0')
    expect((await opened()).world.source.withCredentials).toBe(true)
  })

  test('that is not answered within 10 s is given up', async () => {
    const { world, told } = await start({ transports: ['sse'] })
    const open = world.asked('open')
    await world.advance(10_000)
    expect([open.init.signal?.aborted, told.at(-1)]).toEqual([
      true,
      ['ondisconnect', { code: 1006, reason: 'timeout', willRetry: true, delayMs: 250 }],
    ])
  })
})

describe('frames up', () => {
  test('what is sent in one turn leaves in one request, with what has been received', async () => {
    const scene = await opened()
    await scene.world.source.receive(...texts(1, 2))
    scene.client.send('a')
    scene.client.send(new Uint8Array([0, 255, 128]).subarray(1))
    scene.client.send(new Uint8Array([1]).buffer)
    await settle()
    expect(sends(scene)).toEqual([
      {
        ack: 2,
        frames: [
          [1, 't', 'a'],
          [2, 'b', '/4A='],
          [3, 'b', 'AQ=='],
        ],
      }, // prettier: one line each is no clearer
    ])
    expect(scene.world.asked('send').init).toMatchObject({ method: 'POST', credentials: 'include' })
    expect(scene.world.asked('send').init.headers).toBeUndefined()
  })

  test('one request at a time; what was sent meanwhile goes with the next', async () => {
    const scene = await opened()
    scene.client.send('a')
    await settle()
    for (const text of ['b', 'c']) scene.client.send(text)
    await settle()
    expect(sends(scene).length).toBe(1)
    await scene.world.asked('send').answer(204)
    expect(sends(scene).at(-1)).toEqual({
      ack: 0,
      frames: [
        [2, 't', 'b'],
        [3, 't', 'c'],
      ],
    })
    await scene.world.asked('send').answer(204)
    expect(sends(scene).length).toBe(2)
  })

  test('a request whose answer was lost is repeated as it was', async () => {
    const scene = await opened()
    scene.client.send('a')
    await settle()
    await scene.world.asked('send').fail()
    scene.client.send('b')
    await scene.world.advance(49)
    expect(sends(scene).length).toBe(1)
    await scene.world.advance(1)
    expect(sends(scene)).toEqual([
      { ack: 0, frames: [[1, 't', 'a']] },
      { ack: 0, frames: [[1, 't', 'a']] },
    ])
    await scene.world.asked('send').answer(503)
    await scene.world.advance(100)
    await scene.world.asked('send').answer(204)
    expect(sends(scene).at(-1)).toEqual({ ack: 0, frames: [[2, 't', 'b']] })
  })

  test('64 KiB go at a time, and one frame however long it is', async () => {
    const scene = await opened()
    const long = 'x'.repeat(30_000)
    for (const text of [long, long, long, 'y'.repeat(100_000), 'z']) scene.client.send(text)
    const sizes: number[][] = []
    for (let at = 0; at < 4; at++) {
      await settle()
      const { body } = scene.world.asked('send')
      sizes.push(body.frames.map((item) => (item[2] as string).length))
      await scene.world.asked('send').answer(204)
    }
    expect(sizes).toEqual([[30_000, 30_000], [30_000], [100_000], [1]])
  })

  test('more than 4 MiB that the server has not taken are not taken by the client', async () => {
    const scene = await opened()
    const mib = 'x'.repeat(1_048_576)
    expect([1, 2, 3, 4, 5, 6].map(() => scene.client.send(mib))).toEqual([true, true, true, true, true, false])
    await settle()
    await scene.world.asked('send').answer(204)
    expect(scene.client.send('y')).toBe(true)
  })

  test('bytes of any length arrive as they were', async () => {
    const scene = await opened()
    const bytes = Uint8Array.from({ length: 70_001 }, (_, at) => at % 251)
    scene.client.send(bytes)
    await settle()
    const [frame] = scene.world.asked('send').body.frames
    await scene.world.source.receive([1, 'b', frame?.[2] as string])
    expect(new Uint8Array(scene.messages[0] as ArrayBuffer)).toEqual(bytes)
  })

  test.each<[number, object]>([
    [410, { reason: 'HTTP 410', delayMs: 0 }],
    [409, { reason: 'HTTP 409', delayMs: 250 }],
    [400, { reason: 'HTTP 400', delayMs: 250 }],
  ])('%d: the connection is over, and another one is made', async (status, how) => {
    const scene = await opened()
    scene.client.send('a')
    await settle()
    await scene.world.asked('send').answer(status)
    expect(scene.told.at(-1)).toEqual(['ondisconnect', { code: 1006, willRetry: true, ...how }])
  })

  test('a server that answers nothing for 10 s has forgotten us', async () => {
    const scene = await opened()
    scene.client.send('a')
    await settle()
    for (let ms = 0; scene.client.state === 'open'; ms += 250) {
      expect(ms).toBeLessThan(13_000)
      for (const request of scene.world.requests) if (!request.isOver) await request.fail()
      await scene.world.advance(250)
    }
    expect(scene.told.at(-1)).toMatchObject(['ondisconnect', { code: 1006, reason: 'no answer' }])
    expect(sends(scene).length).toBeGreaterThan(8)
  })
})

describe('heartbeats', () => {
  test.each<Via>(['sse', 'longPoll'])('%s: a ping, which the other side answers on its way down', async (via) => {
    const scene = await opened(via, { heartbeatMs: 20_000 })
    await scene.world.advance(20_000)
    expect(sends(scene)).toEqual([{ ack: 0, frames: [[1, 'p', '']] }])
    if (via === 'sse') await scene.world.source.receive([1, 'q', ''])
    else await scene.world.asked('poll').answer(200, [[1, 'q', '']])
    await scene.world.advance(19_999)
    expect([scene.client.state, scene.messages]).toEqual(['open', []])
  })

  test('no answer for 5 s: the connection is half-open', async () => {
    const scene = await opened('sse', { heartbeatMs: 20_000 })
    await scene.world.advance(20_000)
    await scene.world.asked('send').answer(204)
    await scene.world.advance(5000)
    expect(scene.told.at(-1)).toMatchObject(['ondisconnect', { code: 1006, reason: 'no answer' }])
  })
})

describe('the end', () => {
  test('close brings all that was not taken, and the close frame, in a request that outlives the page', async () => {
    const scene = await opened()
    await scene.world.source.receive(...texts(1, 1))
    scene.client.send('a')
    await settle()
    const first = scene.world.asked('send')
    scene.client.send('b')
    scene.client.close(4000, 'bye')
    expect([first.init.signal?.aborted, scene.world.source.isClosed, scene.client.state]).toEqual([true, true, 'closed'])
    const last = scene.world.asked('send')
    expect(last.body).toEqual({
      ack: 1,
      frames: [
        [1, 't', 'a'],
        [2, 't', 'b'],
        [3, 'c', 4000, 'bye'],
      ],
    })
    expect(last.init).toMatchObject({ method: 'POST', keepalive: true, signal: null })
    await last.fail()
    expect(scene.world.pending).toBe(0)
  })

  test('a last request that is too long for a page that is left does not outlive it', async () => {
    const scene = await opened('longPoll')
    scene.client.send('x'.repeat(60_000))
    scene.client.close()
    expect(scene.world.asked('send').init.keepalive).toBe(false)
  })

  test('a page that is left closes without a code; a half-open connection, too', async () => {
    const scene = await opened()
    await scene.world.event('pagehide', { persisted: true })
    expect(scene.world.asked('send').body).toEqual({ ack: 0, frames: [[1, 'c', null, '']] })
  })

  test('before there is a connection there is nothing to close', async () => {
    const scene = await start({ transports: ['sse'] })
    const open = scene.world.asked('open')
    scene.client.close()
    expect([open.init.signal?.aborted, scene.world.requests.length]).toEqual([true, 1])
  })

  test('a message whose handler closes is the last one', async () => {
    const scene = await opened('longPoll')
    const got: unknown[] = []
    const { client } = scene
    client.onmessage = (data) => {
      got.push(data)
      client.close()
    }
    await scene.world.asked('poll').answer(200, texts(1, 3))
    expect(got).toEqual(['m1'])
    expect(scene.world.requests.filter((request) => request.url.searchParams.get(PARAMETER) === 'poll').length).toBe(1)
  })
})
