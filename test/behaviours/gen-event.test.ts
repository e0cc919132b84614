// gen_event: what its manual page does not say. The page itself is held by test/otp/manual/gen_event.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  call,
  createNode,
  type EventManager,
  exit,
  genEvent,
  type GenEventExit,
  type GenEventHandler,
  genServer,
  isCrash,
  nocatch,
  type Pid,
  type Receiver,
  send,
  silentLogger,
  spawnLink,
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

const at = <T>(fn: () => T): T => node.run(fn)
const manager = async <E = any>(): Promise<EventManager<E>> => unwrap(await at(() => genEvent.start<E>()))

/** A handler that writes down what it gets, as `[callback, what, state]`. */
function recorder(log: unknown[], more: Partial<GenEventHandler<any, any>> = {}): GenEventHandler<any, any> {
  return {
    init: (arg) => (log.push(['init', arg]), ['ok', arg]),
    handleEvent: (event, state) => (log.push(['event', event, state]), ['ok', state]),
    handleCall: (request, state) => (log.push(['call', request, state]), ['ok', state, state]),
    handleInfo: (message, state) => (log.push(['info', message, state]), ['ok', state]),
    terminate: (arg, state) => (log.push(['terminate', arg, state]), ['left', state]),
    ...more,
  }
}
const silent: GenEventHandler<number, number> = { init: (n) => ['ok', n], handleEvent: (_event, n) => ['ok', n] }
/** A logger that keeps what it is given. */
function reports(): { readonly got: { facts: any; text: string }[]; readonly logger: typeof silentLogger } {
  const got: { facts: any; text: string }[] = []
  return { got, logger: { ...silentLogger, error: (facts, text) => void got.push({ facts, text }) } }
}

describe('handlers', () => {
  test('the handler that was added last is called first', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const module = recorder(log)
    for (const id of [1, 2, 3]) await at(() => genEvent.addHandler(pid, [module, id], id))
    log.length = 0
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log).toEqual([3, 2, 1].map((id) => ['event', 'go', id]))
  })

  test('an async callback is awaited before the next handler is called, and before the next event', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const slow: GenEventHandler<number, number> = {
      init: (n) => ['ok', n],
      async handleEvent(event, n, self) {
        log.push(['begin', event, n])
        await self.sleep(100)
        log.push(['end', event, n])
        return ['ok', n]
      },
    }
    for (const id of [1, 2]) await at(() => genEvent.addHandler(pid, [slow, id], id))
    at(() => genEvent.notify(pid, 'a'))
    at(() => genEvent.notify(pid, 'b'))
    await node.advance(399)
    expect(log.slice(0, 4)).toEqual([
      ['begin', 'a', 2],
      ['end', 'a', 2],
      ['begin', 'a', 1],
      ['end', 'a', 1],
    ])
    expect(log).toHaveLength(7)
    await node.advance(1)
    expect(log.at(-1)).toEqual(['end', 'b', 1])
  })

  test('after an await of a callback, self.run acts as the manager', async () => {
    const pid = await manager()
    let linked: Pid | undefined
    const late: GenEventHandler<number> = {
      async init(_arg, self) {
        await self.sleep(10)
        linked = self.run(() => spawnLink(idle))
        return ['ok', 0]
      },
      handleEvent: (_event, n) => ['ok', n],
    }
    const added = at(() => genEvent.addHandler(pid, late))
    await node.advance(10)
    expect(await added).toBe('ok')
    expect(node.processInfo(pid, 'links')).toEqual([linked])
  })

  test('ten thousand handlers are told without a recursion', async () => {
    const pid = await manager()
    let told = 0
    const counting: GenEventHandler<number, number> = { init: (n) => ['ok', n], handleEvent: (_event, n) => (told++, ['ok', n]) }
    const added = Array.from({ length: 10_000 }, (_, id) => at(() => genEvent.addHandler(pid, [counting, id], id)))
    await Promise.all(added)
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(told).toBe(10_000)
  })

  test('ids are compared by what they hold; a module without an id is another handler', async () => {
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, [silent, { room: 1 }], 1))
    expect(await at(() => genEvent.deleteHandler(pid, silent))).toEqual(['error', 'module_not_found'])
    expect(await at(() => genEvent.deleteHandler(pid, [silent, { room: 2 }]))).toEqual(['error', 'module_not_found'])
    expect(await at(() => genEvent.deleteHandler(pid, [silent, { room: 1 }]))).toBe('ok')
  })

  test('as in OTP, a handler can be added twice; what names it means the younger one', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const module = recorder(log)
    for (const n of [1, 2]) await at(() => genEvent.addHandler(pid, module, n))
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([module, module])
    expect(await at(() => genEvent.call(pid, module, 'get'))).toBe(2)
    expect(await at(() => genEvent.deleteHandler(pid, module, 'bye'))).toEqual(['left', 2])
    expect(await at(() => genEvent.call(pid, module, 'get'))).toBe(1)
  })

  test('events are typed by the manager, requests and arguments by the handler', async () => {
    const pid = await manager<{ type: 'tick' }>()
    const ticks: GenEventHandler<number, number, { type: 'tick' }, 'get', number> = {
      init: (n) => ['ok', n],
      handleEvent: (_event, n) => ['ok', n + 1],
      handleCall: (_request, n) => ['ok', n, n],
    }
    const words: GenEventHandler<string, string, string> = { init: (s) => ['ok', s], handleEvent: (word) => ['ok', word] }
    await at(() => genEvent.addHandler(pid, ticks, 1))
    at(() => genEvent.notify(pid, { type: 'tick' }))
    expect(await at(() => genEvent.call(pid, ticks, 'get'))).toBe(2)
    const wrong = (): unknown[] => [
      // @ts-expect-error the manager knows no such event
      genEvent.notify(pid, { type: 'tock' }),
      // @ts-expect-error the handler takes other events than the manager has
      genEvent.addHandler(pid, words, 'x'),
      // @ts-expect-error the handler's init takes a number
      genEvent.addHandler(pid, ticks, 'x'),
      // @ts-expect-error the handler knows no such request
      genEvent.call(pid, ticks, 'set'),
    ]
    expect(wrong).toBeInstanceOf(Function)
  })
})

describe('a handler that fails', () => {
  test('an async callback that rejects ends its handler, not the manager and not the others', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const healthy = recorder(log)
    const failing = recorder(log, {
      async handleEvent(_event, _state, self) {
        await self.sleep(10)
        throw new Error('boom')
      },
    })
    await at(() => genEvent.addHandler(pid, healthy, 'healthy'))
    await at(() => genEvent.addHandler(pid, failing, 'failing'))
    const told = at(() => genEvent.syncNotify(pid, 'go'))
    await node.advance(10)
    expect(await told).toBe('ok')
    const [[, [, [, reason]]]] = log.filter(([callback]: any) => callback === 'terminate') as any
    expect(isCrash(reason) && reason.value).toEqual(new Error('boom'))
    expect(log.at(-1)).toEqual(['event', 'go', 'healthy'])
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([healthy])
    expect(node.crashes).toEqual([])
  })

  test('exit(reason) in a callback ends the handler with the bare reason', async () => {
    const log: unknown[] = []
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, recorder(log, { handleEvent: () => exit('out') }), 0))
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log.at(-1)).toEqual(['terminate', ['error', ['EXIT', 'out']], 0])
  })

  test('nocatch is what the callback answers: a result, or a bad one', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const module = recorder(log, { handleEvent: (event) => nocatch(event) })
    await at(() => genEvent.addHandler(pid, module, 0))
    await at(() => genEvent.syncNotify(pid, ['ok', 7]))
    expect(await at(() => genEvent.call(pid, module, 'get'))).toBe(7)
    await at(() => genEvent.syncNotify(pid, 'weird'))
    expect(log.at(-1)).toEqual(['terminate', ['error', 'weird'], 7])
  })

  test('a callback that kills its own manager is the last one that runs', async () => {
    const log: unknown[] = []
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, recorder(log), 'older'))
    await at(() =>
      genEvent.addHandler(pid, recorder(log, { handleEvent: (_e, _s, self) => self.exit(self.pid, 'kill') as any }), 'last'),
    )
    log.length = 0
    await expect(at(() => genEvent.syncNotify(pid, 'go'))).rejects.toMatchObject({ reason: 'killed' })
    expect(log).toEqual([])
  })

  test('without handleCall a call ends the handler with reason undef', async () => {
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, silent, 0))
    const answer: any = await at(() => genEvent.call(pid, silent, 'get'))
    expect(answer[0]).toBe('error')
    expect(answer[1][1]).toMatchObject({ value: 'undef', error: { code: 'GENSOCK_ERR_NO_CLAUSE' } })
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([])
  })

  test('an answer or an id that cannot be looked at costs one handler, not the manager', async () => {
    const { proxy, revoke } = Proxy.revocable<any>([], {})
    revoke()
    const log: unknown[] = []
    const pid = await manager()
    const module = recorder(log, { handleEvent: () => proxy })
    await at(() => genEvent.addHandler(pid, module, 0))
    expect(await at(() => genEvent.deleteHandler(pid, [module, proxy]))).toEqual(['error', 'module_not_found'])
    expect(await at(() => genEvent.syncNotify(pid, 'go'))).toBe('ok')
    expect(log.at(-1)).toMatchObject(['terminate', ['error', ['EXIT', { value: expect.any(TypeError) }]], 0])
    await at(() => genEvent.addHandler(pid, recorder(log, { handleEvent: () => new Proxy(['ok', 5], {}) as any }), 0))
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect((await at(() => sys.getState(pid)))[0][2]).toBe(5)
  })

  test('a terminate that fails is nobody else’s trouble', async () => {
    const pid = await manager()
    const module: GenEventHandler<number> = {
      init: () => ['ok', 0],
      handleEvent: () => 'remove_handler',
      terminate: () => {
        throw new Error('at the end')
      },
    }
    await at(() => genEvent.addHandler(pid, module))
    expect(await at(() => genEvent.syncNotify(pid, 'go'))).toBe('ok')
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([])
  })

  test('the report says which handler, where, after what, in which state and why; it is no crash of a process', async () => {
    const { got, logger } = reports()
    const own = createNode({ logger })
    const pid = unwrap(await own.run(() => genEvent.start({ name: 'events' })))
    const bad: GenEventHandler<number, number> = {
      name: 'audit',
      init: (n) => ['ok', n],
      handleEvent: () => {
        throw new Error('boom')
      },
      handleInfo: () => 'oops' as any,
    }
    await own.run(() => genEvent.addHandler(pid, [bad, 'a'], 1))
    await own.run(() => genEvent.addHandler(pid, [bad, 'b'], 2))
    await own.run(() => genEvent.syncNotify(pid, { type: 'go' }))
    expect(got.map(({ text }) => text)).toEqual([
      `handler "audit" with id 'b' of event manager ${String(pid)} (events) is removed: Error: boom; last message was { type: 'go' }`,
      `handler "audit" with id 'a' of event manager ${String(pid)} (events) is removed: Error: boom; last message was { type: 'go' }`,
    ])
    expect(got[0]?.facts).toMatchObject({
      label: 'gen_event',
      pid: String(pid),
      registeredName: 'events',
      handler: [bad, 'b'],
      lastMessage: { type: 'go' },
      state: 2,
      reason: new Error('boom'),
      stack: expect.stringContaining('gen-event.test.ts'),
    })
    got.length = 0
    await own.run(() => genEvent.addHandler(pid, bad, 3))
    own.send(pid, 'hello')
    await own.run(() => genEvent.whichHandlers(pid))
    expect(got[0]?.text).toContain('"audit" of event manager')
    expect(got[0]?.text).toContain("handleInfo must return ['ok', state], ['ok', state, 'hibernate'], ['swap_handler', arg1")
    expect(got[0]?.text).toContain(`${linked('GENSOCK_ERR_BAD_RETURN', "got 'oops'")}; last message was 'hello'`)
    await own.stop()
  })

  test('quiet ends are not reported: delete, swap, remove_handler, stop', async () => {
    const { got, logger } = reports()
    const own = createNode({ logger })
    const pid = unwrap(await own.run(() => genEvent.start()))
    const removing: GenEventHandler<number, any> = { init: () => ['ok', 0], handleEvent: () => 'remove_handler' }
    await own.run(() => genEvent.addHandler(pid, removing, 0))
    await own.run(() => genEvent.swapHandler(pid, [removing, 'a'], [removing, 'b']))
    await own.run(() => genEvent.syncNotify(pid, 'go'))
    await own.run(() => genEvent.addHandler(pid, removing, 0))
    await own.run(() => genEvent.deleteHandler(pid, removing))
    await own.run(() => genEvent.addHandler(pid, removing, 0))
    await own.run(() => genEvent.stop(pid))
    expect(got).toEqual([])
    await own.stop()
  })
})

describe('a swap by a callback', () => {
  const heir = (log: unknown[]): GenEventHandler<any, any> =>
    recorder(log, { init: (arg) => (log.push(['init', arg]), ['ok', 'new']) })

  test('the new handler stands in the place of the old one', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const next = heir(log)
    const swapping = recorder([], { handleEvent: (_event, state) => ['swap_handler', 'bye', state, [next, 2], 'hi'] })
    for (const id of ['a', 'b', 'c']) await at(() => genEvent.addHandler(pid, [id === 'b' ? swapping : silent, id], 1))
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([
      [silent, 'c'],
      [next, 2],
      [silent, 'a'],
    ])
    expect(log).toEqual([['init', ['hi', ['left', 1]]]])
  })

  test('a call that swaps answers its reply', async () => {
    const pid = await manager()
    const next = heir([])
    const swapping = recorder([], {
      handleCall: (request, state) => ['swap_handler', ['got', request], 'bye', state, next, 'hi'],
    })
    await at(() => genEvent.addHandler(pid, swapping, 1))
    expect(await at(() => genEvent.call(pid, swapping, 'x'))).toEqual(['got', 'x'])
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([next])
  })

  test('when the new init fails both are gone; as in OTP the supervising process hears `crash` of the new one', async () => {
    const heard: GenEventExit[] = []
    const failing = recorder([], { init: () => exit('nope') })
    const swapping = recorder([], { handleEvent: (_event, state) => ['swap_handler', 'bye', state, failing, 'hi'] })
    const pid = await manager()
    await inside(node, async (self) => {
      await genEvent.addSupHandler(pid, swapping, 1)
      await self.run(() => genEvent.syncNotify(pid, 'go'))
      for (const _ of [1, 2]) heard.push(await self.receive())
    })
    expect(heard.map(({ type, handler, reason }) => [type, handler, Array.isArray(reason) ? reason[0] : reason])).toEqual([
      ['gen_event_EXIT', swapping, 'swapped'],
      ['gen_event_EXIT', failing, 'crash'],
    ])
  })

  test('differs: the new init may answer hibernate, which OTP 25 takes for a crash though its manual allows it', async () => {
    const pid = await manager()
    const next: GenEventHandler<number, any> = { ...silent, init: () => ['ok', 5, 'hibernate'] }
    const swapping = recorder([], { handleEvent: (_event, state) => ['swap_handler', 'bye', state, next, 'hi'] })
    await at(() => genEvent.addHandler(pid, swapping, 1))
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(await at(() => genEvent.whichHandlers(pid))).toEqual([next])
  })

  test('a swap to what cannot be a handler is a bad result', async () => {
    const log: unknown[] = []
    const pid = await manager()
    const bad = ['swap_handler', 'bye', 1, 'no module', 'hi']
    await at(() => genEvent.addHandler(pid, recorder(log, { handleEvent: () => bad as any }), 1))
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log.at(-1)).toEqual(['terminate', ['error', bad], 1])
  })
})

describe('supervised handlers', () => {
  test('a crash is heard with its reason', async () => {
    const pid = await manager()
    const module = recorder([], {
      handleEvent: () => {
        throw new Error('boom')
      },
    })
    const heard = await inside(node, async (self: Receiver<any>) => {
      await genEvent.addSupHandler(pid, [module, 1], 0)
      await self.run(() => genEvent.syncNotify(pid, 'go'))
      return self.receive('gen_event_EXIT')
    })
    expect(heard).toMatchObject({ handler: [module, 1], reason: ['EXIT', { value: new Error('boom') }] })
  })

  test('when the manager stops, the supervising process hears it and lives on; its parent gets the exit signal', async () => {
    const got: unknown[] = []
    await inside(
      node,
      async (self: Receiver<any>) => {
        self.trapExit(true)
        const pid = unwrap(await self.run(() => genEvent.startLink()))
        const client = self.spawn(async (other) => {
          await genEvent.addSupHandler(pid, silent, 1)
          got.push(await other.receive())
          got.push(await other.receive({ afterMs: 10 }))
        })
        await self.sleep(1)
        await self.run(() => genEvent.stop(pid))
        got.push(await self.receive('EXIT'))
        expect(node.isAlive(client)).toBe(true)
        await self.sleep(10)
      },
      { withinMs: 20 },
    )
    expect(got).toEqual([
      { type: 'gen_event_EXIT', handler: silent, reason: 'shutdown' },
      expect.objectContaining({ type: 'EXIT', reason: 'normal' }),
      undefined,
    ])
  })

  test('the end of the supervising process is reported as in OTP, whatever its reason', async () => {
    const { got, logger } = reports()
    const own = createNode({ logger })
    const pid = unwrap(await own.run(() => genEvent.start()))
    const client = own.spawn(async (self) => {
      await genEvent.addSupHandler(pid, silent, 1)
      await self.receive()
    })
    while ((await own.run(() => genEvent.whichHandlers(pid))).length === 0) await new Promise(setImmediate)
    own.send(client, 'end')
    while ((await own.run(() => genEvent.whichHandlers(pid))).length > 0) await new Promise(setImmediate)
    expect(got[0]?.facts.reason).toEqual(['parent_terminated', [client, 'normal']])
    await own.stop()
  })

  test('who supervises must be a process', async () => {
    const pid = await manager()
    expect(thrownBy(() => at(() => genEvent.addSupHandler(pid, silent, 1)))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
    expect(thrownBy(() => at(() => genEvent.swapSupHandler(pid, [silent, 1], [silent as any, 1])))).toMatchObject({
      code: 'GENSOCK_ERR_NO_SELF',
    })
  })
})

describe('messages', () => {
  test('only notify makes an event, only call a request: look-alikes and foreign calls go to handleInfo', async () => {
    const log: any[] = []
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, recorder(log), 0))
    log.length = 0
    at(() => send(pid, { type: 'event', event: 'x' }))
    const foreign = at(() => call(pid as Pid, 'who are you'))
    await node.advance(0)
    expect(log[0]).toEqual(['info', { type: 'event', event: 'x' }, 0])
    expect(log[1]).toMatchObject(['info', { type: 'call', request: 'who are you' }, 0])
    at(() => genServer.reply(log[1][1].from, 'a manager'))
    expect(await foreign).toBe('a manager')
  })

  test('a handler without handleInfo drops messages with a warning and stays', async () => {
    const warnings: string[] = []
    const own = createNode({ logger: { ...silentLogger, warn: (_facts, text) => void warnings.push(text) } })
    const pid = unwrap(await own.run(() => genEvent.start()))
    await own.run(() => genEvent.addHandler(pid, [silent, 1], 1))
    own.send(pid, 'hello')
    expect(await own.run(() => genEvent.whichHandlers(pid))).toEqual([[silent, 1]])
    expect(warnings).toEqual([
      `handler without a name with id 1 of event manager ${String(pid)} has no handleInfo; dropped 'hello'`,
    ])
    await own.stop()
  })
})

describe('start and end', () => {
  test('a name may be text or written as in OTP, and stands for the manager everywhere', async () => {
    for (const name of ['events', { local: 'events' }]) {
      const pid = unwrap(await at(() => genEvent.start({ name })))
      expect(await at(() => genEvent.addHandler('events', silent, 1))).toBe('ok')
      expect(await at(() => genEvent.syncNotify('events', 'go'))).toBe('ok')
      expect(await at(() => genEvent.start({ name }))).toEqual(['error', ['already_started', pid]])
      await at(() => genEvent.stop('events'))
    }
  })

  test('an unknown option, a bad name and a start without a process are refused at once', () => {
    expect(thrownBy(() => at(() => genEvent.start({ nme: 'x' } as any)))).toMatchObject({ code: 'GENSOCK_ERR_UNKNOWN_OPTION' })
    expect(thrownBy(() => at(() => genEvent.start({ name: 5 } as any)))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    expect(thrownBy(() => at(() => genEvent.startLink()))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
    expect(thrownBy(() => at(() => genEvent.startMonitor()))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })

  test('the end of the node ends the handlers with `stop`', async () => {
    const log: unknown[] = []
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, recorder(log), 0))
    await node.stop()
    expect(log.at(-1)).toEqual(['terminate', 'stop', 0])
    node = testNode()
  })
})

describe('bad input', () => {
  test.each([
    ['no object', 5],
    ['without init', { handleEvent: () => 'remove_handler' }],
    ['without handleEvent', { init: () => ['ok', 0] }],
    ['a terminate that is no function', { ...silent, terminate: 'x' }],
    ['a pair of three', [silent, 1, 2]],
    ['an empty pair', []],
  ])('a handler that is %s is refused by every function, synchronously', async (_what, bad: any) => {
    const pid = await manager()
    const refused = { code: 'GENSOCK_ERR_BADARG' }
    expect(thrownBy(() => genEvent.addHandler(pid, bad, 1))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.addSupHandler(pid, bad, 1))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.deleteHandler(pid, bad))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.call(pid, bad, 1))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.sendRequest(pid, bad, 1))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.swapHandler(pid, [bad, 1], [silent as any, 1]))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.swapHandler(pid, [silent, 1], [bad, 1]))).toMatchObject(refused)
    expect(thrownBy(() => genEvent.swapHandler(pid, bad, bad))).toMatchObject(refused)
  })

  test('what is no manager is refused: a plain process, a server, no pid at all', async () => {
    const plain = node.spawn(idle)
    const server = unwrap(await at(() => genServer.start({ init: () => ['ok', 0] as const })))
    for (const bad of [plain, server, 5, undefined] as any[]) {
      const refused = { code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining('manager') }
      expect(thrownBy(() => at(() => genEvent.notify(bad, 'x')))).toMatchObject(refused)
      expect(thrownBy(() => at(() => genEvent.syncNotify(bad, 'x')))).toMatchObject(refused)
      expect(thrownBy(() => at(() => genEvent.whichHandlers(bad)))).toMatchObject(refused)
      expect(thrownBy(() => at(() => genEvent.addHandler(bad, silent, 1)))).toMatchObject(refused)
    }
  })

  test('a bad timeout is refused', async () => {
    const pid = await manager()
    expect(thrownBy(() => at(() => genEvent.call(pid, silent, 'x', -1)))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})

describe('sys', () => {
  test('the state is one [module, id, state] for each handler; a replaced one must keep module and id', async () => {
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, silent, 1))
    await at(() => genEvent.addHandler(pid, [silent, 'b'], 2))
    expect(await at(() => sys.getState(pid))).toEqual([
      [silent, 'b', 2],
      [silent, false, 1],
    ])
    const changed = await at(() =>
      sys.replaceState<any>(pid, ([module, id, n]) => {
        if (id === false) throw new Error('not this one')
        return [module, id, n + 10]
      }),
    )
    expect(changed).toEqual([
      [silent, 'b', 12],
      [silent, false, 1],
    ])
    expect(await at(() => sys.replaceState<any>(pid, ([module, , n]) => [module, 'other', n + 1]))).toEqual(changed)
    expect(await at(() => sys.replaceState<any>(pid, () => 'no tuple'))).toEqual(changed)
  })

  test('a suspended manager keeps events for later', async () => {
    const log: unknown[] = []
    const pid = await manager()
    await at(() => genEvent.addHandler(pid, recorder(log), 0))
    await at(() => sys.suspend(pid))
    at(() => genEvent.notify(pid, 'go'))
    await node.advance(10)
    expect(log).toEqual([['init', 0]])
    await at(() => sys.resume(pid))
    await node.advance(0)
    expect(log.at(-1)).toEqual(['event', 'go', 0])
  })

  test('a trace shows what comes in; statistics count it; the status names the behaviour', async () => {
    const seen: unknown[] = []
    const pid = await manager()
    await at(() => sys.trace(pid, (event) => void seen.push(event)))
    await at(() => sys.statistics(pid, true))
    at(() => genEvent.notify(pid, 'go'))
    at(() => send(pid, 'hello'))
    await at(() => genEvent.syncNotify(pid, 'wait'))
    expect(seen).toMatchObject([
      { type: 'in', kind: 'cast', message: 'go' },
      { type: 'in', kind: 'info', message: 'hello' },
      { type: 'in', kind: 'call', message: { order: { op: 'sync_notify', event: 'wait' } } },
    ])
    expect(await at(() => sys.statistics(pid, 'get'))).toMatchObject({ messagesIn: 3 })
    expect(await at(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'gen_event', status: 'running', state: [] })
  })
})
