// `npm run bench:idle`: how many idle processes live in one node, and what each weighs: one JSON line for function
// processes (they wait in `receive`) and one for callback processes. The number is the first argument, 100 000 without.
import { idleKinds, measureIdle } from './actors/spawning.js'

const given = process.argv[2] ?? '100000'
const n = Number(given)
if (!/^\d+$/.test(given) || n < 1 || n > 10_000_000) {
  console.error(`bench:idle: the number of processes must be 1 to 10000000, got ${given}`)
  process.exit(2)
}
for (const [kind, spawnOne] of Object.entries(idleKinds)) {
  const { alive, us, bytes } = await measureIdle(n, spawnOne)
  console.log(
    JSON.stringify({
      bench: 'idle_processes',
      kind,
      n,
      alive,
      bytes_per_process: bytes,
      ns_per_spawn: Math.round((us * 1000) / n),
    }),
  )
}
