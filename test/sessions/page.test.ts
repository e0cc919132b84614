// A page's process: its sockets, what it tells them, what it keeps for them, and how long it lives.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { sys } from 'gensock'
import { page, type PagePid, type QueueOptions, session, type SessionPid, type Sessions } from 'gensock/session'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { peersOf } from './peers.js'
import { begin, silent, texts } from './world.js'

let node: TestNode
let sessions: Sessions
let owner: SessionPid
let id: string
let pid: PagePid
beforeEach(async () => {
  node = testNode()
  await start()
})
afterEach(() => node.stop())

async function start(queue: QueueOptions = {}): Promise<void> {
  sessions = await begin(node, { queue })
  owner = (await sessions.ensure({}, { secure: true })).session
  ;({ id, pid } = await session.ensurePage(owner))
}
const { open, attach, attached, add, cut } = peersOf(() => ({ node, pid }))

describe('attach', () => {
  test('the first of a browser that has nothing is new: messages from before follow, numbered from 1', async () => {
    await add('a', 'b')
    const socket = await attached(0)
    await add('c')
    expect(texts(socket)).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:a', 'Z:MSG:2:b', 'Z:MSG:3:c'])
  })

  test('the first is new whatever the browser says it has, and that acknowledges nothing', async () => {
    await add('a', 'b')
    expect(texts(await attached(1))).toEqual([`Z:PONG:${id}:new:1000001`, 'Z:MSG:1000002:a', 'Z:MSG:1000003:b'])
    expect(await page.info(pid)).toMatchObject({ waiting: 2, last: 1_000_003, acknowledged: 1_000_001 })
  })

  test('a page that begins anew under its id has other numbers, also for a browser that has given nothing to its page: a lost answer makes a gap', async () => {
    await cut(await attached(0))
    node.exit(pid, 'kill')
    ;({ pid } = await session.ensurePage(owner, id))
    await add('a')
    const first = await attached(0)
    expect(texts(first)).toEqual([`Z:PONG:${id}:new:1000000`, 'Z:MSG:1000001:a'])
    await cut(first)
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:gap:1000000`, 'Z:MSG:1000001:a'])
  })

  test('the next is resumed: what it has not got follows', async () => {
    await cut(await attached(0))
    await add('a', 'b', 'c')
    expect(texts(await attached(2))).toEqual([`Z:PONG:${id}:resumed:2`, 'Z:MSG:3:c'])
  })

  test('what was sent but not acknowledged comes again', async () => {
    const first = await attached(0)
    await add('a', 'b')
    page.acknowledge(pid, 1)
    await cut(first)
    expect(texts(await attached(1))).toEqual([`Z:PONG:${id}:resumed:1`, 'Z:MSG:2:b'])
  })

  test('a gap when what it needs was dropped, and the rest follows', async () => {
    await start({ maxCount: 2 })
    await cut(await attached(0))
    await add('a', 'b', 'c', 'd')
    expect(texts(await attached(1))).toEqual([`Z:PONG:${id}:gap:2`, 'Z:MSG:3:c', 'Z:MSG:4:d'])
  })

  test('no gap when only what it has was dropped', async () => {
    await start({ maxCount: 2 })
    const first = await attached(0)
    await add('a', 'b', 'c', 'd')
    await cut(first)
    expect(texts(await attached(2))).toEqual([`Z:PONG:${id}:resumed:2`, 'Z:MSG:3:c', 'Z:MSG:4:d'])
  })

  test('a gap for a browser that says less than it has acknowledged: what it has forgotten is not here', async () => {
    const first = await attached(0)
    await add('a', 'b')
    page.acknowledge(pid, 2)
    await cut(first)
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:gap:2`])
  })

  test('new for a number that was not given out, and that acknowledges nothing', async () => {
    await cut(await attached(0))
    await add('a')
    expect(texts(await attached(9))).toEqual([`Z:PONG:${id}:new:0`, 'Z:MSG:1:a'])
  })

  test('a browser that does not count gets Zotonic 0.10: a short PONG, plain messages, each once', async () => {
    await add('a')
    const first = await attached()
    await add('b')
    expect(texts(first)).toEqual([`Z:PONG:${id}`, 'a', 'b'])
    await cut(first)
    await add('c')
    expect(texts(await attached())).toEqual([`Z:PONG:${id}`, 'c'])
    expect(await page.info(pid)).toMatchObject({ waiting: 0, last: 3, acknowledged: 3, dropped: 0 })
  })

  test('the same socket again: PONG, its number counts, nothing is sent twice', async () => {
    const socket = await attached(0)
    await add('a', 'b')
    await attach(socket, 1)
    expect(texts(socket).slice(3)).toEqual([`Z:PONG:${id}:resumed:1`])
    expect(await page.info(pid)).toMatchObject({ waiting: 1, acknowledged: 1 })
    await attach(socket)
    await attach(socket, 99)
    expect(texts(socket).slice(4)).toEqual([`Z:PONG:${id}`, `Z:PONG:${id}:resumed:2`])
  })

  test('another socket takes the place of the one before, which closes with 4409 and is not watched any more', async () => {
    const [first, second] = [await attached(0), await attached(0)]
    expect([first.closed, second.closed]).toEqual([['close', 4409], undefined])
    expect(await page.info(pid)).toMatchObject({ status: 'attached', websocket: second.pid })
    await add('a')
    expect(texts(second)).toEqual([`Z:PONG:${id}:resumed:0`, 'Z:MSG:1:a'])
    expect(node.processInfo(pid, 'monitors')?.length).toBe(2)
  })

  test('a socket that ends before the page comes to the attach was never attached', async () => {
    const socket = await open()
    page.attach(pid, socket.pid, { kind: 'websocket', ack: 0 })
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect((await page.info(pid)).status).toBe('detached')
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:new:0`])
  })

  test('a socket that ends while messages are added: nothing is lost', async () => {
    const socket = await attached(0)
    page.add(pid, 'a')
    node.exit(socket.pid, 'kill')
    page.add(pid, 'b')
    await node.settle()
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:resumed:0`, 'Z:MSG:1:a', 'Z:MSG:2:b'])
  })

  test('to a browser that does not count, nothing is sent on a socket that has ended', async () => {
    const socket = await attached()
    node.exit(socket.pid, 'kill')
    page.add(pid, 'a')
    await node.settle()
    expect(texts(await attached())).toEqual([`Z:PONG:${id}`, 'a'])
  })
})

describe('acknowledge', () => {
  test('forgets what the browser has', async () => {
    await attached(0)
    await add('a', 'b', 'c')
    page.acknowledge(pid, 2)
    expect(await page.info(pid)).toMatchObject({ waiting: 1, bytes: 1, last: 3, acknowledged: 2 })
  })

  test.each([3, 1_000_000])('a number beyond the last, %p, is ignored', async (number) => {
    await attached(0)
    await add('a', 'b')
    page.acknowledge(pid, number)
    expect(await page.info(pid)).toMatchObject({ waiting: 2, acknowledged: 0 })
  })

  test('before the first attach it is of another process, and ignored', async () => {
    await add('a', 'b')
    page.acknowledge(pid, 1)
    expect(await page.info(pid)).toMatchObject({ waiting: 2, acknowledged: 0 })
  })
})

describe('the bounds of the queue', () => {
  test('count: the oldest goes first', async () => {
    await start({ maxCount: 2 })
    await add('a', 'b')
    expect(await page.info(pid)).toMatchObject({ waiting: 2, dropped: 0 })
    await add('c')
    expect(await page.info(pid)).toMatchObject({ waiting: 2, dropped: 1 })
    expect(texts(await attached(0))).toEqual([`Z:PONG:${id}:new:1`, 'Z:MSG:2:b', 'Z:MSG:3:c'])
  })

  test('bytes, of UTF-8', async () => {
    await start({ maxBytes: 6 })
    await add('€€')
    expect(await page.info(pid)).toMatchObject({ waiting: 1, bytes: 6, dropped: 0 })
    await add('x')
    expect(await page.info(pid)).toMatchObject({ waiting: 1, bytes: 1, dropped: 1 })
    await add('abcde')
    expect(await page.info(pid)).toMatchObject({ waiting: 2, bytes: 6, dropped: 1 })
  })

  test('one message above maxBytes is refused where it is added', async () => {
    await start({ maxBytes: 6 })
    expect(() => page.add(pid, 'abcdefg')).toThrow(/page\.add: data must be at most 6 bytes of UTF-8/)
    expect(() => page.add(pid, '€€x')).toThrow(/at most 6 bytes/)
    page.add(pid, 'abcdef')
    expect((await page.info(pid)).waiting).toBe(1)
  })

  test('age: a message goes when it is maxAgeMs old', async () => {
    await attached(0)
    await add('a')
    await node.advance(200_000)
    await add('b')
    await node.advance(99_999)
    expect((await page.info(pid)).waiting).toBe(2)
    await node.advance(1)
    expect(await page.info(pid)).toMatchObject({ waiting: 1, dropped: 1 })
    await attached(0).then((socket) => expect(texts(socket)[0]).toBe(`Z:PONG:${id}:gap:1`))
  })

  test('what is sent but never acknowledged is bounded too', async () => {
    await start({ maxCount: 10 })
    const socket = await attached(0)
    await add(...Array.from({ length: 100 }, (_, n) => `${n}`))
    expect([socket.sent.length, (await page.info(pid)).waiting]).toEqual([101, 10])
  })
})

describe('how long a page lives', () => {
  const alive = async (ms: number): Promise<boolean> => {
    await node.advance(ms)
    return node.isAlive(pid)
  }
  /** So that the session does not end first. */
  beforeEach(async () => {
    await node.stop()
    node = testNode()
    sessions = await begin(node, { firstMs: 3_600_000 })
    owner = (await sessions.ensure({}, { secure: true })).session
    ;({ id, pid } = await session.ensurePage(owner))
  })

  test('with a message that waits: until that is maxAgeMs old', async () => {
    await node.advance(10_000)
    await add('a')
    expect([await alive(299_999), await alive(1)]).toEqual([true, false])
  })

  test('no newer than its newest message: each one prolongs its life', async () => {
    await add('a')
    await node.advance(200_000)
    await add('b')
    expect([await alive(299_999), await alive(1)]).toEqual([true, false])
  })

  test('but not for ever: twice maxAgeMs after the last detach at most, however much is added', async () => {
    for (let n = 0; n < 599; n++) {
      page.add(pid, `${n}`)
      await node.advance(1000)
    }
    expect([await alive(999), await alive(1)]).toEqual([true, false])
  })

  test('an old message that waits does not shorten what an empty page has', async () => {
    const socket = await attached(0)
    await add('a')
    await node.advance(290_000)
    await cut(socket)
    expect([await alive(19_999), await alive(1)]).toEqual([true, false])
  })

  test('one that has never had a socket: firstMs at most, whatever waits', async () => {
    const site = await begin(node, { firstMs: 50_000 })
    const other = (await site.ensure({}, { secure: true })).session
    pid = (await session.ensurePage(other)).pid
    for (let n = 0; n < 49; n++) {
      page.add(pid, `${n}`)
      await node.advance(1000)
    }
    expect([await alive(999), await alive(1)]).toEqual([true, false])
  })

  test('when it is asked for again, its time begins anew', async () => {
    await node.advance(19_999)
    expect((await session.ensurePage(owner, id)).pid).toBe(pid)
    expect([await alive(19_999), await alive(1)]).toEqual([true, false])
  })

  test('its end is seen by the session', async () => {
    await node.advance(20_000)
    expect(await session.pages(owner)).toEqual([])
  })
})

describe('crashes', () => {
  test('a page that crashes of the very question whether it is there begins anew', async () => {
    node.expectCrash()
    await node.run(() => sys.replaceState(pid, () => null))
    const again = await session.ensurePage(owner, id)
    expect([again.pid === pid, node.isAlive(again.pid), await session.pages(owner)]).toEqual([false, true, [again]])
    await node.settle()
    expect(await session.pages(owner)).toEqual([again])
  })

  test('what is said to a page that has ended is said in silence, but for questions', async () => {
    await node.advance(20_000)
    page.add(pid, 'x'.repeat(2_000_000))
    page.acknowledge(pid, 1)
    page.attach(pid, (await open()).pid, { kind: 'comet' })
    await expect(page.info(pid)).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
  })

  test('the process says what it is, and nothing more', () => {
    expect(node.processInfo(pid)).toMatchObject({ status: 'waiting', trap_exit: false, message_queue_len: 0 })
    expect([...(node.processInfo(pid, 'dictionary') ?? [])]).toEqual([[Symbol.for('gensock.page'), { maxBytes: 1_048_576 }]])
  })
})

test.each([
  ['add, to no page', () => page.add(owner as never, 'a')],
  ['add, no text', () => page.add(pid, new Uint8Array(1) as never)],
  ['attach, to no page', () => page.attach(owner as never, node.probe().pid as never, { kind: 'comet' })],
  ['attach, no socket', () => page.attach(pid, node.probe().pid as never, { kind: 'comet' })],
  ['attach, no pid', () => page.attach(pid, 'socket' as never, { kind: 'comet' })],
  ['attach, no kind', () => page.attach(pid, fakeTransport(node, silent).pid, {} as never)],
  ['attach, nothing', () => page.attach(pid, fakeTransport(node, silent).pid, undefined as never)],
  ['attach, a number below 0', () => page.attach(pid, fakeTransport(node, silent).pid, { kind: 'comet', ack: -1 })],
  ['acknowledge, no page', () => page.acknowledge(7 as never, 1)],
  ['acknowledge, no whole number', () => page.acknowledge(pid, 1.5)],
  ['acknowledge, from no pid', () => page.acknowledge(pid, 1, 'socket' as never)],
  ['info, no page', () => page.info(owner as never)],
])('page.%s: refused at once', (_what, act) => {
  expect(act).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
})
