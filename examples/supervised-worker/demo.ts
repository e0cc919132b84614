// A worker that crashes and comes back; the same crash under three strategies; a crash loop that goes up the tree.
// Nobody waits or looks twice: a supervisor answers once its restarts are done, and who has a new pid was restarted.
import { inspect } from 'node:util'
import {
  type AnyPid,
  CallError,
  child,
  type Exit,
  genServer,
  isCrash,
  type PidOf,
  type Receiver,
  supervisor,
  type SupervisorPid,
  type SupervisorSpec,
  unwrap,
} from 'gensock'
import { adder } from './adder.js'

type Self = Receiver<Exit>
type Print = (line: string) => void
type Pids = ReadonlyMap<unknown, AnyPid>
const WORKERS = [child('a', adder), child('b', adder), child('c', adder)]

/** What main.ts and the test spawn: prints what happens, then ends. */
export function demo(print: Print): (self: Self) => Promise<void> {
  return async (self) => {
    self.trapExit(true)
    await comesBack(self, print)
    for (const strategy of ['oneForOne', 'oneForAll', 'restForOne'] as const) {
      const tree = await start(self, { strategy, children: WORKERS })
      const before = await pidsOf(self, tree)
      await add(self, before.get('b'), 'two')
      print(`b crashes under ${strategy}: restarted ${renewed(before, await pidsOf(self, tree))}`)
      await self.run(() => supervisor.stop(tree))
    }
    await crashLoop(self, print)
  }
}

async function comesBack(self: Self, print: Print): Promise<void> {
  const tree = await start(self, { children: [child('adder', adder)] })
  for (const text of ['2', '3', 'two', '4']) {
    const worker = (await pidsOf(self, tree)).get('adder')
    print(`add ${text}: ${await add(self, worker, text)}`)
  }
  await self.run(() => supervisor.stop(tree))
}

/** `inner` allows two restarts in five seconds, `top` one: the third crash is top's business, the sixth that of whoever started top. */
async function crashLoop(self: Self, print: Print): Promise<void> {
  const inner = {
    id: 'inner',
    type: 'supervisor',
    start: () => supervisor.startLink({ intensity: 2, children: WORKERS }),
  } as const
  const top = await start(self, { intensity: 1, children: [inner] })
  for (let crash = 1; ; crash++) {
    const pid = (await pidsOf(self, top)).get('inner') as SupervisorPid
    const before = await pidsOf(self, pid)
    await add(self, before.get('b'), 'two')
    const after = await unlessGone(pidsOf(self, pid))
    if (after !== 'gone') {
      print(`crash ${crash} of b: inner restarted ${renewed(before, after)}`)
      continue
    }
    const above = await unlessGone(pidsOf(self, top))
    if (above === 'gone') {
      const { reason } = await self.receive(({ pid: ended }) => ended.equals(top))
      return print(`crash ${crash} of b: inner gave up, top gave up with reason ${inspect(reason)}`)
    }
    const anew = await pidsOf(self, above.get('inner') as SupervisorPid)
    print(`crash ${crash} of b: inner gave up, top restarted inner with ${renewed(before, anew)}`)
  }
}

async function start(self: Self, spec: SupervisorSpec): Promise<SupervisorPid> {
  return unwrap(await self.run(() => supervisor.startLink(spec)))
}

async function add(self: Self, worker: AnyPid | undefined, text: string): Promise<string> {
  try {
    return String(await self.run(() => genServer.call(worker as PidOf<typeof adder>, { type: 'add', text })))
  } catch (error) {
    if (error instanceof CallError && isCrash(error.reason)) return `crashed, ${String(error.reason)}`
    throw error
  }
}

async function pidsOf(self: Self, tree: SupervisorPid): Promise<Pids> {
  const children = await self.run(() => supervisor.whichChildren(tree))
  return new Map(children.toReversed().map(({ id, pid }) => [id, pid as AnyPid]))
}

function renewed(before: Pids, after: Pids): string {
  return [...after.keys()].filter((id) => after.get(id) !== before.get(id)).join(', ')
}

async function unlessGone<T>(answer: Promise<T>): Promise<T | 'gone'> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof CallError) return 'gone'
    throw error
  }
}
