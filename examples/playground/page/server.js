// The workbench's connection to its feed: orders with answers, the tree, reports of crashes, what programs print.

import { stayConnected } from './connection.js'

/**
 * Draws into `processes`, and tells the benches by their ids. Answers `{ ask(order), look(isShown), pin(bench) }`: the tree comes while
 * the tab is shown.
 */
export function createServer(processes, benches) {
  const asked = new Map()
  let last = 0
  let isShown = false
  let isOpen = false
  let pinned
  const feed = stayConnected('/ws/workbench', {
    opened() {
      isOpen = true
      void look()
    },
    heard({ id, answer, rows, count, report, printed, line, program, ended, reason }) {
      if (rows !== undefined) processes.draw(rows, count)
      if (report !== undefined) for (const bench of benches.values()) bench.report(report)
      if (printed !== undefined) for (const bench of benches.values()) bench.printed(printed)
      if (line !== undefined) benches.get(program).line(line)
      if (ended !== undefined) benches.get(ended).ended(reason)
      asked.get(id)?.(answer)
      asked.delete(id)
    },
    lost() {
      isOpen = false
      for (const done of asked.values()) done(undefined)
      asked.clear()
      for (const bench of benches.values()) bench.lost()
    },
  })
  /** Sends an order and answers what became of it; undefined if the connection is lost. */
  function ask(order) {
    if (!isOpen) return Promise.resolve(undefined)
    const id = ++last
    return new Promise((done) => {
      asked.set(id, done)
      feed.send({ id, ...order })
    })
  }
  function look() {
    const on = isShown && !document.hidden
    return ask(on && pinned?.pid !== undefined ? { type: 'pin', pid: pinned.pid } : { type: 'look', on })
  }
  document.addEventListener('visibilitychange', () => void look())
  return {
    ask,
    look(now) {
      if (now === isShown) return
      isShown = now
      void look()
    },
    /** The process of this bench is in the tree, however many there are. */
    pin(bench) {
      pinned = bench
      void look()
    },
  }
}
