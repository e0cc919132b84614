// A returned state: a field that has another type, one that is missing, and none at all.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    say: ({ line }, state) => ['ok', { ...state, lines: line }],
    clear: () => ['ok', { lines: [] }],
  },
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), { ...state, mode: 'silent' }],
    count: (_nothing, _from, state) => ['reply', state.lines.length],
  },
})
