// The actor programs on comedy: in-memory actors below the root actor, plain-object definitions, `send` and `sendAndReceive`.
// Fields of a definition are the actor's state: comedy copies it for each actor. Entered by actors.mjs; calls harness.mjs.
import comedy from 'comedy'
import { check, latch, NODES, PARTNERS, partner, program, WORKERS } from './harness.mjs'

const IN_MEMORY = { mode: 'in-memory' }

/** An actor system that reads no configuration file and logs nothing. */
async function open() {
  const system = comedy({ config: {} })
  const log = system.getLog()
  log.setLevel(log.levels().Silent)
  return { system, root: await system.rootActor() }
}

/** The actor that a program runs for: its `n`-th `done` settles the promise, with what came in it. */
async function collector(root, n) {
  const { hit, done } = latch(n)
  return { main: await root.createChild({ done: hit }, IN_MEMORY), done }
}

function remember(self) {
  this.self = self
}

/** Answers, and ends. */
const brief = {
  initialize: remember,
  wake(main) {
    main.send('done')
    this.self.destroy()
  },
}
const spawnExit = program('spawn_exit', 50_000, async (n, { root }) => {
  const { main, done } = await collector(root, n)
  for (let i = 0; i < n; i++) {
    const one = await root.createChild(brief, IN_MEMORY)
    one.send('wake', main)
  }
  await done
})

const spawnIdle = {
  bench: 'spawn_idle',
  also: 'bytes_per_idle_process',
  n: 10_000, // the end of an actor copies the list of its siblings: 100 000 would take minutes to end
  async fill(slots, { root }) {
    for (let i = 0; i < slots.length; i++) slots[i] = await root.createChild(brief, IN_MEMORY)
  },
  async end(slots, { root }) {
    const { main, done } = await collector(root, slots.length)
    for (const one of slots) one.send('wake', main)
    await done
  },
}

const ponger = { ping: (from) => void from.send('pong') }
const pingPong = program('ping_pong', 500_000, async (n, { root }) => {
  const { main, done } = await collector(root, 1)
  const pong = await root.createChild(ponger, IN_MEMORY)
  const pinger = {
    initialize: remember,
    left: n,
    pong() {
      if (this.left === 0) main.send('done')
      else pong.send('ping', this.self)
      this.left--
    },
  }
  const ping = await root.createChild(pinger, IN_MEMORY)
  ping.send('pong')
  await done
})

const counter = {
  count: 0,
  inc() {
    this.count++
  },
  get(from) {
    from.send('done', this.count)
  },
}
const counting = program('counting', 500_000, async (n, { root }) => {
  const { main, done } = await collector(root, 1)
  const one = await root.createChild(counter, IN_MEMORY)
  for (let i = 0; i < n; i++) one.send('inc')
  one.send('get', main) // a `sendAndReceive` would overtake what was sent
  check('counting', await done, n)
})

const ring = program('ring_503', 1_000_000, async (n, { root }) => {
  const { main, done } = await collector(root, 1)
  const node = {
    before: undefined,
    next(before) {
      this.before = before
    },
    hop(left) {
      if (left === 0) main.send('done')
      else this.before.send('hop', left - 1)
    },
  }
  const first = await root.createChild(node, IN_MEMORY)
  let last = first
  for (let i = 2; i <= NODES; i++) last = await root.createChild({ ...node, before: last }, IN_MEMORY)
  first.send('next', last)
  first.send('hop', n)
  await done
})

const forkJoin = program(
  'fjthrput_60x10000',
  WORKERS * 5000,
  async (n, { root }) => {
    const { main, done } = await collector(root, WORKERS)
    const worker = {
      initialize: remember,
      left: n / WORKERS,
      m() {
        this.left--
        if (this.left > 0) return
        main.send('done')
        this.self.destroy()
      },
    }
    const workers = []
    while (workers.length < WORKERS) workers.push(await root.createChild(worker, IN_MEMORY))
    for (let i = 1; i <= n / WORKERS; i++) for (const one of workers) one.send('m', i)
    await done
  },
  WORKERS,
)

function nextPing(main, state) {
  if (state.left === 0) main.send('done')
  else state.all[partner(state.left)].send('ping', state.self)
}
const big = program(
  'big_120x1000',
  PARTNERS * 1000,
  async (n, { root }) => {
    const { main, done } = await collector(root, PARTNERS)
    const member = {
      initialize: remember,
      left: n / PARTNERS,
      all: [],
      go(all) {
        this.all = all
        nextPing(main, this)
      },
      ping: ponger.ping,
      pong() {
        this.left--
        nextPing(main, this)
      },
    }
    const all = []
    while (all.length < PARTNERS) all.push(await root.createChild(member, IN_MEMORY))
    for (const one of all) one.send('go', all)
    await done
  },
  PARTNERS,
)

const incrementer = {
  count: 0,
  inc() {
    return this.count++
  },
}
const call = program('gen_server_call', 200_000, async (n, { root }) => {
  const one = await root.createChild(incrementer, IN_MEMORY)
  let last
  for (let i = 0; i < n; i++) last = await one.sendAndReceive('inc')
  check('gen_server_call', last, n - 1)
  await one.destroy()
})

/** @type {import('./harness.mjs').Peer} */
export const peer = {
  name: 'comedy',
  open,
  close: ({ system }) => system.destroy(),
  programs: [spawnExit, spawnIdle, pingPong, counting, ring, forkJoin, big, call],
}
