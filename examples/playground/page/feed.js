// The status feed: one socket that tells which socket processes live on the server, and how those that ended did.

import { stayConnected } from './connection.js'

const MAX_GONE = 6

/** Keeps the records by pid, newest last, and calls `changed(records, state)` after each change. */
export function openFeed(changed) {
  const records = new Map()
  stayConnected('/ws/status', {
    opened() {
      records.clear()
      changed(records, 'open')
    },
    heard(news) {
      for (const record of news) records.set(record.pid, record)
      forgetOldest(records)
      changed(records, 'open')
    },
    lost() {
      changed(records, 'lost')
    },
  })
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
