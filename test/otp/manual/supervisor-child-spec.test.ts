// OTP 25's manual page supervisor(3erl), its chapter "Child specification": each title is a sentence of the page, and the test
// shows that it holds here. `{M,F,A}` is a function here, `{ok,Child}` is `['ok', child]`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  child,
  type ChildSpec,
  dynamicSupervisor,
  type ExitReason,
  genEvent,
  genServer,
  genStatem,
  type Receiver,
  supervisor,
  type SupervisorPid,
} from 'gensock'
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
const check = (...specs: unknown[]): unknown => supervisor.checkChildspecs(specs as ChildSpec[])
const specOf = async (fields: object): Promise<Required<ChildSpec>> => {
  const sup = await tree.start({ children: [{ id: 'x', start: (): ['ignore'] => ['ignore'], ...fields }] })
  const [, spec] = await at(() => supervisor.getChildspec(sup, 'x'))
  return spec as Required<ChildSpec>
}
const terminate = (sup: SupervisorPid, id: string): Promise<unknown> => at(() => supervisor.terminateChild(sup, id))
const errors = (): unknown[] =>
  tree.reports.filter(({ level }) => level === 'error').map(({ facts }) => [facts['errorContext'], facts['reason']])

describe('id', () => {
  test('id is used to identify the child specification internally by the supervisor.', async () => {
    const sup = await tree.start({ children: [tree.child('a'), tree.child(['a', 1]), tree.child(7)] })
    expect((await tree.which(sup)).map(([id]) => id)).toEqual([7, ['a', 1], 'a'])
    expect(await at(() => supervisor.terminateChild(sup, ['a', 1]))).toBe('ok')
    expect([tree.isUp('a'), tree.isUp(['a', 1]), tree.isUp(7)]).toEqual([true, false, true])
  })

  test('The id key is mandatory.', () => {
    expect(check({ start: () => ['ignore'] })).toEqual(['error', 'missing_id'])
  })
})

describe('start', () => {
  test('differs: start defines the function call used to start the child process. - it is a function, and no module-function-arguments tuple {M,F,A}', () => {
    expect(check({ id: 'x', start: ['m', 'f', []] })).toEqual(['error', ['invalid_mfa', ['m', 'f', []]]])
    expect(check({ id: 'x', start: () => ['ignore'] })).toBe('ok')
  })

  test('The start function must create and link to the child process, and must return {ok,Child} or {ok,Child,Info}, where Child is the pid of the child process and Info any term that is ignored by the supervisor.', async () => {
    const idle = (self: Receiver) => self.spawnLink(async (me) => void (await me.receive()))
    const start: ChildSpec[] = [
      { id: 'plain', start: (self) => ['ok', idle(self)] },
      { id: 'info', start: (self) => ['ok', idle(self), { any: 'term' }] },
    ]
    const sup = await tree.start({ children: start })
    const pids = (await tree.which(sup)).map(([, pid]) => pid)
    expect(node.processInfo(sup, 'links')).toEqual(expect.arrayContaining(pids))
  })

  test('The start function can also return ignore if the child process for some reason cannot be started, in which case the child specification is kept by the supervisor (unless it is a temporary child) but the non-existing child process is ignored.', async () => {
    for (const id of ['a', 'b']) tree.next(id, ['ignore'])
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b', { restart: 'temporary' })] })
    expect(await tree.which(sup)).toEqual([['a', undefined]])
    expect(tree.log).toEqual([])
  })

  test('If something goes wrong, the function can also return an error tuple {error,Error}.', async () => {
    tree.next('a', ['error', 'no_disk'])
    const started = await at(() => supervisor.start({ children: [tree.child('a')] }))
    expect(started).toEqual(['error', ['shutdown', ['failed_to_start_child', 'a', 'no_disk']]])
  })

  test('Notice that the start_link functions of the different behavior modules fulfill the above requirements.', async () => {
    const statem = { callbackMode: 'handleEventFunction', init: () => ['ok', 's', 0], handleEvent: () => 'keep_state_and_data' }
    const children: ChildSpec[] = [
      { id: 'server', start: () => genServer.startLink({ init: () => ['ok', 0] }, undefined) },
      { id: 'statem', start: () => genStatem.startLink(statem as never, undefined as never) },
      { id: 'event', start: () => genEvent.startLink() },
      { id: 'supervisor', start: () => supervisor.startLink({ children: [] }), type: 'supervisor' },
      { id: 'dynamic', start: () => dynamicSupervisor.startLink(), type: 'supervisor' },
    ]
    const sup = await tree.start({ children })
    const pids = (await tree.which(sup)).map(([, pid]) => pid)
    expect(pids.every((pid) => node.isAlive(pid as never))).toBe(true)
    expect(node.processInfo(sup, 'links')).toEqual(expect.arrayContaining(pids))
  })

  test('The start key is mandatory.', () => {
    expect(check({ id: 'x' })).toEqual(['error', 'missing_start'])
  })
})

describe('restart', () => {
  const ends: ExitReason[] = ['normal', 'shutdown', ['shutdown', 'why'], 'boom']

  test.each(ends)('A permanent child process is always restarted. (%j)', async (reason) => {
    await tree.start({ children: [tree.child('a')] })
    await tree.end('a', reason)
    expect(tree.isUp('a')).toBe(true)
  })

  test.each(ends)(
    "A temporary child process is never restarted (even when the supervisor's restart strategy is rest_for_one or one_for_all and a sibling's death causes the temporary process to be terminated). (%j)",
    async (reason) => {
      for (const strategy of ['oneForOne', 'restForOne', 'oneForAll'] as const) {
        const children = [tree.child('a'), tree.child('t', { restart: 'temporary' }), tree.child('u', { restart: 'temporary' })]
        const sup = await tree.start({ strategy, children })
        await tree.end('t', reason)
        expect([tree.isUp('t'), tree.isUp('u')]).toEqual([false, true])
        await tree.end('a', 'boom')
        expect([tree.isUp('a'), tree.isUp('u')]).toEqual([true, strategy === 'oneForOne'])
        expect((await tree.which(sup)).map(([id]) => id)).toEqual(strategy === 'oneForOne' ? ['u', 'a'] : ['a'])
      }
    },
  )

  test.each(ends)(
    'A transient child process is restarted only if it terminates abnormally, that is, with another exit reason than normal, shutdown, or {shutdown,Term}. (%j)',
    async (reason) => {
      const sup = await tree.start({ children: [tree.child('a', { restart: 'transient' })] })
      await tree.end('a', reason)
      expect(tree.isUp('a')).toBe(reason === 'boom')
      expect(await tree.which(sup)).toEqual([['a', reason === 'boom' ? tree.pid('a') : undefined]])
    },
  )

  test('The restart key is optional. If it is not specified, it defaults to permanent.', async () => {
    expect(await specOf({})).toMatchObject({ restart: 'permanent' })
  })
})

describe('significant', () => {
  const pair = (...pairs: (readonly [string, unknown])[]): unknown => ['error', ['bad_combination', pairs]]

  test('Setting this option to true when the restart type is permanent is invalid. Also, it is considered invalid to start children with this option set to true in a supervisor when the auto_shutdown supervisor flag is set to never.', () => {
    const spec = { id: 'x', start: () => ['ignore'] as const, significant: true }
    expect(check(spec)).toEqual(pair(['restart', 'permanent'], ['significant', true]))
    const transient = { ...spec, restart: 'transient' } as const
    expect(supervisor.checkChildspecs([transient], 'never')).toEqual(pair(['auto_shutdown', 'never'], ['significant', true]))
    expect(supervisor.checkChildspecs([transient], 'allSignificant')).toBe('ok')
  })

  test('significant defines if a child is considered significant for automatic self-shutdown of the supervisor.', async () => {
    const children = [true, false].map((significant) => tree.child(`${significant}`, { significant, restart: 'temporary' }))
    const sup = await tree.start({ autoShutdown: 'anySignificant', children })
    await tree.end('false', 'normal')
    expect(node.isAlive(sup)).toBe(true)
    await tree.end('true', 'normal')
    expect(node.isAlive(sup)).toBe(false)
  })

  test('The significant key is optional. If it is not specified, it defaults to false.', async () => {
    expect(await specOf({})).toMatchObject({ significant: false })
  })
})

describe('shutdown', () => {
  test('brutal_kill means that the child process is unconditionally terminated using exit(Child,kill).', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 'deaf', shutdown: 'brutalKill' })] })
    expect(await terminate(sup, 'a')).toBe('ok')
    expect(tree.log).toEqual(['+a', '-a killed'])
    expect(errors()).toEqual([])
  })

  test('An integer time-out value means that the supervisor tells the child process to terminate by calling exit(Child,shutdown) and then wait for an exit signal with reason shutdown back from the child process.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 200, shutdown: 300 })] })
    const done = terminate(sup, 'a')
    await node.advance(199)
    expect(tree.isUp('a')).toBe(true)
    await node.advance(1)
    expect([await done, tree.log]).toEqual(['ok', ['+a', '-a shutdown']])
    expect([errors(), node.nextDueMs()]).toEqual([[], Infinity]) // nobody waits any more
  })

  test.each([0, 1, 300])(
    'If no exit signal is received within the specified number of milliseconds, the child process is unconditionally terminated using exit(Child,kill). (%i)',
    async (shutdown) => {
      const sup = await tree.start({ children: [tree.child('a', { manner: 'deaf', shutdown })] })
      const done = terminate(sup, 'a')
      if (shutdown > 0) await node.advance(shutdown - 1)
      expect(tree.isUp('a')).toBe(true)
      await node.advance(shutdown > 0 ? 1 : 0)
      expect([await done, tree.log]).toEqual(['ok', ['+a', '-a killed']])
      expect(errors()).toEqual([['shutdown_error', 'killed']])
    },
  )

  test('If the child process is another supervisor, the shutdown time must be set to infinity to give the subtree ample time to shut down.', async () => {
    const start = (): Promise<any> => supervisor.startLink({ children: [tree.child('w', { manner: 60_000, shutdown: 90_000 })] })
    const sup = await tree.start({ children: [{ id: 'inner', type: 'supervisor', start }] })
    const done = terminate(sup, 'inner')
    await node.advance(60_000)
    expect([await done, tree.log]).toEqual(['ok', ['+w', '-w shutdown']])
  })

  test('Setting the shutdown time to anything other than infinity for a child of type supervisor can cause a race condition where the child in question unlinks its own children, but fails to terminate them before it is killed.', async () => {
    const start = (): Promise<any> => supervisor.startLink({ children: [tree.child('w', { manner: 300 })] })
    const sup = await tree.start({ children: [{ id: 'inner', type: 'supervisor', shutdown: 100, start }] })
    const done = terminate(sup, 'inner')
    await node.advance(100)
    expect([await done, tree.isUp('w')]).toEqual(['ok', true])
    expect(errors()).toEqual([['shutdown_error', 'killed']])
    await node.advance(200) // it had been told to end, so it ends in the end
    expect(tree.isUp('w')).toBe(false)
  })

  test('It is also allowed to set it to infinity, if the child process is a worker.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 86_400_000, shutdown: 'infinity' })] })
    const done = terminate(sup, 'a')
    await node.advance(86_400_000)
    expect([await done, tree.log]).toEqual(['ok', ['+a', '-a shutdown']])
  })

  test('Notice that all child processes implemented using the standard OTP behavior modules automatically adhere to the shutdown protocol.', async () => {
    const ended: unknown[] = []
    const trapping = {
      init: (_arg: void, self: Receiver): ['ok', number] => (self.trapExit(true), ['ok', 0]),
      terminate: (reason: unknown) => void ended.push(reason),
    }
    const children = [child('a', trapping), { id: 'e', start: () => genEvent.startLink() }]
    const sup = await tree.start({ children })
    for (const id of ['a', 'e']) expect(await terminate(sup, id)).toBe('ok')
    expect([ended, errors()]).toEqual([['shutdown'], []])
  })

  test('The shutdown key is optional. If it is not specified, it defaults to 5000 if the child is of type worker and it defaults to infinity if the child is of type supervisor.', async () => {
    expect(await specOf({})).toMatchObject({ shutdown: 5000 })
    expect(await specOf({ type: 'supervisor' })).toMatchObject({ shutdown: 'infinity' })
  })
})

describe('type', () => {
  test('type specifies if the child process is a supervisor or a worker.', () => {
    const [worker, sup, other] = ['worker', 'supervisor', 'boss'].map((type) => check({ id: 'x', start: () => ['ignore'], type }))
    expect([worker, sup, other]).toEqual(['ok', 'ok', ['error', ['invalid_child_type', 'boss']]])
  })

  test('The type key is optional. If it is not specified, it defaults to worker.', async () => {
    expect(await specOf({})).toMatchObject({ type: 'worker' })
  })
})

test('Internally, the supervisor also keeps track of the pid Child of the child process, or undefined if no pid exists.', async () => {
  const sup = await tree.start({ children: [tree.child('a')] })
  expect(await tree.which(sup)).toEqual([['a', tree.pid('a')]])
  await terminate(sup, 'a')
  expect(await tree.which(sup)).toEqual([['a', undefined]])
})
