// OTP's manual page pg(3), kernel 8.5.3, sentence by sentence.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type AnyPid, genServer, type GroupChange, pg, type Pid, type Receiver, type Ref } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside, thrownBy } from '../../runtime/inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const run = <T>(fn: () => T): T => node.run(fn)
const members = (group: unknown, scope?: string): readonly Pid[] => run(() => pg.getMembers(group, scope))
const join = (group: unknown, pids: AnyPid | AnyPid[], scope?: string): string => run(() => pg.join(group, pids, scope))
const leave = (group: unknown, pids: AnyPid | AnyPid[], scope?: string): string => run(() => pg.leave(group, pids, scope))
const groups = (scope?: string): unknown[] => run(() => pg.whichGroups(scope))
const start = (scope?: string): Promise<unknown> => run(() => pg.start(scope))
const linked = (scope?: string): Pid =>
  node.spawn(async (self: Receiver) => {
    await self.run(() => pg.startLink(scope))
    await self.receive()
  })

describe('pg', () => {
  test('"A message can be sent to one, some, or all group members."', async () => {
    const heard: unknown[] = []
    const listen = async (self: Receiver): Promise<void> => void heard.push([self.pid, await self.receive()])
    const [a, b, c] = [node.spawn(listen), node.spawn(listen), node.spawn(listen)]
    join('foobar', [a, b, c])
    for (const pid of members('foobar').slice(0, 2)) node.send(pid, 'some')
    await node.settle()
    for (const pid of members('foobar')) node.send(pid, 'all')
    await node.settle()
    // Which of two processes hears first is nobody's promise.
    expect(heard.slice(0, 2)).toEqual(
      expect.arrayContaining([
        [a, 'some'],
        [b, 'some'],
      ]),
    )
    expect(heard.slice(2)).toEqual([[c, 'all']])
  })

  test('"A group of processes can be accessed by a common name."', () => {
    const pids = [node.spawn(idle), node.spawn(idle)]
    join('foobar', pids)
    expect(members('foobar')).toEqual(pids)
  })

  test('"There are no special functions for sending a message to the group."', () => {
    const names =
      'demonitor getLocalMembers getMembers join leave monitor monitorScope start startLink whichGroups whichLocalGroups'
    expect(Object.keys(pg).toSorted()).toEqual(names.split(' '))
  })

  test('"If a member terminates, it is automatically removed from the group."', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    node.send(a, 'end')
    await node.settle()
    expect(members('g')).toEqual([b])
  })

  test('"A process may join multiple groups. It may join the same group multiple times."', () => {
    const a = node.spawn(idle)
    for (const group of ['g', 'h', 'g']) join(group, a)
    expect([members('g'), members('h')]).toEqual([[a, a], [a]])
  })

  test('"It is only allowed to join processes running on local node."', async () => {
    const other = testNode({ name: 'other@local' })
    const [mine, theirs] = [node.spawn(idle), other.spawn(idle)]
    for (const pids of [theirs, [mine, theirs]])
      expect(thrownBy(() => join('g', pids))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    expect(members('g')).toEqual([])
    await other.stop()
  })

  test('"Groups are automatically created when any process joins, and are removed when all processes leave the group."', () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', a)
    join('g', b)
    expect(groups()).toEqual(['g'])
    leave('g', a)
    expect(groups()).toEqual(['g'])
    leave('g', b)
    expect(groups()).toEqual([])
  })

  test('differs: in OTP 25 joining nobody at all leaves an empty group behind; here no process has joined, so there is none', () => {
    expect([join('g', []), groups()]).toEqual(['ok', []])
  })

  test('"Non-existing group is considered empty (containing no processes)."', () => {
    expect(members('never joined')).toEqual([])
  })

  test('"Process groups can be organised into multiple scopes. Scopes are completely independent of each other."', async () => {
    const a = node.spawn(idle)
    await start('s1')
    await start('s2')
    join('g', a, 's1')
    expect([members('g', 's1'), members('g', 's2'), leave('g', a, 's2')]).toEqual([[a], [], 'not_joined'])
  })

  test('"A process may join any number of groups in any number of scopes."', async () => {
    const a = node.spawn(idle)
    await start('s1')
    await start('s2')
    for (const scope of ['s1', 's2']) for (const group of ['g', 'h']) join(group, a, scope)
    expect([groups('s1'), groups('s2')]).toEqual([
      ['g', 'h'],
      ['g', 'h'],
    ])
    node.exit(a, 'kill')
    expect([groups('s1'), groups('s2')]).toEqual([[], []])
  })

  test('differs: "Default scope pg is started automatically when kernel(7) is configured to do so." Here when it is first used', () => {
    expect(node.whereis('pg')).toBeUndefined()
    join('g', node.spawn(idle))
    expect(node.whereis('pg')).toBeDefined()
  })

  test('"Scope name is used to register process locally"', async () => {
    expect(await start('chat')).toEqual(['ok', node.whereis('chat')])
  })

  test('"If there is another process registered under this name, or another ETS table exists, scope fails to start."', async () => {
    const other = node.spawn(idle, { name: 'chat' })
    expect(await start('chat')).toEqual(['error', ['already_started', other]])
    expect(node.whereis('chat')).toBe(other)
  })

  test('"Local membership is not preserved if scope process exits and restarts."', async () => {
    const a = node.spawn(idle)
    await start('s')
    join('g', a, 's')
    await run(() => genServer.stop('s'))
    await start('s')
    expect(members('g', 's')).toEqual([])
  })

  test('"group() = any()": "The identifier of a process group."', () => {
    const names = [1, 'a', null, undefined, Symbol('s'), { room: 1 }, ['room', 1], () => 1]
    const a = node.spawn(idle)
    for (const name of names) join(name, a)
    expect([groups(), names.map((name) => members(name))]).toEqual([names, names.map(() => [a])])
  })
})

describe('start_link/0', () => {
  test('"Starts the default pg scope within supervision tree."', async () => {
    const parent = linked()
    await node.settle()
    const pid = node.whereis('pg') as Pid
    expect([node.processInfo(pid, 'links'), node.processInfo(pid, 'parent')]).toEqual([[parent], parent])
    node.exit(parent, 'shutdown')
    expect(node.isAlive(pid)).toBe(false)
  })
})

describe('start/1, start_link/1', () => {
  test('"Starts additional scope."', async () => {
    await start('first')
    linked('second')
    await node.settle()
    const a = node.spawn(idle)
    join('g', a, 'first')
    join('g', a, 'second')
    expect([members('g', 'first'), members('g', 'second'), members('g')]).toEqual([[a], [a], []])
  })
})

describe('join/2, join/3', () => {
  test('"Joins single process or multiple processes to the group Group."', () => {
    const [a, b, c] = [node.spawn(idle), node.spawn(idle), node.spawn(idle)]
    expect([join('g', a), join('g', [b, c])]).toEqual(['ok', 'ok'])
    expect(new Set(members('g'))).toEqual(new Set([a, b, c]))
  })

  test('"A process can join a group many times and must then leave the group the same number of times."', () => {
    const a = node.spawn(idle)
    for (let i = 0; i < 3; i++) join('g', a)
    const left = [1, 2, 3, 4].map(() => [leave('g', a), members('g').length])
    expect(left).toEqual([
      ['ok', 2],
      ['ok', 1],
      ['ok', 0],
      ['not_joined', 0],
    ])
  })

  test('"PidOrPids may contain the same process multiple times."', () => {
    const a = node.spawn(idle)
    join('g', [a, a, a])
    expect(members('g')).toEqual([a, a, a])
    expect([leave('g', [a, a]), members('g')]).toEqual(['ok', [a]])
  })
})

describe('leave/2, leave/3', () => {
  test('"Makes the process PidOrPids leave the group Group."', () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    join('h', a)
    expect([leave('g', a), members('g'), members('h')]).toEqual(['ok', [b], [a]])
  })

  test('"If the process is not a member of the group, not_joined is returned."', () => {
    const a = node.spawn(idle)
    join('h', a)
    expect(leave('g', a)).toBe('not_joined')
  })

  test('"When list of processes is passed as PidOrPids, function returns not_joined only when all processes of the list are not joined."', () => {
    const [a, b, c] = [node.spawn(idle), node.spawn(idle), node.spawn(idle)]
    join('g', a)
    expect([leave('g', [b, c]), leave('g', [b, a, c]), members('g')]).toEqual(['not_joined', 'ok', []])
  })
})

/** What one process is told while `act` happens to the groups; `begin` is its first answer. */
async function told<T>(
  begin: () => readonly [Ref, T],
  act: () => void,
): Promise<{ readonly present: T; readonly changes: unknown[] }> {
  return inside(node, async (self) => {
    const [ref, present] = begin()
    act()
    const changes: unknown[] = []
    for (let message: GroupChange | undefined; ; ) {
      message = await self.receive({ afterMs: 0 })
      if (message === undefined) return { present, changes }
      expect(message.ref).toBe(ref)
      changes.push([message.type, message.group, message.pids])
    }
  })
}

describe('monitor_scope/0, monitor_scope/1', () => {
  test('"Subscribes the caller to updates from the specified scope."', async () => {
    const a = node.spawn(idle)
    await start('s')
    const { changes } = await told(
      () => pg.monitorScope('s'),
      () => {
        pg.join('g', a, 's')
        pg.join('h', a, 's')
        pg.join('g', a)
      },
    )
    expect(changes).toEqual([
      ['join', 'g', [a]],
      ['join', 'h', [a]],
    ])
  })

  test('"Returns content of the entire scope and a reference to match the upcoming notifications."', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    join('h', a)
    const { present } = await told(
      () => pg.monitorScope(),
      () => undefined,
    )
    expect(present).toEqual(
      new Map([
        ['g', [a, b]],
        ['h', [a]],
      ]),
    )
  })

  test('"Whenever any group membership changes, an update message is sent to the subscriber": "{Ref, join, Group, [JoinPid1, JoinPid2]}"', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    const { changes } = await told(
      () => pg.monitorScope(),
      () => pg.join('g', [a, b]),
    )
    expect(changes).toEqual([['join', 'g', [a, b]]])
  })

  test('"Whenever any group membership changes, an update message is sent to the subscriber": "{Ref, leave, Group, [LeavePid1]}"', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    const { changes } = await told(
      () => pg.monitorScope(),
      () => {
        pg.leave('g', a)
        node.exit(b, 'kill')
        pg.leave('g', a)
      },
    )
    expect(changes).toEqual([
      ['leave', 'g', [a]],
      ['leave', 'g', [b]],
    ])
  })
})

describe('monitor/1, monitor/2', () => {
  test('"Subscribes the caller to updates for the specified group."', async () => {
    const a = node.spawn(idle)
    const { changes } = await told(
      () => pg.monitor('g'),
      () => {
        pg.join('g', a)
        pg.join('h', a)
        pg.leave('g', a)
      },
    )
    expect(changes).toEqual([
      ['join', 'g', [a]],
      ['leave', 'g', [a]],
    ])
  })

  test('"Returns list of processes currently in the group, and a reference to match the upcoming notifications."', async () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    const nothing = (): void => undefined
    expect((await told(() => pg.monitor('g'), nothing)).present).toEqual([a, b])
    expect((await told(() => pg.monitor('empty'), nothing)).present).toEqual([])
  })

  test('"See monitor_scope/0 for the update message structure."', async () => {
    const a = node.spawn(idle)
    const message = await inside(node, async (self) => {
      const [ref] = pg.monitor('g')
      pg.join('g', a)
      return [{ ...(await self.receive()) }, ref]
    })
    expect(message[0]).toEqual({ type: 'join', ref: message[1], group: 'g', pids: [a] })
  })
})

describe('demonitor/1, demonitor/2', () => {
  test('"Unsubscribes the caller from updates (scope or group)."', async () => {
    const a = node.spawn(idle)
    const seen = await inside(node, (self) => {
      const refs = [pg.monitor('g')[0], pg.monitorScope()[0]]
      const answers = [...refs, ...refs].map((ref) => pg.demonitor(ref))
      pg.join('g', a)
      return [answers, self.processInfo(self.pid, 'messages')]
    })
    expect(seen).toEqual([['ok', 'ok', false, false], []])
  })

  test('"Flushes all outstanding updates that were already in the message queue of the calling process."', async () => {
    const a = node.spawn(idle)
    const left = await inside(node, (self) => {
      const [ref] = pg.monitor('g')
      pg.join('g', a)
      self.send(self.pid, 'other')
      pg.leave('g', a)
      const before = self.processInfo(self.pid, 'message_queue_len')
      pg.demonitor(ref)
      return [before, self.processInfo(self.pid, 'messages')]
    })
    expect(left).toEqual([3, ['other']])
  })
})

describe('get_local_members/1, get_local_members/2', () => {
  test('"Returns all processes running on the local node in the group Group."', () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    expect(new Set(run(() => pg.getLocalMembers('g')))).toEqual(new Set([a, b]))
  })

  test('"This function is optimised for speed.": asked twice it is the same list, not a copy', () => {
    join('g', [node.spawn(idle), node.spawn(idle)])
    expect(run(() => pg.getLocalMembers('g'))).toBe(run(() => pg.getLocalMembers('g')))
  })
})

describe('get_members/1, get_members/2', () => {
  test('"Returns all processes in the group Group."', () => {
    const [a, b] = [node.spawn(idle), node.spawn(idle)]
    join('g', [a, b])
    expect(new Set(members('g'))).toEqual(new Set([a, b]))
  })

  test('"This function is optimised for speed.": asked twice it is the same list, not a copy', () => {
    join('g', [node.spawn(idle), node.spawn(idle)])
    expect(members('g')).toBe(members('g'))
  })
})

describe('which_groups/0, which_groups/1', () => {
  test('"Returns a list of all known groups."', async () => {
    const a = node.spawn(idle)
    await start('s')
    for (const group of ['g', 'h']) join(group, a, 's')
    expect([new Set(groups('s')), groups()]).toEqual([new Set(['g', 'h']), []])
  })
})

const DISTRIBUTED = 'distribution comes with the cluster'
/** Sentences that promise something that cannot be here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  ['Process Groups implement strong eventual consistency.', DISTRIBUTED],
  ['Process Groups membership view may temporarily diverge.', DISTRIBUTED],
  ['Membership view is not transitive.', DISTRIBUTED],
  ['Scopes are designed to decouple single mesh into a set of overlay networks', DISTRIBUTED],
  ['A scope can be kept local-only by using a scope name that is unique cluster-wide, e.g. the node name', DISTRIBUTED],
  ['Kernel may be configured to do it automatically, see kernel(7) configuration manual.', 'the default scope starts itself'],
  ['and to name an ETS table', 'there are no ETS tables; the table is a Map of the scope'],
  ['Processes are returned in no specific order.', 'a freedom of the implementation, not a promise'],
]
test.each(NOT_HERE)('not here: "%s"', (sentence, why) => {
  expect([sentence, why].every((text) => text.length > 10)).toBe(true)
})
