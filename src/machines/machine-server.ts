// Any XState machine as a process: started, asked, stopped, and put under a supervisor. Entered by user code; calls start, the
// rules, and the runtime's call.
import type { AnyStateMachine, InputFrom } from 'xstate'
import { rejectUnknown, requireFunction } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { type AnyPid, isPid, type Pid } from '../base/pid.js'
import { Behaviour } from '../behaviours/behaviour.js'
import type { ChildId, ChildSpec } from '../behaviours/child-spec.js'
import {
  startBehaviour,
  type StartMode,
  type StartMonitorResult,
  type StartOptions,
  type StartResult,
} from '../behaviours/start.js'
import { stopProcess } from '../behaviours/stop.js'
import { SysRequest } from '../behaviours/system.js'
import { call, type CallTimeout } from '../runtime/call.js'
import { resolve } from '../runtime/links.js'
import { currentKernel } from '../runtime/node.js'
import { handled } from '../runtime/receive.js'
import { shared } from '../runtime/process.js'
import { type Output, outputOf, OutputRequest } from './machine-output.js'
import { MachineRules } from './machine-rules.js'
import { type SnapshotStore, storeOf } from './machine-snapshot.js'
import type { MachineArgs, MachineChildOptions, MachineOptions, MachinePid, MachineRef } from './machine-types.js'

const OPTIONS = ['input', 'name', 'timeoutMs', 'keepSnapshot', 'onEmit'] as const
const CHILD_OPTIONS = [...OPTIONS, 'restart', 'shutdown', 'significant', 'type'] as const

type OnEmit = ((event: any) => void) | undefined
type Given = { readonly input?: unknown; readonly keepSnapshot?: unknown; readonly onEmit?: unknown } & StartOptions

function checkMachine(where: string, machine: unknown): void {
  const given = machine as Partial<AnyStateMachine> | null | undefined
  if (typeof given !== 'object' || typeof given?.resolveState !== 'function' || typeof given.transition !== 'function')
    throw new BadArgError(`${where}: machine`, "a machine made by XState's createMachine", machine)
}

function startProcess(
  mode: StartMode,
  machine: AnyStateMachine,
  input: unknown,
  store: SnapshotStore | undefined,
  onEmit: OnEmit,
  { name, timeoutMs }: StartOptions,
): Promise<any> {
  const options = { ...(name === undefined ? {} : { name }), ...(timeoutMs === undefined ? {} : { timeoutMs }) }
  return startBehaviour(
    'machineServer',
    mode,
    options,
    (starter) => new Behaviour(new MachineRules(machine, input, store, onEmit), starter),
  )
}

function onEmitOf(where: string, onEmit: unknown): OnEmit {
  if (onEmit !== undefined) requireFunction(`${where}: onEmit`, onEmit)
  return onEmit as OnEmit
}

function startMachine(mode: StartMode, machine: AnyStateMachine, given: unknown): Promise<any> {
  const where = `machineServer.${mode}`
  checkMachine(where, machine)
  const options = (given ?? {}) as Given
  rejectUnknown(where, options, OPTIONS)
  const onEmit = onEmitOf(where, options.onEmit)
  return startProcess(mode, machine, options.input, storeOf(where, options.keepSnapshot, false), onEmit, options)
}

/**
 * Starts a machine as a process without a link; the promise settles once it is in its initial state.
 *
 * @param machine - made by XState's `createMachine` or `setup`
 * @param rest - `{ input, name, timeoutMs, keepSnapshot, onEmit }`, see {@link MachineOptions}
 * @returns `['ok', pid]`, or `['error', reason]`: `['already_started', pid]`, `timeout`, why its first state failed
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - not a machine, or wrong options
 * @example
 * const pid = unwrap(await machineServer.start(light))
 * send(pid, { type: 'go' })
 * @see OTP `gen_statem:start/3,4`
 */
function start<M extends AnyStateMachine>(
  machine: M,
  ...rest: MachineArgs<M, MachineOptions>
): Promise<StartResult<MachinePid<M>>> {
  return startMachine('start', machine, rest[0])
}
/**
 * As `start`, linked to the running process, which is the machine's parent from now on.
 *
 * @param machine - as for `start`
 * @param rest - as for `start`
 * @returns as `start`; a process that does not trap exits ends with a machine whose first state fails
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here; after an await use `self.run`
 * @example
 * const pid = unwrap(await machineServer.startLink(light, { name: 'light' }))
 * whereis('light') // => pid
 * @see OTP `gen_statem:start_link/3,4`
 */
function startLink<M extends AnyStateMachine>(
  machine: M,
  ...rest: MachineArgs<M, MachineOptions>
): Promise<StartResult<MachinePid<M>>> {
  return startMachine('startLink', machine, rest[0])
}
/**
 * As `start`, monitored by the running process.
 *
 * @param machine - as for `start`
 * @param rest - as for `start`
 * @returns `['ok', [pid, ref]]`, where `ref` is that of the DOWN message to come; else as `start`
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - no process is running here
 * @example
 * const [pid, ref] = unwrap(await machineServer.startMonitor(light))
 * await machineServer.stop(pid)
 * await self.receive('DOWN') // => { type: 'DOWN', ref, pid, reason: 'normal' }
 * @see OTP `gen_statem:start_monitor/3,4`
 */
function startMonitor<M extends AnyStateMachine>(
  machine: M,
  ...rest: MachineArgs<M, MachineOptions>
): Promise<StartMonitorResult<MachinePid<M>>> {
  return startMachine('startMonitor', machine, rest[0])
}

function ask(where: string, machine: unknown, request: unknown, timeoutMs: CallTimeout | undefined): Promise<any> {
  const kernel = currentKernel()
  const process = typeof machine === 'string' ? kernel.names.get(machine) : resolve(kernel, machine, `${where}: machine`)
  if (process && (process.program as Partial<Behaviour>).kind !== 'machine')
    throw new BadArgError(`${where}: machine`, 'the pid or name of a machine', machine)
  return call(kernel, shared.current, machine as Pid | string, request, timeoutMs)
}

/**
 * The machine's snapshot: state value, context, children. It is XState's own object: read it, do not change it.
 *
 * @param machine - its pid or name
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns the snapshot; rejects with CallError `GENSOCK_ERR_CALL`: `reason` is `timeout`, `noproc`, `calling_self`, or why the
 *   machine ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the pid or name of a machine, or no such time
 * @example
 * const { value } = await machineServer.snapshot(pid)
 * value // => 'red'
 * @see OTP `sys:get_state/1,2`
 */
function snapshot<S>(machine: MachineRef<S, any>, timeoutMs?: CallTimeout): Promise<S> {
  return ask('machineServer.snapshot', machine, new SysRequest({ op: 'get_state' }), timeoutMs)
}

/**
 * The machine's output, once it has come to a final state: waits for that, and finds it afterwards as well, by the pid.
 *
 * @param machine - its pid or name
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns the output; rejects with CallError `GENSOCK_ERR_CALL`: `reason` is `timeout`, `noproc`, or why the machine ended
 *   without output
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not the pid or name of a machine, or no such time
 * @example
 * const sum = createMachine({ initial: 'done', states: { done: { type: 'final' } }, output: 42 })
 * await machineServer.output(unwrap(await machineServer.start(sum))) // => 42
 * @see XState, "Final states", output
 */
function output<O>(machine: MachineRef<any, O>, timeoutMs: CallTimeout = 'infinity'): Promise<O> {
  const where = 'machineServer.output'
  const pid = isPid(machine) ? machine : typeof machine === 'string' ? currentKernel().names.get(machine)?.pid : undefined
  const found = (): Output | undefined => (pid === undefined ? undefined : outputOf(pid))
  const kept = found()
  if (kept !== undefined) return Promise.resolve(kept.value as O)
  const answer = ask(where, machine, new OutputRequest(), timeoutMs).catch((error: unknown) => {
    const late = found() // it came to its end before it took the request
    if (late === undefined) throw error
    return late.value
  })
  return handled(answer as Promise<O>)
}

/**
 * Stops a machine, with all that it has invoked, and waits for its end. XState runs no exit actions at a stop.
 *
 * @param machine - its pid or name; any behaviour or socket
 * @param reason - default `normal`
 * @param timeoutMs - whole ms or 'infinity' (default)
 * @returns rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that it ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no machine, server, supervisor or socket; a timeout out of range
 * @example
 * await machineServer.stop(pid, 'shutdown', 1000)
 * isAlive(pid) // => false
 * @see OTP `gen_statem:stop/1,3`
 */
function stop(machine: AnyPid | string, reason: ExitReason = 'normal', timeoutMs: CallTimeout = 'infinity'): Promise<void> {
  return stopProcess('machineServer.stop', machine, reason, timeoutMs)
}

/**
 * XState machines as processes. Messages are events: whatever is an object with a `type`, EXIT, DOWN and timeout messages
 * included; a `call` is an event of type `call` with `from` and `request`. Each event is one turn of the process: actions,
 * guards and context functions run as the process (`self()`, `send`, `link` act for it), delays run on the clock of its node,
 * and what any of them throws, or an invoked actor without `onError`, is the exit reason. A final state ends it with `normal`.
 *
 * `genStatem` has what XState has not: postponed events, event timeouts, replies to calls as actions. Use a machine for charts
 * with nested or parallel states, history or invoked actors, or where the chart is to be drawn.
 *
 * @example
 * const pid = unwrap(await machineServer.start(light, { name: 'light' }))
 * send(pid, { type: 'go' })
 * const { value } = await machineServer.snapshot(pid)
 * value // => 'green'
 * @see XState, "State machines"; OTP `gen_statem`
 * @namespace
 */
export const machineServer = Object.freeze({ start, startLink, startMonitor, snapshot, output, stop })

/**
 * The spec of a machine for a supervisor. With `keepSnapshot` a restarted machine goes on where it was: {@link MachineOptions}.
 *
 * @param id - by which the functions of `supervisor` know it
 * @param machine - made by XState's `createMachine` or `setup`
 * @param rest - `{ input, name, timeoutMs, keepSnapshot, onEmit, restart, shutdown, significant }`; an `input` that is a
 *   function is called at each start
 * @returns the spec
 * @throws {GensockError} `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - not a machine, or wrong options
 * @example
 * await supervisor.start({ children: [machineChild('light', light, { name: 'light', keepSnapshot: true })] })
 * const { value } = await machineServer.snapshot<any>('light')
 * value // => 'red'
 * @see OTP `supervisor`, "child_spec()"
 */
export function machineChild<M extends AnyStateMachine>(
  id: ChildId,
  machine: M,
  ...rest: MachineArgs<M, MachineChildOptions, InputFrom<M> | (() => InputFrom<M>)>
): ChildSpec {
  checkMachine('machineChild', machine)
  const given = (rest[0] ?? {}) as MachineChildOptions & Given
  rejectUnknown('machineChild', given, CHILD_OPTIONS)
  const { input, keepSnapshot, onEmit: heard, name, timeoutMs, ...spec } = given
  const onEmit = onEmitOf('machineChild', heard)
  const store = storeOf('machineChild', keepSnapshot, true)
  const options = { name, timeoutMs } as StartOptions
  const inputNow = (): unknown => (typeof input === 'function' ? (input as () => unknown)() : input)
  return { id, start: () => startProcess('startLink', machine, inputNow(), store, onEmit, options), ...spec }
}
