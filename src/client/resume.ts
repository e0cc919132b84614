// The page that a client belongs to: its id, what of its messages has arrived, and what of that the server knows. Kept over a
// reload, while the page is away or hidden: a second tab that is made of a living one must not find it. Entered by the client.
import { InOrder, type Resumed } from '../wire/numbering.js'
import { ack, ping, type ToBrowser } from '../wire/page.js'
import type { World } from './world.js'

/** The parameter that names the page; Zotonic's name. */
export const PAGE_ID = 'z_pageid'
/** The one that names the page of the HTML beside it. */
export const NEW_PAGE = 'z_newpage'
/** Messages are acknowledged after so many, or after so long. */
const ACK_COUNT = 32
const ACK_MS = 200

type Pong = ToBrowser & { readonly type: 'pong' }
interface Kept {
  readonly page: string
  readonly ack: number
}

export class Page {
  /** Does the server speak of pages? It has, at least once. */
  isKnown = false
  readonly id: string
  /** The page that the url names, where a reload has kept another one, which takes over what this one has got. */
  own: string | undefined
  /** This connection has been answered. */
  #isAttached = false
  readonly #world: World
  readonly #key: string
  #received: InOrder
  /** Number of the last message that has been given to the page; the last one that the server was told of. */
  #given: number
  #told: number
  #stopAck: (() => void) | undefined
  readonly #send: (frame: string) => void

  constructor(world: World, url: URL, send: (frame: string) => void) {
    this.#world = world
    this.#send = send
    const named = url.searchParams.get(PAGE_ID) ?? newId(world)
    this.#key = `gensock:${url.host}${url.pathname}`
    const kept = this.#read()
    this.forget()
    this.id = kept?.page ?? named
    this.own = this.id === named ? undefined : named
    this.#given = this.#told = kept?.ack ?? 0
    this.#received = new InOrder(this.#given)
  }

  /** A connection is open, or is to be tested. */
  ping(): void {
    this.#saidTo(this.#given)
    this.#send(ping(this.id, this.#given))
  }
  /** The page has answered: 'known' to a test, as expected; else what has become of its messages. */
  answered({ resumed = 'new', from }: Pong): 'known' | Resumed {
    const isTest = this.#isAttached && resumed === 'resumed'
    this.isKnown = this.#isAttached = true
    if (isTest) return 'known'
    this.own = undefined
    if (resumed === 'resumed') return resumed
    this.#received = new InOrder(from)
    this.#given = this.#told = from
    return resumed
  }
  take(number: number): 'next' | 'seen' | 'gap' {
    return this.#received.take(number)
  }
  /** The message has been given to the page's own code. */
  gave(number: number): void {
    if (number <= this.#given) return
    this.#given = number
    if (number - this.#told >= ACK_COUNT) this.#acknowledge()
    else this.#stopAck ??= this.#world.after(ACK_MS, () => this.#acknowledge())
  }
  #acknowledge(): void {
    this.#saidTo(this.#given)
    this.#send(ack(this.#given))
  }
  #saidTo(number: number): void {
    this.#told = number
    if (this.#world.env.document?.hidden === true) this.keep()
    this.#hush()
  }
  /** The connection is gone: what is to be said goes along with the next ping. */
  rest(): void {
    this.#isAttached = false
    this.#hush()
  }
  #hush(): void {
    this.#stopAck?.()
    this.#stopAck = undefined
  }

  // ---- Over a reload

  keep(): void {
    const kept: Kept = { page: this.id, ack: this.#given }
    if (this.isKnown) this.#storage((storage) => storage.setItem(this.#key, JSON.stringify(kept)))
  }
  forget(): void {
    this.#storage((storage) => storage.removeItem(this.#key))
  }
  #read(): Kept | undefined {
    const { page, ack } = this.#storage((storage) => JSON.parse(storage.getItem(this.#key) ?? '') as Partial<Kept> | null) ?? {}
    return typeof page === 'string' && Number.isSafeInteger(ack) ? { page, ack: ack as number } : undefined
  }
  #storage<T>(use: (storage: Storage) => T): T | undefined {
    try {
      return use(this.#world.env.sessionStorage as Storage)
    } catch {
      return undefined // there is none, it is forbidden, it is full, or what it holds is not ours: the page begins anew
    }
  }
}

/** Unlike that of any other page of the visitor's session. */
function newId(world: World): string {
  return world.random().toString(36).slice(2) + world.random().toString(36).slice(2)
}
