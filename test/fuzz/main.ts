// npm run fuzz: fuzzes a live server with handshakes, frames and plain requests; USAGE says how. Ends with 1 if anything was
// found, or a server that is broken on purpose was not found out; with 2 for wrong flags.
import { parseArgs } from 'node:util'
import type { Finding } from './batch.js'
import { BROKEN, findsOut } from './broken.js'
import { type AnyInput, inputOf, type Kind, KINDS } from './inputs.js'
import { fuzz, type FuzzResult, MAX_GROWTH } from './run.js'

const USAGE = `usage: npm run fuzz -- [--inputs N] [--seed S] [--only ${KINDS.join()}] [--at I] [--enough N] [--broken]
  --inputs  so many handshakes and frames, default 20000; conversations of the fallback come beside them (one for nine),
            and are counted only with --only fallback
  --seed    default 1
  --at      input I of the seed alone
  --enough  ends after so many findings, default 5
  --broken  shows that each server of test/fuzz/broken.ts is found out`

interface Flags {
  readonly inputs: number
  readonly seed: number
  readonly only: readonly Kind[] | undefined
  readonly at: number | undefined
  readonly broken: boolean
  readonly enough: number
}
function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0 || text === '')
    throw new Error(`--${name} must be a number, got ${text || 'nothing'}`)
  return number
}
function flags(): Flags {
  const { values } = parseArgs({
    options: {
      inputs: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      at: { type: 'string' },
      broken: { type: 'boolean', default: false },
      enough: { type: 'string', default: '5' },
    },
  })
  const only = values.only?.split(',') as readonly Kind[] | undefined
  for (const kind of only ?? []) if (!KINDS.includes(kind)) throw new Error(`--only: ${kind} is none of ${KINDS.join()}`)
  return {
    inputs: numberOf('inputs', values.inputs),
    seed: numberOf('seed', values.seed),
    only,
    at: values.at === undefined ? undefined : numberOf('at', values.at),
    broken: values.broken,
    enough: numberOf('enough', values.enough),
  }
}

function show({ kind, input }: AnyInput): void {
  console.log(`${kind}: ${input.about}`)
  if (kind === 'fallback') return console.log(JSON.stringify(input.steps, null, 1))
  for (const segment of input.segments.slice(0, 20)) console.log(JSON.stringify(segment.subarray(0, 400).toString('latin1')))
  const { stream, ...rest } = input.expect
  console.log(`${input.segments.length} segments, end ${input.end}`, rest, stream)
}
function tell({ index, about, faults }: Finding, { seed, only }: Flags): void {
  const again = only === undefined ? '' : ` --only ${only.join()}`
  console.log(`FOUND ${about}`)
  for (const fault of faults.slice(0, 10)) console.log(`  ${fault}`)
  if (index !== undefined) console.log(`  again: npm run fuzz -- --seed ${seed}${again} --at ${index}`)
}
function sum(result: FuzzResult, seed: number): void {
  const { inputs, conversations, seconds, late, mayBeLate, heapBefore, heapAfter, counters, findings } = result
  const beside = conversations === 0 ? '' : `, ${conversations} conversations beside them`
  const opened = counters.reduce((all, one) => all + one.opened, 0)
  console.log(`seed ${seed}: ${inputs} inputs${beside} in ${seconds.toFixed(1)} s, ${opened} sockets opened`)
  console.log(`  dropped because the server was too late, on a busy machine: ${late}, at most ${mayBeLate}`)
  for (const { closed, refused, crashed, ...one } of counters) {
    console.log(`  opened ${one.opened}, crashed on request ${crashed}`)
    console.log(`    closed ${JSON.stringify(closed)}, refused ${JSON.stringify(refused)}`)
  }
  const [before, after] = [heapBefore, heapAfter].map((bytes) => (bytes / 1e6).toFixed(1))
  const most = MAX_GROWTH / 1e6
  if (heapBefore > 0) console.log(`  heap ${before} MB after the warm-up, ${after} MB at the end, at most ${most} MB more`)
  console.log(findings.length === 0 ? 'nothing was found' : `${findings.length} found`)
}

/** How many were not found out. */
async function missed(seed: number): Promise<number> {
  let count = 0
  for (const one of BROKEN) {
    const found = await findsOut(one, seed)
    if (found === undefined) count++
    console.log(`${one.name}: ${found ?? 'NOT FOUND'}`)
  }
  return count
}
async function run(given: Flags): Promise<number> {
  const { seed, only, at, enough } = given
  if (given.broken) return missed(seed)
  const kinds = only ?? KINDS
  if (at !== undefined) show(inputOf(seed, at, kinds))
  const inputs = at === undefined ? given.inputs : 1
  let told = 0
  const onBatch = (done: number, seconds: number): void => {
    if (done - told < 2500 && done < inputs) return
    told = done
    console.log(`${done} inputs in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)}/s`)
  }
  const result = await fuzz({ seed, kinds, enough, inputs, at, onBatch })
  for (const finding of result.findings) tell(finding, given)
  sum(result, seed)
  return result.findings.length === 0 ? 0 : 1
}

let given: Flags | undefined
try {
  given = flags()
} catch (error) {
  console.error(`fuzz: ${(error as Error).message.split('\n', 1)[0]}\n${USAGE}`)
  process.exitCode = 2
}
if (given !== undefined) process.exitCode = (await run(given)) === 0 ? 0 : 1
