// What happens between a request and the first callback: the controller, the context, session and page; and the controller of
// the script.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import { session, type Sessions, startSessions } from 'gensock/session'
import { type TestNode, testNode } from 'gensock/testing'
import {
  baseRules,
  type Context,
  type ControllerModule,
  controllerStream,
  controllerWebsocket,
  dispatch,
  type WebsocketOptions,
} from 'gensock/zotonic'
import { type FakeTransport, fakeTransport } from '../../../src/testing/fake-transport.js'
import { controllerOf } from '../../../src/handlers/zotonic/controller.js'
import { endSites, handlerOf, recording, serve, UPGRADE } from './sites.js'

let node: TestNode
let sessions: Sessions
beforeEach(async () => {
  node = testNode()
  sessions = await startSessions({ node })
})
afterEach(async () => {
  await supervisor.stop(sessions.pid)
  await node.stop()
  await endSites()
})

interface Asked {
  readonly cookies?: Readonly<Record<string, string>>
  readonly query?: string
  readonly secure?: boolean
}
/** A request for a socket. */
async function ask(
  controller: ControllerModule,
  options: WebsocketOptions,
  { cookies = {}, query = '', secure = false }: Asked = {},
): Promise<FakeTransport> {
  const request = { cookies, secure, query: new URLSearchParams(query) }
  const socket = fakeTransport(node, handlerOf(['ws', ['ws'], controller, options], sessions), { request })
  await node.settle()
  return socket
}
/** A handler that keeps the context of its init. */
function keeping(): { readonly handler: ReturnType<typeof recording>['handler']; readonly contexts: Context[] } {
  const contexts: Context[] = []
  const { handler } = recording({ init: (context) => contexts.push(context) })
  return { handler, contexts }
}
async function visitor(): Promise<{ cookies: Record<string, string>; pid: Awaited<ReturnType<Sessions['ensure']>>['session'] }> {
  const visit = await sessions.ensure({}, { secure: false })
  const pairs = visit.cookies.map((cookie) => (cookie.split(';')[0] as string).split('='))
  return { cookies: Object.fromEntries(pairs) as Record<string, string>, pid: visit.session }
}
const FREE = { requireSession: false } as const

describe('session and page are known to init', () => {
  test('of a visitor with a session, whose page is that of z_pageid, or a new one', async () => {
    const { cookies, pid } = await visitor()
    const page = await session.ensurePage(pid)
    const { handler, contexts } = keeping()
    await ask(controllerWebsocket, { wsHandler: handler }, { cookies, query: `z_pageid=${page.id}` })
    await ask(controllerWebsocket, { wsHandler: handler }, { cookies })
    const [known, fresh] = contexts as [Context, Context]
    expect([known.sessionPid, known.pagePid, known.pageId]).toEqual([pid, page.pid, page.id])
    expect([fresh.sessionPid, fresh.pageId?.length]).toEqual([pid, 22])
    expect((await session.pages(pid)).map(({ id }) => id)).toEqual([page.id, fresh.pageId])
  })

  test('of a visitor without one, who gets it with cookies that are Secure over TLS', async () => {
    const { handler, contexts } = keeping()
    const socket = await ask(controllerWebsocket, { ...FREE, wsHandler: handler }, { secure: true })
    const [, { headers = {} }] = socket.handshake as ['accept', { headers?: Record<string, string[]> }]
    expect(headers['Set-Cookie']?.map((cookie) => [cookie.split('=')[0], cookie.includes('; Secure')])).toEqual([
      ['z_sid', true],
      ['z_pid', true],
    ])
    expect(contexts[0]?.sessionPid).toBeDefined()
    expect(contexts[0]?.pagePid).toBeDefined()
  })

  test('of a visitor whose network lets no WebSocket through: cookies come with the answer that opens the connection', async () => {
    const { handler, contexts } = keeping()
    const site = await serve([['ws', ['ws'], controllerWebsocket, { ...FREE, wsHandler: handler }]])
    for (const via of ['sse', 'longPoll']) {
      const { status, headers } = await site.ask(`/ws?gensock=open&via=${via}`, { method: 'POST' })
      expect([status, (headers['set-cookie'] as string[]).length]).toEqual([200, 2])
    }
    expect(contexts.map(({ sessionPid }) => sessionPid !== undefined)).toEqual([true, true])
  })

  test('not where the rule says noSession, but the page of z_pageid of a session that there is', async () => {
    const { cookies, pid } = await visitor()
    const page = await session.ensurePage(pid)
    const { handler, contexts } = keeping()
    const options = { ...FREE, noSession: true, wsHandler: handler }
    await ask(controllerWebsocket, options)
    await ask(controllerWebsocket, options, { cookies })
    await ask(controllerWebsocket, options, { cookies, query: `z_pageid=${page.id}` })
    expect(contexts.map(({ sessionPid, pagePid }) => [sessionPid, pagePid])).toEqual([
      [undefined, undefined],
      [pid, undefined],
      [pid, page.pid],
    ])
  })

  test('a z_pageid that cannot be one is as none', async () => {
    const { cookies } = await visitor()
    const { handler, contexts } = keeping()
    await ask(controllerWebsocket, { wsHandler: handler }, { cookies, query: `z_pageid=${encodeURIComponent('<script>')}` })
    expect(contexts[0]?.pageId).toMatch(/^[\w-]{22}$/)
  })
})

describe('a controller of its own', () => {
  const { websocketStart } = controllerWebsocket

  test('may change the context and go on: websocketStart of the seeds', async () => {
    const { handler, contexts } = keeping()
    const mine: ControllerModule = {
      websocketStart(reqData, context) {
        const context1 = context.set('ws_handler', handler).set('path', reqData.path)
        return controllerWebsocket.websocketStart(reqData, context1)
      },
    }
    await ask(mine, FREE)
    expect(contexts.map((context) => context.get('path'))).toEqual(['/'])
  })

  test('may say noSession in the context', async () => {
    const mine: ControllerModule = { websocketStart: (req, context) => websocketStart(req, context.set('no_session', true)) }
    const socket = await ask(mine, FREE)
    expect(socket.handshake).toEqual(['accept', { headers: {} }])
  })

  test('is waited for, also where it does not wait itself, and starts a socket once', async () => {
    const atInit: unknown[] = []
    const { handler } = recording({ init: (context) => atInit.push(context.sessionPid !== undefined) })
    const mine: ControllerModule = {
      websocketStart(reqData, context) {
        void websocketStart(reqData, context.set('ws_handler', handler))
        void websocketStart(reqData, context)
      },
    }
    const socket = await ask(mine, FREE)
    expect(atInit).toEqual([true])
    const [, { headers = {} }] = socket.handshake as ['accept', { headers?: Record<string, string[]> }]
    expect(headers['Set-Cookie']).toHaveLength(2)
  })

  test.each<[string, ControllerModule['websocketStart'], RegExp]>([
    ['does not go on', () => undefined, /websocketStart must return what controllerWebsocket.websocketStart answers/],
    [
      'throws',
      () => {
        throw new Error('mine')
      },
      /mine/,
    ],
    [
      'sets no handler',
      (req, context) => websocketStart(req, context.set('ws_handler', { websocketInit: () => undefined })),
      /context.get\('ws_handler'\).websocketMessage must be a function/,
    ],
    ['gives something else', (req) => websocketStart(req, {} as Context), /context must be the context of a callback/],
  ])('that %s is a 500 and a report', async (_what, websocketStart, report) => {
    const socket = await ask({ websocketStart }, { requireSession: false, noSession: true })
    expect(socket.handshake).toEqual(['reject', 500, {}])
    node.expectCrash(report)
  })

  test('that calls exit is a 500', async () => {
    const socket = await ask({ websocketStart: () => exit('closed today') }, { requireSession: false, noSession: true })
    expect([socket.handshake, socket.exit]).toEqual([['reject', 500, {}], 'closed today'])
  })

  test('is not asked where a session is missing', async () => {
    const asked: unknown[] = []
    const socket = await ask({ websocketStart: () => void asked.push('asked') }, {})
    expect([socket.handshake, asked]).toEqual([['reject', 403, {}], []])
  })

  test('cannot go on with the context of a page', async () => {
    const contexts: Context[] = []
    const rules = dispatch([['a', [[':id', (_id, context) => contexts.push(context) > 0]], controllerWebsocket]])
    ;(rules.routes[0] as unknown as { match(path: string, request: unknown): unknown }).match('/x', { path: '/x' })
    expect(() => controllerWebsocket.websocketStart({} as never, contexts[0] as Context)).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }),
    )
  })
})

test('what is no controller is refused by its place', () => {
  for (const bad of [undefined, null, {}, 'controller_websocket', { websocketStart: 1 }, () => undefined]) {
    expect(() => controllerOf('rule 1: controller', bad)).toThrow(/^rule 1: controller must be controllerWebsocket, or an object/)
  }
})

describe('the script of the stream tag', () => {
  test('is answered with its type and an ETag, after which it is not sent again', async () => {
    const site = await serve(baseRules)
    const path = '/lib/gensock/stream.js'
    const { status, headers, body } = await site.ask(path)
    expect([status, headers['content-type'], headers['cache-control'], headers['x-content-type-options']]).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'no-cache',
      'nosniff',
    ])
    expect(body.length).toBeGreaterThan(0)
    const etag = headers['etag'] as string
    for (const known of [etag, `W/${etag}`, `"x", ${etag}`, '*']) {
      const again = await site.ask(path, { headers: { 'If-None-Match': known } })
      expect([again.status, again.headers['etag'], again.body]).toEqual([304, etag, ''])
    }
    expect((await site.ask(path, { headers: { 'If-None-Match': '"x"' } })).status).toBe(200)
    expect(await site.ask(path, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
    expect((await site.ask(path, { method: 'POST' })).status).toBe(405)
  })

  test('has no socket at its path', async () => {
    const site = await serve([['script', ['script.js'], controllerStream]])
    expect((await site.ask('/script.js', { headers: UPGRADE })).status).toBe(404)
    expect((await site.ask('/script.js?gensock=open&via=sse', { method: 'POST' })).status).toBe(405)
    expect((await site.ask('/other.js')).status).toBe(404)
  })
})
