// What a machine emits, as `onEmit` hears it: from the first state on, as the machine's process, at every start.
import { describe, expect, test } from '@jest/globals'
import { isAlive, type Pid, self, send, supervisor } from 'gensock'
import { machineChild, machineServer, type SnapshotStore } from 'gensock/xstate'
import { createMachine, emit, sendParent, setup } from 'xstate'
import { fixture } from './fixture.js'

type Told = { type: 'opened' } | { type: 'counted'; n: number } | { type: 'closed' }

const $ = fixture()
const boom = (): never => {
  throw new Error('boom')
}
/** Emits in the entry of its first state, then for each `count`, and after 1 s; `break` is a bug. */
const door = setup({
  types: { events: {} as { type: 'count'; n: number } | { type: 'break' } | { type: 'close' }, emitted: {} as Told },
}).createMachine({
  initial: 'open',
  on: { break: { actions: [emit({ type: 'counted', n: -1 }), boom] } },
  states: {
    open: {
      entry: emit({ type: 'opened' }),
      on: { count: { actions: emit(({ event }) => ({ type: 'counted', n: event.n })) }, close: 'closed' },
      after: { 1000: 'closed' },
    },
    closed: { entry: emit({ type: 'closed' }) },
  },
})
const counted = (...numbers: number[]): Told[] => numbers.map((n) => ({ type: 'counted', n }))
const counts = (...numbers: number[]): object[] => numbers.map((n) => ({ type: 'count', n }))
const current = (): Pid => $.node.whereis('m') as Pid

/** `door` under a supervisor, named `m`. */
async function supervised(onEmit: (event: Told) => void, keepSnapshot = false): Promise<void> {
  const children = [machineChild('m', door, { name: 'm', keepSnapshot, onEmit })]
  void $.node.run(() => supervisor.start({ intensity: 2, children }))
  await $.node.settle()
}

describe('onEmit hears', () => {
  test('each event in order, from the entry of the first state on, delays included', async () => {
    const heard: Told[] = []
    const pid = await $.start(door, { onEmit: (event: Told) => heard.push(event) })
    expect(heard).toEqual([{ type: 'opened' }])
    await $.send(pid, ...counts(1, 2, 3))
    expect(heard.splice(0)).toEqual([{ type: 'opened' }, ...counted(1, 2, 3)])
    await $.node.advance(999)
    expect(heard).toEqual([])
    await $.node.advance(1)
    expect(heard).toEqual([{ type: 'closed' }])
  })

  test('what the machine emits as it starts before the start is answered, with each of the start functions', async () => {
    const heard: string[] = []
    $.node.spawn(async (its) => {
      for (const mode of ['start', 'startLink', 'startMonitor'] as const) {
        const [answer] = await its.run(() => machineServer[mode](door, { onEmit: ({ type }) => void heard.push(type) }))
        heard.push(`${mode}: ${answer}`)
      }
    })
    await $.node.settle()
    expect(heard).toEqual(['opened', 'start: ok', 'opened', 'startLink: ok', 'opened', 'startMonitor: ok'])
  })

  test('what comes to a final state, too, before the process ends', async () => {
    const heard: unknown[] = []
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { end: 'b' } }, b: { type: 'final', entry: emit({ type: 'last' }) } },
    })
    const pid = await $.start(machine, { onEmit: (event: object) => heard.push([event, isAlive(pid)]) })
    await $.send(pid, { type: 'end' })
    expect(heard).toEqual([[{ type: 'last' }, true]])
    expect($.node.run(() => isAlive(pid))).toBe(false)
  })

  test('a machine whose types say nothing of what it emits', async () => {
    const heard: string[] = []
    const machine = createMachine({ entry: emit({ type: 'hello' }), on: { go: { actions: emit({ type: 'gone' }) } } })
    const started = await $.node.run(() => machineServer.start(machine, { onEmit: ({ type }) => void heard.push(type) }))
    await $.send(started[1] as Pid, { type: 'go' })
    expect(heard).toEqual(['hello', 'gone'])
  })

  test('not what an invoked machine emits: what it sends to its parent is the parent’s to emit', async () => {
    const heard: unknown[] = []
    const inner = createMachine({ entry: [emit({ type: 'inner' }), sendParent({ type: 'said' })] })
    const machine = createMachine({ invoke: { src: inner }, on: { said: { actions: emit({ type: 'outer' }) } } })
    await $.start(machine, { onEmit: (event: object) => heard.push(event) })
    expect(heard).toEqual([{ type: 'outer' }])
  })
})

describe('after a restart by the supervisor', () => {
  test('it hears the machine that begins anew, from its first state on', async () => {
    const heard: Told[] = []
    await supervised((event) => heard.push(event))
    await $.send(current(), ...counts(1))
    const first = current()
    $.node.exit(first, 'kill')
    await $.node.settle()
    expect(current()).not.toBe(first)
    await $.send(current(), ...counts(2))
    expect(heard).toEqual([{ type: 'opened' }, ...counted(1), { type: 'opened' }, ...counted(2)])
  })

  test('with keepSnapshot it hears what comes next: entry actions do not run again, delays go on', async () => {
    const heard: Told[] = []
    await supervised((event) => heard.push(event), true)
    await $.send(current(), ...counts(1))
    await $.node.advance(400)
    $.node.exit(current(), 'kill')
    await $.node.settle()
    await $.send(current(), ...counts(2))
    await $.node.advance(599)
    expect(heard.splice(0)).toEqual([{ type: 'opened' }, ...counted(1, 2)])
    await $.node.advance(1)
    expect(heard).toEqual([{ type: 'closed' }])
  })

  test('what is emitted in a turn whose actions throw is not heard: that turn has not been', async () => {
    const heard: Told[] = []
    await supervised((event) => heard.push(event), true)
    $.node.expectCrash(/boom/)
    await $.send(current(), { type: 'break' })
    await $.send(current(), ...counts(1))
    expect(heard).toEqual([{ type: 'opened' }, ...counted(1)])
  })
})

describe('what onEmit throws', () => {
  const picky = (heard: Told[]) => (event: Told) => {
    heard.push(event)
    if (event.type === 'counted' && event.n === 13) throw new RangeError('no thirteens')
  }

  test('is the exit reason of the machine, with a crash report', async () => {
    const pid = await $.start(door, { onEmit: picky([]) })
    const reason = await $.watch(pid)
    await $.send(pid, ...counts(12))
    expect(reason()).toBeUndefined()
    $.node.expectCrash(/no thirteens/)
    await $.send(pid, ...counts(13))
    expect(reason()).toMatchObject({ error: { name: 'RangeError', message: 'no thirteens' } })
  })

  test('is a restart under a supervisor, from the state before that event', async () => {
    const heard: Told[] = []
    await supervised(picky(heard), true)
    const first = current()
    $.node.expectCrash(/no thirteens/)
    await $.send(first, ...counts(12, 13, 14))
    expect(current()).not.toBe(first)
    await $.send(current(), ...counts(15))
    expect(heard).toEqual([{ type: 'opened' }, ...counted(12, 13, 15)])
  })

  test('in the first state is why the start is refused', async () => {
    $.node.expectCrash(/boom/)
    expect(await $.tryStart(door, { onEmit: boom })).toMatchObject(['error', { error: { message: 'boom' } }])
    expect($.node.processes()).toEqual([])
  })

  test('later, being async, is the exit reason as well', async () => {
    const pid = await $.start(door, { onEmit: async (event: Told) => (event.type === 'counted' ? boom() : undefined) })
    const reason = await $.watch(pid)
    $.node.expectCrash(/boom/)
    await $.send(pid, ...counts(1))
    expect(reason()).toMatchObject({ error: { message: 'boom' } })
  })
})

test('onEmit runs as the process of the machine, at the start and later', async () => {
  const pids: Pid[] = []
  const pid = await $.start(door, { onEmit: () => pids.push(self()) })
  await $.send(pid, ...counts(1))
  await $.node.advance(1000)
  expect(pids).toEqual([pid, pid, pid])
})

test('what onEmit sends arrives in order, behind what the actions of that transition send', async () => {
  const probe = $.node.probe<string | number>()
  const note = (text: string) => () => send(probe.pid, text)
  const machine = setup({ types: { emitted: {} as { type: 'tick'; n: number } } }).createMachine({
    on: { go: { actions: [note('before'), emit({ type: 'tick', n: 1 }), note('after'), emit({ type: 'tick', n: 2 })] } },
  })
  const pid = await $.start(machine, { onEmit: (event: { n: number }) => send(probe.pid, event.n) })
  await $.send(pid, { type: 'go' }, { type: 'go' })
  const once = ['before', 'after', 1, 2]
  expect(probe.messages).toEqual([...once, ...once])
})

test('what onEmit sends to its own machine is an event of a later turn, behind those that have come', async () => {
  const heard: Told[] = []
  const onEmit = (event: Told): void => {
    heard.push(event)
    if (event.type === 'counted' && event.n < 10) send(self(), { type: 'count', n: event.n * 10 })
  }
  const pid = await $.start(door, { onEmit })
  await $.send(pid, ...counts(1, 2))
  expect(heard.slice(1)).toEqual(counted(1, 2, 10, 20))
})

describe('what is no function is refused', () => {
  const bad = { code: 'GENSOCK_ERR_BADARG' }
  test.each([null, 'log', {}, true, 1])('%p', (onEmit: any) => {
    for (const mode of ['start', 'startLink', 'startMonitor'] as const)
      expect(() => $.node.run(() => machineServer[mode](door, { onEmit }))).toThrow(
        expect.objectContaining({ ...bad, message: expect.stringContaining(`machineServer.${mode}: onEmit`) }),
      )
    expect(() => machineChild('m', door, { onEmit })).toThrow(
      expect.objectContaining({ ...bad, message: expect.stringContaining('machineChild: onEmit') }),
    )
  })

  test('undefined is as if it were not given', async () => {
    const pid = await $.start(door, { onEmit: undefined })
    await $.send(pid, ...counts(1), { type: 'close' })
    expect(await $.value(pid)).toBe('closed')
  })
})

test('its event has the type of what the machine emits, and nothing else compiles', async () => {
  const numbers: number[] = []
  const store: SnapshotStore = { load: () => undefined, save: () => undefined }
  const spec = machineChild('m', door, { onEmit: (event) => event.type === 'counted' && numbers.push(event.n) })
  expect(spec).not.toHaveProperty('onEmit')
  // @ts-expect-error not every event has a number
  machineChild('m', door, { onEmit: (event) => numbers.push(event.n) })
  const started = await $.node.run(() =>
    machineServer.start(door, {
      keepSnapshot: store,
      onEmit(event) {
        if (event.type === 'counted') numbers.push(event.n)
        // @ts-expect-error the machine emits no such event
        if (event.type === 'shut') numbers.push(0)
        // @ts-expect-error `opened` has no number
        if (event.type === 'opened') expect(event.n).toBeUndefined()
      },
    }),
  )
  // @ts-expect-error a function of another event
  machineChild('m', door, { onEmit: (event: { type: 'shut' }) => numbers.push(event.type.length) })
  await $.send(started[1] as Pid, ...counts(1, 2))
  expect(numbers).toEqual([1, 2])
})
