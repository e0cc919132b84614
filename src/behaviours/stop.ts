// Stopping a behaviour from outside: ask it to terminate, wait for its end. Entered by the stop functions of all behaviours.
import { isDeepStrictEqual } from 'node:util'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, CallError, type CallTimeout } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { handled } from '../runtime/receive.js'
import { isRunning, shared } from '../runtime/process.js'
import { SysRequest } from './system.js'
import { requireSysTarget } from './sys-target.js'

/**
 * @returns rejects with CallError `GENSOCK_ERR_CALL`: `noproc`, `timeout`, or the reason that it ended with instead
 * @throws {BadArgError} `GENSOCK_ERR_BADARG`
 * @see OTP `proc_lib:stop/3`
 */
export function stopProcess(where: string, server: AnyPid | string, reason: ExitReason, timeoutMs: CallTimeout): Promise<void> {
  const kernel = currentKernel()
  const target = requireSysTarget(kernel, where, server)
  const ended = call(kernel, shared.current, server as Pid | string, new SysRequest({ op: 'stop', reason }), timeoutMs)
  const stopped = ended.then(nothing, (error: unknown) => {
    // Nobody answers this call: the end of the process does.
    if (!target || isRunning(target)) throw error
    if (!(error instanceof CallError) || !isDeepStrictEqual(error.reason, reason)) throw error
  })
  return handled(stopped)
}

function nothing(): void {
  // `stop` is never answered.
}
