// Whose visit is it? Cookies that are good, forged, stale or of somebody else; login, logout; the two functions that start it
// all.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { inspect } from 'node:util'
import { isPid, supervisor } from 'gensock'
import { defaultSessions, session, type Sessions, startSessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { page } from 'gensock/session'
import { begin, Browser, only, SECRET, silent } from './world.js'

let node: TestNode
let sessions: Sessions
let browser: Browser
beforeEach(async () => {
  node = testNode()
  sessions = await begin(node)
  browser = new Browser()
})
afterEach(() => node.stop())

describe('cookies', () => {
  test('a new visitor gets two: HttpOnly, SameSite=Lax, Path=/, z_pid for 400 days', async () => {
    const { cookies } = await sessions.ensure({}, { secure: false })
    const token = '[\\w-]{22}\\.[\\w-]{43}'
    expect(cookies).toEqual([
      expect.stringMatching(`^z_sid=${token}; Path=/; HttpOnly; SameSite=Lax$`),
      expect.stringMatching(`^z_pid=${token}; Max-Age=34560000; Path=/; HttpOnly; SameSite=Lax$`),
    ])
  })

  test('over TLS both are Secure', async () => {
    const { cookies } = await sessions.ensure({}, { secure: true })
    expect(cookies.map((line) => line.includes('; Secure'))).toEqual([true, true])
  })

  test('options name domain, path, SameSite and Max-Age; the lines to forget have the same domain and path', async () => {
    const site = await begin(node, { domain: 'example.org', path: '/app', sameSite: 'strict', persistMaxAgeS: 60 })
    const { cookies } = await site.ensure({}, { secure: false })
    expect(cookies[1]).toMatch(/; Max-Age=60; Domain=example\.org; Path=\/app; HttpOnly; SameSite=Strict$/)
    expect(site.cookiesToForget).toEqual([
      'z_sid=; Max-Age=0; Domain=example.org; Path=/app; HttpOnly; SameSite=Strict',
      'z_pid=; Max-Age=0; Domain=example.org; Path=/app; HttpOnly; SameSite=Strict',
    ])
  })
})

describe('a visit with cookies', () => {
  test('has the session that they were given for, and gets no cookies again', async () => {
    const { session: pid } = await browser.visit(sessions)
    expect(await sessions.ensure(browser.cookies, { secure: true })).toEqual({ session: pid, cookies: [] })
    expect(await sessions.resume(browser.cookies)).toBe(pid)
  })

  test('has it with z_sid alone', async () => {
    const { session: pid } = await browser.visit(sessions)
    expect(await sessions.resume(only(browser.cookies, 'z_sid'))).toBe(pid)
  })

  test('takes what parses cookies as it is: other names are not looked at', async () => {
    const { session: pid } = await browser.visit(sessions)
    const parsed: Readonly<Record<string, string | undefined>> = { other: 'x', ...browser.cookies }
    expect(await sessions.resume(parsed)).toBe(pid)
  })

  test('an empty z_pid is none', async () => {
    const { session: pid } = await browser.visit(sessions)
    expect(await sessions.resume({ ...browser.cookies, z_pid: '' })).toBe(pid)
  })

  test('resume never makes a session', async () => {
    expect(await sessions.resume({})).toBeUndefined()
    expect((await node.run(() => supervisor.whichChildren(sessions.pid))).length).toBe(3)
    const before = node.processes().length
    expect(await sessions.resume({ z_sid: 'nothing' })).toBeUndefined()
    expect(node.processes().length).toBe(before)
  })
})

describe('a visit is anonymous', () => {
  const flip = (token: string, at: number): string =>
    `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`

  test('when any character of z_sid was changed', async () => {
    await browser.visit(sessions)
    const { z_sid = '' } = browser.cookies
    for (const at of [0, 10, 21, 23, 40, 64, 65]) expect(await sessions.resume({ z_sid: flip(z_sid, at) })).toBeUndefined()
  })

  test('when z_sid is anything else', async () => {
    await browser.visit(sessions)
    const { z_sid = '', z_pid = '' } = browser.cookies
    const forged = [
      '',
      '.',
      z_sid.split('.')[0],
      `${z_sid}A`,
      `${z_sid}=`,
      ` ${z_sid}`,
      z_sid.replace('.', ''),
      z_pid,
      'a'.repeat(1e6),
    ]
    for (const one of forged) expect(await sessions.resume({ z_sid: one })).toBeUndefined()
    for (const one of [null, 7, {}, [z_sid]]) expect(await sessions.resume({ z_sid: one as never })).toBeUndefined()
  })

  test('when z_sid was signed with another secret', async () => {
    const other = await begin(node, { secret: 'another secret for tests' })
    await browser.visit(other)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
  })

  test('when z_pid is forged, or of another visitor', async () => {
    await browser.visit(sessions)
    const other = new Browser()
    await other.visit(sessions)
    const { z_sid, z_pid = '' } = browser.cookies
    expect(await sessions.resume({ z_sid, z_pid: flip(z_pid, 3) })).toBeUndefined()
    expect(await sessions.resume({ z_sid, z_pid: other.cookies.z_pid })).toBeUndefined()
    expect(await sessions.resume({ z_sid, z_pid: z_sid })).toBeUndefined()
  })

  test('and ensure then makes a session of a visitor of its own', async () => {
    const { session: pid } = await browser.visit(sessions)
    const other = new Browser()
    const { session: others } = await other.visit(sessions)
    await session.setPersistent(others, 'name', 'bob')
    const mixed = await sessions.ensure({ z_sid: browser.cookies.z_sid, z_pid: other.cookies.z_pid }, { secure: true })
    expect(mixed.cookies.length).toBe(2)
    expect([pid, others]).not.toContain(mixed.session)
    expect(await session.getPersistent(mixed.session, 'name')).toBeUndefined()
  })

  test('but a good z_pid alone makes it a returning visitor', async () => {
    const { session: first } = await browser.visit(sessions)
    await session.setPersistent(first, 'language', 'nl')
    const { session: second, cookies } = await sessions.ensure(only(browser.cookies, 'z_pid'), { secure: true })
    expect(second).not.toBe(first)
    expect(cookies[1]).toBe(`z_pid=${browser.cookies.z_pid}; Max-Age=34560000; Path=/; HttpOnly; Secure; SameSite=Lax`)
    expect(await session.getPersistent(second, 'language')).toBe('nl')
  })
})

describe('secrets', () => {
  test('the first signs, all verify, and what an old one signed is signed anew', async () => {
    const before = await begin(node, { secret: 'the old secret of the site' })
    await browser.visit(before)
    const after = await begin(node, { secret: ['the new secret of the site', 'the old secret of the site'] })
    // Another program with another memory: the session is unknown, the visitor is not.
    const { cookies } = await after.ensure(browser.cookies, { secure: true })
    expect(cookies.length).toBe(2)
    expect(cookies[1]?.slice(6, 28)).toBe(browser.cookies.z_pid?.slice(0, 22))
    expect(cookies[1]).not.toContain(browser.cookies.z_pid)
    expect((await after.ensure(browser.take(cookies).cookies, { secure: true })).cookies).toEqual([])
  })

  test('a cookie of a living session is signed anew too', async () => {
    const old = 'the old secret of the site'
    const store = new Map<string, any>()
    const shared = {
      load: (key: string) => store.get(key),
      save: (key: string, record: any) => void store.set(key, record),
      remove: (key: string) => void store.delete(key),
    }
    await browser.visit(await begin(node, { secret: old, store: shared }))
    const after = await begin(node, { secret: ['the new secret of the site', old], store: shared })
    const { cookies } = await after.ensure(browser.cookies, { secure: true })
    expect(cookies.map((line) => line.slice(0, 28))).toEqual([
      `z_sid=${browser.cookies.z_sid?.slice(0, 22)}`,
      `z_pid=${browser.cookies.z_pid?.slice(0, 22)}`,
    ])
    const without = await begin(node, { secret: 'the new secret of the site', store: shared })
    expect(await without.resume(browser.cookies)).toBeUndefined()
    expect(isPid(await without.resume(browser.take(cookies).cookies))).toBe(true)
  })

  test('the one of the program is not read off the global object', async () => {
    await startSessions({ node })
    const key = Symbol.for('gensock.session.secret')
    const secret = (globalThis as unknown as Record<symbol, () => string>)[key]?.() as string
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect([Object.getOwnPropertyDescriptor(globalThis, key)?.enumerable, inspect(globalThis).includes(secret)]).toEqual([
      false,
      false,
    ])
    const own = Object.getOwnPropertyDescriptor(globalThis, key)?.value as unknown
    expect(inspect(own, { showHidden: true })).not.toContain(secret)
  })

  test('without one, the sessions of a program share one, which is no constant', async () => {
    const [a, b] = [await startSessions({ node }), await startSessions({ node })]
    const { cookies } = await a.ensure({}, { secure: true })
    browser.take(cookies)
    const { cookies: again } = await b.ensure(only(browser.cookies, 'z_pid'), { secure: true })
    expect(again[1]).toContain(browser.cookies.z_pid)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
  })
})

describe('end', () => {
  test('the cookie is void at once, pages end, their sockets close with 4401', async () => {
    const { session: pid } = await browser.visit(sessions)
    const { pid: open } = await session.ensurePage(pid)
    const socket = fakeTransport(node, silent)
    await node.settle()
    page.attach(open, socket.pid, { kind: 'websocket', ack: 0 })
    await node.settle()
    await sessions.end(pid)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
    await node.settle()
    expect([node.isAlive(pid), node.isAlive(open), socket.closed]).toEqual([false, false, ['close', 4401]])
  })

  test('a session that has ended already is no mistake', async () => {
    const { session: pid } = await browser.visit(sessions)
    await sessions.end(pid)
    await expect(sessions.end(pid)).resolves.toBeUndefined()
  })

  test('of a session whose process has crashed: its cookie is void all the same', async () => {
    const { session: pid } = await browser.visit(sessions)
    node.exit(pid, 'kill')
    await sessions.end(pid)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
  })

  test('of a session whose process has crashed and was started again: that one ends', async () => {
    const { session: pid } = await browser.visit(sessions)
    node.exit(pid, 'kill')
    await node.settle()
    const again = (await browser.visit(sessions)).session
    expect(again).not.toBe(pid)
    await sessions.end(pid)
    expect([node.isAlive(again), await sessions.resume(browser.cookies)]).toEqual([false, undefined])
  })

  test('the visitor comes back as the same visitor', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.setPersistent(pid, 'language', 'nl')
    await sessions.end(pid)
    const { session: next } = await browser.visit(sessions)
    expect(await session.getPersistent(next, 'language')).toBe('nl')
  })
})

describe('many at once', () => {
  test('requests of one browser whose session runs have that one', async () => {
    const { session: pid } = await browser.visit(sessions)
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.ensure(browser.cookies, { secure: true })))
    expect(new Set(found.map((visit) => visit.session))).toEqual(new Set([pid]))
  })

  test('requests of one browser whose session has crashed start it once', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.set(pid, 'n', 1)
    node.exit(pid, 'kill')
    await node.settle()
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.ensure(browser.cookies, { secure: true })))
    const pids = new Set(found.map((visit) => visit.session))
    expect([pids.size, pids.has(pid)]).toEqual([1, false])
    expect(await session.get([...pids][0] as never, 'n')).toBe(1)
  })

  test('requests of one browser with a stale cookie get one new session', async () => {
    const { session: pid } = await browser.visit(sessions)
    await sessions.end(pid)
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.ensure(browser.cookies, { secure: true })))
    expect(new Set(found.map((visit) => visit.cookies.join())).size).toBe(1)
  })

  test('visitors without cookies get a session each', async () => {
    const found = await Promise.all(Array.from({ length: 20 }, () => sessions.ensure({}, { secure: true })))
    expect(new Set(found.map((visit) => visit.session)).size).toBe(20)
  })
})

describe('mistakes', () => {
  const bad = (act: () => unknown): unknown => {
    try {
      return act()
    } catch (error) {
      return (error as { code?: string }).code
    }
  }

  test.each([
    [{ secret: 'short' }],
    [{ secret: [] }],
    [{ secret: [SECRET, 7] }],
    [{ store: {} }],
    [{ store: null }],
    [{ firstMs: 0 }],
    [{ keepAliveMs: 2_147_483_648 }],
    [{ pageMs: 1.5 }],
    [{ maxPages: 0 }],
    [{ maxSessions: 0 }],
    [{ persistMaxAgeS: -1 }],
    [{ queue: { maxCount: 0 } }],
    [{ queue: { maxBytes: 0 } }],
    [{ queue: { maxAgeMs: 0 } }],
    [{ sameSite: 'Lax' }],
    [{ path: 'a;b' }],
    [{ domain: 'exa mple' }],
    [{ node: {} }],
  ])('startSessions refuses %p', (options) => {
    expect(bad(() => startSessions(options as never))).toBe('GENSOCK_ERR_BADARG')
  })

  test('unknown options are refused by name, also of the queue', () => {
    expect(() => startSessions({ keepaliveMs: 1 } as never)).toThrow(/keepaliveMs.*keepAliveMs/)
    expect(() => startSessions({ queue: { maxAge: 1 } } as never)).toThrow(/maxAge.*maxAgeMs/)
  })

  test('a bad secret does not stand in the error', () => {
    expect(() => startSessions({ secret: 'too short' })).toThrow(/^(?!.*too short)/)
  })

  test('ensure and rotate want to know whether the request was secure', async () => {
    const { session: pid } = await browser.visit(sessions)
    expect(bad(() => sessions.ensure({}, {} as never))).toBe('GENSOCK_ERR_BADARG')
    expect(bad(() => sessions.rotate(pid, undefined as never))).toBe('GENSOCK_ERR_BADARG')
  })

  test.each([undefined, null, 'z_sid=x'])('%p is no cookies', (cookies) => {
    expect(bad(() => sessions.ensure(cookies as never, { secure: true }))).toBe('GENSOCK_ERR_BADARG')
    expect(bad(() => sessions.resume(cookies as never))).toBe('GENSOCK_ERR_BADARG')
  })

  test('rotate and end take the pid of a session only', () => {
    const { pid } = node.probe()
    expect(bad(() => sessions.rotate(pid as never, { secure: true }))).toBe('GENSOCK_ERR_BADARG')
    expect(bad(() => sessions.end(pid as never))).toBe('GENSOCK_ERR_BADARG')
  })
})

describe('defaultSessions', () => {
  test('are started once for each node, and again when their supervisor has ended', async () => {
    const [a, b] = await node.run(() => Promise.all([defaultSessions(), defaultSessions()]))
    expect(a).toBe(b)
    const other = testNode({ name: 'other@local' })
    expect(await other.run(() => defaultSessions())).not.toBe(a)
    await other.stop()
    await node.run(() => supervisor.stop((a as Sessions).pid))
    const again = await node.run(() => defaultSessions())
    expect(again).not.toBe(a)
    expect(isPid((await again.ensure({}, { secure: true })).session)).toBe(true)
  })
})
