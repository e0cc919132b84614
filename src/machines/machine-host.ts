// XState's actor system inside a process: every event is delivered in a turn of the process, every delay is a timer of its
// node, every error comes to one place, and nothing outlives the process. Entered by machine-rules; calls XState.
import {
  type AnyActorRef,
  type AnyStateMachine,
  createActor,
  type EventObject,
  type InspectionEvent,
  type Snapshot,
} from 'xstate'
import { show } from '../base/errors.js'
import { isRunning, type Process, shared } from '../runtime/process.js'
import { logInfo } from '../runtime/report.js'
import { post } from '../runtime/send.js'
import { isPromise } from '../runtime/spawn.js'
import { Errand } from './errand.js'
import { markSystem } from './machine-self.js'
import { carryEvents, seeActions, setDelays, stopActor } from './xstate-insides.js'

interface Observer {
  next?(value: unknown): unknown
  error?(error: unknown): unknown
  complete?(): unknown
}

/** So many microsteps in one turn are a loop, unless the machine sets `options.maxIterations` itself. */
export const MAX_MICROSTEPS = 10_000

/** An error of the machine, in a box: anything can be thrown. */
export interface Failure {
  readonly error: unknown
}

/** One machine, its actors and its delays, in one process. */
export class MachineHost {
  readonly #process: Process
  readonly #limit: number
  readonly #root: AnyActorRef
  /** Those that have started and not ended. */
  readonly #actors = new Set<AnyActorRef>()
  #failure: Failure | null = null
  #inTurn = false
  #steps = 0
  /** The event that a delay is being set for. */
  #scheduling: EventObject | undefined = undefined

  /** Runs the machine's context function; its actions run with `start`. */
  constructor(process: Process, machine: AnyStateMachine, input: unknown, snapshot: Snapshot<unknown> | undefined) {
    this.#process = process
    this.#limit = machine.config.options?.maxIterations === undefined ? MAX_MICROSTEPS : Infinity
    this.#root = createActor(machine, {
      input,
      ...(snapshot === undefined ? {} : { snapshot }),
      clock: {
        setTimeout: (run, delayMs) => this.#delay(run, delayMs),
        clearTimeout: (errand: Errand) => errand.cancel(),
      },
      logger: (...args) => this.#log(args),
      inspect: (event) => this.#inspect(event),
    })
  }

  get root(): AnyActorRef {
    return this.#root
  }
  get failure(): Failure | null {
    return this.#failure
  }

  /** Runs XState's code, and with it the user's, as a turn. What it throws is the machine's failure. */
  run(run: () => void): void {
    const outer = this.#inTurn // a kill in an action stops the machine inside its own turn
    this.#inTurn = true
    if (!outer) this.#steps = 0
    try {
      run()
    } catch (thrown) {
      this.#fail(thrown)
    } finally {
      this.#inTurn = outer
    }
  }
  /** Within `run`. */
  start(): void {
    this.#root.start()
  }
  /** Within `run`. */
  send(event: EventObject): void {
    this.#root.send(event)
  }
  /** Within `run`: ends all actors, their delays and what they have invoked. */
  stop(): void {
    this.#root.stop()
    // Those that XState forgets: children of a machine that failed, or that never came to its end.
    for (const actor of this.#actors) stopActor(actor)
  }

  // ---- Errors

  /** The first failure counts: what comes after it is its consequence. */
  #fail(error: unknown): void {
    if (this.#inTurn) this.#failure ??= { error }
    else post(this.#process, new Errand(() => this.#fail(error)))
  }

  #failed(actor: AnyActorRef, error: unknown): void {
    this.#actors.delete(actor)
    // Else XState tells the parent, whose `onError` may take it.
    if (actor._parent?.getSnapshot()?.status !== 'active') this.#fail(error)
    for (const other of this.#actors) if (other._parent === actor) stopActor(other)
  }

  /** For functions that XState calls and whose errors it would throw at the whole program. */
  #guarded<Args extends readonly unknown[]>(run: ((...args: Args) => unknown) | undefined): (...args: Args) => void {
    return (...args) => {
      try {
        this.#watch(run?.(...args))
      } catch (thrown) {
        this.#fail(thrown)
      }
    }
  }

  /** An async function is not awaited by XState; its error is the machine's all the same. */
  #watch(result: unknown): void {
    if (isPromise(result)) result.then(undefined, (error: unknown) => this.#fail(error))
  }

  // ---- What XState tells and asks

  #inspect(event: InspectionEvent): void {
    const actor = event.actorRef as AnyActorRef
    if (event.type === '@xstate.actor') this.#adopt(actor)
    else if (event.type === '@xstate.event' && event.event.type === 'xstate.init') this.#actors.add(actor)
    else if (event.type === '@xstate.microstep' && ++this.#steps > this.#limit) {
      const error = new Error(
        `more than ${this.#limit} microsteps in one turn: transitions or raised events that run in a circle? (options.maxIterations of a machine sets its own bound)`,
      )
      this.#fail(error) // also where some `onError` would take it, and go on
      throw error
    }
  }

  // An actor has just been made; none of its code has run.
  #adopt(actor: AnyActorRef): void {
    if (actor._parent === undefined) this.#enter(actor)
    actor.subscribe({ error: (error) => this.#failed(actor, error), complete: () => void this.#actors.delete(actor) })
    const subscribe = actor.subscribe.bind(actor) as (observer: Observer) => { unsubscribe(): void }
    const on = actor.on.bind(actor)
    Object.assign(actor, {
      subscribe: (first: Observer | Observer['next'], error?: Observer['error'], complete?: Observer['complete']) => {
        const given = typeof first === 'object' ? first : { next: first, error, complete }
        return subscribe({
          next: this.#guarded(given.next?.bind(given)),
          error: this.#guarded(given.error?.bind(given)),
          complete: this.#guarded(given.complete?.bind(given)),
        })
      },
      on: (type: string, handler: (event: EventObject) => unknown) => on(type, this.#guarded(handler)),
    })
    seeActions(actor, (result) => this.#watch(result))
  }

  // The first actor: the system is new.
  #enter(root: AnyActorRef): void {
    const process = this.#process
    const { kernel } = process
    markSystem(root.system, process)
    carryEvents(root, (deliver, event) => {
      if (this.#inTurn && shared.current === process) deliver()
      else post(process, new Errand(deliver, event))
    })
    const newId = (): string => String(kernel.newRef().id)
    setDelays(
      root,
      newId,
      () => kernel.clock.now(),
      (schedule, event) => {
        this.#scheduling = event
        schedule()
        this.#scheduling = undefined
      },
    )
  }

  #delay(run: () => void, delayMs: number): Errand {
    const errand = new Errand(run, this.#scheduling)
    if (isRunning(this.#process)) errand.after(this.#process, delayMs)
    return errand
  }

  #log(args: readonly unknown[]): void {
    const { kernel, pid } = this.#process
    const text = args.map((arg) => (typeof arg === 'string' ? arg : show(arg))).join(' ')
    logInfo(kernel.logger, { label: 'log', pid: String(pid), args }, `machine ${String(pid)}: ${text}`)
  }
}
