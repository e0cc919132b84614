// `docs-kit`: what the unseen code around a block of the documentation proves it with.
import { once } from 'node:events'
import { type ClientOptions, WebSocket } from 'ws'
import { listening } from './ports.js'

export { equal } from './equal.js'

export interface DocsClient {
  readonly socket: WebSocket
  send(data: string | Uint8Array): void
  /** The next message that nobody has asked for yet: text as a string, anything else as bytes. */
  next(): Promise<string | Uint8Array>
  close(code?: number, reason?: string): void
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>
}

/** An open connection, as soon as somebody listens there; rejects with ws's error where the server refuses it. */
export async function client(
  url: string,
  { protocols = [], ...options }: ClientOptions & { readonly protocols?: string[] } = {},
): Promise<DocsClient> {
  await listening(Number(new URL(url).port))
  const socket = new WebSocket(url, protocols, options)
  const heard: (string | Uint8Array)[] = []
  const asked: ((data: string | Uint8Array) => void)[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    const message = isBinary ? new Uint8Array(data) : data.toString()
    const ask = asked.shift()
    if (ask === undefined) heard.push(message)
    else ask(message)
  })
  const closed = once(socket, 'close').then(([code, reason]) => ({ code: code as number, reason: String(reason) }))
  closed.catch(() => undefined) // Refused: told below.
  await once(socket, 'open')
  socket.on('error', () => undefined) // A close follows.
  return {
    socket,
    closed,
    send: (data) => socket.send(data),
    next: () => (heard.length > 0 ? Promise.resolve(heard.shift() as string) : new Promise((resolve) => asked.push(resolve))),
    close: (code, reason) => socket.close(code, reason),
  }
}
