// The command line of `npm run bench`.
import { parseArgs } from 'node:util'

const PARTS = ['sockets', 'actors', 'growth', 'peers'] as const
export type Part = (typeof PARTS)[number]
export interface Options {
  readonly parts: ReadonlySet<Part>
  readonly rounds: number
  /** Everything once, tiny: shows that it works. */
  readonly quick: boolean
  readonly out: string | undefined
}
export const USAGE = 'usage: npm run bench -- [--quick] [--only sockets,actors,growth,peers] [--rounds N] [--out FILE]'
const MAX_ROUNDS = 100

/** `peers` is a column beside ours, so it needs ours from the same run: alone it means both tables that have it. */
function partsOf(only: string | undefined): Set<Part> {
  const names = only?.split(',') ?? PARTS
  const unknown = names.filter((name) => !(PARTS as readonly string[]).includes(name))
  if (unknown.length > 0) throw new Error(`no part ${unknown.join(', ')}; there are ${PARTS.join(', ')}`)
  const parts = new Set(names as Part[])
  return parts.size === 1 && parts.has('peers') ? new Set(['sockets', 'actors', 'peers']) : parts
}

export function options(args: string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean', default: false }, only: text, rounds: text, out: text },
  })
  const rounds = values.rounds ?? (values.quick ? '1' : '5')
  if (!/^\d+$/.test(rounds) || Number(rounds) < 1 || Number(rounds) > MAX_ROUNDS)
    throw new Error(`--rounds must be a whole number from 1 to ${MAX_ROUNDS}, got ${rounds || 'nothing'}`)
  return { parts: partsOf(values.only), rounds: Number(rounds), quick: values.quick, out: values.out }
}
