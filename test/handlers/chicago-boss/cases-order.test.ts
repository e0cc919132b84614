// Chicago Boss's cases of order, B9 to B11 and B17, in virtual time. Each title starts with its number; what is not as in Chicago
// Boss says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { send, supervisor } from 'gensock'
import { type Service, services } from 'gensock/chicago-boss'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { as, pause, recorded, steps } from './case-world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const MODES = ['replay', 'faithful'] as const

describe('order', () => {
  test('B9. Given a socket whose join takes its time, when it sends texts and closes meanwhile, then join, texts and close reach the service in this order', async () => {
    for (const restart of MODES) {
      const chat = recorded({ handleJoin: (_url, _webSocket, n) => pause(node, 1000).then(() => ['noreply', n + 1]) })
      const boss = await services({ myapp_chat_websocket: chat.module }, { node, restart })
      const ann = fakeTransport(node, boss.routes[0], as('ann'))
      for (const text of ['1', '2', '3']) ann.send(text)
      ann.close(1000)
      await node.advance(999)
      expect(chat.calls).toEqual([
        ['init', undefined],
        ['join', 'ann', 0],
      ])
      await node.advance(1)
      expect(chat.calls.slice(2)).toEqual([
        ['incoming', 'ann', '1', 1],
        ['incoming', 'ann', '2', 1],
        ['incoming', 'ann', '3', 1],
        ['close', 'ann', ['remote', 1000, ''], 1],
      ])
      await supervisor.stop(boss.pid)
    }
  })

  test('B10. Given two sockets of one service, when both send texts to slow callbacks, then these share one state and never run at the same time', async () => {
    for (const restart of MODES) {
      let running = 0
      const most: number[] = []
      async function slowly(state: string, letter: string): Promise<readonly ['noreply', string]> {
        most.push(++running)
        await pause(node, 10)
        running--
        return ['noreply', state + letter]
      }
      const chat = recorded({
        init: () => ['ok', ''],
        handleJoin: (_url, _webSocket, state) => slowly(state, 'j'),
        handleIncoming: (_url, _webSocket, message, state) => slowly(state, message),
        handleClose: (_reason, _url, _webSocket, state) => slowly(state, 'c'),
        handleBroadcast: (_message, state) => slowly(state, 'b'),
        handleInfo: (_info, state) => slowly(state, 'f'),
      })
      const boss = await services({ myapp_chat_websocket: chat.module }, { node, restart })
      const [ann, bob] = [fakeTransport(node, boss.routes[0], as('ann')), fakeTransport(node, boss.routes[0], as('bob'))]
      await node.settle()
      ann.send('1')
      bob.send('2')
      await node.settle()
      boss.broadcast('myapp_chat_websocket', 'x')
      node.run(() => send('myapp_chat_websocket', 'x'))
      await node.settle()
      ann.close()
      bob.close()
      await node.advance(1000)
      expect(chat.calls.map((call) => call.at(-1)).slice(1)).toEqual(['', 'j', 'jj', 'jj1', 'jj12', 'jj12b', 'jj12bf', 'jj12bfc'])
      expect([running, ...new Set(most)]).toEqual([0, 1])
      await supervisor.stop(boss.pid)
    }
  })

  test('B11. Given two services, when a callback of one takes its time, then all sockets of that service wait, and none of the other', async () => {
    for (const restart of MODES) {
      const echo: Partial<Service<number>> = {
        handleIncoming: (_url, webSocket, message, n) => (send(webSocket, ['text', message]), ['noreply', n]),
      }
      const slow = recorded({ ...echo, handleBroadcast: (_message, n) => pause(node, 1000).then(() => ['noreply', n]) })
      const modules = { myapp_slow_websocket: slow.module, myapp_quick_websocket: recorded(echo).module }
      const boss = await services(modules, { node, restart })
      const ofSlow = [fakeTransport(node, boss.routes[0]), fakeTransport(node, boss.routes[0])]
      const ofQuick = fakeTransport(node, boss.routes[1] as (typeof boss.routes)[0])
      const sockets = [...ofSlow, ofQuick]
      await node.settle()
      boss.broadcast('myapp_slow_websocket', 'take your time')
      for (const socket of sockets) socket.send('hi')
      await node.advance(999)
      expect(sockets.map(({ sent }) => sent)).toEqual([[], [], [['text', 'hi']]])
      await node.advance(1)
      expect(sockets.map(({ sent }) => sent)).toEqual([[['text', 'hi']], [['text', 'hi']], [['text', 'hi']]])
      await supervisor.stop(boss.pid)
    }
  })

  test('B17. Given a join and a text that a service has not handled yet, when something is broadcast, then it comes behind them; differs: in Chicago Boss it goes past the router and may overtake them', async () => {
    for (const restart of MODES) {
      const chat = recorded({
        handleBroadcast: (message, n) => (message === 'busy' ? pause(node, 1000).then(() => ['noreply', n]) : ['noreply', n]),
      })
      const boss = await services({ myapp_chat_websocket: chat.module }, { node, restart })
      boss.broadcast('myapp_chat_websocket', 'busy')
      for (const user of ['ann', 'bob']) {
        fakeTransport(node, boss.routes[0], as(user)).send('hi')
        await node.settle()
        boss.broadcast('myapp_chat_websocket', 'news')
      }
      expect(steps(chat)).toEqual(['init', 'broadcast'])
      await node.advance(1000)
      expect(steps(chat).slice(2)).toEqual(['join ann', 'incoming ann', 'broadcast', 'join bob', 'incoming bob', 'broadcast'])
      await supervisor.stop(boss.pid)
    }
  })
})
