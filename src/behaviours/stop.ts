// Stopping a behaviour from outside: ask it to terminate, wait for its end. Entered by the stop functions of all behaviours.
import { isDeepStrictEqual } from 'node:util'
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { call, CallError, type CallTimeout } from '../runtime/call.js'
import { currentKernel } from '../runtime/node.js'
import { shared } from '../runtime/process.js'
import { SysRequest } from './system.js'
import { requireSysTarget } from './sys-target.js'

/**
 * @throws {CallError} `GENSOCK_ERR_CALL` - `noproc`, `timeout`, or the reason that it ended with instead
 * @see OTP `proc_lib:stop/3`
 */
export async function stopProcess(
  where: string,
  server: AnyPid | string,
  reason: ExitReason,
  timeoutMs: CallTimeout,
): Promise<void> {
  const kernel = currentKernel()
  if (!requireSysTarget(kernel, where, server)) throw new CallError(server, 'noproc', 'no such process')
  try {
    await call(kernel, shared.current, server as Pid | string, new SysRequest({ op: 'stop', reason }), timeoutMs)
  } catch (error) {
    // Nobody answers this call: the end of the process does.
    if (!(error instanceof CallError) || !isDeepStrictEqual(error.reason, reason)) throw error
  }
}
