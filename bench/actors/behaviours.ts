// Servers and supervisors: a call and its reply; a crash, its report and the restart; dynamic children that come and go.
import {
  createNode,
  dynamicSupervisor,
  type GenServer,
  genServer,
  type Pid,
  type ProcessModule,
  type Receiver,
  silentLogger,
  supervisor,
  type SupervisorPid,
  unwrap,
} from 'gensock'
import { inProcess, type Measured, type Program, timed } from './program.js'

const incrementer: GenServer<number, void, { inc(): number }> = {
  init: () => ['ok', 0],
  handleCall: { inc: (_request, _from, n) => ['reply', n, n + 1] },
}

const genServerCall: Program = {
  bench: 'gen_server_call',
  n: 200_000,
  async run(_self, n) {
    const pid = unwrap(await genServer.start(incrementer))
    for (let i = 0; i < n; i++) await genServer.call(pid, { type: 'inc' })
    await genServer.stop(pid)
  },
}

/** Says that it is up, waits for a message, and ends abnormally; as the Erlang program's child. */
function victim(owner: Pid): ProcessModule<undefined, 'crash'> {
  return {
    init: (self) => self.send(owner, self.pid) as undefined,
    message: () => ['stop', 'boom'],
  }
}

/** On a node of its own that builds the reports and prints none, as the Erlang program does. */
const supervisorRestart: Program = {
  bench: 'supervisor_restart',
  n: 20_000,
  async run(_self, n) {
    const node = createNode({ name: 'restarts@local', logger: silentLogger })
    await new Promise<void>((resolve, reject) => {
      node.spawn(async (self) => restarts(self, n).then(resolve, reject))
    })
    await node.stop()
  },
}

async function restarts(self: Receiver, n: number): Promise<void> {
  const module = victim(self.pid)
  const start = (parent: Receiver) => ['ok', parent.spawnProcess(module, { link: true })] as const
  const spec = { intensity: 1_000_000, periodMs: 1000, children: [{ id: 'c', start }] }
  const tree = unwrap(await self.run(() => supervisor.startLink(spec)))
  for (let i = 0; i < n; i++) self.send((await self.receive()) as Pid, 'crash')
  await self.receive()
  self.unlink(tree)
  self.exit(tree, 'kill')
}

const idle: ProcessModule<undefined, unknown> = { init: () => undefined, message: (_message, state) => ['ok', state] }
const CHILDREN = 100_000

async function startAll(tree: SupervisorPid, n: number): Promise<void> {
  const spec = { start: (parent: Receiver) => ['ok', parent.spawnProcess(idle, { link: true })] as const }
  for (let i = 0; i < n; i++) await dynamicSupervisor.startChild(tree, spec)
}

/** 100 000 children of one dynamic supervisor: each started by a call, all of them stopped with the supervisor. */
const dynamicChildren: Measured = {
  bench: 'dynamic_children',
  measure: (scale) =>
    inProcess(async () => {
      const n = Math.ceil(CHILDREN / scale)
      const tree = unwrap(await dynamicSupervisor.start())
      const before = performance.now()
      await startAll(tree, n)
      const started = performance.now()
      await dynamicSupervisor.stop(tree)
      const stopped = performance.now()
      return [
        timed('dynamic_children_start', n, (started - before) * 1000),
        timed('dynamic_children_stop', n, (stopped - started) * 1000),
      ]
    }),
}

export const behaviours: readonly (Program | Measured)[] = [genServerCall, supervisorRestart, dynamicChildren]
