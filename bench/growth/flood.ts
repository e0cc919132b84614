// The server of the flood: two kinds of sockets in one node, both echo. /flood is for those who send as fast as they can,
// /probe for the one who sends one message at a time. Prints its port and pid; ../run/flood.ts starts it and ends it.
import { listen, route, type SocketHandler } from 'gensock/socket'
import { announce } from '../load-flags.js'

const echo: SocketHandler<null> = {
  init: () => ['ok', null],
  handle: (frame) => ['push', frame, null],
}
const listener = await listen({
  port: 0,
  host: '127.0.0.1',
  routes: [route('/flood', echo, { origins: 'any' }), route('/probe', echo, { origins: 'any' })],
})
announce('flood', listener.port)
