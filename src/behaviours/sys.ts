// sys: looking into a running behaviour or socket, and holding it still. Entered by user code; calls with system messages.
import { requireBoolean, requireFunction } from '../base/check.js'
import { BadArgError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, CallError, type CallTimeout } from '../runtime/call.js'
import { consoleLogger, type Logger } from '../runtime/logger.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { logInfo } from '../runtime/report.js'
import { isPromise } from '../runtime/spawn.js'
import { requireSysTarget } from './sys-target.js'
import {
  type DebugEvent,
  ReplaceFailed,
  type Statistics,
  type SysOrder,
  SysRequest,
  type SysStatus,
  type TraceSink,
} from './system.js'

type Target = AnyPid | string

function ask(where: string, target: Target, order: SysOrder, timeoutMs: CallTimeout | undefined): Promise<any> {
  const kernel = currentKernel()
  requireSysTarget(kernel, `sys.${where}`, target)
  return call(kernel, shared.current, target as Pid | string, new SysRequest(order), timeoutMs)
}

/** The state: of a server its state, of a state machine `[state, data]`, of a supervisor its children. @see OTP `sys:get_state/1,2` */
function getState<S = any>(target: Target, timeoutMs?: CallTimeout): Promise<S> {
  return ask('getState', target, { op: 'get_state' }, timeoutMs)
}
/**
 * Replaces the state by what `replace` makes of it; answers the new state.
 *
 * @throws {CallError} `GENSOCK_ERR_CALL` - `replace` threw or returned a promise: `reason` is `['callback_failed', why]`, and the process keeps its state
 * @see OTP `sys:replace_state/2,3`
 */
function replaceState<S = any>(target: Target, replace: (state: S) => S, timeoutMs?: CallTimeout): Promise<S> {
  requireFunction('sys.replaceState: replace', replace)
  const order: SysOrder = { op: 'replace_state', replace: (state) => atOnce(replace(state)) }
  return ask('replaceState', target, order, timeoutMs).then((answer: unknown) => {
    if (!(answer instanceof ReplaceFailed)) return answer as S
    const why = ['callback_failed', answer.reason]
    throw Object.assign(new CallError(target, why, 'the function of sys.replaceState threw'), { cause: answer.error })
  })
}
/** A promise would become the state itself. */
function atOnce<S>(state: S): S {
  if (!isPromise(state)) return state
  state.then(undefined, nothing) // it is refused already; a rejection must not end the program
  throw new BadArgError('sys.replaceState: replace', 'a function that returns the new state, and not a promise of it', state)
}
function nothing(): void {
  // Told by the error above.
}
/** Holds the process still: it handles system messages and its parent's end only; everything else waits. @see OTP `sys:suspend/1,2` */
function suspend(target: Target, timeoutMs?: CallTimeout): Promise<'ok'> {
  return ask('suspend', target, { op: 'suspend' }, timeoutMs)
}
/** Lets a suspended process go on. @see OTP `sys:resume/1,2` */
function resume(target: Target, timeoutMs?: CallTimeout): Promise<'ok'> {
  return ask('resume', target, { op: 'resume' }, timeoutMs)
}
/** Who it is, whether it runs, and its state. @see OTP `sys:get_status/1,2` */
function getStatus(target: Target, timeoutMs?: CallTimeout): Promise<SysStatus> {
  return ask('getStatus', target, { op: 'get_status' }, timeoutMs)
}
/**
 * Shows what comes in and goes out: with `true` to the node's logger, without one on the console; or to a function. `false` ends it.
 *
 * @example
 * await sys.trace(pid, true)
 * @see OTP `sys:trace/2,3`
 */
function trace(target: Target, flag: boolean | TraceSink, timeoutMs?: CallTimeout): Promise<'ok'> {
  if (typeof flag !== 'function') requireBoolean('sys.trace: flag', flag)
  const sink = flag === true ? printer(currentKernel().logger, target) : flag === false ? undefined : guarded(flag)
  return ask('trace', target, { op: 'trace', sink }, timeoutMs)
}
/** The console's logger keeps info to itself; whoever asks for a trace wants to see it. */
function printer(logger: Logger, target: Target): TraceSink {
  const who = `*DBG* ${String(target)}`
  if (logger === consoleLogger) return (event) => console.log(`${who} ${inWords(event)}`)
  return (event) => logInfo(logger, { label: 'debug', event }, `${who} ${inWords(event)}`)
}
function inWords(event: DebugEvent): string {
  if (event.type === 'noreply') return `new state ${show(event.state)}`
  const { type, message } = event
  return type === 'in' ? `got ${event.kind} ${show(message)}` : `sent ${show(message)}`
}
/** Counts messages from now on (`true`), stops it (`false`), or answers the counts (`get`; `no_statistics` when nothing counts). @see OTP `sys:statistics/2,3` */
function statistics(target: Target, flag: 'get', timeoutMs?: CallTimeout): Promise<Statistics | 'no_statistics'>
function statistics(target: Target, flag: boolean, timeoutMs?: CallTimeout): Promise<'ok'>
function statistics(target: Target, flag: boolean | 'get', timeoutMs?: CallTimeout): Promise<unknown> {
  if (flag !== 'get') requireBoolean('sys.statistics: flag', flag)
  return ask('statistics', target, { op: 'statistics', flag }, timeoutMs)
}
/** Asks the process to terminate with this reason; does not wait for its end. @see OTP `sys:terminate/2,3` */
function terminate(target: Target, reason: ExitReason, timeoutMs?: CallTimeout): Promise<'ok'> {
  return ask('terminate', target, { op: 'terminate', reason }, timeoutMs)
}

// A trace that throws is the debugging person's mistake; the traced process must not pay for it. As OTP's debug functions do,
// it is out after the first time.
function guarded(sink: TraceSink): TraceSink {
  let failed = false
  const fail = (error: unknown): void => {
    if (!failed)
      globalThis.process.emitWarning(`gensock: the function given to sys.trace threw and is not called again: ${show(error)}`)
    failed = true
  }
  return (event) => {
    if (failed) return
    try {
      const done: unknown = sink(event)
      if (isPromise(done)) done.then(undefined, fail)
    } catch (error) {
      fail(error)
    }
  }
}

/** System messages: what `sys:...` is in OTP. @see OTP `sys` */
export const sys = Object.freeze({ getState, replaceState, suspend, resume, getStatus, trace, statistics, terminate })
