// The object, not what defineProtocol makes of it; and an option that there is not.
import { connect } from 'gensock/client'
import { protocolHandler } from 'gensock/protocol'
import { z } from 'zod'
import { chat, type State } from './contract.js'

const shape = { version: 'news.1', toServer: {}, toClient: { messages: { line: z.string() } } } as const
connect('/news', { protocol: shape })
protocolHandler<null>()(shape, { init: () => ['ok', null] })
connect('/chat', { protocol: chat, reconnect: true })
protocolHandler<State>()(
  chat,
  {
    init: () => ['ok', { lines: [], mode: 'quiet' }],
    on: { say: (_message, state) => ['ok', state], clear: (_nothing, state) => ['ok', state] },
    calls: {
      history: ({ last }, _from, state) => ['reply', state.lines.slice(-last), state],
      count: (_nothing, _from, state) => ['reply', state.lines.length, state],
    },
  },
  { onBadFrame: 'close' },
)
