// Who understands system messages: behaviours and sockets. Anyone else would keep them in the mailbox for ever.
import { BadArgError } from '../base/errors.js'
import type { AnyPid } from '../base/pid.js'
import { resolve } from '../runtime/links.js'
import type { Kernel, Process } from '../runtime/process.js'
import type { SysTarget } from './system.js'

/** The living process to send a system message to; null or undefined when it is dead or elsewhere. Refuses a plain process. */
export function requireSysTarget(kernel: Kernel, where: string, target: AnyPid | string): Process | null | undefined {
  const process =
    typeof target === 'string'
      ? (kernel.names.get(target) ?? null)
      : resolve(kernel, target, where, 'given a pid or a registered name')
  if (process && (process.program as Partial<SysTarget>).interrupts === undefined)
    throw new BadArgError(
      where,
      'given a server, state machine, supervisor or socket; plain processes have no system messages',
      target,
    )
  return process
}
