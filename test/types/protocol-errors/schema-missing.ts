// In the place of a schema stands something else.
import { defineProtocol } from 'gensock/protocol'
import { z } from 'zod'

export const noSchema = defineProtocol({
  version: 'chat.1',
  toServer: { messages: { say: { line: z.string() } } },
  toClient: { messages: { said: 'string' } },
})
