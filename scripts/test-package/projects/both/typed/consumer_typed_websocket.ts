// A service with types that can be stripped: discovered by services.cjs where Node strips them, or a loader is there.
import { send } from 'gensock'
import type { ServiceModule, WebSocketPid } from 'gensock/chicago-boss'

interface State {
  readonly sockets: ReadonlySet<WebSocketPid>
}
export const typed: ServiceModule<State, string> = (_req, sessionId) => ({
  init: () => ['ok', { sockets: new Set() }],
  handleJoin: (_url, webSocket, { sockets }) => ['noreply', { sockets: new Set([...sockets, webSocket]) }],
  handleIncoming(_url, webSocket, message: string, state) {
    send(webSocket, ['text', `${sessionId ?? 'nobody'}: ${message satisfies string}`])
    return ['noreply', state]
  },
})
