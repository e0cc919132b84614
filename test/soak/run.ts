// One soak: a server, a load, waves with rests between them, a look each second, and what all that says. Entered by main and by
// tests.
import type { LoadReport, Mark, Phase, Sample } from './sample.js'
import { build, type Change, Program } from './programs.js'
import { isAtRest } from './verdict.js'

export interface Plan {
  /** Of load, the warm-up counted, rests not. */
  readonly seconds: number
  readonly seed: number
  readonly waveSeconds?: number
  /** False: the heap is not to be judged, the rest is. */
  readonly warms?: boolean
  /** Connections at once, about. */
  readonly workers?: number
  /** How long the server may take to come to rest, in s. */
  readonly restSeconds?: number
  /** What a test breaks. */
  readonly changes?: readonly Change[]
  readonly say?: (line: string) => void
}
export interface Soak {
  readonly marks: readonly Mark[]
  readonly load: LoadReport
  /** What the server and the load have said on stderr. */
  readonly errors: string
  readonly node: string
  readonly seconds: number
}

/** A supervised server is killed so often. */
const KILL_MS = 400
/** The first collection of a heap that was busy leaves something behind: the last of so many counts. */
const COLLECTIONS = 3
const LOOK_AGAIN_MS = 150
/** A conversation waits 20 s for each of its answers. */
const RESTED_MS = 120_000

/** One that is under way. */
class Run {
  readonly marks: Mark[] = []
  readonly #server: Program
  readonly #load: Program
  readonly #restSeconds: number
  #cold: Sample | undefined

  constructor(server: Program, load: Program, restSeconds: number) {
    this.#server = server
    this.#load = load
    this.#restSeconds = restSeconds
  }
  /** The start level of everything that is counted. */
  async begin(): Promise<void> {
    this.#cold = await this.#keep('cold', true)
  }
  async look(collect: boolean): Promise<Sample> {
    this.#server.tell(collect ? 'collect' : 'sample')
    return JSON.parse(await this.#server.hear('sample ')) as Sample
  }
  async #keep(phase: Phase, collect: boolean): Promise<Sample> {
    const sample = await this.look(collect)
    this.marks.push({ phase, sample })
    return sample
  }

  /** Connections come and go for so long; one look each second. The heap is collected at every fifth. */
  async wave(seconds: number, isKept: boolean): Promise<void> {
    const until = Date.now() + seconds * 1000
    this.#load.tell('go')
    let kills = 0
    const killing = setInterval(() => this.#server.tell(`kill ${kills++ * 5}`), KILL_MS)
    try {
      for (let second = 1; Date.now() < until; second++) {
        await wait(Math.min(1000, Math.max(0, until - Date.now())))
        if (isKept) await this.#keep('load', second % 5 === 0)
        else await this.look(false) // is it there?
      }
    } finally {
      clearInterval(killing)
    }
    this.#load.tell('rest')
    await this.#load.hear('rested', RESTED_MS)
  }
  /** Waits until nothing is left of the wave, as far as that can be seen; looks at what is left in the heap. */
  async rest(phase: Phase): Promise<Sample> {
    const until = Date.now() + this.#restSeconds * 1000
    for (;;) {
      const now = await this.look(true)
      if ((this.#cold !== undefined && isAtRest(this.#cold, now)) || Date.now() > until) break
      await wait(LOOK_AGAIN_MS)
    }
    for (let i = 1; i < COLLECTIONS; i++) {
      await this.look(true)
      await wait(LOOK_AGAIN_MS)
    }
    return this.#keep(phase, true)
  }
}

/** Runs it to its end; both programs are gone then, whatever happens. */
export async function soak(plan: Plan): Promise<Soak> {
  const { seconds, seed, waveSeconds = 25, warms = true, workers = 60, restSeconds = 20, say = () => undefined } = plan
  const built = build({ server: 'test/soak/server/main.ts', load: 'test/soak/load/main.ts' }, plan.changes)
  const server = new Program('server', built.path('server'), [], ['--expose-gc'])
  let load: Program | undefined
  try {
    load = new Program('load', built.path('load'), [await server.hear('port '), String(workers), String(seed)])
    await load.hear('ready')
    const run = new Run(server, load, restSeconds)
    say(`server ${server.pid}, load ${load.pid}: warming up`)
    const warmSeconds = warms ? Math.min(60, seconds / 5) : 0
    await run.begin()
    if (warms) await run.wave(warmSeconds, false)
    await run.rest('start')
    const waves = Math.max(1, Math.round((seconds - warmSeconds) / waveSeconds))
    for (let wave = 1; wave <= waves; wave++) {
      await run.wave((seconds - warmSeconds) / waves, true)
      const { opened, heapBytes } = await run.rest(wave === waves ? 'end' : 'rest')
      say(`wave ${wave} of ${waves}: ${opened} sockets so far, heap at rest ${(heapBytes / 1e6).toFixed(2)} MB`)
    }
    load.tell('report')
    const counted = JSON.parse(await load.hear('report ')) as LoadReport
    for (const program of [load, server]) program.tell('stop')
    await Promise.all([load.ended(), server.ended()])
    return { marks: run.marks, load: counted, errors: server.errors + load.errors, node: process.version, seconds }
  } finally {
    load?.kill()
    server.kill()
    built.remove()
  }
}
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
