// The playground as a program and over plain HTTP; what a person sees of it is in test/browser/playground.test.ts.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { WebSocket } from 'ws'
import { type Playground, startPlayground } from '../../examples/playground/server.js'
import { runExample } from './run-example.js'

describe('the page over HTTP', () => {
  let playground: Playground
  beforeAll(async () => {
    playground = await startPlayground(0, '127.0.0.1')
  })
  afterAll(() => playground.stop())

  test.each([
    ['', 'text/html; charset=utf-8'],
    ['?from=somewhere', 'text/html; charset=utf-8'],
    ['style.css', 'text/css; charset=utf-8'],
    ['page.js', 'text/javascript; charset=utf-8'],
    ['icon.svg', 'image/svg+xml'],
  ])('GET /%s answers with its content type, a policy and nosniff', async (path, type) => {
    const response = await fetch(playground.url + path)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe(type)
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.get('content-security-policy')).toMatch(/^default-src 'none'; script-src 'self';/)
  })

  test('HEAD has the head of GET and no body', async () => {
    const response = await fetch(playground.url, { method: 'HEAD' })
    expect(response.status).toBe(200)
    expect(Number(response.headers.get('content-length'))).toBeGreaterThan(1000)
    expect(await response.text()).toBe('')
  })

  test('other methods get 405, other paths 404, also those that climb', async () => {
    const posted = await fetch(playground.url, { method: 'POST', body: 'x' })
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD'])
    for (const path of ['nothing', 'index.html', '..%2fserver.ts', '%2e%2e/server.ts', 'constructor', '/']) {
      expect((await fetch(playground.url + path)).status).toBe(404)
    }
  })
})

describe('main.ts', () => {
  test('prints one line with its URL, and SIGTERM ends it with open sockets, code 0', async () => {
    const example = runExample('playground', { PORT: '0' })
    const line = await example.line(/http/)
    const url = /http:\/\/localhost:(\d+)\//.exec(line)
    const socket = new WebSocket(`ws://127.0.0.1:${url?.[1]}/ws/hello`)
    await once(socket, 'open')
    example.kill('SIGTERM')
    const [code] = await once(socket, 'close')
    const end = await example.ended
    expect(code).toBe(1012)
    expect(end).toMatchObject({ code: 0, stdout: line, stderr: '' })
  }, 30_000)

  test('a taken port gives one clear line and code 1', async () => {
    const other: Server = createServer().listen(0)
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { code, stdout, stderr } = await runExample('playground', { PORT: String(port) }).ended
    other.close()
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(new RegExp(`^gensock playground: port ${port} is taken; .*\\n$`))
  }, 30_000)

  test.each(['http', '-1', '65536', '80.5'])(
    'PORT=%s gives one clear line and code 1',
    async (given) => {
      const { code, stderr } = await runExample('playground', { PORT: given }).ended
      expect(code).toBe(1)
      expect(stderr).toBe(`gensock playground: PORT must be a whole number from 0 to 65535, got "${given}"\n`)
    },
    30_000,
  )
})
