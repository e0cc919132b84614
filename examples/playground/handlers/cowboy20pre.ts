// The handler of the Cowboy guide as the manual of 2.0.0-pre.1 has it: `init/2` upgrades, there is no `websocket_init`.
import { self, startTimer, type Timeout } from 'gensock'
import type { Cowboy20Pre } from 'gensock/cowboy'

export const guide20pre: Cowboy20Pre<undefined, Timeout<string>> = {
  init(req, _opts) {
    startTimer(1000, self(), 'Hello!')
    return ['cowboy_websocket', req, undefined]
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
}
