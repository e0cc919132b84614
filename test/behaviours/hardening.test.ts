// What a review with fresh eyes found, and must not come back: idle times of 0, what an idle server holds, starts that are
// killed, calls on another node's clock, what an ended process still does, trees that are no children of who spawned them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import {
  type AnyPid,
  type CallError,
  defineServer,
  exit,
  type From,
  type GenServer,
  genServer,
  type Pid,
  type Receiver,
  supervisor,
  sys,
  unwrap,
} from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { linked } from '../linked.js'

let node: TestNode
beforeEach(() => {
  node = testNode({ drainMs: 5 }) // as of a node: some tests look between two slices
})
afterEach(() => node.stop())

function start<S>(module: GenServer<S, void, any, any, any>): Promise<Pid> {
  return node.run(() => genServer.start(module)).then((result) => unwrap(result) as Pid)
}

describe('an idle time of 0', () => {
  const MANY = 50_000
  test.each([
    ['sync', (n: number) => ['noreply', n + 1, 0] as const],
    ['async', async (n: number) => ['noreply', n + 1, 0] as const],
  ])('again and again (%s): no stack overflows, and the event loop has its turns', async (_kind, answer) => {
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    const pid = await start<number>({
      init: () => ['ok', 0, 0],
      handleInfo: (_message: unknown, n) => (n < MANY ? answer(n) : ['noreply', n]),
    })
    await node.settle()
    clearInterval(counting)
    expect(await node.run(() => sys.getState(pid))).toBe(MANY)
    expect(turns).toBeGreaterThan(0)
  })

  const FIRED: GenServer<string, void, any, any, any> = {
    init: () => ['ok', 'waits'],
    handleCall: (_request, _from, state) => ['reply', 'ok', state, 0],
    handleInfo: () => ['noreply', 'fired'],
  }
  test('a system message that waits does not take it away', async () => {
    const pid = await start(FIRED)
    const asked = node.call(pid, 'go')
    const looked = node.run(() => sys.getState(pid))
    expect([await asked, await looked]).toEqual(['ok', 'waits'])
    await node.settle()
    expect(await node.run(() => sys.getState(pid))).toBe('fired')
  })

  test('after init neither', async () => {
    const started = start({ ...FIRED, init: () => ['ok', 'waits', 0] })
    const [pid] = node.processes() as [Pid]
    const looked = node.run(() => sys.getState(pid))
    await started
    expect(await looked).toBe('waits')
    await node.settle()
    expect(await node.run(() => sys.getState(pid))).toBe('fired')
  })

  test('a message of a user that waits does', async () => {
    const pid = await start<string>({ ...FIRED, handleInfo: (message: unknown) => ['noreply', String(message)] })
    const asked = node.call(pid, 'go')
    node.send(pid, 'message')
    await asked
    await node.settle()
    expect(await node.run(() => sys.getState(pid))).toBe('message')
  })
})

describe('a report', () => {
  test("of the parent's end names that end as the last message, not an old request", async () => {
    let server: AnyPid | undefined
    const parent = node.spawn(async (self) => {
      const started = await self.run(() =>
        genServer.startLink<number, void, any, any, any>({
          init: (_arg, own) => (own.trapExit(true), ['ok', 0]),
          handleCall: (_request, _from, n) => ['reply', n, n],
        }),
      )
      server = unwrap(started)
      await self.receive()
      self.exit('boom')
    })
    await node.settle()
    await node.call(server as unknown as Pid, 'an old harmless call')
    node.send(parent, 'end')
    node.expectCrash('boom')
    await node.settle()
    expect(node.crashes.map(({ facts }) => facts['lastMessage'])).toEqual([
      expect.objectContaining({ type: 'EXIT', reason: 'boom' }),
    ])
  })
})

describe('a start', () => {
  test('that is killed in init answers killed, and leaves no EXIT', async () => {
    let seen: unknown[] = []
    node.spawn(async (self) => {
      self.trapExit(true)
      const starting = self.run(() => genServer.startLink({ init: () => new Promise<never>(() => undefined) }))
      await self.sleep(10)
      for (const pid of node.processes()) if (pid !== self.pid) exit(pid, 'kill')
      seen = [await starting, await self.receive({ afterMs: 0 })]
    })
    await node.advance(10)
    expect(seen).toEqual([['error', 'killed'], undefined])
  })
})

describe('a call from code outside any process', () => {
  test('waits on the clock of who it asks', async () => {
    const froms: From[] = []
    const pid = await start<number>({ init: () => ['ok', 0], handleCall: (_q, from, n) => (froms.push(from), ['noreply', n]) })
    let reason: unknown
    void genServer.call<any, any>(pid as any, { type: 'x' } as never).catch((error: CallError) => (reason = error.reason))
    await node.advance(4999)
    expect(reason).toBeUndefined()
    await node.advance(1)
    expect(reason).toBe('timeout')
  })

  test('says which error ended the callee, and what was asked', async () => {
    const pid = await start<number>({
      init: () => ['ok', 0],
      handleCall: () => {
        throw new TypeError('broken')
      },
    })
    node.expectCrash(/broken/)
    const error = (await node.call(pid, { type: 'q' }).catch((thrown: unknown) => thrown)) as CallError
    expect(error.message).toBe(
      linked('GENSOCK_ERR_CALL', `call to ${String(pid)} failed: the process ended with reason TypeError: broken`),
    )
    expect(error.cause).toEqual(new TypeError('broken'))
    expect(error.request).toEqual({ type: 'q' })
  })
})

describe('an ended process', () => {
  test('does nothing through self.run: what follows does not run', async () => {
    let kept: Receiver | undefined
    const after: string[] = []
    const pid = node.spawn(async (self) => {
      kept = self
      await self.receive()
    })
    await node.settle()
    node.exit(pid, 'kill')
    expect(() => kept?.run(() => after.push('ran'))).toThrow(expect.objectContaining({ reason: 'noproc' }))
    expect(after).toEqual([])
  })
})

describe('node.stop', () => {
  const worker = (log: string[]) =>
    defineServer<string>()({
      init: (name: string, self) => (self.trapExit(true), ['ok', name]),
      terminate: (reason, name) => void log.push(`${name} ${reason as string}`),
    })

  test('ends a tree in order that a server has started without a link', async () => {
    const log: string[] = []
    const module = worker(log)
    const own = testNode()
    const spec = { children: ['a', 'b'].map((id) => ({ id, start: () => genServer.startLink(module, id) })) }
    await own.run(() =>
      genServer.start({ init: async (_arg: void, self) => (await self.run(() => supervisor.start(spec)), ['ok', 0]) }),
    )
    await own.stop()
    expect(log).toEqual(['b shutdown', 'a shutdown'])
  })

  test('kills what is not done by the deadline, and says so', async () => {
    const warnings: string[] = []
    const { createNode, silentLogger } = await import('gensock')
    const own = createNode({ logger: { ...silentLogger, warn: (_facts, text) => void warnings.push(text) } })
    await own.run(() =>
      genServer.start(
        { init: (_arg: void, self) => (self.trapExit(true), ['ok', 0]), terminate: () => new Promise<void>(() => undefined) },
        undefined,
        { name: 'stubborn' },
      ),
    )
    await own.stop({ deadlineMs: 20 })
    expect(warnings).toEqual(['stop of gensock@local: too late, killed 1: stubborn'])
    await expect(async () => own.stop({ deadlineMs: -1 })).rejects.toThrow('stop: deadlineMs must be whole milliseconds')
  })
})

describe('who is asked', () => {
  test('a server that is asked for its children lives on: the mistake is refused', async () => {
    const pid = await start<number>({ init: () => ['ok', 0] })
    expect(() => node.run(() => supervisor.whichChildren(pid as never))).toThrow(
      'supervisor: which_children must be asked of a supervisor',
    )
    expect(node.isAlive(pid)).toBe(true)
  })

  test('a supervisor takes back the children that it showed, and no other', async () => {
    const sup = await node.run(() => supervisor.start({ children: [] })).then(unwrap)
    expect(await node.run(() => sys.replaceState(sup, (children) => children))).toEqual([])
    const error = (await node.run(() => sys.replaceState(sup, () => [1])).catch((thrown: unknown) => thrown)) as CallError
    expect(error.reason).toEqual(['callback_failed', 'badarg'])
    expect(error.message).toContain('children change by startChild, terminateChild, restartChild and deleteChild, got [ 1 ]')
  })
})

describe('a name', () => {
  test.each([[{ global: 'x' }], [{ local: 'y', extra: 1 }], [{}]])('%j is refused with what it may be', (name) => {
    expect(() => node.run(() => genServer.start({ init: () => ['ok', 0] }, undefined, { name } as never))).toThrow(
      'genServer.start: name must be a text or { local: text }',
    )
  })
})
