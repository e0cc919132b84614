// The stop of a node: which programs end in their own way, how long it waits for them, what it says of those it killed.
import { describe, expect, test } from '@jest/globals'
import { createNode, defaultNode, type ExitReason, isExit, type Logger, type Node, type Pid, silentLogger } from 'gensock'
import { link } from '../../src/runtime/links.js'
import { terminate } from '../../src/runtime/exit.js'
import { kernelOf } from '../../src/runtime/node.js'
import type { Process, Program } from '../../src/runtime/process.js'
import { spawnProgram } from '../../src/runtime/spawn.js'

const loopTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const idle: Program = { start: () => undefined, message: () => undefined }

function noted(): { readonly node: Node; readonly lines: unknown[]; readonly ends: unknown[] } {
  const lines: unknown[] = []
  const note = (...line: unknown[]): void => void lines.push(line)
  const logger: Logger = { error: note, warn: note, info: note, debug: note }
  const node = createNode({ name: 'n@local', logger, drainMs: 1_000 })
  const ends: unknown[] = []
  node.onExit((pid, reason) => void ends.push([pid, reason]))
  return { node, lines, ends }
}

describe('the roots of a node', () => {
  test('are told to stop: who is linked to no such program above it; the others end with their parent', async () => {
    const { node } = noted()
    const kernel = kernelOf(node)
    const told: string[] = []
    const make = (name: string, parent: Process | null, options = {}, stops = true): Process =>
      spawnProgram(
        kernel,
        {
          ...idle,
          ...(stops && {
            stopping(process: Process) {
              told.push(name)
              setImmediate(terminate, process, 'shutdown') // until then the others live
            },
          }),
        },
        options,
        parent,
      ).process
    const root = make('root', null)
    make('child', root, { link: true })
    const between = make('between', root, { link: true }, false)
    make('grandchild', between, { link: true })
    make('spawned only', root)
    const other = make('linked to another', root)
    link(other, make('plain', null, {}, false).pid)
    make('child of a plain one', make('plain', null, {}, false), { link: true })
    const dead = make('dead', null, {}, false)
    make('orphan', dead)
    terminate(dead, 'x')
    await node.stop()
    expect(told).toEqual(['root', 'spawned only', 'linked to another', 'child of a plain one', 'orphan'])
  })

  test('that end because another one stops are not told', async () => {
    const { node } = noted()
    const told: string[] = []
    const make = (name: string): Process => {
      const stopping = (process: Process): void => {
        told.push(name)
        terminate(process, 'shutdown')
      }
      return spawnProgram(kernelOf(node), { ...idle, stopping }, {}, null).process
    }
    link(make('first'), make('linked to it').pid)
    make('last')
    await node.stop()
    expect(told).toEqual(['first', 'last'])
  })
})

describe('a program with an end of its own', () => {
  const ender = (heard: ExitReason[], end: (process: Process) => void): Program => ({
    ...idle,
    exiting(process, reason) {
      heard.push(reason)
      end(process)
    },
  })

  test('hears shutdown, even if it traps exits, and is waited for', async () => {
    const { node, lines, ends } = noted()
    const heard: ExitReason[] = []
    const program = ender(heard, (process) => void setTimeout(() => terminate(process, 'done'), 5))
    const { pid } = spawnProgram(kernelOf(node), program, { trapExit: true })
    await node.stop()
    expect([heard, ends, lines]).toEqual([['shutdown'], [[pid, 'done']], []])
  })

  test('that comes to no end is killed at the deadline and named: by its name or pid, ten at most', async () => {
    const { node, lines, ends } = noted()
    const never = ender([], () => undefined)
    const names = Array.from({ length: 11 }, (_, i) => `p${i}`)
    const { pid } = spawnProgram(kernelOf(node), never)
    for (const name of names) spawnProgram(kernelOf(node), never, { name })
    await node.stop({ deadlineMs: 10 })
    const shown = [String(pid), ...names.slice(0, 9)].join(', ')
    expect(lines).toEqual([[{ label: 'stop', killed: 12 }, `stop of n@local: too late, killed 12: ${shown}`]])
    expect(ends.map((end) => (end as unknown[])[1])).toEqual(Array.from({ length: 12 }, () => 'killed'))
  })

  test('by stopping alone, that does not come to it, is named as well', async () => {
    const { node, lines } = noted()
    spawnProgram(kernelOf(node), { ...idle, stopping: () => undefined }, { name: 'slow', trapExit: true })
    await node.stop({ deadlineMs: 0 })
    expect(lines).toEqual([[{ label: 'stop', killed: 1 }, 'stop of n@local: too late, killed 1: slow']])
  })
})

describe('processes that trap exits', () => {
  test('and do nothing about shutdown are killed without a word', async () => {
    const { node, lines, ends } = noted()
    const pid = node.spawn(async (self) => void (await self.receive(() => false)), { trapExit: true })
    await loopTurn()
    await node.stop()
    expect([ends, lines]).toEqual([[[pid, 'killed']], []])
  })

  test('may work on as long as something happens in each turn of the event loop', async () => {
    const { node, ends } = noted()
    const echo = node.spawn(
      async (self) => {
        for (let step = 0; step < 5; step++) {
          const [from] = (await self.receive(Array.isArray)) as [Pid]
          self.send(from, step)
        }
      },
      { trapExit: true },
    )
    const pid = node.spawn(
      async (self) => {
        await self.receive(isExit)
        for (let step = 0; step < 5; step++) {
          await loopTurn()
          self.send(echo, [self.pid])
          await self.receive((message) => message === step)
        }
      },
      { trapExit: true },
    )
    await loopTurn()
    await node.stop()
    expect(ends).toEqual([
      [echo, 'normal'],
      [pid, 'normal'],
    ])
  })

  test('and wait for a promise have a turn of the event loop to end in', async () => {
    const { node, ends } = noted()
    let go: () => void = () => undefined
    const pid = node.spawn(() => new Promise<void>((resolve) => (go = resolve)), { trapExit: true })
    await loopTurn()
    setImmediate(() => go())
    await node.stop()
    expect(ends).toEqual([[pid, 'normal']])
  })

  test('that are ready when the node looks get their turn', async () => {
    const ends: unknown[] = []
    const node = createNode({ logger: silentLogger, pick: () => 0 }) // each turn has to wait for the event loop
    let go: () => void = () => undefined
    const last: Pid<any> = node.spawn(async (self) => void (await self.receive((message) => message === 'go')), {
      trapExit: true,
    })
    const first = node.spawn(
      async (self) => {
        await new Promise<void>((resolve) => (go = resolve))
        self.send(last, 'go')
      },
      { trapExit: true },
    )
    node.onExit((pid, reason) => void ends.push([pid, reason]))
    for (let i = 0; i < 5; i++) await loopTurn()
    // One turn of the event loop after `last` has heard of shutdown, just before the node looks: nothing else has run since.
    setImmediate(() => setImmediate(() => go()))
    await node.stop()
    expect(ends).toEqual([
      [first, 'normal'],
      [last, 'normal'],
    ])
  })
})

test('a node that is stopped takes the default node with it only if it is that', async () => {
  const main = kernelOf(defaultNode())
  await createNode({ logger: silentLogger }).stop()
  expect(kernelOf(defaultNode())).toBe(main)
  await defaultNode().stop()
  expect(kernelOf(defaultNode())).not.toBe(main)
  await defaultNode().stop()
})

test('a hook that was taken away is not called, and what is no function is refused', async () => {
  const { node, lines, ends } = noted()
  node.onExit(undefined)
  node.spawn(() => undefined)
  await loopTurn()
  expect([lines, ends]).toEqual([[], []])
  expect(() => node.onExit('x' as never)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  await node.stop()
})

test('a logger that is none is refused', () => {
  for (const logger of [null, {}])
    expect(() => createNode({ logger: logger as never })).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
})
