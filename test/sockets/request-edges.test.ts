// What is checked of an answer to a request, how two answers become one, Cowboy's request and its words, and iodata: each by itself.
import { describe, expect, test } from '@jest/globals'
import { accept, reject } from 'gensock/socket'
import { bytesOf, textOf } from '../../src/sockets/io-data.js'
import { isOrderly, reason08 } from '../../src/sockets/reason08.js'
import { CowboyReq, isReq, partialReq } from '../../src/sockets/req.js'
import { acceptedBoth, checkPlain, checkUpgrade, RESERVED } from '../../src/sockets/request.js'

const coded = (code: string): unknown => expect.objectContaining({ code })
const badReturn = coded('GENSOCK_ERR_BAD_RETURN')
const badFrame = coded('GENSOCK_ERR_BAD_FRAME')
const badarg = coded('GENSOCK_ERR_BADARG')
const bare = (properties: object): object => Object.assign(Object.create(null) as object, properties)

test('accept and reject without options have no third part', () => {
  expect([accept('ann'), reject(403)]).toStrictEqual([
    ['accept', 'ann'],
    ['reject', 403],
  ])
})

describe('an answer of upgrade', () => {
  const check = (answer: unknown): void => checkUpgrade('upgrade', answer)

  test.each<[string, unknown]>([
    ['a subprotocol', ['accept', 1, { subprotocol: 'v1.chat' }]],
    ['headers of several lines', ['accept', 1, { headers: { 'Set-Cookie': ['a=1', 'b=2'], 'X-A': '' } }]],
    ['an object without prototype', ['accept', 1, bare({ headers: bare({ 'X-A': 'b' }) })]],
    ['a refusal with a body', ['reject', 403, { body: '' }]],
  ])('may be one with %s', (_title, answer) => {
    expect(check(answer)).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['no list', 'accept'],
    ['nothing', undefined],
    ['a list that says neither of the two', ['refuse', 403]],
    ['one part', ['accept']],
    ['four parts', ['accept', 1, {}, 2]],
    ['null for options', ['accept', 1, null]],
    ['null for headers', ['reject', 403, { headers: null }]],
    ['a function for options', ['accept', 1, Object.setPrototypeOf(() => 0, null)]],
    ['a Map for headers', ['accept', 1, { headers: new Map() }]],
    ['a number for a subprotocol', ['accept', 1, { subprotocol: 7 }]],
    ['a subprotocol that is no token', ['accept', 1, { subprotocol: 'a b' }]],
    ['a header of which one line ends early', ['accept', 1, { headers: { 'X-A': ['good', 'bad\r\nX-B: 1'] } }]],
    ['compression that is none', ['accept', 1, { options: { compress: { level: 99 } } }]],
    ...RESERVED.map((name): [string, unknown] => [`the header ${name}`, ['accept', 1, { headers: { [name]: 'x' } }]]),
    ['the header SEC-WebSocket-Extensions', ['accept', 1, { headers: { 'SEC-WebSocket-Extensions': 'x' } }]],
  ])('with %s is refused', (_title, answer) => {
    expect(() => check(answer)).toThrow(badReturn)
  })

  test('never has a header of the handshake: those are eight', () => {
    expect(RESERVED).toEqual([
      'connection',
      'upgrade',
      'sec-websocket-accept',
      'sec-websocket-protocol',
      'sec-websocket-extensions',
      'trailer',
      'transfer-encoding',
      'content-length',
    ])
  })
})

describe('an answer of plain', () => {
  test.each<[unknown]>([[undefined], [['carry', 'sse']], [['carry', 'poll']], [['carry', 'post']], [['answer', 200]]])(
    '%j is taken as it is',
    (answer) => {
      expect(checkPlain(answer)).toBe(answer)
    },
  )

  test.each<[unknown]>([
    [null],
    ['carry'],
    [['carry', 'ws']],
    [['carry', 200]],
    [['carried', 'sse']],
    [['carried', 'poll']],
    [['carried', 'post']],
    [['refuse', 200]],
    [['answer', 199]],
    [['answer', 200, null]],
    [['answer', 200, { status: 1 }]],
  ])('%j is refused', (answer) => {
    expect(() => checkPlain(answer)).toThrow(badReturn)
  })
})

describe('what authorize and upgrade accept with', () => {
  test('has options only if one of them gave some; the later one counts, key by key', () => {
    const first = { options: { idleTimeoutMs: 1, maxFrameBytes: 2 } }
    expect(acceptedBoth({}, {})).toStrictEqual({ headers: {} })
    expect(acceptedBoth(first, {})).toStrictEqual({ headers: {}, ...first })
    expect(acceptedBoth({}, first)).toStrictEqual({ headers: {}, ...first })
    expect(acceptedBoth(first, { options: { maxFrameBytes: 3 } })).toStrictEqual({
      headers: {},
      options: { idleTimeoutMs: 1, maxFrameBytes: 3 },
    })
  })

  test('cookies of both go out, under whatever case of their name; of any other header the later one', () => {
    const { headers } = acceptedBoth(
      { headers: { 'SET-Cookie': 'a=1', 'X-A': 'old', 'X-B': 'b' } },
      { headers: { 'set-cookie': ['b=2', 'c=3'], 'X-A': 'new' } },
    )
    expect(headers).toStrictEqual({ 'X-A': 'new', 'X-B': 'b', 'Set-Cookie': ['a=1', 'b=2', 'c=3'] })
  })
})

describe("Cowboy's request", () => {
  const made = new CowboyReq({ url: '/x', headers: {} } as never)

  test('is known by a brand that all copies of the library share', () => {
    const brand = Symbol.for('gensock.cowboyReq')
    expect([isReq(made), isReq({ [brand]: true }), isReq({ [brand]: 1 }), isReq(null), isReq(7)]).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  test('has a refusal and an acceptance without parts that nobody gave', () => {
    expect(made._refusal(403)).toStrictEqual([403, { headers: {} }])
    expect(made._accept(undefined)).toStrictEqual({ headers: {} })
    expect(made.meta('websocketCompress')).toBe(false)
  })

  test('takes a value that is no token for any header but the subprotocol', () => {
    const changed = made.setRespHeader('X-A', 'two words').setRespHeader('Sec-WebSocket-Protocol', 'v1')
    expect(changed._accept(undefined)).toStrictEqual({ headers: { 'X-A': 'two words' }, subprotocol: 'v1' })
    expect(() => made.setRespHeader('sec-WebSocket-protocol', 'two words')).toThrow(badarg)
  })

  test.each<[unknown]>([[undefined], [7], [null]])('a header by the name %j is refused', (name) => {
    expect(() => made.setRespHeader(name as never, 'x')).toThrow(badarg)
  })

  test.each([
    ['/a?b=1', [['b', '1']]],
    ['/a', []],
    ['?b=1', [['b', '1']]],
    ['/a?', []],
  ])('for terminate: the query of %s is %j', (url, pairs) => {
    expect([...(partialReq({ url } as never).query as URLSearchParams)]).toEqual(pairs)
  })
})

describe('an error of these says what was wrong', () => {
  const made = new CowboyReq({ url: '/x', headers: {} } as never)
  const names = RESERVED.filter((name) => name !== 'sec-websocket-protocol').join(', ')
  test.each<[string, () => unknown]>([
    ["req.meta: name must be 'websocketVersion' or 'websocketCompress', got", () => made.meta('x' as never)],
    [`req.setRespHeader: name must be a header name, none of ${names}, got`, () => made.setRespHeader('', 'x')],
    [
      'req.setRespHeader: value of X-A must be a string of one line, and a token for a subprotocol, got',
      () => made.setRespHeader('X-A', '\n'),
    ],
    ['req.reply: status must be', () => made.reply(199)],
    ['req.reply: body must be a string, got', () => made.reply(200, 7 as never)],
    ['a text payload must be valid UTF-8, got', () => textOf(Uint8Array.of(0xc3))],
    ['a payload must be a string, a Uint8Array or a list of them, got', () => bytesOf(7)],
    [
      'upgrade must return accept(claims, { subprotocol?, headers?, expiresAt?, options? }?) or ' +
        'reject(status from 200 to 599, { headers?, body? }?), got',
      () => checkUpgrade('upgrade', 7),
    ],
    [
      "plain must return ['answer', status from 200 to 599, { headers?, body? }?], " +
        "['carry', 'sse' or 'poll' or 'post'] or undefined, got",
      () => checkPlain(7),
    ],
  ])('%s', (text, run) => {
    expect(run).toThrow(text)
  })
})

describe('in the words of 0.8 and 1.0', () => {
  test('a close frame without a text has an empty one', () => {
    expect(reason08({ type: 'remote', code: 4000 })).toEqual(['remote', 4000, ''])
    expect(reason08({ type: 'remote' })).toEqual(['remote', 'closed'])
  })

  test.each<[unknown, boolean]>([
    ['normal', true],
    ['shutdown', true],
    [['shutdown', 'why'], true],
    [['shutdown'], false],
    [['shutdown', 1, 2], false],
    [['killed', 'why'], false],
    [{ length: 2, 0: 'shutdown' }, false],
    ['killed', false],
  ])('an end with %j was meant: %j', (reason, expected) => {
    expect(isOrderly(reason as never)).toBe(expected)
    expect(reason08({ type: 'exit', reason } as never)).toEqual(expected ? ['normal', 'shutdown'] : ['error', 'handler'])
  })
})

describe('iodata', () => {
  test('text alone stays as it is, half a surrogate pair too: the wire deals with that', () => {
    expect(textOf('\ud800')).toBe('\ud800')
  })

  test('lists are joined before they are read as UTF-8', () => {
    expect(textOf([[Uint8Array.of(0xc3)], Uint8Array.of(0xa4), ['b', []]])).toBe('äb')
  })

  test('a byte order mark is text like any other, as the wire has it', () => {
    expect(textOf(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
  })

  test('bytes that are no UTF-8 are no text', () => {
    expect(() => textOf([Uint8Array.of(0xc3)])).toThrow(badFrame)
  })

  test.each<[unknown]>([[7], [undefined], [{}], [['a', 7]]])('%j is no payload', (payload) => {
    expect(() => bytesOf(payload)).toThrow(badFrame)
    expect(() => textOf(payload)).toThrow(badFrame)
  })
})
