// A selective receive that waits has rejected so many messages; now it gets one unwanted message after the other, each in a
// turn of its own. The guard counts how often it is asked: a receive that looks at rejected messages again fails here.
import { type Pid, type Receiver, spawn, spawnProcess } from 'gensock'
import { COUNTS, type Growth, us } from './program.js'

type Unwanted = { readonly type: 'bulk'; readonly i: number }
interface Waiting {
  readonly pid: Pid<Unwanted | 'want'>
  readonly asked: () => number
}

function waiting(main: Pid): Waiting {
  let asked = 0
  const pid = spawn<Unwanted | 'want'>(async (self) => {
    await self.receive((message) => {
      asked++
      return message === 'want'
    })
    self.send(main, 'wanted')
  })
  return { pid, asked: () => asked }
}

/** Answers whoever sends it his pid: behind everybody who was made ready before. */
const relay = (): Pid<Pid | 'stop'> =>
  spawnProcess<number, Pid | 'stop'>({
    init: () => 0,
    message(message, state, self) {
      if (message === 'stop') return ['stop', 'normal']
      self.send(message, 'next')
      return ['ok', state]
    },
  })

async function send(self: Receiver, to: Waiting, turn: Pid<Pid | 'stop'>, n: number): Promise<void> {
  for (let i = 1; i <= n; i++) {
    self.send(to.pid, { type: 'bulk', i })
    self.send(turn, self.pid)
    await self.receive()
  }
}

const selectiveGrowth: Growth = {
  bench: 'selective_growth',
  sizes: COUNTS,
  n: 10_000,
  async run(self, size, n) {
    const to = waiting(self.pid)
    const turn = relay()
    for (let i = 1; i <= size; i++) self.send(to.pid, { type: 'bulk', i })
    while (to.asked() < size) await send(self, to, turn, 1)
    const before = to.asked()
    const took = await us(() => send(self, to, turn, n))
    if (to.asked() !== before + n) throw new Error(`selective_growth: asked ${to.asked() - before} times for ${n} messages`)
    self.send(to.pid, 'want')
    await self.receive()
    self.send(turn, 'stop')
    return took
  },
}

export const selective: readonly Growth[] = [selectiveGrowth]
