// The page: its tabs, the workbench, the decks of cards, and the beat that draws.

import { openBoss } from './boss.js'
import { openChat } from './chat.js'
import { openCursors } from './cursors.js'
import { cards } from './deck.js'
import { openFeed } from './feed.js'
import { openSupervision } from './supervision.js'
import { createTabs } from './tabs.js'
import { openWorkbench } from './workbench.js'
import { openZotonic } from './zotonic.js'

const find = (id) => document.getElementById(id)
const announce = (text) => {
  find('announcer').textContent = text
}
let known = new Map()
let workbench

openChat(find('panel-chat'))
openBoss(find('panel-boss'))

/** What is opened when its tab is shown first. */
const waiting = { 'panel-supervision': openSupervision, 'panel-cursors': openCursors, 'panel-zotonic': openZotonic }
let shown = 'panel-workbench'
createTabs(find('tabs'), ({ id }) => {
  shown = id
  workbench?.shown(id === 'panel-workbench')
  waiting[id]?.(announce)
  delete waiting[id]
})
void openWorkbench(find('panel-workbench'), announce).then((opened) => {
  workbench = opened
  workbench.shown(shown === 'panel-workbench')
  workbench.records(known)
})

openFeed((records, state) => {
  known = records
  document.querySelector('.feed').dataset.feed = state
  const live = [...records.values()].filter((record) => record.down === undefined).length
  find('feed-text').textContent =
    state === 'open' ? `${live} socket ${live === 1 ? 'process' : 'processes'} alive` : 'the server does not answer'
  workbench?.records(records)
  tellCards()
})

function tellCards() {
  for (const record of known.values()) {
    for (const card of cards) if (card.key === record.key) card.tell(record)
  }
}

// With reduced motion the line moves in steps of a second, together with the counts.
const still = matchMedia('(prefers-reduced-motion: reduce)')
function beat(now) {
  if (!still.matches) for (const card of cards) card.trace.draw(now)
  requestAnimationFrame(beat)
}
requestAnimationFrame(beat)
setInterval(() => {
  for (const card of cards) {
    card.refresh()
    if (still.matches) card.trace.draw(performance.now())
  }
}, 1000)
