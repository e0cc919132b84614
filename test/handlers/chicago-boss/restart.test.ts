// What a crash of a service costs: the event in hand, and nothing else. In virtual time.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, supervisor } from 'gensock'
import type { Boss, ServiceModule } from 'gensock/chicago-boss'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { boot, type Failing, failing, infoOf, join, linkToOneThatEnds, open, type Way, without } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
beforeEach(async () => {
  node = testNode()
  chat = failing(node)
  boss = await boot(node, chat)
})
afterEach(() => node.stop())

const kill = async (): Promise<void> => exit((await infoOf(node, boss)).pid, 'kill')

describe('a service that ends', () => {
  const ends: Record<string, Way> = { 'by an exception': 'throw', 'by a rejection': 'reject', 'by a bad answer': ['ok', []] }
  test.each(Object.keys(ends))('%s is started again with the joins of those who had joined, before what waits', async (how) => {
    const [ann, bob, cid] = (await join(node, boss, 'ann', 'bob', 'cid')) as [FakeTransport, FakeTransport, FakeTransport]
    chat.take()
    chat.fails('news slow', 100)
    chat.fails('text ann crash', ends[how] as Way)
    if (Array.isArray(ends[how])) node.expectCrash(/must return/)
    boss.broadcast(chat.module, 'slow')
    ann.send('crash')
    bob.send('1')
    await node.settle()
    boss.broadcast(chat.module, 'hi')
    const [dan] = (await join(node, boss, 'dan')) as [FakeTransport]
    cid.close(1000)
    bob.send('2')
    dan.send('3')
    await node.advance(120)
    const [before, ended, ...rest] = chat.take().slice(1)
    expect([before, ended]).toEqual(['text ann crash', expect.stringMatching(/^terminate .+ of ann bob cid$/)])
    const [replayed, later] = [
      ['init', 'join ann', 'join bob', 'join cid'],
      ['text bob 2', 'text dan 3'],
    ]
    expect(rest).toEqual([...replayed, 'text bob 1', 'news hi', 'join dan', 'close cid remote 1000', ...later])
    expect([bob.sent, dan.sent, ann.closed, ann.sent]).toEqual([
      [
        ['text', 'ann bob cid: 1'],
        ['text', 'ann bob dan: 2'],
      ],
      [['text', 'ann bob dan: 3']],
      undefined,
      [],
    ])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 3, waiting: 0 })
  })

  test('by a kill in the middle of a callback loses this event alone, and runs no terminate', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('text ann slow', 100)
    chat.take()
    ann.send('slow')
    bob.send('1')
    await node.settle()
    await kill()
    await node.advance(1000)
    expect(chat.take()).toEqual(['text ann slow', 'init', 'join ann', 'join bob', 'text bob 1'])
  })

  test('in the middle of the replay begins it again with the first socket, and joins nobody twice', async () => {
    chat.fails('join bob', 'ok', 'throw')
    chat.fails('text cid crash', 'throw')
    const [, bob, cid] = (await join(node, boss, 'ann', 'bob', 'cid', 'dan')) as [FakeTransport, FakeTransport, FakeTransport]
    chat.take()
    cid.send('crash')
    bob.send('1')
    await node.settle()
    const all = ['join ann', 'join bob', 'join cid', 'join dan']
    expect(chat.take()).toEqual([
      'text cid crash',
      'terminate Error: boom of ann bob cid dan',
      'init',
      ...all.slice(0, 2),
      'terminate Error: boom of ann',
      'init',
      ...all,
      'text bob 1',
    ])
  })

  test('joins each socket again by its module made anew: what the last one has kept is gone', async () => {
    await supervisor.stop(boss.pid)
    const kept: string[] = []
    const module: ServiceModule<null> = (_req, user) => {
      let calls = 0
      const count = (what: string) => {
        kept.push(`${what} ${user} ${++calls}`)
        return ['noreply', null] as const
      }
      return {
        init: () => ['ok', null],
        handleJoin: () => count('join'),
        handleIncoming(_url, _webSocket, text) {
          if (text === 'crash') throw new Error('boom')
          return count('text')
        },
      }
    }
    boss = await boot(node, { module })
    node.expectCrash(/boom/)
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (const text of ['a', 'crash', 'b']) ann.send(text)
    await node.settle()
    expect(kept).toEqual(['join ann 1', 'text ann 2', 'join ann 1', 'text ann 2'])
  })

  test('answers that come after the end of their process change nothing', async () => {
    chat.fails('join ann', 100, 1000, 1000)
    const ann = open(node, boss, 'ann')
    await node.advance(50)
    await kill()
    await node.advance(100) // the first join has answered, to nobody
    await kill()
    await node.settle()
    // Two processes in a row have ended in this join.
    expect(ann.closed).toEqual(['close', 1011])
    await node.advance(2000)
    expect(chat.take()).toEqual(['init', 'join ann', 'init', 'join ann', 'init', 'close ann normal shutdown'])
  })

  test('by an answer of nocatch it does not: that is what the callback answered', async () => {
    chat.fails('join ann', 'nocatch', 'nocatch', 'nocatch')
    chat.fails('text ann crash', 'throw', 'throw')
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    for (const text of ['crash', 'crash', 'hi']) ann.send(text)
    await node.settle()
    // Its join has been handled: the two crashes were not of this.
    expect([ann.closed, ann.sent]).toEqual([undefined, [['text', 'ann: hi']]])
  })
})

describe('an init', () => {
  test('that takes its time at the restart keeps all that comes meanwhile waiting, and is killed without harm', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('init', 100, 100)
    chat.fails('text ann crash', 'throw')
    chat.take()
    ann.send('crash')
    await node.advance(50)
    bob.send('1')
    await kill()
    await node.advance(50)
    bob.send('2')
    expect(chat.take()).toEqual(['text ann crash', 'terminate Error: boom of ann bob', 'init', 'init'])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 2, waiting: 4 })
    await node.advance(50)
    expect(chat.take()).toEqual(['join ann', 'join bob', 'text bob 1', 'text bob 2'])
  })

  test('that fails at the restart is tried again, with the same joins and with what waits', async () => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('init', 'throw', 'reject', ['stop'], ['no', 'state'])
    node.expectCrash(/must return/)
    node.expectCrash(/must return/)
    chat.fails('text ann crash', 'throw')
    chat.take()
    ann.send('crash')
    bob.send('1')
    await node.advance(10)
    const inits = Array.from({ length: 5 }, () => 'init')
    expect(chat.take().slice(2)).toEqual([...inits, 'join ann', 'join bob', 'text bob 1'])
  })

  test('that fails at every restart ends the service, as eleven crashes do', async () => {
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('init', ...Array.from({ length: 10 }, () => 'throw' as const))
    chat.fails('text ann crash', 'throw')
    ann.send('crash')
    await node.settle()
    expect([ann.closed, chat.log.filter((line) => line === 'init').length]).toEqual([['close', 1011], 11])
    expect(open(node, boss, 'bob').handshake).toBeUndefined()
    const [cid] = (await join(node, boss, 'cid')) as [FakeTransport]
    expect(cid.handshake?.slice(0, 2)).toEqual(['reject', 503])
  })
})

describe('stop', () => {
  test.each(['normal', 'shutdown', 'oops'])('%s ends the service and not the socket: it is started again', async (reason) => {
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('text ann end', ['stop', reason])
    if (reason === 'oops') node.expectCrash('oops')
    chat.take()
    ann.send('end')
    bob.send('1')
    await node.settle()
    const rest = [`terminate ${reason} of ann bob`, 'init', 'join ann', 'join bob', 'text bob 1']
    expect([chat.take(), ann.closed]).toEqual([['text ann end', ...rest], undefined])
  })

  test('of a callback that answers another state: terminate hears that one; after a crash the last one', async () => {
    const states: unknown[] = []
    const module = () => ({
      init: () => ['ok', 'first'] as const,
      handleBroadcast(news: string, state: string) {
        if (news === 'crash') throw new Error('boom')
        return news === 'stop' ? (['stop', 'normal', 'last'] as const) : (['noreply', `${state} ${news}`] as const)
      },
      terminate: (_reason: unknown, state: string) => void states.push(state),
    })
    await supervisor.stop(boss.pid)
    boss = await boot(node, { module })
    for (const news of ['a', 'stop', 'b', 'crash', 'c']) boss.broadcast('myapp_chat_websocket', news)
    node.expectCrash(/boom/)
    await node.settle()
    expect(states).toEqual(['last', 'first b'])
  })
})

describe('a process that a service has linked', () => {
  /** Links the service to a process that ends with this reason. */
  const script = (reason: string) => ({
    ...chat,
    module: ((req, user) => ({
      ...chat.module(req, user),
      handleBroadcast(_news, users) {
        linkToOneThatEnds(reason)
        return ['noreply', users]
      },
    })) as Failing['module'],
  })
  test.each(['normal', 'oops'])('is heard of when it ends with %s by a handleInfo', async (reason) => {
    await supervisor.stop(boss.pid)
    boss = await boot(node, script(reason))
    await join(node, boss, 'ann')
    chat.take()
    boss.broadcast('myapp_chat_websocket', '')
    await node.settle()
    expect(chat.take()).toEqual([`info EXIT ${reason}`])
  })
  test('ends a service without handleInfo, which is started again; an end with normal does not', async () => {
    await supervisor.stop(boss.pid)
    const ends: string[][] = []
    for (const reason of ['oops', 'normal']) {
      boss = await boot(node, without(script(reason), 'handleInfo'))
      await join(node, boss, 'ann')
      chat.take()
      if (reason === 'oops') node.expectCrash('oops')
      boss.broadcast('myapp_chat_websocket', '')
      await node.settle()
      ends.push(chat.take())
      await supervisor.stop(boss.pid)
    }
    expect(ends).toEqual([['terminate oops of ann', 'init', 'join ann'], []])
  })
})
