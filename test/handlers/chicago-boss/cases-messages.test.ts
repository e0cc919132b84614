// Chicago Boss's cases of timeouts, messages and calls, B33 to B35, in virtual time. Each title starts with its number; what is
// not as in Chicago Boss says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { genServer, send, type ServerPid, supervisor, whereis } from 'gensock'
import { type Service, services, type ServiceResult } from 'gensock/chicago-boss'
import { type FakeTransport, fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { as, recorded } from './case-world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const MODES = ['replay', 'faithful'] as const
const NAME = 'myapp_chat_websocket'
const waiting = (n: number): ServiceResult<number> => ['noreply', n, 50]

describe('messages', () => {
  test('B33. Given a callback that answers {noreply, S, 50}, when nothing comes for 50 ms, then handle_info gets timeout and S, and anything that comes to the service before cancels it', async () => {
    const script: Partial<Service<number>> = {
      handleJoin: (_url, _webSocket, n) => waiting(n + 1),
      handleIncoming: (_url, _webSocket, message, n) => (message === 'wait' ? waiting(n + 1) : ['noreply', n]),
      handleClose: (_reason, _url, _webSocket, n) => waiting(n + 1),
      handleBroadcast: (message, n) => (message === 'wait' ? waiting(n + 1) : ['noreply', n]),
      handleInfo: (info, n) => (info === 'wait' ? waiting(n + 1) : ['noreply', n]),
    }
    for (const restart of MODES) {
      const chat = recorded(script)
      const boss = await services({ [NAME]: chat.module }, { node, restart })
      const open = (): FakeTransport => fakeTransport(node, boss.routes[0], as('ann'))
      const ann = open()
      const bob = open()
      const all: Readonly<Record<string, (what: string) => unknown>> = {
        text: (what) => ann.send(what),
        broadcast: (what) => boss.broadcast(NAME, what),
        message: (what) => node.run(() => send(NAME, what)),
        join: open,
        close: () => bob.close(),
      }
      await node.settle()
      for (const [state, waits] of [all['text'], all['broadcast'], all['message'], all['join'], all['close']].entries()) {
        await node.advance(49)
        expect(chat.calls.at(-1)?.slice(2)).not.toContain('timeout')
        await node.advance(1)
        expect(chat.calls.at(-1)).toEqual(['info', undefined, 'timeout', state + 2])
        waits?.('wait')
        await node.settle()
      }
      await node.advance(50)
      for (const cancels of [all['text'], all['broadcast'], all['message']]) {
        ann.send('wait')
        await node.advance(49)
        cancels?.('no')
        await node.advance(10_000)
        expect(chat.calls.at(-1)).toContain('no')
      }
      await supervisor.stop(boss.pid)
    }
  })

  test('B34. Given the process of a service, when a message is sent to it, by its pid or its name, then handle_info gets it with the state, and the module has no request and no session id', async () => {
    for (const restart of MODES) {
      const requests: unknown[] = []
      const chat = recorded()
      const module = (...given: Parameters<typeof chat.module>): Service<any> => {
        const service = chat.module(...given)
        return {
          ...service,
          handleInfo: (info, n) => (requests.push(given), service.handleInfo?.(info, n) as ServiceResult<any>),
        }
      }
      const boss = await services({ [NAME]: module }, { node, restart })
      fakeTransport(node, boss.routes[0], as('ann'))
      await node.settle()
      const [info] = await node.run(() => boss.services())
      const pid = info?.pid as ServerPid<any>
      expect(pid.equals(node.run(() => whereis(NAME)) as ServerPid<any>)).toBe(true)
      node.run(() => send(pid, { type: 'news' }))
      node.run(() => send(NAME, ['a', 'list']))
      await node.settle()
      expect(chat.calls.slice(2)).toEqual([
        ['info', undefined, { type: 'news' }, 1],
        ['info', undefined, ['a', 'list'], 1],
      ])
      expect(requests).toEqual([
        [undefined, undefined],
        [undefined, undefined],
      ])
      await supervisor.stop(boss.pid)
    }
  })

  test('B35. Given the process of a service, when it is called, then no callback runs, and the caller hears that nobody understands it; differs: Chicago Boss answers ok to whatever it is asked', async () => {
    for (const restart of MODES) {
      const chat = recorded()
      const boss = await services({ [NAME]: chat.module }, { node, restart })
      const pid = node.run(() => whereis(NAME)) as ServerPid<any>
      const call = node.run(() => genServer.call(pid, { type: 'anything' }))
      await expect(call).rejects.toMatchObject({ code: 'GENSOCK_ERR_CALL', reason: ['function_clause', { type: 'anything' }] })
      await node.settle()
      expect(chat.calls).toEqual([['init', undefined]])
      expect(node.run(() => whereis(NAME))?.equals(pid)).toBe(true)
      await supervisor.stop(boss.pid)
    }
  })
})
