// How a supervisor takes what start functions do and answer, in its init, for startChild, and at a restart; and `child`.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AnyPid,
  child,
  type ChildSpec,
  dynamicSupervisor,
  genServer,
  isExit,
  named,
  nocatch,
  type Pid,
  type Receiver,
  self as runningSelf,
  spawn,
  supervisor,
  type SupervisorPid,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { thrownBy } from '../runtime/inside.js'
import { trees, type Tree } from './tree.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode()
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const startChild = (sup: SupervisorPid, spec: ChildSpec): Promise<any> => at(() => supervisor.startChild(sup, spec))
const idle = async (self: Receiver<any>): Promise<void> => void (await self.receive('never'))
const linked = (self: Receiver): Pid => self.spawnLink(idle)
/** A promise that a test settles by hand. */
function gate<T>(): { readonly promise: Promise<T>; readonly open: (value: T) => void } {
  let open: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => (open = resolve))
  return { promise, open: (value) => open(value) }
}
const boom = (): never => {
  throw new Error('boom')
}

const THEN = ['th', 'en'].join('') // no-thenable: here it is what is tested
const CRASH = (what: RegExp): unknown =>
  expect.objectContaining({ value: expect.objectContaining({ message: expect.stringMatching(what) }) })
/** Starts that fail, and the reason that is made of each. */
const FAILING: readonly [what: string, start: (self: Receiver) => unknown, reason: unknown][] = [
  ['an error tuple', () => ['error', 'no_disk'], 'no_disk'],
  ['an error tuple, later', async () => ['error', 'no_disk'], 'no_disk'],
  ['a throw', boom, ['EXIT', CRASH(/boom/)]],
  ['a rejection', async () => boom(), ['EXIT', CRASH(/boom/)]],
  ['exit', (self) => self.exit('enough'), ['EXIT', 'enough']],
  ['exit, later', async (self) => self.exit('enough'), ['EXIT', 'enough']],
  ['nocatch of an error', () => nocatch(['error', 'thrown']), 'thrown'],
  ['nocatch of a word', async () => nocatch('thrown'), 'thrown'],
  ['nothing', () => undefined, undefined],
  ['null', async () => null, null],
  ['a number', () => 42, 42],
  ['ok alone', () => 'ok', 'ok'],
  ['ok without a pid', () => ['ok'], ['ok']],
  ['ok with something else', () => ['ok', 'pid'], ['ok', 'pid']],
  ['ok with an object that looks like a pid', () => ['ok', { node: 'n', id: 1 }], ['ok', { node: 'n', id: 1 }]],
  ['a pid without ok', (self) => self.pid, expect.anything()],
  ['too much', (self) => ['ok', self.pid, 1, 2], expect.arrayContaining(['ok', 1, 2])],
  ['ignore with more', () => ['ignore', 1], ['ignore', 1]],
  ['an empty list', () => [], []],
  ['a promise of a promise of nothing', async () => Promise.resolve(undefined), undefined],
  ['a revoked proxy', revoked, ['EXIT', CRASH(/revoked/)]],
  ['a revoked proxy, thrown', () => nocatch(revoked()), CRASH(/revoked/)],
  ['what throws when it is awaited', () => ({ [THEN]: boom }), ['EXIT', CRASH(/boom/)]],
  ['what throws when it is looked at', () => Object.defineProperty({}, THEN, { get: boom }), ['EXIT', CRASH(/boom/)]],
]
/** Those that are no answer of a start function at all. */
const NO_ANSWER: readonly string[] = [
  'nothing',
  'null',
  'a number',
  'ok alone',
  'ok without a pid',
  'ok with something else',
  'ok with an object that looks like a pid',
  'a pid without ok',
  'too much',
  'ignore with more',
  'an empty list',
  'a promise of a promise of nothing',
]
const ALLOWED = "must return ['ok', pid], ['ok', pid, info], ['error', reason] or ['ignore'], got"
function revoked(): object {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

describe('a start that fails', () => {
  test.each(FAILING)('%s: the supervisor does not come up, and says why', async (what, start, reason) => {
    tree.next('b', start)
    const answer = await at(() => supervisor.start({ children: [tree.child('a'), tree.child('b')] }))
    expect(answer).toEqual(['error', ['shutdown', ['failed_to_start_child', 'b', reason]]])
    expect(tree.log).toEqual(['+a', '-a shutdown'])
    const errors = tree.reports.filter(({ level }) => level === 'error')
    expect(errors.at(-1)).toMatchObject({ facts: { errorContext: 'start_error' } })
    const words = errors.slice(0, -1).map(({ text }) => text)
    expect(words).toEqual(words.map(() => expect.stringContaining(ALLOWED)))
    expect(words).toHaveLength(NO_ANSWER.includes(what) ? 1 : 0)
  })

  test.each(NO_ANSWER)('%s: startChild reports what was allowed', async (what) => {
    const start = FAILING.find(([name]) => name === what)?.[1] as ChildSpec['start']
    const sup = await tree.start({ children: [] })
    await startChild(sup, { id: 'b', start })
    expect(tree.reports.map(({ text }) => text)).toContainEqual(expect.stringContaining(ALLOWED))
  })

  test.each(FAILING)('%s: startChild says why, the supervisor lives on', async (_what, start, reason) => {
    const sup = await tree.start({ children: [tree.child('a')] })
    const answer = await startChild(sup, { id: 'b', start: start as ChildSpec['start'] })
    expect(answer).toEqual(['error', [reason, expect.objectContaining({ id: 'b' })]])
    expect(await tree.which(sup)).toEqual([['a', tree.pid('a')]])
  })

  test.each(FAILING)('%s: at a restart it is tried again', async (_what, start) => {
    const sup = await tree.start({ intensity: 3, children: [tree.child('a')] })
    tree.next('a', start, start)
    await tree.end('a', 'boom')
    expect(await tree.which(sup)).toEqual([['a', tree.pid('a')]])
    expect(tree.isUp('a')).toBe(true)
    expect(tree.log).toEqual(['+a', '-a boom', '+a'])
  })
})

describe('a start that takes its time', () => {
  test('is waited for; what comes meanwhile waits in the mailbox, in order', async () => {
    const sup = await tree.start({ intensity: 5, children: [tree.child('a'), tree.child('b')] })
    const { promise, open } = gate<unknown>()
    let pid: Pid | undefined
    const slow = startChild(sup, {
      id: 'c',
      async start(self) {
        await promise
        pid = self.run(() => spawn(idle, { link: true })) // after an await the supervisor is the running process only inside run
        return ['ok', pid]
      },
    })
    await tree.end('a', 'boom')
    const which = tree.which(sup)
    await node.advance(60_000)
    expect(tree.log).toEqual(['+a', '+b', '-a boom'])
    open(undefined)
    expect(await slow).toEqual(['ok', pid])
    expect((await which).map(([id]) => id)).toEqual(['c', 'b', 'a'])
    expect([tree.log, node.processInfo(sup, 'links')]).toEqual([['+a', '+b', '-a boom', '+a'], expect.arrayContaining([pid])])
  })

  test('and never ends: a killed supervisor takes the others with it, who asked hears of it', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    const asked = startChild(sup, { id: 'b', start: () => new Promise(() => undefined) })
    const late = tree.which(sup)
    node.exit(sup, 'kill')
    await expect(asked).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'killed' })
    await expect(late).rejects.toMatchObject({ reason: 'killed' })
    expect(tree.log).toEqual(['+a', '-a killed'])
  })

  test('and never ends: who starts the supervisor hears of its end', async () => {
    let sup: AnyPid | undefined
    tree.next('a', (self: Receiver) => ((sup = self.pid), new Promise(() => undefined)))
    const started = at(() => supervisor.start({ children: [tree.child('a')] }))
    await node.settle()
    node.exit(sup as AnyPid, 'kill')
    expect(await started).toEqual(['error', 'killed'])
  })

  test('and ends after its supervisor has: nothing comes of it, and nothing is reported', async () => {
    const { promise, open } = gate<void>()
    let late: Pid | undefined
    const sup = await tree.start({ children: [] })
    void startChild(sup, {
      id: 'a',
      async start(self) {
        await promise
        late = self.run(() => spawn(idle, { link: true, name: 'late' }))
        return ['ok', late]
      },
    }).catch(() => undefined)
    await node.settle()
    node.exit(sup, 'kill')
    open()
    await node.settle()
    expect(late).toBeUndefined()
    expect([node.whereis('late'), node.processes(), tree.reports]).toEqual([undefined, [], []])
  })
})

describe('a pid that is dead already', () => {
  test('linked: its end is heard of, and it is started again until that is too much', async () => {
    const starts: Pid[] = []
    const start = (self: Receiver): ['ok', Pid] => {
      const pid = linked(self)
      starts.push(pid)
      node.exit(pid, 'kill')
      return ['ok', pid]
    }
    const answer = await at(() => supervisor.start({ intensity: 3, children: [{ id: 'a', start }] }))
    await node.settle()
    expect([answer[0], starts.length, node.isAlive(answer[1] as AnyPid)]).toEqual(['ok', 4, false])
  })

  test('not linked: nobody hears of its end; it is listed and does not count', async () => {
    const start = (): ['ok', Pid] => {
      const pid = node.spawn(idle)
      node.exit(pid, 'kill')
      return ['ok', pid]
    }
    const sup = await tree.start({ children: [{ id: 'a', start }] })
    expect(await tree.which(sup)).toEqual([['a', expect.anything()]])
    expect(await at(() => supervisor.countChildren(sup))).toEqual({ specs: 1, active: 0, supervisors: 0, workers: 1 })
    expect(await at(() => supervisor.terminateChild(sup, 'a'))).toBe('ok')
    expect(tree.reports.at(-1)?.facts).toMatchObject({ errorContext: 'shutdown_error', reason: 'noproc' })
  })
})

describe('a child that is not linked, because it was made by start instead of startLink', () => {
  const ended: string[] = []
  const polite = (id: string): any => ({
    init: (_arg: void, self: Receiver) => (self.trapExit(true), ['ok', 0]),
    terminate: (reason: unknown) => void ended.push(`${id} ${String(reason)}`),
  })
  const unlinked = (id: string, fields: object = {}): ChildSpec => ({ id, start: () => genServer.start(polite(id)), ...fields })
  const warnings = (): unknown[] =>
    tree.reports.filter(({ level }) => level === 'warn').map(({ facts, text }) => [facts['label'], facts['errorContext'], text])
  const NOT_LINKED = ['supervisor', 'not_linked', expect.stringMatching(/child 'a' .*startLink/)]
  const stopped = async (sup: SupervisorPid): Promise<boolean> => {
    let over = false
    void at(() => supervisor.stop(sup)).then(() => (over = true))
    await node.settle()
    return over
  }
  beforeEach(() => void (ended.length = 0))

  test('is reported, which child and what to use: at the first start, of startChild, at a restart', async () => {
    const sup = await tree.start({ intensity: 5, strategy: 'oneForAll', children: [unlinked('a'), tree.child('b')] })
    expect(warnings()).toEqual([NOT_LINKED])
    const [[, pid]] = (await tree.which(sup)).toReversed() as [[unknown, AnyPid]]
    expect(tree.reports.find(({ level }) => level === 'warn')?.facts).toMatchObject({
      supervisor: String(sup),
      offender: { id: 'a', pid: String(pid), restart: 'permanent' },
    })
    await tree.end('b', 'boom')
    expect(warnings()).toEqual([NOT_LINKED, NOT_LINKED])
    await startChild(sup, { ...unlinked('c'), start: async () => genServer.start(polite('c')) })
    expect(warnings()).toHaveLength(3)
    const dynamic = unwrap(await at(() => dynamicSupervisor.start()))
    await at(() => dynamicSupervisor.startChild(dynamic, unlinked('a')))
    expect(warnings().slice(3)).toEqual([NOT_LINKED])
  })

  test('nothing is reported of linked ones, of what was ignored or failed, and when the supervisor ended meanwhile', async () => {
    const { promise, open } = gate<void>()
    const sup = await tree.start({ children: [tree.child('a'), { id: 'b', start: () => ['ignore'] }] })
    await startChild(sup, { id: 'c', start: () => ['error', 'no'] })
    void startChild(sup, { id: 'd', start: async () => (await promise, ['ok', node.spawn(idle)] as const) }).catch(
      () => undefined,
    )
    await node.settle()
    node.exit(sup, 'kill')
    open()
    await node.settle()
    expect(warnings()).toEqual([])
  })

  test('a supervisor, whose shutdown is infinity, ends in order with its tree: the stop of the one above does not hang', async () => {
    const inner: ChildSpec = {
      id: 'inner',
      type: 'supervisor',
      start: () => supervisor.start({ children: [tree.child('a'), tree.child('b')] }),
    }
    const sup = await tree.start({ children: [inner] })
    expect([await stopped(sup), tree.log]).toEqual([true, ['+a', '+b', '-b shutdown', '-a shutdown']])
    expect(node.processes()).toEqual([])
  })

  test('a server that traps exits ends with its terminate, also when it is suspended or was linked by hand', async () => {
    const byHand = async (self: Receiver): Promise<any> => {
      const started = await self.run(() => genServer.start(polite('c')))
      self.link((started as any)[1])
      return started
    }
    const children = ['a', 'b'].map((id) => unlinked(id, { shutdown: 'infinity' }))
    const sup = await tree.start({ children: [...children, { id: 'c', start: byHand, shutdown: 'infinity' }] })
    const [, [, b]] = (await tree.which(sup)) as [unknown, [unknown, Pid]]
    await at(() => sys.suspend(b))
    expect([await stopped(sup), ended]).toEqual([true, ['c shutdown', 'b shutdown', 'a shutdown']])
  })

  test('of a dynamic supervisor: the same', async () => {
    const sup = unwrap(await at(() => dynamicSupervisor.start()))
    for (const id of ['a', 'b']) await at(() => dynamicSupervisor.startChild(sup, unlinked(id, { shutdown: 'infinity' })))
    expect([await stopped(sup), ended.toSorted()]).toEqual([true, ['a shutdown', 'b shutdown']])
  })

  test('a server that does not trap exits dies of the exit signal, brutalKill kills, without a terminate', async () => {
    const plain = { init: (): any => ['ok', 0], terminate: () => void ended.push('plain') }
    const sup = await tree.start({
      children: [{ id: 'a', start: () => genServer.start(plain) }, unlinked('b', { shutdown: 'brutalKill' })],
    })
    expect([await stopped(sup), ended, node.processes()]).toEqual([true, [], []])
  })

  test('a plain process that traps exits hears of the signal and decides; its time limit holds', async () => {
    const heard: unknown[] = []
    const deaf = (): any => [
      'ok',
      node.spawn(
        async (me: Receiver<any>) => {
          for (;;) heard.push(await me.receive(isExit))
        },
        { trapExit: true },
      ),
    ]
    const sup = await tree.start({ children: [{ id: 'a', start: deaf, shutdown: 100 }] })
    expect([await stopped(sup), heard]).toMatchObject([false, [{ type: 'EXIT', pid: sup, reason: 'shutdown' }]])
    await node.advance(100)
    expect(node.processes()).toEqual([])
  })
})

describe('what a start function gets', () => {
  test('it runs inside the supervisor, whose Self is its argument', async () => {
    const seen: unknown[] = []
    const start = (...args: [Receiver]): ['ignore'] => {
      seen.push(args.length, args[0].pid, runningSelf())
      return ['ignore']
    }
    const sup = await tree.start({ children: [{ id: 'a', start }] })
    expect(seen).toEqual([1, sup, sup])
  })

  test("what it answers besides the pid is handed to startChild's caller, and to nobody else", async () => {
    const sup = await tree.start({ children: [] })
    const answer = await startChild(sup, { id: 'a', start: async (self) => ['ok', linked(self), { port: 80 }] })
    expect(answer).toEqual(['ok', expect.anything(), { port: 80 }])
    expect(await at(() => supervisor.whichChildren(sup))).toEqual([{ id: 'a', pid: answer[1], type: 'worker' }])
  })

  test('a name is free again before the child is restarted', async () => {
    for (const strategy of ['oneForOne', 'restForOne', 'oneForAll'] as const) {
      const children = ['a', 'b'].map((id) => tree.child(id, { name: `${strategy} ${id}`, manner: 'polite' }))
      await tree.start({ strategy, children })
      node.exit(tree.pid('a'), 'kill')
      await node.advance(100)
      expect(node.whereis(`${strategy} a`)).toBe(tree.pid('a'))
      expect(node.whereis(`${strategy} b`)).toBe(tree.pid('b'))
    }
    expect(tree.reports.filter(({ facts }) => facts['errorContext'] === 'start_error')).toEqual([])
  })

  test('a name that a stranger holds: already_started, again and again, until that is too much', async () => {
    const stranger = node.spawn(idle, { name: 'taken' })
    const spec = child('a', { init: () => ['ok', 0] }, undefined, { name: 'taken' })
    const answer = await at(() => supervisor.start({ children: [spec] }))
    expect(answer).toEqual(['error', ['shutdown', ['failed_to_start_child', 'a', ['already_started', stranger]]]])
  })
})

describe('child', () => {
  const counter = {
    init: (n: number): ['ok', number] => ['ok', n],
    handleCall: (_get: unknown, _from: unknown, n: number): any => ['reply', n, n],
  }

  test('an argument that is a function is called at each start, any other is used as it is', async () => {
    let n = 0
    const children = [child('counted', counter, () => ++n, { name: 'counted' }), child('fixed', counter, 7, { name: 'fixed' })]
    await tree.start({ intensity: 9, children })
    const values = async (): Promise<unknown[]> =>
      Promise.all(['counted', 'fixed'].map((name) => at(() => genServer.call(named<any>(name), { type: 'get' }))))
    expect(await values()).toEqual([1, 7])
    for (const name of ['counted', 'fixed']) node.exit(node.whereis(name) as Pid, 'kill')
    await node.settle()
    expect(await values()).toEqual([2, 7])
  })

  test('an argument that is meant to be a function stands in a function that gives it', async () => {
    const caller = {
      init: (fn: () => string): any => ['ok', fn],
      handleCall: (_r: unknown, _f: unknown, fn: any): any => ['reply', fn(), fn],
    }
    await tree.start({ children: [child('a', caller, () => () => 'called', { name: 'caller' })] })
    expect(await at(() => genServer.call(named<any>('caller'), { type: 'get' }))).toBe('called')
  })

  test('its options are those of the spec and of startLink', async () => {
    const options = {
      name: 'c',
      timeoutMs: 100,
      restart: 'transient',
      shutdown: 10,
      type: 'supervisor',
      significant: true,
    } as const
    const spec = child('c', counter, 0, options)
    expect(spec).toEqual({
      id: 'c',
      start: expect.any(Function),
      restart: 'transient',
      shutdown: 10,
      type: 'supervisor',
      significant: true,
    })
    expect(child('d', counter, 0)).toEqual({ id: 'd', start: expect.any(Function) })
  })

  test('timeoutMs bounds its init', async () => {
    const slow = { init: async (_arg: void, self: Receiver): Promise<['ok', number]> => (await self.sleep(1000), ['ok', 0]) }
    const started = at(() => supervisor.start({ children: [child('slow', slow, undefined, { timeoutMs: 100 })] }))
    await node.advance(100)
    expect(await started).toEqual(['error', ['shutdown', ['failed_to_start_child', 'slow', 'timeout']]])
  })

  test('a module or an option that cannot be is refused at once', () => {
    const codes = [
      thrownBy(() => child('c', counter, 0, { restrat: 'permanent' } as object)),
      thrownBy(() => child('c', { init: 7 } as never)),
    ].map(({ code }) => code)
    expect(codes).toEqual(['GENSOCK_ERR_UNKNOWN_OPTION', 'GENSOCK_ERR_BADARG'])
  })
})
