// The handler of the Cowboy guide for 2.x: callbacks answer lists of commands, and see the request in `init` only.
import { self, startTimer, type Timeout } from 'gensock'
import type { Cowboy2 } from 'gensock/cowboy'

export const guide2: Cowboy2<undefined, Timeout<string>> = {
  init: (req, _opts) => ['cowboy_websocket', req, undefined],

  websocketInit(state) {
    startTimer(1000, self(), 'Hello!')
    return [[], state]
  },

  websocketHandle([kind, msg], state) {
    if (kind === 'text') return [[['text', `That's what she said! ${msg}`]], state]
    return [[], state]
  },

  websocketInfo(info, state) {
    if (info.type !== 'timeout') return [[], state]
    startTimer(1000, self(), "How' you doin'?")
    return [[['text', info.message]], state]
  },
}
