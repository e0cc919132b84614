// The handshake as RFC 6455 sections 4.1 to 4.3 and 11.3 have it, raw bytes on both sides of each rule; and what a refusal is
// on the wire.
import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import { accept, type Listener, type RefusalReason, reject, route, text } from 'gensock/socket'
import { type Answer, echo, expectRefusal, handshake, type Headers, KEY, once, rawWorld } from './raw.js'

const world = rawWorld()
const SUBPROTOCOLS = ['v2', 'v1']
let asked = 0
/** Nobody is asked before a handshake is known to be sound. */
async function strict(): Promise<Listener> {
  asked = 0
  const authorize = (): ReturnType<typeof accept> => {
    asked++
    return accept(null)
  }
  return world.serve([route('/ws', echo, { authorize, subprotocols: SUBPROTOCOLS, compress: true })])
}
async function refusedWith(headers: Headers, status: number, reason: RefusalReason): Promise<Answer> {
  const listener = await strict()
  const answer = await world.ask(listener.port, handshake(headers))
  expectRefusal(answer, status)
  expect([asked, listener.counters().refused]).toEqual([0, { [reason]: 1 }])
  return answer
}
async function taken(headers: Headers): Promise<Answer> {
  const answer = await world.ask((await strict()).port, handshake(headers))
  expect([answer.status, asked]).toEqual([101, 1])
  return answer
}

describe('Sec-WebSocket-Key, RFC 6455 section 4.2.1: "a base64-encoded (see Section 4 of [RFC4648]) value that, when decoded, is 16 bytes in length"', () => {
  const keyOf = (length: number): string => Buffer.alloc(length, 0xfb).toString('base64')
  test.each<[string, Headers['key']]>([
    ['none', undefined],
    ['an empty one', ''],
    ['15 bytes', keyOf(15)],
    ['17 bytes', keyOf(17)],
    ['18 bytes', keyOf(18)],
    ['32 bytes', keyOf(32)],
    ['no padding', KEY.slice(0, 22)],
    ['half of the padding', KEY.slice(0, 23)],
    ['too much padding', `${KEY}=`],
    ['padding in front', `==${KEY.slice(0, 22)}`],
    ['the alphabet of URLs', keyOf(16).replaceAll('+', '-').replaceAll('/', '_')],
    ['a character outside the alphabet', KEY.replace('d', '*')],
    ['whitespace inside', `${KEY.slice(0, 10)} ${KEY.slice(11)}`],
    ['a comma', KEY.replace('d', ',')],
    ['quotes', `"${KEY}"`],
    ['a letter of another alphabet', KEY.replace('d', '\xe4')],
    // RFC 4648 section 3.5: "pad bits MUST be set to zero by conforming encoders", and decoders may reject the rest
    ['padding bits that are not zero', KEY.replace('Q==', 'R==')],
  ])('refuses %s', (_name, key) => refusedWith({ 'Sec-WebSocket-Key': key }, 400, 'headers'))

  test('section 11.3.1: it "MUST NOT appear more than once in an HTTP request"', async () => {
    await refusedWith({ 'Sec-WebSocket-Key': [KEY, KEY] }, 400, 'headers')
    await refusedWith({ 'Sec-WebSocket-Key': [KEY, keyOf(16)] }, 400, 'headers')
  })

  // Section 4.2.2: "concatenating /key/ [...] with the string "258EAFA5-E914-47DA-95CA-C5AB0DC85B11", taking the SHA-1 hash"
  test.each([KEY, keyOf(16), Buffer.alloc(16).toString('base64'), Buffer.alloc(16, 255).toString('base64'), `\t ${KEY}  `])(
    'takes %j and answers with its hash',
    async (key) => {
      const hash = createHash('sha1').update(`${key.trim()}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
      expect((await taken({ 'Sec-WebSocket-Key': key })).headers['sec-websocket-accept']).toBe(hash)
    },
  )
})

describe('Sec-WebSocket-Version', () => {
  test.each<[Headers['version']]>(
    [
      undefined,
      '',
      '0',
      '1',
      '6',
      '9',
      '12',
      '14',
      '25',
      '130',
      '013',
      '+13',
      '-13',
      '13.0',
      '1 3',
      '0x0d',
      '13;',
      '"13"',
      '13\xa0',
      '13, 8',
      '8,7',
    ].map((version) => [version]),
  )(
    'RFC 6455 section 4.4: "If the server doesn\'t support the requested version, it MUST respond with a |Sec-WebSocket-Version| header field" (%j)',
    async (version) => {
      const answer = await refusedWith({ 'Sec-WebSocket-Version': version }, 426, 'version')
      expect(answer.headers['sec-websocket-version']).toBe('13, 8, 7')
    },
  )
  test.each([[['13', '13']], [['13', '8']], [['25', '13']]])(
    'section 11.3.5: it "MUST NOT appear more than once in an HTTP request" (%j)',
    async (versions) => {
      await refusedWith({ 'Sec-WebSocket-Version': versions }, 426, 'version')
    },
  )
  test.each(['13', '8', '7', ' 13\t'])('%j is understood', async (version) => {
    await taken({ 'Sec-WebSocket-Version': version })
  })
})

describe('Sec-WebSocket-Protocol', () => {
  test.each<[string, string | string[]]>([
    ['MUST be non-empty strings" (none at all)', ''],
    ['MUST be non-empty strings" (commas only)', ' , ,'],
    ['with characters in the range U+0021 to U+007E" (a space)', 'v1, a b'],
    ['with characters in the range U+0021 to U+007E" (beyond)', 'v1, \xfc'],
    ['not including separator characters" (a slash)', 'v1, a/b'],
    ['not including separator characters" (quotes)', '"v1"'],
    ['not including separator characters" (an equals sign)', 'v1, a=b'],
    ['not including separator characters" (brackets)', 'v1, (a)'],
    ['MUST all be unique strings" (on one line)', 'v1, v2, v1'],
    ['MUST all be unique strings" (on two lines)', ['v1', 'v1']],
  ])('RFC 6455 section 4.1: "The elements that comprise this value [...] %s', async (_rule, protocols) => {
    await refusedWith({ 'Sec-WebSocket-Protocol': protocols }, 400, 'headers')
  })

  test.each<[string | string[] | undefined, string | undefined]>([
    [undefined, undefined],
    ['v1', 'v1'],
    ['v1, v2', 'v2'],
    ['v3 ,v1', 'v1'],
    [['v3', 'v1'], 'v1'],
    ['v3', undefined],
    ['V1', undefined],
    // RFC 9110 section 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements"
    [',v1,,', 'v1'],
    ["!#$%&'*+-.^_`|~, v1", 'v1'],
  ])('section 4.2.2: of %j the one that the route prefers is chosen: %j', async (protocols, chosen) => {
    const { headers } = await taken({ 'Sec-WebSocket-Protocol': protocols })
    // "if the server does not wish to agree to one of the suggested subprotocols, it MUST NOT send back a
    // |Sec-WebSocket-Protocol|"
    expect(headers['sec-websocket-protocol']).toBe(chosen)
  })
})

describe('Sec-WebSocket-Extensions, RFC 6455 section 4.3: extension-list = 1#extension', () => {
  test.each([
    '',
    ',',
    ';',
    'foo;',
    'foo; ',
    'foo; =',
    'foo; a=',
    'foo; =b',
    'foo; a=b=c',
    'foo; a b',
    'foo bar',
    'foo/1',
    '"foo"',
    'foo; "a"',
    'foo; a="',
    'foo; a="b',
    'foo; a=b"',
    'foo; a=""', // "the value after quoted-string unescaping MUST conform to the 'token' ABNF"
    'foo; a="b c"',
    'foo; a="b,c"',
    'foo; a="b\\"c"',
    'foo; a="\\',
    'foo; a=(b)',
    'foo, bar;, baz',
    'permessage-deflate; client_max_window_bits=',
    'permessage-deflate, \xe4',
  ])('refuses %j', async (extensions) => {
    await refusedWith({ 'Sec-WebSocket-Extensions': extensions }, 400, 'headers')
  })
  test('is refused also where the route compresses nothing', async () => {
    const listener = await world.serve([route('/ws', echo)])
    expectRefusal(await world.ask(listener.port, handshake({ 'Sec-WebSocket-Extensions': 'foo;' })), 400)
  })

  test.each<[string | string[]]>([
    ['foo'],
    ['foo;a'],
    ['foo ; a = b ;c'],
    ['foo; a="b"; c="\\d\\e"'],
    [', foo,, bar ,'],
    [['foo', 'bar; a=1']], // section 11.3.2: it "MAY appear multiple times in an HTTP request"
  ])('takes %j without answering extensions that it does not know', async (extensions) => {
    const { headers } = await taken({ 'Sec-WebSocket-Extensions': extensions })
    expect(headers['sec-websocket-extensions']).toBeUndefined()
  })
  test('section 4.2.2: "Extensions not listed by the client MUST NOT be listed"', async () => {
    expect((await taken({})).headers['sec-websocket-extensions']).toBeUndefined()
  })
  test('an offer on the second line counts', async () => {
    const { headers } = await taken({ 'Sec-WebSocket-Extensions': ['foo', 'permessage-deflate'] })
    expect(headers['sec-websocket-extensions']).toBe('permessage-deflate')
  })
})

describe('section 4.2.1: "Unknown header fields are ignored"', () => {
  test.each<[Headers]>([
    [{ 'Sec-WebSocket-Accept': 'x' }],
    [{ 'Sec-WebSocket-Key1': '1', 'Sec-WebSocket-Key2': '2' }],
    [{ Expect: 'cookies' }],
    [{ TE: 'trailers', Trailer: 'X' }],
  ])('%j', async (headers) => {
    await taken(headers)
  })
})

describe('a refusal', () => {
  // RFC 9112 section 9.6: "If a server performs an immediate close of a TCP connection, there is a significant risk that the
  // client will not be able to read the last HTTP response."
  test('reaches a peer that has sent frames already, and goes on sending', async () => {
    const listener = await strict()
    const errors: unknown[] = []
    const socket = world.dial(listener.port, handshake({ 'Sec-WebSocket-Key': 'no' }))
    socket.on('error', (error) => errors.push(error))
    socket.allowHalfOpen = true
    socket.write(Buffer.alloc(300_000))
    let seen = ''
    socket.on('data', (chunk) => (seen += String(chunk)))
    await once(socket, 'end')
    expect(seen).toContain('400 Bad Request')
    for (let i = 0; i < 10; i++) await new Promise((resolve) => socket.write(Buffer.alloc(100_000), resolve))
    socket.end()
    await once(socket, 'close')
    expect(errors).toEqual([])
  })

  test('ends the connection also of a peer that never ends its own side', async () => {
    const { port } = await strict()
    const socket = world.dial(port, handshake({ 'Sec-WebSocket-Key': 'no' }))
    socket.allowHalfOpen = true
    socket.resume()
    const began = Date.now()
    await once(socket, 'end')
    const writing = setInterval(() => socket.write('x'), 20)
    world.later(() => clearInterval(writing))
    await once(socket, 'close')
    expect(Date.now() - began).toBeLessThan(4000)
  })

  test('harms nobody else: a fresh client is served afterwards', async () => {
    const listener = await world.serve([route('/ws', { ...echo, init: () => ['push', text('hi'), null] })])
    for (const key of ['', 'x', undefined])
      expectRefusal(await world.ask(listener.port, handshake({ 'Sec-WebSocket-Key': key })), 400)
    const socket = world.dial(listener.port, handshake())
    let seen = ''
    socket.on('data', (chunk) => (seen += String(chunk)))
    while (!seen.includes('hi')) await world.turn()
    expect(listener.counters()).toMatchObject({ open: 1, opened: 1, refused: { headers: 3 } })
  })

  // RFC 9110 section 8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of [...]
  // 204"
  test.each<[number, string, string | undefined]>([
    [204, '', undefined],
    [304, '', undefined],
    [301, 'Moved Permanently\n', '18'],
    [401, 'Unauthorized\n', '13'],
    [599, '\n', '1'],
  ])('with %d has the content %j', async (status, body, length) => {
    const authorize = (): ReturnType<typeof reject> =>
      reject(status, { headers: { 'x-why': 'no', Date: 'today', 'CONTENT-type': 'a/b' } })
    const { port } = await world.serve([route('/ws', echo, { authorize })])
    const { headers, ...answer } = await world.ask(port, handshake())
    expect([answer.status, answer.body, headers['content-length']]).toEqual([status, body, length])
    expect(headers).toMatchObject({ 'x-why': 'no', date: 'today', 'content-type': 'a/b', connection: 'close' })
  })
})
