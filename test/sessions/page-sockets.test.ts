// The sockets of a page: how many it has, whose place they take, and what becomes of them when the page crashes.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { supervisor, sys } from 'gensock'
import { page, type PagePid, session, type SessionPid, type Sessions } from 'gensock/session'
import { type TestNode, testNode } from 'gensock/testing'
import { peersOf } from './peers.js'
import { begin, texts } from './world.js'

let node: TestNode
let sessions: Sessions
let owner: SessionPid
let id: string
let pid: PagePid
beforeEach(async () => {
  node = testNode()
  sessions = await begin(node)
  owner = (await sessions.ensure({}, { secure: true })).session
  ;({ id, pid } = await session.ensurePage(owner))
})
afterEach(() => node.stop())

const { open, attached, add, cut } = peersOf(() => ({ node, pid }))

describe('both kinds', () => {
  test('a connection that was opened before the one that is attached does not take its place: its question came late', async () => {
    const given = await open()
    const living = await attached(0)
    page.attach(pid, given.pid, { kind: 'websocket', ack: 0 })
    await add('a')
    expect([given.closed, texts(given), living.closed]).toEqual([['close', 4409], [], undefined])
    expect(texts(living)).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:a'])
  })

  test('a comet that attaches beside a WebSocket hears where it stands, and no messages', async () => {
    await attached()
    await add('a')
    const comet = await attached(undefined, 'comet')
    await add('b')
    expect(texts(comet)).toEqual([`Z:PONG:${id}`])
    expect(await page.info(pid)).toMatchObject({ comet: comet.pid, waiting: 0 })
  })

  test('when the WebSocket goes, the comet gets what is added from then on, and what has come meanwhile', async () => {
    const websocket = await attached()
    const comet = await attached(undefined, 'comet')
    await add('a')
    node.exit(websocket.pid, 'kill')
    await add('b')
    await add('c')
    expect(texts(comet)).toEqual([`Z:PONG:${id}`, 'b', 'c'])
  })

  test('when the comet goes, the WebSocket hears nothing', async () => {
    const comet = await attached(undefined, 'comet')
    const websocket = await attached()
    await cut(comet)
    expect([texts(websocket), (await page.info(pid)).status]).toEqual([[`Z:PONG:${id}`], 'attached'])
  })

  test('both go at once: what is added meanwhile waits', async () => {
    const sockets = [await attached(), await attached(undefined, 'comet')]
    for (const socket of sockets) node.exit(socket.pid, 'kill')
    page.add(pid, 'a')
    await node.settle()
    expect(await page.info(pid)).toMatchObject({ status: 'detached', waiting: 1 })
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:resumed:0`, 'Z:MSG:1:a'])
  })

  test.each([
    ['websocket', 0, 'comet', 0],
    ['comet', 0, 'websocket', 0],
    ['websocket', 0, 'comet', undefined],
    ['comet', undefined, 'websocket', 0],
  ] as const)(
    'a browser that counts has one connection: after %s with %p, %s with %p takes its place',
    async (before, ackBefore, after, ackAfter) => {
      const first = await attached(ackBefore, before)
      await add('a')
      page.acknowledge(pid, 1)
      const second = await attached(ackAfter === undefined ? undefined : 1, after)
      await add('b')
      expect([first.closed, second.closed, second.sent.at(-1)?.[1]]).toEqual([
        ['close', 4409],
        undefined,
        ackAfter === undefined ? 'b' : 'Z:MSG:2:b',
      ])
      expect(await page.info(pid)).toMatchObject({ [before]: undefined, [after]: second.pid })
    },
  )
})

describe('a socket that another has taken the place of', () => {
  test('does not get it back, and what it acknowledges on its own behalf counts for nothing', async () => {
    const [first, second] = [await attached(0), await open()]
    await add('a')
    page.attach(pid, second.pid, { kind: 'websocket', ack: 0 })
    page.attach(pid, first.pid, { kind: 'comet', ack: 1 })
    page.acknowledge(pid, 1, first.pid)
    const { websocket, comet, waiting, acknowledged } = await page.info(pid)
    expect([websocket, comet, waiting, acknowledged]).toEqual([second.pid, undefined, 1, 0])
    await node.settle()
    expect([first.closed, second.closed]).toEqual([['close', 4409], undefined])
    page.acknowledge(pid, 1, second.pid)
    expect(await page.info(pid)).toMatchObject({ waiting: 0, acknowledged: 1 })
  })

  test('is not watched any more, though it does not end', async () => {
    const [first, second] = [await attached(0), await open()]
    await node.run(() => sys.suspend(first.pid as never))
    page.attach(pid, second.pid, { kind: 'websocket', ack: 0 })
    await node.settle()
    // Its session and the second are.
    expect([node.isAlive(first.pid), node.processInfo(pid, 'monitors')?.length]).toEqual([true, 2])
    await node.run(() => sys.resume(first.pid as never))
  })

  test('ends without a change for the page', async () => {
    const [first, second] = [await attached(0), await open()]
    node.exit(first.pid, 'kill')
    page.attach(pid, second.pid, { kind: 'websocket', ack: 0 })
    await node.settle()
    expect(await page.info(pid)).toMatchObject({ status: 'attached', websocket: second.pid })
  })
})

describe('when the page is gone', () => {
  test('a page that crashes: its socket closes with 1012, and the browser that comes again hears new', async () => {
    const socket = await attached(0)
    await add('a', 'b')
    node.expectCrash()
    await node.run(() => sys.replaceState(pid, () => null))
    await add('lost')
    expect([node.isAlive(pid), socket.closed]).toEqual([false, ['close', 1012]])
    ;({ pid } = await session.ensurePage(owner, id))
    await add('c')
    expect(texts(await attached(2))).toEqual([`Z:PONG:${id}:new:1000002`, 'Z:MSG:1000003:c'])
  })

  test.each([
    ['its page is killed', () => node.exit(pid, 'kill')],
    ['its session is killed', () => node.exit(owner, 'kill')],
    ['all sessions stop', () => void node.run(() => supervisor.stop(sessions.pid))],
  ])('a socket closes with 1012 when %s', async (_what, act) => {
    const sockets = [await attached(), await attached(undefined, 'comet')]
    act()
    await node.settle()
    expect(sockets.map(({ closed }) => closed)).toEqual([
      ['close', 1012],
      ['close', 1012],
    ])
  })
})
