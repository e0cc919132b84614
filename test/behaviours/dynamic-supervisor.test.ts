// dynamicSupervisor, and the strategy simpleOneForOne where the manual is silent: children that come and go.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  createNode,
  type DynamicChildSpec,
  dynamicSupervisor,
  type DynamicSupervisorOptions,
  genServer,
  type Node,
  type Pid,
  type Receiver,
  silentLogger,
  supervisor,
  type SupervisorPid,
  sys,
  task,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { cpuMs } from '../cpu-time.js'
import { inside } from '../runtime/inside.js'
import { trees, type Tree } from './tree.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode({ drainMs: 5 }) // as of a node: some tests look between two slices
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const start = async (options: DynamicSupervisorOptions = {}): Promise<SupervisorPid> =>
  unwrap(await at(() => dynamicSupervisor.start(options)))
const startChild = (sup: SupervisorPid, spec: DynamicChildSpec): Promise<any> => at(() => dynamicSupervisor.startChild(sup, spec))
const terminateChild = (sup: SupervisorPid, pid: Pid): Promise<any> => at(() => dynamicSupervisor.terminateChild(sup, pid))
const count = (sup: SupervisorPid): Promise<any> => at(() => dynamicSupervisor.countChildren(sup))
const pids = async (sup: SupervisorPid): Promise<unknown[]> =>
  (await at(() => dynamicSupervisor.whichChildren(sup))).map(({ pid }) => pid)

describe('children', () => {
  test('each comes with its own spec and needs no id; an id is of no account', async () => {
    const sup = await start()
    const { id: _id, ...nameless } = tree.child('a')
    const answers = [await startChild(sup, nameless), await startChild(sup, nameless), await startChild(sup, tree.child('b'))]
    expect(answers.map(([ok]) => ok)).toEqual(['ok', 'ok', 'ok'])
    expect(await at(() => dynamicSupervisor.whichChildren(sup))).toEqual(
      answers.map(([, pid]) => ({ id: undefined, pid, type: 'worker' })),
    )
    expect(await count(sup)).toEqual({ specs: 3, active: 3, supervisors: 0, workers: 3 })
  })

  test('the supervisor of a child is a supervisor of its own', async () => {
    const sup = await start()
    const inner = (): any => dynamicSupervisor.startLink()
    const [, pid] = await startChild(sup, { type: 'supervisor', start: inner })
    await startChild(pid, tree.child('a'))
    expect(await count(sup)).toEqual({ specs: 1, active: 1, supervisors: 1, workers: 0 })
    await terminateChild(sup, pid)
    expect(tree.log).toEqual(['+a', '-a shutdown'])
  })

  test.each([
    ['permanent', 'normal', true],
    ['permanent', 'boom', true],
    ['transient', 'normal', false],
    ['transient', 'boom', true],
    ['temporary', 'boom', false],
  ] as const)('%s, ended with %s: back is %s', async (restart, reason, back) => {
    const sup = await start()
    await startChild(sup, tree.child('a', { restart }))
    await tree.end('a', reason)
    expect([tree.isUp('a'), await pids(sup)]).toEqual([back, back ? [tree.pid('a')] : []])
  })

  test('one that crashes does not trouble the others, and its own spec is used again', async () => {
    const sup = await start()
    for (const id of ['a', 'b', 'c']) await startChild(sup, tree.child(id, { name: id }))
    tree.taken()
    await tree.end('b', 'boom')
    expect([tree.taken(), node.whereis('b')]).toEqual([['-b boom', '+b'], tree.pid('b')])
  })

  test('too many restarts of whichever children end all of them and the supervisor', async () => {
    const sup = await start({ intensity: 2, periodMs: 1000 })
    for (const id of ['a', 'b', 'c']) await startChild(sup, tree.child(id))
    for (const id of ['a', 'b']) await tree.end(id, 'boom')
    expect(node.isAlive(sup)).toBe(true)
    tree.taken()
    await tree.end('c', 'boom')
    expect([node.isAlive(sup), tree.taken().toSorted()]).toEqual([false, ['-a shutdown', '-b shutdown', '-c boom']])
  })

  test('a restart that fails is tried again, each time counts, and others are answered between two attempts', async () => {
    for (const simple of [true, false]) {
      const flags = { intensity: 3, periodMs: 1000 }
      const sup = await (simple
        ? tree.start({ strategy: 'simpleOneForOne', ...flags, children: [tree.child('a')] })
        : start(flags))
      await at(() => supervisor.startChild(sup, simple ? [] : tree.child('a')))
      tree.next('a', ['error', 'not_yet'], async () => ['error', 'not_yet'])
      await tree.end('a', 'boom')
      expect([tree.taken(), await pids(sup)]).toEqual([['+a', '-a boom', '+a'], [tree.pid('a')]])
      await tree.end('a', 'boom') // the fourth restart
      expect([node.isAlive(sup), tree.taken()]).toEqual([false, ['-a boom']])
    }
  })

  test('a restart that is ignored: the child is gone', async () => {
    const sup = await start()
    await startChild(sup, tree.child('a'))
    tree.next('a', ['ignore'])
    await tree.end('a', 'boom')
    expect([await pids(sup), tree.log]).toEqual([[], ['+a', '-a boom']])
  })

  test('start functions may ignore, fail and hand out more than a pid', async () => {
    const sup = await start()
    const link = (self: Receiver): Pid => self.spawnLink(async (me) => void (await me.receive()))
    expect(await startChild(sup, { start: () => ['ignore'] })).toEqual(['ok', undefined])
    expect(await startChild(sup, { start: () => ['error', 'no_disk'] })).toEqual(['error', 'no_disk'])
    expect(await startChild(sup, { start: () => 'rubbish' as never })).toEqual(['error', 'rubbish'])
    expect(await startChild(sup, { start: (self) => ['ok', link(self), 'info'] })).toEqual(['ok', expect.anything(), 'info'])
    expect(await count(sup)).toMatchObject({ specs: 1 })
  })

  test.each<[what: string, spec: any, why: unknown]>([
    ['no spec', 'x', ['invalid_child_spec', 'x']],
    ['null', null, ['invalid_child_spec', null]],
    ['no start', {}, 'missing_start'],
    ['a key that does not exist', { start: 1, restrat: 2 }, ['invalid_child_spec', { id: 'undefined', start: 1, restrat: 2 }]],
    ['significant', { start: () => ['ignore'], restart: 'transient', significant: true }, ['bad_combination', expect.anything()]],
  ])('a bad spec is refused: %s', async (_what, spec, why) => {
    const sup = await start()
    expect(await startChild(sup, spec)).toEqual(['error', why])
    expect(tree.reports.at(-1)).toMatchObject({ level: 'error', facts: { errorContext: 'bad_spec' } })
  })

  test('of simpleOneForOne start from one template; the functions of both modules work with both', async () => {
    const simple = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x')] })
    const [, pid] = await at(() => supervisor.startChild(simple, []))
    expect(await pids(simple)).toEqual([pid])
    expect(await terminateChild(simple, pid as Pid)).toBe('ok')
    const dynamic = await start()
    await at(() => supervisor.startChild(dynamic, tree.child('a')))
    expect(await at(() => supervisor.countChildren(dynamic))).toEqual(await count(dynamic))
    expect(await at(() => supervisor.restartChild(dynamic, 'a'))).toEqual(['error', 'simple_one_for_one'])
  })
})

describe('terminateChild', () => {
  test('by pid: ok, also for who is dead; not_found for who is alive and no child', async () => {
    const sup = await start()
    const [, pid] = await startChild(sup, tree.child('a'))
    const stranger = node.spawn(async (self) => void (await self.receive()))
    expect([await terminateChild(sup, pid), await terminateChild(sup, pid), await terminateChild(sup, stranger)]).toEqual([
      'ok',
      'ok',
      ['error', 'not_found'],
    ])
    expect([node.isAlive(stranger), await pids(sup), tree.log]).toEqual([true, [], ['+a', '-a shutdown']])
  })

  test('of another supervisor: not_found', async () => {
    const [one, two] = [await start(), await start()]
    const [, pid] = await startChild(one, tree.child('a'))
    expect(await terminateChild(two, pid)).toEqual(['error', 'not_found'])
    expect(tree.isUp('a')).toBe(true)
  })

  test('of who is about to be restarted, by the pid that it had: it is not restarted any more', async () => {
    const sup = await start({ intensity: 100 })
    const [, pid] = await startChild(sup, tree.child('a'))
    let fail = (): void => undefined
    tree.next('a', () => new Promise((resolve) => (fail = () => resolve(['error', 'not_yet']))))
    await tree.end('a', 'boom')
    const [which, counted, spec] = [pids(sup), count(sup), at(() => supervisor.getChildspec(sup, pid))]
    const ended = terminateChild(sup, pid)
    fail()
    expect(await Promise.all([which, counted, ended])).toEqual([
      ['restarting'],
      { specs: 1, active: 0, supervisors: 0, workers: 1 },
      'ok',
    ])
    expect(await spec).toMatchObject(['ok', { id: 'a' }])
    await node.settle()
    expect([await pids(sup), tree.log]).toEqual([[], ['+a', '-a boom']])
  })

  test('waits for the child as long as its shutdown says', async () => {
    const sup = await start()
    const [, pid] = await startChild(sup, tree.child('a', { manner: 'deaf', shutdown: 300 }))
    let answer: unknown
    void terminateChild(sup, pid).then((result) => (answer = result))
    await node.advance(299)
    expect([answer, tree.isUp('a')]).toEqual([undefined, true])
    await node.advance(1)
    expect([answer, tree.log]).toEqual(['ok', ['+a', '-a killed']])
  })

  test('what is no pid is the mistake of who calls', async () => {
    const sup = await start()
    expect(() => terminateChild(sup, 'a' as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})

describe('startChild', () => {
  test.each<[what: string, flags: any]>([
    ['static supervisor', { children: [] }],
    ['supervisor with a template', { strategy: 'simpleOneForOne', children: [{ id: 'x', start: () => ['ignore'] }] }],
  ])('of a %s, which would not know what to do with such a child, is refused', async (_what, flags) => {
    const sup = await tree.start(flags)
    for (let i = 0; i < 2; i++) expect(await startChild(sup, tree.child('a'))).toEqual(['error', 'not_dynamic'])
    expect(tree.reports.at(-1)).toMatchObject({
      level: 'error',
      facts: { label: 'supervisor', supervisor: String(sup), reason: 'not_dynamic' },
      text: expect.stringContaining('supervisor.startChild'),
    })
    expect([tree.log, (await tree.which(sup)).length]).toEqual([[], 0])
    await expect(at(() => task.asyncNolink(sup, () => 'value'))).rejects.toMatchObject({
      code: 'GENSOCK_ERR_START',
      reason: 'not_dynamic',
    })
    expect(await at(() => task.startChild(sup, () => undefined))).toEqual(['error', 'not_dynamic'])
  })
})

describe('maxChildren', () => {
  test('as many as that, one more is refused; who has ended makes room', async () => {
    for (const maxChildren of [0, 1, 2]) {
      const sup = await start({ maxChildren })
      for (let i = 0; i < maxChildren; i++) expect((await startChild(sup, tree.child('a')))[0]).toBe('ok')
      expect(await startChild(sup, tree.child('a'))).toEqual(['error', 'max_children'])
      if (maxChildren === 0) continue
      await terminateChild(sup, tree.pid('a'))
      expect((await startChild(sup, tree.child('a')))[0]).toBe('ok')
    }
  })

  test('a child that is about to be restarted keeps its place, one that was ignored or failed takes none', async () => {
    const sup = await start({ maxChildren: 1, intensity: 100 })
    expect(await startChild(sup, { start: () => ['ignore'] })).toEqual(['ok', undefined])
    expect(await startChild(sup, { start: () => ['error', 'x'] })).toEqual(['error', 'x'])
    await startChild(sup, tree.child('a'))
    let fail = (): void => undefined
    tree.next('a', () => new Promise((resolve) => (fail = () => resolve(['error', 'not_yet']))))
    await tree.end('a', 'boom')
    const asked = startChild(sup, tree.child('b'))
    fail()
    expect(await asked).toEqual(['error', 'max_children'])
  })

  test('infinity is the default', async () => {
    const sup = await start({ maxChildren: 'infinity' })
    for (let i = 0; i < 1000; i++) await startChild(sup, { start: () => ['ok', node.spawn(() => undefined)] })
    expect(await count(sup)).toMatchObject({ specs: 1000 })
  })
})

describe('the end', () => {
  test('all children are told at once, each has its own time', async () => {
    const sup = await start()
    for (const manner of [100, 200, 300, 'deaf'] as const) await startChild(sup, tree.child(manner, { manner, shutdown: 250 }))
    tree.taken()
    const stopping = at(() => dynamicSupervisor.stop(sup))
    await node.advance(100)
    expect(tree.taken()).toEqual(['-100 shutdown'])
    await node.advance(149)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([['-200 shutdown'], true])
    await node.advance(1)
    await stopping
    expect([tree.taken(), node.isAlive(sup)]).toEqual([['-300 killed', '-deaf killed'], false])
    const errors = tree.reports.filter(({ facts }) => facts['errorContext'] === 'shutdown_error')
    expect(errors.map(({ facts }) => facts['offender'].pid)).toEqual([String(tree.pid(300)), String(tree.pid('deaf'))])
  })

  test('comes with the parent: of start the outside, of startLink the process', async () => {
    const outside = await start()
    await startChild(outside, tree.child('a'))
    node.exit(outside, 'shutdown')
    const owner = node.spawn(async (self: Receiver<any>) => {
      const sup = unwrap(await dynamicSupervisor.startLink({ name: 'inner' }))
      await dynamicSupervisor.startChild(sup, tree.child('b'))
      await self.receive()
    })
    await node.settle()
    node.send(owner, 'end')
    await node.settle()
    expect([tree.log, node.isAlive(outside), node.whereis('inner')]).toEqual([
      ['+a', '-a shutdown', '+b', '-b shutdown'],
      false,
      undefined,
    ])
  })

  test('while it is suspended: sys knows it as a supervisor', async () => {
    const sup = await start({ name: 'rooms' })
    await startChild(sup, tree.child('a'))
    await at(() => sys.suspend('rooms'))
    expect(await at(() => sys.getState('rooms'))).toEqual([{ id: undefined, pid: tree.pid('a'), type: 'worker' }])
    node.exit(sup, 'shutdown')
    await node.settle()
    expect([node.isAlive(sup), tree.isUp('a')]).toEqual([false, false])
  })

  test('with several shutdown times, each child has its own', async () => {
    const sup = await start()
    for (const shutdown of [100, 200, 100, 'infinity'] as const)
      await startChild(sup, tree.child(shutdown, { manner: shutdown === 'infinity' ? 300 : 'deaf', shutdown }))
    tree.taken()
    node.exit(sup, 'shutdown')
    await node.advance(100)
    expect(tree.taken()).toEqual(['-100 killed', '-100 killed'])
    await node.advance(100)
    expect(tree.taken()).toEqual(['-200 killed'])
    await node.advance(100)
    expect([tree.taken(), node.isAlive(sup), node.nextDueMs()]).toEqual([['-infinity shutdown'], false, Infinity])
  })

  test('of children that have all ended already costs one look at each message', async () => {
    const sup = await start()
    for (let i = 0; i < 100; i++) await startChild(sup, tree.child(`a${i}`))
    await at(() => sys.suspend(sup))
    const message = counting()
    node.send(sup as unknown as Pid, message)
    for (let i = 0; i < 100; i++) node.exit(tree.pid(`a${i}`), i === 50 ? 'boom' : 'shutdown')
    message.looks = 0
    node.exit(sup, 'shutdown')
    await node.settle()
    expect([node.isAlive(sup), message.looks - 1]).toEqual([false, 1]) // one look was for the end of its parent
    const errors = tree.reports.filter(({ facts }) => facts['errorContext'] === 'shutdown_error')
    expect(errors.map(({ facts }) => [facts['offender'].id, facts['reason']])).toEqual([['a50', 'boom']])
  })

  test('of one child that has ended already looks no further than its EXIT', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await at(() => sys.suspend(sup))
    const [before, behind] = [counting(), counting()]
    node.send(sup as unknown as Pid, before)
    node.exit(tree.pid('a'), 'boom')
    node.send(sup as unknown as Pid, behind)
    before.looks = behind.looks = 0
    node.exit(sup, 'shutdown')
    await node.settle()
    expect([before.looks, behind.looks - 1]).toEqual([2, 0]) // one look of each was for the end of its parent
    expect(tree.reports.at(-1)?.facts).toMatchObject({ errorContext: 'shutdown_error', reason: 'boom' })
  })
  /** A message that counts who asks what it is. */
  function counting(): { looks: number } {
    const message = { looks: 0 }
    Object.defineProperty(message, Symbol.for('gensock.system'), { get: () => void message.looks++ })
    return message
  }

  describe('of many', () => {
    /** Children of `sup`, and from now on each look at the clock takes a ms: a few messages use up a slice. */
    async function many(sup: SupervisorPid, fields: object = {}): Promise<Pid[]> {
      for (let i = 0; i < 100; i++) await startChild(sup, tree.child(`a${i}`, fields))
      let nowMs = performance.now()
      jest.spyOn(performance, 'now').mockImplementation(() => ++nowMs)
      return (await pids(sup)) as Pid[]
    }
    const turnOfTheEventLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    /** Lets the event loop turn until some, but not all, of them have ended. */
    async function halfWay(all: readonly Pid[]): Promise<Pid[]> {
      for (;;) {
        const living = all.filter((pid) => node.isAlive(pid))
        if (living.length < 100) return living
        await turnOfTheEventLoop()
      }
    }
    afterEach(() => void jest.restoreAllMocks())

    test('lets sockets and timers have their turns: it goes on slice by slice', async () => {
      const sup = await start()
      const all = await many(sup)
      node.exit(sup, 'shutdown')
      const seen = new Set<number>()
      while (node.isAlive(sup)) {
        await turnOfTheEventLoop()
        seen.add(all.filter((pid) => node.isAlive(pid)).length)
      }
      expect(seen.size).toBeGreaterThan(5)
      expect([node.processes(), tree.log.length]).toEqual([[], 200])
    })

    test('kills slice by slice, too', async () => {
      const sup = await start()
      const all = await many(sup, { manner: 'deaf', shutdown: 100 })
      node.exit(sup, 'shutdown')
      await node.advance(99)
      expect(all.every((pid) => node.isAlive(pid))).toBe(true)
      const killed = node.advance(1)
      const living = await halfWay(all)
      expect(living.length).toBeGreaterThan(0)
      await killed
      expect([node.processes(), node.nextDueMs()]).toEqual([[], Infinity])
    })

    test('a child that ends between two slices is not told, and its own reason is reported', async () => {
      const sup = await start()
      const all = await many(sup)
      node.exit(sup, 'shutdown')
      const [first, last] = [(await halfWay(all)).at(0), (await halfWay(all)).at(-1)] as [Pid, Pid]
      expect(first).not.toBe(last)
      for (const pid of [first, last]) node.exit(pid, 'boom')
      await node.settle()
      const errors = tree.reports.filter(({ facts }) => facts['errorContext'] === 'shutdown_error')
      expect(errors.map(({ facts }) => [facts['offender'].pid, facts['reason']])).toEqual([
        [String(first), 'boom'],
        [String(last), 'boom'],
      ])
      expect(node.processes()).toEqual([])
    })

    test('a supervisor that is killed between two slices: who was not told yet dies by its link', async () => {
      const sup = await start()
      const all = await many(sup)
      node.exit(sup, 'shutdown')
      expect((await halfWay(all)).length).toBeGreaterThan(0)
      node.exit(sup, 'kill')
      await node.settle()
      expect([node.processes(), tree.log.at(-1)]).toEqual([[], expect.stringMatching(/^-a\d+ killed$/)])
    })

    test('of one template: one report for all that ended with the same reason', async () => {
      const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x', { shutdown: 'brutalKill' })] })
      for (let i = 0; i < 100; i++) await at(() => supervisor.startChild(sup, []))
      let nowMs = performance.now()
      jest.spyOn(performance, 'now').mockImplementation(() => ++nowMs)
      const all = (await pids(sup)) as Pid[]
      node.exit(sup, 'shutdown')
      for (const pid of (await halfWay(all)).slice(0, 2)) node.exit(pid, 'boom')
      await node.settle()
      const [error, ...more] = tree.reports.filter(({ facts }) => facts['errorContext'] === 'shutdown_error')
      expect([error?.facts['offender'].nbChildren, error?.facts['reason'], more]).toEqual([2, 'boom', []])
    })
  })

  test('by kill takes the children with it', async () => {
    const sup = await start()
    for (let i = 0; i < 10; i++) await startChild(sup, tree.child('a'))
    node.exit(sup, 'kill')
    await node.settle()
    expect(node.processes()).toEqual([])
  })

  test('a child can end its own supervisor by a call, and itself with it', async () => {
    const sup = await start({ name: 'rooms' })
    const room = { init: (_arg: void): any => ['ok', 0], handleCall: (): any => ['stop', 'normal', 'ok', 0] }
    const [, pid] = await startChild(sup, { start: () => genServer.startLink(room), restart: 'transient' })
    expect(await inside(node, () => genServer.call(pid, { type: 'close' }))).toBe('ok')
    expect(await pids(sup)).toEqual([])
  })
})

describe('many children', () => {
  const SPEC: DynamicChildSpec = {
    start: (self) => ['ok', self.spawnLink(async (me: Receiver<any>) => void (await me.receive()))],
  }

  type End = (real: Node, sup: SupervisorPid, pids: readonly Pid[]) => Promise<void>

  /** Starts so many and ends them; answers the ms of CPU that one of them took, in the best of so many runs, or the first that is `enough`. */
  async function perChild(children: number, runs: number, end: End, enough = 0): Promise<number> {
    let best = Infinity
    for (let run = 0; run < runs && best >= enough; run++) {
      const real = createNode({ logger: silentLogger })
      const sup = unwrap(await real.run(() => dynamicSupervisor.start()))
      const started: Pid[] = []
      const before = cpuMs()
      for (let i = 0; i < children; i++) started.push((await real.run(() => dynamicSupervisor.startChild(sup, SPEC)))[1] as Pid)
      expect(await real.run(() => dynamicSupervisor.countChildren(sup))).toMatchObject({ active: children })
      await end(real, sup, started)
      best = Math.min(best, (cpuMs() - before) / children)
      expect(started.some((pid) => real.isAlive(pid))).toBe(false)
      await real.stop()
    }
    return best
  }
  const atOnce: End = (real, sup) => real.run(() => dynamicSupervisor.stop(sup))
  const oneByOne: End = async (real, sup, started) => {
    for (const pid of started.toReversed()) await real.run(() => dynamicSupervisor.terminateChild(sup, pid))
  }

  test('start and end at the same cost each: 100 000 against 10 000', async () => {
    const few = await perChild(10_000, 4, atOnce) // the first run is warm-up
    const many = await perChild(100_000, 2, atOnce, Math.min(2 * few, 0.2))
    expect(many / few).toBeLessThan(2)
    expect(many * 100_000).toBeLessThan(20_000)
  }, 60_000)

  test('are ended one by one at the same cost each, the last first', async () => {
    const few = await perChild(5000, 4, oneByOne)
    const many = await perChild(50_000, 2, oneByOne, 2 * few)
    expect(many / few).toBeLessThan(2) // ten times as much, if it depended on how many there are
  }, 60_000)
})
