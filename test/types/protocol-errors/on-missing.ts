// The handler of a contract with messages takes none.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
