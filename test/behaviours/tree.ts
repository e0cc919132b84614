// Supervision trees for tests: children that end as they are told, a log of who started and ended, and the reports.
import { inspect } from 'node:util'
import { type ChildSpec, type ExitReason, isExit, type Pid, type Receiver, type StartOptions, supervisor, unwrap } from 'gensock'
import type { SupervisorPid } from 'gensock'
import type { TestNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'

/** What a child does when it is told to end: ends at once (default), traps exits and ends, needs so many ms, or stays. */
type Manner = 'atOnce' | 'polite' | number | 'deaf'
type Fields = Omit<Partial<ChildSpec>, 'id' | 'start'> & { readonly manner?: Manner; readonly name?: string }
/** A report that went to the logger. */
export interface Report {
  readonly level: 'error' | 'warn' | 'info'
  readonly text: string
  readonly facts: Readonly<Record<string, any>>
}
export interface Tree {
  /** `+a` for each start of a, `-a reason` for each end, in the order in which they happened. */
  readonly log: string[]
  readonly reports: readonly Report[]
  /** The spec of a child that ends with whatever reason it is sent by `end`. */
  child(id: any, fields?: Fields): ChildSpec
  /** The next starts of this child answer these instead of starting it; functions are called. */
  next(id: unknown, ...answers: unknown[]): void
  /** Starts a supervisor whose parent is the outside. */
  start(spec: Parameters<typeof supervisor.start>[0], options?: StartOptions): Promise<SupervisorPid>
  /** The pid of the last child that was started under this id. */
  pid(id: unknown): Pid
  isUp(id: unknown): boolean
  /** The child ends by itself, and everyone hears of it. */
  end(id: unknown, reason: ExitReason): Promise<void>
  /** Empties the log and answers what stood in it. */
  taken(): string[]
  /** `whichChildren`, without the types. */
  which(supervisor: SupervisorPid): Promise<[unknown, unknown][]>
}

const label = (value: unknown): string => (typeof value === 'string' ? value : inspect(value))

async function worker(self: Receiver<any>, manner: Manner): Promise<void> {
  for (;;) {
    const message = await self.receive()
    if (!isExit(message)) self.exit(message.end)
    if (manner === 'deaf') continue
    if (typeof manner === 'number') await self.sleep(manner)
    self.exit(message.reason)
  }
}

/** A grower of trees on this node. */
export function trees(node: TestNode): Tree {
  const log: string[] = []
  const reports: Report[] = []
  const pids = new Map<string, Pid>()
  const ids = new Map<Pid, string>()
  const answers = new Map<string, unknown[]>()
  node.onExit((pid, reason) => {
    if (ids.has(pid)) log.push(`-${ids.get(pid)} ${label(reason)}`)
  })
  record(node, reports)

  function begin(self: Receiver, id: string, { manner = 'atOnce', name }: Fields): any {
    const planned = answers.get(id)
    if (planned !== undefined && planned.length > 0) {
      const answer = planned.shift()
      return typeof answer === 'function' ? (answer as (self: Receiver) => unknown)(self) : answer
    }
    const options = { trapExit: manner !== 'atOnce', ...(name === undefined ? {} : { name }) }
    const pid = self.spawnLink((me: Receiver<any>) => worker(me, manner), options)
    log.push(`+${id}`)
    pids.set(id, pid)
    ids.set(pid, id)
    return ['ok', pid]
  }
  const pidOf = (id: unknown): Pid => {
    const pid = pids.get(label(id))
    if (pid === undefined) throw new Error(`${label(id)} was never started`)
    return pid
  }
  return {
    log,
    reports,
    child(id, { manner, name, ...fields } = {}) {
      const how = { ...(manner === undefined ? {} : { manner }), ...(name === undefined ? {} : { name }) }
      return { id, start: (...args: any[]) => begin(args.at(-1) as Receiver, label(id), how), ...fields }
    },
    next(id, ...planned) {
      answers.set(label(id), [...(answers.get(label(id)) ?? []), ...planned])
    },
    start: async (spec, options) => unwrap(await node.run(() => supervisor.start(spec, options))),
    pid: pidOf,
    isUp: (id) => node.isAlive(pidOf(id)),
    async end(id, reason) {
      node.send(pidOf(id), { end: reason })
      await node.settle()
    },
    taken: () => log.splice(0),
    async which(supervised) {
      const children = await node.run(() => supervisor.whichChildren(supervised))
      return children.map(({ id, pid }) => [id, pid])
    },
  }
}

function record(node: TestNode, reports: Report[]): void {
  const kernel = kernelOf(node)
  const { logger } = kernel
  const level = (name: Report['level']) => (facts: object, text: string) => {
    reports.push({ level: name, facts: facts as Report['facts'], text })
    logger[name](facts, text)
  }
  kernel.logger = { ...logger, error: level('error'), warn: level('warn'), info: level('info') }
}
