// The chat on PORT (8080 unless set). SIGTERM closes its sockets with 1012 first, and then ends the rooms.
import { application, supervisor } from 'gensock'
import { listen, listenerChild, route } from 'gensock/socket'
import { chat, rooms } from './chat.js'

const door = listenerChild('door', async () => {
  const listener = await listen({ port: Number(process.env['PORT'] ?? 8080), routes: [route('/chat/:room', chat)] })
  console.log(`ws://localhost:${listener.port}/chat/lobby`)
  return listener
})
await application.run({ name: 'chat', start: () => supervisor.startLink({ children: [rooms, door] }) })
