// Snapshots that outlive the process: under a real supervisor, and in a store of one's own.
import { describe, expect, test } from '@jest/globals'
import {
  type Call,
  type CallError,
  makeRef,
  nocatch,
  type Pid,
  reply,
  self,
  supervisor,
  type SupervisorPid,
  unwrap,
} from 'gensock'
import { actorOf, fromProcess, type KeptSnapshot, machineChild, machineServer, type SnapshotStore } from 'gensock/xstate'
import { type AnyStateMachine, assign, createMachine, fromCallback, fromPromise, raise, sendTo, setup } from 'xstate'
import { fixture } from './fixture.js'

const $ = fixture()
const boom = (): never => {
  throw new Error('boom')
}
/** red -(10 s)-> green -(10 s)-> red, counting; `break` is a bug. */
const light = createMachine({
  context: { changes: 0 },
  initial: 'red',
  on: { break: { actions: boom }, poke: { actions: assign({ changes: ({ context }) => context.changes }) } },
  states: {
    red: { after: { 10_000: { target: 'green', actions: assign({ changes: ({ context }) => context.changes + 1 }) } } },
    green: { after: { 10_000: { target: 'red', actions: assign({ changes: ({ context }) => context.changes + 1 }) } } },
  },
})

/** A supervisor with this one child, which is named `m`. */
async function supervised(machine: AnyStateMachine, options: object = {}): Promise<SupervisorPid> {
  const child = machineChild('m', machine, { name: 'm', keepSnapshot: true, ...options } as any)
  const pid = unwrap(await $.node.run(() => supervisor.start({ intensity: 10, children: [child] })))
  await $.node.settle()
  return pid
}
const current = (): Pid => $.node.whereis('m') as Pid
async function crash(event: object = { type: 'break' }, pattern = /boom/): Promise<void> {
  $.node.expectCrash(pattern)
  await $.send(current(), event)
  await $.node.advance(0)
}

describe('keepSnapshot: true in a child spec', () => {
  test('a restarted machine is where it was: state, context, and the delay with what is left of it', async () => {
    await supervised(light)
    await $.node.advance(13_000)
    const before = current()
    await crash()
    expect(current()).not.toBe(before)
    expect([await $.value('m'), await $.context('m')]).toEqual(['green', { changes: 1 }])
    await $.node.advance(6999)
    expect(await $.value('m')).toBe('green')
    await $.node.advance(1)
    expect([await $.value('m'), await $.context('m')]).toEqual(['red', { changes: 2 }])
  })

  test('without it, or with false, the machine begins anew', async () => {
    for (const keepSnapshot of [undefined, false]) {
      const sup = await supervised(light, { keepSnapshot })
      await $.node.advance(13_000)
      await crash()
      expect([await $.value('m'), await $.context('m')]).toEqual(['red', { changes: 0 }])
      $.node.exit(sup, 'shutdown')
      await $.node.settle()
    }
  })

  test('a kill in the middle is a restart from the last event, too', async () => {
    await supervised(light)
    await $.node.advance(14_000)
    $.node.exit(current(), 'kill')
    await $.node.settle()
    await $.node.advance(5999)
    expect(await $.value('m')).toBe('green')
    await $.node.advance(1)
    expect(await $.value('m')).toBe('red')
  })

  test('the snapshot is that before the event that crashed', async () => {
    const machine = createMachine({
      context: { n: 0 },
      initial: 'a',
      states: {
        a: {
          on: {
            add: { actions: assign({ n: ({ context }) => context.n + 1 }) },
            half: { target: 'b', actions: assign({ n: 100 }) },
          },
        },
        b: { entry: boom },
      },
    })
    await supervised(machine)
    await $.send(current(), { type: 'add' }, { type: 'add' })
    await crash({ type: 'half' })
    expect([await $.value('m'), await $.context('m')]).toEqual(['a', { n: 2 }])
  })

  test('entry actions do not run again; invoked promises, callbacks and processes start anew', async () => {
    const log: string[] = []
    const actors = {
      callback: fromCallback(() => (log.push('callback'), () => void log.push('callback gone'))),
      promise: fromPromise(async ({ input }) => void log.push(`promise ${input as number}`)),
      process: fromProcess(async (its, { input }) => {
        log.push(`process ${input as number}`)
        await its.receive()
      }),
    }
    const machine = setup({ actors }).createMachine({
      entry: () => void log.push('entry'),
      on: { break: { actions: boom }, next: '.b' },
      initial: 'a',
      states: {
        a: {},
        b: {
          entry: () => void log.push('entered b'),
          invoke: [{ src: 'callback' }, { src: 'promise', input: 1 }, { src: 'process', input: 2 }],
        },
      },
    })
    await supervised(machine)
    await $.send(current(), { type: 'next' })
    const first = ['entry', 'entered b', 'callback', 'promise 1', 'process 2']
    expect(log).toEqual(first)
    expect($.node.processes()).toHaveLength(3)
    await crash()
    expect(log).toEqual([...first, 'callback gone', 'callback', 'process 2'])
    expect($.node.processes()).toHaveLength(3)
  })

  test('a promise that had not settled is asked again', async () => {
    let asked = 0
    const machine = setup({ actors: { slow: fromPromise(() => (asked++, new Promise<never>(() => undefined))) } }).createMachine({
      invoke: { src: 'slow' },
      on: { break: { actions: boom } },
    })
    await supervised(machine)
    await crash()
    expect(asked).toBe(2)
  })

  test('invoked machines, spawned actors in the context, history, and their delays come back', async () => {
    const child = createMachine({
      id: 'child',
      initial: 'x',
      states: { x: { after: { 100: 'y' } }, y: { after: { 100: 'z' } }, z: { type: 'final' } },
    })
    const machine = setup({ types: { context: {} as { ref: any } }, actors: { child } }).createMachine({
      id: 'm',
      context: ({ spawn }) => ({ ref: spawn('child', { id: 'spawned' }) }),
      initial: 'work',
      on: { break: { actions: boom } },
      states: {
        work: {
          invoke: { id: 'invoked', src: 'child', onDone: 'over' },
          initial: 'one',
          states: { one: { on: { two: 'two' } }, two: {}, back: { type: 'history' } },
          on: { pause: 'pause' },
        },
        pause: { on: { resume: 'work.back' } },
        over: {},
      },
    })
    await supervised(machine)
    await $.send(current(), { type: 'two' }, { type: 'pause' })
    await $.node.advance(130)
    await crash()
    const values = async (): Promise<unknown> => {
      const { ref } = await $.context('m')
      return [await $.value('m'), ref.getSnapshot().value]
    }
    expect(await values()).toEqual(['pause', 'y'])
    await $.send(current(), { type: 'resume' })
    expect(await values()).toEqual([{ work: 'two' }, 'y'])
    await $.node.advance(69)
    expect(await values()).toEqual([{ work: 'two' }, 'y'])
    await $.node.advance(1)
    expect(await values()).toEqual([{ work: 'two' }, 'z'])
    await crash()
    await $.node.advance(129)
    expect((await values()) as unknown[]).toEqual([{ work: 'two' }, 'z'])
    await $.node.advance(1)
    expect(((await values()) as unknown[])[0]).toBe('over')
  })

  test('delayed events to others and to pids come back as well, and can still be cancelled', async () => {
    const probe = $.node.probe()
    const machine = createMachine({
      entry: [
        sendTo(() => actorOf(probe.pid), { type: 'to the pid' }, { delay: 100 }),
        raise({ type: 'mine' }, { delay: 100, id: 'mine' }),
      ],
      initial: 'a',
      on: { break: { actions: boom }, mine: '.b' },
      states: { a: {}, b: {} },
    })
    await supervised(machine)
    await $.node.advance(60)
    await crash()
    await $.node.advance(39)
    expect([probe.messages, await $.value('m')]).toEqual([[], 'a'])
    await $.node.advance(1)
    expect([probe.messages, await $.value('m')]).toEqual([[{ type: 'to the pid' }], 'b'])
  })

  test('a delay that was over but not handled is handled after the restart', async () => {
    const machine = createMachine({
      initial: 'a',
      on: { break: { actions: boom }, set: '.b' },
      states: { a: {}, b: { after: { 10: 'c' } }, c: {} },
    })
    await supervised(machine)
    await $.send(current(), { type: 'set' })
    $.node.expectCrash(/boom/)
    $.node.send(current(), { type: 'break' })
    await $.node.advance(10)
    expect(await $.value('m')).toBe('c')
  })

  test('pids, refs, callers and actorOf(pid) in the context stay what they are', async () => {
    const probe = $.node.probe()
    const machine = createMachine({
      context: () => ({ pid: probe.pid, ref: makeRef(), actor: actorOf(probe.pid), from: undefined as Call['from'] | undefined }),
      on: {
        break: { actions: boom },
        call: { actions: assign({ from: ({ event }: any) => event.from }) },
        answer: {
          actions: [
            ({ context }: any) => reply(context.from, 'answered'),
            sendTo(({ context }: any) => context.actor, { type: 'hi' }),
          ],
        },
      },
    })
    await supervised(machine)
    const lost = $.node.call(current(), 'before the crash').catch((error: CallError) => error.code)
    await $.node.settle()
    const before = await $.context('m')
    expect(before.from).toBeDefined()
    await crash()
    expect(await lost).toBe('GENSOCK_ERR_CALL')
    const after = await $.context('m')
    expect(Object.keys(before).map((key) => after[key] === before[key])).toEqual([true, true, true, true])
    const answered = $.node.call(current(), 'after it')
    await $.send(current(), { type: 'answer' })
    expect([await answered, probe.messages]).toEqual(['answered', [{ type: 'hi' }]])
  })

  test('input makes the first context only; a function is called at each start', async () => {
    let calls = 0
    const machine = setup({ types: { input: {} as { n: number }, context: {} as { n: number } } }).createMachine({
      context: ({ input }) => ({ n: input.n }),
      on: { break: { actions: boom }, add: { actions: assign({ n: ({ context }) => context.n + 1 }) } },
    })
    await supervised(machine, { input: () => ({ n: ++calls * 10 }) })
    await $.send(current(), { type: 'add' })
    await crash()
    expect([await $.context('m'), calls]).toEqual([{ n: 11 }, 2])
  })
})

describe('when there is nothing to come back to', () => {
  test('after a final state the next start begins anew', async () => {
    const machine = createMachine({
      initial: 'a',
      states: { a: { on: { next: 'b' } }, b: { on: { end: 'c' } }, c: { type: 'final' } },
    })
    await supervised(machine)
    await $.send(current(), { type: 'next' }, { type: 'end' })
    expect(await $.value('m')).toBe('a')
  })

  test('a snapshot whose machine fails at once is given up: the next start begins anew', async () => {
    let broken = false
    const machine = setup({
      actors: {
        child: fromCallback(() => {
          if (broken) boom()
        }),
      },
    }).createMachine({
      initial: 'a',
      on: { break: { actions: boom } },
      states: { a: { on: { next: 'b' } }, b: { invoke: { src: 'child' } } },
    })
    await supervised(machine)
    await $.send(current(), { type: 'next' })
    broken = true
    $.node.expectCrash(/boom/) // as it is restored
    await crash()
    expect(await $.value('m')).toBe('a')
  })

  test('a snapshot that leads to the same failure again is given up after the second one', async () => {
    const machine = createMachine({
      context: { n: 0 },
      initial: 'a',
      on: { ping: {} },
      states: {
        a: { on: { next: { target: 'b', actions: assign({ n: 1 }) } } },
        b: { after: { 100: { target: 'c' } } },
        c: { entry: boom },
      },
    })
    await supervised(machine)
    await $.send(current(), { type: 'next' })
    $.node.expectCrash(/boom/)
    $.node.expectCrash(/boom/)
    await $.node.advance(100) // crashes, comes back with nothing left of the delay, crashes again
    expect([await $.value('m'), await $.context('m')]).toEqual(['a', { n: 0 }])
    await $.node.advance(1000)
    expect(await $.value('m')).toBe('a')
  })

  test('an event that the machine does not take does not make the snapshot good', async () => {
    await supervised(light)
    await $.node.advance(13_000)
    await crash()
    await $.send(current(), { type: 'unknown' })
    await crash()
    expect(await $.value('m')).toBe('red')
  })

  test('one that it takes does', async () => {
    await supervised(light)
    await $.node.advance(13_000)
    for (let i = 0; i < 3; i++) {
      await crash()
      await $.send(current(), { type: 'poke' })
    }
    await crash()
    expect(await $.value('m')).toBe('green')
  })

  test('a machine that is told to end keeps its snapshot, also twice in a row', async () => {
    const sup = await supervised(light)
    await $.node.advance(13_000)
    for (let i = 0; i < 3; i++) {
      await $.node.run(() => supervisor.terminateChild(sup, 'm'))
      await $.node.run(() => supervisor.restartChild(sup, 'm'))
      await $.node.settle()
      expect(await $.value('m')).toBe('green')
    }
    await $.node.advance(7000)
    expect(await $.value('m')).toBe('red')
  })

  test('a supervisor that starts anew with a new spec starts a new machine', async () => {
    const first = await supervised(light)
    await $.node.advance(13_000)
    $.node.exit(first, 'kill')
    await $.node.settle()
    await supervised(light)
    expect(await $.value('m')).toBe('red')
  })
})

describe('keepSnapshot: { load, save }', () => {
  function store(initial?: KeptSnapshot): SnapshotStore & { saved: (KeptSnapshot | undefined)[] } {
    const saved: (KeptSnapshot | undefined)[] = []
    return {
      saved,
      load: () => (saved.length > 0 ? saved.at(-1) : initial),
      save: (snapshot) => void saved.push(snapshot),
    }
  }

  test('is saved after the start and after every event, and loaded at each start', async () => {
    const kept = store()
    const pid = await $.start(light, { keepSnapshot: kept })
    expect(kept.saved).toMatchObject([
      { status: 'active', value: 'red', context: { changes: 0 }, delayed: [{ leftMs: 10_000, source: [], target: [] }] },
    ])
    await $.node.advance(10_000)
    expect(kept.saved).toHaveLength(2)
    $.node.exit(pid, 'kill')
    const next = await $.start(light, { keepSnapshot: kept })
    expect([await $.value(next), await $.context(next)]).toEqual(['green', { changes: 1 }])
  })

  test('a snapshot survives text; its delays have what was left when it was saved', async () => {
    let text: string | undefined
    const file: SnapshotStore = {
      load: () => (text === undefined ? undefined : (JSON.parse(text) as KeptSnapshot)),
      save: (snapshot) => {
        text = snapshot === undefined ? undefined : JSON.stringify(snapshot)
      },
    }
    const first = await $.start(light, { keepSnapshot: file })
    await $.node.advance(12_000)
    $.node.exit(first, 'kill')
    await $.node.advance(500_000)
    const pid = await $.start(light, { keepSnapshot: file })
    await $.node.advance(9999)
    expect(await $.value(pid)).toBe('green')
    await $.node.advance(1)
    expect(await $.value(pid)).toBe('red')
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'break' })
  })

  test('both may be async: the machine is busy until its snapshot is kept', async () => {
    const done: (() => void)[] = []
    let last: KeptSnapshot | undefined
    const slow: SnapshotStore = {
      load: async () => last,
      save: (snapshot) =>
        new Promise((resolve) => {
          done.push(() => {
            last = snapshot
            resolve()
          })
        }),
    }
    const started = $.node.run(() => machineServer.start(light, { keepSnapshot: slow }))
    await $.node.settle()
    done.shift()?.()
    const pid = unwrap(await started) as Pid
    $.node.send(pid, { type: 'poke' })
    $.node.send(pid, { type: 'poke' })
    await $.node.settle()
    expect([done.length, $.node.processInfo(pid, 'message_queue_len')]).toEqual([1, 1])
    for (let i = 0; i < 2; i++) {
      done.shift()?.()
      await $.node.settle()
    }
    expect([done.length, await $.value(pid)]).toEqual([0, 'red'])
    $.node.exit(pid, 'kill')
  })

  test('what is saved can be what plain XState has persisted', async () => {
    const { createActor } = await import('xstate')
    const snapshot = createActor(light, {
      snapshot: light.resolveState({ value: 'green', context: { changes: 9 } }),
    }).getPersistedSnapshot()
    const pid = await $.start(light, { keepSnapshot: store(snapshot) })
    expect([await $.value(pid), await $.context(pid)]).toEqual(['green', { changes: 9 }])
  })

  test('a final state saves undefined', async () => {
    const kept = store()
    await $.start(createMachine({ initial: 'a', states: { a: { after: { 10: 'b' } }, b: { type: 'final' } } }), {
      keepSnapshot: kept,
    })
    await $.node.advance(10)
    expect([kept.saved.length, kept.saved[1]]).toEqual([2, undefined])
  })

  test('a snapshot that cannot be restored is a failed start, and undefined is saved', async () => {
    for (const bad of [
      { status: 'active', value: 'blue', children: {} },
      { nonsense: true },
      'text',
      { status: 'error', error: new Error('boom') },
    ]) {
      const kept = store(bad as unknown as KeptSnapshot)
      $.node.expectCrash()
      expect((await $.tryStart(light, { keepSnapshot: kept })) as unknown).toEqual(['error', expect.anything()])
      expect(kept.saved).toEqual([undefined])
      const pid = await $.start(light, { keepSnapshot: kept })
      expect(await $.value(pid)).toBe('red')
    }
  })

  test('a store that fails ends the machine with that error', async () => {
    const broken = (at: number): SnapshotStore => {
      let calls = 0
      return {
        load: () => (at === 0 ? boom() : undefined),
        save: async () => {
          if (++calls === at) boom()
        },
      }
    }
    for (const at of [0, 1]) {
      $.node.expectCrash(/boom/)
      expect(((await $.tryStart(light, { keepSnapshot: broken(at) })) as unknown[])[0]).toBe('error')
    }
    const pid = await $.start(light, { keepSnapshot: broken(2) })
    $.node.expectCrash(/boom/)
    await $.send(pid, { type: 'poke' })
    expect($.node.isAlive(pid)).toBe(false)
  })

  test('nocatch in a store is an error like any other', async () => {
    $.node.expectCrash(['nocatch', 'ball'])
    expect(await $.tryStart(light, { keepSnapshot: { load: () => nocatch('ball'), save: () => undefined } })).toEqual([
      'error',
      expect.anything(),
    ])
    let calls = 0
    const pid = await $.start(light, {
      keepSnapshot: { load: () => undefined, save: () => void (++calls > 1 && nocatch('ball')) },
    })
    $.node.expectCrash(['nocatch', 'ball'])
    await $.send(pid, { type: 'poke' })
    expect($.node.isAlive(pid)).toBe(false)
  })

  test('a machine that was killed while its snapshot is loaded does not start', async () => {
    let load: (snapshot: undefined) => void = () => undefined
    const entered: unknown[] = []
    const machine = createMachine({ entry: () => void entered.push(self()) })
    const started = $.node.run(() =>
      machineServer.start(machine, {
        keepSnapshot: { load: () => new Promise((resolve) => (load = resolve)), save: () => undefined },
      }),
    )
    await $.node.settle()
    $.node.exit($.node.processes()[0] as Pid, 'kill')
    load(undefined)
    expect(await started).toEqual(['error', 'killed'])
    await $.node.settle()
    expect(entered).toEqual([])
  })
})

describe('machineChild', () => {
  test('is a child spec: id, restart, shutdown and type as given', () => {
    const spec = machineChild('m', light, { restart: 'transient', shutdown: 100, name: 'm' })
    expect(spec).toEqual({ id: 'm', start: expect.any(Function), restart: 'transient', shutdown: 100 })
  })

  test('a transient machine that ends in a final state is not restarted', async () => {
    const machine = createMachine({ initial: 'a', states: { a: { on: { end: 'b' } }, b: { type: 'final' } } })
    const sup = await supervised(machine, { restart: 'transient' })
    await $.send(current(), { type: 'end' })
    expect(await $.node.run(() => supervisor.whichChildren(sup))).toMatchObject([{ id: 'm', pid: undefined, type: 'worker' }])
  })

  test('the supervisor gives up over a machine that keeps failing', async () => {
    const sup = await supervised(createMachine({ after: { 10: { actions: boom } } } as any), { keepSnapshot: false })
    const reason = await $.watch(sup)
    for (let i = 0; i < 11; i++) $.node.expectCrash(/boom/)
    await $.node.advance(1000)
    expect(reason()).toBe('shutdown')
  })

  test.each([
    ['no machine', ['m', {}], 'GENSOCK_ERR_BADARG'],
    ['an unknown option', ['m', light, { restarts: 1 }], 'GENSOCK_ERR_UNKNOWN_OPTION'],
    ['a store that is none', ['m', light, { keepSnapshot: 1 }], 'GENSOCK_ERR_BADARG'],
  ])('%s is refused at once', (_what, args, code) => {
    expect(() => (machineChild as any)(...args)).toThrow(expect.objectContaining({ code }))
  })
})
