// Handshakes at the limits of Node's HTTP parser, and more connections than are let in.
import { maxHeaderSize } from 'node:http'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { ListenerOptions } from 'gensock/socket'
import { acceptedEnd, echo, farEndGone, type Live, live, untilRead } from '../rfc/live.js'
import { close, handshake, type Peer, TEXT, text, turn } from '../rfc/peer.js'
import { expectUnharmed } from './aftermath.js'

let server: Live
afterEach(async () => {
  await expectUnharmed(server)
  await server.stop()
})
async function serve(limits: ListenerOptions = {}): Promise<void> {
  server = await live({ pingIntervalMs: 0 }, echo, limits)
}
/** The status of the answer, and then the connection is left. */
async function statusOf(...bytes: readonly (string | Buffer)[]): Promise<number> {
  const peer = server.connect()
  for (const one of bytes) peer.send(Buffer.from(one as Buffer))
  const status = await peer.status()
  peer.destroy()
  return status
}
const junk = (count: number, value = ''): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, i) => [`X-${i}`, value]))

describe("Node's limits", () => {
  test('headers of nearly 16 KiB are served, a little more is refused with 431', async () => {
    await serve()
    const room = maxHeaderSize - handshake().length
    expect(await statusOf(handshake({ headers: { 'X-Long': 'x'.repeat(room - 200) } }))).toBe(101)
    expect(await statusOf(handshake({ headers: { 'X-Long': 'x'.repeat(room + 200) } }))).toBe(431)
  })

  test('a target of nearly 16 KiB is served, a longer one refused', async () => {
    await serve()
    const path = (length: number): string => `/ws?${'q'.repeat(length)}`
    expect(await statusOf(handshake({ path: path(maxHeaderSize - 500) }))).toBe(101)
    expect(await statusOf(handshake({ path: path(maxHeaderSize + 100) }))).toBe(431)
  })

  test('headers without an end are refused as soon as they are too long: the rest is not kept', async () => {
    await serve()
    const peer = server.connect()
    peer.send(Buffer.from(handshake().slice(0, -2)), Buffer.from('X: '))
    const far = await acceptedEnd(peer)
    const before = far.bytesRead
    peer.send(Buffer.alloc(1_000_000, 'y'))
    await untilRead(far, before + 1_000_000)
    expect(await peer.status()).toBe(431)
    expect(far.listenerCount('error')).toBeLessThan(5) // nor is anything kept of what comes after the answer
    peer.destroy()
  })

  test('a thousand headers are served; a doubled Host, key or version behind two thousand others is still seen', async () => {
    await serve()
    expect(await statusOf(handshake({ headers: junk(1000) }))).toBe(101)
    const many = Array.from({ length: 2100 }, () => 'a:\r\n').join('')
    const with_ = (line: string): string => `${handshake().slice(0, -2)}${many}${line}\r\n\r\n`
    expect(await statusOf(with_('b:'))).toBe(101)
    expect(await statusOf(with_('Host: other'))).toBe(400)
    expect(await statusOf(with_('Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='))).toBe(400)
    expect(await statusOf(with_('Sec-WebSocket-Version: 13'))).toBe(426)
  })

  test.each([
    ['a bare line feed', 'GET /ws HTTP/1.1\nHost: a\n\n'],
    ['a null byte in a header', handshake({ headers: { X: 'a\0b' } })],
    ['a header name with a space', handshake().replace('Upgrade:', 'Up grade:')],
    ['a space before the colon', handshake().replace('Host:', 'Host :')],
    ['a folded header', handshake().replace('\r\nUpgrade', '\r\n folded\r\nUpgrade')],
    ['a version that is none', handshake().replace('HTTP/1.1', 'HTTP/9.9')],
    ['HTTP/2 without asking', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['TLS', Buffer.from('16030100a5010000a10303', 'hex').toString('latin1')],
    ['two lengths', handshake({ headers: { 'Content-Length': '0\r\nContent-Length: 5' } })],
    ['a length and a coding', handshake({ headers: { 'Content-Length': '5', 'Transfer-Encoding': 'chunked' } })],
  ])('%s is refused with a status of 400 or more, and the connection ends', async (_name, bytes) => {
    await serve()
    const peer = server.connect()
    peer.send(Buffer.from(bytes, 'latin1'))
    const status = await peer.status()
    expect(status).toBeGreaterThanOrEqual(400)
    peer.socket.end()
    await farEndGone(peer)
  })

  test('plain requests in the same connection before the handshake do no harm', async () => {
    await serve()
    const peer = server.connect()
    peer.send(Buffer.from('GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n'), Buffer.from(handshake()))
    expect(await peer.status()).toBe(404)
    peer.destroy()
  })

  test('what is sent behind a refused handshake is not taken for frames or requests', async () => {
    await serve()
    const peer = server.connect()
    peer.send(Buffer.from(handshake({ path: '/nowhere' })), text('x'), Buffer.from(handshake()))
    expect(await peer.status()).toBe(404)
    while (!peer.hasEnded && !peer.isClosed) await turn()
    expect(peer.head).not.toContain('101')
    peer.destroy()
  })
})

describe('places', () => {
  const leave = async (peer: Peer): Promise<void> => {
    peer.send(close(1000))
    await peer.ending()
    await server.reason(peer)
    await farEndGone(peer)
  }

  test.each<[ListenerOptions, number]>([
    [{ maxConnections: 3 }, 503],
    [{ maxConnectionsPerAddress: 3 }, 429],
  ])('%j: the third is served, the fourth refused; one that leaves makes room', async (limits, refused) => {
    await serve(limits)
    const peers = [await server.open(), await server.open(), await server.open()]
    expect(await statusOf(handshake())).toBe(refused)
    expect(await statusOf(handshake())).toBe(refused) // those that were refused take no place
    await leave(peers[0] as Peer)
    const again = await server.open()
    again.send(text('in'))
    expect(String(await again.take(TEXT))).toBe('in')
    expect(await statusOf(handshake())).toBe(refused)
    for (const peer of [...peers.slice(1), again]) await leave(peer)
  })

  test('of fifty at once exactly as many as there are places get in', async () => {
    await serve({ maxConnections: 10 })
    const peers = Array.from({ length: 50 }, () => server.connect())
    for (const peer of peers) peer.send(Buffer.from(handshake()))
    const statuses = await Promise.all(peers.map((peer) => peer.status()))
    expect(statuses.filter((status) => status === 101)).toHaveLength(10)
    expect(statuses.filter((status) => status === 503)).toHaveLength(40)
    expect(server.listener.counters().refused).toEqual({ maxConnections: 40 })
    for (const peer of peers) peer.destroy()
    while (server.listener.sockets().length > 0) await turn()
  })

  test('a place is free again however its socket ended', async () => {
    await serve({ maxConnections: 1 })
    const ends: readonly ((peer: Peer) => unknown)[] = [
      (peer) => peer.socket.resetAndDestroy(),
      (peer) => peer.socket.end(),
      (peer) => peer.send(Buffer.alloc(50, 0xff)),
      leave,
    ]
    for (const end of ends) {
      const peer = await server.open()
      await end(peer)
      await server.reason(peer)
      while (server.listener.counters().open > 0) await turn()
      peer.destroy()
    }
  })

  test('connections that ask for nothing take no place', async () => {
    await serve({ maxConnections: 1 })
    const idle = Array.from({ length: 20 }, () => server.connect())
    await Promise.all(idle.map(acceptedEnd))
    const peer = await server.open()
    await leave(peer)
    for (const one of idle) one.destroy()
  })
})
