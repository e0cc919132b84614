// The fuzz: inputs in batches, many at once, against a server in a process of its own. After each batch a fresh client is
// served and the server has given everything back; at the end its heap has not grown. Entered by main.ts and by the tests.
import { batchOf, type Finding, isLate, narrowed, ofAll, type Sent, sendAll } from './batch.js'
import { serves } from './fresh.js'
import { counts, type Kind, KINDS } from './inputs.js'
import { type Counters, type Mutation, startTarget, type Target } from './target.js'

export interface FuzzOptions {
  readonly seed: number
  /** So many handshakes and frames; conversations of the fallback come beside them, and count only where they are alone. */
  readonly inputs: number
  /** This input alone, by its index. */
  readonly at?: number | undefined
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
export interface FuzzResult {
  /** Handshakes and frames, and the conversations beside them. */
  readonly inputs: number
  readonly conversations: number
  readonly seconds: number
  readonly findings: readonly Finding[]
  /** Inputs that say nothing, as the machine was too busy; and how many may be so before they are findings. */
  readonly late: number
  readonly mayBeLate: number
  /** Bytes of the server's heap, after the warm-up and at the end; 0 if it is not known. */
  readonly heapBefore: number
  readonly heapAfter: number
  readonly counters: readonly Counters[]
}

/** What is compiled, cached and pooled once is so after that many inputs. */
const WARM_UP = 3000
/** What the heap may grow by between then and the end. A socket that is kept costs 6 000 bytes. */
export const MAX_GROWTH = 8_000_000
/** Of all inputs, so many may be refused because the machine is too busy. */
const MOST_LATE = 0.005

/** What the server says of itself, and a fresh client of it. */
async function faultsAfter(target: Target): Promise<string[]> {
  const notServed = await serves(target.ports)
  const report = await target.report()
  const left = Object.entries(report?.left ?? {}).map(([what, [before, now]]) => `not given back: ${what} ${before} -> ${now}`)
  return [...target.faults.splice(0), ...notServed, ...left]
}

/** Bytes, 0 if it was not measured. */
export function faultsOfHeap(before: number, after: number): string[] {
  const growth = before === 0 ? 0 : after - before
  return growth > MAX_GROWTH ? [`the heap has grown by ${growth} bytes, from ${before} after the warm-up`] : []
}

/** One that is under way. */
class Run {
  readonly #options: FuzzOptions
  readonly #target: Target
  readonly #began = performance.now()
  readonly #mayBeLate: number
  #next = 0
  #inputs = 0
  #conversations = 0
  readonly #findings: Finding[] = []
  #late: Finding[] = []
  #lateCount = 0
  #heapBefore = 0

  constructor(options: FuzzOptions, target: Target) {
    this.#options = options
    this.#target = target
    this.#mayBeLate = Math.floor(MOST_LATE * options.inputs)
  }
  get isOver(): boolean {
    const { inputs, enough = 1 } = this.#options
    return this.#inputs >= inputs || this.#findings.length >= enough || this.#target.hasEnded
  }
  get #seconds(): number {
    return (performance.now() - this.#began) / 1000
  }

  async batch(): Promise<void> {
    const { seed, inputs, at, kinds = KINDS, batch = 1000, enough = 1, onBatch } = this.#options
    const made = batchOf(seed, at ?? this.#next, at === undefined ? batch : 1, inputs - this.#inputs, kinds)
    this.#next += made.length
    const sent = await sendAll(this.#target, made, enough)
    const counted = sent.inputs.filter(({ input }) => at !== undefined || counts(input, kinds)).length
    this.#inputs += counted
    this.#conversations += sent.inputs.length - counted
    const faults = await faultsAfter(this.#target)
    // Once the server has ended, what the others met is that end.
    if (!this.#target.hasEnded) this.#keep(sent)
    if (faults.length > 0) this.#findings.push(await this.#blamed(sent, faults))
    if (this.#inputs >= WARM_UP && this.#heapBefore === 0) this.#heapBefore = (await this.#target.report(true))?.heap ?? 0
    onBatch?.(this.#inputs, this.#seconds)
  }
  #keep({ found }: Sent): void {
    const late = found.filter(isLate)
    this.#lateCount += late.length
    this.#late.push(...late)
    this.#findings.push(...found.filter((one) => !isLate(one)))
    if (this.#lateCount > this.#mayBeLate) this.#findings.push(...this.#late.splice(0))
  }
  async #blamed(sent: Sent, faults: readonly string[]): Promise<Finding> {
    const { narrows = true, mutation, settleMs } = this.#options
    return narrows ? narrowed({ mutation, settleMs }, sent, faults) : ofAll(sent, faults)
  }

  async result(): Promise<FuzzResult> {
    const seconds = this.#seconds
    const report = await this.#target.report(true)
    const heapBefore = this.#heapBefore
    const heapAfter = report?.heap ?? 0
    const faults = [...this.#target.faults.splice(0), ...faultsOfHeap(heapBefore, heapAfter)]
    if (faults.length > 0) this.#findings.push({ index: undefined, about: 'the server at the end', faults })
    return {
      inputs: this.#inputs,
      conversations: this.#conversations,
      seconds,
      findings: this.#findings,
      late: this.#lateCount,
      mayBeLate: this.#mayBeLate,
      heapBefore,
      heapAfter,
      counters: report?.counters ?? [],
    }
  }
}

/** Runs until all inputs are sent, or enough has been found, or the server has ended. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const target = await startTarget(options.mutation, options.settleMs)
  try {
    const run = new Run(options, target)
    while (!run.isOver) await run.batch()
    return await run.result()
  } finally {
    await target.stop()
  }
}
