// The "Zotonic" tab: cards for the manual's handler, and a frame with the page that has the stream tag. The page begins the session that
// one of the handler's rules wants, so nothing is connected before it is there.

import { createDeck } from './deck.js'

const find = (id) => document.getElementById(id)

/** Makes the tab work. */
export function openZotonic(announce) {
  const frame = find('stream')
  createDeck({
    picker: find('rules'),
    place: find('zotonic-sockets'),
    empty: find('zotonic-empty'),
    announce,
    changed: () => undefined,
  })
  frame.addEventListener('load', () => {
    find('rules').querySelector('[type=submit]').disabled = false
  })
  frame.src = '/stream'
}
