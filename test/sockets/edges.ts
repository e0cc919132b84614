// What the tests of the edges share: the plainest handler, a promise that a test settles, how a peer's process ended, a text of a peer.
import type { SocketHandler } from 'gensock/socket'
import { watchEnd } from '../../src/runtime/alias.js'
import { TEXT } from '../../src/sockets/frames.js'
import type { VirtualPeer } from './virtual-listener.js'

export type Handler = SocketHandler<any, any, any, any>
export const idle: Handler = { init: () => ['ok', 0], handle: (_frame, n) => ['ok', n] }
/** Nothing happens by the clock. */
export const quiet = { idleTimeoutMs: 0, pingIntervalMs: 0 }

/** A promise, and the functions that settle it. */
export function gate<T = void>(): [Promise<T>, (value: T) => void, (error: Error) => void] {
  let open: (value: T) => void = () => undefined
  let fail: (error: Error) => void = () => undefined
  const promise = new Promise<T>((resolve, reject) => ([open, fail] = [resolve, reject]))
  return [promise, open, fail]
}
/** The exit reasons of its process from now on. */
export function exitsOf({ socket }: VirtualPeer): unknown[] {
  const exits: unknown[] = []
  watchEnd(null, socket.process, (reason) => exits.push(reason))
  return exits
}
export const say = ({ sink }: VirtualPeer, data = 'x'): void => sink.deliver(TEXT, data, data.length)
