// People in a room see each other's cursors. 200 of them who move ten times a second say 2 000 messages a second; each told to everybody
// would be 400 000. So the room does not pass messages on, it keeps a table: every 50 ms at most, 100 in a crowd, it tells everybody the
// rows in which something has changed. There are 8, so that is 16 000 messages a second at most, however much is said, and a room that
// has no time has longer ticks. A row is told whole, not as a difference: a reader that is behind can skip to its newest (`coalesce`) and
// misses nothing that is still true. test/examples/cursors-load.ts measures both ways.
import { defineServer, genServer, named, pg } from 'gensock'
import type { AnyPid, ChildSpec, Down, GroupChange, Ref } from 'gensock'
import { msgpackCodec } from 'gensock/msgpack'
import { jsonCodec, protocolHandler, toGroup } from 'gensock/protocol'
import { cursors, type Place } from './contract.js'

const ROOM = 'cursors'
const MAX_PEOPLE = 250
const ROWS = 8
const TICK_MS = 50
/** With more people than this a tick is twice as long. */
const CROWD = 50

// ---- The room: one process, which has the table

type Person = { readonly id: number; readonly name: string; readonly row: number; at?: readonly [x: number, y: number] }
/** How much there was, since the room began. `told`: messages, counted for each who got them; `skipped`: of these, by slow readers. */
export type Numbers = { readonly people: number; readonly moves: number; readonly told: number; readonly skipped: number }
type Table = {
  readonly people: Map<AnyPid, Person>
  readonly changed: Set<number>
  ids: number
  isDue: boolean
  moves: number
  told: number
  skipped: number
}

const everybody = toGroup(cursors, ROOM)

const room = defineServer<Table, GroupChange | { type: 'tick' }>()({
  init() {
    pg.leave(ROOM, pg.getMembers(ROOM)) // those of a room that has crashed come in again
    pg.monitor(ROOM) // a connection that ends leaves its groups, and so does a handler that crashes
    return ['ok', { people: new Map(), changed: new Set(), ids: 0, isDue: false, moves: 0, told: 0, skipped: 0 }]
  },
  handleCall: {
    enter({ pid, name }: { pid: AnyPid; name: string }, _from, table, self) {
      const { people, changed } = table
      if (!people.has(pid)) {
        if (people.size >= MAX_PEOPLE) return ['reply', 'full', table]
        const id = ++table.ids
        everybody.came({ id, name })
        people.set(pid, { id, name, row: id % ROWS })
        pg.join(ROOM, pid)
        // Who comes in knows no row: all are told with the next tick, so that nobody has to be sent the past.
        for (let row = 0; row < ROWS; row++) changed.add(row)
        due(table, self)
      }
      const { id } = people.get(pid) as Person
      return ['reply', { id, people: [...people.values()] }, table]
    },
    numbers: (_request: {}, _from, table) => ['reply', numbersOf(table), table],
  },
  handleCast: {
    move({ pid, x, y }: { pid: AnyPid; x: number; y: number }, table, self) {
      const person = table.people.get(pid)
      if (person === undefined) return ['noreply', table]
      person.at = [x, y]
      table.moves++
      table.changed.add(person.row)
      due(table, self)
      return ['noreply', table]
    },
    skipped({ count }: { count: number }, table) {
      table.skipped += count
      return ['noreply', table]
    },
  },
  handleInfo(message, table, self) {
    if (message.type === 'tick') tell(table)
    for (const pid of message.type === 'leave' ? message.pids : []) {
      const person = table.people.get(pid)
      if (person === undefined) continue
      table.people.delete(pid)
      everybody.gone({ id: person.id })
      table.changed.add(person.row)
      due(table, self)
    }
    return ['noreply', table]
  },
})

/** One timer at most, and none while nobody moves. */
function due(table: Table, self: { sendAfter(ms: number, message: { type: 'tick' }): unknown }): void {
  if (!table.isDue) self.sendAfter(table.people.size > CROWD ? 2 * TICK_MS : TICK_MS, { type: 'tick' })
  table.isDue = true
}
function tell(table: Table): void {
  const { people, changed } = table
  for (const row of changed) {
    const at: Place[] = []
    for (const one of people.values()) if (one.row === row && one.at !== undefined) at.push([one.id, ...one.at])
    everybody.moved({ row, at })
  }
  table.told += changed.size * people.size
  changed.clear()
  table.isDue = false
}
function numbersOf({ people, moves, told, skipped }: Table): Numbers {
  return { people: people.size, moves, told, skipped }
}

const ITS_NAME = named<typeof room>(ROOM)
/** The room, a child of whoever serves the cursors. */
export const cursorRoom: ChildSpec = { id: ROOM, start: () => genServer.startLink(room, undefined, { name: ROOM }) }
/** Asks the room what there was. */
export const cursorNumbers = (): Promise<Numbers> => genServer.call(ITS_NAME, { type: 'numbers' })

// ---- A person: a socket. Its state: the monitor of the room that it is in.

type Seat = Ref | undefined

/** The handler, for a route. */
export const cursorHandler = protocolHandler<Seat, Down>()(
  cursors,
  {
    init(_args, self) {
      self.push.hello() // also after a crash: the connection is still there
      return ['ok', undefined]
    },
    on: {
      move({ x, y }, seat, self) {
        if (seat !== undefined) genServer.cast(ITS_NAME, { type: 'move', pid: self.pid, x, y })
        return ['ok', seat]
      },
    },
    calls: {
      async enter({ name }, _from, seat, self) {
        const entered = seat ?? self.monitor(ITS_NAME)
        const answer = await self.run(() => genServer.call(ITS_NAME, { type: 'enter', pid: self.pid, name }))
        if (answer === 'full') {
          self.demonitor(entered, { flush: true })
          return ['error', 'full', MAX_PEOPLE, undefined]
        }
        self.push.here({ people: answer.people.map(({ id, name }) => ({ id, name })) }) // what others say meanwhile comes after it
        return ['reply', { id: answer.id }, entered]
      },
    },
    /** The room has ended: whoever was in it comes into the next one. */
    info(_down, _seat, self) {
      self.push.hello()
      return ['ok', undefined]
    },
    /** Who was behind has caught up, and has the newest of each row. */
    event(event, seat) {
      if (event.type === 'lowWater') genServer.cast(ITS_NAME, { type: 'skipped', count: event.dropped })
      return ['ok', seat]
    },
    coalesce: { moved: ({ row }) => `${row}` },
    defaults: {
      onCrash: { restart: { intensity: 3, periodMs: 5000 } },
      outboundHighBytes: 64 * 1024, // all rows of a full room are 4 KB
      maxFrameBytes: 256,
      rate: { messages: { perSecond: 40, burst: 80 } },
    },
  },
  { codecs: [jsonCodec, msgpackCodec] },
)
