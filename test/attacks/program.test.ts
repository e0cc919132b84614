// 2 000 inputs of seeded garbage against a server in a program of its own: it does not crash, serves on, and gives
// everything back.
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface, type Interface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { bundled } from '../bundle.js'
import { BINARY, close, fragments, frame, handshake, Peer, ping, RSV1, TEXT, text } from '../rfc/peer.js'
import { Codec } from '../rfc/zlib-codec.js'

const INPUTS = 2000
const AT_ONCE = 50
const DEFLATE = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_no_context_takeover' }

let target: ChildProcessByStdio<Writable, Readable, Readable>
let lines: Interface
let port: number
let stderr = ''
const printed: string[] = []
let wake: () => void = () => undefined
/** The next line of the program that begins so; rejects when it has ended. */
async function line(start: string): Promise<string> {
  for (;;) {
    const at = printed.findIndex((one) => one.startsWith(start))
    if (at >= 0) return (printed.splice(at, 1)[0] as string).slice(start.length)
    if (target.exitCode !== null || target.signalCode !== null) throw new Error(`the program has ended: ${stderr}`)
    await new Promise<void>((resolve) => (wake = resolve))
  }
}
const program = bundled('test/attacks/target.ts')
beforeAll(async () => {
  target = spawn(process.execPath, ['--expose-gc', program()], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 60_000,
    killSignal: 'SIGKILL',
  })
  target.stderr.on('data', (chunk) => (stderr += String(chunk)))
  target.on('exit', () => wake())
  lines = createInterface({ input: target.stdout })
  lines.on('line', (one) => {
    printed.push(one)
    wake()
  })
  port = Number(await line('port '))
}, 30_000)
afterAll(() => {
  target.kill('SIGKILL')
})

/** What is left when all peers have gone. */
async function report(): Promise<{ heap: number; connections: number; counters: { open: number; crashed: number } }> {
  target.stdin.write('report\n')
  return JSON.parse(await line('report ')) as { heap: number; connections: number; counters: { open: number; crashed: number } }
}
/** A fresh client is served on each route. */
async function serves(): Promise<void> {
  for (const path of ['/ws', '/deflate', '/rate']) {
    const peer = new Peer(port)
    peer.send(Buffer.from(handshake({ path })), text('are you there?'))
    expect(await peer.status()).toBe(101)
    expect(String(await peer.take(TEXT))).toBe('are you there?')
    peer.send(close(1000))
    expect((await peer.ending()).code).toBe(1000)
  }
}

// ---- The garbage

let seed = 20_260_117
function below(limit: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * limit)
}
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => below(256)))
/** Some bytes are changed, doubled or left out. */
function mutated(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  for (let i = below(4) + 1; i > 0; i--) changed[below(changed.length)] = below(256)
  const [from, to] = [below(changed.length), below(changed.length)]
  return below(3) === 0 ? Buffer.concat([changed.subarray(0, from), changed.subarray(to)]) : changed
}
/** Any header that can be written, with a payload of some length. */
const anyFrame = (): Buffer =>
  frame({
    fin: below(2) === 0,
    rsv: below(4) === 0 ? below(8) : 0,
    opcode: below(16),
    mask: below(8) === 0 ? false : noise(4),
    ...(below(4) === 0 ? { length: BigInt(below(2 ** 20)) << BigInt(below(44)), form: 64 as const } : {}),
    payload: noise(below(200)),
  })
const someFrames = (): Buffer =>
  Buffer.concat([
    text('fine'),
    ping('p'),
    ...fragments(TEXT, ['a', 'b']),
    frame({ opcode: BINARY, payload: noise(below(300)) }),
    close(1000, 'bye'),
  ])
const ws = (): Buffer => Buffer.from(handshake({ path: below(4) === 0 ? '/rate' : '/ws' }))
const deflate = (): Buffer => Buffer.from(handshake({ path: '/deflate', headers: DEFLATE }))
const compressed = (): Buffer =>
  new Codec({ clientNoContext: true }).compress(below(4) === 0 ? 'z'.repeat(below(200_000)) : noise(below(300)))

const BIG = text('x'.repeat(100_000))
const BOMB = frame({ rsv: RSV1, opcode: BINARY, payload: new Codec().compress(Buffer.alloc(3_000_000)) })
const KINDS: readonly (() => Buffer)[] = [
  () => noise(below(300)),
  () => mutated(ws()),
  () => mutated(Buffer.concat([deflate(), someFrames()])),
  () => Buffer.concat([ws(), noise(below(500))]),
  () => Buffer.concat([ws(), mutated(someFrames())]),
  () => Buffer.concat([ws(), ...Array.from({ length: below(20) }, anyFrame)]),
  () => Buffer.concat([deflate(), frame({ rsv: RSV1, opcode: TEXT, payload: noise(below(300)) }), someFrames()]),
  () => Buffer.concat([deflate(), frame({ rsv: RSV1, opcode: BINARY, payload: mutated(compressed()) }), anyFrame()]),
  () =>
    Buffer.concat([deflate(), ...Array.from({ length: 3 }, () => frame({ rsv: RSV1, opcode: BINARY, payload: compressed() }))]),
  () => Buffer.concat([ws(), ...Array.from({ length: 300 }, () => text('flood'))]),
  () => Buffer.concat([ws(), ...Array.from({ length: 1000 }, () => ping('flood'))]),
  () => Buffer.concat([ws(), BIG, BIG]),
  () => Buffer.concat([deflate(), BOMB]),
]

/** Bytes in three pieces, and how the peer ends: by a reset, by half a close, or after the first answer. */
interface Input {
  readonly pieces: readonly Buffer[]
  readonly end: number
}
function input(kind: () => Buffer): Input {
  const bytes = kind()
  const [first, second] = [below(bytes.length + 1), below(bytes.length + 1)]
  const [from, to] = [Math.min(first, second), Math.max(first, second)]
  return { pieces: [bytes.subarray(0, from), bytes.subarray(from, to), bytes.subarray(to)], end: below(3) }
}
/** Sends it and waits until the connection is gone. */
function throwAt({ pieces, end }: Input): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.resume()
    const write = (i: number): void => {
      const piece = pieces[i]
      if (piece !== undefined) socket.write(piece, () => setImmediate(write, i + 1))
      else if (end === 0) socket.resetAndDestroy()
      else if (end === 1) socket.end()
      else socket.once('data', () => socket.end()).setTimeout(50, () => socket.destroy())
    }
    socket.once('connect', () => write(0))
  })
}
/** So many inputs, the same ones in each run, some of them at once. */
async function throwAll(count: number): Promise<void> {
  const inputs = Array.from({ length: count }, (_, i) => input(KINDS[i % KINDS.length] as () => Buffer))
  const worker = async (): Promise<void> => {
    for (let next = inputs.pop(); next !== undefined; next = inputs.pop()) await throwAt(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

test(`${INPUTS} inputs of garbage, in the handshake and after it: the program serves on and gives memory and ` +
  `connections back`, async () => {
  await throwAll(200) // what is compiled and kept once
  await serves()
  const before = await report()
  for (let round = 0; round < 4; round++) {
    await throwAll(INPUTS / 4)
    await serves()
  }
  const after = await report()
  expect(after.counters).toMatchObject({ open: 0, crashed: 0 })
  expect(after.connections).toBeLessThanOrEqual(before.connections)
  expect(after.heap - before.heap).toBeLessThan(6_000_000)
}, 40_000)

test('it has printed no warning and no error, and ends by itself when it is told to', async () => {
  const ended = new Promise((resolve) => target.once('exit', (code, signal) => resolve([code, signal])))
  target.stdin.write('stop\n')
  await line('drained')
  target.stdin.end()
  expect(await ended).toEqual([0, null])
  expect([printed, stderr]).toEqual([[], ''])
}, 20_000)
