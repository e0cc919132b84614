// A client that is killed: it opens sockets, says one whole message over each, waits for the answer, and stands in the middle
// of the next one, each socket at another byte of it.
import { fragments, frame, handshake, Peer, TEXT, text } from '../rfc/peer.js'

const [port, count] = process.argv.slice(2).map(Number) as [number, number]
const HALVES: readonly Buffer[] = [
  text('ten bytes!'),
  frame({ opcode: TEXT, payload: 'x'.repeat(70_000) }),
  Buffer.concat([...fragments(TEXT, ['never', 'to', 'be']).slice(0, 2), Buffer.of(0x80)]),
]

async function stand(i: number): Promise<void> {
  const peer = new Peer(port)
  peer.send(Buffer.from(handshake({ path: `/echo/victim-${i}` })), text('whole'))
  await peer.take(TEXT)
  const half = HALVES[i % HALVES.length] as Buffer
  const cut = i % HALVES.length === 2 ? half.length : 1 + ((i * 7) % (half.length - 1))
  peer.send(half.subarray(0, cut))
}
await Promise.all(Array.from({ length: count }, (_, i) => stand(i)))
console.log('ready')
// Open sockets keep it alive until it is killed.
