// authorize and upgrade: who is let in, with what, and everything that they can answer wrongly.
import { describe, expect, test } from '@jest/globals'
import {
  accept,
  type AcceptOptions,
  type Listener,
  reject,
  route,
  type RouteOptions,
  type SocketHandler,
  text,
} from 'gensock/socket'
import { testNode } from 'gensock/testing'
import { acceptedBoth } from '../../src/sockets/request.js'
import { type Answer, echo, expectRefusal, frame, handshake, type Headers, rawWorld } from './raw.js'

const world = rawWorld()
const OFFER = { 'Sec-WebSocket-Protocol': 'v1, v2' }
const never = (): Promise<any> => new Promise(() => undefined)

/** One handshake, answered by `authorize`. */
async function authorized(authorize: (request: any) => any, headers: Headers = {}): Promise<[Answer, Listener]> {
  const listener = await world.serve([route('/ws', echo, { authorize })])
  return [await world.ask(listener.port, handshake(headers)), listener]
}
/** One handshake, answered by the handler's `upgrade`. */
async function upgraded(upgrade: (request: any, self: any) => any, headers: Headers = {}): Promise<[Answer, Listener]> {
  const listener = await world.serve([route('/ws', { ...echo, upgrade })])
  return [await world.ask(listener.port, handshake(headers)), listener]
}
const BOTH = [
  ['authorize', authorized],
  ['upgrade', upgraded],
] as const

describe.each(BOTH)('%s', (_callback, answeredBy) => {
  test.each<[string, () => unknown]>([
    ['at once', () => accept('c')],
    ['later', async () => (await world.turn(), accept('c'))],
    ['as a bare tuple', () => ['accept', 'c']],
  ])('accepts %s', async (_name, answer) => {
    const [{ status }, listener] = await answeredBy(answer)
    expect([status, listener.counters().opened, listener.counters().refused]).toEqual([101, 1, {}])
  })

  test('accepts with headers and a subprotocol', async () => {
    const [{ headers }] = await answeredBy(
      () => accept(1, { subprotocol: 'v2', headers: { 'Set-Cookie': 'a=b', 'x-y': 'z\xe9' } }),
      OFFER,
    )
    expect(headers).toMatchObject({ 'sec-websocket-protocol': 'v2', 'set-cookie': 'a=b', 'x-y': 'z\xe9' })
  })
  test('accepts until a time, with options of this socket', async () => {
    const limits = { idleTimeoutMs: 0, maxFrameBytes: 0x7fffffff, pingIntervalMs: 0x7fffffff }
    const options = { ...limits, compress: { level: 1 }, validateUtf8: false }
    for (const expiresAt of [Date.now() + 60_000, Infinity]) {
      const [{ status }] = await answeredBy(() => accept(1, { expiresAt, options }))
      expect(status).toBe(101)
    }
  })
  test('rejects with a status, headers and a body', async () => {
    const [answer, listener] = await answeredBy(async () =>
      reject(401, { headers: { 'WWW-Authenticate': 'Basic' }, body: 'wér?' }),
    )
    expectRefusal(answer, 401)
    expect([answer.headers['www-authenticate'], Buffer.from(answer.body, 'latin1').toString()]).toEqual(['Basic', 'wér?'])
    expect([listener.counters().refused, listener.sockets(), world.crashes]).toEqual([{ rejected: 1 }, [], []])
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('no')
      },
    ],
    [
      'rejects its promise',
      async () => {
        throw new Error('no')
      },
    ],
    [
      'throws what cannot be shown',
      () => {
        // oxlint-disable-next-line typescript/only-throw-error
        throw Object.create(null)
      },
    ],
    ['answers nothing', () => undefined],
    ['answers a number', () => 42],
    ['answers true', () => true],
    ['answers an unknown tag', () => ['allow', 1]],
    ['answers a status that is none', () => ['reject', 99]],
    ['answers a status that switches protocols', () => ['reject', 101]],
    ['answers a status that does not exist', () => ['reject', 600]],
    ['answers a status that is text', () => ['reject', '401']],
    ['answers a broken status', () => ['reject', 401.5]],
    ['rejects with a body that is no text', () => reject(401, { body: 1 as never })],
    ['rejects with an option of accept', () => reject(401, { subprotocol: 'v1' } as never)],
    ['answers options that are none', () => ['accept', 1, 'v1']],
    ['answers options that are null', () => ['accept', 1, null]],
    ['answers an unknown option', () => accept(1, { subprotcol: 'v1' } as never)],
    ['answers a header name with a space', () => accept(1, { headers: { 'a b': 'c' } })],
    ['answers an empty header name', () => accept(1, { headers: { '': 'c' } })],
    ['answers a header with a line end', () => accept(1, { headers: { a: 'b\r\nEvil: 1' } })],
    ['answers a header with a line feed', () => reject(400, { headers: { a: 'b\nEvil: 1' } })],
    ['answers a header beyond Latin-1', () => accept(1, { headers: { a: '\u20ac' } })],
    ['answers a header that is no text', () => accept(1, { headers: { a: 1 as never } })],
    ['answers headers that are a list', () => accept(1, { headers: ['a: b'] as never })],
    ['answers a header of the handshake itself', () => accept(1, { headers: { 'sec-websocket-Accept': 'x' } })],
    ['answers the framing of a refusal', () => reject(400, { headers: { 'Content-Length': '3' } })],
    ['answers a subprotocol that is no token', () => accept(1, { subprotocol: 'a b' })],
    ['answers a subprotocol that is no text', () => accept(1, { subprotocol: 1 as never })],
    ['answers a time that is none', () => accept(1, { expiresAt: Number.NaN })],
    ['answers a time before 1970', () => accept(1, { expiresAt: -1 })],
    ['answers a time as a Date', () => accept(1, { expiresAt: new Date() as never })],
    ['answers unknown options of the socket', () => accept(1, { options: { maxFrames: 3 } as never })],
    ['answers options of the socket that are none', () => accept(1, { options: 3 as never })],
    ['answers a limit of 0', () => accept(1, { options: { maxFrameBytes: 0 } })],
    ['answers a limit above 2 GiB', () => accept(1, { options: { maxFrameBytes: 0x80000000 } })],
    ['answers a negative time limit', () => accept(1, { options: { idleTimeoutMs: -1 } })],
    ['answers a compression that is none', () => accept(1, { options: { compress: 'yes' as never } })],
    ['answers an unknown option of the compression', () => accept(1, { options: { compress: { strategy: 3 } as never } })],
    ['answers a level that is none', () => accept(1, { options: { compress: { level: 10 } } })],
    ['answers a negative time between pings', () => accept(1, { options: { pingIntervalMs: -1 } })],
    ['answers a time between pings beyond what a timer takes', () => accept(1, { options: { pingIntervalMs: 0x80000000 } })],
    ['answers a check that is neither on nor off', () => accept(1, { options: { validateUtf8: 1 as never } })],
  ])('that %s is a 500 for this peer, a line in the log, and nothing for anybody else', async (_name, answer) => {
    const [refusal, listener] = await answeredBy(answer)
    expectRefusal(refusal, 500)
    expect(refusal.body).toBe('Internal Server Error\n')
    expect([world.crashes.length, listener.sockets()]).toEqual([1, []])
    expect(listener.counters().refused).toEqual({ crashed: 1 })
  })

  // RFC 6455 section 4.2.2: "specifically by selecting one of the values from the |Sec-WebSocket-Protocol| field [...] If the
  // client's handshake did not contain such a header field [...] the only acceptable value is null"
  test.each<[string, Headers]>([
    ['v3', OFFER],
    ['V1', OFFER],
    ['v1', {}],
  ])('may not choose the subprotocol %j when the peer offers %j', async (subprotocol, headers) => {
    const [refusal] = await answeredBy(() => accept(1, { subprotocol }), headers)
    expectRefusal(refusal, 500)
    expect(world.crashes).toHaveLength(1)
    expect(world.crashes[0]).toMatch(/must return .*subprotocol/)
  })
})

describe('authorize and upgrade together', () => {
  async function init(
    options: RouteOptions<any>,
    handler: Partial<SocketHandler<null, any, any, any>>,
    headers: Headers = {},
  ): Promise<any> {
    const reports = {
      ...echo,
      ...handler,
      init: ({ claims, subprotocol, seed }: any) => ['push', text(JSON.stringify({ claims, subprotocol, seed })), null] as const,
    }
    const { port } = await world.serve([route('/ws', reports, options)])
    const socket = world.dial(port, handshake(headers))
    let all = ''
    socket.on('data', (chunk) => (all += String(chunk)))
    while (!all.endsWith('}')) await world.turn()
    return [JSON.parse(all.slice(all.indexOf('{'))), all]
  }

  test('claims, seed and the headers of both reach the socket and the wire', async () => {
    const [args, wire] = await init(
      { authorize: () => accept({ user: 'u' }, { headers: { 'X-One': '1', 'X-Both': 'a' } }) },
      { upgrade: () => accept('seed', { headers: { 'X-Two': '2', 'X-Both': 'b' } }) },
    )
    expect(args).toEqual({ claims: { user: 'u' }, seed: 'seed' })
    expect(wire).toMatch(/X-One: 1\r\nX-Both: b\r\nX-Two: 2\r\n/)
  })
  test('the subprotocol: upgrade before authorize before the list of the route', async () => {
    const subprotocols = ['v2', 'v1']
    const list = await init({ subprotocols }, {}, OFFER)
    const asked = await init({ subprotocols, authorize: () => accept(1, { subprotocol: 'v1' }) }, {}, OFFER)
    const late = await init(
      { subprotocols, authorize: () => accept(1, { subprotocol: 'v1' }) },
      { upgrade: () => accept(1, { subprotocol: 'v2' }) },
      OFFER,
    )
    const kept = await init({ subprotocols }, { upgrade: () => accept(1) }, OFFER)
    expect([list, asked, late, kept].map(([args]) => args.subprotocol)).toEqual(['v2', 'v1', 'v2', 'v2'])
    expect(late[1]).toContain('Sec-WebSocket-Protocol: v2\r\n')
  })
  test('what upgrade throws may have a status of the handler’s own', async () => {
    const upgrade = (): never => {
      throw new Error('no')
    }
    const { port, counters } = await world.serve([route('/ws', { ...echo, upgrade, upgradeCrashStatus: 400 })])
    expectRefusal(await world.ask(port, handshake()), 400)
    expect(counters().refused).toEqual({ crashed: 1 })
  })

  // Of what `authorize` accepts with, only what `upgrade` says as well is replaced.
  const FIRST = { expiresAt: 1, subprotocol: 'v1', headers: { a: '1', b: '1' }, options: { maxFrameBytes: 10, idleTimeoutMs: 1 } }
  test.each<[string, AcceptOptions, AcceptOptions]>([
    ['nothing', {}, FIRST],
    ['keys without values', { expiresAt: undefined, subprotocol: undefined, options: undefined } as never, FIRST],
    ['a time', { expiresAt: 2 }, { ...FIRST, expiresAt: 2 }],
    ['a subprotocol', { subprotocol: 'v2' }, { ...FIRST, subprotocol: 'v2' }],
    ['a header', { headers: { b: '2' } }, { ...FIRST, headers: { a: '1', b: '2' } }],
    ['an option', { options: { idleTimeoutMs: 2 } }, { ...FIRST, options: { maxFrameBytes: 10, idleTimeoutMs: 2 } }],
    ['another option', { options: { validateUtf8: false } }, { ...FIRST, options: { ...FIRST.options, validateUtf8: false } }],
    ['an option without a value', { options: { maxFrameBytes: undefined } } as never, FIRST],
  ])('upgrade says %s: the rest stays as authorize has said', (_name, second, both) => {
    expect(acceptedBoth(FIRST, second)).toEqual(both)
  })
  test('without options of either there are none', () => {
    expect(acceptedBoth({}, { subprotocol: 'v2' })).toEqual({ subprotocol: 'v2', headers: {} })
  })

  test.each<[string, AcceptOptions | undefined]>([
    ['nothing', undefined],
    ['an option of its own', { options: { validateUtf8: false } }],
    ['no time', { expiresAt: undefined } as never],
  ])('the limits and the end of the claims that authorize has set hold on the wire when upgrade says %s', async (_name, own) => {
    const node = testNode()
    world.later(() => node.stop())
    const authorize = (): any => accept('me', { options: { maxFrameBytes: 10 }, expiresAt: Date.now() + 60_000 })
    const handler = { ...echo, upgrade: () => accept('seed', own) }
    const { port } = await world.serve([route('/ws', handler, { authorize, pingIntervalMs: 0, idleTimeoutMs: 0 })], { node })
    const seen: string[] = []
    for (const bytes of [10, 11]) {
      const socket = world.dial(port, Buffer.concat([Buffer.from(handshake()), frame(1, 'x'.repeat(bytes))]))
      let all = ''
      socket.on('data', (chunk: Buffer) => (all += chunk.toString('latin1')))
      await world.until(() => /\r\n\r\n[^]{4}/.test(all))
      if (bytes === 10) await node.advance(60_000)
      await world.until(() => all.includes('\x88\x02'))
      seen.push(all.slice(all.indexOf('\r\n\r\n') + 4))
    }
    // 4401 after the echo, 1009
    expect(seen).toEqual([`\x81\x0a${'x'.repeat(10)}\x88\x02\x11\x31`, '\x88\x02\x03\xf1'])
  })
})

describe('options of one socket', () => {
  async function answers(own: object, bytes: Buffer, route_: RouteOptions = {}): Promise<Buffer> {
    const { port } = await world.serve([route('/ws', echo, { ...route_, authorize: () => accept(1, { options: own }) })])
    const socket = world.dial(port, Buffer.concat([Buffer.from(handshake()), bytes]))
    let all = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])))
    const body = (): Buffer => all.subarray(all.indexOf('\r\n\r\n') + 4)
    while (all.indexOf('\r\n\r\n') < 0 || body().length < 4) await world.turn()
    return body()
  }
  test('maxFrameBytes may lie below the limit of the route, and above it', async () => {
    expect((await answers({ maxFrameBytes: 10 }, frame(2, Buffer.alloc(11)))).readUInt16BE(2)).toBe(1009)
    expect((await answers({ maxFrameBytes: 10 }, frame(2, Buffer.alloc(10))))[1]).toBe(10)
    expect(
      (await answers({ maxFrameBytes: 50_000 }, frame(2, Buffer.alloc(50_000)), { maxFrameBytes: 10 })).readUInt16BE(2),
    ).toBe(50_000)
    expect(
      (await answers({ maxFrameBytes: 50_000 }, frame(2, Buffer.alloc(50_001)), { maxFrameBytes: 10 })).readUInt16BE(2),
    ).toBe(1009)
  })
  test('validateUtf8', async () => {
    const bad = frame(1, Buffer.from([0x61, 0xff]))
    expect((await answers({}, bad)).readUInt16BE(2)).toBe(1007)
    expect((await answers({ validateUtf8: false }, bad)).toString('hex')).toBe('810461efbfbd')
    expect((await answers({}, bad, { validateUtf8: false })).toString('hex')).toBe('810461efbfbd')
    expect((await answers({ validateUtf8: true }, bad, { validateUtf8: false })).readUInt16BE(2)).toBe(1007)
  })
  test('any number of different settings is served', async () => {
    let n = 0
    const authorize = (): ReturnType<typeof accept> => accept(1, { options: { maxFrameBytes: 1000 + n++ } })
    const { port } = await world.serve([route('/ws', echo, { authorize })])
    for (let i = 0; i < 150; i++) expect((await world.ask(port, handshake())).status).toBe(101)
  })
})

describe('fragments', () => {
  const chain = (n: number): Buffer =>
    Buffer.concat([frame(2, 'x', false), ...Array.from({ length: n - 2 }, () => frame(0, 'x', false)), frame(0, 'x')])
  async function firstByte(n: number, options: RouteOptions): Promise<number> {
    const { port } = await world.serve([route('/ws', echo, options)])
    const socket = world.dial(port, handshake())
    let all = Buffer.alloc(0)
    socket.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])))
    socket.write(chain(n))
    const at = (): number => all.indexOf('\r\n\r\n') + 4
    while (at() < 4 || all.length < at() + 4) await world.turn()
    return all[at()] === 0x88 ? all.readUInt16BE(at() + 2) : (all[at()] as number)
  }
  test.each<[number, RouteOptions, number]>([
    [16_384, {}, 0x82],
    [16_385, { maxFrameBytes: 100_000 }, 1008],
    [62_500, {}, 0x82], // 1 000 000 / 16
    [62_501, {}, 1008],
    [62_501, { maxFragments: 0 }, 0x82],
    [10, { maxFragments: 10 }, 0x82],
    [11, { maxFragments: 10 }, 1008],
  ])('a chain of %d with %j: %d', async (n, options, expected) => {
    expect(await firstByte(n, options)).toBe(expected)
  })
})

test('a handshake that nobody answers does not keep others waiting', async () => {
  const { port } = await world.serve([route('/never', echo, { authorize: never }), route('/ws', echo)])
  world.dial(port, handshake({}, 'GET /never HTTP/1.1'))
  expect((await world.ask(port, handshake())).status).toBe(101)
})
