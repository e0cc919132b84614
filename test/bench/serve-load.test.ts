// `npm run serve:load` as a program, with real clients: what load and conformance tools rely on.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals'
import { type ClientOptions, WebSocket } from 'ws'
import { bundled } from '../bundle.js'
import { type Program, runBench } from './run-bench.js'

jest.setTimeout(40_000)
const ANNOUNCED = /^serve:load listening on port (\d+) pid (\d+)\n$/

interface Server extends Program {
  readonly port: number
  readonly pid: number
}
const made = bundled('bench/serve-load.ts')
const programs: Program[] = []
const clients: WebSocket[] = []
afterEach(() => {
  for (const client of clients.splice(0)) client.terminate()
})
afterAll(async () => {
  for (const { child } of programs) child.kill('SIGKILL')
  await Promise.all(programs.map(({ ended }) => ended))
})

function keep(program: Program): Program {
  programs.push(program)
  return program
}
const run = (...args: string[]): Program => keep(runBench('serve-load.ts', args, made()))
/** As the script of package.json does it. */
const runSources = (...args: string[]): Program => keep(runBench('serve-load.ts', args))
async function serve(...flags: string[]): Promise<Server> {
  const program = run('--port', '0', ...flags)
  const [, port, pid] = ANNOUNCED.exec(await program.firstLine()) ?? []
  return { ...program, port: Number(port), pid: Number(pid) }
}
async function client(port: number, options: ClientOptions = {}): Promise<WebSocket> {
  const ws = new WebSocket(`ws://127.0.0.1:${port}/ws`, options)
  clients.push(ws)
  await once(ws, 'open')
  return ws
}
/** The next message, as `ws` gives it: bytes, and whether they are binary. */
async function next(ws: WebSocket): Promise<[string, boolean]> {
  const [data, isBinary] = await once(ws, 'message')
  return [String(data), isBinary as boolean]
}
/** Sends one message in so many fragments of one byte; resolves with its echo's length, or the close code. */
async function fragmented(ws: WebSocket, count: number): Promise<{ echoed: number } | { closed: number }> {
  ws.on('error', () => undefined) // the server may end the connection while fragments are on their way
  const end = Promise.race([
    once(ws, 'message').then(([data]) => ({ echoed: (data as Buffer).length })),
    once(ws, 'close').then(([code]) => ({ closed: code as number })),
  ])
  for (let i = 1; i <= count; i++) ws.send('x', { fin: i === count }, () => undefined)
  return end
}

describe('with the library defaults', () => {
  let server: Server
  beforeAll(async () => {
    server = await serve()
  })

  test('its one line has the port and the pid', () => {
    expect(server.port).toBeGreaterThan(0)
    expect(server.pid).toBe(server.child.pid)
  })

  test('echoes text and binary of every length form', async () => {
    const ws = await client(server.port)
    for (const data of ['', 'grüße 🐙', 'x'.repeat(65_536), 'b', ':b:']) {
      ws.send(data)
      expect(await next(ws)).toEqual([data, false])
    }
    for (const data of ['', 'b: binary is never broadcast', 'y'.repeat(100_000)]) {
      ws.send(Buffer.from(data))
      expect(await next(ws)).toEqual([data, true])
    }
  })

  test('b: reaches every socket once, the sender too', async () => {
    const sockets = await Promise.all(Array.from({ length: 20 }, () => client(server.port)))
    const first = sockets.map(next)
    sockets[3]?.send('b:to all')
    expect(await Promise.all(first)).toEqual(sockets.map(() => ['b:to all', false]))
    const second = sockets.map(next)
    for (const ws of sockets) ws.send('own')
    expect(await Promise.all(second)).toEqual(sockets.map(() => ['own', false]))
  })

  test('any origin may connect, and compression is not negotiated', async () => {
    for (const origin of ['https://example.org', 'null', `http://127.0.0.1:${server.port}`]) {
      expect((await client(server.port, { origin })).extensions).toBe('')
    }
  })

  test('a chain of 70 000 fragments is closed', async () => {
    expect(await fragmented(await client(server.port), 70_000)).toEqual({ closed: 1008 })
  })

  test('a taken port gives one line and exit code 1', async () => {
    const { code, stdout, stderr } = await run('--port', String(server.port)).ended
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^serve:load: [^\n]+\n$/)
  })
})

describe('with all flags', () => {
  let server: Server
  beforeAll(async () => {
    server = await serve('--deflate', '--conformance', '--max-frame-bytes', '50000')
  })

  test('--deflate negotiates permessage-deflate, and the echo goes through it', async () => {
    const ws = await client(server.port, { perMessageDeflate: { threshold: 0 } })
    expect(ws.extensions).toBe('permessage-deflate')
    ws.send('a'.repeat(40_000))
    expect(await next(ws)).toEqual(['a'.repeat(40_000), false])
    expect((await client(server.port, { perMessageDeflate: false })).extensions).toBe('')
  })

  test('--max-frame-bytes takes a message of that size and closes with 1009 above it', async () => {
    const ws = await client(server.port, { perMessageDeflate: false })
    ws.send('x'.repeat(50_000))
    expect((await next(ws))[0]).toHaveLength(50_000)
    ws.send('x'.repeat(50_001))
    expect((await once(ws, 'close'))[0]).toBe(1009)
  })

  test('--conformance lets 20 000 fragments of one message pass', async () => {
    const ws = await client(server.port, { perMessageDeflate: false })
    expect(await fragmented(ws, 20_000)).toEqual({ echoed: 20_000 })
  })
})

test('--conformance alone echoes a message of 16 MiB, in one piece or in pieces of 64 bytes', async () => {
  const server = await serve('--conformance')
  const { port } = server
  const ws = await client(port, { perMessageDeflate: false, maxPayload: 0 })
  const data = Buffer.alloc(16_777_216, 'x')
  ws.send(data)
  const [whole] = await once(ws, 'message')
  expect(Buffer.compare(whole as Buffer, data)).toBe(0)
  expect(await fragmented(ws, 100_000)).toEqual({ echoed: 100_000 })
})

describe('the program', () => {
  test('listens on the port that it is told', async () => {
    const probe = createServer().listen(0)
    await once(probe, 'listening')
    const { port } = probe.address() as AddressInfo
    probe.close()
    await once(probe, 'close')
    const program = runSources('--port', String(port))
    expect(await program.firstLine()).toBe(`serve:load listening on port ${port} pid ${program.child.pid}\n`)
  })

  test.each(['SIGTERM', 'SIGINT'] as const)('%s to the printed pid ends it, open sockets or not', async (signal) => {
    const server = await serve()
    const ws = await client(server.port)
    ws.on('error', () => undefined)
    const closed = once(ws, 'close')
    process.kill(server.pid, signal)
    expect(await server.ended).toMatchObject({ code: 0, signal: null, stderr: '' })
    await closed
    const [error] = await once(connect(server.port, '127.0.0.1'), 'error')
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  test.each([
    [[], '--port is required'],
    [['--port'], "Option '--port <value>' argument missing"],
    [['--port', 'http'], '--port must be a whole number from 0 to 65535, got http'],
    [['--port', '65536'], '--port must be a whole number'],
    [['--port', '1e3'], '--port must be a whole number'],
    [['--port', '0', '--max-frame-bytes', '0'], '--max-frame-bytes must be a whole number'],
    [['--port', '0', '--max-frame-bytes='], '--max-frame-bytes must be a whole number'],
    [['--port=-1'], '--port must be a whole number'],
    [['--port', '0', '--turbo'], "Unknown option '--turbo'"],
    [['--port', '0', '8080'], "Unexpected argument '8080'"],
    [['--port', '0', '--deflate=yes'], "Option '--deflate' does not take an argument"],
  ])('%j is answered by one line and exit code 2', async (args, says) => {
    const { code, stdout, stderr } = await run(...args).ended
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toMatch(/^serve:load: [^\n]+; usage: --port N [^\n]+\n$/)
    expect(stderr).toContain(says)
  })
})
