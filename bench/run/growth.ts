// The growth programs, ours and those of the BEAM by turns: what one operation costs at each size.
import type { GrowthRow } from '../report/results.js'
import { byTurns, type Found, type ProgramOptions } from './actors.js'
import { rounded } from './numbers.js'
import { GROWTH_PROGRAMS, type GrowthProgram } from './programs.js'

export async function growth(options: ProgramOptions): Promise<GrowthRow[]> {
  const { gensock, beam } = await byTurns('growth', 'bench/growth/main.ts', 'ab_growth', options)
  return GROWTH_PROGRAMS.map((program) => row(program, gensock, beam))
}

/** The sizes of this program, ascending, and what was found at each. */
function bySize(program: string, found: Found): Map<number, number> {
  const sizes = [...found].flatMap(([name, value]) => {
    const [bench, size] = name.split(' ')
    return bench === program && size !== undefined ? [[Number(size), value] as const] : []
  })
  return new Map(sizes.sort(([a], [b]) => a - b))
}

function row({ program, what, goal }: GrowthProgram, gensock: Found, beam: Found | undefined): GrowthRow {
  const ours = bySize(program, gensock)
  if (ours.size === 0) throw new Error(`bench/growth printed no row ${program}`)
  const theirs = beam && bySize(program, beam)
  const costs = [...ours.values()]
  return {
    program,
    what,
    unit: 'ns',
    sizes: [...ours.keys()],
    gensock: costs,
    beam: theirs === undefined || theirs.size !== ours.size ? null : [...theirs.values()],
    goal,
    ratio: rounded(Math.max(...costs) / Math.min(...costs), 3),
  }
}
