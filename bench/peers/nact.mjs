// The actor programs on nact: stateful actors below the system, references inside the messages, `query` for a call, `onCrash`
// for the restart. An actor runs for a message only, so what ends by itself is sent one first. Actors are named by the program:
// nact's own names are random 31-bit numbers, which meet before 100 000. Entered by actors.mjs; calls harness.mjs.
import { dispatch, query, spawn, start, stop } from 'nact'
import { check, latch, NODES, PARTNERS, partner, program, WORKERS } from './harness.mjs'

const DONE = { type: 'done' }
const PONG = { type: 'pong' }
const TIMEOUT_MS = 30_000

/** The actor that a program runs for: its `n`-th message settles `done`. */
function collector(system, n) {
  const { hit, done } = latch(n)
  return { main: spawn(system, (_state, message) => hit(message), 'main'), done }
}

function brief(_state, { main }, { self }) {
  dispatch(main, DONE)
  stop(self)
}
const spawnExit = program('spawn_exit', 100_000, async (n, system) => {
  const { main, done } = collector(system, n)
  for (let i = 0; i < n; i++) dispatch(spawn(system, brief, `p${i}`), { main })
  await done
})

const spawnIdle = {
  bench: 'spawn_idle',
  also: 'bytes_per_idle_process',
  n: 100_000,
  fill(slots, system) {
    for (let i = 0; i < slots.length; i++) slots[i] = spawn(system, brief, `p${i}`)
  },
  async end(slots, system) {
    const { main, done } = collector(system, slots.length)
    for (const one of slots) dispatch(one, { main })
    await done
  },
}

function ponger(_state, { from }) {
  dispatch(from, PONG)
}
const pingPong = program('ping_pong', 500_000, async (n, system) => {
  const { main, done } = collector(system, 1)
  const pong = spawn(system, ponger, 'pong')
  function pinger(left, _message, { self }) {
    if (left === 0) dispatch(main, DONE)
    else dispatch(pong, { type: 'ping', from: self })
    return left - 1
  }
  dispatch(spawn(system, pinger, 'ping', { initialState: n }), { type: 'go' })
  await done
  stop(pong)
})

function counter(count, { type, from }) {
  if (type === 'inc') return count + 1
  dispatch(from, count)
  return count
}
const counting = program('counting', 1_000_000, async (n, system) => {
  const one = spawn(system, counter, 'counter', { initialState: 0 })
  for (let i = 0; i < n; i++) dispatch(one, { type: 'inc' })
  check('counting', await query(one, (from) => ({ type: 'get', from }), TIMEOUT_MS), n)
  stop(one)
})

const ring = program('ring_503', 1_000_000, async (n, system) => {
  const { main, done } = collector(system, 1)
  function node(next, message) {
    if (message.type === 'next') return message.next
    if (message.left === 0) dispatch(main, DONE)
    else dispatch(next, { type: 'hop', left: message.left - 1 })
    return next
  }
  const nodes = [spawn(system, node, 'node0')]
  for (let i = 1; i < NODES; i++) nodes.push(spawn(system, node, `node${i}`, { initialState: nodes[i - 1] }))
  dispatch(nodes[0], { type: 'next', next: nodes.at(-1) })
  dispatch(nodes[0], { type: 'hop', left: n })
  await done
  for (const one of nodes) stop(one)
})

const forkJoin = program(
  'fjthrput_60x10000',
  WORKERS * 10_000,
  async (n, system) => {
    const { main, done } = collector(system, WORKERS)
    function worker(left, _message, { self }) {
      if (left === 1) {
        dispatch(main, DONE)
        stop(self)
      }
      return left - 1
    }
    const initialState = n / WORKERS
    const workers = Array.from({ length: WORKERS }, (_, i) => spawn(system, worker, `w${i}`, { initialState }))
    for (let i = 1; i <= n / WORKERS; i++) for (const one of workers) dispatch(one, { type: 'm', i })
    await done
  },
  WORKERS,
)

const big = program(
  'big_120x1000',
  PARTNERS * 1000,
  async (n, system) => {
    const { main, done } = collector(system, PARTNERS)
    function nextPing(state, self) {
      if (state.left === 0) dispatch(main, DONE)
      else dispatch(state.all[partner(state.left)], { type: 'ping', from: self })
      return state
    }
    function member(state, message, { self }) {
      if (message.type === 'go') return nextPing({ ...state, all: message.all }, self)
      if (message.type === 'pong') return nextPing({ ...state, left: state.left - 1 }, self)
      dispatch(message.from, PONG)
      return state
    }
    const initialState = { left: n / PARTNERS, all: [] }
    const all = Array.from({ length: PARTNERS }, (_, i) => spawn(system, member, `m${i}`, { initialState }))
    for (const one of all) dispatch(one, { type: 'go', all })
    await done
    for (const one of all) stop(one)
  },
  PARTNERS,
)

function incrementer(count, { from }) {
  dispatch(from, count)
  return count + 1
}
const call = program('gen_server_call', 200_000, async (n, system) => {
  const one = spawn(system, incrementer, 'server', { initialState: 0 })
  let last
  for (let i = 0; i < n; i++) last = await query(one, (from) => ({ type: 'inc', from }), TIMEOUT_MS)
  check('gen_server_call', last, n - 1)
  stop(one)
})

function nothing(_state, _message, { self }) {
  stop(self)
}
const monitorDown = program('monitor_down', 100_000, async (n, system) => {
  const { main, done } = collector(system, 1)
  function watcher(left, _message, { self }) {
    if (left === 0) dispatch(main, DONE)
    else dispatch(spawn(self, nothing, `p${left}`, { afterStop: () => dispatch(self, { type: 'down' }) }), { type: 'go' })
    return left - 1
  }
  dispatch(spawn(system, watcher, 'watcher', { initialState: n }), { type: 'go' })
  await done
})

function crash() {
  throw new Error('boom')
}
const supervisorRestart = program('supervisor_restart', 20_000, async (n, system) => {
  const { main, done } = collector(system, 1)
  function owner(left, { child }) {
    dispatch(left === 0 ? main : child, { type: left === 0 ? 'done' : 'crash' })
    return left - 1
  }
  const watching = spawn(system, owner, 'owner', { initialState: n })
  const initialStateFunc = ({ self }) => dispatch(watching, { type: 'up', child: self })
  const child = spawn(system, crash, 'child', { initialStateFunc, onCrash: (_message, _error, { reset }) => reset })
  await done
  stop(child)
})

/** @type {import('./harness.mjs').Peer} */
export const peer = {
  name: 'nact',
  open: () => start(),
  close: stop,
  programs: [spawnExit, spawnIdle, pingPong, counting, ring, forkJoin, big, call, monitorDown, supervisorRestart],
}
