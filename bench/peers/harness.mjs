// How a peer's programs are timed: as the programs of ../actors, best of five runs, each in a fresh world (the peer's actor
// system) that is opened before the clock starts and closed after it has stopped. Entered by actors.mjs and by the three
// peers, which take the sizes and small parts from here; calls nothing of the bench.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * @typedef {ReturnType<typeof program>} Program
 *
 * @typedef {object} Idle puts a waiting actor into each slot; `end` makes each of them answer, which proves that they lived
 * @property {string} bench
 * @property {string} also the name of its second row
 * @property {number} n
 * @property {(slots: any[], world: any) => void | Promise<void>} fill
 * @property {(slots: any[], world: any) => Promise<void>} end
 *
 * @typedef {object} Peer
 * @property {string} name
 * @property {() => any} open
 * @property {(world: any) => void | Promise<void>} close
 * @property {readonly (Program | Idle)[]} programs
 */

const RUNS = 5
const QUICK_PART = 100

/** A program: `run(n, world)` does `n` operations, a multiple of `step`, and settles when the last one is done. */
export function program(bench, n, run, step = 1) {
  return { bench, n, run, step }
}

/** The sizes that the names of the programs promise. */
export const NODES = 503
export const WORKERS = 60
export const PARTNERS = 120

/** Whom an actor of `big` pings when so many pings are left. */
export function partner(left) {
  return (left * 7919) % PARTNERS
}

/** Settles with the last value once it was hit `n` times. */
export function latch(n) {
  let left = n
  let resolve
  const done = new Promise((settle) => {
    resolve = settle
  })
  const hit = (value) => {
    left--
    if (left === 0) resolve(value)
  }
  return { hit, done }
}

/** Throws if a program did not do what it says. */
export function check(what, got, expected) {
  if (got !== expected) throw new Error(`${what}: got ${got}, expected ${expected}`)
}

/** What is on the heap once all garbage is gone; needs no flag of node's. */
function heapUsed() {
  setFlagsFromString('--expose-gc')
  const collect = globalThis.gc ?? runInNewContext('gc')
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

function timed(peer, bench, n, us) {
  const perOp = Math.round((us * 10_000) / n) / 10
  return { peer, bench, n, us: Math.round(us), ns_per_op: perOp, op_per_s: Math.round((n * 1e6) / us) }
}

async function inWorld(peer, work) {
  const world = await peer.open()
  try {
    return await work(world)
  } finally {
    await peer.close(world)
  }
}

async function best(peer, { bench, run }, n, runs) {
  let us = Number.POSITIVE_INFINITY
  for (let i = 0; i < runs; i++) {
    const once = await inWorld(peer, async (world) => {
      const start = performance.now()
      await run(n, world)
      return (performance.now() - start) * 1000
    })
    us = Math.min(us, once)
  }
  return [timed(peer.name, bench, n, us)]
}

function idle(peer, { bench, also, fill, end }, n) {
  return inWorld(peer, async (world) => {
    const slots = Array.from({ length: n })
    const before = heapUsed()
    const start = performance.now()
    await fill(slots, world)
    const us = (performance.now() - start) * 1000
    const bytes = Math.round((heapUsed() - before) / n)
    await end(slots, world)
    return [timed(peer.name, bench, n, us), { peer: peer.name, bench: also, bytes }]
  })
}

/** Runs one program of a peer and answers the rows to print; `quick` takes a hundredth of its size, once. */
export function rows(peer, of, quick) {
  const { n: full, step = 1 } = of
  const n = quick ? Math.max(step, Math.floor(full / QUICK_PART / step) * step) : full
  return 'fill' in of ? idle(peer, of, n) : best(peer, of, n, quick ? 1 : RUNS)
}
