// The experiment of the "Chat" tab: a real client joins the room and then reads nothing, while a parrot says far more than the
// system keeps for it. Then it reads again, and the room hears what it heard and what it was told that it missed.
import { type Pid, send } from 'gensock'
import { broadcastToGroup, close, type InitArgs, json, type SocketHandler } from 'gensock/socket'
import { WebSocket } from 'ws'

const NAME = 'slow listener'
const LINES = 1500
const AT_ONCE = 10
const EVERY_MS = 20
const PADDING = 'squawk! '.repeat(1000)

type Message =
  | { readonly type: 'talk' }
  | { readonly type: 'awake'; readonly heard: number; readonly missed: number }
  | { readonly type: 'refused'; readonly text: string }
interface State {
  readonly group: string
  readonly said: number
  readonly wake: () => void
}

/** `url` is that of the chat, up to the name of the room, whose people hear the parrot. */
export function slowListener(url: string): SocketHandler<State, Message, {}, InitArgs<{ room: string }>> {
  return {
    init({ params: { room } }, self) {
      const state = { group: `chat/${room}`, said: 0, wake: () => undefined }
      if (self.whereis(NAME) !== undefined)
        return ['push', [json({ type: 'refused', text: 'a slow listener is at it: one at a time' }), close(1000)], state]
      self.register(NAME, self.pid)
      return ['ok', { ...state, wake: fallAsleep(url + encodeURIComponent(room), self.pid, self.signal) }]
    },
    handle: (_frame, state) => ['ok', state],
    info(message, state, self) {
      const { group, said, wake } = state
      if (message.type === 'refused') return ['push', [json(message), close(1000)], state]
      if (message.type === 'awake') {
        broadcastToGroup(group, json({ ...message, said }))
        return ['push', close(1000), state]
      }
      if (said === LINES) {
        wake()
        return ['ok', state]
      }
      for (let n = said + 1; n <= said + AT_ONCE; n++) {
        broadcastToGroup(group, json({ type: 'parrot', n, of: LINES, padding: PADDING }))
      }
      self.sendAfter(EVERY_MS, { type: 'talk' })
      return ['ok', { ...state, said: said + AT_ONCE }]
    },
    defaults: { maxFrameBytes: 100 },
  }
}

/** Joins, stops reading, and says so to `pid`: let the parrot talk. Answers how to wake it. */
function fallAsleep(url: string, pid: Pid<Message>, signal: AbortSignal): () => void {
  const socket = new WebSocket(url)
  let heard = 0
  let missed = 0
  const hear = (told: { readonly type: string; readonly text?: string; readonly count?: number }): void => {
    if (told.type === 'error') send(pid, { type: 'refused', text: told.text ?? '' })
    if (told.type === 'parrot') heard++
    if (told.type === 'missed') missed += told.count ?? 0
    if (heard + missed >= LINES) send(pid, { type: 'awake', heard, missed })
  }
  signal.addEventListener('abort', () => socket.terminate())
  socket.on('error', (error) => send(pid, { type: 'refused', text: error.message }))
  socket.on('close', (code) => send(pid, { type: 'refused', text: `closed with ${code}` }))
  socket.on('message', (data) => hear(JSON.parse((data as Buffer).toString())))
  socket.once('open', () => socket.send('{ "type": "join", "nick": "sleeper" }'))
  socket.once('message', () => {
    socket.pause()
    send(pid, { type: 'talk' })
  })
  return () => socket.resume()
}
