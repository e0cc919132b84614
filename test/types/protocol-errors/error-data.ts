// What comes with an error does not fit, in a clause with several answers.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: { say: (_message, state) => ['ok', state], clear: (_nothing, state) => ['ok', state] },
  calls: {
    history({ last }, _from, state) {
      if (last > 100) return ['error', 'tooMany', 'a hundred', state]
      return ['reply', state.lines.slice(-last), state]
    },
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
