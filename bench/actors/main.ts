// `npm run bench:actors`: runs the actor programs one after the other and prints each result as it comes: a table, or
// one JSON line each with --json. `--only name[,name]` picks some of them, --quick runs a hundredth of each, once.
import { parseArgs } from 'node:util'
import { behaviours } from './behaviours.js'
import { messaging } from './messaging.js'
import { best, type Extent, FULL, type Measured, picked, type Program, QUICK, type Row } from './program.js'
import { selective } from './selective.js'
import { signals } from './signals.js'
import { spawning } from './spawning.js'
import { timers } from './timers.js'

const USAGE = 'usage: npm run bench:actors -- [--json] [--quick] [--only name[,name...]]'
const PROGRAMS: readonly (Program | Measured)[] = [...spawning, ...messaging, ...timers, ...signals, ...selective, ...behaviours]

interface Options {
  readonly json: boolean
  readonly extent: Extent
  readonly programs: readonly (Program | Measured)[]
}

function options(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' }, only: { type: 'string' }, quick: { type: 'boolean' } },
    allowPositionals: false,
  })
  return { json: values.json === true, extent: values.quick === true ? QUICK : FULL, programs: picked(PROGRAMS, values.only) }
}

function line(row: Row): string {
  const name = row.bench.padEnd(28)
  if ('bytes' in row) return `${name}${' '.repeat(10)}${row.bytes.toLocaleString('en').padStart(14)} bytes`
  const columns = [
    row.n.toLocaleString('en').padStart(10),
    row.ns_per_op.toFixed(1).padStart(14),
    row.op_per_s.toLocaleString('en').padStart(14),
  ]
  return name + columns.join('')
}

async function main({ json, extent, programs }: Options): Promise<void> {
  if (!json) console.log('program'.padEnd(28) + 'n'.padStart(10) + 'ns/op'.padStart(14) + 'op/s'.padStart(14))
  for (const program of programs) {
    const rows = 'measure' in program ? await program.measure(extent.scale) : [await best(program, extent)]
    for (const row of rows) console.log(json ? JSON.stringify(row) : line(row))
  }
}

try {
  await main(options(process.argv.slice(2)))
} catch (error) {
  console.error(`bench:actors: ${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}
