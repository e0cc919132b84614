// What must hold after every attack, and the polite end of one. Entered by the attacks.
import { expect } from '@jest/globals'
import type { Live } from '../rfc/live.js'
import { CLOSE, close, type Peer, turn } from '../rfc/peer.js'

/** A fresh client is served, no callback crashed, and no socket is left over. */
export async function expectUnharmed(server: Live): Promise<void> {
  expect(await server.serves()).toBe(true)
  expect(server.errors).toEqual([])
  while (server.listener.sockets().length > 0) await turn()
  expect(server.listener.counters().open).toBe(0)
}

/** The server closes for a reason of its own: the next close frame has this code, is answered, `terminate` hears the error. */
export async function expectClosed(server: Live, peer: Peer, code: number, error: string): Promise<void> {
  const payload = await peer.take(CLOSE)
  expect(payload.readUInt16BE(0)).toBe(code)
  peer.send(close(code))
  await peer.ended()
  expect(await server.reason(peer)).toEqual({ type: 'error', error })
}
