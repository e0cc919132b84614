// A socket and its session: who is let in when the session ends or gets another cookie meanwhile, and what becomes of the one
// when the other ends. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { supervisor } from 'gensock'
import { session, type SessionPid, type Sessions, startSessions } from 'gensock/session'
import { type TestNode, testNode } from 'gensock/testing'
import { type Context, type ControllerModule, controllerWebsocket, type WebsocketOptions } from 'gensock/zotonic'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { handlerOf, recording } from './sites.js'

let node: TestNode
let sessions: Sessions
let cookies: Record<string, string>
let sid: SessionPid
beforeEach(async () => {
  node = testNode()
  sessions = await startSessions({ node })
  const visit = await sessions.ensure({}, { secure: false })
  sid = visit.session
  cookies = Object.fromEntries(visit.cookies.map((cookie) => (cookie.split(';')[0] as string).split('='))) as typeof cookies
})
afterEach(async () => {
  await supervisor.stop(sessions.pid)
  await node.stop()
})

interface Slow {
  readonly socket: FakeTransport
  readonly context: Context
  /** Goes on to Zotonic's own controller. */
  go(): Promise<void>
}
/** A socket whose controller takes its time, with the visitor's cookies. */
async function slow(options: WebsocketOptions, begunFirst = false): Promise<Slow> {
  let open: () => void = () => undefined
  const gate = new Promise<void>((resolve) => (open = resolve))
  let known: Context | undefined
  const controller: ControllerModule = {
    async websocketStart(reqData, context) {
      known = context
      if (begunFirst) await controllerWebsocket.websocketStart(reqData, context)
      await gate
      await controllerWebsocket.websocketStart(reqData, context)
    },
  }
  const socket = fakeTransport(node, handlerOf(['ws', ['ws'], controller, options], sessions), { request: { cookies } })
  await node.settle()
  return {
    socket,
    context: known as Context,
    async go() {
      open()
      await node.settle()
    },
  }
}
const setCookies = ({ handshake }: FakeTransport): readonly string[] =>
  ((handshake?.[1] as { headers?: Record<string, string[]> } | undefined)?.headers?.['Set-Cookie'] ?? []).map(
    (line) => line.split('=')[0] as string,
  )

describe('a handshake', () => {
  const ends: Record<string, () => Promise<unknown>> = {
    'whose session ends': () => sessions.end(sid),
    'whose cookie becomes void by a login': () => sessions.rotate(sid, { secure: false }),
  }
  test.each(Object.keys(ends))('%s meanwhile is that of an anonymous visitor', async (what) => {
    for (const begunFirst of [false, true]) {
      const strict = await slow({}, begunFirst)
      const open = await slow({ requireSession: false }, begunFirst)
      const none = await slow({ requireSession: false, noSession: true }, begunFirst)
      await ends[what]?.()
      for (const { go } of [strict, open, none]) await go()
      expect(strict.socket.handshake?.slice(0, 2)).toEqual(['reject', 403])
      // After a login the browser has cookies that are better than those of a request from before it.
      const lines = what.includes('login') ? [] : ['z_sid', 'z_pid']
      expect([open.socket.handshake?.[0], setCookies(open.socket)]).toEqual(['accept', lines])
      expect(open.context.sessionPid).not.toEqual(sid)
      expect((await session.pages(open.context.sessionPid as SessionPid)).map(({ id }) => id)).toEqual([open.context.pageId])
      expect([none.socket.handshake?.[0], none.context.sessionPid, none.context.pagePid]).toEqual([
        'accept',
        undefined,
        undefined,
      ])
      const visit = await sessions.ensure({}, { secure: false })
      sid = visit.session
      cookies = Object.fromEntries(visit.cookies.map((cookie) => (cookie.split(';')[0] as string).split('='))) as typeof cookies
    }
  })
})

test('a handshake whose session crashes meanwhile goes on with it', async () => {
  await session.set(sid, 'user', 'ann')
  const { socket, context, go } = await slow({})
  node.exit(sid, 'kill')
  await node.settle()
  await go()
  expect([socket.handshake?.[0], setCookies(socket)]).toEqual(['accept', []])
  expect(await session.get(context.sessionPid as SessionPid, 'user')).toBe('ann')
})

describe('a socket with a handler of its own', () => {
  async function open(record = recording()): Promise<FakeTransport> {
    const handler = handlerOf(['ws', ['ws'], controllerWebsocket, { wsHandler: record.handler, noSession: true }], sessions)
    const socket = fakeTransport(node, handler, { ...handler.defaults, request: { cookies } })
    await node.settle()
    return socket
  }

  test('closes with 4401 when its session ends, and hears nothing more', async () => {
    const record = recording()
    const socket = await open(record)
    await sessions.end(sid)
    await node.settle()
    socket.send('still here')
    await node.settle()
    expect([socket.closed, record.calls.filter(([name]) => name === 'message')]).toEqual([['close', 4401], []])
  })

  test('closes with 1012 when its session crashes, which the next one finds again', async () => {
    const socket = await open()
    node.exit(sid, 'kill')
    await node.settle()
    expect(socket.closed).toEqual(['close', 1012])
    expect((await open()).handshake?.[0]).toBe('accept')
  })

  test('keeps its session in use as long as it is open', async () => {
    const socket = await open()
    await node.advance(2 * 3_600_000)
    expect([socket.closed, node.isAlive(sid)]).toEqual([undefined, true])
    socket.cut()
    await node.advance(3_599_000)
    expect(node.isAlive(sid)).toBe(true)
    await node.advance(2000)
    expect(node.isAlive(sid)).toBe(false)
  })
})
