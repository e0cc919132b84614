// The rules of a machine's process: each message is an event, and after each event it is seen what became of the machine.
// Entered by behaviour (the loop); calls the host, and keeps snapshots.
import type { AnyStateMachine, EventObject, Snapshot } from 'xstate'
import { BadArgError, show } from '../base/errors.js'
import { type ExitReason, isCrash, Nocatch, reasonOfThrown } from '../base/exit-reason.js'
import { type Behaviour, type Rules } from '../behaviours/behaviour.js'
import { type Call, type From, reply } from '../runtime/call.js'
import { asCurrent, isRunning, type Process } from '../runtime/process.js'
import { logWarning, reportCrash } from '../runtime/report.js'
import { post } from '../runtime/send.js'
import { Errand } from './errand.js'
import { MachineHost } from './machine-host.js'
import { isOutputRequest, keepOutput } from './machine-output.js'
import { type KeptSnapshot, resumeDelays, type SnapshotStore, takeSnapshot } from './machine-snapshot.js'
import { setSnapshot } from './xstate-insides.js'

/** The rules of one machine. */
export class MachineRules implements Rules {
  readonly kind = 'machine'
  readonly #machine: AnyStateMachine
  readonly #input: unknown
  readonly #store: SnapshotStore | undefined
  readonly #onEmit: ((event: any) => void) | undefined
  #loop!: Behaviour
  #host: MachineHost | null = null
  /** What it started from, until it has handled an event. */
  #restored: unknown = undefined
  /** The snapshot before the event that is handled. */
  #before: unknown = undefined
  #starting = true
  readonly #waiting: From[] = []

  constructor(
    machine: AnyStateMachine,
    input: unknown,
    store: SnapshotStore | undefined,
    onEmit: ((event: any) => void) | undefined,
  ) {
    this.#machine = machine
    this.#input = input
    this.#store = store
    this.#onEmit = onEmit
  }

  get #process(): Process {
    return this.#loop.process
  }
  get #snapshot(): Snapshot<unknown> {
    return (this.#host as MachineHost).root.getSnapshot()
  }

  init(loop: Behaviour): void | Promise<void> {
    this.#loop = loop
    return this.#store === undefined
      ? this.#begin(undefined)
      : // An empty store may answer null, as JSON does.
        loop.after(this.#store.load(), (kept: KeptSnapshot | null | undefined) => this.#begin(kept ?? undefined))
  }

  call(call: Call): void | Promise<void> {
    if (isOutputRequest(call.request)) {
      this.#waiting.push(call.from)
      return undefined
    }
    return this.#event(call) // an event of type `call`, with `from` and `request`
  }

  message(message: unknown): void | Promise<void> {
    if (message instanceof Errand) return this.#turn(() => message.run())
    if (!isEvent(message)) return this.#drop(message)
    if (this.#loop.debug !== null) this.#loop.debug.event({ type: 'in', kind: 'info', message })
    return this.#event(message)
  }

  /** `nocatch` has nothing to return to in a machine. */
  thrown(value: unknown): void | Promise<void> {
    return this.#failed(new Nocatch(value))
  }

  terminate(): void {
    const host = this.#host as MachineHost
    const { failure } = host
    host.run(() => host.stop())
    if (host.failure !== failure) throw host.failure?.error
  }

  // However it came: with the process ends all that the machine does.
  ended(): void {
    const host = this.#host
    if (host === null) return
    const { failure } = host
    asCurrent(this.#process, () => host.run(() => host.stop()))
    if (host.failure === failure) return
    const reason = reasonOfThrown(host.failure?.error)
    if (isCrash(reason)) reportCrash(this.#process, reason, { label: 'crash', behaviour: this.kind })
  }

  /** The snapshot; in the report of a failure what it was before, in short. */
  getState(): unknown {
    if (this.#host?.failure == null) return this.#snapshot
    const { value, context } = (this.#before ?? {}) as { readonly value?: unknown; readonly context?: unknown }
    return { value, context }
  }

  replaceState(replace: (state: unknown) => unknown): void {
    const state = replace(this.getState())
    const given = state as { readonly value?: unknown; readonly machine?: unknown } | null | undefined
    if (typeof given !== 'object' || given?.value === undefined || given.machine !== this.#machine)
      throw new BadArgError("sys.replaceState: a machine's state", 'a snapshot of that machine', state)
    const { root } = this.#host as MachineHost
    const resolved = this.#machine.resolveState(given as Parameters<AnyStateMachine['resolveState']>[0])
    const { children } = root.getSnapshot() as { readonly children: object }
    setSnapshot(root, { ...resolved, children })
    post(this.#process, new Errand(() => undefined)) // a turn in which it is seen whether that is the end
  }

  // ---- Turns

  #begin(kept: KeptSnapshot | undefined): void | Promise<void> {
    const process = this.#process
    const host = new MachineHost(process, this.#machine, this.#input, kept)
    this.#host = host
    this.#before = kept
    host.run(() => {
      if (this.#onEmit !== undefined) host.root.on('*', this.#onEmit)
      host.start()
      if (kept !== undefined) resumeDelays(host, kept, process.kernel)
    })
    if (!isRunning(process)) return undefined
    if (kept !== undefined) this.#restored = this.#snapshot
    if (host.failure !== null) return this.#failed(host.failure.error)
    if (this.#snapshot.status === 'active') return this.#then(this.#save(), () => this.#ready())
    this.#ready()
    return this.#over()
  }

  #ready(): void {
    this.#starting = false
    this.#loop.ready()
  }

  #event(event: EventObject): void | Promise<void> {
    const host = this.#host as MachineHost
    return this.#turn(() => host.send(event))
  }

  #turn(run: () => void): void | Promise<void> {
    const host = this.#host as MachineHost
    this.#before = this.#snapshot
    host.run(run)
    if (!isRunning(this.#process)) return undefined
    if (host.failure !== null) return this.#failed(host.failure.error)
    return this.#snapshot.status === 'active' ? this.#save() : this.#over()
  }

  // A final state, or the machine has stopped itself.
  #over(): void | Promise<void> {
    const { status, output } = this.#snapshot
    if (status !== 'done') return this.#loop.finish('normal')
    const answer = (): void => {
      keepOutput(this.#process.pid, output)
      for (const from of this.#waiting) reply(from, output)
    }
    return this.#then(this.#store?.save(undefined), () => this.#loop.finish('normal', answer))
  }

  // A snapshot that has led to a failure before any event was handled would do so again.
  #failed(error: unknown): void | Promise<void> {
    const reason: ExitReason = reasonOfThrown(error)
    const starting = this.#starting
    const end = (): void | Promise<void> => (starting ? this.#loop.refuse(reason) : this.#loop.finish(reason))
    const again = this.#restored !== undefined && (starting || this.#before === this.#restored)
    return again ? this.#then(this.#store?.save(undefined), end) : end()
  }

  #save(): void | Promise<void> {
    return this.#store?.save(takeSnapshot(this.#host as MachineHost, this.#process.kernel))
  }

  #then(first: void | Promise<void>, next: () => void | Promise<void>): void | Promise<void> {
    return this.#loop.after(first, next)
  }

  #drop(message: unknown): void {
    const { kernel, pid } = this.#process
    logWarning(
      kernel.logger,
      { pid: String(pid) },
      `machine ${String(pid)} takes events: objects with a string as type, none of XState's own; dropped ${show(message)}`,
    )
  }
}

// Types that begin with `xstate.` are what XState says to itself; `xstate.route` alone is meant for users.
function isEvent(message: unknown): message is EventObject {
  if (typeof message !== 'object' || message === null) return false
  const { type } = message as { readonly type?: unknown }
  return typeof type === 'string' && (!type.startsWith('xstate.') || type === 'xstate.route')
}
