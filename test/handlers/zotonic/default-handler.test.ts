// The handler of a rule that names none: it ties a socket to its page, and hands text to `postback`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import { page, type PagePid, session, type SessionPid, type Sessions, startSessions } from 'gensock/session'
import { type TestNode, testNode } from 'gensock/testing'
import { type Context, controllerWebsocket, type WebsocketOptions } from 'gensock/zotonic'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { handlerOf, waitOn } from './sites.js'

let node: TestNode
let sessions: Sessions
let cookies: Record<string, string>
let id: string
let pid: PagePid
let sid: SessionPid
beforeEach(async () => {
  node = testNode()
  sessions = await startSessions({ node })
  const visit = await sessions.ensure({}, { secure: false })
  cookies = Object.fromEntries(visit.cookies.map((cookie) => (cookie.split(';')[0] as string).split('='))) as Record<
    string,
    string
  >
  sid = visit.session
  ;({ id, pid } = await session.ensurePage(visit.session))
})
afterEach(async () => {
  await supervisor.stop(sessions.pid)
  await node.stop()
})

/** A socket of the page. */
async function open(
  options: WebsocketOptions = {},
  isAnonymous = false,
  names: object = { z_pageid: id },
): Promise<FakeTransport> {
  const handler = handlerOf(['websocket', ['websocket'], controllerWebsocket, { noSession: true, ...options }], sessions)
  const query = new URLSearchParams({ ...names })
  const socket = fakeTransport(node, handler, { request: isAnonymous ? {} : { cookies, query } })
  await node.settle()
  return socket
}
const texts = (socket: FakeTransport): unknown[] => socket.sent.map(([, data]) => data)

describe('the page', () => {
  test('attaches the socket that asks for it, which gets what waits, numbered, until it is acknowledged', async () => {
    page.add(pid, 'a')
    const socket = await open()
    expect(texts(socket)).toEqual([])
    socket.send(`Z:PING:${id}:0`)
    await node.settle()
    page.add(pid, 'b')
    await node.settle()
    expect(texts(socket)).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:a', 'Z:MSG:2:b'])
    socket.send('Z:ACK:1')
    await node.settle()
    expect(await page.info(pid)).toMatchObject({ waiting: 1, acknowledged: 1, websocket: socket.pid })
  })

  test('gives the next socket what the last one has not acknowledged, also after a crash of that one', async () => {
    const first = await open({
      postback() {
        exit('crash')
      },
    })
    first.send(`Z:PING:${id}:0`)
    for (const data of ['a', 'b']) page.add(pid, data)
    await node.settle()
    first.send('crash')
    await node.settle()
    expect([first.closed, first.exit]).toEqual([['close', 1011], 'crash'])
    page.add(pid, 'c')
    const second = await open()
    second.send(`Z:PING:${id}:1`)
    await node.settle()
    expect(texts(second)).toEqual([`Z:PONG:${id}:resumed:1`, 'Z:MSG:2:b', 'Z:MSG:3:c'])
  })

  test('without a number, as the original asks, gets plain messages', async () => {
    page.add(pid, 'a')
    const socket = await open()
    socket.send(`Z:PING:${id}`)
    await node.settle()
    expect(texts(socket)).toEqual([`Z:PONG:${id}`, 'a'])
  })

  test('lets go of a socket whose place another one takes: 4409', async () => {
    const [first, second] = [await open(), await open()]
    for (const socket of [first, second]) {
      socket.send(`Z:PING:${id}:0`)
      await node.settle()
    }
    expect([first.closed?.[1], first.exit, second.closed]).toEqual([4409, 'normal', undefined])
    expect((await page.info(pid)).websocket).toEqual(second.pid)
  })

  test('of a visitor without a session is none: no answer, and the socket stays open', async () => {
    const socket = await open({ requireSession: false }, true)
    for (const text of [`Z:PING:${id}:0`, 'Z:PING::0', 'Z:PING:undefined:0', 'Z:ACK:1']) socket.send(text)
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[], undefined])
  })

  test('hears of its socket at once, however long a postback takes, and gives no place to one that it has replaced', async () => {
    for (const processes of [2, 1] as const) {
      const options = { processes, postback: () => waitOn(node, 6000).then(() => undefined) }
      const first = await open(options)
      first.send(`Z:PING:${id}:0`)
      await node.settle()
      page.add(pid, 'a')
      first.send('save my form')
      first.send('Z:ACK:1')
      first.send(`Z:PING:${id}:1`)
      await node.settle()
      expect((await page.info(pid)).waiting).toBe(processes === 2 ? 0 : 1)
      await node.advance(5000)
      const second = await open(options) // the browser has given up the first
      second.send(`Z:PING:${id}:1`)
      await node.settle()
      await node.advance(6000)
      expect([first.closed, second.closed]).toEqual([['close', 4409], undefined])
      expect((await page.info(pid)).websocket).toEqual(second.pid)
    }
  })

  test('hears no acknowledgement of a socket that is not its own', async () => {
    const [first, second] = [await open(), await open()]
    first.send(`Z:PING:${id}:0`)
    page.add(pid, 'a')
    await node.settle()
    second.send('Z:ACK:1')
    await node.settle()
    expect((await page.info(pid)).waiting).toBe(1)
    first.send('Z:ACK:1')
    await node.settle()
    expect((await page.info(pid)).waiting).toBe(0)
  })

  test('that has ended closes the socket that asks for it with 1012, so that the browser comes again', async () => {
    const socket = await open()
    await node.advance(20_000)
    expect(node.isAlive(pid)).toBe(false)
    socket.send('Z:ACK:1')
    socket.send('Z:PING:another:0')
    await node.settle()
    expect(socket.closed).toBeUndefined()
    socket.send(`Z:PING:${id}:0`)
    await node.settle()
    expect(socket.closed).toEqual(['close', 1012])
  })

  test('takes over what the page of the HTML has got, once and in order, when the browser shows it anew', async () => {
    page.add(pid, 'a')
    const before = await open()
    before.send(`Z:PING:${id}:0`)
    await node.settle()
    before.cut()
    await node.settle()
    page.add(pid, 'b')
    const made = await session.ensurePage(sid)
    for (const data of ['mail', 'more']) page.add(made.pid, data)
    const after = await open({}, false, { z_pageid: id, z_newpage: made.id })
    expect((await page.info(made.pid)).waiting).toBe(2)
    for (let n = 0; n < 2; n++) {
      after.send(`Z:PING:${id}:1`)
      await node.settle()
    }
    expect(texts(after)).toEqual([
      `Z:PONG:${id}:resumed:1`,
      'Z:MSG:2:b',
      'Z:MSG:3:mail',
      'Z:MSG:4:more',
      `Z:PONG:${id}:resumed:1`,
    ])
    expect((await session.pages(sid)).map((one) => one.id)).toEqual([id])
  })

  test('that is new to the server takes over as well; other ids than those of its session name nothing', async () => {
    const made = await session.ensurePage(sid)
    page.add(made.pid, 'mail')
    const socket = await open({ noSession: false }, false, { z_pageid: 'kept', z_newpage: made.id })
    socket.send('Z:PING:kept:17')
    await node.settle()
    expect(texts(socket)).toEqual(['Z:PONG:kept:new:1000017', 'Z:MSG:1000018:mail'])
    for (const z_newpage of ['', 'x', 'kept', made.id]) {
      const other = await open({}, false, { z_pageid: 'kept', z_newpage })
      other.send('Z:PING:kept:1000018')
      await node.settle()
      expect(texts(other)).toEqual(['Z:PONG:kept:resumed:1000018'])
    }
    expect((await session.pages(sid)).map((one) => one.id)).toEqual([id, 'kept'])
  })

  test('is not moved by numbers that it has not given, nor by binary frames', async () => {
    page.add(pid, 'a')
    const socket = await open()
    socket.send(`Z:PING:${id}:0`)
    for (const text of ['Z:ACK:7', 'Z:ACK:999999999999999', 'Z:ACK:-1', 'Z:ACK:x']) socket.send(text)
    socket.send(Buffer.from('Z:ACK:1'))
    await node.settle()
    expect([await page.info(pid), socket.closed]).toEqual([expect.objectContaining({ waiting: 1, acknowledged: 0 }), undefined])
  })
})

describe('postback', () => {
  const seen: unknown[] = []
  beforeEach(() => {
    seen.length = 0
  })

  test('gets every other text with the context, in the order of the frames; what it answers goes to the page', async () => {
    const socket = await open({
      async postback(data, context) {
        seen.push([data, context.pageId])
        await waitOn(node, data === 'slow' ? 100 : 1)
        return data === 'nothing' ? undefined : ['answer to ', Buffer.from(data)]
      },
    })
    socket.send(`Z:PING:${id}:0`)
    for (const data of ['slow', 'nothing', 'Z:PONG:x']) socket.send(data)
    await node.advance(200)
    expect(seen).toEqual(['slow', 'nothing', 'Z:PONG:x'].map((data) => [data, id]))
    expect(texts(socket).slice(1)).toEqual(['Z:MSG:1:answer to slow', 'Z:MSG:2:answer to Z:PONG:x'])
  })

  test('whose socket has gone before it answers, is answered on the next one', async () => {
    const socket = await open({ postback: () => waitOn(node, 1000).then(() => 'late') })
    socket.send('x')
    await node.settle()
    socket.cut()
    await node.advance(1000)
    const next = await open()
    next.send(`Z:PING:${id}:0`)
    await node.settle()
    expect(texts(next)).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:late'])
  })

  test('without a page is answered on the socket', async () => {
    const socket = await open({ requireSession: false, postback: (data) => ['answer to ', data] }, true)
    socket.send('x')
    await node.settle()
    expect(socket.sent).toEqual([['text', 'answer to x']])
  })

  test.each<[string, (data: string, context: Context) => any]>([
    [
      'throws',
      () => {
        throw new Error('boom')
      },
    ],
    ['rejects', () => Promise.reject(new Error('boom'))],
    ['answers what is no text', () => 7],
    ['answers with a promise of what is no text', () => Promise.resolve({})],
  ])('that %s is logged, and the socket lives on', async (_what, postback) => {
    for (const processes of [1, 2] as const) {
      const socket = await open({ postback, processes })
      socket.send('x')
      await node.settle()
      socket.send(`Z:PING:${id}:0`)
      await node.settle()
      expect([socket.closed, texts(socket).length]).toEqual([undefined, 1])
      node.expectCrash(/^postback failed: /)
    }
  })

  test('that calls exit ends the socket, whose page lives on', async () => {
    const socket = await open({ postback: () => exit('enough') })
    socket.send('x')
    await node.settle()
    expect([socket.closed, socket.exit]).toEqual([['close', 1011], 'enough'])
    expect((await page.info(pid)).status).toBe('detached')
  })

  test('gets no Z:PING and no Z:ACK that cannot be understood', async () => {
    const postback = (data: string): void => void seen.push(data)
    const socket = await open({ postback })
    for (const text of ['Z:PING', 'Z:PING:a:b', 'Z:PING:a:b:c', 'Z:ACK', 'Z:ACK:', 'Z:ACK:-1', 'Z:ACK:x']) socket.send(text)
    for (const text of ['Z:PINGS', 'Z:ACKNOWLEDGE:1', ' Z:ACK:1']) socket.send(text)
    await node.settle()
    expect([seen, socket.sent]).toEqual([['Z:PINGS', 'Z:ACKNOWLEDGE:1', ' Z:ACK:1'], []])
  })

  test('that is not there means that other text is ignored', async () => {
    const socket = await open()
    for (const text of ['', 'x', 'postback=1&z_trigger_id=2']) socket.send(text)
    node.send(socket.pid, 'and other messages')
    await node.settle()
    expect([socket.sent, socket.closed]).toEqual([[], undefined])
  })
})
