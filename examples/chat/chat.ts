// A chat: rooms, nicknames, the last 50 lines, who is here. A person is a socket; a room is a server that starts when somebody
// joins and ends when it has been empty for a while. The people of a room are a process group, and each of them watches the
// room: when it crashes, nobody loses the connection, and all come into the one that takes its place. Only the history is lost.
import { defineServer, dynamicSupervisor, genServer, pg } from 'gensock'
import type { AnyPid, ChildSpec, Down, GroupChange, IdleTimeout, PidOf } from 'gensock'
import { broadcastToGroup, close, json } from 'gensock/socket'
import type { Frame, InitArgs, Result, SocketHandler, SocketSelf } from 'gensock/socket'

const ROOMS = 'chat rooms'
const MAX_ROOMS = 1000
const MAX_TEXT = 500
const HISTORY = 50
const EMPTY_MS = 60_000
const AGAIN_MS = 100
const NAME = /^[\p{L}\p{N}_-]{1,20}$/u
const A_NAME = '1 to 20 letters, digits, _ or -'

// ---- A room: a server, registered under the name of its group

/** `at`: Unix time in ms, later than that of the line before; by it a client knows which lines it has. */
type Line = { readonly from: string; readonly text: string; readonly at: number }
type Room = { readonly group: string; readonly nicks: Map<AnyPid, string>; readonly lines: readonly Line[] }

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
      if (taken) return ['reply', `somebody here is called ${nick}: take another nick`, room]
      if (!nicks.has(pid)) broadcastToGroup(group, json({ type: 'came', nick }))
      if (!nicks.has(pid)) pg.join(group, pid)
      nicks.set(pid, nick)
      return ['reply', { nick, who: [...nicks.values()], lines }, room]
    },
    say({ from, text }: { from: string; text: string }, _from, { group, nicks, lines }) {
      const line: Line = { from, text, at: Math.max(Date.now(), (lines.at(-1)?.at ?? 0) + 1) }
      broadcastToGroup(group, json({ type: 'line', ...line }))
      return ['reply', 'ok', { group, nicks, lines: [...lines, line].slice(-HISTORY) }]
    },
  },
  handleInfo(message, room) {
    if (message.type === 'timeout') return ['stop', 'normal', room]
    for (const pid of message.type === 'leave' ? message.pids : []) {
      const nick = room.nicks.get(pid)
      if (room.nicks.delete(pid)) broadcastToGroup(room.group, json({ type: 'left', nick }))
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

/** The room of this group; undefined if it was not there and there are too many to start one. */
async function roomOf(group: string, self: SocketSelf): Promise<PidOf<typeof room> | undefined> {
  const start = () => genServer.startLink(room, group, { name: group }) // answers already_started to all but the first
  if (!self.whereis(group)) await self.run(() => dynamicSupervisor.startChild(ROOMS, { start, restart: 'temporary' }))
  return self.whereis(group)
}

// ---- A person: a socket

/** The seat: where the person is, once a room has taken it in. */
type Person = { readonly group: string; readonly seat?: { readonly room: PidOf<typeof room>; readonly nick: string } }

/** The handler, for a route with `:room` in its path. */
export const chat: SocketHandler<Person, Down, {}, InitArgs<{ room: string }>> = {
  init({ params, claims }, self) {
    const person = { group: `chat/${params.room}` }
    if (!NAME.test(params.room)) return ['push', [problem(`expected as the name of a room ${A_NAME}`), close(1008)], person]
    const { nick } = (claims ?? {}) as { nick?: string }
    return nick === undefined ? ['ok', person] : enter(nick, person, self) // the handler has crashed, the person is still there
  },
  handle(frame, person, self) {
    const { seat } = person
    const order = read(frame)
    if (typeof order === 'string') return ['push', problem(order), person]
    if (order.type === 'join') return seat ? ['push', problem(`you are ${seat.nick}`), person] : enter(order.nick, person, self)
    if (seat === undefined) return ['push', problem(`join first: ${JOIN}`), person]
    // A call: whoever talks faster than the room listens has to wait, by way of the mailbox and TCP.
    return genServer.call(seat.room, { type: 'say', from: seat.nick, text: order.text }, 'infinity').then(
      () => ['ok', person],
      () => ['push', problem('the room has crashed: say it again'), person],
    )
  },
  /** The room has ended: into the one that takes its place, not too fast, for that may crash as well. */
  async info(_down, person, self) {
    await self.sleep(AGAIN_MS)
    return person.seat === undefined ? ['ok', person] : enter(person.seat.nick, person, self)
  },
  /** Who reads too slowly loses the oldest frames, is told how many, and is shown the room as it is now. */
  event(event, person, self) {
    if (event.type !== 'lowWater' || event.dropped === 0 || person.seat === undefined) return ['ok', person]
    self.push(json({ type: 'missed', count: event.dropped }))
    return enter(person.seat.nick, person, self)
  },
  defaults: {
    onCrash: { restart: { intensity: 3, periodMs: 5000 } },
    onSlowPeer: 'dropOldest',
    outboundHighBytes: 256 * 1024, // the longest welcome fits in
    maxFrameBytes: 4096,
    rate: { messages: { perSecond: 5, burst: 20 } },
  },
}

/** Into the room, for the first time or again. The nick becomes the socket's claims, which outlive a crash of the handler. */
async function enter(nick: string, { group, seat }: Person, self: SocketSelf<Down>): Promise<Result<Person>> {
  const room = await roomOf(group, self)
  if (room === undefined) return ['push', problem('there are too many rooms: come back later'), { group }]
  const join = { type: 'join', pid: self.pid, nick } as const
  const answer = await self.run(() => genServer.call(room, join, 'infinity')).catch(() => undefined)
  if (typeof answer === 'string') return ['push', [problem(answer), ['setOptions', { claims: undefined }]], { group }]
  if (seat?.room !== room) self.monitor(room)
  const person = { group, seat: { room, nick } }
  if (answer === undefined) return ['ok', person] // it has ended meanwhile: so says the monitor, and `info` comes here again
  return ['push', [['setOptions', { claims: { nick } }], json({ type: 'welcome', ...answer })], person]
}

// ---- What comes in: whatever it is, an order or an answer that says what was expected

const JOIN = `{ "type": "join", "nick": ${A_NAME} }`
const SAY = `{ "type": "say", "text": 1 to ${MAX_TEXT} characters }`
const problem = (text: string) => json({ type: 'error', text })

function read([kind, data]: Frame): { type: 'join'; nick: string } | { type: 'say'; text: string } | string {
  const { type, nick, text } = (kind === 'text' ? parsed(data) : undefined) ?? {}
  if (type === 'join' && typeof nick === 'string' && NAME.test(nick.normalize())) return { type, nick: nick.normalize() }
  if (type === 'say' && typeof text === 'string' && /\S/.test(text) && text.length <= MAX_TEXT) return { type, text }
  const got = kind === 'text' ? JSON.stringify(data.slice(0, 60)) : 'bytes'
  return `expected ${type === 'join' ? JOIN : type === 'say' ? SAY : `JSON: ${JOIN} or ${SAY}`}, got ${got}`
}

function parsed(text: string): Record<string, unknown> | null | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no JSON: the caller says what would be
  }
}
