// A world for the client in which nothing happens by itself: time stands still until a test turns it, and sockets, event
// sources and requests do what a test tells them to.
import { urlOf } from '../../src/client/address.js'
import { Connection } from '../../src/client/client.js'
import { settingsOf } from '../../src/client/options.js'
import type { Client, ClientOptions } from '../../src/client/types.js'
import type { Env, World } from '../../src/client/world.js'
import { FakeRequest, FakeTransport, FakeSource, settle } from './fakes.js'

interface Timer {
  readonly at: number
  readonly run: () => void
}
type Listener = (event: object) => void

export class FakeWorld implements World {
  readonly sockets: FakeTransport[] = []
  readonly sources: FakeSource[] = []
  readonly requests: FakeRequest[] = []
  /** What a session's storage holds. */
  readonly kept: Map<string, string>
  readonly document = { hidden: false, baseURI: 'https://host.test/page/' }
  readonly env: Env
  /** What `random` answers. */
  chance = 0.5
  #listeners: (readonly [type: string, listener: Listener])[] = []
  #now = 1_000_000
  #timers: Timer[] = []

  /** `before`: of the page that was there before a reload. */
  constructor(before?: FakeWorld) {
    this.kept = before?.kept ?? new Map<string, string>()
    const { kept, sockets, sources, requests, tried } = this
    const target = {
      addEventListener: (type: string, listener: Listener) => void this.#listeners.push([type, listener]),
      removeEventListener: (type: string, listener: Listener) => {
        this.#listeners = this.#listeners.filter(([other, known]) => other !== type || known !== listener)
      },
    }
    this.env = {
      WebSocket: class extends FakeTransport {
        constructor(url: string) {
          super(url)
          sockets.push(this)
          tried.push('ws')
        }
      },
      EventSource: class extends FakeSource {
        constructor(url: string, options: EventSourceInit) {
          super(url, options)
          sources.push(this)
        }
      },
      fetch(this: unknown, url: string, init: RequestInit) {
        if (this !== undefined) throw new TypeError('Illegal invocation')
        const request = new FakeRequest(url, init)
        requests.push(request)
        if (request.verb === 'open') tried.push(request.url.searchParams.get('via'))
        return request.answered
      },
      sessionStorage: {
        getItem: (key: string) => kept.get(key) ?? null,
        setItem: (key: string, text: string) => void kept.set(key, text),
        removeItem: (key: string) => void kept.delete(key),
      },
      document: Object.assign(this.document, target),
      ...target,
    } as unknown as Env
  }

  now(): number {
    return this.#now
  }
  random(): number {
    return this.chance
  }
  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  // ---- What a test does

  /** Turns the clock, timer by timer. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms
    for (;;) {
      await settle()
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)
      if (next === undefined) break
      this.#timers = this.#timers.filter((timer) => timer !== next)
      this.#now = Math.max(this.#now, next.at)
      next.run()
    }
    this.#now = until
  }
  /** The machine sleeps: what was to happen meanwhile happens when it wakes. */
  async sleep(ms: number): Promise<void> {
    this.#now += ms
    await this.advance(0)
  }
  /** An event of the window or of the document. */
  async event(type: string, event: object = {}): Promise<void> {
    for (const [other, listener] of this.#listeners) if (other === type) listener(event)
    await settle()
  }
  async hide(isHidden: boolean): Promise<void> {
    this.document.hidden = isHidden
    await this.event('visibilitychange')
  }
  /** This browser has no such thing. */
  without(...names: (keyof Env)[]): this {
    for (const name of names) delete (this.env as Partial<Env>)[name]
    return this
  }

  get pending(): number {
    return this.#timers.length
  }
  get listening(): number {
    return this.#listeners.length
  }
  /** The newest of each. */
  get socket(): FakeTransport {
    return this.sockets.at(-1) as FakeTransport
  }
  get source(): FakeSource {
    return this.sources.at(-1) as FakeSource
  }
  /** The newest request of this kind that waits for its answer. */
  asked(verb: string): FakeRequest {
    const request = this.requests.findLast((one) => one.verb === verb && !one.isOver)
    if (request === undefined) throw new Error(`no request ${verb} waits`)
    return request
  }
  /** Requests of this kind that wait for their answers. */
  waiting(verb: string): FakeRequest[] {
    return this.requests.filter((one) => one.verb === verb && !one.isOver)
  }
  /** What was tried, in order: each WebSocket, and each request for another connection. */
  readonly tried: (string | null)[] = []
}

/** A client in a world, and what it has told. */
export interface Scene {
  readonly world: FakeWorld
  readonly client: Client
  /** [handler, what it was given] */
  readonly told: (readonly [name: string, what: unknown])[]
  /** The messages of `told`. */
  readonly messages: unknown[]
}
const HANDLERS = ['onopen', 'onmessage', 'ondisconnect', 'onclose', 'onheartbeat'] as const

export async function start(options: ClientOptions = {}, world = new FakeWorld(), url = '/ws'): Promise<Scene> {
  const client: Client = new Connection(world, urlOf(url, world.document.baseURI), settingsOf(options))
  const told: (readonly [string, unknown])[] = []
  const messages: unknown[] = []
  for (const name of HANDLERS) {
    client[name] = (what?: unknown) => {
      told.push([name, what])
      if (name === 'onmessage') messages.push(what)
    }
  }
  await settle()
  return { world, client, told, messages }
}
