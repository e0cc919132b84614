// A server as a program of its own, for program.test.ts. Says its port, answers "report" and "stop" on stdin, and prints what
// no attack may bring about: warnings. An uncaught error or rejection ends it, as Node does by itself.
import { createInterface } from 'node:readline'
import { defineHandler, listen, route } from 'gensock/socket'

const echo = defineHandler({ init: () => ['ok', null], handle: (frame) => ['push', frame, null] })
const listener = await listen({
  port: 0,
  host: '127.0.0.1',
  routes: [
    route('/ws', echo, { maxFrameBytes: 100_000 }),
    route('/deflate', echo, { maxFrameBytes: 100_000, compress: { thresholdBytes: 0 } }),
    route('/rate', echo, { rate: { messages: { perSecond: 10 } } }),
  ],
  handshakeTimeoutMs: 500,
})
process.on('warning', (warning) => console.log(`warning ${warning.message}`))

/** What is held when nobody is connected. */
async function report(): Promise<string> {
  while (listener.sockets().length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  let heap = Infinity
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
    globalThis.gc?.()
    heap = Math.min(heap, process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers)
  }
  const connections = process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  return JSON.stringify({ heap, connections, counters: listener.counters() })
}

const lines = createInterface({ input: process.stdin })
lines.on('line', (line) => {
  if (line === 'report') void report().then((text) => console.log(`report ${text}`))
  if (line !== 'stop') return
  lines.close()
  void listener.drain({ deadlineMs: 1000 }).then(() => console.log('drained'))
})
console.log(`port ${listener.port}`)
