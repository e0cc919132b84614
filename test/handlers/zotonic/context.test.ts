// What a context answers, and what it hides.
import { inspect } from 'node:util'
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import type { SocketRequest } from 'gensock/socket'
import { requireContext, ZotonicContext } from '../../../src/handlers/zotonic/context.js'

const SECRET = 'c2VjcmV0IG9mIGEgdmlzaXRvcg'
function request(target = '/socket/custom'): SocketRequest {
  const { pathname, searchParams } = new URL(target, 'http://host.example')
  return {
    method: 'GET',
    url: target,
    path: pathname,
    headers: { cookie: `z_sid=${SECRET}` },
    query: searchParams,
    cookies: { z_sid: SECRET },
    remoteAddress: '127.0.0.1',
    secure: false,
  }
}
const rule = (values: Record<string, unknown>, name = 'customws') => ({ name, values: new Map(Object.entries(values)) })
const pid = (name: string) => ({ name }) as never

describe('get and set', () => {
  test('answer what was set, else the option of the rule, else undefined', () => {
    const context = new ZotonicContext(request(), {}, rule({ foo: 'bar', processes: 1 }))
    expect([context.get('foo'), context.get('processes'), context.get('other')]).toEqual(['bar', 1, undefined])
    expect(context.set('foo', 'baz').set('other', 5)).toBe(context)
    expect([context.get('foo'), context.get('other')]).toEqual(['baz', 5])
    context.set('foo', undefined)
    expect(context.get('foo')).toBeUndefined()
  })

  test('know options by our names and by those of Zotonic', () => {
    const handler = {}
    const context = new ZotonicContext(request(), {}, rule({ requireSession: false }))
    expect([context.get('require_session'), context.get('requireSession')]).toEqual([false, false])
    context.set('ws_handler', handler)
    expect(context.get('wsHandler')).toBe(handler)
    context.set('noSession', true)
    expect(context.get('no_session')).toBe(true)
  })

  test('keep no key of an object that nobody set, and take any', () => {
    const context = new ZotonicContext(request(), {}, rule({}))
    for (const key of ['__proto__', 'constructor', 'toString']) expect(context.get(key)).toBeUndefined()
    context.set('__proto__', { polluted: true })
    expect(context.get('__proto__')).toEqual({ polluted: true })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(() => context.set(5 as never, 1)).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BADARG' }))
  })

  test('change no other context of the same rule', () => {
    const shared = rule({ foo: 'bar' })
    new ZotonicContext(request(), {}, shared).set('foo', 'changed')
    expect(new ZotonicContext(request(), {}, shared).get('foo')).toBe('bar')
  })
})

describe('getQ', () => {
  test('answers a variable of the path before one of the query', () => {
    const context = new ZotonicContext(request('/room/7?id=z&page=a+b%21&page=2'), { id: '7' }, rule({}))
    expect([context.getQ('id'), context.getQ('page'), context.getQ('other')]).toEqual(['7', 'a b!', undefined])
  })

  test('answers what a star took by both of its names', () => {
    const context = new ZotonicContext(request('/f/a?star=z'), { '*': 'a' }, rule({}))
    expect([context.getQ('*'), context.getQ('star')]).toEqual(['a', 'a'])
    const own = new ZotonicContext(request('/f/a'), { star: 'a' }, rule({}))
    expect([own.getQ('*'), own.getQ('star')]).toEqual([undefined, 'a'])
    expect(new ZotonicContext(request('/f?star=z')).getQ('star')).toBe('z')
  })

  test("answers the rule's name and the path, whatever the query says", () => {
    const target = '/room//7/?zotonic_dispatch=other&zotonic_dispatch_path=other'
    const context = new ZotonicContext(request(target), { id: '7' }, rule({}, 'room'))
    expect([context.getQ('zotonic_dispatch'), context.getQ('zotonic_dispatch_path')]).toEqual(['room', 'room/7'])
    expect(new ZotonicContext(request()).getQ('zotonic_dispatch')).toBeUndefined()
  })

  test('answers nothing that an object has by itself', () => {
    for (const params of [{}, Object.create(null) as object]) {
      const context = new ZotonicContext(request(), params, rule({}))
      for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) expect(context.getQ(name)).toBeUndefined()
    }
  })

  test('answers what the path gave, for any names and values', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string().filter((name) => !name.startsWith('zotonic_')),
          fc.string(),
        ),
        (params) => {
          const context = new ZotonicContext(request('/?a=1'), params)
          for (const [name, value] of Object.entries(params)) expect(context.getQ(name)).toBe(value)
        },
      ),
    )
  })
})

describe('session and page', () => {
  test('are those that were set last', () => {
    const context = new ZotonicContext(request())
    expect([context.sessionPid, context.pagePid, context.pageId]).toEqual([undefined, undefined, undefined])
    context._setSession(pid('session'))
    context._setPage({ id: SECRET, pid: pid('page') })
    expect([context.sessionPid, context.pagePid, context.pageId]).toEqual([pid('session'), pid('page'), SECRET])
    context._setSession(undefined)
    context._setPage(undefined)
    expect([context.sessionPid, context.pagePid, context.pageId]).toEqual([undefined, undefined, undefined])
  })

  test('show no secret in inspect, JSON or an error', () => {
    const context = new ZotonicContext(request(`/a/${SECRET}?z_sid=${SECRET}`), { id: SECRET }, rule({ own: SECRET }))
    context.set('token', SECRET)
    context._setSession(pid(SECRET))
    context._setPage({ id: SECRET, pid: pid(SECRET) })
    const shown = [
      inspect(context, { depth: 9, showHidden: true }),
      inspect({ deep: [context] }, { depth: 9 }),
      JSON.stringify({ context }),
      Object.keys(context).join(),
    ]
    for (const text of shown) expect(text).not.toContain(SECRET)
    expect(shown[0]).toBe('Context { rule: "customws", a session, a page }')
    expect(inspect(new ZotonicContext(request()))).toBe('Context {}')
  })
})

test('a context is told from what looks like one', () => {
  const context = new ZotonicContext(request())
  expect(() => requireContext('streamTag', context)).not.toThrow()
  for (const other of [undefined, null, {}, { get: () => 1, set: () => 2 }, 'context'])
    expect(() => requireContext('streamTag', other)).toThrow(
      'streamTag: context must be the context of a callback or of ensureAll',
    )
  expect(context.req.path).toBe('/socket/custom')
  // Whoever mixes up the arguments gives the request, with its cookies.
  expect(() => requireContext('websocketStart', request())).toThrow(/ or of ensureAll, got 'object' \(see /)
})
