// A batch of inputs: which they are, sent many at once, and which of them is to blame. Entered by run.ts.
import { type AnyInput, counts, inputOf, type Kind } from './inputs.js'
import { judge, LATE } from './judge.js'
import { talk } from './talk.js'
import { type Mutation, startTarget, type Target } from './target.js'
import { exchange } from './wire.js'

export interface Finding {
  /** Undefined: a batch was to blame; of its inputs none alone, or nobody has looked. */
  readonly index: number | undefined
  readonly about: string
  readonly faults: readonly string[]
}
export interface Numbered {
  readonly index: number
  readonly input: AnyInput
}
export interface Sent {
  readonly inputs: readonly Numbered[]
  readonly found: readonly Finding[]
}

const AT_ONCE = 64

/** The inputs from this one on: so many, fewer if `wanted` that count are among them by then. */
export function batchOf(seed: number, from: number, size: number, wanted: number, kinds: readonly Kind[]): Numbered[] {
  const inputs: Numbered[] = []
  for (let left = wanted; inputs.length < size && left > 0; ) {
    const index = from + inputs.length
    const input = inputOf(seed, index, kinds)
    inputs.push({ index, input })
    if (counts(input, kinds)) left--
  }
  return inputs
}

async function faultsOf({ kind, input }: AnyInput, { ports }: Target): Promise<readonly string[]> {
  if (kind === 'fallback') return talk(input, ports.plain)
  return judge(input, await exchange(input, ports[input.door]))
}
/** It waits for a patience of the server to end: such inputs go first, so that nobody waits for them. */
function isSlow({ kind, input }: AnyInput): boolean {
  return kind === 'fallback' ? input.leaves : input.isSlow === true
}
export function isLate({ faults }: Finding): boolean {
  return faults.every((fault) => fault.startsWith(LATE))
}
function aboutOf({ kind, input }: AnyInput): string {
  return `${kind}: ${input.about}`
}

/** Sends them, many at once, until enough has been found: of a server that hangs nobody waits for all. */
export async function sendAll(target: Target, made: readonly Numbered[], enough: number): Promise<Sent> {
  const inputs: Numbered[] = []
  const found: Finding[] = []
  let sure = 0
  const order = [...made.filter(({ input }) => !isSlow(input)), ...made.filter(({ input }) => isSlow(input))]
  const worker = async (): Promise<void> => {
    for (let next = order.pop(); next !== undefined; next = sure < enough ? order.pop() : undefined) {
      inputs.push(next)
      const { index, input } = next
      const finding = { index, about: aboutOf(input), faults: await faultsOf(input, target) }
      if (finding.faults.length === 0) continue
      found.push(finding)
      if (!isLate(finding)) sure++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return { inputs, found }
}

export interface Blamed {
  readonly mutation: Mutation | undefined
  readonly settleMs: number | undefined
}
/** Which input of a batch was it? Each alone, those first that went wrong, against a server that has seen nothing else. */
export async function narrowed({ mutation, settleMs }: Blamed, sent: Sent, faults: readonly string[]): Promise<Finding> {
  const wrong = new Set(sent.found.map(({ index }) => index))
  const order = sent.inputs.toSorted((a, b) => Number(wrong.has(b.index)) - Number(wrong.has(a.index)))
  const target = await startTarget(mutation, settleMs)
  try {
    for (const { index, input } of order) {
      await faultsOf(input, target)
      const report = await target.report()
      if (target.faults.length > 0 || Object.keys(report?.left ?? { all: 1 }).length > 0)
        return { index, about: aboutOf(input), faults }
    }
    return ofAll(sent, faults, ', none of them alone')
  } finally {
    await target.stop()
  }
}
/** A finding of the batch as a whole. */
export function ofAll({ inputs }: Sent, faults: readonly string[], more = ''): Finding {
  const indices = inputs.map(({ index }) => index)
  return { index: undefined, about: `inputs ${Math.min(...indices)} to ${Math.max(...indices)}${more}`, faults }
}
