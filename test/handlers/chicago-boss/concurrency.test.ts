// A service with a process for each socket: what one of them does, the others do not feel, and with its socket all of it goes.
// In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { dynamicSupervisor, exit, GensockError, supervisor } from 'gensock'
import type { Boss, BossOptions } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, open, openAnd, type Way } from './failing.js'

let node: TestNode
let own: Failing
let boss: Boss
/** How many processes there are without any socket. */
let idle: number
beforeEach(async () => {
  node = testNode()
  own = failing(node, '', 'socket')
  await start()
})
afterEach(() => node.stop())
async function start(options: BossOptions = {}): Promise<void> {
  if (boss !== undefined && node.isAlive(boss.pid)) await supervisor.stop(boss.pid)
  boss = await boot(node, own, options)
  idle = node.processes().length
}

const parent = async () => (await supervisor.whichChildren(boss.pid)).find(({ type }) => type === 'supervisor')?.pid as any
/** Nothing of any socket is there any more. */
async function expectNothingLeft(): Promise<void> {
  await node.advance(5000)
  expect(await infoOf(node, boss)).toMatchObject({ sockets: 0, waiting: 0 })
  expect([node.processes().length, await dynamicSupervisor.whichChildren(await parent())]).toEqual([idle, []])
  expect(node.processInfo(await routerPid(), 'monitors')).toEqual([])
}
const routerPid = async () => (await supervisor.whichChildren(boss.pid)).find(({ id }) => id === 'router')?.pid as any
/** The process that runs the callbacks of the socket that joined as the nth, from 0. */
async function serverOf(nth: number): Promise<any> {
  const keepers = await dynamicSupervisor.whichChildren(await parent())
  return (await supervisor.whichChildren(keepers[nth]?.pid as any))[0]?.pid
}

describe('each socket', () => {
  test('has a process and a state of its own, and no other hears of it', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    for (const socket of [ann, bob]) socket.send('hi')
    await node.settle()
    expect([ann.sent, bob.sent]).toEqual([[['text', 'ann: hi']], [['text', 'bob: hi']]])
    expect(own.log.filter((line) => line === 'init').length).toBe(2)
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 2, pid: undefined })
    expect(new Set([await serverOf(0), await serverOf(1)]).size).toBe(2)
  })

  test('gets a broadcast, after all that has come before', async () => {
    own.fails('join ann', 100)
    const sockets = await join(node, boss, 'ann', 'bob', 'cid')
    own.take()
    sockets[0]?.send('hi')
    await node.settle()
    boss.broadcast(own.module, 'news')
    await node.settle()
    expect(own.take()).toEqual(['news news', 'news news'])
    await node.advance(100)
    expect(own.take()).toEqual(['text ann hi', 'news news'])
  })

  test('whose process takes its time to start gets what was said meanwhile', async () => {
    own.fails('init', 100)
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    ann.send('hi')
    await node.settle()
    boss.broadcast(own.module, 'news')
    ann.close(1000)
    await node.advance(100)
    expect(own.log).toEqual(['init', 'join ann', 'text ann hi', 'news news', 'close ann remote 1000', 'terminate shutdown of'])
    await expectNothingLeft()
  })
})

describe('a slow socket does not delay the others', () => {
  const lines = ['init', 'join ann', 'text ann slow', 'news ann', 'close ann remote 1000', 'terminate shutdown of']
  test.each(lines)('in %s', async (line) => {
    own.fails(line, 3000)
    const ann = open(node, boss, 'ann')
    await node.settle()
    ann.send('slow')
    await node.settle()
    boss.broadcast(own.module, 'ann')
    await node.settle()
    ann.close(1000)
    await node.settle()
    const [bob] = (await join(node, boss, 'bob')) as [FakeTransport]
    bob.send('hi')
    await node.settle()
    expect(bob.sent).toEqual([['text', 'bob: hi']])
    bob.close(1000)
    await node.settle()
    expect(own.log).toContain('close bob remote 1000')
    await expectNothingLeft()
  })

  test('even if it never answers', async () => {
    for (const line of ['init', 'join ann', 'text bob wait']) own.fails(line, 'hang')
    const [, , bob] = await join(node, boss, 'eve', 'ann', 'bob')
    bob?.send('wait')
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    cid.send('hi')
    await node.settle()
    expect(cid.sent).toEqual([['text', 'cid: hi']])
    for (const pid of node.processes().slice(idle)) exit(pid, 'kill') // a node that stops would wait for them
  })
})

describe('a socket whose process crashes', () => {
  test('is joined again alone, before what waits', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    own.fails('text ann crash', 'throw')
    own.take()
    for (const text of ['crash', '1', '2']) ann.send(text)
    bob.send('hi')
    await node.settle()
    expect(own.take().filter((line) => !line.includes('bob'))).toEqual([
      'text ann crash',
      'terminate Error: boom of ann',
      'init',
      'join ann',
      'text ann 1',
      'text ann 2',
    ])
    expect([ann.closed, bob.closed, bob.sent]).toEqual([undefined, undefined, [['text', 'bob: hi']]])
  })

  test('is closed with 1011 by its eleventh crash within 5 s; those of the others do not count for it', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    for (const [user, socket, times] of [
      ['ann', ann, 10],
      ['bob', bob, 10],
    ] as const) {
      own.fails(`text ${user} crash`, ...Array.from({ length: times }, () => 'throw' as const))
      for (let n = 0; n < times; n++) socket.send('crash')
      await node.settle()
    }
    expect([ann.closed, bob.closed]).toEqual([undefined, undefined])
    own.fails('text ann crash', 'reject')
    for (const text of ['crash', 'lost', 'lost']) ann.send(text)
    await node.advance(10)
    expect([ann.closed, bob.closed]).toEqual([['close', 1011], undefined])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 1, waiting: 0 })
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    for (const socket of [bob, cid]) socket.close(1000)
    await expectNothingLeft()
  })

  test.each<[string, Way]>([
    ['an exception', 'throw'],
    ['a rejection', 'reject'],
    ['stop', ['stop', 'normal']],
  ])('in its join, by %s, is joined again once and then closed with 1011', async (_how, way) => {
    own.fails('join ann', way, way)
    own.fails('join bob', way)
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    for (const socket of [ann, bob]) socket.send('hi')
    await node.advance(50)
    expect([ann.closed, bob.closed, bob.sent]).toEqual([['close', 1011], undefined, [['text', 'bob: hi']]])
    expect(own.log.filter((line) => /^(?:text|close)/.test(line))).toEqual(
      expect.arrayContaining(['text bob hi', 'close ann normal shutdown']),
    )
    bob.close(1000)
    await expectNothingLeft()
  })
})

describe('after handleClose nothing is left of a socket', () => {
  const ways: Record<string, Way> = {
    'that works': 'ok',
    'that throws': 'throw',
    'that rejects': 'reject',
    'that stops': ['stop', 'normal'],
  }
  ways['that throws its answer'] = 'nocatch'
  ways['that takes its time'] = 1000
  test.each(Object.keys(ways))('%s', async (how) => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    own.fails('close ann remote 1000', ways[how] as Way)
    ann.close(1000)
    exit(bob.pid, 'kill')
    await expectNothingLeft()
    expect(own.log.filter((line) => line.startsWith('close')).toSorted()).toEqual([
      'close ann remote 1000',
      'close bob error killed',
    ])
  })

  test('whose process is killed in it', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    own.fails('close ann remote 1000', 'hang')
    ann.close(1000)
    await node.settle()
    exit(await serverOf(0), 'kill')
    await expectNothingLeft()
    expect(own.log.filter((line) => line.startsWith('close'))).toEqual(['close ann remote 1000'])
  })

  test('which was gone before its process had started', async () => {
    openAnd(node, boss, 'ann', (ann) => exit(ann, 'kill'))
    await expectNothingLeft()
    expect(own.log).toEqual(['init', 'join ann', 'close ann error closed', 'terminate shutdown of'])
  })

  test('which was gone while the init of its process failed', async () => {
    own.fails('init', 'reject')
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    exit(ann.pid, 'kill')
    await expectNothingLeft()
  })
})

describe('a socket', () => {
  test.each<Way>(['throw', 'reject', ['error', 'no']])(
    'whose first init fails (%p) is closed with 1011; the next one gets in',
    async (way) => {
      own.fails('init', way)
      if (Array.isArray(way)) node.expectCrash(/must return/)
      const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
      ann.send('lost')
      await node.advance(10)
      expect([ann.closed, own.log]).toEqual([['close', 1011], ['init']])
      const [bob] = (await join(node, boss, 'bob')) as [FakeTransport]
      bob.close(1000)
      await expectNothingLeft()
    },
  )

  test('whose process is killed in its first init is closed with 1011', async () => {
    own.fails('init', 'hang')
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    ann.send('lost')
    exit(node.processes().at(-1) as any, 'kill') // the last one that was started
    await expectNothingLeft()
    expect([ann.closed, own.log]).toEqual([['close', 1011], ['init']])
  })

  test('that joins while the supervisor of all is gone is closed, and forgotten', async () => {
    await start({ maxWaitingBytes: 0 })
    const pid = await parent()
    const ann = openAnd(node, boss, 'ann', () => exit(pid, 'kill'))
    await expectNothingLeft()
    expect([ann.closed, own.log]).toEqual([['close', 1011], []])
    const [bob] = (await join(node, boss, 'bob')) as [FakeTransport] // nothing of ann's waits
    expect([bob.handshake?.[0], own.log]).toEqual(['accept', ['init', 'join bob']])
  })

  test('whose later init fails is joined again by one that does not', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    own.fails('text ann crash', 'throw')
    own.fails('init', 'throw', 'throw')
    for (const text of ['crash', 'hi']) ann.send(text)
    await node.settle()
    expect([ann.closed, ann.sent]).toEqual([undefined, [['text', 'ann: hi']]])
  })
})

describe('the service', () => {
  test('that is told to end runs the terminate of each, and closes their sockets with 1001', async () => {
    const sockets = await join(node, boss, 'ann', 'bob')
    own.take()
    await supervisor.stop(boss.pid)
    await node.settle()
    expect(own.take().toSorted()).toEqual(['terminate shutdown of ann', 'terminate shutdown of bob'])
    expect(sockets.map(({ closed }) => closed)).toEqual([
      ['close', 1001],
      ['close', 1001],
    ])
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    expect(cid.handshake?.slice(0, 2)).toEqual(['reject', 503])
  })

  test('that is told to end waits for an init, and closes its socket with 1001', async () => {
    own.fails('init', 100)
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    const stopped = supervisor.stop(boss.pid)
    await node.advance(100)
    await stopped
    expect([ann.closed, own.log.at(-1)]).toEqual([['close', 1001], expect.stringMatching(/^terminate shutdown of/)])
  })

  test('whose supervisor is killed loses its sockets, and goes on with others', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    exit(await parent(), 'kill')
    node.expectCrash('killed')
    await node.settle()
    expect(ann.closed).toEqual(['close', 1011])
    const [bob] = (await join(node, boss, 'bob')) as [FakeTransport]
    bob.send('hi')
    await node.settle()
    expect(bob.sent).toEqual([['text', 'bob: hi']])
    bob.close(1000)
    await expectNothingLeft()
  })

  test('is refused where all services restart together', () => {
    const other = testNode()
    const refused = (): unknown => boot(node, own, { restart: 'faithful', node: other })
    expect(refused).toThrow(GensockError)
    expect(refused).toThrow(/concurrency.*faithful/s)
  })
})
