// A call is answered with an error that it does not have; one with none is answered with an error.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: { say: (_message, state) => ['ok', state], clear: (_nothing, state) => ['ok', state] },
  calls: {
    history: (_request, _from, state) => ['error', 'tooFew', 1, state],
    count: (_nothing, _from, state) => ['error', 'tooMany', 1, state],
  },
})
