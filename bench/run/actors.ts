// The actor programs and the same ones on the BEAM, on one core, by turns, each in a process of its own: what ran before leaves its
// mark on a compiler and a collector. The least time of all rounds counts, because what else runs on the machine can only add to it.
// The peers run once: they are a factor away, not a few per cent.
import type { ActorRow } from '../report/results.js'
import { type Command, run, compiled } from './children.js'
import { rowName, rows } from './lines.js'
import { SERVER_CORE } from './machine.js'
import { leastOf, rounded } from './numbers.js'
import { ACTOR_PROGRAMS, type ActorProgram } from './programs.js'

/** Some print two rows. */
const PROGRAMS = [
  ...new Set(
    ACTOR_PROGRAMS.filter(({ program }) => !program.startsWith('bytes_')).map(({ program }) =>
      program.replace(/^(dynamic_children)_.*/, '$1'),
    ),
  ),
]
/** Their twins run under another name. */
const ONLY_OURS: ReadonlySet<string | undefined> = new Set(
  ACTOR_PROGRAMS.filter(({ twin }) => twin !== undefined).map(({ program }) => program),
)
const PEERS = ['xstate', 'nact', 'comedy'] as const

export interface ProgramOptions {
  readonly rounds: number
  readonly quick: boolean
  readonly peers: boolean
  /** The command for a module of the BEAM programs, if there is a BEAM. */
  readonly beam: ((module: string, quick: boolean, only?: string) => Command) | undefined
  readonly say: (line: string) => void
}
/** Nanoseconds or bytes by row name. */
export type Found = ReadonlyMap<string, number>
export interface Sides {
  readonly gensock: Found
  readonly beam: Found | undefined
}

const once = async (command: Command): Promise<Found> => rows(await run(command, { core: SERVER_CORE }))

/** Runs a program of ours and its twin by turns; the least of each row. */
export async function byTurns(
  what: string,
  file: string,
  module: string,
  options: ProgramOptions,
  programs: readonly (string | undefined)[] = [undefined],
): Promise<Sides> {
  const { rounds, quick, beam, say } = options
  const [ours, theirs]: [Found[], Found[]] = [[], []]
  for (let round = 0; round < rounds; round++) {
    say(`${what}: round ${round + 1} of ${rounds}`)
    // To try it out, all in one.
    for (const only of quick ? [undefined] : programs) {
      ours.push(
        await once(compiled(file, '--json', ...(quick ? ['--quick'] : []), ...(only === undefined ? [] : ['--only', only]))),
      )
      if (beam !== undefined && !ONLY_OURS.has(only)) theirs.push(await once(beam(module, quick, only)))
    }
  }
  return { gensock: leastOf(ours), beam: beam === undefined ? undefined : leastOf(theirs) }
}

/** Each in a process of its own: one that fails costs its column, not the run. */
async function peerRows({ peers, quick, say }: ProgramOptions): Promise<Found> {
  const found = new Map<string, number>()
  for (const peer of peers ? PEERS : []) {
    say(`actors: ${peer}`)
    try {
      const program = ['bench/peers/actors.mjs', '--json', '--peer', peer, ...(quick ? ['--quick'] : [])]
      for (const [name, value] of await once([process.execPath, ...program])) found.set(name, value)
    } catch (error) {
      say(`the column of ${peer} stays empty: ${(error as Error).message}`)
    }
  }
  return found
}

export async function actors(options: ProgramOptions): Promise<ActorRow[]> {
  const sides = await byTurns('actors', 'bench/actors/main.ts', 'ab', options, PROGRAMS)
  const peers = await peerRows(options)
  return ACTOR_PROGRAMS.map((program) => row(program, sides, peers))
}

function row({ program, what, goal, twin = program }: ActorProgram, sides: Sides, peers: Found): ActorRow {
  const gensock = sides.gensock.get(program)
  if (gensock === undefined) throw new Error(`bench/actors printed no row ${program}`)
  const beam = sides.beam?.get(twin) ?? null
  const columns = PEERS.map((peer) => [peer, peers.get(rowName(twin, { peer })) ?? null] as const)
  return {
    program,
    what,
    unit: program.startsWith('bytes_') ? 'bytes' : 'ns',
    goal,
    gensock,
    beam,
    ratio: beam === null ? null : rounded(gensock / beam, 3),
    peers: peers.size === 0 ? {} : Object.fromEntries(columns),
  }
}
