// What a peer can do wrong, by mistake or on purpose: requests that are none, floods, stalls, guesses.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import { attach, pushTo, route, type SocketHandler, type SocketPid, type TerminateReason, text } from 'gensock/socket'
import { type Answer, plainWorld } from './plain-world.js'

const world = plainWorld()
const MIB = 1_048_576
const ended: TerminateReason[] = []
const heard: string[] = []
const handler: SocketHandler<null, any, any, any> = {
  init() {
    ended.length = heard.length = 0
    return ['ok', null]
  },
  handle(frame) {
    heard.push(String(frame[1]))
    return ['push', frame, null]
  },
  terminate: (reason) => void ended.push(reason),
}
const statusOf = async (answer: Promise<Answer>): Promise<number> => (await answer).status
const get = (query: string): Promise<Answer> => world.ask(query)
const post = (query: string, body = ''): Promise<Answer> => world.ask(query, { method: 'POST', body })

describe('a request that is none', () => {
  test.each<readonly [string, string, string, number | string]>([
    ['open by GET', 'GET', 'gensock=open&via=sse', '405 POST'],
    ['open by PUT', 'PUT', 'gensock=open&via=sse', '405 POST'],
    ['sse by POST', 'POST', 'gensock=sse&id=ID&ack=0', '405 GET'],
    ['sse by HEAD', 'HEAD', 'gensock=sse&id=ID&ack=0', '405 GET'],
    ['poll by POST', 'POST', 'gensock=poll&id=ID&ack=0', '405 GET'],
    ['poll by HEAD', 'HEAD', 'gensock=poll&id=ID&ack=0', '405 GET'],
    ['send by GET', 'GET', 'gensock=send&id=ID', '405 POST'],
    ['send by DELETE', 'DELETE', 'gensock=send&id=ID', '405 POST'],
    ['open without via', 'POST', 'gensock=open', 400],
    ['open via what is none', 'POST', 'gensock=open&via=ws', 400],
    ['open via an inherited name', 'POST', 'gensock=open&via=constructor', 400],
    ['a verb that is none', 'GET', 'gensock=nonsense&id=ID&ack=0', 426],
    ['a verb with an inherited name', 'GET', 'gensock=toString&id=ID&ack=0', 426],
    ['poll without an id', 'GET', 'gensock=poll&ack=0', 400],
    ['sse without an id', 'GET', 'gensock=sse&ack=0', 400],
    ['send without an id', 'POST', 'gensock=send', 400],
    ['an empty id', 'GET', 'gensock=poll&id=&ack=0', 410],
    ['an id that nobody has', 'GET', 'gensock=poll&id=0123456789abcdefghijkl&ack=0', 410],
    ['an id with an inherited name', 'GET', 'gensock=poll&id=__proto__&ack=0', 410],
    ['a very long id', 'GET', `gensock=poll&id=${'a'.repeat(8000)}&ack=0`, 410],
    ['the id in another spelling', 'GET', 'gensock=poll&id=ID%00&ack=0', 410],
    ['poll without ack', 'GET', 'gensock=poll&id=ID', 400],
    ['sse without ack', 'GET', 'gensock=sse&id=ID', 400],
    ...['', '-1', '1.5', '1e3', ' 1', '0x1', 'NaN', 'null', '1'.repeat(16), '9007199254740993', '２'].map(
      (ack) => [`ack '${ack}'`, 'GET', `gensock=poll&id=ID&ack=${encodeURIComponent(ack)}`, 400] as const,
    ),
    ['an ack ahead of what was sent', 'GET', 'gensock=poll&id=ID&ack=1', 400],
    ['an ack of a send that is none', 'POST', 'gensock=send&id=ID&ack=x', 400],
    ['an ack of a send that is ahead', 'POST', 'gensock=send&id=ID&ack=1', 400],
  ])('%s', async (_title, method, query, expected) => {
    await world.serve(handler)
    const id = await world.open()
    const answer = await world.ask(`?${query.replace('ID', id)}`, { method })
    const { allow } = answer.headers
    expect(allow === undefined ? answer.status : `${answer.status} ${allow}`).toBe(expected)
    expect([world.listener().sockets().length, ended]).toEqual([1, []])
  })

  test.each([[''], ['-1'], ['x'], ['1'.repeat(16)]])('a Last-Event-ID %p that is none, or ahead', async (last) => {
    await world.serve(handler)
    const asked = world.ask(`?gensock=sse&id=${await world.open()}&ack=0`, { headers: { 'Last-Event-ID': last } })
    expect(await statusOf(asked)).toBe(400)
  })

  test('on a route without fallback there are no such requests', async () => {
    await world.serve(handler, { fallback: false })
    expect([await statusOf(post('?gensock=open&via=sse')), await statusOf(get('?gensock=poll&id=a&ack=0'))]).toEqual([405, 426])
  })

  test('of a connection at another path is unknown there', async () => {
    await world.serve(handler)
    const id = await world.open()
    expect(await statusOf(get(`/%77s?gensock=poll&id=${id}&ack=0`))).toBe(410)
  })
})

describe('the body of a send that is none', () => {
  test.each<[string]>([
    [''],
    ['x'],
    ['null'],
    ['[]'],
    ['"ack"'],
    ['{}'],
    ['{"ack":0}'],
    ['{"frames":[]}'],
    ['{"ack":0,"frames":{}}'],
    ['{"ack":0,"frames":[1]}'],
    ['{"ack":-1,"frames":[]}'],
    ['{"ack":1,"frames":[]}'],
    ['{"ack":0.5,"frames":[]}'],
    ['{"ack":"0","frames":[]}'],
    ['{"ack":1e300,"frames":[]}'],
    ['{"ack":0,"frames":[[]]}'],
    ['{"ack":0,"frames":[[0,"t","a"]]}'],
    ['{"ack":0,"frames":[[-1,"t","a"]]}'],
    ['{"ack":0,"frames":[[1.5,"t","a"]]}'],
    ['{"ack":0,"frames":[["1","t","a"]]}'],
    ['{"ack":0,"frames":[[1,"x","a"]]}'],
    ['{"ack":0,"frames":[[1,"t",1]]}'],
    ['{"ack":0,"frames":[[1,"t"]]}'],
    ['{"ack":0,"frames":[[1,"t","a","b"]]}'],
    ['{"ack":0,"frames":[[1,"b","A"]]}'],
    ['{"ack":0,"frames":[[1,"b","AAA"]]}'],
    ['{"ack":0,"frames":[[1,"b","A?AA"]]}'],
    ['{"ack":0,"frames":[[1,"b","AA=="],[2,"b","=AAA"]]}'],
    [`{"ack":0,"frames":[[1,"p","${'A'.repeat(168)}"]]}`],
    [`{"ack":0,"frames":[[1,"q","${'A'.repeat(168)}"]]}`],
    ['{"ack":0,"frames":[[1,"c"]]}'],
    ['{"ack":0,"frames":[[1,"c",1000]]}'],
    ['{"ack":0,"frames":[[1,"c",1005,""]]}'],
    ['{"ack":0,"frames":[[1,"c",999,""]]}'],
    ['{"ack":0,"frames":[[1,"c",5000,""]]}'],
    ['{"ack":0,"frames":[[1,"c",null,"why"]]}'],
    [`{"ack":0,"frames":[[1,"c",1000,"${'a'.repeat(124)}"]]}`],
    ['{"ack":0,"frames":[[1,"c",1000,"\\ud800"]]}'],
    ['{"ack":0,"frames":[[1,"t","good"],[2,"t",null]]}'],
    ['{"ack":0,"frames":[[1,"t","good"]'],
    ['\ufeff{"ack":0,"frames":[[1,"t","good"]]}'],
    ['['.repeat(100_000)],
    ['{"ack":0,"__proto__":{"frames":[]}}'],
  ])('%j is a 400, and nothing of it is taken', async (body) => {
    await world.serve(handler)
    const id = await world.open()
    expect([await statusOf(post(`?gensock=send&id=${id}`, body)), heard, ended]).toEqual([400, [], []])
    expect(await statusOf(world.send(id, 0, [[1, 't', 'still here']]))).toBe(204)
  })

  test('a ping of 125 bytes and a reason of 123 are the longest', async () => {
    await world.serve(handler)
    const frames = [
      [1, 'p', Buffer.alloc(125).toString('base64')],
      [2, 'c', 1000, 'a'.repeat(123)],
    ]
    expect(await statusOf(world.send(await world.open(), 0, frames))).toBe(204)
  })

  test('cut in the middle it is nothing', async () => {
    await world.serve(handler, { fallback: { graceMs: 20_000 } })
    const id = await world.open()
    const body = '{"ack":0,"frames":[[1,"t","a"]]}'
    const asked = world.begin(`?gensock=send&id=${id}`, { method: 'POST', body, open: true })
    await world.until(() => world.node().nextDueMs() === 10_000) // its request has come: the grace time stands still
    asked.cut()
    await world.until(() => world.node().nextDueMs() === 20_000)
    expect([await statusOf(world.send(id, 0, [[1, 't', 'b']])), heard]).toEqual([204, ['b']])
  })

  test('that stands still for 10 s is a 408; one that moves is not', async () => {
    await world.serve(handler, { idleTimeoutMs: 0, pingIntervalMs: 0, fallback: { graceMs: 3000 } })
    const id = await world.open()
    const asked = world.begin(`?gensock=send&id=${id}`, {
      method: 'POST',
      body: ' ',
      open: true,
      headers: { 'Content-Length': '40' },
    })
    await world.until(() => world.node().nextDueMs() === 10_000)
    await world.node().advance(9999)
    asked.request.write(' ')
    await world.until(() => world.node().nextDueMs() === 19_999)
    await world.node().advance(10_000)
    expect(await statusOf(asked.answer)).toBe(408)
    expect(world.listener().sockets()).toHaveLength(1)
  })
})

describe('floods', () => {
  test('of sends whose bodies do not end: two are read, the oldest gives way', async () => {
    await world.serve(handler)
    const id = await world.open()
    const asked = []
    for (let n = 0; n < 6; n++) {
      asked.push(world.begin(`?gensock=send&id=${id}`, { method: 'POST', body: ' ', open: true }))
      await once(asked.at(-1)?.request as NodeJS.EventEmitter, 'socket')
    }
    const statuses: number[] = []
    for (const { answer } of asked)
      void answer.then(
        ({ status }) => statuses.push(status),
        () => undefined,
      )
    await world.until(() => statuses.length === 4)
    for (let n = 0; n < 10; n++) await world.turn()
    expect(statuses).toEqual([409, 409, 409, 409])
  })

  test('of polls: each ends the one before it', async () => {
    await world.serve(handler)
    const id = await world.open()
    const polls = Array.from({ length: 50 }, () => world.begin(`?gensock=poll&id=${id}&ack=0`))
    const bodies: string[] = []
    for (const { answer } of polls)
      void answer.then(
        ({ body }) => bodies.push(body),
        () => undefined,
      )
    await world.until(() => bodies.length === 49)
    pushTo(world.socket(), text('a'))
    await world.until(() => bodies.length === 50)
    expect([new Set(bodies.slice(0, 49)), bodies.at(-1)]).toEqual([new Set(['[]']), '[[1,"t","a"]]'])
  })

  test('of polls whose answers nobody reads: only the newest one is held, the others are cut', async () => {
    const server = createServer()
    const sides: Socket[] = []
    server.on('connection', (side) => sides.push(side))
    const listener = attach(server, [route('/ws', handler, { fallback: true, outboundHighBytes: 64 * MIB })], {
      node: world.node(),
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const at = { port: (server.address() as AddressInfo).port, host: '127.0.0.1' }
    const opened = await fetch(`http://127.0.0.1:${at.port}/ws?gensock=open&via=sse`, { method: 'POST' })
    const { id } = (await opened.json()) as { id: string }
    sides.length = 0
    pushTo(listener.sockets()[0] as SocketPid, text('x'.repeat(16 * MIB))) // more than the kernel takes
    const peers = [1, 2].map(() => connect(at).pause())
    for (const [index, peer] of peers.entries()) {
      peer.on('error', () => undefined)
      peer.write(`GET /ws?gensock=poll&id=${id}&ack=0 HTTP/1.1\r\nHost: a\r\n\r\n`)
      await world.until(() => (sides[index]?.writableLength ?? 0) > 0)
    }
    await once(sides[0] as Socket, 'close')
    expect(sides[1]?.destroyed).toBe(false)
    world.node().exit(listener.sockets()[0] as SocketPid, 'kill')
    await once(sides[1] as Socket, 'close')
    for (const peer of peers) peer.destroy()
    await listener.drain({ deadlineMs: 0 })
    await new Promise((resolve) => server.close(resolve))
  })

  test('of opens: as many as there are places, and each is given back', async () => {
    await world.serve(handler, { fallback: { graceMs: 1000 } }, { maxConnections: 3 })
    const statuses = await Promise.all(Array.from({ length: 10 }, () => statusOf(post('?gensock=open&via=sse'))))
    expect(statuses.toSorted((a, b) => a - b)).toEqual([200, 200, 200, ...Array.from({ length: 7 }, () => 503)])
    await world.node().advance(1000)
    expect(await statusOf(post('?gensock=open&via=sse'))).toBe(200)
  })

  test('of pings are answered with a bounded number of pongs', async () => {
    await world.serve(handler)
    const id = await world.open()
    const pings = Array.from({ length: 2000 }, (_, index) => [index + 1, 'p', ''])
    expect(await statusOf(world.send(id, 0, pings))).toBe(204)
    expect(await world.poll(id, 0)).toHaveLength(512)
  })

  test('of frames that nobody takes end with the connection cut at maxBufferedBytes', async () => {
    await world.serve(handler, { outboundHighBytes: 10_000, maxBufferedBytes: 20_000, onSlowPeer: 'wait' })
    const id = await world.open()
    for (let n = 0; n < 3; n++) {
      pushTo(
        world.socket(),
        Array.from({ length: 10 }, () => text('x'.repeat(1000))),
      )
      await world.turn()
      if (ended.length > 0) break
    }
    expect(await statusOf(get(`?gensock=poll&id=${id}&ack=0`))).toBe(410)
    expect(ended).toEqual([{ type: 'error', error: 'slow_peer' }])
  })
})

describe('what is not to be known', () => {
  test('an id is in no report, no process and nothing that is shown', async () => {
    await world.serve({
      ...handler,
      handle() {
        throw new Error('on purpose')
      },
    })
    const id = await world.open()
    const pid = world.socket()
    const before = inspect([world.listener(), world.node().processInfo(pid), pid], { depth: 10, showHidden: true })
    await world.send(id, 0, [[1, 't', 'a']])
    await world.node().settle()
    world.node().expectCrash()
    expect(inspect(world.node().crashes, { depth: 20 }) + before).not.toContain(id)
  })

  test('no answer says whether an id is like a real one', async () => {
    await world.serve(handler)
    const id = await world.open()
    const other = `${id.slice(0, -1)}${id.endsWith('A') ? 'Q' : 'A'}`
    const answers = [await get(`?gensock=poll&id=${other}&ack=0`), await get('?gensock=poll&id=nonsense&ack=0')]
    expect(answers.map(({ status, body }) => [status, body])).toEqual([
      [410, 'Gone\n'],
      [410, 'Gone\n'],
    ])
  })

  test('what a peer writes into a request stays out of the headers of its answer', async () => {
    await world.serve(handler, { subprotocols: ['a'] })
    for (const query of ['gensock=open&via=sse%0d%0aX-Evil:1', 'gensock=open&via=sse&protocols=a%0d%0aX-Evil:1']) {
      const { headers } = await post(`?${query}`)
      expect(headers['x-evil']).toBeUndefined()
    }
  })
})

describe('raw bytes', () => {
  async function raw(bytes: string): Promise<string> {
    const socket = connect(world.listener().port, '127.0.0.1')
    let seen = ''
    socket.on('data', (chunk: Buffer) => (seen += chunk.toString()))
    socket.write(bytes)
    await once(socket, 'close')
    return seen
  }

  test('a body that goes on behind its answer is thrown away, then the connection is cut', async () => {
    await world.serve(handler)
    const head = 'POST /ws?gensock=send&id=none HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n'
    expect(await raw(`${head}${'x'.repeat(1000)}`)).toMatch(/^HTTP\/1\.1 410 Gone\r\n[^]*\r\n\r\nGone\n$/)
  })

  test('two requests in one segment are both answered, in order', async () => {
    await world.serve(handler)
    const id = await world.open()
    const body = '{"ack":0,"frames":[[1,"t","a"]]}'
    const send = `POST /ws?gensock=send&id=${id} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`
    const poll = `GET /ws?gensock=poll&id=${id}&ack=0 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`
    const answers = await raw(send + poll)
    expect(answers).toMatch(/^HTTP\/1\.1 204 No Content\r\n[^]*HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\n\[\[1,"t","a"\]\]$/)
  })

  test('HTTP/1.0 gets its polls and its events', async () => {
    await world.serve(handler)
    const id = await world.open()
    pushTo(world.socket(), text('a'))
    expect(await raw(`GET /ws?gensock=poll&id=${id}&ack=0 HTTP/1.0\r\nHost: a\r\n\r\n`)).toMatch(/\r\n\r\n\[\[1,"t","a"\]\]$/)
    pushTo(world.socket(), ['close', 4000])
    const events = await raw(`GET /ws?gensock=sse&id=${id}&ack=1 HTTP/1.0\r\nHost: a\r\n\r\n`)
    expect(events).toMatch(/\r\n\r\n:\n\nevent: attached\ndata:\n\nid: 2\ndata: \[2,"c",4000,""\]\n\n$/)
  })
})
