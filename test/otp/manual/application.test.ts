// OTP's manual page application(3), kernel 8.5.3, sentence by sentence, as far as it speaks of starting and stopping.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type Application,
  application,
  type ApplicationType,
  child,
  createNode,
  type ExitReason,
  type Node,
  type Pid,
  type Receiver,
  silentLogger,
  supervisor,
  sys,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle } from '../../runtime/inside.js'

let node: TestNode
let log: unknown[]
beforeEach(() => {
  node = testNode()
  log = []
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const start = (app: Application): Promise<unknown> => at(() => application.start(app))
const ensureAll = (app: Application): Promise<unknown> => at(() => application.ensureAllStarted(app))
const stop = (name: string): Promise<unknown> => at(() => application.stop(name))
const running = (): string[] => at(() => application.whichApplications()).map(({ name }) => name)

const worker = {
  init(name: string, self: Receiver): ['ok', string] {
    self.trapExit(true)
    log.push(`${name} begins`)
    return ['ok', name]
  },
  terminate: (_reason: ExitReason, name: string) => void log.push(`${name} ends`),
}
/** A supervision tree with two workers, `<name> 1` and `<name> 2`. */
function tree(name: string, more: Partial<Application> = {}): Application {
  const children = [child('1', worker, `${name} 1`), child('2', worker, `${name} 2`)]
  return { name, start: () => supervisor.startLink({ children }, { name: `${name} top` }), ...more }
}
/** One process, which ends with what it is sent. */
function plain(name: string, more: Partial<Application> = {}): Application {
  const ends = async (self: Receiver): Promise<void> => self.exit((await self.receive()) as ExitReason)
  return { name, start: (self) => ['ok', self.spawnLink(ends, { name: `${name} top` })], ...more }
}
const broken: Application = { name: 'broken', start: () => ['error', 'why'] }

describe('application', () => {
  test('"application denotes a component implementing some specific functionality, that can be started and stopped as a unit"', async () => {
    expect([await start(tree('a')), log]).toEqual(['ok', ['a 1 begins', 'a 2 begins']])
    log = []
    expect([await stop('a'), log]).toEqual(['ok', ['a 2 ends', 'a 1 ends']])
  })
})

describe('ensure_all_started/1', () => {
  test('"Equivalent to calling start/1,2 repeatedly on all dependencies that are not yet started for an application."', async () => {
    const [a, b] = [plain('a'), plain('b')]
    await start(a)
    expect(await ensureAll(plain('c', { dependencies: [a, b] }))).toEqual(['ok', ['b', 'c']])
    expect(running()).toEqual(['c', 'b', 'a'])
  })
  test('"Returns {ok, AppNames} for a successful start or for an already started application (which is, however, omitted from the AppNames list)."', async () => {
    const a = plain('a')
    expect([await ensureAll(a), await ensureAll(a)]).toEqual([
      ['ok', ['a']],
      ['ok', []],
    ])
  })
  test('"The function reports {error, {AppName,Reason}} for errors, where Reason is any possible reason returned by start/1,2 when starting a specific dependency."', async () => {
    expect(await ensureAll(plain('a', { dependencies: [broken] }))).toEqual(['error', ['broken', 'why']])
    expect(await ensureAll(broken)).toEqual(['error', ['broken', 'why']])
  })
  test('"If an error occurs, the applications started by the function are stopped to bring the set of running applications back to its initial state."', async () => {
    const before = plain('before')
    await start(before)
    await ensureAll(plain('a', { dependencies: [before, tree('b'), plain('c'), broken] }))
    expect([running(), log]).toEqual([['before'], ['b 1 begins', 'b 2 begins', 'b 2 ends', 'b 1 ends']])
  })
})

describe('start/1', () => {
  test('"Starts Application." "start(Application) -> ok | {error, Reason}"', async () => {
    expect([await start(plain('a')), await start(broken), running()]).toEqual(['ok', ['error', 'why'], ['a']])
    expect(await start(plain('a'))).toEqual(['error', ['already_started', 'a']])
  })
  test('"If an application is missing and the application is not marked as optional, {error,{not_started,App}} is returned, where App is the name of the missing application.": of one that is given by name', async () => {
    expect(await start(plain('a', { dependencies: ['missing'] }))).toEqual(['error', ['not_started', 'missing']])
  })
  test('differs: "Note this function makes no attempt to start any of the applications listed in applications, not even optional ones." Here those given as objects are started', async () => {
    expect([await start(plain('a', { dependencies: [plain('b')] })), running()]).toEqual(['ok', ['a', 'b']])
  })
  test('"Once validated, the application controller then creates an application master for the application."', async () => {
    await start(plain('a'))
    const master = node.processInfo(node.whereis('a top') as Pid, 'parent') as Pid
    expect(await at(() => sys.getStatus(master))).toMatchObject({
      behaviour: 'application_master',
      parent: String(node.whereis('application_controller')),
    })
  })
  test('"The application master starts the application by calling the application callback function Module:start/2 as defined by the application specification key mod."', async () => {
    const callers: unknown[] = []
    await start({ name: 'a', start: (self) => (callers.push(self.pid), ['ok', self.spawnLink(idle, { name: 'a top' })]) })
    expect(callers).toEqual([node.processInfo(node.whereis('a top') as Pid, 'parent')])
  })

  /** What runs after the end of an application of this type with this reason. */
  async function after(type: ApplicationType | undefined, reason: ExitReason): Promise<string[]> {
    await start(plain('other'))
    await start(plain('a', type && { type }))
    node.send('a top', reason)
    await node.settle()
    return running()
  }
  test('"Argument Type specifies the type of the application. If omitted, it defaults to temporary."', async () => {
    expect(await after(undefined, 'boom')).toEqual(['other'])
  })
  test('differs: "If a permanent application terminates, all other applications and the entire Erlang node are also terminated." Here the node goes on; application.run ends the program', async () => {
    expect(await after('permanent', 'normal')).toEqual([])
    expect(await start(plain('next'))).toBe('ok')
  })
  test('"If a transient application terminates": "with Reason == normal, this is reported but no other applications are terminated."', async () => {
    expect(await after('transient', 'normal')).toEqual(['other'])
  })
  test('differs: "abnormally, all other applications and the entire Erlang node are also terminated." Here the node goes on', async () => {
    expect(await after('transient', 'boom')).toEqual([])
  })
  test('"If a temporary application terminates, this is reported but no other applications are terminated."', async () => {
    expect(await after('temporary', 'boom')).toEqual(['other'])
  })
  test.each<[ApplicationType, ExitReason, unknown]>([
    ['temporary', 'boom', 'boom'],
    ['transient', 'normal', 'normal'],
  ])('"this is reported" (%s, %s)', async (type, reason, exited) => {
    const facts: object[] = []
    const other: Node = createNode({
      logger: { ...silentLogger, info: (report) => void facts.push(report), error: (report) => void facts.push(report) },
    })
    await other.run(() => application.start(plain('a', { type })))
    other.send('a top', reason)
    await new Promise((resolve) => setImmediate(resolve))
    expect(facts).toContainEqual(expect.objectContaining({ label: 'application', application: 'a', type, exited }))
    await other.stop()
  })
  test('"Notice that an application can always be stopped explicitly by calling stop/1. Regardless of the type of the application, no other applications are affected."', async () => {
    for (const type of ['permanent', 'transient', 'temporary'] as const) {
      await start(plain('a', { type }))
      await start(plain(`b ${type}`))
      await stop('a')
    }
    expect(running()).toEqual(['b temporary', 'b transient', 'b permanent'])
  })
  test('"Notice also that the transient type is of little practical use, because when a supervision tree terminates, the reason is set to shutdown, not normal."', async () => {
    await start(plain('other'))
    await start(tree('a', { type: 'transient' }))
    await at(() => supervisor.stop('a top', 'shutdown'))
    await node.settle()
    expect(running()).toEqual([])
  })
})

describe('stop/1', () => {
  const noisy = (name: string): Application =>
    tree(name, { prepStop: (state) => (log.push('prepStop'), state), stop: () => void log.push('stop') })

  test('"Stops Application." "stop(Application) -> ok | {error, Reason}"', async () => {
    await start(plain('a'))
    expect([await stop('a'), await stop('a'), running()]).toEqual(['ok', ['error', ['not_started', 'a']], []])
  })
  test('"The application master calls Module:prep_stop/1, if such a function is defined, and then tells the top supervisor of the application to shut down (see supervisor(3erl))." "After the shutdown, the application master calls Module:stop/1."', async () => {
    await start(noisy('a'))
    log = []
    await stop('a')
    expect(log).toEqual(['prepStop', 'a 2 ends', 'a 1 ends', 'stop'])
  })
  test('"This means that the entire supervision tree, including included applications, is terminated in reversed start order."', async () => {
    const inner = {
      id: 'inner',
      type: 'supervisor' as const,
      start: () => supervisor.startLink({ children: [child('1', worker, 'i 1'), child('2', worker, 'i 2')] }),
    }
    const children = [child('1', worker, 'a 1'), inner, child('2', worker, 'a 2')]
    await start({ name: 'a', start: () => supervisor.startLink({ children }) })
    const begun = log.map((line) => String(line).replace(' begins', ''))
    log = []
    await stop('a')
    expect(log.map((line) => String(line).replace(' ends', ''))).toEqual(begun.toReversed())
  })
  test('"Last, the application master terminates."', async () => {
    let alive: boolean | undefined
    await start(plain('a', { stop: (_state, self) => void (alive = self.isAlive(self.pid)) }))
    const master = node.processInfo(node.whereis('a top') as Pid, 'parent') as Pid
    await stop('a')
    expect([alive, node.isAlive(master)]).toEqual([true, false])
  })
  test('"When stopped, the application is still loaded.": it can be started again', async () => {
    const a = plain('a')
    await start(a)
    await stop('a')
    expect(await start(a)).toBe('ok')
  })
})

describe('which_applications/0', () => {
  test('"Returns a list with information about the applications that are currently running."', async () => {
    await start(plain('a'))
    await start(plain('b'))
    await start(plain('c'))
    await stop('b')
    expect(running()).toEqual(['c', 'a'])
  })
  test('"Application is the application name. Description and Vsn are the values of their description and vsn application specification keys, respectively."', async () => {
    await start(plain('a', { description: 'does it', version: '1.2' }))
    await start(plain('b'))
    expect(at(() => application.whichApplications())).toEqual([
      { name: 'b', description: '', version: '' },
      { name: 'a', description: 'does it', version: '1.2' },
    ])
  })
})

describe('Module:start/2', () => {
  test('"This function is called whenever an application is started using start/1,2, and is to start the processes of the application."', async () => {
    let calls = 0
    const a: Application = { name: 'a', start: (self) => (calls++, ['ok', self.spawnLink(idle)]) }
    await start(a)
    await start(a)
    await stop('a')
    await ensureAll(a)
    expect(calls).toBe(2)
  })
  test('"If the application is structured according to the OTP design principles as a supervision tree, this means starting the top supervisor of the tree."', async () => {
    await start(tree('a'))
    expect(await at(() => supervisor.countChildren('a top'))).toMatchObject({ active: 2, workers: 2 })
  })
  /** What `prepStop` and `stop` of an application get whose start answers with these. */
  async function passed(...state: unknown[]): Promise<unknown[]> {
    const seen: unknown[] = []
    await start({
      name: 'a',
      start: (self) => ['ok', self.spawnLink(idle), ...state] as never,
      prepStop: (given) => (seen.push(given), 'prepared'),
      stop: (given) => void seen.push(given),
    })
    await stop('a')
    return seen
  }
  test('"The function is to return {ok,Pid} or {ok,Pid,State}, where Pid is the pid of the top supervisor and State is any term." "If the application is stopped later, State is passed to Module:prep_stop/1."', async () => {
    expect(await passed({ any: 'term' })).toEqual([{ any: 'term' }, 'prepared'])
  })
  test('differs: "If omitted, State defaults to []." Here to undefined', async () => {
    expect(await passed()).toEqual([undefined, 'prepared'])
  })
})

describe('Module:prep_stop/1', () => {
  test('"This function is called when an application is about to be stopped, before shutting down the processes of the application."', async () => {
    let top: Pid | undefined
    await start(plain('a', { prepStop: (state) => ((top = node.whereis('a top')), state) }))
    await stop('a')
    expect([top === undefined, node.whereis('a top')]).toEqual([false, undefined])
  })
  test('"NewState is any term and is passed to Module:stop/1."', async () => {
    let given: unknown
    await start(plain('a', { prepStop: () => 'new', stop: (state) => void (given = state) }))
    await stop('a')
    expect(given).toBe('new')
  })
  test('"The function is optional. If it is not defined, the processes are terminated and then Module:stop(State) is called."', async () => {
    const seen: unknown[] = []
    await start({
      name: 'a',
      start: (self) => ['ok', self.spawnLink(idle, { name: 'a top' }), 'state'],
      stop: (state) => void seen.push(state, node.whereis('a top')),
    })
    await stop('a')
    expect(seen).toEqual(['state', undefined])
  })
})

describe('Module:stop/1', () => {
  test('"This function is called whenever an application has stopped.": also when it has ended by itself', async () => {
    await start(plain('a', { stop: () => void log.push('stop') }))
    node.send('a top', 'boom')
    await node.settle()
    expect(log).toEqual(['stop'])
  })
  test('"The return value is ignored."', async () => {
    await start(plain('a', { stop: () => ['error', 'nobody cares'] as never }))
    expect(await stop('a')).toBe('ok')
  })
  test('"State is the return value of Module:prep_stop/1, if such a function exists. Otherwise State is taken from the return value of Module:start/2."', async () => {
    const seen: unknown[] = []
    for (const prepStop of [() => 'of prepStop', undefined]) {
      await start({
        name: 'a',
        start: (self) => ['ok', self.spawnLink(idle), 'of start'],
        ...(prepStop && { prepStop }),
        stop: (state) => void seen.push(state),
      })
      await stop('a')
    }
    expect(seen).toEqual(['of prepStop', 'of start'])
  })
})

const ENV = 'no environment of applications: configuration is an argument of `start`'
const DISTRIBUTED = 'distribution comes with the cluster'
const LOADED = 'an application is an object that is imported: nothing is loaded'
const LEADER = 'there are no group leaders: a process that is not linked into the tree lives on'
/** Sentences that promise something that cannot be here, and why. */
const NOT_HERE: readonly (readonly [sentence: string, why: string])[] = [
  ['Optional dependencies will also be loaded and started if they are available.', LOADED],
  [
    'The application controller checks the value of the application specification key applications, to ensure that all applications needed to be started before this application are running.',
    'start starts them itself; one that is named by its text must run, see not_started above',
  ],
  ['It ensures that any included applications are loaded, but does not start them.', LOADED],
  [
    'ensure_started/1: "Equivalent to start/1,2 except it returns ok for already started applications."',
    'ensureAllStarted does it',
  ],
  ['get_env/1,2,3, set_env/1,2,3,4, unset_env/2,3, get_all_env/0,1', ENV],
  ['get_key/1,2, get_all_key/0,1', 'the keys are those of the object'],
  ['get_application/0,1: "Returns the name of the application to which the process Pid or the module Module belongs."', LEADER],
  ['load/1,2, unload/1, loaded_applications/0', LOADED],
  ['If it is not loaded, the application controller first loads it using load/1.', LOADED],
  ['permit/2: "Changes the permission for Application to run at the current node."', DISTRIBUTED],
  ['takeover/2: "Takes over the distributed application Application, which executes at another node Node."', DISTRIBUTED],
  ['To stop a distributed application, stop/1 must be called on all nodes where it can execute', DISTRIBUTED],
  ['The application master becomes the group leader of all the processes in the application.', LEADER],
  [
    'Notice that all processes with the application master as group leader, that is, processes spawned from a process belonging to the application, are also terminated.',
    LEADER,
  ],
  ['StartType defines the type of start: normal, {takeover,Node}, {failover,Node}', DISTRIBUTED],
  [
    'start_type/0: "This function is intended to be called by a process belonging to an application, when the application is started"',
    DISTRIBUTED,
  ],
  [
    'Module:start_phase/3: "Starts an application with included applications"',
    'there are no included applications: they are dependencies',
  ],
  [
    'Module:config_change/3: "This function is called by an application after a code replacement, if the configuration parameters have changed."',
    'code is not replaced in a running program',
  ],
  ['which_applications/0 uses the standard gen_server time-out value (5000 ms).', 'whichApplications answers at once'],
]
test.each(NOT_HERE)('not here: %s', (sentence, why) => {
  expect([sentence, why].every((text) => text.length > 10)).toBe(true)
})
