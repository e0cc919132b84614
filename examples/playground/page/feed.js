// The status feed: one socket that tells which socket processes live on the server, and how those that ended did.

const MAX_GONE = 6

/** Keeps the records by pid, newest last, and calls `changed(records, state)` after each change. */
export function openFeed(changed) {
  const records = new Map()
  let delayMs = 500

  function connect() {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/ws/status`)
    socket.addEventListener('open', () => {
      records.clear()
      delayMs = 500
      changed(records, 'open')
    })
    socket.addEventListener('message', ({ data }) => {
      for (const record of JSON.parse(data)) records.set(record.pid, record)
      forgetOldest(records)
      changed(records, 'open')
    })
    socket.addEventListener('close', () => {
      changed(records, 'lost')
      setTimeout(connect, delayMs)
      delayMs = Math.min(delayMs * 2, 8000)
    })
  }
  connect()
}

function forgetOldest(records) {
  const gone = [...records.values()].filter((record) => record.down !== undefined)
  for (const record of gone.slice(0, -MAX_GONE)) records.delete(record.pid)
}

/** Draws the process table into a list. */
export function drawProcesses(list, records) {
  const following = list.scrollLeft + list.clientWidth >= list.scrollWidth - 8
  list.replaceChildren(...[...records.values()].map(chip))
  if (following) list.scrollLeft = list.scrollWidth
}

function chip(record) {
  const item = document.createElement('li')
  item.className = 'process'
  const name = `${record.pid} ${record.handler}`
  if (record.down === undefined) {
    item.textContent = name
    return item
  }
  const crashed = record.terminated?.startsWith('crash') === true
  item.classList.add('gone', ...(crashed ? ['crashed'] : []))
  const struck = document.createElement('s')
  struck.textContent = name
  item.append(struck, crashed ? ' crashed' : ' gone')
  return item
}
