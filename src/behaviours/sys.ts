// sys: looking into a running behaviour or socket, and holding it still. Entered by user code; calls with system messages.
import { requireBoolean, requireFunction } from '../base/check.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, CallError, type CallTimeout } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { logInfo } from '../runtime/report.js'
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

async function ask(where: string, target: Target, order: SysOrder, timeoutMs: CallTimeout | undefined): Promise<any> {
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
 * @throws {CallError} `GENSOCK_ERR_CALL` - `replace` threw: `reason` is `['callback_failed', why]`, and the process keeps its state
 * @see OTP `sys:replace_state/2,3`
 */
async function replaceState<S = any>(target: Target, replace: (state: S) => S, timeoutMs?: CallTimeout): Promise<S> {
  requireFunction('sys.replaceState: replace', replace)
  const answer: unknown = await ask('replaceState', target, { op: 'replace_state', replace }, timeoutMs)
  if (!(answer instanceof ReplaceFailed)) return answer as S
  throw Object.assign(new CallError(target, ['callback_failed', answer.reason], 'the function of sys.replaceState threw'), {
    cause: answer.error,
  })
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
 * Shows what comes in and goes out: to the node's logger with `true`, or to a function. `false` ends it.
 *
 * @example
 * await sys.trace(pid, true)
 * @see OTP `sys:trace/2,3`
 */
function trace(target: Target, flag: boolean | TraceSink, timeoutMs?: CallTimeout): Promise<'ok'> {
  if (typeof flag !== 'function') requireBoolean('sys.trace: flag', flag)
  const { logger } = currentKernel()
  const print = (event: DebugEvent): void => logInfo(logger, { label: 'debug', event }, `*DBG* ${String(target)} ${event.type}`)
  const sink = flag === true ? print : flag === false ? undefined : guarded(flag)
  return ask('trace', target, { op: 'trace', sink }, timeoutMs)
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

// A trace that throws is the debugging person's mistake; the traced process must not pay for it.
function guarded(sink: TraceSink): TraceSink {
  return (event) => {
    try {
      sink(event)
    } catch (error) {
      globalThis.process.emitWarning(`gensock: the function given to sys.trace threw ${String(error)}`)
    }
  }
}

/** System messages: what `sys:...` is in OTP. @see OTP `sys` */
export const sys = Object.freeze({ getState, replaceState, suspend, resume, getStatus, trace, statistics, terminate })
