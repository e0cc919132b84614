// What a process that has ended still tries, and how a process ends itself: nothing comes of the one, the other unwinds at once.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type From, isCall, isExit, type Receiver } from 'gensock'
import { testNode, type TestNode } from 'gensock/testing'
import { type Process, processOf } from '../../src/runtime/process.js'
import { post, postNow } from '../../src/runtime/send.js'
import { idle, thrownBy } from './inside.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

describe('a process that has ended', () => {
  async function dead(): Promise<{ self: Receiver<any>; process: Process }> {
    let self: Receiver<any> | undefined
    const pid = node.spawn(async (own: Receiver<any>) => {
      self = own
      await idle(own)
    })
    await node.settle()
    const process = processOf(pid) as Process
    node.exit(pid, 'kill')
    return { self: self as Receiver<any>, process }
  }

  test('keeps no message', async () => {
    const { process } = await dead()
    post(process, 'a')
    postNow(process, 'b')
    expect([process.queueLength, process.inbox]).toEqual([0, undefined])
  })

  test('answers no call, takes no name away, cancels no timer and runs nothing', async () => {
    const { self } = await dead()
    const froms: From[] = []
    const server = node.spawnProcess({
      init: () => 0,
      message(message: unknown, n) {
        if (isCall(message)) froms.push(message.from)
        return ['ok', n]
      },
    })
    node.register('server', server)
    const timer = node.sendAfter(100, 'server', 'x')
    let answered = false
    void node.call(server, 'q', 'infinity').then(
      () => (answered = true),
      () => undefined,
    )
    await node.settle()
    self.reply(froms[0] as From, 'late')
    self.unregister('server')
    await node.settle()
    expect([answered, node.whereis('server'), self.cancelTimer(timer), node.readTimer(timer)]).toEqual([
      false,
      server,
      false,
      100,
    ])
    let ran = false
    expect(thrownBy(() => self.run(() => (ran = true)))).toMatchObject({ reason: 'noproc' })
    expect(ran).toBe(false)
  })
})

describe('exit of the own pid', () => {
  test('kill ends a process that traps exits as well, and nothing after it runs', async () => {
    const log: string[] = []
    const pid = node.spawn(
      (self) => {
        log.push('before')
        self.exit(self.pid, 'kill')
        log.push('after')
      },
      { trapExit: true },
    )
    await node.settle()
    expect([log, node.isAlive(pid)]).toEqual([['before'], false])
  })

  test('any other reason is a message to a process that traps exits, which goes on', async () => {
    let got: unknown
    node.spawn(
      async (self) => {
        self.exit(self.pid, 'x')
        got = await self.receive(isExit)
      },
      { trapExit: true },
    )
    await node.settle()
    expect(got).toMatchObject({ reason: 'x' })
  })
})
