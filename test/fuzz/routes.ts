// The routes of the server under fuzz as a peer knows them: paths, limits, and what is answered to a message. server.ts serves
// them, the generators choose among them, the oracle judges by them.

export type Door = 'bare' | 'plain'
export type Opcode = 1 | 2
export interface Message {
  readonly opcode: Opcode
  readonly payload: Buffer
}
/** What becomes of a message: it comes back, it is ignored, its callback crashes. */
export type Fate = 'echo' | 'nothing' | 'crash'

export interface RouteFacts {
  readonly path: string
  /** `bare`: a listener for WebSockets only. `plain`: one that serves plain requests as well. */
  readonly door: Door
  readonly maxBytes: number
  readonly fate: (message: Message) => Fate
  /** Crashes close with 1011; otherwise another life begins. */
  readonly closesOnCrash?: true
  /** Answers come by way of another process, so that those to the last messages before a close may be lost. */
  readonly isAsync?: true
  readonly compress?: true
  /** 'any': the first that is offered. */
  readonly subprotocols?: readonly string[] | 'any'
  /** Messages that pass at once; one more flows in each second. */
  readonly burst?: number
  /** Closes after so many ms of silence. */
  readonly idleMs?: number
  readonly fallback?: true
}

export const CRASH = 'crash'
export const SMALL = 20_000
export const IDLE_MS = 1000
export const BURST = 20
export const HANDSHAKE_MS = 1000
export const SUBPROTOCOLS = ['v2', 'v1'] as const
/** Of the fallback transports: how long a poll waits, and a connection whose peer leaves. */
export const POLL_MS = 40
export const LEAVE_MS = 300
/** A peer that has been silent for longer, on a busy machine, may have come too late for the server's patience with a close. */
export const STALL_MS = 1500

const echo = (): Fate => 'echo'
const textOnly = ({ opcode }: Message): Fate => (opcode === 1 ? 'echo' : 'nothing')
const fragile = ({ payload }: Message): Fate => (payload.subarray(0, 5).toString('latin1') === CRASH ? 'crash' : 'echo')

export const ROUTES: readonly RouteFacts[] = [
  { path: '/echo', door: 'bare', maxBytes: 70_000, fate: echo },
  { path: '/deflate', door: 'bare', maxBytes: SMALL, fate: echo, compress: true },
  { path: '/rate', door: 'bare', maxBytes: SMALL, fate: echo, burst: BURST },
  { path: '/idle', door: 'bare', maxBytes: SMALL, fate: echo, idleMs: IDLE_MS },
  { path: '/proto', door: 'bare', maxBytes: SMALL, fate: echo, subprotocols: SUBPROTOCOLS },
  { path: '/fragile', door: 'bare', maxBytes: SMALL, fate: fragile, closesOnCrash: true },
  { path: '/restart', door: 'bare', maxBytes: SMALL, fate: fragile },
  { path: '/cowboy', door: 'bare', maxBytes: SMALL, fate: echo },
  { path: '/fallback', door: 'plain', maxBytes: SMALL, fate: echo, fallback: true },
  { path: '/leave', door: 'plain', maxBytes: SMALL, fate: echo, fallback: true },
  { path: '/zotonic', door: 'plain', maxBytes: SMALL, fate: echo, isAsync: true },
  { path: '/bullet', door: 'plain', maxBytes: SMALL, fate: textOnly },
  { path: '/websocket/echo', door: 'plain', maxBytes: SMALL, fate: textOnly, isAsync: true, subprotocols: 'any' },
]

export function routeAt(path: string): RouteFacts {
  const found = ROUTES.find((route) => route.path === path)
  if (found === undefined) throw new Error(`no route ${path}`)
  return found
}
