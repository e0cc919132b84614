// Sockets beside the routes of a Hono app, on one port: Hono answers requests, gensock the upgrades of /ws. A route talks to the
// sockets through a process group, as any process would.
import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { pg } from 'gensock'
import { attach, broadcastToGroup, route, type SocketHandler, text } from 'gensock/socket'
import { Hono } from 'hono'

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
  const app = new Hono()
  app.get('/', (context) => context.text('hello from hono\n'))
  app.post('/say/:what', (context) => {
    broadcastToGroup(PEOPLE, text(context.req.param('what')))
    return context.text(`said to ${pg.getMembers(PEOPLE).length}\n`)
  })

  const server = createAdaptorServer({ fetch: app.fetch }) as Server // of node:http, unless it is told to make another
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
