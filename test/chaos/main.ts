// `npm run chaos`: all experiments in full size, against one server program; prints what is promised and what was seen. Exit code 1: a
// promise did not hold; 2: wrong flags.
import { connectBurst } from './experiments/connect-burst.js'
import { handshakeResets } from './experiments/handshake-resets.js'
import { killedClient } from './experiments/killed-client.js'
import { stalls } from './experiments/stalls.js'
import { stoppedReaders } from './experiments/stopped-readers.js'
import { type Outcome, World } from './world.js'

const [TOTAL, ADDRESS, CONNECTS] = [3000, 2000, 5000]
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
async function main(): Promise<number> {
  const world = await World.start(TOTAL, ADDRESS)
  let broken = 0
  try {
    for (const experiment of EXPERIMENTS) {
      const outcome = await experiment(world)
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
} else process.exitCode = await main()
