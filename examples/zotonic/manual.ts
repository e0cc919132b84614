// The handler of Zotonic's manual (controller_websocket), line by line, and the ways that the manual names to get to it.
import { self, sendAfter } from 'gensock'
import { type ControllerModule, controllerWebsocket, type DispatchRule, websocketSendData, type WsHandler } from 'gensock/zotonic'

export const myWsHandler: WsHandler<string> = {
  /** Called when the websocket is initialized. */
  websocketInit(_context) {
    sendAfter(1000, self(), 'Hello!')
  },

  /** Called when a message arrives on the websocket. */
  websocketMessage(msg, from, _context) {
    websocketSendData(from, ['You said: ', msg])
  },

  /** Called when another type of message arrives. */
  websocketInfo(msg, _context) {
    websocketSendData(self(), msg)
    sendAfter(5000, self(), 'Hello again!')
  },

  /** Called when the websocket terminates. */
  websocketTerminate: (_reason, _context) => 'ok',
}

/** A controller of one's own, which says in the context whose callbacks run. */
export const myController: ControllerModule = {
  websocketStart(reqData, context) {
    const context1 = context.set('ws_handler', myWsHandler)
    return controllerWebsocket.websocketStart(reqData, context1)
  },
}

/** The rules of the manual: visitors need a session for the first; the second lets in everybody, and makes no session either. */
export function manualRules(wsHandler: WsHandler<string> = myWsHandler): readonly DispatchRule[] {
  return [
    ['customws', ['socket', 'custom'], controllerWebsocket, { wsHandler }],
    [
      'without-session',
      ['socket', 'without-session'],
      controllerWebsocket,
      { wsHandler, requireSession: false, noSession: true },
    ],
    ['controller', ['socket', 'controller'], myController, { requireSession: false, noSession: true }],
  ]
}
