// The page: its tabs, the decks of cards, the process table, and the beat that draws.

import { openBoss } from './boss.js'
import { openChat } from './chat.js'
import { cards, createDeck } from './deck.js'
import { drawProcesses, openFeed } from './feed.js'
import { openSupervision } from './supervision.js'
import { createTabs } from './tabs.js'
import { openZotonic } from './zotonic.js'

const find = (id) => document.getElementById(id)
const announce = (text) => {
  find('announcer').textContent = text
}
let known = new Map()

createDeck({
  picker: find('picker'),
  place: find('sockets'),
  empty: find('empty'),
  announce,
  changed(count) {
    find('skip').hidden = count === 0
  },
})
openChat(find('panel-chat'))
openBoss(find('panel-boss'))

/** What is opened when its tab is shown first. */
const waiting = { 'panel-supervision': openSupervision, 'panel-zotonic': openZotonic }
createTabs(find('tabs'), ({ id }) => {
  waiting[id]?.(announce)
  delete waiting[id]
})

openFeed((records, state) => {
  known = records
  document.querySelector('.feed').dataset.feed = state
  const live = [...records.values()].filter((record) => record.down === undefined).length
  find('feed-text').textContent =
    state === 'open' ? `${live} socket ${live === 1 ? 'process' : 'processes'} alive` : 'the server does not answer'
  drawProcesses(find('processes'), records)
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
