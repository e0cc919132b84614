// The chart of a machine as a drawing: its states in a row, arrows between them, the current state lit.

const SVG = 'http://www.w3.org/2000/svg'
const BOX = { width: 80, height: 30 }
const STEP = 120
const LEFT = 2
const TOP = 2
const FINAL_TOP = 68
const HEIGHT = 100

/** Draws `{ states, arrows }` once. Answers `{ root, show(state) }`. */
export function createChart(name, { states, arrows }) {
  const places = placesOf(states, arrows)
  const root = element('svg', { class: 'chart', role: 'img', viewBox: `0 0 ${LEFT * 2 + STEP * 2 + BOX.width} ${HEIGHT}` })
  root.append(arrowHead())
  for (const arrow of arrows) root.append(...drawArrow(places, arrow))
  const boxes = new Map(states.map((state) => [state, drawState(state, places.get(state))]))
  root.append(...boxes.values())
  const ways = arrows.map(({ from, to, label }) => `${from ?? 'any state'} to ${to}: ${label}`).join(', ')
  return {
    root,
    show(current) {
      for (const [state, box] of boxes) box.classList.toggle('current', state === current)
      root.setAttribute('aria-label', `Chart of ${name}, now ${current ?? 'not running'}. ${ways}`)
    },
  }
}

/** A state that no arrow leaves stands below the others. */
function placesOf(states, arrows) {
  const left = new Set(arrows.map(({ from }) => from))
  const inRow = states.filter((state) => left.has(state))
  const ends = states.filter((state) => !left.has(state))
  return new Map([
    ...inRow.map((state, index) => [state, { x: LEFT + index * STEP, y: TOP, index }]),
    ...ends.map((state, index) => [state, { x: LEFT + STEP + index * STEP, y: FINAL_TOP, index }]),
  ])
}

function drawState(state, { x, y }) {
  const group = element('g', { class: 'chart-state', 'data-state': state })
  const label = element('text', { x: x + 26, y: y + 20 })
  label.textContent = state
  group.append(
    element('rect', { x, y, width: BOX.width, height: BOX.height, rx: 8 }),
    element('circle', { cx: x + 14, cy: y + 15, r: 5.5 }),
    label,
  )
  return group
}

function drawArrow(places, { from, to, label }) {
  const text = element('text', { class: 'chart-label' })
  text.textContent = label
  const end = places.get(to)
  const path = element('path', { class: 'chart-arrow', 'marker-end': 'url(#chart-head)' })
  if (from === undefined) {
    path.setAttribute('d', `M ${LEFT + 20} ${end.y + 15} H ${end.x - 3}`)
    path.classList.add('from-any')
    place(text, (LEFT + 20 + end.x) / 2, end.y + 9)
    text.textContent = `${label} (from any)`
    return [path, text]
  }
  const start = places.get(from)
  const middle = (start.x + end.x + BOX.width) / 2
  if (end.x > start.x) {
    path.setAttribute('d', `M ${start.x + BOX.width} ${start.y + 15} H ${end.x - 3}`)
    place(text, middle, start.y + 8)
  } else {
    const low = start.y + BOX.height
    path.setAttribute(
      'd',
      `M ${start.x + BOX.width / 2} ${low} v 9 q 0 10 -10 10 H ${end.x + BOX.width / 2 + 10} q -10 0 -10 -10 v -6`,
    )
    place(text, middle, low + 15)
  }
  return [path, text]
}

function place(text, x, y) {
  text.setAttribute('x', String(x))
  text.setAttribute('y', String(y))
}

function arrowHead() {
  const marker = element('marker', {
    id: 'chart-head',
    viewBox: '0 0 8 8',
    refX: 7,
    refY: 4,
    markerWidth: 7,
    markerHeight: 7,
    orient: 'auto',
  })
  marker.append(element('path', { d: 'M 0 0 L 8 4 L 0 8 z', class: 'chart-head' }))
  const defs = element('defs', {})
  defs.append(marker)
  return defs
}

function element(name, attributes) {
  const made = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  return made
}
