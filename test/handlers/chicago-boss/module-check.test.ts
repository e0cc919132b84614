// Which modules services takes, and that it says all that is wrong with one before anything is started.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import type { GensockError } from 'gensock'
import { services, type ServiceModule } from 'gensock/chicago-boss'
import { type TestNode, testNode } from 'gensock/testing'
import { unlinked } from '../../linked.js'

let node: TestNode
beforeEach(() => {
  node = testNode()
})
afterEach(() => node.stop())

/** What services throws at once of these modules, without `services: my_a_websocket is no service: `. */
function faultsOf(module: unknown): string {
  const start = 'services: my_a_websocket is no service: '
  try {
    void services({ my_a_websocket: module as ServiceModule<any> }, { node })
  } catch (error) {
    const { code, message } = error as GensockError
    expect(code).toBe('GENSOCK_ERR_BADARG')
    expect(message.slice(0, start.length)).toBe(start)
    return unlinked('GENSOCK_ERR_BADARG', message).slice(start.length)
  }
  throw new Error('nothing was refused')
}
const init = () => ['ok', null]
const none = (): void => undefined

describe('a module is refused', () => {
  test.each([
    ['an object', { init }, '{ init: [Function: init] }'],
    ['a text', 'chat', "'chat'"],
    ['nothing', undefined, 'undefined'],
    ['null', null, 'null'],
  ])('that is no function but %s', (_what, module, shown) => {
    expect(faultsOf(module)).toBe(`a module is a function, (req, sessionId) => ({ init, ... }), this is ${shown}`)
  })

  test('that throws without a socket; what it threw is the cause', () => {
    const module = (req: { cookies: object }): object => ({ init, user: req.cookies })
    expect(faultsOf(module)).toMatch(
      /^without a socket \(req and sessionId are undefined then\) it threw TypeError: Cannot read properties of undefined/,
    )
    const thrown = new Error('no user')
    const throwing = () => {
      throw thrown
    }
    expect(() => services({ my_a_websocket: throwing }, { node })).toThrow(expect.objectContaining({ cause: thrown }))
  })

  test('that is a class', () => {
    class Chat {
      readonly init = init
    }
    expect(faultsOf(Chat)).toContain("it threw TypeError: Class constructor Chat cannot be invoked without 'new'")
  })

  test.each([
    ['nothing', () => undefined, 'undefined'],
    ['null', () => null, 'null'],
    ['a number', () => 42, '42'],
    ['a promise', async () => ({ init }), 'Promise {'],
    ['a promise that fails', () => Promise.reject(new Error('too late')), 'Promise {'],
  ])('that answers %s', (_what, module, shown) => {
    expect(faultsOf(module)).toContain(`the function must answer an object of callbacks, it answered ${shown}`)
  })

  test.each([
    ['init missing', {}, 'init is missing'],
    ['init of another kind', { init: 0 }, 'init must be a function, it is 0'],
    ['a callback that is null', { init, handleJoin: null }, 'handleJoin must be a function, it is null'],
    ['a callback that is a text', { init, handleInfo: 'log' }, "handleInfo must be a function, it is 'log'"],
    ['a misspelt callback', { init, handleJion: none }, 'handleJion is no callback'],
    ["a callback with the original's name", { init, handle_join: none }, 'handle_join is no callback'],
    ['a callback of another API', { init, handle: none }, 'handle is no callback'],
    ['another concurrency', { init, concurrency: 'sockets' }, "concurrency must be 'service' or 'socket', it is 'sockets'"],
  ])('with %s', (_what, service, fault) => {
    expect(faultsOf(() => service)).toBe(fault)
  })

  const five = (_a: 1, _b: 2, _c: 3, _d: 4, _e: 5): void => undefined
  const four = (_a: 1, _b: 2, _c: 3, _d: 4): void => undefined
  const three = (_a: 1, _b: 2, _c: 3): void => undefined
  const two = (_a: 1, _b: 2): void => undefined
  const one = (_a: 1): void => undefined
  /** Callback, what it is called with, one parameter too many, as many as it may have. */
  const parameters: [string, string, (...given: never[]) => void, (...given: never[]) => void][] = [
    ['init', '', one, none],
    ['handleJoin', 'url, webSocket, state', four, three],
    ['handleIncoming', 'url, webSocket, message, state', five, four],
    ['handleClose', 'reason, url, webSocket, state', five, four],
    ['handleBroadcast', 'message, state', three, two],
    ['handleInfo', 'info, state', three, two],
    ['terminate', 'reason, state', three, two],
  ]
  test.each(parameters)('whose %s takes more than (%s)', (name, called, tooMany, enough) => {
    const [n, most] = [tooMany.length, enough.length]
    expect(faultsOf(() => ({ init, [name]: tooMany }))).toBe(
      `${name} takes ${n} parameters, it is called with ${most}: (${called})`,
    )
  })
  test.each(parameters)('but not one whose %s takes just (%s)', async (name, _called, _tooMany, enough) => {
    const module = () => ({ init, [name]: name === 'init' ? init : enough })
    await services({ my_a_websocket: module as unknown as ServiceModule<null> }, { node })
    expect(node.whereis('my_a_websocket')).toBeDefined()
  })

  test('with all that is wrong, in one message', () => {
    const service = { handleJoin: 1, handleIncoming: five, handleJion: none, handleLeave: none, concurrency: 2 }
    expect(faultsOf(() => service)).toBe(
      'init is missing; handleJoin must be a function, it is 1; ' +
        'handleIncoming takes 5 parameters, it is called with 4: (url, webSocket, message, state); ' +
        "handleJion is no callback; handleLeave is no callback; concurrency must be 'service' or 'socket', it is 2",
    )
  })
})

describe('a module is taken', () => {
  test('with init alone, and whatever else of its own it has', async () => {
    const module: ServiceModule<null> = () => ({ init: () => ['ok', null], handlers: new Map(), handled: none, name: 'chat' })
    await services({ my_a_websocket: module }, { node })
    expect(node.whereis('my_a_websocket')).toBeDefined()
  })

  test('with its callbacks in a class', async () => {
    class Chat {
      init(): readonly ['ok', number] {
        return ['ok', 0]
      }
    }
    await services({ my_a_websocket: () => new Chat() }, { node })
    expect(node.whereis('my_a_websocket')).toBeDefined()
  })

  test('and called once, without a socket, before anything is started', () => {
    const calls: unknown[] = []
    const module = (...given: unknown[]) => {
      calls.push(given, node.whereis('my_a_websocket'))
      return {} as never
    }
    expect(() => services({ my_a_websocket: module }, { node })).toThrow('init is missing')
    expect(calls).toEqual([[undefined, undefined], undefined])
  })
})

describe('modules are refused', () => {
  const module: ServiceModule<null> = () => ({ init: () => ['ok', null] })
  const refusal = (modules: unknown) => () => services(modules as Record<string, ServiceModule<null>>, { node })

  test.each([[undefined], [null], ['my_a_websocket'], [module]])('that are no object: %p', (modules) => {
    expect(refusal(modules)).toThrow('services: modules must be an object: name of a module -> module, got ')
  })

  test('of which there are none', () => {
    expect(refusal({})).toThrow('services: modules must be one module at least, got ')
    expect(refusal([])).toThrow('services: modules must be an object: name of a module -> module, got []')
  })

  test.each([['chat'], ['constructor'], ['my_websocket']])('whose name is not of the form: %s', (name) => {
    const said = `services: ${name} must be of the form <app>_<service>_websocket, got '${name}'`
    expect(refusal({ my_a_websocket: module, [name]: module })).toThrow(said)
  })

  test('two of which serve one URL', () => {
    const said = 'services: a_chat_websocket and b_chat_websocket both serve /websocket/chat'
    expect(refusal({ a_chat_websocket: module, b_chat_websocket: module })).toThrow(said)
  })

  test("with concurrency: 'socket' and restart: 'faithful'", () => {
    const own: ServiceModule<null> = () => ({ concurrency: 'socket', init: () => ['ok', null] })
    expect(() => services({ my_a_websocket: own }, { node, restart: 'faithful' })).toThrow(
      "services: my_a_websocket: concurrency must be 'service' with restart: 'faithful', got 'socket'",
    )
  })

  test('and then none of them is started', () => {
    expect(refusal({ my_a_websocket: module, my_b_websocket: () => ({}) })).toThrow(
      'my_b_websocket is no service: init is missing',
    )
    expect(node.whereis('my_a_websocket')).toBeUndefined()
  })
})
