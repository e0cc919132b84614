// The experiment with a slow listener: starts it, counts what the parrot says here, and shows what became of the slow one.
// Everybody in the room sees it, whoever started it.

const number = new Intl.NumberFormat('en').format

/** Answers `{ enable(room), parrot(message), awake(message) }`; without a room there is nothing to start. */
export function createSlow(root) {
  const button = root.querySelector('#slow')
  const result = root.querySelector('#slow-result')
  const verdict = root.querySelector('#slow-verdict')
  let room
  let here = 0
  let isDrawn = true

  function write(name, text) {
    result.querySelector(`.slow-${name}`).textContent = text
  }
  function draw() {
    isDrawn = true
    write('here', `${number(here)} lines`)
  }
  function begin() {
    here = 0
    for (const name of ['said', 'here', 'heard', 'missed']) write(name, '…')
    result.hidden = false
    verdict.textContent = 'It reads nothing, and the parrot talks.'
  }

  button.addEventListener('click', () => {
    if (button.getAttribute('aria-disabled') === 'true') return
    button.setAttribute('aria-disabled', 'true')
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/slow/${encodeURIComponent(room)}`)
    socket.addEventListener('message', ({ data }) => {
      verdict.textContent = `Not now: ${JSON.parse(data).text}.`
    })
    socket.addEventListener('close', () => button.setAttribute('aria-disabled', 'false'))
  })

  return {
    enable(name) {
      room = name
      button.disabled = name === undefined
    },
    /** One of its lines: drawn with the next frame, not each by itself. */
    parrot({ n, of }) {
      if (n === 1) begin()
      here += 1
      write('said', `${number(n)} of ${number(of)}`)
      if (isDrawn) requestAnimationFrame(draw)
      isDrawn = false
    },
    awake({ said, heard, missed }) {
      draw()
      write('said', `${number(said)} lines`)
      write('heard', `${number(heard)} lines`)
      write('missed', `${number(missed)} messages`)
      const all = here === said ? 'This page heard all of it.' : `This page heard ${number(here)} of it.`
      verdict.textContent = `${all} The slow one knows how much it missed.`
    },
  }
}
