// What an idle socket weighs: V8's heap after a full collection, without a network. Entered by bench/protocol.ts.
import type { Node } from '../../src/runtime/node.js'
import type { SocketHandler } from '../../src/sockets/handler.js'
import { echo, ofContract, plain } from './handlers.js'
import { connected, ended, opened } from './line.js'
import { table, whole } from './table.js'

const ROUNDS = 3

function heapUsed(): number {
  if (globalThis.gc === undefined) throw new Error('this program needs node --expose-gc')
  globalThis.gc()
  globalThis.gc()
  return process.memoryUsage().heapUsed
}

/** Bytes of each of `n` sockets that are all open at once. */
async function weight(node: Node, n: number, handler: SocketHandler<number>, offer?: string): Promise<number> {
  const before = heapUsed()
  const sockets = await opened(n, () => connected(node, handler, offer))
  const bytes = (heapUsed() - before) / n
  await ended(node, sockets)
  return bytes
}

/** The least of a few rounds, by turns. */
export async function heap(node: Node, n: number): Promise<string> {
  const contract = ofContract('zod', {})
  const ways = [
    ['echo', echo, undefined],
    ['plain handler', plain, undefined],
    ['contract', contract, 'bench.1'],
  ] as const
  const least = ways.map(() => Infinity)
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, [, handler, offer]] of ways.entries())
      least[i] = Math.min(least[i] as number, await weight(node, n, handler, offer))
  const rows = ways.map(([name], i) => [name, whole(least[i] as number), whole((least[i] as number) - (least[1] as number))])
  return table(['handler', 'bytes of heap', 'beyond plain'], rows)
}
