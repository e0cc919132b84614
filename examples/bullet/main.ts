import { bullet } from 'gensock/bullet'
import { listen, route } from 'gensock/socket'
import { clock } from './bullet.js'

const routes = [route('/bullet', bullet(clock()), { fallback: true })]
const { port } = await listen({ port: Number(process.env['PORT'] ?? 8080), routes })
console.log(`http://localhost:${port}/bullet`)
