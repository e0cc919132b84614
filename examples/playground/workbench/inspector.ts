// The inspector: the process that looks at all others, twice a second by a timer to itself, while a page looks on. It also hears of every
// crash, and passes on what a handler prints.
import { type ChannelListener, subscribe, unsubscribe } from 'node:diagnostics_channel'
import { type AnyPid, child, type ChildSpec, defineServer, type Down, named, send, type ServerPid } from 'gensock'
import { json, pushTo, type SocketPid } from 'gensock/socket'
import { inShort } from '../supervision/story.js'
import { Kinds } from './kinds.js'
import { readTable, rowsOf } from './table.js'

const LOOK_MS = 500
const MAX_PAGES = 100
/** Between two looks; the terminal has them all. */
const MAX_REPORTS = 20
const CRASHES = 'gensock:process:crash'

type Message =
  | Down
  | { readonly type: 'look' }
  | { readonly type: 'crashed'; readonly pid: string; readonly text: string }
  | { readonly type: 'printed'; readonly pid: string; readonly text: string }
interface Page {
  readonly socket: SocketPid
  readonly pinned?: string
}
interface State {
  readonly kinds: Kinds
  readonly pages: Map<AnyPid, Page>
  /** Is a `look` on its way? */
  looking: boolean
  reports: number
}

/** The argument of its `init` names those roots of the tree that have no name. */
export const inspector = defineServer<State, Message>()({
  init(names: ReadonlyMap<AnyPid, string>, self) {
    const me = self.pid
    const hear: ChannelListener = (message) => {
      const { pid, error } = message as { pid: AnyPid; error: unknown }
      send(me as ServerPid<{}, {}, Message>, { type: 'crashed', pid: String(pid), text: textOf(error) })
    }
    subscribe(CRASHES, hear)
    self.signal.addEventListener('abort', () => unsubscribe(CRASHES, hear)) // however it ends
    return ['ok', { kinds: new Kinds(names), pages: new Map(), looking: false, reports: 0 }]
  },
  handleCall: {
    /** A page looks on, or no more; with `pinned` it wants to see this process in any case. */
    async look({ on, pinned, socket }: { on: boolean; pinned?: string; socket: SocketPid }, _from, state, self) {
      const { pages } = state
      if (!on) return ['reply', pages.delete(socket), state]
      const isNew = !pages.has(socket)
      if (isNew && pages.size >= MAX_PAGES) return ['reply', false, state]
      if (isNew) self.monitor(socket)
      if (!state.looking) self.sendAfter(0, { type: 'look' })
      state.looking = true
      pages.set(socket, { socket, ...(pinned === undefined ? {} : { pinned }) })
      return ['reply', true, state]
    },
  },
  async handleInfo(message, state, self) {
    const { kinds, pages } = state
    if (message.type === 'DOWN') pages.delete(message.pid)
    if (message.type === 'crashed' && ++state.reports <= MAX_REPORTS) tell(pages, { report: message })
    if (message.type === 'printed') tell(pages, { printed: message })
    if (message.type === 'look') state.looking = pages.size > 0
    if (message.type === 'look' && state.looking) {
      self.sendAfter(LOOK_MS, { type: 'look' })
      const table = readTable()
      await kinds.learn(table, self)
      for (const { socket, pinned } of pages.values()) {
        pushTo(socket, json({ count: table.count, rows: rowsOf(table, kinds.nameOf, kinds.kindOf, pinned) }))
      }
      state.reports = 0
    }
    return ['noreply', state]
  },
})
export const INSPECTOR = named<typeof inspector>('inspector')
export const inspectorChild = (names: ReadonlyMap<AnyPid, string>): ChildSpec =>
  child('inspector', inspector, () => names, { name: 'inspector' })

/** Of what was thrown; it may refuse to be read. */
function textOf(error: unknown): string {
  try {
    return inShort(error instanceof Error ? String(error) : error)
  } catch {
    return 'an error that cannot be shown'
  }
}

function tell(pages: State['pages'], news: object): void {
  for (const { socket } of pages.values()) pushTo(socket, json(news))
}
