// The contract that the mistakes of this folder are made with.
import { defineProtocol } from 'gensock/protocol'
import { z } from 'zod'

export const chat = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: { say: z.object({ line: z.string() }), clear: z.undefined() },
    calls: {
      history: { request: z.object({ last: z.number() }), reply: z.array(z.string()), errors: { tooMany: z.number() } },
      count: { request: z.undefined(), reply: z.number() },
    },
  },
  toClient: {
    messages: { said: z.object({ nick: z.string(), line: z.string() }), full: z.boolean() },
    calls: { areYouThere: { request: z.object({ who: z.string() }), reply: z.boolean(), errors: { busy: z.string() } } },
  },
})
export interface State {
  readonly lines: readonly string[]
  readonly mode: 'quiet' | 'loud'
}
