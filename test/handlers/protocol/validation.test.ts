// What comes and what goes is checked by the schemas of the contract, of whichever library they are.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { reply } from 'gensock'
import { defineProtocol, protocolHandler, type ProtocolOptions, type StandardSchema } from 'gensock/protocol'
import { type FakeTransport, testNode, type TestNode } from 'gensock/testing'
import * as v from 'valibot'
import { z } from 'zod'
import { type } from '../../wire/arktype.js'
import { came, say, speak } from './speak.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

interface Library {
  readonly name: string
  /** `{ count: text of digits -> number, tags: string[] }` */
  readonly basket: StandardSchema<{ count: string; tags: string[] }, { count: number; tags: string[] }>
  readonly digits: StandardSchema<string, number>
}
const LIBRARIES: readonly Library[] = [
  {
    name: 'zod',
    basket: z.object({ count: z.string().regex(/^\d+$/).transform(Number), tags: z.array(z.string()) }),
    digits: z.string().regex(/^\d+$/).transform(Number),
  },
  {
    name: 'valibot',
    basket: v.object({ count: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)), tags: v.array(v.string()) }),
    digits: v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number)),
  },
  {
    name: 'arktype',
    basket: type({ count: 'string.numeric.parse', tags: 'string[]' }) as never,
    digits: type('string.numeric.parse') as never,
  },
]

describe.each(LIBRARIES)('a contract in $name', ({ basket, digits }) => {
  const shop = defineProtocol({
    version: 'shop.1',
    toServer: {
      messages: { put: basket },
      calls: { price: { request: basket, reply: digits, errors: { tooMany: digits } } },
    },
    toClient: { messages: { total: digits }, calls: { sure: { request: digits, reply: digits } } },
  })
  const got: unknown[] = []
  const handler = protocolHandler<null>()(shop, {
    init: () => ['ok', null],
    on: {
      async put(message, state, self) {
        got.push(message)
        self.push.total('7')
        if (message.tags.includes('ask')) got.push(await self.call.sure('8'))
        return ['ok', state]
      },
    },
    calls: {
      price(request, _from, state) {
        got.push(request)
        return request.count > 9 ? ['error', 'tooMany', '9', state] : ['reply', '42', state]
      },
    },
  })
  let socket: FakeTransport
  beforeEach(() => {
    got.length = 0
    socket = speak(node, handler, 'shop.1')
  })

  test('callbacks get what the schema makes of what came', async () => {
    await say(node, socket, ['put', { count: '3', tags: [] }], [1, 'price', { count: '4', tags: ['a'] }])
    expect(got).toEqual([
      { count: 3, tags: [] },
      { count: 4, tags: ['a'] },
    ])
  })

  test('on the wire is what a schema takes, in both directions', async () => {
    const put = ['put', { count: '3', tags: ['ask'] }]
    expect(await say(node, socket, put)).toEqual([
      ['total', '7'],
      [1, 'sure', '8'],
    ])
    expect(await say(node, socket, [-1, 'ok', '9'], [1, 'price', { count: '4', tags: [] }])).toEqual([[-1, 'ok', '42']])
    expect(got.slice(1, 2)).toEqual([9])
    expect(await say(node, socket, [2, 'price', { count: '10', tags: [] }])).toEqual([[-2, 'error', 'tooMany', '9']])
  })

  test.each<readonly [what: string, data: unknown, path: readonly (string | number)[]]>([
    ['the value itself', 'all of it', []],
    ['a field', { count: 3, tags: [] }, ['count']],
    ['a place in a list', { count: '3', tags: ['a', 'b', 5] }, ['tags', 2]],
  ])('%s that does not fit is told by its path', async (_what, data, path) => {
    const expected = expect.stringMatching(/./)
    expect(await say(node, socket, ['put', data], [1, 'price', data])).toEqual([
      [0, 'refused', { reason: 'bad_message', name: 'put', path, expected }],
      [-1, 'refused', { reason: 'bad_request', name: 'price', path, expected }],
    ])
    expect(got).toEqual([])
  })
})

// ---- Schemas by hand

type Validate<I, O> = StandardSchema<I, O>['~standard']['validate']
const schema = <I, O = I>(validate: Validate<I, O>): StandardSchema<I, O> => ({
  '~standard': { version: 1, vendor: 'ours', validate },
})
/** A contract with this schema everywhere, and what its callbacks got. */
function openWith<I, O>(of: StandardSchema<I, O>, options?: ProtocolOptions) {
  const got: unknown[] = []
  const protocol = defineProtocol({
    version: 'one.1',
    toServer: {
      messages: { put: of, plain: z.unknown() },
      calls: { ask: { request: z.unknown(), reply: of, errors: { no: of } }, check: { request: of, reply: z.unknown() } },
    },
    toClient: { messages: { out: of }, calls: { sure: { request: of, reply: z.unknown() } } },
  })
  const handler = protocolHandler<null>()(
    protocol,
    {
      init: () => ['ok', null],
      on: {
        put(message: unknown, state: null) {
          got.push(['put', message])
          return ['ok', state]
        },
        plain(message: unknown, state: null, self: any) {
          got.push(['plain', message])
          const [what, value] = Array.isArray(message) ? message : []
          if (what === 'push') self.push.out(value)
          if (what === 'call') void self.call.sure(value)
          return ['ok', state]
        },
      },
      calls: {
        ask: (request: unknown, from: unknown, state: null) => {
          const [what, value] = request as [string, never]
          if (what === 'later') reply(from as never, value)
          return what === 'error'
            ? ['error', 'no', value, state]
            : what === 'later'
              ? ['noreply', state]
              : ['reply', value, state]
        },
        check(request: unknown, _from: unknown, state: null) {
          got.push(['check', request])
          return ['reply', true, state]
        },
      },
    } as never,
    options,
  )
  return { socket: speak(node, handler, 'one.1'), got, handler }
}

describe('a schema that takes its time', () => {
  test('parks the socket: frames keep their order', async () => {
    const settle: ((ok: boolean) => void)[] = []
    const slow = schema<string>(
      (value) =>
        new Promise((resolve) =>
          settle.push((ok) => resolve(ok ? { value: value as string } : { issues: [{ message: 'bad' }] })),
        ),
    )
    const { socket, got } = openWith(slow)
    await say(node, socket, ['put', 'a'], ['plain', 'b'], [1, 'check', 'c'], ['plain', 'd'])
    expect([got, settle.length]).toEqual([[], 1])
    settle[0]?.(true)
    await node.settle()
    expect([got, settle.length]).toEqual([
      [
        ['put', 'a'],
        ['plain', 'b'],
      ],
      2,
    ])
    settle[1]?.(false)
    await node.settle()
    expect(got.slice(2)).toEqual([['plain', 'd']])
    expect(came(socket)).toEqual([[-1, 'refused', { reason: 'bad_request', name: 'check', path: [], expected: 'bad' }]])
  })

  test('does not hold up another socket', async () => {
    const slow = schema<string>(() => new Promise(() => undefined))
    const { handler } = openWith(slow)
    const [ann, bob] = [speak(node, handler, 'one.1'), speak(node, handler, 'one.1')]
    await say(node, ann, ['put', 'a'])
    expect(await say(node, bob, [1, 'ask', ['reply', 'x']])).toEqual([[-1, 'ok', 'x']])
  })

  test('lets through what goes out', async () => {
    const never = schema<string>(async () => ({ issues: [{ message: 'never' }] }))
    const { socket } = openWith(never)
    expect(await say(node, socket, ['plain', ['push', 'x']], [1, 'ask', ['reply', 'y']], ['plain', ['call', 'z']])).toEqual([
      ['out', 'x'],
      [-1, 'ok', 'y'],
      [1, 'sure', 'z'],
    ])
  })

  test('and rejects crashes its socket', async () => {
    node.expectCrash(/its own fault/)
    const broken = schema<string>(async () => Promise.reject(new Error('its own fault')))
    const { socket } = openWith(broken)
    await say(node, socket, ['put', 'a'])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test('whose socket is killed meanwhile: its callback does not run', async () => {
    const settle: (() => void)[] = []
    const slow = schema<string>((value) => new Promise((resolve) => settle.push(() => resolve({ value: value as string }))))
    const { socket, got } = openWith(slow)
    await say(node, socket, ['put', 'a'])
    node.exit(socket.pid, 'kill')
    await node.settle()
    settle[0]?.()
    await node.settle()
    expect([got, socket.exit]).toEqual([[], 'killed'])
  })
})

describe('a schema that throws', () => {
  const broken = schema<string>(() => {
    throw new Error('its own fault')
  })

  test.each([[['put', 'a']], [[1, 'check', 'a']]])('at %j crashes the socket only', async (frame) => {
    node.expectCrash(/its own fault/)
    const { socket, handler } = openWith(broken)
    const other = speak(node, handler, 'one.1')
    expect(await say(node, socket, frame)).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
    expect([await say(node, other, ['plain', 1]), other.closed]).toEqual([[], undefined])
  })

  test('at a reply of the client rejects the call, and the transport hears nothing', async () => {
    const rejected: unknown[] = []
    const protocol = defineProtocol({
      version: 'one.1',
      toServer: { messages: { go: z.undefined() } },
      toClient: { calls: { sure: { request: z.string(), reply: broken } } },
    })
    const handler = protocolHandler<null>()(protocol, {
      init: () => ['ok', null],
      on: {
        async go(_nothing, state, self) {
          await self.call.sure('?').catch((error: Error) => rejected.push(error.message))
          return ['ok', state]
        },
      },
    })
    const socket = speak(node, handler, 'one.1')
    await say(node, socket, ['go'])
    expect(() => socket.send('[-1,"ok",true]')).not.toThrow()
    await node.settle()
    expect([rejected, socket.closed]).toEqual([['its own fault'], undefined])
  })
})

describe('validateIn false', () => {
  test('callbacks get what came, whatever it is', async () => {
    const { socket, got } = openWith(z.string().transform(Number), { validateIn: false })
    expect(await say(node, socket, ['put', { a: 1 }], [1, 'check', '42'], ['put'])).toEqual([[-1, 'ok', true]])
    expect(got).toEqual([
      ['put', { a: 1 }],
      ['check', '42'],
      ['put', undefined],
    ])
  })

  test('frames and names are looked at all the same', async () => {
    const { socket } = openWith(z.string(), { validateIn: false })
    expect(await say(node, socket, '{', ['shout'], [1, 'nothing'])).toMatchObject([
      [0, 'refused', { reason: 'bad_frame' }],
      [0, 'refused', { reason: 'unknown_message' }],
      [-1, 'refused', { reason: 'unknown_call' }],
    ])
  })
})

describe('validateOut', () => {
  const MISTAKES: readonly (readonly [what: string, frame: unknown, sent: unknown, where: string])[] = [
    ['a message', ['plain', ['push', 7]], ['out', 7], 'self.push.out'],
    ['a reply', [1, 'ask', ['reply', 7]], [-1, 'ok', 7], 'the reply of ask'],
    ['a reply by reply(from)', [1, 'ask', ['later', 7]], [-1, 'ok', 7], 'the reply of ask'],
    ['the data of an error', [1, 'ask', ['error', 7]], [-1, 'error', 'no', 7], 'the error no of ask'],
    ['a request of self.call', ['plain', ['call', 7]], [1, 'sure', 7], 'self.call.sure'],
  ]

  test.each(MISTAKES)('%s that does not fit crashes its socket only, and does not go out', async (_what, frame, _sent, where) => {
    node.expectCrash(new RegExp(`${where}: does not fit the contract: Invalid input: expected string, received number`))
    const { socket, handler } = openWith(z.string(), { validateOut: true })
    const other = speak(node, handler, 'one.1')
    expect(await say(node, socket, frame)).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
    expect(await say(node, other, [1, 'check', 'x'])).toEqual([[-1, 'ok', true]])
  })

  test.each(MISTAKES)('without it %s goes out as it is', async (_what, frame, sent) => {
    const { socket } = openWith(z.string(), { validateOut: false })
    expect(await say(node, socket, frame)).toEqual([sent])
  })

  test('the error names its code, and the place that does not fit', async () => {
    node.expectCrash(/at rows\.1: [\s\S]*GENSOCK_ERR_BAD_MESSAGE/)
    const { socket } = openWith(z.object({ rows: z.array(z.number()) }))
    await say(node, socket, ['plain', ['push', { rows: [1, 'x'] }]])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test('by default it is on, unless NODE_ENV is production when the handler is made', async () => {
    const before = process.env['NODE_ENV']
    try {
      process.env['NODE_ENV'] = 'production'
      const { socket } = openWith(z.string())
      expect(await say(node, socket, ['plain', ['push', 7]])).toEqual([['out', 7]])
    } finally {
      process.env['NODE_ENV'] = before
    }
    node.expectCrash(/self\.push\.out/)
    const { socket } = openWith(z.string())
    expect(await say(node, socket, ['plain', ['push', 7]])).toEqual([])
  })

  test('a value that the codec has no form for crashes its socket', async () => {
    node.expectCrash(/a value that json can write/)
    const { socket } = openWith(
      schema<any>((value) => ({ value })),
      { validateOut: false },
    )
    const circle: unknown[] = []
    circle.push(circle)
    const handler = protocolHandler<null>()(
      defineProtocol({
        version: 'c.1',
        toServer: { messages: { go: z.unknown() } },
        toClient: { messages: { out: z.unknown() } },
      }),
      {
        init: () => ['ok', null],
        on: {
          go(_nothing, state, self) {
            self.push.out(circle)
            return ['ok', state]
          },
        },
      },
    )
    const other = speak(node, handler, 'c.1')
    expect(await say(node, other, ['go'])).toEqual([])
    expect([other.closed, socket.closed]).toEqual([['close', 1011], undefined])
  })
})

test('a peer hears nothing of the insides of a crash', async () => {
  node.expectCrash(/secret/)
  const protocol = defineProtocol({
    version: 'one.1',
    toServer: { calls: { ask: { request: z.unknown(), reply: z.unknown() } } },
    toClient: {},
  })
  const handler = protocolHandler<null>()(protocol, {
    init: () => ['ok', null],
    calls: {
      ask() {
        throw new Error('secret')
      },
    },
  })
  const socket = speak(node, handler, 'one.1', { onCrash: { restart: { intensity: 3, periodMs: 1000 } } })
  expect(await say(node, socket, [1, 'ask'])).toEqual([[-1, 'refused', { reason: 'failed', name: 'ask' }]])
  expect(JSON.stringify([socket.sent, socket.closed])).not.toMatch(/secret|stack|\.ts|Error/)
})
