// What a benchmark program is, and how it is timed: as in the Erlang programs of the same names, best of five runs.
// A program runs inside a process of its own, as an Erlang program does. Entered by the programs; calls nothing of the bench.
import { type Receiver, spawn } from 'gensock'

/** One program: `run` does `n` operations and settles when the last one is done. */
export interface Program {
  readonly bench: string
  readonly n: number
  readonly run: (self: Receiver, n: number) => Promise<void>
}

/** A program that measures by itself and answers the rows to print; `scale` divides what it does. */
export interface Measured {
  readonly bench: string
  readonly measure: (scale: number) => Promise<Row[]>
}

/** How much of a program runs, and how often. */
export interface Extent {
  readonly runs: number
  readonly scale: number
}
export const FULL: Extent = { runs: 5, scale: 1 }
/** For trying: says that it works, and nothing about time. */
export const QUICK: Extent = { runs: 1, scale: 100 }

/** One line of the result: a time per operation, or bytes. */
export interface Timed {
  readonly bench: string
  readonly n: number
  readonly us: number
  readonly ns_per_op: number
  readonly op_per_s: number
}
export type Row = Timed | { readonly bench: string; readonly bytes: number }

/** Runs `work` as a new process; settles with its answer, or rejects with what it threw. */
export function inProcess<T>(work: (self: Receiver) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    spawn(async (self) => work(self).then(resolve, reject))
  })
}

/** Turns a time for `n` operations into a row. */
export function timed(bench: string, n: number, us: number): Timed {
  return { bench, n, us: Math.round(us), ns_per_op: Math.round((us * 10_000) / n) / 10, op_per_s: Math.round((n * 1e6) / us) }
}

/** Those whose names are in `only` (with commas between them), or all. */
export function picked<P extends { readonly bench: string }>(programs: readonly P[], only: string | undefined): readonly P[] {
  if (only === undefined) return programs
  const names = only.split(',')
  const unknown = names.filter((name) => !programs.some(({ bench }) => bench === name))
  if (unknown.length > 0)
    throw new Error(`no program ${unknown.join(', ')}; there are ${programs.map(({ bench }) => bench).join(', ')}`)
  return programs.filter(({ bench }) => names.includes(bench))
}

/** The best run of a program. */
export async function best(program: Program, { runs, scale }: Extent): Promise<Timed> {
  const { bench, run } = program
  const n = Math.ceil(program.n / scale)
  let us = Number.POSITIVE_INFINITY
  for (let i = 0; i < runs; i++) {
    us = Math.min(
      us,
      await inProcess(async (self) => {
        const start = process.hrtime.bigint()
        await run(self, n)
        return Number(process.hrtime.bigint() - start) / 1000
      }),
    )
  }
  return timed(bench, n, us)
}

/** Receives `n` messages, whatever they are. */
export async function wait(self: Receiver, n: number): Promise<void> {
  for (let i = 0; i < n; i++) await self.receive()
}
