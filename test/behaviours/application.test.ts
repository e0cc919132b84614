// Applications: order of start and stop, what a failing start leaves, what the end of one means for others, programs that run one.
import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  type AnyPid,
  type Application,
  application,
  child,
  createNode,
  type ExitReason,
  genServer,
  type Pid,
  type Receiver,
  silentLogger,
  type StartResult,
  supervisor,
  sys,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { type Host, runApplication, runOptions } from '../../src/behaviours/application-run.js'
import { kernelOf } from '../../src/runtime/node.js'
import { bundled } from '../bundle.js'
import { idle, inside, thrownBy } from '../runtime/inside.js'

let node: TestNode
let log: unknown[]
beforeEach(() => {
  node = testNode()
  log = []
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const start = (app: Application): Promise<unknown> => at(() => application.start(app))
const startAll = (app: Application): Promise<unknown> => at(() => application.ensureAllStarted(app))
const stop = (app: Application | string): Promise<unknown> => at(() => application.stop(app))
const running = (): string[] => at(() => application.whichApplications()).map(({ name }) => name)
const top = (name: string): Pid => node.whereis(`${name} top`) as Pid

/** A server that tells of its start and of its end. */
const worker = {
  init(name: string, self: Receiver): ['ok', string] {
    self.trapExit(true)
    log.push(`${name} begins`)
    return ['ok', name]
  },
  terminate: (_reason: ExitReason, name: string) => void log.push(`${name} ends`),
}
/** An application with a supervisor `<name> top` and two workers. */
function app(name: string, more: Partial<Application> = {}): Application {
  return {
    name,
    start: () =>
      supervisor.startLink(
        { children: [child('1', worker, `${name} 1`), child('2', worker, `${name} 2`)] },
        { name: `${name} top` },
      ),
    ...more,
  }
}
/** An application of one linked process. */
function plain(name: string, more: Partial<Application> = {}): Application {
  return { name, start: (self) => ['ok', self.spawnLink(idle, { name: `${name} top` })], ...more }
}
const failing = (name: string, more: Partial<Application> = {}): Application => ({
  name,
  start: () => ['error', 'broken'],
  ...more,
})

describe('start', () => {
  test('starts the top supervisor in a process of the application, which is its parent and linked', async () => {
    expect(await start(app('a'))).toBe('ok')
    expect(log).toEqual(['a 1 begins', 'a 2 begins'])
    const parent = node.processInfo(top('a'), 'parent') as Pid
    expect(node.processInfo(top('a'), 'links')).toContain(parent)
    expect(await at(() => sys.getStatus(parent))).toMatchObject({
      behaviour: 'application_master',
      state: { application: 'a', top: top('a') },
    })
    expect(running()).toEqual(['a'])
  })

  test('what it needs starts before it, each once, however often it is needed', async () => {
    const base = plain('base')
    const left = plain('left', { dependencies: [base] })
    const right = plain('right', { dependencies: [base, left] })
    expect(await start(plain('all', { dependencies: [right, left] }))).toBe('ok')
    expect(running()).toEqual(['all', 'right', 'left', 'base'])
  })

  test('one that runs already answers already_started, and nothing else is started', async () => {
    await start(plain('a'))
    expect(await start(plain('a', { dependencies: [plain('b')] }))).toEqual(['error', ['already_started', 'a']])
    expect(running()).toEqual(['a'])
  })

  test('a name among the dependencies must run already', async () => {
    const needy = plain('needy', { dependencies: ['base'] })
    expect(await start(needy)).toEqual(['error', ['not_started', 'base']])
    await start(plain('base'))
    expect([await start(needy), running()]).toEqual(['ok', ['needy', 'base']])
  })

  test('what an application needs is not looked at when it runs: it may have stopped since', async () => {
    const base = plain('base')
    const a = plain('a', { dependencies: [base] })
    await start(a)
    await stop(base)
    expect([await startAll(plain('b', { dependencies: [a] })), running()]).toEqual([
      ['ok', ['b']],
      ['b', 'a'],
    ])
  })

  test('two who start the same at once get the same answer, and it starts once', async () => {
    let starts = 0
    const slow: Application = {
      name: 'slow',
      async start(self) {
        starts++
        await self.sleep(100)
        return ['ok', self.spawnLink(idle)]
      },
    }
    const both = Promise.all([start(slow), startAll(plain('other', { dependencies: [slow] }))])
    await node.advance(100)
    expect([await both, starts]).toEqual([['ok', ['ok', ['other']]], 1])
  })

  test('ensureAllStarted names what it has started, in that order; twice it is nothing', async () => {
    const a = plain('a', { dependencies: [plain('b')] })
    expect([await startAll(a), await startAll(a)]).toEqual([
      ['ok', ['b', 'a']],
      ['ok', []],
    ])
  })

  test('a start may be async; a third element of its answer goes to prepStop and stop', async () => {
    const seen: unknown[] = []
    await start({
      name: 'a',
      async start(self) {
        await Promise.resolve()
        return ['ok', self.run(() => self.spawnLink(idle)), { n: 1 }]
      },
      prepStop: (state: { n: number }) => (seen.push(['prepStop', state]), { n: state.n + 1 }),
      stop: (state: { n: number }) => void seen.push(['stop', state]),
    })
    await stop('a')
    expect(seen).toEqual([
      ['prepStop', { n: 1 }],
      ['stop', { n: 2 }],
    ])
  })

  test('a process that calls start is not linked to the application', async () => {
    const answer = await inside(node, () => application.start(plain('a')))
    expect([answer, running()]).toEqual(['ok', ['a']])
  })

  test('an application may start others in its start', async () => {
    const outer: Application = {
      name: 'outer',
      start: async (self) => (await self.run(() => application.start(plain('inner'))), ['ok', self.spawnLink(idle)]),
    }
    expect([await start(outer), running()]).toEqual(['ok', ['outer', 'inner']])
  })
})

describe('a start that fails', () => {
  test('stops what it has started, last first, and nothing else', async () => {
    const [one, two, three] = [app('one'), app('two'), app('three')]
    await start(one)
    log = []
    const answer = await start(failing('bad', { dependencies: [one, two, three] }))
    expect([answer, running()]).toEqual([['error', 'broken'], ['one']])
    expect(log.slice(4)).toEqual(['three 2 ends', 'three 1 ends', 'two 2 ends', 'two 1 ends'])
  })

  test('of one that it needs is named', async () => {
    const a = plain('a', { dependencies: [plain('fine'), failing('bad')] })
    expect([await start(a), await startAll(a), running()]).toEqual([
      ['error', ['bad', 'broken']],
      ['error', ['bad', 'broken']],
      [],
    ])
    expect(await startAll(failing('bad'))).toEqual(['error', ['bad', 'broken']])
  })

  const boom = (): never => {
    throw new Error('boom')
  }
  test.each<[string, (self: Receiver) => unknown, unknown]>([
    ['throws', boom, ['EXIT', expect.objectContaining({ error: expect.objectContaining({ message: 'boom' }) })]],
    ['rejects', async () => boom(), ['EXIT', expect.objectContaining({ error: expect.objectContaining({ message: 'boom' }) })]],
    ['calls exit', (self) => self.exit('why'), ['EXIT', 'why']],
    ['answers nothing', () => undefined, undefined],
    ['answers ignore', () => ['ignore'], ['ignore']],
    ['answers a pid', (self) => self.pid, expect.anything()],
    ['answers ok without a pid', () => ['ok', 5], ['ok', 5]],
    ['answers itself', (self) => ['ok', self.pid], expect.anything()],
  ])('a start that %s is bad_return', async (_how, begin, what) => {
    expect(await start({ name: 'a', start: begin as Application['start'] })).toEqual(['error', ['bad_return', ['a', what]]])
    expect([running(), await start(plain('a'))]).toEqual([[], 'ok'])
  })

  test('after it has started processes: they have ended when the answer comes', async () => {
    const answer = await start({
      name: 'a',
      async start(self) {
        await supervisorOf(self, 'a')
        self.run(() => self.spawnLink(idle, { name: 'helper' }))
        return ['error', 'second thoughts']
      },
    })
    expect([answer, log]).toEqual([
      ['error', 'second thoughts'],
      ['a 1 begins', 'a 2 begins', 'a 2 ends', 'a 1 ends'],
    ])
    expect([node.whereis('a top'), node.whereis('helper')]).toEqual([undefined, undefined])
    expect(await start(app('a'))).toBe('ok')
  })
  async function supervisorOf(self: Receiver, name: string): Promise<StartResult<AnyPid>> {
    return self.run(() => app(name).start(self)) as Promise<StartResult<AnyPid>>
  }

  test('a supervisor that does not start: its reason is the answer', async () => {
    node.expectCrash('no database')
    const bad = { init: () => ['stop', 'no database'] as const }
    const answer = await start({ name: 'a', start: () => supervisor.startLink({ children: [child('db', bad, undefined)] }) })
    expect(answer).toEqual(['error', ['shutdown', ['failed_to_start_child', 'db', 'no database']]])
  })

  test('a top process that is dead already: it has started, and ended', async () => {
    const dead = node.spawn(() => undefined)
    await node.settle()
    expect(await start({ name: 'a', start: () => ['ok', dead] })).toBe('ok')
    await node.settle()
    expect(running()).toEqual([])
  })
})

describe('stop', () => {
  test('prepStop, the children in reverse order, then stop; what it needs and what needs it run on', async () => {
    const base = plain('base')
    const a = app('a', {
      dependencies: [base],
      prepStop: (state) => (log.push('prepStop'), state),
      stop: () => void log.push('stop'),
    })
    await start(plain('above', { dependencies: [a] }))
    log = []
    expect(await stop(a)).toBe('ok')
    expect([log, running()]).toEqual([
      ['prepStop', 'a 2 ends', 'a 1 ends', 'stop'],
      ['above', 'base'],
    ])
    expect([await stop('a'), await stop('unknown')]).toEqual([
      ['error', ['not_started', 'a']],
      ['error', ['not_started', 'unknown']],
    ])
  })

  test('a stopped application can be started again', async () => {
    await start(app('a'))
    await stop('a')
    expect([await start(app('a')), running()]).toEqual(['ok', ['a']])
  })

  test('started again while it stops: it waits for the end first', async () => {
    let quick = false
    const slow = plain('a', { stop: (_state, self) => (quick ? undefined : self.sleep(100)) })
    await start(slow)
    const stopped = stop('a')
    const again = start(slow)
    const twice = stop('a')
    await node.advance(99)
    expect(running()).toEqual(['a'])
    quick = true
    await node.advance(1)
    expect([await stopped, await twice, await again]).toEqual(['ok', ['error', ['not_started', 'a']], 'ok'])
  })

  test('one that is starting is not started yet', async () => {
    const slow: Application = { name: 'slow', start: async (self) => (await self.sleep(100), ['ok', self.spawnLink(idle)]) }
    const started = start(slow)
    await node.settle()
    expect(await stop('slow')).toEqual(['error', ['not_started', 'slow']])
    await node.advance(100)
    expect(await started).toBe('ok')
  })

  test('shutdownTimeoutMs: a top process that takes longer is killed, and stop is called all the same', async () => {
    const stubborn = async (self: Receiver): Promise<void> => {
      self.trapExit(true)
      await self.receive((message) => message === 'never')
    }
    await start({
      name: 'a',
      shutdownTimeoutMs: 1000,
      start: (self) => ['ok', self.spawnLink(stubborn, { name: 'a top' })],
      stop: () => void log.push('stop'),
    })
    await node.settle()
    const stopped = stop('a')
    await node.advance(999)
    expect([node.isAlive(top('a')), log]).toEqual([true, []])
    await node.advance(1)
    expect([await stopped, log, node.whereis('a top')]).toEqual(['ok', ['stop'], undefined])
  })

  test('a prepStop or stop that throws or rejects is told of; the rest goes on, with the state before', async () => {
    for (const fail of [
      () => {
        throw new Error('boom')
      },
      () => Promise.reject(new Error('boom')),
    ]) {
      const seen: unknown[] = []
      await start({
        name: 'a',
        start: (self) => ['ok', self.spawnLink(idle, { name: 'a top' }), 'state'],
        prepStop: fail,
        stop: (state) => (seen.push(state), fail()),
      })
      expect([await stop('a'), seen, node.whereis('a top')]).toEqual(['ok', ['state'], undefined])
    }
  })

  test('sys sees the state of an application, and what it is replaced by goes to stop', async () => {
    const seen: unknown[] = []
    await start({
      name: 'a',
      start: (self) => ['ok', self.spawnLink(idle, { name: 'a top' }), 'before'],
      stop: (state) => void seen.push(state),
    })
    const master = node.processInfo(top('a'), 'parent') as Pid
    const replaced = await at(() => sys.replaceState(master, (state) => ({ ...state, state: 'after', application: 'other' })))
    expect(replaced).toEqual({ application: 'a', top: top('a'), state: 'after' })
    await stop('a')
    expect(seen).toEqual(['after'])
  })

  test('a controller that is killed takes its applications with it, in their own way; the next one starts anew', async () => {
    await start(app('a', { stop: () => void log.push('stop') }))
    log = []
    node.exit(node.whereis('application_controller') as Pid, 'kill')
    await node.settle()
    expect([log, running()]).toEqual([['a 2 ends', 'a 1 ends', 'stop'], []])
    expect(await start(app('a'))).toBe('ok')
  })

  describe('a controller that is killed leaves nobody waiting', () => {
    const killController = (): void => node.exit(node.whereis('application_controller') as Pid, 'kill')
    const slowly = (name: string): Application => ({
      name,
      start: async (self) => (await self.sleep(100), ['ok', self.spawnLink(idle)]),
    })

    test('who stops an application hears of its end, which comes in its own way', async () => {
      await start(plain('a', { stop: async (_state, self) => (await self.sleep(100), void log.push('a stopped')) }))
      const stopped = stop('a')
      await node.settle()
      killController()
      await node.advance(99)
      expect(log).toEqual([])
      await node.advance(1)
      expect([await stopped, log]).toEqual(['ok', ['a stopped']])
    })

    test('who starts one: the answer is an error with the reason, also for what it was needed for', async () => {
      const slow = slowly('slow')
      const asked = Promise.all([
        start(slow),
        start(slow),
        startAll(slow),
        start(plain('above', { dependencies: [plain('below'), slow] })),
      ])
      await node.settle()
      killController()
      expect(await asked).toEqual([
        ['error', 'killed'],
        ['error', 'killed'],
        ['error', ['slow', 'killed']],
        ['error', ['slow', 'killed']],
      ])
      await node.advance(100)
      expect([running(), node.processes()]).toEqual([[], []])
      expect(await start(plain('slow'))).toBe('ok')
    })

    test('who waits for the end of one to start it again', async () => {
      const a = plain('a', { stop: (_state, self) => self.sleep(100) })
      await start(a)
      const stopped = stop('a')
      const again = start(a)
      await node.settle()
      killController()
      await node.advance(100)
      expect([await stopped, await again, running()]).toEqual(['ok', ['error', 'noproc'], []])
    })

    test('those who are started, stopped and ended for others when the node is killed too', async () => {
      const never = (): Promise<never> => new Promise(() => undefined)
      await start(plain('a', { stop: never }))
      const asked = Promise.all([stop('a'), start({ name: 'b', start: never }), start(plain('a'))])
      await node.settle()
      await node.stop({ deadlineMs: 0 })
      expect(await asked).toEqual(['ok', ['error', 'killed'], ['error', 'shutdown']])
      node = testNode()
    })
  })

  test('the callbacks run in the process of the application', async () => {
    const pids: unknown[] = []
    await start({
      name: 'a',
      start: (self) => (pids.push(self.pid), ['ok', self.spawnLink(idle)]),
      prepStop: async (state, self) => {
        await Promise.resolve()
        pids.push(self.pid)
        return state
      },
      stop: (_state, self) => void pids.push(self.pid),
    })
    await stop('a')
    expect([pids.length, new Set(pids).size]).toEqual([3, 1])
  })

  test('a node that stops ends all applications in reverse order, callbacks included', async () => {
    const told = (name: string): Partial<Application> => ({ stop: () => void log.push(`${name} stopped`) })
    await start(app('b', { ...told('b'), dependencies: [app('a', told('a'))] }))
    log = []
    await node.stop()
    expect(log).toEqual(['b 2 ends', 'b 1 ends', 'b stopped', 'a 2 ends', 'a 1 ends', 'a stopped'])
    node = testNode()
  })
})

describe('an application that ends by itself', () => {
  test('when its top process ends: prepStop and stop are called, and it can be started again', async () => {
    const a = plain('a', { prepStop: (state) => (log.push('prepStop'), state), stop: () => void log.push('stop') })
    await start(a)
    node.exit(top('a'), 'kill')
    await node.settle()
    expect([log, running(), await start(a)]).toEqual([['prepStop', 'stop'], [], 'ok'])
  })

  test('another linked process is not the application', async () => {
    await start({
      name: 'a',
      start: (self) => (self.spawnLink(idle, { name: 'helper' }), ['ok', self.spawnLink(idle, { name: 'a top' })]),
    })
    node.exit(node.whereis('helper') as Pid, 'boom')
    await node.settle()
    expect(running()).toEqual(['a'])
  })

  test.each<[Application['type'], ExitReason, boolean]>([
    ['permanent', 'boom', true],
    ['permanent', 'normal', true],
    ['permanent', 'shutdown', true],
    ['transient', 'normal', false],
    ['transient', 'shutdown', true],
    ['transient', 'boom', true],
    ['temporary', 'boom', false],
    [undefined, 'boom', false],
  ])('%s with reason %s: are the others stopped? %s', async (type, reason, fatal) => {
    for (const name of ['first', 'second']) await start(app(name))
    const ends = async (self: Receiver): Promise<void> => self.exit((await self.receive()) as ExitReason)
    await start({ name: 'a', ...(type && { type }), start: (self) => ['ok', self.spawnLink(ends, { name: 'a top' })] })
    log = []
    node.send('a top', reason)
    await node.settle()
    expect(running()).toEqual(fatal ? [] : ['second', 'first'])
    expect(log).toEqual(fatal ? ['second 2 ends', 'second 1 ends', 'first 2 ends', 'first 1 ends'] : [])
    expect(await start(plain('b'))).toBe('ok')
  })

  test('stopped on purpose, no type ends the others', async () => {
    await start(plain('other'))
    await start(plain('a', { type: 'permanent' }))
    await stop('a')
    expect(running()).toEqual(['other'])
  })

  test('while all are stopped none can be started: the answer is shutdown', async () => {
    await start(plain('slow', { stop: (_state, self) => self.sleep(100) }))
    await start(plain('a', { type: 'permanent' }))
    node.exit(top('a'), 'kill')
    await node.settle()
    expect(await start(plain('b', { dependencies: [plain('c')] }))).toEqual(['error', ['c', 'shutdown']])
    await node.advance(100)
    expect([running(), await start(plain('b'))]).toEqual([[], 'ok'])
  })

  test('a supervisor that gives up ends its application, and the report names it', async () => {
    node.expectCrash(/boom/)
    node.expectCrash(/boom/)
    const bad = {
      init: () => ['ok', 0] as const,
      handleInfo: (): never => {
        throw new Error('boom')
      },
    }
    await start({
      name: 'a',
      start: () => supervisor.startLink({ intensity: 1, children: [child('bad', bad, undefined, { name: 'bad' })] }),
    })
    for (let i = 0; i < 2; i++) {
      node.send('bad', 'go')
      await node.settle()
    }
    expect(running()).toEqual([])
  })
})

describe('bad input', () => {
  const fine = plain('fine')
  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'BADARG'],
    ['a name', 'chat', 'BADARG'],
    ['a list', [], 'BADARG'],
    ['no name', { start: () => undefined }, 'BADARG'],
    ['an empty name', { ...fine, name: '' }, 'BADARG'],
    ['no start', { name: 'a' }, 'BADARG'],
    ['a start that is no function', { ...fine, start: 5 }, 'BADARG'],
    ['a prepStop that is no function', { ...fine, prepStop: 'x' }, 'BADARG'],
    ['a stop that is no function', { ...fine, stop: null }, 'BADARG'],
    ['an unknown type', { ...fine, type: 'forever' }, 'BADARG'],
    ['a shutdown time below 0', { ...fine, shutdownTimeoutMs: -1 }, 'BADARG'],
    ['a shutdown time in words', { ...fine, shutdownTimeoutMs: 'brutalKill' }, 'BADARG'],
    ['a description that is no text', { ...fine, description: 5 }, 'BADARG'],
    ['dependencies that are no list', { ...fine, dependencies: fine }, 'BADARG'],
    ['a dependency that is none', { ...fine, dependencies: [5] }, 'BADARG'],
    ['a dependency without a name', { ...fine, dependencies: [''] }, 'BADARG'],
    ['a misspelt key', { ...fine, dependecies: [] }, 'UNKNOWN_OPTION'],
    ['a fault deep below', { ...fine, dependencies: [plain('b', { dependencies: [{ name: 'c' } as Application] })] }, 'BADARG'],
  ])('%s is refused at once, and nothing is started', (_what, bad, code) => {
    for (const call of [application.start, application.ensureAllStarted, application.run])
      expect(thrownBy(() => node.run<unknown>(() => call(bad as Application)))).toMatchObject({ code: `GENSOCK_ERR_${code}` })
    expect([running(), node.processes()]).toEqual([[], []])
  })

  test('applications that need each other are refused with the circle in words', () => {
    const [a, b, c] = [
      { ...fine, name: 'a' },
      { ...fine, name: 'b' },
      { ...fine, name: 'c' },
    ] as [any, any, any]
    Object.assign(a, { dependencies: [b] })
    Object.assign(b, { dependencies: [fine, c] })
    Object.assign(c, { dependencies: [b] })
    const error = thrownBy(() => start(a))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
    expect(error.message).toContain('b -> c -> b')
    Object.assign(a, { dependencies: [a] })
    expect(thrownBy(() => start(a)).message).toContain('a -> a')
  })

  test('two different applications of one name are refused', () => {
    const error = thrownBy(() => start(plain('a', { dependencies: [plain('b'), plain('c', { dependencies: [plain('b')] })] })))
    expect(error.message).toContain('two applications named b')
  })

  test.each([[undefined], [5], [''], [{}]])('stop of %p is refused', (bad) => {
    expect(thrownBy(() => stop(bad as string))).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
  })

  test.each<[string, unknown, string]>([
    ['a deadline below 0', { deadlineMs: -1 }, 'BADARG'],
    ['a deadline in words', { deadlineMs: 'soon' }, 'BADARG'],
    ['signals that are no list', { signals: 'SIGTERM' }, 'BADARG'],
    ['a signal that there is not', { signals: ['SIGFOO'] }, 'BADARG'],
    ['a signal that is no name', { signals: ['SIGTERM', 15] }, 'BADARG'],
    ['a name that every object has', { signals: ['toString'] }, 'BADARG'],
    ['SIGKILL, which nothing can catch', { signals: ['SIGTERM', 'SIGKILL'] }, 'BADARG'],
    ['SIGSTOP, which nothing can catch', { signals: ['SIGSTOP'] }, 'BADARG'],
    ['no list of signals', { signals: null }, 'BADARG'],
    ['a misspelt option', { deadline: 5 }, 'UNKNOWN_OPTION'],
    ['no object', 5, 'BADARG'],
  ])('run refuses %s', (_what, options, code) => {
    expect(thrownBy(() => runOptions(options as object))).toMatchObject({ code: `GENSOCK_ERR_${code}` })
  })

  test('what run says of a signal that it refuses: which one, and why', () => {
    // @ts-expect-error it cannot be caught
    const { message } = thrownBy(() => runOptions({ signals: ['SIGTERM', 'SIGKILL'] }))
    expect(message).toMatch(/application\.run: signals .*cannot be caught.*, got 'SIGKILL' \(see /)
    expect(thrownBy(() => runOptions({ signals: ['SIGFOO' as never] })).message).toMatch(/SIGTERM.*, got 'SIGFOO' \(see /)
    // @ts-expect-error no signal of any system
    expect(() => runOptions({ signals: ['SIGFOO'] })).toThrow()
  })

  test('the controller answers nobody else and cannot be talked to death', async () => {
    await start(plain('a'))
    await expect(node.call('application_controller', 'hello')).rejects.toMatchObject({ reason: ['function_clause', 'hello'] })
    node.send('application_controller', 'hello')
    node.exit(node.whereis('application_controller') as Pid, 'shutdown')
    await node.settle()
    expect(running()).toEqual(['a'])
    const master = node.processInfo(top('a'), 'parent') as Pid
    await expect(node.call(master, 'hello')).rejects.toMatchObject({ reason: ['function_clause', 'hello'] })
  })
})

describe('run, in virtual time', () => {
  /** Stands for Node's process. */
  class FakeHost implements Host {
    exitCode: number | undefined = undefined
    readonly exits: number[] = []
    readonly #listeners = new Map<string, (signal: string) => void>()
    on(signal: string, stopNow: (signal: string) => void): void {
      this.#listeners.set(signal, stopNow)
    }
    off(signal: string): void {
      this.#listeners.delete(signal)
    }
    exit(code: number): void {
      this.exits.push(code)
    }
    get signals(): string[] {
      return [...this.#listeners.keys()]
    }
    kill(signal: string): void {
      this.#listeners.get(signal)?.(signal)
    }
  }
  function runs(order: readonly Application[], options = {}): { host: FakeHost; over: Promise<unknown>; ended: () => boolean } {
    const host = new FakeHost()
    let ended = false
    const over = runApplication(kernelOf(node), order, runOptions(options), host).then(
      () => (ended = true),
      (error: unknown) => ((ended = true), error),
    )
    return { host, over, ended: () => ended }
  }
  afterEach(() => {
    node = testNode()
  })

  test('a signal stops all in reverse order and then the node; the handlers are gone with the first', async () => {
    node.spawn(idle, { name: 'bystander' })
    const { host, over, ended } = runs([app('a'), app('b')])
    await node.settle()
    expect([running(), host.signals, ended()]).toEqual([['b', 'a'], ['SIGTERM', 'SIGINT'], false])
    log = []
    host.kill('SIGINT')
    expect(host.signals).toEqual([])
    await over
    expect(log).toEqual(['b 2 ends', 'b 1 ends', 'a 2 ends', 'a 1 ends'])
    expect([host.exitCode, host.exits, node.processes()]).toEqual([undefined, [], []])
  })

  test.each<[ExitReason, number | undefined]>([
    ['normal', undefined],
    ['shutdown', 1],
    ['boom', 1],
  ])('the application ends by itself with %s: everything is stopped, the exit code is %s', async (reason, code) => {
    const ends = async (self: Receiver): Promise<void> => self.exit((await self.receive()) as ExitReason)
    const main: Application = { name: 'main', start: (self) => ['ok', self.spawnLink(ends, { name: 'main top' })] }
    const { host, over } = runs([app('a'), main])
    await node.settle()
    node.send('main top', reason)
    await over
    expect([host.exitCode, log.slice(2), host.signals]).toEqual([code, ['a 2 ends', 'a 1 ends'], []])
  })

  test('the end of another one: a temporary one changes nothing, a permanent one stops everything with 1', async () => {
    const { host, over, ended } = runs([plain('a'), plain('b', { type: 'permanent' }), plain('main')])
    await node.settle()
    node.exit(top('a'), 'kill')
    await node.settle()
    expect([running(), ended()]).toEqual([['main', 'b'], false])
    node.exit(top('b'), 'kill')
    await over
    expect(host.exitCode).toBe(1)
  })

  test('application.stop of it ends the program too, without a complaint', async () => {
    const { host, over } = runs([plain('a'), plain('main')])
    await node.settle()
    await stop('main')
    await over
    expect([host.exitCode, node.processes()]).toEqual([undefined, []])
  })

  test('a start that fails rejects with StartError; what had started is stopped, the handlers are gone', async () => {
    const { host, over } = runs([app('a'), failing('main')])
    expect(await over).toMatchObject({ code: 'GENSOCK_ERR_START', reason: ['main', 'broken'] })
    expect([log, running(), host.signals]).toEqual([['a 1 begins', 'a 2 begins', 'a 2 ends', 'a 1 ends'], [], []])
  })

  test('a signal while it starts: what has started is stopped, what has not does not start any more', async () => {
    const slow: Application = { name: 'slow', start: async (self) => (await self.sleep(100), ['ok', self.spawnLink(idle)]) }
    const { host, over } = runs([app('a'), slow, app('main')])
    await node.settle()
    host.kill('SIGTERM')
    await node.advance(100)
    await over
    expect([log, host.exitCode]).toEqual([['a 1 begins', 'a 2 begins', 'a 2 ends', 'a 1 ends'], undefined])
  })

  test('after the deadline the rest is killed and the program exits with 1; one ms before it is not', async () => {
    const { host, over, ended } = runs([app('a'), plain('main', { stop: () => new Promise<never>(() => undefined) })], {
      deadlineMs: 700,
    })
    await node.settle()
    log = []
    host.kill('SIGTERM')
    await node.advance(699)
    expect([ended(), host.exits, running()]).toEqual([false, [], ['main', 'a']])
    await node.advance(1)
    await over
    expect([host.exitCode, host.exits, node.processes(), log]).toEqual([1, [1], [], []])
  })

  test('only one application is run on a node at a time: a second one is refused at once, and told which one runs', async () => {
    const { host, over } = runs([plain('base'), plain('main')])
    await node.settle()
    const error = thrownBy(() => runs([plain('other')]))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg' })
    expect(error.message).toMatch(/application\.run: 'main' is run on node gensock@local .* 'other'/)
    expect([running(), host.signals]).toEqual([
      ['main', 'base'],
      ['SIGTERM', 'SIGINT'],
    ])
    host.kill('SIGTERM')
    await over
  })

  test('a signal that the system refuses after all: nothing stays behind, nothing has started, and run may be called again', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    class Refusing extends FakeHost {
      override on(signal: string, stopNow: (signal: string) => void): void {
        if (signal === 'SIGINT') throw new Error('uv_signal_start EINVAL')
        super.on(signal, stopNow)
      }
    }
    const before = timers()
    const refusing = new Refusing()
    const failed = runApplication(kernelOf(node), [app('main')], runOptions(), refusing)
    await expect(failed).rejects.toThrow('EINVAL')
    await node.settle()
    expect([refusing.signals, timers() - before, running(), log]).toEqual([[], 0, [], []])
    const { host, over } = runs([plain('main')])
    await node.settle()
    host.kill('SIGTERM')
    await over
    expect(timers() - before).toBe(0)
  })

  test('a controller that is killed ends the program with 1: applications that end in their own way, then the node', async () => {
    const { host, over } = runs([app('a'), app('main', { stop: (_state, self) => self.sleep(100) })])
    await node.settle()
    node.spawn(idle)
    log = []
    node.exit(node.whereis('application_controller') as Pid, 'kill')
    await node.advance(100)
    await over
    expect([host.exitCode, host.signals, host.exits, node.processes()]).toEqual([1, [], [], []])
    expect(new Set(log)).toEqual(new Set(['a 1 ends', 'a 2 ends', 'main 1 ends', 'main 2 ends']))
  })

  test('a controller that is killed while they start ends the program with 1', async () => {
    const slow: Application = { name: 'slow', start: async (self) => (await self.sleep(100), ['ok', self.spawnLink(idle)]) }
    const { host, over } = runs([app('a'), slow, app('main')])
    await node.settle()
    node.exit(node.whereis('application_controller') as Pid, 'kill')
    await node.advance(100)
    await over
    expect([host.exitCode, host.signals, node.processes()]).toEqual([1, [], []])
  })

  test('a node that somebody stops ends the program without a complaint', async () => {
    const { host, over } = runs([app('a'), app('main')])
    await node.settle()
    await node.stop()
    await over
    expect([host.exitCode, host.signals, log.slice(4)]).toEqual([
      undefined,
      [],
      ['main 2 ends', 'main 1 ends', 'a 2 ends', 'a 1 ends'],
    ])
  })

  describe('the deadline is that of the whole stop, trees outside applications included', () => {
    /** A server of no application that takes until `go` to end. */
    async function outside(): Promise<{ readonly go: () => void; readonly ended: () => boolean }> {
      let go: () => void = () => undefined
      let ended = false
      const wait = new Promise<void>((resolve) => (go = resolve))
      const server = {
        init: (_arg: void, self: Receiver): ['ok', null] => (self.trapExit(true), ['ok', null]),
        terminate: async (): Promise<void> => (await wait, void (ended = true)),
      }
      await at(() => genServer.start(server))
      return { go: () => go(), ended: () => ended }
    }
    const turns = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) await new Promise(setImmediate)
    }

    test('with more than 5 000 ms they get more than 5 000 ms', async () => {
      const tree = await outside()
      const { host, over, ended } = runs([plain('main')], { deadlineMs: 60_000 })
      await node.settle()
      host.kill('SIGTERM')
      await node.settle()
      const real = performance.now.bind(performance)
      const now = jest.spyOn(performance, 'now').mockImplementation(() => real() + 50_000)
      await turns()
      expect([ended(), tree.ended()]).toEqual([false, false])
      now.mockRestore()
      tree.go()
      await over
      expect([host.exitCode, host.exits, tree.ended()]).toEqual([undefined, [], true])
    })

    test('what applications have used up of it is gone; who is killed by the node at the end counts: exit code 1', async () => {
      let now = 0
      const clock = { now: () => now, setAlarm: () => undefined, clearAlarm: () => undefined }
      const own = createNode({ clock, logger: silentLogger })
      node = own as TestNode
      await outside()
      const { host, over, ended } = runs([plain('main', { stop: () => void (now += 700) })], { deadlineMs: 1000 })
      await turns()
      const real = performance.now.bind(performance)
      let skipped = 0
      const spy = jest.spyOn(performance, 'now').mockImplementation(() => real() + skipped)
      host.kill('SIGTERM')
      await turns()
      expect([now, ended()]).toEqual([700, false])
      skipped = 250
      await turns()
      expect(ended()).toBe(false)
      now += 300
      skipped = 300
      await over
      spy.mockRestore()
      expect([host.exitCode, host.exits, own.processes()]).toEqual([1, [1], []])
    })
  })

  test('of an application that runs already: it is held open and stopped like any other', async () => {
    await start(app('a'))
    const { host, over } = runs([app('a')])
    await node.settle()
    host.kill('SIGTERM')
    await over
    expect(log).toEqual(['a 1 begins', 'a 2 begins', 'a 2 ends', 'a 1 ends'])
  })
})

describe('run, in a program of its own', () => {
  const made = bundled('test/behaviours/application-program.ts')
  /** What it printed, and how it ended; `signals` are sent one by one when these lines have come. */
  function program(
    args: readonly string[],
    signals: readonly (readonly [line: string, signal: NodeJS.Signals])[] = [],
  ): Promise<{
    readonly lines: string[]
    readonly errors: string
    readonly code: number | null
    readonly signal: string | null
  }> {
    const open = [...signals]
    const run = spawn(process.execPath, [made(), ...args])
    let out = ''
    let errors = ''
    run.stderr.on('data', (data: Buffer) => (errors += data.toString()))
    run.stdout.on('data', (data: Buffer) => {
      out += data.toString()
      while (open[0] !== undefined && out.includes(open[0][0])) run.kill(open.shift()?.[1])
    })
    return new Promise((resolve) => {
      run.on('close', (code, signal) => resolve({ lines: out.trim().split('\n'), errors, code, signal }))
    })
  }
  const STOPPED = ['main 2 ends', 'main 1 ends', 'main stopped', 'database 2 ends', 'database 1 ends', 'database stopped']

  test.each<[NodeJS.Signals]>([['SIGTERM'], ['SIGINT']])(
    '%s: it was held open with nothing but processes, stops in reverse order, and ends with 0',
    async (signal) => {
      const { lines, errors, ...end } = await program(['quick'], [['ready', signal]])
      expect(lines).toEqual(['ready', ...STOPPED, 'over', 'exit 0'])
      expect([errors, end]).toEqual(['', { code: 0, signal: null }])
    },
    30_000,
  )

  test('a stop that hangs: after the deadline the program exits with 1', async () => {
    const { lines, errors, ...end } = await program(['hangs', '300'], [['ready', 'SIGTERM']])
    expect(lines).toEqual(['ready', 'main 2 ends', 'main 1 ends', 'exit 1'])
    expect(errors).toContain('not stopped within 300 ms')
    expect(end).toEqual({ code: 1, signal: null })
  }, 30_000)

  test('a second signal, also another one, ends it at once', async () => {
    const { lines, ...end } = await program(
      ['hangs', '60000'],
      [
        ['ready', 'SIGTERM'],
        ['main 1 ends', 'SIGINT'],
      ],
    )
    expect([lines, end.code, end.signal]).toEqual([['ready', 'main 2 ends', 'main 1 ends'], null, 'SIGINT'])
  }, 30_000)

  test('it does not start: what had started is stopped, and the program ends with 1 and the reason', async () => {
    const { lines, errors, code } = await program(['fails'])
    expect(lines).toEqual([...STOPPED.slice(3), 'exit 1'])
    expect(errors).toMatch(/StartError.*no port/)
    expect(code).toBe(1)
  }, 30_000)

  test('it ends by itself: with normal the program ends with 0, with anything else with 1', async () => {
    const [done, breaks] = await Promise.all([program(['done']), program(['breaks'])])
    expect([done.lines, done.code]).toEqual([['ready', ...STOPPED.slice(2), 'over', 'exit 0'], 0])
    expect([breaks.lines, breaks.code]).toEqual([['ready', ...STOPPED.slice(2), 'over', 'exit 1'], 1])
    expect(breaks.errors).toContain('boom')
  }, 30_000)
})
