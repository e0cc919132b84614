// What travels: coins and pushes to the turnstile, and what becomes of them back. Both ends import it, and the machine has its types.
import { defineProtocol, type EventToClient, type EventToServer } from 'gensock/protocol'
import * as v from 'valibot'

const coin = v.object({ cents: v.pipe(v.number(), v.integer(), v.minValue(1)) })
const passed = v.object({ passed: v.number() })

export const turnstile = defineProtocol({
  version: 'turnstile.1',
  toServer: { messages: { coin, push: v.object({}) } },
  toClient: { messages: { locked: passed, unlocked: passed, rattled: v.object({}), returned: coin } },
})
/** `{ type: 'coin', cents }` or `{ type: 'push' }`: an event of the machine as it is. */
export type Said = EventToServer<typeof turnstile>
/** What the machine emits, and every client hears. */
export type Told = EventToClient<typeof turnstile>
