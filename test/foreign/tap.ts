// A tap in the line before a server: passes every byte on, and keeps how many there were and what the handshake said. So a test
// sees from outside that compression was agreed on and used, whatever client and server say of it.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** One connection that went through. */
export interface Tapped {
  /** Path and query of the request. */
  target: string
  /** `Sec-WebSocket-Extensions` of the answer; empty without one. */
  extensions: string
  /** Bytes after the handshake, from the client and from the server. */
  up: number
  down: number
}
export interface Tap {
  readonly port: number
  /** The one connection that asked for this target. */
  of(target: string): Tapped
  stop(): Promise<void>
}

const HEAD_END = '\r\n\r\n'

/** Counts what follows the head of one direction; the head goes to `onHead`. */
function counter(onHead: (head: string) => void, onBytes: (bytes: number) => void): (chunk: Buffer) => void {
  let head: string | undefined = ''
  return (chunk) => {
    if (head === undefined) return onBytes(chunk.length)
    head += chunk.toString('latin1')
    const end = head.indexOf(HEAD_END)
    if (end < 0) return
    onHead(head.slice(0, end))
    onBytes(head.length - end - HEAD_END.length)
    head = undefined
  }
}

export async function startTap(port: number): Promise<Tap> {
  const connections: Tapped[] = []
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    const tapped: Tapped = { target: '', extensions: '', up: 0, down: 0 }
    connections.push(tapped)
    const request = counter(
      (head) => (tapped.target = head.split(' ')[1] ?? ''),
      (bytes) => (tapped.up += bytes),
    )
    const answer = counter(
      (head) => (tapped.extensions = /\r\nsec-websocket-extensions: *(.*)/i.exec(head)?.[1] ?? ''),
      (bytes) => (tapped.down += bytes),
    )
    client.on('data', request)
    upstream.on('data', answer)
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket)
      socket.on('error', () => other.destroy())
      socket.on('close', () => open.delete(socket))
      socket.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    of(target) {
      const found = connections.filter((tapped) => tapped.target === target)
      if (found.length !== 1) throw new Error(`${found.length} connections asked for ${target}`)
      return found[0] as Tapped
    },
    async stop() {
      for (const socket of open) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
