// sessions.rotate: a new cookie at login, and what becomes of the old one, of those who still use it, and of open sockets.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { sys } from 'gensock'
import { page, session, type Sessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { begin, Browser, silent } from './world.js'

let node: TestNode
let sessions: Sessions
let browser: Browser
beforeEach(async () => {
  node = testNode()
  sessions = await begin(node)
  browser = new Browser()
})
afterEach(() => node.stop())

describe('rotate', () => {
  test('the session has a new z_sid, the old one is void at once, data and pages stay', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.set(pid, 'cart', 'tea')
    const { pid: open } = await session.ensurePage(pid)
    const old = { ...browser.cookies }
    const lines = await sessions.rotate(pid, { secure: true })
    expect(lines).toEqual([expect.stringMatching(/^z_sid=[\w-]{22}\.[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/)])
    expect(await sessions.resume(old)).toBeUndefined()
    expect(await sessions.resume(browser.take(lines).cookies)).toBe(pid)
    expect(await session.get(pid, 'cart')).toBe('tea')
    expect(node.isAlive(open)).toBe(true)
  })

  test('a socket that is attached to a page stays', async () => {
    const { session: pid } = await browser.visit(sessions)
    const { pid: open } = await session.ensurePage(pid)
    const socket = fakeTransport(node, silent)
    await node.settle()
    page.attach(open, socket.pid, { kind: 'websocket', ack: 0 })
    await sessions.rotate(pid, { secure: true })
    session.addToAll(pid, 'welcome')
    await node.settle()
    expect(socket.sent.at(-1)).toEqual(['text', 'Z:MSG:1:welcome'])
  })

  test('a visit that is under way when the key changes is not given the session for the void cookie', async () => {
    const { session: pid } = await browser.visit(sessions)
    await node.run(() => sys.suspend(pid))
    const rotating = sessions.rotate(pid, { secure: true })
    const found = [sessions.resume(browser.cookies), sessions.ensure(browser.cookies, { secure: true })] as const
    await node.run(() => sys.resume(pid))
    await rotating
    const [resumed, ensured] = await Promise.all(found)
    expect([resumed, ensured.session === pid, ensured.cookies]).toEqual([undefined, false, []])
  })

  test('_holds: whether cookies still lead to the session that they have led to', async () => {
    const { session: pid } = await browser.visit(sessions)
    const old = { ...browser.cookies }
    expect([sessions._holds(pid, old), sessions._holds(pid, {})]).toEqual([true, true])
    browser.take(await sessions.rotate(pid, { secure: true }))
    expect([sessions._holds(pid, old), sessions._holds(pid, browser.cookies)]).toEqual([false, true])
    await sessions.end(pid)
    expect(sessions._holds(pid, browser.cookies)).toBe(false)
  })

  test('a request that was under way with the old cookie does not put its cookies over the new one', async () => {
    const { session: pid } = await browser.visit(sessions)
    const old = { ...browser.cookies }
    await sessions.rotate(pid, { secure: true })
    await node.advance(9999)
    const late = await sessions.ensure(old, { secure: true })
    expect([late.cookies, late.session === pid]).toEqual([[], false])
    await node.advance(1)
    expect((await sessions.ensure(old, { secure: true })).cookies.length).toBe(2)
  })

  test('rejects for a session that has ended', async () => {
    const { session: pid } = await browser.visit(sessions)
    await sessions.end(pid)
    await expect(sessions.rotate(pid, { secure: true })).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
  })

  test('a rotation and requests with the old cookie: none has another session', async () => {
    const { session: pid } = await browser.visit(sessions)
    const old = { ...browser.cookies }
    const [lines, ...found] = await Promise.all([
      sessions.rotate(pid, { secure: true }),
      ...Array.from({ length: 5 }, () => sessions.resume(old)),
    ])
    expect(found.every((one) => one === undefined || one === pid)).toBe(true)
    expect([await sessions.resume(old), await sessions.resume(browser.take(lines).cookies)]).toEqual([undefined, pid])
  })
})
