// Bullet's own demo, its clock, line by line: the time every second, and an answer to the heartbeat of the browser. The same
// four functions serve a WebSocket, a stream of events, a poll and a POST; each of these has its own init and terminate.
import { cancelTimer, type Ref, self, sendAfter } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'

const PERIOD_MS = 1000

/** `log` gets what the original prints. */
export function clock(log: (line: string) => void = console.log): BulletHandler<Ref, 'refresh'> {
  return {
    init(_transport, req, _opts, _active) {
      log('bullet init')
      const timer = sendAfter(PERIOD_MS, self(), 'refresh')
      return ['ok', req, timer]
    },

    stream(data, req, timer) {
      if (data === 'ping') {
        log('ping received')
        return ['reply', 'pong', req, timer]
      }
      log(`stream received ${data}`)
      return ['ok', req, timer]
    },

    info(_refresh, req, _timer) {
      const next = sendAfter(PERIOD_MS, self(), 'refresh')
      const dateTime = new Date().toUTCString()
      log(`clock refresh timeout: ${dateTime}`)
      return ['reply', dateTime, req, next]
    },

    terminate(_req, timer) {
      log('bullet terminate')
      cancelTimer(timer)
      return 'ok'
    },
  }
}
