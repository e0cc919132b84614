// Where a message goes when its pid is no plain one, and that nobody runs under the feet of whoever sends.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { Pid, Receiver } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { ProcessId } from '../../src/base/pid.js'
import { kernelOf } from '../../src/runtime/node.js'
import { type Process, processKey, processOf } from '../../src/runtime/process.js'
import type { Remote } from '../../src/runtime/remote.js'
import { localProcess, postNow } from '../../src/runtime/send.js'
import { idle } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** What the cluster of a node is asked for. */
function connect(): unknown[] {
  const asked: unknown[] = []
  const note = (...args: unknown[]): void => void asked.push(args)
  kernelOf(node).remote = {
    send: note,
    exit: note,
    link: note,
    unlink: note,
    monitor: note,
    demonitor: note,
  } satisfies Remote
  return asked
}

describe('a message that comes from the event loop', () => {
  test('to a process that waits for a promise is handled once that has settled', async () => {
    const log: unknown[] = []
    let go: () => void = () => undefined
    const pid = node.spawnProcess({
      init: () => 0,
      async message(message: string, n): Promise<['ok', number]> {
        log.push(message)
        if (message === 'first') await new Promise<void>((resolve) => (go = resolve))
        log.push(`${message} done`)
        return ['ok', n]
      },
    })
    node.send(pid, 'first')
    await node.settle()
    postNow(processOf(pid) as Process, 'second')
    await node.settle()
    expect(log).toEqual(['first'])
    go()
    await node.settle()
    expect(log).toEqual(['first', 'first done', 'second', 'second done'])
  })

  test('within a process, or code outside that a process runs, is handled later', async () => {
    const log: unknown[] = []
    const other = node.spawnProcess({
      init: () => 0,
      message(message: string, n) {
        log.push(message)
        return ['ok', n]
      },
    })
    await node.settle()
    const post = (message: string): void => {
      postNow(processOf(other) as Process, message)
      log.push(`after ${message}`)
    }
    node.spawn(async (self: Receiver<any>) => {
      node.run(() => post('a'))
      await self.sleep(1)
      self.run(() => post('b'))
    })
    await node.advance(1)
    expect(log).toEqual(['after a', 'a', 'after b', 'b'])
  })
})

describe('with a cluster', () => {
  test('nothing of what is for dead processes of this program goes there', async () => {
    const asked = connect()
    const other = testNode({ name: 'other@local' })
    const dead = [node.spawn(idle), other.spawn(idle)]
    for (const each of [node, other]) await each.settle()
    node.exit(dead[0] as Pid, 'kill')
    other.exit(dead[1] as Pid, 'kill')
    const { id, serial, creation } = dead[0] as Pid & { id: number; serial: number; creation: number }
    const decoded = new ProcessId(kernelOf(node).name, id, serial, creation, undefined) as unknown as Pid
    for (const pid of [...dead, decoded]) {
      node.send(pid, 'late')
      node.exit(pid, 'late')
    }
    expect(asked).toEqual([])
    await other.stop()
  })
})

test('a pid of another node of the same program is no stranger', async () => {
  const other = testNode({ name: 'other@local' })
  const pid = other.spawn(idle)
  await other.settle()
  expect([node.isAlive(pid), node.processInfo(pid, 'status')]).toEqual([true, 'waiting'])
  other.exit(pid, 'kill')
  expect([node.isAlive(pid), node.processInfo(pid)]).toEqual([false, undefined])
  await other.stop()
})

test('pids beyond 2^28 differ by their serial, as they do in Erlang', () => {
  const kernel = kernelOf(node)
  const process = processOf(node.spawn(idle)) as Process
  const pid = new ProcessId(kernel.name, 5, 1, kernel.creation, undefined) as unknown as Pid
  const key = 2 ** 28 + 5
  kernel.processes.set(key, process)
  expect([processKey(pid), localProcess(kernel, pid)]).toEqual([key, process])
  kernel.processes.delete(key)
})

test('nodes and references are numbered from 1 upwards: on the wire these numbers have no sign', () => {
  const first = kernelOf(node)
  const second = kernelOf(testNode())
  const [a, b] = [first.newRef(), first.newRef()]
  expect([first.creation > 0, second.creation > first.creation]).toEqual([true, true])
  expect([a.id > 0, b.id > a.id]).toEqual([true, true])
})
