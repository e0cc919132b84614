// A session's process: its data, its pages, how long it lives, and that nobody reads its ids.
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { dynamicSupervisor, supervisor, sys } from 'gensock'
import { page, session, type SessionPid, type Sessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { matchers } from 'gensock/testing/jest'
import { SecretId } from '../../src/sessions/session-id.js'
import { begin, Browser, silent, texts } from './world.js'

expect.extend(matchers)

let node: TestNode
let sessions: Sessions
let browser: Browser
let pid: SessionPid
beforeEach(async () => {
  node = testNode()
  sessions = await begin(node)
  browser = new Browser()
  pid = (await browser.visit(sessions)).session
})
afterEach(() => node.stop())

describe('data', () => {
  test('set, get, and undefined takes a value away', async () => {
    await session.set(pid, 'user', { name: 'ann' })
    expect(await session.get(pid, 'user')).toEqual({ name: 'ann' })
    await session.set(pid, 'user', undefined)
    expect(await session.get(pid, 'user')).toBeUndefined()
  })

  test('any name will do, __proto__ too', async () => {
    await session.set(pid, '__proto__', 7)
    expect(await session.get(pid, '__proto__')).toBe(7)
    expect(await session.get(pid, 'toString')).toBeUndefined()
    node.exit(pid, 'kill')
    const { session: again } = await browser.visit(sessions)
    expect(await session.get(again, '__proto__')).toBe(7)
  })

  test('two sessions of one visitor share what is persistent, at the same time', async () => {
    const { session: other } = await sessions.ensure({ z_pid: browser.cookies.z_pid }, { secure: true })
    await Promise.all([session.setPersistent(pid, 'a', 1), session.setPersistent(other, 'b', 2)])
    expect([await session.getPersistent(other, 'a'), await session.getPersistent(pid, 'b')]).toEqual([1, 2])
    expect(await session.get(other, 'a')).toBeUndefined()
  })

  test("what is persistent outlives the visitor's process, which ends after a minute without questions", async () => {
    await session.setPersistent(pid, 'a', 1)
    const count = async (): Promise<number> => {
      const branches = await node.run(() => supervisor.whichChildren(sessions.pid))
      const visitors = branches.find(({ id }) => id === 'visitors')?.pid as never
      return (await node.run(() => dynamicSupervisor.countChildren(visitors))).active
    }
    expect(await count()).toBe(1)
    await node.advance(59_999)
    expect(await count()).toBe(1)
    await node.advance(1)
    expect(await count()).toBe(0)
    const next = (await browser.visit(sessions)).session
    expect(await session.getPersistent(next, 'a')).toBe(1)
    await session.setPersistent(next, 'a', undefined)
    expect(await session.getPersistent(next, 'a')).toBeUndefined()
  })

  test.each(['get', 'set', 'getPersistent', 'setPersistent'] as const)(
    '%s refuses what is no session, and an empty name',
    (name) => {
      const ask = session[name] as (pid: unknown, key: unknown, value?: unknown) => Promise<unknown>
      const acts = [() => ask(node.probe().pid, 'a', 1), () => ask(7, 'a', 1), () => ask(pid, '', 1), () => ask(pid, 7, 1)]
      for (const act of acts) expect(act).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    },
  )

  test('of a session that has ended: noproc', async () => {
    await sessions.end(pid)
    await expect(session.get(pid, 'a')).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
  })
})

describe('pages', () => {
  test('without an id a page is made, with its id it is found again', async () => {
    const first = await session.ensurePage(pid)
    const second = await session.ensurePage(pid)
    expect(first.id).toMatch(/^[\w-]{22}$/)
    expect(await session.ensurePage(pid, first.id)).toEqual(first)
    expect(await session.pages(pid)).toEqual([first, second])
  })

  test('an id of the browser is taken as it is, unless it is none', async () => {
    expect((await session.ensurePage(pid, 'my-page_1')).id).toBe('my-page_1')
    for (const id of ['', 'a:b', 'ä', 'a'.repeat(65), 'a b', 7]) {
      expect((await session.ensurePage(pid, id as string)).id).toMatch(/^[\w-]{22}$/)
    }
    expect((await session.ensurePage(pid, 'a'.repeat(64))).id).toBe('a'.repeat(64))
  })

  test('the same id asked for many times at once is one page', async () => {
    const found = await Promise.all(Array.from({ length: 10 }, () => session.ensurePage(pid, 'p')))
    expect(new Set(found.map((one) => one.pid)).size).toBe(1)
  })

  test('the page of one session is none of another', async () => {
    const other = (await sessions.ensure({}, { secure: true })).session
    const { pid: mine } = await session.ensurePage(pid, 'p')
    expect((await session.ensurePage(other, 'p')).pid).not.toBe(mine)
  })

  test('one that has crashed begins anew under its id; the session lives on', async () => {
    const before = await session.ensurePage(pid, 'p')
    node.exit(before.pid, 'kill')
    const after = await session.ensurePage(pid, 'p')
    expect([after.pid.equals(before.pid), await session.pages(pid)]).toEqual([false, [after]])
  })

  test('addToAll reaches every page', async () => {
    const pages = [await session.ensurePage(pid), await session.ensurePage(pid)]
    session.addToAll(pid, 'hi')
    await session.pages(pid)
    expect(await Promise.all(pages.map(async (one) => (await page.info(one.pid)).waiting))).toEqual([1, 1])
    await sessions.end(pid)
    session.addToAll(pid, 'in silence')
  })

  test('addToAll refuses what is no text, or longer than a queue', () => {
    expect(() => session.addToAll(pid, 7 as never)).toThrow(/session\.addToAll: data/)
    expect(() => session.addToAll(pid, 'x'.repeat(1_048_577))).toThrow(/1048576 bytes/)
    expect(() => session.addToAll(node.probe().pid as never, 'x')).toThrow(/the pid of a session/)
  })
})

describe('maxPages', () => {
  const three = async (): Promise<SessionPid> => {
    const site = await begin(node, { maxPages: 3 })
    return (await site.ensure({}, { secure: true })).session
  }
  async function attached(to: SessionPid, id: string): Promise<ReturnType<typeof fakeTransport>> {
    const socket = fakeTransport(node, silent)
    await node.settle()
    page.attach((await session.ensurePage(to, id)).pid, socket.pid, { kind: 'websocket', ack: 0 })
    await node.settle()
    return socket
  }
  const ids = async (of: SessionPid): Promise<string[]> => (await session.pages(of)).map(({ id }) => id)

  test('one page more: the one that is longest without a socket ends first', async () => {
    const of = await three()
    for (const id of ['a', 'b', 'c']) {
      await session.ensurePage(of, id)
      await node.advance(10)
    }
    const socket = await attached(of, 'a')
    await session.ensurePage(of, 'd')
    expect(await ids(of)).toEqual(['a', 'c', 'd'])
    socket.cut()
    await node.advance(1)
    await session.ensurePage(of, 'e')
    expect(await ids(of)).toEqual(['a', 'd', 'e'])
  })

  test('a page that was asked for again counts from then', async () => {
    const of = await three()
    for (const id of ['a', 'b', 'c', 'a']) {
      await session.ensurePage(of, id)
      await node.advance(10)
    }
    await session.ensurePage(of, 'd')
    expect(await ids(of)).toEqual(['a', 'c', 'd'])
  })

  test('if all have a socket, the oldest ends, and its socket closes with 4409', async () => {
    const of = await three()
    const sockets = [await attached(of, 'a'), await attached(of, 'b'), await attached(of, 'c')]
    await session.ensurePage(of, 'd')
    await node.settle()
    expect(await ids(of)).toEqual(['b', 'c', 'd'])
    expect(sockets.map((socket) => socket.closed)).toEqual([['close', 4409], undefined, undefined])
  })
})

describe('how long a session lives', () => {
  test('firstMs if its cookie never comes back', async () => {
    await node.advance(39_999)
    expect(node.isAlive(pid)).toBe(true)
    await node.advance(1)
    expect([node.isAlive(pid), await sessions.resume(browser.cookies)]).toEqual([false, undefined])
  })

  test('keepAliveMs after the last use, once it has come back', async () => {
    await node.advance(30_000)
    await sessions.resume(browser.cookies)
    await node.advance(3_599_999)
    expect(node.isAlive(pid)).toBe(true)
    await sessions.ensure(browser.cookies, { secure: true })
    await node.advance(3_599_999)
    expect(node.isAlive(pid)).toBe(true)
    await node.advance(1)
    expect([node.isAlive(pid), await sessions.resume(browser.cookies)]).toEqual([false, undefined])
  })

  test('what reads and writes its data is no use of it: robots keep nothing alive', async () => {
    await session.set(pid, 'a', 1)
    await node.advance(30_000)
    await session.get(pid, 'a')
    await session.ensurePage(pid)
    await expect(pid).toExitWith('normal', 20_000)
  })

  test('never while it has pages; an attach is a use, and so is the end of the last page', async () => {
    const { pid: open } = await session.ensurePage(pid)
    const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
    await node.settle()
    page.attach(open, socket.pid, { kind: 'websocket', ack: 0 })
    await node.advance(24 * 3_600_000)
    expect([node.isAlive(pid), socket.closed]).toEqual([true, undefined])
    socket.cut()
    await expect(open).toExitWith('normal', 20_000)
    await expect(pid).not.toExitWith(undefined, 3_599_999)
    await expect(pid).toExitWith('normal', 1)
  })
})

describe('crashes and the end', () => {
  test('a session that crashes is found again with its data; its pages have ended, their sockets close with 1012', async () => {
    await session.set(pid, 'user', 'ann')
    const { id, pid: open } = await session.ensurePage(pid)
    const socket = fakeTransport(node, silent)
    await node.settle()
    page.attach(open, socket.pid, { kind: 'websocket', ack: 0 })
    await node.settle()
    node.expectCrash()
    await node.run(() => sys.replaceState(pid, () => null))
    await expect(session.get(pid, 'user')).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL' })
    await node.settle()
    expect([node.isAlive(pid), node.isAlive(open), socket.closed]).toEqual([false, false, ['close', 1012]])
    const again = (await sessions.resume(browser.cookies)) as SessionPid
    expect(await session.get(again, 'user')).toBe('ann')
    const { pid: anew } = await session.ensurePage(again, id)
    const next = fakeTransport(node, silent)
    await node.settle()
    page.attach(anew, next.pid, { kind: 'websocket', ack: 9 })
    await node.settle()
    expect(texts(next)).toEqual([`Z:PONG:${id}:new:1000009`])
  })

  test('crashes end nothing else: supervisors do not give up', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => sessions.ensure({}, { secure: true })))
    for (const { session: one } of others) node.exit(one, 'kill')
    await node.settle()
    expect([node.isAlive(sessions.pid), await sessions.resume(browser.cookies)]).toEqual([true, pid])
  })

  test('a branch of the tree that was killed comes again, and sessions with it', async () => {
    await session.set(pid, 'user', 'ann')
    const branches = await node.run(() => supervisor.whichChildren(sessions.pid))
    expect(branches.map(({ id }) => id)).toEqual(['pages', 'sessions', 'visitors'])
    node.expectCrash('killed') // the session, which hears of its parent's end
    node.exit(branches[1]?.pid as never, 'kill')
    await node.settle()
    expect(node.isAlive(pid)).toBe(false)
    const again = (await browser.visit(sessions)).session
    expect(await session.get(again, 'user')).toBe('ann')
    expect(node.isAlive((await session.ensurePage(again)).pid)).toBe(true)
  })

  test('sessions and pages are the children of their supervisors', async () => {
    const { pid: open } = await session.ensurePage(pid)
    const branches = await node.run(() => supervisor.whichChildren(sessions.pid))
    const children = (id: string): Promise<unknown> =>
      node.run(() => dynamicSupervisor.whichChildren(branches.find((one) => one.id === id)?.pid as never))
    expect(await children('sessions')).toEqual([{ id: undefined, pid, type: 'worker' }])
    expect(await children('pages')).toEqual([{ id: undefined, pid: open, type: 'worker' }])
  })

  test('the node ends all in order: pages, then sessions, then visitors', async () => {
    const own = testNode({ name: 'own@local' })
    const site = await begin(own)
    const { session: visitor } = await site.ensure({}, { secure: true })
    await session.setPersistent(visitor, 'a', 1)
    const { pid: open } = await session.ensurePage(visitor)
    const branches = await own.run(() => supervisor.whichChildren(site.pid))
    const ended: unknown[] = []
    own.onExit((one) => ended.push(one))
    await own.stop()
    const [pages, all, visitors] = branches.map((one) => one.pid)
    expect(ended.filter((one) => one !== visitor && one !== open).length).toBe(5)
    expect([open, pages, visitor, all, visitors, site.pid].map((one) => ended.indexOf(one))).toEqual([0, 1, 2, 3, 5, 6])
  })

  test('a session that crashes of the very question is asked again in its next process', async () => {
    await session.set(pid, 'user', 'ann')
    node.expectCrash()
    await node.run(() => sys.replaceState(pid, () => null))
    const again = (await sessions.resume(browser.cookies)) as SessionPid
    expect([again === pid, await session.get(again, 'user')]).toEqual([false, 'ann'])
    node.expectCrash()
    await node.run(() => sys.replaceState(again, () => null))
    await sessions.end(again)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
  })

  test("a visitor's process that ends just then is asked again", async () => {
    await session.setPersistent(pid, 'a', 1)
    const branches = await node.run(() => supervisor.whichChildren(sessions.pid))
    const [visitor] = await node.run(() => dynamicSupervisor.whichChildren(branches[2]?.pid as never))
    node.send(visitor?.pid as never, { type: 'timeout' })
    expect(await session.getPersistent(pid, 'a')).toBe(1)
  })

  test('a page that cannot be started fails its caller, not the session', async () => {
    const branches = await node.run(() => supervisor.whichChildren(sessions.pid))
    node.exit(branches[0]?.pid as never, 'kill')
    await expect(session.ensurePage(pid)).rejects.toMatchObject({ code: 'GENSOCK_ERR_START', reason: 'noproc' })
    await node.settle()
    expect(node.isAlive((await session.ensurePage(pid)).pid)).toBe(true)
  })

  test('when the supervisor has stopped, nothing is there: resume is anonymous, ensure rejects', async () => {
    await node.run(() => supervisor.stop(sessions.pid))
    expect(node.isAlive(pid)).toBe(false)
    await expect(sessions.ensure({}, { secure: true })).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
    expect(await sessions.resume({})).toBeUndefined()
  })
})

test('an id says hidden, whoever writes it down', () => {
  const id = SecretId.random()
  expect([String(id), JSON.stringify({ id }), inspect(id)]).toEqual(['hidden', '{"id":"hidden"}', 'hidden'])
  expect(SecretId.of(id.text).key('s')).toBe(id.key('s'))
})

test('ids stand in no report, no inspect and no processInfo', async () => {
  const seen: unknown[] = []
  const { id, pid: open } = await session.ensurePage(pid)
  const socket = fakeTransport(node, silent)
  await node.settle()
  page.attach(open, socket.pid, { kind: 'websocket', ack: 0 })
  await session.set(pid, 'user', 'ann')
  await node.run(() => sys.suspend(pid))
  const asked = [session.ensurePage(pid, id), sessions.rotate(pid, { secure: true }), session.ensurePage(pid)]
  seen.push(node.processInfo(pid), node.processInfo(open), sessions, sessions.pid, { pid, open })
  await node.run(() => sys.resume(pid))
  const [, lines] = await Promise.all(asked)
  for (const one of [pid, open]) seen.push(await node.run(() => sys.getStatus(one as never)))
  node.expectCrash()
  node.expectCrash()
  for (const one of [pid, open]) await node.run(() => sys.replaceState(one as never, (state: object) => Object.create(state)))
  await session.ensurePage(pid, id).catch((error: unknown) => seen.push(error))
  await page.info(open).catch((error: unknown) => seen.push(error))
  await node.settle()
  seen.push(node.crashes)
  expect(node.crashes.length).toBe(2)
  expect(inspect(node.crashes, { depth: 20 })).toContain('hidden')
  const all = inspect(seen, { depth: 20, showHidden: true }) + JSON.stringify(node.crashes)
  const tokens = [...Object.values(browser.cookies), ...browser.take(lines as readonly string[]).cookies.z_sid!.split('.')]
  for (const secret of [id, ...tokens.flatMap((token) => token.split('.'))]) expect(all).not.toContain(secret)
})
