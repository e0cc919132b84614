// The handler: one process for each socket of a room. It keeps no count: it passes orders on, and the counter shows itself to all
// who are in the room. Nobody waits for a counter, so nobody crashes with it.
import { genServer, named, pg } from 'gensock'
import { json, type SocketHandler } from 'gensock/socket'
import type { counter } from './counter.ts'

export function visitor(room: string): SocketHandler<null> {
  const service = named<typeof counter>(room)
  return {
    init(_args, self) {
      pg.join(room, self.pid) // left by itself when the socket ends
      genServer.cast(service, { type: 'show', to: self.pid })
      return ['push', json({ socket: String(self.pid) }), null]
    },
    handle([, order], state, self) {
      if (order === 'add') genServer.cast(service, { type: 'add', by: 1 })
      else if (order === 'crash') genServer.cast(service, { type: 'crash', who: self.pid })
      else return ['push', json({ problem: 'expected add or crash' }), state]
      return ['ok', state]
    },
    defaults: { maxFrameBytes: 1024, rate: { messages: { perSecond: 50, burst: 100 } } },
  }
}
