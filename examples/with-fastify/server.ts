// Sockets beside the routes of a Fastify app, on one port: Fastify answers requests, gensock the upgrades of /ws. A route talks to
// the sockets through a process group, as any process would.
import { fastify } from 'fastify'
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
  const app = fastify()
  app.get('/', () => 'hello from fastify\n')
  app.post<{ Params: { what: string } }>('/say/:what', ({ params }) => {
    broadcastToGroup(PEOPLE, text(params.what))
    return `said to ${pg.getMembers(PEOPLE).length}\n`
  })

  const listener = attach(app.server, [route('/ws', echo)])
  app.addHook('preClose', () => listener.drain({ deadlineMs: DRAIN_MS })) // first the sockets: a server that closes waits for them
  await app.listen({ port, host: '127.0.0.1' })
  return { port: listener.port, stop: () => app.close() }
}
