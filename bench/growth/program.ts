// What a growth program is: it prepares so many of something, does `n` operations among them, and answers their microseconds.
// Entered by main.ts; calls the actor programs' tools.
import type { Receiver } from 'gensock'
import { type Extent, inProcess, type Timed, timed } from '../actors/program.js'

export interface Growth {
  readonly bench: string
  readonly sizes: readonly number[]
  readonly n: number
  readonly run: (self: Receiver, size: number, n: number) => Promise<number>
}
/** One line of the result: what one operation cost among `size` others. */
export interface Grown extends Timed {
  readonly size: number
}

/** How many processes there are, or messages that wait: as the issue of this benchmark names them. */
export const COUNTS = [1000, 10_000, 100_000] as const

/** Microseconds that the work took. What the preparation left to collect is not part of it. */
export async function us(work: () => Promise<void>): Promise<number> {
  globalThis.gc?.()
  const start = process.hrtime.bigint()
  await work()
  return Number(process.hrtime.bigint() - start) / 1000
}

/** The best run for each size, the sizes by turns; `scale` divides sizes and operations. */
export async function grow({ bench, sizes, n, run }: Growth, { runs, scale }: Extent): Promise<Grown[]> {
  const best = sizes.map(() => Number.POSITIVE_INFINITY)
  const ops = Math.ceil(n / scale)
  for (let round = 0; round < runs; round++) {
    for (const [i, size] of sizes.entries()) {
      const took = await inProcess((self) => run(self, Math.max(2, Math.ceil(size / scale)), ops))
      best[i] = Math.min(best[i] as number, took)
    }
  }
  return sizes.map((size, i) => ({ ...timed(bench, ops, best[i] as number), size }))
}
