// Messages between callback processes: one pair, one counter, a ring, one to many, all to all. `ping_pong_fn` is the pair
// once more with function processes, which await each message.
import { type Pid, type Self, spawn, spawnProcess } from 'gensock'
import { type Program, wait } from './program.js'

type Ping = { readonly type: 'ping'; readonly from: Pid<'pong'> }
const OK = ['ok', 0] as const
const STOP = ['stop', 'normal'] as const

function ponger(): Pid<Ping | 'stop'> {
  return spawnProcess<number, Ping | 'stop'>({
    init: () => 0,
    message(message, _state, self) {
      if (message === 'stop') return STOP
      self.send(message.from, 'pong')
      return OK
    },
  })
}

const pingPong: Program = {
  bench: 'ping_pong',
  n: 500_000,
  async run(main, n) {
    const pong = ponger()
    spawnProcess<number, 'pong'>({
      init(self) {
        self.send(pong, { type: 'ping', from: self.pid })
        return n
      },
      message(_pong, left, self) {
        if (left === 1) {
          self.send(main.pid, 'done')
          return STOP
        }
        self.send(pong, { type: 'ping', from: self.pid })
        return ['ok', left - 1]
      },
    })
    await main.receive()
    main.send(pong, 'stop')
  },
}

const pingPongFunctions: Program = {
  bench: 'ping_pong_fn',
  n: 500_000,
  async run(main, n) {
    const pong = spawn<Ping | 'stop'>(async (self) => {
      for (let message = await self.receive(); message !== 'stop'; message = await self.receive()) self.send(message.from, 'pong')
    })
    for (let i = 0; i < n; i++) {
      main.send(pong, { type: 'ping', from: main.pid })
      await main.receive()
    }
    main.send(pong, 'stop')
  },
}

type Count = 'inc' | { readonly type: 'get'; readonly from: Pid<number> }
const counting: Program = {
  bench: 'counting',
  n: 1_000_000,
  async run(main, n) {
    const counter = spawnProcess<number, Count>({
      init: () => 0,
      message(message, count, self) {
        if (message === 'inc') return ['ok', count + 1]
        self.send(message.from, count)
        return STOP
      },
    })
    for (let i = 0; i < n; i++) main.send(counter, 'inc')
    main.send(counter, { type: 'get', from: main.pid })
    if ((await main.receive()) !== n) throw new Error('counting lost a message')
  },
}

type Hop = number | 'stop' | { readonly type: 'next'; readonly next: Pid<Hop> }
function ringNode(main: Pid, next: Pid<Hop> | undefined): Pid<Hop> {
  return spawnProcess<Pid<Hop> | undefined, Hop>({
    init: () => next,
    message(message, next, self) {
      if (typeof message === 'object') return ['ok', message.next]
      if (message === 'stop') {
        self.send(next as Pid<Hop>, 'stop')
        return STOP
      }
      if (message === 0) self.send(main, 'done')
      else self.send(next as Pid<Hop>, message - 1)
      return ['ok', next]
    },
  })
}

const ring: Program = {
  bench: 'ring_503',
  n: 1_000_000,
  async run(main, n) {
    const first = ringNode(main.pid, undefined)
    let last = first
    for (let i = 2; i <= 503; i++) last = ringNode(main.pid, last)
    main.send(first, { type: 'next', next: last })
    main.send(first, n)
    await main.receive()
    main.send(first, 'stop')
  },
}

const ACTORS = 60
const forkJoin: Program = {
  bench: 'fjthrput_60x10000',
  n: ACTORS * 10_000,
  async run(main, n) {
    const each = n / ACTORS
    const workers = Array.from({ length: ACTORS }, () =>
      spawnProcess<number, { readonly type: 'm'; readonly i: number }>({
        init: () => each,
        message(_message, left, self) {
          if (left > 1) return ['ok', left - 1]
          self.send(main.pid, 'd')
          return STOP
        },
      }),
    )
    for (let i = 1; i <= each; i++) for (const worker of workers) main.send(worker, { type: 'm', i })
    await wait(main, ACTORS)
  },
}

const PEERS = 120
type Big =
  | 'pong'
  | 'stop'
  | { readonly type: 'ping'; readonly from: Pid<Big> }
  | { readonly type: 'go'; readonly all: readonly Pid<Big>[] }
interface BigState {
  all: readonly Pid<Big>[]
  left: number
}
function next(state: BigState, main: Pid, self: Self<Big>): readonly ['ok', BigState] {
  if (state.left === 0) self.send(main, 'd')
  else self.send(state.all[(state.left * 7919) % PEERS] as Pid<Big>, { type: 'ping', from: self.pid })
  return ['ok', state]
}
function peer(main: Pid, rounds: number): Pid<Big> {
  return spawnProcess<BigState, Big>({
    init: () => ({ all: [], left: rounds }),
    message(message, state, self) {
      if (message === 'pong') {
        state.left--
        return next(state, main, self)
      }
      if (message === 'stop') return STOP
      if (message.type === 'ping') {
        self.send(message.from, 'pong')
        return ['ok', state]
      }
      state.all = message.all
      return next(state, main, self)
    },
  })
}

const big: Program = {
  bench: 'big_120x1000',
  n: PEERS * 1000,
  async run(main, n) {
    const all = Array.from({ length: PEERS }, () => peer(main.pid, n / PEERS))
    for (const pid of all) main.send(pid, { type: 'go', all })
    await wait(main, PEERS)
    for (const pid of all) main.send(pid, 'stop')
  },
}

export const messaging: readonly Program[] = [pingPong, pingPongFunctions, counting, ring, forkJoin, big]
