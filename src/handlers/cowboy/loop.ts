// The life of an open socket, the same for every generation: frames, pings, messages, the end. What a generation calls, and
// how it reads answers, it gives as `Parts`. Entered by the generations; calls their handlers.
import type { MaybePromise } from '../../runtime/self-types.js'
import { isPromise } from '../../runtime/spawn.js'
import { attempt, mapped } from '../../sockets/callbacks.js'
import type { Result, SocketEvent, SocketHandler, SocketSelf, TerminateReason } from '../../sockets/handler.js'
import type { Cause } from '../../sockets/reason08.js'
import { exitOf, noteExit } from './reasons.js'

/** The socket's state: the request beside the handler's own. Cowboy 2 keeps of the request what `terminate` gets. */
export interface Both {
  readonly req: unknown
  readonly state: unknown
}
/** What differs between the generations. */
export interface Parts {
  readonly handle: (frame: readonly [kind: string, data: string | Uint8Array], both: Both, self: SocketSelf) => unknown
  readonly info: (message: any, both: Both, self: SocketSelf) => unknown
  /** Reads the answer of a callback. */
  readonly take: (callback: string, answer: unknown, before: Both) => Result<Both>
  readonly terminate: (cause: Cause, both: Both, self: SocketSelf) => unknown
}
export type Loop = Required<Pick<SocketHandler<Both, any>, 'handle' | 'info' | 'event' | 'terminate'>>

/** The callbacks of a socket that is open. */
export function loop({ handle, info, take, terminate }: Parts): Loop {
  const frame = (
    given: readonly [kind: string, data: string | Uint8Array],
    both: Both,
    self: SocketSelf,
  ): MaybePromise<Result<Both>> => answered(() => handle(given, both, self), 'websocketHandle', both, self)
  function answered(call: () => unknown, callback: string, both: Both, self: SocketSelf): MaybePromise<Result<Both>> {
    return attempt(
      () => mapped(call(), (answer) => take(callback, answer, both)),
      (thrown) => {
        throw noteExit(self, thrown)
      },
    )
  }
  return {
    handle: frame,
    event: (event, both, self) => (isControl(event) ? frame([event.type, event.data], both, self) : ['ok', both]),
    info: (message, both, self) => answered(() => info(message, both, self), 'websocketInfo', both, self),
    terminate(reason: TerminateReason, both, self) {
      const done = terminate(exitOf(self) ?? reason, both, self)
      return isPromise<void>(done) ? done : undefined
    },
  }
}

function isControl(event: SocketEvent): event is Extract<SocketEvent, { data: Uint8Array }> {
  return event.type === 'ping' || event.type === 'pong'
}
