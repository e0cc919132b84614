// What travels between the chat and a page. Both import this file: the server checks by it what comes, the page what it hears,
// and the compiler knows both. Of zod's two forms it is the small one, for a page needs little of it and no `eval`; it says what
// it expected only where that stands here.
import { defineProtocol, type OutputOf } from 'gensock/protocol'
import * as z from 'zod/mini'

/** Of people and of rooms. */
export const NAME = /^[\p{L}\p{N}_-]{1,20}$/u
export const A_NAME = '1 to 20 letters, digits, _ or -'
const A_TEXT = '1 to 500 characters, not all of them blank'

/** However somebody has typed an é, it is the same one here. */
const nick = z.string(A_NAME).check(z.normalize(), z.regex(NAME, A_NAME))
const text = z.string(A_TEXT).check(z.maxLength(500, A_TEXT), z.regex(/\S/, A_TEXT))
const nothing = z.undefined()

/** `at`: Unix time in ms, later than that of the line before; by it a client knows which lines it has. */
const line = z.object({ from: z.string(), text: z.string(), at: z.number() })
export type Line = Readonly<OutputOf<typeof line>>

export const chatProtocol = defineProtocol({
  version: 'chat.1',
  toServer: {
    calls: {
      /** Into the room, which `welcome` shows. */
      join: {
        request: z.object({ nick }, '{ nick }'),
        reply: nothing,
        /** `nickTaken`, `alreadyIn`: which nick. */
        errors: { nickTaken: z.string(), alreadyIn: z.string(), tooManyRooms: nothing },
      },
      /**
       * A message can be lost with its connection, and a page that says it again may say it twice. So it is a call, delivered at
       * least once: the client says it over the next connection by itself, with the same key, by which the server knows what it
       * has had. A reply means that the room has the line.
       */
      say: {
        request: z.object({ text }, '{ text }'),
        reply: nothing,
        errors: { notIn: nothing, roomCrashed: nothing },
        delivery: 'atLeastOnce',
      },
    },
  },
  toClient: {
    messages: {
      /** You are in: the first time, or again because the room or your handler has crashed or you have missed something. */
      welcome: z.object({ nick: z.string(), who: z.array(z.string()), lines: z.array(line) }),
      /** The room has crashed, and the next one did not let you in. */
      out: z.enum(['nickTaken', 'tooManyRooms']),
      line,
      came: z.object({ nick: z.string() }),
      left: z.object({ nick: z.string() }),
      /** You read too slowly: so many messages were dropped. */
      missed: z.object({ count: z.number() }),
    },
  },
})
