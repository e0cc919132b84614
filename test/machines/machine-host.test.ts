// Whatever a machine does wrong is its exit reason with a crash report, and nothing else: the fixture fails on what is uncaught.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { type Crash, exit, isCrash, nocatch, type Pid, self } from 'gensock'
import { actorOf, fromProcess, machineServer } from 'gensock/xstate'
import {
  type AnyStateMachine,
  assign,
  createMachine,
  emit,
  enqueueActions,
  fromCallback,
  fromObservable,
  fromPromise,
  raise,
  sendTo,
  setup,
  spawnChild,
  toPromise,
} from 'xstate'
import { MAX_MICROSTEPS } from '../../src/machines/machine-host.js'
import { fixture } from './fixture.js'

const $ = fixture()
const boom = (): never => {
  throw new Error('boom')
}
const isBoom = (error: unknown): boolean => error instanceof Error && /boom/.test(error.message)
const never = (): Promise<never> => new Promise(() => undefined)

/** What can go wrong when `go` comes. */
const ON_EVENT: readonly [string, AnyStateMachine][] = [
  ['an action', createMachine({ on: { go: { actions: boom } } })],
  ['an entry action', createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { entry: boom } } })],
  ['an exit action', createMachine({ initial: 'a', states: { a: { on: { go: 'b' }, exit: boom }, b: {} } })],
  ['an assigner', createMachine({ context: { n: 0 }, on: { go: { actions: assign({ n: boom }) } } })],
  ['a guard', createMachine({ on: { go: { guard: boom, actions: () => undefined } } })],
  [
    'the guard of an eventless transition',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { always: { guard: boom, target: 'a' } } } }),
  ],
  ['enqueueActions', createMachine({ on: { go: { actions: enqueueActions(boom) } } })],
  ['a delay expression', createMachine({ on: { go: { actions: raise({ type: 'x' }, { delay: boom }) } } })],
  ['the target of sendTo', createMachine({ on: { go: { actions: sendTo(boom as () => any, { type: 'x' }) } } })],
  ['a name that nobody has', createMachine({ on: { go: { actions: sendTo(() => actorOf('boom'), { type: 'x' }) } } })],
  ['an async action', createMachine({ on: { go: { actions: async () => boom() } } })],
  [
    'the input of an invoked actor',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: fromPromise(never), input: boom } } } }),
  ],
  [
    'the function of an invoked promise',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: fromPromise(boom) } } } }),
  ],
  [
    'an invoked promise',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: fromPromise(async () => boom()) } } } }),
  ],
  [
    'an invoked callback',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { invoke: { src: fromCallback(boom) } } } }),
  ],
  [
    'a callback that gets an event',
    createMachine({
      invoke: { id: 'c', src: fromCallback(({ receive }) => receive(boom)) },
      on: { go: { actions: sendTo('c', { type: 'x' }) } },
    }),
  ],
  [
    'the end of a callback',
    createMachine({ initial: 'a', states: { a: { invoke: { src: fromCallback(() => boom) }, on: { go: 'b' } }, b: {} } }),
  ],
  [
    'the end of a callback in a final state',
    createMachine({
      initial: 'a',
      states: { a: { invoke: { src: fromCallback(() => boom) }, on: { go: 'b' } }, b: { type: 'final' } },
    }),
  ],
  [
    'an observable',
    createMachine({
      initial: 'a',
      states: {
        a: { on: { go: 'b' } },
        b: { invoke: { src: fromObservable(() => observable((observer) => observer.error(new Error('boom')))) } },
      },
    }),
  ],
  [
    'an invoked machine',
    createMachine({
      invoke: { id: 'm', src: createMachine({ on: { x: { actions: boom } } }) },
      on: { go: { actions: sendTo('m', { type: 'x' }) } },
    }),
  ],
  ['a spawned actor', createMachine({ on: { go: { actions: spawnChild(fromCallback(boom)) } } })],
  [
    'the output of the machine',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { type: 'final' } }, output: boom }),
  ],
  [
    'onDone of a promise',
    createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { invoke: { src: fromPromise(async () => 1), onDone: { actions: boom } } } },
    }),
  ],
  [
    'a delayed transition',
    createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { after: { 0: { actions: boom } } } } }),
  ],
  [
    'a subscriber of the machine',
    createMachine({ entry: ({ self: its }) => void its.subscribe(later(boom)), on: { go: { actions: () => undefined } } }),
  ],
  [
    'an async subscriber',
    createMachine({
      entry: ({ self: its }) => void its.subscribe(later(async () => boom())),
      on: { go: { actions: () => undefined } },
    }),
  ],
  [
    'a listener of emitted events',
    createMachine({ entry: ({ self: its }) => void its.on('out', boom), on: { go: { actions: emit({ type: 'out' }) } } }),
  ],
  [
    'a selector',
    createMachine({
      entry: ({ self: its }) => void its.select(later(boom, 2)).subscribe(() => undefined),
      on: { go: { actions: () => undefined } },
    }),
  ],
  [
    'an inspector of microsteps',
    createMachine({
      entry: ({ system }) => void system.inspect(({ type }) => void (type === '@xstate.microstep' && boom())),
      on: { go: { actions: () => undefined } },
    }),
  ],
  [
    'an inspector of events',
    createMachine({
      entry: ({ system }) =>
        void system.inspect((seen) => void (seen.type === '@xstate.event' && seen.event.type === 'go' && boom())),
      invoke: { src: fromCallback(() => () => undefined) },
      on: { go: {} },
    }),
  ],
]

/** Throws at the second call (or a later one): the first comes at once. */
function later<T>(run: () => T, calls = 1): () => T | undefined {
  let seen = 0
  return () => (++seen > calls ? run() : undefined)
}
interface Watcher {
  next(value: unknown): void
  error(error: unknown): void
}
function observable(start: (observer: Watcher) => void): any {
  return {
    subscribe(observer: Watcher) {
      start(observer)
      return { unsubscribe: () => undefined }
    },
  }
}

describe('an error is the exit reason', () => {
  test.each(ON_EVENT)('of %s', async (_what, machine) => {
    const pid = await $.start(machine)
    const reason = await $.watch(pid)
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'go' })
    await $.node.advance(10)
    const crash = reason() as Crash
    expect(isCrash(crash)).toBe(true)
    if (!/name/.test(_what)) expect(isBoom(crash.error)).toBe(true)
  })

  const onStart: readonly [string, AnyStateMachine][] = [
    ['the context function', createMachine({ context: boom })],
    ['an entry action', createMachine({ entry: boom })],
    ['a guard', createMachine({ initial: 'a', states: { a: { always: { guard: boom, target: 'b' } }, b: {} } })],
    ['the input of an invoked actor', createMachine({ invoke: { src: fromPromise(never), input: boom } })],
    ['an invoked callback', createMachine({ invoke: { src: fromCallback(boom) } })],
    ['an actor that its context spawned', createMachine({ context: ({ spawn }: any) => ({ ref: spawn(fromCallback(boom)) }) })],
    ['an invoked machine', createMachine({ invoke: { src: createMachine({ entry: boom }) } })],
  ]
  test.each(onStart)('of %s: the machine does not start', async (_what, machine) => {
    $.node.expectCrash(/boom/)
    const [tag, reason] = (await $.tryStart(machine)) as ['error', Crash]
    expect([tag, isCrash(reason), isBoom(reason.error)]).toEqual(['error', true, true])
    expect($.node.processes()).toEqual([])
  })

  test('of an invoked actor that nobody has implemented', async () => {
    $.node.expectCrash(/undefined/)
    const [tag, reason] = (await $.tryStart(createMachine({ invoke: { src: 'missing' } }))) as ['error', Crash]
    expect([tag, isCrash(reason)]).toEqual(['error', true])
  })

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'bare'],
  ])('%s that is thrown is a crash with that value', async (_what, thrown) => {
    const throwing = (): never => {
      throw thrown
    }
    const pid = await $.start(createMachine({ on: { go: { actions: throwing } } }))
    const reason = await $.watch(pid)
    $.node.expectCrash()
    await $.send(pid, { type: 'go' })
    expect([isCrash(reason()), (reason() as Crash).value]).toEqual([true, thrown])
  })

  test('exit in an action is that reason, and no crash when it is a clean one', async () => {
    for (const reason of ['normal', 'shutdown', ['shutdown', 'why'], 'other']) {
      const pid = await $.start(createMachine({ on: { go: { actions: () => exit(reason) } } }))
      const seen = await $.watch(pid)
      if (reason === 'other') $.node.expectCrash('other')
      await $.send(pid, { type: 'go' })
      expect(seen()).toEqual(reason)
    }
  })

  test('nocatch in an action is an error: there is nothing to return', async () => {
    const pid = await $.start(createMachine({ on: { go: { actions: () => nocatch('ball') } } }))
    const reason = await $.watch(pid)
    $.node.expectCrash(['nocatch', 'ball'])
    await $.send(pid, { type: 'go' })
    expect((reason() as Crash).value).toEqual(['nocatch', 'ball'])
  })

  test('the crash report names the machine, its last event, and where it was before', async () => {
    const pid = await $.start(
      createMachine({ context: { n: 7 }, initial: 'a', states: { a: { on: { go: { target: 'b', actions: boom } } }, b: {} } }),
    )
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'go', extra: 1 })
    const [{ facts }] = $.node.crashes as [(typeof $.node.crashes)[0]]
    expect(facts).toMatchObject({
      label: 'crash',
      behaviour: 'machine',
      lastMessage: { type: 'go', extra: 1 },
      state: { value: 'a', context: { n: 7 } },
    })
  })

  test('what came by a delay, a promise or a subscriber is named there as well as it can be', async () => {
    const lastOf = async (machine: AnyStateMachine): Promise<string> => {
      const seen = $.node.crashes.length
      $.node.expectCrash(/boom/)
      await $.tryStart(machine)
      await $.node.advance(10)
      return inspect($.node.crashes[seen]?.facts['lastMessage'])
    }
    expect(await lastOf(createMachine({ initial: 'a', states: { a: { after: { 5: { actions: boom } } } } }))).toContain(
      'xstate.after.5',
    )
    expect(await lastOf(createMachine({ invoke: { src: fromPromise(async () => 1), onDone: { actions: boom } } }))).toContain(
      'xstate.promise.resolve',
    )
    expect(await lastOf(createMachine({ entry: async () => boom() }))).toBe('[errand of the machine]')
  })
})

describe('an error that the machine takes is none', () => {
  const taken: readonly [string, AnyStateMachine['config']['invoke']][] = [
    ['a promise', { src: fromPromise(async () => boom()), onError: 'sorry' }],
    ['a callback', { src: fromCallback(boom), onError: 'sorry' }],
    [
      'an observable',
      { src: fromObservable(() => observable((observer) => observer.error(new Error('boom')))), onError: 'sorry' },
    ],
    ['a machine', { src: createMachine({ entry: boom }), onError: 'sorry' }],
    [
      'a promise of an invoked machine',
      { src: createMachine({ invoke: { src: fromPromise(async () => boom()) } }), onError: 'sorry' },
    ],
  ]
  test.each(taken)('onError of %s', async (_what, invoke) => {
    const pid = await $.start(createMachine({ initial: 'a', states: { a: { invoke: invoke as never }, sorry: {} } }))
    expect(await $.value(pid)).toBe('sorry')
  })

  test('the children of an invoked machine that failed are stopped, which XState forgets', async () => {
    const disposed: string[] = []
    const child = createMachine({
      invoke: { src: fromCallback(() => () => void disposed.push('grandchild')) },
      on: { x: { actions: boom } },
      initial: 'w',
      states: { w: { after: { 100: { actions: () => void disposed.push('late') } } } },
    })
    const machine = createMachine({
      initial: 'a',
      states: {
        a: { invoke: { id: 'm', src: child, onError: 'b' }, on: { go: { actions: sendTo('m', { type: 'x' }) } } },
        b: {},
      },
    })
    const pid = await $.start(machine)
    await $.send(pid, { type: 'go' })
    await $.node.advance(200)
    expect([await $.value(pid), disposed]).toEqual(['b', ['grandchild']])
  })

  test('the error of a subscriber of a child ends the machine although onError takes the errors of the child', async () => {
    const machine = setup({ actors: { child: createMachine({ on: { x: { actions: () => undefined } } }) } }).createMachine({
      initial: 'a',
      states: {
        a: {
          invoke: { id: 'm', src: 'child', onError: 'b' },
          on: {
            watch: { actions: ({ self: its }) => void its.getSnapshot().children['m']?.subscribe(boom) },
            go: { actions: sendTo('m', { type: 'x' }) },
          },
        },
        b: {},
      },
    })
    const pid = await $.start(machine)
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'watch' }, { type: 'go' })
    expect($.node.isAlive(pid)).toBe(false)
  })

  test('who waits for the actor from outside gets its error, and the process crashes once', async () => {
    let ref: any
    const pid = await $.start(createMachine({ entry: ({ self: its }) => void (ref = its), on: { go: { actions: boom } } }))
    const outcome = toPromise(ref).catch((error: Error) => error.message)
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'go' })
    expect(await outcome).toBe('boom')
  })
})

describe('what goes on for ever', () => {
  const loops: readonly [string, AnyStateMachine][] = [
    [
      'eventless transitions',
      createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: { always: 'b' } } }),
    ],
    ['raised events', createMachine({ on: { go: { actions: raise({ type: 'go' }) } } })],
    [
      'an invoked machine that answers, and is answered',
      createMachine({
        invoke: {
          id: 'm',
          src: createMachine({ on: { x: { actions: sendTo(({ self: its }) => (its as any)._parent, { type: 'go' }) } } }),
          onError: {},
        },
        on: { go: { actions: sendTo('m', { type: 'x' }) } },
      }),
    ],
  ]
  test.each(loops)('%s end the machine', async (_what, machine) => {
    const pid = await $.start(machine)
    $.node.expectCrash(/microsteps/)
    await $.send(pid, { type: 'go' })
    expect($.node.isAlive(pid)).toBe(false)
  })

  test('as it starts, too', async () => {
    $.node.expectCrash(/microsteps/)
    const [tag] = (await $.tryStart(createMachine({ initial: 'a', states: { a: { always: 'b' }, b: { always: 'a' } } }))) as [
      string,
    ]
    expect(tag).toBe('error')
  })

  const counting = (to: number, options?: { maxIterations: number }): AnyStateMachine =>
    createMachine({
      ...(options === undefined ? {} : { options }),
      context: { n: 0 },
      initial: 'a',
      states: {
        a: { on: { go: 'b' } },
        b: {
          always: [
            { guard: ({ context }: any) => context.n < to, actions: assign({ n: ({ context }: any) => context.n + 1 }) },
            { target: 'c' },
          ],
        },
        c: {},
      },
    } as Parameters<typeof createMachine>[0])

  test(`the bound is ${MAX_MICROSTEPS} microsteps in one turn`, async () => {
    const fits = await $.start(counting(MAX_MICROSTEPS - 2)) // besides those of `go` and of the way to c
    await $.send(fits, { type: 'go' })
    expect(await $.value(fits)).toBe('c')
    const over = await $.start(counting(MAX_MICROSTEPS - 1))
    $.node.expectCrash(/microsteps/)
    await $.send(over, { type: 'go' })
    expect($.node.isAlive(over)).toBe(false)
  })

  test('a machine that sets options.maxIterations has its own bound', async () => {
    const more = await $.start(counting(MAX_MICROSTEPS + 10, { maxIterations: Infinity }))
    await $.send(more, { type: 'go' })
    expect(await $.value(more)).toBe('c')
    const fewer = await $.start(counting(100, { maxIterations: 50 }))
    $.node.expectCrash(/Infinite loop detected/)
    await $.send(fewer, { type: 'go' })
    expect($.node.isAlive(fewer)).toBe(false)
  })

  test('a machine that sends itself events for ever lets others have their turn', async () => {
    const pid = await $.start(createMachine({ on: { go: { actions: () => $.node.send(self(), { type: 'go' }) } } }))
    $.node.send(pid, { type: 'go' })
    await new Promise((resolve) => setImmediate(resolve))
    const ran = new Promise((resolve) => $.node.spawn(resolve))
    await ran
    expect($.node.isAlive(pid)).toBe(true)
    $.node.exit(pid, 'kill')
  })
})

describe('nothing outlives the process', () => {
  /** Invokes everything that can be left behind, and says so. */
  function busy(gone: string[]): AnyStateMachine {
    const process = fromProcess(async (its) => {
      its.signal.addEventListener('abort', () => void gone.push('process'))
      await its.receive()
    })
    return createMachine({
      invoke: [
        { src: fromCallback(() => () => void gone.push('callback')) },
        { src: fromPromise(({ signal }) => (signal.addEventListener('abort', () => void gone.push('promise')), never())) },
        { src: fromObservable(() => ({ subscribe: () => ({ unsubscribe: () => void gone.push('observable') }) }) as any) },
        { src: process },
        { src: createMachine({ invoke: { src: fromCallback(() => () => void gone.push('of a machine')) } }) },
      ],
      initial: 'a',
      states: { a: { after: { 1000: 'b' } }, b: {}, c: { type: 'final' } },
      on: {
        boom: { actions: boom },
        kill: { actions: () => exit(self(), 'kill') },
        quietKill: { actions: () => $.node.exit(self(), 'kill') },
        exit: { actions: () => exit('shutdown') },
        final: '.c',
      },
    } as Parameters<typeof createMachine>[0])
  }
  const ALL = ['callback', 'observable', 'of a machine', 'process', 'promise']

  test.each([
    ['an error', (pid: Pid) => $.send(pid, { type: 'boom' }), /boom/],
    ['a kill of itself', (pid: Pid) => $.send(pid, { type: 'kill' }), undefined],
    ['a kill in the middle of its own action', (pid: Pid) => $.send(pid, { type: 'quietKill' }), undefined],
    ['a final state', (pid: Pid) => $.send(pid, { type: 'final' }), undefined],
    ['exit', (pid: Pid) => $.send(pid, { type: 'exit' }), undefined],
    ['a kill', async (pid: Pid) => $.node.exit(pid, 'kill'), undefined],
    ['an exit signal', async (pid: Pid) => $.node.exit(pid, 'shutdown'), undefined],
    ['stop', (pid: Pid) => $.node.run(() => machineServer.stop(pid)), undefined],
  ])('after %s', async (_what, end, crash) => {
    const gone: string[] = []
    const pid = await $.start(busy(gone))
    expect($.node.processes()).toHaveLength(2)
    if (crash !== undefined) $.node.expectCrash(crash)
    await end(pid)
    await $.node.settle()
    expect(gone.toSorted()).toEqual(ALL)
    expect([$.node.processes(), $.node.nextDueMs()]).toEqual([[], Infinity])
  })

  test('a machine that is killed by its own entry action has not started', async () => {
    const gone: string[] = []
    const machine = createMachine({
      entry: () => $.node.exit(self(), 'kill'),
      invoke: { src: fromCallback(() => () => void gone.push('callback')) },
    })
    expect(await $.tryStart(machine)).toEqual(['error', 'killed'])
    expect(gone).toEqual(['callback'])
  })

  test('what an action starts after its process was killed is stopped at once', async () => {
    const started: string[] = []
    const child = fromCallback(() => (started.push('child'), () => void started.push('gone')))
    const process = fromProcess(() => void started.push('process'))
    const pid = await $.start(
      createMachine({
        initial: 'a',
        states: {
          a: { on: { go: { target: 'b', actions: () => $.node.exit(self(), 'kill') } } },
          b: { entry: raise({ type: 'x' }, { delay: 10 }), invoke: [{ src: child }, { src: process }], after: { 20: 'a' } },
        },
      }),
    )
    await $.send(pid, { type: 'go' })
    expect(started).toEqual(['child', 'gone'])
    expect($.node.processes()).toEqual([])
    expect($.node.nextDueMs()).toBe(Infinity)
  })

  test('what comes late for a machine that is gone is dropped', async () => {
    let settle: (value: unknown) => void = () => undefined
    let fail: (error: unknown) => void = () => undefined
    let back: (event: { type: string }) => void = () => undefined
    const seen: unknown[] = []
    const machine = createMachine({
      invoke: [
        { src: fromPromise(() => new Promise((resolve) => (settle = resolve))) },
        { src: fromPromise(() => new Promise((_resolve, reject) => (fail = reject))) },
        { src: fromCallback(({ sendBack }) => void (back = sendBack)) },
      ],
      on: { '*': { actions: ({ event }) => void seen.push(event) } },
    })
    const pid = await $.start(machine)
    $.node.exit(pid, 'kill')
    settle(1)
    fail(new Error('late'))
    back({ type: 'late' })
    await $.node.settle()
    expect(seen).toEqual([])
  })

  test('an error while its actors are stopped is reported: the exit reason if it ends by itself', async () => {
    const machine = createMachine({ invoke: { src: fromCallback(() => boom) } })
    const stopped = await $.start(machine)
    const reason = await $.watch(stopped)
    $.node.expectCrash(/boom/)
    await expect($.node.run(() => machineServer.stop(stopped))).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL' })
    expect(isCrash(reason())).toBe(true)

    const killed = await $.start(machine)
    const other = await $.watch(killed)
    $.node.expectCrash(/boom/)
    $.node.exit(killed, 'kill')
    await $.node.settle()
    expect(other()).toBe('killed')
  })

  test('the code that runs as a killed machine is cleaned up runs as that machine, not as who killed it', async () => {
    let seen: unknown
    const pid = await $.start(createMachine({ invoke: { src: fromCallback(() => () => void (seen = self())) } }))
    $.node.spawn((its) => its.exit(pid, 'kill'))
    await $.node.settle()
    expect(seen).toBe(pid)
  })

  test('actors that were stopped before they started are not kept', async () => {
    const flash = createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: { on: { go: 'b' } },
        b: { invoke: { src: fromCallback(() => () => undefined) }, always: 'a' },
      },
    })
    const pid = await $.start(flash)
    for (let i = 0; i < 10; i++) await $.send(pid, { type: 'go' })
    expect(await $.value(pid)).toBe('a')
    await $.node.run(() => machineServer.stop(pid))
  })
})
