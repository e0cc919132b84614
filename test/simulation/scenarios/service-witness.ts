// A service of the scenario `services` that fails by chance, and its witness: what each of its processes is told of each socket,
// held against what the socket's process got. Entered by the scenario; each text says what is done with it.
import { self as selfPid, type Pid } from 'gensock'
import type { ServiceModule } from 'gensock/chicago-boss'
import type { SimulatedTransport, Simulation } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'

/** What a callback does: its work, now or later; it fails, now or later; it ends the service. */
export type Way = 'ok' | 'later' | 'throw' | 'reject' | 'stop'
export const WAYS: readonly Way[] = ['ok', 'ok', 'ok', 'ok', 'ok', 'later', 'later', 'throw', 'reject', 'stop']
type State = readonly string[]

/** One socket. */
export interface Seen {
  readonly name: string
  socket: SimulatedTransport
  /** What its next joins do. */
  readonly joins: Way[]
  /** How many texts its peer has sent, its process has got, and the service was called with. */
  sent: number
  got: number
  heard: number
  hasJoined: boolean
  closes: number
  /** How its joins have ended. */
  readonly attempts: ('open' | 'failed' | 'joined')[]
  /** Greetings that it was sent, and that came. */
  greeted: number
  greetings: number
}
/** One process of a service. */
interface Life {
  readonly pid: Pid<any>
  readonly joined: Set<Seen>
  readonly called: Set<Seen>
  isPastReplay: boolean
  running: string | undefined
}

export class Witness {
  readonly node: Simulation
  readonly sockets: Seen[] = []
  readonly module: ServiceModule<State>
  readonly lives: Life[] = []
  /** Broadcasts that were sent, and that were handled. */
  told = 0
  tellings = 0
  broken: Error | undefined = undefined
  /** First joins, in their order. */
  readonly #order: Seen[] = []

  /** Each socket has a process of its own. */
  readonly hasProcesses: boolean

  constructor(node: Simulation, concurrency: 'service' | 'socket') {
    this.node = node
    this.hasProcesses = concurrency === 'socket'
    this.module = (_req, name) => ({
      concurrency,
      init: () => this.#init(),
      handleJoin: (_url, _webSocket, state) => this.#join(this.#of(name), state),
      handleIncoming: (_url, _webSocket, text, state) => this.#text(this.#of(name), text, state),
      handleClose: (_reason, _url, _webSocket, state) => this.#close(this.#of(name), state),
      handleBroadcast: (number, state) => this.#broadcast(number, state),
      terminate: () => this.node.note('terminate'),
    })
  }
  fail(what: string): void {
    this.broken ??= new Error(what)
  }

  // ---- What the service is called with

  #init(): any {
    const life: Life = {
      pid: selfPid() as Pid<any>,
      joined: new Set(),
      called: new Set(),
      isPastReplay: false,
      running: undefined,
    }
    this.lives.push(life)
    // A first process that does not start costs its socket, where each has one of its own.
    const fails = !this.hasProcesses && this.node.chance.is(0.05)
    return this.#act(life, 'init', fails ? 'throw' : 'ok', [], () => ['ok', []])
  }
  #join(seen: Seen, state: State): any {
    const life = this.#life()
    const { name } = seen
    if (life.called.has(seen)) this.fail(`${name} is joined twice in one process`)
    if (seen.closes > 0) this.fail(`${name} is joined after its close`)
    this.#settle(seen)
    if (!seen.hasJoined) this.#order.push(seen)
    else if (life.isPastReplay) this.fail(`${name} is joined again after something else was handled`)
    else if (this.#order.slice(this.#order.indexOf(seen) + 1).some((later) => life.called.has(later)))
      this.fail(`${name} is joined again out of order`)
    if (!seen.hasJoined) life.isPastReplay = true
    seen.hasJoined = true
    life.called.add(seen)
    const attempt = seen.attempts.push('open') - 1
    return this.#act(life, `${name} joins`, seen.joins.shift() ?? 'ok', state, () => {
      if (seen.attempts[attempt] === 'open') seen.attempts[attempt] = 'joined'
      life.joined.add(seen)
      this.node.send(seen.socket.pid as any, ['text', `hello ${++seen.greeted}`])
      return ['noreply', [...state, name]]
    })
  }
  #text(seen: Seen, text: string, state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    const { name } = seen
    const [number, way] = text.split(' ') as [string, Way]
    if (!life.joined.has(seen)) this.fail(`${name} speaks before its join in this process`)
    if (seen.closes > 0) this.fail(`${name} speaks after its close`)
    if (this.isRefused(seen)) this.fail(`${name} speaks, and its join has failed twice`)
    if (Number(number) !== seen.heard + 1) this.fail(`text ${number} of ${name} comes after ${seen.heard}`)
    seen.heard = Number(number)
    return this.#act(life, `${name} says ${number}`, way, state, () => ['noreply', state])
  }
  #close(seen: Seen, state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    const { name } = seen
    this.#settle(seen)
    if (!seen.hasJoined) this.fail(`${name} is closed, and has never joined`)
    if (++seen.closes > 1) this.fail(`${name} is closed ${seen.closes} times`)
    if (!life.joined.has(seen) && !this.isRefused(seen)) this.fail(`${name} is closed before its join in this process`)
    return this.#act(life, `${name} is closed`, this.node.chance.pick(WAYS), state, () => [
      'noreply',
      state.filter((one) => one !== name),
    ])
  }
  #broadcast(number: number, state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    this.tellings++
    return this.#act(life, `broadcast ${number}`, this.node.chance.pick(WAYS), state, () => ['noreply', state])
  }

  #act(life: Life, what: string, way: Way, state: State, work: () => readonly unknown[]): unknown {
    this.node.note(`${what}: ${way}`)
    if (life.running !== undefined) this.fail(`${what} runs while ${life.running} does`)
    if (!this.node.isAlive(life.pid)) this.fail(`${what} runs in a process that has ended`)
    if (way === 'ok') return work()
    if (way === 'throw') throw new Error('on purpose')
    if (way === 'stop') return ['stop', 'normal', state]
    life.running = what
    const kernel = kernelOf(this.node)
    const ms = this.node.chance.int(40)
    return new Promise<void>((resolve) => kernel.timers.add(kernel.newRef(), ms, null, () => resolve(), undefined)).then(() => {
      life.running = undefined
      if (way === 'reject') throw new Error('on purpose')
      return this.node.isAlive(life.pid) ? work() : ['noreply', state]
    })
  }

  // ---- What is known

  /** A join that has not answered when something comes after it has ended with its process. */
  #settle({ attempts }: Seen): void {
    if (attempts.at(-1) === 'open') attempts[attempts.length - 1] = 'failed'
  }
  /** Two of its joins in a row have ended the service. */
  isRefused({ attempts }: Seen): boolean {
    return attempts.some((how, n) => how === 'failed' && attempts[n + 1] === 'failed')
  }
  #of(name: string | undefined): Seen {
    return this.sockets.find((seen) => seen.name === name) as Seen
  }
  #life(): Life {
    const pid = selfPid()
    return this.lives.findLast((life) => (life.pid as unknown) === pid) as Life
  }
}
