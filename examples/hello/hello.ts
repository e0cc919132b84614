// The handler of the Cowboy guide, line by line: says something every second, and echoes.
import { self, startTimer, type Timeout } from 'gensock'
import type { Cowboy08 } from 'gensock/cowboy'

export const guide: Cowboy08<undefined, Timeout<string>> = {
  init: () => ['upgrade', 'protocol', 'cowboy_websocket'],

  websocketInit(_transportName, req, _opts) {
    startTimer(1000, self(), 'Hello!')
    return ['ok', req, undefined]
  },

  websocketHandle([kind, msg], req, state) {
    if (kind === 'text') return ['reply', ['text', `That's what she said! ${msg}`], req, state]
    return ['ok', req, state]
  },

  websocketInfo(info, req, state) {
    if (info.type !== 'timeout') return ['ok', req, state]
    startTimer(1000, self(), "How' you doin'?")
    return ['reply', ['text', info.message], req, state]
  },

  websocketTerminate: (_reason, _req, _state) => 'ok',
}
