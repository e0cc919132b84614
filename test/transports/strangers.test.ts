// What strangers may send or answer that once did harm: blanks by the thousand, upgrades to other protocols, promises that are none.
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { describe, expect, test } from '@jest/globals'
import { accept, attach, listen, listenerChild, reject, route } from 'gensock/socket'
import { supervisor, unwrap } from 'gensock'
import { WebSocket } from 'ws'
import { trim } from '../../src/transports/headers.js'
import { echo, rawWorld } from './raw.js'

const world = rawWorld()
const KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const HANDSHAKE = [
  'Host: 127.0.0.1',
  'Connection: Upgrade',
  'Upgrade: websocket',
  'Sec-WebSocket-Version: 13',
  `Sec-WebSocket-Key: ${KEY}`,
]
/** Sends bytes; answers all that has come by the end of the connection. */
function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  world.later(() => void socket.destroy())
  socket.on('error', () => undefined)
  socket.write(bytes)
  return new Promise((resolve) => {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      if (seen.includes('HTTP/1.1 101')) resolve(seen)
    })
    socket.on('close', () => resolve(seen))
  })
}
async function served(authorize: () => unknown): Promise<{ port: number; refused: () => unknown }> {
  const routes = [route('/ws', echo, { authorize: authorize as never })]
  const listener = await listen({ port: 0, host: '127.0.0.1', node: world.node(), routes })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  return { port: listener.port, refused: () => listener.counters().refused }
}
const shake = (port: number): Promise<string> => exchange(port, `GET /ws HTTP/1.1\r\n${HANDSHAKE.join('\r\n')}\r\n\r\n`)

test('blanks within a value cost no more than any other bytes', () => {
  const blanks = `a${' \t'.repeat(50_000)}b`
  const startedAt = performance.now()
  for (let n = 0; n < 100; n++) expect(trim(` ${blanks}\t`)).toBe(blanks)
  // 100 times 100 kB: a quadratic look would take minutes.
  expect(performance.now() - startedAt).toBeLessThan(2000)
  expect([trim(''), trim(' \t '), trim('a'), trim('\u00a0a\n')]).toEqual(['', '', 'a', '\u00a0a\n'])
})

describe('an upgrade to another protocol on a path that is not ours', () => {
  async function page(): Promise<number> {
    const server = createServer((request, response) => response.end(`${request.method} ${request.url}`))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    world.later(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())))
    const listener = attach(server, [route('/ws', echo)], { node: world.node() })
    world.later(() => listener.drain({ deadlineMs: 100 }))
    return (server.address() as AddressInfo).port
  }
  const asking = (line: string, more = ''): string =>
    `${line} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n${more}\r\n`

  test('is answered by the server itself, as if it had not been asked for', async () => {
    const answer = await exchange(await page(), asking('GET /index.html'))
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\nConnection: close\r\n[^]*GET \/index\.html/)
  })

  test('with content is refused: nobody reads that any more', async () => {
    const answer = await exchange(await page(), asking('POST /form', 'Content-Length: 5\r\n') + 'hello')
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  })

  test('on a path of ours it is refused', async () => {
    expect(await exchange(await page(), asking('GET /ws'))).toMatch(/^HTTP\/1\.1 426 /)
  })
})

test('an upgrade behind a request that has not been answered yet waits for that answer', async () => {
  let answer: () => void = () => undefined
  const asked = new Promise<void>((resolve) => {
    const server = createServer((_request, response) => {
      answer = () => response.end('slow')
      resolve()
    })
    server.listen(0, '127.0.0.1', () => {
      world.later(() => new Promise((closed) => (server.close(closed), server.closeAllConnections())))
      const listener = attach(server, [route('/ws', echo)], { node: world.node() })
      world.later(() => listener.drain({ deadlineMs: 100 }))
      const both = `GET /slow HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nGET /ws HTTP/1.1\r\n${HANDSHAKE.join('\r\n')}\r\n\r\n`
      seen = exchange((server.address() as AddressInfo).port, both)
    })
  })
  let seen: Promise<string> = Promise.resolve('')
  await asked
  await new Promise((resolve) => setImmediate(resolve))
  answer()
  expect(await seen).toMatch(/^HTTP\/1\.1 200 OK[^]*slow[^]*HTTP\/1\.1 101 /)
})

test('every ping is answered, also a hundred in one segment and the last before a close frame', async () => {
  const listener = await listen({ port: 0, host: '127.0.0.1', node: world.node(), routes: [route('/ws', echo)] })
  world.later(() => listener.drain({ deadlineMs: 100 }))
  const ws = new WebSocket(`ws://127.0.0.1:${listener.port}/ws`)
  const pongs: string[] = []
  ws.on('pong', (data) => pongs.push(String(data)))
  await new Promise((resolve) => ws.once('open', resolve))
  const socket = (ws as unknown as { _socket: Socket })._socket
  socket.cork()
  for (let n = 0; n < 100; n++) ws.ping(String(n))
  ws.close(1000)
  socket.uncork()
  await new Promise((resolve) => ws.once('close', resolve))
  expect(pongs).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
})

describe('what authorize may answer', () => {
  test.each<[string, () => unknown]>([
    ['a thenable whose then throws', () => thenable(() => raise)],
    ['one whose then cannot be looked at', () => thenable(raise)],
    ['a rejected promise', () => Promise.reject(new Error('on purpose'))],
    ['a list that is longer', () => ['accept', 1, {}, 5]],
    ['a list without claims', () => ['accept']],
    ['Headers instead of a plain object', () => accept(1, { headers: new Headers({ 'X-One': '1' }) as never })],
    ['a Map instead of a plain object', () => reject(403, { headers: new Map([['X-One', '1']]) as never })],
  ])('%s is a 500, and harms nobody else', async (_name, authorize) => {
    const { port, refused } = await served(authorize)
    expect(await shake(port)).toMatch(/^HTTP\/1\.1 500 /)
    expect(refused()).toEqual({ crashed: 1 })
  })

  test('of a thenable that answers twice the first answer counts', async () => {
    const twice = thenable(() => (answer: (value: unknown) => void) => (answer(accept(1)), answer(reject(403))))
    const { port } = await served(() => twice)
    expect(await shake(port)).toMatch(/^HTTP\/1\.1 101 /)
  })

  test.each([
    [426, 'Upgrade: websocket'],
    [405, 'Allow: GET'],
  ])('a %d says what it must', async (status, line) => {
    const { port } = await served(() => reject(status))
    expect(await shake(port)).toContain(`\r\n${line}\r\n`)
  })
})

test('listenerChild of one copy of the library takes the listener of another', async () => {
  const node = world.node()
  const web = listenerChild('web', () => listen({ port: 0, host: '127.0.0.1', routes: [route('/ws', echo)] }))
  const top = unwrap(await node.run(() => supervisor.start({ children: [web] })))
  // The copies meet by this name.
  expect((globalThis as Record<symbol, unknown>)[Symbol.for('gensock.listeners')]).toBeInstanceOf(WeakMap)
  await node.run(() => supervisor.stop(top, 'shutdown'))
})

/** An object whose `then` is what `get` answers. */
function thenable(get: () => unknown): object {
  return new Proxy({}, { get: (_target, key) => (key === 'then' ? get() : undefined) })
}
function raise(): never {
  throw new Error('on purpose')
}
