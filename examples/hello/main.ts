import { cowboy08 } from 'gensock/cowboy'
import { listen, route } from 'gensock/socket'
import { guide } from './hello.js'

const { port } = await listen({ port: Number(process.env['PORT'] ?? 8080), routes: [route('/websocket', cowboy08(guide))] })
console.log(`ws://localhost:${port}/websocket`)
