// Deaths that meet: chains, processes that act while others die, what is kept of a process that is gone.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { ExitReason, Receiver } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { terminate } from '../../src/runtime/exit.js'
import { link } from '../../src/runtime/links.js'
import { messageAt } from '../../src/runtime/mailbox.js'
import { kernelOf } from '../../src/runtime/node.js'
import { DEAD, inside, type Process, processOf, shared } from '../../src/runtime/process.js'
import { postNow } from '../../src/runtime/send.js'
import { spawnProgram } from '../../src/runtime/spawn.js'
import { idle } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const quiet = (): Process => spawnProgram(kernelOf(node), { start: () => undefined, message: () => undefined }).process

// The first test of this file: it sees the first chain of the program.
test('the first chain of deaths hands the first reason on, and each end is told before the end that it brings about', () => {
  const ended: unknown[] = []
  const chain = [quiet(), quiet(), quiet()] as [Process, Process, Process]
  link(chain[0], chain[1].pid)
  link(chain[1], chain[2].pid)
  node.onExit((pid, reason) => void ended.push([pid, reason]))
  terminate(chain[0], 'x')
  expect(ended).toEqual(chain.map(({ pid }) => [pid, 'x']))
})

test('a process that dies in a chain waits for ever in receive, even if a hook of that chain calls it', async () => {
  let self: Receiver | undefined
  const first = node.spawn(idle)
  const second = node.spawn(async (own) => {
    self = own
    own.link(first)
    await own.receive()
  })
  await node.settle()
  const called: unknown[] = []
  node.onExit((pid) => {
    if (pid !== first) return
    try {
      void (self as Receiver).receive()
      called.push(node.isAlive(second))
    } catch (thrown) {
      called.push(thrown)
    }
  })
  node.exit(first, 'x')
  expect(called).toEqual([false])
})

test('a process that ends while another is dying handles nothing more', async () => {
  const handled: unknown[] = []
  const pid = node.spawnProcess({
    init: () => 0,
    message(message: string, n, self) {
      handled.push(message)
      self.send(self.pid, 'again')
      return message === 'first' ? ['stop', 'normal'] : ['ok', n]
    },
  })
  const other = node.spawn(idle)
  await node.settle()
  const process = processOf(pid) as Process
  node.onExit((dead) => {
    if (dead === other) postNow(process, 'first')
  })
  node.exit(other, 'x')
  await node.settle()
  expect([handled, process.state]).toEqual([['first'], DEAD])
})

test('the reason of a child that a dead process spawns is noproc', async () => {
  let self: Receiver | undefined
  const pid = node.spawn(async (own) => {
    self = own
    await own.receive()
  })
  await node.settle()
  node.exit(pid, 'kill')
  const ends: ExitReason[] = []
  node.onExit((_pid, reason) => void ends.push(reason))
  ;(self as Receiver).spawn(() => undefined)
  expect(ends).toEqual(['noproc'])
})

describe('of a process that is gone', () => {
  test('the mailbox is empty', async () => {
    const process = quiet()
    const pid = process.pid
    for (const message of ['a', 'b', 'c']) node.send(pid, message)
    node.exit(pid, 'kill')
    expect([process.queueLength, process.inbox, process.backlog]).toEqual([0, undefined, null])
    expect(messageAt(process, 0)).toBeUndefined()
  })

  test('the signal says noproc when it is first asked for after the end', async () => {
    let self: Receiver | undefined
    const pid = node.spawn(async (own) => {
      self = own
      await own.receive()
    })
    await node.settle()
    node.exit(pid, 'kill')
    expect([self?.signal.aborted, self?.signal.reason]).toEqual([true, 'noproc'])
  })

  test('nothing runs inside it', () => {
    const process = quiet()
    const seen: unknown[] = []
    inside(process, () => void seen.push(shared.current))
    terminate(process, 'x')
    inside(process, () => void seen.push('dead'))
    expect(seen).toEqual([process])
  })
})
