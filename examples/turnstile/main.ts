// The turnstile on PORT (8080 unless set). SIGTERM closes its sockets with 1012.
import { application, supervisor } from 'gensock'
import { listen, listenerChild, route } from 'gensock/socket'
import { child, handler } from './turnstile.js'

const door = listenerChild('door', async () => {
  const listener = await listen({ port: Number(process.env['PORT'] ?? 8080), routes: [route('/turnstile', handler)] })
  console.log(`ws://localhost:${listener.port}/turnstile`)
  return listener
})
await application.run({ name: 'turnstile', start: () => supervisor.startLink({ children: [child, door] }) })
