// What a message costs while so many processes live: a token that visits all of them in turn, and a pair that plays ping pong
// among so many that wait.
import { type Pid, type ProcessModule, type Receiver, spawn, spawnProcess } from 'gensock'
import { COUNTS, type Growth, us } from './program.js'

type Hop = number | 'stop' | { readonly type: 'next'; readonly next: Pid<Hop> }
const STOP = ['stop', 'normal'] as const

function ringNode(main: Pid, next: Pid<Hop> | undefined): Pid<Hop> {
  return spawnProcess<Pid<Hop> | undefined, Hop>({
    init: () => next,
    message(message, next, self) {
      if (typeof message === 'object') return ['ok', message.next]
      if (message === 'stop') return STOP
      if (message === 0) self.send(main, 'done')
      else self.send(next as Pid<Hop>, message - 1)
      return ['ok', next]
    },
  })
}

/** Ends them, and settles when the last one has ended. */
export async function stopAll(self: Receiver, pids: readonly Pid<any>[]): Promise<void> {
  for (const pid of pids) self.send(pid, 'stop')
  // Behind all of them in the queue.
  spawn((last) => last.send(self.pid, 'ended') as undefined)
  await self.receive((message: unknown) => message === 'ended')
}

const ring: Growth = {
  bench: 'ring',
  sizes: COUNTS,
  n: 1_000_000,
  async run(self, size, n) {
    const pids = [ringNode(self.pid, undefined)]
    for (let i = 2; i <= size; i++) pids.push(ringNode(self.pid, pids.at(-1)))
    const first = pids[0] as Pid<Hop>
    self.send(first, { type: 'next', next: pids.at(-1) as Pid<Hop> })
    const round = async (hops: number): Promise<void> => {
      self.send(first, hops)
      await self.receive()
    }
    await round(size) // each process has had a message before it counts
    const took = await us(() => round(n))
    await stopAll(self, pids)
    return took
  },
}

type Ping = { readonly type: 'ping'; readonly from: Pid<'pong'> }
const sleeper: ProcessModule<number, 'stop'> = { init: () => 0, message: () => STOP }
const ponger: ProcessModule<number, Ping | 'stop'> = {
  init: () => 0,
  message(message, state, self) {
    if (message === 'stop') return STOP
    self.send(message.from, 'pong')
    return ['ok', state]
  },
}

/** Sends `left` pings, one after the answer to the other, and then says so. */
function pinger(main: Pid, pong: Pid<Ping | 'stop'>, left: number): Pid<'pong'> {
  return spawnProcess<number, 'pong'>({
    init(self) {
      self.send(pong, { type: 'ping', from: self.pid })
      return left
    },
    message(_pong, left, self) {
      if (left === 1) {
        self.send(main, 'done')
        return STOP
      }
      self.send(pong, { type: 'ping', from: self.pid })
      return ['ok', left - 1]
    },
  })
}

const pairAmong: Growth = {
  bench: 'pair_among',
  sizes: COUNTS,
  n: 500_000,
  async run(self, size, n) {
    const idle = Array.from({ length: size }, () => spawnProcess(sleeper))
    const pong = spawnProcess(ponger)
    const play = async (times: number): Promise<void> => {
      pinger(self.pid, pong, times)
      await self.receive()
    }
    await play(1000)
    const took = await us(() => play(n))
    await stopAll(self, [pong, ...idle])
    return took
  },
}

export const processes: readonly Growth[] = [ring, pairAmong]
