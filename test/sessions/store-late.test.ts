// A store whose calls end after they were given up: what it was told since holds.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { session, type SessionPid, type Sessions } from 'gensock/session'
import { type TestNode, testNode } from 'gensock/testing'
import { begin, Browser, SpyStore } from './world.js'

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

const dataOf = (): unknown[] => [...store.records.values()].map(({ data }) => data)

describe('a save that lands after it was given up', () => {
  /** A value is set, which takes too long; what is done meanwhile is written at once. */
  async function strayed(): Promise<SessionPid> {
    const { session: pid } = await browser.visit(sessions)
    store.isSlow = true
    void session.set(pid, 'user', 'ann')
    await node.advance(5000)
    store.isSlow = false
    return pid
  }

  test('does not undo a logout', async () => {
    await sessions.end(await strayed())
    expect([await sessions.resume(browser.cookies), store.records.size]).toEqual([undefined, 0])
    store.release()
    await node.settle()
    expect([await sessions.resume(browser.cookies), store.records.size]).toEqual([undefined, 0])
    expect(await (await begin(node, { store })).resume(browser.cookies)).toBeUndefined()
  })

  test('does not undo a logout that is being written just then', async () => {
    const pid = await strayed()
    store.isSlow = true
    const ending = sessions.end(pid)
    await node.settle()
    const stray = store.take(0)
    store.release() // the removal
    await node.settle()
    stray()
    store.isSlow = false
    await node.settle()
    await ending
    expect(store.records.size).toBe(0)
  })

  test('lands while the next write is under way: that one is followed by another', async () => {
    const pid = await strayed()
    store.isSlow = true
    void sessions.end(pid)
    await node.settle()
    const [stray, removal] = [store.take(0), store.take(0)]
    removal()
    stray()
    store.isSlow = false
    await node.settle()
    expect(store.records.size).toBe(0)
  })

  test('does not undo a rotation, nor a value that was set since', async () => {
    const pid = await strayed()
    await session.set(pid, 'user', 'bob')
    store.release()
    await node.settle()
    expect(dataOf()).toEqual([{ user: 'bob' }])
    const old = { ...browser.cookies }
    store.isSlow = true
    void session.set(pid, 'user', 'cid')
    await node.advance(5000)
    store.isSlow = false
    browser.take(await sessions.rotate(pid, { secure: true }))
    store.release()
    await node.settle()
    expect([await sessions.resume(old), dataOf()]).toEqual([undefined, [{ user: 'cid' }]])
  })

  test('is enough if nothing else is wanted since, and then the store is asked again', async () => {
    await strayed()
    store.release()
    await node.advance(60_000)
    expect(dataOf()).toEqual([])
    store.calls.length = 0
    await sessions.resume(browser.cookies)
    expect(store.calls).toEqual(['load'])
  })

  test('and may never land: what is wanted is forgotten with its record', async () => {
    const short = await begin(node, { store, keepAliveMs: 5 })
    const { session: pid } = await browser.visit(short)
    await short.resume(browser.cookies)
    store.isSlow = true
    void session.set(pid, 'user', 'ann')
    await node.advance(5000)
    store.isSlow = false
    await short.end(pid)
    await new Promise((resolve) => setTimeout(resolve, 10)) // the calendar is real
    await node.advance(10)
    store.calls.length = 0
    await short.resume(browser.cookies)
    expect(store.calls).toEqual(['load'])
  })
})
