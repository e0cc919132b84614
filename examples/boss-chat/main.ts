// The room and its page on PORT (8080 unless set). A line that is typed in the terminal is broadcast.
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { discover } from 'gensock/chicago-boss'
import { attach } from 'gensock/socket'

const page = readFileSync(new URL('page.html', import.meta.url))
const boss = await discover(new URL('websocket/', import.meta.url))
const server = createServer((_request, response) => response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page))
attach(server, boss.routes)
server.listen(Number(process.env['PORT'] ?? 8080), () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}/`)
})
createInterface(process.stdin).on('line', (line) => boss.broadcast('chat_room_websocket', line))
