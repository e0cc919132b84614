// The page: its tabs, the choice of a handler, the cards side by side, the process table, and the beat that draws.

import { createCard } from './card.js'
import { openChat } from './chat.js'
import { drawProcesses, openFeed } from './feed.js'
import { openSupervision } from './supervision.js'
import { createTabs } from './tabs.js'

const sockets = document.getElementById('sockets')
const picker = document.getElementById('picker')
const empty = document.getElementById('empty')
const skip = document.getElementById('skip')
const processes = document.getElementById('processes')
const announcer = document.getElementById('announcer')
const feedState = document.querySelector('.feed')
const feedText = document.getElementById('feed-text')
const cards = new Set()
let opened = 0
let frames = 0
let known = new Map()
let supervising = false
openChat(document.getElementById('panel-chat'))

const host = {
  announce(text) {
    announcer.textContent = text
  },
  frame() {
    frames += 1
  },
  others(card) {
    return { open: [...cards].filter((other) => other !== card && other.state === 'open').length, frames }
  },
  removed(card) {
    cards.delete(card)
    card.root.remove()
    empty.hidden = cards.size > 0
    skip.hidden = cards.size === 0
    picker.querySelector('button').focus()
  },
}

picker.addEventListener('submit', (event) => {
  event.preventDefault()
  opened += 1
  const card = createCard(new FormData(picker).get('handler'), opened, host)
  cards.add(card)
  empty.hidden = true
  skip.hidden = false
  sockets.append(card.root)
})

createTabs(document.getElementById('tabs'), (panel) => {
  if (panel.id !== 'panel-supervision' || supervising) return
  supervising = true
  openSupervision(host.announce)
})

openFeed((records, state) => {
  known = records
  feedState.dataset.feed = state
  const live = [...records.values()].filter((record) => record.down === undefined).length
  feedText.textContent =
    state === 'open' ? `${live} socket ${live === 1 ? 'process' : 'processes'} alive` : 'the server does not answer'
  drawProcesses(processes, records)
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
