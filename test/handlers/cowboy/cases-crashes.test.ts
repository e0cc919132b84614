// Cowboy's cases of crashes, C39 to C43, on raw connections. Each title starts with its number; what is not as in Cowboy says so.
import { afterEach, describe, expect, test } from '@jest/globals'
import { exit, isCrash, nocatch, send } from 'gensock'
import { cowboy2, type Reason2 } from 'gensock/cowboy'
import type { SocketSelf } from 'gensock/socket'
import { frame, RawClient, TEXT } from './raw-client.js'
import { endWorlds, type Generation, inEach, type Script, serve } from './world.js'

afterEach(endWorlds)

/** Counts texts, crashes on the text and the message 'boom' as `crash` says. */
const crashing = (crash: () => never): Script => ({
  handle: ([, text], n, answers) => (text === 'boom' ? crash() : answers.reply(['text', `${n}`], n + 1)),
  info: (message, n, answers) => (message === 'boom' ? crash() : answers.ok(n)),
})
/** Both callbacks of each generation crash in state 1: what the peer, terminate and the monitor saw. */
async function inBoth(generations: readonly Generation[], crash: () => never): Promise<unknown[]> {
  const seen: unknown[] = []
  for (const callback of ['handle', 'info']) {
    await inEach(generations, crashing(crash), async (world, { terminated }) => {
      const client = await world.open()
      const ended = world.ended()
      const pid = world.socket()
      client.write(frame(TEXT, 'first'))
      expect(await client.next()).toBe('text 0')
      if (callback === 'handle') client.write(frame(TEXT, 'boom'))
      else send(pid, 'boom')
      expect(await client.rest()).toEqual(['close 1011'])
      const reason = await ended
      seen.push([
        ...terminated.map(([why, state]) => [why, state]),
        isCrash(reason) ? ['crash', reason.value, reason.stack] : reason,
      ])
    })
  }
  return seen
}

describe('crashes', () => {
  test('C39. Given pre.1 or 2.x, when a callback throws, then the peer gets 1011, terminate {crash, Class, Reason} with the state before, and the process exits with reason and stack', async () => {
    const error = new Error('boom')
    const one = [
      [['crash', 'error', error], 1],
      ['crash', error, expect.stringContaining('cases-crashes')],
    ]
    const seen = await inBoth(['2.0-pre', '2.x'], () => {
      throw error
    })
    expect(seen).toEqual([one, one, one, one])
    const thrown = [
      [['crash', 'throw', 'boom'], 1],
      ['crash', ['nocatch', 'boom'], expect.anything()],
    ]
    expect(await inBoth(['2.x'], () => nocatch('boom'))).toEqual([thrown, thrown])
  })

  test('C41. Given any generation, when a callback calls exit(normal), exit(shutdown) or exit({shutdown, x}), then the peer gets 1011, terminate hears a crash, and the process exits with that reason', async () => {
    for (const reason of ['normal', 'shutdown', ['shutdown', 'x']] as const) {
      const late = [[['crash', 'exit', reason], 1], reason]
      expect(await inBoth(['2.0-pre', '2.x'], () => exit(reason))).toEqual([late, late, late, late])
      const early = [[['error', 'handler'], 1], reason]
      expect(await inBoth(['0.8', '1.0'], () => exit(reason))).toEqual([early, early, early, early])
    }
    const other = [[['crash', 'exit', 'why'], 1], 'why']
    expect(await inBoth(['2.x'], () => exit('why'))).toEqual([other, other])
  })

  test('C42. Given 0.8 or 1.0, when a callback crashes, then the peer gets 1011, terminate {error, handler}, and the process exits with the crash; differs: of 0.8 it exits normal, and no monitor hears of the crash', async () => {
    const one = [
      [['error', 'handler'], 1],
      ['crash', 'boom', expect.anything()],
    ]
    const seen = await inBoth(['0.8', '1.0'], () => {
      throw 'boom'
    })
    expect(seen).toEqual([one, one, one, one])
  })

  test('C43. Given 2.x, when websocket_init crashes, then the peer gets 101, then 1011, and terminate hears the crash with the state of init', async () => {
    for (const [crash, wanted] of [
      [(self: SocketSelf) => self.exit('normal'), ['crash', 'exit', 'normal']],
      [(self: SocketSelf) => self.exit('shutdown'), ['crash', 'exit', 'shutdown']],
      [() => nocatch('no'), ['crash', 'throw', 'no']],
      [() => [['bogus'], 'new'], ['crash', 'error', ['bad_frame', 'bogus']]],
      [() => [[['ping', 'x'.repeat(126)]], 'new'], ['crash', 'error', ['bad_frame', expect.anything()]]],
      [() => 'bogus', ['crash', 'error', ['bad_return_value', 'bogus']]],
    ] as const) {
      for (const later of [false, true]) {
        const heard: [Reason2, unknown, unknown][] = []
        const handler = cowboy2<any, any, any, any>({
          init: (req) => ['cowboy_websocket', req, 'first'],
          websocketInit: (_state, self): any =>
            later ? Promise.resolve(self).then(crash as (self: SocketSelf) => never) : crash(self),
          websocketHandle: () => [[], 'never'],
          websocketInfo: () => [[], 'never'],
          terminate: (reason, req, state) => void heard.push([reason, (req as { path: string }).path, state]),
        })
        const client = await RawClient.open((await serve(handler)).port)
        expect(await client.next()).toBe('close 1011')
        expect(heard).toEqual([[wanted, '/ws', 'first']])
      }
    }
  })
})
