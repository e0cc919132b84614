// The life of a supervisor: who ends it, how it ends its tree, what it takes from others, and being looked into.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import {
  type AnyPid,
  child,
  createNode,
  type ExitReason,
  genServer,
  isDown,
  type Node,
  type Pid,
  type Receiver,
  silentLogger,
  supervisor,
  type SupervisorPid,
  sys,
  unwrap,
} from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { idle, inside } from '../runtime/inside.js'
import { trees, type Tree } from './tree.js'

let node: TestNode
let tree: Tree
beforeEach(() => {
  node = testNode()
  tree = trees(node)
})
afterEach(() => node.stop())

const at = <T>(fn: () => T): T => node.run(fn)
const ab = (): any[] => ['a', 'b'].map((id) => tree.child(id))
/** The exit reason of this process, once it has ended. */
function reasonOf(pid: AnyPid): () => ExitReason | undefined {
  const watcher = node.probe<any>()
  watcher.monitor(pid)
  return () => watcher.messages.find(isDown)?.reason
}
/** A supervisor as a child of another one. */
const under = (id: string, children: any[], fields: object = {}): any => ({
  id,
  type: 'supervisor',
  start: () => supervisor.startLink({ children }, { name: id }),
  ...fields,
})

describe('the parent', () => {
  test.each<ExitReason>(['shutdown', 'normal', ['shutdown', 'deploy'], 'boom'])(
    'of a supervisor that outside code started is the outside: exit with %j ends it in order',
    async (reason) => {
      const sup = await tree.start({ children: ab() })
      const ended = reasonOf(sup)
      at(() => node.exit(sup, reason))
      await node.settle()
      expect(tree.log).toEqual(['+a', '+b', '-b shutdown', '-a shutdown'])
      expect(ended()).toEqual(reason)
      if (reason === 'boom') node.expectCrash('boom')
    },
  )

  test.each<ExitReason>(['shutdown', 'normal'])(
    'of startLink is the process that called it: its end with %j ends the tree',
    async (reason) => {
      const owner = node.spawn(async (self: Receiver<any>) => {
        unwrap(await supervisor.startLink({ children: ab() }))
        self.exit(await self.receive())
      })
      await node.settle()
      node.send(owner, reason)
      await node.settle()
      expect(tree.log).toEqual(['+a', '+b', '-b shutdown', '-a shutdown'])
    },
  )

  test('of start inside a process is nobody: the tree outlives who started it', async () => {
    const sup = await inside(node, async () => unwrap(await supervisor.start({ children: ab() })))
    expect([node.isAlive(sup), tree.log]).toEqual([true, ['+a', '+b']])
  })

  test('an exit signal of anyone else changes nothing', async () => {
    const sup = await tree.start({ children: ab() })
    await inside(node, (self) => self.exit(sup, 'shutdown'))
    await inside(node, (self) => self.exit(sup, 'boom'))
    const linked = node.spawn((self) => self.link(sup))
    node.exit(linked, 'boom')
    await node.settle()
    expect([node.isAlive(sup), tree.log]).toEqual([true, ['+a', '+b']])
  })
})

describe('stop', () => {
  test('ends the tree and waits for it', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 100 }), tree.child('b', { manner: 100 })] })
    let stopped = false
    void at(() => supervisor.stop(sup)).then(() => (stopped = true))
    await node.advance(199)
    expect([stopped, tree.log]).toEqual([false, ['+a', '+b', '-b shutdown']])
    await node.advance(1)
    expect([stopped, tree.log.at(-1), node.isAlive(sup)]).toEqual([true, '-a shutdown', false])
  })

  test('a time limit is a time limit for waiting only', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 100 })] })
    const stopping = at(() => supervisor.stop(sup, 'shutdown', 50))
    const outcome = expect(stopping).rejects.toMatchObject({ reason: 'timeout' })
    await node.advance(50)
    await outcome
    expect(node.isAlive(sup)).toBe(true)
    await node.advance(50)
    expect(node.isAlive(sup)).toBe(false)
  })

  test('of a name, with a reason; of who is gone: noproc', async () => {
    const ended = reasonOf(await tree.start({ children: [] }, { name: 'top' }))
    await at(() => supervisor.stop('top', ['shutdown', 'deploy']))
    await node.settle()
    expect(ended()).toEqual(['shutdown', 'deploy'])
    await expect(at(() => supervisor.stop('top'))).rejects.toMatchObject({ reason: 'noproc' })
  })
})

describe('killed', () => {
  test('its children die by their links, and theirs', async () => {
    const sup = await tree.start({ children: [tree.child('a'), under('inner', [tree.child('b'), tree.child('c')])] })
    node.exit(sup, 'kill')
    await node.settle()
    // the inner supervisor traps exits: it ends its children in order
    expect(tree.log).toEqual(['+a', '+b', '+c', '-a killed', '-c shutdown', '-b shutdown'])
    node.expectCrash('killed')
  })

  test('while it waits for a child: who was told ends by itself, the others by their links, nothing is left', async () => {
    const sup = await tree.start({ children: [tree.child('a'), tree.child('b', { manner: 300 }), tree.child('c')] })
    node.exit(sup, 'shutdown')
    await node.advance(100)
    expect(tree.taken()).toEqual(['+a', '+b', '+c', '-c shutdown'])
    node.exit(sup, 'kill')
    await node.settle()
    expect([node.isAlive(sup), tree.taken()]).toEqual([false, ['-a killed']])
    await node.advance(200)
    expect(tree.taken()).toEqual(['-b shutdown'])
    expect([node.processes(), node.nextDueMs()]).toEqual([[], Infinity])
  })

  test('while it ends a child on request: who asked hears of it', async () => {
    const sup = await tree.start({ children: [tree.child('a', { manner: 300 })] })
    const asked = at(() => supervisor.terminateChild(sup, 'a'))
    await node.advance(100)
    node.exit(sup, 'kill')
    await expect(asked).rejects.toMatchObject({ reason: 'killed' })
    await node.advance(200)
    expect([tree.isUp('a'), node.nextDueMs()]).toEqual([false, Infinity])
  })

  test('by the supervisor above, it is started again with all its children', async () => {
    await tree.start({ children: [under('inner', ab())] })
    const first = node.whereis('inner') as Pid
    node.exit(first, 'kill')
    await node.settle()
    expect(tree.log).toEqual(['+a', '+b', '-a killed', '-b killed', '+a', '+b'])
    expect(node.whereis('inner')).not.toEqual(first)
  })
})

describe('what it is sent', () => {
  test('a stray call fails for who called; the supervisor lives, and its children do not notice', async () => {
    const sup = await tree.start({ children: ab() })
    for (const request of ['which_children', { op: 'which_children' }, undefined])
      await expect(node.call(sup as unknown as Pid, request)).rejects.toMatchObject({
        code: 'GENSOCK_ERR_CALL',
        reason: 'badarg',
      })
    expect(tree.reports.at(-1)).toMatchObject({ level: 'warn', text: expect.stringContaining('unknown call') })
    expect([node.isAlive(sup), tree.log]).toEqual([true, ['+a', '+b']])
  })

  test('a stray message and a cast are reported, and nothing else', async () => {
    const sup = await tree.start({ children: ab() })
    const messages = ['hello', { type: 'EXIT', pid: tree.pid('a'), reason: 'boom' }, { type: 'stop', reason: 'shutdown' }, null]
    for (const message of messages) node.send(sup as unknown as Pid, message)
    at(() => genServer.cast(sup as never, 'x' as never))
    await node.settle()
    const warnings = tree.reports.filter(({ level, text }) => level === 'warn' && text.includes('unexpected message'))
    expect([warnings.length, node.isAlive(sup), tree.log]).toEqual([5, true, ['+a', '+b']])
  })

  test('an exit signal in the name of a living child counts as its end, as in OTP', async () => {
    const sup = await tree.start({ children: [{ id: 'a', start: (self: Receiver) => ['ok', self.spawnLink(traitor)] as const }] })
    const [[, first]] = (await tree.which(sup)) as [[unknown, Pid]]
    node.send(first, sup)
    await node.settle()
    const [[, second]] = (await tree.which(sup)) as [[unknown, Pid]]
    expect([node.isAlive(first), second.equals(first)]).toEqual([true, false])
  })
  async function traitor(self: Receiver<any>): Promise<void> {
    self.exit(await self.receive(), 'boom')
    await self.receive()
  }
})

describe('sys', () => {
  test('a suspended supervisor restarts nobody until it is resumed; requests wait', async () => {
    const sup = await tree.start({ children: ab() })
    await at(() => sys.suspend(sup))
    await tree.end('a', 'boom')
    const asked = tree.which(sup)
    await node.advance(60_000)
    expect(tree.taken()).toEqual(['+a', '+b', '-a boom'])
    expect(await at(() => sys.getStatus(sup))).toMatchObject({ behaviour: 'supervisor', status: 'suspended' })
    await at(() => sys.resume(sup))
    expect((await asked).map(([id]) => id)).toEqual(['b', 'a'])
    expect(tree.taken()).toEqual(['+a'])
  })

  test('the end of its parent ends it also while it is suspended', async () => {
    const sup = await tree.start({ children: ab() })
    await at(() => sys.suspend(sup))
    node.exit(sup, 'shutdown')
    await node.settle()
    expect(tree.log).toEqual(['+a', '+b', '-b shutdown', '-a shutdown'])
  })

  test('a node that stops ends it also while it is suspended', async () => {
    const sup = await tree.start({ children: ab() })
    await at(() => sys.suspend(sup))
    await node.stop()
    expect(tree.log).toEqual(['+a', '+b', '-b shutdown', '-a shutdown'])
  })

  test('its state is the list of its children; it cannot be replaced', async () => {
    const sup = await tree.start({ children: ab() })
    expect(await at(() => sys.getState(sup))).toEqual(await at(() => supervisor.whichChildren(sup)))
    await expect(at(() => sys.replaceState(sup, () => []))).rejects.toMatchObject({ reason: ['callback_failed', 'badarg'] })
    expect(node.isAlive(sup)).toBe(true)
  })
})

describe('node.stop', () => {
  test('ends each tree from its root: children before their supervisors, last started first, at every level', async () => {
    const deep = under('deep', [tree.child('c'), tree.child('d')])
    const sup = await tree.start({ children: [tree.child('a'), under('inner', [tree.child('b'), deep]), tree.child('e')] })
    const ended: (AnyPid | undefined)[] = []
    const pids: Record<string, AnyPid | undefined> = { top: sup, inner: node.whereis('inner'), deep: node.whereis('deep') }
    node.onExit((pid) => ended.push(pid))
    for (const id of ['a', 'b', 'c', 'd', 'e']) pids[id] = tree.pid(id)
    await node.stop()
    const names = ended.map((pid) => Object.keys(pids).find((name) => pids[name] === pid))
    expect(names).toEqual(['e', 'd', 'c', 'deep', 'b', 'inner', 'a', 'top'])
  })

  test('runs the terminate of every server, and each can still call those that were started before it', async () => {
    const log: string[] = []
    const server = (id: string): any => ({
      init: (_arg: void, self: Receiver) => (self.trapExit(true), ['ok', 0]),
      handleCall: () => ['reply', `${id} lives`, 0],
      terminate: async (_reason: unknown, _state: unknown, self: Receiver) =>
        void log.push(`${id}: ${id === 'db' ? 'ends' : await self.call('db', { type: 'any' })}`),
    })
    const children = ['db', 'cache', 'web'].map((id) => child(id, server(id), undefined, { name: id }))
    await tree.start({ children })
    await node.stop()
    expect(log).toEqual(['web: db lives', 'cache: db lives', 'db: ends'])
  })

  test('ends a supervisor that gives up at the same moment, once', async () => {
    await tree.start({ intensity: 0, children: ab() })
    node.send(tree.pid('a'), { end: 'boom' })
    await node.stop()
    expect(tree.log).toEqual(['+a', '+b', '-a boom', '-b shutdown'])
  })

  describe('on the real clock', () => {
    let real: Node
    const started: SupervisorPid[] = []
    const begin = async (children: any[]): Promise<SupervisorPid> => {
      real = createNode({ logger: silentLogger })
      started.push(unwrap(await real.run(() => supervisor.start({ children }))))
      return started.at(-1) as SupervisorPid
    }
    const deaf = (self: Receiver): any => ['ok', self.spawnLink((me) => idle(me), { trapExit: true })]

    test('a child that does not end is killed when its shutdown is over', async () => {
      const sup = await begin([{ id: 'deaf', start: deaf, shutdown: 20 }])
      const before = performance.now()
      await real.stop()
      expect([real.isAlive(sup), real.processes()]).toEqual([false, []])
      expect(performance.now() - before).toBeLessThan(2000)
    })

    test('a tree that does not end is killed when the deadline of the node is over', async () => {
      const sup = await begin([{ id: 'deaf', start: deaf, shutdown: 'infinity' }])
      // The clock of the deadline runs a second for each look at it.
      let nowMs = performance.now()
      const clock = jest.spyOn(performance, 'now').mockImplementation(() => (nowMs += 1000))
      await real.stop()
      clock.mockRestore()
      expect([real.isAlive(sup), real.processes()]).toEqual([false, []])
    })
  })
})
