// Fastify and sockets on PORT (8080 unless set). SIGTERM closes the sockets with 1012, then the server; nothing is left, so it ends.
import { start } from './server.js'

const { port, stop } = await start(Number(process.env['PORT'] ?? 8080))
process.once('SIGINT', () => void stop())
process.once('SIGTERM', () => void stop())
console.log(`http://127.0.0.1:${port}`)
