// However a socket ends, whatever else is going on: its service hears of it, once. In virtual time, but for listeners that go.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { once } from 'node:events'
import { createNode, exit, send, silentLogger, supervisor } from 'gensock'
import { type Boss, type BossOptions, services, type WebSocketPid } from 'gensock/chicago-boss'
import { listen } from 'gensock/socket'
import { type FakeTransport, type TestNode, testNode } from 'gensock/testing'
import { WebSocket } from 'ws'
import { boot, type Failing, failing, infoOf, join, open, openAnd } from './failing.js'

let node: TestNode
let chat: Failing
let boss: Boss
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

type Kind = 'service' | 'socket' | 'faithful'
const KINDS: readonly Kind[] = ['service', 'socket', 'faithful']
async function start(kind: Kind, options: BossOptions = {}): Promise<void> {
  chat = failing(node, '', kind === 'socket' ? 'socket' : 'service')
  boss = await boot(node, chat, { restart: kind === 'faithful' ? kind : 'replay', ...options })
}
const closes = (): string[] => chat.log.filter((line) => line.startsWith('close '))
const router = async () => (await supervisor.whichChildren(boss.pid)).find(({ id }) => id === 'router')?.pid as any
const killService = async (): Promise<void> => exit((await infoOf(node, boss)).pid, 'kill')

describe.each(KINDS)('the end of a socket (%s)', (kind) => {
  const ends: Record<string, readonly [end: (ann: FakeTransport) => unknown, reason: string]> = {
    'a kill': [({ pid }) => exit(pid, 'kill'), 'error killed'],
    'two kills': [({ pid }) => [exit(pid, 'kill'), exit(pid, 'kill')], 'error killed'],
    'an exit signal': [({ pid }) => exit(pid, 'oops'), 'error handler'],
    'an exit signal of shutdown': [({ pid }) => exit(pid, 'shutdown'), 'normal shutdown'],
    'an exit signal and a kill': [({ pid }) => [exit(pid, 'oops'), exit(pid, 'kill')], 'error killed'],
    'a cut': [(ann) => ann.cut(), 'error closed'],
    'a close frame without a code': [(ann) => ann.close(), 'remote closed'],
    'a close frame': [(ann) => ann.close(4000, 'bye'), 'remote 4000 bye'],
    'a close frame and a cut': [(ann) => [ann.close(4000, 'bye'), ann.cut()], 'remote 4000 bye'],
    'a broken frame': [(ann) => ann.fail('badframe'), 'error badframe'],
    'a close frame of ours': [({ pid }) => node.send(pid, ['close', 4000, 'go']), 'normal shutdown'],
    'its idle timeout': [() => node.advance(60_000), 'normal timeout'],
  }
  test.each(Object.keys(ends))('by %s is told once', async (how) => {
    const [end, reason] = ends[how] as (typeof ends)[string]
    await start(kind, { route: { idleTimeoutMs: 60_000 } })
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    await end(ann)
    await node.settle()
    await node.advance(60_000)
    expect([closes(), node.isAlive(ann.pid)]).toEqual([[`close ann ${reason}`], false])
    expect(await infoOf(node, boss)).toMatchObject({ sockets: 0, waiting: 0 })
  })

  test('that is killed during its join is told after that', async () => {
    await start(kind)
    chat.fails('join ann', 100)
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    exit(ann.pid, 'kill')
    await node.advance(100)
    expect(chat.log.slice(1, 3)).toEqual(['join ann', 'close ann error killed'])
    expect(closes().length).toBe(1)
  })

  test('that is killed before it joins is none; in the very turn in which it joins it is told', async () => {
    await start(kind)
    exit(open(node, boss, 'ann').pid, 'kill')
    openAnd(node, boss, 'bob', (bob) => exit(bob, 'kill'))
    await node.settle()
    // Nobody watched it yet: how it ended is not known.
    expect(chat.log.filter((line) => /^(?:join|close)/.test(line))).toEqual(['join bob', 'close bob error closed'])
  })

  test('while the router is down is told by the next one', async () => {
    await start(kind)
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    exit(await router(), 'kill')
    exit(ann.pid, 'kill')
    bob.close(1000)
    await node.settle()
    // Nobody saw it die: how it ended is not known any more.
    expect(closes().toSorted()).toEqual(['close ann error closed', 'close bob remote 1000'])
  })
})

describe.each(['service', 'faithful'] as const)('the end of a socket whose service is down (%s)', (kind) => {
  test('is told to the next process, which has met it if joins are replayed', async () => {
    await start(kind)
    const [ann, bob, cid] = (await join(node, boss, 'ann', 'bob', 'cid')) as [FakeTransport, FakeTransport, FakeTransport]
    chat.fails('init', 100)
    chat.take()
    await killService()
    exit(ann.pid, 'kill')
    await node.settle()
    bob.cut()
    await node.advance(100)
    const joins = kind === 'service' ? ['join ann', 'join bob', 'join cid'] : []
    const rest = chat.take()
    expect(rest.slice(0, 1 + joins.length)).toEqual(['init', ...joins])
    expect(rest.slice(1 + joins.length).toSorted()).toEqual(['close ann error killed', 'close bob error closed'])
    expect(cid.closed).toBeUndefined()
  })

  test('and its router too is told once both are there again', async () => {
    await start(kind)
    const [ann] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport]
    chat.fails('init', 100)
    for (const pid of [await router(), (await infoOf(node, boss)).pid, ann.pid]) exit(pid, 'kill')
    await node.advance(100)
    expect(closes()).toEqual(['close ann error closed'])
  })
})

describe('the end of a socket', () => {
  test('whose service crashes all the time is told all the same', async () => {
    await start('service', { intensity: 1000 })
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('text bob crash', ...Array.from({ length: 20 }, () => 'throw' as const))
    for (let n = 0; n < 20; n++) {
      bob.send('crash')
      if (n === 10) exit(ann.pid, 'kill')
    }
    await node.settle()
    expect(closes()).toEqual(['close ann error killed'])
  })

  test('whose service waits for a terminate that never comes is told when that is killed', async () => {
    await start('service')
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('terminate normal of ann bob', 'hang')
    chat.fails('text ann end', ['stop', 'normal'])
    ann.send('end')
    await node.settle()
    bob.cut()
    exit(ann.pid, 'kill')
    await node.advance(60_000)
    expect(closes()).toEqual([])
    await killService()
    await node.settle()
    expect(closes().toSorted()).toEqual(['close ann error killed', 'close bob error closed'])
  })
})

describe('a handleClose', () => {
  test.each(['throw', 'reject', 'hang'] as const)('that fails (%s) has been told: it is not told again', async (way) => {
    await start('service')
    const [ann, bob] = (await join(node, boss, 'ann', 'bob')) as [FakeTransport, FakeTransport]
    chat.fails('close ann error killed', way)
    exit(ann.pid, 'kill')
    await node.advance(50)
    if (way === 'hang') await killService()
    bob.send('hi')
    await node.settle()
    expect([closes(), bob.sent]).toEqual([['close ann error killed'], [['text', 'bob: hi']]])
  })

  test('comes after what the socket has said, though it was killed', async () => {
    await start('service')
    const [ann] = (await join(node, boss, 'ann')) as [FakeTransport]
    chat.fails('text ann 1', 100)
    for (const text of ['1', '2', '3']) ann.send(text)
    await node.settle()
    exit(ann.pid, 'kill')
    await node.advance(100)
    expect(chat.log.slice(2)).toEqual(['text ann 1', 'text ann 2', 'text ann 3', 'close ann error killed'])
  })
})

describe('a listener that goes', () => {
  const ways = {
    'is killed': (pid: any) => exit(pid, 'kill'),
    'ends by an exit signal': (pid: any) => exit(pid, 'shutdown'),
  }
  test.each(Object.keys(ways) as (keyof typeof ways)[])('%s: each of its sockets is told once', async (way) => {
    const real = createNode({ logger: silentLogger })
    const heard: WebSocketPid[] = []
    const gone = new Promise<void>((resolve) => {
      const module = () => ({
        init: () => ['ok', null] as const,
        handleIncoming(_url: string, webSocket: WebSocketPid) {
          send(webSocket, ['text', 'yes'])
          return ['noreply', null] as const
        },
        handleClose(_reason: unknown, _url: string, webSocket: WebSocketPid) {
          if (heard.push(webSocket) === 3) resolve()
          return ['noreply', null] as const
        },
      })
      void served(real, module).then(async ({ listener, clients }) => {
        for (const client of clients) client.send('are you there?')
        await Promise.all(clients.map((client) => once(client, 'message')))
        const ended = clients.map((client) => once(client, 'close'))
        real.run(() => ways[way](listener.pid))
        await Promise.all(ended)
      })
    })
    await gone
    expect(new Set(heard).size).toBe(3)
    await real.stop()
    expect(heard.length).toBe(3)
  })

  async function served(real: ReturnType<typeof createNode>, module: () => any) {
    const { routes } = await services({ myapp_chat_websocket: module }, { node: real })
    const listener = await listen({ port: 0, host: '127.0.0.1', node: real, routes })
    const clients = [1, 2, 3].map(() => new WebSocket(`ws://127.0.0.1:${listener.port}/websocket/chat`))
    await Promise.all(clients.map((client) => once(client, 'open')))
    return { listener, clients }
  }
})
