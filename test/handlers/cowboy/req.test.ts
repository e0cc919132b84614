// Cowboy's request: what it shows, what changes it, and that a copy of the library takes the request of another.
import { afterEach, describe, expect, test } from '@jest/globals'
import { cowboy08, cowboy10, cowboy2, cowboy20pre, type Req } from 'gensock/cowboy'
import type { SocketRequest } from 'gensock/socket'
import { CowboyReq, isReq, partialReq } from '../../../src/sockets/req.js'
import { RawClient } from './raw-client.js'
import { endWorlds, serve } from './world.js'

afterEach(endWorlds)

const REQUEST: SocketRequest = {
  method: 'GET',
  url: '/rooms/1?a=b&a=c',
  path: '/rooms/1',
  headers: { host: 'here', 'sec-websocket-version': '8', 'set-cookie': ['a', 'b'], cookie: 'sid=1' },
  query: new URLSearchParams('a=b&a=c'),
  cookies: { sid: '1' },
  remoteAddress: '192.0.2.1',
  secure: true,
}
const bad = (code: string): unknown => expect.objectContaining({ code })
const badarg = bad('GENSOCK_ERR_BADARG')

describe('a request', () => {
  const req: Req = new CowboyReq(REQUEST)
  test('shows what the request is', () => {
    const { method, url, path, headers, cookies, remoteAddress, secure } = req
    expect({ method, url, path, headers, query: req.query, cookies, remoteAddress, secure }).toEqual(REQUEST)
  })
  test('gives headers by names in any case, several of one name in one text', () => {
    expect([req.header('HOST'), req.header('Set-Cookie'), req.header('x')]).toEqual(['here', 'a, b', undefined])
  })
  test('knows the version of the protocol, and compression once the socket is open', () => {
    const opened = new CowboyReq(REQUEST)._opened(true, { id: '1' })
    expect([req.meta('websocketVersion'), req.meta('websocketCompress')]).toEqual([8, false])
    expect([opened.meta('websocketCompress'), opened.binding('id'), req.binding('id')]).toEqual([true, '1', undefined])
    expect(opened.binding('toString')).toBeUndefined()
    expect(() => req.meta('websocket' as never)).toThrow(badarg)
  })
  test('is never changed: setRespHeader and reply answer another one', () => {
    const one = new CowboyReq(REQUEST)
    const two = one.setRespHeader('X-A', '1').setRespHeader('X-B', '2').setRespHeader('x-a', '3').reply(404, 'no')
    expect(one._refusal(204)).toEqual([204, { headers: {} }])
    expect(two._refusal(204)).toEqual([404, { headers: { 'X-B': '2', 'x-a': '3' }, body: 'no' }])
    expect(two._accept({ idleTimeoutMs: 1 })).toEqual({ headers: { 'X-B': '2', 'x-a': '3' }, options: { idleTimeoutMs: 1 } })
  })
  test.each<[string, unknown]>([
    ['', ''],
    ['a b', ''],
    ['Connection', 'close'],
    ['sec-websocket-accept', 'x'],
    ['Content-Length', '1'],
    ['X', 'a\r\nY: b'],
    ['X', 1],
    ['Sec-WebSocket-Protocol', 'a, b'],
    ['Sec-WebSocket-Protocol', ''],
  ])('refuses the header %s: %j', (name, value) => {
    expect(() => req.setRespHeader(name, value as never)).toThrow(badarg)
  })
  test.each<[unknown, unknown]>([
    [101, undefined],
    [600, undefined],
    ['403', undefined],
    [403, 5],
  ])('refuses the reply %j, %j', (status, body) => {
    expect(() => req.reply(status as never, body as never)).toThrow(badarg)
  })
})

test('on the wire: headers and the chosen subprotocol go out with the 101, none is chosen by itself, and an answer without content has none', async () => {
  const rest = { websocketHandle: (): any => undefined, websocketInfo: (): any => undefined }
  const init = (req: Req): any => {
    if (req.query.has('none')) return ['ok', req, 0]
    return [
      'cowboy_websocket',
      req.query.has('chat') ? req.setRespHeader('sec-websocket-protocol', 'chat') : req.setRespHeader('X-A', '1'),
      0,
    ]
  }
  for (const handler of [cowboy20pre({ init, ...rest }), cowboy2<any, any, any, any>({ init, ...rest })]) {
    const { port } = await serve(handler)
    const ask = (path: string): ReturnType<RawClient['ask']> =>
      new RawClient(port).ask({ path, headers: { 'Sec-WebSocket-Protocol': 'first, chat' } })
    const [chosen, plain, none] = [await ask('/ws?chat'), await ask('/ws'), await ask('/ws?none')]
    expect([chosen.status, chosen.headers['sec-websocket-protocol']]).toEqual([101, 'chat'])
    expect([plain.status, plain.headers['sec-websocket-protocol'], plain.headers['x-a']]).toEqual([101, undefined, '1'])
    expect([none.status, none.headers['content-length'], none.body]).toEqual([204, undefined, ''])
  }
})

test('what terminate of 2.x gets is small, and has its query only when asked', () => {
  const partial = partialReq(new CowboyReq(REQUEST))
  expect(Object.keys(partial).toSorted()).toEqual(['method', 'path', 'query', 'remoteAddress', 'secure', 'url'])
  expect([...(partial.query ?? [])]).toEqual([
    ['a', 'b'],
    ['a', 'c'],
  ])
  expect([...(partialReq(new CowboyReq({ ...REQUEST, url: '/x' })).query ?? [])]).toEqual([])
})

test('a request of another copy of the library is known by its brand', () => {
  const req = new CowboyReq(REQUEST).setRespHeader('X', '1')
  const foreign = {
    get [Symbol.for('gensock.cowboyReq')](): boolean {
      return true
    },
    _accept: (options: unknown) => req._accept(options as never),
  }
  for (const value of [undefined, null, 5, {}, REQUEST, Object.create(null)]) expect(isReq(value)).toBe(false)
  expect([isReq(req), isReq(foreign)]).toEqual([true, true])
  const handler = cowboy20pre<number, any, any>({
    init: () => ['cowboy_websocket', foreign as never, 1],
    websocketHandle: (_frame, given, state) => ['ok', given, state],
    websocketInfo: (_info, given, state) => ['ok', given, state],
  })
  expect(handler.upgrade?.(REQUEST, {} as never, {}, 'ws')).toEqual([
    'accept',
    { req: foreign, state: 1 },
    { headers: { X: '1' } },
  ])
})

test('the core may give the variables of the path to the handshake', () => {
  const seen: unknown[] = []
  const init = (req: Req): any => {
    seen.push(req.binding('id'))
    return ['cowboy_websocket', req, 1]
  }
  const rest = { websocketHandle: (): any => undefined, websocketInfo: (): any => undefined }
  const three = {
    ...rest,
    websocketInit: (_t: unknown, req: Req): any => (seen.push(req.binding('id')), ['ok', req, 1]),
    websocketTerminate: (): void => undefined,
  }
  for (const handler of [
    cowboy2<any, any, any, any>({ ...rest, init }),
    cowboy20pre({ ...rest, init }),
    cowboy08({ ...three, init: () => ['upgrade', 'protocol', 'cowboy_websocket'] }),
  ]) {
    ;(handler.upgrade as (...given: unknown[]) => unknown)(REQUEST, {}, { id: '1' })
  }
  expect(seen).toEqual(['1', '1', '1'])
})

describe('a handler', () => {
  const FOUR = { cowboy08, cowboy10, cowboy20pre, cowboy2 } as Readonly<Record<string, (handler: any) => unknown>>
  const old = ['init', 'websocketInit', 'websocketHandle', 'websocketInfo', 'websocketTerminate']
  const two = ['init', 'websocketHandle', 'websocketInfo']
  const CALLBACKS: Readonly<Record<string, string[]>> = { cowboy08: old, cowboy10: old, cowboy20pre: two, cowboy2: two }
  test.each(Object.keys(FOUR))('of %s that misses a callback is refused, and the callback named', (name) => {
    const make = FOUR[name] as (handler: any) => unknown
    const callbacks = CALLBACKS[name] as string[]
    const whole = Object.fromEntries(callbacks.map((callback) => [callback, () => undefined]))
    expect(make(whole)).toMatchObject({ upgrade: expect.any(Function), handle: expect.any(Function) })
    for (const callback of callbacks) {
      expect(() => make({ ...whole, [callback]: undefined })).toThrow(
        `${name}: handler.${callback} must be a function, got undefined`,
      )
    }
    for (const none of [undefined, null, 'handler'])
      expect(() => make(none)).toThrow(`${name}: handler must be an object with init, `)
  })
  test('has something else where an optional callback may stand: refused', () => {
    const whole = { init: (): any => undefined, websocketHandle: (): any => undefined, websocketInfo: (): any => undefined }
    expect(() => cowboy2({ ...whole, websocketInit: 5 as never })).toThrow(
      'cowboy2: handler.websocketInit must be a function, got 5',
    )
    expect(() => cowboy2({ ...whole, terminate: 'no' as never })).toThrow(badarg)
    expect(() => cowboy20pre({ ...whole, terminate: 'no' as never })).toThrow(badarg)
  })
  test('may be an object with methods that use this', () => {
    class Counting {
      readonly first = 7
      init(req: Req): ['cowboy_websocket', Req, number] {
        return ['cowboy_websocket', req, this.first]
      }
      websocketHandle(): ['ok', number] {
        return ['ok', this.first]
      }
      websocketInfo(): ['ok', number] {
        return ['ok', this.first]
      }
    }
    expect(cowboy2(new Counting()).upgrade?.(REQUEST, {} as never, {}, 'ws')).toMatchObject([
      'accept',
      { state: 7 },
      { options: {} },
    ])
  })
})
