// The chat as the playground serves it: its page can ask the handler to throw, and hears the parrot of slow.ts. The chat itself
// knows nothing of this. Entered by server.ts and slow.ts.
import { jsonCodec } from 'gensock/protocol'
import { broadcastToGroup, text } from 'gensock/socket'
import { chat } from '../chat/chat.js'
import type { Awake, Parrot } from './page/chat-contract.js'

const CRASH = jsonCodec.encode(['crash'])

export const shownChat: typeof chat = {
  ...chat,
  handle(frame, person, self) {
    if (frame[1] === CRASH) throw new Error('crashed on request')
    return chat.handle(frame, person, self)
  },
}

/** Says it to the people of a room, past the room itself, as a message of `shownProtocol`. */
export function tellRoom(room: string, ...message: ['parrot', Parrot] | ['awake', Awake]): void {
  broadcastToGroup(`chat/${room}`, text(jsonCodec.encode(message) as string))
}
