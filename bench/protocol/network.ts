// The same over real sockets: a server in a process of its own, 64 clients, one message of each in flight; what counts is the CPU time of
// the server, the kernel's share included. Entered by bench/protocol.ts, which is the server's program as well.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'
import { route } from '../../src/transports/route.js'
import { listen } from '../../src/transports/listen.js'
import { ofContract, plain } from './handlers.js'
import { ratio, table } from './table.js'

/** What the program is given to be the server. */
export const SERVE = 'serve'
const CLIENTS = 64
const MESSAGES = 40 // of each client in one round
const OFFER = 'bench.1'

const WAYS = [
  { name: 'plain handler', path: '/plain', handler: plain },
  { name: 'contract, nothing checked', path: '/off', handler: ofContract('zod', { validateIn: false, validateOut: false }) },
  { name: 'contract, zod in', path: '/in', handler: ofContract('zod', { validateIn: true, validateOut: false }) },
  { name: 'contract, zod in and out', path: '/both', handler: ofContract('zod', { validateIn: true, validateOut: true }) },
]

/** Answers its port, and to each message its CPU time so far. */
export async function serve(): Promise<void> {
  const routes = WAYS.map(({ path, handler }) => route(path, handler, { subprotocols: [OFFER] }))
  const { port } = await listen({ port: 0, host: '127.0.0.1', routes })
  process.on('message', () => process.send?.(process.cpuUsage()))
  process.on('disconnect', () => process.exit(0))
  process.send?.(port)
}

async function cpuUs(server: ChildProcess): Promise<number> {
  server.send('how much?')
  const [{ user, system }] = (await once(server, 'message')) as [NodeJS.CpuUsage]
  return user + system
}
const frame = (at: number): string => JSON.stringify(['say', { room: 'lobby', line: 'hello, this is what I say', at }])

/** Says so many one after the other, each when the last was answered. */
function talk(client: WebSocket): Promise<void> {
  return new Promise((resolve) => {
    let left = MESSAGES
    const answered = (): void => {
      if (--left > 0) return client.send(frame(left))
      client.off('message', answered)
      resolve()
    }
    client.on('message', answered)
    client.send(frame(left))
  })
}
async function joined(url: string): Promise<WebSocket> {
  const client = new WebSocket(url, OFFER)
  await once(client, 'open')
  return client
}

/** `seconds` of it, by turns; the first tenth is for the compilers. */
export async function network(seconds: number): Promise<string> {
  const server = fork(fileURLToPath(import.meta.url), [SERVE])
  const [port] = (await once(server, 'message')) as [number]
  const clients: WebSocket[][] = []
  for (const { path } of WAYS)
    clients.push(await Promise.all(Array.from({ length: CLIENTS }, () => joined(`ws://127.0.0.1:${port}${path}`))))
  const found: number[][] = WAYS.map(() => [])
  const [begin, counted] = [performance.now(), performance.now() + seconds * 100]
  for (let round = 0; performance.now() < begin + seconds * 1000; round++) {
    const isCounted = performance.now() > counted
    for (let i = 0; i < WAYS.length; i++) {
      const way = (i + round) % WAYS.length
      const before = await cpuUs(server)
      await Promise.all((clients[way] as WebSocket[]).map(talk))
      const took = ((await cpuUs(server)) - before) / (CLIENTS * MESSAGES)
      if (isCounted) found[way]?.push(took)
    }
  }
  for (const client of clients.flat()) client.terminate()
  server.disconnect()
  await once(server, 'exit')
  const rows = WAYS.map(({ name }, i) => {
    const own = found[i] as number[]
    return [name, Math.min(...own).toFixed(1), ratio(own, found[0] as number[]).toFixed(2)]
  })
  return table(['over real sockets, say', 'CPU us', 'ratio'], rows)
}
