// Zotonic's cases of ends, Z20 to Z32, on raw connections or in virtual time. Each title starts with its number; what is not as
// in Zotonic says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { type ExitReason, exit, isCrash, nocatch, type Pid, send, spawnLink } from 'gensock'
import { type TestNode, testNode } from 'gensock/testing'
import { websocketSendData, type WebsocketOptions } from 'gensock/zotonic'
import { closeFrame, frame, type RawClient, TEXT } from '../cowboy/raw-client.js'
import { connect, endSites, openRule, type Recorded, recording, type Script, serve, type Site, waitOn } from './sites.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(async () => {
  await node.stop()
  await endSites()
})

interface Opened {
  readonly client: RawClient
  readonly record: Recorded
  readonly site: Site
  /** How the socket's process ends. */
  readonly ended: Promise<ExitReason>
}
async function open(script: Script, options: WebsocketOptions = {}): Promise<Opened> {
  const record = recording(script)
  const site = await serve([openRule(record.handler, options)])
  const client = await site.open()
  return { client, record, site, ended: site.ended() }
}

/** Calls `reached` at its so-manieth call. */
function atCall(count: number, reached: () => void): () => void {
  let calls = 0
  return () => {
    calls++
    if (calls === count) reached()
  }
}

describe('ends', () => {
  test('Z20. Given an open socket, when the TCP side of the browser closes without a close frame, then terminate hears normal; differs: it also hears that the connection was lost', async () => {
    for (const leave of [(client: RawClient) => void client.socket.end(), (client: RawClient) => client.reset()]) {
      const { client, record, ended } = await open({ message: (_data, from) => websocketSendData(from, 'seen') })
      client.write(frame(TEXT, 'x'))
      expect(await client.next()).toBe('text seen')
      await leave(client)
      expect(await ended).toBe('normal')
      expect(record.ended).toEqual([['normal', { closed: 'lost' }]])
      await endSites()
    }
    const { client, record, ended } = await open({})
    client.write(closeFrame(4001, 'bye'))
    expect(await client.next()).toBe('close 4001')
    expect(await ended).toBe('normal')
    expect(record.ended).toEqual([['normal', { closed: 'peer', code: 4001, reason: 'bye' }]])
  })

  test('Z21. Given data that the browser has not taken, when the connection is lost, then terminate hears {error, closed}; differs: Zotonic has to send once more to notice', async () => {
    for (const leave of [(client: RawClient) => void client.socket.end(), (client: RawClient) => client.reset()]) {
      let allSent = (): void => undefined
      const sent = new Promise<void>((resolve) => (allSent = resolve))
      const { client, record, ended } = await open(
        {
          message(_data, from) {
            websocketSendData(from, 'x'.repeat(3_000_000))
            send(from, 'sent')
          },
          info: atCall(8, () => allSent()),
        },
        { route: { outboundHighBytes: 100_000_000 } },
      )
      client.socket.pause()
      for (let n = 0; n < 8; n++) client.write(frame(TEXT, 'x'))
      await sent
      await leave(client)
      expect(await ended).toBe('normal')
      expect(record.ended).toEqual([[['error', 'closed'], { closed: 'lost' }]])
      await endSites()
    }
  })

  test('Z22. Given message calls exit(boom), when it does, then terminate hears {error, {exit, boom}}; differs: the browser gets 1011, not a silent drop', async () => {
    for (const processes of [1, 2] as const) {
      const { client, record, ended } = await open({ message: () => exit('boom') }, { processes })
      client.write(frame(TEXT, 'x'))
      expect(await client.rest()).toEqual(['close 1011'])
      expect(await ended).toBe('boom')
      expect(record.ended).toEqual([[['error', { exit: 'boom' }], { closed: 'handler', reason: 'boom' }]])
      await endSites()
    }
    const { client, record, ended } = await open({ message: () => exit('normal') })
    client.write(frame(TEXT, 'x'))
    expect(await client.rest()).toEqual(['close 1000'])
    expect(await ended).toBe('normal')
    expect(record.ended.map(([reason]) => reason)).toEqual(['normal'])
  })

  test('Z24. Given message throws, when it does, then the socket ends: 1011, and terminate hears {error, {exit, error}}; differs: Zotonic writes an HTTP 500 into the stream and lives on', async () => {
    for (const processes of [1, 2] as const) {
      const error = new Error('boom')
      const { client, record, ended, site } = await open(
        {
          message(data) {
            throw data === 'throw' ? error : undefined
          },
        },
        { processes },
      )
      client.write(frame(TEXT, 'throw'))
      expect(await client.rest()).toEqual(['close 1011'])
      const reason = await ended
      expect(isCrash(reason) && reason.error).toBe(error)
      expect(site.listener.counters().crashed).toBe(1)
      expect(record.ended).toEqual([[['error', { exit: error }], { closed: 'handler', code: 1011, reason: 'Error: boom' }]])
      expect(() => websocketSendData(record.pids.from as Pid, 'nobody')).not.toThrow()
      await endSites()
    }
    const { client, record } = await open({ message: () => nocatch('thrown') })
    client.write(frame(TEXT, 'x'))
    expect(await client.rest()).toEqual(['close 1011'])
    expect(record.ended.map(([reason]) => reason)).toEqual([['error', { exit: ['nocatch', 'thrown'] }]])
  })

  test('Z25. Given init throws, when a browser connects, then no other callback runs; differs: it gets 1011, not a silent drop', async () => {
    const record = recording({
      init() {
        throw new Error('boom')
      },
    })
    const site = await serve([openRule(record.handler)])
    const client = await site.open()
    client.write(frame(TEXT, 'x'))
    expect(await client.rest()).toEqual(['close 1011'])
    expect(record.calls).toEqual([['init']])
  })

  test('Z26. Given info throws, when a message comes to it, then the socket ends; differs: with 1011 and terminate, not by a silent drop', async () => {
    const { client, record, ended } = await open({
      message: (_data, from) => send(from, 'a message'),
      info() {
        throw new Error('boom')
      },
    })
    client.write(frame(TEXT, 'x'))
    expect(await client.rest()).toEqual(['close 1011'])
    expect(isCrash(await ended)).toBe(true)
    expect(record.ended.map(([reason]) => reason)).toEqual([['error', { exit: new Error('boom') }]])
  })

  test('Z28. Given a helper that init has linked, when it ends normally, then terminate hears normal and the socket closes; differs: in Zotonic it stays open without a sender', async () => {
    const { client, record, ended, site } = await open({
      init: () => void spawnLink((helper) => helper.receive().then(() => undefined), { name: 'helper' }),
      message: (_data, from) => websocketSendData(from, 'seen'),
    })
    client.write(frame(TEXT, 'x'))
    expect(await client.next()).toBe('text seen')
    const receiver = site.ended(record.pids.message)
    site.node.send('helper', 'done')
    expect(await client.rest()).toEqual(['close 1000'])
    expect(await ended).toBe('normal')
    await receiver
    expect(record.ended).toEqual([['normal', { closed: 'handler', reason: 'normal' }]])
  })

  test('Z30. Given any end, when the socket ends, then terminate runs once, in its process, after the last info and the last message', async () => {
    const ends: ((socket: Awaited<ReturnType<typeof connect>>) => void)[] = [
      (socket) => socket.close(1000),
      (socket) => socket.cut(),
      (socket) => socket.fail('badframe'),
      (socket) => node.exit(socket.pid, 'shutdown'),
      (socket) => node.send(socket.pid, 'exit'),
      (socket) => socket.send('exit'),
    ]
    for (const end of ends) {
      const record = recording({
        message: (data) => (data === 'exit' ? exit('enough') : waitOn(node, 10)),
        info: (message) => (message === 'exit' ? exit('enough') : undefined),
        terminate: () => waitOn(node, 100),
      })
      const socket = await connect(node, record)
      socket.send('x')
      node.send(socket.pid, 'a')
      end(socket)
      end(socket)
      node.send(socket.pid, 'b')
      socket.send('y')
      await node.advance(1000)
      expect(record.calls.filter(([callback]) => callback === 'terminate').length).toBe(1)
      expect(record.calls.at(-1)?.[0]).toBe('terminate')
      expect(record.pids.terminate).toEqual(socket.pid)
      expect(node.isAlive(socket.pid)).toBe(false)
    }
  })

  test('Z31. Given a message in fragments, when its last one has come, then there is one message call; differs: Zotonic takes a fragment for a crash', async () => {
    const { client, record } = await open({ message: (data, from) => websocketSendData(from, ['You said: ', data]) })
    client.write(frame(TEXT, 'one ', { fin: false }))
    client.write(Buffer.concat([frame(0, 'and ', { fin: false }), frame(0, 'one')]))
    expect(await client.next()).toBe('text You said: one and one')
    expect(record.calls.length).toBe(2)
  })

  test('Z32. Given a frame that is not masked, when it comes, then the socket ends; differs: with 1002 and {error, {exit, badframe}}, and for an empty frame too (RFC 6455 section 5.1)', async () => {
    for (const payload of ['x', '']) {
      const { client, record, ended } = await open({})
      client.write(frame(TEXT, payload, { masked: false }))
      expect(await client.rest()).toEqual(['close 1002'])
      expect(await ended).toBe('normal')
      expect(record.calls.map(([callback]) => callback)).toEqual(['init', 'terminate'])
      expect(record.ended).toEqual([[['error', { exit: 'badframe' }], { closed: 'handler', reason: 'badframe' }]])
      await endSites()
    }
  })
})
