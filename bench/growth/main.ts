// The growth programs: what one operation costs the more there is of something else. Prints one JSON line for each program and
// size. `--only name[,name]` picks some of them, --quick runs a hundredth of each, once.
import { parseArgs } from 'node:util'
import { FULL, picked, QUICK } from '../actors/program.js'
import { processes } from './processes.js'
import { type Growth, grow } from './program.js'
import { selective } from './selective-growth.js'
import { timersPending } from './timers-pending.js'

const PROGRAMS: readonly Growth[] = [...processes, ...timersPending, ...selective]

async function main(args: string[]): Promise<void> {
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ args, options: { json: flag, quick: flag, only: { type: 'string' } } })
  const extent = values.quick ? QUICK : FULL
  for (const program of picked(PROGRAMS, values.only))
    for (const row of await grow(program, extent)) console.log(JSON.stringify(row))
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(`bench/growth: ${(error as Error).message}`)
  process.exitCode = 2
}
