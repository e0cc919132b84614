// A box between a browser and a server on 127.0.0.1, as offices and hotels have them: it understands HTTP/1.1, and can refuse WebSockets, hold
// answers back until they are whole, cut them, or have no network at all for a while. Entered by tests.
import { EventEmitter, once } from 'node:events'
import { createServer, type IncomingMessage, request as httpRequest, type ServerResponse, STATUS_CODES } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** What becomes of a request with `Upgrade`: it goes on, is answered 403, its connection is cut, or it is never answered. */
type Upgrades = 'pass' | 'forbid' | 'cut' | 'swallow'

/** How the box treats what passes, from the next request on. */
export interface Manners {
  upgrades: Upgrades
  /** Answers go on when they are whole: one that does not end never begins to come. */
  holdsBack: boolean
  /** Event streams are answered 502. */
  refusesStreams: boolean
  /** So many bytes of the answer to this request pass, then it is cut. */
  tearsAt: (line: string) => number
  /** No answer lasts longer than this, in ms; 0 = any. Of an upgrade this is the WebSocket itself. */
  cutAfterMs: number
}

const GOOD_MANNERS: Manners = {
  upgrades: 'pass',
  holdsBack: false,
  refusesStreams: false,
  tearsAt: () => Infinity,
  cutAfterMs: 0,
}

/**
 * A box that listens. Its events: 'upgrade' and 'request' (`METHOD target`) when one comes, 'cut' (`METHOD target`) when the time of
 * an answer is over, 'torn' when it has ended one in the middle.
 */
export interface Middlebox extends Manners {
  readonly port: number
  readonly events: EventEmitter
  /** `METHOD target` of each request so far, WebSockets as `UPGRADE target`. */
  readonly log: string[]
  /** Cuts every TCP connection that there is; answers how many browsers' there were. */
  cut(): number
  /** The WebSockets that are open pass nothing any more, and nobody is told. */
  freeze(): void
  /** As if the cable were out, until `up`: cuts everything, and connections that come are cut at once. */
  down(): void
  up(): void
  stop(): Promise<void>
}

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding']

/** Starts a box before this port of 127.0.0.1. */
export async function startMiddlebox(port: number, manners: Partial<Manners> = {}): Promise<Middlebox> {
  const browsers = new Set<Socket>()
  const servers = new Set<Duplex>()
  /** Both ends of each WebSocket. */
  const tunnels = new Set<Duplex>()
  let isDown = false
  const server = createServer((request, response) => {
    note('request', `${request.method} ${request.url}`)
    forward(request, response)
  })
  const box: Middlebox = {
    ...GOOD_MANNERS,
    ...manners,
    port: await listening(server),
    events: new EventEmitter(),
    log: [],
    cut() {
      const count = browsers.size
      for (const socket of [...browsers, ...servers]) socket.destroy()
      return count
    },
    freeze() {
      for (const socket of tunnels) socket.pause()
    },
    down() {
      isDown = true
      box.cut()
    },
    up: () => void (isDown = false),
    async stop() {
      server.close()
      box.cut()
      await once(server, 'close')
    },
  }

  function note(type: 'request' | 'upgrade', line: string): void {
    box.log.push(line)
    box.events.emit(type, line)
  }
  function keep(socket: Duplex): void {
    servers.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => servers.delete(socket))
  }
  /** Ends whatever this is of when its time is over. */
  function limit(socket: Duplex, ended: EventEmitter, line: string): void {
    if (box.cutAfterMs === 0) return
    const timer = setTimeout(() => {
      socket.destroy()
      box.events.emit('cut', line)
    }, box.cutAfterMs)
    ended.once('close', () => clearTimeout(timer))
  }

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method, url: path, headers } = request
    limit(request.socket, response, `${method} ${path}`)
    if (box.refusesStreams && headers.accept === 'text/event-stream') return void response.writeHead(502).end()
    const onward = httpRequest({ host: '127.0.0.1', port, method, path, headers, agent: false })
    onward.on('socket', keep)
    onward.on('error', () => request.socket.destroy())
    onward.on('response', (answer) => back(answer, response, `${method} ${path}`))
    request.pipe(onward)
    response.once('close', () => onward.destroy())
  }
  function back(answer: IncomingMessage, response: ServerResponse, line: string): void {
    const lines = answer.rawHeaders.filter((_, i, all) => !HOP_BY_HOP.includes(String(all[i - (i % 2)]).toLowerCase()))
    answer.on('error', () => response.destroy())
    if (!box.holdsBack) {
      response.writeHead(answer.statusCode ?? 502, lines)
      response.flushHeaders()
      return pass(answer, response, box.tearsAt(line))
    }
    const chunks: Buffer[] = []
    answer.on('data', (chunk: Buffer) => chunks.push(chunk))
    answer.on('end', () => response.writeHead(answer.statusCode ?? 502, lines).end(Buffer.concat(chunks)))
  }

  /** Passes an answer on, or what there shall be of it. */
  function pass(answer: IncomingMessage, response: ServerResponse, bytes: number): void {
    let left = bytes
    answer.on('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, left))
      left -= chunk.length
      if (left >= 0) return
      answer.destroy()
      response.socket?.end() // what has been written goes out yet
      box.events.emit('torn')
    })
    answer.on('end', () => response.end())
  }

  server.on('connection', (socket) => {
    if (isDown) socket.destroy()
    browsers.add(socket)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => browsers.delete(socket))
  })
  server.on('upgrade', (request, socket: Socket, head) => {
    // Before the event: whoever hears of it may change the manners.
    const { upgrades } = box
    note('upgrade', `UPGRADE ${request.url}`)
    if (upgrades === 'forbid') socket.end(`HTTP/1.1 403 ${STATUS_CODES[403]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`)
    if (upgrades === 'cut') socket.destroy()
    if (upgrades !== 'pass') return
    limit(socket, socket, `UPGRADE ${request.url}`)
    const onward = connect(port, '127.0.0.1')
    keep(onward)
    const lines = request.rawHeaders.map((text, i) => text + (i % 2 === 0 ? ': ' : '\r\n')).join('')
    for (const end of [socket, onward]) {
      tunnels.add(end)
      end.once('close', () => tunnels.delete(end))
    }
    onward.write(`GET ${request.url} HTTP/1.1\r\n${lines}\r\n`)
    onward.write(head)
    onward.pipe(socket).pipe(onward)
    socket.once('close', () => onward.destroy())
    onward.once('close', () => socket.destroy())
  })
  return box
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
