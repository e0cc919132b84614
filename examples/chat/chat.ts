// A chat: rooms, nicknames, the last 50 lines, who is here. A person is a socket; a room is a server that starts when somebody
// joins and ends when it has been empty for a while. The people of a room are a process group, and each of them watches the
// room: when it crashes, nobody loses the connection, and all come into the one that takes its place. Only the history is lost.
// What travels is in contract.ts, and nothing else gets here.
import { defineServer, dynamicSupervisor, genServer, pg } from 'gensock'
import type { AnyPid, ChildSpec, Down, GroupChange, IdleTimeout, PidOf } from 'gensock'
import { protocolHandler, type ProtocolSelf, toGroup } from 'gensock/protocol'
import { close, type InitArgs } from 'gensock/socket'
import { A_NAME, chatProtocol, type Line, NAME } from './contract.js'

const ROOMS = 'chat rooms'
const MAX_ROOMS = 1000
const HISTORY = 50
const EMPTY_MS = 60_000
const AGAIN_MS = 100

// ---- A room: a server, registered under the name of its group

type Room = { readonly group: string; readonly nicks: Map<AnyPid, string>; readonly lines: Line[] }

const room = defineServer<Room, GroupChange | IdleTimeout>()({
  init(group: string) {
    pg.leave(group, pg.getMembers(group)) // those of a room that has crashed come in again
    pg.monitor(group) // a connection that ends leaves its groups, and so does a handler that crashes
    return ['ok', { group, nicks: new Map(), lines: [] }, EMPTY_MS]
  },
  handleCall: {
    /** Takes somebody in, or shows somebody who is in what there is. */
    join({ pid, nick }: { pid: AnyPid; nick: string }, _from, room) {
      const { group, nicks, lines } = room
      const taken = [...nicks].some(([other, its]) => other !== pid && its.toLowerCase() === nick.toLowerCase())
      if (taken) return ['reply', 'nickTaken', room]
      if (!nicks.has(pid)) toGroup(chatProtocol, group).came({ nick })
      if (!nicks.has(pid)) pg.join(group, pid)
      nicks.set(pid, nick)
      return ['reply', { nick, who: [...nicks.values()], lines }, room]
    },
    say({ from, text }: { from: string; text: string }, _from, { group, nicks, lines }) {
      const line: Line = { from, text, at: Math.max(Date.now(), (lines.at(-1)?.at ?? 0) + 1) }
      toGroup(chatProtocol, group).line(line)
      return ['reply', 'ok', { group, nicks, lines: [...lines, line].slice(-HISTORY) }]
    },
  },
  handleInfo(message, room) {
    if (message.type === 'timeout') return ['stop', 'normal', room]
    for (const pid of message.type === 'leave' ? message.pids : []) {
      const nick = room.nicks.get(pid) ?? ''
      if (room.nicks.delete(pid)) toGroup(chatProtocol, room.group).left({ nick })
    }
    return ['noreply', room, room.nicks.size === 0 ? EMPTY_MS : 'infinity']
  },
})

/** The supervisor of the rooms: a child of whoever serves the chat. A room that crashes is started anew by the people in it. */
export const rooms: ChildSpec = {
  id: ROOMS,
  type: 'supervisor',
  start: () => dynamicSupervisor.startLink({ name: ROOMS, maxChildren: MAX_ROOMS }),
}

// ---- A person: a socket

/** The seat: where the person is, once a room has taken it in. */
type Person = { readonly group: string; readonly seat?: { readonly room: PidOf<typeof room>; readonly nick: string } }
type Self = ProtocolSelf<typeof chatProtocol, Down>

/** The handler, for a route with `:room` in its path. */
export const chat = protocolHandler<Person, Down>()(chatProtocol, {
  init({ params, claims }: InitArgs<{ room: string }>, self) {
    const person = { group: `chat/${params.room}` }
    if (!NAME.test(params.room)) return ['push', close(1008, `a room is named with ${A_NAME}`), person]
    const { nick } = (claims ?? {}) as { nick?: string }
    return nick === undefined ? ['ok', person] : back(nick, person, self) // the handler has crashed, the person is still there
  },
  calls: {
    async join({ nick }, _from, person, self) {
      if (person.seat !== undefined) return ['error', 'alreadyIn', person.seat.nick, person]
      const entered = await enter(nick, person, self)
      if (entered === 'nickTaken') return ['error', entered, nick, person]
      return entered === 'tooManyRooms' ? ['error', entered, undefined, person] : ['reply', undefined, entered]
    },
    say({ text }, _from, person) {
      if (person.seat === undefined) return ['error', 'notIn', undefined, person]
      const { room, nick } = person.seat
      // Answered when the room has it: whoever talks faster than the room listens has to wait, by way of the mailbox and TCP.
      return genServer.call(room, { type: 'say', from: nick, text }, 'infinity').then(
        () => ['reply', undefined, person],
        () => ['error', 'roomCrashed', undefined, person],
      )
    },
  },
  /** The room has ended: into the one that takes its place, not too fast, for that may crash as well. */
  async info(_down, person, self) {
    await self.sleep(AGAIN_MS)
    return person.seat === undefined ? ['ok', person] : back(person.seat.nick, person, self)
  },
  /** Who reads too slowly loses the oldest frames, is told how many, and is shown the room as it is now. */
  event(event, person, self) {
    if (event.type !== 'lowWater' || event.dropped === 0 || person.seat === undefined) return ['ok', person]
    self.push.missed({ count: event.dropped })
    return back(person.seat.nick, person, self)
  },
  defaults: {
    onCrash: { restart: { intensity: 3, periodMs: 5000 } },
    onSlowPeer: 'dropOldest',
    outboundHighBytes: 256 * 1024, // the longest welcome fits in
    maxFrameBytes: 4096,
    rate: { messages: { perSecond: 5, burst: 20 } },
  },
})

/** Into the room again, without being asked. */
async function back(nick: string, person: Person, self: Self): Promise<['ok', Person]> {
  const entered = await enter(nick, person, self)
  if (typeof entered !== 'string') return ['ok', entered]
  self.push.out(entered)
  claim(self, undefined)
  return ['ok', { group: person.group }]
}

/** Into the room, for the first time or again; the room is started if it is not there. */
async function enter(nick: string, { group, seat }: Person, self: Self): Promise<Person | 'nickTaken' | 'tooManyRooms'> {
  const start = () => genServer.startLink(room, group, { name: group }) // answers already_started to all but the first
  if (!self.whereis(group)) await self.run(() => dynamicSupervisor.startChild(ROOMS, { start, restart: 'temporary' }))
  const found: PidOf<typeof room> | undefined = self.whereis(group)
  if (found === undefined) return 'tooManyRooms'
  const join = { type: 'join', pid: self.pid, nick } as const
  const answer = await self.run(() => genServer.call(found, join, 'infinity')).catch(() => undefined)
  if (answer === 'nickTaken') return answer
  if (seat?.room !== found) self.monitor(found)
  // Undefined: it has ended meanwhile. So says the monitor, and `info` comes here again.
  if (answer !== undefined) self.push.welcome(answer)
  claim(self, { nick })
  return { group, seat: { room: found, nick } }
}
/** The nick becomes the socket's claims, which outlive a crash of the handler. */
function claim(self: Self, claims: { readonly nick: string } | undefined): void {
  self.control(['setOptions', { claims }])
}
