// A service as an ECMAScript module, in JavaScript: discovered by services.cjs.
import { send } from 'gensock'

// oxlint-disable-next-line import/no-default-export -- users may
export default () => ({
  init: () => ['ok', []],
  handleJoin(_url, webSocket, sockets) {
    send(webSocket, ['text', 'welcome'])
    return ['noreply', [...sockets, webSocket]]
  },
  handleIncoming(url, webSocket, message, sockets) {
    send(webSocket, ['text', [url, ' heard ', message]])
    return ['noreply', sockets]
  },
  handleBroadcast(news, sockets) {
    for (const socket of sockets) send(socket, ['text', news])
    return ['noreply', sockets]
  },
})
