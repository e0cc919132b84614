// The chat without a network, in virtual time: its rooms on a node of their own, and guests who keep what they were told.
import { type AnyPid, supervisor, sys } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { chat, rooms } from '../../examples/chat/chat.js'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

const PONG_MS = 20_000

export interface Line {
  readonly from: string
  readonly text: string
  readonly at: number
}
export interface Told extends Partial<Line> {
  readonly type: 'welcome' | 'line' | 'came' | 'left' | 'missed' | 'error'
  readonly nick?: string
  readonly who?: readonly string[]
  readonly lines?: readonly Line[]
  readonly count?: number
}
export interface Guest {
  readonly socket: FakeTransport
  /** Everything since the last `forget`, pings left out. */
  told(): Told[]
  /** The same, each in a line. */
  heard(): string[]
  forget(): void
  send(order: unknown): Promise<void>
  say(text: string): Promise<void>
}
export interface ChatHouse {
  readonly node: TestNode
  /** Connects; with a nick it joins at once. */
  open(nick?: string, room?: string): Promise<Guest>
  /** The process of a room, if it is there. */
  room(name?: string): AnyPid | undefined
  /** Holds the room still: what is asked of it waits. */
  suspend(): Promise<void>
  resume(): Promise<void>
  /** Lets time pass; the guests answer the pings. */
  wait(ms: number): Promise<void>
  /** All guests go, then the rooms. */
  stop(): Promise<void>
}

/** What a guest was told, in a line. */
export function inShort({ type, nick, who, lines, from, text, count }: Told): string {
  if (type === 'line') return `${from}: ${text}`
  if (type === 'welcome') return `welcome ${nick}, here: ${who?.join(' ')}, lines: ${lines?.map((line) => line.text).join(' ')}`
  return type === 'missed' ? `missed ${count}` : `${type} ${nick ?? text}`
}

/** A handler that throws on the text "crash me" may stand for `chat`. */
export async function chatHouse(handler: typeof chat = chat): Promise<ChatHouse> {
  const node = testNode()
  const guests: Guest[] = []
  let waited = 0
  const started = node.run(() => supervisor.start({ children: [rooms] }))
  await node.settle()
  await started
  const room = (name = 'lobby'): AnyPid | undefined => node.whereis(`chat/${name}`)
  const tell = async (what: 'suspend' | 'resume'): Promise<void> => {
    const done = node.run(() => sys[what](room() as AnyPid))
    await node.settle()
    await done
  }
  return {
    node,
    room,
    suspend: () => tell('suspend'),
    resume: () => tell('resume'),
    async open(nick, room = 'lobby') {
      const guest = guestOf(node, fakeTransport(node, handler, { params: { room } }))
      guests.push(guest)
      await node.settle()
      if (nick !== undefined) await guest.send({ type: 'join', nick })
      return guest
    },
    async wait(ms) {
      for (let left = ms; left > 0; ) {
        const step = Math.min(left, PONG_MS - waited)
        await node.advance(step)
        left -= step
        waited = (waited + step) % PONG_MS
        if (waited === 0) for (const { socket } of guests) socket.send(['pong'])
      }
    },
    async stop() {
      for (const { socket } of guests) socket.cut()
      await node.stop()
    },
  }
}

function guestOf(node: TestNode, socket: FakeTransport): Guest {
  let from = 0
  const told = (): Told[] =>
    socket.sent.slice(from).flatMap(([kind, data]) => (kind === 'text' ? [JSON.parse(data) as Told] : []))
  const send = async (order: unknown): Promise<void> => {
    socket.send(typeof order === 'string' || order instanceof Uint8Array ? order : JSON.stringify(order))
    await node.settle()
  }
  return {
    socket,
    told,
    heard: () => told().map(inShort),
    forget: () => (from = socket.sent.length),
    send,
    say: (text) => send({ type: 'say', text }),
  }
}
