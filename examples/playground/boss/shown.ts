// What the "Chicago Boss" tab shows of a service: its sockets hear, beside what it tells them, which process runs it, how often that was
// started again, and how many joins were replayed. The service itself knows nothing of this.
import { self, send, spawn } from 'gensock'
import { broadcast, type ServiceModule, type WebSocketPid } from 'gensock/chicago-boss'
import { json } from 'gensock/socket'
import type { Watcher } from '../watcher.js'
import { notePeak } from '../workbench/peaks.js'

const NEWS_TEXT = '/news'

/** The module `name`, seen by its sockets and by the watcher. On the text "/news" another process broadcasts to it. */
export function shown<S>(name: string, module: ServiceModule<S, string>, watcher: Watcher): ServiceModule<S, string> {
  const sockets = new Set<WebSocketPid>()
  /** Those that wait for their join to be replayed. */
  let due = new Set<WebSocketPid>()
  let [service, starts, replayed] = ['', 0, 0]

  function tell(): void {
    const news = json({ type: 'service', service, restarts: starts - 1, replayed, due: due.size })
    for (const webSocket of sockets) send(webSocket, news)
  }
  return (req, sessionId) => {
    const inner = module(req, sessionId)
    return {
      ...inner,
      init() {
        service = String(self())
        starts++
        due = new Set(sockets)
        tell()
        return inner.init()
      },
      handleJoin(url, webSocket, state) {
        if (due.delete(webSocket)) replayed++
        else send(watcher, { type: 'opened', pid: webSocket, handler: name, key: req?.query.get('key') ?? '' })
        sockets.add(webSocket)
        tell()
        return inner.handleJoin?.(url, webSocket, state) ?? ['noreply', state]
      },
      handleIncoming(url, webSocket, message, state) {
        notePeak(webSocket)
        if (message !== NEWS_TEXT) return inner.handleIncoming?.(url, webSocket, message, state) ?? ['noreply', state]
        spawn(({ pid }) => {
          broadcast(name, `It is ${new Date().toTimeString().slice(0, 8)} on the server, says process ${String(pid)}.`)
        })
        return ['noreply', state]
      },
      handleClose(reason, url, webSocket, state) {
        sockets.delete(webSocket)
        due.delete(webSocket)
        send(watcher, { type: 'terminated', pid: webSocket, reason: reason.slice(0, 2).join(', ') })
        return inner.handleClose?.(reason, url, webSocket, state) ?? ['noreply', state]
      },
    }
  }
}
