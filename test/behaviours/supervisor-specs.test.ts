// What a supervisor refuses: flags, child specs, options. To the program with OTP's term, to the reader in words.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ChildSpec, dynamicSupervisor, type Pid, supervisor, type SupervisorSpec, unwrap } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { linked } from '../linked.js'
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
const start = (): ['ignore'] => ['ignore']
const spec = { id: 'x', start } as const
/** What `start` answers, and the words of the report. */
async function refused(given: unknown): Promise<[answer: unknown, words: string]> {
  const answer = await at(() => supervisor.start(given as SupervisorSpec))
  node.expectCrash(answer[1] as string)
  return [answer, tree.reports.at(-1)?.text ?? '']
}
const combination = (...pairs: (readonly [string, unknown])[]): unknown => ['bad_combination', pairs]

describe('flags', () => {
  const strategies = 'one of oneForOne, oneForAll, restForOne, simpleOneForOne'
  test.each<[what: string, flags: object, term: unknown, words: string]>([
    ['strategy', { strategy: 'one_for_one' }, ['invalid_strategy', 'one_for_one'], `strategy must be ${strategies}`],
    ['strategy null', { strategy: null }, ['invalid_strategy', null], strategies],
    ['intensity below 0', { intensity: -1 }, ['invalid_intensity', -1], 'intensity must be a whole number from 0, got -1'],
    ['intensity in parts', { intensity: 1.5 }, ['invalid_intensity', 1.5], 'a whole number from 0'],
    ['intensity as text', { intensity: '3' }, ['invalid_intensity', '3'], "got '3'"],
    ['intensity without end', { intensity: Infinity }, ['invalid_intensity', Infinity], 'got Infinity'],
    ['period 0', { periodMs: 0 }, ['invalid_period', 0], 'periodMs must be whole milliseconds from 1 to 2147483647, got 0'],
    ['period too long', { periodMs: 2_147_483_648 }, ['invalid_period', 2_147_483_648], 'whole milliseconds'],
    ['period NaN', { periodMs: NaN }, ['invalid_period', NaN], 'got NaN'],
    [
      'autoShutdown',
      { autoShutdown: true },
      ['invalid_auto_shutdown', true],
      'autoShutdown must be never, anySignificant, allSignificant',
    ],
    [
      'a flag that does not exist',
      { intensty: 3 },
      ['invalid_flag', 'intensty'],
      'some of strategy, intensity, periodMs, autoShutdown, children',
    ],
    ["OTP's name of a flag", { period: 5 }, ['invalid_flag', 'period'], "got 'period'"],
  ])('%s', async (_what, flags, term, words) => {
    const [answer, text] = await refused({ children: [], ...flags })
    expect(answer).toEqual(['error', ['supervisor_data', term]])
    expect(text).toContain(words)
  })

  test('an undefined flag is the default', async () => {
    const sup = await tree.start({ strategy: undefined, intensity: undefined, children: [tree.child('a')] } as never)
    await tree.end('a', 'boom')
    expect(tree.isUp('a')).toBe(true)
    await tree.end('a', 'boom')
    expect(node.isAlive(sup)).toBe(false)
  })

  test('the bounds themselves are allowed', async () => {
    const flags = [{ intensity: 0 }, { intensity: Number.MAX_SAFE_INTEGER }, { periodMs: 1 }, { periodMs: 2_147_483_647 }]
    for (const each of flags) expect(node.isAlive(await tree.start({ ...each, children: [] }))).toBe(true)
  })
})

describe('what init answers', () => {
  test.each<[what: string, answer: unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a list of specs', [spec]],
    ['a tuple with another tag', ['error', 'no']],
    ['ok without a spec', ['ok']],
    ['ok with more than a spec', ['ok', { children: [] }, 1]],
    ['ignore as a word', 'ignore'],
  ])('%s', async (_what, answer) => {
    const [result, text] = await refused(() => answer)
    expect(result).toEqual(['error', ['bad_return', ['init', answer]]])
    expect(text).toContain("init must be a spec, ['ok', spec] or ['ignore']")
  })

  test.each<[what: string, given: unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'x'],
    ['a list', [spec]],
  ])('what is no spec at all is the mistake of who calls: %s', (_what, given) => {
    for (const startAs of [supervisor.start, supervisor.startLink]) {
      const error = thrownBy(() => at(() => startAs(given as SupervisorSpec)))
      expect([error.code, error.message]).toEqual(['GENSOCK_ERR_BADARG', expect.stringContaining('an object with children')])
    }
  })
})

describe('child specs', () => {
  const shutdowns = "whole milliseconds from 0 to 2147483647, 'brutalKill' or 'infinity'"
  const ROWS: readonly [what: string, given: unknown, term: unknown, words: string][] = [
    ['no object', 'x', ['invalid_child_spec', 'x'], "child spec must be an object with id and start, got 'x'"],
    ['null', null, ['invalid_child_spec', null], 'got null'],
    ['a tuple', ['x', start], ['invalid_child_spec', ['x', start]], 'an object with id and start'],
    ['no id', { start }, 'missing_id', 'id must be there'],
    ['id null', { ...spec, id: null }, 'missing_id', 'id must be there'],
    ['no start', { id: 'x' }, 'missing_start', "child spec 'x': start must be there"],
    ['start that is no function', { id: 'x', start: 7 }, ['invalid_mfa', 7], "child spec 'x': start must be a function, got 7"],
    [
      'restart',
      { ...spec, restart: 'always' },
      ['invalid_restart_type', 'always'],
      'restart must be one of permanent, transient, temporary',
    ],
    ['significant', { ...spec, significant: 1 }, ['invalid_significant', 1], 'significant must be true or false, got 1'],
    [
      'significant, never',
      { ...spec, restart: 'transient', significant: true },
      combination(['auto_shutdown', 'never'], ['significant', true]),
      "false where autoShutdown is 'never'",
    ],
    ['type', { ...spec, type: 'boss' }, ['invalid_child_type', 'boss'], "type must be 'worker' or 'supervisor', got 'boss'"],
    ['shutdown -1', { ...spec, shutdown: -1 }, ['invalid_shutdown', -1], `shutdown must be ${shutdowns}, got -1`],
    ['shutdown 1.5', { ...spec, shutdown: 1.5 }, ['invalid_shutdown', 1.5], shutdowns],
    ['shutdown too long', { ...spec, shutdown: 2_147_483_648 }, ['invalid_shutdown', 2_147_483_648], shutdowns],
    ["OTP's name of a shutdown", { ...spec, shutdown: 'brutal_kill' }, ['invalid_shutdown', 'brutal_kill'], shutdowns],
    [
      'a key that does not exist',
      { ...spec, restrat: 'x' },
      ['invalid_child_spec', { ...spec, restrat: 'x' }],
      'some of id, start, restart, shutdown, significant, type',
    ],
  ]

  test.each(ROWS)('of the first children: %s', async (_what, given, term, words) => {
    const [answer, text] = await refused({ children: [tree.child('a'), given] })
    expect(answer).toEqual(['error', ['start_spec', term]])
    expect(text).toContain(words)
    expect(tree.log).toEqual([]) // nobody was started
  })

  test.each(ROWS.filter(([, given]) => !Array.isArray(given)))('of startChild: %s', async (_what, given, term, words) => {
    const sup = await tree.start({ children: [] })
    expect(await at(() => supervisor.startChild(sup, given as ChildSpec))).toEqual(['error', term])
    expect(tree.reports.at(-1)).toMatchObject({ level: 'error', facts: { errorContext: 'bad_spec', reason: term } })
    expect(tree.reports.at(-1)?.text).toContain(words)
    expect(await tree.which(sup)).toEqual([])
  })

  test('of the template of simpleOneForOne', async () => {
    const [answer] = await refused({ strategy: 'simpleOneForOne', children: [{ ...spec, shutdown: -1 }] })
    expect(answer).toEqual(['error', ['start_spec', ['invalid_shutdown', -1]]])
    for (const children of [undefined, [], [spec, spec], spec]) {
      const [none, text] = await refused({ strategy: 'simpleOneForOne', children })
      expect(none).toEqual(['error', ['bad_start_spec', children]])
      expect(text).toContain('children must be a list of one template')
    }
  })

  test('children that are no list', async () => {
    for (const children of [undefined, null, spec, 'x']) {
      const [answer, text] = await refused({ children })
      expect(answer).toEqual(['error', ['start_spec', ['invalid_child_spec', children]]])
      expect(text).toContain('children must be a list of child specs')
    }
  })

  test('significant and permanent never go together', () => {
    const given = { ...spec, restart: 'permanent', significant: true } as const
    const why = combination(['restart', 'permanent'], ['significant', true])
    for (const auto of [undefined, 'anySignificant', 'allSignificant'] as const)
      expect(supervisor.checkChildspecs([given], auto)).toEqual(['error', why])
    expect(thrownBy(() => supervisor.checkChildspecs([given], 'sometimes' as never)).message).toContain(
      "autoShutdown must be never, anySignificant, allSignificant, got 'sometimes'",
    )
  })
})

describe('ids', () => {
  const values: readonly [what: string, make: () => any, other: any][] = [
    ['a text', () => 'a', 'b'],
    ['an empty text', () => '', ' '],
    ['a number', () => 1, '1'],
    ['NaN', () => NaN, 0],
    ['a bigint', () => 1n, 1],
    ['false', () => false, 0],
    ['a symbol', () => Symbol.for('x'), Symbol('x')],
    ['a tuple', () => ['room', 1, { of: 'a' }], ['room', 1, { of: 'b' }]],
    ['an object', () => ({ room: 1 }), { room: '1' }],
    ['a list of nothing', () => [], {}],
  ]
  test.each(values)('%s is found by an equal one, wherever an id is asked for', async (_what, make, other) => {
    const sup = await tree.start({ children: [tree.child(other), tree.child(make())] })
    const found = async (id: any): Promise<unknown> => ((await at(() => supervisor.getChildspec(sup, id)))[1] as any)?.id
    expect([await found(make()), await found(other)]).toEqual([make(), other])
    expect(await at(() => supervisor.startChild(sup, tree.child(make())))).toMatchObject(['error', ['already_started', {}]])
    expect(await at(() => supervisor.terminateChild(sup, make()))).toBe('ok')
    expect(await at(() => supervisor.restartChild(sup, make()))).toMatchObject(['ok', {}])
    await at(() => supervisor.terminateChild(sup, make()))
    expect(await at(() => supervisor.deleteChild(sup, make()))).toBe('ok')
    expect((await tree.which(sup)).map(([id]) => id)).toEqual([other])
  })

  test.each(values)('%s that stands twice is refused', async (_what, make, other) => {
    const [answer, text] = await refused({ children: [tree.child(make()), tree.child(other), tree.child(make())] })
    expect(answer).toEqual(['error', ['start_spec', ['duplicate_child_name', make()]]])
    expect(text).toContain('id must be different for each child')
  })

  const deep = (): any => ({
    a: [1, { b: new Map([['x', new Date(5)]]) }, new Set([2, 1])],
    'a b': undefined,
    [Symbol.for('s')]: 1n,
  })
  const alike: readonly [what: string, one: any, other: any][] = [
    ['the keys in another order', { a: 1, b: 2 }, { b: 2, a: 1 }],
    ['deep down', deep(), deep()],
    ['many elements', Array.from({ length: 1000 }, (_, i) => i), Array.from({ length: 1000 }, (_, i) => i)],
    ['sets in another order', new Set(['a', 'b']), new Set(['b', 'a'])],
    ['bytes', new Uint8Array([1, 2]), new Uint8Array([1, 2])],
    ['a date', new Date(5), new Date(5)],
    ['zero with a sign', 0, -0],
  ]
  test.each(alike)('two that are equal are one: %s', async (_what, one, other) => {
    const sup = await tree.start({ children: [tree.child('x'), tree.child(one)] })
    expect(await at(() => supervisor.startChild(sup, tree.child(other)))).toMatchObject(['error', ['already_started', {}]])
    expect(await at(() => supervisor.terminateChild(sup, other))).toBe('ok')
    expect(await at(() => supervisor.deleteChild(sup, one))).toBe('ok')
    const [answer] = await refused({ children: [tree.child(one), tree.child(other)] })
    expect(answer).toEqual(['error', ['start_spec', ['duplicate_child_name', other]]])
  })

  test('two that look alike are two', async () => {
    const ids: any[] = ['1', 1, 1n, ['1'], [1], [[1]], { 0: 1 }, { length: 1 }, 'room,1', ['room', 1], ['room,1'], ['room', [1]]]
    const more: any[] = [null, undefined, 'null', NaN, true, 'true', new Date(1), new Date(2), {}, []].map((one) => [one])
    const sup = await tree.start({ children: [...ids, ...more].map((id) => tree.child(id)) })
    for (const id of [...ids, ...more]) expect((await at(() => supervisor.getChildspec(sup, id)))[1]).toMatchObject({ id })
  })

  test('one that contains itself, and one that cannot be read, cost the supervisor nothing', async () => {
    const circular: any[] = ['x']
    circular.push(circular)
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const sup = await tree.start({ children: [{ id: circular, start }] })
    const answer = at(() => supervisor.startChild(sup, { id: proxy, start }))
    expect(await answer.then(([ok]) => ok, String)).toBe('ok')
    expect((await at(() => supervisor.getChildspec(sup, circular)))[0]).toBe('ok')
    expect(node.isAlive(sup)).toBe(true)
  })

  test('that are tuples are looked at a few times each, however many there are', async () => {
    let looks = 0
    const id = (n: number): object => ['room', Object.defineProperty({}, 'n', { enumerable: true, get: () => (looks++, n) })]
    const perChild = async (children: number): Promise<number> => {
      looks = 0
      const specs = Array.from({ length: children }, (_, n) => ({ id: id(n), start, restart: 'temporary' as const }))
      const sup = await tree.start({ children: specs })
      for (let n = 0; n < children; n++) await at(() => supervisor.startChild(sup, { ...tree.child('x'), id: id(n) }))
      for (let n = 0; n < children; n++) await at(() => supervisor.getChildspec(sup, id(n)))
      for (let n = 0; n < children; n++) await at(() => supervisor.terminateChild(sup, id(n)))
      for (let n = 0; n < children; n++) await at(() => supervisor.deleteChild(sup, id(n)))
      return looks / children
    }
    const few = await perChild(10)
    expect(await perChild(100)).toBeLessThan(few * 1.5)
  })

  test('a pid is an id like any other', async () => {
    const sup = await tree.start({ children: [] })
    expect(await at(() => supervisor.startChild(sup, { id: sup, start }))).toEqual(['ok', undefined])
    expect(await at(() => supervisor.deleteChild(sup, sup))).toBe('ok')
  })
})

describe('a spec that a supervisor hands out', () => {
  test('cannot be used to change its own: of getChildspec, and of a startChild that failed', async () => {
    const own = tree.child('a')
    const sup = await tree.start({ children: [own] })
    tree.next('b', ['error', 'no'])
    const failed: any = await at(() => supervisor.startChild(sup, tree.child('b')))
    const handedOut = [(await at(() => supervisor.getChildspec(sup, 'a')))[1], failed[1][1]]
    const dynamic = unwrap(await at(() => dynamicSupervisor.start()))
    const [, pid] = (await at(() => dynamicSupervisor.startChild(dynamic, own))) as [string, Pid]
    handedOut.push((await at(() => supervisor.getChildspec(dynamic, pid)))[1])
    for (const given of handedOut) expect(() => Object.assign(given as object, { id: 'changed' })).toThrow(TypeError)
    expect([await tree.which(sup), Object.isFrozen(own)]).toEqual([[['a', expect.anything()]], false])
  })

  test('can be given back as it is', async () => {
    const sup = await tree.start({ children: [tree.child('a')] })
    const [, spec] = (await at(() => supervisor.getChildspec(sup, 'a'))) as [string, ChildSpec]
    await at(() => supervisor.terminateChild(sup, 'a'))
    await at(() => supervisor.deleteChild(sup, 'a'))
    expect(await at(() => supervisor.startChild(sup, spec))).toEqual(['ok', tree.pid('a')])
  })
})

describe('options', () => {
  test.each<[what: string, options: object, code: string, words: string]>([
    [
      'an option that does not exist',
      { nmae: 'x' },
      'GENSOCK_ERR_UNKNOWN_OPTION',
      "does not know the option 'nmae'; it knows name, timeoutMs",
    ],
    ['a name that is no text', { name: 5 }, 'GENSOCK_ERR_BADARG', 'name'],
    ['a name of another kind', { name: { global: 'x' } }, 'GENSOCK_ERR_BADARG', 'name'],
    ['timeoutMs', { timeoutMs: -1 }, 'GENSOCK_ERR_BADARG', 'timeoutMs must be whole milliseconds'],
  ])('of start and startLink: %s', (_what, options, code, words) => {
    for (const startAs of [supervisor.start, supervisor.startLink, dynamicSupervisorStart]) {
      const error = thrownBy(() => at(() => startAs({ children: [] }, options as never)))
      expect(error.code).toBe(code)
      if (startAs !== dynamicSupervisorStart) expect(error.message).toContain(words)
    }
  })
  const dynamicSupervisorStart = (_spec: unknown, options: object): unknown => dynamicSupervisor.start(options)

  test.each<[what: string, options: object, words: string]>([
    ['maxChildren below 0', { maxChildren: -1 }, 'maxChildren must be a whole number from 0 to 9007199254740991, got -1'],
    ['maxChildren as text', { maxChildren: '5' }, "maxChildren must be a whole number from 0 to 9007199254740991, got '5'"],
    ['intensity', { intensity: -1 }, 'intensity must be a whole number from 0, got -1'],
    ['periodMs', { periodMs: 0 }, 'periodMs must be whole milliseconds from 1 to 2147483647, got 0'],
  ])('of dynamicSupervisor, where and what in one message: %s', (_what, options, words) => {
    const error = thrownBy(() => at(() => dynamicSupervisor.start(options)))
    expect([error.code, error.message]).toEqual([
      'GENSOCK_ERR_BADARG',
      linked('GENSOCK_ERR_BADARG', `dynamicSupervisor.start: ${words}`),
    ])
  })

  test('startLink outside a process says what to use instead', () => {
    for (const startLink of [() => supervisor.startLink({ children: [] }), () => dynamicSupervisor.startLink()]) {
      const error = thrownBy(() => at<unknown>(startLink))
      expect([error.code, error.reason]).toEqual(['GENSOCK_ERR_NO_SELF', 'noproc'])
    }
  })

  test('timeoutMs bounds the start of a whole tree; the supervisor and who had started are gone then', async () => {
    tree.next('b', () => new Promise(() => undefined))
    let answer: unknown
    void at(() => supervisor.start({ children: [tree.child('a'), tree.child('b')] }, { timeoutMs: 500 })).then(
      (result) => (answer = result),
    )
    await node.advance(499)
    expect([answer, tree.isUp('a')]).toEqual([undefined, true])
    await node.advance(1)
    expect([answer, tree.log]).toEqual([
      ['error', 'timeout'],
      ['+a', '-a killed'],
    ])
  })
})
