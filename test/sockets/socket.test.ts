// The socket process against a fake transport, in virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnyPid, type Exit, type ExitReason, isCrash } from 'gensock'
import { accept, type InitArgs, pushTo, reject, type SocketHandler, text } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

async function open<S, M, C, A>(handler: SocketHandler<S, M, C, A>, options?: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}
const echo: SocketHandler<number> = {
  init: () => ['ok', 0],
  handle: (frame, n) => (frame[0] === 'text' && frame[1] === 'boom' ? fail('boom') : ['push', frame, n + 1]),
}
function fail(message: string): never {
  throw new Error(message)
}
/** A promise that a test settles by hand. */
function gate<T = void>(): { promise: Promise<T>; open: (value: T) => void; fail: (error: unknown) => void } {
  const parts: { open?: (value: T) => void; fail?: (error: unknown) => void } = {}
  const promise = new Promise<T>((resolve, reject) => Object.assign(parts, { open: resolve, fail: reject }))
  return { promise, ...(parts as { open: (value: T) => void; fail: (error: unknown) => void }) }
}

describe('callbacks', () => {
  test('frames are handled in order and the state goes from one to the next', async () => {
    const socket = await open<number, never, {}, unknown>({
      init: () => ['push', text('hello'), 0],
      handle: ([, data], n) => ['push', text(`${n}: ${String(data)}`), n + 1],
    })
    socket.send('a')
    socket.send('b')
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', 'hello'],
      ['text', '0: a'],
      ['text', '1: b'],
    ])
  })

  test('frames wait until an async init has answered, and what init sends to itself comes before them', async () => {
    const wait = gate()
    const socket = fakeTransport(node, {
      async init(_args: unknown, self) {
        await wait.promise
        self.send(self.pid, 'mine')
        return ['ok', [] as string[]]
      },
      handle: ([, data], seen) => ['push', text([...seen, String(data)].join()), seen],
      info: (message: string, seen) => ['ok', [...seen, message]],
    } as SocketHandler<string[], string>)
    socket.send('frame')
    await node.settle()
    expect(socket.sent).toEqual([])
    wait.open()
    await node.settle()
    expect(socket.sent).toEqual([['text', 'mine,frame']])
  })

  test('an async callback parks the process while its mailbox fills; self.push goes out in order', async () => {
    const wait = gate()
    const socket = await open<number, string, {}, unknown>({
      init: () => ['ok', 0],
      async handle([, data], n, self) {
        self.push(text(`${String(data)} begins`))
        await wait.promise
        self.push(text(`${String(data)} goes on`))
        return ['push', text(`${String(data)} ends`), n + 1]
      },
      info: (message, n) => ['push', text(`${message} ${n}`), n],
    })
    socket.send('a')
    node.send(socket.pid, 'info')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'a begins']])
    wait.open()
    await node.settle()
    expect(socket.sent.map((frame) => frame[1])).toEqual(['a begins', 'a goes on', 'a ends', 'info 1'])
  })

  test('a handler without info ignores messages', async () => {
    const socket = await open(echo)
    node.send(socket.pid, { type: 'anything' })
    socket.send('hi')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'hi']])
  })

  test('timers of self reach info, and free functions act on the socket until the first await', async () => {
    const socket = await open<null, { type: 'tick' }, {}, unknown>({
      init(_args, self) {
        self.sendAfter(1000, { type: 'tick' })
        return ['ok', null]
      },
      handle: () => ['ok', null],
      info: (tick) => ['push', text(tick.type), null, 'hibernate'],
    })
    await node.advance(999)
    expect(socket.sent).toEqual([])
    await node.advance(1)
    expect(socket.sent).toEqual([['text', 'tick']])
  })

  test('a ping is answered before the event sees it; a pong is an event only', async () => {
    const seen: unknown[] = []
    const socket = await open<null, never, {}, unknown>({
      init: () => ['ok', null],
      handle: () => ['ok', null],
      event(event) {
        if (event.type === 'ping' || event.type === 'pong') seen.push([event.type, Buffer.from(event.data).toString()])
        return ['push', text(event.type), null]
      },
    })
    socket.send(['ping', 'p'])
    socket.send(['pong', 'q'])
    await node.settle()
    expect(seen).toEqual([
      ['ping', 'p'],
      ['pong', 'q'],
    ])
    expect(socket.sent.map(([kind, data]) => [kind, String(data)])).toEqual([
      ['pong', 'p'],
      ['text', 'ping'],
      ['text', 'pong'],
    ])
    const quiet = await open(echo)
    quiet.send(['ping'])
    await node.settle()
    expect(quiet.sent).toEqual([['pong']])
  })

  test('pushTo puts frames on a socket from any process, and refuses what cannot be encoded in the sender', async () => {
    const socket = await open(echo)
    pushTo(socket.pid, [text('a'), text('b')])
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', 'a'],
      ['text', 'b'],
    ])
    expect(() => pushTo(socket.pid, ['close', 1005])).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_FRAME' }))
    const other = node.spawn(async (self) => void (await self.receive()))
    expect(() => pushTo(other as never, text('x'))).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    pushTo(socket.pid, ['close', 4000, 'enough'])
    await node.settle()
    expect(socket.closed).toEqual(['close', 4000, 'enough'])
    pushTo(socket.pid, text('late'))
  })
})

describe('calls', () => {
  type Calls = { get(): number; later(): string; boom(): never }
  const server: SocketHandler<number, never, Calls, unknown> = {
    init: () => ['ok', 7],
    handle: () => ['ok', 7],
    call: {
      get: (_request, _from, n) => ['reply', n, n + 1],
      later(_request, from, n, self) {
        self.run(() => self.spawn((helper) => helper.reply(from, 'done')))
        return ['noreply', n]
      },
      boom: () => fail('boom'),
    },
  }
  test('clauses answer now or later', async () => {
    const socket = await open(server)
    await expect(node.call(socket.pid, { type: 'get' })).resolves.toBe(7)
    await expect(node.call(socket.pid, { type: 'get' })).resolves.toBe(8)
    await expect(node.call(socket.pid, { type: 'later' })).resolves.toBe('done')
  })
  test('a request without a clause fails the caller only', async () => {
    const socket = await open(server)
    for (const request of [{ type: 'toString' }, { type: 'none' }, 'text', undefined]) {
      await expect(node.call(socket.pid, request)).rejects.toMatchObject({ reason: ['function_clause', request] })
    }
    await expect(node.call(socket.pid, { type: 'get' })).resolves.toBe(7)
  })
  test('a crash in a clause ends the socket, and its caller hears of it', async () => {
    node.expectCrash(/boom/)
    const socket = await open(server)
    await expect(node.call(socket.pid, { type: 'boom' })).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL' })
    expect(socket.closed).toEqual(['close', 1011])
  })
  test('stop answers first', async () => {
    const socket = await open<number, never, { bye(): string }, unknown>({
      init: () => ['ok', 1],
      handle: () => ['ok', 1],
      call: { bye: (_request, _from, n) => ['stop', 'normal', 'bye', n] },
    })
    await expect(node.call(socket.pid, { type: 'bye' })).resolves.toBe('bye')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1000])
    expect(socket.terminated).toEqual([{ type: 'stop', reason: 'normal' }])
  })
})

describe('the end', () => {
  test('a crash closes 1011, terminate hears it with the state before, and the exit reason is the original', async () => {
    node.expectCrash(/Error: boom/)
    const states: number[] = []
    const other = await open(echo)
    const socket = await open({ ...echo, terminate: (_reason: unknown, n: number) => void states.push(n) })
    socket.send('a')
    socket.send('boom')
    socket.send('never')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([{ type: 'crash', error: expect.objectContaining({ message: 'boom' }) }])
    expect(states).toEqual([1])
    expect(isCrash(socket.exit)).toBe(true)
    expect(socket.sent).toEqual([['text', 'a']])
    other.send('alive')
    await node.settle()
    expect(other.sent).toEqual([['text', 'alive']])
  })

  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['an unknown tag', ['reply', text('x'), 1]],
    ['ok without a state', ['ok']],
    ['a number', 42],
    ['a wrong third part', ['ok', 1, 'hibernat']],
  ])('a bad return value (%s) is a crash', async (_name, result) => {
    node.expectCrash(/must return/)
    const socket = await open({ ...echo, handle: () => result as never })
    socket.send('x')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([{ type: 'crash', error: expect.objectContaining({ code: 'GENSOCK_ERR_BAD_RETURN' }) }])
  })

  test('an unencodable frame is a crash, and nothing of its batch is sent', async () => {
    node.expectCrash(/a text frame/)
    const bad: any = ['text', 42]
    const socket = await open({
      ...echo,
      handle: (_frame, n) => ['push', [text('good'), bad], n],
    })
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual([])
    expect(socket.closed).toEqual(['close', 1011])
  })

  test.each<[ExitReason, number]>([
    ['normal', 1000],
    ['done', 1000],
    ['shutdown', 1001],
    [['shutdown', 'why'], 1001],
  ])('stop %j closes with %i and exits with its reason', async (reason, code) => {
    const socket = await open({ ...echo, handle: (_frame, n) => ['stop', reason, n] })
    socket.send('x')
    await node.settle()
    expect(socket.closed).toEqual(['close', code])
    expect(socket.terminated).toEqual([{ type: 'stop', reason }])
    expect(socket.exit).toEqual(reason)
  })

  test('self.exit unwinds the callback: the socket ends with that reason, which is no crash', async () => {
    const socket = await open({ ...echo, handle: (_frame, _n, self) => self.exit('enough') })
    socket.send('x')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([{ type: 'exit', reason: 'enough' }])
    expect(socket.exit).toBe('enough')
  })

  test('a linked process that fails ends the socket with 1011; trapping, its EXIT reaches info', async () => {
    const linked: SocketHandler<null, Exit> = {
      init(_args, self) {
        self.spawnLink((child) => child.exit('lost'))
        return ['ok', null]
      },
      handle: () => ['ok', null],
      info: (exit) => ['push', text(`${exit.type} ${JSON.stringify(exit.reason)}`), null],
    }
    const socket = await open(linked)
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([{ type: 'exit', reason: 'lost' }])
    const trapping = await open<null, Exit, {}, InitArgs>({
      ...linked,
      init(args, self) {
        self.trapExit(true)
        return linked.init(args, self)
      },
    })
    expect(trapping.sent).toEqual([['text', 'EXIT "lost"']])
    expect(trapping.closed).toBeUndefined()
  })

  test('shutdown closes 1001; a kill cuts the connection without terminate', async () => {
    const first = await open(echo)
    node.exit(first.pid, 'shutdown')
    await node.settle()
    expect([first.closed, first.terminated, first.exit]).toEqual([
      ['close', 1001],
      [{ type: 'exit', reason: 'shutdown' }],
      'shutdown',
    ])
    const second = await open(echo)
    node.exit(second.pid, 'kill')
    await node.settle()
    expect([second.closed, second.terminated, second.exit]).toEqual(['cut', [], 'killed'])
  })

  test.each<[string, (socket: FakeTransport) => void, unknown, FakeTransport['closed']]>([
    [
      'a close with a code',
      (socket) => socket.close(4000, 'why'),
      { type: 'remote', code: 4000, reason: 'why' },
      ['close', 4000],
    ],
    ['a close without a code', (socket) => socket.close(), { type: 'remote' }, ['close']],
    ['a lost connection', (socket) => socket.cut(), { type: 'error', error: 'closed' }, undefined],
    ['a broken rule', (socket) => socket.fail('badframe'), { type: 'error', error: 'badframe' }, undefined],
  ])('%s of the peer reaches terminate, after the frames before it', async (_name, act, reason, answer) => {
    const socket = await open(echo)
    socket.send('first')
    act(socket)
    socket.send('late')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'first']])
    expect(socket.terminated).toEqual([reason])
    expect(socket.closed).toEqual(answer)
    expect(socket.exit).toBe('normal')
  })

  test('terminate has 5 s; then the process is killed', async () => {
    const quick = await open({
      ...echo,
      terminate: (_r: unknown, _n: number, self: { sleep(ms: number): Promise<void> }) => self.sleep(4999),
    })
    const slow = await open({ ...echo, terminate: () => new Promise<void>(() => undefined) })
    quick.close(1000)
    slow.close(1000)
    await node.advance(4998)
    expect([quick.exit, slow.exit]).toEqual([undefined, undefined])
    await node.advance(1)
    expect(quick.exit).toBe('normal')
    await node.advance(1)
    expect(slow.exit).toBe('killed')
  })

  test('a callback that is under way when the end comes is waited for, 5 s at most', async () => {
    const wait = gate()
    const slow = {
      ...echo,
      handle: async (_frame: unknown, n: number) => (await wait.promise, ['push', text('still'), n + 1] as const),
    }
    const first = await open(slow)
    first.send('x')
    await node.settle()
    node.exit(first.pid, 'shutdown')
    await node.settle()
    expect(first.exit).toBeUndefined()
    wait.open()
    await node.settle()
    expect([first.sent, first.closed, first.exit]).toEqual([[['text', 'still']], ['close', 1001], 'shutdown'])
    const never = await open({ ...echo, handle: () => new Promise<never>(() => undefined) })
    never.send('x')
    await node.settle()
    node.exit(never.pid, 'shutdown')
    await node.advance(5000)
    expect([never.closed, never.terminated, never.exit]).toEqual(['cut', [], 'killed'])
  })

  test('a crash in terminate is reported and becomes the exit reason; terminate does not run again', async () => {
    node.expectCrash(/in terminate/)
    const socket = await open({ ...echo, terminate: () => fail('in terminate') })
    socket.close(1000)
    await node.settle()
    expect(socket.terminated).toHaveLength(1)
    expect(isCrash(socket.exit)).toBe(true)
  })

  test('init that crashes closes 1011 and has nothing to terminate', async () => {
    node.expectCrash(/early/)
    const socket = await open({ ...echo, init: () => fail('early') })
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toEqual([])
  })
})

const run = (commands: unknown): SocketHandler<number> => ({ ...echo, handle: (_frame, n) => ['push', commands as never, n] })

describe('commands', () => {
  test('a close cuts the tail: what stands after it is not even looked at', async () => {
    const socket = await open(run([text('a'), ['close'], ['text', 42], ['active', false]]))
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'a']])
    expect(socket.closed).toEqual(['close'])
    expect(socket.terminated).toEqual([{ type: 'stop', reason: 'normal' }])
    expect(socket.exit).toBe('normal')
  })

  test('shutdownReason is the exit reason of every end that is no crash', async () => {
    const socket = await open(
      run([
        ['shutdownReason', 'quota'],
        ['close', 4001, 'no more'],
      ]),
    )
    socket.send('x')
    await node.settle()
    expect(socket.exit).toEqual(['shutdown', 'quota'])
    expect(socket.closed).toEqual(['close', 4001, 'no more'])
  })

  test('active false stops reading until active true', async () => {
    const socket = await open<null, boolean, {}, unknown>({
      init: () => ['push', ['active', false], null],
      handle: (frame) => ['push', frame, null],
      info: (on) => ['push', ['active', on], null],
    })
    socket.send('waits')
    await node.settle()
    expect([socket.paused, socket.sent]).toEqual([true, []])
    node.send(socket.pid, true)
    await node.settle()
    expect([socket.paused, socket.sent]).toEqual([false, [['text', 'waits']]])
  })

  test('setOptions lowers the limit of a frame: one byte more closes 1009', async () => {
    const socket = await open({ ...echo, init: () => ['push', ['setOptions', { maxFrameBytes: 3 }], 0] })
    socket.send('abc')
    socket.send('abcd')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'abc']])
    expect(socket.closed).toEqual(['close', 1009])
    expect(socket.terminated).toEqual([{ type: 'error', error: 'badsize' }])
  })

  test.each<[string, unknown, string]>([
    ["raising the route's limit", ['setOptions', { maxFrameBytes: 2_000_000 }], 'GENSOCK_ERR_BADARG'],
    ['an unknown limit', ['setOptions', { idle: 1 }], 'GENSOCK_ERR_UNKNOWN_OPTION'],
    ['an unknown command', ['stop'], 'GENSOCK_ERR_BAD_FRAME'],
    ['no list', 'text', 'GENSOCK_ERR_BAD_FRAME'],
    ['active without a boolean', ['active', 1], 'GENSOCK_ERR_BAD_FRAME'],
  ])('%s is a crash', async (_name, command, code) => {
    node.expectCrash()
    const socket = await open(run(command))
    socket.send('x')
    await node.settle()
    expect(socket.terminated).toEqual([{ type: 'crash', error: expect.objectContaining({ code }) }])
  })

  test('a busy handler stops reading when too much waits, and goes on later', async () => {
    const wait = gate()
    const socket = await open({
      ...echo,
      handle: async (_frame: unknown, n: number) => (await wait.promise, ['ok', n + 1] as const),
    })
    for (let i = 0; i < 4; i++) socket.send('x'.repeat(100_000))
    await node.settle()
    expect(socket.paused).toBe(true)
    wait.open()
    await node.settle()
    expect(socket.paused).toBe(false)
  })
})

const upgrading = (upgrade: NonNullable<SocketHandler<unknown>['upgrade']>): SocketHandler<unknown> => ({
  upgrade,
  init: ({ seed }) => ['push', text(String(seed)), seed],
  handle: () => ['ok', null],
})

describe('upgrade', () => {
  test('runs in the process before the 101; what it accepts with is the seed of init', async () => {
    const pids: AnyPid[] = []
    const socket = await open(
      upgrading((_request, self) => {
        pids.push(self.pid)
        return accept('seed', { subprotocol: 'v2', headers: { 'X-One': '1' } })
      }),
    )
    expect(pids).toEqual([socket.pid])
    expect(socket.handshake).toEqual(['accept', { subprotocol: 'v2', headers: { 'X-One': '1' } }])
    expect(socket.sent).toEqual([['text', 'seed']])
  })
  test('a refusal answers with its status and ends the process without terminate', async () => {
    const socket = await open(upgrading(async () => reject(403, { body: 'no' })))
    expect(socket.handshake).toEqual(['reject', 403, { body: 'no' }])
    expect([socket.exit, socket.terminated]).toEqual(['normal', []])
  })
  test.each<[string, () => never]>([
    ['a throw', () => fail('before')],
    ['nonsense', () => 42 as never],
    ['a header that would start another', () => accept(1, { headers: { 'X-One': 'a\r\nX-Two: b' } }) as never],
    ['a bad status', () => reject(99) as never],
  ])('%s is a 500 without terminate', async (_name, upgrade) => {
    node.expectCrash()
    const socket = await open(upgrading(upgrade))
    expect(socket.handshake).toEqual(['reject', 500, {}])
    expect(socket.terminated).toEqual([])
  })
  test('a kill before the 101 refuses the handshake', async () => {
    const socket = await open(upgrading(() => new Promise(() => undefined)))
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect(socket.handshake).toEqual(['reject', 503, {}])
  })
})

describe('keepalive', () => {
  test('the idle timeout counts bytes, parts and pongs included, and closes 1000', async () => {
    const socket = await open(echo, { idleTimeoutMs: 300, pingIntervalMs: 0 })
    await node.advance(299)
    socket.sendPart()
    await node.advance(299)
    socket.send(['pong'])
    await node.advance(299)
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect(socket.closed).toEqual(['close', 1000])
    expect(socket.terminated).toEqual([{ type: 'timeout' }])
    expect(socket.exit).toBe('normal')
  })
  test('pings go out at the interval; by default 25 s, and 60 s of silence close', async () => {
    const socket = await open(echo)
    await node.advance(25_000)
    expect(socket.sent).toEqual([['ping']])
    await node.advance(34_999)
    expect(socket.sent).toEqual([['ping'], ['ping']])
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect(socket.closed).toEqual(['close', 1000])
  })
  test('0 turns both off', async () => {
    const socket = await open(echo, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await node.advance(10_000_000)
    expect([socket.sent, socket.closed]).toEqual([[], undefined])
  })
  test('the idle timeout runs while the handler reads nothing, and setOptions starts it anew', async () => {
    const socket = await open<null, number, {}, unknown>({
      init: () => ['push', ['active', false], null],
      handle: () => ['ok', null],
      info: (idleTimeoutMs) => ['push', ['setOptions', { idleTimeoutMs }], null],
    })
    await node.advance(50_000)
    node.send(socket.pid, 20_000)
    await node.advance(19_999)
    expect(socket.closed).toBeUndefined()
    await node.advance(1)
    expect(socket.closed).toEqual(['close', 1000])
  })
})

const counting = (): SocketHandler<number, string, { wait(): void }> => {
  let incarnation = 0
  return {
    init(_args, self) {
      self.sendAfter(1000, `timer of ${++incarnation}`)
      self.register('worker', self.pid)
      return ['push', text(`born ${incarnation}`), 0]
    },
    handle: ([, data], n) => (data === 'boom' ? fail('boom') : ['push', text(`${String(data)} ${n}`), n + 1]),
    info: (message, n) => ['push', text(message), n],
    call: { wait: (_request, _from, n) => ['noreply', n] },
  }
}

describe('onCrash: restart', () => {
  const restart = { onCrash: { restart: { intensity: 2, periodMs: 5000 } } } as const
  test('connection, pid and mailbox stay; what the callbacks made is undone; terminate runs for each incarnation', async () => {
    node.expectCrash(/boom/)
    const socket = await open(counting(), restart)
    socket.send('a')
    socket.send('boom')
    socket.send('b')
    await node.advance(1000)
    expect(socket.sent.map((frame) => frame[1])).toEqual(['born 1', 'a 0', 'born 2', 'b 0', 'timer of 2'])
    expect(socket.terminated).toEqual([{ type: 'crash', error: expect.objectContaining({ message: 'boom' }) }])
    expect([socket.closed, node.isAlive(socket.pid)]).toEqual([undefined, true])
  })
  test('calls that were taken fail with the crash', async () => {
    node.expectCrash(/boom/)
    const socket = await open(counting(), restart)
    const waiting = expect(node.call(socket.pid, { type: 'wait' })).rejects.toMatchObject({
      reason: { value: { message: 'boom' } },
    })
    await node.settle()
    socket.send('boom')
    await node.settle()
    await waiting
  })
  test('past the intensity it closes 1011; the period is a sliding window', async () => {
    for (let i = 0; i < 5; i++) node.expectCrash(/boom/)
    const socket = await open(counting(), restart)
    socket.send('boom')
    await node.advance(4000)
    socket.send('boom')
    await node.advance(1000)
    socket.send('boom')
    await node.settle()
    expect(socket.closed).toBeUndefined()
    socket.send('boom')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1011])
    expect(socket.terminated).toHaveLength(4)
    expect(isCrash(socket.exit)).toBe(true)
    const other = await open(
      { ...counting(), init: () => fail('boom') },
      { onCrash: { restart: { intensity: 0, periodMs: 1000 } } },
    )
    expect(other.closed).toEqual(['close', 1011])
  })
  test('an init that always fails, and a terminate that fails, come to an end', async () => {
    for (let i = 0; i < 3; i++) node.expectCrash(/always/)
    const socket = await open({ ...counting(), init: () => fail('always') }, restart)
    expect(socket.closed).toEqual(['close', 1011])
    node.expectCrash(/boom/)
    node.expectCrash(/in terminate/)
    const other = await open({ ...counting(), terminate: () => fail('in terminate') }, restart)
    other.send('boom')
    await node.settle()
    expect([other.closed, node.isAlive(other.pid)]).toEqual([undefined, true])
    node.exit(other.pid, 'kill')
  })
})
