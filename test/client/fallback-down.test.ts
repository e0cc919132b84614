// Connections over plain HTTP: frames down by events or polls, each number once and in order, and events that do not get through.
import { describe, expect, test } from '@jest/globals'
import type { Item } from '../../src/wire/carrier.js'
import { settle } from './fakes.js'
import { opened, sends, texts } from './fallback-world.js'
import { start } from './world.js'

describe('frames down', () => {
  test('each number comes once and in order; pings are answered, pongs and what was seen are nothing', async () => {
    const scene = await opened()
    await scene.world.source.receive(
      [1, 't', 'a'],
      [1, 't', 'a'],
      [2, 'p', 'cGluZw=='],
      [3, 'q', ''],
      [2, 'p', ''],
      [4, 'b', 'AQI='],
    )
    expect(scene.messages).toEqual(['a', new Uint8Array([1, 2]).buffer])
    expect(sends(scene)).toEqual([{ ack: 4, frames: [[1, 'q', 'cGluZw==']] }])
  })

  test('a number that is missing: the connection is over', async () => {
    const scene = await opened()
    await scene.world.source.receive([2, 't', 'b'])
    expect([scene.messages, scene.told.at(-1)]).toMatchObject([[], ['ondisconnect', { code: 1006, reason: 'gap' }]])
  })

  test.each<[Item, object]>([
    [[1, 'c', 4000, 'bye'], { code: 4000, reason: 'bye', willRetry: false }],
    [[1, 'c', 1012, ''], { code: 1012, reason: '', willRetry: true }],
    [[1, 'c', null, ''], { code: 1005, reason: '', willRetry: true }],
  ])('%j is the end', async (item, what) => {
    const scene = await opened()
    await scene.world.source.receive(item, [2, 't', 'late'])
    expect([scene.told[1]?.[0], scene.told[1]?.[1]]).toMatchObject(['ondisconnect', what])
    expect([scene.world.source.isClosed, scene.messages]).toEqual([true, []])
  })

  test('events are acknowledged after a second, after 32, and after 64 KiB', async () => {
    const scene = await opened()
    await scene.world.source.receive(...texts(1, 31))
    await scene.world.advance(999)
    expect(sends(scene)).toEqual([])
    await scene.world.advance(1)
    expect(sends(scene)).toEqual([{ ack: 31, frames: [] }])
    await scene.world.asked('send').answer(204)
    await scene.world.source.receive(...texts(32, 63))
    expect(sends(scene).at(-1)).toEqual({ ack: 63, frames: [] })
    await scene.world.asked('send').answer(204)
    await scene.world.source.receive([64, 't', 'x'.repeat(65_536)])
    expect(sends(scene).at(-1)).toEqual({ ack: 64, frames: [] })
    await scene.world.asked('send').answer(204)
    await scene.world.advance(60_000)
    expect(sends(scene).length).toBe(3)
  })

  // docs/fallback.md: "also while another `send` waits for its answer: the server may be waiting for the acknowledgement"
  test('an acknowledgement does not wait for a request that brings frames, but for the one before it', async () => {
    const scene = await opened()
    scene.client.send('a')
    await settle()
    await scene.world.source.receive(...texts(1, 32))
    expect(sends(scene)).toEqual([
      { ack: 0, frames: [[1, 't', 'a']] },
      { ack: 32, frames: [] },
    ])
    await scene.world.source.receive(...texts(33, 96))
    expect(sends(scene).length).toBe(2)
    await scene.world.asked('send').fail()
    await scene.world.advance(250)
    expect(sends(scene).at(-1)).toEqual({ ack: 96, frames: [] })
  })

  test('a stream that breaks is asked for again, behind what was received', async () => {
    const scene = await opened()
    await scene.world.source.receive(...texts(1, 3))
    await scene.world.source.fail()
    expect([scene.world.source.isClosed, scene.client.state]).toEqual([true, 'open'])
    await scene.world.advance(250)
    expect(scene.world.sources.length).toBe(2)
    expect(scene.world.source.url.searchParams.get('ack')).toBe('3')
    await scene.world.source.attached()
    await scene.world.source.receive(...texts(3, 4))
    expect(scene.messages).toEqual(['m1', 'm2', 'm3', 'm4'])
  })

  test('an event that is no frame is as a break', async () => {
    const scene = await opened()
    await scene.world.source.receive('garbage' as unknown as Item)
    expect([scene.world.source.isClosed, scene.client.state]).toEqual([true, 'open'])
    await scene.world.advance(250)
    expect(scene.world.sources.length).toBe(2)
  })
})

describe('polls', () => {
  test('follow one another at once, and each says what has been received', async () => {
    const scene = await opened('longPoll')
    await scene.world.asked('poll').answer(200, texts(1, 3))
    expect([scene.messages, scene.world.asked('poll').ack]).toEqual([['m1', 'm2', 'm3'], 3])
    await scene.world.asked('poll').answer(200, [])
    expect(scene.world.asked('poll').ack).toBe(3)
    await scene.world.advance(60_000)
    expect(sends(scene)).toEqual([])
  })

  test('one that is lost is repeated, and what it may have brought is asked for again', async () => {
    const scene = await opened('longPoll')
    await scene.world.asked('poll').answer(200, texts(1, 2))
    await scene.world.asked('poll').fail()
    await scene.world.advance(250)
    expect(scene.world.asked('poll').ack).toBe(2)
  })

  test.each(['<html>', '{}', '[5]', '[[1,"x","y"]]', ''])('an answer %j is none: the poll is repeated', async (body) => {
    const scene = await opened('longPoll')
    await scene.world.asked('poll').answer(200, body)
    expect([scene.client.state, scene.world.requests.filter(({ verb }) => verb === 'poll').length]).toEqual(['open', 1])
    await scene.world.advance(250)
    expect(scene.world.asked('poll').ack).toBe(0)
  })

  test('410: a connection is asked for anew, at once the first time only', async () => {
    const scene = await opened('longPoll')
    for (const delayMs of [0, 500, 1000]) {
      await scene.world.asked('poll').answer(410)
      expect(scene.told.at(-1)).toEqual(['ondisconnect', { code: 1006, reason: 'HTTP 410', willRetry: true, delayMs }])
      await scene.world.advance(delayMs)
      await scene.world.asked('open').answer(200, { id: 'other' })
    }
  })
})

describe('events that do not get through', () => {
  test('held back for 3 s: the same connection goes on by polls', async () => {
    const scene = await start({ transports: ['sse'], heartbeatMs: 0 })
    await scene.world.asked('open').answer(200, { id: 'one' })
    await scene.world.advance(2999)
    expect(scene.world.source.isClosed).toBe(false)
    await scene.world.advance(1)
    expect(scene.world.source.isClosed).toBe(true)
    expect(scene.world.asked('poll').url.searchParams.get('id')).toBe('one')
    await scene.world.asked('poll').answer(200, texts(1, 1))
    expect([scene.client.state, scene.messages, scene.world.tried]).toEqual(['open', ['m1'], ['sse']])
  })

  test('refused: polls at once; what they hear is the truth', async () => {
    const scene = await start({ transports: ['sse'], heartbeatMs: 0 })
    await scene.world.asked('open').answer(200, { id: 'one' })
    await scene.world.source.fail()
    await scene.world.asked('poll').answer(410)
    expect(scene.told.at(-1)).toMatchObject(['ondisconnect', { reason: 'HTTP 410', delayMs: 0 }])
  })

  test('refused before any came: polls for good, also for the next connection', async () => {
    const scene = await start({ transports: ['sse', 'longPoll'], heartbeatMs: 0 })
    await scene.world.asked('open').answer(200, { id: 'one' })
    await scene.world.source.fail()
    await scene.world.asked('poll').answer(200, texts(1, 2))
    await scene.world.asked('poll').answer(200, [[3, 'c', 1012, '']])
    expect([scene.messages, scene.world.sources.length]).toEqual([['m1', 'm2'], 1])
    await scene.world.advance(250)
    expect(scene.world.tried).toEqual(['sse', 'longPoll'])
  })

  test('refused twice in a row where they had come: once more in between, then polls for good', async () => {
    const scene = await opened()
    await scene.world.source.fail()
    await scene.world.advance(50)
    await scene.world.source.fail()
    await scene.world.asked('poll').answer(200, texts(1, 2))
    expect(scene.world.sources.length).toBe(3)
    expect([scene.world.source.url.searchParams.get('ack'), scene.world.waiting('poll').length]).toEqual(['2', 0])
    await scene.world.source.fail()
    await scene.world.asked('poll').answer(200, texts(3, 3))
    expect([scene.messages, scene.world.sources.length, scene.world.waiting('poll').length]).toEqual([['m1', 'm2', 'm3'], 3, 1])
  })

  test('a network that was away for a while: events again, as soon as a poll gets through', async () => {
    const scene = await opened('sse', { transports: ['sse', 'longPoll'] })
    for (let time = 0; time < 5; time++) {
      const sources = scene.world.sources.length
      await scene.world.source.fail()
      await scene.world.advance(50)
      await scene.world.source.fail()
      await scene.world.asked('poll').fail()
      await scene.world.advance(100)
      await scene.world.asked('poll').answer(200, [])
      expect(scene.world.sources.length).toBe(sources + 2)
      await scene.world.source.attached()
    }
    expect([scene.client.state, scene.world.waiting('poll')]).toEqual(['open', []])
    await scene.world.source.receive([1, 'c', 1012, ''])
    await scene.world.advance(250)
    expect(scene.world.tried).toEqual(['sse', 'sse'])
  })

  test('held back where they had come: once more they are asked for', async () => {
    const scene = await opened()
    await scene.world.source.fail()
    await scene.world.advance(50)
    await scene.world.advance(3000)
    await scene.world.asked('poll').answer(200, [])
    expect(scene.world.sources.length).toBe(3)
    await scene.world.advance(3000)
    await scene.world.asked('poll').answer(200, [])
    expect([scene.world.sources.length, scene.world.waiting('poll').length]).toEqual([3, 1])
  })
})
