// The request of a socket, before its 101: whose it is, may he come in, and what the rule's controller does with the context.
// Entered by socket-handler, in the socket's process; calls the controller and, by way of visitor, sessions.
import { BadReturnError } from '../../base/errors.js'
import type { InitArgs, SocketSelf } from '../../sockets/handler.js'
import { accept, reject, type SocketRequest, type Upgrade } from '../../sockets/request.js'
import type { Sessions } from '../../sessions/sessions.js'
import { ZotonicContext } from './context.js'
import { requireWsHandler } from './rule-options.js'
import { setStart, type Start } from './start.js'
import type { CheckedRule, ControllerModule, WsHandler } from './types.js'
import { Visitor } from './visitor.js'

/** Who lets sockets of a rule in. */
export interface Desk {
  readonly rule: CheckedRule
  readonly controller: ControllerModule
  /** Undefined: those of the node. */
  readonly sessions: Sessions | undefined
}
/** What a socket begins with. */
export interface Admitted {
  readonly context: ZotonicContext
  /** Undefined: the default handler. */
  readonly handler: WsHandler | undefined
}

/** Answers a request: with 403 if the rule wants a session and there is none. */
export async function admit(
  desk: Desk,
  request: SocketRequest,
  self: SocketSelf,
  params: object,
  transport: InitArgs['transport'],
): Promise<Upgrade> {
  const { rule, controller, sessions } = desk
  const context = new ZotonicContext(request, params, rule)
  const visitor = new Visitor(context, sessions, (fn) => self.run(fn))
  const isUnknown = (): boolean => context.sessionPid === undefined && rule.options.requireSession
  await visitor.resume()
  if (isUnknown()) return reject(403)
  let cookies: readonly string[] = []
  const start: Start = {
    transport,
    begun: undefined,
    newPage: undefined,
    async begin() {
      cookies = await begin(desk, context, visitor)
    },
  }
  setStart(context, start)
  await self.run(() => controller.websocketStart(request, context))
  // Whoever goes on to controllerWebsocket and does not wait for it is waited for here.
  if (start.begun === undefined)
    throw new BadReturnError('websocketStart', 'what controllerWebsocket.websocketStart answers', undefined)
  await start.begun
  // The session may have ended since the request came, or the cookie may be void since a login.
  if (await visitor.isLost()) {
    await visitor.resume() // after a crash it is found again
    cookies = await begin(desk, context, visitor)
    // Or it may have ended once more: a socket without a session would be open, and nobody's page would answer on it.
    if (isUnknown()) return reject(403)
  }
  start.newPage = await visitor.newPage()
  const admitted: Admitted = { context, handler: handlerOf(context) }
  return accept(admitted, {
    ...(cookies.length === 0 ? {} : { headers: { 'Set-Cookie': cookies } }),
    // A ping would be the answer to a poll. Zotonic's polls wait until there is something, or their time is over.
    ...(transport === 'longPoll' ? { options: { pingIntervalMs: 0 } } : {}),
  })
}

/**
 * Zotonic's `ensure_all`: a session unless the rule makes none or wants that of a cookie, and its page. A rule that makes no sessions
 * serves the pages of those that are there, to whoever names one.
 */
async function begin({ rule }: Desk, context: ZotonicContext, visitor: Visitor): Promise<readonly string[]> {
  const makesNone = context.get('noSession') === true
  const isMade = context.sessionPid === undefined && !makesNone && !rule.options.requireSession
  const cookies = isMade ? await visitor.ensure() : []
  if (!makesNone || context.getQ('z_pageid') !== undefined) await visitor.tryPage()
  return cookies
}

function handlerOf(context: ZotonicContext): WsHandler | undefined {
  const handler = context.get('wsHandler')
  if (handler !== undefined) requireWsHandler("context.get('ws_handler')", handler)
  return handler
}
