// Zotonic's cases of a page's sockets, queue and life, Z55, Z56, Z58 and Z62, at the level of processes and in virtual time.
// Each title starts with its number; what is not as in Zotonic says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { page, type PagePid, session, type SessionPid, startSessions } from 'gensock/session'
import { defineHandler } from 'gensock/socket'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'

const silent = defineHandler({ init: () => ['ok', null], handle: (_frame, state) => ['ok', state] })

let node: TestNode
let owner: SessionPid
let id: string
let pid: PagePid
beforeEach(async () => {
  node = testNode()
  const sessions = await startSessions({ node, firstMs: 3_600_000 })
  owner = (await sessions.ensure({}, { secure: true })).session
  ;({ id, pid } = await session.ensurePage(owner))
})
afterEach(() => node.stop())

async function open(): Promise<FakeTransport> {
  const socket = fakeTransport(node, silent, { idleTimeoutMs: 0, pingIntervalMs: 0 })
  await node.settle()
  return socket
}
async function attach(socket: FakeTransport, kind: 'websocket' | 'comet' = 'websocket', ack?: number): Promise<FakeTransport> {
  page.attach(pid, socket.pid, ack === undefined ? { kind } : { kind, ack })
  await node.settle()
  return socket
}
async function addScript(...scripts: readonly string[]): Promise<void> {
  for (const script of scripts) page.add(pid, script)
  await node.settle()
}
const scripts = (socket: FakeTransport): unknown[] =>
  socket.sent.map(([, data]) => data).filter((data) => data !== `Z:PONG:${id}`)
const attachedTo = async (): Promise<unknown> => (await page.info(pid)).websocket
/** What the page watches beside its session. */
const watched = (): number => (node.processInfo(pid, 'monitors')?.length ?? 0) - 1

describe('attach', () => {
  test('Z55. Given a page, when a dead pid attaches, then it is ignored; when the same pid attaches twice, then nothing changes; when a new pid attaches, then it replaces the old; differs: the pid that attaches twice gets its PONG from the page, and the replaced socket closes with 4409', async () => {
    const [dead, first, second] = [await open(), await open(), await open()]
    node.exit(dead.pid, 'kill')
    await node.settle()
    await attach(dead)
    expect([await attachedTo(), watched()]).toEqual([undefined, 0])

    await attach(await attach(first))
    expect([await attachedTo(), watched()]).toEqual([first.pid, 1])
    await addScript('once')
    expect(first.sent.map(([, data]) => data)).toEqual([`Z:PONG:${id}`, `Z:PONG:${id}`, 'once'])

    await attach(second)
    expect([await attachedTo(), watched(), first.closed]).toEqual([second.pid, 1, ['close', 4409]])
    await addScript('to the new one')
    expect([scripts(first), scripts(second)]).toEqual([['once'], ['to the new one']])
  })

  test('Z56. Given a comet and a WebSocket attached in either order, when a script is added, then it goes to the WebSocket only', async () => {
    const orders = [
      ['comet', 'websocket'],
      ['websocket', 'comet'],
    ] as const
    for (const kinds of orders) {
      ;({ pid } = await session.ensurePage(owner))
      const sockets = { comet: await open(), websocket: await open() }
      for (const kind of kinds) await attach(sockets[kind], kind)
      await addScript('a', 'b')
      const got = [sockets.comet, sockets.websocket].map((socket) => socket.sent.slice(1).map(([, data]) => data))
      expect(got).toEqual([[], ['a', 'b']])
    }
  })
})

describe('how long a page lives', () => {
  test('Z58. Given a page whose last socket has detached, when 20 s have passed, then it ends, and an attached page never does; differs: to the millisecond, not at the next of checks every 10 s, and with messages that wait it lives until the newest is 5 minutes old', async () => {
    const socket = await attach(await open())
    await node.advance(24 * 3_600_000)
    expect(node.isAlive(pid)).toBe(true)
    socket.cut()
    await node.advance(19_999)
    expect(node.isAlive(pid)).toBe(true)
    await node.advance(1)
    expect(node.isAlive(pid)).toBe(false)

    ;({ pid } = await session.ensurePage(owner, id))
    await node.advance(19_999)
    await addScript('waits')
    await node.advance(299_999)
    expect(node.isAlive(pid)).toBe(true)
    await node.advance(1)
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('the queue', () => {
  test('Z62. Given a page without a socket, when more is queued than it keeps, then the oldest goes, what was not acknowledged is sent again, and what is 5 minutes old is dropped; differs: 1 000 messages or 1 MiB in place of 100, no quality of service, sent again at the next attach in place of after 10 s with dup, and the browser is told of the gap', async () => {
    const add = (from: number, to: number): Promise<void> =>
      addScript(...Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`))
    const first = await attach(await open(), 'websocket', 0)
    await add(1, 3)
    page.acknowledge(pid, 1)
    first.cut()
    await node.settle()
    const second = await attach(await open(), 'websocket', 1)
    expect(scripts(second)).toEqual([`Z:PONG:${id}:resumed:1`, 'Z:MSG:2:2', 'Z:MSG:3:3'])

    second.cut()
    await add(4, 1003)
    expect(await page.info(pid)).toMatchObject({ waiting: 1000, dropped: 2 })
    const third = await attach(await open(), 'websocket', 1)
    expect([scripts(third).length, ...scripts(third).slice(0, 2)]).toEqual([1001, `Z:PONG:${id}:gap:3`, 'Z:MSG:4:4'])

    await node.advance(299_999)
    expect((await page.info(pid)).waiting).toBe(1000)
    await node.advance(1)
    expect(await page.info(pid)).toMatchObject({ waiting: 0, dropped: 1002 })
  })
})
