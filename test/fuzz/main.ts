// npm run fuzz -- --inputs N --seed S [--only handshakes,frames,fallback] [--at I] [--broken]: fuzzes a live server with
// handshakes, frames and plain requests; `--at` sends one input alone; `--broken` shows that each server of broken.ts is found
// out. Ends with 1 if anything was found, or a broken server was not.
import { parseArgs } from 'node:util'
import { BROKEN, findsOut } from './broken.js'
import { type AnyInput, inputOf, type Kind, KINDS } from './inputs.js'
import { type Finding, fuzz } from './run.js'

/** What the server's heap may grow by between the warm-up and the end. */
const MAX_GROWTH = 8_000_000

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
const kinds = only ?? KINDS

function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`--${name} must be a number, got ${text}`)
  return number
}
for (const kind of kinds) if (!KINDS.includes(kind)) throw new Error(`--only: ${kind} is none of ${KINDS.join()}`)
const seed = numberOf('seed', values.seed)
const enough = numberOf('enough', values.enough)

function show({ kind, input }: AnyInput): void {
  console.log(`${kind}: ${input.about}`)
  if (kind === 'fallback') return console.log(JSON.stringify(input.steps, null, 1))
  for (const segment of input.segments.slice(0, 20)) console.log(JSON.stringify(segment.subarray(0, 400).toString('latin1')))
  const { stream, ...rest } = input.expect
  console.log(`${input.segments.length} segments, end ${input.end}`, rest, stream)
}
function tell({ index, about, faults }: Finding): void {
  const again = only === undefined ? '' : ` --only ${kinds.join()}`
  console.log(`FOUND ${about}`)
  for (const fault of faults.slice(0, 10)) console.log(`  ${fault}`)
  if (index !== undefined) console.log(`  again: npm run fuzz -- --seed ${seed}${again} --at ${index}`)
}

if (values.broken) {
  let missed = 0
  for (const one of BROKEN) {
    const found = await findsOut(one, seed)
    if (found === undefined) missed++
    console.log(`${one.name}: ${found ?? 'NOT FOUND'}`)
  }
  process.exit(missed)
}

const at = values.at === undefined ? undefined : numberOf('at', values.at)
if (at !== undefined) show(inputOf(seed, at, kinds))
const count = at === undefined ? numberOf('inputs', values.inputs) : 1
let told = 0
const result = await fuzz({
  seed,
  kinds,
  enough,
  inputs: count,
  first: at ?? 0,
  onBatch(done, seconds) {
    if (done - told < 2500 && done < count) return
    told = done
    console.log(`${done} inputs in ${seconds.toFixed(1)} s, ${Math.round(done / seconds)}/s`)
  },
})
for (const finding of result.findings) tell(finding)
const growth = result.heapBefore === 0 ? 0 : result.heapAfter - result.heapBefore
const isLeak = growth > MAX_GROWTH
console.log(
  `seed ${seed}: ${result.inputs} inputs in ${result.seconds.toFixed(1)} s, ${Math.round(result.inputs / result.seconds)} per second`,
)
for (const { opened, closed, refused, crashed } of result.counters)
  console.log(
    `  opened ${opened}, crashed on request ${crashed}, closed ${JSON.stringify(closed)}, refused ${JSON.stringify(refused)}`,
  )
if (result.heapBefore > 0)
  console.log(
    `  heap ${(result.heapBefore / 1e6).toFixed(1)} MB after the warm-up, ${(result.heapAfter / 1e6).toFixed(1)} MB at the end, at most ${MAX_GROWTH / 1e6} MB more`,
  )
const isFine = result.findings.length === 0 && !isLeak
console.log(isFine ? 'nothing was found' : isLeak ? `the heap has grown by ${growth} bytes` : `${result.findings.length} found`)
process.exitCode = isFine ? 0 : 1
