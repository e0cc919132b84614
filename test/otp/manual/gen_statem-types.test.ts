// OTP 25's manual page gen_statem(3erl), "DATA TYPES": each title is a sentence of the page, and the test shows that it holds
// here. The rest of the page is in gen_statem.test.ts. `{a, b}` of the page is `['a', b]` here, `stateFunctions` is
// state_functions, `Module:handle_event/4` is `handleEvent`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Exit, type From, genStatem, isDown, isExit, type Pid, send, sys, unwrap } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { kernelOf } from '../../../src/runtime/node.js'
import {
  acts,
  asks,
  casts,
  machine,
  type Machine,
  type MachineOptions,
  started,
  step,
  to,
} from '../../behaviours/statem-machine.js'
import { inside } from '../../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A machine that runs, and what it does with these casts. */
async function run(options: MachineOptions, ...steps: readonly unknown[]): Promise<Machine & { pid: Pid }> {
  const it = machine(options)
  const pid = await started(node, it)
  await casts(node, pid, ...steps)
  return { ...it, pid }
}
const call = (pid: Pid, what: unknown, ms?: number): Promise<any> => node.run(() => genStatem.call(pid, what, ms))
const state = (pid: Pid): Promise<unknown> => node.run(() => sys.getState(pid))
const pending = (): number => kernelOf(node).timers.size
const stay = (): unknown => 'keep_state_and_data'
const postponed = acts('later', 'postpone')

describe('server_name() and server_ref()', () => {
  test('Name specification to use when starting a gen_statem server.', async () => {
    for (const name of ['one', { local: 'two' }]) await node.run(() => genStatem.start(machine().module, undefined, { name }))
    expect([node.whereis('one'), node.whereis('two')]).toEqual([expect.anything(), expect.anything()])
  })

  test('pid() | LocalName: The gen_statem is locally registered.', async () => {
    const pid = unwrap(await node.run(() => genStatem.start(machine().module, undefined, { name: 'one' })))
    expect(await call(pid, asks('x', 1))).toBe(1)
    expect(await node.run(() => genStatem.call('one', asks('x', 2)))).toBe(2)
  })
})

describe('start_opt(), start_ret() and start_mon_ret()', () => {
  test('Options that can be used when starting a gen_statem server through, for example, start_link/3.', async () => {
    const options = { name: 'one', timeoutMs: 100 }
    const results = await inside(node, async (self) => [
      await genStatem.startLink(machine().module, undefined, options),
      await self.run(() => genStatem.startMonitor(machine().module, undefined, options)),
    ])
    expect(results.map(([tag]) => tag)).toEqual(['ok', 'error'])
  })

  test('Return value from the start() and start_link() functions, for example, start_link/3.', async () => {
    const start = (init: unknown): Promise<unknown> => node.run(() => genStatem.start(machine({ init }).module))
    expect(await start(['ok', 'a', 0])).toEqual(['ok', expect.anything()])
    expect(await start(['ignore'])).toEqual(['ignore'])
    expect(await start(['stop', ['shutdown', 1]])).toEqual(['error', ['shutdown', 1]])
  })

  test('Return value from the start_monitor() functions.', async () => {
    const result = await inside(node, () => genStatem.startMonitor(machine().module))
    expect(result).toEqual(['ok', [expect.anything(), expect.anything()]])
  })
})

describe('from() and reply_tag()', () => {
  test('Destination to use when replying through, for example, the action() {reply,From,Reply} to a process that has called the gen_statem server using call/2.', async () => {
    const { pid } = await run({})
    expect(
      await call(
        pid,
        step('x', ({ from }: { from: From }) => ['keep_state_and_data', ['reply', from, 'hello']]),
      ),
    ).toBe('hello')
  })

  test('A handle that associates a reply to the corresponding request.', async () => {
    const { pid } = await run({})
    const froms: From[] = []
    const keep = step('keep', ({ from }: { from: From }) => (froms.push(from), 'keep_state_and_data'))
    const calls = [call(pid, keep), call(pid, keep)]
    await node.settle()
    genStatem.reply(froms[1] as From, 'second')
    genStatem.reply(froms[0] as From, 'first')
    expect(await Promise.all(calls)).toEqual(['first', 'second'])
  })
})

describe('state(), state_name() and data()', () => {
  test('If the callback mode is handle_event_function, the state can be any term. After a state change (NextState =/= State), all postponed events are retried.', async () => {
    const { taken } = await run({}, postponed, to(['at', { x: 1 }], 'hibernate'), to(['at', { x: 2 }]))
    expect(taken().filter((entry: any) => entry[1] === 'later')).toEqual([
      ['cast', 'later', 'a'],
      ['cast', 'later', ['at', { x: 1 }]],
      ['cast', 'later', ['at', { x: 2 }]],
    ])
  })

  test('If the callback mode is state_functions, the state must be an atom. After a state change (NextState =/= State), all postponed events are retried.', async () => {
    const { taken } = await run({ states: ['a', 'b'] }, postponed, to('b'))
    expect(taken()).toEqual([
      ['cast', 'later', 'a'],
      ['cast', 'to b', 'a'],
      ['cast', 'later', 'b'],
    ])
    node.expectCrash('badarg')
    await run({ states: ['a'] }, to(5), 'next')
  })

  test('differs, states stand in an object of their own: Note that the state terminate is not possible to use since it would collide with the optional callback function Module:terminate/3.', async () => {
    const { taken, pid } = await run({ states: ['a', 'terminate'] }, to('terminate'), 'there')
    expect(taken().at(-1)).toEqual(['cast', 'there', 'terminate'])
    expect(node.isAlive(pid)).toBe(true)
  })

  test('A term in which the state machine implementation is to store any server data it needs. The difference between this and the state() itself is that a change in this data does not cause postponed events to be retried.', async () => {
    const { taken, pid } = await run(
      {},
      postponed,
      step('data', ['keep_state', { new: 'data' }]),
      step('same', ['next_state', 'a', 2]),
    )
    expect(taken().map((entry: any) => entry[1])).toEqual(['later', 'data', 'same'])
    expect(await state(pid)).toEqual(['a', 2])
  })
})

describe('event_type(), external_event_type(), timeout_event_type() and event_content()', () => {
  test('There are 3 categories of events: external, timeout, and internal.', async () => {
    const { taken, pid } = await run({}, acts('x', ['next_event', 'internal', 'i'], ['state_timeout', 5, 't']))
    await node.advance(5)
    expect(taken()).toEqual([
      ['cast', 'x', 'a'],
      ['internal', 'i', 'a'],
      ['state_timeout', 't', 'a'],
    ])
    expect(node.isAlive(pid)).toBe(true)
  })

  test('internal events can only be generated by the state machine itself through the transition action next_event.', async () => {
    const { taken, pid } = await run({})
    const forged = ['internal', { type: 'internal', content: 'forged' }]
    for (const message of forged) node.run(() => send(pid, message))
    await casts(node, pid, ...forged, acts('x', ['next_event', 'internal', 'true']))
    expect(taken().filter(([type]: any) => type === 'internal')).toEqual([['internal', 'true', 'a']])
  })

  test('External events are of 3 types: {call,From}, cast, or info. Type call originates from the API functions call/2 and send_request/2. For calls, the event contains whom to reply to. Type cast originates from the API function cast/2. Type info originates from regular process messages sent to the gen_statem.', async () => {
    const { taken, pid } = await run({}, 'by cast')
    node.run(() => send(pid, 'by send'))
    await inside(node, async (self) => {
      await genStatem.call(pid, asks('by call'))
      await self.run(() => genStatem.receiveResponse(genStatem.sendRequest(pid, asks('by request'))))
    })
    expect(taken()).toEqual([
      ['cast', 'by cast', 'a'],
      ['info', 'by send', 'a'],
      ['call', 'by call', 'a'],
      ['call', 'by request', 'a'],
    ])
  })

  test('There are 3 types of time-out events that the state machine can generate for itself with the corresponding timeout_action()s.', async () => {
    const { taken } = await run({}, acts('x', ['timeout', 1, 'e'], ['state_timeout', 2, 's'], [['timeout', 'name'], 3, 'n']))
    await node.advance(3)
    expect(taken().slice(1)).toEqual([
      ['timeout', 'e', 'a'],
      ['state_timeout', 's', 'a'],
      [['timeout', 'name'], 'n', 'a'],
    ])
  })

  test("Any event's content can be any term.", async () => {
    const contents = [undefined, null, 0, 'text', ['list'], { map: 1 }, Symbol.for('s')]
    const { taken } = await run({}, ...contents)
    expect(taken()).toEqual(contents.map((content) => ['cast', content, 'a']))
  })
})

describe('callback_mode_result() and callback_mode()', () => {
  test('This is the return type from Module:callback_mode/0 and selects callback mode and whether to do state enter calls, or not.', async () => {
    const seen: unknown[] = []
    for (const callbackMode of [
      'stateFunctions',
      ['stateFunctions', 'stateEnter'],
      'handleEventFunction',
      ['handleEventFunction', 'stateEnter'],
    ]) {
      const module = {
        callbackMode,
        init: () => ['ok', 'a', 0],
        states: { a: (type: unknown) => (seen.push(['a', type]), stay()) },
        handleEvent: (type: unknown) => (seen.push(['handleEvent', type]), stay()),
      }
      await casts(node, await started(node, { module: module as never }), 'x')
    }
    expect(seen).toEqual([
      ['a', 'cast'],
      ['a', 'enter'],
      ['a', 'cast'],
      ['handleEvent', 'cast'],
      ['handleEvent', 'enter'],
      ['handleEvent', 'cast'],
    ])
  })

  test('state_functions: The state must be of type state_name() and one callback function per state, that is, Module:StateName/3, is used.', async () => {
    const seen: unknown[] = []
    const states = {
      a: (...args: unknown[]) => (seen.push(['a', ...args.slice(0, 3)]), ['next_state', 'b', 1]),
      b: (...args: unknown[]) => (seen.push(['b', ...args.slice(0, 3)]), 'keep_state_and_data'),
    }
    const module = { callbackMode: 'stateFunctions', init: () => ['ok', 'a', 0], states }
    await casts(node, await started(node, { module: module as never }), 'x', 'y')
    expect(seen).toEqual([
      ['a', 'cast', 'x', 0],
      ['b', 'cast', 'y', 1],
    ])
  })

  test('handle_event_function: The state can be any term and the callback function Module:handle_event/4 is used for all states.', async () => {
    const seen: unknown[] = []
    const handleEvent = (...args: unknown[]): unknown => (seen.push(args.slice(0, 4)), ['next_state', { n: 1 }, 1])
    const module = { callbackMode: 'handleEventFunction', init: () => ['ok', ['a'], 0], handleEvent }
    await casts(node, await started(node, { module: module as never }), 'x', 'y')
    expect(seen).toEqual([
      ['cast', 'x', ['a'], 0],
      ['cast', 'y', { n: 1 }, 1],
    ])
  })

  test('The result is cached for subsequent calls to state callbacks.', async () => {
    const { module, taken } = machine()
    const mutable = { ...module, callbackMode: 'handleEventFunction' as unknown }
    const pid = await started(node, { module: mutable as never })
    mutable.callbackMode = ['stateFunctions', 'stateEnter']
    await casts(node, pid, to('b'), 'x')
    expect(taken().at(-1)).toEqual(['cast', 'x', 'b'])
  })
})

describe('state_enter()', () => {
  const enter = stay

  test('If Module:callback_mode/0 returns a list containing state_enter, the gen_statem engine will, at every state change, call the state callback with arguments (enter, OldState, Data) or (enter, OldState, State, Data), depending on the callback mode.', async () => {
    for (const mode of [{ states: ['a', 'b'] }, {}]) {
      const entered: unknown[] = []
      await run(
        { ...mode, enter: (...args) => (entered.push(args), stay()) },
        step('x', ['next_state', 'b', 1]),
        to('b'),
        to('a'),
      )
      expect(entered).toEqual([
        ['a', 'a', 0],
        ['b', 'a', 1],
        ['a', 'b', 1],
      ])
    }
  })

  test('This may look like an event but is really a call performed after the previous state callback returned and before any event is delivered to the new state callback.', async () => {
    const { taken } = await run({ enter }, postponed, to('b', ['next_event', 'internal', 'inserted']))
    expect(taken().slice(2)).toEqual([
      ['cast', 'to b', 'a'],
      ['enter', 'a', 'b'],
      ['internal', 'inserted', 'b'],
      ['cast', 'later', 'b'],
    ])
  })

  test('Such a call can be repeated by returning a repeat_state or repeat_state_and_data tuple from the state callback.', async () => {
    const { taken } = await run(
      { enter },
      step('one', ['repeat_state', 1]),
      step('two', 'repeat_state_and_data'),
      step('three', ['repeat_state_and_data', []]),
    )
    expect(taken().filter(([type]: any) => type === 'enter')).toHaveLength(4)
  })

  test('If Module:callback_mode/0 does not return such a list, no state enter calls are done.', async () => {
    const { taken } = await run({}, to('b'), step('again', 'repeat_state_and_data'))
    expect(taken().filter(([type]: any) => type === 'enter')).toEqual([])
  })

  test('Note that a state enter call will be done right before entering the initial state even though this actually is not a state change. In this case OldState =:= State, which cannot happen for a subsequent state change, but will happen when repeating the state enter call.', async () => {
    const { taken } = await run({ enter }, to('b'), to('b'), step('again', 'repeat_state_and_data'))
    expect(taken().filter(([type]: any) => type === 'enter')).toEqual([
      ['enter', 'a', 'a'],
      ['enter', 'a', 'b'],
      ['enter', 'b', 'b'],
    ])
  })
})

describe('transition_option()', () => {
  const enter = stay

  test('The state transition takes place when the state callback has processed an event and returns.', async () => {
    const { pid } = await run({})
    const during = step('x', async () => {
      await Promise.resolve()
      return ['next_state', 'b', 1]
    })
    await casts(node, pid, during)
    expect(await state(pid)).toEqual(['b', 1])
  })

  test('All returned actions are processed in order of appearance. In this step all replies generated by any reply_action() are sent. Other actions set transition_option()s that come into play in subsequent steps.', async () => {
    const order: unknown[] = []
    const { pid, taken } = await run({ enter: () => (order.push('enter'), stay()) })
    order.length = 0
    const kept: From[] = []
    const first = call(
      pid,
      step('keep', ({ from }: { from: From }) => (kept.push(from), stay())),
    ).then((reply) => order.push(reply))
    await node.settle()
    const change = step('x', ({ from }: { from: From }) => [
      'next_state',
      'b',
      0,
      [
        ['next_event', 'internal', 'inserted'],
        ['reply', kept[0], 'first'],
        ['state_timeout', 0, 'zero'],
        ['reply', from, 'second'],
      ],
    ])
    expect(await call(pid, change)).toBe('second')
    await first
    expect(taken().slice(2)).toEqual([
      ['call', 'x', 'a'],
      ['enter', 'a', 'b'],
      ['internal', 'inserted', 'b'],
      ['state_timeout', 'zero', 'b'],
    ])
    expect(order).toEqual(['enter', 'first'])
  })

  test('If state enter calls are used, and either it is the initial state or one of the callback results repeat_state_and_data or repeat_state_and_data is used the gen_statem engine calls the current state callback with arguments (enter, State, Data) or (enter, State, State, Data) (depending on callback mode) and when it returns starts again from the top of this sequence.', async () => {
    const { taken } = await run(
      { enter: (at) => ['keep_state_and_data', ['state_timeout', 0, `entered ${String(at)}`]] },
      step('x', 'repeat_state_and_data'),
    )
    expect(taken()).toEqual([
      ['enter', 'a', 'a'],
      ['state_timeout', 'entered a', 'a'],
      ['cast', 'x', 'a'],
      ['enter', 'a', 'a'],
      ['state_timeout', 'entered a', 'a'],
    ])
  })

  test('If state enter calls are used, and the state changes the gen_statem engine calls the new state callback with arguments (enter, OldState, Data) or (enter, OldState, State, Data) (depending on callback mode) and when it returns starts again from the top of this sequence.', async () => {
    const { taken } = await run({ enter: (at) => ['keep_state_and_data', ['timeout', 0, `entered ${String(at)}`]] }, to('b'))
    expect(taken().slice(2)).toEqual([
      ['cast', 'to b', 'a'],
      ['enter', 'a', 'b'],
      ['timeout', 'entered b', 'b'],
    ])
  })

  test('If postpone() is true, the current event is postponed.', async () => {
    const { taken } = await run({}, acts('x', ['postpone', true]), acts('y', ['postpone', false]), to('b'))
    expect(taken().slice(3)).toEqual([['cast', 'x', 'b']])
  })

  test('If this is a state change, the queue of incoming events is reset to start with the oldest postponed.', async () => {
    const names = ['p1', 'p2', 'p3']
    const { taken } = await run(
      {},
      ...names.map((name) => step(name, ({ state: at }: any) => (at === 'a' ? ['keep_state_and_data', 'postpone'] : stay()))),
      to('b'),
    )
    expect(taken().slice(4)).toEqual(names.map((name) => ['cast', name, 'b']))
  })

  test('All events stored with action() next_event are inserted to be processed before previously queued events.', async () => {
    const first = acts('1', ['next_event', 'internal', '1.1'], ['next_event', 'internal', '1.2'])
    const { taken } = await run({}, acts('x', ['next_event', 'internal', first], ['next_event', 'internal', '2']))
    expect(taken().map((entry: any) => entry[1])).toEqual(['x', '1', '1.1', '1.2', '2'])
  })

  test('Time-out timers event_timeout(), generic_timeout() and state_timeout() are handled. Time-outs with zero time are guaranteed to be delivered to the state machine before any external not yet received event so if there is such a time-out requested, the corresponding time-out zero event is enqueued as the newest received event; that is after already queued events such as inserted and postponed events.', async () => {
    const { taken, pid } = await run({}, postponed)
    const go = step('go', [
      'next_state',
      'b',
      0,
      [
        ['state_timeout', 0, 's'],
        [['timeout', 'n'], 0, 'n'],
        ['next_event', 'internal', 'i'],
      ],
    ])
    node.run(() => {
      genStatem.cast(pid, go)
      genStatem.cast(pid, 'not yet received')
    })
    await node.settle()
    expect(taken().slice(2)).toEqual([
      ['internal', 'i', 'b'],
      ['cast', 'later', 'b'],
      ['state_timeout', 's', 'b'],
      [['timeout', 'n'], 'n', 'b'],
      ['cast', 'not yet received', 'b'],
    ])
  })

  test('Any event cancels an event_timeout() so a zero time event time-out is only generated if the event queue is empty.', async () => {
    const { taken } = await run(
      {},
      postponed,
      to('b', ['timeout', 0, 'never']),
      acts('x', ['timeout', 0, 'never'], ['next_event', 'internal', 'i']),
      acts('y', 0),
    )
    expect(taken().filter(([type]: any) => type === 'timeout')).toEqual([['timeout', 0, 'b']])
  })

  test('A state change cancels a state_timeout() and any new transition option of this type belongs to the new state, that is; a state_timeout() applies to the state the state machine enters.', async () => {
    const { taken } = await run({}, acts('x', ['state_timeout', 50, 'of a']), to('b', ['state_timeout', 80, 'of b']))
    await node.advance(100)
    expect(taken().slice(2)).toEqual([['state_timeout', 'of b', 'b']])
    const other = await run({}, acts('x', ['state_timeout', 50, 'of a']), to('b'))
    await node.advance(100)
    expect(other.taken()).toHaveLength(2)
  })

  test('If there are enqueued events the state callback for the possibly new state is called with the oldest enqueued event, and we start again from the top of this sequence.', async () => {
    const { taken } = await run({ enter }, to('b', ['next_event', 'internal', to('c', ['next_event', 'internal', 'end'])]))
    expect(taken().slice(1)).toEqual([
      ['cast', 'to b', 'a'],
      ['enter', 'a', 'b'],
      ['internal', 'to c', 'b'],
      ['enter', 'b', 'c'],
      ['internal', 'end', 'c'],
    ])
  })

  test('Otherwise the gen_statem goes into receive or hibernation (if hibernate() is true) to wait for the next message.', async () => {
    const { taken, pid } = await run({}, acts('x', 'hibernate'), acts('y', ['hibernate', false]))
    await node.advance(1_000_000)
    expect([taken().length, node.processInfo(pid, 'status')]).toEqual([2, 'waiting'])
  })

  test('When a new message arrives the state callback is called with the corresponding event, and we start again from the top of this sequence.', async () => {
    const { taken, pid } = await run({}, acts('x', 'hibernate'))
    await casts(node, pid, to('b', ['next_event', 'internal', 'i']))
    expect(taken().slice(1)).toEqual([
      ['cast', 'to b', 'a'],
      ['internal', 'i', 'b'],
    ])
  })
})

describe('postpone()', () => {
  test('If true, postpones the current event and retries it after a state change (NextState =/= State).', async () => {
    const { taken } = await run(
      {},
      postponed,
      to('a'),
      step('again', 'repeat_state_and_data'),
      step('data', ['keep_state', 5]),
      to('b'),
      to('c'),
    )
    expect(taken().filter((entry: any) => entry[1] === 'later')).toEqual([
      ['cast', 'later', 'a'],
      ['cast', 'later', 'b'],
      ['cast', 'later', 'c'],
    ])
  })
})

describe('event_timeout()', () => {
  test('Starts a timer set by enter_action() timeout. When the timer expires an event of event_type() timeout will be generated.', async () => {
    const { taken } = await run({}, acts('x', ['timeout', 50, 'idle']))
    await node.advance(49)
    expect(taken()).toHaveLength(1)
    await node.advance(1)
    expect(taken()).toEqual([['timeout', 'idle', 'a']])
  })

  test('Any event that arrives cancels this time-out. Note that a retried or inserted event counts as arrived. So does a state time-out zero event, if it was generated before this time-out is requested.', async () => {
    const set = ['timeout', 50, 'never']
    const { taken } = await run({}, acts('set', set), 'arrived')
    const retried = await run({}, postponed, to('b', set))
    const inserted = await run({}, acts('x', set, ['next_event', 'internal', 'i']))
    const zero = await run({}, acts('x', ['state_timeout', 0, 'z'], set))
    await node.advance(100)
    for (const log of [taken(), retried.taken(), inserted.taken(), zero.taken()])
      expect(log.filter(([type]: any) => type === 'timeout')).toEqual([])
  })

  test('If Time is infinity, no timer is started, as it never would expire anyway.', async () => {
    await run(
      {},
      acts(
        'x',
        ['timeout', 'infinity', 'x'],
        'infinity',
        ['state_timeout', 'infinity', 'x'],
        [['timeout', 'n'], 'infinity', 'x'],
      ),
    )
    expect(pending()).toBe(0)
  })

  test('If Time is relative and 0 no timer is actually started, instead the the time-out event is enqueued to ensure that it gets processed before any not yet received external event, but after already queued events.', async () => {
    const { taken, pid } = await run({})
    node.run(() => {
      genStatem.cast(pid, acts('x', ['timeout', 0, 'zero'], ['state_timeout', 0, 'queued']))
      genStatem.cast(pid, acts('y', ['timeout', 0, 'zero']))
      genStatem.cast(pid, 'not yet received')
    })
    await node.settle()
    expect(taken()).toEqual([
      ['cast', 'x', 'a'],
      ['timeout', 'zero', 'a'],
      ['state_timeout', 'queued', 'a'],
      ['cast', 'y', 'a'],
      ['timeout', 'zero', 'a'],
      ['cast', 'not yet received', 'a'],
    ])
    expect(pending()).toBe(0)
  })

  test('Note that it is not possible nor needed to cancel this time-out, as it is cancelled automatically by any other event.', async () => {
    const { taken } = await run({}, acts('x', ['timeout', 50, 'never']), acts('y', ['timeout', 'cancel']))
    await node.advance(100)
    expect([taken().length, pending()]).toEqual([2, 0])
  })
})

describe('generic_timeout()', () => {
  test('Starts a timer set by enter_action() {timeout,Name}. When the timer expires an event of event_type() {timeout,Name} will be generated.', async () => {
    const { taken } = await run({}, acts('x', [['timeout', { any: 'term' }], 50, 'content']), 'an event', to('b'))
    await node.advance(50)
    expect(taken().slice(3)).toEqual([[['timeout', { any: 'term' }], 'content', 'b']])
  })

  test('If Time is relative and 0 no timer is actually started, instead the the time-out event is enqueued to ensure that it gets processed before any not yet received external event.', async () => {
    for (const type of [['timeout', 'n'], 'state_timeout']) {
      const { taken, pid } = await run({})
      node.run(() => {
        genStatem.cast(pid, acts('x', [type, 0, 'zero']))
        genStatem.cast(pid, 'not yet received')
      })
      await node.settle()
      expect(taken().map((entry: any) => entry[1])).toEqual(['x', 'zero', 'not yet received'])
      expect(pending()).toBe(0)
    }
  })

  test('Setting a timer with the same Name while it is running will restart it with the new time-out value. Therefore it is possible to cancel a specific time-out by setting it to infinity.', async () => {
    const set = (name: string, ms: unknown): unknown => acts('set', [['timeout', name], ms, `${name} ${String(ms)}`])
    const { taken } = await run({}, set('n', 50), set('m', 50), set('o', 50), set('n', 80), set('m', 'infinity'))
    await node.advance(100)
    expect(taken().slice(5)).toEqual([
      [['timeout', 'o'], 'o 50', 'a'],
      [['timeout', 'n'], 'n 80', 'a'],
    ])
  })
})

describe('state_timeout()', () => {
  test('Starts a timer set by enter_action() state_timeout. When the timer expires an event of event_type() state_timeout will be generated.', async () => {
    const { taken } = await run({}, acts('x', ['state_timeout', 50, 'content']), 'an event', to('a'))
    await node.advance(50)
    expect(taken().slice(3)).toEqual([['state_timeout', 'content', 'a']])
  })

  test('Setting this timer while it is running will restart it with the new time-out value. Therefore it is possible to cancel this time-out by setting it to infinity.', async () => {
    const set = (ms: unknown): unknown => acts('set', ['state_timeout', ms, ms])
    const { taken, pid } = await run({}, set(50), set(80))
    await node.advance(100)
    expect(taken().slice(2)).toEqual([['state_timeout', 80, 'a']])
    await casts(node, pid, set(50), set('infinity'))
    await node.advance(100)
    expect(taken()).toHaveLength(2)
  })
})

describe('action()', () => {
  test('These transition actions can be invoked by returning them from the state callback when it is called with an event, from Module:init/1 or by giving them to enter_loop/5,6.', async () => {
    const all = ['postpone', ['next_event', 'internal', 'i'], 'hibernate', ['state_timeout', 0, 's']]
    const { taken } = await run({ init: ['ok', 'a', 0, all] }, acts('x', ...all))
    expect(taken()).toEqual([
      ['internal', 'i', 'a'],
      ['state_timeout', 's', 'a'],
      ['cast', 'x', 'a'],
      ['internal', 'i', 'a'],
      ['state_timeout', 's', 'a'],
    ])
  })

  test('Actions are executed in the containing list order. Actions that set transition options override any previous of the same type, so the last in the containing list wins. For example, the last postpone() overrides any previous postpone() in the list.', async () => {
    const { taken } = await run(
      {},
      acts('no', 'postpone', ['postpone', false]),
      acts('yes', ['postpone', false], 'postpone'),
      to('b'),
    )
    expect(taken().slice(3)).toEqual([['cast', 'yes', 'b']])
  })

  test('postpone: Sets the transition_option() postpone() for this state transition. This action is ignored when returned from Module:init/1 or given to enter_loop/5,6, as there is no event to postpone in those cases.', async () => {
    const { taken } = await run({ init: ['ok', 'a', 0, 'postpone'] }, to('b'), postponed, to('c'))
    expect(taken()).toEqual([
      ['cast', 'to b', 'a'],
      ['cast', 'later', 'b'],
      ['cast', 'to c', 'b'],
      ['cast', 'later', 'c'],
    ])
  })

  test('next_event: This action does not set any transition_option() but instead stores the specified EventType and EventContent for insertion after all actions have been executed. The stored events are inserted in the queue as the next to process before any already queued events. The order of these stored events is preserved, so the first next_event in the containing list becomes the first to process.', async () => {
    const types = ['internal', 'cast', 'info', 'timeout', 'state_timeout', ['timeout', 'n']]
    const { taken, pid } = await run({})
    const insert = step('x', ({ from }: { from: From }) => [
      'keep_state_and_data',
      [...types.map((type) => ['next_event', type, 'inserted']), ['next_event', ['call', from], asks('call inserted', 'answer')]],
    ])
    expect(await call(pid, insert)).toBe('answer')
    expect(taken().slice(1)).toEqual([...types.map((type) => [type, 'inserted', 'a']), ['call', 'call inserted', 'a']])
  })

  test('An event of type internal is to be used when you want to reliably distinguish an event inserted this way from any external event.', async () => {
    const { taken } = await run({}, 'same', acts('x', ['next_event', 'cast', 'same'], ['next_event', 'internal', 'same']))
    expect(taken()).toEqual([
      ['cast', 'same', 'a'],
      ['cast', 'x', 'a'],
      ['cast', 'same', 'a'],
      ['internal', 'same', 'a'],
    ])
  })
})

describe('enter_action()', () => {
  test('These transition actions can be invoked by returning them from the state callback, from Module:init/1 or by giving them to enter_loop/5,6.', async () => {
    const kept: From[] = []
    const all = (): unknown[] => [
      'hibernate',
      ['state_timeout', 0, 's'],
      ...kept.splice(0).map((from) => ['reply', from, 'entered']),
    ]
    const { taken, pid } = await run({ init: ['ok', 'a', 0, all()], enter: () => ['keep_state_and_data', all()] })
    const change = step('x', ({ from }: { from: From }) => (kept.push(from), ['next_state', 'b', 0]))
    expect(await call(pid, change)).toBe('entered')
    expect(taken()).toEqual([
      ['enter', 'a', 'a'],
      ['state_timeout', 's', 'a'],
      ['call', 'x', 'a'],
      ['enter', 'a', 'b'],
      ['state_timeout', 's', 'b'],
    ])
  })

  test('For example, the last event_timeout() overrides any previous event_timeout() in the list.', async () => {
    const { taken } = await run({}, acts('x', ['timeout', 10, 'first'], 20, ['timeout', 30, 'last']))
    await node.advance(100)
    expect(taken().slice(1)).toEqual([['timeout', 'last', 'a']])
  })
})

describe('timeout_action()', () => {
  test('Time: Short for {timeout,Time,Time}, that is, the time-out message is the time-out time. This form exists to make the state callback return value {next_state,NextState,NewData,Time} allowed like for gen_fsm.', async () => {
    const { taken } = await run({}, step('x', ['next_state', 'b', 1, 50]))
    await node.advance(50)
    expect(taken().slice(1)).toEqual([['timeout', 50, 'b']])
  })

  test.each<[string, unknown]>([
    ['timeout: Sets the transition_option() event_timeout() to Time with EventContent and time-out options Options.', 'timeout'],
    [
      '{timeout,Name}: Sets the transition_option() generic_timeout() to Time for Name with EventContent and time-out options Options.',
      ['timeout', 'n'],
    ],
    [
      'state_timeout: Sets the transition_option() state_timeout() to Time with EventContent and time-out options Options.',
      'state_timeout',
    ],
  ])('%s', async (_rule, type) => {
    const { taken } = await run({}, step('x', ['keep_state_and_data', [[type, 50, { content: 1 }]]]))
    await node.advance(50)
    expect(taken().slice(1)).toEqual([[type, { content: 1 }, 'a']])
  })
})

describe('timeout_cancel_action() and timeout_update_action()', () => {
  const types = ['timeout', 'state_timeout', ['timeout', 'n']]

  test('This is a shorter and clearer form of timeout_action() with Time = infinity which cancels a time-out.', async () => {
    for (const type of types) {
      const { taken } = await run({}, acts('set', [type, 50, 'x']), acts('stop', [type, 'cancel']))
      await node.advance(100)
      expect([taken().length, pending()]).toEqual([2, 0])
    }
  })

  test('Updates a time-out with a new EventContent. See timeout_action() for how to start a time-out.', async () => {
    for (const type of types.slice(1)) {
      const { taken } = await run({}, acts('set', [type, 50, 'old']), acts('change', [type, 'update', 'new']))
      await node.advance(49)
      expect(taken()).toHaveLength(2)
      await node.advance(1)
      expect(taken()).toEqual([[type, 'new', 'a']])
    }
  })

  test('If no time-out of the same type is active instead insert the time-out event just like when starting a time-out with relative Time = 0.', async () => {
    for (const type of types) {
      const { taken } = await run({}, acts('change', [type, 'update', 'new']))
      expect(taken().slice(1)).toEqual([[type, 'new', 'a']])
    }
  })
})

describe('reply_action()', () => {
  test('It does not set any transition_option() but instead replies to a caller waiting for a reply in call/2. From must be the term from argument {call,From} in a call to a state callback.', async () => {
    const { pid } = await run({})
    expect(await call(pid, asks('x', 'reply'))).toBe('reply')
    const bad = ['reply', { pid, ref: node.makeRef() }, 'reply']
    node.expectCrash(['bad_action_from_state_function', bad] as never)
    await casts(node, pid, acts('x', bad))
  })

  test('Note that using this action from Module:init/1 or enter_loop/5,6 would be weird on the border of witchcraft since there has been no earlier call to a state callback in this server.', async () => {
    const { pid } = await run({})
    const start = step('x', ({ from }: { from: From }) => {
      void started(node, machine({ init: ['ok', 'a', 0, ['reply', from, 'witchcraft']] }))
      return 'keep_state_and_data'
    })
    expect(await call(pid, start)).toBe('witchcraft')
  })
})

describe('init_result()', () => {
  test('For a succesful initialization, State is the initial state() and Data the initial server data() of the gen_statem.', async () => {
    const { pid } = await run({ init: ['ok', ['state'], { data: 1 }] })
    expect(await state(pid)).toEqual([['state'], { data: 1 }])
  })

  test('The Actions are executed when entering the first state just as for a state callback, except that the action postpone is forced to false since there is no event to postpone.', async () => {
    const actions = [['next_event', 'internal', 'first'], ['state_timeout', 10, 's'], 'postpone']
    const { taken } = await run({ init: ['ok', 'a', 0, actions], enter: stay }, to('b'))
    expect(taken()).toEqual([
      ['enter', 'a', 'a'],
      ['internal', 'first', 'a'],
      ['cast', 'to b', 'a'],
      ['enter', 'a', 'b'],
    ])
    expect(pending()).toBe(0)
  })

  test('For an unsuccesful initialization, {stop,Reason} or ignore should be used', async () => {
    const start = (init: unknown): Promise<unknown> => node.run(() => genStatem.start(machine({ init }).module))
    expect(await start(['stop', 'shutdown'])).toEqual(['error', 'shutdown'])
    expect(await start(['ignore'])).toEqual(['ignore'])
    expect(node.processes()).toEqual([])
  })
})

describe('state_enter_result()', () => {
  test('State is the current state and it cannot be changed since the state callback was called with a state enter call.', async () => {
    const answer = ['next_state', 'elsewhere', 1]
    node.expectCrash(['bad_state_enter_return_from_state_function', answer] as never)
    const { taken } = await run({ enter: (at) => (at === 'b' ? answer : stay()) }, to('b'))
    expect(taken().at(-1)).toMatchObject(['terminate', expect.anything(), 'b', 0])
  })

  test('next_state: The gen_statem does a state transition to State, which has to be the current state, sets NewData, and executes all Actions.', async () => {
    const { taken, pid } = await run(
      { enter: (at) => ['next_state', at, `data of ${String(at)}`, ['state_timeout', 0, 's']] },
      to('b'),
    )
    expect(taken().slice(-2)).toEqual([
      ['enter', 'a', 'b'],
      ['state_timeout', 's', 'b'],
    ])
    expect(await state(pid)).toEqual(['b', 'data of b'])
  })
})

describe('event_handler_result()', () => {
  test('StateType is state_name() if callback mode is state_functions, or state() if callback mode is handle_event_function.', async () => {
    const { pid } = await run({}, to({ any: 'term' }))
    expect(await state(pid)).toEqual([{ any: 'term' }, 0])
    node.expectCrash('badarg')
    await run({ states: ['a'] }, to({ any: 'term' }), 'x')
  })

  test('next_state: The gen_statem does a state transition to NextState (which can be the same as the current state), sets NewData, and executes all Actions. If NextState =/= CurrentState the state transition is a state change.', async () => {
    const action = ['next_event', 'internal', 'i']
    const { taken, pid } = await run(
      {},
      postponed,
      step('same', ['next_state', 'a', 1, [action]]),
      step('other', ['next_state', 'b', 2, [action]]),
    )
    expect(taken().slice(1)).toEqual([
      ['cast', 'same', 'a'],
      ['internal', 'i', 'a'],
      ['cast', 'other', 'a'],
      ['internal', 'i', 'b'],
      ['cast', 'later', 'b'],
    ])
    expect(await state(pid)).toEqual(['b', 2])
  })
})

describe('state_callback_result()', () => {
  const action = ['next_event', 'internal', 'i']
  const names = async (...steps: readonly unknown[]): Promise<[unknown[], unknown]> => {
    const { taken, pid } = await run({ init: ['ok', 'a', 'data'], enter: stay }, postponed, ...steps)
    return [taken().slice(2), await state(pid)]
  }

  test('keep_state: The same as {next_state,CurrentState,NewData,Actions}.', async () => {
    const kept = await names(step('x', ['keep_state', 'new', [action]]))
    expect(kept).toEqual(await names(step('x', ['next_state', 'a', 'new', [action]])))
    expect(kept).toEqual([
      [
        ['cast', 'x', 'a'],
        ['internal', 'i', 'a'],
      ],
      ['a', 'new'],
    ])
  })

  test('keep_state_and_data: The same as {keep_state,CurrentData,Actions}.', async () => {
    expect(await names(step('x', ['keep_state_and_data', [action]]))).toEqual(
      await names(step('x', ['keep_state', 'data', [action]])),
    )
    expect(await names(step('x', 'keep_state_and_data'))).toEqual(await names(step('x', ['keep_state', 'data'])))
  })

  test('repeat_state: If the gen_statem runs with state enter calls, the state enter call is repeated, see type transition_option(), other than that repeat_state is the same as keep_state.', async () => {
    expect(await names(acts('t', ['state_timeout', 50, 's']), step('x', ['repeat_state', 'new', [action]]))).toEqual([
      [
        ['cast', 't', 'a'],
        ['cast', 'x', 'a'],
        ['enter', 'a', 'a'],
        ['internal', 'i', 'a'],
      ],
      ['a', 'new'],
    ])
    expect(pending()).toBe(1)
  })

  test('repeat_state_and_data: The same as {repeat_state,CurrentData,Actions}.', async () => {
    const repeated = await names(step('x', ['repeat_state', 'data', [action]]))
    expect(await names(step('x', ['repeat_state_and_data', [action]]))).toEqual(repeated)
    expect(await names(step('x', 'repeat_state_and_data'))).toEqual(await names(step('x', ['repeat_state', 'data'])))
  })

  test('stop: Terminates the gen_statem by calling Module:terminate/3 with Reason and NewData, if specified. An exit signal with this reason is sent to linked processes and ports. The default Reason is normal.', async () => {
    for (const [answer, reason, data] of [
      ['stop', 'normal', 0],
      [['stop', ['shutdown', 1]], ['shutdown', 1], 0],
      [['stop', 'shutdown', 'new'], 'shutdown', 'new'],
    ] as const) {
      const it = machine()
      const heard = await inside(node, async (self): Promise<Exit> => {
        self.trapExit(true)
        const pid = unwrap(await genStatem.startLink(it.module))
        genStatem.cast(pid, step('x', answer))
        return self.receive(isExit)
      })
      expect(heard.reason).toEqual(reason)
      expect(it.taken().at(-1)).toEqual(['terminate', reason, 'a', data])
    }
  })

  test('stop_and_reply: Sends all Replies, then terminates the gen_statem by calling Module:terminate/3 with Reason and NewData, if specified. An exit signal with this reason is sent to linked processes and ports.', async () => {
    const it = machine()
    const heard = await inside(node, async (self) => {
      self.trapExit(true)
      const pid = unwrap(await genStatem.startLink(it.module))
      const froms: From[] = []
      const first = self.run(() =>
        genStatem.call(
          pid,
          step('keep', ({ from }: { from: From }) => (froms.push(from), stay())),
        ),
      )
      const second = self.run(() =>
        genStatem.call(
          pid,
          step('x', ({ from }: { from: From }) => [
            'stop_and_reply',
            'shutdown',
            [...froms, from].map((one, i) => ['reply', one, i]),
            'new',
          ]),
        ),
      )
      return [await first, await second, (await self.receive(isExit)).reason]
    })
    expect(heard).toEqual([0, 1, 'shutdown'])
    expect(it.taken().at(-1)).toEqual(['terminate', 'shutdown', 'a', 'new'])
  })
})

describe('request_id() and response_timeout()', () => {
  test('An opaque request identifier.', async () => {
    const { pid } = await run({})
    const [id, other] = await inside(node, () => [genStatem.sendRequest(pid, 'x'), genStatem.sendRequest(pid, 'x')])
    expect(id).not.toEqual(other)
  })

  test('Used to set a time limit on how long to wait for a response using either receive_response/2, receive_response/3, wait_response/2, or wait_response/3. The time unit used is millisecond.', async () => {
    const { pid } = await run({})
    const waits: string[] = []
    node.spawn(async (self) => {
      const id = genStatem.sendRequest(pid, 'never')
      await genStatem.waitResponse(id, 50)
      waits.push(`waited ${node.now()}`)
      await self.run(() => genStatem.receiveResponse(id, 70))
      waits.push(`received ${node.now()}`)
    })
    await node.advance(1000)
    expect(waits).toEqual(['waited 50', 'received 120'])
  })

  test('differs, the longest time of any timer here is 2 147 483 647: 0..4294967295: Timeout relative to current time in milliseconds.', async () => {
    const { pid } = await run({})
    const answers = await inside(node, async (self) => {
      const id = genStatem.sendRequest(pid, 'never')
      const badarg = (ms: number): unknown => {
        try {
          void self.run(() => genStatem.waitResponse(id, ms))
          return undefined
        } catch (error) {
          return (error as { reason: unknown }).reason
        }
      }
      return [await self.run(() => genStatem.waitResponse(id, 0)), badarg(2 ** 31), badarg(-1), badarg(0.5)]
    })
    expect(answers).toEqual(['timeout', 'badarg', 'badarg', 'badarg'])
  })

  test('infinity: Infinite timeout. That is, the operation will never time out.', async () => {
    const { pid } = await run({})
    let answered = false
    node.spawn(async () => {
      await genStatem.receiveResponse(genStatem.sendRequest(pid, 'never'), 'infinity')
      answered = true
    })
    await node.advance(2 ** 31 - 1)
    expect(answered).toBe(false)
  })

  test('the end of the machine answers a request that waits: The function returns an error if the gen_statem dies before or during this request.', async () => {
    const { pid } = await run({})
    const answer = await inside(node, async (self) => {
      const id = genStatem.sendRequest(pid, step('x', ['stop', 'shutdown']))
      return genStatem.checkResponse(await self.receive(isDown), id)
    })
    expect(answer).toEqual(['error', ['shutdown', pid]])
  })
})
