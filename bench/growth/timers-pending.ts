// What a timer costs while so many others are pending: they belong to a process that waits, are due in ten to twenty minutes,
// and go with it.
import { type Receiver, spawnProcess } from 'gensock'
import { wait } from '../actors/program.js'
import { stopAll } from './processes.js'
import { type Growth, us } from './program.js'

const SIZES = [1000, 1_000_000] as const

async function among(self: Receiver, size: number, work: () => Promise<void>): Promise<number> {
  const holder = spawnProcess<number, 'stop' | 'due'>({
    init(own) {
      for (let i = 1; i <= size; i++) own.sendAfter(600_000 + ((i * 7919) % 600_000), 'due')
      self.send(self.pid, 'ready')
      return 0
    },
    message: () => ['stop', 'normal'],
  })
  await self.receive()
  const took = await us(work)
  await stopAll(self, [holder])
  return took
}

const cancel: Growth = {
  bench: 'timers_pending_cancel',
  sizes: SIZES,
  n: 200_000,
  run: (self, size, n) =>
    among(self, size, async () => {
      for (let i = 1; i <= n; i++) self.cancelTimer(self.sendAfter(60_000 + (i % 1000), 'x'))
    }),
}

const fire: Growth = {
  bench: 'timers_pending_fire',
  sizes: SIZES,
  n: 100_000,
  run: (self, size, n) =>
    among(self, size, async () => {
      for (let i = 1; i <= n; i++) self.sendAfter(i % 10, 'x')
      await wait(self, n)
    }),
}

export const timersPending: readonly Growth[] = [cancel, fire]
