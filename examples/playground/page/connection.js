// A socket of the page's own, for JSON in both directions: connects again when it is lost, more and more slowly.

const FIRST_MS = 500
const LONGEST_MS = 8000

/**
 * Calls `opened()`, `heard(value)` and `lost(code)`. Answers `{ send(value), end() }`: nothing is sent while the connection is
 * lost, a string goes as it is; after `end` nothing is called any more. Offers `protocols`.
 */
export function stayConnected(path, { opened, heard, lost }, protocols = []) {
  let delayMs = FIRST_MS
  let isOver = false
  let timer
  let socket

  function connect() {
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}`, protocols)
    socket.addEventListener('open', () => {
      delayMs = FIRST_MS
      if (!isOver) opened()
    })
    socket.addEventListener('message', ({ data }) => {
      if (!isOver) heard(JSON.parse(data))
    })
    socket.addEventListener('close', ({ code }) => {
      if (isOver) return
      timer = setTimeout(connect, delayMs)
      lost(code)
      delayMs = Math.min(delayMs * 2, LONGEST_MS)
    })
  }
  connect()
  return {
    send(value) {
      if (socket.readyState === WebSocket.OPEN) socket.send(typeof value === 'string' ? value : JSON.stringify(value))
    },
    end() {
      isOver = true
      clearTimeout(timer)
      socket.close(1000)
    },
  }
}
