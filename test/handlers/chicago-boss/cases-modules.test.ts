// Chicago Boss's cases of modules, B4, B5 and B23 to B25, in virtual time. Each title starts with its number; what is not as in
// Chicago Boss says so.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { send, supervisor, sys, whereis } from 'gensock'
import { type Service, type ServiceModule, services } from 'gensock/chicago-boss'
import { fakeTransport, type TestNode, testNode } from 'gensock/testing'
import { unlinked } from '../../linked.js'
import { as, pause, recorded, steps } from './case-world.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

const MODES = ['replay', 'faithful'] as const
/** What is refused, in the words of the refusal. */
function refusal(module: unknown): string {
  try {
    void services({ myapp_chat_websocket: module as never }, { node })
  } catch (error) {
    return unlinked('GENSOCK_ERR_BADARG', (error as Error).message)
  }
  throw new Error('it was taken')
}

describe('modules', () => {
  test('B4. Given a module without init, when it is started, then it is refused by its name; differs: Chicago Boss starts it with the state undefined', () => {
    expect(refusal(() => ({ handleInfo: (_info: unknown, state: unknown) => ['noreply', state] }))).toBe(
      'services: myapp_chat_websocket is no service: init is missing',
    )
    expect(node.run(() => whereis('myapp_chat_websocket'))).toBeUndefined()
  })

  test('B5. Given a service whose init takes its time, when it is started and sockets join, then init has run once, before any join, without a request and a session id', async () => {
    for (const restart of MODES) {
      const chat = recorded({ init: () => pause(node, 1000).then(() => ['ok', 0]) })
      const parameters: unknown[] = []
      const module: ServiceModule<any> = (req, sessionId) => {
        const service = chat.module(req, sessionId)
        const { init } = service
        return { ...service, init: () => (parameters.push([req, sessionId]), init()) }
      }
      const starting = services({ myapp_chat_websocket: module }, { node, restart })
      await node.advance(1000)
      const boss = await starting
      for (const user of ['ann', 'bob']) fakeTransport(node, boss.routes[0], as(user))
      await node.settle()
      expect(steps(chat)).toEqual(['init', 'join ann', 'join bob'])
      expect(parameters).toEqual([[undefined, undefined]])
      await supervisor.stop(boss.pid)
    }
  })

  test('B23. Given a callback that is missing, when its turn comes, then the state stays', async () => {
    const all: Service<string> = {
      init: () => ['ok', ''],
      handleJoin: (_url, _webSocket, state) => ['noreply', `${state}j`],
      handleIncoming: (_url, _webSocket, _message, state) => ['noreply', `${state}i`],
      handleClose: (_reason, _url, _webSocket, state) => ['noreply', `${state}c`],
      handleBroadcast: (_message, state) => ['noreply', `${state}b`],
      handleInfo: (_info, state) => ['noreply', `${state}f`],
    }
    const letters = { handleJoin: 'j', handleIncoming: 'i', handleClose: 'c', handleBroadcast: 'b', handleInfo: 'f' } as const
    for (const restart of MODES) {
      for (const [missing, letter] of [...Object.entries(letters), ['none', 'x'] as const]) {
        const ends: unknown[] = []
        const terminate = (...end: unknown[]): void => void ends.push(end)
        const chat = (): Service<string> => ({ ...all, terminate, [missing]: undefined })
        const boss = await services({ myapp_chat_websocket: chat }, { node, restart })
        const socket = fakeTransport(node, boss.routes[0])
        socket.send('x')
        await node.settle()
        boss.broadcast(chat, 'x')
        node.run(() => send('myapp_chat_websocket', 'x'))
        socket.close()
        await node.settle()
        const state = await node.run(() => sys.getState('myapp_chat_websocket'))
        expect(state).toBe('jibfc'.replace(letter, ''))
        await supervisor.stop(boss.pid)
        expect(ends).toEqual(restart === 'replay' ? [['shutdown', state]] : [])
      }
    }
  })

  test('B24. Given a module without parameters, which is an object here, or a callback with more parameters than it is called with, when it is started, then it is refused with all that is wrong; differs: Chicago Boss starts it and never calls it', () => {
    const plain = { init: () => ['ok', 0] }
    expect(refusal(plain)).toMatch(
      /^services: myapp_chat_websocket is no service: a module is a function, \(req, sessionId\) => /,
    )
    const older = () => ({
      ...plain,
      handleJoin: (_url: string, _webSocket: unknown, _sessionId: string, state: unknown) => ['noreply', state],
      handleIncoming: (_url: string, _ws: unknown, _sessionId: string, _message: string, state: unknown) => ['noreply', state],
    })
    expect(refusal(older)).toBe(
      'services: myapp_chat_websocket is no service: handleJoin takes 4 parameters, it is called with 3: (url, webSocket, state); ' +
        'handleIncoming takes 5 parameters, it is called with 4: (url, webSocket, message, state)',
    )
    expect(node.run(() => whereis('myapp_chat_websocket'))).toBeUndefined()
  })

  test('B25. Given a service with two handleInfo, when a message comes, then the later one is called, as an object has but one of a name; differs: in Chicago Boss the first that is exported counts, and is not called if its arity is another', async () => {
    const heard: string[] = []
    const said = (which: string) => (info: unknown) => (heard.push(`${which} ${String(info)}`), ['noreply', 0] as const)
    const first: Service<number> = { init: () => ['ok', 0], handleInfo: said('first') }
    const chat = (): Service<number> => ({ ...first, handleInfo: said('second') })
    const { pid } = await services({ myapp_chat_websocket: chat }, { node })
    node.run(() => send('myapp_chat_websocket', 'x'))
    await node.settle()
    expect(heard).toEqual(['second x'])
    await supervisor.stop(pid)
    const other = (_info: unknown, _state: unknown, _more: unknown): unknown => undefined
    expect(refusal(() => ({ ...chat(), handleInfo: other }))).toMatch(/handleInfo takes 3 parameters, it is called with 2/)
  })
})
