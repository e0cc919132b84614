// Clients that are not ours, which speak the frames of docs/protocol.md by hand: the `ws` package, and Python's websockets.
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { afterEach, describe, expect, test } from '@jest/globals'
import { protocolHandler } from 'gensock/protocol'
import { WebSocket } from 'ws'
import { pythonProgram, testWith } from '../programs.js'
import { chat, realTalk } from './protocol-kit.js'

const real = realTalk()
const paid: number[] = []
const handler = () =>
  protocolHandler<null>()(chat, {
    init: () => ['ok', null],
    on: {
      say({ line }, state, self) {
        self.push.said({ line })
        return ['ok', state]
      },
      clear: (_nothing, state) => ['ok', state],
      async loose(_message, state, self) {
        self.push.heard((await self.call.areYouThere({ who: 'server' })) ? 1 : 0)
        return ['ok', state]
      },
    },
    calls: {
      history: ({ last }, _from, state) => (last > 100 ? ['error', 'tooMany', 100, state] : ['reply', ['a'], state]),
      count: (_nothing, _from, state) => ['reply', 7, state],
      pay: (amount, _from, state) => ['reply', paid.push(amount), state],
      loosely: (value, _from, state) => ['reply', value, state],
      slowly: (_nothing, _from, state) => ['reply', 'done', state],
    },
  })
afterEach(() => {
  paid.length = 0
})

/** What is said, and what is answered. */
const SCRIPT: readonly (readonly [frames: readonly unknown[], answers: readonly unknown[]])[] = [
  [[['say', { line: 'grüße' }]], [['said', { line: 'grüße' }]]],
  [[['clear'], [1, 'count']], [[-1, 'ok', 7]]],
  [[[2, 'history', { last: 101 }]], [[-2, 'error', 'tooMany', 100]]],
  [
    [['say', { line: 7 }]],
    [
      [
        0,
        'refused',
        { reason: 'bad_message', name: 'say', path: ['line'], expected: 'Invalid input: expected string, received number' },
      ],
    ],
  ],
  [[['loose']], [[1, 'areYouThere', { who: 'server' }]]],
  [[[-1, 'ok', true]], [['heard', 1]]],
  [
    [
      [[3, 'my key'], 'pay', 5],
      [[4, 'my key'], 'pay', 5],
    ],
    [
      [-3, 'ok', 1],
      [-4, 'ok', 1],
    ],
  ],
]

describe('the ws package', () => {
  async function dial(...offered: string[]): Promise<{ readonly socket: WebSocket; next(): Promise<unknown> }> {
    const socket = new WebSocket(`ws://127.0.0.1:${real.listener.port}/ws`, offered)
    const [came, waiting]: [unknown[], ((frame: unknown) => void)[]] = [[], []]
    socket.on('message', (data) => {
      const frame: unknown = JSON.parse((data as Buffer).toString())
      const first = waiting.shift()
      if (first === undefined) came.push(frame)
      else first(frame)
    })
    await once(socket, 'open')
    return {
      socket,
      next: () => (came.length > 0 ? Promise.resolve(came.shift()) : new Promise((resolve) => waiting.push(resolve))),
    }
  }

  test('speaks the frames by hand, in both directions', async () => {
    await real.serve(handler())
    const { socket, next } = await dial('chat.1')
    expect(socket.protocol).toBe('chat.1')
    for (const [frames, answers] of SCRIPT) {
      for (const frame of frames) socket.send(JSON.stringify(frame))
      for (const answer of answers) expect(await next()).toEqual(answer)
    }
    expect(paid).toEqual([5])
    socket.close(1000)
    await once(socket, 'close')
  })

  test('repeats a call over another connection with its key, and gets the answer that there was', async () => {
    await real.serve(handler())
    const [one, two] = [await dial('chat.1'), await dial('chat.2', 'chat.1')]
    one.socket.send('[[1,"k"],"pay",5]')
    expect(await one.next()).toEqual([-1, 'ok', 1])
    one.socket.terminate()
    two.socket.send('[[9,"k"],"pay",5]')
    expect([await two.next(), paid]).toEqual([[-9, 'ok', 1], [5]])
    two.socket.close()
    await once(two.socket, 'close')
  })

  test.each<[string, string[], string]>([
    ['another version', ['chat.2', 'chat.3'], 'this server speaks chat.1, not chat.2, chat.3'],
    ['none', [], 'offer the subprotocol chat.1'],
  ])('that offers %s is closed with 4406, and told what is spoken', async (_what, offered, reason) => {
    await real.serve(handler())
    const { socket } = await dial(...offered)
    const [code, said] = (await once(socket, 'close')) as [number, Buffer]
    expect([code, String(said)]).toEqual([4406, reason])
  })
})

describe('websockets of Python', () => {
  const PYTHON = pythonProgram()
  const inPython = testWith('a contract by Python', PYTHON)
  const PROGRAM = `
import asyncio, json, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1], subprotocols=["chat.1"]) as socket:
        assert socket.subprotocol == "chat.1", socket.subprotocol
        for frames, answers in json.loads(sys.argv[2]):
            for frame in frames:
                await socket.send(json.dumps(frame))
            for answer in answers:
                got = json.loads(await socket.recv())
                assert got == answer, (got, answer)
    print("done")
asyncio.run(main())
`
  inPython('speaks the frames by hand, in both directions', async () => {
    await real.serve(handler())
    const url = `ws://127.0.0.1:${real.listener.port}/ws`
    const child = spawn(PYTHON.path, ['-B', '-c', PROGRAM, url, JSON.stringify(SCRIPT)], { timeout: 15_000 })
    let said = ''
    child.stdout.on('data', (data) => (said += String(data)))
    child.stderr.on('data', (data) => (said += String(data)))
    const [code] = (await once(child, 'close')) as [number]
    expect([code, said, paid]).toEqual([0, 'done\n', [5]])
  })
})
