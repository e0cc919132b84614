// The rules of ../serve-load.ts on socket.io, its defaults otherwise: event `m` is echoed to its sender, a text that starts
// with `b:` goes to everybody. WebSocket only and uncompressed, as the others. `node serve-socket-io.mjs --port N`.
import { createServer } from 'node:http'
import { parseArgs } from 'node:util'
import { Server } from 'socket.io'

const PROGRAM = 'serve:socket.io'

function fail(error, code) {
  console.error(`${PROGRAM}: ${error.message.split('\n', 1)[0]}`)
  process.exit(code)
}

function portOf(args) {
  const { values } = parseArgs({ args, options: { port: { type: 'string' } } })
  const port = Number(values.port)
  if (!/^\d+$/.test(values.port ?? '') || port > 65_535) throw new Error('--port must be a whole number from 0 to 65535')
  return port
}

function serve(port) {
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'], perMessageDeflate: false })
  io.on('connection', (socket) => {
    socket.on('m', (payload) => {
      if (typeof payload === 'string' && payload.startsWith('b:')) io.emit('m', payload)
      else socket.emit('m', payload)
    })
  })
  http.on('error', (error) => fail(error, 1))
  http.listen(port, '127.0.0.1', () => {
    console.log(`${PROGRAM} listening on port ${http.address().port} pid ${process.pid}`)
  })
}

for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0))

try {
  serve(portOf(process.argv.slice(2)))
} catch (error) {
  fail(new Error(`${error.message}; usage: --port N`), 2)
}
