// Holds XState to what the host of machines uses of it: an XState where one of these fails needs another xstate-insides.ts.
import { describe, expect, test } from '@jest/globals'
import { type Actor, type AnyActorRef, createActor, createMachine, fromCallback, fromPromise, raise, sendTo } from 'xstate'
import { carryEvents, seeActions, setDelays, setSnapshot, stopActor } from '../../src/machines/xstate-insides.js'

const ref = (actor: Actor<any>): AnyActorRef => actor as AnyActorRef
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe("XState's insides", () => {
  test('carryEvents sees every event of the system: sent, delayed, of children, of promises', async () => {
    const timers: (() => void)[] = []
    const machine = createMachine({
      invoke: [
        { src: fromPromise(async () => 1) },
        { id: 'c', src: fromCallback(({ sendBack, receive }) => receive(() => sendBack({ type: 'back' }))) },
      ],
      on: { x: { actions: [raise({ type: 'late' }, { delay: 10 }), sendTo('c', { type: 'hello' })] } },
    })
    const actor = createActor(machine, { clock: { setTimeout: (run) => timers.push(run), clearTimeout: () => undefined } })
    const carried: string[] = []
    carryEvents(ref(actor), (deliver, event) => {
      carried.push(event.type)
      deliver()
    })
    actor.start()
    actor.send({ type: 'x' })
    timers[0]?.()
    await pause()
    expect(carried).toEqual(['x', 'hello', 'back', 'late', 'xstate.promise.resolve', 'xstate.done.actor.0.(machine)'])
  })

  test('an event that is not delivered does not arrive', () => {
    const actor = createActor(createMachine({ initial: 'a', states: { a: { on: { go: 'b' } }, b: {} } })).start()
    const waiting: (() => void)[] = []
    carryEvents(ref(actor), (deliver) => void waiting.push(deliver))
    actor.send({ type: 'go' })
    expect(actor.getSnapshot().value).toBe('a')
    waiting[0]?.()
    expect(actor.getSnapshot().value).toBe('b')
  })

  test('setDelays wraps every delay, gives it an id, and notes the time', () => {
    const set: [string, number][] = []
    const timers: number[] = []
    const machine = createMachine({
      entry: [raise({ type: 'named' }, { delay: 10, id: 'mine' }), raise({ type: 'unnamed' }, { delay: 20 })],
      initial: 'a',
      states: { a: { after: { 30: 'a' } } },
    })
    const actor = createActor(machine, { clock: { setTimeout: (_run, ms) => timers.push(ms), clearTimeout: () => undefined } })
    setDelays(
      ref(actor),
      () => 'made',
      () => 1234,
      (schedule, event) => {
        schedule()
        set.push([event.type, timers.length])
      },
    )
    actor.start()
    expect(set).toEqual([
      ['named', 1],
      ['unnamed', 2],
      ['xstate.after.30.(machine).a', 3],
    ])
    const scheduled = actor.system.getSnapshot()._scheduledEvents
    expect(
      Object.values(scheduled).map(({ id, delay, startedAt, source, target }) => [
        id,
        delay,
        startedAt,
        source === actor,
        target === actor,
      ]),
    ).toEqual([
      ['mine', 10, 1234, true, true],
      ['made', 20, 1234, true, true],
      ['xstate.after.30.(machine).a', 30, 1234, true, true],
    ])
  })

  test('seeActions sees what actions return, initial ones as well', () => {
    const seen: unknown[] = []
    const machine = createMachine({
      entry: () => 'entry' as never,
      on: { go: { actions: [() => 'go' as never, raise({ type: 'x' })] } },
    })
    const actor = createActor(machine, {
      inspect: (event) => {
        if (event.type === '@xstate.actor') seeActions(event.actorRef as AnyActorRef, (result) => void seen.push(result))
      },
    })
    actor.start()
    actor.send({ type: 'go' })
    expect(seen).toEqual(['entry', 'go', undefined])
  })

  test('an actor is announced before any of its code runs, and again when it starts', () => {
    const order: string[] = []
    const child = createMachine({ entry: () => void order.push('child runs') })
    const machine = createMachine({ context: () => (order.push('context'), {}), invoke: { src: child } })
    createActor(machine, {
      inspect: (event) => {
        if (event.type === '@xstate.actor') order.push('announced')
        if (event.type === '@xstate.event' && event.event.type === 'xstate.init') order.push('starts')
      },
    }).start()
    expect(order).toEqual(['announced', 'context', 'announced', 'starts', 'starts', 'child runs'])
  })

  test('every microstep is announced, in a loop each round', () => {
    let steps = 0
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { go: 'b' } }, b: { always: 'c' }, c: { entry: raise({ type: 'x' }) } },
      on: { x: {} },
    })
    const actor = createActor(machine, { inspect: (event) => void (event.type === '@xstate.microstep' && steps++) }).start()
    steps = 0
    actor.send({ type: 'go' })
    expect(steps).toBe(3)
  })

  test('stopActor stops a child, which its parent alone may do', () => {
    const gone: string[] = []
    const actor = createActor(createMachine({ invoke: { id: 'c', src: fromCallback(() => () => void gone.push('c')) } })).start()
    const child = (actor.getSnapshot().children as Record<string, AnyActorRef>)['c'] as AnyActorRef
    expect(() => child.stop()).toThrow('non-root')
    stopActor(child)
    expect([gone, child.getSnapshot().status]).toEqual([['c'], 'stopped'])
  })

  test('setSnapshot puts a machine into another state', () => {
    const machine = createMachine({ initial: 'a', states: { a: {}, b: { on: { go: 'c' } }, c: {} } })
    const actor = createActor(machine).start()
    setSnapshot(ref(actor), machine.resolveState({ value: 'b' }))
    actor.send({ type: 'go' })
    expect(actor.getSnapshot().value).toBe('c')
  })
})
