// The trees of a plan, made with the library: supervisors, and servers that crash, stop, take their time and fail in init. Tells the
// watch of each start. Entered by the scenario.
import {
  type ChildSpec,
  dynamicSupervisor,
  type GenServer,
  isPid,
  genServer,
  type Receiver,
  type StartResult,
  supervisor,
  type SupervisorSpec,
} from 'gensock'
import type { Simulation } from 'gensock/testing'
import type { Started } from './model.js'
import type { ChildPlan, TreePlan } from './plan.js'
import type { Keeper, Life, Watch } from './watch.js'

/** Who makes trees. */
export interface Grove {
  readonly node: Simulation
  readonly watch: Watch
  /** Inits fail now and then. */
  failsGoOn: boolean
}
/** What servers are told to do. */
export type Deed = 'crash' | 'stop' | 'shutdown' | 'normal' | 'nothing'

/** The server of a plan. */
function server(grove: Grove, plan: ChildPlan, by: Keeper): GenServer<number, void, {}, { do: { deed: Deed } }> {
  const { node, watch } = grove
  return {
    init: async (_none, self) => {
      watch.born(self.pid, by, plan)
      if (plan.traps) self.trapExit(true)
      if (plan.initMs !== undefined) await self.sleep(plan.initMs)
      return grove.failsGoOn && node.chance.is(plan.initFails) ? ['stop', 'init fails on purpose'] : ['ok', 0]
    },
    handleCast: {
      do: ({ deed }, count) => {
        if (deed === 'crash') throw new Error('crash on purpose')
        if (deed === 'nothing') return ['noreply', count + 1]
        return ['stop', deed === 'stop' ? 'stop on purpose' : deed, count]
      },
    },
    terminate: async (_reason, _count, self) => {
      if (plan.endMs > 0) await self.sleep(plan.endMs)
    },
  }
}

/** The spec of a child, whose start is watched. */
export function specOf(grove: Grove, plan: ChildPlan, by: Keeper): ChildSpec {
  const { id, restart, shutdown, tree } = plan
  const start = async (self: Receiver): Promise<StartResult> => {
    grove.watch.starts(by, plan)
    const result: StartResult = await self.run(() =>
      tree === undefined ? genServer.startLink(server(grove, plan, by)) : plant(grove, tree, 'startLink', by, plan),
    )
    grove.watch.started(by, result as Started, tree?.kind === 'dynamic' ? { child: plan, tree } : undefined)
    return result
  }
  return { id, start, restart, shutdown, type: tree === undefined ? 'worker' : 'supervisor' }
}

/** Starts a supervisor and all below it. */
export function plant(
  grove: Grove,
  plan: TreePlan,
  mode: 'start' | 'startLink',
  by?: Keeper,
  child?: ChildPlan,
): Promise<StartResult<any>> {
  const { watch } = grove
  const begins = (self: Receiver): Keeper => watch.keeps(watch.born(self.pid, by, child), plan)
  if (plan.kind === 'dynamic') return dynamicSupervisor[mode]({ intensity: plan.intensity, periodMs: plan.periodMs })
  return supervisor[mode]((self: Receiver): SupervisorSpec => {
    const keeper = begins(self)
    const children = plan.children.map((one) => specOf(grove, one, keeper))
    const flags = { intensity: plan.intensity, periodMs: plan.periodMs }
    if (plan.kind !== 'simpleOneForOne') return { ...flags, strategy: plan.kind as 'oneForOne', children }
    return { ...flags, strategy: 'simpleOneForOne', children }
  })
}

/** A request to a supervisor: made, and later held against what the model has answered. */
export class Request {
  readonly text: string
  /** What the model answers. */
  #wanted: { readonly answer: unknown } | undefined
  #got: { readonly answer: unknown } | undefined
  readonly #keeper: Life

  constructor(
    { node, watch }: Grove,
    keeper: Keeper,
    op: 'list' | 'start' | 'terminate' | 'delete' | 'restart',
    what: unknown,
    ask: () => Promise<unknown>,
  ) {
    this.text = `${op} of ${what instanceof Object && 'id' in what ? String(what.id) : String(what)}`
    this.#keeper = keeper.life
    node.note(this.text, keeper.life.pid)
    const asked = node.run(ask)
    watch.asks(keeper, op, what, (answer) => (this.#wanted = { answer }))
    void asked.then(
      (answer) => (this.#got = { answer }),
      (error: unknown) => (this.#got = { answer: error }),
    )
  }

  /** Once it is quiet. */
  check(): void {
    const { isAlive, pid } = this.#keeper
    if (this.#got === undefined) throw new Error(`${this.text}, asked of ${String(pid)}, has no answer`)
    const got = this.#got.answer
    if (this.#wanted === undefined && !isAlive) return // it was killed, perhaps just when it had answered
    const [shown, wanted] = [plain(got), plain(this.#wanted?.answer)]
    if (shown !== wanted) throw new Error(`${this.text}, asked of ${String(pid)}, answers ${shown}, not ${wanted}`)
  }
}

/** An answer as text; of a spec the id, of a list of children their ids and pids. */
function plain(answer: unknown): string {
  return JSON.stringify(answer, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
    if (isPid(value)) return String(value)
    if (value instanceof Error) return `rejected: ${value.message}`
    if ('start' in value && 'id' in value) return value.id
    return 'pid' in value && 'type' in value ? [(value as { id?: unknown }).id, value.pid] : value
  })
}
