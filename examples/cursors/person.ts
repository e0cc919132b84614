// One person at the client's end: comes in, and in again whenever the server asks for it, says where the own cursor is, and knows where
// those of the others are. For a page and for Node alike.
import { connect, type ProtocolClient } from 'gensock/client'
import { type Codec, type Protocol, ProtocolError } from 'gensock/protocol'
import { cursors, type Place } from './contract.js'

/** What is said of the own cursor: its newest place, at most so often. */
const EVERY_MS = 50
const AGAIN_MS = 1000

type Client = typeof cursors extends Protocol<infer P> ? ProtocolClient<P> : never
type Timer = ReturnType<typeof setTimeout> | undefined
/** Where somebody's cursor is, from 0 to `FAR`. */
export interface Shown {
  readonly id: number
  readonly name: string
  readonly x: number
  readonly y: number
}
export interface PersonOptions {
  /** Offered to the server, the best first. Default JSON. */
  readonly codecs?: readonly Codec[]
  /** Something is other than before. */
  readonly changed?: () => void
}

export class Person {
  readonly name: string
  /** One's own; undefined while not in. */
  id: number | undefined
  /** id -> name of everybody who is here, oneself included. */
  readonly people: ReadonlyMap<number, string>
  readonly #client: Client
  readonly #changed: () => void
  /** As they were told last: never cleared, for whoever comes in is told all of them. */
  readonly #rows = new Map<number, readonly Place[]>()
  readonly #people = new Map<number, string>()
  #place: { readonly x: number; readonly y: number } | undefined
  #isSaid = true
  #pause: Timer
  #again: Timer

  /** Connects, and comes in by this name. */
  constructor(url: string, name: string, { codecs, changed = () => undefined }: PersonOptions = {}) {
    this.name = name
    this.people = this.#people
    this.#changed = changed
    this.#client = connect(url, codecs === undefined ? { protocol: cursors } : { protocol: cursors, codecs })
    this.#hear()
  }
  #hear(): void {
    const { on } = this.#client
    this.#client.ondisconnect = () => {
      clearTimeout(this.#again)
      this.id = undefined
      this.#people.clear()
      this.#changed()
    }
    on.hello(() => void this.#comeIn())
    on.here(({ people }) => {
      this.#people.clear()
      for (const { id, name } of people) this.#people.set(id, name)
      this.#changed()
    })
    on.came(({ id, name }) => {
      this.#people.set(id, name)
      this.#changed()
    })
    on.gone(({ id }) => {
      this.#people.delete(id)
      this.#changed()
    })
    on.moved(({ row, at }) => {
      this.#rows.set(row, at)
      this.#changed()
    })
  }
  async #comeIn(): Promise<void> {
    clearTimeout(this.#again)
    this.id = undefined
    try {
      const { id } = await this.#client.call.enter({ name: this.name })
      this.id = id
      this.#isSaid = this.#place === undefined
      if (this.#pause === undefined) this.#say()
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      // The room is full, or has no answer. If the connection is lost, the next one begins with `hello`.
      if (this.#client.state === 'open') this.#again = setTimeout(() => void this.#comeIn(), AGAIN_MS)
    }
    this.#changed()
  }

  /** Everybody who has moved, oneself included. */
  shown(): Shown[] {
    return [...this.#rows.values()].flat().flatMap(([id, x, y]) => {
      const name = this.people.get(id)
      return name === undefined ? [] : [{ id, name, x, y }]
    })
  }
  /** The own cursor is here now. */
  move(x: number, y: number): void {
    this.#place = { x, y }
    this.#isSaid = false
    if (this.#pause === undefined) this.#say()
  }
  #say(): void {
    this.#pause = undefined
    if (this.#isSaid || this.#place === undefined || this.id === undefined) return
    this.#isSaid = this.#client.send.move(this.#place)
    this.#pause = setTimeout(() => this.#say(), EVERY_MS)
  }
  leave(): void {
    clearTimeout(this.#pause)
    clearTimeout(this.#again)
    this.#client.close()
  }
}
