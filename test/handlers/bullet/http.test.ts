// Bullet over plain HTTP on 127.0.0.1, where the cases leave off: polls one after the other, requests that break, answers that
// take their time, and a route with `fallback`, which serves both Bullet's own clients and those that acknowledge.
import { afterEach, describe, expect, test } from '@jest/globals'
import type { Pid } from 'gensock'
import type { BulletHandler } from 'gensock/bullet'
import { testNode } from 'gensock/testing'
import type { Item, Opened } from '../../../src/wire/carrier.js'
import { frame, RawClient, TEXT } from '../cowboy/raw-client.js'
import { RawHttp } from './raw-http.js'
import { endOf, endWorlds, recorded, serve } from './world.js'

afterEach(endWorlds)

describe('requests that are a connection each', () => {
  test('two polls are two processes, and what is sent between them is lost', async () => {
    const { handler, calls, called } = recorded()
    const { port, node } = await serve(handler)
    const first = new RawHttp(port, 'GET')
    const pid = await called(1)
    node.send(pid, 'one')
    expect((await first.answer()).body).toBe('one')
    node.send(pid, 'lost')
    const second = new RawHttp(port, 'GET')
    node.send(await called(4), 'two')
    expect((await second.answer()).body).toBe('two')
    expect(calls.map(([callback]) => callback)).toEqual(['init', 'info', 'terminate', 'init', 'info', 'terminate'])
  })

  test('a poll without a reply is a 204 after the timeout', async () => {
    const { handler, calls, called } = recorded()
    const { port, node } = await serve(handler, {}, testNode())
    const poll = new RawHttp(port, 'GET')
    await called(1)
    await node.advance(59_999)
    expect(calls).toHaveLength(1)
    await node.advance(1)
    expect([(await poll.answer()).status, calls.at(-1)]).toEqual([204, ['terminate', 0]])
  })

  test.each([[[]], [['Accept: text/event-stream']]])('a GET %j whose peer goes ends with terminate', async (lines) => {
    const { handler, called } = recorded()
    const { port, node } = await serve(handler)
    const request = new RawHttp(port, 'GET', lines)
    const ended = endOf(node, await called(1))
    request.cut()
    await called(2)
    expect(await ended).toBe('normal')
  })

  test('a POST has its answer however long the handler takes', async () => {
    const { handler, called } = recorded({
      async stream(data, req, state, me) {
        await me.sleep(300_000)
        return ['reply', data, req, state]
      },
    })
    const { port, node } = await serve(handler, {}, testNode())
    const post = new RawHttp(port, 'POST', [], 'slow')
    await called(2)
    await node.advance(300_000)
    expect(await post.answer()).toMatchObject({ status: 200, body: 'slow' })
  })

  test('a POST without a reply is a 204, one of nothing calls stream with an empty text', async () => {
    const { handler, calls } = recorded({ stream: (_data, req, state) => ['ok', req, state] })
    const { port } = await serve(handler)
    expect((await new RawHttp(port, 'POST', ['Content-Length: 0']).answer()).status).toBe(204)
    expect(calls[1]).toEqual(['stream', '', 0])
  })

  test('headers that init sets are on the answer', async () => {
    const { handler, called } = recorded({ init: (_transport, req) => ['ok', req.setRespHeader('X-Room', '7'), 0] })
    const { port, node } = await serve(handler)
    const poll = new RawHttp(port, 'GET')
    node.send(await called(1), 'x')
    expect((await poll.answer()).headers['x-room']).toBe('7')
    expect((await new RawHttp(port, 'GET', ['Accept: text/event-stream']).head()).headers['x-room']).toBe('7')
    expect((await new RawHttp(port, 'POST', [], 'x').answer()).headers['x-room']).toBe('7')
  })
})

test('a WebSocket knows whether it is compressed', async () => {
  const stream: BulletHandler<number>['stream'] = (_data, req, state) => [
    'reply',
    String(req.meta('websocketCompress')),
    req,
    state,
  ]
  const { port } = await serve(recorded({ stream }).handler, { compress: true })
  for (const [extensions, wanted] of [
    ['permessage-deflate', 'text true'],
    [undefined, 'text false'],
  ] as const) {
    const client = await RawClient.open(port, { path: '/bullet', headers: { 'Sec-WebSocket-Extensions': extensions } })
    client.write(frame(TEXT, 'x'))
    expect(await client.next()).toBe(wanted)
  }
})

describe('a route with fallback', () => {
  /** Opens a connection; answers how to poll and how to send on it. */
  async function opened(
    url: string,
  ): Promise<{ poll(ack: number): Promise<Item[]>; send(ack: number, ...frames: Item[]): Promise<number> }> {
    const { id } = (await (await fetch(`${url}?gensock=open&via=longPoll`, { method: 'POST' })).json()) as Opened
    return {
      poll: async (ack) => (await (await fetch(`${url}?gensock=poll&id=${id}&ack=${ack}`)).json()) as Item[],
      send: async (ack, ...frames) =>
        (await fetch(`${url}?gensock=send&id=${id}`, { method: 'POST', body: JSON.stringify({ ack, frames }) })).status,
    }
  }

  test('runs a process for each poll and each frame, and loses nothing between polls', async () => {
    // As Bullet's README has it: init says whom messages can go to, terminate that they cannot any more.
    const listening = new Set<Pid>()
    const { handler, calls, called } = recorded({
      init(_transport, req, _opts, active, me) {
        if (active === 'once') listening.add(me.pid)
        return ['ok', req, 0]
      },
      terminate: (_req, _state, me) => void listening.delete(me.pid),
    })
    const { url, node, socket } = await serve(handler, { fallback: true })
    const { poll, send } = await opened(url)
    const connection = socket()
    const first = poll(0)
    node.send(await called(1), 'one')
    expect(await first).toEqual([[1, 't', 'one']])
    expect(await send(0, [1, 't', 'a'], [2, 't', 'b'])).toBe(204)
    const wanted: Item[] = [
      [1, 't', 'one'],
      [2, 't', 'a'],
      [3, 't', 'b'],
    ]
    expect(await poll(0)).toEqual(wanted)
    expect(await poll(1)).toEqual(wanted.slice(1))
    const last = poll(3)
    while (listening.size === 0) await called(calls.length + 1)
    for (const pid of listening) node.send(pid, 'two')
    expect(await last).toEqual([[4, 't', 'two']])
    expect(socket()).toBe(connection)
    const ended = endOf(node, connection)
    expect(await send(4, [3, 'c', 1000, ''])).toBe(204)
    expect(await ended).toBe('normal')
    const count = (name: string, what: unknown): number =>
      calls.filter(([callback, about]) => callback === name && about === what).length
    expect([count('init', false), count('stream', 'a'), count('stream', 'b')]).toEqual([2, 1, 1])
    expect(calls.filter(([name]) => name === 'init').length).toBe(calls.filter(([name]) => name === 'terminate').length)
  })

  test('answers one poll after the other with messages that come at once, or between two polls', async () => {
    const { handler, called } = recorded()
    const { url, node, socket } = await serve(handler, { fallback: true })
    const { poll } = await opened(url)
    const answers: Item[][] = [[]]
    const first = poll(0)
    await called(1)
    for (const message of ['a', 'b']) node.send(socket(), message)
    answers[0] = await first
    node.send(socket(), 'c')
    for (const ack of [1, 2]) answers.push(await poll(ack))
    expect(answers).toEqual([[[1, 't', 'a']], [[2, 't', 'b']], [[3, 't', 'c']]])
  })

  test('pushes what a stream of events replies, frame by frame', async () => {
    const { handler, called } = recorded()
    const { url, port, node, socket } = await serve(handler, { fallback: true })
    const { id } = (await (await fetch(`${url}?gensock=open&via=sse`, { method: 'POST' })).json()) as Opened
    const events = new RawHttp(port, 'GET', [], '', `/bullet?gensock=sse&id=${id}&ack=0`)
    expect((await events.head()).status).toBe(200)
    const pid = await called(1)
    expect(await events.chunk()).toMatch(/^:/)
    for (const [number, text] of [
      [1, 'one'],
      [2, 'two'],
    ] as const) {
      node.send(pid, text)
      expect(await events.chunk()).toBe(`id: ${number}\ndata: [${number},"t","${text}"]\n\n`)
    }
    const ended = endOf(node, socket())
    node.send(pid, 'bye')
    expect(await events.chunk()).toBe('id: 3\ndata: [3,"c",1000,""]\n\n')
    expect(await ended).toBe('normal')
  })

  test('answers the requests of Bullet’s own clients as before', async () => {
    const { handler, called } = recorded()
    const { port, node } = await serve(handler, { fallback: true })
    expect((await new RawHttp(port, 'POST', [], 'hello').answer()).body).toBe('hello')
    const poll = new RawHttp(port, 'GET')
    node.send(await called(4), 'tick')
    expect((await poll.answer()).body).toBe('tick')
  })
})
