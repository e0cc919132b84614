import { describe, expect, test } from '@jest/globals'
import {
  type Call,
  call,
  type CallError,
  exit,
  genServer,
  isDown,
  isExit,
  link,
  monitor,
  type Pid,
  processInfo,
  reply,
  self,
  send,
  sendAfter,
  spawn,
  startTimer,
  sys,
  trapExit,
  unwrap,
} from 'gensock'
import { machineServer, selfOf } from 'gensock/xstate'
import { assign, cancel, createMachine, fromCallback, fromPromise, log, raise, sendTo, setup } from 'xstate'
import { kernelOf } from '../../src/runtime/node.js'
import { fixture } from './fixture.js'

const $ = fixture()
const light = setup({ types: { events: {} as { type: 'go' } | { type: 'halt' } } }).createMachine({
  initial: 'red',
  states: { red: { on: { go: 'green' } }, green: { on: { halt: 'red' }, after: { 5000: 'red' } } },
})
const wait = async (its: { receive(): Promise<unknown> }): Promise<void> => void (await its.receive())

describe('messages are events', () => {
  test('send moves the machine', async () => {
    const pid = await $.start(light)
    expect(await $.value(pid)).toBe('red')
    await $.send(pid, { type: 'go' })
    expect(await $.value(pid)).toBe('green')
    await $.send(pid, { type: 'halt' }, { type: 'go' }, { type: 'halt' })
    expect(await $.value(pid)).toBe('red')
  })

  test('an event that no state takes changes nothing', async () => {
    const pid = await $.start(light)
    await $.send(pid, { type: 'nothing' })
    expect(await $.value(pid)).toBe('red')
  })

  test.each([
    ['a text', 'go'],
    ['a number', 42],
    ['null', null],
    ['undefined', undefined],
    ['an object without type', { kind: 'go' }],
    ['a type that is no text', { type: 1 }],
    ["an event of XState's own", { type: 'xstate.stop' }],
    ['a forged error of an actor', { type: 'xstate.error.actor.x', error: 'forged' }],
  ])('%s is dropped with a warning', async (_what, message) => {
    const pid = await $.start(light)
    const warnings = $.warnings()
    await $.send(pid, message)
    expect(warnings).toEqual([expect.stringMatching(/^machine <[\d.]+> takes events: .*dropped/)])
    expect(await $.value(pid)).toBe('red')
  })

  test('xstate.route, which is meant for users, is an event', async () => {
    const pid = await $.start(createMachine({ id: 'm', initial: 'a', states: { a: {}, b: { id: 'b', route: {} } } }))
    await $.send(pid, { type: 'xstate.route', to: '#b' })
    expect(await $.value(pid)).toBe('b')
  })

  test('EXIT, DOWN and timeout messages of the runtime are events', async () => {
    const seen: any[] = []
    const machine = createMachine({
      entry: () => {
        trapExit(true)
        const [linked, monitored] = [spawn(wait), spawn(wait)]
        link(linked)
        monitor(monitored)
        startTimer(10, self(), 'ring')
        exit(linked, 'one')
        exit(monitored, 'two')
      },
      on: { '*': { actions: ({ event }) => void seen.push(event) } },
    })
    await $.start(machine)
    await $.node.advance(10)
    expect(seen.map((event) => [event.type, event.reason ?? event.message])).toEqual([
      ['EXIT', 'one'],
      ['DOWN', 'two'],
      ['timeout', 'ring'],
    ])
    expect([isExit(seen[0]), isDown(seen[1])]).toEqual([true, true])
  })

  test('a call is an event of type call, which the machine may answer now or later', async () => {
    const machine = createMachine({
      context: { from: undefined as unknown },
      on: {
        call: [
          {
            guard: ({ event }) => (event as unknown as Call).request === 'now',
            actions: ({ event }) => reply((event as unknown as Call).from, 'at once'),
          },
          { actions: assign({ from: ({ event }) => (event as unknown as Call).from }) },
        ],
        answer: { actions: ({ context }) => reply(context.from as Call['from'], 'late') },
      },
    })
    const pid = await $.start(machine)
    expect(await $.node.call(pid, 'now')).toBe('at once')
    const later = $.node.call(pid, 'later')
    await $.send(pid, { type: 'answer' })
    expect(await later).toBe('late')
  })

  test('a cast is an event of type cast', async () => {
    const pid = await $.start(
      createMachine({
        initial: 'a',
        states: { a: { on: { cast: { guard: ({ event }) => event['request'].type === 'x', target: 'b' } } }, b: {} },
      }),
    )
    $.node.run(() => genServer.cast(pid as any, { type: 'x' } as never))
    await $.node.settle()
    expect(await $.value(pid)).toBe('b')
  })
})

describe('one turn per event, as the process of the machine', () => {
  test('context, guards, actions, delays, promises and callbacks all run as the process', async () => {
    const pids: Record<string, Pid> = {}
    const at = (where: string): void => void (pids[where] = self())
    const machine = createMachine({
      context: () => (at('context'), {}),
      entry: () => at('entry'),
      initial: 'a',
      states: {
        a: {
          invoke: [
            { src: fromPromise(async () => (at('promise'), 1)), onDone: { actions: () => at('onDone') } },
            {
              src: fromCallback(({ sendBack }) => {
                at('callback')
                setImmediate(() => sendBack({ type: 'back' }))
                return () => at('dispose')
              }),
              input: () => at('input'),
            },
          ],
          on: { back: { guard: () => (at('guard'), true), actions: () => at('back') } },
          after: { 100: { target: 'b', actions: () => at('after') } },
          exit: () => at('exit'),
        },
        b: { entry: [raise({ type: 'late' }, { delay: 10 })], on: { late: { actions: () => at('late') } } },
      },
    })
    const pid = await $.start(machine)
    await $.node.advance(200)
    const places = [
      'context',
      'entry',
      'promise',
      'onDone',
      'callback',
      'input',
      'guard',
      'back',
      'after',
      'exit',
      'dispose',
      'late',
    ]
    expect(Object.keys(pids).toSorted()).toEqual(places.toSorted())
    expect(Object.values(pids).every((one) => one === pid)).toBe(true)
  })

  test('selfOf(system) is right after an await, where self() is not', async () => {
    const probe = $.node.probe<{ type: string }>()
    const machine = createMachine({
      invoke: {
        src: fromPromise(async ({ system }) => {
          const its = selfOf(system)
          await Promise.resolve()
          expect(() => self()).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_NO_SELF' }))
          its.send(probe.pid, { type: 'from', pid: its.pid } as { type: string })
          await its.sleep(50)
          its.send(probe.pid, { type: 'slept' })
        }),
      },
    })
    const pid = await $.start(machine)
    expect(probe.messages).toEqual([{ type: 'from', pid }])
    await $.node.advance(50)
    expect(probe.messages[1]).toEqual({ type: 'slept' })
  })

  test('selfOf refuses a system that no process runs', async () => {
    const { createActor } = await import('xstate')
    for (const system of [createActor(light).system, undefined, {}])
      expect(() => selfOf(system as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' }))
  })

  test('what the machine sends and times in its actions acts for the process', async () => {
    const probe = $.node.probe()
    const machine = createMachine({
      entry: () => {
        send(probe.pid, { from: self() })
        sendAfter(30, self(), { type: 'tick' })
      },
      on: { tick: { actions: () => send(probe.pid, 'ticked') } },
    })
    const pid = await $.start(machine)
    await $.node.advance(29)
    expect(probe.messages).toEqual([{ from: pid }])
    await $.node.advance(1)
    expect(probe.messages[1]).toBe('ticked')
  })

  test('an event sent to the machine by its own action is the next turn, after those that wait', async () => {
    const seen: string[] = []
    const note = ({ event }: { event: { type: string } }): void => void seen.push(event.type)
    const machine = createMachine({
      on: {
        first: { actions: [note, () => send(self(), { type: 'mine' })] },
        second: { actions: note },
        mine: { actions: note },
      },
    })
    const pid = await $.start(machine)
    await $.send(pid, { type: 'first' }, { type: 'second' })
    expect(seen).toEqual(['first', 'second', 'mine'])
  })

  test('a promise that settles while the process is held still waits until it goes on', async () => {
    let settle: () => void = () => undefined
    const promise = new Promise<void>((resolve) => (settle = resolve))
    const pid = await $.start(
      createMachine({
        initial: 'a',
        states: { a: { invoke: { src: fromPromise(() => promise), onDone: 'b' }, after: { 50: 'c' } }, b: {}, c: {} },
      }),
    )
    await $.node.run(() => sys.suspend(pid))
    settle()
    await $.node.advance(60)
    expect(await $.value(pid)).toBe('a')
    await $.node.run(() => sys.resume(pid))
    expect(await $.value(pid)).toBe('b')
  })

  test('an ActorRef that outside code holds delivers in a turn of the process', async () => {
    let ref: { send(event: { type: string }): void } | undefined
    const pids: unknown[] = []
    const machine = createMachine({
      entry: ({ self: its }) => void (ref = its),
      on: { poke: { actions: () => void pids.push(self()) } },
    })
    const pid = await $.start(machine)
    ref?.send({ type: 'poke' })
    expect(pids).toEqual([])
    await $.node.settle()
    expect(pids).toEqual([pid])
  })
})

describe('delays run on the clock of the node', () => {
  test('a delayed transition comes when its time is over, not before', async () => {
    const pid = await $.start(light)
    await $.send(pid, { type: 'go' })
    await $.node.advance(4999)
    expect(await $.value(pid)).toBe('green')
    await $.node.advance(1)
    expect(await $.value(pid)).toBe('red')
  })

  test('leaving the state takes its delay away', async () => {
    const pid = await $.start(light)
    await $.send(pid, { type: 'go' })
    await $.node.advance(3000)
    await $.send(pid, { type: 'halt' }, { type: 'go' })
    await $.node.advance(4000)
    expect(await $.value(pid)).toBe('green')
    await $.node.advance(1000)
    expect(await $.value(pid)).toBe('red')
    expect($.node.nextDueMs()).toBe(Infinity)
  })

  test('a delay that is over but was not handled yet is cancelled with its state', async () => {
    const pid = await $.start(
      createMachine({ initial: 'a', states: { a: { after: { 10: 'late' }, on: { leave: 'b' } }, b: {}, late: {} } }),
    )
    await $.node.run(() => sys.suspend(pid))
    $.node.send(pid, { type: 'leave' })
    await $.node.advance(20)
    await $.node.run(() => sys.resume(pid))
    expect(await $.value(pid)).toBe('b')
  })

  test('raise and sendTo with delay, and cancel', async () => {
    const machine = createMachine({
      context: { seen: [] as string[] },
      entry: [
        raise({ type: 'a' }, { delay: 10 }),
        raise({ type: 'b' }, { delay: 20, id: 'b' }),
        sendTo(({ self: its }) => its, { type: 'c' }, { delay: 30 }),
      ],
      on: {
        '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event.type] }) },
        stop: { actions: cancel('b') },
      },
    })
    const pid = await $.start(machine)
    await $.node.advance(10)
    await $.send(pid, { type: 'stop' })
    await $.node.advance(100)
    expect((await $.context(pid)).seen).toEqual(['a', 'c'])
  })

  test.each([
    ['0', 0],
    ['a negative one', -5],
    ['NaN', Number.NaN],
  ])('a delay of %s is over at once', async (_what, delay) => {
    const pid = await $.start(
      createMachine({ initial: 'a', states: { a: { entry: raise({ type: 'x' }, { delay }), on: { x: 'b' } }, b: {} } }),
    )
    await $.node.advance(0)
    expect(await $.value(pid)).toBe('b')
  })

  test('an infinite delay never comes and a fraction counts as the next whole millisecond', async () => {
    const pid = await $.start(
      createMachine({
        initial: 'a',
        states: {
          a: { entry: [raise({ type: 'x' }, { delay: Infinity }), raise({ type: 'y' }, { delay: 0.5 })], on: { x: 'b', y: 'c' } },
          b: {},
          c: {},
        },
      }),
    )
    expect($.node.nextDueMs()).toBe(1)
    await $.node.advance(1)
    expect(await $.value(pid)).toBe('c')
    expect($.node.nextDueMs()).toBe(Infinity)
  })

  test('the delays of an invoked machine are timers of the same process', async () => {
    const child = createMachine({ initial: 'a', states: { a: { after: { 10: 'b' } }, b: { type: 'final' } } })
    const pid = await $.start(
      createMachine({ initial: 'on', states: { on: { invoke: { src: child, onDone: 'off' } }, off: {} } }),
    )
    await $.node.advance(9)
    expect(await $.value(pid)).toBe('on')
    await $.node.advance(1)
    expect(await $.value(pid)).toBe('off')
  })
})

describe('start', () => {
  test('answers once the machine is in its initial state', async () => {
    const order: string[] = []
    const machine = createMachine({ entry: () => void order.push('entry') })
    const result = await $.node.run(() => machineServer.start(machine))
    order.push('started')
    expect(result[0]).toBe('ok')
    expect(order).toEqual(['entry', 'started'])
  })

  test('input reaches the context function', async () => {
    const machine = setup({ types: { input: {} as { n: number }, context: {} as { n: number } } }).createMachine({
      context: ({ input }) => input,
    })
    expect(await $.context(await $.start(machine, { input: { n: 5 } }))).toEqual({ n: 5 })
  })

  test('a name is registered, and a taken one answers already_started', async () => {
    const pid = await $.start(light, { name: 'light' })
    expect($.node.whereis('light')).toBe(pid)
    expect(await $.tryStart(light, { name: { local: 'light' } })).toEqual(['error', ['already_started', pid]])
    expect((await $.node.run(() => machineServer.snapshot('light') as Promise<any>)).value).toBe('red')
  })

  test('startLink links and makes the caller the parent, startMonitor monitors', async () => {
    const probe = $.node.probe<unknown>()
    const boss = $.node.spawn(async (its) => {
      const linked = unwrap(await its.run(() => machineServer.startLink(light)))
      const started = await its.run(() => machineServer.startMonitor(light))
      if (started[0] !== 'ok') throw new Error(started[0])
      const [monitored, ref] = started[1]
      its.send(probe.pid, [processInfo(linked, 'parent'), processInfo(linked, 'links'), linked])
      exit(monitored, 'kill')
      const down = await its.receive(isDown)
      its.send(probe.pid, [down.ref === ref, down.reason])
      await its.receive()
    })
    await $.node.settle()
    const [first, second] = probe.messages as any[]
    expect(first.slice(0, 2)).toEqual([boss, [boss]])
    expect(second).toEqual([true, 'killed'])
    $.node.exit(boss, 'shutdown')
    await $.node.settle()
    expect($.node.isAlive(first[2])).toBe(false)
  })

  test('startLink and startMonitor need a running process', () => {
    for (const mode of ['startLink', 'startMonitor'] as const)
      expect(() => machineServer[mode](light)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_NO_SELF' }))
  })

  test.each([
    ['no machine', [undefined], 'GENSOCK_ERR_BADARG'],
    ['an object that is none', [{}], 'GENSOCK_ERR_BADARG'],
    ['other actor logic', [fromPromise(async () => 1)], 'GENSOCK_ERR_BADARG'],
    ['an unknown option', [light, { inputs: 1 }], 'GENSOCK_ERR_UNKNOWN_OPTION'],
    ['a bad name', [light, { name: 1 }], 'GENSOCK_ERR_BADARG'],
    ['a bad time', [light, { timeoutMs: -1 }], 'GENSOCK_ERR_BADARG'],
    ['keepSnapshot without a spec to keep it', [light, { keepSnapshot: true }], 'GENSOCK_ERR_BADARG'],
    ['a store without save', [light, { keepSnapshot: { load: () => undefined } }], 'GENSOCK_ERR_BADARG'],
  ])('%s is refused at once', (_what, args, code) => {
    expect(() => (machineServer.start as any)(...args)).toThrow(expect.objectContaining({ code }))
  })

  test('a start that takes too long is given up', async () => {
    const store = { load: () => new Promise<undefined>(() => undefined), save: () => undefined }
    const result = $.node.run(() => machineServer.start(light, { timeoutMs: 100, keepSnapshot: store }))
    await $.node.advance(100)
    expect(await result).toEqual(['error', 'timeout'])
  })
})

describe('the end', () => {
  const adder = setup({
    types: { input: {} as { n: number }, context: {} as { n: number }, output: {} as number },
  }).createMachine({
    context: ({ input }) => input,
    initial: 'adding',
    states: {
      adding: { on: { add: { actions: assign({ n: ({ context }) => context.n + 1 }) }, done: 'end' } },
      end: { type: 'final' },
    },
    output: ({ context }) => context.n,
  })

  test('a final state ends the process with normal', async () => {
    const pid = await $.start(adder, { input: { n: 1 } })
    const reason = await $.watch(pid)
    await $.send(pid, { type: 'done' })
    expect(reason()).toBe('normal')
  })

  test('output waits for the final state, and is found after it', async () => {
    const pid = await $.start(adder, { input: { n: 1 } })
    const [one, two] = $.node.run(() => [machineServer.output(pid as never), machineServer.output(pid as never)])
    await $.send(pid, { type: 'add' }, { type: 'done' })
    expect([await one, await two]).toEqual([2, 2])
    expect(await machineServer.output(pid as never)).toBe(2)
  })

  test('a request for the output that the machine finds no time to take is answered all the same', async () => {
    const pid = await $.start(adder, { input: { n: 5 }, name: 'adder' })
    $.node.send(pid, { type: 'done' })
    const asked = $.node.run(() => [machineServer.output(pid as never), machineServer.output('adder')])
    expect(await Promise.all(asked)).toEqual([5, 5])
  })

  test('a machine that is done as it starts has started, and has its output', async () => {
    const pid = await $.start(createMachine({ initial: 'end', states: { end: { type: 'final' } }, output: 'at once' }))
    expect($.node.isAlive(pid)).toBe(false)
    expect(await machineServer.output(pid as never)).toBe('at once')
  })

  test('an output of undefined is an output', async () => {
    const pid = await $.start(createMachine({ initial: 'end', states: { end: { type: 'final' } } }))
    expect(await machineServer.output(pid as never)).toBeUndefined()
  })

  test('output fails with the reason of a machine that ends without one, and with noproc afterwards', async () => {
    const pid = await $.start(light)
    const output = $.node.run(() => machineServer.output(pid as never)).catch((error: CallError) => error.reason)
    await $.node.settle()
    $.node.exit(pid, 'bye')
    expect(await output).toBe('bye')
    await expect($.node.run(() => machineServer.output(pid as never))).rejects.toMatchObject({
      code: 'GENSOCK_ERR_CALL',
      reason: 'noproc',
    })
  })

  test('output gives up after timeoutMs', async () => {
    const pid = await $.start(light)
    const output = $.node.run(() => machineServer.output(pid as never, 10))
    await $.node.advance(10)
    await expect(output).rejects.toMatchObject({ reason: 'timeout' })
  })

  test('a machine that stops itself ends with normal', async () => {
    const pid = await $.start(createMachine({ on: { stop: { actions: ({ self: its }) => its.stop() } } }))
    const reason = await $.watch(pid)
    await $.send(pid, { type: 'stop' })
    expect(reason()).toBe('normal')
  })

  test('stop ends it with the reason given, and its actors', async () => {
    const disposed: string[] = []
    const machine = createMachine({
      invoke: { src: fromCallback(() => () => void disposed.push('callback')) },
      exit: () => void disposed.push('exit'),
    })
    const pid = await $.start(machine)
    const reason = await $.watch(pid)
    await $.node.run(() => machineServer.stop(pid, 'shutdown'))
    await $.node.settle()
    expect(reason()).toBe('shutdown')
    expect(disposed).toEqual(['callback'])
    await expect($.node.run(() => machineServer.stop(pid))).rejects.toMatchObject({ reason: 'noproc' })
  })

  test("the parent's end ends a machine that traps exits, whatever the reason; another EXIT is an event", async () => {
    const machine = createMachine({ entry: () => void trapExit(true), initial: 'a', states: { a: { on: { EXIT: 'b' } }, b: {} } })
    let pid: Pid | undefined
    const boss = $.node.spawn(async (its) => {
      pid = unwrap(await its.run(() => machineServer.startLink(machine)))
      await its.receive()
    })
    await $.node.settle()
    $.node.exit(pid as Pid, 'hello')
    await $.node.settle()
    expect(await $.value(pid as Pid)).toBe('b')
    const reason = await $.watch(pid as Pid)
    $.node.send(boss, 'end')
    await $.node.settle()
    expect(reason()).toBe('normal')
  })

  test('kill in the middle of it all leaves no timer, no child, no subscription', async () => {
    const disposed: string[] = []
    let aborted = false
    const machine = createMachine({
      initial: 'a',
      invoke: [
        { src: fromCallback(() => () => void disposed.push('callback')) },
        {
          src: fromPromise(
            ({ signal }) =>
              new Promise((_resolve, reject) => {
                signal.addEventListener('abort', () => {
                  aborted = true
                  reject(new Error('aborted'))
                })
              }),
          ),
        },
        {
          src: createMachine({
            invoke: { src: fromCallback(() => () => void disposed.push('of the child')) },
            initial: 'x',
            states: { x: { after: { 70: 'y' } }, y: {} },
          }),
        },
      ],
      states: { a: { after: { 50: 'b' } }, b: {} },
    })
    const pid = await $.start(machine)
    expect($.node.nextDueMs()).toBe(50)
    const reason = await $.watch(pid)
    $.node.exit(pid, 'kill')
    await $.node.settle()
    expect(reason()).toBe('killed')
    expect(disposed.toSorted()).toEqual(['callback', 'of the child'])
    expect(aborted).toBe(true)
    expect($.node.nextDueMs()).toBe(Infinity)
  })
})

describe('snapshot and sys', () => {
  test("snapshot answers XState's snapshot, from processes and from outside", async () => {
    const pid = unwrap(await $.node.run(() => machineServer.start(light)))
    await $.send(pid as Pid, { type: 'go' })
    const snapshot = await $.node.run(() => machineServer.snapshot(pid))
    expect([snapshot.value, snapshot.status, snapshot.matches('green'), snapshot.can({ type: 'halt' })]).toEqual([
      'green',
      'active',
      true,
      true,
    ])
  })

  test('snapshot of a dead machine is noproc, of another process a mistake', async () => {
    const pid = await $.start(light)
    $.node.exit(pid, 'kill')
    await expect($.node.run(() => machineServer.snapshot(pid as never))).rejects.toMatchObject({ reason: 'noproc' })
    const server = unwrap(await $.node.run(() => genServer.start({ init: () => ['ok', 0] })))
    for (const ask of [machineServer.snapshot, machineServer.output])
      expect(() => $.node.run(() => ask(server as never))).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })

  test('sys.getStatus, trace and statistics know it as a machine', async () => {
    const pid = await $.start(light, { name: 'light' })
    const events: any[] = []
    await $.node.run(() => sys.trace(pid, (event) => void events.push(event)))
    await $.node.run(() => sys.statistics(pid, true))
    await $.send(pid, { type: 'go' })
    expect(events).toEqual([{ type: 'in', kind: 'info', message: { type: 'go' } }])
    expect(await $.node.run(() => sys.statistics(pid, 'get'))).toMatchObject({ messagesIn: 1 })
    expect(await $.node.run(() => sys.getStatus(pid))).toMatchObject({ behaviour: 'machine', name: 'light', status: 'running' })
  })

  test('sys.replaceState sets state and context; delays and children stay', async () => {
    const pid = await $.start(
      createMachine({ context: { n: 1 }, initial: 'a', states: { a: { after: { 10: 'c' } }, b: { on: { x: 'c' } }, c: {} } }),
    )
    await $.node.run(() => sys.replaceState(pid, (state: any) => ({ ...state, context: { n: 2 } })))
    expect([await $.value(pid), await $.context(pid)]).toEqual(['a', { n: 2 }])
    await $.node.advance(10)
    expect(await $.value(pid)).toBe('c')
    await $.node.run(() => sys.replaceState(pid, (state: any) => ({ ...state, value: 'b' })))
    await $.send(pid, { type: 'x' })
    expect(await $.value(pid)).toBe('c')
  })

  test('sys.replaceState refuses what is no snapshot of that machine, and the machine goes on', async () => {
    const pid = await $.start(light)
    const foreign = createMachine({ initial: 'green', states: { green: {} } })
    const { createActor } = await import('xstate')
    for (const bad of [42, {}, { value: 'green' }, createActor(foreign).getSnapshot()])
      await expect($.node.run(() => sys.replaceState(pid, () => bad))).rejects.toMatchObject({
        reason: ['callback_failed', 'badarg'],
      })
    await expect($.node.run(() => sys.replaceState(pid, (state: any) => ({ ...state, value: 'blue' })))).rejects.toThrow()
    expect(await $.value(pid)).toBe('red')
  })

  test('sys.replaceState into a final state ends the machine', async () => {
    const pid = await $.start(createMachine({ initial: 'a', states: { a: {}, b: { type: 'final' } } }))
    const reason = await $.watch(pid)
    await $.node.run(() => sys.replaceState(pid, (state: any) => ({ ...state, value: 'b' })))
    await $.node.settle()
    expect(reason()).toBe('normal')
  })

  test('sys.terminate ends it', async () => {
    const pid = await $.start(light)
    const reason = await $.watch(pid)
    $.node.expectCrash('enough')
    await $.node.run(() => sys.terminate(pid, 'enough'))
    await $.node.settle()
    expect(reason()).toBe('enough')
  })

  test("XState's log action goes to the logger of the node", async () => {
    const lines: string[] = []
    const kernel = kernelOf($.node)
    kernel.logger = { ...kernel.logger, info: (_facts, text) => void lines.push(text) }
    const pid = await $.start(createMachine({ entry: [log('hello'), log(() => ({ n: 1 }), 'label')] }))
    expect(lines).toEqual([`machine ${String(pid)}: hello`, `machine ${String(pid)}: label { n: 1 }`])
  })

  test('a machine may call itself only by a message: snapshot of itself is calling_self', async () => {
    let failed: unknown
    const machine = createMachine({
      entry: () => void call(self(), 'x').catch((error: CallError) => void (failed = error.reason)),
    })
    await $.start(machine)
    expect(failed).toBe('calling_self')
  })
})
