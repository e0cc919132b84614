// What a run of `npm run bench` found: the shape of results.json, how it is written (one row a line, so that a change shows
// what moved), and how a run of some parts keeps the other parts. Entered by main.ts, the harness and the tables.

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly node: string
  readonly os: string
  readonly ws: string
  readonly otp: string | null
}
/** CPU time per message (the goal is a ratio), or resident bytes per connection (the goal is the most above bare `ws`). */
export interface SocketRow {
  readonly load: string
  readonly what: string
  readonly unit: 'us' | 'bytes'
  readonly goal: number
  readonly gensock: number
  readonly bare: number
  readonly ratio: number
  readonly peers: Readonly<Record<string, number>>
  /** Ratios to bare `ws`, measured once elsewhere. */
  readonly recorded: Readonly<Record<string, number>>
}
/** Time per operation (the goal is a ratio to the BEAM), or bytes per process (the goal is bytes). */
export interface ActorRow {
  readonly program: string
  readonly what: string
  readonly unit: 'ns' | 'bytes'
  readonly goal: number | null
  readonly gensock: number
  readonly beam: number | null
  readonly ratio: number | null
  readonly peers: Readonly<Record<string, number | null>>
}
/** Time per operation at each size; the ratio is the dearest size to the cheapest. */
export interface GrowthRow {
  readonly program: string
  readonly what: string
  readonly unit: 'ns'
  readonly sizes: readonly number[]
  readonly gensock: readonly number[]
  readonly beam: readonly number[] | null
  readonly goal: number
  readonly ratio: number
}
/** Round trips of one socket while others flood, in ms. */
export interface Flood {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly goalMs: number
}
/** What the parts found, as they end; a part that did not run has nothing. */
export interface Parts {
  sockets?: readonly SocketRow[] | undefined
  actors?: readonly ActorRow[] | undefined
  growth?: readonly GrowthRow[] | undefined
  flood?: Flood | undefined
}
export interface Results {
  /** YYYY-MM-DD */
  readonly taken: string
  readonly rounds: number
  readonly machine: Machine
  readonly sockets: readonly SocketRow[]
  readonly actors: readonly ActorRow[]
  readonly growth: readonly GrowthRow[]
  readonly flood: Flood | null
}

/** These parts as results; what did not run is taken from `earlier`, if that comes from the same machine and versions. */
export function withEarlier(taken: string, rounds: number, machine: Machine, found: Parts, earlier?: Results): Results {
  const same = earlier !== undefined && JSON.stringify(earlier.machine) === JSON.stringify(machine) ? earlier : undefined
  return {
    taken,
    rounds,
    machine,
    sockets: found.sockets ?? same?.sockets ?? [],
    actors: found.actors ?? same?.actors ?? [],
    growth: found.growth ?? same?.growth ?? [],
    flood: found.flood ?? same?.flood ?? null,
  }
}

/** results.json: each row on a line of its own. */
export function toJson(results: Results): string {
  const fields = Object.entries(results).map(([name, value]) => `  ${JSON.stringify(name)}: ${valueText(value)}`)
  return `{\n${fields.join(',\n')}\n}\n`
}

function valueText(value: unknown): string {
  if (!Array.isArray(value) || value.length === 0) return JSON.stringify(value)
  return `[\n${value.map((row) => `    ${JSON.stringify(row)}`).join(',\n')}\n  ]`
}
