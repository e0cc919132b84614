// The yardstick: the rules of serve-load.ts on bare `ws`, nothing else. Same flags; `npm run serve:bare -- --port N`.
import { WebSocket, WebSocketServer } from 'ws'
import { announce, fail, loadFlags } from './load-flags.js'

const PROGRAM = 'serve:bare'
const { port, deflate, maxFrameBytes } = loadFlags(PROGRAM)
const server = new WebSocketServer({
  port,
  path: '/ws',
  perMessageDeflate: deflate,
  ...(maxFrameBytes === undefined ? {} : { maxPayload: maxFrameBytes }),
})
const PREFIX = Buffer.from('b:')

function onMessage(this: WebSocket, data: Buffer, isBinary: boolean): void {
  if (isBinary || !data.subarray(0, 2).equals(PREFIX)) {
    this.send(data, { binary: isBinary })
    return
  }
  for (const client of server.clients) if (client.readyState === WebSocket.OPEN) client.send(data, { binary: false })
}

server.on('connection', (socket) => {
  socket.on('error', () => undefined) // what a peer does wrong ends its own socket; ws has closed it already
  socket.on('message', onMessage)
})
server.on('listening', () => announce(PROGRAM, (server.address() as { port: number }).port))
server.on('error', (error) => fail(PROGRAM, error, 1))
