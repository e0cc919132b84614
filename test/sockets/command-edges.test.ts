// Command lists at their edges: what is refused and how it is said, what is carried out and in which order, what is copied.
import { describe, expect, test } from '@jest/globals'
import { type Command, type Commands, type CommandTarget, check, PushOrder, run, runChecked } from '../../src/sockets/commands.js'
import { BINARY, PING, PONG, TEXT } from '../../src/sockets/frames.js'

/** Notes all that it is told. */
function target(): { log: unknown[]; target: CommandTarget } {
  const log: unknown[] = []
  return {
    log,
    target: {
      set deflate(on: boolean) {
        log.push(['deflate', on])
      },
      send: (opcode, data) => void log.push(['send', opcode, data]),
      setActive: (on) => void log.push(['active', on]),
      setOptions: (changes) => void log.push(['options', changes]),
      setShutdownReason: (reason) => void log.push(['reason', reason]),
      closeWith: (code, reason) => void log.push(['close', code, reason]),
    },
  }
}
function done(commands: Commands): unknown[] {
  const { log, target: it } = target()
  run(it, commands, 1000)
  return log
}
const refusal = (commands: unknown): any => {
  try {
    check(commands, 1000)
  } catch (error) {
    return error
  }
  return undefined
}

describe('carrying out', () => {
  test('every command of a list, in order, up to the first close', () => {
    const bytes = Uint8Array.of(1)
    expect(
      done([
        ['text', 'a'],
        ['deflate', false],
        ['binary', bytes],
        ['active', false],
        ['ping', 'p'],
        ['setOptions', { idleTimeoutMs: 1 }],
        ['pong'] as unknown as Command,
        ['deflate', true],
        ['shutdownReason', 'why'],
        ['active', true],
        ['close', 4000, 'bye'],
        ['text', 'too late'],
      ]),
    ).toEqual([
      ['send', TEXT, 'a'],
      ['deflate', false],
      ['send', BINARY, bytes],
      ['active', false],
      ['send', PING, 'p'],
      ['options', { idleTimeoutMs: 1 }],
      ['send', PONG, undefined],
      ['deflate', true],
      ['reason', 'why'],
      ['active', true],
      ['close', 4000, 'bye'],
    ])
  })

  test.each<[Command, unknown]>([
    [
      ['text', 'a'],
      ['send', TEXT, 'a'],
    ],
    [
      ['deflate', true],
      ['deflate', true],
    ],
    [
      ['active', false],
      ['active', false],
    ],
    [
      ['shutdownReason', 'x'],
      ['reason', 'x'],
    ],
    [
      ['close', 1000],
      ['close', 1000, undefined],
    ],
  ])('one command without a list: %j', (command, expected) => {
    expect(done(command)).toEqual([expected])
  })

  test('an empty list does nothing', () => {
    expect(done([])).toEqual([])
  })

  test('nothing is carried out when anything before the first close is refused', () => {
    const { log, target: it } = target()
    expect(() => run(it, [['text', 'a'], ['active', 1 as unknown as boolean], ['close']], 1000)).toThrow('active')
    expect(log).toEqual([])
  })
})

describe('what is refused, and how it is said', () => {
  test.each<[unknown, string]>([
    ['text', "commands must be a command or a list of commands, got 'text'"],
    [['nonsense', 1], 'a command must be text, binary, ping, pong, close, active, deflate, setOptions or shutdownReason, got'],
    [[['text', 'a'], 'x'], "a command must be a tuple such as ['text', 'hello'], got 'x'"],
    [['active', 1], "the command active must be ['active', true or false], got"],
    [['active'], "the command active must be ['active', true or false], got"],
    [['active', true, 1], "the command active must be ['active', true or false], got"],
    [['deflate', 'yes'], "the command deflate must be ['deflate', true or false], got"],
    [['deflate', true, true], "the command deflate must be ['deflate', true or false], got"],
    [['shutdownReason'], "the command shutdownReason must be ['shutdownReason', reason], got"],
    [['shutdownReason', 1, 2], "the command shutdownReason must be ['shutdownReason', reason], got"],
  ])('%j', (commands, says) => {
    expect(refusal(commands)).toMatchObject({ code: 'GENSOCK_ERR_BAD_FRAME', message: expect.stringContaining(says) })
  })

  test.each<[object, string, string]>([
    [{ idleTimeout: 1 }, 'GENSOCK_ERR_UNKNOWN_OPTION', 'setOptions does not know the option'],
    [{ idleTimeoutMs: -1 }, 'GENSOCK_ERR_BADARG', 'setOptions: idleTimeoutMs'],
    [{ maxFrameBytes: 0 }, 'GENSOCK_ERR_BADARG', 'setOptions: maxFrameBytes (the limit at the start is the highest)'],
    [{ maxFrameBytes: 1001 }, 'GENSOCK_ERR_BADARG', 'setOptions: maxFrameBytes (the limit at the start is the highest)'],
    [{ expiresAt: -1 }, 'GENSOCK_ERR_BADARG', 'setOptions: expiresAt (ms since 1970)'],
    [{ expiresAt: 1.5 }, 'GENSOCK_ERR_BADARG', 'setOptions: expiresAt (ms since 1970)'],
  ])('setOptions %j', (changes, code, says) => {
    expect(refusal(['setOptions', changes])).toMatchObject({ code, message: expect.stringContaining(says) })
  })

  test.each([
    {},
    { idleTimeoutMs: 0 },
    { maxFrameBytes: 1 },
    { maxFrameBytes: 1000 },
    { expiresAt: 0 },
    { expiresAt: Infinity },
    { claims: undefined },
  ])('setOptions %j is taken', (changes) => {
    expect(refusal(['setOptions', changes])).toBeUndefined()
  })
})

describe('an order on its way', () => {
  const ordered = (commands: Commands, meanwhile: () => void): unknown[] => {
    const order = new PushOrder(commands)
    meanwhile()
    const { log, target: it } = target()
    runChecked(it, order.commands)
    return log
  }

  test('is what it was when it was given: bytes, changes and the list are copied', () => {
    const bytes = Uint8Array.of(1, 2)
    const changes = { idleTimeoutMs: 5 }
    const list: Command[] = [
      ['binary', bytes],
      ['setOptions', changes],
    ]
    const log = ordered(list, () => {
      bytes[0] = 9
      changes.idleTimeoutMs = 9
      list.push(['close'] as unknown as Command)
    })
    expect(log).toEqual([
      ['send', BINARY, Uint8Array.of(1, 2)],
      ['options', { idleTimeoutMs: 5 }],
    ])
  })

  test('of one command is copied as well', () => {
    const changes = { idleTimeoutMs: 5 }
    expect(ordered(['setOptions', changes], () => (changes.idleTimeoutMs = 9))).toEqual([['options', { idleTimeoutMs: 5 }]])
    const bytes = Uint8Array.of(1)
    expect(ordered(['ping', bytes], () => (bytes[0] = 9))).toEqual([['send', PING, Uint8Array.of(1)]])
  })

  test('keeps the value of a shutdown reason itself', () => {
    const reason = Uint8Array.of(1)
    const [entry] = ordered(['shutdownReason', reason], () => undefined) as [[string, unknown]]
    expect(entry[1]).toBe(reason)
  })

  test('ends with the first close frame, wherever it stands', () => {
    const close: Command = ['close', 4000]
    expect(new PushOrder([close, ['text', 'b']]).commands).toEqual([close])
    expect(new PushOrder([['text', 'a'], close, ['text', 'b']]).commands).toEqual([['text', 'a'], close])
    expect(
      new PushOrder([
        ['text', 'a'],
        ['text', 'b'],
      ]).commands,
    ).toEqual([
      ['text', 'a'],
      ['text', 'b'],
    ])
  })
})
