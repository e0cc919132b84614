// `npm run bench:crash [sockets] [seconds]`: a service with so many real sockets (1 000) crashes once a second, for so many
// seconds (60). Prints what became of sockets and joins, and how long a crash is felt. Exits 1 if anything was lost.
import { once } from 'node:events'
import { send } from 'gensock'
import { type ServiceModule, services, type WebSocketPid } from 'gensock/chicago-boss'
import { listen } from 'gensock/socket'
import { WebSocket } from 'ws'

const [SOCKETS, SECONDS] = [Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 60)]
/** Each crash ends with the join of the last socket. */
const facts = { inits: 0, joins: 0, closes: 0, crashedAt: 0, feltMs: [] as number[] }

const module: ServiceModule<Set<WebSocketPid>, 'crash'> = () => ({
  init() {
    facts.inits++
    return ['ok', new Set()]
  },
  handleJoin(_url, webSocket, sockets) {
    facts.joins++
    sockets.add(webSocket)
    if (facts.inits > 1 && sockets.size === SOCKETS) facts.feltMs.push(performance.now() - facts.crashedAt)
    return ['noreply', sockets]
  },
  handleIncoming(_url, webSocket, message, sockets) {
    send(webSocket, ['text', sockets.has(webSocket) ? message : 'who are you?'])
    return ['noreply', sockets]
  },
  handleClose(_reason, _url, webSocket, sockets) {
    facts.closes++
    sockets.delete(webSocket)
    return ['noreply', sockets]
  },
  handleBroadcast() {
    facts.crashedAt = performance.now()
    throw new Error('once a second')
  },
})

/** Until each text has its answer, 10 s at most. */
async function answered(): Promise<void> {
  for (let waited = 0; waited < 100; waited++) {
    if (answers + strangers >= SOCKETS * SECONDS * 2) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

console.error = () => undefined // the crash reports: SECONDS of them, which are not what this is about
const boss = await services({ bench_crash_websocket: module })
const listener = await listen({ port: 0, host: '127.0.0.1', routes: boss.routes })
const clients: WebSocket[] = []
let [closed, answers, strangers] = [0, 0, 0]
for (let i = 0; i < SOCKETS; i++) {
  const client = new WebSocket(`ws://127.0.0.1:${listener.port}/websocket/crash`)
  client.on('close', () => closed++)
  client.on('message', (data: Buffer) => (data.toString() === 'who are you?' ? strangers++ : answers++))
  clients.push(client)
  await once(client, 'open')
}

for (let second = 0; second < SECONDS; second++) {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  // A text of each before and after the crash: none may be lost, and none may meet a service that does not know its socket.
  for (const client of clients) client.send(`before ${second}`)
  boss.broadcast(module, 'crash')
  for (const client of clients) client.send(`after ${second}`)
}
const sent = SOCKETS * SECONDS * 2
await answered()

const [info] = await boss.services()
const felt = facts.feltMs.toSorted((a, b) => a - b)
const lost = closed + (sent - answers) + Math.abs(SOCKETS * (SECONDS + 1) - facts.joins) + facts.closes
process.stdout.write(
  `${JSON.stringify({
    sockets: SOCKETS,
    crashes: facts.inits - 1,
    socketsLost: closed,
    joined: info?.sockets,
    joins: facts.joins,
    textsSent: sent,
    answered: answers,
    strangers,
    feltMsMedian: Number((felt[felt.length >> 1] ?? 0).toFixed(1)),
    feltMsMax: Number((felt.at(-1) ?? 0).toFixed(1)),
  })}\n`,
)
process.exit(lost === 0 && strangers === 0 && facts.inits === SECONDS + 1 ? 0 : 1)
