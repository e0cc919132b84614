// Cowboy's cases of the upgrade, C1 to C17, on raw connections. Each title starts with its number; what is not as in Cowboy says so.
import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from '@jest/globals'
import { self, send } from 'gensock'
import { type Cowboy08, type Cowboy20Pre, cowboy08, cowboy10, cowboy2, cowboy20pre, type Req } from 'gensock/cowboy'
import { frame, RawClient, TEXT } from './raw-client.js'
import { endWorlds, GENERATIONS, handlerOf, inEach, serve, type World } from './world.js'

afterEach(endWorlds)

const { handler: old } = handlerOf('0.8')
const ask = (world: World, options: Parameters<RawClient['ask']>[0]): ReturnType<RawClient['ask']> =>
  new RawClient(world.port).ask(options)

describe('upgrade', () => {
  test('C1. Given a request without Upgrade, when it comes to the route of a handler, then it gets 426 with Connection and Upgrade, and the connection stays usable; differs: 400 up to pre.1, for which RFC 9110 has the 426', async () => {
    await inEach(GENERATIONS, {}, async (world) => {
      const client = new RawClient(world.port)
      for (let i = 0; i < 2; i++) {
        const { status, headers } = await client.ask({ headers: { Upgrade: undefined, Connection: 'keep-alive' } })
        expect([status, headers['connection']?.toLowerCase(), headers['upgrade']]).toEqual([426, 'upgrade', 'websocket'])
      }
      expect((await client.ask()).status).toBe(101)
    })
  })

  test('C2. Given "Connection: keep-alive, Upgrade" and Upgrade in any case, when a client connects, then it gets 101', async () => {
    await inEach(GENERATIONS, {}, async (world) => {
      const headers = { Connection: 'keep-alive, Upgrade', Upgrade: 'WebSocket' }
      expect((await ask(world, { headers })).status).toBe(101)
      expect((await ask(world, { headers: { Connection: 'UPGRADE', Upgrade: 'WEBSOCKET' } })).status).toBe(101)
    })
  })

  test('C3. Given "Upgrade: foo, websocket", when a client connects, then it gets 101; differs: 400 up to pre.1, though Upgrade is a list (RFC 9110 section 7.8)', async () => {
    await inEach(GENERATIONS, {}, async (world) => {
      expect((await ask(world, { headers: { Upgrade: 'foo, websocket' } })).status).toBe(101)
    })
  })

  test('C5. Given the headers of an upgrade, when the method is POST, then it gets 405 with Allow; differs: Cowboy 2 answers 426 and older ones take it, but 405 is what HTTP has for a wrong method', async () => {
    await inEach(GENERATIONS, {}, async (world) => {
      const { status, headers } = await ask(world, { line: 'POST /ws HTTP/1.1' })
      expect([status, headers['allow']]).toEqual([405, 'GET'])
    })
  })

  test('C7. Given version 7, 8 or 13, when a client connects, then it is accepted, and others get 426 with the versions; differs: Cowboy answers 400 without them (RFC 6455 section 4.4)', async () => {
    const seen: number[] = []
    const handler: Cowboy20Pre<number> = {
      init(req) {
        seen.push(req.meta('websocketVersion'))
        return ['cowboy_websocket', req, 0]
      },
      websocketHandle: (_frame, req, state) => ['ok', req, state],
      websocketInfo: (_info, req, state) => ['ok', req, state],
    }
    const world = await serve(cowboy20pre(handler))
    const version = (given: string | undefined): ReturnType<RawClient['ask']> =>
      ask(world, { headers: { 'Sec-WebSocket-Version': given } })
    for (const good of ['7', '8', '13']) expect((await version(good)).status).toBe(101)
    expect(seen).toEqual([7, 8, 13])
    for (const bad of ['12', undefined, 'abc', '7, 8']) {
      const { status, headers } = await version(bad)
      expect([status, headers['sec-websocket-version']]).toEqual([426, '13, 8, 7'])
    }
    expect(seen).toEqual([7, 8, 13])
  })

  test('C8. Given init/2 replies 403 and returns {ok, Req, S}, when a client connects, then it gets the 403 and terminate hears normal with the whole request', async () => {
    const heard: unknown[] = []
    const refuse = (req: Req): ['ok', Req, string] => ['ok', req.setRespHeader('X-Why', 'no').reply(403, 'go away'), 'state']
    const terminate = (reason: unknown, req: Partial<Req>, state: unknown): void =>
      void heard.push([reason, req.headers?.['sec-websocket-version'], state])
    const rest = { websocketHandle: (): any => undefined, websocketInfo: (): any => undefined, terminate }
    for (const handler of [cowboy20pre({ init: refuse, ...rest }), cowboy2({ init: refuse, ...rest })]) {
      const { status, headers, body } = await ask(await serve(handler), {})
      expect([status, headers['x-why'], body]).toEqual([403, 'no', 'go away'])
    }
    expect(heard).toEqual([
      ['normal', '13', 'state'],
      ['normal', '13', 'state'],
    ])
  })

  test('C9. Given websocket_init returns {shutdown, Req}, when a client connects, then it gets 400 or the reply of Req and terminate does not run; differs: Cowboy appends a second response', async () => {
    for (const cowboy of [cowboy08, cowboy10]) {
      const heard: unknown[] = []
      const handler: Cowboy08<number> = {
        init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
        websocketInit: (_transport, req) => ['shutdown', req.query.has('own') ? req.reply(403, 'no') : req],
        websocketHandle: (_frame, req, state) => ['ok', req, state],
        websocketInfo: (_info, req, state) => ['ok', req, state],
        websocketTerminate: (reason) => void heard.push(reason),
      }
      const world = await serve(cowboy(handler))
      for (const [path, wanted] of [
        ['/ws', 400],
        ['/ws?own', 403],
      ] as const) {
        const client = new RawClient(world.port)
        expect((await client.ask({ path })).status).toBe(wanted)
        await client.over()
        await expect(client.answer()).rejects.toThrow('the connection has ended')
      }
      expect(heard).toEqual([])
    }
  })

  test("C11. Given init/2 crashes, when a client connects, then it gets 500 and terminate hears the crash with the whole request and the route's options", async () => {
    for (const cowboy of [cowboy20pre, cowboy2]) {
      const heard: unknown[] = []
      const handler = (cowboy as typeof cowboy2)<any, any, any, any>(
        {
          init() {
            throw 'boom'
          },
          websocketHandle: (): any => undefined,
          websocketInfo: (): any => undefined,
          terminate: (reason: unknown, req: Partial<Req>, state: unknown) =>
            void heard.push([reason, req.headers?.host, req.path, state]),
        },
        'the options',
      )
      expect((await ask(await serve(handler), {})).status).toBe(500)
      expect(heard).toEqual([[['crash', 'error', 'boom'], '127.0.0.1', '/ws', 'the options']])
    }
  })

  test('C12. Given websocket_init crashes, when a client connects, then it gets 400 of 0.8 and 500 of 1.0, and terminate does not run', async () => {
    for (const [cowboy, wanted] of [
      [cowboy08, 400],
      [cowboy10, 500],
    ] as const) {
      const heard: unknown[] = []
      const handler: Cowboy08<number> = {
        init: () => ['upgrade', 'protocol', 'cowboy_websocket'],
        websocketInit() {
          throw new Error('boom')
        },
        websocketHandle: (_frame, req, state) => ['ok', req, state],
        websocketInfo: (_info, req, state) => ['ok', req, state],
        websocketTerminate: (reason) => void heard.push(reason),
      }
      expect((await ask(await serve(cowboy(handler)), {})).status).toBe(wanted)
      expect(heard).toEqual([])
    }
  })

  test('C13. Given the key dGhlIHNhbXBsZSBub25jZQ==, when a client connects, then Accept is s3pPLMBiTxaQ9kYGzzhZRbK+xOo=', async () => {
    const world = await serve(old)
    const accept = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='
    expect((await ask(world, {})).headers['sec-websocket-accept']).toBe(accept)
    const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
    expect(createHash('sha1').update(`dGhlIHNhbXBsZSBub25jZQ==${guid}`).digest('base64')).toBe(accept)
  })

  test('C15. Given a frame in the segment of the handshake, when the socket opens, then the frame is handled; differs: before 2.7 Cowboy loses it, and no frame may be lost', async () => {
    await inEach(GENERATIONS, {}, async (world) => {
      const client = await world.open({ early: frame(TEXT, 'early') })
      expect(await client.next()).toBe('text text early')
    })
  })

  test('C17. Given the start of a handler sends a message to itself, when the client sends a frame, even with the handshake, then the message comes first; differs: since 2.7 Cowboy handles an early frame first, against its own guide', async () => {
    const script = {
      start: () => send(self(), 'hello'),
      info: (message: string, state: unknown, answers: any) => answers.reply(['text', `info ${message}`], state),
    }
    await inEach(GENERATIONS, script, async (world) => {
      const early = await world.open({ early: frame(TEXT, 'early') })
      expect(await early.nexts(2)).toEqual(['text info hello', 'text text early'])
      const later = await world.open()
      later.write(frame(TEXT, 'later'))
      expect(await later.nexts(2)).toEqual(['text info hello', 'text text later'])
    })
  })
})
