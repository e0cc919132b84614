// One message to all sockets of a group: of a contract, and written by hand. Entered by bench/protocol.ts.
import { pg } from '../../src/groups/pg.js'
import { toGroup } from '../../src/handlers/protocol/send-to.js'
import { msgpackCodec } from '../../src/msgpack/codec.js'
import type { Node } from '../../src/runtime/node.js'
import { broadcastToGroup } from '../../src/sockets/broadcast.js'
import { json } from '../../src/sockets/frames.js'
import { jsonCodec } from '../../src/wire/codec.js'
import { contracts, type Said } from './contracts.js'
import { ofContract } from './handlers.js'
import { type Connected, connected, ended, later, opened } from './line.js'
import { ratio, table, whole } from './table.js'

const [ALL, HALVES] = ['all', 'halves']
const contract = contracts.zod
const [everybody, halves] = [toGroup(contract, ALL), toGroup(contract, HALVES)]
const message = (at: number): Said => ({ room: 'lobby', line: `hello, this is number ${at} of what I say`, at, from: 'ann' })

interface Way {
  readonly name: string
  readonly group: string
  /** What NODE_ENV is meanwhile: only then is `production`, what goes out is not checked. */
  readonly env: 'production' | 'development'
  readonly send: (at: number) => void
}
const WAYS: readonly Way[] = [
  {
    name: "`broadcastToGroup(group, json(['said', message]))`",
    group: ALL,
    env: 'production',
    send: (at) => broadcastToGroup(ALL, json(['said', message(at)])),
  },
  { name: '`toGroup(contract, group).said(message)`', group: ALL, env: 'production', send: (at) => everybody.said(message(at)) },
  { name: 'the same, in development', group: ALL, env: 'development', send: (at) => everybody.said(message(at)) },
  { name: 'the same, half of them with msgpack', group: HALVES, env: 'production', send: (at) => halves.said(message(at)) },
]

/** Nanoseconds for each socket of the group. */
async function cost(node: Node, { send, env }: Way, sockets: readonly Connected[], at: number): Promise<number> {
  process.env['NODE_ENV'] = env
  const { line } = sockets.at(-1) as Connected // they take it in the order in which they have joined, or backwards
  const due = line.sent + 1
  await later()
  const start = process.hrtime.bigint()
  node.run(() => send(at))
  while (line.sent < due && line.isOpen) await later()
  return Number(process.hrtime.bigint() - start) / sockets.length
}

const offer = (group: string, i: number): string => (group === HALVES && i % 2 === 1 ? 'bench.1+msgpack' : 'bench.1')

/** `seconds` of messages to groups of `n`, by turns. */
export async function groups(node: Node, n: number, seconds: number): Promise<string> {
  const handler = ofContract('zod', { codecs: [jsonCodec, msgpackCodec] })
  const sockets = new Map<string, readonly Connected[]>()
  for (const group of [ALL, HALVES]) {
    const members = await opened(n, (i) => connected(node, handler, offer(group, i)))
    for (const { pid } of members) node.run(() => pg.join(group, pid))
    sockets.set(group, members)
  }
  const found: number[][] = WAYS.map(() => [])
  const before = process.env['NODE_ENV']
  const [begin, counted] = [performance.now(), performance.now() + seconds * 100]
  for (let round = 0; performance.now() < begin + seconds * 1000; round++) {
    for (let i = 0; i < WAYS.length; i++) {
      const index = (i + round) % WAYS.length
      const way = WAYS[index] as Way
      const ns = await cost(node, way, sockets.get(way.group) as Connected[], round)
      if (performance.now() > counted) found[index]?.push(ns)
    }
  }
  if (before === undefined) delete process.env['NODE_ENV']
  else process.env['NODE_ENV'] = before
  await ended(node, [...sockets.values()].flat())
  const least = Math.min(...found.map(({ length }) => length)) // the last round may have begun before it counted
  const rows = WAYS.map(({ name }, i) => {
    const own = (found[i] as number[]).slice(-least)
    return [name, whole(Math.min(...own)), ratio(own, (found[0] as number[]).slice(-least)).toFixed(2)]
  })
  return table(['to 1 000 sockets', 'ns each', 'ratio'], rows)
}
