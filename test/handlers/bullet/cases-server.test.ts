// Bullet's cases of the server, L1 to L15, over real WebSockets and raw HTTP. Each title starts with its number; what is not as
// in Bullet says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { bullet, type BulletHandler } from 'gensock/bullet'
import { testNode } from 'gensock/testing'
import { BINARY, frame, RawClient, TEXT } from '../cowboy/raw-client.js'
import { RawHttp } from './raw-http.js'
import { endOf, endWorlds, recorded, serve } from './world.js'

afterEach(endWorlds)

const EVENTS = ['Accept: text/event-stream']
const open = (port: number): Promise<RawClient> => RawClient.open(port, { path: '/bullet' })

describe('requests', () => {
  test('L1. Given a websocket request, when it comes, then init/4 runs with Active true', async () => {
    const { handler, calls } = recorded()
    const { port } = await serve(handler)
    await open(port)
    expect(calls).toEqual([['init', true]])
  })

  test('L2. Given a GET that accepts text/event-stream, when it comes, then init/4 runs with Active true and the answer is a chunked 200 of text/event-stream', async () => {
    const { handler, calls } = recorded()
    const { port } = await serve(handler)
    const { status, headers } = await new RawHttp(port, 'GET', ['Accept: text/html, text/event-stream;q=0.5']).head()
    expect([status, headers['transfer-encoding']]).toEqual([200, 'chunked'])
    expect(headers['content-type']).toMatch(/^text\/event-stream(?:;|$)/)
    expect(calls).toEqual([['init', true]])
  })

  test('L3. Given any other GET, when it comes, also without Accept, then init/4 runs with Active once and the first reply is a 200', async () => {
    for (const lines of [[], ['Accept: */*'], ['Accept: ;;,,']]) {
      const { handler, calls, called } = recorded()
      const { port, node } = await serve(handler)
      const poll = new RawHttp(port, 'GET', lines)
      node.send(await called(1), 'the first')
      const { status, body } = await poll.answer()
      expect([status, body, calls[0]]).toEqual([200, 'the first', ['init', 'once']])
    }
  })

  test('L5. Given a PUT or Upgrade: h2c, when it comes, then it gets 405 or 501 and no callback runs; differs: the 405 has Allow, and an upgrade that stands in Connection as well is a 426, as at every path of a WebSocket', async () => {
    const { handler, calls } = recorded()
    const { port } = await serve(handler)
    const ask = (method: string, lines: string[], body = ''): ReturnType<RawHttp['answer']> =>
      new RawHttp(port, method, lines, body).answer()
    const put = await ask('PUT', [], 'x')
    expect([put.status, put.headers['allow']]).toEqual([405, 'GET, POST'])
    expect((await ask('GET', ['Upgrade: h2c'])).status).toBe(501)
    const proper = await ask('GET', ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'])
    expect([proper.status, proper.headers['upgrade']]).toEqual([426, 'websocket'])
    expect(calls).toEqual([])
  })

  test('L7. Given init returns {shutdown, Req, State}, when a request comes, then terminate runs over HTTP, which answers 204, and not over a websocket, which answers 400', async () => {
    const { handler, calls } = recorded({ init: (_transport, req) => ['shutdown', req, 7] })
    const { port } = await serve(handler)
    for (const [method, lines] of [
      ['GET', EVENTS],
      ['GET', []],
      ['POST', []],
    ] as const) {
      calls.length = 0
      const { status, body } = await new RawHttp(port, method, lines, method === 'POST' ? 'x' : '').answer()
      expect([status, body, calls.slice(1)]).toEqual([204, '', [['terminate', 7]]])
    }
    calls.length = 0
    const { status } = await new RawClient(port).ask({ path: '/bullet' })
    expect([status, calls]).toEqual([400, [['init', true]]])
  })
})

describe('data', () => {
  test('L8. Given an open websocket, when frames come, then a text goes to stream, a reply is a text frame, a binary frame is ignored, and shutdown closes with 1000', async () => {
    const { handler, calls } = recorded()
    const client = await open((await serve(handler)).port)
    client.write(Buffer.concat([frame(TEXT, 'a'), frame(BINARY, 'b'), frame(TEXT, 'c'), frame(TEXT, 'bye')]))
    expect(await client.rest()).toEqual(['text a', 'text c', 'close 1000'])
    expect(calls.slice(1)).toEqual([
      ['stream', 'a', 0],
      ['stream', 'c', 1],
      ['stream', 'bye', 2],
      ['terminate', 3],
    ])
  })

  test('L9. Given a POST, when stream returns {shutdown, Req, State}, then it is a crash: 500', async () => {
    const { handler, calls } = recorded()
    const { port, listener } = await serve(handler)
    expect((await new RawHttp(port, 'POST', [], 'bye').answer()).status).toBe(500)
    expect([calls.at(-1), listener.counters().crashed]).toEqual([['terminate', 0], 1])
    const good = await new RawHttp(port, 'POST', [], 'hello').answer()
    expect([good.status, good.body]).toEqual([200, 'hello'])
  })

  test('L11. Given a stream of events, when info replies, then each line, after CRLF, CR or LF, is a "data: " line with a blank line behind them, and the stream goes on', async () => {
    const { handler, called } = recorded()
    const { port, node } = await serve(handler)
    const events = new RawHttp(port, 'GET', EVENTS)
    await events.head()
    for (const [data, bytes] of [
      ['one', 'data: one\n\n'],
      ['one\r\ntwo\rthree\nfour', 'data: one\ndata: two\ndata: three\ndata: four\n\n'],
      ['', 'data: \n\n'],
      ['a\n\nb\n', 'data: a\ndata: \ndata: b\ndata: \n\n'],
    ]) {
      node.send(await called(1), data)
      expect(await events.chunk()).toBe(bytes)
    }
  })

  test('L12. Given an open request, when info returns {shutdown, Req, State}, then a poll is a 204, a stream of events ends, and a websocket closes with 1000', async () => {
    const scenes: [string[], (request: RawHttp) => Promise<unknown>, unknown][] = [
      [[], async (poll) => (await poll.answer()).status, 204],
      [EVENTS, async (events) => [(await events.head()).status, await events.chunk()], [200, '']],
    ]
    for (const [lines, ending, wanted] of scenes) {
      const { handler, calls, called } = recorded()
      const { port, node } = await serve(handler)
      const request = new RawHttp(port, 'GET', lines)
      node.send(await called(1), 'bye')
      expect(await ending(request)).toEqual(wanted)
      expect(calls.at(-1)).toEqual(['terminate', 1])
    }
    const { handler } = recorded()
    const { port, node, socket } = await serve(handler)
    const client = await open(port)
    node.send(socket(), 'bye')
    expect(await client.rest()).toEqual(['close 1000'])
  })
})

describe('the end', () => {
  test('L13. Given any end, when terminate runs, then it hears the request and the state and no reason, and it does not run for a request that was refused before init', async () => {
    const heard: unknown[] = []
    const handler: BulletHandler<string> = {
      init: (_transport, req, _opts, active) => ['ok', req, `active ${active}`],
      stream: (_data, req, state) => ['ok', req, state],
      info: (_info, req, state) => ['ok', req, state],
      terminate: (...given) => void heard.push([given[0].method, given[1], given.length]),
    }
    const { port, node, socket } = await serve(bullet(handler))
    for (const [method, lines] of [
      ['PUT', []],
      ['GET', ['Upgrade: h2c']],
    ] as const)
      await new RawHttp(port, method, lines).answer()
    expect(heard).toEqual([])
    await new RawHttp(port, 'POST', [], 'x').answer()
    const client = await open(port)
    const ended = endOf(node, socket())
    client.cut()
    await ended
    // The process itself comes behind them, as with every callback.
    expect(heard).toEqual([
      ['POST', 'active false', 3],
      ['GET', 'active true', 3],
    ])
  })

  test('L15. Given a stream of events to which much is sent, when nothing has come in for the timeout, then it is cut', async () => {
    const { handler, calls, called } = recorded()
    const { port, node } = await serve(handler, {}, testNode())
    const events = new RawHttp(port, 'GET', EVENTS)
    await events.head()
    const pid = await called(1)
    for (let s = 1; s < 60; s++) {
      await node.advance(1000)
      node.send(pid, s)
      expect(await events.chunk()).toBe(`data: ${s}\n\n`)
    }
    await node.advance(999)
    expect(calls.at(-1)).toEqual(['info', 59, 58])
    await node.advance(1)
    expect(await events.chunk()).toBe('')
    expect(calls.at(-1)).toEqual(['terminate', 59])
  })
})
