// Cowboy's cases of the close by the server, C27 to C38, on raw connections. Each title starts with its number; what is not as in
// Cowboy says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { type ExitReason, isCrash, send } from 'gensock'
import { closeFrame, frame, TEXT } from './raw-client.js'
import { endWorlds, GENERATIONS, type Generation, inEach, type Script, type World } from './world.js'

afterEach(endWorlds)

/** What terminate hears after the handler has closed. */
const STOPPED: Readonly<Record<Generation, unknown>> = {
  '0.8': ['normal', 'shutdown'],
  '1.0': ['normal', 'shutdown'],
  '2.0-pre': 'shutdown',
  '2.x': 'stop',
}
/** A handler that answers the first frame with these frames, in state 1. */
const replying = (frames: unknown): Script => ({ handle: (_frame, _state, answers) => answers.reply(frames, 1) })

/** Connects, sends one text; answers all that comes back, and how the socket's process ended. */
async function provoke(world: World, text = 'x'): Promise<{ seen: string[]; exit: ExitReason }> {
  const client = await world.open()
  const ended = world.ended()
  client.write(frame(TEXT, text))
  return { seen: await client.rest(), exit: await ended }
}

describe('close by the server', () => {
  test('C27. Given any generation, when a callback returns the shutdown or stop tuple, then the peer gets 1000 and terminate the reason of the generation', async () => {
    await inEach(
      GENERATIONS,
      { handle: (_frame, _state, answers) => answers.stop(1) },
      async (world, { terminated }, generation) => {
        expect(await provoke(world)).toEqual({ seen: ['close 1000'], exit: 'normal' })
        expect(terminated.map(([reason, state]) => [reason, state])).toEqual([[STOPPED[generation], 1]])
      },
    )
  })

  test('C28. Given the frames text a, close, text b, when they are sent, then the peer gets a and an empty close, and terminate the new state', async () => {
    await inEach(
      GENERATIONS,
      replying([['text', 'a'], 'close', ['text', 'b'], ['bogus']]),
      async (world, { terminated }, generation) => {
        expect(await provoke(world)).toEqual({ seen: ['text a', 'close'], exit: 'normal' })
        expect(terminated.map(([reason, state]) => [reason, state])).toEqual([[STOPPED[generation], 1]])
      },
    )
  })

  test('C29. Given the close frames {close, "bye"}, {close, 4001, "bye"} and close, when one is sent, then the peer gets 1000 bye, 4001 bye, or an empty one', async () => {
    for (const [frames, wanted] of [
      [['close', 'bye'], 'close 1000 bye'],
      [['close', 4001, Buffer.from('bye')], 'close 4001 bye'],
      [['close'], 'close'],
    ] as const) {
      await inEach(GENERATIONS, replying(frames), async (world) => {
        expect((await provoke(world)).seen).toEqual([wanted])
      })
    }
  })

  test('C31. Given 0.8, when a callback replies the bare atom close, then the socket closes as with [close]; differs: 0.8.0 drops it in silence', async () => {
    for (const frames of ['close', ['close']]) {
      await inEach(['0.8'], replying(frames), async (world, { terminated }) => {
        expect(await provoke(world)).toEqual({ seen: ['close'], exit: 'normal' })
        expect(terminated.map(([reason]) => reason)).toEqual([['normal', 'shutdown']])
      })
    }
  })

  test('C32. Given more frames and messages wait, when the handler sends a close frame, then no callback runs any more; differs: TCP ends after the close frame of the peer, 2 s at most (RFC 6455 section 7.1.1)', async () => {
    const script: Script = {
      handle(_frame, _state, answers, self) {
        send(self.pid, 'pending')
        return answers.reply('close', 1)
      },
    }
    await inEach(GENERATIONS, script, async (world, { calls, terminated }) => {
      const client = await world.open()
      const ended = world.ended()
      client.write(Buffer.concat([frame(TEXT, 'a'), frame(TEXT, 'b')]))
      expect(await client.next()).toBe('close')
      expect(await ended).toBe('normal')
      client.write(frame(TEXT, 'c'))
      expect(client.isOver).toBe(false)
      client.write(closeFrame(1000))
      await client.over()
      expect([calls.map(([callback]) => callback), terminated.length]).toEqual([['handle'], 1])
    })
  })

  test('C33. Given a close frame or a ping of more than 125 bytes, when it is to be sent, then the peer gets 1011 and terminate hears a crash; differs: Cowboy drops the connection in silence, and nobody hears why', async () => {
    for (const long of [
      ['close', 1000, 'x'.repeat(124)],
      ['ping', 'x'.repeat(126)],
    ]) {
      await inEach(['2.0-pre', '2.x'], replying([['text', 'before'], long]), async (world, { terminated }) => {
        const { seen, exit } = await provoke(world)
        expect([seen, isCrash(exit)]).toEqual([['close 1011'], true])
        expect(terminated.map(([reason, state]) => [reason, state])).toEqual([
          [['crash', 'error', ['bad_frame', expect.anything()]], 0],
        ])
      })
    }
    for (const fits of [
      ['close', 1000, 'x'.repeat(123)],
      ['ping', 'x'.repeat(125)],
    ]) {
      await inEach(['2.x'], replying([fits, 'close']), async (world) => {
        expect((await provoke(world)).seen[0]?.length).toBeGreaterThan(125)
      })
    }
  })

  test('C35. Given the frames text ok and bogus, when they are to be sent, then nothing is sent but 1011, and terminate hears a crash; differs: Cowboy drops the connection in silence, and nobody hears why', async () => {
    await inEach(GENERATIONS, replying([['text', 'ok'], 'bogus']), async (world, { terminated }, generation) => {
      expect((await provoke(world)).seen).toEqual(['close 1011'])
      const crash = ['crash', 'error', ['bad_frame', 'bogus']]
      const old = generation === '0.8' || generation === '1.0'
      expect(terminated.map(([reason, state]) => [reason, state])).toEqual([[old ? ['error', 'handler'] : crash, 0]])
    })
  })

  test('C37. Given 2.x, when stop stands in a list of commands, then the peer gets 1011 and terminate hears a crash; differs: Cowboy drops the connection in silence, and nobody hears why', async () => {
    const script: Script = { handle: () => [['stop'], 1] }
    await inEach(['2.x'], script, async (world, { terminated }) => {
      expect((await provoke(world)).seen).toEqual(['close 1011'])
      expect(terminated.map(([reason, state]) => [reason, state])).toEqual([[['crash', 'error', ['bad_frame', 'stop']], 0]])
    })
  })

  test('C38. Given the command {shutdown_reason, r}, when the socket ends, by us or by the peer, then its process exits with {shutdown, r}, but not after a crash', async () => {
    const script: Script = {
      handle([, text]) {
        if (text === 'crash') throw 'boom'
        return [[['shutdownReason', 'r'], ...(text === 'close' ? ['close'] : [['text', 'set']])], 1]
      },
    }
    await inEach(['2.x'], script, async (world, { terminated }) => {
      expect(await provoke(world, 'close')).toEqual({ seen: ['close'], exit: ['shutdown', 'r'] })
      for (const end of [closeFrame(1000), frame(TEXT, 'crash')]) {
        const client = await world.open()
        const ended = world.ended()
        client.write(frame(TEXT, 'set'))
        expect(await client.next()).toBe('text set')
        client.write(end)
        await client.rest()
        const exit = await ended
        if (isCrash(exit)) expect(exit.value).toBe('boom')
        else expect(exit).toEqual(['shutdown', 'r'])
      }
      expect(terminated.map(([reason]) => reason)).toEqual(['stop', ['remote', 1000, ''], ['crash', 'error', 'boom']])
    })
  })
})
