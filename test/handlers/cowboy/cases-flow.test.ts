// Cowboy's cases of flow, options and links, C72 to C79, on raw connections. Each title starts with its number; what is not as in
// Cowboy says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { self, send } from 'gensock'
import { cowboy2, type Req } from 'gensock/cowboy'
import { closeFrame, frame, TEXT } from './raw-client.js'
import { endWorlds, GENERATIONS, type Generation, inEach, type Script, serve } from './world.js'

afterEach(endWorlds)

const byGeneration = <T>(old: T, pre: T, two: T): Readonly<Record<Generation, T>> => ({
  '0.8': old,
  '1.0': old,
  '2.0-pre': pre,
  '2.x': two,
})

describe('flow, options, links', () => {
  test('C72. Given {active, false}, when more frames are in the same packet, then they are still delivered, and those of later packets after {active, true}', async () => {
    const script: Script = {
      handle: ([, text], n) => [
        text === 'stop'
          ? [
              ['text', 'stopped'],
              ['active', false],
            ]
          : [['text', `${text} ${n}`]],
        n + 1,
      ],
      info: (_go, n) => [
        [
          ['text', 'going on'],
          ['active', true],
        ],
        n,
      ],
    }
    await inEach(['2.x'], script, async (world, { calls }) => {
      const client = await world.open()
      const pid = world.socket()
      const other = await world.open()
      client.write(Buffer.concat([frame(TEXT, 'stop'), frame(TEXT, 'same')]))
      expect(await client.nexts(2)).toEqual(['text stopped', 'text same 1'])
      await new Promise<void>((resolve) => client.socket.write(frame(TEXT, 'later'), () => resolve()))
      // The bytes are with the server's kernel: who still reads this connection has them before the other's second answer.
      for (const n of [0, 1]) {
        other.write(frame(TEXT, 'round'))
        expect(await other.next()).toBe(`text round ${n}`)
      }
      expect(calls.map(([, what]) => String(what))).toEqual(['text,stop', 'text,same', 'text,round', 'text,round'])
      send(pid, 'go')
      expect(await client.nexts(2)).toEqual(['text going on', 'text later 2'])
    })
  })

  test('C73. Given the command {set_options, #{max_frame_size => 3, bogus => 1}}, when 4 bytes come, then the peer gets 1009, and the unknown key is ignored', async () => {
    const script: Script = {
      handle: ([, text]) => [
        [
          ['setOptions', { maxFrameSize: 3, bogus: 1 }],
          ['text', `got ${text}`],
        ],
        1,
      ],
    }
    await inEach(['2.x'], script, async (world, { terminated }) => {
      const client = await world.open()
      const ended = world.ended()
      client.write(frame(TEXT, 'long enough'))
      client.write(frame(TEXT, '123'))
      client.write(frame(TEXT, '1234'))
      expect(await client.rest()).toEqual(['text got long enough', 'text got 123', 'close 1009'])
      await ended
      expect(terminated.map(([reason]) => reason)).toEqual([['error', 'badsize']])
    })
  })

  test("C75. Given a handler traps exits, when a linked process dies, then {'EXIT', Pid, Reason} reaches info", async () => {
    const script: Script = {
      start(socket) {
        socket.trapExit(true)
        socket.spawnLink((linked) => linked.exit('why'))
      },
      info: ({ type, reason }: { type: string; reason: string }, n, answers) => answers.reply(['text', `${type} ${reason}`], n),
    }
    await inEach(GENERATIONS, script, async (world) => {
      expect(await (await world.open()).next()).toBe('text EXIT why')
    })
  })

  test('C77. Given a handler traps exits, when its parent, the listener, ends, then terminate hears shutdown; differs: the peer gets 1012 as in any drain, and before 2.14.1 Cowboy calls no terminate', async () => {
    const script: Script = { start: (socket) => void socket.trapExit(true) }
    await inEach(GENERATIONS, script, async (world, { terminated, calls }, generation) => {
      const client = await world.open()
      const ended = world.ended()
      world.node.exit(world.listener.pid, 'shutdown')
      expect(await client.rest()).toEqual(['close 1012'])
      expect(await ended).toBe('shutdown')
      const wanted = byGeneration<unknown>(['normal', 'shutdown'], 'shutdown', 'shutdown')[generation]
      expect([terminated.map(([reason]) => reason), calls]).toEqual([[wanted], []])
    })
  })

  test('C78. Given an open socket, when TCP is closed or reset without a close frame, then terminate hears {error, closed} and the process exits normal', async () => {
    for (const end of ['end', 'reset'] as const) {
      await inEach(GENERATIONS, {}, async (world, { terminated }) => {
        const client = await world.open()
        const ended = world.ended()
        if (end === 'reset') await client.reset()
        else client.socket.end()
        expect(await ended).toBe('normal')
        expect(terminated.map(([reason]) => reason)).toEqual([['error', 'closed']])
      })
    }
  })

  test("C79. Given 2.x, when the socket ends, then terminate's request has the path but no headers, or is what req_filter made of the request", async () => {
    const heard: unknown[] = []
    const filter = (req: Req): object => ({ agent: req.header('User-Agent') })
    for (const reqFilter of [undefined, filter]) {
      const handler = cowboy2<any, any, any, any>({
        init: (req) => ['cowboy_websocket', req, self(), reqFilter === undefined ? {} : { reqFilter }],
        websocketHandle: (_frame, state) => [[], state],
        websocketInfo: (_info, state) => [[], state],
        terminate: (_reason, req) => void heard.push(req),
      })
      const world = await serve(handler)
      const client = await world.open({ path: '/ws?a=b', headers: { 'User-Agent': 'me' } })
      const ended = world.ended()
      client.write(closeFrame(1000))
      await ended
    }
    const [partial, filtered] = heard as [Req, unknown]
    expect([partial.method, partial.path, partial.url, partial.query.get('a')]).toEqual(['GET', '/ws', '/ws?a=b', 'b'])
    expect([partial.remoteAddress, partial.secure]).toEqual(['127.0.0.1', false])
    expect([partial.headers, partial.cookies, partial.header]).toEqual([undefined, undefined, undefined])
    expect(filtered).toEqual({ agent: 'me' })
  })
})
