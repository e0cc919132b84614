// Cowboy's cases of callbacks and results, C18 to C25, on raw connections. Each title starts with its number.
import diagnostics from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { afterEach, describe, expect, test } from '@jest/globals'
import { send, startTimer } from 'gensock'
import { type Cowboy2, type Cowboy2Result, cowboy2 } from 'gensock/cowboy'
import { frame, PING, type RawClient, TEXT } from './raw-client.js'
import { type Answers, endWorlds, GENERATIONS, inEach, serve } from './world.js'

afterEach(endWorlds)

/** A handler of 2.x whose answer depends on the text that came. */
function answering(results: Readonly<Record<string, Cowboy2Result<number>>>): Cowboy2<number> {
  return {
    init: (req) => ['cowboy_websocket', req, 0],
    websocketHandle: ([, data]) => results[String(data)] as Cowboy2Result<number>,
    websocketInfo: (_info, state) => [[], state],
  }
}

/** A client and the server's end of its connection. */
async function withFarEnd(open: () => Promise<RawClient>): Promise<readonly [client: RawClient, far: Socket]> {
  const accepted: Socket[] = []
  const seen = (message: unknown): void => void accepted.push((message as { socket: Socket }).socket)
  diagnostics.subscribe('net.server.socket', seen)
  try {
    const client = await open()
    return [client, accepted.find(({ remotePort }) => remotePort === client.socket.localPort) as Socket]
  } finally {
    diagnostics.unsubscribe('net.server.socket', seen)
  }
}
/** One entry for each write to the system from now on: the client cannot count them, as TCP joins what is short. */
function writesOf(socket: Socket): number[] {
  const writes: number[] = []
  const { _write: one, _writev: many } = socket
  socket._write = (...given) => {
    writes.push(1)
    one.apply(socket, given)
  }
  socket._writev = (chunks, done) => {
    writes.push(chunks.length)
    many?.call(socket, chunks, done)
  }
  return writes
}

describe('callbacks and results', () => {
  test('C18. Given 2.x, when a callback returns {[], S}, then nothing is sent, and {[F1, F2], S} sends both in order in one write', async () => {
    const world = await serve(
      cowboy2(
        answering({
          none: [[], 1],
          both: [
            [
              ['text', 'one'],
              ['binary', 'two'],
            ],
            2,
          ],
        }),
      ),
    )
    const [client, far] = await withFarEnd(() => world.open())
    const writes = writesOf(far)
    client.write(frame(TEXT, 'none'))
    client.write(frame(TEXT, 'both'))
    expect(await client.nexts(2)).toEqual(['text one', 'binary 74776f'])
    expect(writes).toHaveLength(1)
  })

  test('C19. Given 2.x, when a callback returns {reply, F, S}, {reply, [F], S} or {ok, S}, then these old results still work', async () => {
    const world = await serve(
      cowboy2(
        answering({
          one: ['reply', ['text', '1'], 1],
          many: ['reply', [['text', '2'], 'ping'], 2, 'hibernate'],
          ok: ['ok', 3],
          sleep: ['ok', 4, 'hibernate'],
          stop: ['stop', 5],
        }),
      ),
    )
    const client = await world.open()
    for (const text of ['one', 'many', 'ok', 'sleep', 'one', 'stop']) client.write(frame(TEXT, text))
    expect(await client.rest()).toEqual(['text 1', 'text 2', 'ping', 'text 1', 'close 1000'])
  })

  test('C21. Given half a frame has come, when a message arrives, then info runs first, then the frame is handled', async () => {
    const script = {
      info: (message: string, state: unknown, answers: Answers) => answers.reply(['text', `info ${message}`], state),
    }
    await inEach(GENERATIONS, script, async (world) => {
      const client = await world.open()
      const whole = frame(TEXT, 'whole')
      client.write(Buffer.concat([frame(PING, 'p'), whole.subarray(0, 8)]))
      expect(await client.nexts(2)).toEqual(['pong p', 'text ping p'])
      send(world.socket(), 'between')
      expect(await client.next()).toBe('text info between')
      client.write(whole.subarray(8))
      expect(await client.next()).toBe('text text whole')
    })
  })

  test('C22. Given a callback takes its time, when frames and messages arrive, then callbacks never overlap and each gets the state of the one before', async () => {
    const running: string[] = []
    const slow = async (answers: Answers, what: string, n: number): Promise<unknown> => {
      running.push(`+${what}`)
      await new Promise((resolve) => setImmediate(resolve))
      running.push(`-${what}`)
      return answers.reply(['text', `${what} ${n}`], n + 1)
    }
    const script = {
      handle: ([, data]: [string, unknown], n: number, answers: Answers) => slow(answers, String(data), n),
      info: (message: unknown, n: number, answers: Answers) => slow(answers, String(message), n),
    }
    await inEach(GENERATIONS, script, async (world) => {
      running.length = 0
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT, 'a'), frame(TEXT, 'b')]))
      expect(await client.nexts(2)).toEqual(['text a 0', 'text b 1'])
      send(world.socket(), 'c')
      send(world.socket(), 'd')
      client.write(frame(TEXT, 'e'))
      expect(await client.nexts(3)).toEqual(['text c 2', 'text d 3', 'text e 4'])
      expect(running).toEqual(['+a', '-a', '+b', '-b', '+c', '-c', '+d', '-d', '+e', '-e'])
    })
  })

  test('C23. Given a timer of the user with the message cowboy_websocket, when it is over, then info gets it like any other; differs: Cowboy takes it for its own, and no message of a user may be swallowed', async () => {
    const script = {
      start(self: { pid: any }) {
        startTimer(1, self.pid, 'cowboy_websocket')
        startTimer(2, self.pid, 'other')
      },
      info: (info: { type: string; message: string }, state: unknown, answers: Answers) =>
        answers.reply(['text', `${info.type} ${info.message}`], state),
    }
    await inEach(GENERATIONS, script, async (world) => {
      const client = await world.open()
      expect(await client.nexts(2)).toEqual(['text timeout cowboy_websocket', 'text timeout other'])
    })
  })

  test('C25. Given any generation, when a callback returns its result with hibernate, then all is as without it', async () => {
    const script = {
      handle: ([, data]: [string, string], n: number, answers: Answers) =>
        data === 'ok' ? answers.ok(n + 1, 'hibernate') : answers.reply(['text', `${data} ${n}`], n + 1, 'hibernate'),
      info: (_message: unknown, n: number, answers: Answers) => answers.ok(n + 10, 'hibernate'),
    }
    await inEach(GENERATIONS, script, async (world) => {
      const client = await world.open()
      client.write(Buffer.concat([frame(TEXT, 'ok'), frame(TEXT, 'a')]))
      expect(await client.next()).toBe('text a 1')
      send(world.socket(), 'message')
      client.write(frame(TEXT, 'b'))
      expect(await client.next()).toBe('text b 12')
    })
  })
})
