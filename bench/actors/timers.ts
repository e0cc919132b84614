// Timers: one that is cancelled before it fires, and many that fire within 50 ms.
import { type Program, wait } from './program.js'

const setCancel: Program = {
  bench: 'timer_set_cancel',
  n: 200_000,
  async run(self, n) {
    for (let i = 1; i <= n; i++) self.cancelTimer(self.sendAfter(60_000 + (i % 1000), 'x'))
  },
}

const fire: Program = {
  bench: 'timer_fire',
  n: 100_000,
  async run(self, n) {
    for (let i = 1; i <= n; i++) self.sendAfter(i % 50, 'x')
    await wait(self, n)
  },
}

export const timers: readonly Program[] = [setCancel, fire]
