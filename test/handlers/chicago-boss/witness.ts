// A service that fails by chance, and a witness of all that it is called with: what must hold whatever happens is looked at as
// it happens, and at the end. Entered by model.test.
import { type AnyPid, self as selfPid } from 'gensock'
import type { Boss, ServiceModule } from 'gensock/chicago-boss'
import type { SocketHandler } from 'gensock/socket'
import { type FakeTransport, fakeTransport, type TestNode } from 'gensock/testing'
import { after } from './failing.js'

/** What a callback does: its work, now or after so many ms; it fails, now or after 5 ms; it ends the service. */
export type Way = 'ok' | 'throw' | 'reject' | 'stop' | number
type State = readonly string[]

/** One socket and what the service has been told of it. */
export interface Seen {
  readonly user: string
  readonly socket: FakeTransport
  /** Of its next joins. */
  readonly joins: Way[]
  /** Texts that it has got to its process, and those that the service was called with. */
  readonly said: string[]
  readonly heard: string[]
  /** How its joins have ended, as long as that is known. */
  readonly attempts: ('open' | 'failed' | 'joined')[]
  hasJoined: boolean
  closes: number
  /** How many texts its peer has sent. */
  count: number
  /** It was killed while there was no router: nobody knows until there is one. */
  diedUnseen: boolean
}
/** One process of the service. */
interface Life {
  readonly pid: AnyPid
  /** Whose `handleJoin` has been called, and whose has been answered. */
  readonly called: Set<Seen>
  readonly joined: Set<Seen>
  /** Something that is no repeated join has been handled. */
  isPastReplay: boolean
  isBusy: boolean
}

export class Witness {
  readonly faults: string[] = []
  /** In the order in which they joined. */
  readonly sockets: Seen[] = []
  readonly module: ServiceModule<State, Way | 'who'>
  /** What the next inits do. */
  readonly inits: Way[] = []
  readonly tally = { lives: 0, joins: 0, rejoins: 0, texts: 0, closes: 0, unseen: 0, refused: 0, late: 0 }
  /** Answers of the broadcast `who`. */
  readonly known: string[] = []
  readonly #node: TestNode
  readonly #lives: Life[] = []
  /** The first joins, in their order. */
  readonly #order: Seen[] = []

  constructor(node: TestNode, concurrency: 'service' | 'socket') {
    this.#node = node
    this.module = (_req, user) => ({
      concurrency,
      init: () => this.#init(),
      handleJoin: (_url, _webSocket, state) => this.#join(this.#of(user), state),
      handleIncoming: (_url, _webSocket, text, state) => this.#text(this.#of(user), text, state),
      handleClose: (_reason, _url, _webSocket, state) => this.#close(this.#of(user), state),
      handleBroadcast: (way, state) => this.#broadcast(way, state),
    })
  }

  open(boss: Boss, ways: readonly Way[]): void {
    const user = `u${this.sockets.length}`
    const { handler } = boss.routes[0] as unknown as { readonly handler: SocketHandler<any, any> }
    const said: string[] = []
    const socket = fakeTransport(
      this.#node,
      {
        ...handler,
        handle(frame, state, self) {
          said.push(frame[1] as string)
          return handler.handle(frame, state, self)
        },
      },
      { request: { cookies: { _boss_session: user } } },
    )
    const facts = { heard: [], attempts: [], hasJoined: false, closes: 0, count: 0, diedUnseen: false }
    this.sockets.push({ user, socket, said, joins: [...ways], ...facts })
  }

  // ---- What the service does

  #init(): any {
    const life = { pid: selfPid(), called: new Set<Seen>(), joined: new Set<Seen>(), isPastReplay: false, isBusy: false }
    this.#lives.push(life)
    this.tally.lives++
    return this.#act(life, this.inits.shift() ?? 'ok', [], () => ['ok', []])
  }
  #join(seen: Seen, state: State): any {
    const life = this.#life()
    if (life.called.has(seen)) this.#fault(`${seen.user} joins twice in one process`)
    this.#settle(seen)
    if (!seen.hasJoined) this.#order.push(seen)
    else if (life.isPastReplay) this.#fault(`${seen.user} is joined again after something else`)
    else if (this.#order.slice(this.#order.indexOf(seen) + 1).some((later) => life.called.has(later)))
      this.#fault(`${seen.user} is joined again out of order`)
    if (!seen.hasJoined) life.isPastReplay = true
    if (seen.closes > 0) this.#fault(`${seen.user} joins after its close`)
    this.tally[seen.hasJoined ? 'rejoins' : 'joins']++
    seen.hasJoined = true
    life.called.add(seen)
    const attempt = seen.attempts.push('open') - 1
    return this.#act(life, seen.joins.shift() ?? 'ok', state, () => {
      if (seen.attempts[attempt] === 'open') seen.attempts[attempt] = 'joined'
      life.joined.add(seen)
      return ['noreply', [...state, seen.user]]
    })
  }
  #text(seen: Seen, text: string, state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    if (seen.closes > 0) this.#fault(`${seen.user} speaks after its close`)
    if (!life.joined.has(seen)) this.#fault(`${seen.user} speaks before its join`)
    if (this.isRefused(seen)) this.#fault(`${seen.user} speaks though its join has failed`)
    this.tally.texts++
    seen.heard.push(text)
    const way = text.split(' ')[1] as string
    return this.#act(life, (/^\d/.test(way) ? Number(way) : way) as Way, state, () => ['noreply', state])
  }
  #close(seen: Seen, state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    if (!seen.hasJoined) this.#fault(`${seen.user} is closed without a join`)
    seen.closes++
    this.tally.closes++
    this.#settle(seen)
    if (!life.joined.has(seen) && !this.isRefused(seen)) this.#fault(`${seen.user} is closed before its join`)
    if (!this.isOpen(seen) && seen.attempts.length > 1) this.tally.late++
    return this.#act(life, 'ok', state, () => ['noreply', state.filter((user) => user !== seen.user)])
  }
  #broadcast(way: Way | 'who', state: State): any {
    const life = this.#life()
    life.isPastReplay = true
    if (way === 'who') this.known.push(...state)
    return this.#act(life, way === 'who' ? 'ok' : way, state, () => ['noreply', state])
  }

  #act(life: Life, way: Way, state: State, work: () => readonly unknown[]): unknown {
    if (life.isBusy) this.#fault('two callbacks run at once')
    if (way === 'ok') return work()
    if (way === 'throw') throw new Error('boom')
    if (way === 'stop') return ['stop', 'normal', state]
    life.isBusy = true
    return after(this.#node, way === 'reject' ? 5 : way).then(() => {
      life.isBusy = false
      if (way === 'reject') throw new Error('boom')
      return this.#node.isAlive(life.pid) ? work() : ['noreply', state]
    })
  }

  // ---- What is known

  /** An attempt that is open still when something comes after it has ended with its process. */
  #settle({ attempts }: Seen): void {
    if (attempts.at(-1) === 'open') attempts[attempts.length - 1] = 'failed'
  }
  isOpen({ socket: { pid } }: Seen): boolean {
    return this.#node.isAlive(pid)
  }
  /** Two of its joins in a row have ended the service. */
  isRefused({ attempts }: Seen): boolean {
    return attempts.some((how, n) => how === 'failed' && attempts[n + 1] === 'failed')
  }
  /** The processes of the service. */
  get running(): AnyPid[] {
    return this.#lives.map(({ pid }) => pid).filter((pid) => this.#node.isAlive(pid))
  }
  #of(user: string | undefined): Seen {
    return this.sockets[Number(user?.slice(1))] as Seen
  }
  #life(): Life {
    const pid = selfPid()
    return this.#lives.findLast((life) => life.pid === pid) as Life
  }
  #fault(what: string): void {
    this.faults.push(what)
  }

  /** At the end, when nothing happens any more. */
  check(): void {
    for (const seen of this.sockets) {
      const { user, said, heard, hasJoined, closes, socket } = seen
      const accepted = socket.handshake?.[0] === 'accept'
      if (hasJoined !== accepted) this.#fault(`${user} has ${accepted ? 'not joined' : 'joined without a handshake'}`)
      if (closes !== (hasJoined ? 1 : 0)) this.#fault(`${user} was closed ${closes} times`)
      const refused = this.isRefused(seen)
      if (refused) this.tally.refused++
      if (seen.diedUnseen) this.tally.unseen++
      if (!refused && heard.join() !== said.join()) this.#fault(`${user} said ${said.join()}, heard was ${heard.join()}`)
      if (refused && said.join().slice(0, heard.join().length) !== heard.join()) this.#fault(`${user} was heard out of order`)
      if (socket.closed?.[1] === 1011 && !refused) this.#fault(`${user} was refused for nothing`)
    }
  }
}
