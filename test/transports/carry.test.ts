// A connection that one plain request carries, as Bullet has it: real requests, virtual time.
import { describe, expect, test } from '@jest/globals'
import {
  accept,
  binary,
  close,
  type InitArgs,
  type OutFrame,
  pushTo,
  reject,
  type SocketHandler,
  type TerminateReason,
  text,
} from 'gensock/socket'
import { type Answer, type Ask, plainWorld } from './plain-world.js'

const world = plainWorld()
const ended: TerminateReason[] = []
type Plain = NonNullable<SocketHandler<null>['plain']>
/** `?how` says how a request is carried; POSTs are echoed. */
const plain: Plain = ({ query }) => ['carry', query.get('how') as 'sse' | 'poll' | 'post']
const echo: SocketHandler<null, any, any, any> = {
  plain,
  init() {
    ended.length = 0
    return ['ok', null]
  },
  handle: (frame) => ['push', frame, null],
  terminate: (reason) => void ended.push(reason),
}
/** Sends these when it starts. */
const sends = (...frames: OutFrame[]): typeof echo => ({ ...echo, init: () => ((ended.length = 0), ['push', frames, null]) })
const ask = (how: string, given?: Ask): Promise<Answer> => world.ask(`?how=${how}`, given)
const post = (body: string | Uint8Array, given: Ask = {}): Promise<Answer> => ask('post', { method: 'POST', body, ...given })
const over = (): Promise<void> => world.until(() => ended.length > 0)

describe.each([
  ['sse', 'sse'],
  ['poll', 'longPoll'],
  ['post', 'post'],
])('every way: %s', (how, transport) => {
  test('the handler sees how it is carried, its own request and no subprotocol', async () => {
    const seen: unknown[] = []
    await world.serve({
      ...echo,
      upgrade(_request, _self, _params, kind) {
        seen.push(kind)
        return accept(null)
      },
      init({ transport: kind, request, subprotocol }: InitArgs) {
        seen.push(kind, request.query.get('how'), subprotocol)
        return ['push', close(), null]
      },
    })
    await ask(how, { method: how === 'post' ? 'POST' : 'GET' })
    expect(seen).toEqual([transport, transport, how, undefined])
  })

  test('headers of accept are on the answer, a line for each cookie', async () => {
    const headers = { 'Set-Cookie': ['a=1', 'b=2'], 'X-Own': 'yes', 'cache-control': 'public' }
    await world.serve({ ...sends(close()), upgrade: () => accept(null, { headers }) })
    const { headers: answered } = await ask(how, { method: how === 'post' ? 'POST' : 'GET' })
    expect([answered['set-cookie'], answered['x-own']]).toEqual([['a=1', 'b=2'], 'yes'])
    expect(answered['cache-control']).toMatch(/^no-store/)
  })

  test('a refusal is the answer', async () => {
    await world.serve({ ...echo, upgrade: () => reject(403, { headers: { 'X-Why': 'so' }, body: 'no' }) })
    const { status, body, headers } = await ask(how, { method: how === 'post' ? 'POST' : 'GET' })
    expect([status, body, headers['x-why'], headers['cache-control']]).toEqual([403, 'no', 'so', 'no-store'])
  })

  test('authorize is asked, and a page of another origin is not let in', async () => {
    await world.serve(sends(close()), { authorize: () => reject(401) })
    const method = how === 'post' ? 'POST' : 'GET'
    expect((await ask(how, { method })).status).toBe(401)
    expect((await ask(how, { method, headers: { Origin: 'http://elsewhere.example' } })).status).toBe(403)
  })

  test('a peer that goes is gone', async () => {
    let isOpen = false
    await world.serve({ ...echo, init: () => ((ended.length = 0), (isOpen = true), ['ok', null]) })
    const asked = world.begin(`?how=${how}`, how === 'post' ? { method: 'POST', body: 'a', open: true } : {})
    await world.until(() => isOpen)
    asked.cut()
    await over()
    expect(ended).toEqual([{ type: 'error', error: 'closed' }])
  })
})

describe('sse', () => {
  test('each frame is an event of its text, line by line; the close ends the stream', async () => {
    const texts = [text('a'), text('b\r\nc\rd\n'), text(''), binary(Buffer.from('é'))]
    await world.serve(sends(...texts, ['ping'], ['pong'], close(1000)))
    const { status, headers, body } = await ask('sse')
    expect([status, headers['content-type'], headers['x-accel-buffering']]).toEqual([
      200,
      'text/event-stream; charset=utf-8',
      'no',
    ])
    expect(body).toBe('data: a\n\ndata: b\ndata: c\ndata: d\ndata: \n\ndata: \n\ndata: é\n\n:\n\n')
  })

  test('goes on, event by event, as long as the socket does', async () => {
    await world.serve(echo)
    const asked = world.begin('?how=sse')
    await asked.head
    for (const [one, all] of [
      ['a', 'data: a\n\n'],
      ['b', 'data: a\n\ndata: b\n\n'],
    ] as const) {
      pushTo(world.socket(), text(one))
      await world.until(() => asked.text() === all)
    }
  })

  test('is cut by the idle timeout, however much is sent: nothing can come from the peer', async () => {
    await world.serve(echo, { idleTimeoutMs: 60_000, pingIntervalMs: 25_000 })
    const asked = world.begin('?how=sse')
    await asked.head
    await world.node().advance(30_000)
    pushTo(world.socket(), text('a'))
    await world.node().advance(29_999)
    expect(ended).toEqual([])
    await world.node().advance(1)
    expect([(await asked.answer).body, ended]).toEqual([':\n\ndata: a\n\n:\n\n', [{ type: 'timeout' }]])
  })

  test('a killed socket breaks the stream off', async () => {
    await world.serve(echo)
    const asked = world.begin('?how=sse')
    await asked.head
    world.node().exit(world.socket(), 'kill')
    await expect(asked.answer).rejects.toThrow('aborted')
  })

  test('a peer that does not read it to its end has 10 s', async () => {
    await world.serve({ ...echo, info: () => ['push', [text('x'.repeat(16_000_000)), close()], null] })
    const asked = world.begin('?how=sse')
    const response = await asked.head
    response.pause()
    world.node().send(world.socket() as never, 'go' as never)
    await over()
    await world.node().advance(10_000)
    response.resume()
    await expect(asked.answer).rejects.toThrow('aborted')
  })

  test('a peer that does not read is behind, and can catch up', async () => {
    const marks: string[] = []
    await world.serve(
      {
        ...echo,
        event(event) {
          if (event.type === 'highWater' || event.type === 'lowWater') marks.push(event.type)
          return ['ok', null]
        },
      },
      { outboundHighBytes: 1000, maxBufferedBytes: 32 * 1_048_576, onSlowPeer: 'dropNewest' },
    )
    const asked = world.begin('?how=sse')
    const response = await asked.head
    response.pause()
    let sent = 0
    while (!marks.includes('highWater')) {
      pushTo(world.socket(), text('x'.repeat(100_000)))
      sent++
      await world.turn()
    }
    response.resume()
    await world.until(() => marks.length === 2)
    expect([marks, sent < 300]).toEqual([['highWater', 'lowWater'], true])
  })
})

describe('poll', () => {
  test('the first frame is the body of a 200; then it is over', async () => {
    await world.serve(echo)
    const asked = world.begin('?how=poll')
    await world.until(() => world.listener().sockets().length === 1)
    pushTo(world.socket(), [['ping'], text('a\r\nb'), text('lost')])
    const { status, headers, body } = await asked.answer
    expect([status, headers['content-type'], headers['cache-control'], body]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'no-store',
      'a\r\nb',
    ])
    await over()
    expect(ended).toEqual([{ type: 'remote' }])
  })

  test.each([
    [[close()], 204, ''],
    [[close(1000, 'bye')], 204, ''],
    [[text('a'), close()], 200, 'a'],
    [[text('a'), text('b'), close()], 200, 'a'],
    [[text(''), close()], 200, ''],
  ] as const)('%j is answered %i %j', async (frames, status, body) => {
    await world.serve(sends(...frames))
    const answer = await ask('poll')
    expect([answer.status, answer.body, ended]).toEqual([status, body, [{ type: 'stop', reason: 'normal' }]])
  })

  test('a peer that goes before it has its answer is gone', async () => {
    await world.serve(echo)
    const asked = world.begin('?how=poll')
    await world.until(() => world.listener().sockets().length === 1)
    pushTo(world.socket(), text('x'.repeat(16_000_000)))
    ;(await asked.head).pause()
    asked.cut()
    await over()
    expect(ended).toEqual([{ type: 'error', error: 'closed' }])
  })

  test('is answered 204 by the idle timeout', async () => {
    await world.serve(echo, { idleTimeoutMs: 5000 })
    const asked = world.begin('?how=poll')
    await world.until(() => world.node().nextDueMs() === 5000)
    await world.node().advance(5000)
    expect([(await asked.answer).status, ended]).toEqual([204, [{ type: 'timeout' }]])
  })

  test('is answered 500 by a crash, and by a kill', async () => {
    const crash = { ...echo, info: () => nothing() }
    await world.serve(crash)
    const first = world.begin('?how=poll')
    await world.until(() => world.listener().sockets().length === 1)
    world.node().send(world.socket() as never, 'crash' as never)
    expect((await first.answer).status).toBe(500)
    world.node().expectCrash()
    const second = world.begin('?how=poll')
    await world.until(() => world.listener().sockets().length === 1)
    world.node().exit(world.socket(), 'kill')
    expect((await second.answer).status).toBe(500)
  })
})

function nothing(): never {
  throw new Error('on purpose')
}

describe('post', () => {
  test('the body is one text frame; what is sent is the body of the answer', async () => {
    await world.serve({ ...echo, handle: ([, data]) => ['push', [text(`<${String(data)}>`), ['ping'], text('!')], null] })
    const { status, headers, body } = await post('a\r\nü€')
    expect([status, headers['content-type'], headers['cache-control'], body]).toEqual([
      200,
      'text/plain; charset=utf-8',
      'no-store',
      '<a\r\nü€>!',
    ])
    await over()
    expect(ended).toEqual([{ type: 'remote' }])
  })

  test.each([[['ok', null]], [['push', close(), null]], [['push', [], null]], [['stop', 'normal', null]]] as const)(
    'a handler that answers %j sends nothing: 204',
    async (result) => {
      await world.serve({ ...echo, handle: () => result as never })
      expect((await post('a')).status).toBe(204)
    },
  )

  test('an empty body is an empty frame', async () => {
    await world.serve({ ...echo, handle: ([kind, data]) => ['push', text(`${kind} ${String(data).length}`), null] })
    expect((await post('')).body).toBe('text 0')
  })

  test('a handler may take its time', async () => {
    await world.serve({
      ...echo,
      async handle(frame, state, self) {
        await self.sleep(20_000)
        return ['push', frame, state]
      },
    })
    const asked = world.begin('?how=post', { method: 'POST', body: 'slow' })
    await world.until(() => world.node().nextDueMs() === 20_000)
    await world.node().advance(20_000)
    expect([(await asked.answer).status, asked.text()]).toEqual([200, 'slow'])
  })

  test('init comes first, however long it takes', async () => {
    const order: string[] = []
    await world.serve({
      ...echo,
      async init(_args: unknown, self: { sleep(ms: number): Promise<void> }) {
        await self.sleep(1000)
        order.push('init')
        return ['ok', null]
      },
      handle(frame) {
        order.push('handle')
        return ['push', frame, null]
      },
    })
    const asked = world.begin('?how=post', { method: 'POST', body: 'a' })
    await world.until(() => world.node().nextDueMs() === 1000)
    await world.node().advance(1000)
    expect([(await asked.answer).body, order]).toEqual(['a', ['init', 'handle']])
  })

  test('a socket that does not read gets the body when it does', async () => {
    const heard: unknown[] = []
    await world.serve({
      ...echo,
      init: () => ['push', ['active', false], null],
      handle(frame) {
        heard.push(frame[1])
        return ['push', frame, null]
      },
    })
    const asked = world.begin('?how=post', { method: 'POST', body: 'a' })
    await world.until(() => world.node().nextDueMs() === 25_000) // of the body nothing is left to come: the next is a ping
    for (let n = 0; n < 5; n++) await world.turn()
    expect(heard).toEqual([])
    pushTo(world.socket(), ['active', true])
    expect([(await asked.answer).body, heard]).toEqual(['a', ['a']])
  })

  test('a crash is a 500, even behind frames', async () => {
    await world.serve({
      ...echo,
      handle(_frame, _state, self) {
        self.push(text('half'))
        throw new Error('on purpose')
      },
    })
    expect(await post('a')).toMatchObject({ status: 500, body: 'Internal Server Error\n' })
    world.node().expectCrash()
  })

  test.each([
    ['that says its length', {}],
    ['in chunks', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ])(
    'a body %s above maxFrameBytes is a 413, and the handler hears badsize; one of maxFrameBytes passes',
    async (_how, given) => {
      await world.serve({ ...echo, handle: () => ['push', text('ok'), null] }, { maxFrameBytes: 1000 })
      expect((await post('x'.repeat(1000), given)).body).toBe('ok')
      expect((await post('x'.repeat(1001), given)).status).toBe(413)
      expect(ended).toEqual([{ type: 'error', error: 'badsize' }])
    },
  )

  test('a body that is no UTF-8 is a 400, or holds U+FFFD where validateUtf8 is false', async () => {
    await world.serve(echo)
    expect((await post(Buffer.from([0x61, 0xff]))).status).toBe(400)
    expect(ended).toEqual([{ type: 'error', error: 'badencoding' }])
  })
  test('a body that is no UTF-8 passes with U+FFFD where validateUtf8 is false', async () => {
    await world.serve(echo, { validateUtf8: false })
    expect((await post(Buffer.from([0x61, 0xff]))).body).toBe('a\ufffd')
  })

  test('a body that stands still for 10 s is a 408', async () => {
    await world.serve(echo, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    const asked = world.begin('?how=post', { method: 'POST', body: 'a', open: true, headers: { 'Content-Length': '2' } })
    await world.until(() => world.node().nextDueMs() === 10_000)
    await world.node().advance(10_000)
    expect([(await asked.answer).status, ended]).toEqual([408, [{ type: 'error', error: 'closed' }]])
  })
})
