// The socket of the "Supervision" tab: shows the tree, takes orders. What comes in is checked, slowed down, and answered only if
// it is refused; what is done shows in the tree.
import { type Down, genServer, type PidOf, supervisor, type SupervisorPid } from 'gensock'
import { close, json, type SocketHandler } from 'gensock/socket'
import { readOrder } from './orders.js'
import type { stage } from './stage.js'

const MAX_ORDERS = 10
const REFILL_MS = 1000

type Stage = PidOf<typeof stage>
interface State {
  readonly stage: Stage
  /** Orders since the last refill. */
  readonly orders: number
}
type Message = Down | { readonly type: 'refill' }

/** `tree` is the supervisor of the stage. */
export function supervisionFeed(tree: SupervisorPid): SocketHandler<State, Message> {
  return {
    async init(_args, self) {
      const [child] = await self.run(() => supervisor.whichChildren(tree))
      const state: State = { stage: child?.pid as Stage, orders: 0 }
      self.monitor(state.stage)
      const answer = await self.run(() => genServer.call(state.stage, { type: 'watch', pid: self.pid }))
      return answer === 'ok' ? ['ok', state] : ['push', close(1013, 'too many pages watch'), state]
    },
    async handle(frame, state, self) {
      if (state.orders >= MAX_ORDERS) return ['push', json({ refused: 'not so fast' }), state]
      if (state.orders === 0) self.sendAfter(REFILL_MS, { type: 'refill' })
      const next = { ...state, orders: state.orders + 1 }
      const order = readOrder(frame)
      const answer = typeof order === 'string' ? order : await genServer.call(state.stage, { type: 'order', order }, 'infinity')
      return answer === 'ok' ? ['ok', next] : ['push', json({ refused: answer }), next]
    },
    /** Without its stage it ends; the page connects again. */
    info: (message, state) => (message.type === 'DOWN' ? ['stop', 'normal', state] : ['ok', { ...state, orders: 0 }]),
    defaults: { maxFrameBytes: 1000, maxBufferedBytes: 1_000_000 },
  }
}
