// The stage: the server whose process has the demo application. It carries out orders one by one and pushes what has changed to
// all pages that watch; while there are any, it looks at the tree twice a second, for the states.
import { defineServer, type Down, type Exit } from 'gensock'
import { broadcast, json, pushTo, type SocketPid } from 'gensock/socket'
import { Demo } from './demo.js'
import type { Order } from './orders.js'
import { nodeOf, type View } from './view.js'

const LOOK_MS = 500
const MAX_PAGES = 100

type Message = Down | Exit | { readonly type: 'look' } | { readonly type: 'anew' }
interface State {
  readonly demo: Demo
  readonly pages: Map<string, SocketPid>
  /** Is a `look` on its way? */
  looking: boolean
  /** What the pages know: the tree as JSON, and the next line that is new to them. */
  shown: { readonly tree: string; readonly line: number }
}

/** The argument of its `init` counts milliseconds, for how near a supervisor is to giving up. */
export const stage = defineServer<State, Message>()({
  async init(now: () => number, self) {
    self.trapExit(true) // the application may end; the stage must not
    const demo = new Demo(self, now)
    await demo.start()
    return ['ok', { demo, pages: new Map(), looking: false, shown: shownNow(demo) }]
  },
  handleCall: {
    /** Shows the tree to a page from now on; `full` when too many watch. */
    watch({ pid }: { pid: SocketPid }, _from, state, self) {
      const { demo, pages } = state
      if (pages.size >= MAX_PAGES) return ['reply', 'full', state]
      if (!state.looking) self.sendAfter(LOOK_MS, { type: 'look' })
      state.looking = true
      self.monitor(pid)
      pages.set(String(pid), pid)
      pushTo(pid, json(viewOf(demo)))
      return ['reply', 'ok', state]
    },
    /** `ok` once it is carried out, or in words why not. */
    async order({ order }: { order: Order }, _from, state) {
      const answer = await state.demo.obey(order)
      push(state)
      return ['reply', answer, state]
    },
  },
  async handleInfo(message, state, self) {
    const { demo, pages } = state
    if (message.type === 'DOWN' && !pages.delete(String(message.pid)) && demo.knows(message)) await demo.look([message])
    if (message.type === 'anew' && demo.over) await demo.start()
    if (message.type === 'look') {
      await demo.look()
      state.looking = pages.size > 0
      if (state.looking) self.sendAfter(LOOK_MS, { type: 'look' })
    }
    push(state)
    return ['noreply', state]
  },
  terminate: (_reason, { demo }) => demo.stop(),
})

function viewOf({ tree, chronicle }: Demo): View {
  return { tree: nodeOf(tree, chronicle), lines: chronicle.lines }
}
function shownNow({ tree, chronicle }: Demo): State['shown'] {
  return { tree: JSON.stringify(nodeOf(tree, chronicle)), line: chronicle.next }
}

/** To all pages, if they do not know it yet. */
function push(state: State): void {
  const { demo, pages, shown } = state
  state.shown = shownNow(demo)
  if (state.shown.tree === shown.tree && state.shown.line === shown.line) return
  const view: View = { tree: nodeOf(demo.tree, demo.chronicle), lines: demo.chronicle.linesFrom(shown.line) }
  broadcast(pages.values(), json(view))
}
