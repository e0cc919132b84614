// One turn of one process: what a program's hooks are told, and when.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { testNode, type TestNode } from 'gensock/testing'
import { terminate } from '../../src/runtime/exit.js'
import { kernelOf } from '../../src/runtime/node.js'
import { BUSY, isRunning, type Process, type Program, shared, WAITING } from '../../src/runtime/process.js'
import { post } from '../../src/runtime/send.js'
import { spawnProgram } from '../../src/runtime/spawn.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const start = (program: Program): Process => spawnProgram(kernelOf(node), program).process

describe('a program', () => {
  test('is started first, then gets its messages one by one, with its process as the running one', async () => {
    const log: unknown[] = []
    const process = start({
      start: (process) => void log.push(['start', shared.current === process]),
      message: (process, message) => void log.push([message, shared.current === process]),
    })
    post(process, 'a')
    post(process, 'b')
    await node.settle()
    expect(log).toEqual([
      ['start', true],
      ['a', true],
      ['b', true],
    ])
    expect([process.state, shared.current]).toEqual([WAITING, null])
  })

  test('without message it ends when start is done', async () => {
    const process = start({ start: () => undefined })
    await node.settle()
    expect(isRunning(process)).toBe(false)
  })

  test('decides itself on a throw with crashed, also when a promise rejects', async () => {
    const thrown: unknown[] = []
    const process = start({
      start: () => undefined,
      message(_process, message) {
        if (message === 'later') return Promise.reject(new Error('later'))
        throw new Error(String(message))
      },
      crashed: (_process, error) => void thrown.push((error as Error).message),
    })
    for (const message of ['now', 'later', 'again']) post(process, message)
    await node.settle()
    expect(thrown).toEqual(['now', 'later', 'again'])
    expect([process.state, node.crashes]).toEqual([WAITING, []])
  })

  test('a crashed that throws itself ends the process with that', async () => {
    node.expectCrash(/second/)
    const process = start({
      start() {
        throw new Error('first')
      },
      message: () => undefined,
      crashed() {
        throw new Error('second')
      },
    })
    await node.settle()
    expect(isRunning(process)).toBe(false)
  })

  test('a crashed that answers a promise keeps the process busy until it settles', async () => {
    const log: unknown[] = []
    let go: (() => void) | undefined
    const process = start({
      start: () => undefined,
      message(_process, message) {
        log.push(message)
        if (message === 'crash') throw new Error('boom')
      },
      crashed: () => new Promise<void>((resolve) => void (go = resolve)),
    })
    for (const message of ['crash', 'next']) post(process, message)
    await node.settle()
    expect([log, process.state]).toEqual([['crash'], BUSY])
    go?.()
    await node.settle()
    expect(log).toEqual(['crash', 'next'])
  })

  test('exiting decides on an exit signal, also while busy; a kill asks nobody', async () => {
    const log: unknown[] = []
    const program: Program = {
      start: () => undefined,
      message: () => new Promise(() => undefined),
      exiting: (process, reason) => void log.push(['exiting', reason, process.state === BUSY]),
      ended: (_process, reason) => void log.push(['ended', reason]),
    }
    const process = start(program)
    post(process, 'busy')
    await node.settle()
    node.exit(process.pid, 'normal')
    node.exit(process.pid, 'boom')
    node.exit(process.pid, 'kill')
    node.exit(process.pid, 'kill')
    expect(log).toEqual([
      ['exiting', 'boom', true],
      ['ended', 'killed'],
    ])
  })

  test('ended is called once, however the end came about', async () => {
    const ended: unknown[] = []
    const process = start({
      start: () => undefined,
      message(process) {
        terminate(process, 'first')
        terminate(process, 'second')
        throw new Error('after its end')
      },
      ended: (_process, reason) => void ended.push(reason),
    })
    post(process, 'x')
    await node.settle()
    expect([ended, node.crashes]).toEqual([['first'], []])
  })

  test('whatever a dead process throws or rejects with is nobody’s business', async () => {
    let fail: ((error: Error) => void) | undefined
    const process = start({ start: () => new Promise<void>((_resolve, reject) => void (fail = reject)) })
    await node.settle()
    terminate(process, 'gone')
    fail?.(new Error('too late'))
    await node.settle()
    expect(node.crashes).toEqual([])
  })

  test('a crash of one process leaves the others alone', async () => {
    node.expectCrash(/boom/)
    const seen: string[] = []
    const make = (name: string): Process =>
      start({
        start: () => undefined,
        message() {
          if (name === 'b') throw new Error('boom')
          seen.push(name)
        },
      })
    for (const process of ['a', 'b', 'c'].map(make)) post(process, 'go')
    await node.settle()
    expect(seen).toEqual(['a', 'c'])
  })
})
