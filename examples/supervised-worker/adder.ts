// The worker: sums up numbers, and crashes on what is none. It does not catch anything: its supervisor knows what to do.
import type { GenServer } from 'gensock'

export const adder: GenServer<number, void, { add(fields: { text: string }): number }> = {
  init: () => ['ok', 0],
  handleCall: {
    add({ text }, _from, sum) {
      if (!/^\d+$/.test(text)) throw new Error(`not a number: ${text}`)
      const next = sum + Number(text)
      return ['reply', next, next]
    },
  },
}
