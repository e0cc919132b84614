// System messages: who understands them, what cannot be asked, what the functions of the debugging person may do, async servers.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  type CallError,
  createNode,
  type DebugEvent,
  genEvent,
  genServer,
  type GenServer,
  genStatem,
  type Node,
  type Pid,
  silentLogger,
  type StartResult,
  supervisor,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from '../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
/** A call from outside any process, and everything that comes of it. */
async function ask<T>(fn: () => Promise<T>): Promise<T> {
  const answer = at(fn)
  await node.settle()
  return answer
}
async function started(start: () => Promise<StartResult<any>>): Promise<Pid> {
  return unwrap(await ask(start))
}
const refused = (fn: () => Promise<unknown>): Promise<CallError> =>
  ask(() =>
    fn().then(
      () => thrownBy(() => undefined),
      (error: CallError) => error,
    ),
  )

interface Calls {
  get(): number
  add(fields: { by: number }): number
}
const counter: GenServer<number, number, Calls, { reset: object }, string> = {
  init: (n) => ['ok', n],
  handleCall: {
    get: (_request, _from, n) => ['reply', n, n],
    add: ({ by }, _from, n) => ['reply', n + by, n + by],
  },
  handleCast: { reset: () => ['noreply', 0] },
  handleInfo: (_message, n) => ['noreply', n + 1],
}

describe('who understands system messages', () => {
  const kinds: readonly (readonly [kind: string, start: () => Promise<StartResult<any>>, state: unknown])[] = [
    ['gen_server', () => genServer.start(counter, 5), 5],
    [
      'gen_statem',
      () =>
        genStatem.start(
          {
            callbackMode: 'handleEventFunction',
            init: () => ['ok', 'off', 7],
            handleEvent: () => 'keep_state_and_data',
          },
          undefined,
        ),
      ['off', 7],
    ],
    ['gen_event', () => genEvent.start(), []],
    ['supervisor', () => supervisor.start({ children: [] }), expect.anything()],
  ]
  test.each(kinds)('%s: state, status, suspend, resume, statistics, terminate', async (kind, start, state) => {
    const pid = await started(start)
    expect(await ask(() => sys.getState(pid))).toEqual(state)
    expect(await ask(() => sys.getStatus(pid))).toMatchObject({ pid: String(pid), behaviour: kind, status: 'running' })
    expect(await ask(() => sys.statistics(pid, true))).toBe('ok')
    expect(await ask(() => sys.suspend(pid))).toBe('ok')
    expect(await ask(() => sys.getStatus(pid))).toMatchObject({ status: 'suspended' })
    expect(await ask(() => sys.resume(pid))).toBe('ok')
    expect(await ask(() => sys.statistics(pid, 'get'))).toMatchObject({ messagesIn: 0, messagesOut: 0 })
    expect(await ask(() => sys.terminate(pid, 'shutdown'))).toBe('ok')
    expect(node.isAlive(pid)).toBe(false)
  })

  test('a plain process does not: each function refuses it at once, by pid and by name', async () => {
    const plain = node.spawn(idle, { name: 'plain' })
    const asked: readonly (() => unknown)[] = [plain, 'plain'].flatMap((target) => [
      () => sys.getState(target),
      () => sys.replaceState(target, (state) => state),
      () => sys.suspend(target),
      () => sys.resume(target),
      () => sys.getStatus(target),
      () => sys.trace(target, true),
      () => sys.statistics(target, 'get'),
      () => sys.terminate(target, 'shutdown'),
    ])
    for (const ask of asked) {
      const error = thrownBy(() => at(ask))
      expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
      expect(error.message).toContain('plain processes have no system messages')
    }
    await node.settle()
    expect(node.processInfo(plain)).toMatchObject({ message_queue_len: 0, status: 'waiting' })
  })

  test('a dead process and an unknown name answer noproc; a process that asks itself calling_self', async () => {
    const pid = await started(() => genServer.start(counter, 0))
    await at(() => genServer.stop(pid as never))
    for (const target of [pid, 'nobody']) expect(await refused(() => sys.getState(target))).toMatchObject({ reason: 'noproc' })
    const answer: unknown[] = []
    const asking = {
      init: () => ['ok', 0] as const,
      handleInfo: async (_message: string, n: number, self: { readonly pid: Pid; run<T>(fn: () => T): T }) => {
        answer.push(await self.run(() => sys.getState(self.pid)).catch((error: CallError) => error.reason))
        return ['noreply', n] as const
      },
    }
    node.send(await started(() => genServer.start(asking)), 'go')
    await node.settle()
    expect(answer).toEqual(['calling_self'])
  })
})

describe('bad input', () => {
  test.each<[string, (pid: Pid) => unknown]>([
    ['a target that is no pid', () => sys.getState(42 as never)],
    ['no target', () => sys.suspend(undefined as never)],
    ['a timeout below 0', (pid) => sys.getState(pid, -1)],
    ['a timeout with a fraction', (pid) => sys.resume(pid, 0.5)],
    ['a timeout that is a text', (pid) => sys.getStatus(pid, '5' as never)],
    ['replaceState without a function', (pid) => sys.replaceState(pid, 5 as never)],
    ['trace without a flag', (pid) => sys.trace(pid, undefined as never)],
    ['trace with a number', (pid) => sys.trace(pid, 1 as never)],
    ['statistics with another word', (pid) => sys.statistics(pid, 'set' as never)],
    ['statistics without a flag', (pid) => sys.statistics(pid, undefined as never)],
  ])('%s is refused at once, and the server is not asked', async (_what, act) => {
    const pid = await started(() => genServer.start(counter, 1))
    expect(thrownBy(() => at(() => act(pid)))).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
    expect(node.processInfo(pid, 'message_queue_len')).toBe(0)
    expect(await ask(() => sys.getState(pid))).toBe(1)
  })

  test('what only looks like a system message is a request of a user', async () => {
    node.expectCrash(/no clause/)
    const pid = await started(() => genServer.start(counter, 1))
    const request = { order: { op: 'get_state' }, type: 'nothing' }
    await expect(ask(() => at(() => genServer.call(pid as never, request as never)))).rejects.toMatchObject({
      code: 'GENSOCK_ERR_CALL',
    })
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('replaceState', () => {
  test('a function that throws: the caller hears why, the server keeps its state and lives', async () => {
    const pid = await started(() => genServer.start(counter, 1))
    const mine = new RangeError('mine')
    const error = await refused(() =>
      sys.replaceState(pid, () => {
        throw mine
      }),
    )
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: ['callback_failed', { value: mine }], cause: mine })
    expect(await ask(() => sys.getState(pid))).toBe(1)
  })

  test('a function that throws what cannot be read', async () => {
    const pid = await started(() => genServer.start(counter, 1))
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const error = await refused(() =>
      sys.replaceState(pid, () => {
        throw proxy
      }),
    )
    expect(error).toMatchObject({ reason: ['callback_failed', { value: 'unreadable' }] })
  })

  test('an async function is refused: a promise would become the state', async () => {
    const pid = await started(() => genServer.start(counter, 1))
    for (const replace of [() => Promise.resolve(2), () => Promise.reject(new Error('nobody waits'))])
      expect(await refused(() => sys.replaceState(pid, replace as never))).toMatchObject({
        reason: ['callback_failed', 'badarg'],
      })
    expect(await ask(() => sys.getState(pid))).toBe(1)
  })

  test('undefined is a state like any other', async () => {
    const pid = await started(() => genServer.start(counter, 1))
    expect(await ask(() => sys.replaceState(pid, () => undefined))).toBeUndefined()
    expect(await ask(() => sys.getState(pid))).toBeUndefined()
  })
})

describe('trace', () => {
  test('what comes in and goes out of a server', async () => {
    const seen: DebugEvent[] = []
    const pid = await started(() => genServer.start(counter, 1))
    await ask(() => sys.trace(pid, (event) => void seen.push(event)))
    await ask(() => at(() => genServer.call(pid as never, { type: 'get' } as never)))
    at(() => genServer.cast(pid as never, { type: 'reset' } as never))
    node.send(pid, 'hello')
    await node.settle()
    expect(seen).toMatchObject([
      { type: 'in', kind: 'call', message: { type: 'get' } },
      { type: 'out', message: 1 },
      { type: 'in', kind: 'cast', message: { type: 'reset' } },
      { type: 'noreply', state: 0 },
      { type: 'in', kind: 'info', message: 'hello' },
      { type: 'noreply', state: 1 },
    ])
    const [request, reply] = seen as [DebugEvent & { type: 'in' }, DebugEvent & { type: 'out' }]
    expect(reply.to).toBe(request.from)
  })

  test.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('in the sink')
      },
    ],
    ['rejects', () => Promise.reject(new Error('in the sink'))],
  ])('a function that %s is told of in one warning and out; the server pays nothing', async (_how, fail) => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined)
    const pid = await started(() => genServer.start(counter, 1))
    let calls = 0
    await ask(() =>
      sys.trace(pid, () => {
        calls++
        return fail() as void
      }),
    )
    for (const message of ['a', 'b']) {
      node.send(pid, message)
      await node.settle()
    }
    expect([calls <= 2, await ask(() => sys.getState(pid))]).toEqual([true, 3])
    node.send(pid, 'c')
    const before = calls
    await node.settle()
    expect([calls - before, warn.mock.calls.length, warn.mock.calls[0]?.[0]]).toEqual([
      0,
      1,
      expect.stringContaining('in the sink'),
    ])
    warn.mockRestore()
  })

  test('true writes to the logger of the node, false ends it, and the last one given counts', async () => {
    const seen: DebugEvent[] = []
    const pid = await started(() => genServer.start(counter, 1))
    await ask(() => sys.trace(pid, (event) => void seen.push(event)))
    await ask(() => sys.trace(pid, true))
    node.send(pid, 'a')
    await node.settle()
    await ask(() => sys.trace(pid, false))
    node.send(pid, 'b')
    await node.settle()
    expect(seen).toEqual([])
  })
})

describe('trace with true', () => {
  async function traced(other: Node): Promise<void> {
    const pid = unwrap(await other.run(() => genServer.start(counter, 1)))
    await other.run(() => sys.trace(pid, true))
    await other.run(() => genServer.call(pid, { type: 'add', by: 2 }))
    other.run(() => genServer.cast(pid, { type: 'reset' }))
    await other.run(() => sys.getState(pid))
    await other.stop()
  }
  const words = [
    /^\*DBG\* <0\.81\.0> got call \{ type: 'add', by: 2 \}$/,
    /^\*DBG\* <0\.81\.0> sent 3$/,
    /^\*DBG\* <0\.81\.0> got cast \{ type: 'reset' \}$/,
    /^\*DBG\* <0\.81\.0> new state 0$/,
  ]

  test('a node without a logger of its own prints on the console', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined)
    await traced(createNode())
    const lines = log.mock.calls.map(([line]) => String(line))
    log.mockRestore()
    expect(lines).toEqual(words.map((line) => expect.stringMatching(line)))
  })

  test('a logger gets the events with their words', async () => {
    const said: [object, string][] = []
    await traced(createNode({ logger: { ...silentLogger, info: (facts, line) => void said.push([facts, line]) } }))
    expect(said.map(([, line]) => line)).toEqual(words.map((line) => expect.stringMatching(line)))
    expect(said[1]?.[0]).toMatchObject({ label: 'debug', event: { type: 'out', message: 3 } })
  })
})

describe('statistics', () => {
  test('times are whole milliseconds, whatever the clock of the node says', async () => {
    let now = 1.75
    const clock = { now: () => now, setAlarm: () => undefined, clearAlarm: () => undefined }
    const other = createNode({ clock, logger: silentLogger })
    const pid = unwrap(await other.run(() => genServer.start(counter, 1)))
    await other.run(() => sys.statistics(pid, true))
    now = 4.25
    expect(await other.run(() => sys.statistics(pid, 'get'))).toEqual({
      startTimeMs: 1,
      currentTimeMs: 4,
      messagesIn: 0,
      messagesOut: 0,
    })
    await other.stop()
  })
})

describe('async servers', () => {
  /** Each callback answers a promise. */
  const slow: GenServer<number, void, Calls, {}, string> = {
    init: async () => (await Promise.resolve(), ['ok', 0]),
    handleCall: {
      get: async (_request, _from, n) => (await Promise.resolve(), ['reply', n, n]),
      add: async ({ by }, _from, n) => (await Promise.resolve(), ['reply', n + by, n + by]),
    },
    handleInfo: async (_message, n) => (await Promise.resolve(), ['noreply', n + 1]),
  }

  test('a system message waits for the callback that is under way: it never sees a state in the middle', async () => {
    let go: () => void = () => undefined
    const wait = new Promise<void>((resolve) => (go = resolve))
    const pid = await started(() =>
      genServer.start({ init: () => ['ok', 'before'], handleInfo: async () => (await wait, ['noreply', 'after']) }),
    )
    node.send(pid, 'go')
    await node.settle()
    const state = at(() => sys.getState(pid))
    const status = at(() => sys.getStatus(pid))
    await node.settle()
    go()
    expect([await state, (await status).state]).toEqual(['after', 'after'])
  })

  test('a callback that hangs: the question times out, the server goes on when it can', async () => {
    let go: () => void = () => undefined
    const wait = new Promise<void>((resolve) => (go = resolve))
    const pid = await started(() =>
      genServer.start({
        init: () => ['ok', 0],
        handleInfo: async (_message: string, n: number) => (await wait, ['noreply', n + 1]),
      }),
    )
    node.send(pid, 'go')
    const late = at(() => sys.getState(pid, 50)).catch((error: CallError) => error.reason)
    await node.advance(50)
    expect(await late).toBe('timeout')
    go()
    expect(await ask(() => sys.getState(pid))).toBe(1)
  })

  test('suspended between two async callbacks; what waits comes in order', async () => {
    const pid = await started(() => genServer.start(slow))
    await ask(() => sys.suspend(pid))
    node.send(pid, 'a')
    const sum = at(() => genServer.call(pid as never, { type: 'add', by: 10 } as never))
    await node.settle()
    expect(await ask(() => sys.replaceState<number>(pid, (n) => n + 100))).toBe(await ask(() => sys.getState(pid)))
    const before = await ask(() => sys.getState<number>(pid))
    await ask(() => sys.resume(pid))
    expect(await sum).toBe(before + 11)
  })

  test('an async terminate is waited for, also by a suspended server', async () => {
    const ended: unknown[] = []
    const pid = await started(() =>
      genServer.start({
        init: () => ['ok', 0],
        terminate: async (reason, _n, self) => {
          await self.sleep(100)
          ended.push(reason)
        },
      }),
    )
    await ask(() => sys.suspend(pid))
    expect(await ask(() => sys.terminate(pid, 'shutdown'))).toBe('ok')
    await node.advance(99)
    expect([ended, node.isAlive(pid)]).toEqual([[], true])
    await node.advance(1)
    expect([ended, node.isAlive(pid)]).toEqual([['shutdown'], false])
  })
})

describe('suspended', () => {
  test('the end of the parent is heard, whatever waits before it', async () => {
    const ended: unknown[] = []
    const server = {
      init: (_arg: void, self: { trapExit(on: boolean): boolean }) => (self.trapExit(true), ['ok', 0] as const),
      handleInfo: () => ['noreply', 1] as const,
      terminate: (reason: unknown, n: number) => void ended.push([reason, n]),
    }
    let pid: Pid | undefined
    const parent = node.spawn(async (self) => {
      pid = unwrap(await self.run(() => genServer.startLink(server)))
      await self.receive()
    })
    await node.settle()
    await ask(() => sys.suspend(pid as Pid))
    node.send(pid as Pid, 'waits')
    node.exit(parent, 'shutdown')
    await node.settle()
    expect(ended).toEqual([['shutdown', 0]])
  })

  test('an exit signal ends a server that does not trap, without terminate', async () => {
    const pid = await started(() => genServer.start(counter, 1))
    await ask(() => sys.suspend(pid))
    node.exit(pid, 'shutdown')
    expect(node.isAlive(pid)).toBe(false)
  })

  test('an idle time does not run while suspended and begins anew afterwards', async () => {
    const seen: number[] = []
    const pid = await started(() =>
      genServer.start({
        init: () => ['ok', 0, 100],
        handleInfo: (_message, n: number) => {
          seen.push(node.now())
          return ['noreply', n]
        },
      }),
    )
    await node.advance(50)
    await ask(() => sys.suspend(pid))
    await node.advance(1000)
    expect(seen).toEqual([])
    await ask(() => sys.resume(pid))
    await node.advance(99)
    expect(seen).toEqual([])
    await node.advance(1)
    expect(seen).toEqual([1150])
  })

  test('a process that suspends another and asks it something waits until somebody resumes it', async () => {
    const pid = await started(() => genServer.start(counter, 3))
    const got = inside(
      node,
      async (self) => {
        await self.run(() => sys.suspend(pid))
        self.sendAfter(1000, 'now')
        const asked = self.call(pid, { type: 'get' }, 'infinity')
        await self.receive()
        await self.run(() => sys.resume(pid))
        return asked
      },
      { withinMs: 1000 },
    )
    expect(await got).toBe(3)
  })
})
