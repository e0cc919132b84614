// Process groups: the table, who hears of changes, who may not join, and what it costs.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AnyPid,
  createNode,
  genServer,
  type GroupChange,
  isGroupChange,
  isRef,
  pg,
  type Pid,
  type Ref,
  type Self,
  sys,
} from 'gensock'
import { broadcast, type SocketHandler, type SocketPid, text } from 'gensock/socket'
import { type Probe, testNode, type TestNode } from 'gensock/testing'
import { ProcessId } from '../../src/base/pid.js'
import { terminate } from '../../src/runtime/exit.js'
import { kernelOf } from '../../src/runtime/node.js'
import { type Process, processOf } from '../../src/runtime/process.js'
import { fakeTransport } from '../../src/testing/fake-transport.js'
import { cpuMs } from '../cpu-time.js'
import { idle, inside, thrownBy } from '../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const run = <T>(fn: () => T): T => node.run(fn)
const join = (group: unknown, pids: AnyPid | AnyPid[], scope?: string): 'ok' => run(() => pg.join(group, pids, scope))
const leave = (group: unknown, pids: AnyPid | AnyPid[], scope?: string): string => run(() => pg.leave(group, pids, scope))
const members = (group: unknown, scope?: string): readonly Pid[] => run(() => pg.getMembers(group, scope))
const groups = (scope?: string): unknown[] => run(() => pg.whichGroups(scope))
const start = (scope?: string): Promise<unknown> => run(() => pg.start(scope))

/** A probe that has called `pg.monitor` or `pg.monitorScope`: what it was answered, and what it was told since. */
interface Watching<T> {
  readonly probe: Probe<GroupChange>
  readonly ref: Ref
  readonly present: T
  /** What came so far, without the ref. */
  told(): Promise<unknown[]>
}
function watching<T>(how: () => readonly [Ref, T]): Watching<T> {
  const probe = node.probe<GroupChange>()
  const process = processOf(probe.pid)
  if (process === undefined) throw new Error('no process')
  const self = kernelOf(node).selfOf(process) as { run<R>(fn: () => R): R }
  const [ref, present] = self.run(how)
  return {
    probe,
    ref,
    present,
    async told() {
      await node.settle()
      return probe.messages.map(({ type, group, pids }) => [type, group, pids])
    },
  }
}

describe('members', () => {
  test('who joins stands in the group at once, in any process and outside', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    expect(join('g', a)).toBe('ok')
    expect(members('g')).toEqual([a])
    const seen = await inside(node, () => [pg.join('g', b), pg.getMembers('g'), pg.getLocalMembers('g')])
    expect(seen).toEqual(['ok', [a, b], [a, b]])
    expect([groups(), run(() => pg.whichLocalGroups())]).toEqual([['g'], ['g']])
  })

  test('a process that joins three times stands there three times and leaves as often', () => {
    const a = node.spawn(idle)
    join('g', a)
    join('g', [a, a])
    expect(members('g')).toEqual([a, a, a])
    expect([leave('g', a), members('g')]).toEqual(['ok', [a, a]])
    expect([leave('g', [a, a, a]), members('g'), groups()]).toEqual(['ok', [], []])
    expect(leave('g', a)).toBe('not_joined')
  })

  test('leave answers ok if one of the list was a member, and takes out only those', () => {
    const [a, b, c] = [node.spawn(idle), node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    expect([leave('g', [c, a]), members('g')]).toEqual(['ok', [b]])
    expect([leave('g', [c, a]), members('g')]).toEqual(['not_joined', [b]])
    expect(leave('other', b)).toBe('not_joined')
  })

  test('nobody in the list: joining makes no group, leaving is not_joined', () => {
    const watcher = watching(() => pg.monitorScope())
    expect([join('g', []), groups(), leave('g', [])]).toEqual(['ok', [], 'not_joined'])
    expect(watcher.probe.messages).toEqual([])
  })

  test.each<[string, unknown, unknown]>([
    ['a text', 'a', 'b'],
    ['a number that is no number', NaN, 0],
    ['nothing', undefined, null],
    ['a symbol', Symbol.for('a'), Symbol('a')],
    ['an object, by identity', Object.freeze({ room: 1 }), Object.freeze({ room: 1 })],
    ['a tuple, by identity', Object.freeze(['room', 1]), Object.freeze(['room', 1])],
    ['a name of Object.prototype', '__proto__', 'constructor'],
  ])('any value is the name of a group: %s', (_what, name, other) => {
    const a = node.spawn(idle)
    join(name, a)
    expect([members(name), members(other), groups()]).toEqual([[a], [], [name]])
  })

  test('what getMembers has answered does not change, and cannot be changed', () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', a)
    const before = members('g')
    join('g', b)
    expect([before, members('g')]).toEqual([[a], [a, b]])
    expect(() => (before as Pid[]).push(b)).toThrow(TypeError)
    expect(members('g')).toBe(members('g'))
  })

  test('the end of a member, however it comes, takes it out of all its groups', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, a, b])
    join('h', a)
    node.exit(a, 'kill')
    expect([members('g'), members('h'), groups()]).toEqual([[b], [], ['g']])
    node.send(b, 'end')
    await node.settle()
    expect(groups()).toEqual([])
  })

  test('a member gets no message and no DOWN, and the scope is the one process that monitors it', () => {
    const a = node.spawn(idle)
    join('g', [a, a])
    join('h', a)
    const scope = run(() => node.whereis('pg'))
    expect(node.processInfo(a)).toMatchObject({ monitored_by: [scope], message_queue_len: 0 })
    leave('g', [a, a])
    expect(node.processInfo(a, 'monitored_by')).toEqual([scope])
    leave('h', a)
    expect(node.processInfo(a, 'monitored_by')).toEqual([])
  })

  test('a pid that is no object of this node, but equal to one, is the same member', () => {
    const a = node.spawn(idle)
    const decoded = new ProcessId(a.node, a.id, a.serial, a.creation, undefined) as unknown as Pid
    join('g', decoded)
    expect(members('g')[0]).toBe(a)
    expect([leave('g', a), groups()]).toEqual(['ok', []])
  })
})

describe('scopes', () => {
  test('the scope pg starts itself; reading does not start it', () => {
    expect([members('g'), node.whereis('pg')]).toEqual([[], undefined])
    join('g', node.spawn(idle))
    expect(node.whereis('pg')).toBeDefined()
  })

  test('scopes know nothing of each other', async () => {
    const a = node.spawn(idle)
    await start('s1')
    await start('s2')
    join('g', a, 's1')
    expect([members('g', 's1'), members('g', 's2'), members('g')]).toEqual([[a], [], []])
    expect(leave('g', a, 's2')).toBe('not_joined')
  })

  test('a name that is taken, by a scope or anybody, answers already_started', async () => {
    const other = node.spawn(idle, { name: 'other' })
    const [, pid] = (await start('s')) as [string, Pid]
    expect(await start('s')).toEqual(['error', ['already_started', pid]])
    expect(await start('other')).toEqual(['error', ['already_started', other]])
    expect(await start()).toEqual(['ok', node.whereis('pg')])
    expect(thrownBy(() => join('g', other, 'other'))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC', reason: 'noproc' })
    expect(members('g', 'other')).toEqual([])
  })

  test('a linked scope ends with who started it', async () => {
    const pid = node.spawn(async (self) => {
      await self.run(() => pg.startLink('s'))
      await self.receive()
    })
    await node.settle()
    expect(node.processInfo(node.whereis('s') as Pid, 'links')).toEqual([pid])
    node.exit(pid, 'shutdown')
    expect(node.whereis('s')).toBeUndefined()
    expect(thrownBy(() => run(() => pg.startLink('s')))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF' })
  })

  test('the table ends with its process: members and watchers hear nothing, the next scope is empty', async () => {
    const a = node.spawn(idle)
    await start('s')
    join('g', a, 's')
    const watcher = watching(() => pg.monitor('g', 's'))
    await run(() => genServer.stop('s'))
    expect(thrownBy(() => leave('g', a, 's'))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC' })
    expect([members('g', 's'), node.processInfo(a, 'monitored_by')]).toEqual([[], []])
    await start('s')
    join('g', a, 's')
    expect([members('g', 's'), await watcher.told()]).toEqual([[a], []])
    expect(node.isAlive(a)).toBe(true)
  })

  test('a scope is a process for sys: its state are its groups, which nobody replaces; it cannot be held still', async () => {
    const a = node.spawn(idle)
    join('g', a)
    expect(await run(() => sys.getState('pg'))).toEqual(new Map([['g', [a]]]))
    await expect(run(() => sys.replaceState('pg', () => new Map()))).rejects.toMatchObject({
      reason: ['callback_failed', 'badarg'],
    })
    await run(() => sys.suspend('pg'))
    expect(await run(() => sys.getStatus('pg'))).toMatchObject({ behaviour: 'pg', status: 'suspended' })
    expect([leave('g', a), members('g')]).toEqual(['ok', []])
    const waits = node.call('pg', 'hello')
    await run(() => sys.resume('pg'))
    await expect(waits).rejects.toMatchObject({ reason: ['function_clause', 'hello'] })
    node.send('pg', 'nobody reads this')
    await node.settle()
    expect(node.processInfo(node.whereis('pg') as Pid, 'message_queue_len')).toBe(0)
  })
})

test('a node that stops keeps its groups until the trees have ended: terminate still finds the others', async () => {
  const other = node.spawn(idle)
  join('g', other)
  const found: unknown[] = []
  const server = {
    init: () => ['ok', null] as const,
    terminate: () => void found.push(...pg.getMembers('g')),
  }
  await run(() => genServer.start({ ...server, init: (_arg: void, self: Self) => (self.trapExit(true), ['ok', null]) }))
  await node.stop()
  expect(found).toEqual([other])
  node = testNode()
})

describe('watchers', () => {
  test('the present members and every change after them, none twice and none lost', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', a)
    const watcher = watching(() => pg.monitor('g'))
    expect(watcher.present).toEqual([a])
    join('g', b)
    leave('g', a)
    join('other', a)
    expect(await watcher.told()).toEqual([
      ['join', 'g', [b]],
      ['leave', 'g', [a]],
    ])
    const [first] = watcher.probe.messages as [GroupChange]
    expect([first.ref, isGroupChange(first), isGroupChange({ ...first })]).toEqual([watcher.ref, true, false])
  })

  test('the pids of one join come in one message', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    const watcher = watching(() => pg.monitor('g'))
    join('g', [a, b, a])
    expect(await watcher.told()).toEqual([['join', 'g', [a, b, a]]])
  })

  test('as in OTP 25, a leave names the pids that it was given, members or not', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', a)
    const watcher = watching(() => pg.monitor('g'))
    leave('g', [b, a])
    leave('g', [b, a])
    expect(await watcher.told()).toEqual([['leave', 'g', [b, a]]])
  })

  test('a member that ends leaves each group once for each time that it had joined, the youngest group first', async () => {
    const a = node.spawn(idle)
    const watcher = watching(() => pg.monitorScope())
    join('g', [a, a])
    join('h', a)
    node.exit(a, 'kill')
    expect(await watcher.told()).toEqual([
      ['join', 'g', [a, a]],
      ['join', 'h', [a]],
      ['leave', 'h', [a]],
      ['leave', 'g', [a]],
      ['leave', 'g', [a]],
    ])
  })

  test('a dead process comes and goes at once', async () => {
    const [dead, a] = [node.spawn(idle), node.spawn(idle)]
    node.exit(dead, 'kill')
    const watcher = watching(() => pg.monitor('g'))
    expect([join('g', dead), groups()]).toEqual(['ok', []])
    join('g', [dead, a])
    expect([members('g'), leave('g', dead)]).toEqual([[a], 'not_joined'])
    expect(await watcher.told()).toEqual([
      ['join', 'g', [dead]],
      ['leave', 'g', [dead]],
      ['join', 'g', [dead, a]],
      ['leave', 'g', [dead]],
    ])
  })

  test('a watcher of the scope has all groups at once and hears of each', async () => {
    const a = node.spawn(idle)
    join('g', a)
    join('h', [a, a])
    const watcher = watching(() => pg.monitorScope())
    expect(watcher.present).toEqual(
      new Map([
        ['g', [a]],
        ['h', [a, a]],
      ]),
    )
    leave('g', a)
    join('i', a)
    expect(await watcher.told()).toEqual([
      ['leave', 'g', [a]],
      ['join', 'i', [a]],
    ])
  })

  test('one process may watch often: each ref has its own messages', async () => {
    const a = node.spawn(idle)
    const seen = await inside(node, async (self) => {
      const [one] = pg.monitor('g')
      const [two] = pg.monitor('g')
      const [all] = pg.monitorScope()
      pg.join('g', a)
      const refs = [await self.receive(), await self.receive(), await self.receive()].map((message) => message.ref)
      return [refs.length, new Set(refs), new Set([one, two, all])]
    })
    expect(seen[1]).toEqual(seen[2])
    expect((seen[1] as Set<unknown>).size).toBe(3)
  })

  test('demonitor ends it and takes what is in the mailbox; a second time it is false', async () => {
    const a = node.spawn(idle)
    const seen = await inside(node, async (self) => {
      const [ref] = pg.monitor('g')
      const [other] = pg.monitorScope()
      pg.join('g', a)
      const answers = [pg.demonitor(ref), pg.demonitor(ref), pg.demonitor(self.makeRef())]
      pg.leave('g', a)
      const left = [await self.receive(), await self.receive()] as GroupChange[]
      return [answers, left.map((message) => [message.ref === other, message.type]), self.processInfo(self.pid, 'messages')]
    })
    expect(seen).toEqual([
      ['ok', false, false],
      [
        [true, 'join'],
        [true, 'leave'],
      ],
      [],
    ])
  })

  test('as in OTP, whoever knows the ref may demonitor: then the messages stay with whom they were for', async () => {
    const watcher = watching(() => pg.monitor('g'))
    join('g', node.spawn(idle))
    expect(await inside(node, () => pg.demonitor(watcher.ref))).toBe('ok')
    join('g', node.spawn(idle))
    expect(await watcher.told()).toHaveLength(1)
  })

  test('a ref of a member, of another scope and of a monitor of the runtime is none of a watcher', async () => {
    await start('s')
    const a = node.spawn(idle)
    join('g', a)
    const answers = await inside(node, (self) => {
      const [ref] = pg.monitor('g')
      return [pg.demonitor(ref, 's'), pg.demonitor(self.monitor(a)), pg.demonitor(ref)]
    })
    expect(answers).toEqual([false, false, 'ok'])
    const scope = processOf(node.whereis('pg') as Pid)
    const [membership] = [...(scope?.monitors?.values() ?? [])]
    expect(await inside(node, () => pg.demonitor(membership?.ref as Ref))).toBe(false)
    expect(members('g')).toEqual([a])
  })

  test('the end of a watcher takes its monitors away', async () => {
    const watcher = watching(() => pg.monitor('g'))
    const all = watching(() => pg.monitorScope())
    node.exit(watcher.probe.pid, 'kill')
    node.exit(all.probe.pid, 'kill')
    expect(node.processInfo(node.whereis('pg') as Pid, 'monitors')).toEqual([])
    expect(await inside(node, () => [pg.demonitor(watcher.ref), pg.demonitor(all.ref)])).toEqual([false, false])
    join('g', node.spawn(idle))
    await node.settle()
  })

  test('what a process that has ended still asks for is answered and does nothing', async () => {
    const a = node.spawn(idle)
    join('g', a)
    const watcher = watching(() => pg.monitorScope())
    const all = await inside(node, (self) => {
      const [mine] = pg.monitor('g')
      terminate(processOf(self.pid) as Process, 'killed')
      const [one, two] = [pg.monitor('g'), pg.monitorScope()]
      const changes = [pg.join('g', a), pg.join('h', [a, self.pid]), pg.leave('g', a), pg.leave('none', a)]
      return [[one[0], two[0]].map(isRef), one[1], two[1], changes, pg.demonitor(mine), pg.demonitor(watcher.ref)]
    })
    expect(all).toEqual([[true, true], [], new Map(), ['ok', 'ok', 'not_joined', 'not_joined'], false, false])
    expect([members('g'), groups()]).toEqual([[a], ['g']])
    expect(node.processInfo(node.whereis('pg') as Pid, 'monitors')).toEqual([a, watcher.probe.pid])
    join('g', a)
    expect(await watcher.told()).toEqual([['join', 'g', [a]]])
  })

  test('a process that has ended starts no scope', async () => {
    const refs = await inside(node, (self) => {
      terminate(processOf(self.pid) as Process, 'killed')
      return [pg.monitor('g')[0], pg.monitorScope()[0]].map(isRef)
    })
    expect([refs, node.whereis('pg')]).toEqual([[true, true], undefined])
  })

  test('no process is running: monitor, monitorScope and demonitor refuse', async () => {
    const { ref } = watching(() => pg.monitor('g'))
    for (const call of [() => pg.monitor('g'), () => pg.monitorScope(), () => pg.demonitor(ref)])
      expect(thrownBy(() => node.run<unknown>(call))).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' })
  })
})

describe('bad input', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['a name', 'bob'],
    ['a number', 42],
    ['an object that looks like a pid', { node: 'x', id: 1, serial: 0, creation: 1 }],
    ['a list with one that is none', [null]],
    ['a set', new Set()],
  ])('join and leave refuse %s', (_what, bad) => {
    const a = node.spawn(idle)
    for (const call of [pg.join, pg.leave]) {
      expect(thrownBy(() => run(() => call('g', bad as Pid)))).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
      expect(thrownBy(() => run(() => call('g', [a, bad] as Pid[])))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    }
    expect(members('g')).toEqual([])
  })

  test('a process of another node of the program cannot join: the message names the node', async () => {
    const other = createNode({ name: 'other@local' })
    const [mine, theirs] = [node.spawn(idle), other.spawn(idle)]
    const error = thrownBy(() => join('g', [mine, theirs]))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG', message: expect.stringContaining(node.name) })
    expect(members('g')).toEqual([])
    await other.stop()
  })

  test.each<[string, unknown]>([
    ['an empty name', ''],
    ['null', null],
    ['a number', 5],
    ['a pid', {}],
  ])('%s is no scope', (_what, scope) => {
    const a = node.spawn(idle)
    const calls = [
      () => pg.start(scope as string),
      () => pg.join('g', a, scope as string),
      () => pg.leave('g', a, scope as string),
      () => pg.getMembers('g', scope as string),
      () => pg.getLocalMembers('g', scope as string),
      () => pg.whichGroups(scope as string),
      () => pg.whichLocalGroups(scope as string),
    ]
    for (const call of calls) expect(thrownBy(() => node.run<unknown>(call))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })

  test('a scope that is not running: reading members finds nobody, everything else refuses and says what to do', async () => {
    const a = node.spawn(idle)
    expect([members('g', 'none'), run(() => pg.getLocalMembers('g', 'none'))]).toEqual([[], []])
    for (const call of [() => pg.join('g', a, 'none'), () => pg.leave('g', a, 'none'), () => pg.whichGroups('none')])
      expect(thrownBy(() => node.run<unknown>(call))).toMatchObject({
        code: 'GENSOCK_ERR_NOPROC',
        reason: 'noproc',
        message: expect.stringContaining('pg.start'),
      })
    const thrown = await inside(node, (self) => [
      thrownBy(() => pg.monitor('g', 'none')),
      thrownBy(() => pg.monitorScope('none')),
      thrownBy(() => pg.demonitor(self.makeRef(), 'none')),
    ])
    for (const error of thrown) expect(error).toMatchObject({ code: 'GENSOCK_ERR_NOPROC' })
  })

  test('demonitor refuses what is no reference', async () => {
    const thrown = await inside(node, () => thrownBy(() => pg.demonitor('ref' as never)))
    expect(thrown).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })

  test('the name pg held by somebody else: nothing starts over it', () => {
    const a = node.spawn(idle, { name: 'pg' })
    expect(thrownBy(() => join('g', a))).toMatchObject({ code: 'GENSOCK_ERR_NOPROC' })
  })
})

describe('sockets', () => {
  const restart = { onCrash: { restart: { intensity: 3, periodMs: 5000 } } }

  test('a handler that starts again has left its groups and its monitors; what init joins anew counts once', async () => {
    node.expectCrash(/boom/)
    const watcher = watching(() => pg.monitor('room'))
    const refs: Ref[] = []
    const heard: unknown[] = []
    const handler: SocketHandler<null, GroupChange> = {
      init(_args, self) {
        pg.join('room', self.pid)
        refs.push(pg.monitor('other')[0])
        return ['ok', null]
      },
      handle([, data], _state, self) {
        if (data === 'boom') throw new Error('boom')
        pg.join(String(data), self.pid)
        return ['ok', null]
      },
      info(change) {
        heard.push([refs.indexOf(change.ref), change.type])
        return ['ok', null]
      },
    }
    const socket = fakeTransport(node, handler, restart)
    await node.settle()
    for (const room of ['room', 'second']) socket.send(room)
    await node.settle()
    expect([members('room'), members('second')]).toEqual([[socket.pid, socket.pid], [socket.pid]])
    socket.send('boom')
    await node.settle()
    expect([members('room'), members('second'), groups()]).toEqual([[socket.pid], [], ['room']])
    expect(await watcher.told()).toEqual([
      ['join', 'room', [socket.pid]],
      ['join', 'room', [socket.pid]],
      ['leave', 'room', [socket.pid]],
      ['leave', 'room', [socket.pid]],
      ['join', 'room', [socket.pid]],
    ])
    join('other', node.spawn(idle))
    await node.settle()
    expect([refs.length, heard]).toEqual([2, [[1, 'join']]])
    socket.cut()
    await node.settle()
    expect(groups()).toEqual(['other'])
  })
})

test('a frame for a room goes to the sockets of its group', async () => {
  const echo: SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }
  const [a, b, c] = [fakeTransport(node, echo), fakeTransport(node, echo), fakeTransport(node, echo)]
  await node.settle()
  join('room', [a.pid, b.pid])
  run(() => broadcast(pg.getMembers<SocketPid>('room'), text('hello')))
  await node.settle()
  expect([a.sent, b.sent, c.sent]).toEqual([[['text', 'hello']], [['text', 'hello']], []])
})

describe('cost', () => {
  /** ms of CPU per member of: all join one group, all of them end. */
  function cost(count: number): number {
    const pids = Array.from({ length: count }, () => node.spawnProcess({ init: () => 0, message: (_m, n) => ['ok', n] }))
    const before = cpuMs()
    for (const pid of pids) join('crowd', pid)
    const scope = node.whereis('pg') as Pid
    expect(members('crowd')).toHaveLength(count)
    for (const pid of pids) node.exit(pid, 'kill')
    const took = (cpuMs() - before) / count
    expect([groups(), node.processInfo(scope, 'monitors')]).toEqual([[], []])
    return took
  }

  test('100 000 joins and ends cost as much each as 10 000', () => {
    cost(10_000)
    const few = Math.min(cost(10_000), cost(10_000), cost(10_000))
    // Were each join or end to look at the others, it would be ten times as much.
    expect(cost(100_000) / few).toBeLessThan(5)
  })

  test('the end of a process in 20 000 groups, and leaving them one by one, costs as much each as 2 000', () => {
    const of = (count: number, out: (pid: Pid) => void): number => {
      const pid = node.spawn(idle)
      const before = cpuMs()
      for (let i = 0; i < count; i++) join(i, pid)
      out(pid)
      const took = (cpuMs() - before) / count
      expect(groups()).toEqual([])
      return took
    }
    const end = (pid: Pid): void => node.exit(pid, 'kill')
    const one =
      (count: number) =>
      (pid: Pid): void => {
        for (let i = 0; i < count; i++) leave(i, pid)
      }
    /** Ten times a tenth: the clock of the processor is too coarse for less. */
    const few = (out: (pid: Pid) => void): number => {
      let sum = 0
      for (let i = 0; i < 10; i++) sum += of(2000, out) / 10
      return sum
    }
    const ratio = (many: (pid: Pid) => void, out: (pid: Pid) => void): number =>
      Math.min(of(20_000, many), of(20_000, many)) / Math.min(few(out), few(out))
    few(end)
    expect(ratio(end, end)).toBeLessThan(5)
    expect(ratio(one(20_000), one(2000))).toBeLessThan(5)
  })
})
