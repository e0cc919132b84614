// A tab of a browser in the scenario `pages`: the library's own client over WebSockets of the simulated network, and what its page
// was told, held against what was added to it. Entered by the scenario; calls src/client and the node.
import type { PagePid } from 'gensock/session'
import type { SocketHandler } from 'gensock/socket'
import type { SimulatedTransport, Simulation } from 'gensock/testing'
import { Connection } from '../../../src/client/client.js'
import { settingsOf } from '../../../src/client/options.js'
import type { Env, World } from '../../../src/client/world.js'
import { HEARTBEAT, HELLO } from '../../../src/wire/carrier.js'
import { kernelOf } from '../../../src/runtime/node.js'

/** More than a whole queue with its numbers. */
const HIGH_BYTES = 700
export const QUEUE = { maxCount: 12, maxBytes: 400, maxAgeMs: 20_000 }

/** What all tabs of one browser share. */
export interface Browser {
  readonly name: string
  readonly cookies: Record<string, string>
  /** It was logged out: its tabs may have been told to stop. */
  wasEnded: boolean
}
/** A message for a tab: into which process's queue it was put, and when. */
interface Added {
  readonly number: number
  readonly to: PagePid
  readonly bytes: number
  readonly atMs: number
}

export class Tab {
  readonly id: string
  readonly browser: Browser
  readonly client: Connection
  /** The process of its page, as far as the scenario knows it. */
  page: PagePid | undefined = undefined
  readonly added: Added[] = []
  /** Index in `added` of the next message that may come, and whether something was said to be missing since the last one. */
  next = 0
  wasTold = false
  /** The code with which the client has stopped trying. */
  stopped: number | undefined = undefined
  /** Since then the page's own code takes nothing; and meanwhile something was said to be missing. */
  #deafSince: number | undefined = undefined
  #wasToldDeaf = false
  opened = { new: 0, resumed: 0, gap: 0 }
  broken: Error | undefined = undefined
  readonly #node: Simulation
  readonly #sockets: BrowserSocket[] = []

  constructor(node: Simulation, browser: Browser, id: string, handler: SocketHandler<any, any>) {
    this.#node = node
    this.browser = browser
    this.id = id
    const url = new URL(`ws://host.test/websocket?z_pageid=${id}`)
    const settings = settingsOf({ transports: ['ws'], resume: true, heartbeatMs: 4000, backoff: { firstMs: 100, maxMs: 1000 } })
    // A server that drops frames of its own accord leaves gaps.
    const onSlowPeer = node.chance.pick(['close', 'close', 'dropNewest', 'dropOldest'] as const)
    const connects = (at: string): BrowserSocket => {
      const query = new URL(at).searchParams
      const request = { cookies: { ...browser.cookies }, query }
      const line = node.connect(handler, { request, onSlowPeer, outboundHighBytes: onSlowPeer === 'close' ? 65_536 : HIGH_BYTES })
      const socket = new BrowserSocket(line)
      this.#sockets.push(socket)
      return socket
    }
    this.client = new Connection(worldOf(node, connects), url, settings)
    this.hearsAgain()
    this.client.onopen = ({ resumed }) => {
      node.note(`${id} hears ${resumed}`)
      this.opened[resumed]++
      if (resumed === 'resumed') return
      this.wasTold = true
      this.#wasToldDeaf = this.#deafSince !== undefined
    }
    this.client.onclose = ({ code }) => {
      node.note(`${id} stops with ${code}`)
      this.stopped = code
    }
  }

  /** For some time messages wait in the client: it has them, and nobody has got them. */
  hearsNothing(): void {
    if (this.#deafSince !== undefined) return
    this.#deafSince = this.#node.now()
    this.client.onmessage = null
  }
  hearsAgain(): void {
    this.#deafSince = undefined
    this.client.onmessage = (data) => this.#gets(data as string)
    // Behind all that waits: before which of them it was told nobody can say.
    queueMicrotask(() => queueMicrotask(() => (this.#wasToldDeaf = false)))
  }
  /** After each step: a connection that was let in is open. */
  inspect(): void {
    if (this.broken !== undefined) throw this.broken
    for (const socket of this.#sockets) socket.mayOpen()
    if (this.#deafSince !== undefined && this.#node.now() - this.#deafSince > 2 * QUEUE.maxAgeMs) this.hearsAgain()
  }
  /** The network of the tab is gone without a word. */
  cut(): void {
    for (const socket of this.#sockets) socket.line.cut()
  }
  add(to: PagePid, data: string): string {
    const text = `${this.added.length}:${data}`
    this.added.push({ number: this.added.length, to, bytes: text.length, atMs: this.#node.now() })
    return text
  }

  #gets(text: string): void {
    const number = Number.parseInt(text, 10)
    this.#node.note(`${this.id} gets ${number}`)
    const message = this.added[number]
    if (message === undefined) return this.#fail(`got ${text}, which was never added`)
    if (number < this.next) return this.#fail(`got message ${number} again, or after ${this.next - 1}`)
    for (const missed of this.added.slice(this.next, number)) {
      // What was for an earlier process is gone with it, or with the session that the browser has no cookie of any more.
      if (missed.to !== message.to) continue
      if (!this.wasTold) this.#fail(`got message ${number}, not ${missed.number}, and was told of no gap`)
      if (!this.mayBeLost(missed)) this.#fail(`got message ${number}, and ${missed.number} is lost for no reason`)
    }
    this.next = number + 1
    this.wasTold = this.#wasToldDeaf
  }
  /** Its process has ended, or the bounds of the queue have pushed it out. */
  mayBeLost({ number, to, atMs }: Added): boolean {
    if (!this.#node.isAlive(to) || this.#node.now() - atMs >= QUEUE.maxAgeMs) return true
    const later = this.added.filter((other) => other.number > number && other.to === to)
    const bytes = later.reduce((sum, other) => sum + other.bytes, this.added[number]?.bytes ?? 0)
    return later.length >= QUEUE.maxCount || bytes > QUEUE.maxBytes
  }
  #fail(what: string): void {
    this.broken ??= new Error(`${this.browser.name}, ${this.id}: ${what}`)
  }
}

/** Time and chance of the node, and its network in place of the browser's. */
function worldOf(node: Simulation, connects: (url: string) => BrowserSocket): World {
  const { timers } = kernelOf(node)
  function Socket(url: string): BrowserSocket {
    return connects(url)
  }
  return {
    env: { WebSocket: Socket as unknown } as Env,
    now: () => node.now(),
    random: () => node.chance.random(),
    after(ms, run) {
      const ref = kernelOf(node).newRef()
      timers.add(ref, Math.ceil(ms), null, () => run(), undefined)
      return () => timers.cancel(ref)
    },
  }
}

type Listener = (event: any) => void

/**
 * What a browser gives a page as `WebSocket`, as far as the client uses it. A real transport greets the client and answers its
 * heartbeats below the handler; here pings take their place on the network.
 */
class BrowserSocket {
  readonly line: SimulatedTransport
  readyState = 0
  readonly bufferedAmount = 0
  binaryType = ''
  readonly #listeners = new Map<string, Listener>()

  constructor(line: SimulatedTransport) {
    this.line = line
    line.onframe = ([kind, data]) => {
      this.mayOpen()
      if (kind === 'text') this.#tell('message', { data })
      if (kind === 'ping') line.send(['pong', ''])
      if (kind === 'pong') this.#tell('message', { data: HEARTBEAT })
    }
    line.onend = (how) => {
      if (how !== 'refused') this.mayOpen()
      if (this.readyState === 3) return
      this.readyState = 3
      this.#tell('close', { code: Array.isArray(how) ? (how[1] ?? 1005) : 1006, reason: '' })
    }
  }
  mayOpen(): void {
    if (this.readyState !== 0 || this.line.handshake?.[0] !== 'accept') return
    this.readyState = 1
    this.#tell('open', {})
    this.#tell('message', { data: HELLO })
  }
  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, listener)
  }
  send(data: string): void {
    this.line.send(data === HEARTBEAT ? ['ping', ''] : data)
  }
  close(code?: number, reason?: string): void {
    const wasOpen = this.readyState === 1
    this.readyState = 3
    if (wasOpen) this.line.close(code, reason)
    else this.line.cut()
  }
  #tell(type: string, event: object): void {
    this.#listeners.get(type)?.(event)
  }
}
