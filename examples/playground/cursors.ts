// The simulated people of the "Cursors" tab: clients in this program, over sockets of its own. A process has them; they are there as long
// as any page looks on. Each page has a socket to it (page/cursors-crowd.ts is its contract), which is told once a second what it costs.
import { defineServer, genServer, named, pg } from 'gensock'
import type { ChildSpec, GroupChange } from 'gensock'
import { protocolHandler, toGroup } from 'gensock/protocol'
import { type Crowd, crowdAt } from '../cursors/crowd.js'
import { cursorNumbers, type Numbers } from '../cursors/cursors.js'
import { crowd } from './page/cursors-crowd.js'

const NAME = 'cursor crowd'
const SECOND_MS = 1000

type State = { readonly walking: Crowd; readonly before: Numbers; isTicking: boolean }

const walkers = defineServer<State, GroupChange | { type: 'second' }>()({
  async init(url: string, self) {
    self.trapExit(true)
    pg.monitor(NAME)
    return ['ok', { walking: crowdAt(url), before: await self.run(cursorNumbers), isTicking: false }]
  },
  handleCast: {
    add({ people }: { people: number }, state) {
      state.walking.grow(people)
      return ['noreply', state]
    },
    home(_request: {}, state) {
      state.walking.end()
      return ['noreply', state]
    },
  },
  async handleInfo(message, state, self) {
    const isWatched = self.run(() => pg.getMembers(NAME)).length > 0
    if (!isWatched) state.walking.end()
    if (message.type !== 'second' && (!isWatched || state.isTicking)) return ['noreply', state]
    if (isWatched) self.sendAfter(SECOND_MS, { type: 'second' })
    const { walking, before } = state
    const now = await self.run(cursorNumbers)
    const { people, skipped } = now
    const since = (name: 'moves' | 'told'): number => Math.max(0, now[name] - before[name]) // a new room counts from 0
    const numbers = { people, skipped, walking: walking.people.length, moves: since('moves'), told: since('told') }
    if (message.type === 'second') self.run(() => toGroup(crowd, NAME).numbers(numbers))
    return ['noreply', { walking, before: now, isTicking: isWatched }]
  },
  terminate: (_reason, { walking }) => walking.end(),
})

/** They connect to this url; a child behind the room. */
export const crowdChild = (url: string): ChildSpec => ({
  id: NAME,
  start: () => genServer.startLink(walkers, url, { name: NAME }),
})

/** The socket of a page. */
export const crowdFeed = protocolHandler<null>()(crowd, {
  init(_args, self) {
    self.run(() => pg.join(NAME, self.pid))
    return ['ok', null]
  },
  on: {
    add({ people }, state) {
      genServer.cast(named<typeof walkers>(NAME), { type: 'add', people })
      return ['ok', state]
    },
    home(_message, state) {
      genServer.cast(named<typeof walkers>(NAME), { type: 'home' })
      return ['ok', state]
    },
  },
  defaults: { maxFrameBytes: 100, rate: { messages: { perSecond: 5, burst: 20 } } },
})
