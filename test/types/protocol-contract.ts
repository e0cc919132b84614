// A contract in a file of its own, as server and page import it: one schema of each library, and each thing that a contract can have.
import { type } from 'arktype'
import { defineProtocol } from 'gensock/protocol'
import * as v from 'valibot'
import { z } from 'zod'

export const chat = defineProtocol({
  version: 'chat.1',
  toServer: {
    messages: {
      say: z.object({ line: z.string(), loud: z.boolean().default(false) }),
      at: z.object({ when: z.coerce.date(), size: z.string().transform((text) => text.length) }),
      move: v.object({ x: v.number(), y: v.optional(v.number(), 0) }),
      paint: type({ colour: "'red' | 'green'", 'width?': 'number' }),
      upload: z.instanceof(Uint8Array),
      words: z.array(z.string()),
      clear: z.undefined(),
    },
    calls: {
      history: {
        request: z.object({ last: z.number().default(10) }),
        reply: z.array(z.string()),
        errors: { tooMany: z.object({ max: z.number() }), closed: z.undefined(), late: z.string().transform(Number) },
      },
      area: { request: v.object({ side: v.number() }), reply: type({ area: 'number' }) },
      count: { request: z.undefined(), reply: z.number(), delivery: 'atLeastOnce' },
    },
  },
  toClient: {
    messages: {
      said: z.object({ nick: z.string(), line: z.string(), loud: z.boolean().default(false) }),
      moved: v.object({ x: v.number() }),
      full: z.boolean(),
      cleared: z.undefined(),
      drawn: z.union([z.object({ dots: z.number() }), z.object({ lines: z.number() })]),
    },
    calls: {
      areYouThere: {
        request: z.object({ who: z.string() }),
        reply: z.union([z.literal('yes'), z.literal('no')]),
        errors: { busy: z.string(), away: z.undefined() },
      },
      ping: { request: z.undefined(), reply: z.number() },
    },
  },
})
