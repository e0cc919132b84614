// Dispatch rules: what is refused at start, which rule answers, and what a request gets before a controller sees it.
import { describe, expect, test } from '@jest/globals'
import { self } from 'gensock'
import {
  type Context,
  type ControllerModule,
  controllerWebsocket,
  dispatch,
  type DispatchRule,
  websocketSendData,
} from 'gensock/zotonic'
import type { CheckedRoute } from '../../../src/transports/route.js'
import { rawWorld } from '../../transports/raw.js'
import { dispatchWorld, teller, telling } from './dispatch-world.js'

const world = dispatchWorld()
const raw = rawWorld()
const NOTHING = { status: 404, location: undefined }

/** What is said of a rule, which stands behind a good one. */
function refused(rule: unknown, code = 'GENSOCK_ERR_BADARG'): string {
  try {
    dispatch([['good', ['good'], controllerWebsocket], rule as DispatchRule])
  } catch (error) {
    expect(error).toMatchObject({ code })
    return (error as Error).message
  }
  return 'nothing'
}
const withOptions = (options: unknown): unknown => ['name', ['path'], controllerWebsocket, options]

describe('a rule that cannot be understood is refused at start, by its place and name:', () => {
  test('if it is no rule', () => {
    for (const rule of [null, {}, 'rule', [], [5, ['x'], controllerWebsocket], ['', ['x'], controllerWebsocket]])
      expect(refused(rule)).toMatch(/^dispatch: rule 1.* must be \[name, path, controller, options\?\] with a name/)
    expect(refused(['name', ['x'], controllerWebsocket, {}, {}])).toMatch(/^dispatch: rule 1 \('name'\) must be \[name,/)
    for (const rules of [null, {}, 'rules']) expect(() => dispatch(rules as never)).toThrow('dispatch: rules must be a list of')
  })

  test('if its path is none', () => {
    expect(refused(['name', '/path', controllerWebsocket])).toMatch(/^dispatch: rule 1 \('name'\): path must be a list such as/)
    expect(refused(['name', ['a', 'b c'], controllerWebsocket])).toMatch(
      /^dispatch: rule 1 \('name'\): path\[1\] must be .*"b%20c"/,
    )
    expect(refused(['name', [['id', /x/]], controllerWebsocket])).toMatch(
      /^dispatch: rule 1 \('name'\): path\[0\] must be a colon and a name/,
    )
  })

  test('if its controller is none', () => {
    for (const controller of [undefined, null, 'controller_websocket', {}, () => undefined, { websocketStart: 5 }])
      expect(refused(['name', ['x'], controller])).toMatch(
        /^dispatch: rule 1 \('name'\): controller must be controllerWebsocket, or an object/,
      )
  })

  test('if it has an option that is unknown, with those that are known', () => {
    expect(refused(withOptions({ wsHandlr: {} }), 'GENSOCK_ERR_UNKNOWN_OPTION')).toMatch(
      /^dispatch: rule 1 \('name'\) does not know the option 'wsHandlr'; it knows wsHandler, ssl, postback, requireSession/,
    )
    expect(refused(withOptions({ ws_handler: teller }), 'GENSOCK_ERR_UNKNOWN_OPTION')).toContain('it knows wsHandler')
    expect(refused(withOptions({ greeting: 'hello' }), 'GENSOCK_ERR_UNKNOWN_OPTION')).toMatch(
      /in own: \{ \.\.\. \} \(see [^ ]*\)$/,
    )
    expect(refused(withOptions({ route: { maxFrameByte: 5 } }), 'GENSOCK_ERR_UNKNOWN_OPTION')).toMatch(
      /^dispatch: rule 1 \('name'\): route does not know the option 'maxFrameByte'/,
    )
  })

  test('if an option has a value that it may not have', () => {
    const values: Readonly<Record<string, readonly unknown[]>> = {
      wsHandler: [null, 5, {}, { ...teller, websocketInfo: undefined }],
      requireSession: [0, 'false', null],
      noSession: [1, 'true'],
      ssl: ['yes', 1, null],
      protocol: ['https', ['https'], ['https', '443'], ['wss', 443], ['http', 0], ['http', 65_536], ['http', 80, 1], null],
      processes: [0, 3, '2', null],
      own: [null, 5, ['a']],
      postback: [5, {}],
      route: [5, null, { maxFrameBytes: 0 }],
    }
    for (const [name, all] of Object.entries(values)) {
      for (const value of all)
        expect([value, refused(withOptions({ [name]: value }))]).toEqual([value, expect.stringContaining(`('name'): ${name}`)])
      expect(refused(withOptions({ [name]: undefined }))).toBe('nothing')
    }
    for (const options of [null, [], 'x']) expect(refused(withOptions(options))).toMatch(/\('name'\): options must be an object/)
  })

  test('if two options contradict each other, or an own one would be called as one of ours', () => {
    expect(refused(withOptions({ ssl: true, protocol: ['https', 443] }))).toMatch(
      /ssl must be left out where there is a protocol/,
    )
    for (const key of ['wsHandler', 'ws_handler', 'require_session', 'ssl'])
      expect(refused(withOptions({ own: { [key]: 1 } }))).toMatch(
        /^dispatch: rule 1 \('name'\): own: key must be none of wsHandler, ssl/,
      )
  })

  test('and so are options of all rules', () => {
    const rules: readonly DispatchRule[] = [['name', ['x'], controllerWebsocket]]
    expect(() => dispatch(rules, { prefx: '/a' } as never)).toThrow(
      "dispatch does not know the option 'prefx'; it knows prefix, sessions",
    )
    for (const prefix of ['app', '/a b', '/a/../b', 5])
      expect(() => dispatch(rules, { prefix } as never)).toThrow(/^dispatch: prefix must be/)
    for (const sessions of [null, 5, {}])
      expect(() => dispatch(rules, { sessions } as never)).toThrow('dispatch: sessions.resume must be a function')
  })
})

describe('the rule that answers', () => {
  test('is the first whose path fits, whatever their names', async () => {
    const site = await world.serve([
      telling('first', ['a', [':id', /^\d+$/]], ['zotonic_dispatch', 'id', 'zotonic_dispatch_path']),
      telling('second', ['a', ':id'], ['zotonic_dispatch', 'id', 'zotonic_dispatch_path']),
      telling('first', ['a', 'b', '*'], ['zotonic_dispatch', '*', 'star']),
      telling('rest', ['*'], ['zotonic_dispatch', 'star']),
    ])
    expect(await site.open('/a/7')).toEqual(['first', '7', 'a/7'])
    expect(await site.open('/a/b/')).toEqual(['second', 'b', 'a/b'])
    expect(await site.open('/a/b/c')).toEqual(['first', 'c', 'c'])
    expect(await site.open('/')).toEqual(['rest', ''])
    expect(await site.open('/x?star=y')).toEqual(['rest', 'x'])
  })

  test('is chosen by tests that see the request and the rule', async () => {
    const mayEnter = (_segment: string, context: Context): boolean =>
      context.getQ('key') === context.get('key') && context.getQ('room') === '1'
    const site = await world.serve([
      telling('inside', [':room', [':id', mayEnter]], ['zotonic_dispatch'], {
        own: { key: 'k', tell: ['zotonic_dispatch', 'id'] },
      }),
    ])
    expect(await site.open('/1/a?key=k')).toEqual(['inside', 'a'])
    expect(await site.open('/1/a?key=other')).toEqual(NOTHING)
    expect(await site.open('/2/a?key=k')).toEqual(NOTHING)
  })

  test('answers below the prefix only, and its URLs have it', async () => {
    const rules: readonly DispatchRule[] = [
      ['room', ['room', ':id'], controllerWebsocket, { wsHandler: teller, requireSession: false, noSession: true }],
    ]
    const { routes, urlFor } = dispatch(rules, { prefix: '/app//v1/' })
    expect(urlFor('room', { id: 7 })).toBe('/app/v1/room/7')
    expect(routes.map(({ path }) => path)).toEqual(['/app/v1/room/:id'])
    const match = (path: string): object | undefined => (routes[0] as unknown as CheckedRoute).match(path, {} as never)
    expect(match('/room/7')).toBeUndefined()
    expect(Object.entries(match('/app/v1/room/7') as object)).toEqual([['id', '7']])
    expect(dispatch(rules, { prefix: '/' }).urlFor('room', { id: 7 })).toBe('/room/7')
  })

  test("may have a controller of one's own, whose context its handler gets", async () => {
    const mine: ControllerModule = {
      websocketStart: (reqData, context) =>
        controllerWebsocket.websocketStart(
          reqData,
          context.set('ws_handler', { ...teller, websocketInit: greet }).set('who', reqData.path),
        ),
    }
    const greet = (context: Context): void =>
      websocketSendData(self(), JSON.stringify([context.get('who'), context.get('greeting')]))
    const site = await world.serve([
      ['mine', ['mine', ':name'], mine, { requireSession: false, noSession: true, own: { greeting: 'hi' } }],
    ])
    expect(await site.open('/mine/a')).toEqual(['/mine/a', 'hi'])
  })

  test('has the options of a socket that it names', async () => {
    const site = await world.serve([
      telling('closed', ['closed'], [], { route: { authorize: () => ['reject', 401] } }),
      telling('open', ['open'], ['zotonic_dispatch']),
    ])
    expect(await site.open('/closed')).toEqual({ status: 401, location: undefined })
    expect(await site.open('/open')).toEqual(['open'])
  })
})

describe('a test of a path that throws, or answers what it may not', () => {
  const fail = (): never => {
    throw new Error('on purpose')
  }
  const failing = telling('failing', [[':id', fail]], [])
  test('is a 500 for this request alone, and is logged', async () => {
    const site = await world.serve([failing, telling('other', ['a', 'b'], ['zotonic_dispatch'])])
    expect(await site.open('/throw')).toEqual({ status: 500, location: undefined })
    const { status, body } = await site.ask('/throw')
    expect([status, body]).toEqual([500, 'Internal Server Error\n'])
    expect(world.crashes.filter((line) => line.includes('on purpose'))).toHaveLength(2)
    expect(await site.open('/a/b')).toEqual(['other'])
  })

  test('is one also where its answer is a promise', async () => {
    const site = await world.serve([telling('async', [[':id', (async () => true) as never]], [])])
    expect(await site.open('/x')).toEqual({ status: 500, location: undefined })
    expect(world.crashes.join()).toContain("a test of a path must return true, false or ['ok', a string]")
  })
})

describe('an ordinary request', () => {
  test('is answered for GET and HEAD; any other method is 405 with Allow', async () => {
    const site = await world.serve([telling('a', ['a'], [])])
    expect((await site.ask('/a')).status).toBe(200)
    const head = await site.ask('/a', { method: 'HEAD' })
    expect([head.status, head.body]).toEqual([200, ''])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE']) {
      const { status, headers } = await site.ask('/a', { method })
      expect([method, status, headers.allow]).toEqual([method, 405, 'GET, HEAD'])
    }
    expect((await site.ask('/b', { method: 'POST' })).status).toBe(404)
  })

  test('of a fallback transport is none: it opens a socket, or is redirected as one', async () => {
    const site = await world.serve([
      telling('a', ['a'], []),
      telling('tls', ['tls'], [], { ssl: true }),
      telling('ws', ['ws'], [], { route: { fallback: false } }),
    ])
    const open = '?gensock=open&via=longPoll'
    const { status, body } = await site.ask(`/a${open}`, { method: 'POST' })
    expect([status, JSON.parse(body)]).toEqual([200, expect.objectContaining({ id: expect.any(String) })])
    const elsewhere = await site.ask(`/tls${open}`, { method: 'POST' })
    expect([elsewhere.status, elsewhere.headers.location]).toEqual([302, `https://localhost/tls${open}`])
    expect((await site.ask(`/ws${open}`, { method: 'POST' })).status).toBe(405)
  })

  test('on a server of yours is ours only where a rule fits', async () => {
    const site = await world.attach([telling('a', ['a'], ['zotonic_dispatch'])])
    expect(await site.open('/a')).toEqual(['a'])
    expect((await site.ask('/a')).headers['x-robots-tag']).toBe('noindex')
    for (const [path, method] of [
      ['/', 'GET'],
      ['/b', 'POST'],
      ['/a/b', 'GET'],
    ] as const)
      expect((await site.ask(path, { method })).body).toBe('page')
    expect((await site.ask('/a', { method: 'POST' })).status).toBe(405)
  })
})

describe('a redirect to the other protocol', () => {
  const tls = [telling('tls', ['tls'], [], { protocol: ['https', 443] })]
  const location = async (port: number, text: string): Promise<unknown> => {
    const { status, headers } = await raw.ask(port, text)
    return status === 302 ? headers['location'] : status
  }
  test('goes to the host that was asked for, without its port', async () => {
    const { port } = await world.serve(tls)
    const ask = (host: string, target = '/tls'): Promise<unknown> =>
      location(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    expect(await ask('Host.Example:8080')).toBe('https://host.example/tls')
    expect(await ask('[::1]:8080')).toBe('https://[::1]/tls')
    expect(await ask('other.example', 'http://host.example:1/tls?a=%0d%0aX')).toBe('https://host.example/tls?a=%0d%0aX')
    expect(await ask('host.example', '//tls')).toBe('https://host.example//tls')
    for (const host of ['a b', 'user@host', 'host/path', '']) expect(await ask(host)).toBe(400)
    expect(await location(port, 'GET /tls HTTP/1.0\r\n\r\n')).toBe(400)
  })

  test('is not for whoever comes over TLS to a proxy in front', async () => {
    const { port } = await world.serve(tls, { trustProxy: 1 })
    const { status } = await raw.ask(
      port,
      'GET /tls HTTP/1.1\r\nHost: a\r\nX-Forwarded-Proto: https\r\nConnection: close\r\n\r\n',
    )
    expect(status).toBe(200)
  })

  test('comes before the question whether the method is known', async () => {
    const { port } = await world.serve(tls)
    expect(await location(port, 'POST /tls HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')).toBe(
      'https://a/tls',
    )
  })
})

describe('hostile requests', () => {
  test('get an answer like any other', async () => {
    const { port } = await world.serve([telling('a', ['a', ':id'], ['id']), telling('proto', ['p', ':__proto__'], ['__proto__'])])
    const status = async (target: string): Promise<number> =>
      (await raw.ask(port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).status
    expect(await status('/a/%')).toBe(404)
    expect(await status('/a/%ff')).toBe(404)
    expect(await status('/a/%00')).toBe(200)
    expect(await status(`/a/${'x'.repeat(10_000)}`)).toBe(200)
    expect(await status(`/a${'/'.repeat(10_000)}b`)).toBe(200)
    expect(await status(`/a/..${'/..'.repeat(1000)}`)).toBe(404)
    expect(await status('/p/polluted')).toBe(200)
    expect(world.crashes).toEqual([])
  })

  test('may name a variable as what every object has', async () => {
    const site = await world.serve([telling('proto', [':__proto__'], ['__proto__', 'constructor'])])
    expect(await site.open('/x?constructor=y')).toEqual(['x', 'y'])
    expect(({} as { x?: unknown }).x).toBeUndefined()
  })
})
