// The "Supervision" tab: the tree that the server pushes, the orders of its buttons, and what became of them.

import { stayConnected } from './connection.js'
import { createTree } from './tree.js'

const MAX_ROWS = 60
const SIGNS = { ended: '×', gaveUp: '▲', anew: '▶', note: '·', refused: '!' }

/** Connects and draws from now on. `announce(text)` tells those who do not see it. */
export function openSupervision(announce) {
  const panel = document.getElementById('panel-supervision')
  const log = document.getElementById('told')
  const ending = document.getElementById('ending')
  const tree = createTree(document.getElementById('tree'), (order) =>
    connection.send(order.type === 'crash' ? { ...order, how: new FormData(ending).get('how') } : order),
  )
  let fresh = true
  const connection = stayConnected('/ws/supervision', {
    opened() {
      fresh = true
      panel.dataset.feed = 'open'
    },
    heard({ tree: root, lines, refused }) {
      if (refused !== undefined) {
        addRow(log, { kind: 'refused', text: refused, at: Date.now() })
        announce(refused)
        return
      }
      tree.show(root)
      if (fresh) log.replaceChildren() // the first news of a connection have the whole log
      for (const line of lines) addRow(log, line)
      if (!fresh && lines.length > 0) announce(lines.map(({ text }) => text).join('. '))
      fresh = false
    },
    lost() {
      panel.dataset.feed = 'lost'
    },
  })
}

function addRow(log, { kind, text, at }) {
  const row = document.createElement('li')
  const time = document.createElement('time')
  const sign = document.createElement('span')
  const body = document.createElement('span')
  const when = new Date(at)
  row.className = kind
  time.dateTime = when.toISOString()
  time.textContent = when.toTimeString().slice(0, 8)
  sign.className = 'way'
  sign.textContent = SIGNS[kind] ?? SIGNS.note
  sign.setAttribute('aria-hidden', 'true')
  body.className = 'data'
  body.textContent = text
  row.append(sign, body, time)
  log.append(row)
  while (log.children.length > MAX_ROWS) log.firstElementChild.remove()
  log.scrollTop = log.scrollHeight
}
