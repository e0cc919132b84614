// Zotonic's cases of dispatch: what a path finds, what a request over another protocol gets, and which URL a name makes.
import { describe, expect, test } from '@jest/globals'
import { controllerWebsocket, dispatch, type DispatchRule } from 'gensock/zotonic'
import { dispatchWorld, telling } from './dispatch-world.js'

const world = dispatchWorld()

describe('paths', () => {
  test('Z44. Given the rule ["socket", ":id"], when a socket asks for /socket/a%20b?id=z, then the variable id is "a b" and beats the query', async () => {
    const site = await world.serve([telling('custom', ['socket', ':id'], ['id', 'page', 'zotonic_dispatch'])])
    expect(await site.open('/socket/a%20b?id=z&page=2')).toEqual(['a b', '2', 'custom'])
  })

  test('Z45. Given the rule ["f", "*"], when paths begin with /f, then it takes them all, and the rest is "", "a", "a/b"', async () => {
    const site = await world.serve([telling('files', ['f', '*'], ['*'])])
    expect(await site.open('/f')).toEqual([''])
    expect(await site.open('/f/')).toEqual([''])
    expect(await site.open('/f/a')).toEqual(['a'])
    expect(await site.open('/f/a/b')).toEqual(['a/b'])
    expect(await site.open('/f/a%20b/c')).toEqual(['a%20b/c'])
    expect(await site.open('/g/a')).toEqual({ status: 404, location: undefined })
  })

  test('Z46. Given the rule ["f", "*", "x"], when a path has one segment between them, then the star is its variable, and no path with more or fewer fits', async () => {
    const site = await world.serve([telling('files', ['f', '*', 'x'], ['*'])])
    expect(await site.open('/f/a%20b/x')).toEqual(['a b'])
    for (const path of ['/f/x', '/f/a', '/f/a/b/x', '/f/a/x/b'])
      expect([path, await site.open(path)]).toEqual([path, { status: 404, location: undefined }])
  })

  test('Z48. Given a variable with a test, when it answers true, ["ok", value] or false, then the segment is taken, the value is taken, or the rule does not fit', async () => {
    const check = (segment: string): boolean | readonly ['ok', string] => (segment === 'v' ? ['ok', 'Value'] : segment === 'a b')
    const site = await world.serve([
      telling('checked', [[':id', check]], ['id']),
      telling('other', ['other'], ['zotonic_dispatch']),
    ])
    expect(await site.open('/a%20b')).toEqual(['a b'])
    expect(await site.open('/v')).toEqual(['Value'])
    expect(await site.open('/x')).toEqual({ status: 404, location: undefined })
    expect(await site.open('/other')).toEqual(['other'])
  })
})

describe('protocols', () => {
  const rules: readonly DispatchRule[] = [
    telling('plain', ['plain'], ['zotonic_dispatch']),
    telling('keep', ['keep'], ['zotonic_dispatch'], { protocol: 'keep' }),
    telling('any', ['any'], ['zotonic_dispatch'], { ssl: 'any' }),
    telling('tls', ['tls'], ['zotonic_dispatch'], { protocol: ['https', 443] }),
    telling('ssl', ['ssl', '*'], ['zotonic_dispatch'], { ssl: true }),
    telling('port', ['port'], ['zotonic_dispatch'], { protocol: ['https', 8443] }),
    telling('http', ['http'], ['zotonic_dispatch'], { protocol: ['http', 80] }),
    telling('nossl', ['nossl'], ['zotonic_dispatch'], { ssl: false }),
  ]
  test('Z50. Given rules with and without a protocol, when requests come over http and https, then one that asks for the other protocol answers 302, to sockets and pages alike; differs: without the option nothing is redirected, where Zotonic sends wss to http', async () => {
    const [http, https] = [await world.serve(rules), await world.serve(rules, { isTls: true })]
    for (const name of ['plain', 'keep', 'any', 'http', 'nossl']) expect(await http.open(`/${name}`)).toEqual([name])
    for (const name of ['plain', 'keep', 'any', 'tls', 'port', 'ssl']) expect(await https.open(`/${name}`)).toEqual([name])
    for (const site of [http, https]) {
      const [scheme, named] = site.isTls ? ['http', ['http', 'nossl']] : ['https', ['tls', 'ssl']]
      for (const name of named) {
        const location = `${scheme}://localhost/${name}?a=1&b=%20`
        expect(await site.open(`/${name}?a=1&b=%20`)).toEqual({ status: 302, location })
        const page = await site.ask(`/${name}?a=1&b=%20`)
        expect([page.status, page.headers.location]).toEqual([302, location])
      }
    }
    expect(await http.open('/port')).toEqual({ status: 302, location: 'https://localhost:8443/port' })
    expect(await http.open('/ssl//a/?x')).toEqual({ status: 302, location: 'https://localhost/ssl//a/?x' })
  })
})

describe('URLs of names', () => {
  const named = (name: string, path: DispatchRule[1]): DispatchRule => [name, path, controllerWebsocket]

  test('Z51. Given the rules n = ["foo", "bar"] and n = ["foo", ":var"], when URLs are made, then urlFor(n, { var: 1, x: "h" }) is /foo/1?x=h, and without arguments /foo/bar', () => {
    const { urlFor } = dispatch([named('n', ['foo', 'bar']), named('n', ['foo', ':var'])])
    expect(urlFor('n', { var: 1, x: 'h' })).toBe('/foo/1?x=h')
    expect(urlFor('n')).toBe('/foo/bar')
    expect(urlFor('n', {})).toBe('/foo/bar')
  })

  test('Z52. Given rules of one name, when two fit as well, a variable is missing, a name is unknown or there is a star, then the earlier one makes the URL, there is none, there is none, and star fills it', () => {
    const { urlFor } = dispatch([
      named('tie', ['a', ':x']),
      named('tie', ['b', ':x']),
      named('tie', ['c', ':y']),
      named('files', ['f', ':id', '*']),
    ])
    expect(urlFor('tie', { x: 1 })).toBe('/a/1')
    expect(urlFor('tie', { x: 1, y: 2 })).toBe('/a/1?y=2')
    expect(urlFor('tie')).toBeUndefined()
    expect(urlFor('tie', { z: 1 })).toBeUndefined()
    expect(urlFor('unknown', { x: 1 })).toBeUndefined()
    expect(urlFor('files', { id: 7 })).toBeUndefined()
    expect(urlFor('files', { id: 7, star: 'a/b%20c' })).toBe('/f/7/a/b%20c')
  })
})
