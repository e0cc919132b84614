// The controllers that a dispatch rule can name: Zotonic's own, one of a user that goes on to it, and pages without a socket.
// Entered by users and by dispatch; calls the start of the socket, which request-phase has made.
import { BadArgError } from '../../base/errors.js'
import type { AnySocketHandler } from '../../sockets/handler.js'
import type { PlainAnswer, SocketRequest } from '../../sockets/request.js'
import type { Sessions } from '../../sessions/sessions.js'
import { type Context, requireContext } from './context.js'
import { pageHandler, ruleHandler } from './socket-handler.js'
import { startOf } from './start.js'
import type { CheckedRule, ControllerModule, ReqData, WebsocketOptions } from './types.js'

const kController = Symbol.for('gensock.zotonicController')
/**
 * A controller of this library, as rules name it, and the options that its rules may have.
 *
 * @example
 * const known: Controller<never>[] = [controllerWebsocket, controllerStream]
 * known.length // => 2
 * @see Zotonic 0.10, "Controllers"
 */
export interface Controller<in Options> {
  /** For the compiler only. */
  readonly [kController]: (options: Options) => void
}

function anyOptions(): void {
  // Only its type says something: which options fit.
}

function ignore(): void {
  // Whoever waits hears of it.
}

type AnswerPlain = (request: SocketRequest) => PlainAnswer
/** Makes a controller that answers ordinary requests and has no sockets. */
export function pageController(_answer: AnswerPlain): Controller<WebsocketOptions> {
  return Object.freeze({ [kController]: anyOptions, _answer })
}

/**
 * Zotonic's `controller_websocket`: a rule with it has WebSockets at its path, and for whoever asks without an upgrade a page
 * that says so. `websocketStart` is what a controller of one's own goes on to once it has changed the context.
 *
 * @example
 * const mine: ControllerModule = {
 *   websocketStart: (reqData, context) => controllerWebsocket.websocketStart(reqData, context.set('who', 'mine')),
 * }
 * const { urlFor } = dispatch([
 *   ['websocket', ['websocket'], controllerWebsocket],
 *   ['mine', ['mine'], mine],
 * ])
 * urlFor('websocket') // => '/websocket'
 * @see Zotonic 0.10, `controller_websocket`
 */
export const controllerWebsocket: Controller<WebsocketOptions> & ControllerModule = Object.freeze({
  [kController]: anyOptions,
  websocketStart(_reqData: ReqData, context: Context): Promise<void> {
    requireContext('controllerWebsocket.websocketStart', context)
    const start = startOf(context)
    if (start === undefined) {
      const allowed = 'the context of a websocketStart, before the socket is open'
      throw new BadArgError('controllerWebsocket.websocketStart: context', allowed, context)
    }
    if (start.begun === undefined) {
      start.begun = start.begin()
      start.begun.catch(ignore) // request-phase waits for it, unless the controller throws after this
    }
    return start.begun
  },
})

/** Makes the handler of a rule with this controller. `sessions`: undefined for those of the node. */
export type MakeHandler = (rule: CheckedRule, sessions?: Sessions) => AnySocketHandler

/** What a rule's controller makes of it. Refuses what is no controller. */
export function controllerOf(where: string, given: unknown): MakeHandler {
  if (typeof given === 'object' && given !== null) {
    const { _answer, websocketStart } = given as Partial<ControllerModule & { readonly _answer: AnswerPlain }>
    if (typeof _answer === 'function') return () => pageHandler(_answer)
    if (typeof websocketStart === 'function') return (rule, sessions) => ruleHandler(given as ControllerModule, rule, sessions)
  }
  throw new BadArgError(where, 'controllerWebsocket, or an object with websocketStart', given)
}
