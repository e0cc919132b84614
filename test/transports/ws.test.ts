// Real WebSockets over 127.0.0.1: frames, ends, and everything that a client can do wrong.
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket as NetSocket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger } from 'gensock'
import {
  accept,
  attach,
  broadcast,
  type Listener,
  listen,
  type ListenOptions,
  reject,
  route,
  type SocketHandler,
  text,
} from 'gensock/socket'
import { WebSocket } from 'ws'
import { linked } from '../linked.js'

let node: Node
const listeners: Listener[] = []
const clients: (WebSocket | NetSocket)[] = []
const crashes: string[] = []
beforeEach(() => {
  crashes.length = 0
  node = createNode({ logger: { ...silentLogger, error: (_facts, line) => void crashes.push(line) } })
})
afterEach(async () => {
  for (const client of clients.splice(0)) {
    if (client instanceof WebSocket) client.terminate()
    else client.destroy()
  }
  for (const listener of listeners.splice(0)) await listener.drain({ deadlineMs: 100 })
  await node.stop()
})

const terminated: unknown[] = []
const echo: SocketHandler<number, any, any, any> = {
  init: () => ['ok', 0],
  handle(frame, n) {
    if (frame[1] === 'boom') throw new Error('boom')
    if (frame[1] === 'stop') return ['stop', 'normal', n]
    return ['push', frame, n + 1]
  },
  terminate: (reason) => void terminated.push(reason),
}
async function serve(routes: ListenOptions['routes'], options: Partial<ListenOptions> = {}): Promise<Listener> {
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes, ...options })
  listeners.push(listener)
  return listener
}
const once = (target: WebSocket | NetSocket, event: string): Promise<any[]> =>
  new Promise((resolve) => target.once(event, (...values: unknown[]) => resolve(values)))

async function client(
  port: number,
  path = '/ws',
  options: ConstructorParameters<typeof WebSocket>[2] = {},
  protocols: string[] = [],
): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}${path}`, protocols, options)
  clients.push(ws)
  await once(ws, 'open')
  return ws
}
async function next(ws: WebSocket): Promise<string> {
  const [data] = await once(ws, 'message')
  return String(data)
}
const HANDSHAKE = {
  Host: '127.0.0.1',
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
function request(headers: object, line = 'GET /ws HTTP/1.1'): string {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}\r\n`),
  )
  return `${line}\r\n${lines.join('')}\r\n`
}
function raw(port: number): NetSocket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  clients.push(socket)
  return socket
}
/** Sends bytes, answers all that came until the server closed or `until` came. */
function exchange(port: number, bytes: string | Buffer, until?: string): Promise<string> {
  const socket = raw(port)
  socket.write(bytes)
  return new Promise((resolve) => {
    let seen = ''
    socket.on('data', (chunk) => {
      seen += chunk.toString('latin1')
      if (until !== undefined && seen.includes(until)) resolve(seen)
    })
    socket.on('close', () => resolve(seen))
  })
}
const status = (answer: string): number => Number(answer.split(' ')[1])
/** A masked frame of a client. */
function frame(opcode: number, payload: string | Buffer, fin = true): Buffer {
  const data = Buffer.from(payload)
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, 0x80 | data.length, 0, 0, 0, 0]), data])
}

describe('frames', () => {
  test('text and binary of every length form come back as they went', async () => {
    const { port } = await serve([route('/ws', echo)])
    const ws = await client(port)
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 1_000_000]) {
      const data = Buffer.alloc(length, 'ü')
      ws.send(data)
      const [answer, isBinary] = await once(ws, 'message')
      expect([Buffer.compare(answer as Buffer, data), isBinary]).toEqual([0, true])
    }
    ws.send('grüße 🐙')
    const [answer, isBinary] = await once(ws, 'message')
    expect([String(answer), isBinary]).toEqual(['grüße 🐙', false])
  })

  test('with compression too, in order with pings', async () => {
    const { port } = await serve([route('/ws', echo, { compress: { thresholdBytes: 0 } })])
    const ws = await client(port, '/ws', { perMessageDeflate: { threshold: 0 } })
    expect(ws.extensions).toBe('permessage-deflate')
    ws.send('x'.repeat(10_000))
    ws.ping('p')
    ws.send('after')
    expect(await next(ws)).toHaveLength(10_000)
    expect(await next(ws)).toBe('after')
  })

  test('a ping is answered with its payload', async () => {
    const { port } = await serve([route('/ws', echo)])
    const ws = await client(port)
    ws.ping('payload')
    const [data] = await once(ws, 'pong')
    expect(String(data)).toBe('payload')
  })

  test('frames in the segment of the handshake wait until init has answered', async () => {
    const waiting: (() => void)[] = []
    const slow: SocketHandler<string> = {
      async init(_args, self) {
        await new Promise<void>((resolve) => waiting.push(resolve))
        self.push(text('init'))
        return ['ok', 's']
      },
      handle: ([, data], state) => ['push', text(`${state} ${String(data)}`), state],
    }
    const { port } = await serve([route('/ws', slow)])
    const socket = raw(port)
    socket.write(Buffer.concat([Buffer.from(request(HANDSHAKE)), frame(1, 'one'), frame(1, 'two')]))
    const [head] = await once(socket, 'data')
    expect(String(head)).toContain('101 Switching Protocols')
    expect(String(head)).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
    expect(String(head)).not.toContain('one')
    waiting[0]?.()
    const [answers] = await once(socket, 'data')
    expect(String(answers)).toBe('\x81\x04init\x81\x05s one\x81\x05s two'.replaceAll('\x81', Buffer.from([0x81]).toString()))
  })

  test('a broadcast reaches every socket', async () => {
    const listener = await serve([route('/ws', echo)])
    const all = await Promise.all([client(listener.port), client(listener.port), client(listener.port)])
    const answers = Promise.all(all.map(next))
    broadcast(listener.sockets(), text('news'))
    expect(await answers).toEqual(['news', 'news', 'news'])
  })

  test('path variables, query, cookies, headers, address and subprotocol reach init', async () => {
    const handler: SocketHandler<null, any, any, any> = {
      init({ request, params, subprotocol, claims, transport }) {
        const { query, cookies, headers, remoteAddress, path, method, secure } = request
        const seen = {
          params,
          q: query.get('q'),
          sid: cookies['sid'],
          x: headers['x-one'],
          remoteAddress,
          path,
          method,
          secure,
          subprotocol,
          claims,
          transport,
        }
        return ['push', text(JSON.stringify(seen)), null]
      },
      handle: () => ['ok', null],
    }
    const { port } = await serve([
      route('/rooms/:id/*', handler, {
        subprotocols: ['v2', 'v1'],
        authorize: async () => accept({ user: 1 }, { headers: { 'X-Answer': 'yes' } }),
      }),
    ])
    const ws = new WebSocket(`ws://127.0.0.1:${port}/rooms/a%20b/c/d?q=1`, ['v1', 'v2'], {
      headers: { Cookie: 'sid=s%31', 'X-One': '1' },
    })
    clients.push(ws)
    const first = next(ws)
    const [answer] = await once(ws, 'upgrade')
    expect(answer.headers['x-answer']).toBe('yes')
    expect(JSON.parse(await first)).toEqual({
      params: { id: 'a b', '*': 'c/d' },
      q: '1',
      sid: 's1',
      x: '1',
      remoteAddress: '127.0.0.1',
      path: '/rooms/a%20b/c/d',
      method: 'GET',
      secure: false,
      subprotocol: 'v2',
      claims: { user: 1 },
      transport: 'ws',
    })
    expect(ws.protocol).toBe('v2')
  })
})

describe('ends', () => {
  test('a crash closes 1011 while the others live', async () => {
    const { port } = await serve([route('/ws', echo)])
    const [first, second] = await Promise.all([client(port), client(port)])
    first.send('boom')
    expect((await once(first, 'close'))[0]).toBe(1011)
    second.send('alive')
    expect(await next(second)).toBe('alive')
    expect(crashes).toEqual([expect.stringContaining('boom')])
  })

  test('stop closes 1000; the close of a client reaches terminate with code and reason', async () => {
    terminated.length = 0
    const listener = await serve([route('/ws', echo)])
    const first = await client(listener.port)
    first.send('stop')
    expect((await once(first, 'close'))[0]).toBe(1000)
    const second = await client(listener.port)
    second.close(4000, 'why')
    await once(second, 'close')
    const third = await client(listener.port)
    third.close()
    await once(third, 'close')
    const fourth = await client(listener.port)
    fourth.terminate()
    await ended(listener)
    expect(terminated).toEqual([
      { type: 'stop', reason: 'normal' },
      { type: 'remote', code: 4000, reason: 'why' },
      { type: 'remote' },
      { type: 'error', error: 'closed' },
    ])
  })

  test('a kill cuts the TCP connection without a close frame', async () => {
    const listener = await serve([route('/ws', echo)])
    const ws = await client(listener.port)
    node.exit(listener.sockets()[0] as never, 'kill')
    expect((await once(ws, 'close'))[0]).toBe(1006)
  })

  test('drain closes 1012 and takes no more; closeAll and disconnectWhere choose their codes', async () => {
    const listener = await serve([route('/ws', echo, { authorize: ({ query }) => accept(query.get('who')) })])
    const who = (name: string): Promise<WebSocket> => client(listener.port, `/ws?who=${name}`)
    const [a, b, c] = await Promise.all([who('a'), who('b'), who('c')])
    expect(listener.disconnectWhere((claims) => claims === 'b')).toBe(1)
    expect((await once(b, 'close'))[0]).toBe(1008)
    const closed = once(a, 'close')
    listener.closeAll(4001, 'all')
    expect([(await closed)[0], String((await closed)[1])]).toEqual([4001, 'all'])
    await ended(listener)
    const last = await client(listener.port)
    const end = once(last, 'close')
    await listener.drain({ deadlineMs: 1000 })
    expect((await end)[0]).toBe(1012)
    expect(node.isAlive(listener.pid)).toBe(false)
    expect(await exchange(listener.port || 1, '')).toBe('')
    expect(c.readyState).not.toBe(WebSocket.OPEN)
  })

  test('the end of the listener process ends its sockets with 1012', async () => {
    const listener = await serve([route('/ws', echo)])
    const ws = await client(listener.port)
    node.exit(listener.pid, 'shutdown')
    expect((await once(ws, 'close'))[0]).toBe(1012)
  })

  test('a peer that takes nothing is cut', async () => {
    terminated.length = 0
    const pushes: SocketHandler<null, string> = {
      init(_args, self) {
        self.sendAfter(1, 'more')
        return ['ok', null]
      },
      handle: () => ['ok', null],
      info(message, _state, self) {
        self.sendAfter(1, message)
        return ['push', ['binary', new Uint8Array(1_000_000)], null]
      },
      terminate: (reason) => void terminated.push(reason),
    }
    const listener = await serve([route('/ws', pushes, { maxBufferedBytes: 1_000_000 })])
    const ws = await client(listener.port)
    ws.pause()
    await ended(listener)
    expect(terminated).toEqual([{ type: 'error', error: 'slow_peer' }])
  })
})

/** Until every socket of a listener has ended. */
async function ended(listener: Listener): Promise<void> {
  while (listener.sockets().length > 0) await new Promise((resolve) => setImmediate(resolve))
}

describe('what a client can do wrong', () => {
  test.each<[string, Buffer, number, string]>([
    ['an unmasked frame', Buffer.from([0x81, 1, 0x61]), 1002, 'badframe'],
    ['an unknown opcode', frame(3, ''), 1002, 'badframe'],
    ['RSV1 without a deflate extension', frame(0x41, 'a'), 1002, 'badframe'],
    ['a fragmented ping', frame(9, '', false), 1002, 'badframe'],
    ['a close code that may not be sent', frame(8, Buffer.from([0x03, 0xed])), 1002, 'badframe'],
    ['a close payload of one byte', frame(8, Buffer.from([0x03])), 1002, 'badframe'],
    ['text that is no UTF-8', frame(1, Buffer.from([0xff])), 1007, 'badencoding'],
    ['a frame over the limit', frame(2, Buffer.alloc(11)), 1009, 'badsize'],
    ['fragments over the limit', Buffer.concat([frame(2, Buffer.alloc(6), false), frame(0, Buffer.alloc(6))]), 1009, 'badsize'],
    ['a ping over the limit', frame(9, Buffer.alloc(11)), 1009, 'badsize'],
    ['garbage', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 1002, 'badframe'],
  ])('%s closes with the right code', async (_name, bytes, code, error) => {
    terminated.length = 0
    const listener = await serve([route('/ws', echo, { maxFrameBytes: 10 })])
    const socket = raw(listener.port)
    socket.write(Buffer.concat([Buffer.from(request(HANDSHAKE)), bytes]))
    const seen: Buffer[] = []
    socket.on('data', (chunk: Buffer) => seen.push(chunk))
    await once(socket, 'end')
    socket.end()
    const all = Buffer.concat(seen)
    const body = all.subarray(all.indexOf('\r\n\r\n') + 4)
    expect([body[0], body.readUInt16BE(2)]).toEqual([0x88, code])
    await ended(listener)
    expect(terminated).toEqual([{ type: 'error', error }])
  })

  test('random bytes after the handshake, and before it, harm nobody else', async () => {
    const { port } = await serve([route('/ws', echo)])
    const good = await client(port)
    let seed = 7
    const random = (length: number): Buffer =>
      Buffer.from(Array.from({ length }, () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff) >> 16))
    for (let i = 0; i < 30; i++) {
      const socket = raw(port)
      socket.write(i % 3 === 0 ? random(200) : Buffer.concat([Buffer.from(request(HANDSHAKE)), random(200)]))
      if (i % 2 === 0) socket.once('data', () => socket.resetAndDestroy())
      else socket.end()
      socket.resume()
      await once(socket, 'close')
    }
    good.send('still here')
    expect(await next(good)).toBe('still here')
  })

  test('a reset during the handshake, or while authorize takes its time, harms nobody', async () => {
    const gates: (() => void)[] = []
    const authorize = (): Promise<any> => new Promise((resolve) => gates.push(() => resolve(accept(1))))
    const listener = await serve([route('/ws', echo, { authorize }), route('/open', echo)])
    for (let i = 0; i < 5; i++) {
      const socket = raw(listener.port)
      socket.write(request(HANDSHAKE))
      while (gates.length <= i) await new Promise((resolve) => setImmediate(resolve))
      socket.resetAndDestroy()
      await once(socket, 'close')
      gates[i]?.()
    }
    const good = await client(listener.port, '/open')
    good.send('hi')
    expect(await next(good)).toBe('hi')
    good.close()
    await ended(listener)
  })
})

describe('handshake', () => {
  const host = HANDSHAKE
  test.each<[string, string, number, string?]>([
    ['a good one', request(host), 101],
    [
      'a list of upgrades and connections',
      request({ ...host, Upgrade: 'foo, WebSocket', Connection: 'keep-alive, upgrade' }),
      101,
    ],
    ['version 8', request({ ...host, 'Sec-WebSocket-Version': '8' }), 101],
    ['version 7', request({ ...host, 'Sec-WebSocket-Version': '7' }), 101],
    ['HTTP/1.0', request(host, 'GET /ws HTTP/1.0'), 426, 'Upgrade: websocket'],
    ['no upgrade', request({ ...host, Upgrade: undefined }), 426, 'Upgrade: websocket'],
    ['another upgrade', request({ ...host, Upgrade: 'h2c' }), 426, 'Upgrade: websocket'],
    ['a doubled upgrade', request({ ...host, Upgrade: ['websocket', 'websocket'] }), 400],
    ['POST', request(host, 'POST /ws HTTP/1.1'), 405, 'Allow: GET'],
    ['no host', request({ ...host, Host: undefined }), 400],
    ['two hosts', request({ ...host, Host: ['a', 'b'] }), 400],
    ['an invalid host', request({ ...host, Host: 'a/b' }), 400],
    ['no version', request({ ...host, 'Sec-WebSocket-Version': undefined }), 426, 'Sec-WebSocket-Version: 13, 8, 7'],
    ['version 12', request({ ...host, 'Sec-WebSocket-Version': '12' }), 426, 'Sec-WebSocket-Version: 13, 8, 7'],
    ['version 013', request({ ...host, 'Sec-WebSocket-Version': '013' }), 426],
    ['version +13', request({ ...host, 'Sec-WebSocket-Version': '+13' }), 426],
    ['a doubled version', request({ ...host, 'Sec-WebSocket-Version': ['13', '13'] }), 426],
    ['no key', request({ ...host, 'Sec-WebSocket-Key': undefined }), 400],
    ['a short key', request({ ...host, 'Sec-WebSocket-Key': 'YWJj' }), 400],
    ['a key of other bits', request({ ...host, 'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZR==' }), 400],
    ['a doubled key', request({ ...host, 'Sec-WebSocket-Key': [host['Sec-WebSocket-Key'], host['Sec-WebSocket-Key']] }), 400],
    ['a body', request({ ...host, 'Content-Length': '3' }), 400],
    ['a subprotocol header against its grammar', request({ ...host, 'Sec-WebSocket-Protocol': 'a b' }), 400],
    ['an extension header against its grammar', request({ ...host, 'Sec-WebSocket-Extensions': 'foo; =' }), 400],
    ['an unknown path', request(host, 'GET /nowhere HTTP/1.1'), 404],
    ['an absolute URL', request(host, 'GET http://127.0.0.1/ws HTTP/1.1'), 101],
    ['an asterisk', request(host, 'OPTIONS * HTTP/1.1'), 405],
    ['a foreign origin', request({ ...host, Origin: 'http://evil.example' }), 403],
    ['the origin null', request({ ...host, Origin: 'null' }), 403],
    ['the same origin', request({ ...host, Origin: 'https://127.0.0.1', Host: '127.0.0.1:443' }), 101],
    ['the same host on another port', request({ ...host, Origin: 'http://127.0.0.1:81' }), 403],
    ['no HTTP at all', '\x00\x01\x02\r\n\r\n', 400],
  ])('%s', async (_name, bytes, expected, header = '') => {
    const { port } = await serve([route('/ws', echo)])
    const answer = await exchange(port, bytes, '\r\n\r\n')
    expect(status(answer)).toBe(expected)
    expect(answer).toContain(header)
  })

  test('plain requests get 426 where a socket could be had, else 404', async () => {
    const { port } = await serve([route('/ws', echo)])
    const [ws, other, post] = await Promise.all([
      fetch(`http://127.0.0.1:${port}/ws`),
      fetch(`http://127.0.0.1:${port}/other`),
      fetch(`http://127.0.0.1:${port}/ws`, { method: 'POST' }),
    ])
    expect([ws.status, ws.headers.get('upgrade'), other.status, post.status, post.headers.get('allow')]).toEqual([
      426,
      'websocket',
      404,
      405,
      'GET',
    ])
  })

  test.each([
    ['permessage-deflate; bogus, permessage-deflate; client_max_window_bits', true],
    ['permessage-deflate; server_max_window_bits=08', false],
    ['permessage-deflate; server_max_window_bits=16', false],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', false],
    ['x-other, permessage-deflate; server_max_window_bits="10"', true],
    ['x-other', false],
  ])('the offer %j: compression %j', async (offer, taken) => {
    const { port } = await serve([route('/ws', echo, { compress: true })])
    const answer = await exchange(port, request({ ...HANDSHAKE, 'Sec-WebSocket-Extensions': offer }), '\r\n\r\n')
    expect([status(answer), answer.includes('Sec-WebSocket-Extensions')]).toEqual([101, taken])
  })

  test('without compress, and without subprotocols of the route, nothing is negotiated', async () => {
    const { port } = await serve([route('/ws', echo)])
    const offers = { 'Sec-WebSocket-Extensions': 'permessage-deflate', 'Sec-WebSocket-Protocol': 'chat' }
    const answer = await exchange(port, request({ ...HANDSHAKE, ...offers }), '\r\n\r\n')
    expect(answer).not.toMatch(/Extensions|Protocol:/)
  })

  test('origins: any, or a list', async () => {
    const { port } = await serve([
      route('/any', echo, { origins: 'any' }),
      route('/list', echo, { origins: ['https://good.example'] }),
    ])
    const ask = async (path: string, origin: string): Promise<number> =>
      status(await exchange(port, request({ ...HANDSHAKE, Origin: origin }, `GET ${path} HTTP/1.1`), '101 Switching'))
    expect(await ask('/any', 'http://evil.example')).toBe(101)
    expect(await ask('/list', 'https://good.example')).toBe(101)
    expect(await ask('/list', 'https://good.example:8443')).toBe(403)
    expect(await ask('/list', 'http://127.0.0.1')).toBe(403)
  })

  test.each<[string, () => any, number]>([
    ['rejects', () => reject(401, { headers: { 'WWW-Authenticate': 'Basic' }, body: 'who?' }), 401],
    [
      'throws',
      () => {
        throw new Error('authorize')
      },
      500,
    ],
    [
      'rejects its promise',
      async () => {
        throw new Error('authorize')
      },
      500,
    ],
    ['answers nonsense', () => 42, 500],
  ])('authorize that %s', async (_name, authorize, expected) => {
    const { port } = await serve([route('/ws', echo, { authorize })])
    const answer = await exchange(port, request(HANDSHAKE))
    expect(status(answer)).toBe(expected)
    if (expected === 401) expect(answer).toMatch(/WWW-Authenticate: Basic[^]*who\?$/)
    else expect(crashes).toHaveLength(1)
  })

  test('limits of the listener: 503 and 429', async () => {
    const full = await serve([route('/ws', echo)], { maxConnections: 1 })
    await client(full.port)
    expect(status(await exchange(full.port, request(HANDSHAKE)))).toBe(503)
    const each = await serve([route('/ws', echo)], { maxConnectionsPerAddress: 1 })
    const first = await client(each.port)
    expect(status(await exchange(each.port, request(HANDSHAKE)))).toBe(429)
    first.close()
    await once(first, 'close') // the place is that of the connection
    await client(each.port)
  })
})

describe('listen and attach', () => {
  test('a taken port rejects with one clear line', async () => {
    const { port } = await serve([])
    const taken = listen({ port, host: '127.0.0.1', routes: [], node })
    await expect(taken).rejects.toMatchObject({
      code: 'GENSOCK_ERR_LISTEN',
      message: linked('GENSOCK_ERR_LISTEN', `listen: port ${port} of 127.0.0.1 is taken`),
    })
  })

  test.each<[object, string]>([
    [{ port: -1, routes: [] }, 'GENSOCK_ERR_BADARG'],
    [{ port: 65_536, routes: [] }, 'GENSOCK_ERR_BADARG'],
    [{ port: 0 }, 'GENSOCK_ERR_BADARG'],
    [{ port: 0, routes: [{ path: '/x' }] }, 'GENSOCK_ERR_BADARG'],
    [{ port: 0, routes: [], maxConection: 3 }, 'GENSOCK_ERR_UNKNOWN_OPTION'],
    [{ port: 0, routes: [], maxConnections: -1 }, 'GENSOCK_ERR_BADARG'],
    [{ port: 0, routes: [], unknownPath: '500' }, 'GENSOCK_ERR_BADARG'],
    [{ port: 0, routes: [], node: {} }, 'GENSOCK_ERR_BADARG'],
  ])('listen(%j) is refused', async (options, code) => {
    await expect(listen(options as never)).rejects.toMatchObject({ code })
  })

  test('attach serves its paths beside the server and leaves other upgrades to others', async () => {
    const server = createServer((_request, response) => response.end('page'))
    server.on('upgrade', (request, socket) => {
      if (request.url === '/theirs') socket.end('HTTP/1.1 418 Teapot\r\n\r\n')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const listener = attach(server, [route('/ws', echo)], { node })
    expect(listener.port).toBe(port)
    const ws = await client(port)
    ws.send('hi')
    expect(await next(ws)).toBe('hi')
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('page')
    expect(status(await exchange(port, request(HANDSHAKE, 'GET /theirs HTTP/1.1')))).toBe(418)
    await listener.drain({ deadlineMs: 1000 })
    expect(server.listenerCount('upgrade')).toBe(1)
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
    expect(() => attach({} as never, [])).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})
