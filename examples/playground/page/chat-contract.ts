// The chat's contract with what only the playground has: a crash on request, and the parrot of slow.ts. It is the same version,
// for nothing in it means anything else than in the chat. Entered by person.ts; ../chat-shown.ts answers to it.
import { defineProtocol, type OutputOf } from 'gensock/protocol'
import * as z from 'zod/mini'
import { chatProtocol } from '../../chat/contract.js'

const { version, toServer, toClient } = chatProtocol
/** One of its lines, the `n`th of so many. */
const parrot = z.object({ n: z.number(), of: z.number(), padding: z.string() })
/** What became of the slow listener: so many lines were said, heard and missed. */
const awake = z.object({ said: z.number(), heard: z.number(), missed: z.number() })
export type Parrot = OutputOf<typeof parrot>
export type Awake = OutputOf<typeof awake>

export const shownProtocol = defineProtocol({
  version,
  toServer: { ...toServer, messages: { crash: z.undefined() } },
  toClient: { messages: { ...toClient.messages, parrot, awake } },
})
