// The experiments see what they are for: servers that are broken on purpose, a text of the program at a time.
import { expect, test } from '@jest/globals'
import type { Change } from '../soak/programs.js'
import { killedClient } from './experiments/killed-client.js'
import { stalls } from './experiments/stalls.js'
import { type Outcome, World } from './world.js'

/** What an experiment says of a server with this change; of the sound one without. */
async function brokenBy(change: Change, run: (world: World) => Promise<Outcome>): Promise<readonly string[]> {
  const world = await World.start(10, 10, [change])
  try {
    return (await run(world)).broken
  } finally {
    world.stop()
  }
}
const TOLD = /terminate: \(reason, \{ id, handled: (handled\d*) \}\) => (tell\d*\("ended", .*?\))\n\};\nvar CHUNK/
const told = (how: string): Change => ({
  from: TOLD,
  to: `terminate: (reason, { id, handled: $1 }) => { ${how} }\n};\nvar CHUNK`,
})

test('one terminate that comes twice and another that never comes: both are named', async () => {
  const change = told('if (id === "victim-1") return; $2; if (id === "victim-0") $2')
  expect(await brokenBy(change, (world) => killedClient(world, 4, 1000))).toEqual([
    'victim-0: terminate came once more, with {"type":"error","error":"closed"}',
    expect.stringMatching(/^victim-1: terminate has not come within 1000 ms/),
  ])
}, 30_000)
test('a terminate that comes once more when all have ended is named', async () => {
  const last = 'if (id.startsWith("victim") && ++globalThis.ended === 4) setImmediate(globalThis.again)'
  const change = told(`$2; if (id === "victim-0") globalThis.again = () => $2; globalThis.ended ??= 0; ${last}`)
  expect(await brokenBy(change, (world) => killedClient(world, 4))).toEqual([
    'victim-0: terminate came once more, with {"type":"error","error":"closed"}',
  ])
}, 30_000)

/** The line of the keepalive that says when the next ping is due. */
const NEXT = /this\.#nextPingAt = now \+ this\.#pingMs(?=;\n\s+this\.#target\.ping)/
const MANY = 'this.#nextPingAt += this.#pingMs'
const NONE = 'this.#nextPingAt = now + this.#pingMs; if (lateMs > 100) return this.#arm(now)'
test('pings that were missed and made good, or left out, are named: one was due', async () => {
  const run = (world: World): Promise<Outcome> => stalls(world, 1000)
  const [many, none] = await Promise.all([MANY, NONE].map((to) => brokenBy({ from: NEXT, to }, run)))
  const stalled = ['a callback that blocks', 'SIGSTOP, SIGCONT']
  const were = (counts: string): unknown[] =>
    stalled.map((how) => expect.stringMatching(new RegExp(`^${how}: ${counts} pings right behind`)))
  expect(many).toEqual(were('[2-4](,[2-4]){4}'))
  expect(none).toEqual(were('0,0,0,0,0'))
}, 30_000)
