// The program: the page and the sockets on PORT (8080 unless set; 0 takes a free one). SIGTERM closes the sockets with 1012
// first, then ends the counters; nothing is left, so the program ends.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { application, supervisor } from 'gensock'
import { attach, listenerChild } from 'gensock/socket'
import { counters, ROOMS, routeOf } from './app.ts'
import { page } from './page.ts'

const port = Number(process.env['PORT'] || 8080)
const server = createServer((request, response) => void page(request, response))

try {
  await once(server.listen(port), 'listening')
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  console.error(code === 'EADDRINUSE' ? `port ${port} is taken; try another one: PORT=8081 npm start` : message)
  process.exit(1)
}
console.log(`http://localhost:${(server.address() as AddressInfo).port}`)

const sockets = listenerChild('sockets', () => attach(server, ROOMS.map(routeOf), { unknownPath: '404' }))
// More crashes in a second are no accident: then the program ends with 1, for whoever runs it to start it anew.
const limits = { intensity: 100, periodMs: 1000 }
await application.run({ name: 'my-app', start: () => supervisor.startLink({ ...limits, children: [...counters, sockets] }) })
server.close()
server.closeAllConnections()
