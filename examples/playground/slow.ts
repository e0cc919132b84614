// The experiment of the "Chat" tab: a real client joins the room and then reads nothing, while a parrot says far more than the
// system keeps for it. Then it reads again, and the room hears what it heard and what it was told that it missed.
import { type Pid, send } from 'gensock'
import { jsonCodec } from 'gensock/protocol'
import { close, type InitArgs, json, type SocketHandler } from 'gensock/socket'
import { WebSocket } from 'ws'
import { chatProtocol } from '../chat/contract.js'
import { tellRoom } from './chat-shown.js'

const NAME = 'slow listener'
const LINES = 1500
const AT_ONCE = 10
const EVERY_MS = 20
const PADDING = 'squawk! '.repeat(1000)
const NICK = 'sleeper'
/** The answer to its call 1. */
const JOIN = -1

type Message =
  | { readonly type: 'talk' }
  | { readonly type: 'awake'; readonly heard: number; readonly missed: number }
  | { readonly type: 'refused'; readonly text: string }
interface State {
  readonly room: string
  readonly said: number
  readonly wake: () => void
}

/** `url` is that of the chat, up to the name of the room, whose people hear the parrot. */
export function slowListener(url: string): SocketHandler<State, Message, {}, InitArgs<{ room: string }>> {
  return {
    init({ params: { room } }, self) {
      const state = { room, said: 0, wake: () => undefined }
      if (self.whereis(NAME) !== undefined)
        return ['push', [json({ type: 'refused', text: 'a slow listener is at it: one at a time' }), close(1000)], state]
      self.register(NAME, self.pid)
      return ['ok', { ...state, wake: fallAsleep(url + encodeURIComponent(room), self.pid, self.signal) }]
    },
    handle: (_frame, state) => ['ok', state],
    info(message, state, self) {
      const { room, said, wake } = state
      if (message.type === 'refused') return ['push', [json(message), close(1000)], state]
      if (message.type === 'awake') {
        tellRoom(room, 'awake', { said, heard: message.heard, missed: message.missed })
        return ['push', close(1000), state]
      }
      if (said === LINES) {
        wake()
        return ['ok', state]
      }
      for (let n = said + 1; n <= said + AT_ONCE; n++) tellRoom(room, 'parrot', { n, of: LINES, padding: PADDING })
      self.sendAfter(EVERY_MS, { type: 'talk' })
      return ['ok', { ...state, said: said + AT_ONCE }]
    },
    defaults: { maxFrameBytes: 100 },
  }
}

/**
 * Joins, stops reading, and says so to `pid`: let the parrot talk. Answers how to wake it. Frame by frame, for a client of
 * `connect` reads all that comes.
 */
function fallAsleep(url: string, pid: Pid<Message>, signal: AbortSignal): () => void {
  const socket = new WebSocket(url, chatProtocol.version)
  let heard = 0
  let missed = 0
  const refused = (text: string): void => send(pid, { type: 'refused', text })
  const hear = ([head, data, error]: readonly [head: string | number, data: any, error?: string]): void => {
    if (head === JOIN && data === 'error') refused(error === 'nickTaken' ? `somebody here is called ${NICK}` : String(error))
    if (head === JOIN && data === 'ok') {
      socket.pause()
      send(pid, { type: 'talk' })
    }
    if (head === 'parrot') heard++
    if (head === 'missed') missed += data.count
    if (heard + missed >= LINES) send(pid, { type: 'awake', heard, missed })
  }
  signal.addEventListener('abort', () => socket.terminate())
  socket.on('error', (error) => refused(error.message))
  socket.on('close', (code, reason) => refused(reason.length > 0 ? String(reason) : `closed with ${code}`))
  socket.on('message', (data) => hear(jsonCodec.decode((data as Buffer).toString()) as [string | number, any]))
  socket.once('open', () => socket.send(jsonCodec.encode([-JOIN, 'join', { nick: NICK }])))
  return () => socket.resume()
}
