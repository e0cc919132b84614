// The life of a socket as an xstate chart, compiled into a table that every socket shares. sockets/socket moves along it.
//
//   asking -accept-> opening -ready-> open -end-> closing -done-> closed
//      \refuse         \crash          \crash       (also from opening and restarting: end)
//       closed          restarting <-----/   restarting -again-> opening      kill, from anywhere -> closed
import { createMachine } from 'xstate'
import { compileChart } from '../machines/chart.js'

/** The chart: before the 101, before `init` has answered, open, between two incarnations, while `terminate` runs, gone. */
export const lifecycle = createMachine({
  id: 'socket',
  initial: 'asking',
  on: { kill: '.closed' },
  states: {
    asking: { on: { accept: 'opening', refuse: 'closed' } },
    opening: { on: { ready: 'open', crash: 'restarting', end: 'closing' } },
    open: { on: { crash: 'restarting', end: 'closing' } },
    restarting: { on: { again: 'opening', end: 'closing' } },
    closing: { on: { done: 'closed' } },
    closed: { type: 'final' },
  },
})

export const CHART = compileChart(lifecycle)

export const ASKING = CHART.state('asking')
export const OPENING = CHART.state('opening')
export const OPEN = CHART.state('open')
export const RESTARTING = CHART.state('restarting')
export const CLOSING = CHART.state('closing')
export const CLOSED = CHART.state('closed')

export const ACCEPT = CHART.event('accept')
export const REFUSE = CHART.event('refuse')
export const READY = CHART.event('ready')
export const CRASH = CHART.event('crash')
export const AGAIN = CHART.event('again')
export const END = CHART.event('end')
export const DONE = CHART.event('done')
export const KILL = CHART.event('kill')
