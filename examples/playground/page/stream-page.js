// The page's own code. Whatever the stream tag connects is `stream`: here its states are shown, its messages counted, and what the
// buttons say goes over it to the postback of the rule.

import { stream } from './lib/gensock/stream.js'
import { addRow } from './rows.js'
import { createTally } from './tally.js'

const find = (id) => document.getElementById(id)
const main = document.querySelector('main')
const orders = document.querySelectorAll('[data-order]')
const tally = createTally()
const WAYS = { ws: 'a WebSocket', sse: 'server-sent events', longPoll: 'long polls' }
const RESUMED = {
  new: 'new: nothing was there before',
  resumed: 'resumed: nothing is missing',
  gap: 'gap: older messages are gone',
}

function show(state, text) {
  main.dataset.state = state
  find('state').textContent = text
  for (const button of orders) button.setAttribute('aria-disabled', String(state !== 'open'))
}
function draw({ kind, way, text, at }) {
  addRow(find('log'), kind, way, text, new Date(at))
}
function log(kind, way, text) {
  const row = { kind, way, text, at: Date.now() }
  tally.row(row)
  draw(row)
}
function judge() {
  const { kind, text } = tally.verdict()
  find('verdict').textContent = text
  find('verdict').dataset.kind = kind
}

Object.assign(stream, {
  onopen({ resumed, transport }) {
    if (resumed === 'new') tally.restart()
    show('open', `open, over ${WAYS[transport]}`)
    find('resumed').textContent = resumed
    find('resumed').hidden = false
    log('note', '·', `open over ${transport}, ${RESUMED[resumed]}`)
    judge()
  },
  onmessage(data) {
    const { n, text } = JSON.parse(data)
    tally.count(n)
    log('in', '←', `${n}: ${text}`)
    judge()
  },
  ondisconnect({ code, reason, willRetry, delayMs }) {
    const soon = delayMs === undefined ? 'until the page is back' : `next try in ${(delayMs / 1000).toFixed(1)} s`
    const then = willRetry ? soon : 'no more tries'
    show(willRetry ? 'waiting' : 'closed', willRetry ? `away, ${then}` : 'closed')
    find('resumed').hidden = true
    log('bad', '×', `lost: ${code}${reason === '' ? '' : ` ${reason}`}, ${then}`)
  },
})

for (const button of orders) {
  button.addEventListener('click', () => {
    if (stream.send(button.dataset.order)) log('out', '→', button.dataset.order)
  })
}
find('reload').addEventListener('click', () => location.reload())
for (const way of document.querySelectorAll('.ways a')) {
  if (way.search === location.search) way.setAttribute('aria-current', 'page')
}

tally.rows.forEach(draw)
if (tally.rows.length > 0) log('note', '·', 'the page was loaded anew')
show('connecting', 'connecting')
judge()
