// Holds the migration pages to what happens on the wire: how sockets end in the words of each generation of Cowboy, what stands for
// socket.io's reasons, and what the page about ws says of ws. Sockets of 127.0.0.1.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createInterface } from 'node:readline'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, test } from '@jest/globals'
import type { SocketHandler, TerminateReason } from 'gensock/socket'
import { WebSocket, WebSocketServer } from 'ws'
import { closeFrame, frame, RawClient, TEXT } from '../handlers/cowboy/raw-client.js'
import { endWorlds, type Generation, handlerOf, type Script, serve, type World } from '../handlers/cowboy/world.js'
import { codeOf, type Row, tableOf } from './tables.js'

afterEach(endWorlds)

const rowsOf = (page: string, first: string): (readonly [string, Row])[] =>
  tableOf(`docs/migrating-from-${page}.md`, first).rows.map((row) => [row.cells[0] as string, row] as const)
/** What stands in a cell, as a value. */
const valueOf = (cell: string | undefined): unknown => runInNewContext(`(${codeOf(cell)[0]})`)

/** What makes a socket end, by the first cell of its line. */
type Act = (client: RawClient, world: World) => unknown
const say =
  (what: string): Act =>
  (client) =>
    client.write(frame(TEXT, what))
const drain: Act = async (client, { listener }) => {
  const drained = listener.drain({ deadlineMs: 1000 })
  expect(await client.next()).toBe('close 1012')
  client.write(closeFrame(1012))
  await drained
}
const nothing: Act = () => undefined

describe('the ends of a handler of Cowboy', () => {
  const ACTS: Readonly<Record<string, Act>> = {
    '`shutdown` or `stop` tuple': say('stop'),
    'a close frame of the handler': say('close'),
    'idle timeout': nothing,
    'the peer closes with 4000 and `bye`': (client) => client.write(closeFrame(4000, 'bye')),
    'the peer closes without a code': (client) => client.write(closeFrame()),
    'the connection is lost': (client) => client.cut(),
    "a callback throws `'boom'`": say('throw'),
    "a callback calls `self.exit('boom')`": say('exit'),
    'the listener ends': drain,
  }
  const FRAMES: Readonly<Record<string, readonly string[]>> = { 'that one': ['close 4001 bye'], empty: ['close'], none: ['cut'] }
  const COLUMNS: readonly (readonly [Generation, number])[] = [
    ['0.8', 2],
    ['1.0', 2],
    ['2.0-pre', 3],
    ['2.x', 4],
  ]
  const script = (isIdle: boolean): Script => ({
    ...(isIdle ? { timeout: 50, options: { idleTimeout: 50 } } : {}),
    handle([, text], state, answers, self) {
      if (text === 'throw') throw 'boom'
      if (text === 'exit') self.exit('boom')
      return text === 'stop' ? answers.stop(state) : answers.reply(['close', 4001, 'bye'], state)
    },
  })

  test.each(rowsOf('cowboy', 'what happens'))('%s', async (what, { cells }) => {
    for (const [generation, column] of COLUMNS) {
      const { handler, terminated } = handlerOf(generation, script(what === 'idle timeout'))
      const world = await serve(handler)
      const client = await world.open()
      const ended = world.ended()
      await (ACTS[what] as Act)(client, world)
      await ended
      const seen = what === 'the listener ends' ? ['close 1012'] : await client.rest()
      expect([generation, seen]).toEqual([generation, FRAMES[cells[1] as string] ?? [`close ${cells[1]}`]])
      expect([generation, terminated.map(([reason]) => reason)]).toEqual([generation, [valueOf(cells[column])]])
      await endWorlds()
    }
  })
})

describe('the reasons of socket.io', () => {
  const ACTS: Readonly<Record<string, Act>> = {
    '`client namespace disconnect`': (client) => client.write(closeFrame(1000)),
    '`server namespace disconnect`': say('stop'),
    '`server shutting down`': drain,
    '`ping timeout`': nothing,
    '`transport close`, `transport error`': (client) => client.cut(),
    '`parse error`': (client) => client.write(frame(TEXT, 'x', { rsv: 7 })),
  }

  test.each(rowsOf('socket-io', '`disconnect` said'))('%s', async (what, { cells }) => {
    const heard: TerminateReason[] = []
    const handler: SocketHandler<null, any> = {
      init: () => ['ok', null],
      handle: (_frame, state) => ['stop', 'normal', state],
      terminate: (reason) => void heard.push(reason),
    }
    const world = await serve(handler, what === '`ping timeout`' ? { idleTimeoutMs: 50 } : {})
    const client = await world.open()
    const ended = world.ended()
    await (ACTS[what] as Act)(client, world)
    await ended
    expect(heard).toEqual([valueOf(cells[1])])
  })
})

describe('what the page says of ws', () => {
  /** A program with a bare server, and how it ends once a client has said this. */
  async function endOf(listener: string, bytes: Buffer): Promise<{ code: number; stderr: string }> {
    const program = `
import { WebSocketServer } from 'ws'
const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' }, () => console.log(wss.address().port))
wss.on('connection', (ws) => ws.on('message', ${listener}))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 20_000,
    })
    let stderr = ''
    child.stderr.on('data', (text) => (stderr += String(text)))
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const client = await RawClient.open(Number(port))
    client.write(bytes)
    const [code] = (await once(child, 'close')) as [number]
    return { code, stderr }
  }

  test('without an error listener a bad frame ends the program', async () => {
    const { code, stderr } = await endOf('() => undefined', frame(TEXT, 'x', { rsv: 7 }))
    expect([code, stderr]).toEqual([1, expect.stringContaining("Unhandled 'error' event")])
  })

  test('an exception in a listener ends the program', async () => {
    const { code, stderr } = await endOf("() => { throw new Error('in a listener') }", frame(TEXT, 'x'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('in a listener')])
  })

  test('a listener is called again while its last call still awaits something', async () => {
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(wss, 'listening')
    let running = 0
    const two = new Promise<number>((resolve) => {
      wss.on('connection', (ws) =>
        ws.on('message', async () => {
          if (++running === 2) resolve(running)
          await two
        }),
      )
    })
    const client = await RawClient.open((wss.address() as AddressInfo).port)
    client.write(Buffer.concat([frame(TEXT, 'a'), frame(TEXT, 'b')]))
    expect(await two).toBe(2)
    for (const ws of wss.clients) ws.terminate()
    await new Promise((resolve) => wss.close(resolve))
  })

  test('what it sends to a client that does not read is buffered without a bound', async () => {
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(wss, 'listening')
    const connected = once(wss, 'connection')
    const client = await RawClient.open((wss.address() as AddressInfo).port)
    client.socket.pause()
    const [ws] = (await connected) as [WebSocket]
    for (let sent = 0; sent < 64; sent++) ws.send(Buffer.alloc(1024 * 1024))
    expect([ws.bufferedAmount > 32 * 1024 * 1024, ws.readyState]).toEqual([true, WebSocket.OPEN])
    ws.terminate()
    await new Promise((resolve) => wss.close(resolve))
  })

  test('with a server and a path it answers every other path with 400', async () => {
    const server = createServer()
    const wss = new WebSocketServer({ server, path: '/old' })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    expect((await new RawClient((server.address() as AddressInfo).port).ask({ path: '/new' })).status).toBe(400)
    wss.close()
    server.close()
  })

  test('its defaults, and the first subprotocol that is offered', async () => {
    const wss = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await once(wss, 'listening')
    expect(wss.options).toMatchObject({ maxPayload: 100 * 1024 * 1024, perMessageDeflate: false, verifyClient: null })
    const client = new WebSocket(`ws://127.0.0.1:${(wss.address() as AddressInfo).port}`, ['v2', 'v1'])
    await once(client, 'open')
    expect(client.protocol).toBe('v2')
    client.terminate()
    for (const ws of wss.clients) ws.terminate()
    await new Promise((resolve) => wss.close(resolve))
  })
})
