// Rows of a log: when, which way, what. A reader who has scrolled up stays there.

const MAX_ROWS = 200
const MAX_SHOWN = 2000
const WAYS = { in: 'in', out: 'out' }

/** Adds a row; `kind` is `in`, `out`, `note` or `bad`. `op` says what it is, in a column of its own: an opcode, say. */
export function addRow(log, kind, way, data, at = new Date(), op) {
  const following = log.scrollTop + log.clientHeight >= log.scrollHeight - 24
  const row = document.createElement('li')
  const time = document.createElement('time')
  const arrow = document.createElement('span')
  const body = document.createElement('span')
  row.className = kind
  time.dateTime = at.toISOString()
  time.textContent = `${at.toTimeString().slice(0, 8)}.${String(at.getMilliseconds()).padStart(3, '0')}`
  arrow.className = 'way'
  arrow.textContent = way
  arrow.setAttribute('role', 'img')
  arrow.setAttribute('aria-label', WAYS[kind] ?? 'note')
  body.className = 'data'
  body.textContent = data.length > MAX_SHOWN ? `${data.slice(0, MAX_SHOWN)}… (${data.length} characters)` : data
  row.append(time, arrow, ...(op === undefined ? [] : [element('code', 'op', op)]), body)
  log.append(row)
  while (log.children.length > MAX_ROWS) log.firstElementChild.remove()
  if (following) log.scrollTop = log.scrollHeight
}

function element(name, className, text) {
  const made = document.createElement(name)
  made.className = className
  made.textContent = text
  return made
}
