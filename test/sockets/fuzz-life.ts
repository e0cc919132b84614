// The random life of one socket, all of it decided by a seed: a handler that answers anything, throws, waits, exits; a peer, a
// listener, processes and owners of `self` who do what they like, in virtual time. On the way it is looked at what must hold
// whatever they do. Entered by fuzz.test.
import { broadcast, close, type OnCrash, type OnSlowPeer, pushTo, type SocketHandler, text } from 'gensock/socket'
import { sys } from 'gensock'
import type { TestNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import type { Marks } from '../../src/sockets/option-checks.js'
import type { Transport } from '../../src/sockets/transport.js'
import { isBalanced, type PeerOptions, type VirtualListener, virtualListener, type VirtualPeer } from './virtual-listener.js'

/** What happened how often, over all lives. */
export type Tally = Record<string, number>
type Pick = <T>(values: readonly T[]) => T

/** A generator of which a seed fixes every number. */
function randomOf(seed: number): () => number {
  let state = (seed * 7919 + 13) & 0x7fffffff
  return () => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) / 0x80000000
}

/** One callback at a time, `init` first, `terminate` once for each `init` that has answered, and last. */
class Watch {
  readonly faults: string[] = []
  readonly log: string[] = []
  /** Somebody outside is in `self.push`. */
  isPushing = false
  readonly #tally: Tally
  #running = 0
  #isBorn = false

  constructor(tally: Tally) {
    this.#tally = tally
  }
  count(what: string): void {
    this.#tally[what] = (this.#tally[what] ?? 0) + 1
  }
  begins(name: string): void {
    this.log.push(name)
    this.count(name)
    if (this.isPushing) this.fault(`${name} runs inside of self.push`)
    if (this.#running > 0) this.fault(`${name} runs while another callback does`)
    this.#running++
    if (name === 'init' && this.#isBorn) this.fault('init runs without terminate before')
    if (name !== 'init' && !this.#isBorn) this.fault(`${name} runs before init, or after terminate`)
    if (name === 'terminate') this.#isBorn = false
  }
  ends(): void {
    this.#running--
  }
  born(): void {
    this.#isBorn = true
  }
  fault(what: string): void {
    this.faults.push(what)
  }
}

/** The handler: each callback does what chance says, now or when `settle` is called. */
class Chance {
  readonly pending: (() => void)[] = []
  self: any = null
  /** How likely it is that a callback throws. */
  readonly #crashes: number
  readonly #random: () => number
  readonly #pick: Pick
  readonly #watch: Watch

  constructor(random: () => number, pick: Pick, watch: Watch) {
    this.#random = random
    this.#pick = pick
    this.#watch = watch
    this.#crashes = pick([0.005, 0.05])
  }

  handler(): SocketHandler<number, any, any, any> {
    const [slowInit, slowEnd] = [this.#random() < 0.3, this.#random() < 0.5]
    return {
      init: (_args, self) => this.#callback('init', self, slowInit),
      handle: (_frame, _n, self) => this.#callback('handle', self, true),
      info: (_message, _n, self) => this.#callback('info', self, true),
      event: (_event, _n, self) => this.#callback('event', self, true),
      terminate: (_reason, _n, self) => this.#callback('terminate', self, slowEnd),
      call: {
        ask: (_request: any, _from: any, n: number) => (this.#random() < 0.9 ? ['reply', 1, n] : ['noreply', n]),
      } as never,
    }
  }

  #callback(name: string, self: any, mayWait: boolean): any {
    this.self = self
    this.#watch.begins(name)
    const chance = this.#random()
    if (chance < 0.35 && chance >= 0.06 && mayWait) return this.#waits(name, self)
    try {
      if (chance < this.#crashes) throw new Error('crash')
      if (chance < this.#crashes * 1.2) self.exit(this.#pick(['normal', 'shutdown', 'odd']))
      return this.#answer(name)
    } finally {
      this.#watch.ends()
    }
  }
  #waits(name: string, self: any): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.pending.push(() => {
        const drains = name !== 'init' && name !== 'terminate' && self.bufferedBytes > 0 && this.#random() < 0.5
        if (drains) {
          void self.drained().then(() => (this.#watch.ends(), resolve(this.#answer(name))))
          return
        }
        this.#watch.ends()
        if (this.#random() < 0.1) reject(new Error('later'))
        else resolve(this.#answer(name))
      })
    })
  }
  #answer(name: string): any {
    if (name === 'init') this.#watch.born()
    if (name === 'init') return ['ok', 0]
    if (name === 'terminate') return undefined
    const chance = this.#random()
    if (chance < 0.6) return ['push', [text(this.#some(400)), text(this.#some(30))], 0]
    if (chance < 0.9) return ['ok', 0]
    if (chance < 0.92) return ['stop', this.#pick(['normal', 'shutdown', 'odd']), 0]
    if (chance < 0.94) return ['push', close(4001), 0]
    if (chance < 0.97) return ['push', ['active', chance < 0.955], 0]
    return ['push', ['setOptions', { idleTimeoutMs: 3000, expiresAt: Date.now() + this.#pick([100, 10_000]) }], 0]
  }
  #some(max: number): string {
    return 'x'.repeat(Math.floor(this.#random() * max))
  }
}

/** A network in which some of what is sent stays; behind and caught up as the real transport says it. */
class Wire {
  isPaused = true
  readonly #marks: Marks
  readonly #random: () => number
  readonly #peer: VirtualPeer
  #bytes = 0
  #isOver = false
  #isAwaited = false

  constructor(marks: Marks, random: () => number, peer: VirtualPeer) {
    this.#marks = marks
    this.#random = random
    this.#peer = peer
  }

  /** As `Transport` wants it. */
  parts(): Partial<Transport> {
    const send = (data: string | Uint8Array, evenIfBehind: boolean): boolean => {
      if (this.#peer.closes.length > 0 || this.#peer.counts.cut > 0) return true
      if (this.#isOver && !evenIfBehind) return !(this.#isAwaited = true)
      if (this.#random() < 0.7) this.#bytes += data.length
      this.#isOver ||= this.#bytes > this.#marks.outboundHighBytes
      return true
    }
    const bytes = (): number => this.#bytes
    return {
      get bufferedBytes() {
        return bytes()
      },
      send: (opcode, data, _compress, evenIfBehind = false) => send(opcode < 8 ? data : '', evenIfBehind),
      sendShared: (frame, _compress, evenIfBehind = false) => send(frame.data, evenIfBehind),
      isBehind: () => ((this.#isAwaited ||= this.#isOver), this.#isOver),
      pause: () => void (this.isPaused = true),
      resume: () => void (this.isPaused = false),
    }
  }
  /** The peer takes so many bytes. */
  take(bytes: number): void {
    if (this.#isOver) this.#peer.sink?.progressed()
    this.#bytes = Math.max(0, this.#bytes - bytes)
    if (!this.#isOver || this.#bytes > this.#marks.outboundLowBytes) return
    this.#isOver = false
    const wasAwaited = this.#isAwaited
    this.#isAwaited = false
    if (wasAwaited) this.#peer.sink?.drained(this.#bytes)
  }
}

/** Everybody but the handler, one step at a time. */
class World {
  readonly watch: Watch
  readonly chance: Chance
  readonly web: VirtualListener
  readonly peer: VirtualPeer
  isOver = false
  readonly #node: TestNode
  readonly #random: () => number
  readonly #pick: Pick
  #wire: Wire | null = null
  /** The peer went first, with this code. */
  #code: number | undefined = undefined

  constructor(node: TestNode, random: () => number, tally: Tally) {
    const pick: Pick = (values) => values[Math.floor(random() * values.length)] as never
    this.#node = node
    this.#random = random
    this.#pick = pick
    this.watch = new Watch(tally)
    this.chance = new Chance(random, pick, this.watch)
    this.web = virtualListener(node)
    const options = this.#options()
    const marks = { outboundHighBytes: 1000, outboundLowBytes: 250 } as Marks
    this.peer = this.web.connect(this.chance.handler(), options, (peer) => (this.#wire = new Wire(marks, random, peer)).parts())
    node.onExit((pid) => {
      if ((pid as unknown) === this.peer.socket.pid) this.isOver = true
    })
  }

  #options(): PeerOptions {
    const pick = this.#pick
    const ofLength: OnSlowPeer = { coalesce: ([, data]) => (String(data).length % 2 === 1 ? 'odd' : undefined) }
    return {
      onSlowPeer: pick<OnSlowPeer>(['close', 'dropNewest', 'dropOldest', 'wait', ofLength]),
      onCrash: pick<OnCrash>(['close', { restart: { intensity: 3, periodMs: 5000 } }]),
      outboundHighBytes: 1000,
      inboundHighBytes: 1000,
      idleTimeoutMs: pick([0, 5000, 60_000]),
      pingIntervalMs: pick([0, 2000]),
      rate: pick<PeerOptions['rate'] & object>([{}, { messages: { perSecond: 2, burst: 6 } }]),
      claimsNoticeMs: 500,
      accept: this.#random() < 0.2 ? { expiresAt: Date.now() + 3000 } : {},
    }
  }

  settleOne(): void {
    this.chance.pending.shift()?.()
  }
  async step(): Promise<void> {
    this.watch.count('steps')
    const node = this.#node
    const pick = this.#pick
    const pid: any = this.peer.socket.pid
    const chance = this.#random()
    if (chance < 0.25) this.#deliver()
    else if (chance < 0.35) node.send(pid, { type: 'message' } as never)
    else if (chance < 0.45) pushTo(pid, text('p'.repeat(Math.floor(this.#random() * 200))))
    else if (chance < 0.5) broadcast([pid], text('b'))
    else if (chance < 0.62) this.settleOne()
    else if (chance < 0.74) this.#wire?.take(pick([100, 500, 5000]))
    else if (chance < 0.76) this.#push()
    else if (chance < 0.79) void node.run(() => sys.suspend(pid)).catch(() => undefined)
    else if (chance < 0.84) void node.run(() => sys.resume(pid)).catch(() => undefined)
    else if (chance < 0.93) await node.advance(pick([1, 100, 1000, 6000]))
    else if (chance < 0.94) void node.run(() => node.call(pid, { type: 'ask' } as never, 100)).catch(() => undefined)
    else this.#mayEnd(chance)
    if (this.#random() < 0.7) await node.settle()
  }
  #deliver(): void {
    if (this.#wire === null || this.#wire.isPaused) return
    this.peer.sink.received()
    this.peer.sink.deliver(this.#pick([1, 1, 1, 9, 10]), 'd', this.#pick([1, 100]))
  }
  /** As from a timer of Node's. */
  #push(): void {
    this.watch.isPushing = true
    this.chance.self?.push(text('z'.repeat(100)))
    this.watch.isPushing = false
  }
  #mayEnd(chance: number): void {
    const { socket } = this.peer
    if (chance < 0.945) this.#node.exit(socket.pid, this.#pick(['shutdown', 'normal', 'odd']))
    else if (chance < 0.948) this.#node.exit(socket.pid, 'kill')
    else if (chance < 0.951) this.#leave(3000)
    else if (chance < 0.953) this.#leave(undefined)
    else if (chance < 0.955) socket.closeBy(1012, undefined)
  }
  /** The peer goes: with this code, or without a close frame. */
  #leave(code: number | undefined): void {
    const { sink, closes } = this.peer
    if (sink === undefined) return
    if (closes.length === 0 && !this.isOver) this.#code ??= code ?? 1006
    if (code === undefined) sink.lost()
    else sink.remoteClosed(code, '')
  }
  /** What the counters must say: the code of the first close frame, 1006 without one. */
  get code(): number {
    const [sent] = this.peer.closes
    return this.#code ?? (sent === undefined ? 1006 : (sent[0] ?? 1005))
  }
  end(): void {
    const { socket, sink } = this.peer
    const how = this.#pick(['lost', 'closeBy', 'exit'])
    if (how === 'lost' && sink !== undefined) this.#leave(undefined)
    else if (how === 'closeBy') socket.closeBy(1001, undefined)
    else this.#node.exit(socket.pid, 'shutdown')
  }
}

/** Lives the life of this seed; what did not hold. */
export async function live(seed: number, node: TestNode, tally: Tally): Promise<string[]> {
  const random = randomOf(seed)
  const world = new World(node, random, tally)
  const { watch, web, peer } = world
  for (let i = 0; i < 120 && !world.isOver; i++) await world.step()
  if (!world.isOver) world.end()
  await node.settle()
  for (let i = 0; i < 40 && !world.isOver; i++) {
    if (random() < 0.5) world.settleOne()
    await node.advance(6000)
  }
  if (!world.isOver) watch.fault('it never ended')
  const atEnd = watch.log.length
  while (world.chance.pending.length > 0) world.settleOne()
  await node.advance(20_000)
  if (watch.log.length > atEnd) watch.fault(`callbacks after the end: ${watch.log.slice(atEnd).join()}`)
  const counters = web.listener.counters.read()
  if (!isBalanced(counters) || counters.open !== 0) watch.fault(`the counters do not balance: ${JSON.stringify(counters)}`)
  const codes = Object.keys(counters.closed)
  for (const code of codes) watch.count(code)
  if (counters.opened > 0 && codes.join() !== String(world.code))
    watch.fault(`counted ${codes.join()}, on the wire ${world.code}`)
  const { size } = kernelOf(node).timers
  if (size > 0) watch.fault(`${size} timers are left`)
  if (peer.counts.cut > 1) watch.fault('it was cut twice')
  return watch.faults
}
