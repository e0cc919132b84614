// A socket of the page's own, for JSON in both directions: connects again when it is lost, more and more slowly.

const FIRST_MS = 500
const LONGEST_MS = 8000

/** Calls `opened()`, `heard(value)` and `lost()`. Answers `{ send(value) }`, which does nothing while the connection is lost. */
export function stayConnected(path, { opened, heard, lost }) {
  let delayMs = FIRST_MS
  let socket

  function connect() {
    socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}${path}`)
    socket.addEventListener('open', () => {
      delayMs = FIRST_MS
      opened()
    })
    socket.addEventListener('message', ({ data }) => heard(JSON.parse(data)))
    socket.addEventListener('close', () => {
      lost()
      setTimeout(connect, delayMs)
      delayMs = Math.min(delayMs * 2, LONGEST_MS)
    })
  }
  connect()
  return {
    send(value) {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(value))
    },
  }
}
