// Holds each supervisor of a run against its model, step by step: nothing is done that the model does not want, and what it wants is
// done in the same turn. Told by the trees of each start and end. Entered by trees and the scenario.
import { type AnyPid, isCall, isExit } from 'gensock'
import type { Simulation } from 'gensock/testing'
import { shared } from '../../../src/runtime/process.js'
import { type Mail, type Model, modelOf, type Started, type Want } from './model.js'
import type { ChildPlan, TreePlan } from './plan.js'

/** A process that runs a child of somebody, or a supervisor. */
export interface Life {
  readonly pid: AnyPid
  readonly by: Keeper | undefined
  readonly traps: boolean
  isAlive: boolean
  /** Told to end at this time, with so much of it. */
  toldAtMs: number | undefined
  readonly shutdown: ChildPlan['shutdown']
  /** Its own model, of a supervisor. */
  keeper: Keeper | undefined
}
/** A living supervisor. */
export interface Keeper {
  readonly life: Life
  readonly plan: TreePlan
  readonly model: Model
  readonly mailbox: Mail[]
  want: Want
  /** The start that is wanted has begun. */
  isStarting: boolean
  /** For so many steps it has wanted this. */
  age: number
}

export class Watch {
  readonly lives = new Map<unknown, Life>()
  /** Anybody may be killed by a fault. */
  killsGoOn = false
  failure: unknown
  readonly #node: Simulation
  /** Virtual time during the turn that this step began with. */
  #turnMs = 0

  constructor(node: Simulation) {
    this.#node = node
    node.onExit((pid, reason) => this.#guarded(() => this.#ended(pid, reason)))
    node.invariant(() => this.#guarded(() => this.#stepped()))
  }
  /** Virtual time was turned without a step. */
  timePassed(): void {
    this.#turnMs = this.#node.now()
  }
  #guarded(check: () => void): void {
    try {
      if (this.failure === undefined) check()
    } catch (error) {
      this.failure ??= error
    }
  }

  // ---- What the trees tell

  born(pid: AnyPid, by: Keeper | undefined, child: ChildPlan | undefined): Life {
    const traps = child?.traps ?? true
    const life: Life = {
      pid,
      by,
      traps,
      isAlive: true,
      toldAtMs: undefined,
      shutdown: child?.shutdown ?? 'infinity',
      keeper: undefined,
    }
    this.lives.set(pid, life)
    return life
  }
  keeps(life: Life, plan: TreePlan): Keeper {
    const mailbox: Mail[] = []
    const around = {
      nowMs: () => this.#turnMs,
      posts: (mail: Mail) => void mailbox.push(mail),
      isAlive: (pid: object) => this.lives.get(pid)?.isAlive === true,
    }
    const model = modelOf(plan, around)
    const want = model.next().value as Want
    const keeper: Keeper = { life, plan, model, mailbox, want, isStarting: false, age: 0 }
    life.keeper = keeper
    return keeper
  }
  /** A start function is called. */
  starts(keeper: Keeper, child: ChildPlan): void {
    this.#guarded(() => {
      this.#goOn(keeper)
      const { want } = keeper
      if (want.type !== 'start' || want.child !== child || keeper.isStarting)
        throw wrong(keeper, `starts ${child.id}, but must ${textOf(want)}`)
      keeper.isStarting = true
    })
  }
  /** `unseen`: a supervisor without code of its own that tells of its start. */
  started(keeper: Keeper, result: Started, unseen?: { readonly child: ChildPlan; readonly tree: TreePlan }): void {
    this.#guarded(() => {
      if (!keeper.life.isAlive) return
      if (unseen !== undefined && result[0] === 'ok') {
        const life = this.born(result[1] as AnyPid, keeper, unseen.child)
        life.isAlive = this.#node.isAlive(life.pid)
        if (life.isAlive) this.keeps(life, unseen.tree)
        else keeper.mailbox.push({ type: 'exit', pid: life.pid, reason: 'killed' })
      }
      keeper.isStarting = false
      this.#next(keeper, result)
    })
  }
  /** A request is on its way. */
  asks(keeper: Keeper, op: string, what: unknown, answered: (answer: unknown) => void): void {
    keeper.mailbox.push({ type: 'ask', op, what, answered })
  }
  /** An exit signal of the parent. */
  stops(keeper: Keeper, reason: unknown): void {
    keeper.mailbox.push({ type: 'parent', reason })
  }

  // ---- What the node tells

  #ended(pid: AnyPid, reason: unknown): void {
    const life = this.lives.get(pid)
    if (life === undefined) return
    const { by, keeper } = life
    if (keeper !== undefined) this.#supervisorEnded(keeper, reason)
    if (by?.life.isAlive !== true) {
      life.isAlive = false
      return
    }
    this.#goOn(by)
    life.isAlive = false
    const isWaitedFor = by.want.type === 'end_of' && by.want.pids.includes(pid)
    const isItsAct = shared.current?.pid === by.life.pid
    if (isItsAct && !isWaitedFor) throw wrong(by, `ends ${String(pid)}, but must ${textOf(by.want)}`)
    if (reason === 'killed' && !this.killsGoOn && !isItsAct) mustBeLate(life, this.#node.now())
    if (!isWaitedFor) by.mailbox.push({ type: 'exit', pid, reason })
  }
  #supervisorEnded(keeper: Keeper, reason: unknown): void {
    this.#goOn(keeper)
    const { life, want } = keeper
    const isMeant = want.type === 'end' && want.isReason(reason)
    if (!isMeant && !(this.killsGoOn && reason === 'killed'))
      throw wrong(keeper, `ends with ${JSON.stringify(reason)}, but must ${textOf(want)}`)
    life.isAlive = false
    for (const child of this.lives.values()) {
      if (child.by !== keeper || !child.isAlive || child.keeper === undefined || child.toldAtMs !== undefined) continue
      // One that was told to end a moment ago has no link any more.
      const hears = this.#messagesOf(child).some(
        (message) => isExit(message) && message.pid === life.pid && message.reason === reason,
      )
      if (!hears) child.toldAtMs = this.#turnMs
      this.stops(child.keeper, hears ? reason : 'shutdown')
    }
  }

  #stepped(): void {
    for (const { keeper, isAlive } of this.lives.values()) {
      if (!isAlive || keeper === undefined) continue
      this.#goOn(keeper)
      // What is wanted in this step may be done by what goes on behind it; to tell many children takes a turn for each.
      const { want } = keeper
      if (keeper.age++ > (want.type === 'end_of' ? 2 * want.pids.length : 1)) this.#mustWait(keeper)
    }
    for (const { by, isAlive, traps, pid } of this.lives.values())
      if (isAlive && !traps && by !== undefined && !by.life.isAlive)
        throw new Error(`${String(pid)} lives on without its supervisor`)
    this.#turnMs = this.#node.now()
  }
  #mustWait(keeper: Keeper): void {
    const { want, isStarting } = keeper
    if (want.type === 'mail' || isStarting) return
    const untold = want.type === 'end_of' ? want.pids.find((pid) => this.#isUntold(this.lives.get(pid) as Life)) : keeper
    if (untold !== undefined) throw wrong(keeper, `does nothing, but must ${textOf(want)}`)
  }
  #isUntold({ isAlive, toldAtMs, traps, shutdown }: Life): boolean {
    return isAlive && (toldAtMs === undefined || !traps || shutdown === 'brutalKill')
  }

  // ---- The model

  /** As far as the supervisor has come: it has handled a message when that is no longer in its mailbox. */
  #goOn(keeper: Keeper): void {
    const { life, mailbox } = keeper
    if (life.by?.life.isAlive === true) this.#goOn(life.by) // which may have told it to end
    for (;;) {
      const { want } = keeper
      if (want.type === 'mail') {
        const [head] = mailbox
        if (head === undefined || this.#isThere(keeper, head)) return
        mailbox.shift()
        this.#next(keeper, head)
      } else if (want.type === 'end_of') {
        const left = want.pids.filter((pid) => this.lives.get(pid)?.isAlive === true)
        for (const pid of left) this.#seeIfTold(keeper, this.lives.get(pid) as Life)
        if (left.length > 0) return
        for (const pid of want.pids) forget(mailbox, pid)
        this.#next(keeper, undefined)
      } else return
    }
  }
  /** A supervisor unlinks the child that it tells to end. */
  #seeIfTold(keeper: Keeper, child: Life): void {
    const links = this.#node.processInfo(keeper.life.pid, 'links')
    if (child.toldAtMs !== undefined || links === undefined || links.includes(child.pid as never)) return
    child.toldAtMs = this.#turnMs
    if (child.keeper !== undefined) this.stops(child.keeper, 'shutdown')
  }
  #next(keeper: Keeper, answer: unknown): void {
    const { done, value } = keeper.model.next(answer)
    if (done !== true) keeper.want = value
    keeper.age = 0
  }
  #messagesOf({ pid }: Life): readonly unknown[] {
    return this.#node.processInfo(pid, 'messages') ?? []
  }
  #isThere({ life, mailbox }: Keeper, head: Mail): boolean {
    const messages = this.#messagesOf(life)
    // Nobody sees what was left in the mailbox of one that has ended, but if it ended by its own act it was of this message.
    if (!this.#node.isAlive(life.pid)) return shared.current?.pid !== life.pid
    if (head.type === 'exit') return messages.some((message) => isExit(message) && message.pid === head.pid)
    if (head.type === 'parent') {
      const isParent = (pid: unknown): boolean => (life.by === undefined ? !this.lives.has(pid) : pid === life.by.life.pid)
      return messages.some((message) => isExit(message) && isParent(message.pid))
    }
    const isOfKind = (message: unknown): boolean => (head.type === 'ask' ? isCall(message) : !isCall(message) && !isExit(message))
    return messages.filter(isOfKind).length >= mailbox.filter(({ type }) => type === head.type).length
  }
}

function mustBeLate({ shutdown, toldAtMs, pid }: Life, nowMs: number): void {
  if (typeof shutdown !== 'number' || toldAtMs === undefined || nowMs < toldAtMs + shutdown)
    throw new Error(`${String(pid)} was killed before its time to end was over`)
}
/** Whoever ends a child takes its EXIT out of the mailbox. */
function forget(mailbox: Mail[], pid: object): void {
  const at = mailbox.findIndex((mail) => mail.type === 'exit' && mail.pid === pid)
  if (at >= 0) mailbox.splice(at, 1)
}
function wrong({ life, plan }: Keeper, what: string): Error {
  return new Error(`the supervisor ${String(life.pid)} (${plan.kind}, ${plan.intensity} in ${plan.periodMs} ms) ${what}`)
}
function textOf(want: Want): string {
  if (want.type === 'start') return `start ${want.child.id}`
  if (want.type === 'end_of') return `end ${want.pids.map(String).join(' and ')}`
  return want.type === 'mail' ? 'wait' : `end itself with ${want.text}`
}
