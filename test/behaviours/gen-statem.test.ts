// genStatem: what its functions refuse, how machines start, and what its clients get.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { CallError, defineStatem, type From, type GenStatem, genStatem, isDown, type Pid, sys, unwrap } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { inside, thrownBy } from '../runtime/inside.js'
import { acts, asks, machine, started, step } from './statem-machine.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const init = (): unknown => ['ok', 'a', 0]
const stay = (): unknown => 'keep_state_and_data'
const badArg = (message: RegExp): object =>
  expect.objectContaining({ code: 'GENSOCK_ERR_BADARG', reason: 'badarg', message: expect.stringMatching(message) })

describe('a wrong module is refused, with what was allowed and what came', () => {
  test.each<[string, unknown, RegExp]>([
    ['no object', 42, /^genStatem\.start: module must be an object with callbackMode and init, got 42 \(see /],
    ['null', null, /module must be an object with callbackMode and init, got null \(see /],
    [
      'without init',
      { callbackMode: 'handleEventFunction', handleEvent: stay },
      /module\.init must be a function, got undefined \(see /,
    ],
    [
      'without a mode',
      { init, handleEvent: stay },
      /module\.callbackMode must be 'stateFunctions' or 'handleEventFunction'.*got undefined \(see /,
    ],
    ["OTP's spelling", { callbackMode: 'state_functions', init }, /callbackMode must be .*got 'state_functions' \(see /],
    ['no mode in the list', { callbackMode: ['stateEnter'], init }, /callbackMode must be .*got \[ 'stateEnter' \] \(see /],
    ['an empty list', { callbackMode: [], init }, /callbackMode must be .*got \[\] \(see /],
    [
      'more than modes in the list',
      { callbackMode: ['handleEventFunction', 'enter'], init, handleEvent: stay },
      /callbackMode must be/,
    ],
    [
      'no handleEvent',
      { callbackMode: 'handleEventFunction', init, states: {} },
      /module\.handleEvent must be a function, got undefined \(see /,
    ],
    [
      'no states',
      { callbackMode: 'stateFunctions', init, handleEvent: stay },
      /module\.states must be an object of functions by state, got undefined \(see /,
    ],
    [
      'a state that is none',
      { callbackMode: ['stateFunctions', 'stateEnter'], init, states: { a: stay, b: 'stay' } },
      /module\.states\.b must be a function, got 'stay' \(see /,
    ],
    [
      'a terminate that is none',
      { callbackMode: 'handleEventFunction', init, handleEvent: stay, terminate: 5 },
      /module\.terminate must be a function, got 5 \(see /,
    ],
  ])('%s', (_what, module, message) => {
    expect(() => genStatem.start(module as GenStatem<any, any>)).toThrow(badArg(message) as Error)
    expect(() => defineStatem()(module as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })

  test('a list may hold the mode alone, or stateEnter before or behind it', async () => {
    const entered: unknown[] = []
    const handleEvent = (type: unknown): unknown => {
      entered.push(type)
      return 'keep_state_and_data'
    }
    for (const callbackMode of [
      ['handleEventFunction'],
      ['handleEventFunction', 'stateEnter'],
      ['stateEnter', 'handleEventFunction'],
    ])
      await started(node, { module: { callbackMode, init, handleEvent } as never })
    expect(entered).toEqual(['enter', 'enter'])
  })
})

describe('wrong arguments are refused', () => {
  const { module } = machine()

  test('options and names', () => {
    expect(() => genStatem.start(module, undefined, { nam: 'x' } as never)).toThrow(
      expect.objectContaining({ code: 'GENSOCK_ERR_UNKNOWN_OPTION', message: expect.stringContaining('name, timeoutMs') }),
    )
    expect(() => genStatem.start(module, undefined, { name: 5 } as never)).toThrow(
      badArg(/^genStatem\.start: name must be/) as Error,
    )
    expect(() => genStatem.start(module, undefined, { timeoutMs: -1 })).toThrow(
      badArg(/^genStatem\.start: timeoutMs must be/) as Error,
    )
  })

  test('startLink, startMonitor and sendRequest need a running process', () => {
    for (const run of [
      () => genStatem.startLink(module),
      () => genStatem.startMonitor(module),
      () => genStatem.sendRequest('x', 'y'),
    ])
      expect(thrownBy(run)).toMatchObject({ code: 'GENSOCK_ERR_NO_SELF', reason: 'noproc' })
  })

  test('the timeout of a call, who to cast to, what to reply to', async () => {
    const pid = await started(node, machine())
    expect(() => genStatem.call(pid, 'x', -1)).toThrow(badArg(/timeoutMs must be whole milliseconds/) as Error)
    expect(() => genStatem.cast(5 as never, 'x')).toThrow(badArg(/^genStatem\.cast: server must be/) as Error)
    expect(() => genStatem.reply('nobody' as never, 'x' as never)).toThrow(
      badArg(/^reply: from must be the from of a call, got 'nobody' \(see /) as Error,
    )
    expect(() => genStatem.reply([['reply', 'nobody', 'x']] as never)).toThrow(
      badArg(/^genStatem\.reply: replies must be \['reply', from, value\], or a list of them, got/) as Error,
    )
    expect(() => genStatem.receiveResponse('id' as never)).toThrow(badArg(/^genStatem\.receiveResponse: id must be/) as Error)
    expect(() => genStatem.waitResponse('id' as never)).toThrow(badArg(/^genStatem\.waitResponse: id must be/) as Error)
    expect(() => genStatem.checkResponse('m', 'id' as never)).toThrow(badArg(/^genStatem\.checkResponse: id must be/) as Error)
  })
})

describe('start', () => {
  test('hands init its argument and the machine itself', async () => {
    const got: unknown[] = []
    const module = defineStatem<'a', number>()({
      callbackMode: 'stateFunctions',
      init(n: number, self) {
        got.push(n, self.pid)
        return ['ok', 'a', n]
      },
      states: { a: () => 'keep_state_and_data' },
    })
    const pid = unwrap(await node.run(() => genStatem.start(module, 5)))
    expect(got).toEqual([5, pid])
    expect(await node.run(() => sys.getState(pid))).toEqual(['a', 5])
  })

  test.each<[string, unknown, unknown]>([
    ['stop', ['stop', 'tired'], ['error', 'tired']],
    ['ignore', ['ignore'], ['ignore']],
  ])('init may %s', async (what, answer, result) => {
    if (what === 'stop') node.expectCrash('tired')
    expect(await node.run(() => genStatem.start(machine({ init: answer }).module))).toEqual(result)
    expect(node.processes()).toEqual([])
  })

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['a text', 'ignore'],
    ['ok without data', ['ok', 'a']],
    ['too much', ['ok', 'a', 0, [], 'more']],
    ['stop without a reason', ['stop']],
  ])('an init that answers %s ends with bad_return_from_init', async (_what, answer) => {
    node.expectCrash(['bad_return_from_init', answer] as never)
    const result = await node.run(() => genStatem.start(machine({ init: () => answer }).module))
    expect(result).toEqual(['error', ['bad_return_from_init', answer]])
    expect(node.crashes[0]?.text).toMatch(
      /gen_statem <0\.\d+\.0> ended .*init must return \['ok', state, data, actions\?\].*, got/,
    )
  })

  test('an init that throws answers with what was thrown, not with the stack', async () => {
    const error = new Error('ouch')
    node.expectCrash(error)
    const init = (): never => {
      throw error
    }
    expect(await node.run(() => genStatem.start(machine({ init }).module))).toEqual(['error', error])
  })

  test('an init that takes too long is killed', async () => {
    const init = (): Promise<unknown> => new Promise(() => undefined)
    const result = node.run(() => genStatem.start(machine({ init }).module, undefined, { timeoutMs: 50 }))
    await node.advance(50)
    expect(await result).toEqual(['error', 'timeout'])
    expect(node.processes()).toEqual([])
  })

  test('with a name that is taken answers who has it', async () => {
    const first = unwrap(await node.run(() => genStatem.start(machine().module, undefined, { name: 'm' })))
    const second = node.run(() => genStatem.start(machine().module, undefined, { name: { local: 'm' } }))
    expect(await second).toEqual(['error', ['already_started', first]])
    expect(await node.run(() => genStatem.call('m', asks('x', 'here')))).toBe('here')
  })

  test('startMonitor answers pid and ref; its caller is the parent, as with startLink', async () => {
    const log = await inside(node, async (self) => {
      const { log, module } = machine()
      const [pid, ref] = unwrap<any>(await genStatem.startMonitor(module))
      await genStatem.stop(pid, 'shutdown')
      expect(await self.receive(isDown)).toMatchObject({ ref, pid, reason: 'shutdown' })
      return log
    })
    expect(log).toEqual([['terminate', 'shutdown', 'a', 0]])
  })
})

describe('clients', () => {
  test('a call waits for ever by default; with a timeout it fails with timeout, and a late reply is dropped', async () => {
    const pid = await started(node, machine())
    const kept: From[] = []
    const keep = step('keep', ({ from }: { from: From }) => {
      kept.push(from)
      return 'keep_state_and_data'
    })
    const patient = node.run(() => genStatem.call(pid, keep))
    const hasty = node.run(() => genStatem.call(pid, keep, 100)).catch((error: unknown) => error)
    await node.advance(1_000_000)
    expect(await hasty).toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: 'timeout' })
    for (const from of kept) genStatem.reply(from, 'late')
    expect(await patient).toBe('late')
  })

  test('a call to nobody fails with noproc, a cast is dropped', async () => {
    await expect(node.run(() => genStatem.call('nobody', 'x'))).rejects.toMatchObject({ reason: 'noproc' })
    node.run(() => genStatem.cast('nobody', 'x'))
    const pid = await started(node, machine())
    await node.run(() => genStatem.stop(pid))
    await expect(node.run(() => genStatem.call(pid, 'x'))).rejects.toBeInstanceOf(CallError)
    node.run(() => genStatem.cast(pid, 'x'))
  })

  test('reply answers one call, one reply action, or a list of them', async () => {
    const pid = await started(node, machine())
    const answers = (how: (from: From) => void): Promise<unknown> =>
      node.run(() =>
        genStatem.call(
          pid,
          step('x', ({ from }: { from: From }) => {
            how(from)
            return 'keep_state_and_data'
          }),
        ),
      )
    expect(await answers((from) => genStatem.reply(from, 1))).toBe(1)
    expect(await answers((from) => genStatem.reply(['reply', from, 2]))).toBe(2)
    expect(
      await answers((from) =>
        genStatem.reply([
          ['reply', from, 3],
          ['reply', from, 4],
        ]),
      ),
    ).toBe(3)
  })

  test('sendRequest and its three ways to look for the response', async () => {
    const pid = await started(node, machine())
    const answers = await inside(
      node,
      async (self) => {
        const first = genStatem.sendRequest<string>(pid, asks('a', 'one'))
        const message: unknown = await self.receive()
        const other = self.run(() => genStatem.sendRequest(pid, acts('never')))
        const last = self.run(() => genStatem.sendRequest(pid, asks('b', 'two')))
        const lost = self.run(() => genStatem.sendRequest('nobody', 'x'))
        return [
          genStatem.checkResponse(message, first),
          genStatem.checkResponse('else', other),
          await self.run(() => genStatem.waitResponse(other, 10)),
          await self.run(() => genStatem.receiveResponse(other, 10)),
          await self.run(() => genStatem.receiveResponse(last)),
          await self.run(() => genStatem.receiveResponse(lost)),
        ]
      },
      { withinMs: 20 },
    )
    expect(answers).toEqual([
      ['reply', 'one'],
      'no_reply',
      'timeout',
      'timeout',
      ['reply', 'two'],
      ['error', ['noproc', 'nobody']],
    ])
  })

  test('stop waits for the end; a machine that ends with another reason fails it with that', async () => {
    const first = machine()
    const pid = await started(node, first)
    await node.run(() => genStatem.stop(pid, 'shutdown'))
    expect([first.log, node.isAlive(pid)]).toEqual([[['terminate', 'shutdown', 'a', 0]], false])
    await expect(node.run(() => genStatem.stop(pid))).rejects.toMatchObject({ reason: 'noproc' })

    const error = new Error('in terminate')
    node.expectCrash(error)
    const terminate = (): never => {
      throw error
    }
    const other: Pid = await started(node, { module: { ...machine().module, terminate } as never })
    await expect(node.run(() => genStatem.stop(other))).rejects.toMatchObject({ reason: { value: error } })
  })
})
