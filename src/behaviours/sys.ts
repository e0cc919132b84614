// sys: looking into a running behaviour or socket, and holding it still. Entered by user code; calls with system messages.
import { requireFunction } from '../base/check.js'
import { BadArgError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, CallError, type CallTimeout } from '../runtime/call.js'
import { consoleLogger, type Logger } from '../runtime/logger.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { handled } from '../runtime/receive.js'
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

/** The process that is looked into: by pid, or by its registered name. */
type Target = AnyPid | string

function ask(where: string, target: Target, order: SysOrder, timeoutMs: CallTimeout | undefined): Promise<any> {
  const kernel = currentKernel()
  requireSysTarget(kernel, `sys.${where}`, target)
  return call(kernel, shared.current, target as Pid | string, new SysRequest(order), timeoutMs)
}

/**
 * The state of a process: of a server its state, of a state machine `[state, data]`, of an event manager one
 * `[module, id, state]` per handler, of a supervisor its children. The object itself and no copy: do not change it.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns the state; rejects with CallError `GENSOCK_ERR_CALL`: `timeout`, `noproc`, or why it ended
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - a plain process, which has no system messages; no pid; no timeout
 * @example
 * const pid = unwrap(await genServer.start({ init: () => ['ok', 5] }))
 * await sys.getState(pid) // => 5
 * @see OTP `sys:get_state/1,2`
 */
function getState<S = any>(target: Target, timeoutMs?: CallTimeout): Promise<S> {
  return ask('getState', target, { op: 'get_state' }, timeoutMs)
}
/**
 * Replaces the state of a process by what `replace` makes of it.
 *
 * @param target - pid or registered name of a behaviour or socket; a supervisor and a scope of `pg` take back only what they
 *   gave
 * @param replace - gets what `getState` answers, and returns the new state; not async. Of an event manager it is called for
 *   each handler.
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns the new state; rejects with CallError `GENSOCK_ERR_CALL` as `getState`, and with `['callback_failed', why]` when
 * `replace` threw or returned a promise: the process keeps its state then
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`; no function
 * @example
 * await sys.replaceState<number>(pid, (n) => n + 1) // => 6
 * @see OTP `sys:replace_state/2,3`
 */
function replaceState<S = any>(target: Target, replace: (state: S) => S, timeoutMs?: CallTimeout): Promise<S> {
  requireFunction('sys.replaceState: replace', replace)
  const order: SysOrder = { op: 'replace_state', replace: (state) => atOnce(replace(state)) }
  const replaced = ask('replaceState', target, order, timeoutMs).then((answer: unknown) => {
    if (!(answer instanceof ReplaceFailed)) return answer as S
    const why = ['callback_failed', answer.reason]
    throw Object.assign(new CallError(target, why, `the function of sys.replaceState threw ${textOf(answer.error)}`), {
      cause: answer.error,
    })
  })
  return handled(replaced)
}
function textOf(error: unknown): string {
  try {
    return error instanceof Error ? `${error.name}: ${error.message}` : show(error)
  } catch {
    return 'what cannot be read' // a revoked proxy
  }
}
/** A promise would become the state itself. */
function atOnce<S>(state: S): S {
  if (!isPromise(state)) return state
  void handled(Promise.resolve(state)) // it is refused already; a rejection must not end the program
  throw new BadArgError('sys.replaceState: replace', 'a function that returns the new state, and not a promise of it', state)
}
/**
 * Holds a process still: it handles system messages and its parent's end only; everything else waits in its mailbox, in order.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns `'ok'`, also if it is suspended already; rejects with CallError `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`
 * @example
 * await sys.suspend(pid) // => 'ok'
 * @see OTP `sys:suspend/1,2`
 */
function suspend(target: Target, timeoutMs?: CallTimeout): Promise<'ok'> {
  return ask('suspend', target, { op: 'suspend' }, timeoutMs)
}
/**
 * Lets a suspended process go on, with what has waited.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns `'ok'`, also if it was not suspended; rejects with CallError `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`
 * @example
 * await sys.resume(pid) // => 'ok'
 * @see OTP `sys:resume/1,2`
 */
function resume(target: Target, timeoutMs?: CallTimeout): Promise<'ok'> {
  return ask('resume', target, { op: 'resume' }, timeoutMs)
}
/**
 * Who a process is, whether it runs or is suspended, and its state.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns the `SysStatus`; rejects with CallError `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`
 * @example
 * const { behaviour, status, messageQueueLength } = await sys.getStatus('rooms') // 'gen_server', 'running', 0
 * @see OTP `sys:get_status/1,2`
 */
function getStatus(target: Target, timeoutMs?: CallTimeout): Promise<SysStatus> {
  return ask('getStatus', target, { op: 'get_status' }, timeoutMs)
}
/**
 * Shows what comes in and goes out of a process. The flag that was given last counts.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param flag - `true`: to the node's logger as info, on the console for a node without a logger of its own; `false`: no more;
 *   or a function, called with each `DebugEvent`. One that throws is told of in a warning of Node's and not called again.
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns `'ok'`; rejects with CallError `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`; another flag
 * @example
 * await sys.trace(pid, true) // => 'ok'
 * genServer.cast(pid, { type: 'reset' }) // prints: *DBG* <0.81.0> got cast { type: 'reset' }
 * @see OTP `sys:trace/2,3`, `sys:install/2,3`
 */
function trace(target: Target, flag: boolean | TraceSink, timeoutMs?: CallTimeout): Promise<'ok'> {
  if (typeof flag !== 'function' && typeof flag !== 'boolean')
    throw new BadArgError('sys.trace: flag', 'true, false or a function', flag)
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
/**
 * Counts the messages of a process.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param flag - `true`: from now on, from 0; `false`: no more; `'get'`: answer the counts
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns `'ok'`; for `'get'` the `Statistics`, or `'no_statistics'` when nothing counts; rejects with CallError
 *   `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`; another flag
 * @example
 * await sys.statistics(pid, true) // => 'ok'
 * await sys.statistics(pid, 'get') // { startTimeMs: 1204, currentTimeMs: 1210, messagesIn: 2, messagesOut: 1 }
 * @see OTP `sys:statistics/2,3`
 */
function statistics(target: Target, flag: 'get', timeoutMs?: CallTimeout): Promise<Statistics | 'no_statistics'>
function statistics(target: Target, flag: boolean, timeoutMs?: CallTimeout): Promise<'ok'>
function statistics(target: Target, flag: boolean | 'get', timeoutMs?: CallTimeout): Promise<unknown> {
  if (flag !== 'get' && typeof flag !== 'boolean') throw new BadArgError('sys.statistics: flag', "true, false or 'get'", flag)
  return ask('statistics', target, { op: 'statistics', flag }, timeoutMs)
}
/**
 * Tells a process to end, by its `terminate`, also if it is suspended. Does not wait for the end: `genServer.stop` and its like
 * do.
 *
 * @param target - pid or registered name of a behaviour or socket
 * @param reason - its exit reason
 * @param timeoutMs - whole ms or 'infinity'; default 5 000
 * @returns `'ok'` once it has been told; rejects with CallError `GENSOCK_ERR_CALL` as `getState`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - as `getState`
 * @example
 * await sys.terminate(pid, 'shutdown') // => 'ok'
 * @see OTP `sys:terminate/2,3`
 */
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

/**
 * System messages: `sys:get_state(Pid)` is `sys.getState(pid)`. All behaviours and sockets understand them, between two
 * messages of their own.
 *
 * @example
 * await sys.suspend('rooms')
 * await sys.replaceState('rooms', (rooms) => new Map(rooms))
 * await sys.resume('rooms')
 * @see OTP `sys`
 * @namespace
 */
export const sys = Object.freeze({ getState, replaceState, suspend, resume, getStatus, trace, statistics, terminate })
