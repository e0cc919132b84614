// Processes as actors of a machine: within a machine server, and in plain XState.
import { describe, expect, test } from '@jest/globals'
import { type Crash, type Exit, exit, isCrash, isExit, type Pid, type Receiver, self, send, sys } from 'gensock'
import { actorOf, fromProcess, InvokedExit, machineServer } from 'gensock/xstate'
import { assign, createActor, createMachine, sendTo, setup, spawnChild, stopChild } from 'xstate'
import { fixture } from './fixture.js'

const $ = fixture()
type Order = { type: 'work'; n: number } | { type: 'end'; how?: unknown }

/** Doubles numbers until told to end, and how. */
const worker = fromProcess(async (its: Receiver<Order>, { input, sendBack }) => {
  sendBack({ type: 'ready', pid: its.pid, input })
  for (;;) {
    const order = await its.receive()
    if (order.type === 'work') sendBack({ type: 'worked', n: order.n * 2 })
    else if (order.how === undefined) return 'output'
    else if (order.how instanceof Error) throw order.how
    else its.exit(order.how as string)
  }
})

/** Invokes the worker in `on`; remembers what it says. */
const machine = setup({
  types: { context: {} as { seen: any[]; done?: unknown; error?: unknown } },
  actors: { worker },
}).createMachine({
  context: { seen: [] },
  initial: 'off',
  states: {
    off: { on: { start: 'on' } },
    on: {
      invoke: {
        id: 'worker',
        src: 'worker',
        input: 7,
        onDone: { target: 'done', actions: assign({ done: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ error: ({ event }) => event.error }) },
      },
      on: {
        forward: { actions: sendTo('worker', ({ event }: any) => event.order) },
        leave: 'off',
        '*': { actions: assign({ seen: ({ context, event }) => [...context.seen, event] }) },
      },
    },
    done: {},
    failed: {},
  },
})
const forward = (order: Order): object => ({ type: 'forward', order })

describe('an invoked process', () => {
  test('gets its input, takes the events that are sent to the actor, and sends events back', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' })
    await $.send(pid, forward({ type: 'work', n: 21 }), forward({ type: 'work', n: 4 }))
    const { seen } = await $.context(pid)
    expect(seen).toEqual([
      { type: 'ready', pid: expect.anything(), input: 7 },
      { type: 'worked', n: 42 },
      { type: 'worked', n: 8 },
    ])
    expect($.node.processInfo(seen[0].pid, 'parent')).toBe(pid)
  })

  test('its normal end is onDone, with what it returned', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' }, forward({ type: 'end' }))
    expect([await $.value(pid), (await $.context(pid)).done]).toEqual(['done', 'output'])
  })

  test('exit normal is onDone without output', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' }, forward({ type: 'end', how: 'normal' }))
    expect([await $.value(pid), (await $.context(pid)).done]).toEqual(['done', undefined])
  })

  test.each([
    ['an exit reason', 'tired'],
    ['shutdown', 'shutdown'],
  ])('%s is onError, with the reason', async (_what, how) => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' }, forward({ type: 'end', how }))
    const { error } = await $.context(pid)
    expect(await $.value(pid)).toBe('failed')
    expect([error instanceof InvokedExit, error.reason, error.message]).toEqual([
      true,
      how,
      expect.stringMatching(/<[\d.]+> ended with reason/),
    ])
  })

  test('a crash is onError, with the crash; the machine lives on', async () => {
    const pid = await $.start(machine)
    $.node.expectCrash(/worker broke/)
    await $.send(pid, { type: 'start' }, forward({ type: 'end', how: new Error('worker broke') }))
    expect(await $.value(pid)).toBe('failed')
    expect(isCrash((await $.context(pid)).error.reason)).toBe(true)
  })

  test('a kill from elsewhere is onError', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' })
    $.node.exit((await $.context(pid)).seen[0].pid, 'kill')
    await $.node.settle()
    expect((await $.context(pid)).error.reason).toBe('killed')
  })

  test('a kill by the machine itself, in its own turn, is onError', async () => {
    const killer = createMachine({
      context: { seen: [] as any[], reason: undefined as unknown },
      initial: 'on',
      states: {
        on: {
          invoke: {
            src: worker,
            onError: { target: 'off', actions: assign({ reason: ({ event }: any) => event.error.reason }) },
          },
          on: {
            ready: { actions: assign({ seen: ({ event }: any) => [event.pid] }) },
            kill: { actions: ({ context }: any) => exit(context.seen[0], 'kill') },
          },
        },
        off: {},
      },
    })
    const pid = await $.start(killer)
    await $.send(pid, { type: 'kill' })
    expect([await $.value(pid), (await $.context(pid)).reason]).toEqual(['off', 'killed'])
  })

  test('without onError the machine ends with the same reason, as over a link', async () => {
    const bare = createMachine({
      invoke: { id: 'worker', src: worker },
      on: { forward: { actions: sendTo('worker', ({ event }: any) => event.order) } },
    })
    for (const [how, expected] of [
      ['shutdown', 'shutdown'],
      ['tired', 'tired'],
    ] as const) {
      const pid = await $.start(bare)
      const reason = await $.watch(pid)
      if (how === 'tired') $.node.expectCrash('tired')
      await $.send(pid, forward({ type: 'end', how }))
      expect(reason()).toBe(expected)
    }
    const pid = await $.start(bare)
    const reason = await $.watch(pid)
    const broke = new Error('worker broke')
    $.node.expectCrash(broke)
    $.node.expectCrash(broke)
    await $.send(pid, forward({ type: 'end', how: broke }))
    expect((reason() as Crash).error).toBe(broke)
  })

  test('leaving the state ends it with shutdown, and nothing of it is heard any more', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' })
    const child = (await $.context(pid)).seen[0].pid as Pid
    const reason = await $.watch(child)
    await $.send(pid, { type: 'leave' })
    expect([reason(), await $.value(pid)]).toEqual(['shutdown', 'off'])
  })

  test.each([
    ['kill', async (pid: Pid) => $.node.exit(pid, 'kill')],
    ['an exit signal', async (pid: Pid) => $.node.exit(pid, 'shutdown')],
    ['stop', (pid: Pid) => $.node.run(() => machineServer.stop(pid))],
  ])('%s of the machine ends it', async (_what, end) => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' })
    const child = (await $.context(pid)).seen[0].pid as Pid
    const reason = await $.watch(child)
    await end(pid)
    await $.node.settle()
    expect(reason()).toBe('shutdown')
  })

  test('one that traps exits gets an EXIT of the machine, and may take its time', async () => {
    const log: unknown[] = []
    const slow = fromProcess(async (its: Receiver<Exit>) => {
      its.trapExit(true)
      const message = await its.receive(isExit)
      await its.sleep(50)
      log.push(message.pid, message.reason, 'cleaned up')
    })
    const pid = await $.start(createMachine({ invoke: { src: slow } }))
    await $.node.run(() => machineServer.stop(pid))
    await $.node.advance(50)
    expect(log).toEqual([pid, 'shutdown', 'cleaned up'])
  })

  test('events from it, and its end, come in turns of the machine, in the order sent', async () => {
    const order: unknown[] = []
    const chatty = fromProcess(async (its: Receiver, { sendBack, input }) => {
      sendBack({ type: 'one' })
      its.send(input as Pid, { type: 'two' })
      sendBack({ type: 'three' })
    })
    const pid = await $.start(
      createMachine({
        invoke: { src: chatty, input: () => self(), onDone: { actions: () => void order.push('done', self()) } },
        on: { '*': { actions: ({ event }) => void order.push(event.type, self()) } },
      }),
    )
    expect(order).toEqual(['one', pid, 'two', pid, 'three', pid, 'done', pid])
  })

  test('an ended process sends nothing back', async () => {
    let late: (event: { type: string }) => void = () => undefined
    const seen: unknown[] = []
    const pid = await $.start(
      createMachine({
        invoke: { src: fromProcess((_self, { sendBack }) => void (late = sendBack)), onDone: {} },
        on: { late: { actions: () => void seen.push('late') } },
      }),
    )
    late({ type: 'late' })
    await $.node.settle()
    expect(seen).toEqual([])
    expect($.node.isAlive(pid)).toBe(true)
  })

  test('a process of an invoked machine sends back to that machine', async () => {
    const inner = createMachine({
      invoke: { src: fromProcess((_self, { sendBack }) => sendBack({ type: 'hello' })), onDone: {} },
      initial: 'a',
      states: { a: { on: { hello: 'b' } }, b: { type: 'final' } },
    })
    const pid = await $.start(createMachine({ initial: 'a', states: { a: { invoke: { src: inner, onDone: 'b' } }, b: {} } }))
    expect(await $.value(pid)).toBe('b')
  })

  test('spawnChild and stopChild, several at a time', async () => {
    const pid = await $.start(
      setup({ actors: { worker } }).createMachine({
        context: { seen: [] as any[] },
        on: {
          spawn: { actions: spawnChild('worker', { id: ({ event }: any) => event.id, input: 1 } as never) },
          stop: { actions: stopChild(({ event }: any) => event.id) },
          ready: { actions: assign({ seen: ({ context, event }: any) => [...context.seen, event.pid] }) },
        },
      } as any),
    )
    await $.send(pid, { type: 'spawn', id: 'a' }, { type: 'spawn', id: 'b' })
    const [a, b] = (await $.context(pid)).seen as [Pid, Pid]
    await $.send(pid, { type: 'stop', id: 'a' })
    expect([$.node.isAlive(a), $.node.isAlive(b)]).toEqual([false, true])
  })

  test('a process that ends while the machine is held still is heard of when it goes on', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' })
    const child = (await $.context(pid)).seen[0].pid as Pid
    await $.node.run(() => sys.suspend(pid))
    $.node.send(child, { type: 'end' })
    await $.node.settle()
    expect(await $.value(pid)).toBe('on')
    await $.node.run(() => sys.resume(pid))
    expect(await $.value(pid)).toBe('done')
  })

  test('what is no function is refused', () => {
    expect(() => fromProcess(42 as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })

  test('a message of a user that looks like the end of the process is an event like any other', async () => {
    const pid = await $.start(machine)
    await $.send(pid, { type: 'start' }, { type: 'forward', order: { type: 'gensock.ended', reason: 'normal', how: 'forged' } })
    expect((await $.context(pid)).error.reason).toBe('forged')
  })
})

describe('in plain XState, outside any process', () => {
  test('a machine invokes a process: events there and back, its end is onDone, in turns of their own', async () => {
    const running: unknown[] = []
    const watched = machine.provide({})
    const actor = $.node.run(() => createActor(watched).start())
    actor.subscribe(() => void running.push(whoRuns()))
    $.node.run(() => actor.send({ type: 'start' }))
    await $.node.settle()
    actor.send({ type: 'forward', order: { type: 'work', n: 5 } } as never)
    await $.node.settle()
    expect(actor.getSnapshot().context.seen.slice(1)).toEqual([{ type: 'worked', n: 10 }])
    actor.send({ type: 'forward', order: { type: 'end' } } as never)
    await $.node.settle()
    expect([actor.getSnapshot().value, actor.getSnapshot().context.done]).toEqual(['done', 'output'])
    expect(new Set(running)).toEqual(new Set(['nobody']))
    actor.stop()
  })

  test('an end with another reason is onError', async () => {
    const actor = $.node.run(() => createActor(machine).start())
    $.node.run(() => actor.send({ type: 'start' }))
    actor.send({ type: 'forward', order: { type: 'end', how: 'tired' } } as never)
    await $.node.settle()
    expect([actor.getSnapshot().value, (actor.getSnapshot().context.error as InvokedExit).reason]).toEqual(['failed', 'tired'])
  })

  test('stopping the actor ends the process with shutdown', async () => {
    const actor = $.node.run(() => createActor(machine).start())
    $.node.run(() => actor.send({ type: 'start' }))
    await $.node.settle()
    const child = actor.getSnapshot().context.seen[0].pid as Pid
    const reason = await $.watch(child)
    actor.stop()
    await $.node.settle()
    expect(reason()).toBe('shutdown')
  })

  test('a process can be an actor of its own', async () => {
    const probe = $.node.probe()
    const actor = $.node.run(() => createActor(worker, { input: 1 }).start())
    const outputs: unknown[] = []
    actor.subscribe({ complete: () => void outputs.push(actor.getSnapshot().output) })
    actor.send({ type: 'end' })
    await $.node.settle()
    expect(outputs).toEqual(['output'])
    expect(probe.messages).toEqual([])
  })

  function whoRuns(): unknown {
    try {
      return self()
    } catch {
      return 'nobody'
    }
  }
})

describe('actorOf: sendTo reaches pids', () => {
  test('a pid in the context, an alias, a name', async () => {
    const probe = $.node.probe<unknown>()
    $.node.register('named', probe.pid)
    const reporter = setup({
      types: { context: {} as { pid: Pid<{ type: string; n: number }> }, input: {} as Pid },
    }).createMachine({
      context: ({ input }) => ({ pid: input }),
      on: {
        pid: { actions: sendTo(({ context }) => actorOf(context.pid), { type: 'hello', n: 1 }) },
        name: { actions: sendTo(() => actorOf('named'), { type: 'hello', n: 2 }) },
        delayed: { actions: sendTo(({ context }) => actorOf(context.pid), { type: 'hello', n: 3 }, { delay: 10 }) },
      },
    })
    const pid = await $.start(reporter, { input: probe.pid })
    await $.send(pid, { type: 'pid' }, { type: 'name' }, { type: 'delayed' })
    expect(probe.messages).toEqual([1, 2].map((n) => ({ type: 'hello', n })))
    await $.node.advance(10)
    expect(probe.messages.at(-1)).toEqual({ type: 'hello', n: 3 })
    const ref = await new Promise<any>((resolve) => {
      $.node.spawn(async (its) => {
        resolve(its.alias())
        its.send(probe.pid, await its.receive())
      })
    })
    const toAlias = await $.start(createMachine({ entry: sendTo(() => actorOf(ref), { type: 'aliased' }) }))
    await $.node.settle()
    expect(probe.messages.at(-1)).toEqual({ type: 'aliased' })
    expect($.node.isAlive(toAlias)).toBe(true)
  })

  test('two machines talk to each other by pid', async () => {
    const probe = $.node.probe()
    const pong = createMachine({
      on: {
        ping: {
          actions: sendTo(
            ({ event }) => actorOf((event as any).from),
            () => ({ type: 'pong', from: self() }),
          ),
        },
      },
    })
    const server = await $.start(pong)
    const ping = createMachine({
      entry: sendTo(
        () => actorOf(server),
        () => ({ type: 'ping', from: self() }),
      ),
      on: { pong: { actions: ({ event }) => send(probe.pid, event['from']) } },
    })
    await $.start(ping)
    expect(probe.messages).toEqual([server])
  })

  test('a dead pid takes the event in silence, a missing name is an error of the machine', async () => {
    const dead = $.node.spawn(() => undefined)
    await $.node.settle()
    const pid = await $.start(
      createMachine({
        on: {
          pid: { actions: sendTo(() => actorOf(dead), { type: 'x' }) },
          name: { actions: sendTo(() => actorOf('nobody'), { type: 'x' }) },
        },
      }),
    )
    await $.send(pid, { type: 'pid' })
    expect($.node.isAlive(pid)).toBe(true)
    $.node.expectCrash(/no process is registered/)
    await $.send(pid, { type: 'name' })
    expect($.node.isAlive(pid)).toBe(false)
  })

  test('in plain XState as well', async () => {
    const probe = $.node.probe()
    $.node.run(() => createActor(createMachine({ entry: sendTo(() => actorOf(probe.pid), { type: 'plain' }) })).start())
    await $.node.settle()
    expect(probe.messages).toEqual([{ type: 'plain' }])
  })

  test('what is no destination is refused; it looks like an actor that runs', () => {
    for (const bad of [undefined, null, 42, {}])
      expect(() => actorOf(bad as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    const actor = actorOf($.node.probe().pid)
    expect([actor.id, actor.sessionId, actor.getSnapshot().status, actor.getPersistedSnapshot().status]).toEqual([
      expect.stringMatching(/^<[\d.]+>$/),
      actor.id,
      'active',
      'active',
    ])
    actor.start()
    actor.subscribe(() => undefined).unsubscribe()
    actor.on('x', () => undefined).unsubscribe()
    expect(JSON.stringify(actor)).toBe(JSON.stringify({ id: actor.id }))
  })
})
