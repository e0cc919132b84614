// `flood-probe.ts PORT SECONDS`: one socket that sends a message when the echo of the last one is there. Waits until the flood
// is there, drops the round trips before that, and prints one JSON line: the median and the 99th percentile in ms.
import { once } from 'node:events'
import { WebSocket } from 'ws'
import { percentile, rounded } from '../run/numbers.js'

const [port, seconds] = process.argv.slice(2).map(Number)
const socket = new WebSocket(`ws://127.0.0.1:${port}/probe`, { perMessageDeflate: false })
await once(socket, 'open')

async function trip(): Promise<number> {
  const start = performance.now()
  const back = once(socket, 'message')
  socket.send('one message at a time')
  await back
  return performance.now() - start
}

/** This is also how long the code of both ends warms up. */
const FLOOD_STARTS_MS = 300
const start = performance.now()
const end = start + (seconds as number) * 1000
const trips: number[] = []
while (performance.now() < end) {
  const ms = await trip()
  if (performance.now() - start > FLOOD_STARTS_MS) trips.push(ms)
}
const [p50, p99] = [0.5, 0.99].map((part) => rounded(percentile(trips, part), 3))
console.log(JSON.stringify({ bench: 'flood', n: trips.length, p50_ms: p50, p99_ms: p99 }))
socket.terminate()
