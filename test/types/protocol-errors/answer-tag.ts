// A clause answers what clauses do not answer: a misspelt tag, no tuple, a stop without a state, nothing.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    say: (_message, state) => ['okay', state],
    clear: (_nothing, state) => state,
  },
  calls: {
    history: (_request, _from, state) => ['ok', state],
    count: () => ['stop', 'normal'],
  },
})
