// The page of a browser: ensureAll, which makes its context over node:http, and the script element that connects it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Node, silentLogger, supervisor } from 'gensock'
import { page, session, type Sessions, startSessions } from 'gensock/session'
import { baseRules, type Context, controllerStream, dispatch, ensureAll, type EnsureAllOptions, streamTag } from 'gensock/zotonic'
import { setUrlFor } from '../../../src/handlers/zotonic/stream-tag.js'
import { ZotonicContext } from '../../../src/handlers/zotonic/context.js'

let node: Node
let sessions: Sessions
let server: Server
/** Of the requests so far: the context, or what ensureAll threw. */
const contexts: Context[] = []
const failures: unknown[] = []
let options: EnsureAllOptions
beforeEach(async () => {
  node = createNode({ logger: silentLogger })
  sessions = await startSessions({ node })
  options = { sessions }
  contexts.length = failures.length = 0
  server = createServer((request, response) => {
    if (request.url === '/cached') response.setHeader('Cache-Control', 'no-store')
    ensureAll(request, response, options)
      .then((context) => {
        contexts.push(context)
        response.end(streamTag(context))
      })
      .catch((error: unknown) => {
        failures.push(error)
        response.writeHead(500).end()
      })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterEach(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await supervisor.stop(sessions.pid)
  await node.stop()
})

async function get(
  path = '/',
  headers: Record<string, string> = {},
): Promise<{ cookies: string[]; response: Response; body: string }> {
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, { headers })
  return { cookies: response.headers.getSetCookie(), response, body: await response.text() }
}
const pairsOf = (cookies: readonly string[]): string => cookies.map((cookie) => cookie.split(';')[0]).join('; ')

describe('ensureAll', () => {
  test('makes session and page of a new visitor, whose cookies bring him back to the session, with another page', async () => {
    const first = await get()
    expect(first.cookies.map((cookie) => cookie.split('=')[0])).toEqual(['z_sid', 'z_pid'])
    const second = await get('/', { Cookie: pairsOf(first.cookies) })
    expect(second.cookies).toEqual([])
    const [a, b] = contexts as [Context, Context]
    expect(a.sessionPid).toEqual(b.sessionPid)
    expect(a.pageId).not.toBe(b.pageId)
    expect((await session.pages(a.sessionPid as never)).map(({ id }) => id)).toEqual([a.pageId, b.pageId])
    expect((await page.info(a.pagePid as never)).status).toBe('detached')
  })

  test('begins anew for a visitor whose session ends between its being found and its page', async () => {
    const first = await get()
    const ended: unknown[] = []
    options = {
      sessions: {
        ...sessions,
        resume: (cookies) => sessions.resume(cookies),
        async ensure(cookies, visit) {
          const found = await sessions.ensure(cookies, visit)
          if (ended.length < 2) await sessions.end(found.session)
          ended.push(found.session)
          return found
        },
      },
    }
    const second = await get('/', { Cookie: pairsOf(first.cookies) })
    expect([failures, second.response.status, ended.length]).toEqual([[], 200, 3])
    // Cookies of the session that has a page, and no others.
    expect(second.cookies.map((cookie) => cookie.split('=')[0])).toEqual(['z_sid', 'z_pid'])
    const [z_sid, z_pid] = second.cookies.map((cookie) => /=([^;]*)/.exec(cookie)?.[1])
    expect(await sessions.resume({ z_sid, z_pid })).toEqual(contexts[1]?.sessionPid)
  })

  test('takes the page of z_pageid', async () => {
    const { cookies } = await get()
    const id = contexts[0]?.pageId as string
    await get(`/?z_pageid=${id}`, { Cookie: pairsOf(cookies) })
    expect(contexts[1]?.pagePid).toEqual(contexts[0]?.pagePid)
  })

  test('takes whoever has a forged or stale cookie for a new visitor', async () => {
    const { cookies } = await get()
    await sessions.end(contexts[0]?.sessionPid as never)
    for (const Cookie of [pairsOf(cookies), 'z_sid=forged; z_pid=forged', 'z_sid=', 'z_sid=%ff; z_sid=b', ';;=']) {
      const again = await get('/', { Cookie })
      expect(again.response.status).toBe(200)
      expect(again.cookies.some((cookie) => cookie.startsWith('z_sid='))).toBe(true)
    }
    expect(new Set(contexts.map(({ sessionPid }) => String(sessionPid))).size).toBe(6)
  })

  test('says that a page is its visitor’s alone, unless something has been said', async () => {
    expect((await get()).response.headers.get('cache-control')).toBe('private, no-cache')
    expect((await get('/cached')).response.headers.get('cache-control')).toBe('no-store')
  })

  test('makes Secure cookies for what came over TLS to a proxy that is trusted', async () => {
    const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-For': '192.0.2.1' }
    expect((await get('/', headers)).cookies.every((cookie) => !cookie.includes('Secure'))).toBe(true)
    options = { sessions, trustProxy: 1 }
    expect((await get('/', headers)).cookies.every((cookie) => cookie.includes('; Secure'))).toBe(true)
    expect([contexts[1]?.req.secure, contexts[1]?.req.remoteAddress]).toEqual([true, '192.0.2.1'])
  })

  test('knows the query and the path, and has no rule', async () => {
    await get('/news/?q=a%20b')
    const [context] = contexts as [Context]
    expect([context.getQ('q'), context.getQ('zotonic_dispatch'), context.getQ('zotonic_dispatch_path')]).toEqual([
      'a b',
      undefined,
      'news',
    ])
    expect(context.set('key', 1).get('key')).toBe(1)
  })

  test('refuses options that are none, and an answer whose headers have gone', async () => {
    for (const [bad, code] of [
      [{ session: sessions }, 'GENSOCK_ERR_UNKNOWN_OPTION'],
      [{ sessions, trustProxy: -1 }, 'GENSOCK_ERR_BADARG'],
      [{ sessions, trustProxy: 'all' }, 'GENSOCK_ERR_BADARG'],
      [{ sessions, urlFor: '/' }, 'GENSOCK_ERR_BADARG'],
    ] as const) {
      options = bad as never
      await get()
      expect(failures.pop()).toMatchObject({ code })
    }
    for (const [request, response, message] of [
      [undefined, {}, 'request must be a request of node:http'],
      [{}, {}, 'request must be a request of node:http'],
      [{ headers: {}, socket: {} }, {}, 'response must be its answer'],
      [
        { headers: {}, socket: {} },
        { appendHeader: () => undefined, headersSent: true },
        'response must be an answer that has not begun',
      ],
    ] as const) {
      await expect(ensureAll(request as never, response as never)).rejects.toMatchObject({
        code: 'GENSOCK_ERR_BADARG',
        message: expect.stringContaining(message),
      })
    }
  })
})

describe('streamTag', () => {
  test('is a script element with the url of the socket, and no code', async () => {
    const { body } = await get()
    expect(body).toBe(
      `<script type="module" src="/lib/gensock/stream.js" data-gensock-stream="/websocket?z_pageid=${contexts[0]?.pageId}"></script>`,
    )
  })

  test('follows the rules of the site', async () => {
    const [websocket] = baseRules as [(typeof baseRules)[number]]
    const rules = [['stream_js', ['js', 'stream.js'], controllerStream], websocket] as const
    options = { sessions, urlFor: dispatch(rules, { prefix: '/app' }).urlFor }
    const { body } = await get()
    expect(body).toMatch(
      /^<script type="module" src="\/app\/js\/stream\.js" data-gensock-stream="\/app\/websocket\?z_pageid=[\w-]{22}"><\/script>$/,
    )
  })

  test('escapes whatever the rules and the page are called', () => {
    const context = pageContext('id')
    setUrlFor(context, (name) => (name === 'websocket' ? `/"><script>alert('x')</script>&amp;` : `/s.js?a&b`))
    expect(streamTag(context)).toBe(
      '<script type="module" src="/s.js?a&amp;b" data-gensock-stream="/&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;"></script>',
    )
  })

  test('refuses what is no context, a context without a page, and rules without a socket or a script', () => {
    for (const bad of [undefined, null, {}, 'page'])
      expect(() => streamTag(bad as never)).toThrow(/context must be the context of/)
    expect(() => streamTag(pageContext(undefined))).toThrow(/context must be that of a page, as ensureAll makes it/)
    const context = pageContext('secret-id')
    setUrlFor(context, dispatch([]).urlFor)
    expect(() => streamTag(context)).toThrow(/rules must be rules with a stream_js and a websocket, as baseRules/)
    expect(() => streamTag(context)).not.toThrow(/secret-id/)
  })
})

function pageContext(id: string | undefined): ZotonicContext {
  const context = new ZotonicContext({ path: '/', query: new URLSearchParams() } as never)
  if (id !== undefined) context._setPage({ id, pid: undefined as never })
  return context
}
