// Inputs that are conversations over plain HTTP: the fallback transports of docs/fallback.md, by the rules and against them,
// and requests to routes that answer plain ones. Pure: what is said is decided here, ids and numbers come in as it is said.
// Entered by inputs.ts.
import { VALID } from '../rfc/utf8.js'
import type { Dice } from './random.js'
import { SMALL } from './routes.js'

export type Item = readonly [kind: 't' | 'b' | 'p' | 'q', data: string]
/**
 * One request as it stands. In its query `$ID`, `$ACK` and `$AHEAD`, in its body `$NEXT` as well, are put in when it is sent.
 */
export interface Bare {
  readonly type: 'request'
  readonly about: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
  readonly status: readonly number[]
  /** Of the answer, where it is known. */
  readonly answer?: Buffer
  /** The connection ends with this code. */
  readonly closes?: number
}
export type Step =
  | Bare
  /** Frames that can be; perhaps the same once more, with another. */
  | { readonly type: 'send'; readonly items: readonly Item[]; readonly again: boolean }
  /** Takes all that is due, from so many frames before the last that has come. */
  | { readonly type: 'take'; readonly by: 'poll' | 'sse'; readonly back: number }
  /** A request that ends before its answer. */
  | { readonly type: 'cut'; readonly path: string; readonly method: string; readonly body: string }
  | { readonly type: 'close'; readonly code: number | null }
export interface Conversation {
  readonly about: string
  readonly from: number
  /** Where it is opened: `/leave` forgets peers soon. */
  readonly path: '/fallback' | '/leave'
  /** Undefined: none is opened. */
  readonly via: 'sse' | 'longPoll' | undefined
  readonly steps: readonly Step[]
  /** Goes without a word; else it ends by the rules. */
  readonly leaves: boolean
}

const SEND = '?gensock=send&id=$ID'
const request = (about: string, method: string, query: string, status: number, more: Partial<Bare> = {}): Bare => ({
  type: 'request',
  about,
  method,
  path: `/fallback${query}`,
  status: [status],
  ...more,
})
const send = (about: string, body: string | Buffer, status = 400, more: Partial<Bare> = {}): Bare =>
  request(about, 'POST', SEND, status, { body, ...more })
const items = (...list: readonly string[]): string => `{"ack":$ACK,"frames":[${list.join(',')}]}`

/** Of a connection that is open: nothing is done by them. */
const BAD: readonly ((dice: Dice) => Bare)[] = [
  () => request('no id', 'POST', '?gensock=send', 400, { body: items() }),
  (dice) =>
    request(
      'an unknown id',
      'GET',
      `?gensock=poll&ack=0&id=${dice.pick(['', 'x', '__proto__', 'constructor', dice.bytes(16).toString('base64url')])}`,
      410,
    ),
  () => ({
    ...request('another path', 'GET', '?gensock=poll&id=$ID&ack=$ACK', 426),
    path: '/websocket/echo?gensock=poll&id=$ID&ack=$ACK',
  }),
  (dice) =>
    request(
      'an ack that is no number',
      'GET',
      `?gensock=poll&id=$ID&ack=${dice.pick(['', 'x', '-1', '1.5', '1e3', '9999999999999999', '0x1', '%00'])}`,
      400,
    ),
  () => request('no ack', 'GET', '?gensock=sse&id=$ID', 400),
  () => request('an ack ahead', 'GET', '?gensock=poll&id=$ID&ack=$AHEAD', 400),
  () => request('a Last-Event-ID ahead', 'GET', '?gensock=sse&id=$ID&ack=$ACK', 400, { headers: { 'Last-Event-ID': '1000000' } }),
  (dice) =>
    request('a Last-Event-ID that is none', 'GET', '?gensock=sse&id=$ID&ack=$ACK', 400, {
      headers: { 'Last-Event-ID': dice.pick(['', 'x', '-1']) },
    }),
  (dice) => request('a wrong method', dice.pick(['PUT', 'DELETE', 'GET', 'HEAD']), SEND, 405),
  (dice) => request('a wrong method', dice.pick(['PUT', 'POST', 'OPTIONS']), '?gensock=poll&id=$ID&ack=$ACK', 405),
  (dice) =>
    request('another origin', 'GET', '?gensock=poll&id=$ID&ack=$ACK', 403, {
      headers: { Origin: dice.pick(['http://evil.example', 'null', 'x']) },
    }),
  () => request('cross-site', 'GET', '?gensock=poll&id=$ID&ack=$ACK', 403, { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
  (dice) =>
    send(
      'no JSON',
      dice.pick([
        '',
        '{',
        'null',
        '[]',
        '1',
        '"x"',
        '{"ack":0}',
        '{"frames":[]}',
        '[[1,"t","a"]]',
        '{"ack":0,"frames":{}}',
        '\u0000',
        '{"__proto__":{"ack":0,"frames":[]}}',
      ]),
    ),
  (dice) =>
    send(
      'a bad ack',
      dice.pick([
        '{"ack":-1,"frames":[]}',
        '{"ack":"0","frames":[]}',
        '{"ack":1.5,"frames":[]}',
        '{"ack":null,"frames":[]}',
        '{"ack":1e400,"frames":[]}',
        '{"ack":$AHEAD,"frames":[]}',
      ]),
    ),
  (dice) =>
    send(
      'frames that are none',
      items(
        dice.pick([
          '1',
          'null',
          '[]',
          '[1]',
          '[1,"t"]',
          '[1,"x","a"]',
          '[0,"t","a"]',
          '[-1,"t","a"]',
          '[1.5,"t","a"]',
          '["1","t","a"]',
          '[1,"t",1]',
          '[1,"t","a",2]',
          '[1,"T","a"]',
        ]),
      ),
    ),
  (dice) =>
    send(
      'bytes that are none',
      items(`[$NEXT,"${dice.pick(['b', 'p', 'q'])}","${dice.pick(['A', '=', '====', 'A===', '*', 'AQI', 'AQ I=', 'AQI=='])}"]`),
    ),
  (dice) => send('a long ping', items(`[$NEXT,"${dice.pick(['p', 'q'])}","${Buffer.alloc(126).toString('base64')}"]`)),
  (dice) =>
    send(
      'a bad close',
      items(`[$NEXT,"c",${dice.pick(['0', '999', '1005', '1006', '1015', '2000', '5000', '1000.5', '"1000"'])},""]`),
    ),
  () => send('a reason without a code', items('[$NEXT,"c",null,"why"]')),
  () => send('a long reason', items(`[$NEXT,"c",1000,"${'r'.repeat(124)}"]`)),
  () => send('half a pair', items('[$NEXT,"t","\\ud800"]')),
  (dice) =>
    send(
      'no UTF-8',
      Buffer.concat([Buffer.from('{"ack":0,"frames":[[1,"t","'), Buffer.of(0x80 + dice.below(0x40)), Buffer.from('"]]}')]),
    ),
  () => send('a gap', items('[$AHEAD,"t","a"]'), 409),
  () => send('a gap inside', items('[$NEXT,"t","a"]', '[$AHEAD,"t","a"]'), 409),
]
/** They end the connection. */
const DEADLY: readonly ((dice: Dice) => Bare)[] = [
  (dice) => send('a long body', Buffer.alloc(65_537 + 6 * SMALL + dice.below(10), 'x'), 413, { closes: 1009 }),
  (dice) => send('a long frame', items(`[$NEXT,"t","${'x'.repeat(SMALL + 1 + dice.below(10))}"]`), 204, { closes: 1009 }),
]
/** Without a connection. */
const PLAIN: readonly ((dice: Dice) => Bare)[] = [
  (dice) => request('a bad via', 'POST', `?gensock=open&via=${dice.pick(['', 'ws', 'SSE', '__proto__'])}`, 400),
  () => request('no via', 'POST', '?gensock=open', 400),
  () => request('open by GET', 'GET', '?gensock=open&via=sse', 405),
  (dice) =>
    request('open from another origin', 'POST', '?gensock=open&via=sse', 403, {
      headers: { Origin: dice.pick(['http://evil.example', 'null']) },
    }),
  (dice) =>
    request(
      'no verb',
      'GET',
      dice.pick(['', '?', '?gensock=', '?gensock=ws', '?gensock=none', '?gensock=__proto__', '?gensock=constructor', '?id=1']),
      426,
    ),
  () => request('no verb, a POST', 'POST', '', 405, { body: 'hello' }),
  (dice) => bullet('a POST', 'POST', 200, { body: dice.pick(VALID)[1] }, true),
  (dice) => bullet('a long POST', 'POST', 413, { body: Buffer.alloc(SMALL + 1 + dice.below(1000), 'x') }),
  (dice) => bullet('a POST at the limit', 'POST', 200, { body: Buffer.alloc(SMALL - dice.below(2), 'x') }, true),
  (dice) =>
    bullet('a POST that is no UTF-8', 'POST', 400, { body: Buffer.concat([Buffer.from('a'), Buffer.of(0x80 + dice.below(64))]) }),
  (dice) => bullet('another method', dice.pick(['PUT', 'DELETE', 'OPTIONS', 'HEAD']), 405),
  () => bullet('another protocol', 'GET', 501, { headers: { Upgrade: 'h2c' } }),
  (dice) => ({ ...bullet('a page', 'GET', 200), path: `/zotonic${dice.pick(['', '?a=%zz', '?'])}`, status: [200, 400, 426] }),
]
function bullet(about: string, method: string, status: number, more: Partial<Bare> = {}, isEchoed = false): Bare {
  const answer = isEchoed ? { answer: Buffer.from(more.body as Buffer) } : {}
  return { type: 'request', about: `bullet: ${about}`, method, path: '/bullet', status: [status], ...more, ...answer }
}

function itemOf(dice: Dice): Item {
  const kind = dice.pick(['t', 't', 't', 'b', 'b', 'p', 'q'] as const)
  if (kind === 't')
    return [kind, dice.percent(40) ? dice.pick(VALID)[1].toString() : 'x'.repeat(dice.below(dice.percent(5) ? SMALL : 200))]
  return [kind, dice.bytes(dice.below(kind === 'b' ? 300 : 126)).toString('base64')]
}
const CUTS = [
  { method: 'GET', query: '?gensock=poll&id=$ID&ack=$ACK', body: '' },
  { method: 'GET', query: '?gensock=sse&id=$ID&ack=$ACK', body: '' },
  { method: 'POST', query: SEND, body: '{"ack":0,"fra' },
] as const
function cutOf(dice: Dice, at: Conversation['path']): Step {
  if (dice.percent(20)) return { type: 'cut', method: 'POST', path: '/leave?gensock=open&via=sse', body: '' }
  const { query, ...cut } = dice.pick(CUTS)
  return { type: 'cut', ...cut, path: `${at}${query}` }
}
function stepOf(dice: Dice): Step {
  const kind = dice.below(100)
  if (kind < 35) return { type: 'send', items: dice.times(1 + dice.below(5), () => itemOf(dice)), again: dice.percent(20) }
  if (kind < 60) return { type: 'take', by: dice.percent(70) ? 'poll' : 'sse', back: dice.below(4) }
  if (kind < 92) return dice.pick(BAD)(dice)
  return cutOf(dice, '/fallback')
}

/** What one peer says, from its first request to its last. */
export function conversation(dice: Dice): Conversation {
  const from = 1 + dice.below(30)
  if (dice.percent(30)) {
    const steps = dice.times(1 + dice.below(3), () => dice.pick(PLAIN)(dice))
    return { about: 'plain', from, path: '/fallback', via: undefined, steps, leaves: true }
  }
  const via = dice.pick(['sse', 'longPoll'] as const)
  if (dice.percent(8)) {
    const cuts = dice.times(dice.below(4), () => cutOf(dice, '/leave'))
    return { about: `leaves after ${cuts.length} cuts`, from, path: '/leave', via, steps: cuts, leaves: true }
  }
  const steps: Step[] = dice.times(dice.below(8), () => stepOf(dice))
  if (dice.percent(15)) steps.push(dice.pick(DEADLY)(dice))
  else if (dice.percent(85)) steps.push({ type: 'close', code: dice.pick([null, 1000, 1001, 3000, 4999]) })
  const about = steps.map((step) => (step.type === 'request' ? step.about : step.type)).join(', ')
  return { about, from, path: '/fallback', via, steps, leaves: false }
}
