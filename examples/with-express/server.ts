// Sockets beside the routes of an Express app, on one port: Express answers requests, gensock the upgrades of /ws. A route talks to
// the sockets through a process group, as any process would.
import { once } from 'node:events'
import { createServer } from 'node:http'
import express from 'express'
import { pg } from 'gensock'
import { attach, broadcastToGroup, route, type SocketHandler, text } from 'gensock/socket'

const PEOPLE = 'people'
const DRAIN_MS = 5000

const echo: SocketHandler<null> = {
  init(_args, self) {
    pg.join(PEOPLE, self.pid) // left by itself when the socket ends
    return ['ok', null]
  },
  handle: (frame, state) => ['push', frame, state],
}

/** Port 0 takes a free one. */
export async function start(port: number): Promise<{ port: number; stop(): Promise<void> }> {
  const app = express()
  app.get('/', (_request, response) => void response.type('text').send('hello from express\n'))
  app.post('/say/:what', ({ params }, response) => {
    broadcastToGroup(PEOPLE, text(params.what))
    response.type('text').send(`said to ${pg.getMembers(PEOPLE).length}\n`)
  })

  const server = createServer(app) // app.listen would make one of its own
  const listener = attach(server, [route('/ws', echo)])
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: listener.port,
    async stop() {
      await listener.drain({ deadlineMs: DRAIN_MS }) // first the sockets: a server that closes waits for them
      server.close()
      await once(server, 'close')
    },
  }
}
