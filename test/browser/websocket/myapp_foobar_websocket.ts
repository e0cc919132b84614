// The module of the page on WebSockets of Chicago Boss: what that page says of its callbacks, callback by callback. Found by `discover` for
// test/browser/boss.test.ts; `told` is what no browser sees of it.
import { send } from 'gensock'
import type { ServiceModule, WebSocketPid } from 'gensock/chicago-boss'

export const told: string[] = []

export const myappFoobarWebsocket: ServiceModule<ReadonlySet<WebSocketPid>, string> = (req, sessionId) => ({
  /** Initialize the service. */
  init: () => ['ok', new Set()],

  /** Handle a client joining a service. */
  handleJoin(_serviceUrl, webSocket, state) {
    send(webSocket, ['text', 'some text'])
    return ['noreply', new Set([...state, webSocket])]
  },

  /** Handle a client leaving a service. */
  handleClose(reason, serviceUrl, webSocket, state) {
    told.push(`${sessionId} left ${serviceUrl}: ${reason.join(', ')}`)
    return ['noreply', new Set([...state].filter((other) => other !== webSocket))]
  },

  /** Handle an incoming message from a client. */
  handleIncoming(serviceUrl, webSocket, message, state) {
    send(webSocket, ['text', `${sessionId} of ${req?.remoteAddress} at ${serviceUrl}: ${message}`])
    return ['noreply', state]
  },

  /** "It is your responsibility to keep track of the web sockets" */
  handleBroadcast(message, state) {
    for (const webSocket of state) send(webSocket, ['text', message])
    return ['noreply', state]
  },

  /** Handle an informational message sent to the underlying gen_server process. */
  handleInfo: (_info, state) => ['noreply', state],

  /** Perform any cleanup before shutting down the service. */
  terminate(reason) {
    told.push(`terminate: ${JSON.stringify(reason)}`)
    return 'ok'
  },
})
