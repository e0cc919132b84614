// The server calls its client: a call that is not in the contract, a wrong request, another reply.
import { protocolHandler } from 'gensock/protocol'
import { chat, type State } from './contract.js'

export const handler = protocolHandler<State>()(chat, {
  init: () => ['ok', { lines: [], mode: 'quiet' }],
  on: {
    async say(_message, state, self) {
      await self.call.areYouHere({ who: 'me' })
      await self.call.areYouThere({ name: 'me' })
      const answer: string = await self.call.areYouThere({ who: 'me' })
      return ['ok', { ...state, lines: [answer] }]
    },
    clear: (_nothing, state) => ['ok', state],
  },
  calls: {
    history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
    count: (_nothing, _from, state) => ['reply', state.lines.length, state],
  },
})
