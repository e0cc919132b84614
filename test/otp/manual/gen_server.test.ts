// OTP 25's manual page gen_server(3erl): each title is a sentence of the page, and the test shows that it holds here.
// `{a, b}` of the page is `['a', b]` here and `Module:init/1` is `init`; where OTP exits the calling process, a promise rejects
// with a CallError that has the Reason, and the process ends unless it catches that.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  child,
  createNode,
  exit,
  type From,
  type GenServer,
  genServer,
  isRef,
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
let log: any[]
beforeEach(() => {
  node = testNode()
  log = []
})
afterEach(() => node.stop())

type Module = GenServer<any, any, any, any, any>
const at = <T>(fn: () => T): T => node.run(fn)
const boom = (): never => {
  throw new Error('boom')
}
const BOOM = expect.objectContaining({ value: new Error('boom') })

/** A server that writes down each call as `[callback, ...arguments]`, and answers a request that is a function with what that gives. */
function server(more: Partial<Module> = {}): Module {
  return {
    init: (arg: unknown) => (log.push(['init', arg]), ['ok', arg]),
    handleCall(request: any, from: From, state: unknown, self: Receiver<any>) {
      log.push(['handleCall', request, state])
      return typeof request === 'function' ? request(state, self, from) : ['reply', ['reply to', request], state]
    },
    handleCast(request: any, state: unknown, self: Receiver<any>) {
      log.push(['handleCast', request, state])
      return typeof request === 'function' ? request(state, self) : ['noreply', state]
    },
    handleInfo(message: any, state: unknown, self: Receiver<any>) {
      log.push(['handleInfo', message, state])
      return typeof message === 'function' ? message(state, self) : ['noreply', state]
    },
    handleContinue(what: any, state: unknown, self: Receiver<any>) {
      log.push(['handleContinue', what, state])
      return typeof what === 'function' ? what(state, self) : ['noreply', state]
    },
    terminate: (reason: unknown, state: unknown) => void log.push(['terminate', reason, state]),
    ...more,
  } as Module
}
const start = async (module: Module = server(), ...rest: [arg?: unknown, options?: object]): Promise<any> =>
  unwrap(await at(() => genServer.start(module, rest.length === 0 ? 'State' : rest[0], rest[1])))
const call = (pid: any, request: any, timeoutMs?: number | 'infinity'): Promise<any> =>
  at(() => genServer.call(pid, request, timeoutMs))
const cast = (pid: any, request: any): void => at(() => genServer.cast(pid, request))
/** Why a call failed. */
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ['no failure', value],
    (error: { code?: string; reason?: unknown }) => (error.code === 'GENSOCK_ERR_CALL' ? error.reason : error),
  )
/** Watches a process; the function that it answers tells how it ended. */
function endOf(pid: Pid): () => Promise<unknown> {
  const watch = node.probe<any>()
  watch.monitor(pid)
  return async () => (await watch.next()).reason
}

describe('gen_server', () => {
  test('It also fits into an OTP supervision tree.', async () => {
    await at(() => supervisor.start({ children: [child('a', server(), 'State', { name: 'a' })] }))
    const first = node.whereis('a') as Pid
    expect(await reasonOf(call('a', () => exit('kill')))).toBe('kill')
    node.expectCrash('kill')
    await node.advance(0)
    expect(node.isAlive(node.whereis('a') as Pid)).toBe(true)
    expect(node.isAlive(first)).toBe(false)
  })

  test('If a callback function fails or returns a bad value, the gen_server process terminates.', async () => {
    const ways: ((pid: any) => void)[] = [
      (pid) => void call(pid, boom),
      (pid) => void call(pid, () => 'bad'),
      (pid) => cast(pid, boom),
      (pid) => cast(pid, () => ['reply', 1, 2]),
      (pid) => node.send(pid, boom),
      (pid) => node.send(pid, () => undefined),
      (pid) => cast(pid, (state: unknown) => ['noreply', state, { continue: boom }]),
      (pid) => cast(pid, (state: unknown) => ['noreply', state, { continue: () => ['ok', 1] }]),
    ]
    for (const way of ways) {
      const pid = await start()
      way(pid)
      await node.advance(0)
      expect(node.isAlive(pid)).toBe(false)
    }
    expect(node.crashes).toHaveLength(ways.length)
    for (const _ of ways) node.expectCrash()
  })

  test('A gen_server process handles system messages as described in sys(3erl). The sys module can be used for debugging a gen_server process.', async () => {
    const pid = await start()
    expect(await at(() => sys.getState(pid))).toBe('State')
    expect(await at(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'gen_server', status: 'running' })
  })

  test('Notice that a gen_server process does not trap exit signals automatically, this must be explicitly initiated in the callback module.', async () => {
    const plain = await start()
    const trapping = await start(server({ init: (arg, self) => (self.trapExit(true), ['ok', arg]) }))
    expect([plain, trapping].map((pid) => node.processInfo(pid, 'trap_exit'))).toEqual([false, true])
    node.spawn((self) => {
      for (const pid of [plain, trapping]) self.exit(pid, 'signal')
    })
    await node.advance(0)
    expect([plain, trapping].map((pid) => node.isAlive(pid))).toEqual([false, true])
  })

  test('Unless otherwise stated, all functions in this module fail if the specified gen_server process does not exist or if bad arguments are specified.', async () => {
    const dead = await start()
    await at(() => genServer.stop(dead))
    for (const ref of [dead, 'nobody']) {
      expect(await reasonOf(call(ref, 'x'))).toBe('noproc')
      expect(await reasonOf(at(() => genServer.stop(ref)))).toBe('noproc')
    }
    const badarg = { code: 'GENSOCK_ERR_BADARG', reason: 'badarg' }
    for (const bad of [undefined, 5, {}] as any[]) {
      expect(thrownBy(() => at(() => genServer.start(bad, 1)))).toMatchObject(badarg)
      expect(thrownBy(() => call(bad, 'x'))).toMatchObject(badarg)
      expect(thrownBy(() => cast(bad, 'x'))).toMatchObject(badarg)
      expect(thrownBy(() => at(() => genServer.reply(bad, 'x')))).toMatchObject(badarg)
      expect(thrownBy(() => at(() => genServer.stop(bad)))).toMatchObject(badarg)
    }
  })

  test('If the gen_server process needs to perform an action immediately after initialization or to break the execution of a callback into multiple steps, it can return {continue,Continue} in place of the time-out or hibernation value, which will immediately invoke the handle_continue/2 callback.', async () => {
    const pid = await start(server({ init: (arg) => (node.send('me', 'early'), ['ok', arg, { continue: 'init' }]) }), 0, {
      name: 'me',
    })
    await call(pid, (state: unknown) => ['reply', 1, state, { continue: () => ['noreply', 'done', { continue: 'third' }] }])
    node.send(pid, 'late')
    await node.advance(0)
    expect(log.map(([callback, what]) => [callback, typeof what === 'function' ? 'function' : what])).toEqual([
      ['handleContinue', 'init'],
      ['handleInfo', 'early'],
      ['handleCall', 'function'],
      ['handleContinue', 'function'],
      ['handleContinue', 'third'],
      ['handleInfo', 'late'],
    ])
    expect(log.at(-1)).toEqual(['handleInfo', 'late', 'done'])
  })

  test('If the gen_server process terminates, e.g. as a result of a function in the callback module returning {stop,Reason,NewState}, an exit signal with this Reason is sent to linked processes and ports.', async () => {
    const heard = await inside(node, async (self: Receiver<any>) => {
      self.trapExit(true)
      const pid: any = unwrap(await self.run(() => genServer.startLink(server(), 1)))
      self.run(() => genServer.cast(pid, () => ['stop', 'Reason', 2]))
      const { reason } = await self.receive('EXIT')
      return reason
    })
    expect(heard).toBe('Reason')
    node.expectCrash('Reason')
  })
})

describe('server_name(), server_ref(), start_opt()', () => {
  test('{local,LocalName}: Register the gen_server locally as LocalName using register/2.', async () => {
    const pid = await start(server(), 1, { name: { local: 'LocalName' } })
    expect(node.whereis('LocalName')).toBe(pid)
  })

  test("pid(): The gen_server's process identifier.", async () => {
    expect(await call(await start(), 'x')).toEqual(['reply to', 'x'])
  })

  test('LocalName: The gen_server is locally registered as LocalName with register/2.', async () => {
    const pid = await start()
    node.register('LocalName', pid)
    expect(await call('LocalName', 'x')).toEqual(['reply to', 'x'])
    cast('LocalName', 'y')
    await at(() => genServer.stop('LocalName'))
    expect(log.map(([callback]) => callback)).toEqual(['init', 'handleCall', 'handleCast', 'terminate'])
  })

  test('{timeout,Timeout}: How many milliseconds the gen_server process is allowed to spend initializing or it is terminated and the start function returns {error,timeout}.', async () => {
    const slow = server({
      async init(arg, self) {
        await self.sleep(100)
        return ['ok', arg]
      },
    })
    const answers = [99, 101].map((timeoutMs) => at(() => genServer.start(slow, 1, { timeoutMs })))
    await node.advance(101)
    const [late, ready] = await Promise.all(answers)
    expect(late).toEqual(['error', 'timeout'])
    expect(ready).toEqual(['ok', expect.anything()])
    expect(node.processes()).toEqual([unwrap(ready as any)])
  })
})

describe('start_ret(), start_mon_ret()', () => {
  test('{ok,Pid}: The gen_server process was succesfully created and initialized, with the process identifier Pid.', async () => {
    const result = await at(() => genServer.start(server(), 'State'))
    const [tag, pid]: any = result
    expect(tag).toBe('ok')
    expect(node.isAlive(pid)).toBe(true)
    expect(log).toEqual([['init', 'State']])
  })

  test('{error,{already_started,OtherPid}}: A process with the specified ServerName exists already with the process identifier OtherPid. This gen_server was not started.', async () => {
    const other = node.spawn(idle, { name: 'taken' })
    expect(await at(() => genServer.start(server(), 1, { name: 'taken' }))).toEqual(['error', ['already_started', other]])
    expect(log).toEqual([])
    expect(node.processes()).toEqual([other])
  })

  /** What start_link answers, and what the linked starter gets. */
  const startLinked = (init: any): Promise<unknown> =>
    inside(node, async (self: Receiver<any>) => {
      self.trapExit(true)
      const result = await genServer.startLink(server({ init }), 1)
      const { reason } = await self.receive('EXIT')
      return [result, reason, node.processes().length]
    })

  test('ignore: Module:init/1 returned ignore, the gen_server process is terminated. An exit signal normal is sent to linked processes and ports.', async () => {
    expect(await startLinked(() => ['ignore'])).toEqual([['ignore'], 'normal', 1])
  })

  test('{error,Reason}: Module:init/1 returned {stop,Reason} or failed with Reason. The gen_server process is terminated and an exit signal with the same Reason is sent to linked processes and ports.', async () => {
    expect(await startLinked(() => ['stop', 'Reason'])).toEqual([['error', 'Reason'], 'Reason', 1])
    expect(await startLinked(boom)).toEqual([['error', BOOM], BOOM, 1])
    expect(await startLinked(() => exit('Reason'))).toEqual([['error', 'Reason'], 'Reason', 1])
    for (const _ of [1, 2, 3]) node.expectCrash()
  })

  test('Return value from the start_monitor/3,4 functions. The same as type start_ret() except that for a succesful start it returns both the process identifier Pid and a monitor/2,3 reference() MonRef.', async () => {
    const results = await inside(node, async (self) => {
      const started: any = await genServer.startMonitor(server(), 1)
      self.exit(started[1][0], 'kill')
      const down: any = await self.receive('DOWN')
      node.spawn(idle, { name: 'taken' })
      return [
        started[0],
        down.ref.equals(started[1][1]) && down.pid.equals(started[1][0]),
        await self.run(() => genServer.startMonitor(server({ init: () => ['ignore'] }), 1)),
        await self.run(() => genServer.startMonitor(server({ init: () => ['stop', 'shutdown'] }), 1)),
        (await self.run(() => genServer.startMonitor(server(), 1, { name: 'taken' })))[0],
      ]
    })
    expect(results).toEqual(['ok', true, ['ignore'], ['error', 'shutdown'], 'error'])
  })
})

describe('from(), response_timeout()', () => {
  test('Tag is a term that is unique for this call/request instance.', async () => {
    const pid = await start()
    const tags: unknown[] = []
    const note = (state: unknown, _self: Receiver, from: From): unknown => (tags.push(from), ['reply', from.ref, state])
    const [one, two] = await inside(node, async (self) => {
      const first = await genServer.call(pid, note as any)
      return [first, await self.run(() => genServer.call(pid, note as any))] as any
    })
    expect(one.equals(two)).toBe(false)
    expect(tags[0]).not.toBe(tags[1])
  })

  test('differs: 0..4294967295: Timeout relative to current time in milliseconds. (here: up to 2 147 483 647, the longest timer of Node)', async () => {
    const pid = await start()
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const id = genServer.sendRequest(pid, slowly as any)
      const first = [await genServer.waitResponse(id, 0), node.now()]
      const longest = await self.run(() => genServer.waitResponse(id, 2_147_483_647))
      return [first, longest, thrownBy(() => genServer.waitResponse(id, 2_147_483_648)).code]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual([['timeout', 0], ['reply', 'late'], 'GENSOCK_ERR_BADARG'])
  })

  test('infinity: Infinite timeout. That is, the operation will never time out.', async () => {
    const pid = await start()
    let answer: unknown
    node.spawn(async () => {
      answer = await genServer.receiveResponse(genServer.sendRequest(pid, ((n: unknown) => ['noreply', n]) as any), 'infinity')
    })
    await node.advance(2_000_000_000)
    expect(answer).toBe(undefined)
    await at(() => genServer.stop(pid))
    await node.advance(0)
    expect(answer).toEqual(['error', ['normal', pid]])
  })
})

describe('call/2,3', () => {
  test('Makes a synchronous call to the ServerRef of the gen_server process by sending a request and waiting until a reply arrives or a time-out occurs. The gen_server process calls Module:handle_call/3 to handle the request.', async () => {
    const pid = await start()
    const answer = call(pid, async (state: unknown, self: Receiver) => (await self.sleep(100), ['reply', node.now(), state]))
    await node.advance(100)
    expect(await answer).toBe(100)
  })

  test('Request is any term that is passed as the first argument to Module:handle_call/3.', async () => {
    const pid = await start()
    const requests = ['text', 0, null, undefined, [1], { type: 'x' }]
    for (const request of requests) await call(pid, request)
    expect(log.slice(1)).toEqual(requests.map((request) => ['handleCall', request, 'State']))
  })

  test('Timeout is an integer that specifies how many milliseconds to wait for a reply, or the atom infinity to wait indefinitely. Defaults to 5000. If no reply is received within the specified time, this function exits the calling process with an exit term containing Reason = timeout as described below.', async () => {
    const pid = await start()
    const slow = async (state: unknown, self: Receiver): Promise<any> => (await self.sleep(20_000), ['reply', 'late', state])
    const over: unknown[] = []
    for (const timeoutMs of [300, undefined, 'infinity'] as const)
      void reasonOf(call(pid, slow, timeoutMs)).then((reason) => over.push([timeoutMs, reason, node.now()]))
    node.spawn(async () => void (await genServer.call(pid, 'x' as any, 50)))
    await node.advance(60_000)
    expect(over).toEqual([
      [300, 'timeout', 300],
      [undefined, 'timeout', 5000],
      ['infinity', ['no failure', 'late'], 60_000],
    ])
    node.expectCrash('timeout')
  })

  test('Starting with OTP 24, gen_server:call uses process aliases, so late replies will not be received.', async () => {
    const pid = await start()
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const slow = async (state: unknown, own: Receiver): Promise<any> => (await own.sleep(100), ['reply', 'late', state])
      const reason = await reasonOf(genServer.call(pid, slow as any, 50))
      return [reason, await self.receive({ afterMs: 1000 })]
    }
    expect(await inside(node, body, { withinMs: 2000 })).toEqual(['timeout', undefined])
  })

  test('The return value Reply is passed from the return value of Module:handle_call/3.', async () => {
    const pid = await start()
    for (const reply of ['text', 0, null, undefined, { any: ['term'] }])
      expect(await call(pid, (state: unknown) => ['reply', reply, state])).toEqual(reply)
  })

  test('timeout: The call was aborted after waiting Timeout milliseconds for a reply, as described above.', async () => {
    const pid = await start()
    const reason = reasonOf(call(pid, (state: unknown) => ['noreply', state], 10))
    await node.advance(10)
    expect(await reason).toBe('timeout')
  })

  test('noproc: The ServerRef refers to a server by name (it is not a pid()) and looking up the server process failed, or the pid() was already terminated.', async () => {
    const pid = await start()
    await at(() => genServer.stop(pid))
    expect(await reasonOf(call('nobody', 'x'))).toBe('noproc')
    expect(await reasonOf(call(pid, 'x'))).toBe('noproc')
  })

  test('calling_self: A call to self() would hang indefinitely.', async () => {
    const pid = await start(server(), 1, { name: 'me' })
    const self = async (state: unknown): Promise<any> => ['reply', await reasonOf(genServer.call('me' as any, 'x' as any)), state]
    expect(await call(pid, self)).toBe('calling_self')
  })

  test('shutdown : The server was stopped during the call by its supervisor.', async () => {
    const tree = unwrap(await at(() => supervisor.start({ children: [child('a', server(), 1, { name: 'a' })] })))
    const reason = reasonOf(call('a', (state: unknown) => ['noreply', state]))
    await at(() => supervisor.terminateChild(tree, 'a'))
    expect(await reason).toBe('shutdown')
  })

  test('normal {shutdown,Term} : The server stopped during the call by returning {stop,Reason,_} from its Module:handle_call/3 callback, without replying.', async () => {
    for (const reason of ['normal', ['shutdown', 'Term']])
      expect(await reasonOf(call(await start(), (state: unknown) => ['stop', reason, state]))).toEqual(reason)
  })

  test('_OtherTerm: The server process exited during the call, with reason Reason. Either by returning {stop,Reason,_} from its Module:handle_call/3 callback (without replying), by raising an exception, or due to getting an exit signal it did not trap.', async () => {
    expect(await reasonOf(call(await start(), (state: unknown) => ['stop', 'OtherTerm', state]))).toBe('OtherTerm')
    expect(await reasonOf(call(await start(), boom))).toEqual(BOOM)
    const pid = await start()
    const signalled = reasonOf(call(pid, (state: unknown) => ['noreply', state]))
    node.spawn((self) => self.exit(pid, 'signal'))
    expect(await signalled).toBe('signal')
    for (const reason of ['OtherTerm', new Error('boom')]) node.expectCrash(reason)
  })
})

describe('cast/2', () => {
  test('Sends an asynchronous request to the ServerRef of the gen_server process and returns ok immediately, ignoring if the destination node or gen_server process does not exist. The gen_server process calls Module:handle_cast/2 to handle the request.', async () => {
    const pid = await start()
    log = []
    expect(cast(pid, 'Request')).toBe(undefined)
    expect(log).toEqual([])
    await node.advance(0)
    expect(log).toEqual([['handleCast', 'Request', 'State']])
    await at(() => genServer.stop(pid))
    for (const nobody of [pid, 'nobody']) expect(cast(nobody, 'Request')).toBe(undefined)
  })

  test('Request is any term that is passed as the first argument to Module:handle_cast/2.', async () => {
    const pid = await start()
    const requests = ['text', 0, null, undefined, [1], { type: 'x' }]
    for (const request of requests) cast(pid, request)
    await node.advance(0)
    expect(log.slice(1)).toEqual(requests.map((request) => ['handleCast', request, 'State']))
  })
})

/** A request that is answered after 100 ms. */
const slowly = async (state: unknown, self: Receiver): Promise<any> => (await self.sleep(100), ['reply', 'late', state])
const send = (pid: unknown, request: unknown): any => genServer.sendRequest(pid as any, request as any)

describe.each([
  [
    'check_response/2',
    async (id: any, self: Receiver<any>) => self.run(async () => genServer.checkResponse(await self.receive(), id)),
  ],
  ['receive_response/2', (id: any) => genServer.receiveResponse(id, 1000)],
  ['wait_response/2', (id: any) => genServer.waitResponse(id, 1000)],
] as const)('%s', (_name, look) => {
  test('The request must have been made by send_request/2, and it must have been made by the same process calling this function.', async () => {
    const pid = await start()
    for (const bad of [undefined, {}, node.makeRef()]) {
      const body = async (self: Receiver<any>): Promise<unknown> => (self.send(self.pid, 'a message'), look(bad as any, self))
      await expect(inside(node, body)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    }
    const id = await inside(node, () => send(pid, 'x'))
    const body = (self: Receiver<any>): unknown => (self.sendAfter(2000, 'a message'), look(id, self))
    expect(['timeout', 'no_reply']).toContain(await inside(node, body as any, { withinMs: 2000 }))
  })

  test('The return value Reply is passed from the return value of Module:handle_call/3.', async () => {
    const pid = await start()
    const request = (state: unknown): unknown => ['reply', { any: ['term'] }, state]
    expect(await inside(node, (self) => look(send(pid, request), self))).toEqual(['reply', { any: ['term'] }])
  })

  test('The function returns an error if the gen_server died before a reply was sent.', async () => {
    const pid = await start()
    const body = (self: Receiver): unknown =>
      look(
        send(pid, (state: unknown) => ['stop', 'shutdown', state]),
        self,
      )
    expect(await inside(node, body)).toEqual(['error', ['shutdown', pid]])
    expect(await inside(node, (self) => look(send(pid, 'x'), self))).toEqual(['error', ['noproc', pid]])
    expect(await inside(node, (self) => look(send('nobody', 'x'), self))).toEqual(['error', ['noproc', 'nobody']])
  })
})

describe('check_response/2', () => {
  test('Check if Msg is a response corresponding to the request identifier ReqId.', async () => {
    const pid = await start()
    await inside(node, async (self: Receiver<any>) => {
      const [one, two] = [send(pid, 'a'), send(pid, 'b')]
      const message = await self.receive(isReply)
      expect(genServer.checkResponse(message, two)).toBe('no_reply')
      expect(genServer.checkResponse(message, one)).toEqual(['reply', ['reply to', 'a']])
    })
  })

  test('If Msg is a response corresponding to ReqId the response is returned; otherwise, no_reply is returned and no cleanup is done, and thus the function must be invoked repeatedly until a response is returned.', async () => {
    const pid = await start()
    await inside(node, async (self: Receiver<any>) => {
      self.send(self.pid, { type: 'reply', ref: self.makeRef(), reply: 'a look-alike' })
      const id = send(pid, 'a')
      expect(genServer.checkResponse(await self.receive(), id)).toBe('no_reply')
      expect(genServer.checkResponse(await self.receive(), id)).toEqual(['reply', ['reply to', 'a']])
    })
  })
})

describe('receive_response/2', () => {
  test('Receive a response corresponding to the request identifier ReqId.', async () => {
    const pid = await start()
    const body = async (self: Receiver): Promise<unknown> => {
      const [one, two] = [send(pid, 'a'), send(pid, 'b')]
      const second = await genServer.receiveResponse(two)
      return [second, await self.run(() => genServer.receiveResponse(one))]
    }
    expect(await inside(node, body)).toEqual([
      ['reply', ['reply to', 'b']],
      ['reply', ['reply to', 'a']],
    ])
  })

  test('Timeout specifies how long to wait for a response. If no response is received within the specified time, the function returns timeout. Assuming that the server executes on a node supporting aliases (introduced in OTP 24) the request will also be abandoned. That is, no response will be received after a timeout.', async () => {
    const pid = await start()
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const first = [await genServer.receiveResponse(send(pid, slowly), 50), node.now()]
      return [first, await self.receive({ afterMs: 1000 })]
    }
    expect(await inside(node, body, { withinMs: 2000 })).toEqual([['timeout', 50], undefined])
  })

  test('The difference between receive_response/2 and wait_response/2 is that receive_response/2 abandons the request at timeout so that a potential future response is ignored, while wait_response/2 does not.', async () => {
    const pid = await start()
    const body = (wait: 'receiveResponse' | 'waitResponse') => async (self: Receiver<any>) => {
      const id = send(pid, slowly)
      const first = await genServer[wait](id, 50)
      return [first, await self.run(() => genServer.waitResponse(id, 1000))]
    }
    expect(await inside(node, body('receiveResponse'), { withinMs: 2000 })).toEqual(['timeout', 'timeout'])
    expect(await inside(node, body('waitResponse'), { withinMs: 2000 })).toEqual(['timeout', ['reply', 'late']])
  })
})

describe('wait_response/2', () => {
  test('The difference between receive_response/2 and wait_response/2 is that receive_response/2 abandons the request at time-out so that a potential future response is ignored, while wait_response/2 does not.', async () => {
    const pid = await start()
    const body = async (self: Receiver<any>): Promise<unknown> => {
      const id = send(pid, slowly)
      const first = await genServer.waitResponse(id, 50)
      return [first, genServer.checkResponse(await self.receive(), id)]
    }
    expect(await inside(node, body, { withinMs: 100 })).toEqual(['timeout', ['reply', 'late']])
  })

  test('Wait for a response corresponding to the request identifier ReqId.', async () => {
    const pid = await start()
    const body = (): Promise<unknown> => genServer.waitResponse(send(pid, slowly))
    expect(await inside(node, body, { withinMs: 100 })).toEqual(['reply', 'late'])
  })

  test('WaitTime specifies how long to wait for a reply. If no reply is received within the specified time, the function returns timeout and no cleanup is done, and thus the function can be invoked repeatedly until a reply is returned.', async () => {
    const pid = await start()
    const body = async (self: Receiver<any>): Promise<unknown[]> => {
      const id = send(pid, slowly)
      const answers: unknown[] = [await genServer.waitResponse(id, 40)]
      while (answers.at(-1) === 'timeout') answers.push(await self.run(() => genServer.waitResponse(id, 40)))
      return answers
    }
    expect(await inside(node, body, { withinMs: 1000 })).toEqual(['timeout', 'timeout', ['reply', 'late']])
  })
})

describe('reply/2', () => {
  test('This function can be used by a gen_server process to explicitly send a reply to a client that called call/2,3 or multi_call/2,3,4, when the reply cannot be passed in the return value of Module:handle_call/3.', async () => {
    const pid = await start()
    const answer = call(pid, (_state: unknown, _self: Receiver, from: From) => ['noreply', from])
    cast(pid, (from: From) => (genServer.reply(from, 'by a later callback'), ['noreply', 0]))
    expect(await answer).toBe('by a later callback')
  })

  test('Client must be the From argument provided to the handle_call callback function. Reply is any term passed back to the client as the return value of call/2,3 or multi_call/2,3,4.', async () => {
    const pid = await start()
    for (const reply of ['text', 0, undefined, { any: ['term'] }]) {
      const request = (state: unknown, _self: Receiver, from: From): unknown => (genServer.reply(from, reply), ['noreply', state])
      expect(await call(pid, request)).toEqual(reply)
    }
    for (const bad of [undefined, {}, pid, node.makeRef()])
      expect(thrownBy(() => genServer.reply(bad, 1))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })
})

describe('send_request/2', () => {
  test('Sends an asynchronous call request Request to the gen_server process identified by ServerRef and returns a request identifier ReqId. The return value ReqId shall later be used with receive_response/2, wait_response/2, or check_response/2 to fetch the actual result of the request.', async () => {
    const pid = await start(server(), 1, { name: 'LocalName' })
    for (const ref of [pid, 'LocalName']) {
      const body = (): Promise<unknown> => genServer.receiveResponse(send(ref, 'x'))
      expect(await inside(node, body)).toEqual(['reply', ['reply to', 'x']])
    }
  })

  test('The call gen_server:receive_response(gen_server:send_request(ServerRef, Request), Timeout) can be seen as equivalent to gen_server:call(ServerRef, Request, Timeout), ignoring the error handling.', async () => {
    const pid = await start()
    const called = await call(pid, 'x', 100)
    expect(await inside(node, () => genServer.receiveResponse(send(pid, 'x'), 100))).toEqual(['reply', called])
  })

  test('The gen_server process calls Module:handle_call/3 to handle the request.', async () => {
    const pid = await start()
    await inside(node, () => void send(pid, { a: 1 }))
    expect(log.at(-1)).toEqual(['handleCall', { a: 1 }, 'State'])
  })

  test('Request is any term that is passed as the first argument to Module:handle_call/3.', async () => {
    const pid = await start()
    const requests = ['text', 0, null, undefined, [1], { type: 'x' }]
    await inside(node, () => {
      for (const request of requests) send(pid, request)
    })
    expect(log.slice(1)).toEqual(requests.map((request) => ['handleCall', request, 'State']))
  })
})

describe('start/3,4', () => {
  test('Creates a standalone gen_server process, that is, a gen_server process that is not part of a supervision tree and thus has no supervisor.', async () => {
    const pid = await inside(node, async () => unwrap(await genServer.start(server(), 1)))
    expect(node.processInfo(pid, 'links')).toEqual([])
    expect(node.isAlive(pid)).toBe(true)
  })
})

describe('start_link/3,4', () => {
  test('Creates a gen_server process as part of a supervision tree. This function is to be called, directly or indirectly, by the supervisor. For example, it ensures that the gen_server process is linked to the supervisor.', async () => {
    const tree = unwrap(await at(() => supervisor.start({ children: [child('a', server(), 1, { name: 'a' })] })))
    expect(node.processInfo(node.whereis('a') as Pid, 'links')).toEqual([tree])
  })

  test('The gen_server process calls Module:init/1 to initialize. To ensure a synchronized startup procedure, start_link/3,4 does not return until Module:init/1 has returned.', async () => {
    const slow = server({ init: async (arg, self) => (await self.sleep(100), ['ok', arg]) })
    const body = async (): Promise<number> => (unwrap(await genServer.startLink(slow, 1)), node.now())
    expect(await inside(node, body, { withinMs: 100 })).toBe(100)
  })

  test('Using the argument ServerName creates a gen_server with a registered name.', async () => {
    const pid = await start(server(), 1, { name: 'ServerName' })
    expect(node.processInfo(pid, 'registered_name')).toBe('ServerName')
  })

  test('If no ServerName is provided, the gen_server process is not registered.', async () => {
    expect(node.processInfo(await start(), 'registered_name')).toBe(undefined)
  })

  test('Module is the name of the callback module.', async () => {
    const module: Module = { init: () => ['ok', 0], handleCall: { who: () => ['reply', 'this module', 0] } }
    const pid = unwrap(await at(() => genServer.start(module)))
    expect(await call(pid, { type: 'who' })).toBe('this module')
  })

  test('Args is any term that is passed as the argument to Module:init/1.', async () => {
    for (const args of ['text', 0, null, undefined, [1], { a: 1 }]) {
      await start(server(), args)
      expect(log.at(-1)).toEqual(['init', args])
    }
  })
})

describe('start_monitor/3,4', () => {
  test('Note that the return value for a successful start differs in that it returns a monitor reference.', async () => {
    const [tag, [pid, ref], monitors]: any = await inside(node, async (self) => {
      const started = await genServer.startMonitor(server(), 1)
      return [...started, self.processInfo(self.pid, 'monitors')]
    })
    expect(tag).toBe('ok')
    expect(isRef(ref)).toBe(true)
    expect(monitors).toEqual([pid])
  })

  test('Creates a standalone gen_server process, that is, a gen_server process that is not part of a supervision tree (and thus has no supervisor) and atomically sets up a monitor to the newly created server.', async () => {
    const seen = await inside(node, async (self: Receiver<any>) => {
      const started: any = await genServer.startMonitor(server({ init: () => ['ok', 0, { continue: () => exit('at once') }] }), 1)
      const down = await self.receive('DOWN')
      return [started[0], down.reason, self.processInfo(self.pid, 'links')]
    })
    expect(seen).toEqual(['ok', 'at once', []])
    node.expectCrash('at once')
  })

  test("If the start is not successful, the caller will be blocked until the monitor's 'DOWN' message has been received and removed from the message queue.", async () => {
    const inits: any[] = [() => ['ignore'], () => ['stop', 'shutdown'], () => exit('normal')]
    for (const init of inits) {
      const left = await inside(node, async (self) => {
        const [tag] = await genServer.startMonitor(server({ init }), 1)
        return [tag === 'ok', self.processInfo(self.pid, 'messages'), self.processInfo(self.pid, 'monitors')]
      })
      expect(left).toEqual([false, [], []])
    }
  })
})

describe('stop/1,3', () => {
  test("Orders the generic server specified by ServerRef to exit with the specified Reason, default 'normal', and waits for it to terminate. The gen_server process calls Module:terminate/2 before exiting.", async () => {
    const slow = server({
      async terminate(reason, state, self) {
        await self.sleep(100)
        log.push(['terminate', reason, state, node.now()])
      },
    })
    const [one, two] = [await start(slow), await start(slow)]
    const stopped = Promise.all([
      at(() => genServer.stop(one)).then(() => [node.isAlive(one), node.now()]),
      at(() => genServer.stop(two, ['shutdown', 'Reason'])).then(() => [node.isAlive(two), node.now()]),
    ])
    const ends = [one, two].map((pid) => endOf(pid))
    await node.advance(100)
    expect(await stopped).toEqual([
      [false, 100],
      [false, 100],
    ])
    expect(await Promise.all(ends.map((ended) => ended()))).toEqual(['normal', ['shutdown', 'Reason']])
    expect(log.slice(2)).toEqual([
      ['terminate', 'normal', 'State', 100],
      ['terminate', ['shutdown', 'Reason'], 'State', 100],
    ])
  })

  test('The function returns ok if the server terminates with the expected reason.', async () => {
    const [good, bad] = [await start(), await start(server({ terminate: boom }))]
    await expect(at(() => genServer.stop(good, 'shutdown'))).resolves.toBe(undefined)
    expect(await reasonOf(at(() => genServer.stop(bad, 'shutdown')))).toEqual(BOOM)
    node.expectCrash(new Error('boom'))
  })

  test('Any other reason than normal, shutdown, or {shutdown,Term} causes an error report to be issued using logger(3erl).', async () => {
    const reported: unknown[] = []
    const own = createNode({ logger: { ...silentLogger, error: (facts: any) => void reported.push(facts.reason) } })
    for (const reason of ['normal', 'shutdown', ['shutdown', 'Term'], 'other']) {
      const pid = unwrap(await own.run(() => genServer.start(server(), 1)))
      await own.run(() => genServer.stop(pid, reason))
    }
    expect(reported).toEqual(['other'])
    await own.stop()
  })

  test('An exit signal with the same reason is sent to linked processes and ports.', async () => {
    const heard = await inside(node, async (self: Receiver<any>) => {
      self.trapExit(true)
      const pid = unwrap(await self.run(() => genServer.startLink(server(), 1)))
      await self.run(() => genServer.stop(pid, ['shutdown', 'same']))
      return (await self.receive('EXIT')).reason
    })
    expect(heard).toEqual(['shutdown', 'same'])
  })

  test('Timeout is an integer that specifies how many milliseconds to wait for the server to terminate, or the atom infinity to wait indefinitely, which is the default. If the server has not terminated within the specified time, the call exits the calling process with reason timeout.', async () => {
    const slow = server({ terminate: (_reason, _state, self) => self.sleep(60_000) })
    const over: unknown[] = []
    for (const timeoutMs of [100, undefined, 'infinity'] as const) {
      const pid = await start(slow)
      void reasonOf(at(() => genServer.stop(pid, 'normal', timeoutMs))).then((reason) =>
        over.push([timeoutMs, reason, node.now()]),
      )
    }
    await node.advance(60_000)
    expect(over).toEqual([
      [100, 'timeout', 100],
      [undefined, ['no failure', undefined], 60_000],
      ['infinity', ['no failure', undefined], 60_000],
    ])
  })

  test('If the process does not exist, the call exits the calling process with reason noproc,', async () => {
    const pid = await start()
    await at(() => genServer.stop(pid))
    for (const ref of [pid, 'nobody']) expect(await reasonOf(at(() => genServer.stop(ref)))).toBe('noproc')
  })
})

describe('Module:handle_call/3', () => {
  test('Whenever a gen_server process receives a request sent using call/2,3 or multi_call/2,3,4, this function is called to handle the request.', async () => {
    const pid = await start()
    await call(pid, 'Request')
    expect(log.at(-1)).toEqual(['handleCall', 'Request', 'State'])
  })

  test('State is the internal state of the gen_server process, and NewState a possibly updated one.', async () => {
    const pid = await start(server(), 1)
    for (const expected of [1, 2, 3]) expect(await call(pid, (n: number) => ['reply', n, n + 1])).toBe(expected)
  })

  test('{reply,Reply,NewState} {reply,Reply,NewState,_}: The Reply value is sent back to the client request and there becomes its return value.', async () => {
    const pid = await start()
    const nexts: unknown[][] = [[], [1000], ['infinity'], ['hibernate'], [{ continue: 'x' }]]
    for (const next of nexts) expect(await call(pid, (state: unknown) => ['reply', 'Reply', state, ...next])).toBe('Reply')
  })

  test('The gen_server process continues executing with the possibly updated internal state NewState.', async () => {
    const pid = await start()
    await call(pid, () => ['reply', 1, 'NewState'])
    expect(await at(() => sys.getState(pid))).toBe('NewState')
  })

  test('{noreply,NewState} {noreply,NewState,_}: The gen_server process continues executing with the possibly updated internal state NewState.', async () => {
    const pid = await start()
    const nexts: unknown[][] = [[], [1000], ['infinity'], ['hibernate'], [{ continue: 'x' }]]
    for (const next of nexts) {
      const open = reasonOf(call(pid, () => ['noreply', ['NewState', next], ...next], 10))
      await node.advance(10)
      expect(await open).toBe('timeout')
      expect(await at(() => sys.getState(pid))).toEqual(['NewState', next])
    }
  })

  test('A reply to the client request has to be created by calling reply(From, Reply), either in this or in a later callback.', async () => {
    const pid = await start()
    const here = call(pid, (state: unknown, _self: Receiver, from: From) => (genServer.reply(from, 'here'), ['noreply', state]))
    expect(await here).toBe('here')
    const later = call(pid, (_state: unknown, _self: Receiver, from: From) => ['noreply', from])
    node.send(pid, (from: From) => (genServer.reply(from, 'later'), ['noreply', 0]))
    expect(await later).toBe('later')
  })

  test('{reply,_,_,Timeout} {noreply,_,Timeout}: If an integer Timeout is provided, a time-out occurs unless a request or a message is received within that many milliseconds. A time-out is represented by the atom timeout to be handled by the Module:handle_info/2 callback function. Timeout =:= infinity can be used to wait indefinitely, which is the same as returning a value without a Timeout member.', async () => {
    const pid = await start()
    await call(pid, (state: unknown) => ['reply', 1, state, 100])
    log = []
    await node.advance(99)
    expect(log).toEqual([])
    await node.advance(1)
    expect(log).toEqual([['handleInfo', { type: 'timeout' }, 'State']])
    cast(pid, (state: unknown) => ['noreply', state, 100])
    await node.advance(99)
    node.send(pid, 'a message')
    await node.advance(1000)
    expect(log.filter(([, what]) => typeof what === 'object')).toHaveLength(1)
    cast(pid, (state: unknown) => ['noreply', state, 'infinity'])
    await node.advance(100_000)
    expect(log.filter(([, what]) => typeof what === 'object')).toHaveLength(1)
  })

  test('{reply,_,_,{continue,Continue}} {noreply,_,{continue,Continue}}: The process will execute the Module:handle_continue/2 callback function, with Continue as the first argument.', async () => {
    const pid = await start()
    await call(pid, (state: unknown) => ['reply', 1, state, { continue: { any: 'term' } }])
    cast(pid, (state: unknown) => ['noreply', state, { continue: undefined }])
    await node.advance(0)
    expect(log.filter(([callback]) => callback === 'handleContinue')).toEqual([
      ['handleContinue', { any: 'term' }, 'State'],
      ['handleContinue', undefined, 'State'],
    ])
  })

  test('{stop,Reason,NewState} {stop,Reason,Reply,NewState}: The gen_server process will call Module:terminate(Reason,NewState) and then terminate.', async () => {
    const [one, two] = [await start(), await start()]
    void call(one, () => ['stop', 'normal', 'NewState 1'])
    void call(two, () => ['stop', 'shutdown', 'Reply', 'NewState 2'])
    await node.advance(0)
    expect(log.filter(([callback]) => callback === 'terminate')).toEqual([
      ['terminate', 'normal', 'NewState 1'],
      ['terminate', 'shutdown', 'NewState 2'],
    ])
    expect([one, two].map((pid) => node.isAlive(pid))).toEqual([false, false])
  })

  test('{stop,_,Reply,_} will create a reply to the client request just as {reply,Reply,...} while {stop,_,_} will not, so just as for {noreply,NewState,...} a reply has to be created by calling reply(From, Reply) before returning {stop,_,_}.', async () => {
    expect(await call(await start(), () => ['stop', 'normal', 'Reply', 0])).toBe('Reply')
    expect(await reasonOf(call(await start(), () => ['stop', 'normal', 0]))).toBe('normal')
    const before = (state: unknown, _self: Receiver, from: From): unknown => (
      genServer.reply(from, 'before'), ['stop', 'normal', state]
    )
    expect(await call(await start(), before)).toBe('before')
  })
})

describe('Module:handle_cast/2', () => {
  test('Whenever a gen_server process receives a request sent using cast/2 or abcast/2,3, this function is called to handle the request.', async () => {
    const pid = await start()
    cast(pid, 'Request')
    await node.advance(0)
    expect(log.at(-1)).toEqual(['handleCast', 'Request', 'State'])
  })
})

describe('Module:handle_continue/2', () => {
  test('This callback is optional, so callback modules need to export it only if they return one of the tuples containing {continue,Continue} from another callback. If such a {continue,_} tuple is used and the callback is not implemented, the process will exit with undef error.', async () => {
    const pid = await start({ init: () => ['ok', 0], handleCast: () => ['noreply', 0, { continue: 'x' }] } as Module)
    cast(pid, 'x')
    expect(await endOf(pid)()).toMatchObject({ value: 'undef' })
    node.expectCrash('undef')
  })

  test('This function is called by a gen_server process whenever a previous callback returns one of the tuples containing {continue, Continue}. handle_continue/2 is invoked immediately after the previous callback, which makes it useful for performing work after initialization or for splitting the work in a callback in multiple steps, updating the process state along the way.', async () => {
    const step = (n: number): unknown => ['noreply', n + 1, ...(n < 3 ? [{ continue: step }] : [])]
    const pid = await start(server(), 0)
    cast(pid, step)
    cast(pid, 'next')
    await node.advance(0)
    expect(log.slice(1).map(([callback, , state]) => [callback, state])).toEqual([
      ['handleCast', 0],
      ['handleContinue', 1],
      ['handleContinue', 2],
      ['handleContinue', 3],
      ['handleCast', 4],
    ])
  })
})

describe('Module:handle_cast/2, Module:handle_continue/2, Module:handle_info/2', () => {
  const ways: readonly (readonly [string, (pid: any, answer: unknown) => void])[] = [
    ['handle_cast', (pid, answer) => cast(pid, answer)],
    ['handle_continue', (pid, answer) => cast(pid, (state: unknown) => ['noreply', state, { continue: answer }])],
    ['handle_info', (pid, answer) => node.send(pid, answer)],
  ]

  test.each(ways)(
    '%s: For a description of the arguments and possible return values, see Module:handle_call/3.',
    async (_name, give) => {
      const pid = await start(server(), 0)
      give(pid, (n: number) => ['noreply', n + 1])
      give(pid, (n: number) => ['noreply', n + 1, 'hibernate'])
      give(pid, (n: number) => ['noreply', n + 1, { continue: 'more' }])
      give(pid, (n: number) => ['noreply', n + 1, 100])
      await node.advance(100)
      expect(await at(() => sys.getState(pid))).toBe(4)
      expect(log.filter(([, what]) => what === 'more')).toHaveLength(1)
      expect(log.at(-1)).toEqual(['handleInfo', { type: 'timeout' }, 4])
      give(pid, (n: number) => ['stop', 'shutdown', n + 1])
      await node.advance(0)
      expect(log.at(-1)).toEqual(['terminate', 'shutdown', 5])
    },
  )
})

describe('Module:handle_info/2', () => {
  test('This callback is optional, so callback modules need not export it. The gen_server module provides a default implementation of this function that logs about the unexpected Info message, drops it and returns {noreply, State}.', async () => {
    const warnings: string[] = []
    const own = createNode({ logger: { ...silentLogger, warn: (_facts, text) => void warnings.push(text) } })
    const pid = unwrap(await own.run(() => genServer.start({ init: () => ['ok', 'State'] as const })))
    own.send(pid as Pid, 'unexpected')
    expect(await own.run(() => sys.getState(pid))).toBe('State')
    expect(warnings).toEqual([`gen_server ${String(pid)} has no handleInfo; dropped 'unexpected'`])
    await own.stop()
  })

  test('This function is called by a gen_server process when a time-out occurs or when it receives any other message than a synchronous or asynchronous request (or a system message).', async () => {
    const pid = await start(server({ init: (arg) => ['ok', arg, 50] }))
    await node.advance(50)
    node.send(pid, 'a message')
    await at(() => sys.getState(pid))
    await call(pid, 'a call')
    cast(pid, 'a cast')
    await node.advance(0)
    expect(log).toEqual([
      ['handleInfo', { type: 'timeout' }, 'State'],
      ['handleInfo', 'a message', 'State'],
      ['handleCall', 'a call', 'State'],
      ['handleCast', 'a cast', 'State'],
    ])
  })

  test('differs: Info is either the atom timeout, if a time-out has occurred, or the received message. (here: messages are objects with a type, so a time-out is { type: "timeout" })', async () => {
    const pid = await start(server({ init: (arg) => ['ok', arg, 0] }))
    node.send(pid, 'the received message')
    await node.advance(0)
    expect(log.map(([, message]) => message)).toEqual([{ type: 'timeout' }, 'the received message'])
  })
})

describe('Module:init/1', () => {
  test('Whenever a gen_server process is started using start/3,4, start_monitor/3,4, or start_link/3,4, this function is called by the new process to initialize.', async () => {
    const starters: Pid[] = []
    const module = server({ init: (arg, self) => (starters.push(self.pid), ['ok', arg]) })
    const pids = await inside(node, async (self) => {
      const one = unwrap(await genServer.start(module, 1))
      const two = unwrap(await self.run(() => genServer.startLink(module, 1)))
      const three: any = await self.run(() => genServer.startMonitor(module, 1))
      return [one, two, three[1][0]]
    })
    expect(starters).toEqual(pids)
  })

  test('Args is the Args argument provided to the start function.', async () => {
    await start(server(), { the: 'Args' })
    expect(log).toEqual([['init', { the: 'Args' }]])
  })

  test('{ok,State} {ok,State,_}: Initialization was succesful and State is the internal state of the gen_server process.', async () => {
    const nexts: unknown[][] = [[], [1000], ['infinity'], ['hibernate'], [{ continue: 'x' }]]
    for (const next of nexts) {
      const pid = await start(server({ init: () => ['ok', 'State', ...next] as any }))
      expect(await at(() => sys.getState(pid))).toBe('State')
    }
  })

  test('{ok,_,Timeout} {ok,_,hibernate} {ok,_,{continue,Continue}}: See the corresponding return values from Module:handle_call/3 for a description of this tuple member.', async () => {
    await start(server({ init: () => ['ok', 'by time', 100] }))
    await start(server({ init: () => ['ok', 'asleep', 'hibernate'] }))
    await start(server({ init: () => ['ok', 'at once', { continue: 'Continue' }] }))
    expect(log).toEqual([['handleContinue', 'Continue', 'at once']])
    await node.advance(100)
    expect(log.slice(1)).toEqual([['handleInfo', { type: 'timeout' }, 'by time']])
  })

  test('{stop,Reason} ignore: Initialization failed. An exit signal with this Reason (or with reason normal if ignore is returned) is sent to linked processes and ports, notably to the process starting the gen_server when start_link/3,4 is used.', async () => {
    const answers: any[] = [['stop', ['shutdown', 'Reason']], ['ignore']]
    const reasons = await inside(node, async (self: Receiver<any>) => {
      self.trapExit(true)
      const heard: unknown[] = []
      for (const answer of answers) {
        await self.run(() => genServer.startLink(server({ init: () => answer }), 1))
        heard.push((await self.receive('EXIT')).reason)
      }
      return heard
    })
    expect(reasons).toEqual([['shutdown', 'Reason'], 'normal'])
    const starter = node.spawn(async () => void (await genServer.startLink(server({ init: () => ['stop', 'shutdown'] }), 1)))
    expect(await endOf(starter)()).toBe('shutdown')
  })
})

describe('Module:terminate/2', () => {
  const trapping = (): Module => server({ init: (arg, self) => (self.trapExit(true), ['ok', arg]) })

  test('This callback is optional, so callback modules need not export it. The gen_server module provides a default implementation without cleanup.', async () => {
    const pid = unwrap(await at(() => genServer.start({ init: () => ['ok', 0] as const })))
    await expect(at(() => genServer.stop(pid))).resolves.toBe(undefined)
  })

  test('This function is called by a gen_server process when it is about to terminate.', async () => {
    const pid = await start()
    await at(() => genServer.stop(pid))
    expect(log.at(-1)).toEqual(['terminate', 'normal', 'State'])
  })

  test('When it returns, the gen_server process terminates with Reason. The return value is ignored.', async () => {
    const pid = await start(server({ terminate: (() => ['stop', 'another', 'State']) as any }))
    const ended = endOf(pid)
    await at(() => genServer.stop(pid, 'shutdown'))
    expect(await ended()).toBe('shutdown')
  })

  test('Reason is a term denoting the stop reason and State is the internal state of the gen_server process.', async () => {
    const pid = await start()
    await at(() => genServer.stop(pid, ['shutdown', { any: 'term' }]))
    expect(log.at(-1)).toEqual(['terminate', ['shutdown', { any: 'term' }], 'State'])
  })

  test('Reason depends on why the gen_server process is terminating. If it is because another callback function has returned a stop tuple {stop,..}, Reason has the value specified in that tuple. If it is because of a failure, Reason is the error reason.', async () => {
    const [stopped, failed, bad] = [await start(), await start(), await start()]
    cast(stopped, (state: unknown) => ['stop', ['shutdown', 'in that tuple'], state])
    cast(failed, boom)
    cast(bad, () => 'bad')
    await node.advance(0)
    expect(log.filter(([callback]) => callback === 'terminate')).toEqual([
      ['terminate', ['shutdown', 'in that tuple'], 'State'],
      ['terminate', BOOM, 'State'],
      ['terminate', ['bad_return_value', 'bad'], 'State'],
    ])
    for (const reason of [new Error('boom'), ['bad_return_value', 'bad']]) node.expectCrash(reason)
  })

  test('If the gen_server process is part of a supervision tree and is ordered by its supervisor to terminate, this function is called with Reason=shutdown if the following conditions apply: * The gen_server process has been set to trap exit signals. * The shutdown strategy as defined in the child specification of the supervisor is an integer time-out value, not brutal_kill.', async () => {
    const children = [
      child('both', trapping(), 'both', { shutdown: 100 }),
      child('no trap', server(), 'no trap', { shutdown: 100 }),
      child('killed', trapping(), 'killed', { shutdown: 'brutalKill' }),
    ]
    const tree = unwrap(await at(() => supervisor.start({ children })))
    await at(() => supervisor.stop(tree))
    expect(log.filter(([callback]) => callback === 'terminate')).toEqual([['terminate', 'shutdown', 'both']])
  })

  test("Even if the gen_server process is not part of a supervision tree, this function is called if it receives an 'EXIT' message from its parent. Reason is the same as in the 'EXIT' message.", async () => {
    for (const reason of ['normal', ['shutdown', 'parent']]) {
      node.spawn(async (self) => {
        unwrap(await genServer.startLink(trapping(), 1))
        self.exit(reason)
      })
      await node.advance(0)
      expect(log.at(-1)).toEqual(['terminate', reason, 1])
    }
  })

  test('Otherwise, the gen_server process terminates immediately.', async () => {
    const pid = await start()
    node.spawn((self) => self.exit(pid, 'signal'))
    await node.advance(0)
    expect(node.isAlive(pid)).toBe(false)
    expect(log).toEqual([['init', 'State']])
  })

  test('Notice that for any other reason than normal, shutdown, or {shutdown,Term}, see stop/3, the gen_server process is assumed to terminate because of an error, and an error report is issued using logger(3erl).', async () => {
    const reported: any[] = []
    const own = createNode({ logger: { ...silentLogger, error: (facts, text) => void reported.push({ facts, text }) } })
    for (const reason of ['normal', 'shutdown', ['shutdown', 'Term'], 'other']) {
      const pid = unwrap(await own.run(() => genServer.start(server(), 'State')))
      own.run(() => genServer.cast(pid, (() => ['stop', reason, 'NewState']) as any))
      await own.run(() => genServer.call(pid, 'x' as any)).catch(() => undefined)
    }
    expect(reported).toMatchObject([{ facts: { reason: 'other', state: 'NewState' }, text: expect.stringContaining("'other'") }])
    await own.stop()
  })

  test('When the gen_server process exits, an exit signal with the same reason is sent to linked processes and ports.', async () => {
    const pid = await start()
    const linked = node.spawn(async (self) => {
      self.link(pid)
      await idle(self)
    })
    const ended = endOf(linked)
    await node.advance(0)
    cast(pid, (state: unknown) => ['stop', ['shutdown', 'same'], state])
    expect(await ended()).toEqual(['shutdown', 'same'])
  })
})

const DISTRIBUTED = 'this node has no other nodes yet, and no global registry'
const COLLECTIONS =
  'request id collections are left out: a Map from ref to label does the same, and all messages of requests carry their ref'
const HIBERNATE = 'an idle process holds no stack and no mailbox here: `hibernate` is accepted and means nothing'
const FORMAT = 'format_status is left out: a logger can be given its own view of the facts'
const CODE = 'there is no code change: a module is an object that lives as long as somebody holds it'
const ENTER = 'a process is started as a server; spawnProcess and createNode have no server loop to enter'
const ABSOLUTE = 'timeouts are relative'
const SPAWN = 'spawn options are about heaps and priorities, which do not exist here'
const LOCATION = 'a CallError has the Reason as `reason`; where it was made stands in its stack'

/** Sentences of the page that cannot hold here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  [
    'Besides passing the request identifier directly to these functions, it can also be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or check_response/3. If you are about to save the request identifier in a request identifier collection, you may want to consider using send_request/4 instead.',
    COLLECTIONS,
  ],
  [
    'If one of the nodes cannot process monitors, for example, C or Java nodes, and the gen_server process is not started when the requests are sent, but starts within 2 seconds, this function waits the whole Timeout, which may be infinity.',
    DISTRIBUTED,
  ],
  [
    "The gen_server process can go into hibernation (see erlang:hibernate/3) if a callback function specifies 'hibernate' instead of a time-out value. This can be useful if the server is expected to be idle for a long time. However, use this feature with care, as hibernation implies at least two garbage collections (when hibernating and shortly after waking up) and is not something you want to do between each call to a busy server.",
    HIBERNATE,
  ],
  [
    '{reply,_,_,hibernate} {noreply,_,hibernate}: The process goes into hibernation waiting for the next message to arrive (by calling proc_lib:hibernate/3).',
    HIBERNATE,
  ],
  [
    '{hibernate_after,HibernateAfterTimeout}: Specifies that the gen_server process awaits any message for HibernateAfterTimeout milliseconds and if no message is received, the process goes into hibernation automatically (by calling proc_lib:hibernate/3).',
    HIBERNATE,
  ],
  [
    '{debug,Dbgs}: For every entry in Dbgs, the corresponding function in sys(3erl) is called.',
    'sys.trace and sys.statistics are called on the pid',
  ],
  [
    '{spawn_opt,SpawnOptions}: The SpawnOptions option list is passed to the function used to spawn the gen_server; see spawn_opt/2.',
    SPAWN,
  ],
  ['Using spawn option monitor is not allowed, it causes a badarg failure.', SPAWN],
  ['{global,GlobalName}: Register the gen_server process id globally as GlobalName using global:register_name/2.', DISTRIBUTED],
  [
    '{via,RegMod,ViaName}: Register the gen_server process with the registry represented by RegMod. The RegMod callback is to export the functions register_name/2, unregister_name/1, whereis_name/1, and send/2, which are to behave like the corresponding functions in global. Thus, {via,global,GlobalName} is a valid reference equivalent to {global,GlobalName}.',
    DISTRIBUTED,
  ],
  ['{Name,Node}: The gen_server is locally registered on another node.', DISTRIBUTED],
  ['{global,GlobalName}: The gen_server is globally registered in global.', DISTRIBUTED],
  [
    '{via,RegMod,ViaName}: The gen_server is registered in an alternative process registry. The registry callback module RegMod is to export functions register_name/2, unregister_name/1, whereis_name/1, and send/2, which are to behave like the corresponding functions in global. Thus, {via,global,GlobalName} is the same as {global,GlobalName}.',
    DISTRIBUTED,
  ],
  [
    '{nodedown,Node}: The ServerRef refers to a server on the remote node Node and the connection to that node failed.',
    DISTRIBUTED,
  ],
  ['and with reason {nodedown,Node} if the connection fails to the remote Node where the server runs.', DISTRIBUTED],
  ['{abs, Timeout}: An absolute Erlang monotonic time timeout in milliseconds.', ABSOLUTE],
  [
    'This call may exit the calling process with an exit term on the form {Reason, Location} where Location = {gen_server,call,ArgList}',
    LOCATION,
  ],
  [
    'The calling process must therefore after catching a time-out exit be prepared to receive garbage message(s) on the form {reference(), _}',
    'that was before OTP 24',
  ],
  ['Otherwise, a stray response might be received at a later time.', 'there are no peers without aliases'],
  [
    "If a release upgrade/downgrade with Change={advanced,Extra} specified in the appup file is made when code_change/3 isn't implemented the process will crash with an undef exit reason.",
    CODE,
  ],
  [
    'An opaque collection of request identifiers (request_id()) where each request identifier can be associated with a label chosen by the user. For more information see reqids_new/0.',
    COLLECTIONS,
  ],
  [
    'Sends an asynchronous request to the gen_server processes locally registered as Name at the specified nodes. The function returns immediately and ignores nodes that do not exist, or where the gen_server Name does not exist. The gen_server processes call Module:handle_cast/2 to handle the request.',
    DISTRIBUTED,
  ],
  [
    'Check if Msg is a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/2 or send_request/4, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'The Label in the response equals the Label associated with the request identifier that the response corresponds to. The Label of a request identifier is associated when saving the request id in a request identifier collection, or when sending the request using send_request/4.',
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
    'Makes an existing process a gen_server process. Does not return, instead the calling process enters the gen_server process receive loop and becomes a gen_server process. The process must have been started using one of the start functions in proc_lib(3erl). The user is responsible for any initialization of the process, including registering a name for it.',
    ENTER,
  ],
  [
    'This function is useful when a more complex initialization procedure is needed than the gen_server process behavior provides.',
    ENTER,
  ],
  [
    'Module, Options, and ServerName have the same meanings as when calling start[_link|_monitor]/3,4 or it can be self() for an anonymous server, which is the same as calling an enter_loop/3,4 function without a ServerName argument. However, if ServerName is specified (and not as self()), the process must have been registered accordingly before this function is called.',
    ENTER,
  ],
  [
    'State, Timeout, Hibernate and Cont have the same meanings as in the return value of Module:init/1, which is not called when enter_loop/3,4,5 is used. Note that to adhere to the gen_server Behaviour such a callback function needs to be defined, and it might as well be the one used when starting the gen_server process through proc_lib, and then be the one that calls enter_loop/3,4,5. But if such a Module:init/1 function in for example error cases cannot call enter_loop/3,4,5, it should return a value that follows the type specification for Module:init/1 such as ignore, although that value will be lost when returning to the spawning function.',
    ENTER,
  ],
  [
    'This function fails if the calling process was not started by a proc_lib start function, or if it is not registered according to ServerName.',
    ENTER,
  ],
  [
    'Makes a synchronous call to all gen_server processes locally registered as Name at the specified nodes, by first sending the request to the nodes, and then waiting for the replies. The gen_server processes on the nodes call Module:handle_call/3 to handle the request.',
    DISTRIBUTED,
  ],
  [
    'The function returns a tuple {Replies,BadNodes}, where Replies is a list of {Node,Reply} tuples, and BadNodes is a list of nodes that either did not exist, where Name was not a registered gen_server, or where it did not reply.',
    DISTRIBUTED,
  ],
  [
    'Nodes is a list of node names to which the request is to be sent. Default value is the list of all known nodes [node()|nodes()].',
    DISTRIBUTED,
  ],
  [
    'Timeout is an integer that specifies how many milliseconds to wait for all replies, or the atom infinity to wait indefinitely, which is the default. If no reply is received from a node within the specified time, the node is added to BadNodes.',
    DISTRIBUTED,
  ],
  [
    'When a reply Reply is received from the gen_server process at a node Node, {Node,Reply} is added to Replies. Reply is passed from the return value of Module:handle_call/3.',
    DISTRIBUTED,
  ],
  ['This problem does not exist if all nodes are Erlang nodes.', DISTRIBUTED],
  [
    'To prevent late answers (after the time-out) from polluting the message queue of the caller, a middleman process is used to do the calls. Late answers are then discarded when they arrive to a terminated process.',
    DISTRIBUTED,
  ],
  [
    'Receive a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/2 or send_request/4, and all request must have been made by the process calling this function.',
    COLLECTIONS,
  ],
  [
    'The Label in the response equals the Label associated with the request identifier that the response corresponds to. The Label of a request identifier is associated when adding the request id in a request identifier collection, or when sending the request using send_request/4.',
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
    'Request identifiers of requests made by send_request/2 can be saved in a request identifier collection using reqids_add/3. Such a collection of request identifiers can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3.',
    COLLECTIONS,
  ],
  ['reqids_size/1 can be used to determine the amount of request identifiers in a request identifier collection.', COLLECTIONS],
  ['Returns the amount of request identifiers saved in ReqIdCollection.', COLLECTIONS],
  [
    'Returns a list of {ReqId, Label} tuples which corresponds to all request identifiers with their associated labels present in the ReqIdCollection collection.',
    COLLECTIONS,
  ],
  [
    'Sends an asynchronous call request Request to the gen_server process identified by ServerRef. The Label will be associated with the request identifier of the operation and added to the returned request identifier collection NewReqIdCollection. The collection can later be used in order to get one response corresponding to a request in the collection by passing the collection as argument to receive_response/3, wait_response/3, or, check_response/3.',
    COLLECTIONS,
  ],
  [
    'The same as calling gen_server:reqids_add(gen_server:send_request(ServerRef, Request), Label, ReqIdCollection), but calling send_request/4 is slightly more efficient.',
    COLLECTIONS,
  ],
  [
    'Wait for a response corresponding to a request identifier saved in ReqIdCollection. All request identifiers of ReqIdCollection must correspond to requests that have been made using send_request/2 or send_request/4, and all request must have been made by the process calling this function.',
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
    'This function is called by a gen_server process when it is to update its internal state during a release upgrade/downgrade, that is, when the instruction {update,Module,Change,...}, where Change={advanced,Extra}, is specifed in the appup file. For more information, see section Release Handling Instructions in OTP Design Principles.',
    CODE,
  ],
  [
    'For an upgrade, OldVsn is Vsn, and for a downgrade, OldVsn is {down,Vsn}. Vsn is defined by the vsn attribute(s) of the old version of the callback module Module. If no such attribute is defined, the version is the checksum of the Beam file.',
    CODE,
  ],
  ['Extra is passed "as is" from the {advanced,Extra} part of the update instruction.', CODE],
  ['If successful, the function must return the updated internal state.', CODE],
  ['If the function returns {error,Reason}, the ongoing upgrade fails and rolls back to the old release.', CODE],
  [
    'If this callback is exported but fails, to hide possibly sensitive data, the default function will instead return the fact that format_status/1 has crashed.',
    FORMAT,
  ],
  ['This function is called by a gen_server process in the following situations:', FORMAT],
  ['sys:get_status/1,2 is invoked to get the gen_server status.', FORMAT],
  ['The gen_server process terminates abnormally and logs an error.', FORMAT],
  ['This callback is used to limit the status of the process returned by sys:get_status/1,2 or sent to logger.', FORMAT],
  [
    'The callback gets a map Status describing the current status and shall return a map NewStatus with the same keys, but it may transform some values.',
    FORMAT,
  ],
  [
    'Two possible use cases for this callback is to remove sensitive information from the state to prevent it from being printed in log files, or to compact large irrelevant status items that would only clutter the logs.',
    FORMAT,
  ],
  ['One of sys:get_status/1,2 is invoked to get the gen_server status. Opt is set to the atom normal.', FORMAT],
  ['The gen_server process terminates abnormally and logs an error. Opt is set to the atom terminate.', FORMAT],
  [
    'This function is useful for changing the form and appearance of the gen_server status for these cases. A callback module wishing to change the sys:get_status/1,2 return value, as well as how its status appears in termination error logs, exports an instance of format_status/2 that returns a term describing the current status of the gen_server process.',
    FORMAT,
  ],
  ['PDict is the current value of the process dictionary of the gen_server process..', FORMAT],
  [
    'The function is to return Status, a term that changes the details of the current state and status of the gen_server process. There are no restrictions on the form Status can take, but for the sys:get_status/1,2 case (when Opt is normal), the recommended form for the Status value is [{data, [{"State", Term}]}], where Term provides relevant details of the gen_server state. Following this recommendation is not required, but it makes the callback module status consistent with the rest of the sys:get_status/1,2 return value.',
    FORMAT,
  ],
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

  test('none of the functions and options that are left out is there', () => {
    expect(Object.keys(genServer).filter((name) => /^reqids|abcast|multiCall|enterLoop/.test(name))).toEqual([])
    for (const option of ['hibernateAfterMs', 'debug', 'spawnOpt'])
      expect(thrownBy(() => genServer.start(server(), 1, { [option]: 1 } as any))).toMatchObject({
        code: 'GENSOCK_ERR_UNKNOWN_OPTION',
      })
  })
})
