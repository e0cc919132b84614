// The two documents of Cowboy that this door follows: the handler of the guide of 0.8, line by line, and the manual of 2.0.0-pre.1,
// sentence by sentence.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { self, startTimer, type Timeout } from 'gensock'
import {
  type Cowboy08,
  type Cowboy20Pre,
  cowboy08,
  cowboy20pre,
  type CowboyFrame,
  type Reason20Pre,
  type Req,
} from 'gensock/cowboy'
import { type TestNode, testNode } from 'gensock/testing'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { frame, TEXT } from './raw-client.js'
import { endWorlds, serve } from './world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endWorlds()
})

describe('guide of 0.8, "Websocket handlers": "The following handler sends a message every second. It also echoes back what it receives."', () => {
  // A clause of Erlang is an if, {timeout, _Ref, Msg} is { type: 'timeout', message }.
  const myWsHandler: Cowboy08<undefined, Timeout<string>> = {
    // init({tcp, http}, Req, Opts) -> {upgrade, protocol, cowboy_websocket}.
    init: (_transport, _req, _opts) => ['upgrade', 'protocol', 'cowboy_websocket'],
    // websocket_init(TransportName, Req, _Opts) ->
    websocketInit(_transportName, req, _opts) {
      startTimer(1000, self(), 'Hello!') // erlang:start_timer(1000, self(), <<"Hello!">>),
      return ['ok', req, undefined] // {ok, Req, undefined_state}.
    },
    websocketHandle([kind, msg], req, state) {
      // websocket_handle({text, Msg}, Req, State) -> {reply, {text, << "That's what she said! ", Msg/binary >>}, Req, State};
      if (kind === 'text') return ['reply', ['text', `That's what she said! ${msg}`], req, state]
      return ['ok', req, state] // websocket_handle(_Data, Req, State) -> {ok, Req, State}.
    },
    websocketInfo(info, req, state) {
      if (info.type !== 'timeout') return ['ok', req, state] // websocket_info(_Info, Req, State) -> {ok, Req, State}.
      // websocket_info({timeout, _Ref, Msg}, Req, State) ->
      startTimer(1000, self(), "How' you doin'?") // erlang:start_timer(1000, self(), <<"How' you doin'?">>),
      return ['reply', ['text', info.message], req, state] // {reply, {text, Msg}, Req, State};
    },
    websocketTerminate: (_reason, _req, _state) => 'ok', // websocket_terminate(_Reason, _Req, _State) -> ok.
  }

  test('says Hello! after a second, then something once a second, and echoes', async () => {
    const socket = fakeTransport(node, cowboy08(myWsHandler))
    await node.advance(999)
    expect(socket.sent).toEqual([])
    await node.advance(1)
    expect(socket.sent).toEqual([['text', 'Hello!']])
    socket.send('sure')
    socket.send(new Uint8Array([1]))
    node.send(socket.pid, { type: 'something else' })
    await node.advance(2000)
    expect(socket.sent.map(([, data]) => data)).toEqual([
      'Hello!',
      "That's what she said! sure",
      "How' you doin'?",
      "How' you doin'?",
    ])
    socket.close(1000, 'bye')
    await node.settle()
    expect(socket.exit).toBe('normal')
  })

  test('"it can receive data from the client, or from the system": over a real connection', async () => {
    const client = await (await serve(cowboy08(myWsHandler), {}, '/websocket')).open({ path: '/websocket' })
    client.write(frame(TEXT, 'hi'))
    expect(await client.nexts(2)).toEqual(["text That's what she said! hi", 'text Hello!'])
  })
})

type Answer = (req: Req) => ReturnType<Cowboy20Pre<string>['websocketHandle']>
/** A handler as the manual describes it: a timeout from init, and an answer for each frame. */
function manual(parts: Partial<Cowboy20Pre<string>> = {}, answer: Answer = (req) => ['ok', req, 'next']): Cowboy20Pre<string> {
  return {
    init: (req, _opts) => ['cowboy_websocket', req, 'state', 60_000],
    websocketHandle: (_inFrame, req, _state) => answer(req),
    websocketInfo: (_info, req, _state) => answer(req),
    ...parts,
  }
}
async function open(
  handler: Cowboy20Pre<string>,
  options: FakeTransportOptions = {},
): Promise<FakeTransport & { heard: [Reason20Pre, string][] }> {
  const heard: [Reason20Pre, string][] = []
  const terminate: NonNullable<typeof handler.terminate> = (reason, _req, state) => void heard.push([reason, state])
  const socket = fakeTransport(node, cowboy20pre({ ...handler, terminate }), options)
  await node.settle()
  return Object.assign(socket, { heard })
}

describe('manual of 2.0.0-pre.1, "cowboy_websocket"', () => {
  test('"The default timeout is infinity"; a timeout of init "is terminated when no data has been received during that timespan"', async () => {
    const endless = await open(manual({ init: (req) => ['cowboy_websocket', req, 'state'] }))
    const limited = await open(manual())
    await node.advance(59_999)
    expect(limited.closed).toBeUndefined()
    await node.advance(1)
    expect([limited.closed, limited.heard]).toEqual([['close', 1000], [['timeout', 'state']]])
    await node.advance(100_000_000)
    expect(endless.closed).toBeUndefined()
  })

  test.each<[string, CowboyFrame, unknown]>([
    ['close', 'close', ['close']],
    ['ping', 'ping', ['ping']],
    ['pong', 'pong', ['pong']],
    ['{text, iodata()}', ['text', ['a', Buffer.from('ä'), ['b']]], ['text', 'aäb']],
    ['{binary, iodata()}', ['binary', ['a', new Uint8Array([1, 2])]], ['binary', Buffer.from('a\u0001\u0002')]],
    ['{close, iodata()}', ['close', Buffer.from('bye')], ['close', 1000, 'bye']],
    ['{ping, iodata()}', ['ping', 'p'], ['ping', 'p']],
    ['{pong, iodata()}', ['pong', Buffer.from('p')], ['pong', Buffer.from('p')]],
    ['{close, close_code(), iodata()}', ['close', 4999, ['b', 'ye']], ['close', 4999, 'bye']],
  ])('"Frames that can be sent to the client": %s, alone and in a list', async (_name, given, wanted) => {
    for (const frames of [given, [given]]) {
      const socket = await open(manual({}, (req) => ['reply', frames as CowboyFrame, req, 'next']))
      socket.send('x')
      await node.settle()
      expect([...socket.sent, ...(socket.closed === undefined ? [] : [socket.closed])]).toEqual([wanted])
    }
  })

  test('"websocket_version, 7 | 8 | 13", "websocket_compress, true | false"', async () => {
    const metas: unknown[] = []
    const handler = manual({
      websocketHandle(_frame, req, state) {
        metas.push([req.meta('websocketVersion'), req.meta('websocketCompress')])
        return ['ok', req, state]
      },
    })
    for (const version of ['7', '8', '13']) {
      const socket = await open(handler, { request: { headers: { 'sec-websocket-version': version } } })
      socket.send('x')
      await node.settle()
    }
    const world = await serve(cowboy20pre(handler), { compress: true })
    const client = await world.open({ headers: { 'Sec-WebSocket-Extensions': 'permessage-deflate' } })
    const ended = world.ended()
    client.write(frame(TEXT, 'x'))
    client.socket.end()
    await ended
    expect(metas).toEqual([
      [7, false],
      [8, false],
      [13, false],
      [13, true],
    ])
  })

  test('websocket_handle "will be called every time data is received", websocket_info "every time an Erlang message has been received"', async () => {
    const calls: unknown[] = []
    const handler = manual({
      websocketHandle([kind, data], req, state) {
        calls.push([kind, String(data)])
        return ['ok', req, state, 'hibernate']
      },
      websocketInfo(info, req, state) {
        calls.push(info)
        return ['reply', [], req, state, 'hibernate']
      },
    })
    const socket = await open(handler)
    socket.send('t')
    socket.send(Buffer.from('b'))
    socket.send(['ping', 'p'])
    socket.send(['pong'])
    node.send(socket.pid, 'any term')
    await node.settle()
    expect(calls).toEqual([['text', 't'], ['binary', 'b'], ['ping', 'p'], ['pong', ''], 'any term'])
    expect(socket.sent).toEqual([['pong', Buffer.from('p')]])
  })

  test.each<[string, Reason20Pre, Partial<Cowboy20Pre<string>>, (socket: FakeTransport) => void]>([
    ['"The remote endpoint closed the connection without giving any further details."', 'remote', {}, (socket) => socket.close()],
    [
      '"The remote endpoint closed the connection with the given Code and Payload as the reason."',
      ['remote', 4000, 'why'],
      {},
      (socket) => socket.close(4000, 'why'),
    ],
    [
      '"The handler requested to close the connection, either by returning a shutdown tuple"',
      'shutdown',
      { websocketHandle: (_frame, req, state) => ['shutdown', req, state] },
      (socket) => socket.send('x'),
    ],
    [
      '"or by sending a close frame."',
      'shutdown',
      { websocketHandle: (_frame, req, state) => ['reply', ['close', 4001, ''], req, state] },
      (socket) => socket.send('x'),
    ],
    [
      '"A crash occurred in the handler. Class and Reason can be used to obtain more information about the crash."',
      ['crash', 'error', 'boom'],
      { websocketHandle: () => Promise.reject('boom') },
      (socket) => {
        node.expectCrash('boom')
        socket.send('x')
      },
    ],
    [
      '"A text frame was sent by the client with invalid encoding."',
      ['error', 'badencoding'],
      {},
      (socket) => socket.fail('badencoding'),
    ],
    ['"A protocol error has been detected."', ['error', 'badframe'], {}, (socket) => socket.fail('badframe')],
    [
      '"The socket has been closed brutally without a close frame being received first."',
      ['error', 'closed'],
      {},
      (socket) => socket.cut(),
    ],
    ['"A socket error ocurred."', ['error', 'etimedout'], {}, (socket) => socket.fail('etimedout')],
  ])('terminate reason %s', async (_sentence, reason, parts, act) => {
    const socket = await open(manual(parts))
    act(socket)
    await node.settle()
    expect(socket.heard).toEqual([[reason, 'state']])
  })

  test('normal: "The connection was closed normally before establishing a Websocket connection. This typically happens if an ok tuple is returned from the init/2 callback."', async () => {
    const socket = await open(manual({ init: (req) => ['ok', req.reply(200, 'a page'), 'state'] }))
    expect(socket.handshake).toEqual(['reject', 200, { headers: {}, body: 'a page' }])
    expect(socket.heard).toEqual([['normal', 'state']])
  })

  test('"the optional terminate/3 callback" may be missing', async () => {
    const socket = fakeTransport(node, cowboy20pre(manual()))
    await node.settle()
    socket.close(1000)
    await node.settle()
    expect(socket.exit).toBe('normal')
  })
})
