// The fuzz: inputs in batches, many at once, against a server in a process of its own. After each batch a fresh client is
// served and the server has given everything back. Entered by main.ts and by the tests.
import { serves } from './fresh.js'
import { type AnyInput, inputOf, type Kind, KINDS } from './inputs.js'
import { judge, LATE } from './judge.js'
import { talk } from './talk.js'
import { type Counters, type Mutation, startTarget, type Target } from './target.js'
import { exchange } from './wire.js'

export interface FuzzOptions {
  readonly seed: number
  readonly inputs: number
  /** Index of the first. Default 0. */
  readonly first?: number
  readonly kinds?: readonly Kind[]
  /** Default 1 000. */
  readonly batch?: number
  /** A server that is broken on purpose. */
  readonly mutation?: Mutation
  /** Looks for the input that is to blame where a whole batch is. Default true. */
  readonly narrows?: boolean
  /** So long the server may take to give everything back, in ms. Default 8 000. */
  readonly settleMs?: number
  /** So many findings are enough. Default 1. */
  readonly enough?: number
  readonly onBatch?: (done: number, seconds: number) => void
}
export interface Finding {
  /** Undefined: a batch was to blame, and none of its inputs alone. */
  readonly index: number | undefined
  readonly about: string
  readonly faults: readonly string[]
}
export interface FuzzResult {
  readonly inputs: number
  readonly seconds: number
  readonly findings: readonly Finding[]
  /** Bytes of the server's heap, after the warm-up and at the end; 0 if it is not known. */
  readonly heapBefore: number
  readonly heapAfter: number
  readonly counters: readonly Counters[]
}

const AT_ONCE = 64
/** What is compiled, cached and pooled once is so after that many inputs. */
const WARM_UP = 3000
/** Of all inputs, so many may be refused because the machine is too busy. */
const MOST_LATE = 0.005

async function faultsOf({ kind, input }: AnyInput, { ports }: Target): Promise<readonly string[]> {
  if (kind === 'fallback') return talk(input, ports.plain)
  return judge(input, await exchange(input, ports[input.door]))
}
/** It waits for a patience of the server to end: such inputs go first, so that nobody waits for them. */
function isSlow({ kind, input }: AnyInput): boolean {
  return kind === 'fallback' ? input.leaves : input.isSlow === true
}
function isLate({ faults }: Finding): boolean {
  return faults.every((fault) => fault.startsWith(LATE))
}
function aboutOf({ kind, input }: AnyInput): string {
  return `${kind}: ${input.about}`
}

/** Sends the inputs of a batch, many at once; the findings among them. */
async function sendAll(target: Target, seed: number, from: number, to: number, kinds: readonly Kind[]): Promise<Finding[]> {
  const findings: Finding[] = []
  const made = Array.from({ length: to - from }, (_, i) => ({ index: from + i, input: inputOf(seed, from + i, kinds) }))
  const order = [...made.filter(({ input }) => !isSlow(input)), ...made.filter(({ input }) => isSlow(input))]
  const worker = async (): Promise<void> => {
    for (let next = order.pop(); next !== undefined; next = order.pop()) {
      const { index, input } = next
      const faults = await faultsOf(input, target)
      if (faults.length > 0) findings.push({ index, about: aboutOf(input), faults })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return findings
}

/** What the server says of itself, and a fresh client of it. */
async function faultsAfter(target: Target): Promise<string[]> {
  const notServed = await serves(target.ports)
  const report = await target.report()
  const left = Object.entries(report?.left ?? {}).map(([what, [before, now]]) => `not given back: ${what} ${before} -> ${now}`)
  return [...notServed, ...left, ...target.faults.splice(0)]
}

/** Which input of a batch was it? Each alone, against a server that has seen nothing else. */
async function narrowed(options: FuzzOptions, from: number, to: number, faults: readonly string[]): Promise<Finding> {
  const { seed, kinds = KINDS, mutation, settleMs } = options
  const target = await startTarget(mutation, settleMs)
  try {
    for (let index = from; index < to; index++) {
      const input = inputOf(seed, index, kinds)
      await faultsOf(input, target)
      const report = await target.report()
      if (target.faults.length > 0 || Object.keys(report?.left ?? { all: 1 }).length > 0)
        return { index, about: aboutOf(input), faults }
    }
    return { index: undefined, about: `inputs ${from} to ${to - 1}, none of them alone`, faults }
  } finally {
    await target.stop()
  }
}

/** Runs until all inputs are sent, or enough has been found. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const {
    seed,
    inputs,
    first = 0,
    kinds = KINDS,
    batch = 1000,
    mutation,
    narrows = true,
    settleMs,
    enough = 1,
    onBatch,
  } = options
  const target = await startTarget(mutation, settleMs)
  const findings: Finding[] = []
  const late: Finding[] = []
  const began = performance.now()
  let heapBefore = 0
  let done = 0
  try {
    while (done < inputs && findings.length < enough) {
      const from = first + done
      const to = Math.min(from + batch, first + inputs)
      const found = await sendAll(target, seed, from, to, kinds)
      late.push(...found.filter(isLate))
      findings.push(...found.filter((one) => !isLate(one)))
      if (late.length > MOST_LATE * inputs) findings.push(...late.splice(0))
      const faults = await faultsAfter(target)
      if (faults.length > 0 && narrows) findings.push(await narrowed(options, from, to, faults))
      else if (faults.length > 0) findings.push({ index: undefined, about: `inputs ${from} to ${to - 1}`, faults })
      done += to - from
      if (done >= WARM_UP && heapBefore === 0) heapBefore = (await target.report(true))?.heap ?? 0
      onBatch?.(done, (performance.now() - began) / 1000)
    }
    const seconds = (performance.now() - began) / 1000
    const report = await target.report(true)
    return { inputs: done, seconds, findings, heapBefore, heapAfter: report?.heap ?? 0, counters: report?.counters ?? [] }
  } finally {
    await target.stop()
  }
}
