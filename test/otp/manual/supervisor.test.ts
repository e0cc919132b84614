// OTP 25's manual page supervisor(3erl), the functions that start supervisors, and what is not here: each title is a sentence of
// the page. Its other sentences stand in supervisor-principles, supervisor-child-spec and supervisor-children.test.ts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ChildSpec, genServer, type Receiver, supervisor, unwrap } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { trees, type Tree } from '../../behaviours/tree.js'
import { inside } from '../../runtime/inside.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode()
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const thrower = (): never => {
  throw new Error('boom')
}

describe('check_childspecs/1, check_childspecs/2', () => {
  test('Takes a list of child specification as argument and returns ok if all of them are syntactically correct, otherwise {error,Error}.', () => {
    expect(supervisor.checkChildspecs([tree.child('a'), tree.child('b')])).toBe('ok')
    expect(supervisor.checkChildspecs([tree.child('a'), { ...tree.child('b'), restart: 'always' as 'permanent' }])).toEqual([
      'error',
      ['invalid_restart_type', 'always'],
    ])
    expect(supervisor.checkChildspecs([tree.child('a'), tree.child('a')])).toEqual(['error', ['duplicate_child_name', 'a']])
    expect(supervisor.checkChildspecs('x' as never)).toEqual(['error', ['badarg', 'x']])
  })

  test('If the optional AutoShutdown argument is given and not undefined, also checks if the child specifications are allowed for the given auto_shutdown option.', () => {
    const specs = [tree.child('a', { restart: 'transient', significant: true })]
    expect(supervisor.checkChildspecs(specs)).toBe('ok')
    expect(supervisor.checkChildspecs(specs, 'anySignificant')).toBe('ok')
    expect(supervisor.checkChildspecs(specs, 'never')).toMatchObject(['error', ['bad_combination', expect.anything()]])
  })
})

describe('start_link/2, start_link/3', () => {
  test('Creates a supervisor process as part of a supervision tree. For example, the function ensures that the supervisor is linked to the calling process (its supervisor).', async () => {
    const [me, sup] = await inside(node, async (self) => {
      const pid = unwrap(await supervisor.startLink({ children: [tree.child('a')] }))
      return [self.processInfo(self.pid, 'links'), pid]
    })
    expect(me).toEqual([sup])
  })

  test('The created supervisor process calls Module:init/1 to find out about restart strategy, maximum restart intensity, and child processes. To ensure a synchronized startup procedure, start_link/2,3 does not return until Module:init/1 has returned and all child processes have been started.', async () => {
    const slow: ChildSpec = {
      id: 's',
      start: () =>
        genServer.startLink({ init: async (_arg: void, self: Receiver) => (await self.sleep(100), ['ok', 0] as const) }),
    }
    let started: unknown
    void at(() => supervisor.start(async (self) => (await self.sleep(50), { children: [slow, tree.child('a')] }))).then(
      (answer) => (started = answer),
    )
    await node.advance(149)
    expect([started, tree.log]).toEqual([undefined, []])
    await node.advance(1)
    expect([started, tree.log]).toMatchObject([['ok', expect.anything()], ['+a']])
  })

  test('If SupName={local,Name}, the supervisor is registered locally as Name using register/2. If no name is provided, the supervisor is not registered.', async () => {
    const sup = await tree.start({ children: [] }, { name: { local: 'top' } })
    const other = await tree.start({ children: [] })
    expect(node.whereis('top')).toBe(sup)
    expect(node.processInfo(other, 'registered_name')).toBe(undefined)
  })

  test('If the supervisor and its child processes are successfully created (that is, if all child process start functions return {ok,Child}, {ok,Child,Info}, or ignore), the function returns {ok,Pid}, where Pid is the pid of the supervisor.', async () => {
    tree.next('b', (self: Receiver) => ['ok', self.spawnLink(async (me) => void (await me.receive())), 'info'])
    tree.next('c', ['ignore'])
    const started = await at(() => supervisor.start({ children: ['a', 'b', 'c'].map((id) => tree.child(id)) }))
    expect(started).toEqual(['ok', expect.anything()])
    expect(node.isAlive(unwrap(started))).toBe(true)
  })

  test('If there already exists a process with the specified SupName, the function returns {error,{already_started,Pid}}, where Pid is the pid of that process.', async () => {
    const sup = await tree.start({ children: [] }, { name: 'top' })
    const again = await at(() => supervisor.start({ children: [tree.child('a')] }, { name: 'top' }))
    expect([again, tree.log]).toEqual([['error', ['already_started', sup]], []])
  })

  test('If Module:init/1 returns ignore, this function returns ignore as well, and the supervisor terminates with reason normal.', async () => {
    const ended: unknown[] = []
    node.onExit((_pid, reason) => void ended.push(reason))
    expect([await at(() => supervisor.start(() => ['ignore'])), ended]).toEqual([['ignore'], ['normal']])
  })

  test('If Module:init/1 fails or returns an incorrect value, this function returns {error,Term}, where Term is a term with information about the error, and the supervisor terminates with reason Term.', async () => {
    const ended: unknown[] = []
    node.onExit((_pid, reason) => void ended.push(reason))
    const answers = [await at(() => supervisor.start(thrower)), await at(() => supervisor.start(() => 7 as never))]
    expect(answers).toEqual([
      ['error', expect.objectContaining({ value: new Error('boom') })],
      ['error', ['bad_return', ['init', 7]]],
    ])
    expect(ended).toEqual(answers.map(([, reason]) => reason))
    node.expectCrash(new Error('boom'))
    node.expectCrash(['bad_return', ['init', 7]])
  })

  test('If any child process start function fails or returns an error tuple or an erroneous value, the supervisor first terminates all already started child processes with reason shutdown and then terminate itself and returns {error, {shutdown, Reason}}.', async () => {
    for (const answer of [['error', 'no_disk'], 'rubbish', thrower]) {
      tree.next('c', answer)
      const started = await at(() => supervisor.start({ children: ['a', 'b', 'c', 'd'].map((id) => tree.child(id)) }))
      expect(started).toMatchObject(['error', ['shutdown', ['failed_to_start_child', 'c', expect.anything()]]])
      expect(tree.taken()).toEqual(['+a', '+b', '-b shutdown', '-a shutdown'])
    }
  })
})

describe('Module:init/1', () => {
  test('Whenever a supervisor is started using start_link/2,3, this function is called by the new process to find out about restart strategy, maximum restart intensity, and child specifications.', async () => {
    const inits: unknown[] = []
    const init = (self: Receiver): any => {
      inits.push(self.pid)
      return { strategy: 'oneForAll', intensity: 3, children: [tree.child('a')] }
    }
    const [one, two] = [await tree.start(init), await tree.start(init)]
    expect(inits).toEqual([one, two])
  })

  test('differs: Args is the Args argument provided to the start function. - here init is a closure, and its argument is the Self of the supervisor', async () => {
    const room = 'lobby'
    const sup = await tree.start((self) => ({ children: [tree.child([room, self.pid])] }))
    expect((await tree.which(sup)).map(([id]) => id)).toEqual([['lobby', sup]])
  })

  test('SupFlags is the supervisor flags defining the restart strategy and maximum restart intensity for the supervisor. [ChildSpec] is a list of valid child specifications defining which child processes the supervisor must start and monitor.', async () => {
    const init = (): any => ['ok', { strategy: 'restForOne', intensity: 0, children: ['a', 'b'].map((id) => tree.child(id)) }]
    const sup = await tree.start(init)
    await tree.end('a', 'boom')
    expect(tree.log).toEqual(['+a', '+b', '-a boom', '-b shutdown'])
    expect(node.isAlive(sup)).toBe(false)
  })

  test('Notice that when the restart strategy is simple_one_for_one, the list of child specifications must be a list with one child specification only. (The child specification identifier is ignored.) No child process is then started during the initialization phase, but all children are assumed to be started dynamically using start_child/2.', async () => {
    for (const children of [[], [tree.child('a'), tree.child('b')]]) {
      const started = await at(() => supervisor.start({ strategy: 'simpleOneForOne', children }))
      expect(started).toEqual(['error', ['bad_start_spec', children]])
      node.expectCrash(['bad_start_spec', children])
    }
    const sup = await tree.start({ strategy: 'simpleOneForOne', children: [tree.child('a')] })
    expect([tree.log, await tree.which(sup)]).toEqual([[], []])
    await at(() => supervisor.startChild(sup, []))
    expect([tree.log, await tree.which(sup)]).toEqual([['+a'], [[undefined, tree.pid('a')]]])
  })

  test('The function can also return ignore.', async () => {
    expect(await at(() => supervisor.start(() => ['ignore']))).toEqual(['ignore'])
  })
})

const RELEASES = 'there is no release handler: a program is replaced by starting the new one'
const TUPLES = 'specs and flags are objects; a tuple is refused as no spec'
const NAMES = 'names are local; global and via names come with the cluster'
const TALK = 'advice, not a promise'
/** Sentences that promise something that cannot be here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  ['The old tuple format is kept for backwards compatibility, see child_spec(), but the map is preferred.', TUPLES],
  ['The tuple format is kept for backward compatibility only.', TUPLES],
  [
    'modules is used by the release handler during code replacement to determine which processes are using a certain module.',
    RELEASES,
  ],
  [
    "The modules key is optional. If it is not specified, it defaults to [M], where M comes from the child's start {M,F,A}.",
    RELEASES,
  ],
  ['Modules - As defined in the child specification.', RELEASES],
  ['Notice that this function can also be called as a part of a code upgrade procedure.', RELEASES],
  [
    'The automatic shutdown feature appeared in OTP 24.0, but applications using this feature will also compile and run with older OTP versions.',
    'there are no older versions',
  ],
  [
    'However, such applications, when compiled with an OTP version that predates the appearance of the automatic shutdown feature, will leak processes because the automatic shutdowns they rely on will not happen.',
    'there are no older versions',
  ],
  [
    'Value undefined for A (the argument list) is only to be used internally in supervisor.',
    'there are no argument lists, a start function is a closure',
  ],
  [
    'If the restart type of the child is temporary, the process is never to be restarted and therefore there is no need to store the real argument list.',
    'there are no argument lists, a start function is a closure',
  ],
  ['Args is any term that is passed as the argument to Module:init/1.', 'what init needs it takes from where it was written'],
  ['Not a pid().', 'OTP does not check it; a pid is a value like any other'],
  ['{Name,Node}, if the supervisor is locally registered at another node', NAMES],
  ['{global,Name}, if the supervisor is globally registered', NAMES],
  ['{via,Module,Name}, if the supervisor is registered through an alternative process registry', NAMES],
  ['If SupName={global,Name}, the supervisor is registered globally as Name using global:register_name/2.', NAMES],
  ['If SupName={via,Module,Name}, the supervisor is registered as Name using the registry represented by Module.', NAMES],
  ['Module is the name of the callback module.', 'a supervisor is given as a spec, or as the function that makes it'],
  ['Be careful when setting the shutdown time to infinity when the child process is a worker.', TALK],
  [
    'Notice that calling this function when supervising many children under low memory conditions can cause an out of memory exception.',
    TALK,
  ],
]

describe('not here', () => {
  test.each(NOT_HERE)('%s', (sentence, why) => {
    expect(sentence.length).toBeGreaterThan(10)
    expect(why.length).toBeGreaterThan(10)
  })
})
