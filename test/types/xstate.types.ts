// Machines as processes, as the samples of the design have them: what compiles, and what must not.
import {
  child,
  type ChildSpec,
  genServer,
  named,
  type Pid,
  type Receiver,
  send,
  spawn,
  supervisor,
  unwrap,
  whereis,
} from '../../src/index.js'
import {
  actorOf,
  fromProcess,
  machineChild,
  type MachinePid,
  machineServer,
  selfOf,
  type SnapshotStore,
} from '../../src/machines/index.js'
import { testNode } from '../../src/testing/index.js'
import { assign, fromPromise, sendTo, setup } from 'xstate'
import { counter } from './server.types.js'

const light = setup({ types: { events: {} as { type: 'go' } | { type: 'halt' } } }).createMachine({
  initial: 'red',
  states: { red: { on: { go: 'green' } }, green: { on: { halt: 'red' }, after: { 5000: 'red' } } },
})
const node = testNode()
const pid = unwrap(await node.run(() => machineServer.startLink(light, { name: 'light' })))
send(pid, { type: 'go' })
// @ts-expect-error not an event of the machine
send(pid, { type: 'goo' })

// --- under a supervisor
async function logger(self: Receiver<{ type: 'log'; line: string }>): Promise<void> {
  for (;;) console.log((await self.receive()).line)
}
export const tree = unwrap(
  await supervisor.startLink({
    strategy: 'restForOne',
    intensity: 3,
    periodMs: 5000,
    children: [
      { id: 'logger', start: () => ['ok', spawn(logger, { link: true, name: 'logger' })] },
      child('counter', counter, 0, { name: 'counter', shutdown: 1000 }),
      machineChild('light', light, { name: 'light', keepSnapshot: true, restart: 'transient' }),
    ],
  }),
)
export const value: number = await genServer.call(named<typeof counter>('counter'), { type: 'get' })
const lightPid = whereis<MachinePid<typeof light>>('light')
if (lightPid) send(lightPid, { type: 'go' })
await supervisor.startChild(tree, child('second', counter, 10))

// @ts-expect-error not an event of the machine
if (lightPid) send(lightPid, { type: 'goo' })
// @ts-expect-error strategy of another name
await supervisor.startLink({ strategy: 'oneForEach', children: [] })
// @ts-expect-error the argument is a number
child('counter', counter, 'zero')
// @ts-expect-error restart is one of three words
export const bad: ChildSpec = { id: 'x', start: () => ['ignore'], restart: 'always' }
// @ts-expect-error start answers a start result, not a pid
export const bad2: ChildSpec = { id: 'x', start: () => spawn(logger) }

// --- input, output, snapshot
const adder = setup({
  types: {
    input: {} as { start: number },
    context: {} as { n: number },
    output: {} as number,
    events: {} as { type: 'add'; by: number } | { type: 'end' },
  },
}).createMachine({
  context: ({ input }) => ({ n: input.start }),
  initial: 'adding',
  states: {
    adding: { on: { add: { actions: assign({ n: ({ context, event }) => context.n + event.by }) }, end: 'ended' } },
    ended: { type: 'final' },
  },
  output: ({ context }) => context.n,
})
const sum = unwrap(await machineServer.start(adder, { input: { start: 1 } }))
send(sum, { type: 'add', by: 2 })
export const n: number = (await machineServer.snapshot(sum)).context.n
export const total: number = await machineServer.output(sum)
export const byName: unknown = await machineServer.snapshot('light')
const started = await machineServer.startMonitor(adder, { input: { start: 1 } })
if (started[0] === 'ok') send(started[1][0], { type: 'end' })
machineChild('adder', adder, { input: { start: 1 } })
machineChild('adder', adder, { input: () => ({ start: Date.now() }) })
// @ts-expect-error the machine needs input
await machineServer.start(adder)
// @ts-expect-error the machine needs input
machineChild('adder', adder)
// @ts-expect-error input of another type
await machineServer.start(adder, { input: { start: 'one' } })
// @ts-expect-error the output is a number
export const wrong: string = await machineServer.output(sum)
// @ts-expect-error no field of the context
export const none = (await machineServer.snapshot(sum)).context.m
// @ts-expect-error true is for machineChild: nothing keeps the snapshot of a start
await machineServer.start(light, { keepSnapshot: true })
// @ts-expect-error a field is missing
send(sum, { type: 'add' })
// @ts-expect-error the pid of a server is none of a machine
await machineServer.output(unwrap(await genServer.start(counter, 5)))
export const store: SnapshotStore = {
  load: () => undefined,
  // @ts-expect-error undefined is saved when there is nothing to come back to
  save: (snapshot: { status: 'active' }) => void snapshot,
}

// --- processes as actors
const feed = fromProcess(
  async (
    self: Receiver<{ type: 'more' }>,
    { input, sendBack }: { input: { topic: string }; sendBack(event: { type: string }): void },
  ) => {
    await self.receive('more')
    sendBack({ type: input.topic })
    return 1
  },
)
export const reader = setup({
  types: { context: {} as { log: Pid<{ type: 'log'; line: string }>; got?: number } },
  actors: { feed, price: fromPromise(async ({ system }) => selfOf<{ type: 'tick' }>(system).sendAfter(10, { type: 'tick' })) },
}).createMachine({
  context: { log: spawn(logger) },
  invoke: {
    src: 'feed',
    id: 'feed',
    input: { topic: 'news' },
    onDone: { actions: assign({ got: ({ event }) => event.output }) },
  },
  entry: [sendTo('feed', { type: 'more' }), sendTo(({ context }) => actorOf(context.log), { type: 'log', line: 'started' })],
})
setup({ actors: { feed } }).createMachine({
  // @ts-expect-error the input has another type
  invoke: { src: 'feed', input: { topic: 1 } },
})
setup({ types: { context: {} as { log: Pid<{ type: 'log'; line: string }> } } }).createMachine({
  context: { log: spawn(logger) },
  // @ts-expect-error not a message of that process
  entry: sendTo(({ context }) => actorOf(context.log), { type: 'lag', line: 'started' }),
})
