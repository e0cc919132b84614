// What the tests of the handshake share: a node and listeners that end with their test, raw bytes out, answers in.
import { connect, type Socket as NetSocket } from 'node:net'
import { afterEach, beforeEach, expect } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import { type Listener, listen, type ListenOptions, type SocketHandler } from 'gensock/socket'

export const echo: SocketHandler<null, any, any, any> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
export const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
/** RFC 6455 section 1.3: the answer to that key. */
export const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
const HEADERS = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': KEY,
}
/** Undefined takes a header away, a list is a line for each. */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>

/** A handshake that differs from a good one in these headers. */
export function handshake(headers: Headers = {}, line = 'GET /ws HTTP/1.1'): string {
  const lines = Object.entries({ ...HEADERS, ...headers }).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  )
  return `${line}\r\n${lines.join('')}\r\n`
}
/** A masked frame of a client. */
export function frame(opcode: number, payload: string | Buffer, fin = true, rsv = 0): Buffer {
  const data = Buffer.from(payload)
  const length =
    data.length < 126 ? [0x80 | data.length] : data.length < 65_536 ? [0xfe, data.length >> 8, data.length & 255] : undefined
  if (length === undefined) throw new Error('too long for these tests')
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | rsv | opcode, ...length, 0, 0, 0, 0]), data])
}

export interface Answer {
  readonly status: number
  readonly phrase: string
  /** By lower-case name; doubled lines joined by ', '. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly text: string
}
export function answerOf(text: string): Answer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [line = '', ...lines] = head.split('\r\n')
  const headers: Record<string, string> = {}
  for (const one of lines) {
    const at = one.indexOf(': ')
    const name = one.slice(0, at).toLowerCase()
    headers[name] = headers[name] === undefined ? one.slice(at + 2) : `${headers[name]}, ${one.slice(at + 2)}`
  }
  const [, status, phrase = ''] = /^HTTP\/1\.1 ([0-9]{3}) (.*)$/.exec(line) ?? []
  return { status: Number(status), phrase, headers, body: rest.join('\r\n\r\n'), text }
}

/** A refusal is whole: it ends the connection, and says so; its length is right. */
export function expectRefusal(answer: Answer, status: number): void {
  expect([answer.status, answer.text]).toEqual([status, expect.any(String)])
  expect(answer.headers['connection']).toMatch(/^close(?:, Upgrade)?$/)
  expect(answer.headers['content-length']).toBe(String(Buffer.byteLength(answer.body, 'latin1')))
  // RFC 9110 section 6.6.1: "An origin server with a clock [...] MUST generate a Date header field in all 2xx (Successful), 3xx
  // (Redirection), and 4xx (Client Error) responses"
  expect(Date.parse(answer.headers['date'] as string)).toBeLessThanOrEqual(Date.now())
  // RFC 9110 section 15.5.22: "The server MUST send an Upgrade header field in a 426 response"
  if (status === 426) expect([answer.headers['upgrade'], answer.headers['connection']]).toEqual(['websocket', 'close, Upgrade'])
  // RFC 9110 section 15.5.6: "The origin server MUST generate an Allow header field in a 405 response"
  if (status === 405) expect(answer.headers['allow']).toBe('GET')
}

export interface World {
  node(): Node
  /** What has been logged as an error. */
  readonly crashes: string[]
  serve(routes: ListenOptions['routes'], options?: Partial<ListenOptions>): Promise<Listener>
  /** A connection that ends with the test. */
  dial(port: number, bytes?: string | Buffer): NetSocket
  /** Sends bytes; answers all that came until the server closed, or until the 101 is whole. */
  ask(port: number, bytes: string | Buffer): Promise<Answer>
  /** Is to be done at the end of the test. */
  later(end: () => unknown): void
  /** One turn of the event loop; throws once the test is over, so that nobody waits for ever. */
  turn(): Promise<void>
  /** Turns until this is true. */
  until(isTrue: () => boolean): Promise<void>
}

/** Call it at the top of a test file. */
export function rawWorld(): World {
  let node: Node
  let isOver = false
  const ends: (() => unknown)[] = []
  const crashes: string[] = []
  beforeEach(() => {
    isOver = false
    crashes.length = 0
    node = createNode({ logger: { ...silentLogger, error: (_facts, line) => void crashes.push(line) } })
  })
  afterEach(async () => {
    isOver = true
    for (const end of ends.splice(0).toReversed()) await end()
    await node.stop()
  })
  const dial = (port: number, bytes?: string | Buffer): NetSocket => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => undefined)
    if (bytes !== undefined) socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
    ends.push(() => socket.destroy())
    return socket
  }
  const turn = (): Promise<void> =>
    new Promise((resolve, reject) => setImmediate(() => (isOver ? reject(new Error('the test is over')) : resolve())))
  return {
    node: () => node,
    crashes,
    async serve(routes, options = {}) {
      const listener = await listen({ port: 0, host: '127.0.0.1', node, routes, ...options })
      ends.push(() => listener.drain({ deadlineMs: 100 }))
      return listener
    },
    dial,
    ask: (port, bytes) =>
      new Promise((resolve) => {
        const socket = dial(port, bytes)
        let seen = ''
        socket.on('data', (chunk) => {
          seen += chunk.toString('latin1')
          if (/^HTTP\/1\.1 101 [^]*\r\n\r\n$/.test(seen)) resolve(answerOf(seen))
        })
        socket.on('close', () => resolve(answerOf(seen)))
      }),
    later: (end) => void ends.push(end),
    turn,
    async until(isTrue) {
      while (!isTrue()) await turn()
    },
  }
}

/** The next event of a socket: what its listeners get. */
export const once = (
  target: { once(event: string, listener: (...values: any[]) => void): unknown },
  event: string,
): Promise<any[]> => new Promise((resolve) => target.once(event, (...values: unknown[]) => resolve(values)))
