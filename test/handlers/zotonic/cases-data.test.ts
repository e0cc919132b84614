// Zotonic's cases of data, Z11 to Z18, on raw connections or in virtual time. Each title starts with its number; what is not as
// in Zotonic says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { self } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { websocketSendData } from 'gensock/zotonic'
import { BINARY, frame, PING, PONG, type RawClient, TEXT } from '../cowboy/raw-client.js'
import { connect, endSites, openRule, type Recorded, recording, type Script, serve } from './sites.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endSites()
})

async function open(script: Script): Promise<{ client: RawClient; record: Recorded }> {
  const record = recording(script)
  return { client: await (await serve([openRule(record.handler)])).open(), record }
}

describe('data', () => {
  test('Z11. Given a binary frame, when it comes, then message gets its bytes; differs: those of a text come as a string', async () => {
    const { client, record } = await open({ message: (_data, from) => websocketSendData(from, 'seen') })
    client.write(Buffer.concat([frame(BINARY, Buffer.from([0, 255, 7])), frame(TEXT, 'ä')]))
    expect(await client.nexts(2)).toEqual(['text seen', 'text seen'])
    expect(record.calls.slice(1)).toEqual([
      ['message', Buffer.from([0, 255, 7])],
      ['message', 'ä'],
    ])
  })

  test('Z12. Given iodata, {text, iodata} or {binary, iodata}, when it is sent, then it is one text, text or binary frame for each call', async () => {
    const { client } = await open({
      message(data, from) {
        websocketSendData(from, ['You said: ', data, [Buffer.from(' – '), ['twice ', data]]])
        websocketSendData(from, ['text', ['a', Buffer.from('b')]])
        websocketSendData(from, ['binary', [new Uint8Array([1, 2]), 'c', []]])
        websocketSendData(from, Buffer.from('bytes'))
        websocketSendData(from, '')
      },
    })
    client.write(frame(TEXT, 'hi'))
    expect(await client.nexts(5)).toEqual(['text You said: hi – twice hi', 'text ab', 'binary 010263', 'text bytes', 'text'])
  })

  test('Z14. Given a ping of the browser, when it comes, then it gets a pong with the same payload and no callback runs, nor for a pong', async () => {
    const { client, record } = await open({ message: (_data, from) => websocketSendData(from, 'seen') })
    client.write(Buffer.concat([frame(PING, 'p'), frame(PONG, 'q'), frame(PING), frame(TEXT, 'x')]))
    expect(await client.nexts(3)).toEqual(['pong p', 'pong', 'text seen'])
    expect(record.calls).toEqual([['init'], ['message', 'x']])
  })

  test('Z15. Given a socket at which nothing happens, when 30 s have passed, then it sends a ping, and every 30 s another; differs: Zotonic writes "Zzz?" into it, and sends none to a socket that had a message within 30 s', async () => {
    const quiet = await connect(node, recording())
    const busy = await connect(node, recording({ init: () => node.sendAfter(10_000, self(), 'x') }))
    await node.advance(29_999)
    expect([quiet.sent, busy.sent]).toEqual([[], []])
    await node.advance(1)
    expect([quiet.sent, busy.sent]).toEqual([[['ping']], [['ping']]])
    await node.advance(30_000)
    expect([quiet.sent.length, quiet.closed]).toEqual([2, undefined])
  })

  test('Z16. Given a browser that is silent, when a day has passed, then its socket is still open', async () => {
    const record = recording()
    const socket = await connect(node, record)
    await node.advance(86_400_000)
    expect([socket.closed, record.ended]).toEqual([undefined, []])
  })

  test('Z18. Given a frame in three packets, when the last of them has come, then there is one message call', async () => {
    const { client, record } = await open({ message: (_data, from) => websocketSendData(from, 'seen') })
    const bytes = frame(TEXT, 'in three packets')
    const parts = [bytes.subarray(0, 3), bytes.subarray(3, 10), bytes.subarray(10)]
    for (const part of parts) {
      expect(record.calls).toEqual([['init']])
      // A ping cannot stand within a frame, so the only sign that a part has arrived is that the kernel has taken it.
      await new Promise((written) => client.socket.write(part, written))
    }
    expect(await client.next()).toBe('text seen')
    expect(record.calls).toEqual([['init'], ['message', 'in three packets']])
  })
})
