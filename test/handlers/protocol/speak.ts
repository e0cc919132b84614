// A client of a contract by hand: frames as they stand on the wire.
import { fakeTransport, type FakeTransport, type FakeTransportOptions, type TestNode } from 'gensock/testing'
import type { SocketHandler } from 'gensock/socket'

/** Connects, and offers the subprotocol. */
export function speak<S, M, C, A>(
  node: TestNode,
  handler: SocketHandler<S, M, C, A>,
  subprotocol = 'chat.1',
  options: FakeTransportOptions = {},
): FakeTransport {
  return fakeTransport(node, handler, { ...options, request: { headers: { 'sec-websocket-protocol': subprotocol } } })
}
/** Sends frames, or texts as they are, and everything comes to rest; answers what has come since the last time. */
export async function say(node: TestNode, socket: FakeTransport, ...frames: readonly unknown[]): Promise<unknown[]> {
  for (const frame of frames) socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame))
  await node.settle()
  return came(socket)
}
/** What has come since the last time. */
export function came(socket: FakeTransport): unknown[] {
  const texts = socket.take().filter(([kind]) => kind === 'text') // no pings
  return texts.map(([, data]) => JSON.parse(String(data)))
}
