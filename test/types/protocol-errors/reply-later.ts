// A call that is answered later: with a wrong reply, an error that it does not have, wrong data; and an error for a call that has none.
import { reply } from 'gensock'
import { protocolHandler, replyError } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: { say: (_message, state) => ['ok', state], clear: (_nothing, state) => ['ok', state] },
  calls: {
    history(_request, from, state) {
      reply(from, 7)
      replyError(from, 'tooFew', 1)
      replyError(from, 'tooMany', 'a hundred')
      return ['noreply', state]
    },
    count(_nothing, from, state) {
      replyError(from, 'tooMany', 1)
      return ['noreply', state]
    },
  },
})
