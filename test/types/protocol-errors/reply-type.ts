// The reply of a call does not fit.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: { say: (_message, state) => ['ok', state], clear: (_nothing, state) => ['ok', state] },
  calls: {
    history: ({ last }, _from, state) => ['reply', last, state],
    count: (_nothing, _from, state) => ['reply', state.lines, state],
  },
})
