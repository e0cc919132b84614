// What a supervisor has to do, written from the manual of OTP's supervisor and from nothing in src: a generator that is given what
// comes and says what must be done next. Entered by watch, which holds it against what the supervisor does.
import type { ChildPlan, TreePlan } from './plan.js'

/** A message to a supervisor. */
export type Mail =
  | { readonly type: 'exit'; readonly pid: object; readonly reason: unknown }
  | { readonly type: 'retry'; readonly of: unknown }
  | { readonly type: 'parent'; readonly reason: unknown }
  | { readonly type: 'ask'; readonly op: string; readonly what: unknown; readonly answered: (answer: unknown) => void }
/** What must come next. */
export type Want =
  | { readonly type: 'mail' }
  | { readonly type: 'start'; readonly child: ChildPlan }
  /** Those of them that are alive must be told to end, and are waited for. */
  | { readonly type: 'end_of'; readonly pids: readonly object[] }
  | { readonly type: 'end'; readonly isReason: (reason: unknown) => boolean; readonly text: string }
/** What came of a start: the answer of the start function. */
export type Started = readonly ['ok', object] | readonly ['error', unknown]
export type Model = Generator<Want, void, unknown>
/** What the model needs of who watches. */
export interface Surroundings {
  nowMs(): number
  /** The supervisor sends itself a message: to try again. */
  posts(mail: Mail): void
  isAlive(pid: object): boolean
}
interface Place {
  readonly child: ChildPlan
  pid: object | undefined
  isRestarting: boolean
}

/** "A child process is restarted always, never, or only if it terminates abnormally." */
function comesBack({ restart }: ChildPlan, reason: unknown): boolean {
  const isClean = reason === 'normal' || reason === 'shutdown' || (Array.isArray(reason) && reason[0] === 'shutdown')
  return restart === 'permanent' || (restart === 'transient' && !isClean)
}

/** "If more than MaxR number of restarts occur in the last MaxT seconds, the supervisor terminates." */
class Restarts {
  readonly #plan: TreePlan
  readonly #times: number[] = []
  constructor(plan: TreePlan) {
    this.#plan = plan
  }
  isOneTooMany(nowMs: number): boolean {
    this.#times.push(nowMs)
    return this.#times.filter((atMs) => nowMs - atMs <= this.#plan.periodMs).length > this.#plan.intensity
  }
}

function* start(child: ChildPlan): Generator<Want, Started, unknown> {
  return (yield { type: 'start', child }) as Started
}
function* mail(): Generator<Want, Mail, unknown> {
  return (yield { type: 'mail' }) as Mail
}
function ending(reason: unknown): Want {
  return { type: 'end', isReason: (got) => got === reason, text: JSON.stringify(reason) }
}

/** Children that are known by their ids. */
class StaticTree {
  readonly #plan: TreePlan
  readonly #around: Surroundings
  readonly #restarts: Restarts
  #places: Place[]

  constructor(plan: TreePlan, around: Surroundings) {
    this.#plan = plan
    this.#around = around
    this.#restarts = new Restarts(plan)
    this.#places = plan.children.map((child) => ({ child, pid: undefined, isRestarting: false }))
  }

  *life(): Model {
    for (const place of this.#places) {
      const started = yield* start(place.child)
      if (started[0] === 'ok') place.pid = started[1]
      else {
        yield* this.#ends(this.#places)
        const isReason = (got: unknown): boolean => JSON.stringify(got).startsWith('["shutdown",["failed_to_start_child"')
        yield { type: 'end', isReason, text: `a failed start of ${place.child.id}` }
        return
      }
    }
    for (;;) {
      const got = yield* mail()
      if (got.type === 'parent') {
        yield* this.#stops(got.reason)
        return
      }
      if (got.type === 'ask') yield* this.#asked(got)
      else {
        const place = this.#places.find((one) =>
          got.type === 'exit' ? one.pid === got.pid : one.isRestarting && one.child.id === got.of,
        )
        if (place !== undefined && (yield* this.#gone(place, got))) {
          yield* this.#stops('shutdown')
          return
        }
      }
    }
  }

  /** A child has ended, or is to be tried again. True: this was one too many. */
  *#gone(place: Place, got: Mail): Generator<Want, boolean, unknown> {
    place.pid = undefined
    if (got.type === 'exit' && !comesBack(place.child, got.reason)) {
      if (place.child.restart === 'temporary') this.#forget(place)
      return false
    }
    place.isRestarting = false
    if (this.#restarts.isOneTooMany(this.#around.nowMs())) return true
    const from = this.#places.indexOf(place)
    const { kind } = this.#plan
    const group = kind === 'oneForOne' ? [place] : kind === 'restForOne' ? this.#places.slice(from) : [...this.#places]
    yield* this.#ends(group)
    for (const one of group.filter((each) => each.child.restart !== 'temporary')) {
      const started = yield* start(one.child)
      if (started[0] === 'ok') one.pid = started[1]
      else {
        one.isRestarting = true
        this.#around.posts({ type: 'retry', of: one.child.id })
        break
      }
    }
    return false
  }

  /** "Terminated in reversed start order"; temporary children are not seen again. */
  *#ends(places: readonly Place[]): Generator<Want, void, unknown> {
    for (const place of places.toReversed()) {
      if (place.pid !== undefined) yield { type: 'end_of', pids: [place.pid] }
      place.pid = undefined
      place.isRestarting = false
      if (place.child.restart === 'temporary') this.#forget(place)
    }
  }
  *#stops(reason: unknown): Model {
    yield* this.#ends(this.#places)
    yield ending(reason)
  }
  #forget(place: Place): void {
    this.#places = this.#places.filter((one) => one !== place)
  }

  *#asked({ op, what, answered }: Mail & { readonly type: 'ask' }): Generator<Want, void, unknown> {
    const shown = ({ pid, isRestarting, child }: Place): unknown => [child.id, isRestarting ? 'restarting' : pid]
    if (op === 'list') return answered(this.#places.map(shown).toReversed())
    if (op === 'start') return yield* this.#startsAnother(what as ChildPlan, answered)
    const place = this.#places.find(({ child }) => child.id === what)
    if (place === undefined) return answered(['error', 'not_found'])
    if (op === 'terminate') {
      yield* this.#ends([place])
      return answered('ok')
    }
    if (place.isRestarting) return answered(['error', 'restarting'])
    if (place.pid !== undefined) return answered(['error', 'running'])
    if (op === 'delete') {
      this.#forget(place)
      return answered('ok')
    }
    const started = yield* start(place.child)
    if (started[0] === 'ok') place.pid = started[1]
    return answered(started)
  }
  *#startsAnother(child: ChildPlan, answered: (answer: unknown) => void): Generator<Want, void, unknown> {
    const there = this.#places.find((one) => one.child.id === child.id)
    if (there !== undefined)
      return answered(['error', there.pid === undefined ? 'already_present' : ['already_started', there.pid]])
    const place: Place = { child, pid: undefined, isRestarting: false }
    this.#places.push(place)
    const started = yield* start(child)
    if (started[0] === 'ok') {
      place.pid = started[1]
      return answered(started)
    }
    this.#forget(place)
    return answered(['error', [started[1], child.id]])
  }
}

/** Children that are known by their pids. */
function* dynamicTree(plan: TreePlan, around: Surroundings): Model {
  const members = new Map<unknown, ChildPlan>()
  const restarting = new Map<unknown, ChildPlan>()
  const restarts = new Restarts(plan)
  function* stops(reason: unknown): Model {
    yield { type: 'end_of', pids: [...members.keys()] as object[] }
    yield ending(reason)
  }
  for (;;) {
    const got = yield* mail()
    if (got.type === 'parent') return yield* stops(got.reason)
    if (got.type === 'ask') {
      yield* dynamicAsked(got, members, restarting, around)
      continue
    }
    const [table, key] = got.type === 'exit' ? [members, got.pid] : [restarting, got.of]
    const child = table.get(key)
    table.delete(key)
    if (child === undefined || (got.type === 'exit' && !comesBack(child, got.reason))) continue
    if (restarts.isOneTooMany(around.nowMs())) return yield* stops('shutdown')
    const started = yield* start(child)
    if (started[0] === 'ok') members.set(started[1], child)
    else {
      restarting.set(key, child)
      around.posts({ type: 'retry', of: key })
    }
  }
}
function* dynamicAsked(
  { op, what, answered }: Mail & { readonly type: 'ask' },
  members: Map<unknown, ChildPlan>,
  restarting: Map<unknown, ChildPlan>,
  around: Surroundings,
): Generator<Want, void, unknown> {
  if (op === 'list')
    return answered([
      ...[...members.keys()].map((pid) => [undefined, pid]),
      ...[...restarting].map(() => [undefined, 'restarting']),
    ])
  if (op === 'start') {
    const started = yield* start(what as ChildPlan)
    if (started[0] === 'ok') members.set(started[1], what as ChildPlan)
    return answered(started)
  }
  if (members.delete(what)) yield { type: 'end_of', pids: [what as object] }
  else if (!restarting.delete(what) && around.isAlive(what as object)) return answered(['error', 'not_found'])
  return answered('ok')
}

/** The model of a supervisor of this plan. */
export function modelOf(plan: TreePlan, around: Surroundings): Model {
  if (plan.kind === 'simpleOneForOne' || plan.kind === 'dynamic') return dynamicTree(plan, around)
  return new StaticTree(plan, around).life()
}
