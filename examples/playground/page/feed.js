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
