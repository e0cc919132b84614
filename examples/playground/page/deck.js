// A deck: a form that picks a handler, and below it a card for each socket that was opened with it.

import { createCard } from './card.js'

/** Cards of all decks, and what has come in at them. */
export const cards = new Set()
let frames = 0
let opened = 0

/**
 * Makes the form work. Its handlers are radio buttons that know their path; `place` takes the cards, and shows `empty` while there is none.
 * `changed()` is called when one has come or gone.
 */
export function createDeck({ picker, place, empty, announce, changed }) {
  const mine = new Set()
  const host = {
    announce,
    frame() {
      frames += 1
    },
    others(card) {
      return { open: [...cards].filter((other) => other !== card && other.state === 'open').length, frames }
    },
    removed(card) {
      cards.delete(card)
      mine.delete(card)
      card.root.remove()
      empty.hidden = mine.size > 0
      changed(mine.size)
      picker.querySelector('[type=submit]').focus()
    },
  }
  picker.addEventListener('submit', (event) => {
    event.preventDefault()
    const { value, dataset } = picker.querySelector('[name=handler]:checked')
    const card = createCard({ handler: value, path: dataset.path }, ++opened, host)
    cards.add(card)
    mine.add(card)
    empty.hidden = true
    changed(mine.size)
    place.append(card.root)
  })
}
