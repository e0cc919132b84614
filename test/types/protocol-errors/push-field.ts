// A message to the client: a field of the wrong type, one that is missing, and a message that is not in the contract.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    say({ line }, state, self) {
      self.push.said({ nick: 7, line })
      self.push.said({ line })
      self.push.sayed({ nick: 'me', line })
      self.emit({ type: 'said', nick: 'me' })
      self.emit({ type: 'sayed', line })
      return ['ok', state]
    },
    clear: (_nothing, state) => ['ok', state],
  },
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
