// A key of a contract is misspelt.
import { defineProtocol } from 'gensock/protocol'
import { z } from 'zod'

export const side = defineProtocol({
  version: 'chat.1',
  toServer: { message: { say: z.string() } },
  toClient: {},
})
export const top = defineProtocol({
  version: 'chat.1',
  toServer: {},
  toclient: { messages: { said: z.string() } },
})
export const delivery = defineProtocol({
  version: 'chat.1',
  toServer: { calls: { pay: { request: z.number(), reply: z.number(), delivery: 'exactlyOnce' } } },
  toClient: {},
})
