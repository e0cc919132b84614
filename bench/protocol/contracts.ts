// One contract of ten messages in each direction and two calls, by three libraries of schemas. Entered by handlers.
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { defineProtocol, type StandardSchema } from '../../src/wire/protocol.js'

export interface Say {
  room: string
  line: string
  at: number
}
export interface Said extends Say {
  from: string
}
export interface Draw {
  colour: string
  width: number
  points: { x: number; y: number }[]
}
export interface History {
  room: string
  before: number
  limit: number
}
interface Schemas {
  readonly say: StandardSchema<Say>
  readonly said: StandardSchema<Said>
  readonly draw: StandardSchema<Draw>
  readonly note: StandardSchema<{ room: string }>
  readonly history: StandardSchema<History>
  readonly lines: StandardSchema<Said[]>
}

const byZod: Schemas = {
  say: z.object({ room: z.string(), line: z.string().max(500), at: z.number() }),
  said: z.object({ room: z.string(), line: z.string(), at: z.number(), from: z.string() }),
  draw: z.object({ colour: z.string(), width: z.number(), points: z.array(z.object({ x: z.number(), y: z.number() })) }),
  note: z.object({ room: z.string() }),
  history: z.object({ room: z.string(), before: z.number(), limit: z.number().max(100) }),
  lines: z.array(z.object({ room: z.string(), line: z.string(), at: z.number(), from: z.string() })),
}
const byValibot: Schemas = {
  say: v.object({ room: v.string(), line: v.pipe(v.string(), v.maxLength(500)), at: v.number() }),
  said: v.object({ room: v.string(), line: v.string(), at: v.number(), from: v.string() }),
  draw: v.object({ colour: v.string(), width: v.number(), points: v.array(v.object({ x: v.number(), y: v.number() })) }),
  note: v.object({ room: v.string() }),
  history: v.object({ room: v.string(), before: v.number(), limit: v.pipe(v.number(), v.maxValue(100)) }),
  lines: v.array(v.object({ room: v.string(), line: v.string(), at: v.number(), from: v.string() })),
}
const said = type({ room: 'string', line: 'string', at: 'number', from: 'string' })
const byArktype: Schemas = {
  say: type({ room: 'string', line: 'string <= 500', at: 'number' }),
  said,
  draw: type({ colour: 'string', width: 'number', points: type({ x: 'number', y: 'number' }).array() }),
  note: type({ room: 'string' }),
  history: type({ room: 'string', before: 'number', limit: 'number <= 100' }),
  lines: said.array(),
}

function contractOf({ say, said, draw, note, history, lines }: Schemas) {
  const notes = { typing: note, read: note, join: note, leave: note, mute: note, pin: note, unpin: note, clear: note }
  return defineProtocol({
    version: 'bench.1',
    toServer: { messages: { say, draw, ...notes }, calls: { history: { request: history, reply: lines } } },
    toClient: { messages: { said, drawn: draw, ...notes } },
  })
}
export const contracts = { zod: contractOf(byZod), valibot: contractOf(byValibot), arktype: contractOf(byArktype) }
export type Library = keyof typeof contracts
