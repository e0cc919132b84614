// The command line of `npm run soak`, checked. Entered by main.
import { parseArgs } from 'node:util'

export interface Options {
  readonly minutes: number
  /** A folder for report and picture; without it they are printed only. */
  readonly out: string | undefined
  readonly seed: number
}
export const USAGE = 'usage: npm run soak -- --minutes N [--out DIR] [--seed N]'
const MAX_MINUTES = 1440

function number(flag: string, given: string, pattern: RegExp, min: number, max: number): number {
  const value = Number(given)
  if (pattern.test(given) && value >= min && value <= max) return value
  throw new Error(`${flag} must be a number from ${min} to ${max}, got ${given || 'nothing'}`)
}

export function options(args: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ args: [...args], options: { minutes: text, out: text, seed: text } })
  if (values.minutes === undefined) throw new Error('--minutes is required')
  if (values.out === '') throw new Error('--out must name a folder, got nothing')
  return {
    minutes: number('--minutes', values.minutes, /^\d+(\.\d+)?$/, 0.05, MAX_MINUTES),
    out: values.out,
    seed: number('--seed', values.seed ?? '1', /^\d+$/, 0, 2 ** 32 - 1),
  }
}
