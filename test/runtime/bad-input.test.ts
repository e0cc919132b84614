// Every public function refuses wrong arguments with a GensockError that says where, what was allowed and what came.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import * as gensock from 'gensock'
import { ERROR_CODES, GensockError, type Receiver } from 'gensock'
import { testNode, type TestNode, virtualClock } from 'gensock/testing'
import { linked } from '../linked.js'
import { idle, inside, thrownBy } from './inside.js'

type Given = { readonly self: Receiver<any>; readonly node: TestNode }
/** What is called; how the message begins; what was allowed; what came. */
type Row = readonly [call: string, run: (given: Given) => unknown, where: string, allowed: string, got: string]

const free = gensock as unknown as Record<string, (...args: unknown[]) => unknown>
const FUNCTION = 'a function'
const OPTIONS = 'an object'
const PID = 'a pid'
const REF = 'a reference'
const MS = 'whole milliseconds from 0 to 2147483647'
const NAME = "a non-empty string other than 'undefined'"
const DEST = 'a pid, an alias or a registered name'
const BOOLEAN = 'true or false'
const KINDS = "'explicit_unalias', 'demonitor' or 'reply_demonitor'"

/** Functions that exist free, as methods of Self and (but for those of a running process) of a node: wrong in the same way. */
const EVERYWHERE: readonly (readonly [name: string, args: readonly unknown[], where: string, allowed: string, got: string])[] = [
  ['spawn', [42], 'spawn: process', FUNCTION, '42'],
  ['spawn', [], 'spawn: process', FUNCTION, 'undefined'],
  ['spawn', [idle, 42], 'spawn: options', OPTIONS, '42'],
  ['spawn', [idle, null], 'spawn: options', OPTIONS, 'null'],
  ['spawn', [idle, { name: 7 }], 'spawn: name', NAME, '7'],
  ['spawn', [idle, { name: '' }], 'spawn: name', NAME, "''"],
  ['spawn', [idle, { trapExit: 'yes' }], 'spawn: trapExit', BOOLEAN, "'yes'"],
  ['spawn', [idle, { link: 1 }], 'spawn: link', BOOLEAN, '1'],
  ['spawnProcess', [idle], 'spawnProcess: module', 'an object with init and message', '[AsyncFunction: idle]'],
  ['spawnProcess', [{ message: idle }], 'spawnProcess: module.init', FUNCTION, 'undefined'],
  ['spawnProcess', [{ init: idle }], 'spawnProcess: module.message', FUNCTION, 'undefined'],
  ['send', [42, 'x'], 'send: dest', DEST, '42'],
  ['send', [undefined, 'x'], 'send: dest', DEST, 'undefined'],
  ['send', [{ pid: 1 }, 'x'], 'send: dest', DEST, '{ pid: 1 }'],
  ['call', [42, 'x'], 'call: dest', 'a pid or a registered name', '42'],
  ['call', ['bob', 'x', -1], 'call: timeoutMs', MS, '-1'],
  ['call', ['bob', 'x', Infinity], 'call: timeoutMs', MS, 'Infinity'],
  ['cancelTimer', [42], 'cancelTimer: ref', 'a timer reference', '42'],
  ['readTimer', [undefined], 'readTimer: ref', 'a timer reference', 'undefined'],
  ['exit', [42, 'x'], 'exit: pid', PID, '42'],
  ['register', ['', 1], 'register: name', NAME, "''"],
  ['register', ['bob', 'x'], 'register: pid', PID, "'x'"],
  ['unregister', [7], 'unregister: name', NAME, '7'],
  ['whereis', [7], 'whereis: name', NAME, '7'],
  ['isAlive', ['bob'], 'isAlive: pid', PID, "'bob'"],
  ['processInfo', [42], 'processInfo: pid', PID, '42'],
]
const TIMERS: typeof EVERYWHERE = ['sendAfter', 'startTimer'].flatMap((name) => [
  [name, [-1, 'bob', 'x'], `${name}: delayMs`, MS, '-1'] as const,
  [name, [1.5, 'bob', 'x'], `${name}: delayMs`, MS, '1.5'] as const,
  [name, [2 ** 31, 'bob', 'x'], `${name}: delayMs`, MS, '2147483648'] as const,
  [name, ['5', 'bob', 'x'], `${name}: delayMs`, MS, "'5'"] as const,
  [name, [5, 42, 'x'], `${name}: dest`, NAME, '42'] as const,
])
/** Of a running process: free and as methods of Self. */
const OF_A_PROCESS: typeof EVERYWHERE = [
  ['spawnLink', [42], 'spawnLink: process', FUNCTION, '42'],
  ['spawnLink', [idle, 42], 'spawnLink: options', OPTIONS, '42'],
  ['spawnMonitor', [idle, null], 'spawnMonitor: options', OPTIONS, 'null'],
  ['spawnMonitor', [idle, { monitor: { alias: 'x' } }], 'monitor: alias', KINDS, "'x'"],
  ['spawn', [idle, { monitor: 'x' }], 'spawn: monitor', BOOLEAN, "'x'"],
  ['link', [42], 'link: pid', PID, '42'],
  ['link', ['bob'], 'link: pid', PID, "'bob'"],
  ['unlink', [null], 'unlink: pid', PID, 'null'],
  ['monitor', [42], 'monitor: target', PID, '42'],
  ['monitor', ['bob', 42], 'monitor: options', OPTIONS, '42'],
  ['monitor', ['bob', { alias: 'yes' }], 'monitor: alias', KINDS, "'yes'"],
  ['demonitor', [42], 'demonitor: ref', REF, '42'],
  ['alias', [true], 'alias: options', OPTIONS, 'true'],
  ['alias', [{ reply: 1 }], 'alias: reply', BOOLEAN, '1'],
  ['unalias', ['x'], 'unalias: ref', REF, "'x'"],
  ['trapExit', ['yes'], 'trapExit', BOOLEAN, "'yes'"],
  ['trapExit', [undefined], 'trapExit', BOOLEAN, 'undefined'],
]
const REST: readonly Row[] = [
  ['free reply', () => free['reply']?.({}, 1), 'reply: from', 'the from of a call', '{}'],
  ['self.reply', ({ self }) => self.reply(7 as never, 1), 'reply: from', 'the from of a call', '7'],
  ['self.demonitor', ({ self }) => self.demonitor(self.makeRef(), { flush: 1 as never }), 'demonitor: flush', BOOLEAN, '1'],
  ['self.demonitor', ({ self }) => self.demonitor(self.makeRef(), { info: 1 as never }), 'demonitor: info', BOOLEAN, '1'],
  ['self.sleep', ({ self }) => self.sleep(-1), 'sleep: delayMs', MS, '-1'],
  ['self.sendAfter', ({ self }) => self.sendAfter(-1, 'x'), 'sendAfter: delayMs', MS, '-1'],
  ['self.startTimer', ({ self }) => self.startTimer(0.5, 'x' as never), 'startTimer: delayMs', MS, '0.5'],
  ['self.sendAfterTo', ({ self }) => self.sendAfterTo(5, 42 as never, 'x'), 'sendAfter: dest', NAME, '42'],
  ['self.startTimerTo', ({ self }) => self.startTimerTo(-1, self.pid, 'x'), 'startTimer: delayMs', MS, '-1'],
  ['self.run', ({ self }) => self.run(42 as never), 'run: fn', FUNCTION, '42'],
  ['self.receive', ({ self }) => self.receive(42 as never), 'receive: match', 'a message type or a guard', '42'],
  ['self.receive', ({ self }) => self.receive(null as never), 'receive: match', 'a message type or a guard', 'null'],
  ['self.receive', ({ self }) => self.receive({ afterMs: -1 }), 'receive: afterMs', MS, '-1'],
  ['self.receive', ({ self }) => self.receive('x', { afterMs: 'soon' as never }), 'receive: afterMs', MS, "'soon'"],
  ['self.receive', ({ self }) => self.receive('x', 5 as never), 'receive: options', OPTIONS, '5'],
  ['node.run', ({ node }) => node.run(42 as never), 'run: fn', FUNCTION, '42'],
  ['node.onExit', ({ node }) => node.onExit(42 as never), 'onExit: hook', FUNCTION, '42'],
  ['createNode', () => gensock.createNode(42 as never), 'createNode: options', OPTIONS, '42'],
  ['createNode', () => gensock.createNode({ name: '' }), 'createNode: name', NAME, "''"],
  ['createNode', () => gensock.createNode({ drainMs: 0 }), 'createNode: drainMs', 'a whole number from 1 to 1000', '0'],
  ['createNode', () => gensock.createNode({ drainMs: 1001 }), 'createNode: drainMs', 'a whole number from 1 to 1000', '1001'],
  [
    'createNode',
    () => gensock.createNode({ turnMessages: 0 }),
    'createNode: turnMessages',
    'a whole number from 1 to 9007199254740991',
    '0',
  ],
  ['createNode', () => gensock.createNode({ pick: 1 as never }), 'createNode: pick', FUNCTION, '1'],
  ['createNode', () => gensock.createNode({ orderTimers: [] as never }), 'createNode: orderTimers', FUNCTION, '[]'],
  ['createNode', () => gensock.createNode({ random: 4 as never }), 'createNode: random', FUNCTION, '4'],
  ['createNode', () => gensock.createNode({ logger: {} as never }), 'createNode: logger.error', FUNCTION, 'undefined'],
  ['createNode', () => gensock.createNode({ clock: null as never }), 'createNode: clock.now', FUNCTION, 'undefined'],
  ['testNode', () => testNode(42 as never), 'testNode: options', OPTIONS, '42'],
  ['testNode', () => testNode({ seed: -1 }), 'testNode: seed', 'a whole number from 0 to 9007199254740991', '-1'],
  ['child', () => gensock.child('x', 7 as never), 'child: module', 'an object with init', '7'],
  ['named', () => gensock.named(7 as never), 'named: name', NAME, '7'],
  ['defineServer', () => gensock.defineServer(7 as never), 'defineServer: module', 'an object with init', '7'],
  ['defineStatem', () => gensock.defineStatem()(7 as never), 'defineStatem: module', 'an object with callbackMode and init', '7'],
  [
    'unwrap',
    () => gensock.unwrap(7 as never),
    'unwrap: result',
    "what a start function answered, awaited: ['ok', pid], ['error', reason] or ['ignore']",
    '7',
  ],
  ['turnTo', () => virtualClock().turnTo('x' as never), 'turnTo: ms', 'a number', "'x'"],
]
const ROWS: readonly Row[] = [
  ...EVERYWHERE.flatMap(([name, args, ...rest]): Row[] => [
    [`free ${name}`, () => free[name]?.(...args), ...rest],
    [`self.${name}`, ({ self }) => (self as any)[name](...args), ...rest],
    [`node.${name}`, ({ node }) => (node as any)[name](...args), ...rest],
  ]),
  ...TIMERS.flatMap(([name, args, ...rest]): Row[] => [
    [`free ${name}`, () => free[name]?.(...args), ...rest],
    [`node.${name}`, ({ node }) => (node as any)[name](...args), ...rest],
  ]),
  ...OF_A_PROCESS.flatMap(([name, args, ...rest]): Row[] => [
    [`free ${name}`, () => free[name]?.(...args), ...rest],
    [`self.${name}`, ({ self }) => (self as any)[name](...args), ...rest],
  ]),
  ...REST,
]

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('wrong arguments', () => {
  test.each(ROWS)('%s: %p', async (_call, run, where, allowed, got) => {
    const error = await inside(node, (self) => thrownBy(() => run({ self, node })))
    expect(error).toBeInstanceOf(GensockError)
    expect({ code: error.code, reason: error.reason, message: error.message }).toEqual({
      code: 'GENSOCK_ERR_BADARG',
      reason: 'badarg',
      message: linked('GENSOCK_ERR_BADARG', `${where} must be ${allowed}, got ${got}`),
    })
    expect(node.processes()).toEqual([])
  })

  test.each([
    ['spawn', () => node.spawn(idle, { nme: 'x' } as never), "'nme'", 'name, link, monitor, trapExit'],
    ['createNode', () => gensock.createNode({ nam: 'x' } as never), "'nam'", 'name, clock, logger, random'],
    [
      'testNode',
      () => testNode({ clock: virtualClock() } as never),
      "'clock'",
      'seed, name, leftovers, pick, orderTimers, wake, drainMs',
    ],
  ])('%s refuses an unknown option by name', (where, run, option, known) => {
    const error = thrownBy(run)
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_UNKNOWN_OPTION', reason: 'badarg' })
    expect(error.message).toContain(`${where} does not know the option ${option}; it knows ${known}`)
  })

  test.each([
    ['monitor', (self: Receiver<any>) => self.monitor('bob', { tags: 1 } as never)],
    ['demonitor', (self: Receiver<any>) => self.demonitor(self.makeRef(), { flsh: true } as never)],
    ['alias', (self: Receiver<any>) => self.alias({ replies: true } as never)],
    ['receive', (self: Receiver<any>) => self.receive('x', { after: 5 } as never)],
  ])('%s refuses an unknown option by name', async (where, run) => {
    const error = await inside(node, (self) => thrownBy(() => run(self)))
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_UNKNOWN_OPTION', reason: 'badarg' })
    expect(error.message).toMatch(new RegExp(`^${where} does not know the option '\\w+'; it knows `))
  })

  test('uncaught, it is an error crash with reason badarg, of that process only', async () => {
    const other = node.spawn(idle)
    node.expectCrash('badarg')
    const reason = await inside(node, async (self) => {
      self.spawnMonitor(() => void free['send']?.(42, 'x'))
      return (await self.receive('DOWN')).reason
    })
    expect(reason).toMatchObject({ value: 'badarg', error: { code: 'GENSOCK_ERR_BADARG' } })
    expect(node.isAlive(other)).toBe(true)
    node.exit(other, 'done')
  })

  test('every code of a thrown error is in the table', () => {
    for (const code of ['GENSOCK_ERR_BADARG', 'GENSOCK_ERR_UNKNOWN_OPTION']) expect(ERROR_CODES).toHaveProperty(code)
  })
})

test('advance refuses what is no time', async () => {
  await expect(node.advance(-1)).rejects.toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
})

/** Functions of the door that take any arguments, or none. */
const TAKE_ANYTHING = [
  'isCall',
  'isCrash',
  'isDown',
  'isExit',
  'isGroupChange',
  'isPid',
  'isRef',
  'isReply',
  'isTimeout',
  'nocatch',
  'defaultNode',
  'makeRef',
  'processes',
  'self',
]

test('every function of the door stands in this table, or takes anything', () => {
  const functions = Object.entries(gensock).flatMap(([name, value]) =>
    typeof value === 'function' && !/^class\b|^[A-Z]/.test(name) ? [name] : [],
  )
  const tested = new Set(ROWS.map(([call]) => call.replace(/^(free|self\.|node\.) ?/, '')))
  expect(functions.filter((name) => !tested.has(name) && !TAKE_ANYTHING.includes(name))).toEqual([])
})
