// State machines from within: wrong answers, async callbacks, endless chains, system messages, reports.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  createNode,
  type DebugEvent,
  exit,
  type From,
  genStatem,
  nocatch,
  type Pid,
  send,
  silentLogger,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { acts, asks, casts, machine, started, step, to } from './statem-machine.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A promise that a test settles by hand. */
function gate(): {
  promise: Promise<unknown>
  open: (value?: unknown) => Promise<void>
  fail: (error: unknown) => Promise<void>
} {
  let settle: [(value: unknown) => void, (error: unknown) => void] = [() => undefined, () => undefined]
  const promise = new Promise((resolve, reject) => (settle = [resolve, reject]))
  return {
    promise,
    open: async (value = 'keep_state_and_data') => {
      settle[0](value)
      await node.settle()
    },
    fail: async (error) => {
      settle[1](error)
      await node.settle()
    },
  }
}

describe('a wrong answer ends the machine, with what was allowed and what came', () => {
  const answers = [
    undefined,
    null,
    42,
    'keep_state',
    [],
    ['next_state', 'b'],
    ['next_state', 'b', 0, [], 0],
    ['keep_state'],
    ['keep_state', 0, [], 0],
    ['keep_state_and_data'],
    ['repeat_state'],
    ['repeat_state_and_data', [], 0],
    ['stop'],
    ['stop', 'why', 0, 0],
    ['stop_and_reply', 'why'],
    ['reply', 'x', 0],
    { keep_state: 0 },
  ]
  test.each(answers.map((answer) => [answer]))('%j', async (answer) => {
    const it = machine()
    const pid = await started(node, it)
    const reason = ['bad_return_from_state_function', answer]
    node.expectCrash(reason as never)
    await casts(
      node,
      pid,
      step('bad', () => answer),
    )
    expect(it.log.at(-1)).toEqual(['terminate', reason, 'a', 0])
    expect(node.crashes[0]?.text).toMatch(
      /: GensockError: handleEvent must return \['next_state', state, data, actions\?\], .*, got /,
    )
  })

  test('an enter call must not change the state; terminate gets the state that was being entered', async () => {
    const it = machine({ states: ['a', 'b'], enter: (state) => (state === 'b' ? ['next_state', 'a', 7] : 'keep_state_and_data') })
    const pid = await started(node, it)
    const reason = ['bad_state_enter_return_from_state_function', ['next_state', 'a', 7]]
    node.expectCrash(reason as never)
    await casts(node, pid, to('b'))
    expect(it.log.at(-1)).toEqual(['terminate', reason, 'b', 0])
    expect(node.crashes[0]?.text).toContain(
      "states.b must return the state that is being entered, 'b', from an enter call, got [ 'next_state', 'a', 7 ]",
    )
  })

  test.each<[unknown]>([
    ['snooze'],
    [['postpone', 'yes']],
    [['hibernate', 1]],
    [['next_event', 'enter', 'x']],
    [['next_event', ['call', 'nobody'], 'x']],
    [['next_event', 'internal']],
    [['reply', 'nobody', 'x']],
    [['state_timeout', 5]],
    [['timeout', 'x', 'y']],
    [[['timeout', 'n', 'm'], 5, 'x']],
    [null],
    [undefined],
    [-1],
    [0.5],
  ])('action %j', async (action) => {
    const it = machine()
    const pid = await started(node, it)
    const reason = ['bad_action_from_state_function', action]
    node.expectCrash(reason as never)
    await casts(node, pid, step('bad', ['next_state', 'b', 1, [action]]))
    expect(it.log.at(-1)).toEqual(['terminate', reason, 'b', 1])
    expect(node.crashes[0]?.text).toMatch(/an action must be 'postpone', \['postpone', boolean\], .*; got /)
  })

  test.each<[unknown, string]>([
    ['postpone', 'bad_state_enter_action_from_state_function'],
    [['postpone', true], 'bad_action_from_state_function'],
    [['next_event', 'internal', 'x'], 'bad_state_enter_action_from_state_function'],
  ])('action %j in an enter call', async (action, kind) => {
    const it = machine({ enter: (state) => ['keep_state_and_data', state === 'b' ? [action] : ['postpone', false]] })
    const pid = await started(node, it)
    node.expectCrash([kind, action] as never)
    await casts(node, pid, to('b'))
    expect(it.log.at(-1)).toEqual(['terminate', [kind, action], 'b', 0])
  })

  test('replies before a wrong action are sent, those behind it are not', async () => {
    const pid = await started(node, machine())
    const wrong = step('bad', ({ from }: { from: From }) => ['keep_state_and_data', [['reply', from, 'first'], 'snooze']])
    node.expectCrash(['bad_action_from_state_function', 'snooze'] as never)
    expect(await node.run(() => genStatem.call(pid, wrong))).toBe('first')
  })

  test('stop_and_reply takes replies only', async () => {
    const it = machine()
    const pid = await started(node, it)
    const reason = ['bad_reply_action_from_state_function', 'hibernate']
    node.expectCrash(reason as never)
    await casts(node, pid, step('bad', ['stop_and_reply', 'normal', ['hibernate'], 9]))
    expect(it.log.at(-1)).toEqual(['terminate', reason, 'a', 9])
    expect(node.crashes[0]?.text).toContain("a reply must be ['reply', from, value] with the from of a call; got 'hibernate'")
  })

  test('a state without a function ends with undef and says which there are', async () => {
    const it = machine({ states: ['a', 'b'] })
    const pid = await started(node, it)
    node.expectCrash('undef')
    await casts(node, pid, to('toString'), 'next')
    expect(it.log.at(-1)).toEqual(['terminate', 'undef', 'toString', 0])
    expect(node.crashes[0]?.text).toContain("the machine has no state 'toString'; it has a, b")
  })

  test('with state functions a state must be a text: badarg', async () => {
    const it = machine({ states: ['a'] })
    const pid = await started(node, it)
    node.expectCrash('badarg')
    await casts(node, pid, to(5), 'next')
    expect(node.crashes[0]?.text).toContain('with stateFunctions a state must be the name of one (a), got 5')
  })
})

describe('async callbacks', () => {
  test('events wait until the answer is there, in their order', async () => {
    const it = machine()
    const pid = await started(node, it)
    const { promise, open } = gate()
    await casts(
      node,
      pid,
      step('slow', () => promise),
      'next',
    )
    expect(it.taken()).toEqual([['cast', 'slow', 'a']])
    await open(['next_state', 'b', 1])
    expect(it.taken()).toEqual([['cast', 'next', 'b']])
  })

  test('init, enter calls, inserted events and terminate may be async', async () => {
    const order: unknown[] = []
    const later = async <T>(what: unknown, value: T): Promise<T> => {
      await Promise.resolve()
      order.push(what)
      return value
    }
    const module = {
      callbackMode: ['handleEventFunction', 'stateEnter'],
      init: () => later('init', ['ok', 'a', 0, ['next_event', 'internal', 'go']]),
      handleEvent: (type: unknown, content: unknown, state: string) =>
        content === 'go'
          ? later([type, content, state], ['next_state', 'b', 0, ['next_event', 'internal', 'end']])
          : later([type, content, state], content === 'end' ? 'stop' : 'keep_state_and_data'),
      terminate: () => later('terminate', undefined),
    }
    const pid = await started(node, { module: module as never })
    await node.settle()
    expect(order).toEqual([
      'init',
      ['enter', 'a', 'a'],
      ['internal', 'go', 'a'],
      ['enter', 'a', 'b'],
      ['internal', 'end', 'b'],
      'terminate',
    ])
    expect(node.isAlive(pid)).toBe(false)
  })

  test('the process is the running one after an await of the machine, in the next callback', async () => {
    const seen: unknown[] = []
    const module = {
      callbackMode: 'handleEventFunction',
      init: () => ['ok', 'a', 0],
      async handleEvent(type: unknown, content: unknown, _state: unknown, _data: unknown, self: { pid: Pid }) {
        seen.push(await Promise.resolve(content), type === 'internal' ? self.pid : undefined)
        return content === 'first' ? ['keep_state_and_data', ['next_event', 'internal', 'second']] : ['stop', exitsHere()]
      },
    }
    const exitsHere = (): string => 'shutdown'
    const pid = await started(node, { module: module as never })
    await casts(node, pid, 'first')
    expect(seen).toEqual(['first', undefined, 'second', pid])
  })

  test('a rejection is a crash: terminate gets what was thrown, the process ends with the crash', async () => {
    const it = machine()
    const pid = await started(node, it)
    const probe = node.probe()
    probe.monitor(pid)
    const { promise, fail } = gate()
    const error = new Error('boom')
    node.expectCrash(error)
    await casts(
      node,
      pid,
      step('slow', () => promise),
    )
    await fail(error)
    expect(it.log.at(-1)).toEqual(['terminate', error, 'a', 0])
    expect(probe.messages).toMatchObject([{ type: 'DOWN', reason: { value: error } }])
  })

  test('nocatch counts as the answer, thrown at once or later, and exit ends with its bare reason', async () => {
    const it = machine()
    const pid = await started(node, it)
    await casts(
      node,
      pid,
      step('now', () => nocatch(['next_state', 'b', 1])),
      step('later', async () => {
        await Promise.resolve()
        nocatch(['next_state', 'c', 2])
      }),
      step('bye', () => exit({ bare: true })),
    )
    expect(it.log).toEqual([
      ['cast', 'now', 'a'],
      ['cast', 'later', 'b'],
      ['cast', 'bye', 'c'],
      ['terminate', { bare: true }, 'c', 2],
    ])
    node.expectCrash({ bare: true })
  })

  test('a callback that throws while entering a state leaves terminate the state and data before', async () => {
    const it = machine({ enter: (state) => (state === 'b' ? nocatch('nonsense') : 'keep_state_and_data') })
    const thrower = machine({
      enter: (state) => {
        if (state === 'b') throw new Error('no entry')
        return 'keep_state_and_data'
      },
    })
    node.expectCrash(['bad_return_from_state_function', 'nonsense'] as never)
    node.expectCrash(/no entry/)
    for (const one of [it, thrower]) await casts(node, await started(node, one), step('go', ['next_state', 'b', 5]))
    expect(it.log.at(-1)).toEqual(['terminate', ['bad_return_from_state_function', 'nonsense'], 'b', 5])
    expect(thrower.log.at(-1)).toEqual(['terminate', expect.any(Error), 'a', 0])
  })

  test('nocatch in terminate is dropped, at once or later; an error there is the new reason', async () => {
    const reasons: unknown[] = []
    const error = new Error('in terminate')
    node.expectCrash(error)
    for (const terminate of [
      () => nocatch('x'),
      async () => nocatch('y'),
      () => {
        throw error
      },
    ]) {
      const pid = await started(node, { module: { ...machine().module, terminate } as never })
      node.onExit((_pid, reason) => void reasons.push(reason))
      await casts(node, pid, step('end', 'stop'))
    }
    node.onExit(undefined)
    expect(reasons).toEqual(['normal', 'normal', expect.objectContaining({ value: error })])
  })
})

describe('endless chains let sockets and timers have their turn', () => {
  const chains: readonly [string, (going: () => boolean) => object][] = [
    [
      'inserted events',
      (going) => ({
        callbackMode: 'handleEventFunction',
        init: () => ['ok', 'a', 0],
        handleEvent: () => (going() ? ['keep_state_and_data', ['next_event', 'internal', 'more']] : 'keep_state_and_data'),
      }),
    ],
    [
      'timeouts of 0',
      (going) => ({
        callbackMode: 'handleEventFunction',
        init: () => ['ok', 'a', 0],
        handleEvent: () => (going() ? ['keep_state_and_data', 0] : 'keep_state_and_data'),
      }),
    ],
    [
      'repeated enter calls',
      (going) => ({
        callbackMode: ['handleEventFunction', 'stateEnter'],
        init: () => ['ok', 'a', 0],
        handleEvent: (type: unknown, _content: unknown, state: unknown) =>
          type === 'enter' && state === 'b' && going()
            ? 'repeat_state_and_data'
            : ['next_state', type === 'enter' ? state : 'b', 0],
      }),
    ],
    [
      'promises that are settled already',
      (going) => ({
        callbackMode: 'handleEventFunction',
        init: () => ['ok', 'a', 0],
        handleEvent: async () => (going() ? ['keep_state_and_data', ['next_event', 'internal', 'more']] : 'keep_state_and_data'),
      }),
    ],
  ]

  test.each(chains)('%s', async (_name, make) => {
    const real = createNode({ logger: silentLogger })
    // The second condition ends the chain even when it never lets the event loop go.
    const endsAt = performance.now() + 3000
    let calls = 0
    let stopped = false
    const going = (): boolean => {
      calls++
      return !stopped && performance.now() < endsAt
    }
    const pid = unwrap(await real.run(() => genStatem.start(make(going) as never, undefined as never)))
    real.run(() => genStatem.cast(pid, 'go'))
    const seen: number[] = []
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1))
      seen.push(calls)
    }
    const inTime = performance.now() < endsAt
    stopped = true
    expect(inTime).toBe(true)
    expect(new Set(seen).size).toBe(5) // it went on all the while
    await real.stop()
  })

  test('a long chain is done when the node has settled', async () => {
    const seen: number[] = []
    const handleEvent = (_type: unknown, n: number): unknown => {
      if (n === 0) seen.push(n)
      return n === 0 ? 'keep_state_and_data' : ['keep_state_and_data', ['next_event', 'internal', n - 1]]
    }
    const pid = await started(node, {
      module: { callbackMode: 'handleEventFunction', init: () => ['ok', 'a', 0], handleEvent } as never,
    })
    await casts(node, pid, 100_000)
    expect(seen).toEqual([0])
  })

  test('a callback that kills its own process is the last one', async () => {
    const it = machine()
    const pid = await started(node, it)
    const kill = step('kill', () => {
      exit(pid, 'kill')
      return ['keep_state_and_data', ['next_event', 'internal', 'never']]
    })
    await casts(node, pid, kill)
    expect([it.log, node.isAlive(pid)]).toEqual([[['cast', 'kill', 'a']], false])
  })
})

describe('sys', () => {
  test('getState answers [state, data]; replaceState takes it, and is no change of state', async () => {
    const it = machine()
    const pid = await started(node, it)
    await casts(node, pid, acts('later', 'postpone'))
    expect(await node.run(() => sys.getState(pid))).toEqual(['a', 0])
    expect(await node.run(() => sys.replaceState(pid, ([state, data]) => [`${state}!`, data + 1]))).toEqual(['a!', 1])
    await casts(node, pid, 'after')
    expect(it.log).toEqual([
      ['cast', 'later', 'a'],
      ['cast', 'after', 'a!'],
    ])
  })

  test.each<[unknown]>([['b'], [['b']], [['b', 1, 2]]])('replaceState with %j is refused, and nothing changes', async (state) => {
    const pid = await started(node, machine())
    await expect(node.run(() => sys.replaceState(pid, () => state))).rejects.toMatchObject({
      reason: ['callback_failed', 'badarg'],
      cause: expect.objectContaining({ message: expect.stringContaining('must be [state, data], got') }),
    })
    expect(await node.run(() => sys.getState(pid))).toEqual(['a', 0])
  })

  test('getStatus, terminate', async () => {
    const it = machine()
    const pid = await started(node, it)
    expect(await node.run(() => sys.getStatus(pid))).toMatchObject({
      behaviour: 'gen_statem',
      status: 'running',
      state: ['a', 0],
    })
    await node.run(() => sys.terminate(pid, 'shutdown'))
    await node.settle()
    expect(it.log).toEqual([['terminate', 'shutdown', 'a', 0]])
  })

  test('a system message comes between events, and does not end an event timeout', async () => {
    const it = machine()
    const pid = await started(node, it)
    await casts(node, pid, acts('set', ['timeout', 50, 'idle']))
    await node.advance(30)
    await node.run(() => sys.getState(pid))
    await node.advance(20)
    expect(it.log.at(-1)).toEqual(['timeout', 'idle', 'a'])
  })

  test('trace shows what comes in, is inserted, goes out, and the state after; statistics count it', async () => {
    const pid = await started(node, machine())
    const events: DebugEvent[] = []
    await node.run(() => sys.trace(pid, (event) => void events.push(event)))
    await node.run(() => sys.statistics(pid, true))
    const inserted = step('inner', ['next_state', 'b', 1])
    const call = asks('ask', 'answer', ['next_event', 'internal', inserted], ['state_timeout', 0, 'zero'])
    await node.run(() => genStatem.call(pid, call))
    node.run(() => send(pid, 'message'))
    await node.settle()
    const shown = events.map((event) =>
      event.type === 'in' ? [event.kind, event.message] : event.type === 'out' ? event.message : event.state,
    )
    expect(shown).toEqual([['call', call], 'answer', ['internal', inserted], ['a', 0], ['b', 1], ['info', 'message'], ['b', 1]])
    expect(await node.run(() => sys.statistics(pid, 'get'))).toMatchObject({ messagesIn: 3, messagesOut: 1 })
  })
})

describe('the report of a crash', () => {
  test('has the event, the state, what was queued and postponed, and which timeouts ran', async () => {
    const pid = unwrap(await node.run(() => genStatem.start(machine().module, undefined, { name: 'm' })))
    const error = new Error('boom')
    node.expectCrash(error)
    const crash = step('crash', () => {
      throw error
    })
    await casts(
      node,
      pid,
      acts('first', 'postpone'),
      acts('set', ['state_timeout', 100, 's'], [['timeout', 'n'], 100, 'n']),
      acts('insert', ['next_event', 'internal', crash], ['next_event', 'cast', 'behind']),
    )
    expect(node.crashes[0]?.text).toMatch(/^process <0\.\d+\.0> \(m\) crashed: Error: boom$/)
    expect(node.crashes[0]?.facts).toMatchObject({
      label: 'crash',
      behaviour: 'gen_statem',
      registeredName: 'm',
      reason: error,
      stack: error.stack,
      lastEvent: ['internal', crash],
      lastMessage: crash,
      state: ['a', 0],
      queue: [['cast', 'behind']],
      postponed: [['cast', expect.objectContaining({ name: 'first' })]],
      timeouts: [
        ['state_timeout', 's'],
        [['timeout', 'n'], 'n'],
      ],
    })
  })

  test('shows who called, not all that hangs on its from', async () => {
    const pid = await started(node, machine())
    const answer = ['bad_return_from_state_function', 'nonsense']
    node.expectCrash(answer as never)
    const caller = node.spawn((self) => self.run(() => genStatem.call(pid, step('ask', 'nonsense'))).catch(() => undefined))
    await node.settle()
    expect(node.crashes[0]?.facts['lastEvent']).toEqual([['call', String(caller)], expect.objectContaining({ name: 'ask' })])
  })

  test('a stop with a reason that is no clean one is reported too; a clean one is not', async () => {
    for (const reason of ['normal', 'shutdown', ['shutdown', 'x'], 'tired'])
      await casts(node, await started(node, machine()), step('end', ['stop', reason]))
    node.expectCrash('tired')
    expect(node.crashes.map(({ facts }) => facts.reason)).toEqual(['tired'])
    expect(node.crashes[0]?.text).toMatch(/^gen_statem <0\.\d+\.0> ended with reason 'tired'$/)
  })
})
