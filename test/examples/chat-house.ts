// The chat without a network, in virtual time: its rooms on a node of their own, and guests who keep what they were told.
import { type AnyPid, supervisor, sys } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import type { Problem } from 'gensock/protocol'
import { chat, rooms } from '../../examples/chat/chat.js'
import { chatProtocol, type Line } from '../../examples/chat/contract.js'
import { type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

const PONG_MS = 20_000
export const OFFER = { headers: { 'sec-websocket-protocol': chatProtocol.version } }

/** A message of the server, or an answer to a call: `ok`, or `error` and `refused` with why. */
export interface Told extends Partial<Line> {
  readonly type: 'welcome' | 'out' | 'line' | 'came' | 'left' | 'missed' | 'ok' | 'error' | 'refused'
  /** Of an answer: of which call. 0: of what is no call. */
  readonly id?: number
  readonly nick?: string
  readonly who?: readonly string[]
  readonly lines?: readonly Line[]
  readonly count?: number
  /** Of `out` and `error`: its name, and what comes with it. */
  readonly why?: string
  readonly data?: unknown
  /** Of `refused`. */
  readonly problem?: Problem
}
export interface Guest {
  readonly socket: FakeTransport
  /** Everything since the last `forget`, pings left out. */
  told(): Told[]
  /** The same without the answers `ok`, each in a line. */
  heard(): string[]
  forget(): void
  /** A frame as it stands on the wire; what is no text or bytes becomes JSON. */
  send(frame: unknown): Promise<void>
  join(nick: string): Promise<void>
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
export function inShort({ type, nick, who, lines, from, text, count, why, data, problem }: Told): string {
  if (type === 'line') return `${from}: ${text}`
  if (type === 'welcome') return `welcome ${nick}, here: ${who?.join(' ')}, lines: ${lines?.map((line) => line.text).join(' ')}`
  if (type === 'missed') return `missed ${count}`
  if (type === 'refused') return `refused ${problem?.reason}`
  return [type, nick ?? why, data as string | undefined].filter((word) => word !== undefined).join(' ')
}
/** What a frame of the server says. */
export function toldBy(frame: string): Told {
  const [head, second, third, fourth] = JSON.parse(frame) as [string | number, any, any, any]
  if (typeof head === 'string') return head === 'out' ? { type: head, why: second } : { type: head as Told['type'], ...second }
  const answer = { type: second as Told['type'], id: Math.abs(head) }
  if (second === 'refused') return { ...answer, problem: third }
  return second === 'error' ? { ...answer, why: third, ...(fourth === undefined ? {} : { data: fourth }) } : answer
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
      const guest = guestOf(node, fakeTransport(node, handler, { params: { room }, request: OFFER }))
      guests.push(guest)
      await node.settle()
      if (nick !== undefined) await guest.join(nick)
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
  let last = 0
  const told = (): Told[] => socket.sent.slice(from).flatMap(([kind, data]) => (kind === 'text' ? [toldBy(data)] : []))
  const send = async (frame: unknown): Promise<void> => {
    socket.send(typeof frame === 'string' || frame instanceof Uint8Array ? frame : JSON.stringify(frame))
    await node.settle()
  }
  return {
    socket,
    told,
    heard: () =>
      told()
        .filter(({ type }) => type !== 'ok')
        .map(inShort),
    forget: () => (from = socket.sent.length),
    send,
    join: (nick) => send([++last, 'join', { nick }]),
    say: (text) => send([++last, 'say', { text }]),
  }
}
