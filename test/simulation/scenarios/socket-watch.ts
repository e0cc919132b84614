// What one socket of the scenario `sockets` was told, and what must hold of it: a witness that keeps its own books from what
// callbacks see and what comes to the peer. Entered by the handler and the peer of that scenario; calls the node to ask who lives.
import { type ExitReason, isCrash, type Pid } from 'gensock'
import type { OnSlowPeer, TerminateReason } from 'gensock/socket'
import type { SimulatedTransport, Simulation } from 'gensock/testing'
import { type Limited, Limits } from './socket-limits.js'

/** One incarnation: `init` runs, has answered, or `terminate` has been called. */
type Phase = 'unborn' | 'init' | 'born' | 'over'

/** The witness of one socket. */
export class Watch {
  readonly name: string
  readonly policy: OnSlowPeer
  readonly mayRestart: boolean
  readonly limits: Limits
  readonly node: Simulation
  /** The first claim that did not hold. */
  broken: Error | undefined = undefined
  socket!: SimulatedTransport
  /** How many incarnations have begun, and when the last one did. */
  life = 0
  lifeBeganAt = 0
  phase: Phase = 'unborn'
  running: string | undefined = undefined
  /** A callback waits for something that never comes. */
  hangs = false
  /** Numbers of frames: sent by the peer, and of the last that was handled. */
  asked = 0
  handled = 0
  /** Of the frames that the peer had sent when it closed. */
  askedAtClose: number | undefined = undefined
  /** Of the callbacks' own frames; of those that the peer has got, the last by their sources. */
  pushed = 0
  readonly got = new Map<string, number>()
  /** The first close frame that a callback has pushed. */
  closedWith: number | undefined = undefined
  lastReason: TerminateReason | undefined = undefined
  exit: { readonly reason: ExitReason; readonly sent: number; readonly atMs: number } | undefined = undefined
  /** Linked processes that callbacks of this incarnation have made; how often it has joined its group. */
  readonly children: Pid[] = []
  joins = 0

  constructor(node: Simulation, name: string, policy: OnSlowPeer, mayRestart: boolean, limited: Limited) {
    this.node = node
    this.name = name
    this.policy = policy
    this.mayRestart = mayRestart
    this.limits = new Limits(this, limited)
  }
  /** Kept for `inspect`: what is thrown in a callback is a crash of the handler, and no more. */
  fail(what: string): void {
    this.broken ??= new Error(`${this.name}: ${what}`)
  }

  // ---- What callbacks see

  /** A callback begins. */
  begins(callback: string): void {
    const { node, phase, socket } = this
    node.note(`${this.name}: ${callback}`)
    if (this.exit !== undefined || !node.isAlive(socket.pid)) this.fail(`${callback} is called after the end of the process`)
    if (this.running !== undefined) this.fail(`${callback} is called while ${this.running} runs`)
    if (callback === 'init') this.#lives()
    else if (phase !== 'born') this.fail(`${callback} is called while its incarnation is ${phase}`)
    if (callback === 'terminate') this.phase = 'over'
    this.limits.begins(callback)
    this.running = callback
  }
  ends(callback: string, isGood: boolean): void {
    this.running = undefined
    this.limits.ends()
    if (callback === 'init' && isGood) this.phase = 'born'
  }
  #lives(): void {
    if (this.phase === 'born') this.fail('init is called again without terminate')
    if (this.life > 0 && !this.mayRestart) this.fail('init is called twice without a restart')
    if (this.phase === 'over' && this.lastReason?.type !== 'crash') this.fail('init is called after an end that is no crash')
    this.life++
    this.lifeBeganAt = this.node.now()
    this.phase = 'init'
    this.joins = 0
    if (this.children.some((pid) => this.node.isAlive(pid))) this.fail('a linked child lives on in the next incarnation')
    this.children.length = 0
  }
  /** Frame `number` of the peer is handled. */
  hears(number: number): void {
    if (number <= this.handled) this.fail(`frame ${number} is handled again, or after frame ${this.handled}`)
    if (number > this.handled + 1) this.fail(`frame ${this.handled + 1} was not handled, ${number} was: a frame is lost`)
    if (number > this.asked) this.fail(`frame ${number} was never sent`)
    this.limits.hears(number)
    this.handled = number
  }
  /** A timer that incarnation `life` has set for `dueMs` has come. */
  rings(life: number, dueMs: number): void {
    if (life !== this.life && dueMs > this.lifeBeganAt) this.fail(`a timer of incarnation ${life} rings in ${this.life}`)
    if (this.node.now() < dueMs) this.fail(`a timer rings ${dueMs - this.node.now()} ms too early`)
  }
  terminates(reason: TerminateReason): void {
    this.lastReason = reason
    if (reason.type !== 'remote') return
    // The peer's close frame is the last in the mailbox: everything before it has had its turn.
    if (this.handled !== this.askedAtClose)
      this.fail(`the peer closed after frame ${this.askedAtClose}, and frame ${this.handled} was the last that was handled`)
  }

  // ---- What the peer sees

  /** A frame of `source` with this number has come to the peer. */
  receives(source: string, number: number): void {
    const { policy } = this
    const way = typeof policy === 'object' ? `${source}${number % 3}` : source
    const last = this.got.get(way) ?? 0
    this.got.set(way, number)
    const isGapless = (policy === 'close' || policy === 'wait') && source !== 'b'
    if (number <= last) this.fail(`the peer got ${source}${number} after ${source}${last}`)
    if (isGapless && number > last + 1)
      this.fail(`the peer got ${source}${number} after ${source}${last}: something between them is lost`)
  }

  // ---- The end

  exited(reason: ExitReason, sent: number): void {
    if (this.exit !== undefined) this.fail('its process ends twice')
    this.exit = { reason, sent, atMs: this.node.now() }
    if (this.phase === 'born' && reason !== 'killed') this.fail(`it ended with ${JSON.stringify(reason)} without terminate`)
    if (reason === 'killed') this.limits.killed()
    this.#checkCode(reason)
  }
  /** The peer has heard a close frame of ours: then it has all that was pushed, where no policy drops anything. */
  heardEnd(how: unknown): void {
    const { socket, phase, policy, pushed, got, exit } = this
    if (how === 'cut' || how === 'refused' || phase !== 'over' || exit?.reason === 'killed') return
    if (policy !== 'wait') return
    if ((got.get('s') ?? 0) !== pushed)
      this.fail(`it closed with ${String(socket.closed)}, and the peer got ${got.get('s') ?? 0} of ${pushed} frames`)
  }
  /** At any time: nothing goes out after the end. */
  inspect(): void {
    if (this.broken !== undefined) throw this.broken
    this.limits.inspect()
    if (this.exit !== undefined && this.socket.sent.length !== this.exit.sent) this.fail('something was sent after its end')
  }
  #checkCode(reason: ExitReason): void {
    const { closed, handshake } = this.socket
    if (handshake?.[0] !== 'accept') return
    const code = closed === 'cut' ? 'cut' : closed === undefined ? 'none' : (closed[1] ?? 1005)
    const allowed = this.#codes(reason)
    if (!allowed.includes(code))
      this.fail(
        `it ended with ${code} for ${JSON.stringify(this.lastReason) ?? JSON.stringify(reason)}; promised is ${allowed.join(' or ')}`,
      )
  }
  /** What docs promise of the close frame. */
  #codes(reason: ExitReason): readonly (number | 'cut' | 'none')[] {
    if (this.closedWith !== undefined) return [this.closedWith]
    if (this.phase !== 'over') return reason === 'killed' ? ['cut'] : this.#withoutTerminate(reason)
    const last = this.lastReason as TerminateReason
    switch (last.type) {
      case 'timeout':
        return [1000]
      case 'remote':
        return [last.code ?? 1005]
      case 'crash':
        if (!this.mayRestart || isCrash(reason)) return [1011]
        // Ended between two incarnations: killed, without a close frame, or by an exit signal.
        return reason === 'killed' ? [1011, 'cut'] : [codeOfExit(reason)]
      case 'stop':
        return [last.reason === 'shutdown' ? 1001 : 1000]
      case 'exit':
        return [codeOfExit(last.reason)]
      default:
        return CODES[last.error] ?? []
    }
  }
  /** `init` has never answered: what ended it is not told to anybody. */
  #withoutTerminate(reason: ExitReason): readonly (number | 'cut' | 'none')[] {
    return reason === 'normal' ? [1000, 1005, 1013, 'none'] : [codeOfExit(reason)]
  }
}

const CODES: Readonly<Record<string, readonly (number | 'cut' | 'none')[]>> = {
  closed: ['none', 'cut'],
  slow_peer: [1013],
  rate_exceeded: [1008],
  badsize: [1009],
}
function codeOfExit(reason: ExitReason): number {
  return reason === 'normal' ? 1000 : reason === 'shutdown' ? 1001 : 1011
}
