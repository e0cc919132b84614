// The load generator against servers that count: what it sends, what it takes for a message, and what it prints. It is compiled
// into the cache when it is not there.
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { afterEach, expect, jest } from '@jest/globals'
import { type WebSocket, WebSocketServer } from 'ws'
import { wsload } from '../../bench/run/tools.js'
import { testWith } from '../programs.js'

jest.setTimeout(40_000)
const made = wsload()
const test = testWith('the load generator', 'path' in made ? { path: made.path, missing: undefined } : { path: '', ...made })

const servers: WebSocketServer[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    for (const client of server.clients) client.terminate()
    server.close()
  }
})
async function serve(onSocket: (socket: WebSocket) => void): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  servers.push(server)
  server.on('connection', onSocket)
  await once(server, 'listening')
  return String((server.address() as AddressInfo).port)
}

interface Line {
  readonly opened: number
  readonly failed: number
  readonly total: number
  readonly server_us_per_msg?: number
}
async function load(mode: string, port: string, ...flags: string[]): Promise<Line> {
  const path = '/socket.io/?EIO=4&transport=websocket'
  const { stdout } = await promisify(execFile)((made as { path: string }).path, [mode, '127.0.0.1', port, path, ...flags])
  return JSON.parse(stdout) as Line
}
const SIO = ['-P', 'socket.io', '-t', '0.2']

/** Engine.IO 4 as far as a client sees it, with frames in between that are no messages. */
function engine(socket: WebSocket, onMessage: (text: string) => void, onPong = (): void => undefined): void {
  socket.send('0{"sid":"x"}')
  socket.on('message', (data: Buffer) => {
    const text = data.toString()
    if (text === '40') socket.send('40{"sid":"y"}')
    if (text === '40') socket.send('2')
    if (text === '3') onPong()
    if (!text.startsWith('42')) return
    socket.send('6')
    onMessage(text)
  })
}

test('plain: each connection keeps its messages in flight, and each echo counts once', async () => {
  const seen = { echoes: 0, texts: new Set<string>() }
  const port = await serve((socket) =>
    socket.on('message', (data: Buffer) => {
      seen.echoes++
      seen.texts.add(data.toString())
      socket.send(data.toString())
    }),
  )
  const line = await load('echo', port, '-c', '3', '-d', '2', '-s', '30', '-t', '0.2', '-p', String(process.pid))
  expect(line).toMatchObject({ opened: 3, failed: 0, server_us_per_msg: expect.any(Number) })
  expect([...seen.texts]).toEqual(['abcdefghijklmnopqrstuvwxyzabcd'])
  expect(line.total).toBeGreaterThan(0)
  expect(line.total).toBeLessThanOrEqual(seen.echoes)
})

test('socket.io: it joins, answers pings, and counts nothing but messages', async () => {
  const seen = { echoes: 0, pongs: 0, texts: new Set<string>() }
  const port = await serve((socket) =>
    engine(
      socket,
      (text) => {
        seen.echoes++
        seen.texts.add(text)
        socket.send(text)
      },
      () => void seen.pongs++,
    ),
  )
  const line = await load('echo', port, '-c', '3', '-d', '2', '-s', '20', ...SIO)
  expect(line).toMatchObject({ opened: 3, failed: 0 })
  expect(seen.pongs).toBe(3)
  expect([...seen.texts]).toEqual(['42["m","abcdefghijklmnopqrst"]'])
  expect(line.total).toBeGreaterThan(0)
  expect(line.total).toBeLessThanOrEqual(seen.echoes)
})

test('socket.io: a message to all carries its mark, and each delivery counts', async () => {
  const sockets: WebSocket[] = []
  const seen = { messages: 0, texts: new Set<string>() }
  const port = await serve((socket) => {
    sockets.push(socket)
    engine(socket, (text) => {
      seen.messages++
      seen.texts.add(text)
      for (const each of sockets) each.send(text)
    })
  })
  const line = await load('fan', port, '-c', '5', '-d', '2', '-s', '6', ...SIO)
  expect(line).toMatchObject({ opened: 5, failed: 0 })
  expect([...seen.texts]).toEqual(['42["m","b:cdef"]'])
  expect(line.total).toBeGreaterThan(0)
  expect(line.total).toBeLessThanOrEqual(seen.messages * 5)
})

test('socket.io: connections that come and go count once each, idle ones never', async () => {
  const seen = { closed: 0 }
  const port = await serve((socket) => {
    engine(socket, (text) => socket.send(text))
    socket.on('close', (code) => (seen.closed += code === 1000 ? 1 : 0))
  })
  const churn = await load('churn', port, '-c', '4', '-s', '6', ...SIO)
  expect(churn.failed).toBe(0)
  expect(churn.total).toBeGreaterThan(0)
  expect(churn.total).toBeLessThanOrEqual(seen.closed)
  expect(await load('idle', port, '-c', '7', ...SIO)).toMatchObject({ opened: 7, failed: 0, total: 0 })
})

test('another address than one of the loopback network is refused', async () => {
  const { path } = made as { path: string }
  await expect(promisify(execFile)(path, ['idle', '192.0.2.1', '80', '/', '-t', '0'])).rejects.toMatchObject({ code: 2 })
})
