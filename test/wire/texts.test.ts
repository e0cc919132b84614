// The texts of the fallback protocol and of the page's: what is written is read back, garbage is not.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { type Item, itemOf, numberOf, parsed, sentOf } from '../../src/wire/carrier.js'
import { afterClose, isCloseCode } from '../../src/wire/close-codes.js'
import { ack, fromBrowser, message, ping, pong, toBrowser } from '../../src/wire/page.js'

const count = fc.integer({ min: 1, max: 1e9 })
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.tuple(count, fc.constantFrom('t' as const, 'b' as const, 'p' as const, 'q' as const), fc.string()),
  fc.tuple(count, fc.constant('c' as const), fc.option(fc.nat(4999)), fc.string()),
)

describe('the fallback protocol', () => {
  test('every frame is read back as it was written', () => {
    fc.assert(fc.property(item, (given) => expect(itemOf(JSON.parse(JSON.stringify(given)))).toEqual(given)))
  })

  test('what brings frames is read back', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(item), (upTo, frames) => {
        expect(sentOf(JSON.stringify({ ack: upTo, frames }))).toEqual({ ack: upTo, frames })
      }),
    )
  })

  test.each<[string, unknown]>([
    ['no list', { 0: 1 }],
    ['a number of 0', [0, 't', '']],
    ['a negative number', [-1, 't', '']],
    ['a number with a fraction', [1.5, 't', '']],
    ['a number that is no number', ['1', 't', '']],
    ['an unknown kind', [1, 'x', '']],
    ['data that is no text', [1, 't', 7]],
    ['no data', [1, 't']],
    ['too much', [1, 't', '', '']],
    ['a close frame without a reason', [1, 'c', 1000]],
    ['a close code that is no number', [1, 'c', '1000', '']],
    ['null', null],
  ])('%s is no frame', (_what, given) => expect(itemOf(given)).toBeUndefined())

  test.each([
    '',
    '{',
    '[]',
    'null',
    '7',
    '{}',
    '{"ack":-1,"frames":[]}',
    '{"ack":1,"frames":{}}',
    '{"ack":1,"frames":[[1,"x",""]]}',
  ])('%j brings nothing', (text) => expect(sentOf(text)).toBeUndefined())

  test('no text makes the readers throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void [sentOf(text), parsed(text), fromBrowser(text), toBrowser(text)]))
  })

  test('a number of the query is digits, and not too many', () => {
    expect(['0', '42', '', '-1', '1e3', ' 1', '1'.repeat(16), null].map(numberOf)).toEqual([0, 42, ...Array(6).fill(undefined)])
  })
})

describe('the page protocol', () => {
  test('what the browser says is read back', () => {
    expect(fromBrowser(ping('p1'))).toEqual({ type: 'ping', page: 'p1', ack: undefined })
    expect(fromBrowser(ping('p1', 7))).toEqual({ type: 'ping', page: 'p1', ack: 7 })
    expect(fromBrowser(ack(9))).toEqual({ type: 'ack', number: 9 })
  })

  test('what the page says is read back', () => {
    expect(toBrowser(pong('p1'))).toEqual({ type: 'pong', page: 'p1', resumed: undefined, from: 0 })
    expect(toBrowser(pong('p1', 'gap', 12))).toEqual({ type: 'pong', page: 'p1', resumed: 'gap', from: 12 })
    fc.assert(
      fc.property(count, fc.string(), (number, data) =>
        expect(toBrowser(message(number, data))).toEqual({ type: 'message', number, data }),
      ),
    )
  })

  test('everything else is the application’s', () => {
    for (const text of ['hello', 'Z:PING', 'Z:PING:a:b', 'Z:PING:a:-1', ' Z:ACK:1', 'Z:ACK:1x'])
      expect(fromBrowser(text)).toBeUndefined()
    for (const text of ['hello', 'Z:MSG:x:a', 'Z:MSG:1', 'Z:PONG:a:old:1']) expect(toBrowser(text)).toBeUndefined()
  })
})

test('after every close code a client knows what to do, and after those of an application it stops', () => {
  expect([1000, 1001, 1005, 1006, 1011, 1012, 1013, 3000, 4401, 4409, 4000].map(afterClose)).toEqual([
    'stop',
    ...Array(6).fill('retry'),
    'renew',
    'renew',
    'stop',
    'stop',
  ])
  for (let code = 1000; code < 5000; code++) if (isCloseCode(code)) expect(['stop', 'retry', 'renew']).toContain(afterClose(code))
})
