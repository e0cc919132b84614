// OTP's manual page sys(3), stdlib 4.2, sentence by sentence.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  type CallError,
  createNode,
  type DebugEvent,
  genEvent,
  genServer,
  genStatem,
  type Pid,
  type Receiver,
  type StartResult,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'

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
async function started(start: () => Promise<StartResult<any>>): Promise<any> {
  return unwrap(await ask(start))
}
const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'it answered',
    (error: CallError) => error.reason,
  )

/** What servers end with: reason and state. */
let ended: unknown[] = []
beforeEach(() => {
  ended = []
})
const server = (): Promise<any> =>
  started(() =>
    genServer.start(
      {
        init: (n: number, self: Receiver) => (self.trapExit(true), ['ok', n]),
        handleCall: { add: ({ by }: { by: number }, _from, n: number) => ['reply', n + by, n + by] },
        handleCast: { reset: () => ['noreply', 0] },
        handleInfo: (message, n: number) => (message === 'boom' ? ['stop', 'boom', n] : ['noreply', n + 1]),
        terminate: (reason, n) => void ended.push([reason, n]),
      },
      5,
    ),
  )
const machine = (): Promise<Pid> =>
  started(() =>
    genStatem.start(
      {
        callbackMode: 'handleEventFunction',
        init: () => ['ok', 'off', 7],
        handleEvent: (_type, content, _state, data) => ['next_state', content, data],
      },
      undefined,
    ),
  )
const first = {
  init: (n: number) => ['ok', n] as const,
  handleEvent: (_event: unknown, n: number) => ['ok', n] as const,
  handleCall: (_request: unknown, n: number) => ['ok', n, n] as const,
}
const manager = async (): Promise<any> => {
  const pid = await started(() => genEvent.start())
  await ask(() => genEvent.addHandler(pid, first, 1))
  await ask(() => genEvent.addHandler(pid, [first, 'id'], 2))
  return pid
}
/** A server that hangs in its callback. */
const busy = async (): Promise<Pid> => {
  const pid = await started(() =>
    genServer.start({ init: () => ['ok', 0], handleInfo: () => new Promise<never>(() => undefined) }),
  )
  node.send(pid, 'hang')
  await node.settle()
  return pid
}

describe('sys', () => {
  test('"The default time-out is 5000 ms, unless otherwise specified."', async () => {
    const pid = await busy()
    const answers: unknown[] = []
    const asked = [
      () => sys.getState(pid),
      () => sys.getStatus(pid),
      () => sys.replaceState(pid, (n) => n),
      () => sys.suspend(pid),
      () => sys.resume(pid),
      () => sys.trace(pid, true),
      () => sys.statistics(pid, true),
      () => sys.terminate(pid, 'shutdown'),
    ]
    for (const one of asked) void reasonOf(node.run<Promise<unknown>>(one)).then((reason) => answers.push(reason))
    await node.advance(4999)
    expect(answers).toEqual([])
    await node.advance(1)
    expect(answers).toEqual(asked.map(() => 'timeout'))
  })

  test('"timeout defines the time to wait for the process to respond to a request."', async () => {
    const pid = await busy()
    const answer = reasonOf(at(() => sys.getState(pid, 7)))
    await node.advance(7)
    expect([await answer, node.now()]).toEqual(['timeout', 7])
  })

  test('differs: "If the process does not respond, the function evaluates exit({timeout, {M, F, A}})." Here it rejects with CallError `timeout`, as every call', async () => {
    const pid = await busy()
    const failed = at(() => sys.getState(pid, 7)).catch((error: unknown) => error)
    await node.advance(7)
    expect(await failed).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
  })

  test('"No debugging is performed if it is an empty list.": a server that nobody traces has no debug structure', async () => {
    const seen: DebugEvent[] = []
    const pid = await server()
    node.send(pid, 'a')
    await node.settle()
    await ask(() => sys.trace(pid, (event) => void seen.push(event)))
    expect([seen, await ask(() => sys.statistics(pid, 'get'))]).toEqual([[], 'no_statistics'])
  })

  test('"Shutdown messages. If the process traps exits, it must be able to handle a shutdown request from its parent, the supervisor."', async () => {
    const seen: unknown[] = []
    const trapping = {
      init: (_arg: void, self: Receiver) => (self.trapExit(true), ['ok', 0] as const),
      terminate: (reason: unknown) => void seen.push(reason),
    }
    const parent = node.spawn(async (self) => {
      const pid = unwrap(await self.run(() => genServer.startLink(trapping)))
      await self.run(() => sys.suspend(pid))
      await self.receive()
    })
    await node.settle()
    node.exit(parent, 'shutdown')
    await node.settle()
    expect(seen).toEqual(['shutdown'])
  })
})

describe('system_event()', () => {
  const traced = async (pid: Pid, act: () => unknown): Promise<DebugEvent[]> => {
    const seen: DebugEvent[] = []
    await ask(() => sys.trace(pid, (event) => void seen.push(event)))
    at(act)
    await node.settle()
    return seen
  }

  test('"{in,Msg}": "Is produced by gen_server and gen_event when the message Msg arrives."', async () => {
    const pid = await server()
    expect((await traced(pid, () => node.send(pid, 'hello')))[0]).toEqual({ type: 'in', kind: 'info', message: 'hello' })
    const events = await manager()
    expect(await traced(events, () => genEvent.notify(events, 'e'))).toEqual([{ type: 'in', kind: 'cast', message: 'e' }])
  })

  test('"{in,Msg,State}": "Is produced by gen_statem when the message Msg arrives in state State."; here without the state', async () => {
    const pid = await machine()
    expect((await traced(pid, () => genStatem.cast(pid, 'on')))[0]).toMatchObject({ type: 'in', kind: 'cast', message: 'on' })
  })

  test('"{out,Msg,To,State}": "Is produced by gen_server when the reply Msg is sent back to To by returning a {reply,...} tuple from the callback module."; here without the state', async () => {
    const pid = await server()
    const seen = await traced(pid, () => genServer.call(pid, { type: 'add', by: 1 } as never))
    expect(seen).toMatchObject([
      { type: 'in', kind: 'call' },
      { type: 'out', message: 6 },
    ])
    expect((seen[1] as DebugEvent & { type: 'out' }).to).toBe((seen[0] as DebugEvent & { type: 'in' }).from)
  })

  test('"{noreply,State}": "Is produced by gen_server when a {noreply,...} tuple is returned from the callback module." "State is the new server state."', async () => {
    const pid = await server()
    expect((await traced(pid, () => genServer.cast(pid, { type: 'reset' } as never)))[1]).toEqual({ type: 'noreply', state: 0 })
  })
})

describe('get_state/1, get_state/2', () => {
  test('"Gets the state of the process."', async () => {
    const pid = await server()
    expect([await ask(() => sys.getState(pid)), await ask(() => sys.getState(pid, 100))]).toEqual([5, 5])
  })
  test('"For a gen_server process, the returned State is the state of the callback module."', async () => {
    const pid = await server()
    node.send(pid, 'one more')
    expect(await ask(() => sys.getState(pid))).toBe(6)
  })
  test('"For a gen_statem process, State is the tuple {CurrentState,CurrentData}."', async () => {
    const pid = await machine()
    at(() => genStatem.cast(pid, 'on'))
    expect(await ask(() => sys.getState(pid))).toEqual(['on', 7])
  })
  test('"For a gen_event process, State is a list of tuples, where each tuple corresponds to an event handler registered in the process and contains {Module, Id, HandlerState}": "The ID of the handler (which is false if it was registered without an ID)."', async () => {
    const pid = await manager()
    expect(await ask(() => sys.getState(pid))).toEqual([
      [first, 'id', 2],
      [first, false, 1],
    ])
  })
})

describe('get_status/1, get_status/2', () => {
  test('"Gets the status of the process.": pid, process dictionary, running or suspended, parent, state', async () => {
    const children: Pid[] = []
    const module = {
      init: (_arg: void, self: Receiver) => (self.put('key', 'value'), ['ok', { n: 1 }] as const),
    }
    const parent = node.spawn(async (self) => {
      children.push(unwrap(await self.run(() => genServer.startLink(module, undefined, { name: 'bob' }))))
      await self.receive()
    })
    await node.settle()
    const [child] = children as [Pid]
    expect(await ask(() => sys.getStatus('bob'))).toEqual({
      pid: String(child),
      behaviour: 'gen_server',
      name: 'bob',
      parent: String(parent),
      status: 'running',
      state: { n: 1 },
      dictionary: new Map([['key', 'value']]),
      messageQueueLength: 0,
    })
    await ask(() => sys.suspend('bob'))
    expect(await ask(() => sys.getStatus('bob'))).toMatchObject({ status: 'suspended' })
  })
  test('"A gen_server process returns the state of the callback module."', async () => {
    const pid = await server()
    expect((await ask(() => sys.getStatus(pid))).state).toBe(5)
  })
  test('"A gen_statem process returns information, such as its current state name and state data."', async () => {
    const pid = await machine()
    expect(await ask(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'gen_statem', state: ['off', 7] })
  })
  test('"A gen_event process returns information about each of its registered handlers."', async () => {
    const pid = await manager()
    expect((await ask(() => sys.getStatus(pid))).state).toEqual([
      [first, 'id', 2],
      [first, false, 1],
    ])
  })
})

describe('replace_state/2, replace_state/3', () => {
  test('"Replaces the state of the process, and returns the new state."', async () => {
    const pid = await server()
    expect(await ask(() => sys.replaceState<number>(pid, (n) => n * 2))).toBe(10)
    expect(await ask(() => sys.getState(pid))).toBe(10)
  })
  test('"For a gen_server process, State is the state of the callback module and NewState is a new instance of that state."', async () => {
    const pid = await server()
    const given: unknown[] = []
    await ask(() => sys.replaceState(pid, (state) => (given.push(state), 50)))
    const sum = at(() => genServer.call(pid, { type: 'add', by: 1 } as never))
    expect([given, await sum]).toEqual([[5], 51])
  })
  test('"For a gen_statem process, State is the tuple {CurrentState,CurrentData}, and NewState is a similar tuple, which can contain a new current state, new state data, or both."', async () => {
    const pid = await machine()
    expect(await ask(() => sys.replaceState(pid, ([state]) => [state, 8]))).toEqual(['off', 8])
    expect(await ask(() => sys.replaceState(pid, ([, data]) => ['on', data]))).toEqual(['on', 8])
    expect(await ask(() => sys.replaceState(pid, () => ['half', 9]))).toEqual(['half', 9])
  })
  test('"For a gen_event process, State is the tuple {Module, Id, HandlerState}" "NewState is a similar tuple where Module and Id are to have the same values as in State, but the value of HandlerState can be different."', async () => {
    const pid = await manager()
    expect(await ask(() => sys.replaceState(pid, ([module, id, n]) => [module, id, n + 10]))).toEqual([
      [first, 'id', 12],
      [first, false, 11],
    ])
  })
  test('"Returning a NewState, whose Module or Id values differ from those of State, leaves the state of the event handler unchanged."', async () => {
    const pid = await manager()
    const before = await ask(() => sys.getState(pid))
    expect(await ask(() => sys.replaceState(pid, ([module, , n]) => [module, 'other', n + 10]))).toEqual(before)
    expect(await ask(() => sys.replaceState(pid, ([, id, n]) => ['other', id, n + 10]))).toEqual(before)
  })
  test('"For a gen_event process, StateFun is called once for each event handler registered in the gen_event process."', async () => {
    const pid = await manager()
    const given: unknown[] = []
    await ask(() => sys.replaceState(pid, (state) => (given.push(state), state)))
    expect(given).toEqual([
      [first, 'id', 2],
      [first, false, 1],
    ])
  })
  test('"If a StateFun function decides not to effect any change in process state, then regardless of process type, it can return its State argument."', async () => {
    for (const pid of [await server(), await machine(), await manager()]) {
      const before = await ask(() => sys.getState(pid))
      expect(await ask(() => sys.replaceState(pid, (state) => state))).toEqual(before)
    }
  })
  test('"If a StateFun function crashes or throws an exception, the original state of the process is unchanged for gen_server, and gen_statem processes."', async () => {
    for (const pid of [await server(), await machine()]) {
      const before = await ask(() => sys.getState(pid))
      const failed = reasonOf(
        at(() =>
          sys.replaceState(pid, () => {
            throw new Error('mine')
          }),
        ),
      )
      expect([await failed, await ask(() => sys.getState(pid))]).toEqual([['callback_failed', expect.anything()], before])
    }
  })
  test('"For gen_event processes, a crashing or failing StateFun function means that only the state of the particular event handler it was working on when it failed or crashed is unchanged; it can still succeed in changing the states of other event handlers registered in the same gen_event process."', async () => {
    const pid = await manager()
    const changed = ask(() =>
      sys.replaceState(pid, ([module, id, n]) => {
        if (id === 'id') throw new Error('mine')
        return [module, id, n + 10]
      }),
    )
    expect(await changed).toEqual([
      [first, 'id', 2],
      [first, false, 11],
    ])
  })
  test('differs: "the caller exits with error {callback_failed, StateFun, {Class, Reason}}." Here the call rejects with `callback_failed` and what was thrown', async () => {
    const pid = await server()
    const mine = new Error('mine')
    const failed = at(() =>
      sys.replaceState(pid, () => {
        throw mine
      }),
    ).catch((error: unknown) => error)
    expect(await failed).toMatchObject({ reason: ['callback_failed', { error: mine }], cause: mine })
  })
})

describe('suspend/1, suspend/2', () => {
  test('"Suspends the process. When the process is suspended, it only responds to other system messages, but not other messages."', async () => {
    const pid = await server()
    expect(await ask(() => sys.suspend(pid))).toBe('ok')
    node.send(pid, 'message')
    const asked = at(() => genServer.call(pid, { type: 'add', by: 1 } as never, 100)).catch((error: CallError) => error.reason)
    at(() => genServer.cast(pid, { type: 'reset' } as never))
    await node.advance(100)
    expect([await asked, await ask(() => sys.getState(pid)), node.processInfo(pid, 'message_queue_len')]).toEqual([
      'timeout',
      5,
      3,
    ])
    expect(await ask(() => sys.suspend(pid))).toBe('ok')
  })
})

describe('resume/1, resume/2', () => {
  test('"Resumes a suspended process."', async () => {
    const pid = await server()
    await ask(() => sys.suspend(pid))
    node.send(pid, 'message')
    await node.settle()
    expect(await ask(() => sys.resume(pid))).toBe('ok')
    expect(await ask(() => sys.getState(pid))).toBe(6)
  })
})

describe('statistics/2, statistics/3', () => {
  test('"Enables or disables the collection of statistics. If Flag is get, the statistical collection is returned."', async () => {
    const pid = await server()
    expect(await ask(() => sys.statistics(pid, 'get'))).toBe('no_statistics')
    expect(await ask(() => sys.statistics(pid, true))).toBe('ok')
    node.send(pid, 'a')
    await ask(() => genServer.call(pid, { type: 'add', by: 1 } as never))
    await node.advance(10)
    expect(await ask(() => sys.statistics(pid, 'get'))).toEqual({
      startTimeMs: 0,
      currentTimeMs: 10,
      messagesIn: 2,
      messagesOut: 1,
    })
    expect(await ask(() => sys.statistics(pid, false))).toBe('ok')
    expect(await ask(() => sys.statistics(pid, 'get'))).toBe('no_statistics')
  })
})

describe('terminate/2, terminate/3', () => {
  test('"Orders the process to terminate with the specified Reason."', async () => {
    const pid = await server()
    expect(await ask(() => sys.terminate(pid, 'shutdown'))).toBe('ok')
    expect([ended, node.isAlive(pid)]).toEqual([[['shutdown', 5]], false])
  })
  test('"The termination is done asynchronously, so it is not guaranteed that the process is terminated when the function returns."', async () => {
    const slow = { init: () => ['ok', 0] as const, terminate: (_reason: unknown, _n: number, self: Receiver) => self.sleep(100) }
    const pid = await started(() => genServer.start(slow))
    expect([await ask(() => sys.terminate(pid, 'normal')), node.isAlive(pid)]).toEqual(['ok', true])
    await node.advance(100)
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('trace/2, trace/3', () => {
  test('"Prints all system events on standard_io."', async () => {
    const log = jest.spyOn(console, 'log').mockImplementation(() => undefined)
    const other = createNode()
    const pid = unwrap(
      await other.run(() => genServer.start({ init: () => ['ok', 0], handleInfo: (_message, n) => ['noreply', n] })),
    )
    expect(await other.run(() => sys.trace(pid, true))).toBe('ok')
    other.send(pid, 'a')
    await other.run(() => sys.getState(pid))
    expect(await other.run(() => sys.trace(pid, false))).toBe('ok')
    other.send(pid, 'b')
    await other.stop()
    const lines = log.mock.calls.map(([line]) => line as string)
    log.mockRestore()
    expect(lines).toEqual([`*DBG* ${String(pid)} got info 'a'`, `*DBG* ${String(pid)} new state 0`])
  })
  test('differs: a node with a logger of its own logs the events, and a function may take them instead', async () => {
    const pid = await server()
    const seen: DebugEvent[] = []
    await ask(() => sys.trace(pid, (event) => void seen.push(event)))
    node.send(pid, 'a')
    await node.settle()
    expect(seen.map((event) => event.type)).toEqual(['in', 'noreply'])
    expect(await ask(() => sys.trace(pid, false))).toBe('ok')
    node.send(pid, 'b')
    await node.settle()
    expect(seen).toHaveLength(2)
  })
  test('"It is also removed if the function fails." (of install/2): a function that throws is not called again', async () => {
    const pid = await server()
    let calls = 0
    await ask(() =>
      sys.trace(pid, () => {
        calls++
        throw new Error('mine')
      }),
    )
    node.send(pid, 'a')
    await node.settle()
    expect([calls, await ask(() => sys.getState(pid))]).toEqual([1, 6])
  })
})

const CODE = 'code is not changed in a running program'
const FUNCTION = 'the parts of special processes are internal here: SysTarget in behaviours/system.ts'
const TRACE = 'sys.trace(pid, fn) gives every event to a function, which can do this'
/** Sentences that promise something that cannot be here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  ['change_code/4: "Tells the process to change code."', CODE],
  [
    'If the modules used to implement the process change dynamically during runtime, the process must understand one more message.',
    CODE,
  ],
  ['system_code_change/4: "Called from handle_system_msg/6 when the process is to perform a code change."', CODE],
  ['install/2: "Enables installation of alternative debug functions."', TRACE],
  ['remove/2: "Removes an installed debug function from the process."', TRACE],
  ['log/2: "Turns the logging of system events on or off."', TRACE],
  ['log_to_file/2: "Enables or disables the logging of all system events in text format to the file."', TRACE],
  ['no_debug/1: "Turns off all debugging for the process."', 'trace(pid, false) and statistics(pid, false) are all there is'],
  ['The process can also define its own system events.', 'the events are a fixed union, so that a sink can be typed'],
  [
    '{continue,Continuation}, {postpone,...}, {consume,...}, {start_timer,...}, {enter,...}, {module,...}, {terminate,...}',
    'the events of sys.trace are in, out and noreply',
  ],
  [
    'Misc: "Callback modules can also change the value of Misc by exporting a function format_status/2"',
    'format_status is left out',
  ],
  ['{reductions, integer() >= 0}', 'JavaScript has no reductions to count'],
  ['{start_time, DateTime1} | {current_time, DateTime2}', 'times are milliseconds of the clock of the node'],
  [
    'If the callback module exports a function system_get_state/1, it is called in the target process to get its state.',
    FUNCTION,
  ],
  ['If the callback module exports a system_replace_state/2 function, it is called in the target process', FUNCTION],
  ['debug_options/1, get_debug/3, handle_debug/4, print_log/1, get_log/1', FUNCTION],
  ['handle_system_msg/6: "This function is used by a process module to take care of system messages."', FUNCTION],
  ['system_continue/3, system_terminate/4, system_get_state/1, system_replace_state/2', FUNCTION],
]
test.each(NOT_HERE)('not here: %s', (sentence, why) => {
  expect([sentence, why].every((text) => text.length > 10)).toBe(true)
})
