// One function for all messages: a type that is not in the contract, a field that the event does not have, a wrong answer.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on(event, state) {
    switch (event.type) {
      case 'say':
        return ['ok', { ...state, lines: [event.text] }]
      case 'sayed':
        return ['ok', state]
      default:
        return ['stop', 'normal']
    }
  },
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
