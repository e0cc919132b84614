// The matchers for expect.extend: what each takes for true, what it says when it fails, and that a framework needs no more
// than named.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, exit, type Pid } from 'gensock'
import type { SocketHandler } from 'gensock/socket'
import { fakeTransport, matchers as neutral, simulate, type TestNode, testNode } from 'gensock/testing'
import * as door from 'gensock/testing/jest'
import type { MatcherContext, MatcherResult } from '../../src/testing/matchers.js'

expect.extend(door.matchers)

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

// eslint-disable-next-line no-control-regex -- the colours of a terminal
const plain = (text: string): string => text.replaceAll(/\[[\d;]*m/g, '')
/** What an assertion says that fails. */
async function failure(assertion: () => unknown): Promise<string> {
  try {
    await assertion()
  } catch (error) {
    return plain((error as Error).message)
  }
  throw new Error('it did not fail')
}

test('the door for jest has them and no more, and they are those of gensock/testing', () => {
  expect(Object.keys(door)).toEqual(['matchers'])
  expect(door.matchers).toBe(neutral)
  expect(Object.keys(neutral)).toEqual(['toHaveReceived', 'toBeAlive', 'toExitWith'])
})

describe('toHaveReceived, of a probe', () => {
  test('a message like that has come, taken or not; asymmetric matchers fit', async () => {
    const probe = node.probe()
    node.send(probe.pid, { type: 'tick', n: 1 })
    await probe.next()
    expect(probe).toHaveReceived({ type: 'tick', n: 1 })
    expect(probe).toHaveReceived({ type: 'tick', n: expect.any(Number) })
    expect(probe).toHaveReceived(expect.objectContaining({ type: 'tick' }))
    expect(probe).toHaveReceived()
    expect(probe).not.toHaveReceived({ type: 'tick' })
    expect(probe).not.toHaveReceived(undefined)
  })

  test('it looks and does not wait: time stands still', async () => {
    const probe = node.probe()
    node.sendAfter(10, probe.pid, 'later')
    await node.settle()
    expect(probe).not.toHaveReceived()
    await node.advance(10)
    expect(probe).toHaveReceived('later')
  })

  test('the failure has a diff to the nearest message, and all with their times', async () => {
    const probe = node.probe()
    node.send(probe.pid, { type: 'tick', n: 1 })
    node.sendAfter(15, probe.pid, 'other')
    await node.advance(20)
    expect((await failure(() => expect(probe).toHaveReceived({ type: 'tick', n: 2 }))).split('\n')).toEqual([
      'expect(probe).toHaveReceived(message)',
      '',
      'Expected: {"n": 2, "type": "tick"}',
      '',
      '- Expected',
      '+ Received, the nearest',
      '',
      '  Object {',
      '-   "n": 2,',
      '+   "n": 1,',
      '    "type": "tick",',
      '  }',
      '',
      'Received:',
      "   0 ms  { type: 'tick', n: 1 }",
      "  15 ms  'other'",
    ])
  })

  test('an asymmetric matcher that fits is no difference', async () => {
    const probe = node.probe()
    node.send(probe.pid, { type: 'tick', n: 1, at: 5 })
    await node.settle()
    const text = await failure(() => expect(probe).toHaveReceived({ type: 'tick', n: expect.any(Number), at: 6 }))
    expect(text).toContain('\n    "n": Any<Number>,\n')
    expect(text).toContain('\n-   "at": 6,\n+   "at": 5,\n')
  })

  test('not: the failure shows what came', async () => {
    const probe = node.probe()
    node.send(probe.pid, 'boo')
    await node.settle()
    expect(await failure(() => expect(probe).not.toHaveReceived('boo'))).toBe(
      'expect(probe).not.toHaveReceived(message)\n\nExpected: not "boo"\nReceived:\n  0 ms  \'boo\'',
    )
    expect(await failure(() => expect(probe).not.toHaveReceived())).toBe(
      "expect(probe).not.toHaveReceived()\n\nExpected: not any message\nReceived:\n  0 ms  'boo'",
    )
  })

  test('the failure tells of what has not run yet, and of crashes', async () => {
    const probe = node.probe()
    await node.settle()
    node.send(probe.pid, 'on its way')
    node.send(probe.pid, 'and another one')
    node.spawn((self) => self.send(probe.pid, 'soon'))
    expect(await failure(() => expect(probe).toHaveReceived('soon'))).toMatch(
      /\n\d process\(es\) have something to do that has not run yet/,
    )
    node.expectCrash()
    node.spawn(() => {
      throw new Error('boom')
    })
    await node.settle()
    expect(await failure(() => expect(probe).toHaveReceived('never'))).toMatch(
      /crashes so far:\n {2}process .* crashed: Error: boom$/,
    )
  })

  test('anything else than a probe or a fake transport is refused, and so is a second message', async () => {
    for (const bad of [undefined, {}, node.probe().pid, 'probe'])
      expect(await failure(() => expect(bad).toHaveReceived('x'))).toMatch(/a probe or a fake transport/)
    const two = expect(node.probe()) as unknown as { toHaveReceived(...messages: string[]): void }
    expect(await failure(() => two.toHaveReceived('a', 'b'))).toMatch(/given one message/)
  })
})

describe('toHaveReceived, of a fake transport', () => {
  const echo: SocketHandler<null> = { init: () => ['ok', null], handle: (frame) => ['push', frame, null] }

  test('its peer has got such a frame, whole or by its data', async () => {
    const socket = fakeTransport(node, echo)
    socket.send('hi')
    socket.send(Uint8Array.of(1, 2))
    socket.send(['ping', 'x'])
    expect(socket).not.toHaveReceived()
    await node.settle()
    expect(socket).toHaveReceived(['text', 'hi'])
    expect(socket).toHaveReceived('hi')
    expect(socket).toHaveReceived(expect.stringContaining('h'))
    expect(socket).toHaveReceived(Uint8Array.of(1, 2))
    expect(socket).toHaveReceived(['pong', expect.anything()])
    expect(socket).not.toHaveReceived('pong')
    expect(socket).not.toHaveReceived(Buffer.from('x')) // the data of a pong is no message
    expect(await failure(() => expect(socket).toHaveReceived(['text', 'ho']))).toMatch(
      /^expect\(transport\)\.toHaveReceived\(frame\)[\s\S]*- {3}"ho",\n\+ {3}"hi",[\s\S]*Received:\n {2}\[ 'pong', <Buffer 78> \]\n {2}\[ 'text', 'hi' \]\n/,
    )
  })

  test('in a simulation a frame counts once it has come to the peer', async () => {
    await simulate(3, async (simulated) => {
      const socket = simulated.connect(echo)
      socket.send('hi')
      expect(socket).not.toHaveReceived('hi')
      const underway = Object.assign(Object.create(socket) as object, { sent: [['text', 'hi']] })
      expect(underway).not.toHaveReceived('hi')
      await simulated.advance(1000)
      expect(socket.received).toEqual([['text', 'hi']])
      expect(socket).toHaveReceived('hi')
    })
  })
})

describe('toBeAlive', () => {
  test('of a pid, a probe, a fake transport', async () => {
    const pid = node.spawn((self) => self.sleep(10))
    const probe = node.probe()
    const socket = fakeTransport(node, { init: () => ['ok', null], handle: () => ['ok', null] })
    await node.settle()
    for (const alive of [pid, probe, socket]) expect(alive).toBeAlive()
    socket.cut()
    await node.advance(10)
    for (const dead of [pid, socket]) expect(dead).not.toBeAlive()
    expect(probe).toBeAlive()
  })

  test('the failures say how it ended, and what it does', async () => {
    const pid = node.spawn(async (self) => {
      await self.sleep(30)
      self.exit('enough')
    })
    const waits = node.spawn((self) => self.receive())
    await node.advance(50)
    expect(await failure(() => expect(pid).toBeAlive())).toBe(
      `expect(pid).toBeAlive()\n\nReceived: process ${String(pid)} ended at 30 ms: 'enough'`,
    )
    expect(await failure(() => expect(waits).not.toBeAlive())).toMatch(
      /^expect\(pid\)\.not\.toBeAlive\(\)\n\nReceived: process <.*> function, waits in receive since 0 ms; mailbox empty; made at /,
    )
    expect(await failure(() => expect('a name').toBeAlive())).toMatch(/a pid, a probe or a fake transport/)
  })

  test('of a process of any node', async () => {
    const other = createNode()
    const pid = other.spawn((self) => self.receive())
    expect(pid).toBeAlive()
    expect(await failure(() => expect(pid).not.toBeAlive())).toMatch(
      /Received: process <.*> function, waits for its turn since 0 ms/,
    )
    await other.stop()
    expect(await failure(() => expect(pid).toBeAlive())).toMatch(/Received: process <.*> is not alive$/)
  })
})

describe('toExitWith', () => {
  const after = (ms: number, reason: unknown): Pid =>
    node.spawn(async (self) => {
      await self.sleep(ms)
      self.exit(reason as string)
    })

  test('waits in virtual time, as long as it needs', async () => {
    await expect(after(400, 'done')).toExitWith('done')
    expect(node.now()).toBe(400)
    await expect(after(5000, ['shutdown', { n: 1 }])).toExitWith(['shutdown', { n: expect.any(Number) }])
    await expect(after(1, 'x')).toExitWith()
    await expect(after(5000, 'x')).toExitWith(undefined, 5000)
  })

  test('of a process that has ended before, also when the node has been stopped', async () => {
    const [pid, killed] = [after(1, 'done'), node.spawn((self) => self.receive())]
    await node.advance(10)
    await node.stop()
    await expect(pid).toExitWith('done')
    await expect(pid).not.toExitWith('normal')
    await expect(killed).toExitWith('shutdown')
  })

  test('of a fake transport and of a probe: their processes', async () => {
    const socket = fakeTransport(node, { init: () => ['ok', null], handle: () => ['ok', null] })
    socket.close(1000)
    await expect(socket).toExitWith('normal')
    const probe = node.probe()
    node.exit(probe.pid, 'kill')
    await expect(probe).toExitWith('killed')
  })

  test('the limit is inclusive', async () => {
    const pid = after(101, 'late')
    await expect(pid).not.toExitWith('late', 100)
    expect(node.now()).toBe(100)
    await expect(pid).toExitWith('late', 1)
  })

  test('not: it lives on, or ends otherwise', async () => {
    await expect(node.probe()).not.toExitWith(undefined, 60_000)
    await expect(after(1, 'x')).not.toExitWith('y')
    expect(await failure(() => expect(after(1, 'x')).not.toExitWith('x'))).toMatch(
      /^expect\(pid\)\.not\.toExitWith\(reason\)\n\nExpected: not "x"\nReceived: process <.*> ended at \d+ ms: 'x'$/,
    )
  })

  test('of a crash: its value, its error, its text; and never normal', async () => {
    const crashing = (thrown: unknown): Pid =>
      node.spawn(() => {
        throw thrown
      })
    await expect(crashing(new Error('disk full'))).toExitWith(new Error('disk full'))
    await expect(crashing(new Error('disk full'))).toExitWith(/^Error: disk/)
    await expect(crashing({ code: 7 })).toExitWith({ code: 7 })
    await expect(crashing('normal')).not.toExitWith('normal')
    node.expectCrash('normal')
    await expect(node.spawn(() => exit('bye now'))).toExitWith(/bye/)
  })

  test('a crash that is the one named was expected, with or without expectCrash; any other was not', async () => {
    const other = testNode()
    const crash = (text: string): Pid =>
      other.spawn(() => {
        throw new Error(text)
      })
    await expect(crash('named')).toExitWith(/named/)
    other.expectCrash(/twice/)
    await expect(crash('twice named')).toExitWith(/twice/)
    await expect(crash('unseen')).not.toExitWith('normal')
    await failure(() => expect(crash('unseen, too')).not.toExitWith(/too/))
    await expect(other.stop()).rejects.toThrow(/Error: unseen\n[\s\S]*Error: unseen, too/)
  })

  test('the failures: alive, another end, a crash with its stack', async () => {
    const pid = node.spawn((self) => self.receive())
    expect(await failure(() => expect(pid).toExitWith('x', 10))).toMatch(
      /^expect\(pid\)\.toExitWith\(reason\)\n\nExpected: "x"\nReceived: alive after 10 ms of virtual time: <.*> function, waits in receive/,
    )
    expect(await failure(() => expect(after(1, { why: 'b' })).toExitWith({ why: 'a' }))).toMatch(
      /Received: process <.*> ended at 11 ms: { why: 'b' }\n\n- Expected[\s\S]*-   "why": "a",\n\+   "why": "b",/,
    )
    node.expectCrash()
    const crashed = node.spawn(() => {
      throw new Error('boom')
    })
    expect(await failure(() => expect(crashed).toExitWith('normal'))).toMatch(
      /Received: process <.*> crashed at 11 ms: Error: boom\nError: boom\n +at .*matchers\.test/,
    )
  })

  test('a process of a real node is refused: nobody turns its time', async () => {
    const other = createNode()
    const pid = other.spawn(() => undefined)
    expect(await failure(() => expect(pid).toExitWith('normal'))).toMatch(/a process of a test node/)
    expect(await failure(() => expect(node.probe()).toExitWith('normal', -1))).toMatch(/toExitWith: withinMs/)
    await other.stop()
  })
})

describe('another framework', () => {
  const bare: MatcherContext = {
    utils: { matcherHint: (name) => name, printExpected: (value) => JSON.stringify(value), printReceived: String },
  }
  test("needs no more than a hint and a printer: equality is the kit's own then", async () => {
    const probe = node.probe()
    node.send(probe.pid, { n: 1 })
    await node.settle()
    const received = (expected: unknown): MatcherResult => neutral.toHaveReceived.call(bare, probe, expected)
    expect([received({ n: expect.any(Number) }).pass, received({ n: 2 }).pass]).toEqual([true, false])
    expect(received({ n: 2 }).message()).toBe('toHaveReceived\n\nExpected: {"n":2}\nReceived:\n  0 ms  { n: 1 }')
    const ended = await neutral.toExitWith.call(
      bare,
      node.spawn(() => undefined),
      'normal',
    )
    expect(ended.pass).toBe(true)
    expect(neutral.toBeAlive.call(bare, probe).pass).toBe(true)
  })
})

describe('as toEqual compares', () => {
  test('sets and maps are compared by what is in them', async () => {
    const probe = node.probe()
    const pid = node.spawn((self) => self.exit({ seen: new Set([1]) }))
    for (const message of [new Set([1]), { in: new Map([[1, 2]]) }]) node.send(probe.pid, message)
    await node.settle()
    expect(probe).toHaveReceived(new Set([1]))
    expect(probe).toHaveReceived({ in: new Map([[1, 2]]) })
    expect(probe).not.toHaveReceived(new Set([2]))
    expect(probe).not.toHaveReceived({ in: new Map([[1, 3]]) })
    await expect(pid).toExitWith({ seen: new Set([1]) })
    await expect(pid).not.toExitWith({ seen: new Set([2]) })
  })

  test('a pid is shown as a pid, alone or inside', async () => {
    const [probe, pid] = [node.probe(), node.spawn((self) => self.receive())]
    node.send(probe.pid, { type: 'ready', pid: probe.pid })
    await node.settle()
    expect(await failure(() => expect(probe).toHaveReceived(pid))).toContain(`Expected: #Pid${String(pid)}\n`)
    const inside = await failure(() => expect(probe).toHaveReceived({ type: 'ready', pid }))
    expect(inside).toContain(`Expected: {"pid": #Pid${String(pid)}, "type": "ready"}`)
    expect(inside).toContain(`\n-   "pid": #Pid${String(pid)},\n+   "pid": #Pid${String(probe.pid)},\n`)
  })
})
