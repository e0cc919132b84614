// How much mail a socket ever had waiting: looked up whenever its handler is called, by whoever wraps the handler.
import { type AnyPid, self } from 'gensock'
import { mailOf } from './table.js'

const peaks = new WeakMap<AnyPid, number>()

/** Called in a callback of this socket, which another process may run for it. */
export function notePeak(socket: AnyPid): void {
  const waiting = Math.max(mailOf(socket), mailOf(self()))
  if (waiting > peakOf(socket)) peaks.set(socket, waiting)
}
export function peakOf(socket: AnyPid): number {
  return peaks.get(socket) ?? 0
}
export function forgetPeak(socket: AnyPid): void {
  peaks.delete(socket)
}
