// defineProtocol: what can be a contract, and what a person is told of what cannot.
import { describe, expect, test } from '@jest/globals'
import { defineProtocol, isProtocolError, ProtocolError } from 'gensock/protocol'
import { z } from 'zod'
import { isContract } from '../../src/wire/contract.js'

const text = z.string()
const define = (shape: unknown): unknown => defineProtocol(shape as never)
const withMessage = (name: string): unknown => define({ version: '1', toServer: { messages: { [name]: text } }, toClient: {} })
const withCall = (call: unknown): unknown => define({ version: '1', toServer: { calls: { pay: call } }, toClient: {} })

describe('version', () => {
  test.each(['1', 'chat.1', "!#$%&'*-.^_|~", 'v'.repeat(64)])('%s is one', (version) => {
    expect(define({ version, toServer: {}, toClient: {} })).toHaveProperty('version', version)
  })
  test.each([['', ' 1', 'a b', 'a,b', 'chat+1', 'é', '"1"', 'v'.repeat(65), 1, undefined, null]].flat())(
    '%j is none',
    (version) => {
      expect(() => define({ version, toServer: {}, toClient: {} })).toThrow(
        new TypeError(`gensock: version must be a token of RFC 9110 without +, at most 64 characters, got ${String(version)}`),
      )
    },
  )
})

describe('names', () => {
  test.each(['a', 'Z', 'a.b:c/d-e_f9', 'n'.repeat(64)])('%s is one', (name) => {
    expect(() => withMessage(name)).not.toThrow()
  })
  test.each(['', '1a', '_a', '__proto__x', 'a b', 'é', 'n'.repeat(65), 'then', 'constructor', 'toString', 'toJSON', 'valueOf'])(
    '%j is none',
    (name) => {
      expect(() => withMessage(name)).toThrow(/^gensock: toServer\.messages: a name must begin with a letter.*got /)
    },
  )
  test('a name is a message or a call, not both', () => {
    const pay = { request: text, reply: text }
    expect(() => define({ version: '1', toServer: {}, toClient: { messages: { pay: text }, calls: { pay } } })).toThrow(
      'gensock: toClient: pay is a message and a call',
    )
  })
  test('the same name may travel in both directions', () => {
    expect(() =>
      define({ version: '1', toServer: { messages: { hi: text } }, toClient: { messages: { hi: text } } }),
    ).not.toThrow()
  })
  test('names of errors follow the same rule', () => {
    expect(() => withCall({ request: text, reply: text, errors: { valueOf: text } })).toThrow(
      /toServer\.calls\.pay\.errors: a name/,
    )
  })
})

describe('what is none', () => {
  test.each<readonly [what: string, run: () => unknown, told: RegExp]>([
    ['nothing', () => define(undefined), /an object with version, toServer and toClient/],
    ['null', () => define(null), /an object with version, toServer and toClient/],
    ['a key that there is not', () => define({ version: '1', toServer: {}, toClient: {}, toPeer: {} }), /does not know toPeer/],
    ['a side that is missing', () => define({ version: '1', toServer: {} }), /toClient must be an object/],
    ['a side that is a list', () => define({ version: '1', toServer: [], toClient: {} }), /toServer must be an object/],
    [
      'a part of a side that there is not',
      () => define({ version: '1', toServer: { message: {} }, toClient: {} }),
      /does not know message/,
    ],
    [
      'a message without a schema',
      () => define({ version: '1', toServer: { messages: { a: String } }, toClient: {} }),
      /toServer\.messages\.a must be a Standard Schema/,
    ],
    ['a call that is a schema', () => withCall(text), /toServer\.calls\.pay does not know|must be/],
    ['a call that is null', () => withCall(null), /toServer\.calls\.pay must be an object with request and reply/],
    ['a call without a reply', () => withCall({ request: text }), /toServer\.calls\.pay\.reply must be a Standard Schema/],
    ['a call without a request', () => withCall({ reply: text }), /toServer\.calls\.pay must be a Standard Schema/],
    ['a call with a part that there is not', () => withCall({ request: text, reply: text, error: {} }), /does not know error/],
    ['errors that are a list', () => withCall({ request: text, reply: text, errors: [] }), /pay\.errors must be an object/],
    [
      'an error without a schema',
      () => withCall({ request: text, reply: text, errors: { no: 1 } }),
      /pay\.errors\.no must be a Standard/,
    ],
    [
      'another delivery',
      () => withCall({ request: text, reply: text, delivery: 'exactlyOnce' }),
      /delivery must be of atMostOnce, atLeastOnce, got exactlyOnce/,
    ],
    [
      'a call to the client that is delivered at least once',
      () =>
        define({
          version: '1',
          toServer: {},
          toClient: { calls: { pay: { request: text, reply: text, delivery: 'atLeastOnce' } } },
        }),
      /toClient\.calls\.pay: only calls to the server can be delivered at least once/,
    ],
  ])('%s is refused', (_what, run, told) => {
    expect(run).toThrow(TypeError)
    expect(run).toThrow(told)
  })
})

describe('a contract', () => {
  const shape = { version: 'chat.1', toServer: { messages: { say: text } }, toClient: {} } as const
  const chat = defineProtocol(shape)

  test('has what it was given, and cannot be changed', () => {
    expect([chat.version, chat.toServer, chat.toClient]).toEqual([shape.version, shape.toServer, shape.toClient])
    expect(Object.isFrozen(chat)).toBe(true)
  })
  test('is known by its brand, not by its looks', () => {
    expect(isContract(chat)).toBe(true)
    for (const other of [shape, null, undefined, 'chat.1', {}]) expect(isContract(other)).toBe(false)
  })
})

describe('isProtocolError', () => {
  const book = { request: text, reply: text, errors: { taken: text } }
  const seats = defineProtocol({ version: '1', toServer: { calls: { book, free: book } }, toClient: {} })
  const taken = new ProtocolError('book', 'error', { error: 'taken', data: 'A1' })

  test('is true for an error of that call only', () => {
    expect(isProtocolError(taken, seats, 'book')).toBe(true)
    expect(isProtocolError(taken, seats, 'free')).toBe(false)
    expect(isProtocolError(new ProtocolError('book', 'error', { error: 'toString' }), seats, 'book')).toBe(false)
    expect(isProtocolError(new ProtocolError('book', 'error', { error: 'other' }), seats, 'book')).toBe(false)
    expect(isProtocolError(new ProtocolError('book', 'timeout'), seats, 'book')).toBe(false)
    for (const other of [new Error('taken'), undefined, Object.assign({}, taken)])
      expect(isProtocolError(other, seats, 'book')).toBe(false)
  })
  test('needs a contract', () => {
    expect(() => isProtocolError(taken, {} as never, 'book' as never)).toThrow(
      'isProtocolError: protocol must be what defineProtocol',
    )
  })
  test('an error of the other copy of the library is one', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('gensock.protocolError')]: true })
    expect(foreign instanceof ProtocolError).toBe(true)
    expect(new Error('x') instanceof ProtocolError).toBe(false)
  })
  test.each([
    [new ProtocolError('book', 'timeout'), 'call book: no answer in time'],
    [taken, "call book: answered with the error 'taken'"],
    [
      new ProtocolError('book', 'bad_request', { problem: { reason: 'bad_request', path: ['rows', 2], expected: 'a number' } }),
      'call book: bad_request at rows.2: a number',
    ],
    [
      new ProtocolError('book', 'bad_reply', { problem: { reason: 'bad_message', path: [], expected: 'a text' } }),
      'call book: bad_reply: a text',
    ],
  ])('its message says what happened', (error, told) => {
    expect(error.message).toBe(told)
  })
})
