// A rule as a SocketHandler: the request, the four callbacks, and the two processes that run them. Entered by sockets; made by
// dispatch. Calls request-phase before the 101 and the rule's handler after it; websocketMessage by way of the receiver.
import { type ExitReason, isCrash } from '../../base/exit-reason.js'
import { type Exit, isExit } from '../../base/messages.js'
import { exitSignal } from '../../runtime/exit.js'
import { type Process, processOf } from '../../runtime/process.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { isPromise } from '../../runtime/spawn.js'
import type { AnySocketHandler, Result, SocketHandler, SocketSelf, TerminateReason } from '../../sockets/handler.js'
import type { RouteOptions } from '../../sockets/options.js'
import { type PlainAnswer, reject } from '../../sockets/request.js'
import type { Sessions } from '../../sessions/sessions.js'
import type { ZotonicContext } from './context.js'
import { defaultHandler, tellPage } from './default-handler.js'
import { endCause, unwrapped, zotonicReason } from './reasons.js'
import { Receiver } from './receiver.js'
import { admit, type Admitted } from './request-phase.js'
import { tieToSession } from './tie.js'
import type { CheckedRule, ControllerModule, WsHandler } from './types.js'

/** One socket, from its first callback on. */
interface Live {
  readonly context: ZotonicContext
  readonly handler: WsHandler
  /** Null: everything runs in the socket's process. */
  receiver: Receiver | null
  /** It ends by an exit signal. */
  isLeft: boolean
}
type Answer = MaybePromise<Result<Live>>

/** Zotonic's sockets have no idle timeout, a ping every 30 s, and for comet 55 s a poll, which gathers for 50 ms. */
const DEFAULTS: Partial<RouteOptions> = Object.freeze({
  idleTimeoutMs: 0,
  pingIntervalMs: 30_000,
  fallback: Object.freeze({ pollMs: 55_000, gatherMs: 50 }),
})

/** The handler of a rule that has sockets. `sessions`: undefined for those of the node. */
export function ruleHandler(controller: ControllerModule, rule: CheckedRule, sessions: Sessions | undefined): AnySocketHandler {
  const desk = { rule, controller, sessions }
  const { processes } = rule.options
  const handler: SocketHandler<Live, any> = {
    defaults: DEFAULTS,
    plain: () => EXPLAINED,
    upgrade: (request, self, params, transport) => admit(desk, request, self, params, transport),
    init({ seed }, self): Answer {
      const { context, handler = defaultHandler } = seed as Admitted
      const live: Live = { context, handler, receiver: null, isLeft: false }
      self.trapExit(true)
      tieToSession(self, context.sessionPid)
      return then(handler.websocketInit(context), () => {
        const message = (data: string | Uint8Array): unknown => handler.websocketMessage(data, self.pid, context)
        if (processes === 2) live.receiver = self.run(() => new Receiver(self, message))
        return ['ok', live]
      })
    },
    handle([, data], live, self): Answer {
      if (live.handler === defaultHandler && tellPage(data, self.pid, live.context)) return ['ok', live]
      if (live.receiver === null) return then(live.handler.websocketMessage(data, self.pid, live.context), () => ['ok', live])
      live.receiver.take(data)
      return ['ok', live]
    },
    info(message: unknown, live, self): Answer {
      if (isExit(message)) return leave(message, live, self)
      return then(live.handler.websocketInfo(message, live.context), () => ['ok', live])
    },
    terminate,
  }
  return handler
}

/** The handler of a rule that has a page: whoever wants an upgrade is at the wrong path. */
export function pageHandler(plain: NonNullable<AnySocketHandler['plain']>): AnySocketHandler {
  return { plain, upgrade: () => reject(404), init: () => ['ok', null], handle: (_frame, state) => ['ok', state] }
}

/** Zotonic case Z38. */
const EXPLAINED: PlainAnswer = [
  'answer',
  200,
  {
    headers: { 'Content-Type': 'text/html; charset=utf-8', 'X-Robots-Tag': 'noindex' },
    body: '<!DOCTYPE html>\n<html lang="en"><title>WebSocket</title><p>This address is for WebSockets only.\n',
  },
]

/** Answers of callbacks are ignored, but promises are waited for. */
function then<T>(answer: unknown, go: () => T): MaybePromise<T> {
  return isPromise(answer) ? answer.then(go) : go()
}

/** The process of the socket traps exits: any signal ends it, `normal` too, and with it the receiver. */
function leave({ pid, reason }: Exit, live: Live, self: SocketSelf): Result<Live> {
  live.isLeft = true
  if (!isCrash(reason) || live.receiver?.pid.equals(pid) === true) self.exit(reason)
  // A crash of another process, which has reported it: an end by its signal, not a crash of ours.
  const process = processOf(self.pid) as Process
  process.trapExit = false
  exitSignal(process, pid, reason, false)
  return ['ok', live]
}

function terminate(given: TerminateReason, live: Live, self: SocketSelf): Promise<void> | undefined {
  const reason = unwrapped(given)
  const isUntaken = self.bufferedBytes > 0
  const tell = (failed: ExitReason | undefined): unknown => {
    const told = failed === undefined ? reason : unwrapped({ type: 'exit', reason: failed })
    live.receiver?.end(told.type === 'exit' ? told.reason : told.type === 'crash' ? 'shutdown' : 'normal')
    return live.handler.websocketTerminate(zotonicReason(told, isUntaken), live.context, endCause(told))
  }
  const rest = isOrderly(reason, live) ? live.receiver?.rest() : undefined
  const done = isPromise<ExitReason | undefined>(rest) ? rest.then((failed) => self.run(() => tell(failed))) : tell(rest)
  return isPromise<void>(done) ? done : undefined
}

/**
 * Does what came before the end still count? Not after a crash or an exit; `closeAll` and `drain` of the listener are told as a
 * shutdown.
 */
function isOrderly(reason: TerminateReason, { isLeft }: Live): boolean {
  if (reason.type === 'exit') return reason.reason === 'shutdown' && !isLeft
  return reason.type !== 'crash'
}
