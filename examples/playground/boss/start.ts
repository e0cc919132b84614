// The server side of the "Chicago Boss" tab: the room of examples/boss-chat at /websocket/room.
import { type Boss, services } from 'gensock/chicago-boss'
import { room } from '../../boss-chat/websocket/chat_room_websocket.js'
import type { Watcher } from '../watcher.js'
import { shown } from './shown.js'

const NAME = 'chat_room_websocket'
/** Everybody may crash the service: as often as all of them can press the button. */
const LIMITS = { intensity: 1000, periodMs: 5000 }

export function startBoss(watcher: Watcher): Promise<Boss> {
  const route = { maxFrameBytes: 4096, rate: { messages: { perSecond: 5, burst: 20 } } }
  return services({ [NAME]: shown(NAME, room, watcher) }, { ...LIMITS, route })
}
