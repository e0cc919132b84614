import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, test } from '@jest/globals'
import { type CallError, createNode, type Down, exit, isDown, type Pid, type Ref } from 'gensock'
import { testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { processOf } from '../../src/runtime/process.js'
import { resetProcess } from '../../src/runtime/reset.js'
import { terminate } from '../../src/runtime/exit.js'
import { spawnProgram } from '../../src/runtime/spawn.js'

test('errors that cannot be read, a logger that throws, calls that fail unawaited: none ends the program, nothing holds it', () => {
  const { stdout, status, signal } = spawnSync(process.execPath, ['--import', 'tsx', 'test/runtime/robust-program.ts'], {
    env: { ...process.env, TSX_TSCONFIG_PATH: 'tsconfig.test.json' },
    encoding: 'utf8',
    timeout: 20_000, // far less than the 60 s of the receive that nobody awaits
  })
  const kinds = ['a revoked proxy', 'a message that throws', 'an inspect that throws']
  expect(stdout.trim().split('\n')).toEqual([
    ...kinds.map((kind) => `console: ${kind}: ended, true`),
    ...kinds.map((kind) => `broken: ${kind}: ended, true`),
    'call timeout',
    'call noproc',
    'message arrives',
  ])
  expect([status, signal]).toEqual([0, null])
}, 30_000)

describe('two nodes of one program', () => {
  const nodes = [testNode({ name: 'a@local' }), testNode({ name: 'b@local' })] as const
  afterEach(() => Promise.all(nodes.map((node) => node.settle())))

  test('monitors of two nodes on one process both fire', async () => {
    const target = nodes[0].spawn(async (self) => void (await self.receive()))
    const probes = nodes.map((node) => node.probe<Down>())
    for (const [index, node] of nodes.entries()) {
      node.spawn(async (self) => {
        self.monitor(target)
        self.send((probes[index] as { pid: Pid }).pid, await self.receive(isDown))
      })
    }
    await nodes[1].settle()
    nodes[0].exit(target, 'end')
    await nodes[0].settle()
    await nodes[1].settle()
    expect(probes.map((probe) => probe.messages.map((message) => message.reason))).toEqual([['end'], ['end']])
  })

  test('calls of two nodes to one process both fail when it ends', async () => {
    const target = nodes[0].spawn(async (self) => void (await self.receive((message) => message === 'never')))
    const calls = nodes.map((node) => node.call(target, 'x', 'infinity').catch((error: CallError) => error.reason))
    await nodes[0].settle()
    nodes[0].exit(target, 'end')
    expect(await Promise.all(calls)).toEqual(['end', 'end'])
  })

  test('an alias takes messages of every node', async () => {
    const log: unknown[] = []
    const aliases: Ref[] = []
    nodes[0].spawn(async (self) => {
      aliases.push(self.alias())
      log.push(await self.receive())
    })
    await nodes[0].settle()
    nodes[1].send(aliases[0] as Ref, 'across')
    await nodes[0].settle()
    expect(log).toEqual(['across'])
  })

  test('the first pids of two nodes with one name are not equal', () => {
    const twins = [createNode({ name: 'twin@local' }), createNode({ name: 'twin@local' })] as const
    const [one, two] = twins.map((node) => node.spawn(() => undefined)) as [Pid, Pid]
    expect(one.equals(two)).toBe(false)
  })
})

test('a loop of calls to nobody leaves the event loop its turn', async () => {
  const node = createNode()
  const seen = { beats: 0 }
  const beat = (): void => {
    seen.beats++
    if (seen.beats < 5) setImmediate(beat)
  }
  await new Promise<void>((resolve) => {
    setImmediate(beat)
    node.spawn(async (self) => {
      while (seen.beats < 5) await self.call('nobody', 'x').catch(() => undefined)
      resolve()
    })
  })
  expect(seen.beats).toBe(5)
  await node.stop()
})

test('exit of oneself ends a callback at once, also where the program has a say in its end', async () => {
  const node = testNode()
  const log: unknown[] = []
  const { pid } = spawnProgram(kernelOf(node), {
    start: () => undefined,
    message(process) {
      exit(process.pid, 'enough')
      log.push('goes on')
    },
    exiting: (_process, reason) => void log.push('exiting', reason),
  })
  node.send(pid, 'x')
  await node.settle()
  expect(log).toEqual(['exiting', 'enough'])
  await node.stop()
})

test('a node that stops waits for every program that has something to end', async () => {
  const node = createNode()
  const kernel = kernelOf(node)
  let ended = 0
  for (let i = 0; i < 50; i++) {
    const { process } = spawnProgram(kernel, {
      start: () => undefined,
      message: async (me, message) => {
        await new Promise((resolve) => setImmediate(resolve))
        ended++
        terminate(me, message as string)
      },
      exiting: (me, reason) => node.send(me.pid, reason),
    })
    process.trapExit = true
  }
  await node.stop()
  expect(ended).toBe(50)
})

test('what an incarnation has spawned with a link ends with it; who was linked otherwise hears nothing', async () => {
  const node = testNode()
  const pids: Record<string, Pid> = {}
  pids['other'] = node.spawn(async (self) => void (await self.receive()))
  pids['owner'] = node.spawn(async (self) => {
    pids['child'] = self.spawnLink(async (me) => void (await me.receive()))
    self.link(pids['other'] as Pid)
    await self.receive()
  })
  await node.settle()
  resetProcess(processOf(pids['owner']) as NonNullable<ReturnType<typeof processOf>>)
  expect(Object.entries(pids).map(([name, pid]) => [name, node.isAlive(pid)])).toEqual([
    ['other', true],
    ['owner', true],
    ['child', false],
  ])
  await node.stop()
})
