// The handshake as an HTTP request: what RFC 9110 and RFC 9112 say of it, raw bytes on both sides of each rule.
import { describe, expect, test } from '@jest/globals'
import { accept, type Listener, type RefusalReason, route } from 'gensock/socket'
import { ACCEPT, type Answer, echo, expectRefusal, handshake, type Headers, KEY, rawWorld } from './raw.js'

const world = rawWorld()
let asked = 0
/** Nobody is asked before a handshake is known to be sound. */
async function strict(): Promise<Listener> {
  asked = 0
  const authorize = (): ReturnType<typeof accept> => {
    asked++
    return accept(null)
  }
  const handler = { ...echo, upgrade: () => (asked++, accept(null)) }
  return world.serve([route('/ws', handler, { authorize })])
}
async function refusedWith(bytes: string, status: number, reason: RefusalReason): Promise<Answer> {
  const listener = await strict()
  const answer = await world.ask(listener.port, bytes)
  expectRefusal(answer, status)
  expect([asked, listener.counters().refused]).toEqual([0, { [reason]: 1 }])
  return answer
}
async function taken(bytes: string): Promise<Answer> {
  const listener = await strict()
  const answer = await world.ask(listener.port, bytes)
  expect([answer.status, answer.text]).toEqual([101, expect.stringContaining(ACCEPT)])
  expect(answer.headers).toMatchObject({ upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': ACCEPT })
  expect([asked, listener.counters().refused]).toEqual([2, {}])
  return answer
}

describe('RFC 9112 section 3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1 request message', () => {
  test('that lacks a Host header field', () => refusedWith(handshake({ Host: undefined }), 400, 'request'))
  test.each([[['127.0.0.1', '127.0.0.1']], [['a', 'b']]])(
    'and to any request message that contains more than one Host header field line" (%j)',
    (Host) => refusedWith(handshake({ Host }), 400, 'request'),
  )
  test('a second Host is seen behind two thousand other headers', () =>
    refusedWith(handshake({ X: Array.from({ length: 2100 }, () => '1'), host: 'b' }), 400, 'request'))

  // RFC 9110 section 7.2: Host = uri-host [ ":" port ], after RFC 3986 section 3.2.
  test.each([
    'a/b',
    'a b',
    'user@127.0.0.1',
    'http://127.0.0.1',
    'a?',
    'a#',
    'a\\b',
    '"a"',
    '<a>',
    'a%',
    'a%2',
    'a%zz',
    'm\xfcller',
    'a:b',
    'a:80:80',
    'a:-1',
    'a:+80',
    'a: 80',
    'a:65536',
    'a:99999999999',
    '127.0.0.1]',
    '[::1',
    '::1',
    '[]',
    '[::1]80',
    '[:::1]',
    '[1::2::3]',
    '[fe80::1%25eth0]',
    '[127.0.0.1]',
    '[v.a]',
    '[vg.a]',
  ])('or a Host header field with an invalid field value" (%j)', (Host) => refusedWith(handshake({ Host }), 400, 'request'))
  test.each([
    'a',
    'A.Example',
    'a.',
    'a_b',
    'a,b',
    'a-b',
    "a!$&'()*+,;=~",
    '%41',
    '999.999.999.999',
    'a:',
    'a:0',
    'a:80',
    'a:080',
    'a:65535',
    '127.0.0.1:1',
    '[::1]',
    '[::1]:80',
    '[::1]:',
    '[::FFFF:127.0.0.1]',
    '[v1.fe:d]',
    '[V1.a]',
  ])('a Host header field with a valid field value is taken (%j)', async (Host) => {
    await taken(handshake({ Host }))
  })

  // RFC 6455 section 4.2.1: "A |Host| header field containing the server's authority"; RFC 9110 section 4.2.1: "A recipient
  // that processes such a URI reference MUST reject it as invalid" of an http URI with an empty host.
  test.each(['', ':80'])('a Host header field without a host names no authority (%j)', (Host) =>
    refusedWith(handshake({ Host }), 400, 'request'),
  )
})

describe('the version of HTTP', () => {
  test('RFC 9110 section 7.8: "A server MUST ignore an Upgrade header field that is received in an HTTP/1.0 request"', async () => {
    await refusedWith(handshake({}, 'GET /ws HTTP/1.0'), 426, 'request')
  })
  test('HTTP/1.0 without Host is told to come with HTTP/1.1', () =>
    refusedWith(handshake({ Host: undefined }, 'GET /ws HTTP/1.0'), 426, 'request'))
  test('but two Hosts, or an invalid one, are a 400 in any request message', async () => {
    await refusedWith(handshake({ Host: ['a', 'a'] }, 'GET /ws HTTP/1.0'), 400, 'request')
    await refusedWith(handshake({ Host: 'a b' }, 'GET /ws HTTP/1.0'), 400, 'request')
  })
  // RFC 9112 section 2.3: HTTP-version = HTTP-name "/" DIGIT "." DIGIT, "HTTP-version is case-sensitive"
  test.each([
    'HTTP/0.9',
    'HTTP/1.2',
    'HTTP/2.0',
    'HTTP/3.0',
    'HTTP/1.01',
    'HTTP/11',
    'HTTP/1',
    'http/1.1',
    'HTTP 1.1',
    'HTTP/1.1 ',
    '',
  ])('only HTTP/1.1 is taken, not %j', async (version) => {
    await refusedWith(handshake({}, `GET /ws${version === '' ? '' : ' '}${version}`), 400, 'request')
  })
})

describe('the method', () => {
  test.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND', 'CONNECT'])(
    'RFC 6455 section 4.1: "The method of the request MUST be GET" (%s)',
    (method) => refusedWith(handshake({}, `${method} /ws HTTP/1.1`), 405, 'method'),
  )
  test('RFC 9110 section 9.3.2: to a HEAD "the server MUST NOT send content in the response"', async () => {
    const listener = await strict()
    const answer = await world.ask(listener.port, handshake({}, 'HEAD /ws HTTP/1.1'))
    expect([answer.status, answer.headers['allow'], answer.body]).toEqual([405, 'GET', ''])
    expect(listener.counters().refused).toEqual({ method: 1 })
  })
  test('RFC 9112 section 3.1: "The request method is case-sensitive"', () =>
    refusedWith(handshake({}, 'get /ws HTTP/1.1'), 400, 'request'))
})

describe('a body', () => {
  const rules: [string, Headers, string][] = [
    ['section 6.1: a Transfer-Encoding, which an upgrade cannot have', { 'Transfer-Encoding': 'chunked' }, '0\r\n\r\n'],
    [
      'section 6.3: "a Transfer-Encoding [...] and the chunked transfer coding is not the final encoding"',
      { 'Transfer-Encoding': 'gzip' },
      '',
    ],
    ['section 6.3: an identity coding', { 'Transfer-Encoding': 'identity' }, ''],
    [
      'section 6.1: "a request that contains both Content-Length and Transfer-Encoding"',
      { 'Transfer-Encoding': 'chunked', 'Content-Length': '0' },
      '',
    ],
    ['section 6.3: a body', { 'Content-Length': '3' }, 'abc'],
    ['section 6.3: the announcement of one', { 'Content-Length': '1' }, ''],
    ['section 6.3: "an invalid Content-Length header field"', { 'Content-Length': '+0' }, ''],
    ['section 6.3: an empty Content-Length', { 'Content-Length': '' }, ''],
    ['section 6.3: a Content-Length that is hexadecimal', { 'Content-Length': '0x0' }, ''],
    ['section 6.3: a list of lengths', { 'Content-Length': '0, 0' }, ''],
    ['section 6.3: two lengths', { 'Content-Length': ['0', '0'] }, ''],
  ]
  test.each(rules)('RFC 9112 %s is refused', async (_rule, headers, body) => {
    await refusedWith(handshake(headers) + body, 400, 'request')
  })
  test('a Content-Length of 0 says that there is none', () => taken(handshake({ 'Content-Length': '0' })))
})

describe('the syntax of the message (node:http reads it)', () => {
  const good = handshake()
  const rules: [string, string][] = [
    ['section 5.1: "whitespace between a header field name and colon"', good.replace('Host:', 'Host :')],
    ['section 5.2: an obs-fold', good.replace('\r\n\r\n', '\r\nX: 1\r\n 2\r\n\r\n')],
    ['section 5.2: an obs-fold in the key', good.replace(': dGhl', ':\r\n dGhl')],
    ['section 2.2: "whitespace between the start-line and the first header field"', good.replace('\r\nHost', '\r\n Host')],
    ['section 2.2: lines that end in a bare LF', good.replaceAll('\r\n', '\n')],
    ['section 2.2: one header that ends in a bare LF', good.replace('Upgrade\r\n', 'Upgrade\n')],
    ['section 2.2: a bare CR', good.replace('\r\n\r\n', '\r\nX: 1\r2\r\n\r\n')],
    ['section 5.5 of RFC 9110: a NUL in a value', good.replace('\r\n\r\n', '\r\nX: \0\r\n\r\n')],
    ['section 5.1: a line without a colon', good.replace('\r\n\r\n', '\r\nnothing\r\n\r\n')],
    ['section 5.1: a name that is no token', good.replace('\r\n\r\n', '\r\nX(1): 1\r\n\r\n')],
    ['section 5.1: no name', good.replace('\r\n\r\n', '\r\n: 1\r\n\r\n')],
    ['section 3: a request line with a tab', good.replace('GET ', 'GET\t')],
    ['section 3.2: "No whitespace is allowed in the request-target"', good.replace('/ws', '/w s')],
    ['no HTTP at all', '\0\x01\x02\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a hello of TLS', '\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03'],
  ]
  test.each(rules)('RFC 9112 %s is refused', async (_rule, bytes) => {
    await refusedWith(bytes, 400, 'request')
  })
  test('section 2.2: "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line"', async () => {
    await taken(`\r\n${good}`)
  })
  test('RFC 6585 section 5: headers that are too large get a 431', () =>
    refusedWith(handshake({ X: 'x'.repeat(20_000) }), 431, 'request'))
  test('what comes behind a broken request is not counted again, and the answer is not lost', async () => {
    const listener = await strict()
    const answer = await world.ask(listener.port, `garbage\r\n${'x'.repeat(200_000)}`)
    expectRefusal(answer, 400)
    expect(listener.counters().refused).toEqual({ request: 1 })
  })
})

describe('Connection and Upgrade', () => {
  const rules: [string, Headers, number, RefusalReason][] = [
    ['section 7.6.1: Connection = #connection-option, a token', { Connection: 'Upgrade, a b' }, 400, 'request'],
    ['section 7.6.1: a quoted option', { Connection: 'Upgrade, "a"' }, 400, 'request'],
    ['section 7.6.1: an option with a parameter', { Connection: 'Upgrade, keep-alive;q=1' }, 400, 'request'],
    ['section 7.8: protocol-name ["/" protocol-version], a space', { Upgrade: 'websocket, a b' }, 400, 'request'],
    ['section 7.8: an empty version', { Upgrade: 'websocket, foo/' }, 400, 'request'],
    ['section 7.8: two versions', { Upgrade: 'websocket, foo/1/2' }, 400, 'request'],
    ['section 7.8: an empty name', { Upgrade: 'websocket, /1' }, 400, 'request'],
    ['section 7.8: a quoted name', { Upgrade: '"websocket"' }, 400, 'request'],
    ['section 7.8: the same protocol twice', { Upgrade: 'websocket, WebSocket' }, 400, 'request'],
    ['section 7.8: the same protocol on two lines', { Upgrade: ['websocket', 'websocket'] }, 400, 'request'],
    ['section 7.8: "MUST NOT switch to a protocol that was not indicated by the client"', { Upgrade: 'h2c' }, 426, 'upgrade'],
    ['section 7.8: a version of websocket is another protocol', { Upgrade: 'websocket/13' }, 426, 'upgrade'],
    ['section 7.8: a longer name is another protocol', { Upgrade: 'websockets' }, 426, 'upgrade'],
  ]
  test.each(rules)('RFC 9110 %s is refused', async (_rule, headers, status, reason) => {
    await refusedWith(handshake(headers), status, reason)
  })
  test.each<[Headers]>([
    [{ Connection: 'keep-alive, Upgrade', Upgrade: 'foo/1, WebSocket' }],
    [{ Connection: ['keep-alive', 'upgrade'], Upgrade: ['foo', 'WEBSOCKET'] }],
    [{ Connection: 'Upgrade, close' }],
  ])('RFC 9110 section 5.3: lists may stand on one line or on several (%j)', (headers) => taken(handshake(headers)))
  test('RFC 9110 section 5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements"', async () => {
    await taken(handshake({ Connection: ', ,Upgrade,\t,', Upgrade: ',websocket, ' }))
  })
  test('RFC 9110 section 7.8: with "Expect: 100-continue" a server "MUST send a 100 (Continue) response before sending a 101"', async () => {
    const listener = await strict()
    const socket = world.dial(listener.port, handshake({ Expect: '100-continue' }))
    let seen = ''
    for await (const chunk of socket) {
      seen += String(chunk)
      if (seen.includes(ACCEPT)) break
    }
    expect(seen).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 101 /)
  })
  test('a key in the wrong place is no handshake', () =>
    refusedWith(`GET /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\nSec-WebSocket-Key: ${KEY}\r\n\r\n`, 426, 'upgrade'))
})
