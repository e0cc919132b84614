// What every experiment has: the server program, its port, connections to it that are measured, and a place for what was
// promised and what was seen. Entered by experiments, main and the tests.
import { build, type Built, type Change, Program } from '../soak/programs.js'
import { handshake, Peer, TEXT, text } from '../rfc/peer.js'

/** What an experiment says. */
export interface Outcome {
  readonly name: string
  /** What was promised, and where. */
  readonly promised: string
  /** Figures. */
  readonly seen: readonly string[]
  /** Promises that did not hold. */
  readonly broken: readonly string[]
}
/** A look at the server. */
export interface Look {
  readonly heapBytes: number
  readonly bufferBytes: number
  readonly rssBytes: number
  readonly connections: number
  readonly processes: number
  readonly crashes: number
  readonly open: number
  readonly opened: number
  readonly dropped: number
  readonly crashed: number
  readonly closed: Readonly<Record<string, number>>
  readonly refused: Readonly<Record<string, number>>
}
export type ListenerName = 'free' | 'total' | 'address'
export interface Ended {
  readonly id: string
  readonly handled: number
  readonly reason: { readonly type: string; readonly error?: string; readonly code?: number }
}
/** What was heard of the ends of some sockets. */
export interface Ends {
  readonly ends: readonly (Ended & { /** Of performance.now. */ readonly at: number })[]
  readonly broken: readonly string[]
}
/** So long a socket may take to end on a busy machine, once it must. */
const END_MS = 15_000

/** The server, and how to look at it. */
export class World {
  readonly target: Program
  readonly built: Built
  readonly ports: Readonly<Record<ListenerName, number>>
  readonly #twins: Program[] = []

  private constructor(target: Program, built: Built, ports: Readonly<Record<ListenerName, number>>) {
    this.target = target
    this.built = built
    this.ports = ports
  }
  /** Its limited listeners let so many in: in all, and from one address. `changes` break it, to see that this is seen. */
  static async start(total = 10, address = 10, changes: readonly Change[] = []): Promise<World> {
    const built = build({ target: 'test/chaos/target.ts', victim: 'test/chaos/victim.ts' }, changes)
    const target = new Program('target', built.path('target'), [String(total), String(address)], ['--expose-gc'])
    try {
      return new World(target, built, JSON.parse(await target.hear('ports ')) as Record<ListenerName, number>)
    } catch (error) {
      built.remove()
      throw error
    }
  }
  /** Another server of the same program, without limits. `stop` is the first one's. */
  async twin(): Promise<World> {
    const target = new Program('twin', this.built.path('target'), ['10', '10'], ['--expose-gc'])
    this.#twins.push(target)
    return new World(target, this.built, JSON.parse(await target.hear('ports ')) as Record<ListenerName, number>)
  }
  stop(): void {
    for (const program of [this.target, ...this.#twins]) program.kill()
    this.built.remove()
  }
  async look(name: ListenerName = 'free'): Promise<Look> {
    this.target.tell(`look ${name}`)
    return JSON.parse(await this.target.hear('look ')) as Look
  }
  /** Waits until each of these sockets has been told to end; one that has not, and one that was told twice, is broken. */
  async ends(ids: readonly string[], limitMs = END_MS): Promise<Ends> {
    const until = performance.now() + limitMs
    const missing = new Set(ids)
    const ends: Ends['ends'][number][] = []
    const broken: string[] = []
    try {
      while (missing.size > 0) {
        const end = JSON.parse(await this.target.hear('ended ', Math.round(until - performance.now()))) as Ended
        if (missing.delete(end.id)) ends.push({ ...end, at: performance.now() })
        else if (ids.includes(end.id)) broken.push(again(end))
      }
    } catch (error) {
      broken.push(`${[...missing].join(', ')}: terminate has not come within ${limitMs} ms (${(error as Error).message})`)
    }
    return { ends, broken }
  }
  /** Those of them that have been told once more, behind their ends. */
  async endedAgain(ids: readonly string[]): Promise<string[]> {
    await this.look() // what was said before its answer has come
    const more = this.target.heard('ended ').map((line) => JSON.parse(line) as Ended)
    return more.filter(({ id }) => ids.includes(id)).map(again)
  }
  /** Looks until this is so, for at most so long; the last look. */
  async until(isSo: (look: Look) => boolean, ms: number, name: ListenerName = 'free'): Promise<Look> {
    const late = Date.now() + ms
    for (;;) {
      const now = await this.look(name)
      if (isSo(now) || Date.now() > late) return now
      await wait(20)
    }
  }
  async open(path: string, name: ListenerName = 'free'): Promise<Peer> {
    const peer = new Peer(this.ports[name])
    peer.send(Buffer.from(handshake({ path })))
    const status = await peer.status()
    if (status !== 101) throw new Error(`${path} was answered ${status} (${peer.fault?.message ?? 'no error'})`)
    return peer
  }
}

const again = ({ id, reason }: Ended): string => `${id}: terminate came once more, with ${JSON.stringify(reason)}`
export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
/** The value below which so many of a hundred lie. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0
}
export const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`

/** Peers that are no part of the trouble: each says something now and then, and waits for the answer. */
export class Bystanders {
  readonly delays: number[] = []
  readonly #stopped = new AbortController()
  #lost = 0
  readonly #running: Promise<unknown>

  readonly #world: World
  /** Sockets of the server before these. */
  readonly #open: number

  private constructor(world: World, open: number, peers: readonly Peer[]) {
    this.#world = world
    this.#open = open
    this.#running = Promise.all(peers.map((peer, i) => this.#talk(peer, i)))
  }
  static async start(world: World, count: number): Promise<Bystanders> {
    const { open } = await world.look()
    const peers = await Promise.all(Array.from({ length: count }, (_, i) => world.open(`/echo/bystander-${i}`)))
    return new Bystanders(world, open, peers)
  }
  async #talk(peer: Peer, i: number): Promise<void> {
    for (let n = 0; !this.#stopped.signal.aborted; n++) {
      const asked = performance.now()
      peer.send(text(`${i} ${n}`))
      const answer = await peer.take(TEXT).catch(() => '')
      if (String(answer) !== `${i} ${n}`) this.#lost++
      if (peer.isClosed) return
      this.delays.push(performance.now() - asked)
      await wait(10)
    }
    peer.destroy()
  }
  /** Messages that had no answer, or a wrong one. */
  async stop(): Promise<number> {
    this.#stopped.abort()
    await this.#running
    await this.#world.until(({ open }) => open <= this.#open, 5000)
    return this.#lost
  }
}
