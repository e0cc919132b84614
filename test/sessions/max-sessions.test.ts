// maxSessions: which session goes for one more, and what happens when none can.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { supervisor } from 'gensock'
import { page, session, type SessionPid, type Sessions } from 'gensock/session'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { hold } from '../../src/sessions/session.js'
import { begin, Browser, silent, SpyStore } from './world.js'

let node: TestNode
let store: SpyStore
let sessions: Sessions
let browsers: Browser[]
let pids: SessionPid[]
beforeEach(async () => {
  node = testNode()
  store = new SpyStore()
  sessions = await begin(node, { maxSessions: 3, store })
  browsers = [new Browser(), new Browser(), new Browser()]
  pids = []
  for (const browser of browsers) pids.push((await browser.visit(sessions)).session)
})
afterEach(() => node.stop())

const alive = (): boolean[] => pids.map((pid) => node.isAlive(pid))
async function visit(): Promise<readonly string[]> {
  const { session: pid, cookies } = await sessions.ensure({}, { secure: true })
  pids.push(pid)
  await node.settle()
  return cookies
}
async function open(): Promise<FakeTransport> {
  const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
  await node.settle()
  return socket
}
async function attach(index: number): Promise<FakeTransport> {
  const socket = await open()
  page.attach((await session.ensurePage(pids[index] as SessionPid)).pid, socket.pid, { kind: 'websocket', ack: 0 })
  await node.settle()
  return socket
}

describe('one session more', () => {
  test('ends the one that is longest unused, with its record', async () => {
    await sessions.resume((browsers[0] as Browser).cookies)
    expect((await visit()).length).toBe(2)
    expect([alive(), store.records.size]).toEqual([[true, false, true, true], 3])
    expect(await sessions.resume((browsers[1] as Browser).cookies)).toBeUndefined()
  })

  test('does not end one with a socket at a page; when that goes it was used then', async () => {
    const socket = await attach(0)
    await visit()
    expect(alive()).toEqual([true, false, true, true])
    socket.cut()
    await visit()
    await visit()
    expect(alive()).toEqual([true, false, false, false, true, true])
    await visit()
    expect(alive()[0]).toBe(false)
  })

  test('does not end one that a socket without a page holds', async () => {
    const socket = await open()
    hold(pids[0] as SessionPid, socket.pid)
    await visit()
    expect(alive()).toEqual([true, false, true, true])
    socket.cut()
    await visit()
    await visit()
    await visit()
    expect(alive()[0]).toBe(false)
  })

  test('has the place of one that has ended or crashed', async () => {
    await sessions.end(pids[1] as SessionPid)
    await visit()
    expect(alive()).toEqual([true, false, true, true])
    node.exit(pids[2] as SessionPid, 'kill')
    await visit()
    expect(alive()).toEqual([true, false, false, true, true])
  })

  test('many at once are too many until the next: those for which there was no place have no cookies', async () => {
    const cookies = await Promise.all(Array.from({ length: 20 }, visit))
    expect(cookies.filter((lines) => lines.length > 0).length).toBe(3)
    await visit()
    expect(alive().filter(Boolean).length).toBe(3)
  })
})

test('if all have an open socket the visit has a session without cookies, which goes for the next', async () => {
  for (const index of [0, 1, 2]) await attach(index)
  expect(await visit()).toEqual([])
  expect(await visit()).toEqual([])
  expect(alive()).toEqual([true, true, true, false, true])
})

test('a session that cannot be started takes no place', async () => {
  await node.run(() => supervisor.stop(sessions.pid))
  await expect(sessions.ensure({}, { secure: true })).rejects.toMatchObject({ reason: 'noproc' })
  const again = await begin(node, { maxSessions: 1 })
  expect((await again.ensure({}, { secure: true })).cookies.length).toBe(2)
})
