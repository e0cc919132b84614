// Which paths a path spec takes. The cases of Zotonic's own dispatcher are in cases-dispatch.test.ts; here are its edges, and
// hostile paths.
import { describe, expect, test } from '@jest/globals'
import * as fc from 'fast-check'
import { checkPathSpec, matchPath, segmentsOf, textOf } from '../../../src/handlers/zotonic/path-spec.js'

const NO_CONTEXT = (): never => {
  throw new Error('nobody asked for a context')
}
/** The variables that a path gives to a spec, as a plain object. */
function match(spec: readonly unknown[], path: string): object | undefined {
  const found = matchPath(checkPathSpec('rule', spec), segmentsOf(path), NO_CONTEXT)
  return found === undefined ? undefined : Object.fromEntries(Object.entries(found))
}
const refused = (spec: unknown): string => {
  try {
    checkPathSpec('rule', spec)
  } catch (error) {
    expect(error).toMatchObject({ code: 'GENSOCK_ERR_BADARG' })
    return (error as Error).message
  }
  return 'nothing'
}

describe('a path', () => {
  test('has no empty segments: slashes at the ends, and two in a row, vanish', () => {
    for (const path of ['/a/b', '/a/b/', '//a//b', '/a/b///']) expect(match(['a', 'b'], path)).toEqual({})
    for (const path of ['/', '//', '']) expect(match([], path)).toEqual({})
  })

  test('fits only as a whole', () => {
    expect(match(['a'], '/a/b')).toBeUndefined()
    expect(match(['a', 'b'], '/a')).toBeUndefined()
    expect(match([], '/a')).toBeUndefined()
    expect(match(['a', ':id'], '/a/')).toBeUndefined()
  })

  test('is compared without decoding: an escape is another string', () => {
    expect(match(['a%20b'], '/a%20b')).toEqual({})
    expect(match(['ab'], '/%61b')).toBeUndefined()
    expect(match(['%c3%bc'], '/%C3%BC')).toBeUndefined()
    expect(match(['socket'], '/Socket')).toBeUndefined()
  })

  test('with a broken escape has no variable in its place', () => {
    for (const garbage of ['%', '%4', '%zz', '%c3', '%ff%fe', '%C0%80', '%ED%A0%80', 'a%', '%%25']) {
      expect(match([':id'], `/${garbage}`)).toBeUndefined()
      expect(match(['*'], `/${garbage}`)).toEqual({ '*': garbage })
    }
  })

  test('may hold NUL, slashes and dots in its escapes: they separate nothing', () => {
    expect(match([':id'], '/%00')).toEqual({ id: '\0' })
    expect(match([':id', ':more'], '/a%2Fb/.%2e.')).toEqual({ id: 'a/b', more: '...' })
    expect(match(['*'], '/a%2Fb/...')).toEqual({ '*': 'a%2Fb/...' })
    expect(match(['a'], '/a/../a')).toBeUndefined()
  })

  // RFC 3986 section 3.3: 'The path segments "." and "..", also known as dot-segments, are defined for relative reference
  // within the path name hierarchy.'
  test.each(['.', '..', '%2e', '.%2E', '..%2f..%2fetc', 'a%2F..', '%2e%2e%5cb'])(
    'with dot-segments has no variable: %s',
    (dots) => {
      for (const token of [':id', '*', [':id', /./s], [':id', () => true]] as const)
        expect(match([token], `/${dots}`)).toBeUndefined()
      for (const path of [`/a/${dots}`, `/${dots}/a`]) expect(match(['*'], path)).toBeUndefined()
    },
  )

  test('may be very long', () => {
    const long = 'x'.repeat(1_000_000)
    expect(match([':id'], `/${long}`)).toEqual({ id: long })
    expect(match(['a', '*'], `/a${'/b'.repeat(100_000)}`)).toEqual({ '*': Array(100_000).fill('b').join('/') })
    expect(match(['a'], '/a'.repeat(100_000))).toBeUndefined()
    expect(match(['a'], `/a${'/'.repeat(1_000_000)}`)).toEqual({})
  })

  test('keeps a plus: that is a space in a query only', () => {
    expect(match([':id'], '/a+b')).toEqual({ id: 'a+b' })
  })
})

describe('variables', () => {
  test('may be called as what every object has', () => {
    const spec = [':__proto__', ':constructor', ':toString', ':hasOwnProperty']
    const found = matchPath(checkPathSpec('rule', spec), ['a', 'b', 'c', 'd'], NO_CONTEXT)
    expect(Object.entries(found as object)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
      ['hasOwnProperty', 'd'],
    ])
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })

  test('that nobody wrote are not there', () => {
    const found = matchPath(checkPathSpec('rule', [':id']), ['a'], NO_CONTEXT) as Record<string, unknown>
    for (const name of ['__proto__', 'constructor', 'toString']) expect(found[name]).toBeUndefined()
  })

  test('with a RegExp are what its group has, else the segment', () => {
    expect(match([[':id', /^\d+$/]], '/12')).toEqual({ id: '12' })
    expect(match([[':id', /^\d+$/]], '/12a')).toBeUndefined()
    expect(match([[':id', /\d/]], '/a1b')).toEqual({ id: 'a1b' })
    expect(match([[':id', /^room-(\d+)$/]], '/room-7')).toEqual({ id: '7' })
    expect(match([[':id', /^(?<name>a)?b$/]], '/b')).toEqual({ id: '' })
    expect(match([[':id', /^(?:a|b)$/]], '/b')).toEqual({ id: 'b' })
  })

  test('with a RegExp are decoded before it sees them', () => {
    expect(match([[':id', /^[a-z/]+$/]], '/a%2Fb')).toEqual({ id: 'a/b' })
    expect(match([[':id', /^[^.]+$/]], '/%2e%2e')).toBeUndefined()
    expect(match([[':id', /./]], '/%')).toBeUndefined()
  })

  test('with a RegExp that remembers are asked anew each time, and it is left alone', () => {
    const check = /a/g
    check.lastIndex = 5
    const tokens = checkPathSpec('rule', [[':id', check]])
    for (const _ of [1, 2, 3]) expect(matchPath(tokens, ['xa'], NO_CONTEXT)).toMatchObject({ id: 'xa' })
    expect(check.lastIndex).toBe(5)
    expect(match([[':id', /b/y]], '/ab')).toBeUndefined()
  })

  test('with a test are told what came before them', () => {
    const seen: unknown[] = []
    const spec = checkPathSpec('rule', [
      ':room',
      [':id', (segment: string, context: unknown) => seen.push([segment, context]) > 0],
    ])
    const context = { the: 'context' } as never
    const found = matchPath(spec, ['a', '%62'], (variables) => Object.assign(context, { variables: { ...variables } }))
    expect(Object.entries(found as object)).toEqual([
      ['room', 'a'],
      ['id', 'b'],
    ])
    expect(seen).toEqual([['b', { the: 'context', variables: { room: 'a' } }]])
  })

  test('with a test are not asked about paths that are too long or too short', () => {
    const spec = checkPathSpec('rule', [[':id', NO_CONTEXT], 'x'])
    for (const segments of [[], ['a'], ['a', 'x', 'b']]) expect(matchPath(spec, segments, NO_CONTEXT)).toBeUndefined()
    expect(() => matchPath(spec, ['a', 'x'], NO_CONTEXT)).toThrow('nobody asked')
  })

  test('with a test that answers anything else are an error', () => {
    for (const answer of [
      'yes',
      1,
      null,
      undefined,
      ['ok'],
      ['ok', 5],
      ['ok', 'a', 'b'],
      ['error', 'a'],
      Promise.resolve(true),
    ]) {
      const spec = checkPathSpec('rule', [[':id', () => answer]])
      const run = (): unknown => matchPath(spec, ['a'], () => ({}) as never)
      expect(run).toThrow(expect.objectContaining({ code: 'GENSOCK_ERR_BAD_RETURN' }))
    }
  })
})

describe('a spec is refused', () => {
  test('if it is no list, or a token is nothing that it may be', () => {
    expect(refused('/a/b')).toMatch(/^rule: path must be a list such as \['room', ':id', '\*'\], got '\/a\/b' \(see /)
    for (const token of [5, null, undefined, {}, [], [':id'], [':id', 'x'], [':id', /x/, 'y'], /x/, () => true])
      expect(refused(['a', token])).toMatch(/^rule: path\[1\] must be a segment as it stands in a URL, ':name'/)
  })

  test('if a variable has no name, or one that could not be read', () => {
    for (const token of [':', ':a b', ':a/b', ':ä', ['id', /x/], [5, /x/], [':', /x/]])
      expect(refused([token])).toMatch(/^rule: path\[0\] must be a colon and a name of letters, digits, _ and -/)
  })

  test('if a string could never come in a path, with how it is written', () => {
    expect(refused(['a b'])).toContain('percent-encoded, such as "a%20b"')
    expect(refused(['über'])).toContain('such as "%C3%BCber"')
    for (const text of ['', 'a/b', '/', '.', '..', 'a?b', 'a#b', '%', '%2', 'a\\b', '\0', 'a\nb', '\ud800'])
      expect(refused([text])).toMatch(/^rule: path\[0\] must be a segment as it stands in a URL/)
  })

  test('if a variable is there twice, or a star beside another or beside :star', () => {
    for (const spec of [
      [':a', ':a'],
      [':a', [':a', /x/]],
      ['*', '*'],
      ['*', 'a', '*'],
      [':star', '*'],
      ['*', ':star'],
    ])
      expect(refused(spec)).toMatch(/with each variable once, and ':star' not beside '\*'/)
    expect(match([':star'], '/a')).toEqual({ star: 'a' })
  })

  test('if a RegExp has two groups: which of them would be the value?', () => {
    expect(refused([[':id', /(a)(b)/]])).toContain('a RegExp with one group at most; write the others (?:...)')
    expect(refused([[':id', /(?<a>a)|(?<b>b)/]])).toContain('one group at most')
    expect(match([[':id', /(?:a)(b)(?=c)/]], '/abc')).toEqual({ id: 'b' })
  })
})

test('a spec is shown as a path', () => {
  const spec = ['room', [':id', /x/], ':name', [':lang', () => true]]
  expect(textOf(checkPathSpec('rule', [...spec, '*']))).toBe('/room/:id/:name/:lang/*')
  expect(textOf(checkPathSpec('rule', ['*', 'x']))).toBe('/*/x')
  expect(textOf(checkPathSpec('rule', []))).toBe('/')
})

describe('whatever comes', () => {
  const anyPath = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.webPath()).map((path) => `/${path}`)
  const specs = [['a', ':id'], [':a', ':b', '*'], ['*'], [[':n', /^\d+$/], 'x'], ['*', ':__proto__']].map((spec) =>
    checkPathSpec('rule', spec),
  )

  test('a match answers strings for all variables of the spec and nothing else, or undefined; it never throws', () => {
    fc.assert(
      fc.property(anyPath, fc.constantFrom(...specs), (path, spec) => {
        const found = matchPath(spec, segmentsOf(path), NO_CONTEXT)
        if (found === undefined) return
        const names = spec.flatMap((token) => (token.kind === 'text' ? [] : [token.kind === 'rest' ? '*' : token.name]))
        expect(Object.keys(found)).toEqual(names)
        for (const name of names) expect(typeof found[name]).toBe('string')
      }),
    )
  })

  test('slashes more or less change nothing', () => {
    const slashes = fc.integer({ min: 1, max: 3 }).map((count) => '/'.repeat(count))
    fc.assert(
      fc.property(fc.array(fc.tuple(slashes, fc.webSegment())), fc.constantFrom(...specs), (parts, spec) => {
        const few = parts.map(([, segment]) => `/${segment}`).join('')
        const many = parts.map(([slash, segment]) => slash + segment).join('')
        expect(matchPath(spec, segmentsOf(`${many}/`), NO_CONTEXT)).toEqual(matchPath(spec, segmentsOf(few), NO_CONTEXT))
      }),
    )
  })
})
