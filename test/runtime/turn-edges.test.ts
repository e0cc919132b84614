// A turn at its edges: a process that ends in its own turn stays dead, and what throws late is a crash like any other.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import { terminate } from '../../src/runtime/exit.js'
import { kernelOf } from '../../src/runtime/node.js'
import { DEAD, type Process, type Program } from '../../src/runtime/process.js'
import { post } from '../../src/runtime/send.js'
import { spawnProgram } from '../../src/runtime/spawn.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const start = (program: Program): Process => spawnProgram(kernelOf(node), program).process

describe('a process that ends in its own turn stays dead', () => {
  test('in its start', async () => {
    const process = start({ start: (own) => terminate(own, 'x'), message: () => undefined })
    await node.settle()
    expect(process.state).toBe(DEAD)
  })

  test('in the callback of a message, at once or later', async () => {
    const [now, later] = [false, true].map((waits) =>
      start({
        start: () => undefined,
        message(own) {
          if (!waits) return terminate(own, 'x')
          return Promise.resolve().then(() => terminate(own, 'x'))
        },
      }),
    ) as [Process, Process]
    for (const process of [now, later]) post(process, 'end')
    await node.settle()
    expect([now.state, later.state]).toEqual([DEAD, DEAD])
  })

  test('before its first turn: that never comes', async () => {
    let ran = false
    const process = start({ start: () => void (ran = true) })
    terminate(process, 'x')
    await node.settle()
    expect([ran, process.state]).toEqual([false, DEAD])
  })
})

test('a message that throws right after a start that took its time is a crash', async () => {
  node.expectCrash(/late/)
  const pid = node.spawnProcess({
    init: async () => 0,
    message() {
      throw new Error('late')
    },
  })
  node.send(pid, 'x')
  await node.settle()
  expect(node.isAlive(pid)).toBe(false)
})

test('a crashed that rejects ends the process with what it rejects with', async () => {
  node.expectCrash(/second/)
  const process = start({
    start() {
      throw new Error('first')
    },
    crashed: () => Promise.reject(new Error('second')),
  })
  await node.settle()
  expect(process.state).toBe(DEAD)
})

test('when the order is chosen from outside, each message is a turn of its own', async () => {
  const own = testNode({ pick: () => 0 })
  const log: string[] = []
  const pids = ['a', 'b'].map((name) =>
    own.spawnProcess({
      init: () => 0,
      message(message: string, n, self) {
        log.push(`${name}${message}`)
        if (message === '1') for (const pid of pids) if (pid !== self.pid) self.send(pid, '2')
        return ['ok', n]
      },
    }),
  )
  await own.settle()
  for (const message of ['1', '3']) own.send(pids[0] as (typeof pids)[0], message)
  await own.settle()
  expect(log).toEqual(['a1', 'b2', 'a3'])
  await own.stop()
})
