// A model world for the supervisor's policy: processes that run or have ended, a mailbox, time. `play` carries out what the
// policy asks for, as static-children does, and throws as soon as one of the promises of supervision is broken.
import type { AnyPid } from 'gensock'
import { sameId } from '../../src/behaviours/child-id.js'
import type { ChildId } from '../../src/behaviours/child-spec.js'
import {
  type Decision,
  type Entry,
  type PolicyAction,
  type PolicyChild,
  type PolicyEvent,
  type PolicyState,
  policyState,
  type StartCause,
} from '../../src/behaviours/supervisor-policy.js'
import type { SupervisorFlags } from '../../src/behaviours/supervisor-flags.js'

export type Decide = (state: PolicyState, event: PolicyEvent) => Decision
/** What comes of one start. */
export type Outcome = 'ok' | 'fail' | 'ignore'
/** What happens to a supervisor. */
export type Op =
  /** One of the living children ends. */
  | { readonly op: 'end'; readonly which: number; readonly reason: any }
  | { readonly op: 'start_child'; readonly child: PolicyChild }
  | { readonly op: 'terminate_child' | 'restart_child' | 'delete_child'; readonly id: ChildId }
  /** Time passes: so many periods, and so many ms more. */
  | { readonly op: 'pass'; readonly periods: number; readonly ms: number }
  /** The exit of a stranger, and a retry that nobody has asked for. */
  | { readonly op: 'stray'; readonly id: ChildId; readonly reason: any }
  /** So many messages of the mailbox are handled. */
  | { readonly op: 'handle'; readonly messages: number }
export interface Plan {
  readonly flags: Required<SupervisorFlags>
  readonly children: readonly PolicyChild[]
  readonly ops: readonly Op[]
  /** What comes of the starts, over and over. */
  readonly outcomes: readonly Outcome[]
}
/** How often what happened, over many plays. */
export type Tally = Record<'restarts' | 'retries' | 'gaveUp' | 'autoShutdowns' | 'initFailed' | 'stale' | 'replies', number>

type Mail =
  | { readonly type: 'exit'; readonly pid: AnyPid; readonly reason: any }
  | { readonly type: 'retry'; readonly id: ChildId }
  | Request
type Request = Extract<PolicyEvent, { type: 'start_child' | 'terminate_child' | 'restart_child' | 'delete_child' }>

const CLEAN = (reason: any): boolean =>
  reason === 'normal' || reason === 'shutdown' || (Array.isArray(reason) && reason.length === 2 && reason[0] === 'shutdown')

/** Fails the play: `promise` is what was broken. */
function hold(promise: string, kept: boolean): void {
  if (!kept) throw new Error(`broken: ${promise}`)
}
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const part of Object.values(value)) deepFreeze(part)
  return Object.freeze(value)
}
function pidOf(number: number): AnyPid {
  const pid = { number, equals: (other: unknown) => (other as { number?: number }).number === number }
  return pid as unknown as AnyPid
}

class World {
  readonly #decide: Decide
  readonly #flags: Required<SupervisorFlags>
  readonly #outcomes: readonly Outcome[]
  readonly #tally: Tally
  #state: PolicyState
  #nowMs = 1_000_000
  #pids = 0
  #starts = 0
  #replies = 0
  readonly #living = new Map<AnyPid, ChildId>()
  #mailbox: Mail[] = []
  /** When restarts were allowed. */
  readonly #restarts: number[] = []
  /** Those that are down with good reason: by request, ignored by their start, left waiting when the one before them was ended. */
  #excused: ChildId[] = []
  gone = false

  constructor({ flags, children, outcomes }: Plan, decide: Decide, tally: Tally) {
    this.#decide = decide
    this.#flags = flags
    this.#outcomes = outcomes
    this.#tally = tally
    const entries = children.map((child) => ({ child, pid: undefined, restarting: false }))
    this.#state = deepFreeze({ ...policyState(flags), children: entries })
  }

  begin(children: readonly PolicyChild[]): void {
    this.#startAll(children, 'init')
    this.#check()
  }

  happen(op: Op): void {
    if (op.op === 'pass') this.#nowMs += Math.max(0, op.periods * this.#flags.periodMs + op.ms)
    else if (op.op === 'handle') for (let left = op.messages; left > 0; left--) this.handle()
    else if (op.op === 'end') this.#end([...this.#living.keys()][op.which % Math.max(1, this.#living.size)], op.reason)
    else if (op.op === 'stray')
      this.#mailbox.push({ type: 'exit', pid: pidOf(0), reason: op.reason }, { type: 'retry', id: op.id })
    else if (op.op === 'start_child') this.#mailbox.push({ type: 'start_child', child: op.child })
    else this.#mailbox.push({ type: op.op, id: op.id })
  }

  /** Answers whether there was anything to handle. */
  handle(): boolean {
    const mail = this.gone ? undefined : this.#mailbox.shift()
    if (mail === undefined) return false
    if (mail.type === 'exit') this.#exited(mail.pid, mail.reason)
    else if (mail.type === 'retry') this.#retry(mail.id)
    else this.#request(mail)
    this.#check()
    return true
  }

  #end(pid: AnyPid | undefined, reason: any): void {
    if (pid === undefined) return
    this.#living.delete(pid)
    this.#mailbox.push({ type: 'exit', pid, reason })
  }

  // ---- What comes, and what must be asked for then

  #exited(pid: AnyPid, reason: any): void {
    const entry = this.#state.children.find((one) => one.pid === pid)
    const decision = this.#ask({ type: 'exited', pid, reason, nowMs: this.#nowMs })
    if (entry === undefined) return this.#nothing(decision)
    const { restart, id, significant } = entry.child
    if (restart === 'permanent' || (restart === 'transient' && !CLEAN(reason))) return this.#mustRestart(entry, decision)
    hold('a temporary child, and a transient one after a clean end, is not restarted', !asks(decision, 'start'))
    const others = this.#state.children.filter((one) => one.child.significant && (one.pid !== undefined || one.restarting))
    const last = significant && others.length === 0
    const ends =
      significant && (this.#flags.autoShutdown === 'anySignificant' || (this.#flags.autoShutdown === 'allSignificant' && last))
    hold('significant children end the supervisor', asks(decision, 'exit') === ends)
    if (ends) this.#tally.autoShutdowns++
    this.#excuse(id)
    this.#carryOut(decision.actions)
  }

  #retry(id: ChildId): void {
    const entry = this.#entry(id)
    const decision = this.#ask({ type: 'retry', id, nowMs: this.#nowMs })
    if (entry?.restarting !== true) return this.#nothing(decision)
    this.#tally.retries++
    this.#mustRestart(entry, decision)
  }

  #nothing({ actions }: Decision): void {
    this.#tally.stale++
    hold('what is none of its business is let be', actions.length === 0)
  }

  #mustRestart(entry: Entry, { actions }: Decision): void {
    const { intensity, periodMs, strategy } = this.#flags
    const before = this.#restarts.filter((atMs) => this.#nowMs - atMs <= periodMs).length
    const allowed = before + 1 <= intensity
    hold('the first restart beyond the intensity ends the supervisor, and none before', asks({ actions }, 'exit') === !allowed)
    hold('restarts are asked for', asks({ actions }, 'start') === allowed)
    if (!allowed) {
      this.#tally.gaveUp++
      return this.#carryOut(actions)
    }
    this.#restarts.push(this.#nowMs)
    this.#tally.restarts++
    const order = this.#before.map(({ child }) => child)
    const from = strategy === 'oneForAll' ? 0 : order.indexOf(entry.child)
    const group = strategy === 'oneForOne' ? [entry.child] : order.slice(from).filter(({ restart }) => restart !== 'temporary')
    const start = actions.find((action) => action.type === 'start')
    hold('the children of the group are started in order', start?.type === 'start' && same(start.children, group))
    const running = this.#before.slice(from).filter((one) => one.pid !== undefined && one !== entry)
    const told = actions.flatMap((action) => (action.type === 'terminate' ? action.entries : []))
    const expected = strategy === 'oneForOne' ? [] : running.toReversed()
    hold(
      'the others of the group are ended, last started first',
      same(
        told.map(({ pid }) => pid),
        expected.map(({ pid }) => pid),
      ),
    )
    this.#carryOut(actions)
  }

  #request(request: Request): void {
    const id = request.type === 'start_child' ? request.child.id : request.id
    const entry = this.#entry(id)
    const { actions } = this.#ask(request)
    hold('a request does not end the supervisor', !asks({ actions }, 'exit'))
    this.#replies = 0
    this.#carryOut(actions)
    hold('each request has one answer', this.#replies === 1)
    this.#tally.replies++
    this.#checkRequest(request.type, id, entry, asks({ actions }, 'start'))
    if (request.type === 'terminate_child' && entry !== undefined) {
      this.#excuse(id)
      if (entry.restarting) for (const { child } of this.#waiting()) this.#excuse(child.id)
    }
  }

  #checkRequest(type: Request['type'], id: ChildId, was: Entry | undefined, starts: boolean): void {
    const wasDown = was !== undefined && was.pid === undefined && !was.restarting
    const mustStart = (type === 'start_child' && was === undefined) || (type === 'restart_child' && wasDown)
    hold('a start is asked for as requested, and only then', starts === mustStart)
    const is = this.#entry(id)
    if (type === 'terminate_child') hold('a child ends as requested', is === undefined || (is.pid ?? is.restarting) === false)
    if (type === 'delete_child') hold('a child is forgotten as requested', (is === undefined) === (was === undefined || wasDown))
  }

  // ---- Asking the policy

  #before: readonly Entry[] = []

  #ask(event: PolicyEvent): Decision {
    const before = this.#state
    const decision = this.#decide(before, deepFreeze(event))
    this.#before = before.children
    this.#state = deepFreeze(decision.state)
    const kept = this.#state.children.filter(({ child }) => before.children.some((one) => one.child === child))
    const was = before.children.filter(({ child }) => kept.some((one) => one.child === child))
    hold(
      'children keep their order',
      same(
        kept.map(({ child }) => child),
        was.map(({ child }) => child),
      ),
    )
    hold('new children come last', same(kept, this.#state.children.slice(0, kept.length)))
    const lost = before.children.filter(
      (one) => one.child.restart === 'permanent' && !kept.some(({ child }) => child === one.child),
    )
    const mayLose = event.type === 'delete_child' || (event.type === 'start_failed' && event.cause === 'start_child')
    hold('no permanent child is forgotten', lost.length <= (mayLose ? 1 : 0))
    const exit = decision.actions.findIndex(({ type }) => type === 'exit')
    hold('after the exit nothing more is asked for', exit < 0 || exit === decision.actions.length - 1)
    return decision
  }

  #carryOut(actions: readonly PolicyAction[]): void {
    for (const action of actions) {
      hold('after the exit nothing more is asked for', !this.gone)
      if (action.type === 'terminate') for (const entry of action.entries) this.#kill(entry)
      else if (action.type === 'start') this.#startAll(action.children, action.cause)
      else if (action.type === 'retry') this.#mailbox.push({ type: 'retry', id: action.id })
      else if (action.type === 'reply') this.#replies++
      else if (action.type === 'exit') this.#exit()
    }
  }

  #kill({ pid }: Entry): void {
    hold('only a running child is ended', pid !== undefined)
    const waiting = this.#mailbox.findIndex((mail) => mail.type === 'exit' && mail.pid === pid)
    hold('only a process of its own is ended', this.#living.delete(pid as AnyPid) || waiting >= 0)
    if (waiting >= 0) this.#mailbox.splice(waiting, 1)
  }

  #startAll(children: readonly PolicyChild[], cause: StartCause): void {
    for (const child of children) if (!this.#startOne(child, cause)) return
  }

  #startOne(child: PolicyChild, cause: StartCause): boolean {
    const { id } = child
    hold('only a known child is started', this.#entry(id)?.child === child)
    hold(
      'no child is started twice',
      this.#entry(id)?.pid === undefined && ![...this.#living.values()].some((one) => sameId(one, id)),
    )
    hold('a temporary child is never restarted', child.restart !== 'temporary' || cause === 'init' || cause === 'start_child')
    const outcome = this.#outcomes[this.#starts++ % this.#outcomes.length]
    if (outcome !== 'ignore') this.#excused = this.#excused.filter((one) => !sameId(one, id) || cause === 'restart_child')
    if (outcome === 'fail') {
      if (cause === 'init') this.#tally.initFailed++
      const { actions } = this.#ask({ type: 'start_failed', id, reason: 'not_now', cause })
      hold('a failed start ends a supervisor that comes up, and no other', asks({ actions }, 'exit') === (cause === 'init'))
      hold('a failed restart is tried again', asks({ actions }, 'retry') === (cause === 'restart'))
      this.#carryOut(actions)
      return false
    }
    const pid = outcome === 'ok' ? pidOf(++this.#pids) : undefined
    if (pid === undefined) this.#excuse(id)
    else this.#living.set(pid, id)
    if (cause === 'start_child' || cause === 'restart_child') this.#replies++
    hold('a start that went well asks for nothing', this.#ask({ type: 'started', id, pid }).actions.length === 0)
    return true
  }

  /** What the loop does then: `terminate`, the end. */
  #exit(): void {
    this.#carryOut(
      this.#ask({ type: 'stop' }).actions.map((action) => (hold('the end only ends', action.type === 'terminate'), action)),
    )
    hold('nobody outlives the supervisor', this.#living.size === 0 && this.#state.children.every(({ pid }) => pid === undefined))
    this.gone = true
  }

  /** The supervisor ends, from outside. */
  stop(): void {
    if (!this.gone) this.#exit()
  }

  // ---- What holds between any two events

  #check(): void {
    if (this.gone) return
    const { intensity, periodMs } = this.#flags
    const within = this.#restarts.filter((atMs) => this.#nowMs - atMs <= periodMs)
    hold('never more restarts than the intensity within a period', within.length <= intensity)
    for (const entry of this.#state.children) this.#checkEntry(entry)
    for (const [pid, id] of this.#living) hold('every process has its entry', this.#entry(id)?.pid === pid)
    const unexcused = this.#waiting().filter(({ child }) => child.restart === 'permanent' && !this.#isExcused(child.id))
    for (const entry of unexcused) hold('no child is lost', this.#waitsForGroup(entry))
  }

  #checkEntry({ child, pid, restarting }: Entry): void {
    const { id } = child
    if (pid !== undefined) {
      const ends = this.#mailbox.some((mail) => mail.type === 'exit' && mail.pid === pid)
      hold('who has a pid runs, or its end is on its way', this.#living.has(pid) || ends)
    }
    if (!restarting) return
    hold('who is restarting does not run', pid === undefined && child.restart !== 'temporary')
    hold(
      'who is restarting will be tried again',
      this.#mailbox.some((mail) => mail.type === 'retry' && sameId(mail.id, id)),
    )
  }

  #waitsForGroup(entry: Entry): boolean {
    const { children, strategy } = this.#state
    const first = children.slice(0, strategy === 'restForOne' ? children.indexOf(entry) : children.length)
    return strategy !== 'oneForOne' && first.some(({ restarting }) => restarting)
  }
  #waiting(): Entry[] {
    return this.#state.children.filter(({ pid, restarting }) => pid === undefined && !restarting)
  }
  #entry(id: ChildId): Entry | undefined {
    return this.#state.children.find(({ child }) => sameId(child.id, id))
  }
  #excuse(id: ChildId): void {
    this.#excused.push(id)
  }
  #isExcused(id: ChildId): boolean {
    return this.#excused.some((one) => sameId(one, id))
  }
}

function asks({ actions }: Pick<Decision, 'actions'>, type: PolicyAction['type']): boolean {
  return actions.some((action) => action.type === type)
}
function same(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index])
}

export function tally(): Tally {
  return { restarts: 0, retries: 0, gaveUp: 0, autoShutdowns: 0, initFailed: 0, stale: 0, replies: 0 }
}

/** Plays the plan against `decide`, to the end: what waits is handled, then the supervisor is stopped. */
export function play(plan: Plan, decide: Decide, counts: Tally = tally()): void {
  const world = new World(plan, decide, counts)
  world.begin(plan.children)
  for (const op of plan.ops) world.happen(op)
  for (let busy = true; busy; ) busy = world.handle()
  world.stop()
}
