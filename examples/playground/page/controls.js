// The controls of the bench that is chosen: what it is, its buttons, its text field, its slider.

const SIZES = [1, 10, 30, 100, 300, 1000, 3000, 10_000]
const number = new Intl.NumberFormat('en').format
const WORDS = {
  idle: 'not connected',
  connecting: 'connecting',
  open: 'open',
  closed: 'closed',
  crashed: 'crashed',
  running: 'running',
}

/** Answers `{ choose(bench), draw(bench) }`: another bench, and the same with news. */
export function createControls(panel) {
  const find = (id) => panel.querySelector(`#bench-${id}`)
  const slider = find('size')
  let bench

  function sized() {
    const size = SIZES[slider.value]
    find('count').textContent = `${number(size)} ${size === 1 ? 'message' : 'messages'}`
    slider.setAttribute('aria-valuetext', find('count').textContent)
  }
  slider.max = SIZES.length - 1
  slider.addEventListener('input', sized)
  sized()

  find('connect').addEventListener('click', () => {
    if (bench.entry.isProgram) void bench.run()
    else if (bench.state === 'open') bench.disconnect()
    else if (bench.state !== 'connecting') bench.connect()
  })
  find('crash').addEventListener('click', () => bench.crash())
  find('hold').addEventListener('click', () => void bench.hold())
  find('send').addEventListener('submit', (event) => {
    event.preventDefault()
    bench.send(find('text').value)
  })
  find('burst').addEventListener('submit', (event) => {
    event.preventDefault()
    void bench.burst(SIZES[slider.value])
  })

  return {
    draw: (now) => drawState(panel, find, now),
    choose(next) {
      bench = next
      drawEntry(find, next)
    },
  }
}

/** What changes while a bench is used. */
function drawState(panel, find, { entry, state, pid, isHeld, result }) {
  const isOpen = state === 'open'
  const connect = find('connect')
  panel.querySelector('.bench').dataset.state = state
  find('state').textContent = WORDS[state]
  find('state').parentElement.hidden = entry.socket === undefined && state === 'idle'
  find('pid').textContent = pid ?? ''
  find('result').textContent = result
  connect.textContent = entry.isProgram ? 'Run' : isOpen ? 'Disconnect' : state === 'idle' ? 'Connect' : 'Connect again'
  if (state === 'connecting') connect.textContent = 'Connecting'
  connect.classList.toggle('primary', !isOpen)
  connect.setAttribute('aria-disabled', String(state === 'connecting' || state === 'running'))
  for (const name of ['crash', 'submit']) find(name).disabled = !isOpen
  for (const name of ['hold', 'burst-submit']) find(name).disabled = !isOpen || pid === undefined
  find('hold').setAttribute('aria-pressed', String(isHeld))
  find('hold').textContent = isHeld ? 'Let it go on' : 'Hold it'
}

/** What is the same as long as this entry is chosen. */
function drawEntry(find, { entry, log }) {
  find('title').textContent = entry.title
  find('text-of').textContent = entry.text
  find('log').setAttribute('aria-label', log.getAttribute('aria-label'))
  find('log').replaceChildren(log)
  log.scrollTop = log.scrollHeight
  find('live').hidden = entry.note !== undefined
  find('note').hidden = entry.note === undefined
  find('why').textContent = entry.note ?? ''
  drawPlace(entry, find('where'))
  for (const name of ['socket', 'crash', 'hold']) find(name).hidden = entry.socket === undefined
  find('hint').textContent = entry.crash?.hint ?? 'It runs as a process of this server, and ends by itself.'
  find('text').value = entry.socket?.say ?? ''
}

/** Where an entry is that cannot be tried here: its own page, or a command. */
function drawPlace({ page, example }, place) {
  const shown = document.createElement(page === undefined ? 'code' : 'a')
  shown.textContent = page === undefined ? `npm run example ${example}` : 'Open the kitchen timer'
  if (page !== undefined) Object.assign(shown, { href: page, target: '_blank', rel: 'noopener' })
  place.replaceChildren(shown)
}
