// What supervisors report, with the facts of OTP's supervisor and progress reports.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { dynamicSupervisor, isCrash, type Pid, type Receiver, supervisor, unwrap } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { type Report, trees, type Tree } from './tree.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode()
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
/** The reports of this level since the last time, and forgets them. */
function reports(level: Report['level']): Report[] {
  const found = tree.reports.filter((report) => report.level === level)
  ;(tree.reports as Report[]).length = 0
  return found
}
const FACTS = { restart: 'permanent', shutdown: 5000, significant: false, type: 'worker' }

describe('a supervisor report', () => {
  test('child_terminated: which supervisor, which child with its pid and spec, why', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    const pid = tree.pid('a')
    reports('error')
    await tree.end('a', 'boom')
    expect(reports('error')).toEqual([
      {
        level: 'error',
        text: `supervisor ${String(sup)}: child 'a' ended, reason 'boom'`,
        facts: {
          label: 'supervisor',
          supervisor: String(sup),
          errorContext: 'child_terminated',
          reason: 'boom',
          offender: { id: 'a', pid: String(pid), ...FACTS },
        },
      },
    ])
  })

  test('names the supervisor by its name, and a crash by its error; the reason itself stands in the facts', async () => {
    const crashing = (self: Receiver): any => ['ok', self.spawnLink(async (me) => (await me.receive(), fail('went wrong')))]
    const sup = await tree.start({ children: [{ id: 'a', start: crashing }] }, { name: 'rooms' })
    const [[, pid]] = (await tree.which(sup)) as [[unknown, Pid]]
    node.send(pid, 'go')
    await node.settle()
    const [report] = reports('error').filter(({ facts }) => facts['label'] === 'supervisor')
    expect(report?.text).toBe("supervisor rooms: child 'a' ended, reason Error: went wrong")
    expect(isCrash(report?.facts['reason'])).toBe(true)
    node.expectCrash(/went wrong/)
  })
  function fail(message: string): never {
    throw new Error(message)
  }

  test.each<['permanent' | 'transient' | 'temporary', string, number]>([
    ['permanent', 'normal', 1],
    ['permanent', 'boom', 1],
    ['transient', 'normal', 0],
    ['transient', 'shutdown', 0],
    ['transient', 'boom', 1],
    ['temporary', 'normal', 0],
    ['temporary', 'boom', 1],
  ])('child_terminated: a %s child that ends with %s is reported %i times', async (restart, reason, times) => {
    for (const strategy of ['oneForOne', 'simpleOneForOne'] as const) {
      const sup = await tree.start({ strategy, children: [tree.child('a', { restart })] } as never)
      if (strategy === 'simpleOneForOne') await at(() => supervisor.startChild(sup, []))
      reports('error')
      await tree.end('a', reason)
      expect(reports('error')).toHaveLength(times)
    }
  })

  test('start_error: a restart that failed names the pid that the child had', async () => {
    await tree.start({ intensity: 3, children: [tree.child('a')] })
    const pid = String(tree.pid('a'))
    tree.next('a', ['error', 'no_disk'], ['error', 'no_disk'])
    await tree.end('a', 'boom')
    const all = reports('error').map(({ facts }) => [facts['errorContext'], facts['reason'], facts['offender'].pid])
    expect(all).toEqual([
      ['child_terminated', 'boom', pid],
      ['start_error', 'no_disk', pid],
      ['start_error', 'no_disk', pid],
    ])
  })

  test('start_error: a child that did not start at first has no pid; start_child and restart_child that fail are not reported', async () => {
    tree.next('a', ['error', 'no_disk'])
    await at(() => supervisor.start({ children: [tree.child('a')] }))
    expect(reports('error').map(({ facts }) => [facts['errorContext'], facts['offender'].pid])).toEqual([
      ['start_error', undefined],
    ])
    const sup = await tree.start({ children: [tree.child('a')] })
    await at(() => supervisor.terminateChild(sup, 'a'))
    tree.next('a', ['error', 'x'])
    await at(() => supervisor.restartChild(sup, 'a'))
    tree.next('b', ['error', 'x'])
    await at(() => supervisor.startChild(sup, tree.child('b')))
    expect(reports('error')).toEqual([])
  })

  test('shutdown: too many restarts, and which child was one too many', async () => {
    await tree.start({ intensity: 0, children: [tree.child('a'), tree.child('b')] })
    const pid = String(tree.pid('b'))
    reports('error')
    await tree.end('b', 'boom')
    expect(reports('error').map(({ facts }) => [facts['errorContext'], facts['reason'], facts['offender']])).toEqual([
      ['child_terminated', 'boom', { id: 'b', pid, ...FACTS }],
      ['shutdown', 'reached_max_restart_intensity', { id: 'b', pid, ...FACTS }],
    ])
  })

  test.each<[what: string, fields: object, reason: string | undefined]>([
    ['as told', { manner: 'polite' }, undefined],
    ['killed after its time', { manner: 'deaf', shutdown: 10 }, 'killed'],
    ['brutally killed', { manner: 'deaf', shutdown: 'brutalKill' }, undefined],
  ])('shutdown_error: only a child that did not end as it was told: %s', async (_what, fields, reason) => {
    const sup = await tree.start({ children: [tree.child('a', fields)] })
    const pid = String(tree.pid('a'))
    reports('error')
    node.exit(sup, 'shutdown')
    await node.advance(100)
    const expected = reason === undefined ? [] : [['shutdown_error', reason, pid]]
    expect(reports('error').map(({ facts }) => [facts['errorContext'], facts['reason'], facts['offender'].pid])).toEqual(expected)
  })

  test.each<['permanent' | 'transient' | 'temporary', any, boolean]>([
    ['permanent', 'normal', true],
    ['permanent', ['shutdown', 1], true],
    ['transient', 'normal', false],
    ['transient', ['shutdown', 1], false],
    ['temporary', 'boom', true],
  ])('shutdown_error: a %s child that answers shutdown with %j: %s', async (restart, reason, reported) => {
    const start = (self: Receiver): any => [
      'ok',
      self.spawnLink(async (me) => (await me.receive(), me.exit(reason)), { trapExit: true }),
    ]
    const sup = await tree.start({ children: [{ id: 'a', start, restart }] })
    await at(() => supervisor.terminateChild(sup, 'a'))
    expect(reports('error').map(({ facts }) => facts['reason'])).toEqual(reported ? [reason] : [])
  })

  test('shutdown_error: the reason of a child that had ended by itself just before is its own', async () => {
    await tree.start({ strategy: 'oneForAll', intensity: 5, children: [tree.child('a'), tree.child('b')] })
    reports('error')
    node.exit(tree.pid('a'), 'boom')
    node.exit(tree.pid('b'), 'also')
    await node.settle()
    const [one, two] = reports('error').map(({ facts }) => [facts['errorContext'], facts['reason'], facts['offender'].id])
    expect([one, two]).toEqual([
      ['child_terminated', 'boom', 'a'],
      ['shutdown_error', 'also', 'b'],
    ])
  })

  test('shutdown_error of a simple_one_for_one supervisor: one report for all children with the same reason', async () => {
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x', { manner: 'deaf', shutdown: 10 })] })
    for (let i = 0; i < 3; i++) await at(() => supervisor.startChild(sup, []))
    node.exit(sup, 'shutdown')
    await node.advance(10)
    const [report, ...more] = reports('error')
    expect([report?.facts['reason'], report?.facts['offender'], more]).toEqual([
      'killed',
      { nbChildren: 3, id: 'x', ...FACTS, shutdown: 10 },
      [],
    ])
    expect(report?.text).toContain("3 of the children 'x' did not end as it was told, reason 'killed'")
  })

  test('a supervisor that gives up or is shut down is no crash, one that is refused is', async () => {
    await tree.start({ intensity: 0, children: [tree.child('a')] })
    await tree.end('a', 'boom')
    expect(reports('error').filter(({ facts }) => facts['label'] === 'crash')).toEqual([])
    await at(() => supervisor.start({ intensity: -1, children: [] }))
    expect(reports('error').map(({ facts }) => [facts['label'], facts['behaviour']])).toEqual([['crash', 'supervisor']])
    node.expectCrash(['supervisor_data', ['invalid_intensity', -1]])
  })
})

describe('a progress report', () => {
  test('goes to logger.info for every child that was started, with its facts', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await tree.end('a', 'boom')
    await at(() => supervisor.startChild(sup, tree.child('b', { shutdown: 'brutalKill' })))
    const [first, again, more, ...none] = reports('info')
    expect(first?.text).toBe(`supervisor ${String(sup)}: started 'a'`)
    expect(first?.facts).toEqual({
      label: 'progress',
      supervisor: String(sup),
      started: { id: 'a', pid: expect.any(String), ...FACTS },
    })
    expect(again?.facts['started'].pid).toBe(String(tree.pid('a')))
    expect(more?.facts['started']).toEqual({ id: 'b', pid: String(tree.pid('b')), ...FACTS, shutdown: 'brutalKill' })
    expect(none).toEqual([])
  })

  test('is not written for a child that was ignored, nor for dynamic ones, which come and go', async () => {
    tree.next('a', ['ignore'])
    await tree.start({ children: [tree.child('a')] })
    const simple = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x')] })
    await at(() => supervisor.startChild(simple, []))
    const dynamic = unwrap(await at(() => dynamicSupervisor.start()))
    await at(() => dynamicSupervisor.startChild(dynamic, tree.child('y')))
    expect(tree.log).toEqual(['+x', '+y'])
    expect(reports('info')).toEqual([])
  })
})

test('a logger that throws costs nobody his life', async () => {
  const broken = (): never => {
    throw new Error('no disk')
  }
  Object.assign(kernelOf(node).logger, { error: broken, warn: broken, info: broken })
  const warn = process.emitWarning
  process.emitWarning = () => undefined
  try {
    const sup = await tree.start({ children: [tree.child('a', { manner: 'deaf', shutdown: 0 })] })
    await tree.end('a', 'boom')
    node.send(sup as unknown as Pid, 'stray')
    expect(await at(() => supervisor.terminateChild(sup, 'a'))).toBe('ok')
    expect([node.isAlive(sup), tree.log]).toEqual([true, ['+a', '-a boom', '+a', '-a killed']])
  } finally {
    process.emitWarning = warn
  }
})
