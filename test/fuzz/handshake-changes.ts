// What can be done to a handshake: changes that do no harm, and defects, each with the statuses that it may be answered with.
// Data. Entered by handshakes.ts.
import type { Dice } from './random.js'
import { type Draft, type Header, set } from './request.js'

export interface Change {
  readonly name: string
  readonly make: (draft: Draft, dice: Dice) => void
}
export interface Defect extends Change {
  readonly status: readonly number[]
  /** node:http hears of no upgrade, or of no request at all: of several requests no other follows. */
  readonly isLast?: true
}

const odd = (dice: Dice): string =>
  String.fromCharCode(
    ...dice.times(1 + dice.below(30), () => dice.pick([0x09, 0x20 + dice.below(95), 0x80 + dice.below(128)])),
  ).trim()
const mixed = (dice: Dice, name: string): string =>
  name.replaceAll(/[a-z]/gi, (letter) => (dice.percent(50) ? letter.toUpperCase() : letter.toLowerCase()))
const insert = (draft: Draft, dice: Dice, header: Header): void =>
  void draft.headers.splice(dice.below(draft.headers.length + 1), 0, header)

/** node:http takes no tab behind these two. */
const tabAfter = (name: string): string => (/^(?:connection|content-length)$/i.test(name) ? '' : '\t')

/** Still answered with 101. */
export const HARMLESS: readonly Change[] = [
  {
    name: 'names in mixed case',
    make: (draft, dice) => (draft.headers = draft.headers.map(([name, value]) => [mixed(dice, name), value])),
  },
  {
    name: 'blanks',
    make: (draft, dice) =>
      (draft.headers = draft.headers.map(([name, value]) => [
        name,
        `${dice.pick([' ', '\t ', '   '])}${value}${dice.pick(['', ' ', tabAfter(name)])}`,
      ])),
  },
  { name: 'another order', make: (draft, dice) => (draft.headers = dice.some(draft.headers, draft.headers.length)) },
  {
    name: 'other headers',
    make: (draft, dice) => {
      for (let i = dice.below(50); i > 0; i--) insert(draft, dice, [`X-${dice.below(1000)}`, odd(dice)])
    },
  },
  { name: 'a long header', make: (draft, dice) => insert(draft, dice, ['X-Long', 'x'.repeat(dice.below(4000))]) },
  {
    name: 'cookies',
    make: (draft, dice) =>
      insert(draft, dice, [
        'Cookie',
        dice.pick(['a=b', 'a=b; a=c', '=', ';;;', 'a', '__proto__=1', 'a="b', odd(dice), '%zz=%00']),
      ]),
  },
  {
    name: 'keep-alive',
    make: (draft, dice) =>
      set(draft, 'Connection', dice.pick(['keep-alive, Upgrade', 'upgrade,keep-alive', 'Upgrade,,', 'UPGRADE'])),
  },
  {
    name: 'other protocols',
    make: (draft, dice) =>
      set(draft, 'Upgrade', dice.pick(['WebSocket', 'WEBSOCKET', 'websocket, h2c', 'h2c, websocket', 'foo/1, ,websocket'])),
  },
  { name: 'an older version', make: (draft, dice) => set(draft, 'Sec-WebSocket-Version', dice.pick(['7', '8', '13'])) },
  {
    name: 'the same origin',
    make: (draft, dice) => set(draft, 'Origin', dice.pick(['http://127.0.0.1', 'http://127.0.0.1:80', 'ws://127.0.0.1'])),
  },
  {
    name: 'a query',
    make: (draft, dice) =>
      (draft.target += dice.pick([
        '?',
        '?a=b',
        '?a=%zz',
        '?__proto__=1',
        `?${'q'.repeat(1000)}`,
        '?gensock=send',
        '?id=',
        '?gensock=none',
      ])),
  },
  {
    name: 'an absolute target',
    make: (draft) => (draft.target = draft.target.startsWith('/') ? `http://127.0.0.1${draft.target}` : draft.target),
  },
  {
    name: 'an encoded letter',
    make: (draft) =>
      (draft.target = draft.target.replace(/^\/([a-z])/, (_, letter: string) => `/%${letter.charCodeAt(0).toString(16)}`)),
  },
  { name: 'a body of nothing', make: (draft) => set(draft, 'Content-Length', '0') },
  { name: 'expects 100', make: (draft) => set(draft, 'Expect', '100-continue') },
  {
    name: 'offers protocols',
    make: (draft, dice) =>
      set(draft, 'Sec-WebSocket-Protocol', dice.pick(['v1', 'v2', 'v0', 'v0, v1', 'v1,v2', 'x,,y', "!#$%&'*+-.^_`|~"])),
  },
  { name: 'offers extensions', make: (draft, dice) => set(draft, 'Sec-WebSocket-Extensions', extensions(dice)) },
]

const PARAMETERS = [
  'client_max_window_bits',
  'server_max_window_bits',
  'client_no_context_takeover',
  'server_no_context_takeover',
  'x',
  'mux',
]
/** A list that fits the grammar of RFC 6455 section 9.1. */
function extensions(dice: Dice): string {
  const value = (): string => dice.pick(['', '=1', '=10', '="10"', '=0', '="a\\b"', ' = x', '=16', '=-1'])
  const parameter = (): string => `; ${dice.pick(PARAMETERS)}${value()}`
  const element = (): string =>
    dice.pick(['permessage-deflate', 'permessage-deflate', 'foo', 'x-webkit-deflate-frame']) +
    dice.times(dice.below(4), parameter).join('')
  return dice.times(1 + dice.below(4), element).join(dice.pick([',', ', ', ' ,, ']))
}

const one = (name: string, status: number, header: string, ...values: readonly (readonly string[])[]): Defect => ({
  name,
  status: [status],
  make: (draft, dice) => set(draft, header, ...dice.pick(values)),
})
const line = (name: string, status: readonly number[], make: (draft: Draft, dice: Dice) => void): Defect => ({
  name,
  status,
  make,
  isLast: true,
})

/** Of the header fields and the target. */
const DEFECTS_OF_FIELDS: readonly Defect[] = [
  {
    name: 'another method',
    status: [405],
    make: (draft, dice) => (draft.method = dice.pick(['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'PROPFIND'])),
  },
  { name: 'HTTP/1.0', status: [426], make: (draft) => (draft.version = 'HTTP/1.0') },
  one('no Host', 400, 'Host', []),
  one('two Hosts', 400, 'Host', ['127.0.0.1', '127.0.0.1'], ['a', 'b']),
  one('a bad Host', 400, 'Host', [''], ['a b'], ['a:99999'], ['[::'], ['u@h'], ['a/b'], ['a:b'], ['é']),
  one('no Upgrade', 426, 'Upgrade', [], ['h2c'], ['websocket/13'], ['websockets']),
  one(
    'a malformed Upgrade',
    400,
    'Upgrade',
    ['websocket, websocket'],
    ['web socket'],
    ['websocket;'],
    ['websocket', 'websocket'],
  ),
  one('no Connection', 426, 'Connection', [], ['close'], ['keep-alive'], ['upgraded']),
  one('no key', 400, 'Sec-WebSocket-Key', []),
  one('two keys', 400, 'Sec-WebSocket-Key', ['dGhlIHNhbXBsZSBub25jZQ==', 'dGhlIHNhbXBsZSBub25jZQ==']),
  one(
    'a bad key',
    400,
    'Sec-WebSocket-Key',
    [''],
    ['x'],
    ['dGhlIHNhbXBsZSBub25jZQ'],
    ['dGhlIHNhbXBsZSBub25jZR=='],
    ['dGhlIHNhbXBsZQ=='],
    ['dGhlIHNhbXBsZSBub25jZSBub25jZQ=='],
    ['dGhl IHNhbXBsZSBub25jZQ=='],
    ['dGhlIHNhbXBsZSBub25jZ_=='],
  ),
  one(
    'no version',
    426,
    'Sec-WebSocket-Version',
    [],
    [''],
    ['12'],
    ['14'],
    ['013'],
    ['13, 13'],
    ['13', '13'],
    ['x'],
    ['-13'],
    ['13.0'],
  ),
  one('bad subprotocols', 400, 'Sec-WebSocket-Protocol', [''], ['a b'], ['a, a'], ['a', 'a'], ['a;b'], [','], ['"a"']),
  one(
    'bad extensions',
    400,
    'Sec-WebSocket-Extensions',
    [''],
    [';'],
    ['a b'],
    ['a;'],
    ['a;b='],
    ['a;b="'],
    ['a;b="x y"'],
    ['"a"'],
    ['a;;b'],
    ['='],
  ),
  one(
    'another origin',
    403,
    'Origin',
    ['http://evil.example'],
    ['null'],
    ['http://127.0.0.1:81'],
    ['127.0.0.1'],
    [''],
    ['http://127.0.0.1@evil.example'],
    ['file://'],
  ),
  {
    name: 'an unknown path',
    status: [404],
    make: (draft, dice) =>
      (draft.target = dice.pick([
        '/',
        '/nowhere',
        '/echo/',
        '/echo/more',
        '//echo',
        '/ECHO',
        '/%zz',
        '/__proto__',
        '/echo%2f',
        '/..',
        '/echo;x',
        `/${'p'.repeat(2000)}`,
      ])),
  },
  {
    name: 'a bad target',
    status: [400],
    make: (draft, dice) =>
      (draft.target = dice.pick([
        '*',
        'echo',
        '/echo#f',
        'http://',
        'http://u@h/echo',
        'ftp://127.0.0.1/echo',
        'http:///echo',
        '?',
      ])),
  },
]

const append =
  (text: string) =>
  (draft: Draft): void =>
    void draft.headers.push(['X', text])
/** Of what is between the fields, or too long: mostly node:http refuses it. */
const DEFECTS_OF_LINES: readonly Defect[] = [
  line('a body', [400], (draft, dice) => {
    set(draft, 'Content-Length', dice.pick(['5', '100']))
    draft.body = 'hello'
  }),
  line('a chunked body', [400], (draft, dice) => {
    set(draft, 'Transfer-Encoding', dice.pick(['chunked', 'gzip, chunked']))
    draft.body = dice.pick(['5\r\nhello\r\n0\r\n\r\n', '0\r\n\r\n', 'zz\r\n'])
  }),
  line('two lengths', [400], (draft) => set(draft, 'Content-Length', '0', '5')),
  line('a length and a coding', [400], (draft) => {
    set(draft, 'Content-Length', '5')
    set(draft, 'Transfer-Encoding', 'chunked')
  }),
  line('a length that is none', [400], (draft, dice) =>
    set(draft, 'Content-Length', dice.pick(['-1', '0x5', '99999999999999999999', '5 5', '+5'])),
  ),
  line('a malformed Connection', [400, 426], (draft, dice) =>
    set(draft, 'Connection', dice.pick(['@@, Upgrade', 'Upgrade; x', '"Upgrade"', 'Upgrade x'])),
  ),
  line('CONNECT', [400, 404, 405], (draft, dice) => {
    draft.method = 'CONNECT'
    draft.target = dice.pick(['127.0.0.1:80', 'a:1', '/echo'])
  }),
  line('no method', [400], (draft, dice) => (draft.method = dice.pick(['get', 'FOO', 'G ET', '', 'GET\0', 'G\u00e9T']))),
  line(
    'no version of HTTP',
    [400],
    (draft, dice) =>
      (draft.version = dice.pick([
        'HTTP/2.0',
        'HTTP/9.9',
        'HTTP/0.9',
        'HTTP/1.',
        'http/1.1',
        'HTTP/1.1 x',
        'FTP/1.1',
        'HTTP/11',
      ])),
  ),
  line('line feeds', [400], (draft) => (draft.eol = '\n')),
  line('carriage returns', [400], (draft) => (draft.eol = '\r')),
  line('a folded header', [400], append('a\r\n folded')),
  line('a null byte', [400], append('a\0b')),
  line('a control byte', [400], append('a\x01b')),
  line('a name with a blank', [400], (draft) => void draft.headers.push(['X Y', 'a'])),
  line('a blank before the colon', [400], (draft) => void draft.headers.push(['X ', 'a'])),
  line('a name that is none', [400], (draft, dice) => void draft.headers.push([dice.pick(['', '(x)', 'é', '@']), 'a'])),
  line('a blank line first', [400], (draft) => void draft.headers.splice(0, 0, [' X', 'a'])),
  line('a header without an end', [431], (draft) => void draft.headers.push(['X', 'x'.repeat(17_000)])),
  line('a target without an end', [431], (draft) => (draft.target += `?${'q'.repeat(17_000)}`)),
  line('headers without an end', [431], (draft) => {
    for (let i = 0; i < 1500; i++) draft.headers.push([`X-${i}`, 'some value'])
  }),
]
export const DEFECTS: readonly Defect[] = [...DEFECTS_OF_FIELDS, ...DEFECTS_OF_LINES]
