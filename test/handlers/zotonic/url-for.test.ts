// From a rule's name to a URL and back. The cases of Zotonic's own are in cases-dispatch.test.ts.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { checkPathSpec, matchPath, segmentsOf } from '../../../src/handlers/zotonic/path-spec.js'
import { type UrlArgs, urlOf } from '../../../src/handlers/zotonic/url-for.js'

const NO_CONTEXT = (): never => {
  throw new Error('nobody asked for a context')
}
const urlFor = (specs: readonly (readonly unknown[])[], args: unknown = {}): string | undefined =>
  urlOf(
    specs.map((spec) => checkPathSpec('rule', spec)),
    args as UrlArgs,
  )

describe('a URL', () => {
  test('has its variables escaped as one segment, and the rest of its arguments in the query', () => {
    expect(urlFor([['a', ':id']], { id: 'a b/c?d#e%f+g' })).toBe('/a/a%20b%2Fc%3Fd%23e%25f%2Bg')
    expect(urlFor([['a']], { q: 'a b&c=d', page: 2 })).toBe('/a?q=a+b%26c%3Dd&page=2')
    expect(urlFor([[':id']], { id: 'ü😀' })).toBe('/%C3%BC%F0%9F%98%80')
    expect(urlFor([[]])).toBe('/')
    expect(urlFor([[':id']], { id: -1.5 })).toBe('/-1.5')
  })

  test('fills a star as it is: slashes and escapes stay', () => {
    expect(urlFor([['f', '*']], { star: 'a/b%20c/d.txt' })).toBe('/f/a/b%20c/d.txt')
    expect(urlFor([['f', '*']], { star: 5 })).toBe('/f/5')
  })

  test('never ends early, and never leads to another host', () => {
    expect(urlFor([['*']], { star: '//evil.example/x' })).toBe('/evil.example/x')
    expect(urlFor([['*']], { star: '\\\\evil.example' })).toBe('/%5C%5Cevil.example')
    expect(urlFor([['f', '*']], { star: 'a?b#c d\n😀' })).toBe('/f/a%3Fb%23c%20d%0A%F0%9F%98%80')
  })

  test('never leads up: browsers walk over dots, in escapes too', () => {
    for (const id of ['.', '..', 'a/../b', '..\\b', './']) expect(urlFor([['a', ':id']], { id })).toBeUndefined()
    for (const star of ['..', 'a/../b', './a', '%2e%2E/x', 'a/.%2e', 'a%2f..%5Cb'])
      expect(urlFor([['a', '*']], { star })).toBeUndefined()
    expect(urlFor([['a', ':id']], { id: '...' })).toBe('/a/...')
    expect(urlFor([['a', ':id']], { id: '%2e%2e' })).toBe('/a/%252e%252e')
  })

  test('has half a surrogate pair as U+FFFD', () => {
    expect(urlFor([['a', ':id']], { id: '\ud800', q: 'x\udc00' })).toBe('/a/%EF%BF%BD?q=x%EF%BF%BD')
  })
})

describe('arguments', () => {
  test('that are empty or undefined do not count', () => {
    expect(urlFor([['a', ':id'], ['a']], { id: '', q: undefined, page: '' })).toBe('/a')
    expect(urlFor([['a', '*']], { star: '' })).toBeUndefined()
    expect(urlFor([['a', ':id']], { id: 0 })).toBe('/a/0')
  })

  test('called as what every object has are arguments like others, and are not there if nobody gave them', () => {
    expect(urlFor([[':__proto__']], JSON.parse('{"__proto__":"x","constructor":"y"}'))).toBe('/x?constructor=y')
    for (const name of [':__proto__', ':constructor', ':toString']) expect(urlFor([[name]])).toBeUndefined()
  })

  test('that are no strings or finite numbers are refused, by name', () => {
    for (const value of [null, Number.NaN, Infinity, true, {}, [], () => 'x', Symbol('x'), 5n]) {
      expect(() => urlFor([['a']], { page: value })).toThrow(
        expect.objectContaining({
          code: 'GENSOCK_ERR_BADARG',
          message: expect.stringContaining('urlFor: args.page must be a string or'),
        }),
      )
    }
    for (const args of [null, 5, 'x', ['x']]) expect(() => urlOf([], args as never)).toThrow('urlFor: args must be an object')
  })
})

describe('the rule', () => {
  test('is the one that leaves the fewest arguments, the first of several', () => {
    const specs = [['a'], ['b', ':x'], ['c', ':x', ':y'], ['d', ':y', ':x'], ['e', '*']]
    expect(urlFor(specs, {})).toBe('/a')
    expect(urlFor(specs, { x: 1 })).toBe('/b/1')
    expect(urlFor(specs, { y: 1 })).toBe('/a?y=1')
    expect(urlFor(specs, { x: 1, y: 2 })).toBe('/c/1/2')
    expect(urlFor(specs, { star: 's', q: 3 })).toBe('/e/s?q=3')
    expect(urlFor(specs.toReversed(), { x: 1, y: 2 })).toBe('/d/2/1')
  })
})

describe('there and back', () => {
  const names = ['a', 'b', '__proto__', 'constructor', 'id-1']
  const text = fc.string({ unit: 'grapheme', minLength: 1 }).filter((value) => !/(?:^|[/\\])\.\.?(?:$|[/\\])/.test(value))
  const segment = fc.stringMatching(/^[A-Za-z0-9_~!$&'()*+,;=@-]{1,8}$/).filter((value) => value !== '*')
  const rest = fc.array(segment, { minLength: 1 }).map((segments) => segments.join('/'))
  const literal = fc.stringMatching(/^[A-Za-z0-9_~-]{1,5}$/)
  /** A spec of strings and variables, perhaps with a star. */
  const spec = fc
    .tuple(fc.subarray(names.map((name) => `:${name}`)), fc.array(literal), fc.constantFrom([], ['*']))
    .chain(([variables, texts, star]) =>
      fc
        .shuffledSubarray([...variables, ...texts], { minLength: variables.length + texts.length })
        .map((tokens) => [...tokens, ...star]),
    )
  /** With a value for each of its variables. */
  const filled = spec.chain((tokens) => {
    const variables = tokens.filter((token) => token.startsWith(':')).map((token) => token.slice(1))
    const star = tokens.includes('*') ? rest : fc.constant(undefined)
    return fc.tuple(fc.constant(tokens), fc.tuple(...variables.map((name) => fc.tuple(fc.constant(name), text))), star)
  })

  test('a URL gives back the arguments that it was made of', () => {
    fc.assert(
      fc.property(filled, ([tokens, pairs, star]) => {
        const checked = checkPathSpec('rule', tokens)
        const args = Object.fromEntries([...pairs, ...(star === undefined ? [] : [['star', star] as const])])
        const url = urlOf([checked], args) as string
        expect(url.startsWith('/') && !url.startsWith('//')).toBe(true)
        // What a browser makes of it, and sends.
        const { pathname, search, host } = new URL(url, 'http://host.example')
        expect([pathname, search, host]).toEqual([url, '', 'host.example'])
        const back = matchPath(checked, segmentsOf(pathname), NO_CONTEXT) as object
        const expected = [...pairs, ...(star === undefined ? [] : [['*', star] as const])]
        expect(new Map(Object.entries(back))).toEqual(new Map(expected as [string, string][]))
      }),
    )
  })

  test('a path that fits is made again of its variables', () => {
    fc.assert(
      fc.property(filled, ([tokens, pairs, star]) => {
        const checked = checkPathSpec('rule', tokens)
        const path = `/${tokens
          .map((token) =>
            token === '*'
              ? star
              : token.startsWith(':')
                ? encodeURIComponent(new Map(pairs).get(token.slice(1)) as string)
                : token,
          )
          .join('/')}`
        const found = matchPath(checked, segmentsOf(path), NO_CONTEXT)
        expect(found).toBeDefined()
        const { '*': taken, ...variables } = Object.fromEntries(Object.entries(found as object)) as Record<string, string>
        expect(urlOf([checked], taken === undefined ? variables : { ...variables, star: taken })).toBe(path)
      }),
    )
  })

  test('what is left is in the query, and comes back', () => {
    const value = fc.string({ unit: 'grapheme', minLength: 1 })
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), value), (args) => {
        const url = urlFor([['a']], args) as string
        const { pathname, searchParams } = new URL(url, 'http://host.example')
        expect(pathname).toBe('/a')
        expect([...searchParams]).toEqual(Object.entries(args))
      }),
    )
  })

  test('whatever is given, a URL is a path of the same host or there is none', () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string({ unit: 'grapheme' }),
      fc.webPath(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
    )
    fc.assert(
      fc.property(value, value, (id, star) => {
        const url = urlFor([['a', ':id', '*']], { id, star })
        if (url === undefined) return
        const { host, pathname } = new URL(url, 'http://host.example')
        expect(host).toBe('host.example')
        expect(pathname.split('/')[1]).toBe('a')
        expect(pathname.split('/').length).toBeGreaterThan(2)
      }),
    )
  })
})
