// `npm run bench:actors`: runs the actor programs one after the other and prints each result as it comes: a table, or
// one JSON line each with --json. `--only name[,name]` picks some of them.
import { parseArgs } from 'node:util'
import { behaviours } from './behaviours.js'
import { messaging } from './messaging.js'
import { best, type Measured, type Program, type Row } from './program.js'
import { selective } from './selective.js'
import { signals } from './signals.js'
import { spawning } from './spawning.js'
import { timers } from './timers.js'

const USAGE = 'usage: npm run bench:actors -- [--json] [--only name[,name...]]'
const PROGRAMS: readonly (Program | Measured)[] = [...spawning, ...messaging, ...timers, ...signals, ...selective, ...behaviours]

interface Options {
  readonly json: boolean
  readonly programs: readonly (Program | Measured)[]
}

function options(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: { json: { type: 'boolean' }, only: { type: 'string' } },
    allowPositionals: false,
  })
  const names = values.only?.split(',') ?? PROGRAMS.map(({ bench }) => bench)
  const unknown = names.filter((name) => !PROGRAMS.some(({ bench }) => bench === name))
  if (unknown.length > 0)
    throw new Error(`no program ${unknown.join(', ')}; there are ${PROGRAMS.map(({ bench }) => bench).join(', ')}`)
  return { json: values.json === true, programs: PROGRAMS.filter(({ bench }) => names.includes(bench)) }
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

async function main({ json, programs }: Options): Promise<void> {
  if (!json) console.log('program'.padEnd(28) + 'n'.padStart(10) + 'ns/op'.padStart(14) + 'op/s'.padStart(14))
  for (const program of programs) {
    const rows = 'measure' in program ? await program.measure() : [await best(program)]
    for (const row of rows) console.log(json ? JSON.stringify(row) : line(row))
  }
}

try {
  await main(options(process.argv.slice(2)))
} catch (error) {
  console.error(`bench:actors: ${(error as Error).message}\n${USAGE}`)
  process.exitCode = 2
}
