// Which route answers a request target, and what reaches its handler.
import { describe, expect, test } from '@jest/globals'
import { accept, route, text } from 'gensock/socket'
import { targetOf } from '../../src/transports/request.js'
import { requireRoutes } from '../../src/transports/route.js'
import { echo, expectRefusal, handshake, rawWorld } from './raw.js'

const world = rawWorld()
const match = (path: string, asked: string): unknown =>
  requireRoutes('test', [route(path as '/', echo)])[0]?.match(asked, {} as never)

describe('patterns', () => {
  test.each<[string, string, object | undefined]>([
    ['/', '/', {}],
    ['/', '/x', undefined],
    ['/:__proto__', '/x', JSON.parse('{"__proto__":"x"}')],
    ['/', '//', undefined],
    ['/ws', '/ws', {}],
    ['/ws', '/WS', undefined],
    ['/ws', '/ws/', undefined],
    ['/ws', '//ws', undefined],
    ['/ws', '/wss', undefined],
    ['/ws/', '/ws/', {}],
    ['/ws/', '/ws', undefined],
    // RFC 3986 section 6.2.2.2: percent-encoded octets of unreserved characters are the characters
    ['/ws', '/%77s', {}],
    ['/ws', '/%77%73', {}],
    ['/a%20b', '/a%20b', {}],
    ['/grüße', '/gr%C3%BC%C3%9Fe', {}],
    ['/a', '/%', undefined],
    ['/rooms/:id', '/rooms/7', { id: '7' }],
    ['/rooms/:id', '/rooms/', undefined],
    ['/rooms/:id', '/rooms', undefined],
    ['/rooms/:id', '/rooms/7/', undefined],
    ['/rooms/:id', '/rooms//7', undefined],
    ['/rooms/:id', '/rooms/a%2Fb', { id: 'a/b' }],
    ['/rooms/:id', '/rooms/a%20b+c', { id: 'a b+c' }],
    ['/rooms/:id', '/rooms/%F0%9F%90%99', { id: '🐙' }],
    ['/rooms/:id', '/rooms/%E0%A4%A', undefined],
    ['/rooms/:id', '/rooms/%zz', undefined],
    ['/rooms/:id', '/rooms/%00', { id: '\0' }],
    ['/rooms/:id', '/rooms/..', { id: '..' }],
    ['/:a/:b', '/x/y', { a: 'x', b: 'y' }],
    ['/:a/x/:b', '/1/x/2', { a: '1', b: '2' }],
    ['/:a/x/:b', '/1/y/2', undefined],
    ['/files/*', '/files/a/b', { '*': 'a/b' }],
    ['/files/*', '/files/', { '*': '' }],
    ['/files/*', '/files', { '*': '' }],
    ['/files/*', '/files//', { '*': '/' }],
    ['/files/*', '/files/a%2Fb/%zz', { '*': 'a%2Fb/%zz' }],
    ['/files/*', '/file', undefined],
    ['/*', '/', { '*': '' }],
    ['/*', '/any/thing', { '*': 'any/thing' }],
    ['/:id/*', '/7/a/b', { id: '7', '*': 'a/b' }],
    ['/:id/*', '//a', undefined],
  ])('%s and %s: %j', (path, asked, params) => expect(match(path, asked)).toEqual(params))
})

describe('request targets', () => {
  test.each<[string, string, string, string | undefined]>([
    ['/', '/', '', undefined],
    ['/ws?', '/ws', '', undefined],
    ['/ws?a=1?b', '/ws', 'a=1?b', undefined],
    ['//a.example/ws', '//a.example/ws', '', undefined],
    ['/http://a.example/ws', '/http://a.example/ws', '', undefined],
    // RFC 9112 section 3.2.2: "A server MUST accept the absolute-form in requests"
    ['http://a.example/ws', '/ws', '', 'a.example'],
    ['HTTPS://A.example:8080/ws?x', '/ws', 'x', 'A.example:8080'],
    ['http://[::1]:80/ws', '/ws', '', '[::1]:80'],
    ['http://a.example', '/', '', 'a.example'],
    ['http://a.example?x=/y', '/', 'x=/y', 'a.example'],
    ['http://a.example//', '//', '', 'a.example'],
  ])('%s is path %s, query %j', (url, path, search, authority) => expect(targetOf(url)).toEqual({ path, search, authority }))

  test.each([
    '',
    '*',
    'ws',
    'a.example:80',
    'a.example/ws',
    'ws://a.example/ws', // RFC 6455 section 4.2.1: "or an absolute HTTP/HTTPS URI"
    'ftp://a.example/ws',
    'http:/ws',
    'http:ws',
    'http://',
    'http:///ws', // RFC 9110 section 4.2.1: a "URI reference" with an empty host identifier is invalid
    'http://:80/ws',
    'http://user@a.example/ws', // section 4.2.4: "a recipient SHOULD parse for userinfo and treat its presence as an error"
    'http://user:password@a.example/ws',
    'http://a b/ws',
    'http://a.example:port/ws',
    'http://a.example:65536/ws',
    '/ws#fragment', // RFC 6455 section 3: "MUST NOT be used on these URIs"
    'http://a.example/ws#fragment',
    '?x',
  ])('%j is none', (url) => expect(targetOf(url)).toBeUndefined())
})

describe('on the wire', () => {
  const seen = {
    ...echo,
    init: ({ params, request }: any) =>
      ['push', text(JSON.stringify([params, request.path, request.query.get('q'), request.url])), null] as const,
  }
  async function init(port: number, target: string): Promise<unknown> {
    const socket = world.dial(port, handshake({}, `GET ${target} HTTP/1.1`))
    let all = ''
    socket.on('data', (chunk) => (all += String(chunk)))
    while (!all.endsWith(']')) await world.turn()
    return JSON.parse(all.slice(all.indexOf('[')))
  }

  test('the first route that fits answers', async () => {
    const { port } = await world.serve([
      route('/rooms/new', seen),
      route('/rooms/:id', seen),
      route('/rooms/:never', echo),
      route('/*', seen),
    ])
    expect(await init(port, '/rooms/new?q=1%202+3')).toEqual([{}, '/rooms/new', '1 2 3', '/rooms/new?q=1%202+3'])
    expect(await init(port, '/rooms/n%65w')).toEqual([{}, '/rooms/n%65w', null, '/rooms/n%65w'])
    expect(await init(port, '/rooms/7?x&q=')).toEqual([{ id: '7' }, '/rooms/7', '', '/rooms/7?x&q='])
    expect(await init(port, '/rooms/7/8')).toEqual([{ '*': 'rooms/7/8' }, '/rooms/7/8', null, '/rooms/7/8'])
    expect(await init(port, 'http://a.example/rooms/8?q=x')).toEqual([
      { id: '8' },
      '/rooms/8',
      'x',
      'http://a.example/rooms/8?q=x',
    ])
  })

  test('upgrade gets the variables of the path as init does', async () => {
    const got: unknown[] = []
    const handler = {
      ...seen,
      upgrade: (request: any, _self: unknown, params: any) => (got.push([request.path, params]), accept(1)),
    }
    const { port } = await world.serve([route('/rooms/:id/*', handler as never), route('/plain', handler as never)])
    expect(await init(port, '/rooms/7/a/b')).toEqual([{ id: '7', '*': 'a/b' }, '/rooms/7/a/b', null, '/rooms/7/a/b'])
    await init(port, '/plain')
    expect(got).toEqual([
      ['/rooms/7/a/b', { id: '7', '*': 'a/b' }],
      ['/plain', {}],
    ])
  })

  test.each([
    ['/nowhere', 404],
    ['/ws/', 404],
    ['//ws', 404],
    ['/', 404],
    ['http://a.example', 404],
    ['ws://a.example/ws', 400],
    ['http://user@a.example/ws', 400],
    ['*', 400],
    ['/ws#x', 400],
  ])(
    'RFC 6455 section 4.2.2: "If the requested service is not available, the server MUST send an appropriate HTTP error code" (%s: %d)',
    async (target, status) => {
      const listener = await world.serve([route('/ws', echo)])
      expectRefusal(await world.ask(listener.port, handshake({}, `GET ${target} HTTP/1.1`)), status)
      expect(Object.values(listener.counters().refused)).toEqual([1])
      expect((await world.ask(listener.port, handshake())).status).toBe(101)
    },
  )

  test('plain requests: 404, or 426 where a socket could be had; the connection lives on (Cowboy case C1)', async () => {
    const listener = await world.serve([route('/ws', echo)])
    const socket = world.dial(
      listener.port,
      'GET /ws HTTP/1.1\r\nHost: a\r\n\r\nGET /other HTTP/1.1\r\nHost: a\r\n\r\nPOST /ws HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    let all = ''
    socket.on('data', (chunk) => (all += String(chunk)))
    while (!all.includes('Allowed\n')) await world.turn()
    expect(all.match(/HTTP\/1\.1 [0-9]+|Connection: .*|Upgrade: .*|Allow: .*/g)).toEqual([
      'HTTP/1.1 426',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'HTTP/1.1 404',
      'Connection: keep-alive',
      'HTTP/1.1 405',
      'Allow: GET',
      'Connection: keep-alive',
    ])
    socket.write(handshake())
    while (!all.includes('HTTP/1.1 101')) await world.turn()
    expect(listener.counters().refused).toEqual({ upgrade: 1, path: 1, method: 1 })
  })
  test('RFC 9112 section 9.6: "A server that receives a "close" connection option MUST initiate closure of the connection"', async () => {
    const { port } = await world.serve([route('/ws', echo)])
    const answer = await world.ask(port, 'GET /ws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect([answer.status, answer.headers['connection'], answer.body]).toEqual([426, 'close, Upgrade', 'Upgrade Required\n'])
    expect((await world.ask(port, 'GET /ws HTTP/1.0\r\nHost: a\r\n\r\n')).headers['connection']).toBe('close, Upgrade')
    const twoHosts = await world.ask(port, 'GET /other HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n')
    expect([twoHosts.status, twoHosts.headers['connection']]).toEqual([400, 'close'])
    expect((await world.ask(port, 'GET /other HTTP/1.1\r\n\r\n')).status).toBe(400)
  })
})
