// Spawning: processes that end at once, processes that wait, and what a waiting one weighs. A function process waits in
// `receive`, as the Erlang program does; a callback process (`_cb`) waits for its next call.
import { type Pid, processes, send, spawn, spawnProcess } from 'gensock'
import { inProcess, type Measured, type Program, type Row, timed, wait } from './program.js'

const IDLE = 300_000

const spawnExit: Program = {
  bench: 'spawn_exit',
  n: 300_000,
  async run(self, n) {
    const main = self.pid
    for (let i = 0; i < n; i++) {
      spawn((child) => {
        child.send(main, 'd')
      })
    }
    await wait(self, n)
  },
}

function idleFunction(): Pid<'stop'> {
  return spawn<'stop'>(async (self) => {
    await self.receive()
  })
}

const sleeper = { init: () => 0, message: () => ['stop', 'normal'] as const }
function idleCallback(): Pid<'stop'> {
  return spawnProcess<number, 'stop'>(sleeper)
}

/** What is on the heap once all garbage is gone. */
function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('this program needs node --expose-gc')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** Time to spawn, heap bytes of each, and how many lived at once. */
export interface Idle {
  readonly us: number
  readonly bytes: number
  readonly alive: number
}

/** Spawns `n` processes and waits until the last one waits, measures, and ends them all. */
export function measureIdle(n: number, spawnOne: () => Pid<'stop'>): Promise<Idle> {
  return inProcess(async (self) => {
    const main = self.pid
    const pids = Array.from<Pid<'stop'>>({ length: n })
    const before = heapUsed()
    const start = process.hrtime.bigint()
    for (let i = 0; i < n; i++) pids[i] = spawnOne()
    spawn((last) => {
      last.send(main, 'd')
    })
    await self.receive()
    const us = Number(process.hrtime.bigint() - start) / 1000
    const bytes = Math.round((heapUsed() - before) / n)
    const alive = processes().length - 1
    for (const pid of pids) send(pid, 'stop')
    spawn((last) => {
      last.send(main, 'd')
    })
    await self.receive()
    return { us, bytes, alive }
  })
}

function idle(suffix: string, spawnOne: () => Pid<'stop'>): Measured {
  return {
    bench: `spawn_idle${suffix}`,
    async measure(scale): Promise<Row[]> {
      const n = Math.ceil(IDLE / scale)
      const { us, bytes } = await measureIdle(n, spawnOne)
      return [timed(`spawn_idle${suffix}`, n, us), { bench: `bytes_per_idle_process${suffix}`, bytes }]
    },
  }
}

/** The two ways of waiting, by name. */
export const idleKinds = { function: idleFunction, callback: idleCallback }
export const spawning: readonly (Program | Measured)[] = [spawnExit, idle('', idleFunction), idle('_cb', idleCallback)]
