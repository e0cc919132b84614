// OTP 25's manual page gen_event(3erl): each title is a sentence of the page, and the test shows that it holds here.
// `{a, b}` of the page is `['a', b]` here, `Module:init/1` is `init`, and Handler is a module object or `[module, id]`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  createNode,
  type EventManager,
  genEvent,
  type GenEventExit,
  type GenEventHandler,
  isReply,
  type Pid,
  type Receiver,
  silentLogger,
  supervisor,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from '../../runtime/inside.js'

let node: TestNode
let log: unknown[]
beforeEach(() => {
  node = testNode()
  log = []
})
afterEach(() => node.stop())

type Any = GenEventHandler<any, any>
const at = <T>(fn: () => T): T => node.run(fn)
const manager = async (): Promise<EventManager> => unwrap(await at(() => genEvent.start()))
const add = (pid: EventManager, handler: any, arg?: unknown): Promise<unknown> =>
  at(() => genEvent.addHandler<any, any, any>(pid, handler, arg))
const installed = (pid: EventManager): Promise<unknown> => at(() => genEvent.whichHandlers(pid))

/** A handler that writes down each call as `[callback, ...arguments]`; its state is the argument of `init`. */
function handler(more: Partial<Any> = {}): Any {
  return {
    init: (arg) => (log.push(['init', arg]), ['ok', arg]),
    handleEvent: (event, state) => (log.push(['handleEvent', event, state]), ['ok', state]),
    handleCall: (request, state) => (log.push(['handleCall', request, state]), ['ok', ['reply to', request], state]),
    handleInfo: (message, state) => (log.push(['handleInfo', message, state]), ['ok', state]),
    terminate: (arg, state) => (log.push(['terminate', arg, state]), ['left', state]),
    ...more,
  }
}
const boom = (): never => {
  throw new Error('boom')
}
/** `['EXIT', reason]` of a callback that threw `new Error('boom')`. */
const FAILED = ['EXIT', expect.objectContaining({ value: new Error('boom') })]

/** A process that supervises `module` with this argument and tells what it hears; `end` ends it with that reason. */
function client(pid: EventManager, module: any, arg: unknown, heard: GenEventExit[] = []): Pid {
  return node.spawn(async (self: Receiver<any>) => {
    await genEvent.addSupHandler<any, any, any>(pid, module, arg)
    for (;;) {
      const message = await self.receive()
      if (message.type === 'end') self.exit(message.reason)
      heard.push(message)
    }
  })
}
const end = (pid: Pid, reason: unknown): void => node.send(pid, { type: 'end', reason })

describe('gen_event', () => {
  test('It consists of a generic event manager process with any number of event handlers that are added and deleted dynamically.', async () => {
    const pid = await manager()
    const module = handler()
    for (const id of [1, 2, 3]) await add(pid, [module, id], id)
    await at(() => genEvent.deleteHandler(pid, [module, 2]))
    expect(await installed(pid)).toEqual([
      [module, 3],
      [module, 1],
    ])
  })

  test('It also fits into an OTP supervision tree.', async () => {
    const children = [{ id: 'events', start: () => genEvent.startLink({ name: 'events' }) }]
    const top = unwrap(await at(() => supervisor.start({ children })))
    const first = node.whereis('events') as Pid
    node.exit(first, 'kill')
    await node.advance(0)
    expect(node.whereis('events')).not.toBe(undefined)
    expect(node.isAlive(first)).toBe(false)
    await at(() => supervisor.stop(top))
    expect(node.whereis('events')).toBe(undefined)
  })

  test("If a callback function for an installed event handler fails with Reason, or returns a bad value Term, the event manager does not fail. It deletes the event handler by calling callback function Module:terminate/2, giving as argument {error,{'EXIT',Reason}} or {error,Term}, respectively.", async () => {
    const pid = await manager()
    await add(pid, [handler({ handleEvent: boom }), 'fails'], 1)
    await add(pid, [handler({ handleEvent: () => 'bad' as any }), 'bad'], 2)
    log = []
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log).toEqual([
      ['terminate', ['error', 'bad'], 2],
      ['terminate', ['error', FAILED], 1],
    ])
    expect(await installed(pid)).toEqual([])
    expect(node.isAlive(pid)).toBe(true)
  })

  test('No other event handler is affected.', async () => {
    const pid = await manager()
    const healthy = handler()
    await add(pid, [healthy, 1], 1)
    await add(pid, handler({ handleEvent: boom }), 0)
    await add(pid, [healthy, 2], 2)
    log = []
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log.filter(([callback]: any) => callback === 'handleEvent')).toEqual([
      ['handleEvent', 'go', 2],
      ['handleEvent', 'go', 1],
    ])
    expect(await installed(pid)).toEqual([
      [healthy, 2],
      [healthy, 1],
    ])
  })

  test('A gen_event process handles system messages as described in sys(3erl). The sys module can be used for debugging an event manager.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 'state')
    expect(await at(() => sys.getState(pid))).toEqual([[module, false, 'state']])
    expect(await at(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'gen_event', status: 'running' })
  })

  test('Notice that an event manager does trap exit signals automatically.', async () => {
    const pid = await manager()
    expect(node.processInfo(pid, 'trap_exit')).toBe(true)
    await add(pid, handler(), 1)
    node.spawn((self) => self.exit(pid, 'oops'))
    await node.advance(0)
    expect(node.isAlive(pid)).toBe(true)
    expect(log.at(-1)).toMatchObject(['handleInfo', { type: 'EXIT', reason: 'oops' }, 1])
  })

  test('Unless otherwise stated, all functions in this module fail if the specified event manager does not exist or if bad arguments are specified.', async () => {
    const pid = await manager()
    await at(() => genEvent.stop(pid))
    const module = handler()
    for (const dead of [pid, 'nobody']) {
      const noproc = { code: 'GENSOCK_ERR_CALL', reason: 'noproc' }
      await expect(at(() => genEvent.addHandler(dead, module, 1))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.deleteHandler(dead, module))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.swapHandler(dead, [module, 1], [module, 2]))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.syncNotify(dead, 1))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.call(dead, module, 1))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.whichHandlers(dead))).rejects.toMatchObject(noproc)
      await expect(at(() => genEvent.stop(dead))).rejects.toMatchObject(noproc)
    }
    for (const bad of [undefined, 5, {}] as any[]) {
      const badarg = { code: 'GENSOCK_ERR_BADARG', reason: 'badarg' }
      expect(thrownBy(() => at(() => genEvent.addHandler(bad, module, 1)))).toMatchObject(badarg)
      expect(thrownBy(() => at(() => genEvent.addHandler(pid, bad, 1)))).toMatchObject(badarg)
      expect(thrownBy(() => at(() => genEvent.notify(bad, 1)))).toMatchObject(badarg)
    }
  })
})

describe('add_handler/3', () => {
  test('Adds a new event handler to event manager EventMgrRef. The event manager calls Module:init/1 to initiate the event handler and its internal state.', async () => {
    const pid = await manager()
    const module = handler({ init: (arg) => (log.push(['init', arg]), ['ok', 'state']) })
    expect(await add(pid, module, 'args')).toBe('ok')
    await at(() => genEvent.syncNotify(pid, 'event'))
    expect(log).toEqual([
      ['init', 'args'],
      ['handleEvent', 'event', 'state'],
    ])
  })

  test('EventMgrRef can be any of the following: * The pid * Name, if the event manager is locally registered', async () => {
    const pid = unwrap(await at(() => genEvent.start({ name: 'events' })))
    for (const ref of [pid, 'events']) expect(await at(() => genEvent.addHandler(ref, handler(), 1))).toBe('ok')
  })

  test('Handler is the name of the callback module Module or a tuple {Module,Id}, where Id is any term. The {Module,Id} representation makes it possible to identify a specific event handler when many event handlers use the same callback module.', async () => {
    const pid = await manager()
    const module = handler()
    const ids = ['text', 5, { a: [1] }, [module], node.makeRef()]
    await add(pid, module, 'no id')
    for (const id of ids) await add(pid, [module, id], id)
    for (const id of ids) {
      log = []
      await at(() => genEvent.call(pid, [module, id], 'who'))
      expect(log).toEqual([['handleCall', 'who', id]])
    }
    log = []
    await at(() => genEvent.call(pid, module, 'who'))
    expect(log).toEqual([['handleCall', 'who', 'no id']])
  })

  test('Args is any term that is passed as the argument to Module:init/1.', async () => {
    const pid = await manager()
    for (const args of ['text', 5, [1, 2], { a: 1 }, undefined]) await add(pid, [handler(), args ?? 0], args)
    expect(log).toEqual(['text', 5, [1, 2], { a: 1 }, undefined].map((args) => ['init', args]))
  })

  test("If Module:init/1 returns a correct value indicating successful completion, the event manager adds the event handler and this function returns ok. If Module:init/1 fails with Reason or returns {error,Reason}, the event handler is ignored and this function returns {'EXIT',Reason} or {error,Reason}, respectively.", async () => {
    const pid = await manager()
    const module = handler()
    expect(await add(pid, module, 1)).toBe('ok')
    expect(await add(pid, handler({ init: boom }), 1)).toEqual(FAILED)
    expect(await add(pid, handler({ init: (_arg, self) => self.exit('out') }), 1)).toEqual(['EXIT', 'out'])
    expect(await add(pid, handler({ init: async () => boom() }), 1)).toEqual(FAILED)
    expect(await add(pid, handler({ init: () => ['error', 'no'] }), 1)).toEqual(['error', 'no'])
    expect(await add(pid, handler({ init: () => 'other' as any }), 1)).toBe('other')
    expect(await installed(pid)).toEqual([module])
  })
})

describe('add_sup_handler/3', () => {
  test('Adds a new event handler in the same way as add_handler/3, but also supervises the connection by linking the event handler and the calling process.', async () => {
    const pid = await manager()
    const module = handler()
    const process = client(pid, module, 'args')
    await node.advance(0)
    expect(log).toEqual([['init', 'args']])
    expect(await installed(pid)).toEqual([module])
    expect(node.processInfo(pid, 'links')).toEqual([process])
  })

  test('If the calling process later terminates with Reason, the event manager deletes any supervised event handlers by calling Module:terminate/2, then calls Module:handle_info/2 for each remaining handler.', async () => {
    const pid = await manager()
    const other = handler()
    await add(pid, other, 'other')
    const process = client(pid, handler(), 'mine')
    await node.advance(0)
    log = []
    end(process, 'Reason')
    await node.advance(0)
    expect(log).toEqual([
      ['terminate', ['stop', 'Reason'], 'mine'],
      ['handleInfo', expect.objectContaining({ type: 'EXIT', pid: process, reason: 'Reason' }), 'other'],
    ])
    expect(await installed(pid)).toEqual([other])
  })

  test('If the event handler is deleted later, the event manager sends a message {gen_event_EXIT,Handler,Reason} to the calling process. Reason is one of the following:', async () => {
    const pid = await manager()
    const heard: GenEventExit[] = []
    const module = handler()
    client(pid, [module, 'id'], 1, heard)
    await node.advance(0)
    await at(() => genEvent.deleteHandler(pid, [module, 'id']))
    await node.advance(0)
    expect(heard).toEqual([{ type: 'gen_event_EXIT', handler: [module, 'id'], reason: 'normal' }])
  })

  /** What the supervising process hears when `act` is done to its handler. */
  async function reasonAfter(module: Any, act: (pid: EventManager) => unknown): Promise<unknown[]> {
    const pid = await manager()
    const heard: GenEventExit[] = []
    client(pid, module, 1, heard)
    await node.advance(0)
    await at(() => act(pid))
    await node.advance(0)
    expect(heard.map(({ handler: gone }) => gone)).toEqual(heard.map(() => module))
    return heard.map(({ reason }) => reason)
  }

  test('normal, if the event handler has been removed because of a call to delete_handler/3, or remove_handler has been returned by a callback function (see below).', async () => {
    const module = handler()
    expect(await reasonAfter(module, (pid) => genEvent.deleteHandler(pid, module))).toEqual(['normal'])
    const byEvent = handler({ handleEvent: () => 'remove_handler' })
    expect(await reasonAfter(byEvent, (pid) => genEvent.syncNotify(pid, 'go'))).toEqual(['normal'])
    const byCall = handler({ handleCall: () => ['remove_handler', 'bye'] })
    expect(await reasonAfter(byCall, (pid) => genEvent.call(pid, byCall, 'go'))).toEqual(['normal'])
    const byInfo = handler({ handleInfo: () => 'remove_handler' })
    expect(await reasonAfter(byInfo, (pid) => node.send(pid, 'go'))).toEqual(['normal'])
  })

  test('shutdown, if the event handler has been removed because the event manager is terminating.', async () => {
    expect(await reasonAfter(handler(), (pid) => genEvent.stop(pid))).toEqual(['shutdown'])
  })

  test('{swapped,NewHandler,Pid}, if the process Pid has replaced the event handler with another event handler NewHandler using a call to swap_handler/3 or swap_sup_handler/3.', async () => {
    const [module, next] = [handler(), handler()]
    const [swapped]: any = await reasonAfter(module, (pid) => genEvent.swapHandler(pid, [module, 1], [next, 2]))
    expect(swapped.slice(0, 2)).toEqual(['swapped', next])
    let swapper: Pid | undefined
    const bySup = await reasonAfter(module, (pid) =>
      inside(node, async (self) => {
        swapper = self.pid
        await genEvent.swapSupHandler(pid, [module, 1], [next, 2])
      }),
    )
    expect(bySup).toEqual([['swapped', next, swapper]])
  })

  test('A term, if the event handler is removed because of an error. Which term depends on the error.', async () => {
    expect(await reasonAfter(handler({ handleEvent: boom }), (pid) => genEvent.syncNotify(pid, 'go'))).toEqual([FAILED])
    const bad = handler({ handleEvent: () => 'bad' as any })
    expect(await reasonAfter(bad, (pid) => genEvent.syncNotify(pid, 'go'))).toEqual(['bad'])
  })
})

describe('call/3,4', () => {
  test('Makes a synchronous call to event handler Handler installed in event manager EventMgrRef by sending a request and waiting until a reply arrives or a time-out occurs. The event manager calls Module:handle_call/2 to handle the request.', async () => {
    const pid = await manager()
    const module = handler({
      async handleCall(request, state, self) {
        await self.sleep(100)
        return ['ok', [request, state], state]
      },
    })
    await add(pid, module, 1)
    const answer = at(() => genEvent.call(pid, module, 'x'))
    await node.advance(100)
    expect(await answer).toEqual(['x', 1])
  })

  test('Request is any term that is passed as one of the arguments to Module:handle_call/2.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 1)
    for (const request of ['text', 0, null, undefined, [1], { type: 'x' }]) {
      expect(await at(() => genEvent.call(pid, module, request))).toEqual(['reply to', request])
    }
  })

  test('Timeout is an integer greater than zero that specifies how many milliseconds to wait for a reply, or the atom infinity to wait indefinitely. Defaults to 5000. If no reply is received within the specified time, the function call fails.', async () => {
    const pid = await manager()
    const module = handler({
      async handleCall(_request, state, self) {
        await self.sleep(10_000)
        return ['ok', 'late', state]
      },
    })
    await add(pid, module, 1)
    const over: unknown[] = []
    const note = (what: string) => (error: { reason?: unknown }) => void over.push([what, node.now(), error.reason])
    at(() => genEvent.call(pid, module, 'x', 50)).catch(note('50'))
    at(() => genEvent.call(pid, module, 'x')).catch(note('default'))
    const patient = at(() => genEvent.call(pid, module, 'x', 'infinity'))
    await node.advance(30_000)
    expect(over).toEqual([
      ['50', 50, 'timeout'],
      ['default', 5000, 'timeout'],
    ])
    expect(await patient).toBe('late')
  })

  test('The return value Reply is defined in the return value of Module:handle_call/2.', async () => {
    const pid = await manager()
    const module = handler({ handleCall: () => ['ok', { any: ['value'] }, 2] })
    await add(pid, module, 1)
    expect(await at(() => genEvent.call(pid, module, 'x'))).toEqual({ any: ['value'] })
  })

  test('If the specified event handler is not installed, the function returns {error,bad_module}.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, [module, 1], 1)
    expect(await at(() => genEvent.call(pid, module, 'x'))).toEqual(['error', 'bad_module'])
  })

  test("If the callback function fails with Reason or returns an unexpected value Term, this function returns {error,{'EXIT',Reason}} or {error,Term}, respectively.", async () => {
    const pid = await manager()
    const [failing, bad] = [handler({ handleCall: boom }), handler({ handleCall: () => 'bad' as any })]
    await add(pid, failing, 1)
    await add(pid, bad, 2)
    expect(await at(() => genEvent.call(pid, failing, 'x'))).toEqual(['error', FAILED])
    expect(await at(() => genEvent.call(pid, bad, 'x'))).toEqual(['error', 'bad'])
    expect(await installed(pid)).toEqual([])
  })

  test('differs: When this call fails it exits the calling process. (here: the promise rejects with a CallError, whose reason is the Reason of the page; a process that does not catch it ends)', async () => {
    const pid = await manager()
    const module = handler({ handleCall: (_request, _state, self) => self.exit(self.pid, 'kill') as any })
    await add(pid, module, 1)
    const caller = node.spawn(async () => void (await genEvent.call(pid, module, 'x')))
    const watch = node.probe<any>()
    watch.monitor(caller)
    expect((await watch.next()).reason).toMatchObject({ value: 'killed', error: { code: 'GENSOCK_ERR_CALL' } })
    node.expectCrash('killed')
  })
})

/** Runs in a process: a request to `module`, and what `look` makes of it. */
async function asked<T>(
  module: any,
  look: (id: any, self: Receiver<any>, pid: EventManager) => T | Promise<T>,
  withinMs = 0,
): Promise<T> {
  const pid = await manager()
  return inside(node, (self) => look(genEvent.sendRequest(pid, module, 'request'), self, pid), { withinMs })
}
const failing = handlers()
function handlers(): { readonly fails: Any; readonly bad: Any; readonly slow: Any } {
  return {
    fails: { ...plain(), handleCall: boom },
    bad: { ...plain(), handleCall: () => 'bad' as any },
    slow: {
      ...plain(),
      async handleCall(request, state, self) {
        await self.sleep(100)
        return ['ok', ['reply to', request], state]
      },
    },
  }
}
function plain(): Any {
  return {
    init: (arg) => ['ok', arg],
    handleEvent: (_event, state) => ['ok', state],
    handleCall: (request, state) => ['ok', ['reply to', request], state],
  }
}

describe.each([
  [
    'check_response/2',
    async (id: any, self: Receiver<any>) => self.run(async () => genEvent.checkResponse(await self.receive(), id)),
  ],
  ['receive_response/2', (id: any) => genEvent.receiveResponse(id, 1000)],
  ['wait_response/2', (id: any) => genEvent.waitResponse(id, 1000)],
] as const)('%s', (_name, look) => {
  test("If the specified event handler is not installed, the function returns {error,bad_module}. If the callback function fails with Reason or returns an unexpected value Term, this function returns {error,{'EXIT',Reason}} or {error,Term}, respectively.", async () => {
    expect(await asked(handler(), look)).toEqual(['error', 'bad_module'])
    const pid = await manager()
    for (const module of [failing.fails, failing.bad]) await add(pid, module, 1)
    const of = (module: Any): Promise<unknown> =>
      inside(node, (self) => look(genEvent.sendRequest(pid, module, 'x') as any, self))
    expect(await of(failing.fails)).toEqual(['error', FAILED])
    expect(await of(failing.bad)).toEqual(['error', 'bad'])
  })

  test('The return value Reply is defined in the return value of Module:handle_call/3.', async () => {
    const pid = await manager()
    const module = handler({ handleCall: () => ['ok', { any: 'term' }, 1] })
    await add(pid, module, 1)
    const body = (self: Receiver<any>): unknown => look(genEvent.sendRequest(pid, module, 'x') as any, self)
    expect(await inside(node, body)).toEqual(['reply', { any: 'term' }])
  })

  test('The request must have been made by send_request/3', async () => {
    for (const bad of [undefined, {}, node.makeRef()] as any[]) {
      const body = async (self: Receiver<any>): Promise<unknown> => {
        self.send(self.pid, 'a message')
        return look(bad, self)
      }
      await expect(inside(node, body)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    }
  })

  test('If the event manager dies before or during the request this function returns {error,{Reason, EventMgrRef}}.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const during = inside(
      node,
      (self) => {
        const id = genEvent.sendRequest(pid, failing.slow, 'x')
        self.exit(pid, 'kill')
        return look(id as any, self)
      },
      { withinMs: 10 },
    )
    expect(await during).toEqual(['error', ['killed', pid]])
    const before = await inside(node, (self) => look(genEvent.sendRequest(pid, failing.slow, 'x') as any, self))
    expect(before).toEqual(['error', ['noproc', pid]])
  })
})

describe('check_response/2', () => {
  test('Check if Msg is a response corresponding to the request identifier ReqId. The request must have been made by send_request/3.', async () => {
    const pid = await manager()
    await add(pid, plain(), 1)
    const [module] = (await installed(pid)) as [Any]
    await inside(node, async (self) => {
      const [one, two] = ['a', 'b'].map((what) => genEvent.sendRequest(pid, module, what)) as [any, any]
      const message = await self.receive(isReply)
      expect(genEvent.checkResponse(message, two)).toBe('no_reply')
      expect(genEvent.checkResponse(message, one)).toEqual(['reply', ['reply to', 'a']])
      expect(thrownBy(() => genEvent.checkResponse(message, {} as any))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    })
  })

  test('If Msg is a response corresponding to ReqId the response is returned; otherwise, no_reply is returned and no cleanup is done, and thus the function must be invoked repeatedly until a response is returned.', async () => {
    const pid = await manager()
    const module = plain()
    await add(pid, module, 1)
    await inside(node, async (self) => {
      self.send(self.pid, 'something else')
      const id = genEvent.sendRequest(pid, module, 'a')
      expect(genEvent.checkResponse(await self.receive(), id)).toBe('no_reply')
      expect(genEvent.checkResponse(await self.receive(), id)).toEqual(['reply', ['reply to', 'a']])
    })
  })
})

describe('delete_handler/3', () => {
  test('Deletes an event handler from event manager EventMgrRef. The event manager calls Module:terminate/2 to terminate the event handler.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 1)
    await at(() => genEvent.deleteHandler(pid, module, 'args'))
    expect(log.at(-1)).toEqual(['terminate', 'args', 1])
    expect(await installed(pid)).toEqual([])
  })

  test('Args is any term that is passed as one of the arguments to Module:terminate/2.', async () => {
    const pid = await manager()
    const module = handler()
    for (const args of ['text', 5, { a: 1 }, undefined]) {
      await add(pid, module, 1)
      await at(() => genEvent.deleteHandler(pid, module, args))
      expect(log.at(-1)).toEqual(['terminate', args, 1])
    }
  })

  test("The return value is the return value of Module:terminate/2. If the specified event handler is not installed, the function returns {error,module_not_found}. If the callback function fails with Reason, the function returns {'EXIT',Reason}.", async () => {
    const pid = await manager()
    const [module, bad] = [handler(), handler({ terminate: boom })]
    await add(pid, module, 1)
    await add(pid, bad, 2)
    expect(await at(() => genEvent.deleteHandler(pid, module))).toEqual(['left', 1])
    expect(await at(() => genEvent.deleteHandler(pid, module))).toEqual(['error', 'module_not_found'])
    expect(await at(() => genEvent.deleteHandler(pid, bad))).toEqual(FAILED)
  })
})

describe('notify/2, sync_notify/2', () => {
  test('Sends an event notification to event manager EventMgrRef. The event manager calls Module:handle_event/2 for each installed event handler to handle the event.', async () => {
    const pid = await manager()
    const module = handler()
    for (const id of [1, 2]) await add(pid, [module, id], id)
    log = []
    at(() => genEvent.notify(pid, 'a'))
    await at(() => genEvent.syncNotify(pid, 'b'))
    expect(log).toEqual(['a', 'b'].flatMap((event) => [2, 1].map((id) => ['handleEvent', event, id])))
  })

  test('notify/2 is asynchronous and returns immediately after the event notification has been sent.', async () => {
    const pid = await manager()
    await add(pid, handler(), 1)
    log = []
    at(() => genEvent.notify(pid, 'event'))
    expect(log).toEqual([])
    await node.advance(0)
    expect(log).toEqual([['handleEvent', 'event', 1]])
  })

  test('sync_notify/2 is synchronous in the sense that it returns ok after the event has been handled by all event handlers.', async () => {
    const pid = await manager()
    const slow = handler({
      async handleEvent(_event, state, self) {
        await self.sleep(100)
        return ['ok', state]
      },
    })
    for (const id of [1, 2]) await add(pid, [slow, id], id)
    let answer: unknown
    void at(() => genEvent.syncNotify(pid, 'event')).then((value) => void (answer = [value, node.now()]))
    await node.advance(1000)
    expect(answer).toEqual(['ok', 200])
  })

  test('Event is any term that is passed as one of the arguments to Module:handle_event/2.', async () => {
    const pid = await manager()
    await add(pid, handler(), 1)
    log = []
    const events = ['text', 0, null, undefined, [1], { type: 'x' }]
    for (const event of events) at(() => genEvent.notify(pid, event))
    await node.advance(0)
    expect(log).toEqual(events.map((event) => ['handleEvent', event, 1]))
  })

  test('notify/1 does not fail even if the specified event manager does not exist, unless it is specified as Name.', async () => {
    const pid = await manager()
    await at(() => genEvent.stop(pid))
    expect(at(() => genEvent.notify(pid, 'event'))).toBe(undefined)
    expect(thrownBy(() => at(() => genEvent.notify('nobody', 'event')))).toMatchObject({
      code: 'GENSOCK_ERR_NOPROC',
      reason: 'badarg',
    })
  })
})

describe('receive_response/2', () => {
  test('This function must be called from the same process from which send_request/3 was made.', async () => {
    const pid = await manager()
    const module = plain()
    await add(pid, module, 1)
    const id = await inside(node, () => genEvent.sendRequest(pid, module, 'x'))
    await expect(inside(node, () => genEvent.receiveResponse(id, 100), { withinMs: 100 })).resolves.toBe('timeout')
    expect(thrownBy(() => at(() => genEvent.receiveResponse(id, 100)))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })

  test('Timeout specifies how long to wait for a response. If no response is received within the specified time, the function returns timeout. Assuming that the server executes on a node supporting aliases (introduced in OTP 24) the request will also be abandoned. That is, no response will be received after a timeout.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const id = genEvent.sendRequest(pid, failing.slow, 'x')
      expect(await genEvent.receiveResponse(id, 50)).toBe('timeout')
      expect(node.now()).toBe(50)
      return self.receive({ afterMs: 1000 })
    }
    expect(await inside(node, body, { withinMs: 2000 })).toBe(undefined)
  })

  test('The difference between wait_response/2 and receive_response/2 is that receive_response/2 abandons the request at timeout so that a potential future response is ignored, while wait_response/2 does not.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const body = (wait: 'receiveResponse' | 'waitResponse') => async (self: Receiver<any>) => {
      const id = genEvent.sendRequest(pid, failing.slow, 'x')
      const first = await genEvent[wait](id, 50)
      return [first, await self.run(() => genEvent.waitResponse(id, 1000))]
    }
    expect(await inside(node, body('receiveResponse'), { withinMs: 2000 })).toEqual(['timeout', 'timeout'])
    expect(await inside(node, body('waitResponse'), { withinMs: 2000 })).toEqual(['timeout', ['reply', ['reply to', 'x']]])
  })
})

describe('wait_response/2', () => {
  test('The difference between receive_response/2 and wait_response/2 is that receive_response/2 abandons the request at timeout so that a potential future response is ignored, while wait_response/2 does not.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const id = genEvent.sendRequest(pid, failing.slow, 'x')
      const first = await genEvent.waitResponse(id, 50)
      return [first, genEvent.checkResponse(await self.receive(), id)]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual(['timeout', ['reply', ['reply to', 'x']]])
  })

  test('Wait for a response corresponding to the request identifier ReqId.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const body = async (): Promise<unknown> => genEvent.waitResponse(genEvent.sendRequest(pid, failing.slow, 'x'), 1000)
    expect(await inside(node, body, { withinMs: 100 })).toEqual(['reply', ['reply to', 'x']])
  })

  test('WaitTime specifies how long to wait for a response. If no response is received within the specified time, the function returns timeout and no cleanup is done, and thus the function can be invoked repeatedly until a reply is returned.', async () => {
    const pid = await manager()
    await add(pid, failing.slow, 1)
    const body = async (self: Receiver<any>): Promise<unknown[]> => {
      const id = genEvent.sendRequest(pid, failing.slow, 'x')
      const answers: unknown[] = []
      while (answers.at(-1) === 'timeout' || answers.length === 0)
        answers.push(await self.run(() => genEvent.waitResponse(id, 40)))
      return answers
    }
    expect(await inside(node, body, { withinMs: 1000 })).toEqual(['timeout', 'timeout', ['reply', ['reply to', 'x']]])
  })
})

describe('send_request/3', () => {
  test('Sends an asynchronous call request Request to event handler Handler installed in the event manager identified by EventMgrRef and returns a request identifier ReqId. The return value ReqId shall later be used with receive_response/2, wait_response/2, or check_response/2 to fetch the actual result of the request.', async () => {
    const pid = unwrap(await at(() => genEvent.start({ name: 'events' })))
    const module = plain()
    await add(pid, module, 1)
    for (const ref of [pid, 'events']) {
      const body = (): Promise<unknown> => genEvent.receiveResponse(genEvent.sendRequest(ref, module, 'x'))
      expect(await inside(node, body)).toEqual(['reply', ['reply to', 'x']])
    }
  })

  test('The call gen_event:receive_response(gen_event:send_request(EventMgrRef, Handler, Request), Timeout) can be seen as equivalent to gen_event:call(EventMgrRef, Handler, Request, Timeout), ignoring the error handling.', async () => {
    const pid = await manager()
    const module = plain()
    await add(pid, module, 1)
    const called = await at(() => genEvent.call(pid, module, 'x', 100))
    const body = (): Promise<unknown> => genEvent.receiveResponse(genEvent.sendRequest(pid, module, 'x'), 100)
    expect(await inside(node, body)).toEqual(['reply', called])
  })

  test('Request is any term that is passed as one of the arguments to Module:handle_call/3.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 1)
    for (const request of ['text', 0, null, undefined, [1], { type: 'x' }]) {
      await inside(node, () => void genEvent.sendRequest(pid, module, request))
      expect(log.at(-1)).toEqual(['handleCall', request, 1])
    }
  })

  test('The event manager calls Module:handle_call/2 to handle the request.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 1)
    await inside(node, () => void genEvent.sendRequest(pid, module, { a: 1 }))
    expect(log.at(-1)).toEqual(['handleCall', { a: 1 }, 1])
  })
})

describe('start/0,1,2', () => {
  test('Creates a stand-alone event manager process, that is, an event manager that is not part of a supervision tree and thus has no supervisor.', async () => {
    const pid = await inside(node, async (self) => {
      const started = unwrap(await genEvent.start())
      expect(self.processInfo(started, 'links')).toEqual([])
      return started
    })
    expect(node.isAlive(pid)).toBe(true)
  })
})

describe('start_link/0,1,2', () => {
  test('Creates an event manager process as part of a supervision tree. The function is to be called, directly or indirectly, by the supervisor. For example, it ensures that the event manager is linked to the supervisor.', async () => {
    await inside(node, async (self) => {
      const pid = unwrap(await genEvent.startLink())
      expect(self.processInfo(pid, 'links')).toEqual([self.pid])
    })
  })

  test('If EventMgrName={local,Name}, the event manager is registered locally as Name using register/2.', async () => {
    const pid = unwrap(await at(() => genEvent.start({ name: { local: 'events' } })))
    expect(node.whereis('events')).toBe(pid)
    expect(node.processInfo(pid, 'registered_name')).toBe('events')
  })

  test('If no name is provided, the event manager is not registered.', async () => {
    expect(node.processInfo(await manager(), 'registered_name')).toBe(undefined)
  })

  test('If the event manager is successfully created, the function returns {ok,Pid}, where Pid is the pid of the event manager. If a process with the specified EventMgrName exists already, the function returns {error,{already_started,Pid}}, where Pid is the pid of that process.', async () => {
    const result = await at(() => genEvent.start({ name: 'events' }))
    const pid = unwrap(result)
    expect(result).toEqual(['ok', pid])
    expect(await at(() => genEvent.start({ name: 'events' }))).toEqual(['error', ['already_started', pid]])
    const other = node.spawn(idle, { name: 'other' })
    expect(await inside(node, () => genEvent.startLink({ name: 'other' }))).toEqual(['error', ['already_started', other]])
  })
})

describe('start_monitor/0,1,2', () => {
  test('Creates a stand-alone event manager process, that is, an event manager that is not part of a supervision tree (and thus has no supervisor) and atomically sets up a monitor to the newly created process.', async () => {
    const [links, down] = await inside(node, async (self: Receiver<any>) => {
      const result = await genEvent.startMonitor()
      if (result[0] !== 'ok') throw new Error('not started')
      const [pid, ref] = result[1]
      const before = self.processInfo(pid, 'links')
      self.exit(pid, 'kill')
      const message = await self.receive('DOWN')
      return [before, [message.pid.equals(pid), message.ref.equals(ref), message.reason]]
    })
    expect(links).toEqual([])
    expect(down).toEqual([true, true, 'killed'])
  })

  test('Note that the return value on successful start differs from start_link/3,4. start_monitor/3,4 will return {ok,{Pid,Mon}} where Pid is the process identifier of the process, and Mon is a reference to the monitor set up to monitor the process.', async () => {
    const result: any = await inside(node, () => genEvent.startMonitor())
    expect(result).toEqual(['ok', [expect.objectContaining({ id: expect.any(Number) }), expect.anything()]])
  })

  test('If the start is not successful, the caller will be blocked until the DOWN message has been received and removed from the message queue.', async () => {
    node.spawn(idle, { name: 'taken' })
    const left = await inside(node, async (self) => {
      const [tag] = await genEvent.startMonitor({ name: 'taken' })
      return [tag, await self.receive({ afterMs: 0 })]
    })
    expect(left).toEqual(['error', undefined])
  })
})

describe('stop/1,3', () => {
  test('Orders event manager EventMgrRef to exit with the specifies Reason and waits for it to terminate. Before terminating, gen_event calls Module:terminate(stop,...) for each installed event handler.', async () => {
    const pid = await manager()
    const watch = node.probe<any>()
    watch.monitor(pid)
    const slow = handler({
      async terminate(arg, state) {
        await new Promise(setImmediate)
        log.push(['terminate', arg, state])
      },
    })
    for (const id of [1, 2]) await add(pid, [slow, id], id)
    log = []
    await at(() => genEvent.stop(pid, 'shutdown'))
    expect(node.isAlive(pid)).toBe(false)
    expect(log).toEqual([
      ['terminate', 'stop', 2],
      ['terminate', 'stop', 1],
    ])
    expect((await watch.next()).reason).toBe('shutdown')
  })

  test('The function returns ok if the event manager terminates with the expected reason.', async () => {
    const [one, two] = [await manager(), await manager()]
    await expect(at(() => genEvent.stop(one, ['shutdown', 'expected']))).resolves.toBe(undefined)
    await add(two, handler({ terminate: (_arg, _state, self) => self.exit(self.pid, 'kill') }), 1)
    await expect(at(() => genEvent.stop(two))).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'killed' })
  })

  test('Any other reason than normal, shutdown, or {shutdown,Term} causes an error report to be issued using logger(3erl).', async () => {
    const reasons: unknown[] = ['normal', 'shutdown', ['shutdown', 'why'], 'other']
    const reported: unknown[] = []
    const own = createNode({ logger: { ...silentLogger, error: (facts: any) => void reported.push(facts.reason) } })
    for (const reason of reasons) {
      const pid = unwrap(await own.run(() => genEvent.start()))
      await own.run(() => genEvent.stop(pid, reason as string))
    }
    expect(reported).toEqual(['other'])
    await own.stop()
  })

  test('The default Reason is normal.', async () => {
    const pid = await manager()
    const watch = node.probe<any>()
    watch.monitor(pid)
    await at(() => genEvent.stop(pid))
    expect((await watch.next()).reason).toBe('normal')
  })

  test('Timeout is an integer greater than zero that specifies how many milliseconds to wait for the event manager to terminate, or the atom infinity to wait indefinitely. Defaults to infinity. If the event manager has not terminated within the specified time, the call exits the calling process with reason timeout.', async () => {
    const slow = handler({ terminate: (_arg, _state, self) => self.sleep(60_000) })
    const [one, two] = [await manager(), await manager()]
    for (const pid of [one, two]) await add(pid, slow, 1)
    const over: unknown[] = []
    at(() => genEvent.stop(one, 'normal', 100)).catch((error) => void over.push([error.reason, node.now()]))
    void at(() => genEvent.stop(two)).then(() => void over.push(['stopped', node.now()]))
    await node.advance(100)
    expect(over).toEqual([['timeout', 100]])
    await node.advance(60_000)
    expect(over.slice(1)).toEqual([['stopped', 60_000]])
  })

  test('If the process does not exist, the call exits the calling process with reason noproc,', async () => {
    const pid = await manager()
    await at(() => genEvent.stop(pid))
    await expect(at(() => genEvent.stop(pid))).rejects.toMatchObject({ reason: 'noproc' })
  })
})

describe('swap_handler/3', () => {
  test('Replaces an old event handler with a new event handler in event manager EventMgrRef.', async () => {
    const pid = await manager()
    const [old, next] = [handler(), handler()]
    await add(pid, old, 1)
    expect(await at(() => genEvent.swapHandler(pid, [old, 'a'], [[next, 'id'], 'b']))).toBe('ok')
    expect(await installed(pid)).toEqual([[next, 'id']])
  })

  test('First the old event handler Handler1 is deleted. The event manager calls Module1:terminate(Args1, ...), where Module1 is the callback module of Handler1, and collects the return value.', async () => {
    const pid = await manager()
    const [old, next] = [handler(), handler()]
    await add(pid, old, 1)
    log = []
    await at(() => genEvent.swapHandler(pid, [old, 'Args1'], [next, 'Args2']))
    expect(log[0]).toEqual(['terminate', 'Args1', 1])
  })

  test('Then the new event handler Handler2 is added and initiated by calling Module2:init({Args2,Term}), where Module2 is the callback module of Handler2 and Term is the return value of Module1:terminate/2. This makes it possible to transfer information from Handler1 to Handler2.', async () => {
    const pid = await manager()
    const [old, next] = [handler(), handler()]
    await add(pid, old, 1)
    await at(() => genEvent.swapHandler(pid, [old, 'Args1'], [next, 'Args2']))
    expect(log.slice(1)).toEqual([
      ['terminate', 'Args1', 1],
      ['init', ['Args2', ['left', 1]]],
    ])
  })

  test("The new handler is added even if the the specified old event handler is not installed, in which case Term=error, or if Module1:terminate/2 fails with Reason, in which case Term={'EXIT',Reason}. The old handler is deleted even if Module2:init/1 fails.", async () => {
    const pid = await manager()
    const [bad, next] = [handler({ terminate: boom }), handler()]
    expect(await at(() => genEvent.swapHandler(pid, [bad, 1], [next, 'Args2']))).toBe('ok')
    expect(log.at(-1)).toEqual(['init', ['Args2', 'error']])
    await add(pid, bad, 1)
    expect(await at(() => genEvent.swapHandler(pid, [bad, 1], [next, 'Args2']))).toBe('ok')
    expect(log.at(-1)).toEqual(['init', ['Args2', FAILED]])
    await at(() => genEvent.swapHandler(pid, [next, 1], [handler({ init: boom }), 'Args2']))
    expect(await installed(pid)).toEqual([next])
  })

  test('If there was a supervised connection between Handler1 and a process Pid, there is a supervised connection between Handler2 and Pid instead.', async () => {
    const pid = await manager()
    const [old, next] = [handler(), handler()]
    const heard: GenEventExit[] = []
    const process = client(pid, old, 1, heard)
    await node.advance(0)
    await at(() => genEvent.swapHandler(pid, [old, 'a'], [next, 'b']))
    await node.advance(0)
    expect(heard.map(({ reason }) => reason)).toEqual([['swapped', next, process]])
    end(process, 'over')
    await node.advance(0)
    expect(log.at(-1)).toEqual(['terminate', ['stop', 'over'], ['b', ['left', 1]]])
    expect(await installed(pid)).toEqual([])
  })

  test("If Module2:init/1 returns a correct value, this function returns ok. If Module2:init/1 fails with Reason or returns an unexpected value Term, this function returns {error,{'EXIT',Reason}} or {error,Term}, respectively.", async () => {
    const pid = await manager()
    const old = handler()
    const swap = (next: Any): Promise<unknown> => at(() => genEvent.swapHandler(pid, [old, 1], [next, 2]))
    expect(await swap(handler())).toBe('ok')
    expect(await swap(handler({ init: boom }))).toEqual(['error', FAILED])
    expect(await swap(handler({ init: () => 'other' as any }))).toEqual(['error', 'other'])
    expect(await swap(handler({ init: () => ['error', 'no'] }))).toEqual(['error', ['error', 'no']])
  })
})

describe('swap_sup_handler/3', () => {
  test('Replaces an event handler in event manager EventMgrRef in the same way as swap_handler/3, but also supervises the connection between Handler2 and the calling process.', async () => {
    const pid = await manager()
    const [old, next] = [handler(), handler()]
    await add(pid, old, 1)
    const process = node.spawn(async (self: Receiver<any>) => {
      await genEvent.swapSupHandler(pid, [old, 'a'], [next, 'b'])
      self.exit((await self.receive()).reason)
    })
    await node.advance(0)
    expect(await installed(pid)).toEqual([next])
    end(process, 'over')
    await node.advance(0)
    expect(log.at(-1)).toEqual(['terminate', ['stop', 'over'], ['b', ['left', 1]]])
    expect(await installed(pid)).toEqual([])
  })
})

describe('which_handlers/1', () => {
  test('Returns a list of all event handlers installed in event manager EventMgrRef.', async () => {
    const pid = await manager()
    const [one, two] = [handler(), handler()]
    expect(await installed(pid)).toEqual([])
    await add(pid, one, 1)
    await add(pid, [two, 'id'], 2)
    expect(await installed(pid)).toEqual([[two, 'id'], one])
  })
})

describe('Module:handle_call/2', () => {
  test('Whenever an event manager receives a request sent using call/3,4, this function is called for the specified event handler to handle the request.', async () => {
    const pid = await manager()
    const module = handler()
    for (const id of [1, 2, 3]) await add(pid, [module, id], id)
    log = []
    await at(() => genEvent.call(pid, [module, 2], 'x'))
    expect(log).toEqual([['handleCall', 'x', 2]])
  })

  test('The return values are the same as for Module:handle_event/2 except that they also contain a term Reply, which is the reply to the client as the return value of call/3,4.', async () => {
    const pid = await manager()
    const next = handler()
    const results: Record<string, any> = {
      ok: ['ok', 'reply', 2],
      hibernate: ['ok', 'reply', 2, 'hibernate'],
      swap: ['swap_handler', 'reply', 'Args1', 2, next, 'Args2'],
      remove: ['remove_handler', 'reply'],
    }
    const module = handler({ handleCall: (request: string) => results[request] })
    const after: Record<string, unknown> = {}
    for (const request of Object.keys(results)) {
      await add(pid, [module, request], 1)
      log = []
      expect(await at(() => genEvent.call(pid, [module, request], request))).toBe('reply')
      after[request] = [[...log], await at(() => sys.getState(pid))]
      await at(() => genEvent.deleteHandler(pid, [module, request]))
      await at(() => genEvent.deleteHandler(pid, next))
    }
    expect(after).toEqual({
      ok: [[], [[module, 'ok', 2]]],
      hibernate: [[], [[module, 'hibernate', 2]]],
      swap: [
        [
          ['terminate', 'Args1', 2],
          ['init', ['Args2', ['left', 2]]],
        ],
        [[next, false, ['Args2', ['left', 2]]]],
      ],
      remove: [[['terminate', 'remove_handler', 1]], []],
    })
  })
})

describe('Module:handle_event/2', () => {
  test('Whenever an event manager receives an event sent using notify/2 or sync_notify/2, this function is called for each installed event handler to handle the event.', async () => {
    const pid = await manager()
    for (const id of [1, 2]) await add(pid, [handler(), id], id)
    log = []
    at(() => genEvent.notify(pid, 'n'))
    await at(() => genEvent.syncNotify(pid, 's'))
    expect(log).toEqual(['n', 's'].flatMap((event) => [2, 1].map((id) => ['handleEvent', event, id])))
  })

  test('If {ok,NewState} or {ok,NewState,hibernate} is returned, the event handler remains in the event manager with the possible updated internal state NewState.', async () => {
    const pid = await manager()
    const counter = handler({ handleEvent: (event, n) => (event === 'sleep' ? ['ok', n + 1, 'hibernate'] : ['ok', n + 1]) })
    await add(pid, counter, 0)
    for (const event of ['a', 'sleep', 'b']) await at(() => genEvent.syncNotify(pid, event))
    expect(await at(() => sys.getState(pid))).toEqual([[counter, false, 3]])
  })

  test('If {swap_handler,Args1,NewState,Handler2,Args2} is returned, the event handler is replaced by Handler2 by first calling Module:terminate(Args1,NewState) and then Module2:init({Args2,Term}), where Term is the return value of Module:terminate/2.', async () => {
    const pid = await manager()
    const next = handler()
    await add(pid, handler({ handleEvent: () => ['swap_handler', 'Args1', 'NewState', [next, 2], 'Args2'] }), 1)
    log = []
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log).toEqual([
      ['terminate', 'Args1', 'NewState'],
      ['init', ['Args2', ['left', 'NewState']]],
    ])
    expect(await installed(pid)).toEqual([[next, 2]])
  })

  test('If remove_handler is returned, the event handler is deleted by calling Module:terminate(remove_handler,State).', async () => {
    const pid = await manager()
    await add(pid, handler({ handleEvent: () => 'remove_handler' }), 'State')
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log.at(-1)).toEqual(['terminate', 'remove_handler', 'State'])
    expect(await installed(pid)).toEqual([])
  })
})

describe('Module:handle_info/2', () => {
  test('This callback is optional, so callback modules need not export it.', async () => {
    const pid = await manager()
    const module = plain()
    await add(pid, module, 1)
    node.send(pid, 'unexpected')
    expect(await installed(pid)).toEqual([module])
  })

  test('The gen_event module provides a default implementation of this function that logs about the unexpected Info message, drops it and returns {ok, State}.', async () => {
    const warnings: string[] = []
    const own = createNode({ logger: { ...silentLogger, warn: (_facts, text) => void warnings.push(text) } })
    const pid = unwrap(await own.run(() => genEvent.start()))
    await own.run(() => genEvent.addHandler(pid, plain(), 'State'))
    own.send(pid, 'unexpected')
    expect((await own.run(() => sys.getState(pid)))[0][2]).toBe('State')
    expect(warnings).toEqual([expect.stringContaining("dropped 'unexpected'")])
    await own.stop()
  })

  test('This function is called for each installed event handler when an event manager receives any other message than an event or a synchronous request (or a system message).', async () => {
    const pid = await manager()
    for (const id of [1, 2]) await add(pid, [handler(), id], id)
    log = []
    node.send(pid, { type: 'hello' })
    await node.advance(0)
    expect(log).toEqual([2, 1].map((id) => ['handleInfo', { type: 'hello' }, id]))
    await at(() => sys.getState(pid))
    expect(log).toHaveLength(2)
  })

  test("In particular, this callback will be made when a process terminated after calling add_sup_handler/3. Any event handler attached to an event manager which in turn has a supervised handler should expect callbacks of the shape Module:handle_info({'EXIT', Pid, Reason}, State).", async () => {
    const pid = await manager()
    await add(pid, handler(), 'State')
    const process = client(pid, handler(), 1)
    await node.advance(0)
    end(process, 'Reason')
    await node.advance(0)
    expect(log.at(-1)).toEqual(['handleInfo', expect.objectContaining({ type: 'EXIT', pid: process, reason: 'Reason' }), 'State'])
  })

  test('For a description of State and possible return values, see Module:handle_event/2.', async () => {
    const pid = await manager()
    const next = handler()
    const results: Record<string, any> = {
      ok: ['ok', 2],
      hibernate: ['ok', 3, 'hibernate'],
      swap: ['swap_handler', 'Args1', 4, next, 'Args2'],
      remove: 'remove_handler',
    }
    const module = handler({ handleInfo: (message: string) => results[message] })
    const states: unknown[] = []
    await add(pid, module, 1)
    for (const message of ['ok', 'hibernate', 'swap']) {
      node.send(pid, message)
      states.push((await at(() => sys.getState(pid)))[0][2])
    }
    expect(states).toEqual([2, 3, ['Args2', ['left', 4]]])
    await at(() => genEvent.deleteHandler(pid, next))
    await add(pid, module, 1)
    node.send(pid, 'remove')
    expect(await installed(pid)).toEqual([])
  })
})

describe('Module:init/1', () => {
  test('Whenever a new event handler is added to an event manager, this function is called to initialize the event handler.', async () => {
    const pid = await manager()
    for (const id of [1, 2]) await add(pid, [handler(), id], id)
    expect(log).toEqual([
      ['init', 1],
      ['init', 2],
    ])
  })

  test('If the event handler is added because of a call to add_handler/3 or add_sup_handler/3, InitArgs is the Args argument of these functions.', async () => {
    const pid = await manager()
    await add(pid, handler(), 'Args')
    client(pid, handler(), 'Sup Args')
    await node.advance(0)
    expect(log).toEqual([
      ['init', 'Args'],
      ['init', 'Sup Args'],
    ])
  })

  test('If the event handler replaces another event handler because of a call to swap_handler/3 or swap_sup_handler/3, or because of a swap return tuple from one of the other callback functions, InitArgs is a tuple {Args,Term}, where Args is the argument provided in the function call/return tuple and Term is the result of terminating the old event handler, see swap_handler/3.', async () => {
    const pid = await manager()
    const [one, two] = [handler(), handler()]
    const three = handler({ handleEvent: (_event, state) => ['swap_handler', 'a', state, two, 'by event'] })
    await add(pid, one, 1)
    await at(() => genEvent.swapHandler(pid, [one, 'a'], [two, 'by call']))
    await inside(node, () => genEvent.swapSupHandler(pid, [two, 'a'], [one, 'by sup call']))
    await add(pid, three, 3)
    await at(() => genEvent.syncNotify(pid, 'go'))
    expect(log.filter(([callback]: any) => callback === 'init').map(([, arg]: any) => arg)).toEqual([
      1,
      ['by call', ['left', 1]],
      ['by sup call', ['left', ['by call', ['left', 1]]]],
      3,
      ['by event', ['left', 3]],
    ])
  })

  test('If successful, the function returns {ok,State} or {ok,State,hibernate}, where State is the initial internal state of the event handler.', async () => {
    const pid = await manager()
    expect(await add(pid, [handler({ init: () => ['ok', 'awake'] }), 1])).toBe('ok')
    expect(await add(pid, [handler({ init: () => ['ok', 'asleep', 'hibernate'] }), 2])).toBe('ok')
    expect((await at(() => sys.getState(pid))).map(([, id, state]: any) => [id, state])).toEqual([
      [2, 'asleep'],
      [1, 'awake'],
    ])
  })
})

describe('Module:terminate/2', () => {
  test('This callback is optional, so callback modules need not export it.', async () => {
    const pid = await manager()
    await add(pid, plain(), 1)
    await expect(at(() => genEvent.stop(pid))).resolves.toBe(undefined)
  })

  test('The gen_event module provides a default implementation without cleanup.', async () => {
    const pid = await manager()
    const module = plain()
    await add(pid, module, 1)
    expect(await at(() => genEvent.deleteHandler(pid, module, 'args'))).toBe('ok')
    expect(await installed(pid)).toEqual([])
  })

  test('Whenever an event handler is deleted from an event manager, this function is called.', async () => {
    const pid = await manager()
    const module = handler({
      handleEvent: () => 'remove_handler',
      handleCall: () => 'bad' as any,
      handleInfo: boom,
    })
    const ways: (() => unknown)[] = [
      () => genEvent.deleteHandler(pid, module),
      () => genEvent.syncNotify(pid, 'go'),
      () => genEvent.call(pid, module, 'go'),
      () => node.send(pid, 'go'),
      () => genEvent.swapHandler(pid, [module, 'a'], [handler({ init: boom }), 'b']),
      () => genEvent.stop(pid),
    ]
    for (const way of ways) {
      await add(pid, module, 1)
      log = []
      await at(way)
      await node.advance(0)
      expect(log.map(([callback]: any) => callback)).toEqual(['terminate'])
    }
  })

  test('If the event handler is deleted because of a call to delete_handler/3, swap_handler/3, or swap_sup_handler/3, Arg is the Args argument of this function call.', async () => {
    const pid = await manager()
    const module = handler()
    await add(pid, module, 1)
    await at(() => genEvent.swapHandler(pid, [module, 'swap'], [module, 2]))
    await inside(node, () => genEvent.swapSupHandler(pid, [module, 'swap sup'], [module, 3]))
    await add(pid, module, 4)
    await at(() => genEvent.deleteHandler(pid, module, 'delete'))
    const args = log.filter(([callback]: any) => callback === 'terminate').map(([, arg]: any) => arg)
    expect(args).toEqual(['swap', 'swap sup', ['stop', 'normal'], 'delete'])
  })

  test('Arg={stop,Reason} if the event handler has a supervised connection to a process that has terminated with reason Reason.', async () => {
    const pid = await manager()
    const process = client(pid, handler(), 1)
    await node.advance(0)
    end(process, ['some', 'Reason'])
    await node.advance(0)
    expect(log.at(-1)).toEqual(['terminate', ['stop', ['some', 'Reason']], 1])
  })

  test('Arg=stop if the event handler is deleted because the event manager is terminating.', async () => {
    const pid = await manager()
    await add(pid, handler(), 1)
    await at(() => genEvent.stop(pid))
    expect(log.at(-1)).toEqual(['terminate', 'stop', 1])
  })

  test('The event manager terminates if it is part of a supervision tree and it is ordered by its supervisor to terminate.', async () => {
    const children = [{ id: 'events', start: () => genEvent.startLink({ name: 'events' }) }]
    const top = unwrap(await at(() => supervisor.start({ children })))
    await at(() => genEvent.addHandler('events', handler(), 1))
    await at(() => supervisor.terminateChild(top, 'events'))
    expect(log.at(-1)).toEqual(['terminate', 'stop', 1])
    expect(node.whereis('events')).toBe(undefined)
  })

  test("Even if it is not part of a supervision tree, it terminates if it receives an 'EXIT' message from its parent.", async () => {
    let pid: EventManager | undefined
    node.spawn(async (self) => {
      pid = unwrap(await genEvent.startLink())
      await genEvent.addHandler(pid, handler(), 1)
      self.exit('the parent ends')
    })
    const watch = node.probe<any>()
    await node.settle()
    watch.monitor(pid as Pid)
    expect(log.at(-1)).toEqual(['terminate', 'stop', 1])
    expect(node.isAlive(pid as Pid)).toBe(false)
    node.expectCrash('the parent ends')
  })

  test('Arg=remove_handler if the event handler is deleted because another callback function has returned remove_handler or {remove_handler,Reply}.', async () => {
    const pid = await manager()
    const module = handler({ handleEvent: () => 'remove_handler', handleCall: () => ['remove_handler', 'Reply'] })
    await add(pid, module, 1)
    await at(() => genEvent.syncNotify(pid, 'go'))
    await add(pid, module, 2)
    await at(() => genEvent.call(pid, module, 'go'))
    expect(log.filter(([callback]: any) => callback === 'terminate')).toEqual([
      ['terminate', 'remove_handler', 1],
      ['terminate', 'remove_handler', 2],
    ])
  })

  test("Arg={error,Term} if the event handler is deleted because a callback function returned an unexpected value Term, or Arg={error,{'EXIT',Reason}} if a callback function failed.", async () => {
    const pid = await manager()
    const module = handler({ handleEvent: () => ['ok'] as any, handleCall: boom })
    await add(pid, module, 1)
    await at(() => genEvent.syncNotify(pid, 'go'))
    await add(pid, module, 2)
    await at(() => genEvent.call(pid, module, 'go'))
    expect(log.filter(([callback]: any) => callback === 'terminate')).toEqual([
      ['terminate', ['error', ['ok']], 1],
      ['terminate', ['error', FAILED], 2],
    ])
  })

  test('The function can return any term. If the event handler is deleted because of a call to gen_event:delete_handler/3, the return value of that function becomes the return value of this function. If the event handler is to be replaced with another event handler because of a swap, the return value is passed to the init function of the new event handler. Otherwise the return value is ignored.', async () => {
    const pid = await manager()
    const module = handler({ terminate: () => ({ any: 'term' }), handleEvent: () => 'remove_handler' })
    await add(pid, module, 1)
    expect(await at(() => genEvent.deleteHandler(pid, module))).toEqual({ any: 'term' })
    await add(pid, module, 1)
    await at(() => genEvent.swapHandler(pid, [module, 'a'], [module, 'b']))
    expect(log.at(-1)).toEqual(['init', ['b', { any: 'term' }]])
    expect(await at(() => genEvent.syncNotify(pid, 'go'))).toBe('ok')
  })
})

const DISTRIBUTED = 'this node has no other nodes yet, and no global registry'
const COLLECTIONS =
  'request id collections are left out: a Map from ref to label does the same, and all messages of requests carry their ref'
const HIBERNATE = 'an idle process holds no stack and no mailbox here: `hibernate` is accepted and means nothing'
const FORMAT = 'format_status is left out: a logger can be given its own view of the facts'
const CODE = 'there is no code change: a module is an object that lives as long as somebody holds it'
const ABSOLUTE = 'timeouts are relative'
const LOCATION = 'a CallError has the Reason as `reason`; where it was made stands in its stack'

/** Sentences of the page that cannot hold here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  [
    'Besides passing the request identifier directly to these functions, it can also be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or check_response/3. If you are about to save the request identifier in a request identifier collection, you may want to consider using send_request/5 instead.',
    COLLECTIONS,
  ],
  [
    "If a release upgrade/downgrade with Change={advanced,Extra} specified in the .appup file is made when code_change/3 isn't implemented the event handler will crash with an undef error reason.",
    CODE,
  ],
  [
    'The gen_event process can go into hibernation (see erlang:hibernate/3) if a callback function in a handler module specifies hibernate in its return value. This can be useful if the server is expected to be idle for a long time. However, use this feature with care, as hibernation implies at least two garbage collections (when hibernating and shortly after waking up) and is not something you want to do between each event handled by a busy event manager.',
    HIBERNATE,
  ],
  [
    'Notice that when multiple event handlers are invoked, it is sufficient that one single event handler returns a hibernate request for the whole event manager to go into hibernation.',
    HIBERNATE,
  ],
  [
    'If {ok,NewState,hibernate} is returned, the event manager also goes into hibernation (by calling proc_lib:hibernate/3), waiting for the next event to occur. It is sufficient that one of the event handlers return {ok,NewState,hibernate} for the whole event manager process to hibernate.',
    HIBERNATE,
  ],
  [
    'If {ok,State,hibernate} is returned, the event manager goes into hibernation (by calling proc_lib:hibernate/3), waiting for the next event to occur.',
    HIBERNATE,
  ],
  [
    'If option {hibernate_after,HibernateAfterTimeout} is present, the gen_event process awaits any message for HibernateAfterTimeout milliseconds and if no message is received, the process goes into hibernation automatically (by calling proc_lib:hibernate/3).',
    HIBERNATE,
  ],
  ['{Name,Node}, if the event manager is locally registered at another node', DISTRIBUTED],
  ['{global,GlobalName}, if the event manager is globally registered', DISTRIBUTED],
  ['{via,Module,ViaName}, if the event manager is registered through an alternative process registry', DISTRIBUTED],
  [
    'If EventMgrName={global,GlobalName}, the event manager is registered globally as GlobalName using global:register_name/2.',
    DISTRIBUTED,
  ],
  [
    'If EventMgrName={via,Module,ViaName}, the event manager registers with the registry represented by Module. The Module callback is to export the functions register_name/2, unregister_name/1, whereis_name/1, and send/2, which are to behave as the corresponding functions in global. Thus, {via,global,GlobalName} is a valid reference.',
    DISTRIBUTED,
  ],
  ['and with reason {nodedown,Node} if the connection fails to the remote Node where the server runs.', DISTRIBUTED],
  ['{abs, Timeout}: An absolute Erlang monotonic time timeout in milliseconds.', ABSOLUTE],
  ['The exit term is on the form {Reason, Location} where Location = {gen_event,call,ArgList}.', LOCATION],
  ['Otherwise, a stray response might be received at a later time.', 'there are no peers without aliases'],
  [
    'An opaque collection of request identifiers (request_id()) where each request identifier can be associated with a label chosen by the user. For more information see reqids_new/0.',
    COLLECTIONS,
  ],
  [
    'Check if Msg is a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/3 or send_request/5, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'The Label in the response equals the Label associated with the request identifier that the response corresponds to. The Label of a request identifier is associated when saving the request id in a request identifier collection, or when sending the request using send_request/5.',
    COLLECTIONS,
  ],
  [
    'Compared to check_response/2, the returned result associated with a specific request identifier or an exception associated with a specific request identifier will be wrapped in a 3-tuple. The first element of this tuple equals the value that would have been produced by check_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  [
    'If ReqIdCollection is empty, the atom no_request will be returned. If Msg does not correspond to any of the request identifiers in ReqIdCollection, the atom no_reply is returned.',
    COLLECTIONS,
  ],
  [
    'If Delete equals true, the association with Label will have been deleted from ReqIdCollection in the resulting NewReqIdCollection. If Delete equals false, NewReqIdCollection will equal ReqIdCollection. Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to check_response/3, receive_response/3, and wait_response/3. However, without deleting handled associations, the above calls will not be able to detect when there are no more outstanding requests to handle, so you will have to keep track of this some other way than relying on a no_request return. Note that if you pass a collection only containing associations of already handled or abandoned requests to check_response/3, it will always return no_reply.',
    COLLECTIONS,
  ],
  [
    'Receive a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/3 or send_request/5, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'The Label in the response equals the Label associated with the request identifier that the response corresponds to. The Label of a request identifier is associated when adding the request id in a request identifier collection, or when sending the request using send_request/5.',
    COLLECTIONS,
  ],
  [
    'Compared to receive_response/2, the returned result associated with a specific request identifier will be wrapped in a 3-tuple. The first element of this tuple equals the value that would have been produced by receive_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  ['If ReqIdCollection is empty, the atom no_request will be returned.', COLLECTIONS],
  [
    'Timeout specifies how long to wait for a response. If no response is received within the specified time, the function returns timeout. Assuming that the server executes on a node supporting aliases (introduced in OTP 24) all requests identified by ReqIdCollection will also be abandoned. That is, no responses will be received after a timeout. Otherwise, stray responses might be received at a later time.',
    COLLECTIONS,
  ],
  [
    'The difference between receive_response/3 and wait_response/3 is that receive_response/3 abandons the requests at timeout so that potential future responses are ignored, while wait_response/3 does not.',
    COLLECTIONS,
  ],
  [
    'If Delete equals true, the association with Label will have been deleted from ReqIdCollection in the resulting NewReqIdCollection. If Delete equals false, NewReqIdCollection will equal ReqIdCollection. Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to receive_response/3, check_response/3, and wait_response/3. However, without deleting handled associations, the above calls will not be able to detect when there are no more outstanding requests to handle, so you will have to keep track of this some other way than relying on a no_request return. Note that if you pass a collection only containing associations of already handled or abandoned requests to receive_response/3, it will always block until a timeout determined by Timeout is triggered.',
    COLLECTIONS,
  ],
  [
    'Saves ReqId and associates a Label with the request identifier by adding this information to ReqIdCollection and returning the resulting request identifier collection.',
    COLLECTIONS,
  ],
  [
    'Returns a new empty request identifier collection. A request identifier collection can be utilized in order the handle multiple outstanding requests.',
    COLLECTIONS,
  ],
  [
    'Request identifiers of requests made by send_request/3 can be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3.',
    COLLECTIONS,
  ],
  ['reqids_size/1 can be used to determine the amount of request identifiers in a request identifier collection.', COLLECTIONS],
  ['Returns the amount of request identifiers saved in ReqIdCollection.', COLLECTIONS],
  [
    'Returns a list of {ReqId, Label} tuples which corresponds to all request identifiers with their associated labels present in the ReqIdCollection collection.',
    COLLECTIONS,
  ],
  [
    'Sends an asynchronous call request Request to event handler Handler installed in the event manager identified by EventMgrRef. The Label will be associated with the request identifier of the operation and added to the returned request identifier collection NewReqIdCollection. The collection can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3.',
    COLLECTIONS,
  ],
  [
    'The same as calling gen_event:reqids_add(gen_event:send_request(EventMgrRef, Handler, Request), Label, ReqIdCollection), but calling send_request/5 is slightly more efficient.',
    COLLECTIONS,
  ],
  [
    'Wait for a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/3 or send_request/5, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'Compared to wait_response/2, the returned result associated with a specific request identifier or an exception associated with a specific request identifier will be wrapped in a 3-tuple. The first element of this tuple equals the value that would have been produced by wait_response/2, the second element equals the Label associated with the specific request identifier, and the third element NewReqIdCollection is a possibly modified request identifier collection.',
    COLLECTIONS,
  ],
  [
    'If ReqIdCollection is empty, no_request will be returned. If no response is received before the WaitTime timeout has triggered, the atom timeout is returned. It is valid to continue waiting for a response as many times as needed up until a response has been received and completed by check_response(), receive_response(), or wait_response().',
    COLLECTIONS,
  ],
  [
    'The difference between receive_response/3 and wait_response/3 is that receive_response/3 abandons requests at timeout so that a potential future responses are ignored, while wait_response/3 does not.',
    COLLECTIONS,
  ],
  [
    'If Delete equals true, the association with Label will have been deleted from ReqIdCollection in the resulting NewReqIdCollection. If Delete equals false, NewReqIdCollection will equal ReqIdCollection. Note that deleting an association is not for free and that a collection containing already handled requests can still be used by subsequent calls to wait_response/3, check_response/3, and receive_response/3. However, without deleting handled associations, the above calls will not be able to detect when there are no more outstanding requests to handle, so you will have to keep track of this some other way than relying on a no_request return. Note that if you pass a collection only containing associations of already handled or abandoned requests to wait_response/3, it will always block until a timeout determined by WaitTime is triggered and then return no_reply.',
    COLLECTIONS,
  ],
  [
    'This function is called for an installed event handler that is to update its internal state during a release upgrade/downgrade, that is, when the instruction {update,Module,Change,...}, where Change={advanced,Extra}, is specified in the .appup file. For more information, see OTP Design Principles.',
    CODE,
  ],
  [
    'For an upgrade, OldVsn is Vsn, and for a downgrade, OldVsn is {down,Vsn}. Vsn is defined by the vsn attribute(s) of the old version of the callback module Module. If no such attribute is defined, the version is the checksum of the Beam file.',
    CODE,
  ],
  ['Extra is passed "as is" from the {advanced,Extra} part of the update instruction.', CODE],
  ['The function is to return the updated internal state.', CODE],
  [
    'If this callback is exported but fails, to hide possibly sensitive data, the default function will instead return the fact that format_status/1 has crashed.',
    FORMAT,
  ],
  ['This function is called by a gen_event process in the following situations:', FORMAT],
  ['One of sys:get_status/1,2 is invoked to get the gen_event status.', FORMAT],
  ['The event handler terminates abnormally and gen_event logs an error.', FORMAT],
  ['This callback is used to limit the status of the event handler returned by sys:get_status/1,2 or sent to logger.', FORMAT],
  [
    'The callback gets a map Status describing the current status and shall return a map NewStatus with the same keys, but it may transform some values.',
    FORMAT,
  ],
  [
    'Two possible use cases for this callback is to remove sensitive information from the state to prevent it from being printed in log files, or to compact large irrelevant status items that would only clutter the logs.',
    FORMAT,
  ],
  ['One of sys:get_status/1,2 is invoked to get the gen_event status. Opt is set to the atom normal for this case.', FORMAT],
  [
    'The event handler terminates abnormally and gen_event logs an error. Opt is set to the atom terminate for this case.',
    FORMAT,
  ],
  [
    'This function is useful for changing the form and appearance of the event handler state for these cases. An event handler callback module wishing to change the the sys:get_status/1,2 return value as well as how its state appears in termination error logs, exports an instance of format_status/2 that returns a term describing the current state of the event handler.',
    FORMAT,
  ],
  ['PDict is the current value of the process dictionary of gen_event.', FORMAT],
  [
    'The function is to return Status, a term that change the details of the current state of the event handler. Any term is allowed for Status. The gen_event module uses Status as follows:',
    FORMAT,
  ],
  [
    'When sys:get_status/1,2 is called, gen_event ensures that its return value contains Status in place of the state term of the event handler.',
    FORMAT,
  ],
  ['When an event handler terminates abnormally, gen_event logs Status in place of the state term of the event handler.', FORMAT],
  [
    'One use for this function is to return compact alternative state representations to avoid that large state terms are printed in log files.',
    FORMAT,
  ],
]

describe('not here', () => {
  test.each(NOT_HERE)('%s', (sentence, why) => {
    expect(sentence).not.toBe('')
    expect(why).toMatch(/\w+ \w+/)
  })

  test('none of the functions that are left out is there', () => {
    expect(Object.keys(genEvent).filter((name) => /^reqids|codeChange|formatStatus/.test(name))).toEqual([])
    expect(thrownBy(() => genEvent.start({ hibernateAfterMs: 1 } as any))).toMatchObject({ code: 'GENSOCK_ERR_UNKNOWN_OPTION' })
  })
})
