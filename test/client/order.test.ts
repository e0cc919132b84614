// Which transport is tried, and when another one.
import { describe, expect, test } from '@jest/globals'
import { Order } from '../../src/client/order.js'
import { FakeWorld, type Scene, start } from './world.js'

/** No server: every try of a round fails. */
async function failRound({ world }: Scene): Promise<void> {
  for (;;) {
    const tries = world.tried.length
    if (world.tried.at(-1) === 'ws') await world.socket.end()
    else await world.asked('open').fail()
    if (world.tried.length === tries) return
  }
}
const waitMs = ({ told }: Scene): number => (told.at(-1) as [string, { delayMs: number }])[1].delayMs
async function openSse(scene: Scene): Promise<void> {
  await scene.world.socket.end()
  await scene.world.asked('open').answer(200, { id: 'one', subprotocol: null })
  await scene.world.source.attached()
}
/** It ends while it is open, and the wait is over. */
async function cut(scene: Scene): Promise<void> {
  await scene.world.source.receive([1, 'c', 1012, ''])
  await scene.world.advance(waitMs(scene))
}

describe('rounds', () => {
  test('a transport that fails before it has opened is followed by the next one at once', async () => {
    const scene = await start()
    await failRound(scene)
    expect(scene.world.tried).toEqual(['ws', 'sse', 'longPoll'])
    expect(scene.client.state).toBe('waiting')
    expect(scene.told).toEqual([['ondisconnect', { code: 1006, reason: 'no answer', willRetry: true, delayMs: 250 }]])
    await scene.world.advance(250)
    expect(scene.world.tried).toEqual(['ws', 'sse', 'longPoll', 'ws'])
  })

  test('onopen says which one it is', async () => {
    const scene = await start()
    await openSse(scene)
    expect(scene.told).toEqual([['onopen', { resumed: 'new', transport: 'sse' }]])
  })

  test('what the browser has not is left out', async () => {
    const scene = await start({}, new FakeWorld().without('EventSource', 'WebSocket'))
    expect(scene.world.tried).toEqual(['longPoll'])
  })

  test('the options choose and order them', async () => {
    const scene = await start({ transports: ['longPoll', 'ws'] })
    await failRound(scene)
    expect(scene.world.tried).toEqual(['longPoll', 'ws'])
  })

  test('a transport that opened is not given up when its connection ends', async () => {
    const scene = await start()
    await openSse(scene)
    await cut(scene)
    expect(scene.world.tried).toEqual(['ws', 'sse', 'sse'])
  })

  test('after a connection two rounds are of its transport alone, then the others come again, beginning with it', async () => {
    const scene = await start()
    await openSse(scene)
    await cut(scene)
    scene.world.tried.length = 0
    scene.world.tried.push('sse')
    for (let round = 0; round < 3; round++) {
      await failRound(scene)
      await scene.world.advance(waitMs(scene))
    }
    expect(scene.world.tried).toEqual(['sse', 'sse', 'longPoll', 'ws', 'sse', 'longPoll', 'ws', 'sse'])
  })

  test('after 10 minutes a better one gets its chance again', async () => {
    for (const [ms, next] of [
      [599_000, 'sse'],
      [600_000, 'ws'],
    ] as const) {
      const scene = await start({ heartbeatMs: 0 })
      await openSse(scene)
      await scene.world.advance(ms)
      await cut(scene)
      expect(scene.world.tried.at(-1)).toBe(next)
    }
  })

  test('when the network is another one, too', async () => {
    const scene = await start()
    await openSse(scene)
    await scene.world.event('online')
    await cut(scene)
    expect(scene.world.tried).toEqual(['ws', 'sse', 'ws'])
  })
})

test('polls that went on where events had begun, and are not in the list themselves: events come first', () => {
  const order = new Order(['ws', 'sse'])
  order.worked('longPoll', 0)
  order.begin(1, false)
  expect([order.next(), order.next(), order.hasNext]).toEqual(['sse', 'ws', false])
})
