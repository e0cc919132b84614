// Zotonic's cases of the request phase, Z34 to Z42, on 127.0.0.1. Each title starts with its number; what is not as in Zotonic
// says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { session } from 'gensock/session'
import { type Context, controllerWebsocket, type DispatchRule, websocketSendData } from 'gensock/zotonic'
import { frame, TEXT } from '../cowboy/raw-client.js'
import { endSites, recording, type Script, serve, UPGRADE } from './sites.js'

afterEach(endSites)

/** Tells a browser what `context` has. */
const telling = (tell: (context: Context) => unknown): Script => ({
  message: (_data, from, context) => websocketSendData(from, String(tell(context))),
})
const rule = (options: DispatchRule[3], script: Script = {}): DispatchRule => [
  'ws',
  ['ws'],
  controllerWebsocket,
  { wsHandler: recording(script).handler, ...options },
]

describe('the request', () => {
  test('Z34. Given a rule that does not say requireSession, when a browser without a session connects, then it gets 403; differs: without any cookie, a forged one and a stale one are the same', async () => {
    const site = await serve([rule({})])
    const { cookie, session: pid } = await site.visitor()
    await site.sessions.end(pid)
    for (const Cookie of ['other=1', 'z_sid=forged', 'z_sid=', cookie, `${cookie}x`]) {
      const { status, headers } = await site.ask('/ws', { headers: { ...UPGRADE, Cookie } })
      expect([status, headers['set-cookie']]).toEqual([403, undefined])
    }
    expect((await site.ask('/ws', { headers: UPGRADE })).status).toBe(403)
    expect(site.listener.counters().crashed).toBe(0)
  })

  test('Z35. Given requireSession false, when a browser without a session connects, then it gets 101 and a session, unless the rule says noSession; differs: the cookies of the session are sent', async () => {
    const site = await serve([
      ['anonymous', ['anonymous'], controllerWebsocket, { requireSession: false }],
      ['nobody', ['nobody'], controllerWebsocket, { requireSession: false, noSession: true }],
    ])
    const { status, headers } = await site.ask('/anonymous', { headers: { ...UPGRADE, Cookie: 'z_sid=forged' } })
    const cookies = headers['set-cookie'] as string[]
    expect([status, cookies.map((cookie) => cookie.split('=')[0])]).toEqual([101, ['z_sid', 'z_pid']])
    const [z_sid] = cookies.map((cookie) => cookie.slice(cookie.indexOf('=') + 1, cookie.indexOf(';')))
    expect(await site.sessions.resume({ z_sid })).toBeDefined()
    const nobody = await site.ask('/nobody', { headers: UPGRADE })
    expect([nobody.status, nobody.headers['set-cookie']]).toEqual([101, undefined])
    const known = await site.visitor()
    const again = await site.ask('/anonymous', { headers: { ...UPGRADE, Cookie: known.cookie } })
    expect([again.status, again.headers['set-cookie']]).toEqual([101, undefined])
  })

  test('Z36. Given z_sid of a live session and no z_pid, when a browser connects, then it gets 101 and that session; differs: a z_pid that does not belong to it is 403', async () => {
    const site = await serve([
      rule(
        {},
        telling(({ sessionPid }) => sessionPid),
      ),
    ])
    const { cookie, session: pid } = await site.visitor()
    const [z_sid = '', z_pid = ''] = cookie.split('; ')
    for (const Cookie of [z_sid, cookie]) {
      const client = await site.open({ headers: { Cookie } })
      client.write(frame(TEXT, 'x'))
      expect(await client.next()).toBe(`text ${String(pid)}`)
    }
    const other = (await site.visitor()).cookie.split('; ')[1] as string
    expect(z_pid).not.toBe(other)
    expect((await site.ask('/ws', { headers: { ...UPGRADE, Cookie: `${z_sid}; ${other}` } })).status).toBe(403)
  })

  test('Z38. Given a rule of sockets, when a GET without Upgrade comes to it, then it gets 200, HTML and "X-Robots-Tag: noindex", HEAD the same without a body, and other methods 405; differs: it needs no session', async () => {
    const site = await serve([rule({})])
    const { status, headers, body } = await site.ask('/ws')
    expect([status, headers['content-type'], headers['x-robots-tag']]).toEqual([200, 'text/html; charset=utf-8', 'noindex'])
    expect(body).toMatch(/^<!DOCTYPE html>\n<html lang="en"><title>WebSocket<\/title>/)
    const head = await site.ask('/ws', { method: 'HEAD' })
    expect([head.status, head.headers['content-length'], head.body]).toEqual([200, String(body.length), ''])
    for (const method of ['POST', 'PUT', 'DELETE']) {
      const refused = await site.ask('/ws', { method })
      expect([refused.status, refused.headers['allow']]).toEqual([405, 'GET, HEAD'])
    }
  })

  test('Z40. Given version 7, 8 or 13, when a browser connects, then it gets 101; differs: another version, or none, gets 426 with those that are spoken, in Zotonic a 500 and the protocol of 2010', async () => {
    const site = await serve([rule({ requireSession: false, noSession: true })])
    const answers = async (version: string | undefined): Promise<unknown> => {
      const { 'Sec-WebSocket-Version': _thirteen, ...others } = UPGRADE
      const { status, headers } = await site.ask('/ws', {
        headers: version === undefined ? others : { ...others, 'Sec-WebSocket-Version': version },
      })
      return status === 101 ? status : [status, headers['sec-websocket-version']]
    }
    for (const version of ['7', '8', '13']) expect(await answers(version)).toBe(101)
    for (const version of ['9', '0', undefined]) expect(await answers(version)).toEqual([426, '13, 8, 7'])
  })

  test('Z41. Given own options of a rule, when a handler asks its context for them, then it gets them; differs: they stand under `own`', async () => {
    const tell = telling((context) =>
      [context.get('foo'), context.get('require_session'), context.getQ('zotonic_dispatch')].join(),
    )
    const site = await serve([rule({ requireSession: false, own: { foo: 'bar' } }, tell)])
    const client = await site.open()
    client.write(frame(TEXT, 'x'))
    expect(await client.next()).toBe('text bar,false,ws')
  })

  test('Z42. Given ws_handler of the rule or of the context, when a browser connects, then its callbacks run, and without one those of the default handler', async () => {
    const ofRule = recording(telling(() => 'of the rule')).handler
    const ofContext = recording(telling(() => 'of the context')).handler
    const free = { requireSession: false } as const
    const mine = { websocketStart: controllerWebsocket.websocketStart }
    const site = await serve([
      ['rule', ['rule'], controllerWebsocket, { ...free, wsHandler: ofRule }],
      ['default', ['default', ':page'], controllerWebsocket, free],
      [
        'context',
        ['context'],
        { websocketStart: (reqData, context) => mine.websocketStart(reqData, context.set('ws_handler', ofContext)) },
        { ...free, wsHandler: ofRule },
      ],
    ])
    for (const [path, answer] of [
      ['/rule', 'text of the rule'],
      ['/context', 'text of the context'],
    ] as const) {
      const client = await site.open({ path })
      client.write(frame(TEXT, 'Z:PING:page-1'))
      expect(await client.next()).toBe(answer)
    }
    const { cookie, session: pid } = await site.visitor()
    const { id } = await session.ensurePage(pid, 'page-1')
    const client = await site.open({ path: `/default/x?z_pageid=${id}`, headers: { Cookie: cookie } })
    client.write(frame(TEXT, 'Z:PING:page-1'))
    expect(await client.next()).toBe('text Z:PONG:page-1')
  })
})
