// OTP 25's manual page supervisor(3erl), its chapters before the functions: each title is a sentence of the page, and the test
// shows that it holds here. The functions, and what is not here, stand in supervisor.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ChildSpec, supervisor, type SupervisorPid, sys } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { trees, type Tree } from '../../behaviours/tree.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode()
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const abc = (): ChildSpec[] => ['a', 'b', 'c'].map((id) => tree.child(id))
/** Ends the supervisor as its parent does, and waits. */
async function shutdown(sup: SupervisorPid): Promise<void> {
  node.exit(sup, 'shutdown')
  await node.settle()
}

describe('supervisor', () => {
  test('A child process can either be another supervisor or a worker process.', async () => {
    const inner = { id: 'inner', type: 'supervisor', start: () => supervisor.startLink({ children: [tree.child('w')] }) } as const
    const sup = await tree.start({ children: [inner, tree.child('a')] })
    expect(await at(() => supervisor.countChildren(sup))).toEqual({ specs: 2, active: 2, supervisors: 1, workers: 1 })
    await shutdown(sup)
    expect(tree.log).toEqual(['+w', '+a', '-a shutdown', '-w shutdown'])
  })

  test('A supervisor implemented using this module has a standard set of interface functions and include functionality for tracing and error reporting.', async () => {
    const sup = await tree.start({ children: abc() })
    const traced: string[] = []
    await at(() => sys.trace(sup, (event) => void traced.push(event.type)))
    await tree.which(sup)
    await tree.end('b', 'boom')
    expect(traced).toContain('in')
    expect(tree.reports.filter(({ level }) => level === 'error')).toHaveLength(1)
  })

  test('Unless otherwise stated, all functions in this module fail if the specified supervisor does not exist or if bad arguments are specified.', async () => {
    const sup = await tree.start({ children: [] }, { name: 'gone' })
    await shutdown(sup)
    const calls = (to: any): Promise<unknown>[] =>
      at(() => [
        supervisor.startChild(to, tree.child('x')),
        supervisor.terminateChild(to, 'x'),
        supervisor.restartChild(to, 'x'),
        supervisor.deleteChild(to, 'x'),
        supervisor.whichChildren(to),
        supervisor.countChildren(to),
        supervisor.getChildspec(to, 'x'),
      ])
    for (const call of [...calls(sup), ...calls('gone')])
      await expect(call).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'noproc' })
    expect(() => calls(42)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
    expect(() => supervisor.start('no spec' as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })
})

describe('SUPERVISION PRINCIPLES', () => {
  test('The supervisor is responsible for starting, stopping, and monitoring its child processes. The basic idea of a supervisor is that it must keep its child processes alive by restarting them when necessary.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    const first = tree.pid('a')
    node.exit(first, 'kill')
    await node.settle()
    expect(tree.taken()).toEqual(['+a', '-a killed', '+a'])
    expect(await tree.which(sup)).toEqual([['a', tree.pid('a')]])
    await shutdown(sup)
    expect(tree.taken()).toEqual(['-a shutdown'])
  })

  test('When the supervisor is started, the child processes are started in order from left to right according to this list. When the supervisor terminates, it first terminates its child processes in reversed start order, from right to left.', async () => {
    const slow = ['a', 'b', 'c'].map((id) => tree.child(id, { manner: 100 }))
    const sup = await tree.start({ children: slow })
    expect(tree.taken()).toEqual(['+a', '+b', '+c'])
    await shutdown(sup)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([[], true])
    await node.advance(299)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([['-c shutdown', '-b shutdown'], true])
    await node.advance(1)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([['-a shutdown'], false])
  })
})

describe('Restart Strategies', () => {
  test('one_for_one - If one child process terminates and is to be restarted, only that child process is affected. This is the default restart strategy.', async () => {
    await tree.start({ children: abc() })
    tree.taken()
    await tree.end('b', 'boom')
    expect(tree.taken()).toEqual(['-b boom', '+b'])
  })

  test('one_for_all - If one child process terminates and is to be restarted, all other child processes are terminated and then all child processes are restarted.', async () => {
    await tree.start({ strategy: 'oneForAll', children: abc() })
    tree.taken()
    await tree.end('b', 'boom')
    expect(tree.taken()).toEqual(['-b boom', '-c shutdown', '-a shutdown', '+a', '+b', '+c'])
  })

  test("rest_for_one - If one child process terminates and is to be restarted, the 'rest' of the child processes (that is, the child processes after the terminated child process in the start order) are terminated. Then the terminated child process and all child processes after it are restarted.", async () => {
    await tree.start({ strategy: 'restForOne', children: abc() })
    tree.taken()
    await tree.end('b', 'boom')
    expect(tree.taken()).toEqual(['-b boom', '-c shutdown', '+b', '+c'])
  })

  test('simple_one_for_one - A simplified one_for_one supervisor, where all child processes are dynamically added instances of the same process type, that is, running the same code.', async () => {
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x')] })
    expect(tree.taken()).toEqual([])
    for (let i = 0; i < 3; i++) await at(() => supervisor.startChild(sup, []))
    await tree.end('x', 'boom')
    expect(tree.taken()).toEqual(['+x', '+x', '+x', '-x boom', '+x'])
    expect(await at(() => supervisor.countChildren(sup))).toEqual({ specs: 1, active: 3, supervisors: 0, workers: 3 })
  })

  test('Functions delete_child/2 and restart_child/2 are invalid for simple_one_for_one supervisors and return {error,simple_one_for_one} if the specified supervisor uses this restart strategy.', async () => {
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x')] })
    const answers = [await at(() => supervisor.deleteChild(sup, 'x')), await at(() => supervisor.restartChild(sup, 'x'))]
    expect(answers).toEqual([
      ['error', 'simple_one_for_one'],
      ['error', 'simple_one_for_one'],
    ])
  })

  test("Function terminate_child/2 can be used for children under simple_one_for_one supervisors by specifying the child's pid() as the second argument. If instead the child specification identifier is used, terminate_child/2 return {error,simple_one_for_one}.", async () => {
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x')] })
    await at(() => supervisor.startChild(sup, []))
    expect(await at(() => supervisor.terminateChild(sup, 'x'))).toEqual(['error', 'simple_one_for_one'])
    expect(tree.isUp('x')).toBe(true)
    expect(await at(() => supervisor.terminateChild(sup, tree.pid('x')))).toBe('ok')
    expect([tree.isUp('x'), await tree.which(sup)]).toEqual([false, []])
  })

  test('As a simple_one_for_one supervisor can have many children, it shuts them all down asynchronously. This means that the children do their cleanup in parallel, and therefore the order in which they are stopped is not defined.', async () => {
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x', { manner: 100 })] })
    for (let i = 0; i < 20; i++) await at(() => supervisor.startChild(sup, []))
    tree.taken()
    await shutdown(sup)
    await node.advance(99)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([[], true])
    await node.advance(1)
    expect([tree.taken(), node.isAlive(sup)]).toEqual([Array(20).fill('-x shutdown'), false])
  })
})

describe('Restart intensity and period', () => {
  test('if more than MaxR restarts occur within MaxT seconds, the supervisor terminates all child processes and then itself. The termination reason for the supervisor itself in that case will be shutdown.', async () => {
    const sup = await tree.start({ intensity: 3, periodMs: 1000, children: abc() })
    const watcher = node.probe<any>()
    watcher.monitor(sup)
    for (let i = 0; i < 3; i++) await tree.end('b', 'boom')
    await node.advance(1001)
    for (let i = 0; i < 3; i++) await tree.end('a', 'boom')
    expect(node.isAlive(sup)).toBe(true)
    tree.taken()
    await tree.end('c', 'boom')
    expect(tree.taken()).toEqual(['-c boom', '-b shutdown', '-a shutdown'])
    expect(watcher.messages).toMatchObject([{ type: 'DOWN', pid: sup, reason: 'shutdown' }])
  })

  test('intensity defaults to 1 and period defaults to 5.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await tree.end('a', 'boom')
    await node.advance(5001)
    await tree.end('a', 'boom')
    await node.advance(5000) // still within: both ends of the period count
    expect(node.isAlive(sup)).toBe(true)
    await tree.end('a', 'boom')
    expect(node.isAlive(sup)).toBe(false)
  })
})

describe('Automatic Shutdown', () => {
  const significant = (id: string, restart: 'transient' | 'temporary'): ChildSpec =>
    tree.child(id, { significant: true, restart })

  test('A supervisor can be configured to automatically shut itself down with exit reason shutdown when significant children terminate with the auto_shutdown key', async () => {
    const sup = await tree.start({ autoShutdown: 'anySignificant', children: [tree.child('b'), significant('a', 'transient')] })
    const watcher = node.probe<any>()
    watcher.monitor(sup)
    tree.taken()
    await tree.end('a', 'normal')
    expect(tree.taken()).toEqual(['-a normal', '-b shutdown'])
    expect(watcher.messages).toMatchObject([{ reason: 'shutdown' }])
  })

  test('never - Automic shutdown is disabled. This is the default setting.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { restart: 'temporary' })] })
    await tree.end('a', 'normal')
    expect(node.isAlive(sup)).toBe(true)
  })

  test('With auto_shutdown set to never, child specs with the significant flag set to true are considered invalid and will be rejected.', async () => {
    const why = [
      'bad_combination',
      [
        ['auto_shutdown', 'never'],
        ['significant', true],
      ],
    ]
    const refused = await at(() => supervisor.start({ children: [significant('a', 'transient')] }))
    expect(refused).toEqual(['error', ['start_spec', why]])
    node.expectCrash(['start_spec', why])
    const sup = await tree.start({ children: [] })
    expect(await at(() => supervisor.startChild(sup, significant('a', 'transient')))).toEqual(['error', why])
  })

  test.each<['transient' | 'temporary', string, boolean]>([
    ['transient', 'normal', false],
    ['transient', 'boom', true],
    ['temporary', 'normal', false],
    ['temporary', 'boom', false],
  ])(
    'any_significant - The supervisor will shut itself down when any significant child terminates, that is, when a transient significant child terminates normally or when a temporary significant child terminates normally or abnormally. (%s, %s)',
    async (restart, reason, lives) => {
      const children = [significant('a', restart), significant('other', 'transient')]
      const sup = await tree.start({ autoShutdown: 'anySignificant', children })
      await tree.end('a', reason)
      expect(node.isAlive(sup)).toBe(lives)
    },
  )

  test('all_significant - The supervisor will shut itself down when all significant children have terminated, that is, when the last active significant child terminates. The same rules as for any_significant apply.', async () => {
    const children = [
      significant('a', 'transient'),
      tree.child('x'),
      significant('b', 'temporary'),
      significant('c', 'transient'),
    ]
    const sup = await tree.start({ autoShutdown: 'allSignificant', intensity: 9, children })
    await tree.end('a', 'normal')
    await tree.end('b', 'boom')
    await tree.end('c', 'boom') // comes back
    await tree.end('x', 'normal')
    expect(node.isAlive(sup)).toBe(true)
    await tree.end('c', 'normal')
    expect([node.isAlive(sup), tree.isUp('x')]).toEqual([false, false])
  })

  test.each(['anySignificant', 'allSignificant'] as const)(
    'simple_one_for_one supervisors shut themselves down as well: %s',
    async (autoShutdown) => {
      const sup = await tree.start({ strategy: 'simpleOneForOne', autoShutdown, children: [significant('a', 'transient')] })
      for (let i = 0; i < 2; i++) await at(() => supervisor.startChild(sup, []))
      await tree.end('a', 'normal')
      expect(node.isAlive(sup)).toBe(autoShutdown === 'allSignificant')
      for (const [, pid] of node.isAlive(sup) ? await tree.which(sup) : []) node.send(pid as never, { end: 'normal' } as never)
      await node.settle()
      expect(node.isAlive(sup)).toBe(false)
    },
  )
})
