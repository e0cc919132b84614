// `npm run chaos`: all experiments in full size, against one server program; prints what is promised and what was seen. Exit
// code 1: a promise did not hold, or an experiment had no end; 2: wrong flags.
import { connectBurst } from './experiments/connect-burst.js'
import { handshakeResets } from './experiments/handshake-resets.js'
import { killedClient } from './experiments/killed-client.js'
import { stalls } from './experiments/stalls.js'
import { stoppedReaders } from './experiments/stopped-readers.js'
import { type Outcome, World } from './world.js'

const [TOTAL, ADDRESS, CONNECTS] = [3000, 2000, 5000]
/** Each takes a few seconds on a machine that is not busy. */
const LIMIT_MS = 180_000
const EXPERIMENTS: readonly ((world: World) => Promise<Outcome>)[] = [
  (world) => killedClient(world, 60),
  (world) => handshakeResets(world, 1000, TOTAL),
  (world) => stoppedReaders(world, 20, 3000),
  (world) => connectBurst(world, CONNECTS, TOTAL, ADDRESS),
  (world) => stalls(world, 3000),
]

function markdown({ name, promised, seen, broken }: Outcome): string {
  const lines = [`## ${name}`, '', `Promised: ${promised}.`, '', ...seen.map((line) => `- ${line}`)]
  return [...lines, ...broken.map((line) => `- **BROKEN**: ${line}`), ''].join('\n')
}
/** Rejects if it has not ended by then: a server that loops for ever must not hold this up without a word. */
async function within<T>(limitMs: number, what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not ended within ${limitMs} ms`)), limitMs)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}
async function main(): Promise<number> {
  const world = await World.start(TOTAL, ADDRESS)
  let broken = 0
  try {
    for (const [i, experiment] of EXPERIMENTS.entries()) {
      const outcome = await within(LIMIT_MS, `experiment ${i + 1}`, experiment(world))
      console.log(markdown(outcome))
      broken += outcome.broken.length
    }
  } finally {
    world.stop()
  }
  if (world.target.errors !== '') console.error(`chaos: the server said ${world.target.errors}`)
  if (broken > 0) console.error(`chaos: ${broken} promises did not hold`)
  return broken === 0 && world.target.errors === '' ? 0 : 1
}

if (process.argv.length > 2) {
  console.error(`chaos: unknown ${process.argv.slice(2).join(' ')}; usage: npm run chaos`)
  process.exitCode = 2
} else {
  const code = await main().catch((error: Error) => {
    console.error(`chaos: ${error.message}`)
    return 1
  })
  process.exit(code) // what has had no end is left behind
}
