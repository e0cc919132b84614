// Ends that others see: through a link by a process that traps exits, and through a monitor.
import { isDown, isExit } from 'gensock'
import type { Program } from './program.js'

function nothing(): void {}

const linkExit: Program = {
  bench: 'link_exit',
  n: 100_000,
  async run(self, n) {
    self.trapExit(true)
    for (let i = 0; i < n; i++) {
      const pid = self.spawnLink(nothing)
      await self.receive((message: unknown) => isExit(message) && message.pid === pid && message.reason === 'normal')
    }
    self.trapExit(false)
  },
}

const monitorDown: Program = {
  bench: 'monitor_down',
  n: 100_000,
  async run(self, n) {
    for (let i = 0; i < n; i++) {
      const [pid, ref] = self.spawnMonitor(nothing)
      await self.receive(
        (message: unknown) => isDown(message) && message.ref === ref && message.pid === pid && message.reason === 'normal',
      )
    }
  },
}

export const signals: readonly Program[] = [linkExit, monitorDown]
