// The two documents of Zotonic 0.10 that this door follows: the handler module of "WebSocket Handler API" line by line,
// websocket_start, and the dispatch rules, each in the words of the document.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type Pid, self, sendAfter } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import {
  type Context,
  type ControllerModule,
  controllerWebsocket,
  type DispatchRule,
  dispatch,
  websocketSendData,
  type WsHandler,
  type ZotonicReason,
} from 'gensock/zotonic'
import { frame, TEXT } from '../cowboy/raw-client.js'
import { connect, endSites, recording, serve, UPGRADE } from './sites.js'

// -module(my_ws_handler).
// -export([websocket_init/1, websocket_message/3, websocket_info/2, websocket_terminate/2]).
const myWsHandler: WsHandler<string> = {
  // %% @doc Called when the websocket is initialized.
  websocketInit(_context: Context) {
    sendAfter(1000, self(), 'Hello!') // erlang:send_after(1000, self(), <<"Hello!">>),
    return 'ok' // ok.
  },
  // %% @doc Called when a message arrives on the websocket.
  websocketMessage(msg: string | Uint8Array, from: Pid, _context: Context) {
    websocketSendData(from, ['You said: ', msg]) // controller_websocket:websocket_send_data(From, ["You said: ", Msg]).
  },
  // %% @doc Called when another type of message arrives.
  websocketInfo(msg: string, _context: Context) {
    websocketSendData(self(), msg) // controller_websocket:websocket_send_data(self(), Msg),
    sendAfter(5000, self(), 'Hello again!') // erlang:send_after(5000, self(), <<"Hello again!">>).
  },
  // %% @doc Called when the websocket terminates.
  websocketTerminate(_reason: ZotonicReason, _context: Context) {
    return 'ok' // ok.
  },
}

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endSites()
})

describe('"WebSocket Handler API": "you have to implement four callback functions"', () => {
  test('the module says Hello! after a second, Hello again! every 5 s, and what it was told', async () => {
    const socket = await connect(node, { handler: myWsHandler })
    await node.advance(999)
    expect(socket.sent).toEqual([])
    await node.advance(1)
    socket.send('sure')
    await node.settle()
    await node.advance(4999)
    expect(socket.sent).toEqual([
      ['text', 'Hello!'],
      ['text', 'You said: sure'],
    ])
    await node.advance(5001)
    expect(socket.sent.slice(2)).toEqual([
      ['text', 'Hello again!'],
      ['text', 'Hello again!'],
    ])
    socket.close(1000)
    await node.settle()
    expect(socket.exit).toBe('normal')
  })

  test('"websocket_init, websocket_info and websocket_terminate [...] you send it to self()"; "websocket_message [...] is called from another process"', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    node.send(socket.pid, 'x')
    await node.settle()
    socket.close()
    await node.settle()
    const { init, info, terminate, message, from } = record.pids
    expect([init, info, terminate]).toEqual([from, from, from])
    expect((message as Pid).equals(from as Pid)).toBe(false)
  })
})

describe('"dispatch rule", on 127.0.0.1', () => {
  // {customws, ["socket", "custom"], controller_websocket, [{ws_handler, my_ws_handler}]}
  const custom: DispatchRule = ['customws', ['socket', 'custom'], controllerWebsocket, { wsHandler: myWsHandler }]
  // {customws, ["socket", "without-session"], controller_websocket, [{require_session, false}]}
  const withoutSession: DispatchRule = ['customws', ['socket', 'without-session'], controllerWebsocket, { requireSession: false }]

  test('"configure a custom ws_handler by specifying it in a dispatch rule": with a session, as "it is required by default"', async () => {
    const site = await serve([custom, withoutSession])
    expect((await site.ask('/socket/custom', { headers: UPGRADE })).status).toBe(403)
    const { cookie } = await site.visitor()
    const client = await site.open({ path: '/socket/custom', headers: { Cookie: cookie } })
    client.write(frame(TEXT, 'hi'))
    expect(await client.nexts(2)).toEqual(['text You said: hi', 'text Hello!'])
  })

  test('"To create a WebSocket controller without the caller needing to have a session running": require_session false', async () => {
    const site = await serve([custom, withoutSession])
    expect((await site.ask('/socket/without-session', { headers: UPGRADE })).status).toBe(101)
    expect((await site.ask('/socket/other', { headers: UPGRADE })).status).toBe(404)
  })

  test('"provide your own websocket_start [...] by setting a ws_handler [...] in the zotonic context"', async () => {
    const myController: ControllerModule = {
      // websocket_start(ReqData, Context) ->
      websocketStart(reqData, context) {
        const context1 = context.set('ws_handler', myWsHandler) // Context1 = z_context:set(ws_handler, ?MODULE, Context),
        return controllerWebsocket.websocketStart(reqData, context1) // controller_websocket:websocket_start(ReqData, Context).
      },
    }
    const site = await serve([['mine', ['mine'], myController, { requireSession: false }]])
    const client = await site.open({ path: '/mine' })
    client.write(frame(TEXT, 'hi'))
    expect(await client.next()).toBe('text You said: hi')
  })

  test('two rules of one name: the first one is its URL', () => {
    expect(dispatch([custom, withoutSession]).urlFor('customws')).toBe('/socket/custom')
  })
})
