// A page's process that has ended and was made again under the same id: a number says which process it is of, so that a browser
// that comes back with one of the process before is never taken for one that has what it has not.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { page, type PagePid, type QueueOptions, session, type SessionPid } from 'gensock/session'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { peersOf } from './peers.js'
import { begin, texts } from './world.js'

let node: TestNode
let owner: SessionPid
let id: string
let pid: PagePid
beforeEach(async () => {
  node = testNode()
  await start()
})
afterEach(() => node.stop())

async function start(queue: QueueOptions = {}): Promise<void> {
  const sessions = await begin(node, { queue })
  owner = (await sessions.ensure({}, { secure: true })).session
  ;({ id, pid } = await session.ensurePage(owner, 'p1'))
}
async function restart(): Promise<void> {
  node.exit(pid, 'kill')
  await node.settle()
  ;({ pid } = await session.ensurePage(owner, id))
}
const { attach, attached, add, cut } = peersOf(() => ({ node, pid }))
/** What is sent over it is lost with the connection. */
async function unheard(ack: number): Promise<void> {
  await cut(await attached(ack))
}
const BASE = 1_000_005

/** A browser that has everything up to 5 of the first process. */
async function upTo5(): Promise<void> {
  const socket = await attached(0)
  await add('1', '2', '3', '4', '5')
  await attach(socket, 5)
}

describe('a browser with a number of the process before, which has not heard that there is another one', () => {
  test('hears of a gap when it comes again, and gets all that was added to the new process', async () => {
    await upTo5()
    await restart()
    await unheard(5)
    await add('a', 'b', 'c', 'd', 'e', 'f', 'g')
    const again = ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((data, at) => `Z:MSG:${BASE + 1 + at}:${data}`)
    expect(texts(await attached(5))).toEqual([`Z:PONG:${id}:gap:${BASE}`, ...again])
    expect(await page.info(pid)).toMatchObject({ waiting: 7, last: BASE + 7, acknowledged: BASE, dropped: 0 })
  })

  test('as often as the process is restarted, and whatever it hears of the restarts', async () => {
    await upTo5()
    await restart()
    await unheard(5)
    await restart()
    await unheard(5)
    await add('a', 'b', 'c', 'd', 'e', 'f')
    const socket = await attached(5)
    expect(texts(socket).slice(0, 2)).toEqual([`Z:PONG:${id}:gap:${BASE}`, `Z:MSG:${BASE + 1}:a`])
    await attach(socket, BASE + 6)
    await restart()
    await unheard(BASE + 6)
    await add('h')
    const next = BASE + 6 + 1_000_000
    expect(texts(await attached(BASE + 6))).toEqual([`Z:PONG:${id}:gap:${next}`, `Z:MSG:${next + 1}:h`])
  })

  test('may have given more to its page meanwhile: that is still of the process before', async () => {
    await upTo5()
    await restart()
    await unheard(3)
    await add('a', 'b', 'c', 'd', 'e', 'f')
    expect(texts(await attached(5)).slice(0, 2)).toEqual(['Z:PONG:p1:gap:1000003', 'Z:MSG:1000004:a'])
  })

  test('forgets nothing by its number, whether it says it alone or with its heartbeat', async () => {
    await upTo5()
    await restart()
    await add('a', 'b', 'c', 'd', 'e', 'f')
    const socket = await attached(5)
    page.acknowledge(pid, 5, socket.pid)
    await attach(socket, 5)
    expect(await page.info(pid)).toMatchObject({ waiting: 6, acknowledged: BASE })
  })
})

describe('the numbers of the new process', () => {
  test('are those of what it keeps: what it has dropped before is missing', async () => {
    await start({ maxCount: 2 })
    await add('a', 'b', 'c')
    expect(texts(await attached(5))).toEqual([`Z:PONG:p1:new:${BASE + 1}`, `Z:MSG:${BASE + 2}:b`, `Z:MSG:${BASE + 3}:c`])
    expect(await page.info(pid)).toMatchObject({ waiting: 2, last: BASE + 3, acknowledged: BASE, dropped: 1 })
  })

  test('are acknowledged as ever', async () => {
    await add('a', 'b')
    const socket = await attached(5)
    page.acknowledge(pid, BASE + 1, socket.pid)
    await cut(socket)
    expect(texts(await attached(BASE + 1))).toEqual([`Z:PONG:p1:resumed:${BASE + 1}`, `Z:MSG:${BASE + 2}:b`])
    expect(await page.info(pid)).toMatchObject({ waiting: 1, last: BASE + 2, acknowledged: BASE + 1 })
  })

  test('stay below 16 digits: a browser that says more than it can have is one of which nothing is known, each time', async () => {
    await add('a')
    const first: FakeTransport = await attached(100_000_000_000_001)
    expect(texts(first)).toEqual(['Z:PONG:p1:new:0', 'Z:MSG:1:a'])
    await cut(first)
    expect(texts(await attached(999_999_999_999_999))).toEqual(['Z:PONG:p1:new:0', 'Z:MSG:1:a'])
  })

  test('the highest that a browser can have is followed by numbers of 15 digits', async () => {
    await add('a')
    expect(texts(await attached(100_000_000_000_000))).toEqual(['Z:PONG:p1:new:100000001000000', 'Z:MSG:100000001000001:a'])
  })
})
