// The processes that are still alive: on demand, when stop finds a fault, and as a fault of their own; and a node that is
// disposed of.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { child, defineServer, genServer, supervisor } from 'gensock'
import { fakeTransport, type OpenProcess, type TestNode, testNode } from 'gensock/testing'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const facts = ({ runs, waitsFor, sinceMs, untilMs, mailbox }: OpenProcess): unknown[] => [
  runs,
  waitsFor,
  sinceMs,
  untilMs,
  mailbox,
]
const server = defineServer<null>()({ init: (_arg: undefined) => ['ok', null] })

describe('openProcesses', () => {
  test('tells apart what processes wait for', async () => {
    await node.advance(10)
    const idle = node.spawnProcess({ init: () => null, message: () => ['ok', null] })
    node.spawn((self) => self.receive())
    node.spawn((self) => self.receive('answer', { afterMs: 50 }))
    node.spawn((self) => self.sleep(70))
    node.spawn(() => new Promise(() => undefined))
    node.spawn((self) => self.call(idle, 'a question that is not answered', 'infinity'))
    await node.settle()
    node.spawn((self) => self.receive())
    expect(node.openProcesses().map(facts)).toEqual([
      ['callback process', 'message', 10, Infinity, 0],
      ['function', 'receive', 10, Infinity, 0],
      ['function', 'receive', 10, 60, 0],
      ['function', 'sleep', 10, 80, 0],
      ['function', 'promise', 10, Infinity, 0],
      ['function', 'call', 10, Infinity, 0],
      ['function', 'turn', 10, Infinity, 0],
    ])
  })

  test('since is the last time that a process was given something to do', async () => {
    const pid = node.spawnProcess({ init: () => null, message: () => ['ok', null] })
    node.sendAfter(100, pid, 'tick')
    await node.advance(500)
    expect(node.openProcesses().map(({ sinceMs }) => sinceMs)).toEqual([100])
  })

  test('messages pile up in the mailbox of one that waits for a promise of somebody else', async () => {
    const pid = node.spawnProcess({ init: () => null, message: () => new Promise<never>(() => undefined) })
    for (const n of [1, 2, 3]) node.send(pid, n)
    await node.settle()
    expect(node.openProcesses().map(facts)).toEqual([['callback process', 'promise', 0, Infinity, 2]])
  })

  test('names, parents and kinds: a supervisor, its servers, a socket', async () => {
    const started = node.run(() => supervisor.start({ children: [child('stack', server, undefined)] }))
    await node.settle()
    await started
    fakeTransport(node, { init: () => ['ok', null], handle: () => ['ok', null] })
    const [, named] = (await node.run(() => genServer.start(server, undefined, { name: 'named' }))) as ['ok', never]
    await node.settle()
    const open = node.openProcesses()
    expect(open.map(({ runs }) => runs).toSorted()).toEqual(['gen_server', 'gen_server', 'socket', 'supervisor'])
    const top = open.find(({ runs }) => runs === 'supervisor') as OpenProcess
    expect(open.filter(({ parent }) => parent === top.pid)).toHaveLength(1)
    expect(open.find(({ pid }) => pid === named)).toMatchObject({ name: 'named', runs: 'gen_server' })
  })

  test('madeAt is the line outside the library', () => {
    node.spawn((self) => self.receive())
    expect(node.openProcesses()[0]?.madeAt).toMatch(/test[\\/]testing[\\/]open-processes\.test\.ts:\d+:\d+$/)
  })

  test('probes do not count, nor what has ended', async () => {
    node.probe()
    node.spawn(() => undefined)
    await node.settle()
    expect(node.openProcesses()).toEqual([])
  })
})

describe('describe', () => {
  test('one line for each, with what a reader needs', async () => {
    const pid = node.spawn((self) => self.receive('go', { afterMs: 250 }))
    node.register('waiter', pid)
    node.send(pid, 'not it')
    await node.advance(100)
    const [title, line] = node.describe().split('\n')
    expect(title).toBe('1 process is open at 100 ms:')
    expect(line).toMatch(
      new RegExp(
        `^ {2}${String(pid)} \\(waiter\\) function, waits in receive since 0 ms until 250 ms; 1 in its mailbox; made at .*open-processes`,
      ),
    )
  })

  test('a child names its parent', async () => {
    const parent = node.spawn((self) => {
      self.spawn((inner) => inner.receive())
      return self.receive()
    })
    await node.settle()
    expect(node.describe()).toContain(`child of ${String(parent)}`)
  })

  test('of many the first 20, and of none the sentence alone', async () => {
    expect(node.describe()).toBe('no processes are open at 0 ms')
    for (let n = 0; n < 25; n++) node.spawn((self) => self.receive())
    await node.settle()
    const lines = node.describe().split('\n')
    expect([lines[0], lines.length, lines.at(-1)]).toEqual(['25 processes are open at 0 ms:', 22, '  and 5 more'])
  })
})

describe('stop', () => {
  const fault = (promise: Promise<void>): Promise<Error & { code?: string }> =>
    promise.then(
      () => new Error('nothing was thrown'),
      (error: unknown) => error as Error,
    )

  test('a crash that nobody expected comes with the processes that were alive, and with the other crashes', async () => {
    const other = testNode()
    for (const text of ['one', 'two'])
      other.spawn(() => {
        throw new Error(text)
      })
    other.spawn((self) => self.receive())
    const { message } = await fault(other.stop())
    expect(message).toMatch(/^process <.*> crashed: Error: one \(see .*\)\n/)
    expect(message).toMatch(/\nand process <.*> crashed: Error: two\n/)
    expect(message).toMatch(
      /\nat the end 1 process is open at 0 ms:\n {2}<.*> function, waits in receive since 0 ms; mailbox empty; made at /,
    )
  })

  test('an expected crash that did not happen comes with them as well: perhaps its process still waits', async () => {
    const other = testNode()
    other.spawn((self) => self.receive())
    other.expectCrash('late')
    expect((await fault(other.stop())).message).toMatch(
      /^1 expected crash\(es\) did not happen: \[ 'late' \] \(see .*\)\nat the end 1 process is open/,
    )
  })

  test("leftovers: 'error' ends them and throws; without it they are ended in silence", async () => {
    const strict = testNode({ leftovers: 'error' })
    const pid = strict.spawn((self) => self.receive())
    strict.probe()
    expect(await fault(strict.stop())).toMatchObject({
      code: 'GENSOCK_ERR_LEFTOVER',
      reason: 'leftover',
      message: expect.stringMatching(/^stop: 1 process is open at 0 ms \(see .*\):\n {2}<.*waits in receive/),
    })
    expect(strict.isAlive(pid)).toBe(false)
    node.spawn((self) => self.receive())
    await node.stop()
  })

  test("leftovers: 'error' is content with a node that is quiet", async () => {
    const strict = testNode({ leftovers: 'error' })
    strict.probe()
    strict.spawn((self) => self.sleep(10))
    await strict.advance(10)
    await strict.stop()
    expect(() => testNode({ leftovers: 'warn' as 'error' })).toThrow("testNode: leftovers must be 'ignore' or 'error'")
  })
})

describe('await using', () => {
  test('stops the node at the end of its block', async () => {
    let pid
    {
      await using other = testNode()
      pid = other.spawn((self) => self.receive())
      await other.settle()
      expect(other.isAlive(pid)).toBe(true)
    }
    expect(node.isAlive(pid)).toBe(false)
  })

  test('a crash that nobody expected fails the block', async () => {
    const block = async (): Promise<void> => {
      await using other = testNode()
      other.spawn(() => {
        throw new Error('unseen')
      })
    }
    await expect(block()).rejects.toThrow('unseen')
  })

  test('a node that the block has stopped is left alone', async () => {
    const block = async (): Promise<void> => {
      await using other = testNode()
      other.spawn(() => {
        throw new Error('seen')
      })
      await expect(other.stop()).rejects.toThrow('seen')
    }
    await block()
  })
})

test('a hook of onExit that the test sets sees every end, beside that of the test kit', async () => {
  const ends: unknown[] = []
  node.onExit((pid, reason) => ends.push([pid, reason]))
  const pid = node.spawn((self) => self.exit('bye'))
  await node.settle()
  node.onExit(undefined)
  node.spawn((self) => self.exit('unseen'))
  await node.settle()
  expect(ends).toEqual([[pid, 'bye']])
  expect(() => node.onExit(1 as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
})
