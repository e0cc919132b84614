// The supervisor sample of the design: what compiles, and what must not. Machines as children stand in machine.types.ts.
import { child, dynamicSupervisor, genServer, named, spawn, supervisor, unwrap } from '../../src/index.js'
import type { ChildSpec, ChildTemplate, Pid, Receiver, StartChildResult, SupervisorPid, SupervisorSpec } from '../../src/index.js'
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

// a dynamic child needs no id; it is ended by its pid
const dynamic = unwrap(await dynamicSupervisor.start({ maxChildren: 5 }))
const started = await dynamicSupervisor.startChild(dynamic, { start: () => genServer.startLink(counter, 0) })
if (started[0] === 'ok' && started[1] !== undefined) await dynamicSupervisor.terminateChild(dynamic, started[1])
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
