// One card: one WebSocket of the browser, its frames with times, and what became of it.

import { addRow } from './rows.js'
import { createTrace } from './trace.js'

const CRASH_TEXT = 'crash me'
export const CODES = {
  1000: 'normal',
  1001: 'the server stops',
  1006: 'no close frame came',
  1008: 'more than its limit allows',
  1009: 'too big',
  1011: 'the handler crashed',
  1012: 'the server restarts',
}

/**
 * Opens a socket to this path. `host` has { announce(text), frame(), others(card): { open, frames }, removed(card) }.
 */
export function createCard({ handler, path }, number, host) {
  const root = document.getElementById('card').content.firstElementChild.cloneNode(true)
  const find = (selector) => root.querySelector(selector)
  const card = { root, name: `${handler} #${number}`, state: 'connecting', key: '', code: 0, atEnd: undefined, record: undefined }
  const log = find('.log')
  const input = find('input')
  card.trace = createTrace(find('.trace'))
  nameParts(find, handler, number, card.name)
  let socket

  function connect() {
    card.key = randomKey()
    card.record = undefined
    card.atEnd = undefined
    setState(card, 'connecting')
    find('.card-pid').textContent = ''
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}?key=${card.key}`)
    socket.binaryType = 'arraybuffer'
    socket.addEventListener('open', () => {
      setState(card, 'open')
      addRow(log, 'note', '·', 'connected')
      host.announce(`${card.name} is connected`)
    })
    socket.addEventListener('message', ({ data }) => {
      host.frame()
      card.trace.beat('in')
      addRow(log, 'in', '←', typeof data === 'string' ? data : `binary, ${data.byteLength} bytes`)
    })
    socket.addEventListener('close', (event) => ended(card, log, event, host))
  }
  function send(text) {
    if (socket.readyState !== WebSocket.OPEN) return
    socket.send(text)
    card.trace.beat('out')
    addRow(log, 'out', '→', text)
  }

  find('.send').addEventListener('submit', (event) => {
    event.preventDefault()
    if (input.value === '') return
    send(input.value)
    input.value = ''
  })
  find('.crash').addEventListener('click', () => send(CRASH_TEXT))
  find('.close').addEventListener('click', () => socket.close(1000, 'closed by the page'))
  find('.again').addEventListener('click', () => {
    connect()
    input.focus()
  })
  find('.remove').addEventListener('click', () => host.removed(card))
  card.focus = () => input.focus()
  card.refresh = () => drawEnd(card, host)
  card.tell = (record) => {
    card.record = record
    find('.card-pid').textContent = record.pid
    card.refresh()
  }
  connect()
  return card
}

function nameParts(find, handler, number, name) {
  const title = find('.card-title')
  const small = document.createElement('span')
  small.textContent = `#${number}`
  title.append(`${handler} `, small)
  title.id = `card-${number}`
  find('.log').setAttribute('aria-label', `Frames of ${name}`)
  find('.send input').id = `say-${number}`
  find('.send label').htmlFor = `say-${number}`
  find('.send label').textContent = `Message to ${name}`
  for (const button of ['.crash', '.close', '.again', '.remove', '.send button']) {
    const text = find(button).textContent
    find(button).setAttribute('aria-label', `${text}: ${name}`)
  }
  find('.trace').closest('article').setAttribute('aria-labelledby', title.id)
}

function setState(card, state) {
  card.state = state
  const over = state === 'closed' || state === 'crashed'
  const hadFocus = card.root.querySelector('.panel:not([hidden])').contains(document.activeElement)
  card.root.dataset.state = state
  card.root.querySelector('.badge').textContent = state
  card.root.querySelector('.alive').hidden = over
  card.root.querySelector('.ended').hidden = !over
  for (const control of card.root.querySelectorAll('.alive button')) control.disabled = state !== 'open'
  if (over && hadFocus) card.root.querySelector('.again').focus()
}

function ended(card, log, { code, reason }, host) {
  const crashed = code === 1011
  card.code = code
  card.atEnd = host.others(card)
  addRow(log, crashed ? 'bad' : 'note', '×', `closed with ${code}${reason === '' ? '' : ` ${reason}`}`)
  setState(card, crashed ? 'crashed' : 'closed')
  card.refresh()
  host.announce(`${card.name} ${crashed ? 'crashed' : 'is closed'}, close code ${code}`)
  log.scrollTop = log.scrollHeight
}

function drawEnd(card, host) {
  if (card.atEnd === undefined) return
  const write = (selector, text) => {
    const place = card.root.querySelector(selector)
    if (place.textContent !== text) place.textContent = text
  }
  const { pid, terminated, down } = card.record ?? {}
  write('.end-code', `${card.code}${CODES[card.code] ? `, ${CODES[card.code]}` : ''}`)
  write('.end-terminate', terminated === undefined ? (down === undefined ? 'no word yet' : 'did not run') : `ran: ${terminated}`)
  write('.end-process', pid === undefined || down === undefined ? 'no word yet' : `${pid} is gone`)
  const others = host.others(card)
  const since = others.frames - card.atEnd.frames
  write(
    '.end-others',
    others.open === 0 ? 'none open' : `${others.open} live on, ${since} ${since === 1 ? 'frame' : 'frames'} since`,
  )
}

// crypto.randomUUID is missing on plain http from another machine, as when a phone opens the page.
export function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
