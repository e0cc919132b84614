// OTP 25's manual page supervisor(3erl), the functions that ask a running supervisor: each title is a sentence of the page, and the
// test shows that it holds here. The other functions, and what is not here, stand in supervisor.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { isCrash, type Receiver, supervisor, type SupervisorPid } from 'gensock'
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
const simple = (fields = {}): Promise<SupervisorPid> =>
  tree.start({ strategy: 'simpleOneForOne', children: [tree.child('x', fields)] })
const startChild = (sup: SupervisorPid, spec: any): Promise<any> => at(() => supervisor.startChild(sup, spec))
const restartChild = (sup: SupervisorPid, id: any): Promise<any> => at(() => supervisor.restartChild(sup, id))
const deleteChild = (sup: SupervisorPid, id: any): Promise<any> => at(() => supervisor.deleteChild(sup, id))
const terminateChild = (sup: SupervisorPid, id: any): Promise<any> => at(() => supervisor.terminateChild(sup, id))
const childspec = (sup: SupervisorPid, id: any): Promise<any> => at(() => supervisor.getChildspec(sup, id))
const count = (sup: SupervisorPid): Promise<any> => at(() => supervisor.countChildren(sup))
const NOT_FOUND = ['error', 'not_found']
/** A start that takes until the gate opens, and then fails. */
function gate(): { readonly wait: () => Promise<unknown>; readonly open: () => void } {
  let open = (): void => undefined
  const promise = new Promise<void>((resolve) => (open = resolve))
  return { wait: async () => (await promise, ['error', 'not_yet']), open: () => open() }
}
const thrower = (): never => {
  throw new Error('boom')
}

describe('count_children/1', () => {
  test("Returns a property list (see proplists) containing the counts for each of the following elements of the supervisor's child specifications and managed processes: specs - The total count of children, dead or alive. active - The count of all actively running child processes managed by this supervisor.", async () => {
    tree.next('c', ['ignore'])
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b', { restart: 'transient' }), tree.child('c')] })
    await tree.end('b', 'normal')
    expect(await count(sup)).toEqual({ specs: 3, active: 1, supervisors: 0, workers: 3 })
  })

  test('differs: For a simple_one_for_one supervisors, no check is done to ensure that each child process is still alive - here it is checked', async () => {
    const start = (): any => ['ok', node.spawn(async (self) => void (await self.receive()))] // not linked: nobody hears of its end
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [{ id: 'x', start }] })
    const [[, pid], [, other]] = [await startChild(sup, []), await startChild(sup, [])]
    node.exit(pid, 'kill')
    expect(await count(sup)).toEqual({ specs: 1, active: 1, supervisors: 0, workers: 2 })
    expect(await tree.which(sup)).toEqual([pid, other].map((each) => [undefined, each]))
  })

  test('supervisors - The count of all children marked as child_type = supervisor in the specification list, regardless if the child process is still alive.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { type: 'supervisor' }), tree.child('b', { type: 'supervisor' })] })
    await terminateChild(sup, 'a')
    expect(await count(sup)).toEqual({ specs: 2, active: 1, supervisors: 2, workers: 0 })
  })

  test('workers - The count of all children marked as child_type = worker in the specification list, regardless if the child process is still alive.', async () => {
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b')] })
    await terminateChild(sup, 'a')
    expect(await count(sup)).toEqual({ specs: 2, active: 1, supervisors: 0, workers: 2 })
  })
})

describe('delete_child/2', () => {
  test('Tells supervisor SupRef to delete the child specification identified by Id. The corresponding child process must not be running. Use terminate_child/2 to terminate it. If successful, the function returns ok.', async () => {
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b')] })
    expect(await deleteChild(sup, 'a')).toEqual(['error', 'running'])
    await terminateChild(sup, 'a')
    expect(await deleteChild(sup, 'a')).toBe('ok')
    expect(await tree.which(sup)).toEqual([['b', tree.pid('b')]])
  })

  test('If the child specification identified by Id exists but the corresponding child process is running or is about to be restarted, the function returns {error,running} or {error,restarting}, respectively. If the child specification identified by Id does not exist, the function returns {error,not_found}.', async () => {
    const sup = await tree.start({ intensity: 9, children: [tree.child('a')] })
    expect([await deleteChild(sup, 'a'), await deleteChild(sup, 'none')]).toEqual([['error', 'running'], NOT_FOUND])
    const failing = gate()
    tree.next('a', failing.wait)
    await tree.end('a', 'boom')
    const asked = deleteChild(sup, 'a') // waits until the start has failed, and is answered before the next one
    failing.open()
    expect(await asked).toEqual(['error', 'restarting'])
  })
})

describe('get_childspec/2', () => {
  test('Returns the child specification map for the child identified by Id under supervisor SupRef. The returned map contains all keys, both mandatory and optional.', async () => {
    const given = tree.child('a')
    const sup = await tree.start({ children: [given] })
    const all = { restart: 'permanent', shutdown: 5000, significant: false, type: 'worker' }
    expect(await childspec(sup, 'a')).toEqual(['ok', { ...given, ...all }])
    expect(await childspec(sup, 'none')).toEqual(NOT_FOUND)
  })

  test('Id = pid() | child_id(): of a simple_one_for_one supervisor by the pid of a child as well', async () => {
    const sup = await simple()
    await startChild(sup, [])
    const pid = tree.pid('x')
    expect(await childspec(sup, pid)).toMatchObject(['ok', { id: 'x' }])
    expect(await childspec(sup, 'x')).toMatchObject(['ok', { id: 'x' }])
    expect(await childspec(sup, sup)).toEqual(NOT_FOUND)
    await terminateChild(sup, pid)
    expect(await childspec(sup, pid)).toMatchObject(['ok', { id: 'x' }]) // as OTP does for any dead pid
  })
})

describe('restart_child/2', () => {
  test('Tells supervisor SupRef to restart a child process corresponding to the child specification identified by Id. The child specification must exist, and the corresponding child process must not be running.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await terminateChild(sup, 'a')
    expect(await restartChild(sup, 'a')).toEqual(['ok', tree.pid('a')])
    expect(tree.log).toEqual(['+a', '-a shutdown', '+a'])
  })

  test('Notice that for temporary children, the child specification is automatically deleted when the child terminates; thus, it is not possible to restart such children.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { restart: 'temporary' })] })
    await tree.end('a', 'boom')
    expect(await restartChild(sup, 'a')).toEqual(NOT_FOUND)
  })

  test('If the child specification identified by Id does not exist, the function returns {error,not_found}. If the child specification exists but the corresponding process is already running, the function returns {error,running}.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    expect([await restartChild(sup, 'none'), await restartChild(sup, 'a')]).toEqual([NOT_FOUND, ['error', 'running']])
  })

  test('If the child process start function returns {ok,Child} or {ok,Child,Info}, the pid is added to the supervisor and the function returns the same value.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await terminateChild(sup, 'a')
    tree.next('a', (self: Receiver) => ['ok', self.spawnLink(async (me) => void (await me.receive())), 'info'])
    const [ok, pid, info] = await restartChild(sup, 'a')
    expect([ok, info, await tree.which(sup)]).toEqual(['ok', 'info', [['a', pid]]])
  })

  test('If the child process start function returns ignore, the pid remains set to undefined and the function returns {ok,undefined}.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await terminateChild(sup, 'a')
    tree.next('a', ['ignore'])
    expect([await restartChild(sup, 'a'), await tree.which(sup)]).toEqual([['ok', undefined], [['a', undefined]]])
  })

  test('If the child process start function returns an error tuple or an erroneous value, or if it fails, the function returns {error,Error}, where Error is a term containing information about the error.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    await terminateChild(sup, 'a')
    tree.next('a', ['error', 'no_disk'], 'rubbish', thrower)
    expect([await restartChild(sup, 'a'), await restartChild(sup, 'a')]).toEqual([
      ['error', 'no_disk'],
      ['error', 'rubbish'],
    ])
    const [, [tag, crash]] = await restartChild(sup, 'a')
    expect([tag, isCrash(crash), await tree.which(sup)]).toEqual(['EXIT', true, [['a', undefined]]])
  })
})

describe('start_child/2', () => {
  test('Dynamically adds a child specification to supervisor SupRef, which starts the corresponding child process. SupRef can be any of the following: The pid; Name, if the supervisor is locally registered', async () => {
    const sup = await tree.start({ children: [tree.child('a')] }, { name: 'sup' })
    expect(await startChild(sup, tree.child('b'))).toEqual(['ok', tree.pid('b')])
    expect(await at(() => supervisor.startChild('sup', tree.child('c')))).toEqual(['ok', tree.pid('c')])
    expect((await tree.which(sup)).map(([id]) => id)).toEqual(['c', 'b', 'a'])
  })

  test('ChildSpec must be a valid child specification (unless the supervisor is a simple_one_for_one supervisor; see below). The child process is started by using the start function as defined in the child specification.', async () => {
    const sup = await tree.start({ children: [] })
    expect(await startChild(sup, { id: 'a' })).toEqual(['error', 'missing_start'])
    expect(await startChild(sup, ['a'])).toEqual(['error', ['invalid_child_spec', ['a']]])
    expect(await tree.which(sup)).toEqual([])
  })

  test('For a simple_one_for_one supervisor, the child specification defined in Module:init/1 is used, and ChildSpec must instead be an arbitrary list of terms List. The child process is then started by appending List to the existing start function arguments, that is, by calling apply(M, F, A++List), where {M,F,A} is the start function defined in the child specification.', async () => {
    const seen: unknown[] = []
    const start = (...args: unknown[]): any => {
      const self = args.pop() as Receiver
      seen.push(args)
      return ['ok', self.spawnLink(async (me) => void (await me.receive('never')))]
    }
    const sup = await tree.start({ strategy: 'simpleOneForOne', intensity: 5, children: [{ id: 'x', start }] })
    await startChild(sup, ['a', { b: 1 }])
    const [, pid] = await startChild(sup, [])
    expect(seen).toEqual([['a', { b: 1 }], []])
    for (const [, each] of await tree.which(sup)) node.exit(each as never, 'kill')
    await node.settle()
    expect(seen.slice(2)).toEqual([['a', { b: 1 }], []]) // also when they are restarted
    expect(node.isAlive(pid)).toBe(false)
    expect(await startChild(sup, tree.child('a'))).toEqual(['error', 'badarg'])
  })

  test('If there already exists a child specification with the specified identifier, ChildSpec is discarded, and the function returns {error,already_present} or {error,{already_started,Child}}, depending on if the corresponding child process is running or not.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    expect(await startChild(sup, tree.child('a', { shutdown: 1 }))).toEqual(['error', ['already_started', tree.pid('a')]])
    await terminateChild(sup, 'a')
    expect(await startChild(sup, tree.child('a', { shutdown: 1 }))).toEqual(['error', 'already_present'])
    expect(await childspec(sup, 'a')).toMatchObject(['ok', { shutdown: 5000 }])
  })

  test('If the child process start function returns {ok,Child} or {ok,Child,Info}, the child specification and pid are added to the supervisor and the function returns the same value.', async () => {
    const sup = await tree.start({ children: [] })
    tree.next('b', (self: Receiver) => ['ok', self.spawnLink(async (me) => void (await me.receive())), { port: 1 }])
    const [a, b] = [await startChild(sup, tree.child('a')), await startChild(sup, tree.child('b'))]
    expect(a).toEqual(['ok', tree.pid('a')])
    expect(b).toEqual(['ok', expect.anything(), { port: 1 }])
    expect(await tree.which(sup)).toEqual([
      ['b', b[1]],
      ['a', a[1]],
    ])
  })

  test('If the child process start function returns ignore, the child specification is added to the supervisor (unless the supervisor is a simple_one_for_one supervisor, see below), the pid is set to undefined, and the function returns {ok,undefined}.', async () => {
    const sup = await tree.start({ children: [] })
    tree.next('a', ['ignore'])
    expect([await startChild(sup, tree.child('a')), await tree.which(sup)]).toEqual([['ok', undefined], [['a', undefined]]])
  })

  test('For a simple_one_for_one supervisor, when a child process start function returns ignore, the functions returns {ok,undefined} and no child is added to the supervisor.', async () => {
    const sup = await simple()
    tree.next('x', ['ignore'])
    expect([await startChild(sup, []), await tree.which(sup)]).toEqual([['ok', undefined], []])
  })

  test('If the child process start function returns an error tuple or an erroneous value, or if it fails, the child specification is discarded, and the function returns {error,Error}, where Error is a term containing information about the error and child specification.', async () => {
    const sup = await tree.start({ children: [] })
    tree.next('a', ['error', 'no_disk'], 'rubbish', thrower)
    const spec = expect.objectContaining({ id: 'a', restart: 'permanent' })
    expect(await startChild(sup, tree.child('a'))).toEqual(['error', ['no_disk', spec]])
    expect(await startChild(sup, tree.child('a'))).toEqual(['error', ['rubbish', spec]])
    expect(await startChild(sup, tree.child('a'))).toEqual(['error', [['EXIT', expect.anything()], spec]])
    expect(await tree.which(sup)).toEqual([])
  })
})

describe('terminate_child/2', () => {
  test('If the supervisor is not simple_one_for_one, Id must be the child specification identifier. The process, if any, is terminated and, unless it is a temporary child, the child specification is kept by the supervisor. The child process can later be restarted by the supervisor. The child process can also be restarted explicitly by calling restart_child/2. Use delete_child/2 to remove the child specification.', async () => {
    const sup = await tree.start({ strategy: 'oneForAll', children: [tree.child('a'), tree.child('b')] })
    expect([await terminateChild(sup, 'b'), await terminateChild(sup, 'b')]).toEqual(['ok', 'ok'])
    expect(await tree.which(sup)).toMatchObject([
      ['b', undefined],
      ['a', tree.pid('a')],
    ])
    await tree.end('a', 'boom')
    expect(tree.taken()).toEqual(['+a', '+b', '-b shutdown', '-a boom', '+a', '+b'])
    expect(await terminateChild(sup, tree.pid('b'))).toEqual(NOT_FOUND)
  })

  test('If the child is temporary, the child specification is deleted as soon as the process terminates. This means that delete_child/2 has no meaning and restart_child/2 cannot be used for these children.', async () => {
    const sup = await tree.start({ children: [tree.child('a', { restart: 'temporary' })] })
    expect([await terminateChild(sup, 'a'), await tree.which(sup)]).toEqual(['ok', []])
    expect([await deleteChild(sup, 'a'), await restartChild(sup, 'a')]).toEqual([NOT_FOUND, NOT_FOUND])
  })

  test('If the supervisor is simple_one_for_one, Id must be the pid() of the child process. If the specified process is alive, but is not a child of the specified supervisor, the function returns {error,not_found}. If the child specification identifier is specified instead of a pid(), the function returns {error,simple_one_for_one}.', async () => {
    const sup = await simple()
    await startChild(sup, [])
    expect([await terminateChild(sup, sup), await terminateChild(sup, 'x')]).toEqual([NOT_FOUND, ['error', 'simple_one_for_one']])
    const pid = tree.pid('x')
    expect([await terminateChild(sup, pid), await terminateChild(sup, pid), tree.log]).toEqual([
      'ok',
      'ok',
      ['+x', '-x shutdown'],
    ])
  })

  test('If successful, the function returns ok. If there is no child specification with the specified Id, the function returns {error,not_found}.', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    expect([await terminateChild(sup, 'a'), await terminateChild(sup, 'none')]).toEqual(['ok', NOT_FOUND])
  })
})

describe('which_children/1', () => {
  test('Returns a newly created list with information about all child specifications and child processes belonging to supervisor SupRef.', async () => {
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b', { type: 'supervisor' })] })
    const [one, two] = [await at(() => supervisor.whichChildren(sup)), await at(() => supervisor.whichChildren(sup))]
    expect(one).toEqual([
      { id: 'b', pid: tree.pid('b'), type: 'supervisor' },
      { id: 'a', pid: tree.pid('a'), type: 'worker' },
    ])
    expect([two, two === one]).toEqual([one, false])
  })

  test('Id - As defined in the child specification or undefined for a simple_one_for_one supervisor.', async () => {
    const sup = await simple()
    await startChild(sup, [])
    expect(await tree.which(sup)).toEqual([[undefined, tree.pid('x')]])
  })

  test('Child - The pid of the corresponding child process, the atom restarting if the process is about to be restarted, or undefined if there is no such process.', async () => {
    const sup = await tree.start({ intensity: 9, children: ['a', 'b', 'c'].map((id) => tree.child(id)) })
    await terminateChild(sup, 'c')
    const failing = gate()
    tree.next('a', failing.wait)
    await tree.end('a', 'boom')
    const asked = tree.which(sup) // waits until the start has failed, and is answered before the next one
    failing.open()
    expect(await asked).toEqual([
      ['c', undefined],
      ['b', tree.pid('b')],
      ['a', 'restarting'],
    ])
  })

  test('Type - As defined in the child specification.', async () => {
    const sup = await simple({ type: 'supervisor' })
    await startChild(sup, [])
    expect(await at(() => supervisor.whichChildren(sup))).toMatchObject([{ type: 'supervisor' }])
  })
})
