// gen_server: what its manual page does not say. The page itself is held by test/otp/manual/gen_server.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  call,
  createNode,
  defineServer,
  exit,
  type From,
  type GenServer,
  genServer,
  isReply,
  named,
  nocatch,
  type Pid,
  type Receiver,
  reply,
  send,
  silentLogger,
  spawnLink,
  StartError,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from '../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type Module = GenServer<any, any, any, any, any>
const at = <T>(fn: () => T): T => node.run(fn)
const boom = (): never => {
  throw new Error('boom')
}
const start = async (module: Partial<Module>, arg?: unknown, options?: object): Promise<any> =>
  unwrap(await at(() => genServer.start({ init: (given: unknown) => ['ok', given], ...module } as Module, arg, options)))
const ask = (pid: any, request: any, timeoutMs?: number): Promise<any> => at(() => genServer.call(pid, request, timeoutMs))
const tell = (pid: any, request: any): void => at(() => genServer.cast(pid, request))
const failure = (promise: Promise<unknown>): Promise<any> =>
  promise.then(
    () => Promise.reject(new Error('no failure')),
    (error: unknown) => error,
  )
/** A node that keeps what is reported on it. */
function reportingNode(): { readonly own: ReturnType<typeof createNode>; readonly reports: { facts: any; text: string }[] } {
  const reports: { facts: any; text: string }[] = []
  return { own: createNode({ logger: { ...silentLogger, error: (facts, text) => void reports.push({ facts, text }) } }), reports }
}

describe('callbacks', () => {
  test('an async callback holds everything else back: one message at a time', async () => {
    const log: unknown[] = []
    const work =
      (what: string, answer: (n: number) => any) =>
      async (request: any, ...rest: any[]) => {
        const [state, self] = rest.slice(-2) as [number, Receiver]
        log.push(['begin', what, state])
        await self.sleep(request.ms ?? 10)
        log.push(['end', what, state])
        return answer(state + 1)
      }
    const pid = await start(
      {
        handleCall: { slow: work('call', (n) => ['reply', n, n]) as any },
        handleCast: { slow: work('cast', (n) => ['noreply', n]) as any },
        handleInfo: work('info', (n) => ['noreply', n]) as any,
      },
      0,
    )
    const answer = ask(pid, { type: 'slow', ms: 100 })
    tell(pid, { type: 'slow' })
    node.send(pid, {})
    await node.advance(120)
    expect(await answer).toBe(1)
    expect(log).toEqual(
      ['call', 'cast', 'info'].flatMap((what, state) => [
        ['begin', what, state],
        ['end', what, state],
      ]),
    )
  })

  test('after an await, self and self.run still belong to the server', async () => {
    const pid = await start({
      async handleCall(_request: unknown, _from: From, state: unknown, self: Receiver) {
        await self.sleep(1)
        const child = self.run(() => spawnLink(idle))
        return ['reply', [self.pid, child, self.processInfo(self.pid, 'links')], state]
      },
    })
    const answer = ask(pid, 'x')
    await node.advance(1)
    const [self, child, links] = await answer
    expect(self).toBe(pid)
    expect(links).toEqual([child])
  })

  test('clauses are found by the type of the request; each gets the whole request', async () => {
    const stack = defineServer<number[]>()({
      init: (items: number[]) => ['ok', items],
      handleCall: {
        pop: (_request, _from, items) => ['reply', items.at(-1), items.slice(0, -1)],
        peek: ({ at: index }: { at: number }, _from, items) => ['reply', items[index], items],
      },
      handleCast: { push: ({ item }: { item: number }, items) => ['noreply', [...items, item]] },
    })
    const pid = unwrap(await at(() => genServer.start(stack, [1, 2])))
    at(() => genServer.cast(pid, { type: 'push', item: 3 }))
    const popped: number | undefined = await at(() => genServer.call(pid, { type: 'pop' }))
    expect(popped).toBe(3)
    expect(await at(() => genServer.call(pid, { type: 'peek', at: 0 }))).toBe(1)
  })

  test('clauses and callbacks keep their this: a module may be an object with methods', async () => {
    const module = {
      step: 5,
      init(): ['ok', number] {
        return ['ok', this.step]
      },
      handleCall(_request: unknown, _from: From, n: number): any {
        return ['reply', n + this.step, n]
      },
      terminate(): void {
        ended = this.step
      },
    }
    let ended = 0
    const pid: any = unwrap(await at(() => genServer.start(module)))
    expect(await ask(pid, 'x')).toBe(10)
    await at(() => genServer.stop(pid))
    expect(ended).toBe(5)
  })

  test.each([
    ['a type that has none', { type: 'unknown' }],
    ['a type that only Object.prototype has', { type: 'toString' }],
    ['no type', 'text'],
    ['null', null],
  ])('a request without a clause (%s) ends the server with function_clause', async (_what, request) => {
    for (const deliver of [ask, tell]) {
      const pid = await start({ handleCall: { a: boom, b: boom }, handleCast: { a: boom, b: boom } })
      void deliver(pid, request)
      await node.advance(0)
      expect(node.isAlive(pid)).toBe(false)
      expect(node.crashes.at(-1)).toMatchObject({
        text: expect.stringMatching(/handleCa(ll|st) has no clause for .*; it has a, b/),
        facts: { reason: 'function_clause' },
      })
      node.expectCrash('function_clause')
    }
  })

  test('the caller of a request without a clause gets the crash, with the code of the error', async () => {
    const pid = await start({ handleCall: { a: boom } })
    expect(await failure(ask(pid, { type: 'b' }))).toMatchObject({
      code: 'GENSOCK_ERR_CALL',
      reason: { value: 'function_clause', error: { code: 'GENSOCK_ERR_NO_CLAUSE' } },
    })
    node.expectCrash('function_clause')
  })

  test('a callback that is not there ends the server with undef', async () => {
    for (const deliver of [ask, tell]) {
      const pid = await start({})
      void deliver(pid, { type: 'x' })
      await node.advance(0)
      expect(node.crashes.at(-1)).toMatchObject({
        text: expect.stringMatching(/the server has no handleCa(ll|st)/),
        facts: { reason: 'undef' },
      })
      node.expectCrash('undef')
    }
  })

  test('nocatch in a callback is what it answers', async () => {
    const ended: unknown[] = []
    const pid = await start(
      {
        handleCall: (request: unknown) => nocatch(request),
        handleCast: async (request: unknown) => nocatch(request),
        terminate: (reason: unknown) => {
          ended.push(reason)
          nocatch('nobody hears it')
        },
      } as any,
      0,
    )
    expect(await ask(pid, ['reply', 'thrown', 1])).toBe('thrown')
    tell(pid, ['noreply', 2])
    expect(await at(() => sys.getState(pid))).toBe(2)
    tell(pid, ['stop', 'shutdown', 3])
    await node.advance(0)
    expect(ended).toEqual(['shutdown'])
    const bad = await start({ handleCall: () => nocatch('bad') } as any)
    expect((await failure(ask(bad, 'x'))).reason).toEqual(['bad_return_value', 'bad'])
    node.expectCrash(['bad_return_value', 'bad'])
  })

  test('init may throw its answer too', async () => {
    expect(await at(() => genServer.start({ init: () => nocatch(['ignore']) } as Module))).toEqual(['ignore'])
    const pid = unwrap(await at(() => genServer.start({ init: async () => nocatch(['ok', 5]) } as Module)))
    expect(await at(() => sys.getState(pid))).toBe(5)
  })

  test.each([
    [
      'init',
      { init: () => ['okay', 1] },
      "init must return ['ok', state, next?], ['stop', reason] or ['ignore'] (next: ms, 'infinity', 'hibernate' or { continue }), got [ 'okay', 1 ]",
    ],
    ['init with a bad next', { init: () => ['ok', 1, -1] }, "got [ 'ok', 1, -1 ]"],
    [
      'handleCall',
      { handleCall: () => undefined },
      "handleCall must return ['reply', reply, state, next?], ['noreply', state, next?]",
    ],
    [
      'handleCast that replies',
      { handleCast: () => ['reply', 1, 2] },
      "handleCast must return ['noreply', state, next?] or ['stop', reason, state]",
    ],
    ['handleInfo', { handleInfo: () => ['noreply'] }, 'handleInfo must return'],
    [
      'handleContinue',
      { handleCast: () => ['noreply', 1, { continue: 1 }], handleContinue: () => 5 },
      'handleContinue must return',
    ],
    ['a timeout that is none', { handleInfo: () => ['noreply', 1, 1.5] }, "got [ 'noreply', 1, 1.5 ]"],
  ])(
    'a bad answer of %s ends the server with bad_return_value, and the report says what is allowed',
    async (_what, module: any, text) => {
      const result: any = await at(() => genServer.start({ init: () => ['ok', 1], ...module } as Module))
      if (result[0] === 'ok') {
        if (module.handleCall !== undefined) void ask(result[1], 'x')
        else if (module.handleCast === undefined) node.send(result[1], 'x')
        else tell(result[1], 'x')
        await node.advance(0)
        expect(node.isAlive(result[1])).toBe(false)
      } else expect(result[1][0]).toBe('bad_return_value')
      expect(node.crashes).toMatchObject([
        { text: expect.stringContaining(text), facts: { reason: expect.arrayContaining(['bad_return_value']) } },
      ])
      node.expectCrash()
    },
  )
})

describe('the idle time', () => {
  /** Its state is the list of what came to handleInfo; a cast starts the idle time again. */
  const timed = (next: unknown): Partial<Module> => ({
    init: () => ['ok', [], next as number],
    handleInfo: (message: any, log: unknown[]) => ['noreply', [...log, message.type ?? message]],
    handleCast: (_request: unknown, log: unknown[]) => ['noreply', log, next as number],
  })

  test('0 comes at once, unless a message is there already', async () => {
    const pid = await start(timed(0))
    expect(await at(() => sys.getState(pid))).toEqual(['timeout'])
    tell(pid, 'again')
    node.send(pid, 'a message')
    await node.advance(0)
    expect(await at(() => sys.getState(pid))).toEqual(['timeout', 'a message'])
  })

  test('a look-alike of the time-out is a message like any other', async () => {
    const pid = await start(timed(100))
    at(() => send(pid, { type: 'timeout' }))
    await node.advance(1000)
    expect(await at(() => sys.getState(pid))).toEqual(['timeout'])
  })

  test('nothing of it is left when the server ends', async () => {
    const pid = await start(timed(100))
    await at(() => genServer.stop(pid))
    expect(node.nextDueMs()).toBe(Infinity)
  })
})

describe('names', () => {
  const counter = defineServer<number>()({
    init: (n: number) => ['ok', n],
    handleCall: { get: (_request, _from, n) => ['reply', n, n] },
    handleCast: { add: ({ by }: { by: number }, n) => ['noreply', n + by] },
  })

  test('a name is text, or written as in OTP; named() gives it the types of its module', async () => {
    for (const name of ['counter', { local: 'counter' }]) {
      const pid = unwrap(await at(() => genServer.start(counter, 5, { name })))
      const typed = named<typeof counter>('counter')
      at(() => genServer.cast(typed, { type: 'add', by: 2 }))
      const n: number = await at(() => genServer.call(typed, { type: 'get' }))
      expect(n).toBe(7)
      expect(node.whereis('counter')).toBe(pid)
      await at(() => genServer.stop('counter'))
      expect(node.whereis('counter')).toBe(undefined)
    }
  })

  test.each([5, '', {}, { local: 5 }, { global: 'x' }, null, []])('%j is no name', (name: any) => {
    expect(thrownBy(() => at(() => genServer.start(counter, 5, { name })))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })

  test('a taken name starts nothing: no process, no init, no EXIT', async () => {
    const other = node.spawn(idle, { name: 'taken' })
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      return [await genServer.startLink(counter, 1, { name: 'taken' }), await self.receive({ afterMs: 10 })]
    }
    expect(await inside(node, body, { withinMs: 10 })).toEqual([['error', ['already_started', other]], undefined])
  })

  test('the name is free again after a start that failed', async () => {
    const bad = { init: () => ['stop', 'shutdown'] } as Module
    expect(await at(() => genServer.start(bad, 1, { name: 'free' }))).toEqual(['error', 'shutdown'])
    expect(unwrap(await at(() => genServer.start(counter, 1, { name: 'free' })))).toBe(node.whereis('free'))
  })
})

describe('bad input is refused at once', () => {
  const badarg = { code: 'GENSOCK_ERR_BADARG', reason: 'badarg' }

  test.each([
    ['no object', 5, 'module must be an object with init'],
    ['null', null, 'module must be an object with init'],
    ['without init', {}, 'module.init must be a function'],
    ['an init that is none', { init: 5 }, 'module.init must be a function'],
    [
      'clauses that are none',
      { init: boom, handleCall: 5 },
      'module.handleCall must be a function, or an object of functions by type',
    ],
    ['a clause that is none', { init: boom, handleCast: { a: 1 } }, 'module.handleCast.a must be a function'],
    ['a terminate that is none', { init: boom, terminate: 'x' }, 'module.terminate must be a function'],
  ])('a module that is %s', (_what, module: any, text) => {
    for (const way of ['start', 'startLink', 'startMonitor'] as const) {
      expect(thrownBy(() => at(() => genServer[way](module, 1)))).toMatchObject({
        ...badarg,
        message: expect.stringContaining(text),
      })
    }
    expect(thrownBy(() => defineServer(module))).toMatchObject(badarg)
  })

  test('unknown options and times that are none', async () => {
    const module = { init: () => ['ok', 0] } as Module
    expect(thrownBy(() => at(() => genServer.start(module, 1, { nme: 'x' } as any)))).toMatchObject({
      code: 'GENSOCK_ERR_UNKNOWN_OPTION',
      message: linked('GENSOCK_ERR_UNKNOWN_OPTION', "genServer.start does not know the option 'nme'; it knows name, timeoutMs"),
    })
    const pid: any = await start({})
    for (const ms of [-1, 1.5, NaN, '5', 2_147_483_648] as any[]) {
      expect(thrownBy(() => at(() => genServer.start(module, 1, { timeoutMs: ms })))).toMatchObject(badarg)
      expect(thrownBy(() => ask(pid, 'x', ms))).toMatchObject(badarg)
      expect(thrownBy(() => at(() => genServer.stop(pid, 'normal', ms)))).toMatchObject(badarg)
    }
    expect(node.isAlive(pid)).toBe(true)
  })

  test('a link or a monitor needs a running process', () => {
    const module = { init: () => ['ok', 0] } as Module
    for (const way of ['startLink', 'startMonitor'] as const)
      expect(thrownBy(() => at(() => genServer[way](module, 1)))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' })
    for (const request of [() => genServer.sendRequest(node.spawn(idle) as any, 'x' as any)])
      expect(thrownBy(() => at(request))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })

  test('a plain process cannot be stopped like a server', () => {
    const plain = node.spawn(idle)
    expect(thrownBy(() => at(() => genServer.stop(plain)))).toMatchObject(badarg)
    expect(node.isAlive(plain)).toBe(true)
  })
})

describe('unwrap', () => {
  test('gives the pid, or throws a StartError with the reason', async () => {
    expect(unwrap(['ok', 'the pid' as any])).toBe('the pid')
    for (const [result, reason] of [
      [['error', 'why'], 'why'],
      [['ignore'], 'ignore'],
    ] as const) {
      const error = thrownBy(() => unwrap(result as any))
      expect(error).toBeInstanceOf(StartError)
      expect(error).toMatchObject({ code: 'GENSOCK_ERR_START', reason })
    }
    for (const bad of [undefined, 'ok', [], Promise.resolve(['ok', 1])])
      expect(thrownBy(() => unwrap(bad as any))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})

test('a StartError of a crash says what init threw, and has it as its cause', async () => {
  const thrown = new Error('no disk')
  const init = (): never => {
    throw thrown
  }
  const own = createNode({ logger: silentLogger })
  const error = await own
    .run(() => genServer.start({ init }))
    .then(unwrap)
    .catch((failure: unknown) => failure)
  await own.stop()
  expect(error).toMatchObject({ cause: thrown, reason: { value: thrown } })
  expect(String(error)).toBe(`StartError: ${linked('GENSOCK_ERR_START', 'the process did not start: Error: no disk')}`)
})

describe('reports', () => {
  test('a crash says who, why, where, after which message and in which state', async () => {
    const { own, reports } = reportingNode()
    const module = {
      init: () => ['ok', { n: 1 }],
      handleInfo: (_message: unknown, _state: unknown, self: Receiver) => (self.spawnLink(idle), ['noreply', { n: 2 }]),
      handleCast: () => {
        throw new Error('boom')
      },
    } as Module
    const pid: any = unwrap(await own.run(() => genServer.start(module, 1, { name: 'bob' })))
    own.send(pid, 'make a link')
    own.run(() => genServer.cast(pid, { type: 'crash', x: 1 }))
    await own.run(() => sys.getState(pid)).catch(() => undefined)
    expect(reports).toHaveLength(1)
    expect(reports[0]?.text).toBe(`process ${String(pid)} (bob) crashed: Error: boom`)
    expect(reports[0]?.facts).toMatchObject({
      label: 'crash',
      behaviour: 'gen_server',
      pid: String(pid),
      registeredName: 'bob',
      node: own.name,
      reason: new Error('boom'),
      stack: expect.stringContaining('gen-server.test.ts'),
      lastMessage: { type: 'cast', request: { type: 'crash', x: 1 } },
      state: { n: 2 },
      links: [expect.stringMatching(/^<0\.\d+\.0>$/)],
      trapExit: false,
      messageQueueLength: 1,
    })
    await own.stop()
  })

  test('a stop with another reason than normal and shutdown is reported once, in words', async () => {
    const { own, reports } = reportingNode()
    const pid = unwrap(await own.run(() => genServer.start({ init: () => ['ok', 7] } as Module)))
    await own.run(() => genServer.stop(pid, ['disk', 'full']))
    expect(reports.map(({ text }) => text)).toEqual([`gen_server ${String(pid)} ended with reason [ 'disk', 'full' ]`])
    expect(reports[0]?.facts).toMatchObject({ label: 'crash', reason: ['disk', 'full'], state: 7 })
    await own.stop()
  })

  test('an init that fails is reported, without a state; one that stops cleanly or ignores is not', async () => {
    const { own, reports } = reportingNode()
    for (const init of [() => ['ignore'], () => ['stop', 'shutdown'], () => ['stop', 'normal'], () => ['stop', 'no disk'], boom])
      await own.run(() => genServer.start({ init } as unknown as Module))
    expect(reports.map(({ facts }) => facts.reason)).toEqual(['no disk', new Error('boom')])
    expect(reports.map(({ facts }) => facts.state)).toEqual([undefined, undefined])
    await own.stop()
  })

  test('when terminate fails after a crash, the server ends with the reason of terminate', async () => {
    const pid = await start({
      handleCast: () => exit('first'),
      terminate: () => exit('second'),
    } as any)
    const watch = node.probe<any>()
    watch.monitor(pid)
    tell(pid, 'x')
    expect((await watch.next()).reason).toBe('second')
    node.expectCrash('second')
  })
})

describe('the end', () => {
  test('node.stop() ends a server that traps exits with its terminate, even a slow one', async () => {
    const own = createNode({ logger: silentLogger })
    const ended: unknown[] = []
    const module = {
      init: (_arg: unknown, self: Receiver) => (self.trapExit(true), ['ok', 'State']),
      async terminate(reason: unknown, state: unknown) {
        await new Promise(setImmediate)
        ended.push([reason, state])
      },
    } as Module
    const pids = await Promise.all([1, 2].map(async () => unwrap(await own.run(() => genServer.start(module)))))
    await own.stop()
    expect(ended).toEqual([
      ['shutdown', 'State'],
      ['shutdown', 'State'],
    ])
    expect(pids.map((pid) => own.isAlive(pid))).toEqual([false, false])
  })

  test('what a callback leaves behind after the end of its server does nothing', async () => {
    let late: unknown = 'not yet'
    const pid = await start({
      async handleCall(_request: unknown, _from: From, state: unknown, self: Receiver) {
        await new Promise((wake) => setImmediate(wake))
        late = self.isAlive(self.pid)
        return ['reply', 'too late', state]
      },
    } as any)
    const error = failure(ask(pid, 'x'))
    await new Promise<void>((done) => {
      queueMicrotask(() => {
        node.exit(pid, 'kill')
        done()
      })
    })
    expect((await error).reason).toBe('killed')
    await node.settle()
    expect(late).toBe(false)
  })

  test('stop() with reason timeout tells a server that is too slow from one that has ended', async () => {
    const slow = await start({ terminate: (_reason: unknown, _state: unknown, self: Receiver) => self.sleep(1000) } as any)
    const error = failure(at(() => genServer.stop(slow, 'timeout', 10)))
    await node.advance(10)
    expect((await error).reason).toBe('timeout')
    await node.advance(1000)
    const quick = await start({})
    await expect(at(() => genServer.stop(quick, 'timeout', 10))).resolves.toBe(undefined)
    node.expectCrash('timeout')
    node.expectCrash('timeout')
  })

  test('an error of a call or stop that nobody awaits does not end the program', async () => {
    const pid = await start({})
    await at(() => genServer.stop(pid))
    void ask(pid, 'x')
    void at(() => genServer.stop(pid))
    await node.settle()
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('the budget', () => {
  test.each([
    ['sync', (n: number) => ['noreply', n + 1, { continue: 'more' }]],
    ['async', async (n: number) => ['noreply', n + 1, { continue: 'more' }]],
  ])('a server that continues for ever (%s) does not starve timers and other processes', async (_what, step) => {
    const own = createNode({ logger: silentLogger })
    const module = {
      init: () => ['ok', 0, { continue: 'more' }],
      handleContinue: (_what: unknown, n: number) => step(n),
    } as unknown as Module
    const pid = unwrap(await own.run(() => genServer.start(module)))
    let ticks = 0
    const other = own.spawn(async (self) => {
      for (; ticks < 5; ticks++) await self.sleep(1)
    })
    while (own.isAlive(other)) await new Promise(setImmediate)
    expect(ticks).toBe(5)
    own.exit(pid, 'kill')
    expect(own.isAlive(pid)).toBe(false)
    await own.stop()
  })

  test('a server that calls itself by messages for ever does not either', async () => {
    const own = createNode({ logger: silentLogger })
    const module = {
      init: (_arg: unknown, self: Receiver) => (self.send(self.pid, 'more'), ['ok', 0]),
      handleInfo: (_message: unknown, n: number, self: Receiver) => (self.send(self.pid, 'more'), ['noreply', n + 1]),
    } as Module
    const pid = unwrap(await own.run(() => genServer.start(module)))
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    expect(await own.run(() => sys.getState(pid))).toBeGreaterThan(0)
    await own.stop()
  })
})

describe('calls', () => {
  const echo: Partial<Module> = {
    handleCall: (request: unknown, _from: From, state: unknown) => ['reply', request, state] as any,
  }

  test('genServer.call and the free call are the same; reply may come from anybody', async () => {
    const pid = await start({
      handleCall(_request: unknown, from: From, state: unknown, self: Receiver) {
        self.spawn(() => reply(from, 'from a helper'))
        return ['noreply', state]
      },
    } as any)
    expect(await ask(pid, 'x')).toBe('from a helper')
    expect(await at(() => call(pid, 'x'))).toBe('from a helper')
  })

  test('calls that come during init wait for it, and fail with its reason', async () => {
    const slow = (answer: unknown): Partial<Module> => ({
      ...echo,
      init: async (_arg: unknown, self: Receiver) => (await self.sleep(10), answer) as any,
    })
    const [good, bad] = [
      start(slow(['ok', 1]), 1, { name: 'good' }),
      at(() => genServer.start(slow(['stop', 'shutdown']) as Module, 1, { name: 'bad' })),
    ]
    const answers = [ask('good', 'early'), failure(ask('bad', 'early'))]
    await node.advance(10)
    expect(await answers[0]).toBe('early')
    expect((await answers[1]).reason).toBe('shutdown')
    expect([await good, await bad]).toEqual([expect.anything(), ['error', 'shutdown']])
  })

  test('from tells who asks; code outside any process has no pid', async () => {
    const pid = await start({ handleCall: (_request: unknown, from: From, state: unknown) => ['reply', from.pid, state] } as any)
    expect(await ask(pid, 'x')).toBe(undefined)
    const [caller, seen] = await inside(node, async (self) => [self.pid, await genServer.call(pid, 'x' as any)])
    expect(seen).toBe(caller)
  })
})

describe('sendRequest', () => {
  const slow: Partial<Module> = {
    async handleCall(request: any, _from: From, state: unknown, self: Receiver) {
      await self.sleep(request)
      return ['reply', request, state]
    },
  }
  const request = (pid: any, what: unknown): any => genServer.sendRequest(pid, what as any)

  test('a server handles its responses in handleInfo, as they come', async () => {
    const got: unknown[] = []
    const backend = await start(slow)
    await start({
      init: (_arg: unknown) =>
        [
          'ok',
          new Map([
            ['a', request(backend, 30)],
            ['b', request(backend, 10)],
          ]),
        ] as any,
      handleInfo: (message: unknown, open: Map<string, any>) => {
        for (const [label, id] of open) {
          const response = genServer.checkResponse(message, id)
          if (response !== 'no_reply') got.push([label, response, node.now()])
        }
        return ['noreply', open]
      },
    })
    await node.advance(100)
    expect(got).toEqual([
      ['a', ['reply', 30], 30],
      ['b', ['reply', 10], 40],
    ])
  })

  test('the response is a branded message; one that looks alike is none', async () => {
    const pid = await start(slow)
    const seen = await inside(node, async (self: Receiver<any>) => {
      const id = request(pid, 0)
      const message = await self.receive()
      const fake = { type: 'reply', ref: id.ref, reply: 'fake' }
      return [isReply(message), genServer.checkResponse(fake, id), genServer.checkResponse(message, id)]
    })
    expect(seen).toEqual([true, 'no_reply', ['reply', 0]])
  })

  test('an answered request leaves no monitor; an abandoned one neither', async () => {
    const pid = await start(slow)
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const [one, two] = [request(pid, 10), request(pid, 10)]
      await genServer.receiveResponse(one)
      await self.run(() => genServer.receiveResponse(two, 1))
      return [self.processInfo(self.pid, 'monitors'), self.processInfo(self.pid, 'messages')]
    }
    expect(await inside(node, body, { withinMs: 11 })).toEqual([[], []])
  })

  test('bad input is refused at once', async () => {
    const pid = await start(slow)
    await inside(node, () => {
      const id = request(pid, 0)
      for (const ask of [genServer.receiveResponse, genServer.waitResponse]) {
        expect(thrownBy(() => ask({} as any))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
        expect(thrownBy(() => ask(id, -1))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
      }
      expect(thrownBy(() => request(5, 'x'))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    })
  })
})

describe('startMonitor', () => {
  test('the starter is the parent: its end stops a server that traps exits, though there is no link', async () => {
    const ended: unknown[] = []
    const module = {
      init: (_arg: unknown, self: Receiver) => (self.trapExit(true), ['ok', 0]),
      handleInfo: (_message: unknown, n: number) => ['noreply', n],
      terminate: (reason: unknown) => void ended.push(reason),
    } as Module
    let pid: Pid | undefined
    const starter = node.spawn(async (self) => {
      const started: any = await genServer.startMonitor(module)
      pid = started[1][0]
      expect(self.processInfo(self.pid, 'links')).toEqual([])
      self.exit(pid as Pid, 'an exit signal of the parent')
    })
    await node.advance(0)
    expect(node.isAlive(starter)).toBe(false)
    expect(ended).toEqual(['an exit signal of the parent'])
    node.expectCrash('an exit signal of the parent')
  })

  test('an init that takes too long: killed, answered timeout, and nothing in the mailbox', async () => {
    const module = { init: async (_arg: unknown, self: Receiver) => (await self.sleep(1000), ['ok', 0]) } as Module
    const body = async (self: Receiver<any>): Promise<unknown> => {
      self.trapExit(true)
      const answers = [await genServer.startMonitor(module, 1, { timeoutMs: 10 })]
      answers.push((await self.run(() => genServer.startLink(module, 1, { timeoutMs: 10 }))) as any)
      return [answers, await self.receive({ afterMs: 100 }), self.processInfo(self.pid, 'monitors')]
    }
    expect(await inside(node, body, { withinMs: 1000 })).toEqual([
      [
        ['error', 'timeout'],
        ['error', 'timeout'],
      ],
      undefined,
      [],
    ])
    expect(node.processes()).toEqual([])
  })
})
