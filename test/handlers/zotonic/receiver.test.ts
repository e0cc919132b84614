// The two processes of a socket: who runs what, what waits for what, and how they end together. In virtual time.
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { exit, isCrash, type Pid, self, send, spawnLink } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { websocketSendData } from 'gensock/zotonic'
import { connect, recording, waitOn } from './sites.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
})

const wait = (ms: number): Promise<void> => waitOn(node, ms)

describe('two processes', () => {
  test('the receiver is linked to the process of the socket, and its parent is that process', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    await node.settle()
    const { message } = record.pids
    expect(node.processInfo(message as Pid, 'links')).toEqual([socket.pid])
    expect(node.processInfo(message as Pid, 'parent')).toEqual(socket.pid)
    expect(node.processInfo(socket.pid, 'trap_exit')).toBe(true)
  })

  test('messages are handled one at a time, in order, however long each takes', async () => {
    const done: unknown[] = []
    const record = recording({
      async message(data) {
        await wait(data === 'slow' ? 1000 : 1)
        done.push(data)
      },
    })
    const socket = await connect(node, record)
    for (const data of ['slow', 'b', 'c']) socket.send(data)
    await node.advance(999)
    expect([record.calls.length, done]).toEqual([2, []])
    await node.advance(3)
    expect(done).toEqual(['slow', 'b', 'c'])
  })

  test('what is sent to the process of websocketMessage is lost, as in Zotonic', async () => {
    const record = recording({ message: () => send(self(), 'to myself') })
    const socket = await connect(node, record)
    socket.send('x')
    await node.settle()
    expect(record.calls).toEqual([['init'], ['message', 'x']])
    socket.send('y')
    await node.settle()
    expect(record.calls.at(-1)).toEqual(['message', 'y'])
  })

  test('with processes: 1 everything runs in the socket, `from` is self(), and a slow message holds back what comes after it', async () => {
    const record = recording({
      async message(_data, from) {
        await wait(300)
        websocketSendData(from, 'done')
      },
      info: (message) => websocketSendData(self(), message),
    })
    const socket = await connect(node, record, { processes: 1 })
    socket.send('x')
    node.send(socket.pid, 'news')
    await node.advance(299)
    expect(socket.sent).toEqual([])
    await node.advance(1)
    expect(socket.sent).toEqual(
      [
        ['text', 'news'],
        ['text', 'done'],
      ].toReversed(),
    )
    const { message, from, info } = record.pids
    expect([message, from, info]).toEqual([socket.pid, socket.pid, socket.pid])
  })
})

test('what waits for the receiver shows no content', async () => {
  const record = recording({ message: () => wait(1000) })
  const socket = await connect(node, record)
  for (const data of ['first', 'Z:PING:secret', Buffer.from('secret')]) socket.send(data)
  await node.settle()
  const waiting = node.processInfo(record.pids.message as Pid, 'messages')
  expect([waiting?.length, inspect(waiting, { depth: 9, showHidden: true })]).toEqual([2, expect.not.stringContaining('secret')])
  expect(JSON.stringify(waiting)).toBe('[{"bytes":13},{"bytes":6}]')
})

describe('the inbound mark', () => {
  const route = { inboundHighBytes: 1000, inboundLowBytes: 300 }

  test('counts what waits for the receiver: reading stops above the high mark and goes on at the low one', async () => {
    const record = recording({ message: () => wait(100) })
    const socket = await connect(node, record, { route })
    const frame = 'x'.repeat(136) // 200 with what each frame counts more
    for (let n = 0; n < 6; n++) {
      socket.send(frame)
      await node.settle() // through the mailbox of the socket, into that of the receiver, which works on the first
    }
    expect(socket.paused).toBe(false) // five wait: 1000
    socket.send(frame)
    await node.settle()
    expect(socket.paused).toBe(true) // 1200
    socket.send(frame)
    await node.advance(499)
    expect([socket.paused, record.calls.length]).toEqual([true, 6]) // two wait: 400, and one that was not read
    await node.advance(1)
    expect(socket.paused).toBe(false)
    await node.advance(500)
    expect(record.calls.length).toBe(9)
  })

  test('is not raised by the process of the socket handing frames on', async () => {
    const record = recording({ message: () => wait(1_000_000) })
    const socket = await connect(node, record, { route })
    for (let n = 0; n < 100; n++) socket.send('x'.repeat(136))
    await node.settle()
    expect([socket.paused, record.calls.length]).toEqual([true, 2])
  })
})

describe('ends', () => {
  test('a socket that is killed takes its receiver with it', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    await node.settle()
    node.exit(socket.pid, 'kill')
    await node.settle()
    expect([node.isAlive(record.pids.message as Pid), socket.closed, record.ended]).toEqual([false, 'cut', []])
  })

  test('a receiver that is killed ends the socket: 1011, and terminate hears why', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    await node.settle()
    node.exit(record.pids.message as Pid, 'kill')
    await node.settle()
    expect([socket.closed, socket.exit]).toEqual([['close', 1011], 'killed'])
    expect(record.ended).toEqual([[['error', { exit: 'killed' }], { closed: 'handler', reason: 'killed' }]])
  })

  test('nothing runs in the receiver once terminate has begun', async () => {
    const record = recording({
      message: () => wait(10),
      info: () => exit('enough'),
      terminate: () => wait(1000),
    })
    const socket = await connect(node, record)
    for (const data of ['a', 'b', 'c']) socket.send(data)
    await node.settle()
    node.send(socket.pid, 'stop')
    await node.advance(2000)
    expect(record.calls).toEqual([['init'], ['message', 'a'], ['info', 'stop'], ['terminate', ['error', { exit: 'enough' }]]])
    expect(node.isAlive(record.pids.message as Pid)).toBe(false)
  })

  test('an exit signal ends the socket at once, whatever waits, and so does a shutdown', async () => {
    for (const reason of ['shutdown', 'enough', 'normal']) {
      const record = recording({ message: () => wait(1000) })
      const socket = await connect(node, record)
      for (const data of ['a', 'b']) socket.send(data)
      await node.settle()
      node.exit(socket.pid, reason)
      await node.settle()
      expect(record.calls.slice(1)).toEqual([
        ['message', 'a'],
        ['terminate', reason === 'normal' ? 'normal' : ['error', { exit: reason }]],
      ])
      expect([socket.exit, node.isAlive(record.pids.message as Pid)]).toEqual([reason, false])
    }
  })

  test('what came before a close frame, or before the connection was lost, is handled before terminate', async () => {
    for (const end of ['close', 'cut'] as const) {
      const record = recording({ message: () => wait(1000) })
      const socket = await connect(node, record)
      for (const data of ['a', 'b']) socket.send(data)
      socket[end]()
      await node.advance(1999)
      expect(record.calls).toEqual([['init'], ['message', 'a'], ['message', 'b']])
      await node.advance(1)
      expect(record.calls.at(-1)).toEqual(['terminate', 'normal'])
      expect([record.pids.terminate, socket.exit]).toEqual([socket.pid, 'normal'])
    }
  })

  test('a message that fails after the close frame is an end with its reason, and is reported once', async () => {
    const record = recording({
      async message() {
        await wait(1000)
        throw new Error('too late')
      },
    })
    const socket = await connect(node, record)
    socket.send('a')
    socket.close(1000)
    await node.advance(1000)
    expect(record.ended).toEqual([
      [['error', { exit: new Error('too late') }], { closed: 'handler', code: 1011, reason: 'Error: too late' }],
    ])
    expect(socket.closed).toEqual(['close', 1000])
    node.expectCrash(/too late/)
  })

  test('a message that hangs after the close frame is given 2.5 s, then terminate runs without it', async () => {
    const record = recording({ message: () => new Promise(() => undefined) })
    const socket = await connect(node, record)
    socket.send('a')
    socket.close(1000)
    await node.advance(2499)
    expect(record.ended).toEqual([])
    await node.advance(1)
    expect(record.ended).toEqual([['normal', { closed: 'peer', code: 1000, reason: '' }]])
    expect([socket.exit, node.isAlive(record.pids.message as Pid)]).toEqual(['normal', false])
  })

  test('a crash of a message is one report and one crash, the same for one process and for two', async () => {
    for (const processes of [1, 2] as const) {
      const record = recording({
        message() {
          throw new Error('boom')
        },
      })
      const socket = await connect(node, record, { processes })
      socket.send('a')
      await node.settle()
      expect([socket.closed, isCrash(socket.exit)]).toEqual([['close', 1011], true])
      expect(record.ended).toEqual([
        [['error', { exit: new Error('boom') }], { closed: 'handler', code: 1011, reason: 'Error: boom' }],
      ])
      node.expectCrash(/boom/)
    }
    expect(node.crashes.length).toBe(2)
  })

  test('a crash of a linked helper is reported by the helper alone', async () => {
    const record = recording({
      init: () =>
        void spawnLink(() => {
          throw new Error('helper')
        }),
    })
    const socket = await connect(node, record)
    expect(node.crashes.length).toBe(1)
    expect([socket.closed, record.ended]).toEqual([
      ['close', 1011],
      [[['error', { exit: new Error('helper') }], { closed: 'handler', code: 1011, reason: 'Error: helper' }]],
    ])
    node.expectCrash(/helper/)
  })

  test('a refused request and a socket whose init crashes have no receiver', async () => {
    const before = node.processes().length
    const record = recording({
      init() {
        throw new Error('init')
      },
    })
    await connect(node, record)
    expect(node.processes().length).toBe(before)
    await connect(node, recording(), { requireSession: true })
    expect(node.processes().length).toBe(before)
    node.expectCrash(/init/)
  })

  test('a socket that begins anew after a crash (onCrash) has a receiver anew', async () => {
    for (const crashes of ['message', 'info']) {
      const record = recording({
        message(data, from) {
          if (data === 'crash') throw new Error('boom')
          websocketSendData(from, data)
        },
        info() {
          throw new Error('boom')
        },
      })
      const socket = await connect(node, record, { route: { onCrash: { restart: { intensity: 3, periodMs: 1000 } } } })
      socket.send('a')
      await node.settle()
      const first = record.pids.message as Pid
      if (crashes === 'message') socket.send('crash')
      else node.send(socket.pid, 'crash')
      await node.settle()
      socket.send('b')
      await node.settle()
      expect([socket.closed, socket.sent.map(([, data]) => data)]).toEqual([undefined, ['a', 'b']])
      expect([node.isAlive(first), first.equals(record.pids.message as Pid)]).toEqual([false, false])
      expect(
        record.calls.filter(([callback]) => callback === 'init' || callback === 'terminate').map(([callback]) => callback),
      ).toEqual(['init', 'terminate', 'init'])
      node.expectCrash(/boom/)
    }
  })

  test('a socket that is killed during init has no receiver', async () => {
    const before = node.processes().length
    const socket = await connect(node, recording({ init: () => wait(100) }))
    node.exit(socket.pid, 'kill')
    await node.advance(200)
    expect(node.processes().length).toBe(before)
  })
})
