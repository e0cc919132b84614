// The experiments of `npm run chaos` in their short form: a server program, clients in this one, and one that is killed.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { connectBurst } from './experiments/connect-burst.js'
import { handshakeResets } from './experiments/handshake-resets.js'
import { killedClient } from './experiments/killed-client.js'
import { stalls } from './experiments/stalls.js'
import { stoppedReaders } from './experiments/stopped-readers.js'
import { type Outcome, World } from './world.js'

const [TOTAL, ADDRESS] = [60, 40]
let world: World
beforeAll(async () => {
  world = await World.start(TOTAL, ADDRESS)
}, 30_000)
afterAll(() => world.stop())

const EXPERIMENTS: readonly (readonly [fact: string, run: () => Promise<Outcome>])[] = [
  ['a client that is killed in its frames: ended with closed, nothing of half a frame', () => killedClient(world, 12)],
  ['resets at each stage of a handshake leave no process, place or connection behind', () => handshakeResets(world, 30, TOTAL)],
  ['readers that stop are bounded and judged by their policy, others are served', () => stoppedReaders(world, 3, 0)],
  ['of a burst of connects each is let in or refused by the limit', () => connectBurst(world, 200, TOTAL, ADDRESS)],
  ['a stall of the server closes no healthy peer, loses nothing, and brings no flood of pings', () => stalls(world, 2000)],
]
test.each(EXPERIMENTS)(
  '%s',
  async (_fact, run) => {
    const { broken, seen } = await run()
    expect(broken).toEqual([])
    expect(seen.length).toBeGreaterThan(0)
  },
  60_000,
)

test('the server has printed nothing', () => {
  expect(world.target.errors).toBe('')
})
