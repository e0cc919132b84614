// The actor programs on xstate: transition actors for what waits for messages (the lightest logic that xstate has), promise
// actors for what ends by itself. `send` runs the receiver at once, in the sender's stack, unless the receiver is busy.
// Entered by actors.mjs; calls harness.mjs, and xstate-machines.mjs for the programs that need state machines.
import { createActor, fromPromise } from 'xstate'
import { check, NODES, PARTNERS, partner, program, WORKERS } from './harness.mjs'
import { actor, collector, DONE, start } from './xstate-actor.mjs'
import { machines } from './xstate-machines.mjs'

const PONG = { type: 'pong' }

const brief = fromPromise(async ({ input: main }) => main.send(DONE))
const spawnExit = program('spawn_exit', 50_000, async (n) => {
  const { main, done } = collector(n)
  for (let i = 0; i < n; i++) start(brief, main)
  await done
})

const sleeper = actor((state, event) => {
  if (event.type === 'wake') event.main.send(DONE)
  return state
})
const spawnIdle = {
  bench: 'spawn_idle',
  also: 'bytes_per_idle_process',
  n: 100_000,
  fill(slots) {
    for (let i = 0; i < slots.length; i++) slots[i] = start(sleeper, 0)
  },
  async end(slots) {
    const { main, done } = collector(slots.length)
    for (const one of slots) one.send({ type: 'wake', main })
    await done
    for (const one of slots) one.stop()
  },
}

const ponger = actor((state, event) => {
  if (event.type === 'ping') event.from.send(PONG)
  return state
})
const pinger = actor((state, _event, { self }) => {
  if (state.left === 0) {
    state.main.send(DONE)
    return state
  }
  state.pong.send({ type: 'ping', from: self })
  return { ...state, left: state.left - 1 }
})
const pingPong = program('ping_pong', 500_000, async (n) => {
  const { main, done } = collector(1)
  const pong = start(ponger, 0)
  start(pinger, { pong, main, left: n }).send({ type: 'go' })
  await done
  pong.stop()
})

const counter = actor((count, event) => {
  if (event.type === 'inc') return count + 1
  if (event.type === 'get') event.from.send({ type: 'count', count })
  return count
})
const counting = program('counting', 1_000_000, async (n) => {
  const { main, done } = collector(1)
  const one = start(counter, 0)
  for (let i = 0; i < n; i++) one.send({ type: 'inc' })
  one.send({ type: 'get', from: main })
  check('counting', (await done).count, n)
  one.stop()
})

const node = actor((state, event) => {
  if (event.type === 'next') return { ...state, next: event.next }
  if (event.type === 'hop' && event.left === 0) state.main.send(DONE)
  else if (event.type === 'hop') state.next.send({ type: 'hop', left: event.left - 1 })
  return state
})
const ring = program('ring_503', 1_000_000, async (n) => {
  const { main, done } = collector(1)
  const nodes = [start(node, { main, next: undefined })]
  for (let i = 1; i < NODES; i++) nodes.push(start(node, { main, next: nodes[i - 1] }))
  nodes[0].send({ type: 'next', next: nodes.at(-1) })
  nodes[0].send({ type: 'hop', left: n })
  await done
  for (const one of nodes) one.stop()
})

const worker = actor((state, event) => {
  if (event.type !== 'm') return state
  if (state.left === 1) state.main.send(DONE)
  return { ...state, left: state.left - 1 }
})
const forkJoin = program(
  'fjthrput_60x10000',
  WORKERS * 10_000,
  async (n) => {
    const { main, done } = collector(WORKERS)
    const workers = Array.from({ length: WORKERS }, () => start(worker, { main, left: n / WORKERS }))
    for (let i = 1; i <= n / WORKERS; i++) for (const one of workers) one.send({ type: 'm', i })
    await done
    for (const one of workers) check('fjthrput', one.getSnapshot().context.left, 0)
    for (const one of workers) one.stop()
  },
  WORKERS,
)

function nextPing(state, self) {
  if (state.left === 0) state.main.send(DONE)
  else state.all[partner(state.left)].send({ type: 'ping', from: self })
  return state
}
const member = actor((state, event, { self }) => {
  if (event.type === 'ping') event.from.send(PONG)
  if (event.type === 'go') return nextPing({ ...state, all: event.all }, self)
  if (event.type === 'pong') return nextPing({ ...state, left: state.left - 1 }, self)
  return state
})
const big = program(
  'big_120x1000',
  PARTNERS * 1000,
  async (n) => {
    const { main, done } = collector(PARTNERS)
    const all = Array.from({ length: PARTNERS }, () => start(member, { main, left: n / PARTNERS, all: [] }))
    for (const one of all) one.send({ type: 'go', all })
    await done
    for (const one of all) one.stop()
  },
  PARTNERS,
)

const nothing = fromPromise(async () => undefined)
const monitorDown = program('monitor_down', 100_000, async (n) => {
  for (let i = 0; i < n; i++) {
    const one = createActor(nothing)
    const down = new Promise((complete) => one.subscribe({ complete }))
    one.start()
    await down
    check('monitor_down', one.getSnapshot().status, 'done')
  }
})

/** @type {import('./harness.mjs').Peer} */
export const peer = {
  name: 'xstate',
  open: () => undefined, // each actor that is created without a parent has a system of its own
  close: () => undefined,
  programs: [spawnExit, spawnIdle, pingPong, counting, ring, forkJoin, big, monitorDown, ...machines],
}
