// The store: what is asked of it and when, what happens while it fails or is slow, and the one in memory.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type Logger, supervisor } from 'gensock'
import { memoryStore, page, session, type SessionRecord, type Sessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { begin, Browser, only, silent, SpyStore } from './world.js'

let node: TestNode
let store: SpyStore
let sessions: Sessions
let browser: Browser
beforeEach(async () => {
  node = testNode()
  store = new SpyStore()
  sessions = await begin(node, { store })
  browser = new Browser()
})
afterEach(async () => {
  store.isSlow = false
  store.release()
  await node.stop()
})

const DOWN = new Error('the database is down')
const dataOf = (): unknown[] => [...store.records.values()].map(({ data }) => data)
/** Another program with the same store and secret. */
async function elsewhere(): Promise<Sessions> {
  return begin(node, { store })
}

describe('what is kept', () => {
  test('a record for each session: its data, its visitor, when it counts no more; keys are no cookies', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.set(pid, 'user', 'ann')
    await session.setPersistent(pid, 'language', 'nl')
    const [[key, record], [visitorKey, visitor]] = [...store.records] as [[string, SessionRecord], [string, SessionRecord]]
    expect(record).toEqual({ data: { user: 'ann' }, visitor: visitorKey, expiresAt: expect.any(Number) })
    expect(visitor).toMatchObject({ data: { language: 'nl' }, visitor: undefined })
    expect(record.expiresAt - Date.now()).toBeLessThanOrEqual(40_000)
    expect([key, visitorKey]).toEqual([expect.stringMatching(/^s\.[\w-]{43}$/), expect.stringMatching(/^p\.[\w-]{43}$/)])
    for (const cookie of Object.values(browser.cookies)) expect([key, visitorKey]).not.toContain(cookie)
    expect(await sessions.resume({ z_sid: key, z_pid: visitorKey })).toBeUndefined()
  })

  test('a session is found by another program with the same store and secret', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.set(pid, 'user', 'ann')
    const other = await elsewhere()
    const found = await other.resume(browser.cookies)
    expect(found).not.toBe(pid)
    expect(await session.get(found as never, 'user')).toBe('ann')
    expect(await other.resume({ ...browser.cookies, z_pid: 'forged' })).toBeUndefined()
  })

  test('a use is written down now and then, not each time', async () => {
    await browser.visit(sessions)
    for (let n = 0; n < 10; n++) await sessions.resume(browser.cookies)
    expect(store.calls).toEqual(['save', 'save']) // made, and used for the first time
    expect([...store.records.values()][0]?.expiresAt).toBeGreaterThan(Date.now() + 3_590_000)
  })

  test('a rotation is a new record, and the old one is removed', async () => {
    const { session: pid } = await browser.visit(sessions)
    const [before] = [...store.records.keys()]
    browser.take(await sessions.rotate(pid, { secure: true }))
    expect(store.records.size).toBe(1)
    expect([...store.records.keys()]).not.toContain(before)
    expect(await (await elsewhere()).resume(browser.cookies)).toBeDefined()
  })

  test('the end of a session removes its record, by itself or by end; the end of the program does not', async () => {
    const { session: pid } = await browser.visit(sessions)
    await sessions.end(pid)
    expect(store.records.size).toBe(0)
    await browser.visit(sessions)
    expect(store.records.size).toBe(1)
    await node.advance(40_000)
    expect(store.records.size).toBe(0)
    await browser.visit(sessions)
    await node.run(() => supervisor.stop(sessions.pid))
    expect(store.records.size).toBe(1)
  })

  test('a record that has expired counts for nothing', async () => {
    await browser.visit(sessions)
    const [[key, record]] = [...store.records] as [[string, SessionRecord]]
    store.records.set(key, { ...record, expiresAt: Date.now() - 1 })
    expect(await (await elsewhere()).resume(browser.cookies)).toBeUndefined()
  })

  const GARBAGE = [{}, 7, { data: null, visitor: 'p.x', expiresAt: Infinity }, { data: {}, visitor: 7, expiresAt: Infinity }]
  test.each(GARBAGE.map((one) => [one]))('what is no record, %p, is a failure', async (garbage) => {
    await browser.visit(sessions)
    const [key] = [...store.records.keys()] as [string]
    store.records.set(key, garbage as never)
    expect(await (await elsewhere()).resume(browser.cookies)).toBeUndefined()
  })
})

test("a visitor's record under the key of a session is none", async () => {
  await browser.visit(sessions)
  const [[key, record]] = [...store.records] as [[string, SessionRecord]]
  store.records.set(key, { ...record, visitor: undefined })
  expect(await (await elsewhere()).resume(browser.cookies)).toBeUndefined()
  expect(await (await elsewhere()).resume(only(browser.cookies, 'z_sid'))).toBeUndefined()
})

test('while a session is in use its record is kept from expiring', async () => {
  const { session: pid } = await browser.visit(sessions)
  await sessions.resume(browser.cookies)
  const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
  await node.settle()
  page.attach((await session.ensurePage(pid)).pid, socket.pid, { kind: 'websocket', ack: 0 })
  await node.settle()
  store.calls.length = 0
  await node.advance(4 * 3_600_000)
  expect(store.calls).toEqual(['save', 'save', 'save', 'save'])
})

describe('a store that fails', () => {
  test('to load: the visit is anonymous; ensure makes a session without cookies, so the browser keeps its own', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.set(pid, 'user', 'ann')
    const other = await elsewhere()
    store.failing = DOWN
    expect(await other.resume(browser.cookies)).toBeUndefined()
    const visit = await other.ensure(browser.cookies, { secure: true })
    expect([visit.cookies, await session.get(visit.session, 'user')]).toEqual([[], undefined])
    store.failing = undefined
    expect(await session.get((await other.ensure(browser.cookies, { secure: true })).session, 'user')).toBe('ann')
  })

  test('to save: nobody who sets a value hears of it, and it is tried again', async () => {
    const { session: pid } = await browser.visit(sessions)
    store.failing = DOWN
    await session.set(pid, 'user', 'ann')
    expect([await session.get(pid, 'user'), dataOf()]).toEqual(['ann', [{}]])
    store.failing = undefined
    await node.advance(999)
    expect(dataOf()).toEqual([{}])
    await node.advance(1)
    expect(dataOf()).toEqual([{ user: 'ann' }])
  })

  test('again and again: after 1, 2, 4 ... 60 s, then every 60 s', async () => {
    await browser.visit(sessions)
    await sessions.resume(browser.cookies)
    store.failing = DOWN
    await session.set((await sessions.resume(browser.cookies)) as never, 'n', 1)
    store.calls.length = 0
    const tries: number[] = []
    const begun = node.now()
    while (tries.length < 9) {
      await node.advance(1000)
      for (let n = store.calls.length; n > tries.length; ) tries.push((node.now() - begun) / 1000)
    }
    expect(tries).toEqual([1, 3, 7, 15, 31, 63, 123, 183, 243])
  })

  test('and then the process crashes: what was not saved is not lost to its next process', async () => {
    const { session: pid } = await browser.visit(sessions)
    store.failing = DOWN
    await session.set(pid, 'user', 'ann')
    node.exit(pid, 'kill')
    await node.settle()
    expect(await session.get((await sessions.resume(browser.cookies)) as never, 'user')).toBe('ann')
  })

  test('to remove: the session is over all the same, and its record goes later', async () => {
    const { session: pid } = await browser.visit(sessions)
    store.failing = DOWN
    await sessions.end(pid)
    expect(await sessions.resume(browser.cookies)).toBeUndefined()
    store.failing = undefined
    expect([await sessions.resume(browser.cookies), store.records.size]).toEqual([undefined, 1])
    await node.advance(1000)
    expect(store.records.size).toBe(0)
  })

  test('a rotation holds although the old record cannot be removed', async () => {
    const { session: pid } = await browser.visit(sessions)
    const old = { ...browser.cookies }
    store.failing = DOWN
    browser.take(await sessions.rotate(pid, { secure: true }))
    node.exit(pid, 'kill')
    await node.settle()
    expect(await sessions.resume(old)).toBeUndefined()
    expect(await sessions.resume(browser.cookies)).toBeDefined()
  })

  test("a visitor's data: reading and writing reject, so that what is there is not written over", async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.setPersistent(pid, 'a', 1)
    const other = (await (await elsewhere()).ensure(only(browser.cookies, 'z_pid'), { secure: true })).session
    store.failing = DOWN
    const failure = {
      code: 'GENSOCK_ERR_START',
      reason: ['shutdown', 'store_failed'],
      message: expect.stringContaining('the store of the session cannot be read: '),
    }
    await expect(session.getPersistent(other, 'a')).rejects.toMatchObject(failure)
    await expect(session.setPersistent(other, 'b', 2)).rejects.toMatchObject(failure)
    store.failing = undefined
    await session.setPersistent(other, 'b', 2)
    expect(dataOf()).toContainEqual({ a: 1, b: 2 })
  })

  test('a record that has expired meanwhile is not tried any more', async () => {
    const short = await begin(node, { store, firstMs: 1 })
    store.failing = DOWN
    await short.ensure({}, { secure: true })
    await new Promise((resolve) => setTimeout(resolve, 5)) // the calendar is real
    await node.advance(1_000_000)
    const { length } = store.calls
    await node.advance(1_000_000)
    expect(store.calls.length).toBe(length)
  })

  test('is logged: which call, and what it failed with', async () => {
    const logged: [facts: any, text: string][] = []
    const note = (facts: object, text: string): void => void logged.push([facts, text])
    const logger: Logger = { error: note, warn: note, info: note, debug: note }
    const loud = createNode({ logger, name: 'loud@local' })
    const site = await begin(loud, { store })
    store.failing = DOWN
    await site.ensure({}, { secure: true })
    await loud.stop()
    expect(logged.find(([facts]) => facts.label === 'session_store')).toEqual([
      { label: 'session_store', call: 'save', error: DOWN },
      'sessions: the store failed to save: the database is down',
    ])
  })
})

describe('a store that is slow', () => {
  test('set waits for it, questions do not', async () => {
    const { session: pid } = await browser.visit(sessions)
    store.isSlow = true
    let isSet = false
    const setting = session.set(pid, 'user', 'ann').then(() => (isSet = true))
    expect(await session.get(pid, 'user')).toBe('ann')
    await node.settle()
    expect(isSet).toBe(false)
    store.release()
    await setting
    expect(dataOf()).toEqual([{ user: 'ann' }])
  })

  test('setPersistent waits for it too', async () => {
    const { session: pid } = await browser.visit(sessions)
    await session.setPersistent(pid, 'a', 1)
    store.isSlow = true
    const setting = session.setPersistent(pid, 'a', 2)
    await node.settle()
    expect(dataOf()).toContainEqual({ a: 1 })
    store.release()
    await setting
    expect(dataOf()).toContainEqual({ a: 2 })
  })

  test('one write at a time, and of those that come meanwhile the newest only', async () => {
    const { session: pid } = await browser.visit(sessions)
    store.isSlow = true
    store.calls.length = 0
    const setting = Promise.all([1, 2, 3, 4, 5].map((n) => session.set(pid, 'n', n)))
    await node.settle()
    expect([store.calls, store.waiting]).toEqual([['save'], 1])
    store.release()
    await node.settle()
    expect([store.calls, dataOf()]).toEqual([['save', 'save'], [{ n: 1 }]])
    store.release()
    await setting
    expect([store.calls.length, dataOf()]).toEqual([2, [{ n: 5 }]])
  })

  test('many visits that wait for one load: it is asked once', async () => {
    await browser.visit(sessions)
    const other = await elsewhere()
    store.calls.length = 0
    store.isSlow = true
    const found = Promise.all(Array.from({ length: 10 }, () => other.resume(browser.cookies)))
    await node.settle()
    expect(store.calls).toEqual(['load'])
    store.isSlow = false
    store.release()
    expect(new Set(await found).size).toBe(1)
  })

  test('more than 5 s is a failure', async () => {
    await browser.visit(sessions)
    const other = await elsewhere()
    store.isSlow = true
    const found = other.resume(browser.cookies)
    await node.advance(4999)
    expect(await Promise.race([found, Promise.resolve('waits')])).toBe('waits')
    await node.advance(1)
    expect(await found).toBeUndefined()
  })

  test('a session that is ended while it is loaded is not loaded', async () => {
    const { session: pid } = await browser.visit(sessions)
    node.exit(pid, 'kill')
    await node.settle()
    store.isSlow = true
    const found = sessions.resume(browser.cookies)
    await node.settle()
    const ending = sessions.end(pid)
    await node.settle()
    store.release()
    await node.settle()
    store.release()
    await ending
    const again = await found
    expect([again === undefined || !node.isAlive(again), await sessions.resume(browser.cookies)]).toEqual([true, undefined])
  })

  test('the end of the node waits for what is being written', async () => {
    const own = testNode({ name: 'own@local' })
    const site = await begin(own, { store })
    const { session: pid } = await site.ensure({}, { secure: true })
    store.isSlow = true
    void session.set(pid, 'user', 'ann')
    await own.settle()
    let isOver = false
    const stopping = own.stop().then(() => (isOver = true))
    await new Promise((resolve) => setImmediate(resolve))
    expect([isOver, store.waiting]).toEqual([false, 1])
    store.release()
    await stopping
    expect(dataOf()).toEqual([{ user: 'ann' }])
  })
})

describe('memoryStore', () => {
  test('forgets expired records by the time there are many', async () => {
    const memory = memoryStore()
    const record = (expiresAt: number): SessionRecord => ({ data: {}, visitor: undefined, expiresAt })
    for (let n = 0; n < 1024; n++) await memory.save(`old ${n}`, record(Date.now() - 1))
    expect(await memory.load('old 0')).toBeDefined()
    await memory.save('new', record(Infinity))
    expect([await memory.load('old 0'), await memory.load('new')]).toEqual([undefined, record(Infinity)])
  })

  test('each is one of its own', async () => {
    const [a, b] = [memoryStore(), memoryStore()]
    await a.save('key', { data: {}, visitor: undefined, expiresAt: Infinity })
    expect(await b.load('key')).toBeUndefined()
  })
})
