// Browsers see no pings: our client asks for heartbeats of its own by `?gensock=ws`, and gets a greeting if they will be answered.
import { describe, expect, test } from '@jest/globals'
import { route, type SocketHandler } from 'gensock/socket'
import { WebSocket } from 'ws'
import { HEARTBEAT, HELLO } from '../../src/wire/carrier.js'
import { echo, once, rawWorld } from './raw.js'

const world = rawWorld()
async function messages(
  query: string,
  texts: readonly string[],
  count: number,
  options: { compress?: boolean } = {},
  handler = echo,
): Promise<string[]> {
  const listener = await world.serve([route('/ws', handler, options)])
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws${query}`)
  world.later(() => ws.terminate())
  const got: string[] = []
  ws.on('message', (data: Buffer) => got.push(data.toString()))
  await once(ws, 'open')
  for (const text of texts) ws.send(text)
  await world.until(() => got.length >= count)
  return got
}

describe.each([{}, { compress: true }])('a client that asks for heartbeats (%j)', (options) => {
  test('is greeted before anything else, and its heartbeats are answered in their order', async () => {
    const got = await messages('?gensock=ws', ['a', HEARTBEAT, 'b'], 4, options)
    expect(got[0]).toBe(HELLO)
    expect(got.slice(1).toSorted()).toEqual([HEARTBEAT, 'a', 'b'])
  })

  test('the handler sees nothing of them', async () => {
    const seen: unknown[] = []
    const handler: SocketHandler<null, any, any, any> = {
      init: () => ['push', ['text', 'init'], null],
      handle: (frame) => (seen.push(frame[1]), ['push', frame, null]),
    }
    expect(await messages('?token=x&gensock=ws&y=1', [HEARTBEAT, 'a'], 4, options, handler)).toEqual([
      HELLO,
      'init',
      HEARTBEAT,
      'a',
    ])
    expect(seen).toEqual(['a'])
  })
})

test('without asking, nobody is greeted, and the same bytes are the application’s', async () => {
  expect(await messages('', [HEARTBEAT, 'a'], 2)).toEqual([HEARTBEAT, 'a'])
  expect(await messages('?gensock=wsx', ['a'], 1)).toEqual(['a'])
})

test('a heartbeat is a sign of life', async () => {
  const listener = await world.serve([route('/ws', echo, { idleTimeoutMs: 400, pingIntervalMs: 0 })])
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws?gensock=ws`)
  world.later(() => ws.terminate())
  await once(ws, 'message')
  const began = performance.now()
  for (let beats = 0; beats < 6; beats++) {
    ws.send(HEARTBEAT)
    await once(ws, 'message')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(performance.now() - began).toBeGreaterThan(400)
  expect(ws.readyState).toBe(WebSocket.OPEN)
  await once(ws, 'close')
})
