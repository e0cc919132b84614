// undici's WebSocket, a client that we did not write, at a server of ours: straight, and through nginx.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { testWith } from '../programs.js'
import { agreed, CLOSED, type Fact, factsOf, seen } from './facts.js'
import { NGINX } from './nginx.js'
import { type Refusal, type UndiciClient, undiciClient, undiciPing, undiciRefusal } from './undici-client.js'
import { isRefused, open, webFact } from './web-client.js'
import { startWorld, type World } from './world.js'

const inNginx = testWith('undici behind nginx', NGINX)

describe.each([
  ['straight', false],
  ['behind nginx', true],
] as const)('undici %s', (_way, behindNginx) => {
  const run = behindNginx ? inNginx : test
  let world: World | undefined
  let client: UndiciClient | undefined
  beforeAll(async () => {
    if (behindNginx && NGINX.missing !== undefined) return
    world = await startWorld({ behindNginx })
    client = undiciClient()
  })
  afterAll(async () => {
    await client?.close()
    await world?.stop()
  })
  const w = (): World => world as World

  /** Refused twice: told to the WebSocket class, and in full to undici's HTTP client. */
  async function refusal(path: string, headers: Record<string, string> = {}): Promise<Refusal> {
    const url = w().urls[0] + path
    const other = undiciClient({ headers })
    expect(await isRefused(other.dial, url)).toBe(true)
    await other.close()
    return undiciRefusal(url, { headers })
  }
  const own: { readonly [F in Fact]?: () => Promise<unknown> } = {
    async ping() {
      const { ws, next } = await open((client as UndiciClient).dial, `${w().urls[0]}/ping`)
      expect(await next()).toBe('pong:are you there') // the answer to the server's own, which came first
      expect(await undiciPing(ws, 'hear me')).toBe('hear me')
      return next()
    },
    async refused_401() {
      const { status, body, headers } = await refusal('/private')
      return [status, body, headers['www-authenticate']]
    },
    refused_403: async () => (await refusal('/echo', { origin: 'http://foreign.example' })).status,
    refused_404: async () => (await refusal('/nowhere')).status,
  }

  for (const { name, title, expected } of factsOf('undici')) {
    run(title, async () => {
      const fact = own[name] ?? (() => webFact(name, (client as UndiciClient).dial, w().urls))
      expect(await fact()).toEqual(expected)
    })
  }

  run('the server hears the close code and reason of the client, or that there was none', () => {
    expect(w().heard).toEqual([{ type: 'remote', code: 4002, reason: 'going ✓' }, { type: 'remote' }])
  })

  run('compression shortens what the server sends; undici itself only inflates', () => {
    const { tap } = w()
    expect(seen(tap.of('/plain'))).toEqual({ extensions: [], up: 'none', down: 'none' })
    expect(seen(tap.of('/deflate'))).toMatchObject({ up: 'none', down: 'together' })
    const extensions = agreed('client_max_window_bits=10', 'server_max_window_bits=9')
    expect(seen(tap.of('/tight'))).toEqual({ extensions, up: 'none', down: 'alone' })
  })

  run('the counters of the server agree, and the one that drained is not ready', () => {
    expect(w().listener.counters().closed).toMatchObject(CLOSED)
    expect(w().listener.counters().refused).toMatchObject({ origin: 2, path: 2 })
    expect([w().draining.ready, w().draining.counters().closed]).toEqual([false, { 1012: 1 }])
  })
})
