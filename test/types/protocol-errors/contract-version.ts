// A contract without a version.
import { defineProtocol } from 'gensock/protocol'
import { z } from 'zod'

export const noVersion = defineProtocol({
  toServer: { messages: { say: z.string() } },
  toClient: {},
})
