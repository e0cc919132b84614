// Messages of a contract from any process: to one socket, to many, to a group.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type GensockError, pg } from 'gensock'
import { type Codec, defineProtocol, jsonCodec, protocolHandler, toGroup, toSocket, toSockets } from 'gensock/protocol'
import { pushTo, text, type SocketHandler, type SocketPid } from 'gensock/socket'
import { type FakeTransport, fakeTransport, testNode, type TestNode } from 'gensock/testing'
import { z } from 'zod'
import { came, speak } from './speak.js'

let node: TestNode
let encoded: string[]
beforeEach(() => {
  node = testNode()
  encoded = []
})
afterEach(() => node.stop())

const counting = (name: string): Codec => ({
  name,
  encode(value) {
    encoded.push(name)
    if (name === 'picky' && JSON.stringify(value).includes('ugly')) throw new TypeError('no form')
    return JSON.stringify(value)
  },
  decode: (data) => jsonCodec.decode(data),
})
const shape = { toServer: {}, toClient: { messages: { line: z.string(), bell: z.undefined() } } } as const
const news = defineProtocol({ version: 'news.1', ...shape })
const other = defineProtocol({ version: 'news.2', ...shape })
const codecs = [counting('json'), counting('other'), counting('picky')]
const handler = protocolHandler<null>()(
  news,
  {
    init(_args, self) {
      pg.join('readers', self.pid)
      return ['ok', null]
    },
  },
  { codecs },
)
const otherHandler = protocolHandler<null>()(other, {
  init(_args, self) {
    pg.join('readers', self.pid)
    return ['ok', null]
  },
})
const plain: SocketHandler<null, any, any, any> = {
  init(_args, self) {
    pg.join('readers', self.pid)
    return ['ok', null]
  },
  handle: (_frame, state) => ['ok', state],
}
const pidOf = (socket: FakeTransport): SocketPid => socket.pid as unknown as SocketPid
async function open(subprotocol = 'news.1', of = handler): Promise<FakeTransport> {
  const socket = speak(node, of, subprotocol)
  await node.settle()
  return socket
}
async function out(run: () => void): Promise<void> {
  node.run(run)
  await node.settle()
}
const codeOf = (run: () => unknown): readonly string[] => {
  try {
    run()
  } catch (error) {
    return [(error as GensockError).code, (error as Error).message]
  }
  return ['it was not refused']
}

describe('toSocket', () => {
  test('sends in order with everything else of that sender', async () => {
    const ann = await open()
    const to = toSocket(news, pidOf(ann))
    await out(() => {
      to.line('one')
      pushTo(pidOf(ann), text('["raw"]'))
      to.bell()
      to.line('two')
    })
    expect(came(ann)).toEqual([['line', 'one'], ['raw'], ['bell'], ['line', 'two']])
  })

  test('a socket that has ended takes it in silence, before and after', async () => {
    const ann = await open()
    const to = toSocket(news, pidOf(ann))
    ann.close(1000)
    await node.settle()
    await out(() => to.line('x'))
    await out(() => toSocket(news, pidOf(ann)).line('y'))
    expect([came(ann), ann.exit]).toEqual([[], 'normal'])
  })

  test('a socket that speaks another version, or none, gets nothing', async () => {
    const [bob, cid] = [await open('news.2', otherHandler), fakeTransport(node, plain)]
    await node.settle()
    await out(() => [bob, cid].forEach((socket) => toSocket(news, pidOf(socket)).line('x')))
    expect([bob.sent, cid.sent]).toEqual([[], []])
  })

  test('what is not the pid of a socket is refused before there is a message', () => {
    const probe = node.probe()
    for (const bad of [undefined, null, {}, 'ann', 7, probe.pid]) {
      const [code, message] = codeOf(() => toSocket(news, bad as never))
      expect([code, message?.slice(0, 45)]).toEqual(['GENSOCK_ERR_BADARG', 'toSocket: socket must be the pid of a socket,'])
    }
  })

  test('what is no contract is refused', async () => {
    const ann = await open()
    for (const bad of [undefined, {}, { ...news }]) {
      expect(codeOf(() => toSocket(bad as never, pidOf(ann)))[0]).toBe('GENSOCK_ERR_BADARG')
      expect(codeOf(() => toSockets(bad as never, []))[0]).toBe('GENSOCK_ERR_BADARG')
      expect(codeOf(() => toGroup(bad as never, 'readers'))[0]).toBe('GENSOCK_ERR_BADARG')
    }
  })

  test('a message that does not fit throws to its sender, and harms no socket', async () => {
    const ann = await open()
    const [code, message] = codeOf(() => toSocket(news, pidOf(ann)).line(7 as never))
    expect([code, message]).toEqual([
      'GENSOCK_ERR_BAD_MESSAGE',
      expect.stringMatching(/^toSocket\.line: does not fit the contract: /),
    ])
    await out(() => toSocket(news, pidOf(ann)).line('fine'))
    expect(came(ann)).toEqual([['line', 'fine']])
  })

  test('in production nothing is checked', async () => {
    const ann = await open()
    const before = process.env['NODE_ENV']
    try {
      process.env['NODE_ENV'] = 'production'
      await out(() => toSocket(news, pidOf(ann)).line(7 as never))
    } finally {
      process.env['NODE_ENV'] = before
    }
    expect(came(ann)).toEqual([['line', 7]])
  })

  test('what comes while init runs goes out after what init pushes', async () => {
    const slow = protocolHandler<null>()(news, {
      async init(_args, self) {
        await self.sleep(10)
        self.push.line('of init')
        return ['ok', null]
      },
    })
    const ann = speak(node, slow, 'news.1')
    await node.settle()
    await out(() => toSocket(news, pidOf(ann)).line('from outside'))
    expect(came(ann)).toEqual([])
    await node.advance(10)
    expect(came(ann)).toEqual([
      ['line', 'of init'],
      ['line', 'from outside'],
    ])
  })
})

describe('toSockets', () => {
  test('each gets it, and it is written once for each codec', async () => {
    const sockets = [await open(), await open(), await open('news.1+other'), await open('news.1+other')]
    await out(() => toSockets(news, sockets.map(pidOf)).line('x'))
    expect(sockets.map(came)).toEqual(sockets.map(() => [['line', 'x']]))
    expect(encoded.sort()).toEqual(['json', 'other'])
  })

  test('nobody costs nothing', async () => {
    await out(() => toSockets(news, []).line('x'))
    expect(encoded).toEqual([])
  })

  test('takes any iterable, more than one message, and sockets that have ended', async () => {
    const [ann, bob] = [await open(), await open()]
    bob.close(1000)
    await node.settle()
    function* pids(): Iterable<SocketPid> {
      yield pidOf(ann)
      yield pidOf(bob)
    }
    await out(() => {
      const to = toSockets(news, pids())
      to.line('one')
      to.line('two')
    })
    expect([came(ann), came(bob)]).toEqual([
      [
        ['line', 'one'],
        ['line', 'two'],
      ],
      [],
    ])
  })

  test('one that is no socket, or no list, is refused: then none has got anything', async () => {
    const ann = await open()
    const probe = node.probe()
    expect(codeOf(() => toSockets(news, [pidOf(ann), probe.pid as never]).line('x'))[0]).toBe('GENSOCK_ERR_BADARG')
    for (const bad of [undefined, 7, {}]) expect(codeOf(() => toSockets(news, bad as never))[0]).toBe('GENSOCK_ERR_BADARG')
    await node.settle()
    expect(came(ann)).toEqual([])
  })

  test('a message that one codec has no form for goes to nobody', async () => {
    const [ann, bob] = [await open(), await open('news.1+picky')]
    expect(codeOf(() => node.run(() => toSockets(news, [ann, bob].map(pidOf)).line('ugly')))[0]).toBe('GENSOCK_ERR_BAD_FRAME')
    await node.settle()
    expect([came(ann), came(bob), ann.closed, bob.closed]).toEqual([[], [], undefined, undefined])
  })
})

describe('toGroup', () => {
  test('members that speak the version get it once; other versions, plain sockets and processes get nothing', async () => {
    const [ann, bob] = [await open(), await open('news.1+other')]
    const [cid, dan] = [await open('news.2', otherHandler), fakeTransport(node, plain)]
    const probe = node.probe()
    await node.settle()
    await out(() => {
      pg.join('readers', pidOf(ann)) // a second time
      pg.join('readers', probe.pid)
      toGroup(news, 'readers').line('x')
    })
    expect([came(ann), came(bob)]).toEqual([[['line', 'x']], [['line', 'x']]])
    expect([cid.sent, dan.sent, probe.messages, encoded.sort()]).toEqual([[], [], [], ['json', 'other']])
    await out(() => toGroup(other, 'readers').line('y'))
    expect([came(cid), came(ann)]).toEqual([[['line', 'y']], []])
  })

  test('may be kept: it sends to who is a member then', async () => {
    const to = node.run(() => toGroup(news, 'readers'))
    const ann = await open()
    await out(() => to.line('one'))
    ann.close(1000)
    await node.settle()
    const bob = await open()
    await out(() => to.line('two'))
    expect([came(ann), came(bob)]).toEqual([[['line', 'one']], [['line', 'two']]])
  })

  test('a group that nobody is in costs nothing, a scope that there is not is refused', async () => {
    await out(() => toGroup(news, 'nobody').line('x'))
    expect(encoded).toEqual([])
    expect(codeOf(() => node.run(() => toGroup(news, 'readers', 7 as never).line('x')))[0]).toBe('GENSOCK_ERR_BADARG')
  })
})

test('a handler of the other copy of the library pushes, asks and answers over sockets of this one', async () => {
  let socket: FakeTransport | undefined
  await jest.isolateModulesAsync(async () => {
    const copy = await import('gensock/protocol')
    const contract = copy.defineProtocol({
      version: 'news.1',
      toServer: { messages: { go: z.undefined() }, calls: { twice: { request: z.number(), reply: z.number() } } },
      toClient: { messages: { line: z.string() }, calls: { sure: { request: z.undefined(), reply: z.string() } } },
    })
    const handler = copy.protocolHandler<null>()(contract, {
      init: () => ['ok', null],
      on: {
        async go(_nothing, state, self) {
          self.push.line(await self.call.sure())
          self.control(['close', 4000, 'bye'])
          return ['ok', state]
        },
      },
      calls: { twice: (n, _from, state) => ['reply', 2 * n, state] },
    })
    socket = speak(node, handler, 'news.1')
  })
  const ann = socket as FakeTransport
  for (const frame of ['[1,"twice",21]', '["go"]']) ann.send(frame)
  await node.settle()
  ann.send('[-1,"ok","yes"]')
  await node.settle()
  expect(came(ann)).toEqual([
    [-1, 'ok', 42],
    [1, 'sure'],
    ['line', 'yes'],
  ])
  expect(ann.closed).toEqual(['close', 4000, 'bye'])
})

test('a message that the contract of a socket does not have is not sent to it, though the version is the same', async () => {
  const ann = await open()
  const other = defineProtocol({ version: 'news.1', toServer: {}, toClient: { messages: { other: z.string() } } })
  await out(() => toGroup(other, 'readers').other('x'))
  expect(came(ann)).toEqual([])
})

test('the other copy of the library finds the sockets as well', async () => {
  const ann = await open()
  await jest.isolateModulesAsync(async () => {
    const copy = await import('gensock/protocol')
    await out(() => {
      copy.toSocket(news, pidOf(ann)).line('one')
      copy.toGroup(news, 'readers').line('two')
    })
  })
  expect(came(ann)).toEqual([
    ['line', 'one'],
    ['line', 'two'],
  ])
})
