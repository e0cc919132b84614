// The worker of the demo tree: counts seconds. It crashes or ends when told to, and begins at zero when it comes back.
import { defineServer } from 'gensock'

const TICK_MS = 1000

export interface Counted {
  readonly count: number
}
type Tick = { readonly type: 'tick' }

export const worker = defineServer<Counted, Tick>()({
  init(_arg: void, self) {
    self.sendAfter(TICK_MS, { type: 'tick' })
    return ['ok', { count: 0 }]
  },
  handleCast: {
    fail() {
      throw new Error('boom')
    },
    finish: (_cast: object, state) => ['stop', 'normal', state],
  },
  handleInfo(tick, { count }, self) {
    self.sendAfter(TICK_MS, tick)
    return ['noreply', { count: count + 1 }]
  },
})
