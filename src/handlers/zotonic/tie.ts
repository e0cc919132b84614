// A socket and the session that it was opened with: the session is in use as long as the socket is open, and the socket closes
// when the session ends. Entered by socket-handler; calls sessions.
import type { ExitReason } from '../../base/exit-reason.js'
import { watchEnd } from '../../runtime/alias.js'
import { type Process, processOf } from '../../runtime/process.js'
import { hold } from '../../sessions/session.js'
import type { SessionPid } from '../../sessions/pids.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import type { SocketSelf } from '../../sockets/handler.js'
import { CLAIMS_EXPIRED, SERVICE_RESTART } from '../../wire/close-codes.js'

/** A session that ends, at logout for example, takes its sockets with it; one that has crashed is found again by the next. */
export function tieToSession({ pid }: SocketSelf, sessionPid: SessionPid | undefined): void {
  if (sessionPid === undefined) return
  const ended = (reason: ExitReason): void => pushTo(pid, close(reason === 'normal' ? CLAIMS_EXPIRED : SERVICE_RESTART))
  const session = processOf(sessionPid)
  if (session === undefined) return ended('noproc')
  watchEnd(processOf(pid) as Process, session, ended)
  hold(sessionPid, pid)
}
