// The page's own code: `stream` is what the stream tag has connected.

import { stream } from './lib/gensock/stream.js'

const state = document.getElementById('state')
const buttons = document.querySelectorAll('button')

function show(isOpen, text) {
  state.textContent = text
  for (const button of buttons) button.disabled = !isOpen
}

Object.assign(stream, {
  onopen({ resumed, transport }) {
    const more = resumed === 'gap' ? ', and some bells are so old that they are gone' : ''
    show(true, `connected: ${transport}, ${resumed}${more}`)
  },
  ondisconnect: () => show(false, 'not connected'),
  onmessage(data) {
    const { n, ordered } = JSON.parse(data)
    const row = document.createElement('li')
    row.textContent = `Bell ${n}, ordered at ${new Date(ordered).toTimeString().slice(0, 8)}`
    document.getElementById('bells').prepend(row)
  },
})
for (const button of buttons) button.addEventListener('click', () => stream.send(`ring ${button.dataset.seconds}`))
