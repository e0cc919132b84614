// Raw data, past the contract: as the answer of a clause, and by push itself.
import { text } from 'gensock/socket'
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    say: ({ line }, state) => ['push', text(line), state],
    clear(_nothing, state, self) {
      self.push(text('cleared'))
      return ['ok', state]
    },
  },
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
