// websocketSendData: what it takes, to whom, and in which order it arrives.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type GensockError, type Pid, self, send } from 'gensock'
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

describe('data', () => {
  test('is one frame for each call, and what its owner does to bytes later is not sent', async () => {
    const socket = await connect(node, recording())
    const bytes = new Uint8Array([65])
    websocketSendData(socket.pid, bytes)
    websocketSendData(socket.pid, ['binary', bytes])
    bytes[0] = 66
    websocketSendData(socket.pid, [])
    websocketSendData(socket.pid, ['binary', []])
    await node.settle()
    expect(socket.sent).toEqual([
      ['text', 'A'],
      ['binary', new Uint8Array([65])],
      ['text', ''],
      ['binary', new Uint8Array(0)],
    ])
  })

  test("a list of two that begins with 'text' or 'binary' is a frame of that kind; in one list more it is data", async () => {
    const socket = await connect(node, recording())
    websocketSendData(socket.pid, ['text', ' of two'])
    websocketSendData(socket.pid, [['text', ' of two']])
    websocketSendData(socket.pid, ['text', ' of ', 'three'])
    await node.settle()
    expect(socket.sent.map(([, data]) => data)).toEqual([' of two', 'text of two', 'text of three'])
  })

  test('a character in pieces is whole again, and what is no UTF-8 is refused', async () => {
    const socket = await connect(node, recording())
    const [first, second] = [Buffer.from([0xc3]), Buffer.from([0xa4])]
    websocketSendData(socket.pid, [first, second])
    await node.settle()
    expect(socket.sent).toEqual([['text', 'ä']])
    expect(() => websocketSendData(socket.pid, first)).toThrow(
      expect.objectContaining({
        code: 'GENSOCK_ERR_BAD_FRAME',
        message: expect.stringContaining('a text payload must be valid UTF-8'),
      }),
    )
  })

  test.each([undefined, null, 7, {}, { text: 'x' }, ['text', 7], ['binary', null], ['a', [7]], () => 'x'])(
    '%p is refused where it is sent',
    async (bad) => {
      const socket = await connect(node, recording())
      expect(() => websocketSendData(socket.pid, bad as never)).toThrow(
        expect.objectContaining({
          code: 'GENSOCK_ERR_BAD_FRAME',
          message: expect.stringContaining('must be a string, a Uint8Array or a list'),
        }),
      )
      await node.settle()
      expect(socket.sent).toEqual([])
    },
  )
})

describe('the pid', () => {
  test('of a process that is no socket is refused, with the advice to use `from`', async () => {
    const errors: GensockError[] = []
    const record = recording({
      message() {
        try {
          websocketSendData(self(), 'to myself')
        } catch (error) {
          errors.push(error as GensockError)
        }
      },
    })
    const socket = await connect(node, record)
    socket.send('x')
    await node.settle()
    expect(errors).toEqual([expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' })])
    expect(errors[0]?.message).toMatch(
      /^websocketSendData: pid must be the pid of a socket: `from` in websocketMessage, whose self\(\)/,
    )
    for (const bad of [undefined, 'socket', {}, node.probe().pid])
      expect(() => websocketSendData(bad as Pid, 'x')).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })

  test('of a socket that has ended takes it in silence, also that of a receiver', async () => {
    const record = recording()
    const socket = await connect(node, record)
    socket.send('x')
    socket.close()
    await node.settle()
    expect(node.isAlive(socket.pid)).toBe(false)
    websocketSendData(socket.pid, 'late')
    websocketSendData(record.pids.message as Pid, 'late')
    await node.settle()
    expect(socket.sent).toEqual([])
  })
})

test('what one process sends, frames and messages, arrives in the order sent', async () => {
  const record = recording({ info: (message) => websocketSendData(self(), ['info ', message]) })
  const socket = await connect(node, record)
  node.spawn(() => {
    websocketSendData(socket.pid, '1')
    send(socket.pid, 'a')
    websocketSendData(socket.pid, '2')
  })
  await node.settle()
  expect(socket.sent.map(([, data]) => data)).toEqual(['1', '2', 'info a'])
  expect(record.calls).toEqual([['init'], ['info', 'a']])
})

test('what init sends goes out when init is done, and what terminate sends does not', async () => {
  const record = recording({
    async init() {
      websocketSendData(self(), 'welcome')
      await waitOn(node, 0)
    },
    terminate: () => websocketSendData(self(), 'goodbye'),
  })
  const socket = await connect(node, record)
  await node.advance(0)
  expect(socket.sent).toEqual([['text', 'welcome']])
  socket.close()
  await node.settle()
  expect([record.calls.length, socket.sent.length]).toEqual([2, 1])
})
