// The types of machines as processes: typed pids, and which options a machine needs. Types only.
import type { AnyStateMachine, EmittedFrom, EventFromLogic, InputFrom, OutputFrom, SnapshotFrom } from 'xstate'
import type { Pid } from '../base/pid.js'
import type { ChildSpec } from '../behaviours/child-spec.js'
import type { StartOptions } from '../behaviours/start.js'
import type { SnapshotStore } from './machine-snapshot.js'

declare const kSnapshot: unique symbol
declare const kOutput: unique symbol

/**
 * The pid of a machine: takes its events, and knows its snapshot and its output.
 *
 * @example
 * const pid: MachinePid<typeof light> = unwrap(await machineServer.start(light))
 * send(pid, { type: 'go' })
 * @see {@link machineServer}
 */
export interface MachinePid<M extends AnyStateMachine = AnyStateMachine> extends Pid<EventFromLogic<M>> {
  /** For the compiler only: no such field exists. */
  readonly [kSnapshot]: SnapshotFrom<M>
  /** For the compiler only: no such field exists. */
  readonly [kOutput]: OutputFrom<M>
}
/** A machine that is asked: by pid or name. */
export type MachineRef<S, O> = string | { readonly [kSnapshot]: S; readonly [kOutput]: O }

/**
 * Options of the start functions of `machineServer`; `name` and `timeoutMs` as of every start.
 *
 * @example
 * const options: MachineOptions = { name: 'light', timeoutMs: 1000 }
 * await machineServer.start(light, options) // => ['ok', whereis('light')]
 * @see OTP `gen_statem`, "start_opt()"; XState, "Persistence"
 */
export interface MachineOptions extends StartOptions {
  /**
   * Where the snapshot is kept, so that the next start goes on where this one was: state, context, children, and the delays
   * that were running with what was left of them. Entry actions do not run again; invoked promises, callbacks and processes
   * start anew. It is the snapshot before the event that crashed. A machine that fails again before it has taken an event
   * begins anew at the next start, as it does after a final state. Actors that it spawns must be named in `setup({ actors })`.
   * Default false.
   */
  readonly keepSnapshot?: false | SnapshotStore
}
/**
 * Options of `machineChild`, besides the machine's input.
 *
 * @example
 * const options: MachineChildOptions = { keepSnapshot: true, restart: 'transient', shutdown: 1000 }
 * machineChild('light', light, options).restart // => 'transient'
 * @see OTP `supervisor`, "child_spec()"
 */
export interface MachineChildOptions extends Omit<MachineOptions, 'keepSnapshot'>, Omit<ChildSpec, 'id' | 'start'> {
  /** `true`: in memory, as long as the spec itself is kept. Default false. */
  readonly keepSnapshot?: boolean | SnapshotStore
}

type Input<M extends AnyStateMachine, I> = undefined extends InputFrom<M> ? { readonly input?: I } : { readonly input: I }
interface Emits<M extends AnyStateMachine> {
  /**
   * Hears each event that the machine emits, in order, from its first state on and anew at every start of a child; not what
   * its actors emit, nor what a turn emits whose actions throw. It runs as the machine's process, behind the actions of the
   * transition; what it throws ends the machine. Default: nobody hears them.
   */
  readonly onEmit?: (event: EmittedFrom<M>) => void
}
/** The argument after the machine: options, with `input` where the machine's types ask for one. */
export type MachineArgs<M extends AnyStateMachine, O, I = InputFrom<M>> =
  undefined extends InputFrom<M> ? [options?: O & Input<M, I> & Emits<M>] : [options: O & Input<M, I> & Emits<M>]
