// Casts: requests that nobody waits for. Entered by the cast functions of genServer and genStatem.
import type { AnyPid, Pid } from '../base/pid.js'
import { resolve } from '../runtime/links.js'
import { currentKernel } from '../runtime/node.js'
import { post } from '../runtime/send.js'

const kCast = Symbol.for('gensock.cast')

/** A cast in a mailbox. Branded: a message that looks alike is none. */
export class CastMessage {
  readonly type = 'cast' as const
  readonly request: unknown
  constructor(request: unknown) {
    this.request = request
  }
  get [kCast](): true {
    return true
  }
}

/** Is this message a cast? */
export function isCast(message: unknown): message is CastMessage {
  return typeof message === 'object' && message !== null && (message as { [kCast]?: true })[kCast] === true
}

/** Sends a cast; a dead pid and an unknown name take it in silence. @see OTP `gen_server:cast/2` */
export function castTo(where: string, server: AnyPid | string, request: unknown): void {
  const kernel = currentKernel()
  const target =
    typeof server === 'string'
      ? kernel.names.get(server)
      : resolve(kernel, server, `${where}: server`, 'a pid or a registered name')
  if (target) post(target, new CastMessage(request))
  else if (target === undefined && typeof server !== 'string') kernel.remote?.send(server as Pid, new CastMessage(request))
}
