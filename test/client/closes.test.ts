// What follows an end: the table of close codes, the answers of HTTP, and what Bullet makes of them.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { type AfterClose, afterClose } from '../../src/wire/close-codes.js'
import { FakeWorld, type Scene, start } from './world.js'

/** Of docs/client.md. */
const TABLE = [...readFileSync('docs/client.md', 'utf8').matchAll(/^\| (\d+) \| [^|]+ \| (stop|retry|renew) \|$/gm)].map(
  ([, code, then]) => [Number(code), then as AfterClose] as const,
)
/** A client that was open and was closed with this code. */
async function closed(code: number, options: object = {}): Promise<Scene> {
  const scene = await start({ transports: ['ws'], ...options })
  await scene.world.socket.open()
  await scene.world.socket.end(code, 'why')
  return scene
}
/** A client whose request for a connection was answered so. */
async function refused(status: number, headers: Record<string, string> = {}, options: object = {}): Promise<Scene> {
  const scene = await start({ transports: ['sse', 'longPoll'], ...options })
  await scene.world.asked('open').answer(status, 'no', headers)
  return scene
}

describe('close codes', () => {
  test('the table of docs/client.md is what happens, and is complete', () => {
    for (const [code, then] of TABLE) expect([code, afterClose(code)]).toEqual([code, then])
    const listed = TABLE.map(([code]) => code)
    expect(listed).toEqual([...new Set(listed)].toSorted((a, b) => a - b))
    // Every code that does not mean stop, and every one with a meaning of its own below 3000 that a peer can see.
    const codes = Array.from({ length: 4000 }, (_, index) => 1000 + index)
    expect(codes.filter((code) => afterClose(code) !== 'stop' && !listed.includes(code))).toEqual([])
    expect(codes.filter((code) => code <= 1014 && code !== 1004 && !listed.includes(code))).toEqual([])
  })

  test.each(TABLE.filter(([, then]) => then === 'stop'))('%d: no other try', async (code) => {
    const { client, world, told } = await closed(code)
    const what = { code, reason: 'why', willRetry: false }
    expect(told.slice(1)).toEqual([
      ['ondisconnect', what],
      ['onclose', what],
    ])
    expect([client.state, world.pending, world.listening]).toEqual(['closed', 0, 0])
  })

  test.each(TABLE.filter(([, then]) => then === 'retry'))('%d: another try', async (code) => {
    const { client, told, world } = await closed(code)
    expect(told.slice(1)).toEqual([['ondisconnect', { code, reason: 'why', willRetry: true, delayMs: 250 }]])
    expect(client.state).toBe('waiting')
    await world.advance(250)
    expect(world.sockets.length).toBe(2)
  })

  test.each(TABLE.filter(([, then]) => then === 'renew'))('%d: another try with a new token, or none', async (code) => {
    let tokens = 0
    const renewed = await closed(code, { token: () => `t${++tokens}` })
    expect(renewed.told.at(-1)).toMatchObject(['ondisconnect', { code, willRetry: true }])
    await renewed.world.advance(250)
    expect(renewed.world.socket.url.searchParams.get('token')).toBe('t2')
    const { client } = await closed(code)
    expect(client.state).toBe('closed')
  })

  test("with preset 'bullet' every code is followed by another try", async () => {
    for (const code of [1000, 1002, 1008, 3000, 4401, 4409, 4999]) {
      const { client, told } = await closed(code, { preset: 'bullet' })
      expect(told.at(-1)).toEqual(['ondisconnect', { code, reason: 'why', willRetry: true, delayMs: 160 }])
      expect(client.state).toBe('waiting')
    }
  })
})

describe('answers of HTTP to who asks for a connection', () => {
  test.each<[number, number]>([
    [403, 3003],
    [404, 4404],
  ])('%d: no other try, no other transport', async (status, code) => {
    const { client, world, told } = await refused(status)
    const what = { code, reason: `HTTP ${status}`, willRetry: false }
    expect(told).toEqual([
      ['ondisconnect', what],
      ['onclose', what],
    ])
    expect([client.state, world.tried]).toEqual(['closed', ['sse']])
  })

  test('401: another try with a new token, and none without one', async () => {
    let tokens = 0
    const { world, told } = await refused(401, {}, { token: () => `t${++tokens}` })
    expect(told).toEqual([['ondisconnect', { code: 3000, reason: 'HTTP 401', willRetry: true, delayMs: 250 }]])
    await world.advance(250)
    expect([tokens, world.tried]).toEqual([2, ['sse', 'sse']])
    expect((await refused(401)).client.state).toBe('closed')
  })

  // RFC 9110 section 10.2.3: "The Retry-After field value can be either an HTTP-date or a number of seconds to delay"
  test.each<[number, string | undefined, number]>([
    [503, undefined, 250],
    [503, '3', 3250],
    [429, '120', 120_250],
    [503, new Date(1_000_000 + 5000).toUTCString(), 5250],
    [503, new Date(0).toUTCString(), 250],
    [503, 'soon', 250],
    [503, '99999999', 3_600_250],
  ])('%d with Retry-After %s: another try, not by another transport and not earlier', async (status, after, delayMs) => {
    const { world, told } = await refused(status, after === undefined ? {} : { 'Retry-After': after })
    expect(told).toEqual([['ondisconnect', { code: 1013, reason: `HTTP ${status}`, willRetry: true, delayMs }]])
    await world.advance(delayMs - 1)
    expect(world.tried).toEqual(['sse'])
    await world.advance(1)
    expect(world.tried).toEqual(['sse', 'sse'])
  })

  test.each([400, 405, 426, 500, 502, 504])('%d: the next transport', async (status) => {
    const { world, told } = await refused(status)
    expect([world.tried, told]).toEqual([['sse', 'longPoll'], []])
  })

  test.each<unknown>(['<html>', [], null, { id: 5 }, '', { ID: 'x' }])(
    '200 with %j is no answer of ours: the next transport',
    async (body) => {
      const scene = await start({ transports: ['sse', 'longPoll'] })
      await scene.world.asked('open').answer(200, body)
      expect(scene.world.tried).toEqual(['sse', 'longPoll'])
    },
  )

  test('404 where there was a connection before: the path has no fallback, and the WebSocket is tried again', async () => {
    const scene = await start({ transports: ['ws', 'sse'] })
    await scene.world.socket.open()
    await scene.world.socket.end()
    for (const delayMs of [250, 500]) {
      await scene.world.advance(delayMs)
      await scene.world.socket.end()
    }
    await scene.world.asked('open').answer(404)
    expect(scene.told.at(-1)).toMatchObject(['ondisconnect', { code: 1006, reason: 'HTTP 404', willRetry: true }])
  })

  test("with preset 'bullet' they are followed by the next transport, and the last one by a wait of 10 s", async () => {
    const scene = await start({ transports: ['sse', 'longPoll'], preset: 'bullet' })
    await scene.world.asked('open').answer(403)
    await scene.world.advance(160)
    await scene.world.asked('open').answer(404)
    expect(scene.world.tried).toEqual(['sse', 'longPoll'])
    expect(scene.told).toEqual([['ondisconnect', { code: 4404, reason: 'HTTP 404', willRetry: true, delayMs: 10_000 }]])
  })
})

test('the body of an answer that breaks off is none', async () => {
  const world = new FakeWorld()
  const broken = new ReadableStream({ start: (controller) => controller.error(new Error('cut')) })
  Object.assign(world.env, { fetch: () => Promise.resolve(new Response(broken)) })
  const { told } = await start({ transports: ['longPoll'] }, world)
  expect(told).toEqual([['ondisconnect', { code: 1006, reason: 'no answer', willRetry: true, delayMs: 250 }]])
})
