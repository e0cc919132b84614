// The supervisor sample of the design: what compiles, and what must not. Machines as children stand in machine.types.ts.
import { child, dynamicSupervisor, genServer, named, spawn, supervisor, task, unwrap } from '../../src/index.js'
import type {
  AnyPid,
  ChildSpec,
  ChildTemplate,
  DynamicSupervisorPid,
  GenServer,
  Pid,
  PidOf,
  Receiver,
  ServerPid,
  StartChildResult,
  SupervisorInit,
  SupervisorPid,
  SupervisorSpec,
} from '../../src/index.js'
import { counter } from './server.types.js'

async function logger(self: Receiver<{ type: 'log'; line: string }>): Promise<void> {
  for (;;) console.log((await self.receive()).line)
}
export const tree: SupervisorPid = unwrap(
  await supervisor.startLink({
    strategy: 'restForOne',
    intensity: 3,
    periodMs: 5000,
    children: [
      { id: 'logger', start: () => ['ok', spawn(logger, { link: true, name: 'logger' })] },
      child('counter', counter, 0, { name: 'counter', shutdown: 1000 }),
      child('later', counter, () => 5, { restart: 'transient', significant: true, shutdown: 'brutalKill' }),
      { id: ['room', 7], start: async (self) => ['ok', self.run(() => spawn(logger)), { any: 'info' }], type: 'supervisor' },
      { id: 'none', start: () => ['ignore'] },
    ],
  }),
)
export const value: number = await genServer.call(named<typeof counter>('counter'), { type: 'get' })
export const second: StartChildResult = await supervisor.startChild(tree, child('second', counter, 10))

// a function that gives the spec; a template, whose arguments are those of startChild
await supervisor.start((self) => ({ children: [{ id: self.pid, start: () => ['ignore'] }] }))
await supervisor.start(async () => ({ children: [{ id: 'a', start: (self) => ['ok', self.spawnLink(logger)] }] }))
await supervisor.start(() => ['ok', { children: [{ id: 'a', start: async () => ['error', 'no_disk'] }] }])
await supervisor.start(() => ({ strategy: 'simpleOneForOne', children: [{ id: 'a', start: (_n: number) => ['ignore'] }] }))
await supervisor.start(async () => ['ok', { strategy: 'oneForAll', autoShutdown: 'anySignificant', children: [] }])
await supervisor.start(() => ['ignore'])
const room: ChildTemplate = {
  id: 'room',
  start: (name: string, seats: number) => genServer.startLink(counter, name.length + seats),
}
export const rooms: SupervisorSpec = { strategy: 'simpleOneForOne', children: [room] }
await supervisor.startChild(unwrap(await supervisor.start(rooms)), ['lobby', 20])

// a spec without a strategy is a static one, and its start functions are typed by that
await supervisor.start({
  children: [
    { id: 'a', start: () => ['ignore'] },
    { id: 'b', start: async (self) => ['ok', self.pid] },
  ],
})
await supervisor.start({ strategy: undefined, children: [{ id: 'a', start: () => ['error', 'no_disk'] }] })
declare const given: SupervisorSpec | SupervisorInit
await supervisor.start(given)

// the type of a child's pid goes along with its spec
export const third: StartChildResult<PidOf<typeof counter>> = await supervisor.startChild(tree, child('third', counter, 10))
export const spec: ChildSpec<PidOf<typeof counter>> = child('fourth', counter, 10)
export const forgetful: ChildSpec[] = [spec, child('fifth', counter, 0)]
export const untyped: StartChildResult<AnyPid> = await supervisor.startChild(tree, forgetful[0] as ChildSpec)
const inPlace = await supervisor.startChild(tree, { id: 'x', start: () => genServer.startLink(counter, 0) })
if (inPlace[0] === 'ok' && inPlace[1] !== undefined) (await genServer.call(inPlace[1], { type: 'get' })) satisfies number
const logged = await supervisor.startChild(tree, {
  id: 'x',
  start: async (self) => ['ok', self.run(() => spawn(logger)), 'info'],
})
export const logPid: Pid<{ type: 'log'; line: string }> | undefined = logged[0] === 'ok' ? logged[1] : undefined
export const again = await supervisor.restartChild<PidOf<typeof counter>>(tree, 'third')
if (again[0] === 'ok' && again[1] !== undefined) (await genServer.call(again[1], { type: 'get' })) satisfies number

// an argument that is a function stands in a function that gives it
type Listener = (line: string) => void
declare const feed: GenServer<number, Listener>
declare const either: GenServer<number, number | Listener>
declare const anything: GenServer<number, any>
declare const listener: Listener
child('feed', feed, () => listener)
child('either', either, 5)
child('either', either, () => 5)
child('either', either, () => listener)
child('anything', anything, 5)
child('flag', {} as GenServer<number, boolean>, () => Math.random() > 0.5)

// a dynamic child needs no id; it is ended by its pid
const dynamic: DynamicSupervisorPid = unwrap(await dynamicSupervisor.start({ maxChildren: 5 }))
export const anySupervisor: SupervisorPid = dynamic
await supervisor.whichChildren(dynamic)
await dynamicSupervisor.startChild(anySupervisor, child('x', counter, 0))
const started = await dynamicSupervisor.startChild(dynamic, { start: () => genServer.startLink(counter, 0) })
if (started[0] === 'ok' && started[1] !== undefined) {
  ;(await genServer.call(started[1], { type: 'get' })) satisfies number
  await dynamicSupervisor.terminateChild(dynamic, started[1])
}
const room2 = unwrap(await dynamicSupervisor.startChild(dynamic, { start: () => genServer.startLink(counter, 0) }))
export const inRoom: number = await genServer.call(room2, { type: 'get' })
export const sixth: number = await genServer.call(unwrap(await supervisor.startChild(tree, child('sixth', counter, 0))), {
  type: 'get',
})
await task.asyncNolink(dynamic, () => 5)
await task.asyncNolink('tasks', () => 5)
await supervisor.stop('rooms', 'shutdown', 5000)

// --- what does not compile
// @ts-expect-error strategy of another name
await supervisor.startLink({ strategy: 'oneForEach', children: [] })
// @ts-expect-error a flag that does not exist
await supervisor.startLink({ period: 5, children: [] })
// @ts-expect-error also in what a function gives: a strategy of another name
await supervisor.start(() => ({ strategy: 'oneForEach', children: [] }))
// @ts-expect-error also in what a function gives: start answers a start result
await supervisor.start(() => ({ children: [{ id: 'a', start: () => 'ignore' }] }))
// @ts-expect-error there are no children
await supervisor.startLink({ strategy: 'oneForOne' })
// @ts-expect-error the argument is a number
child('counter', counter, 'zero')
// @ts-expect-error and so is what a function gives for it
child('counter', counter, () => 'zero')
// @ts-expect-error the argument is missing
child('counter', counter)
// @ts-expect-error an option that does not exist
child('counter', counter, 0, { restrat: 'permanent' })
// @ts-expect-error restart is one of three words
export const bad: ChildSpec = { id: 'x', start: () => ['ignore'], restart: 'always' }
// @ts-expect-error start answers a start result, not a pid
export const bad2: ChildSpec = { id: 'x', start: () => spawn(logger) }
// @ts-expect-error a child has an id
export const bad3: ChildSpec = { start: () => ['ignore'] }
// @ts-expect-error and it is not undefined
export const bad4: ChildSpec = { id: undefined, start: () => ['ignore'] }
// @ts-expect-error shutdown is a number or one of two words
export const bad5: ChildSpec = { id: 'x', start: () => ['ignore'], shutdown: 'brutal_kill' }
// @ts-expect-error only a template has arguments of its own
export const bad6: SupervisorSpec = { children: [{ id: 'x', start: (_name: string) => ['ignore'] }] }
// @ts-expect-error nothing is sent to a supervisor by hand
await supervisor.whichChildren(spawn(logger) satisfies Pid<any>)
// @ts-expect-error significant children are for static supervisors
await dynamicSupervisor.startChild(dynamic, { start: () => ['ignore'], significant: true })
// @ts-expect-error a child is ended by its pid, it has no id
await dynamicSupervisor.terminateChild(dynamic, 'x')
// @ts-expect-error an option that does not exist
await dynamicSupervisor.start({ maxChilds: 5 })
// @ts-expect-error a static supervisor takes its children by supervisor.startChild
await dynamicSupervisor.startChild(unwrap(await supervisor.start({ children: [] })), { start: () => ['ignore'] })
// @ts-expect-error the pid is that of a counter, whose get answers a number
export const wrongPid: StartChildResult<ServerPid<{ get(): string }>> = await supervisor.startChild(tree, child('x', counter, 0))
// @ts-expect-error a function is called: the listener itself would be
child('feed', feed, listener)
// @ts-expect-error so it cannot stand there even if a number could
child('either', either, listener)
// @ts-expect-error what the function gives is no listener
child('feed', feed, () => 5)
// @ts-expect-error without a strategy, too: start answers a start result
await supervisor.start({ children: [{ id: 'a', start: () => 'ignore' }] })
