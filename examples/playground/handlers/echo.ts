// A plain SocketHandler: echoes and counts what comes, ticks, and tells which process it is.
import { binary, type SocketHandler, text } from 'gensock/socket'

const TICK_MS = 2000

type State = { readonly count: number; readonly ticks: number }
type Tick = { readonly type: 'tick' }

export const echo: SocketHandler<State, Tick> = {
  init(_args, self) {
    self.sendAfter(TICK_MS, { type: 'tick' })
    return ['push', text(`I am process ${String(self.pid)}`), { count: 0, ticks: 0 }]
  },
  handle([kind, data], state) {
    const next = { ...state, count: state.count + 1 }
    return kind === 'binary' ? ['push', binary(data), next] : ['push', text(`${next.count}: ${data}`), next]
  },
  info(_tick, state, self) {
    const next = { ...state, ticks: state.ticks + 1 }
    self.sendAfter(TICK_MS, { type: 'tick' })
    return ['push', text(`${String(self.pid)} tick ${next.ticks}, heard ${state.count}`), next]
  },
}
