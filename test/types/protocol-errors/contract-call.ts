// Calls in a contract: one without a reply, one that is a schema, and one with an error that is no schema.
import { defineProtocol } from 'gensock/protocol'
import { z } from 'zod'

export const noReply = defineProtocol({
  version: 'chat.1',
  toServer: {
    calls: {
      history: { request: z.object({ last: z.number() }) },
    },
  },
  toClient: {},
})
export const bare = defineProtocol({
  version: 'chat.1',
  toServer: { calls: { history: z.object({ last: z.number() }) } },
  toClient: {},
})
export const noError = defineProtocol({
  version: 'chat.1',
  toServer: { calls: { history: { request: z.string(), reply: z.string(), errors: ['tooMany'] } } },
  toClient: {},
})
