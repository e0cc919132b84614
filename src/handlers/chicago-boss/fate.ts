// How a service ends for good, and what its sockets hear of that: 1001 if it was told to end, 1011 if it has crashed too often.
// Its supervisor ends in the same way both times, so the end of the last process decides:
//
//   service process ends ─┬─ `shutdown`, `killed`: told to ────┬──▶ its supervisor ends ──▶ sockets close with 1001 or 1011
//                         └─ a crash, a stop of its own ───────┘
//                            (forgotten when a new one begins)
//
// Entered by the two kinds of services.
import type { ExitReason } from '../../base/exit-reason.js'
import type { AnyPid } from '../../base/pid.js'
import { watchEnd } from '../../runtime/alias.js'
import { type Process, processOf } from '../../runtime/process.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import { GOING_AWAY, INTERNAL_ERROR } from '../../wire/close-codes.js'
import type { WebSocketPid } from './types.js'

/** Has a process of the service ended by itself, and none begun since? Services that end together share one. */
export class Fate {
  #byItself = false

  /** One that is killed before its `init` has answered was too slow. */
  began(process: Process): void {
    this.#byItself = true
    watchEnd(null, process, (reason) => {
      if (reason !== 'shutdown' && reason !== 'killed') this.endsItself()
    })
  }
  /** `init` has answered. */
  runs(): void {
    this.#byItself = false
  }
  /** A crash, a stop with whatever reason, a start that has failed. */
  endsItself(): void {
    this.#byItself = true
  }

  /** A socket does not outlive its service, that is: who starts its process. */
  tie(webSocket: WebSocketPid, keeper: AnyPid | undefined): void {
    const ended = (reason?: ExitReason): void =>
      pushTo(webSocket, close(this.#byItself || reason === 'killed' ? INTERNAL_ERROR : GOING_AWAY))
    const [socket, target] = [processOf(webSocket), keeper === undefined ? undefined : processOf(keeper)]
    if (target === undefined) ended()
    else if (socket !== undefined) watchEnd(socket, target, ended)
  }
}
