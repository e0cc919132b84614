// What one message costs a socket, by turns: every handler takes a hundred of each kind, round after round, another one first in each.
// Entered by bench/protocol.ts.
import { msgpackCodec } from '../../src/msgpack/codec.js'
import type { Node } from '../../src/runtime/node.js'
import type { SocketHandler } from '../../src/sockets/handler.js'
import { type Codec, jsonCodec } from '../../src/wire/codec.js'
import { echo, ofContract, plain } from './handlers.js'
import { connected, type Data, ended, later, type Line, opened } from './line.js'
import { type Costs, markdown } from './table.js'

/** What the peer sends: different each time, and encoded before the clock starts. */
const KINDS: Readonly<Record<string, (i: number) => readonly unknown[]>> = {
  say: (i) => ['say', { room: 'lobby', line: `hello, this is number ${i} of what I say`, at: 1_700_000_000_000 + i }],
  draw: (i) => ['draw', { colour: '#fc0', width: 2, points: Array.from({ length: 20 }, (_, n) => ({ x: i + n, y: n * 3 })) }],
  call: (i) => [i + 1, 'history', { room: 'lobby', before: 1000 + i, limit: 3 }],
}
/** Few at a time: what disturbs one handler then disturbs the others of its round as well. */
const FRAMES = 100

interface Way {
  readonly name: string
  readonly handler: SocketHandler<number>
  readonly offer?: string
  readonly codec: Codec
}
const OFF = { validateIn: false, validateOut: false }
const IN = { validateIn: true, validateOut: false }
const BOTH = { validateIn: true, validateOut: true }
const checked = { offer: 'bench.1', codec: jsonCodec }
const packed = { offer: 'bench.1+msgpack', codec: msgpackCodec }
const WAYS: readonly Way[] = [
  { name: 'echo: the socket alone', handler: echo, codec: jsonCodec },
  { name: 'plain handler: `JSON.parse`, `switch`, `json`', handler: plain, codec: jsonCodec },
  { name: 'contract, nothing checked', handler: ofContract('zod', OFF), ...checked },
  { name: 'contract, zod in', handler: ofContract('zod', IN), ...checked },
  { name: 'contract, zod in and out', handler: ofContract('zod', BOTH), ...checked },
  { name: 'contract, valibot in', handler: ofContract('valibot', IN), ...checked },
  { name: 'contract, valibot in and out', handler: ofContract('valibot', BOTH), ...checked },
  { name: 'contract, arktype in', handler: ofContract('arktype', IN), ...checked },
  { name: 'contract, arktype in and out', handler: ofContract('arktype', BOTH), ...checked },
  { name: 'contract, msgpack, nothing checked', handler: ofContract('zod', { ...OFF, codecs: [msgpackCodec] }), ...packed },
  { name: 'contract, msgpack, zod in', handler: ofContract('zod', { ...IN, codecs: [msgpackCodec] }), ...packed },
]
const YARDSTICK = 1

/** Nanoseconds for one message of the list. */
async function cost(line: Line, frames: readonly Data[]): Promise<number> {
  await later() // a slice of its own, so that hardly anything has to wait for one
  const due = line.sent + frames.length
  const start = process.hrtime.bigint()
  for (let i = 0; i < frames.length; i++) line.deliver(frames[i] as Data)
  while (line.sent < due && line.isOpen) await later()
  const took = Number(process.hrtime.bigint() - start)
  if (!line.isOpen) throw new Error('the socket has closed')
  return took / frames.length
}

/** Is the answer what it should be? Else all of this would be about something else. */
async function answers(way: Way, line: Line, kind: string, data: Data): Promise<void> {
  line.deliver(data)
  await later()
  const [head, second] = way.codec.decode(line.last) as [unknown, unknown]
  const wanted = way.handler === echo ? [head, second] : { say: ['said'], draw: ['drawn'], call: [-1, 'ok'] }[kind]
  if (wanted?.some((part, i) => part !== [head, second][i]) !== false) throw new Error(`${way.name} answers ${String(line.last)}`)
}

/** `seconds` of it; the first tenth of each kind is for the compilers. */
export async function speed(node: Node, seconds: number): Promise<string> {
  const sockets = await opened(WAYS.length, (i) => connected(node, (WAYS[i] as Way).handler, WAYS[i]?.offer))
  const costs: Costs = new Map()
  for (const [kind, make] of Object.entries(KINDS)) {
    const lanes: { readonly line: Line; readonly frames: readonly Data[]; readonly found: number[] }[] = []
    for (const [i, { line }] of sockets.entries()) {
      const way = WAYS[i] as Way
      const frames = Array.from({ length: FRAMES }, (_, n) => way.codec.encode(make(n)))
      await answers(way, line, kind, frames[0] as Data)
      lanes.push({ line, frames, found: [] })
    }
    const share = (seconds * 1000) / Object.keys(KINDS).length
    const [begin, counted] = [performance.now(), performance.now() + share / 10]
    for (let round = 0; performance.now() < begin + share; round++) {
      const isCounted = performance.now() > counted
      for (let i = 0; i < lanes.length; i++) {
        const { line, frames, found } = lanes[(i + round) % lanes.length] as (typeof lanes)[number]
        const ns = await cost(line, frames)
        if (isCounted) found.push(ns)
      }
    }
    costs.set(
      kind,
      lanes.map(({ found }) => found),
    )
  }
  await ended(node, sockets)
  return markdown(
    WAYS.map(({ name }) => name),
    YARDSTICK,
    costs,
  )
}
