// A socket of a service: a SocketHandler without user code. Its process tells the service what comes, and puts on the wire what
// is sent to it. Entered by services.
import { parseCookie } from 'cookie'
import { processOf } from '../../runtime/process.js'
import { logWarning } from '../../runtime/report.js'
import { checkFrame, type OutFrame } from '../../sockets/frames.js'
import type { SocketHandler, SocketSelf } from '../../sockets/handler.js'
import { textOf } from '../../sockets/io-data.js'
import { reason08 } from '../../sockets/reason08.js'
import { accept, reject, type SocketRequest } from '../../sockets/request.js'
import type { HandlerSelf } from '../../sockets/self.js'
import { Member } from './member.js'
import type { CheckedBossOptions } from './options.js'
import type { RoutingTable } from './router.js'
import type { RunningService } from './running.js'
import type { BossFrame } from './types.js'

/** The handler of the sockets of one service. */
export function socketHandler(
  service: RunningService,
  table: RoutingTable,
  { sessionKey, maxWaitingBytes }: CheckedBossOptions,
): SocketHandler<Member, BossFrame> {
  return {
    // As in Chicago Boss, and any subprotocol that a browser asks for: one that gets no answer fails the connection.
    defaults: { idleTimeoutMs: 0, pingIntervalMs: 0, subprotocols: 'any' },
    upgrade: () => (service.isUp && service.load.bytes <= maxWaitingBytes ? accept(undefined) : reject(503)),
    init({ request, claims }, self) {
      const sessionId = sessionIdOf(request, sessionKey)
      const member = new Member(self as HandlerSelf, service.plan.module, { request, sessionId, claims })
      service.join(member)
      table.watch(member)
      return ['ok', member]
    },
    handle([kind, data], member) {
      if (kind === 'text') member.incoming(data)
      return ['ok', member]
    },
    info(message, member, self) {
      const frame = frameOf(message)
      if (frame !== undefined) return ['push', frame, member]
      warn(self)
      return ['ok', member]
    },
    terminate(reason, member) {
      member.leave(reason08(reason))
    },
  }
}

/** The cookie as it stands in the header: the id is not ours, and so not ours to decode. */
function sessionIdOf({ headers, cookies }: SocketRequest, sessionKey: string): string | undefined {
  const all = headers.cookie === undefined ? cookies : parseCookie(headers.cookie, { decode: (value) => value })
  return all[sessionKey]
}

/** A frame that can be sent; undefined for anything else, which is the sender's mistake and not the socket's. */
function frameOf(message: unknown): OutFrame | undefined {
  if (!Array.isArray(message)) return undefined
  try {
    const frame: readonly unknown[] = message[0] === 'text' && message.length === 2 ? ['text', textOf(message[1])] : message
    return checkFrame(frame) ? (frame as unknown as OutFrame) : undefined
  } catch {
    return undefined
  }
}

function warn({ pid }: SocketSelf): void {
  const process = processOf(pid)
  const text = `a websocket takes frames such as ['text', 'hello']; ${String(pid)} dropped something else`
  if (process !== undefined) logWarning(process.kernel.logger, { pid: String(pid) }, text)
}
