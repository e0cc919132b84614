// Ends that come while a callback hangs, owners that change what they have sent, listeners that end, against a fake transport.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { broadcast, pushTo, type SocketHandler } from 'gensock/socket'
import { type TestNode, testNode } from 'gensock/testing'
import { kernelOf } from '../../src/runtime/node.js'
import { listenerOptions } from '../../src/sockets/listener-options.js'
import { SocketListener } from '../../src/sockets/listener.js'
import { routeOptions } from '../../src/sockets/options.js'
import { NOT_YET } from '../../src/sockets/transport.js'
import { type FakeTransportOptions, type FakeTransport, fakeTransport } from '../../src/testing/fake-transport.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())
const echo: SocketHandler<number> = { init: () => ['ok', 0], handle: (frame, n) => ['push', frame, n + 1] }
const hang = (): Promise<never> => new Promise(() => undefined)
async function open<S, M, C, A>(handler: SocketHandler<S, M, C, A>, options?: FakeTransportOptions): Promise<FakeTransport> {
  const socket = fakeTransport(node, handler, options)
  await node.settle()
  return socket
}

describe('what is sent is what it was', () => {
  test('pushTo and broadcast copy in the sender', async () => {
    const socket = await open(echo)
    const bytes = new Uint8Array([1])
    const commands: any[] = [
      ['binary', bytes],
      ['text', 'a'],
    ]
    pushTo(socket.pid, commands)
    pushTo(socket.pid, ['binary', bytes])
    broadcast([socket.pid], ['binary', bytes])
    bytes[0] = 9
    commands[1][1] = 42
    commands.push('nonsense')
    await node.settle()
    const one = ['binary', new Uint8Array([1])]
    expect(socket.sent).toEqual([one, ['text', 'a'], one, one])
  })
})

describe('a peer that has gone while a callback hangs', () => {
  test.each<[string, (socket: FakeTransport) => void]>([
    ['a lost connection', (socket) => socket.cut()],
    ['a close of the peer', (socket) => socket.close(1000)],
    ['a broken rule', (socket) => socket.fail('badframe')],
  ])('%s: the process is killed after 5 s', async (_name, act) => {
    const socket = await open({ ...echo, handle: hang })
    socket.send('x')
    await node.settle()
    act(socket)
    await node.advance(4999)
    expect(socket.exit).toBeUndefined()
    await node.advance(1)
    expect(socket.exit).toBe('killed')
  })

  test('also during init, and by the idle timeout', async () => {
    const cut = await open({ ...echo, init: hang })
    cut.cut()
    await node.advance(5000)
    expect(cut.exit).toBe('killed')
    const idle = await open({ ...echo, init: hang }, { pingIntervalMs: 0 })
    await node.advance(64_999)
    expect(idle.exit).toBeUndefined()
    await node.advance(1)
    expect(idle.exit).toBe('killed')
  })

  test('a byte of the peer takes the idle deadline back', async () => {
    const socket = await open({ ...echo, handle: hang }, { pingIntervalMs: 0 })
    socket.send('x')
    await node.advance(62_000)
    socket.sendPart()
    await node.advance(30_000)
    expect(socket.exit).toBeUndefined()
    await node.advance(35_000)
    expect(socket.exit).toBe('killed')
  })

  test('callbacks that end in time are run, each with 5 s, and terminate hears the reason', async () => {
    const socket = await open<number, never, {}, unknown>({
      init: () => ['ok', 0],
      async handle(_frame, n, self) {
        await self.sleep(4000)
        return ['ok', n + 1]
      },
    })
    for (const frame of ['a', 'b', 'c']) socket.send(frame)
    await node.settle()
    socket.close(4000, 'bye')
    await node.advance(12_000)
    expect(socket.terminated).toEqual([{ type: 'remote', code: 4000, reason: 'bye' }])
    expect(socket.exit).toBe('normal')
  })
})

test('receive is not for sockets', async () => {
  node.expectCrash(/by the callback info/)
  const socket = await open({ ...echo, handle: (_frame, _n, self) => (self as any).receive() })
  socket.send('x')
  await node.settle()
  expect(socket.terminated).toMatchObject([{ type: 'crash', error: { code: 'GENSOCK_ERR_BADARG', reason: 'badarg' } }])
})

describe('a listener', () => {
  const closes: unknown[] = []
  const heard: unknown[] = []
  function listener(handler: SocketHandler<number>): SocketListener {
    closes.length = heard.length = 0
    const sockets = new SocketListener(kernelOf(node), listenerOptions('test', {}, '404'), () => undefined)
    const place = sockets.reserve('a')
    if (typeof place === 'string') throw new Error('full')
    sockets.add(
      {
        handler: { ...handler, terminate: (reason: unknown) => void heard.push(reason) } as never,
        options: routeOptions('test', {}),
        request: { remoteAddress: 'a' } as never,
        params: {},
        claims: undefined,
        accept: {},
        transport: 'ws',
        handshake: {
          accept: () => ({ ...NOT_YET, close: (code) => void closes.push(code) }),
          reject: () => undefined,
        },
      },
      place,
    )
    return sockets
  }

  test('its end closes sockets that trap exits', async () => {
    const sockets = listener({ ...echo, init: (_args, self) => (self.trapExit(true), ['ok', 0]) })
    await node.settle()
    node.exit(sockets.process.pid, 'shutdown')
    await node.settle()
    expect([closes, heard]).toEqual([[1012], [{ type: 'exit', reason: 'shutdown' }]])
    expect(sockets.sockets()).toEqual([])
  })

  test('two drains at once both end', async () => {
    const sockets = listener(echo)
    await node.settle()
    const both = Promise.all([sockets.drain({ deadlineMs: 1000 }), sockets.drain({ deadlineMs: 500 })])
    await node.settle()
    await expect(both).resolves.toEqual([undefined, undefined])
  })
})
