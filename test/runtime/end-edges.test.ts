// Ends that meet: a process that is dead already hears nothing more, and a hook that fails is reported with its facts.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { createNode, type ExitReason, type Logger } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { exitSignal, terminate } from '../../src/runtime/exit.js'
import { link } from '../../src/runtime/links.js'
import { kernelOf } from '../../src/runtime/node.js'
import { DEAD, type Process, type Program } from '../../src/runtime/process.js'
import { spawnProgram } from '../../src/runtime/spawn.js'
import { inside } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** A program that ends with each exit signal, and notes it. */
function ender(heard: ExitReason[]): Program {
  return {
    start: () => undefined,
    message: () => undefined,
    exiting(process, reason) {
      heard.push(reason)
      terminate(process, reason)
    },
  }
}

describe('an exit signal', () => {
  test('of a chain in which a process has died already is not told to its program', () => {
    const [p, q] = [[], []] as [ExitReason[], ExitReason[]]
    const kernel = kernelOf(node)
    const first = spawnProgram(kernel, { start: () => undefined, message: () => undefined }).process
    const [a, b] = [spawnProgram(kernel, ender(p)).process, spawnProgram(kernel, ender(q)).process] as [Process, Process]
    for (const [one, other] of [
      [first, a],
      [first, b],
      [a, b],
    ] as [Process, Process][])
      link(one, other.pid)
    terminate(first, 'x')
    expect([p, q, a.state, b.state]).toEqual([['x'], ['x'], DEAD, DEAD])
    exitSignal(b, a.pid, 'late', false)
    expect(q).toEqual(['x'])
  })

  test('normal from a process to itself ends it at once, even if it catches what unwinds it', async () => {
    const alive = await new Promise((resolve) => {
      node.spawn((self) => {
        try {
          self.exit(self.pid, 'normal')
        } catch {
          resolve(node.isAlive(self.pid))
        }
      })
    })
    expect(alive).toBe(false)
  })

  test('normal from another process is nothing to one that does not trap exits', async () => {
    const pid = node.spawn(async (self) => void (await self.receive()))
    await inside(node, (self) => self.exit(pid, 'normal'))
    expect(node.isAlive(pid)).toBe(true)
  })
})

describe('a hook that throws at the end of a process', () => {
  test('is reported with pid and error', async () => {
    const lines: unknown[] = []
    const note = (...line: unknown[]): void => void lines.push(line)
    const logger: Logger = { error: note, warn: note, info: note, debug: note }
    const own = createNode({ logger, drainMs: 1_000 }) // one turn of the event loop is enough, however busy the machine is
    const error = new Error('hook')
    own.onExit(() => {
      throw error
    })
    const pid = own.spawn(() => undefined)
    await new Promise((resolve) => setImmediate(resolve))
    expect(lines).toEqual([[{ pid: String(pid), error }, `a hook threw at the end of process ${String(pid)}`]])
    own.onExit(undefined)
    await own.stop()
  })
})
