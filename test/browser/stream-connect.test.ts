// `connect` in a real Chromium, from a page of another origin than the server's: one SocketHandler over each of the three transports.
import { EventEmitter, once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect } from '@jest/globals'
import { buildSync } from 'esbuild'
import { createNode, silentLogger } from 'gensock'
import {
  accept,
  close,
  type Frame,
  type InitArgs,
  listen,
  type Listener,
  reject,
  route,
  type SocketHandler,
  type TerminateReason,
} from 'gensock/socket'
import type { Page } from 'playwright-core'
import { inBrowser, useBrowser } from './stream-browser.js'

type Transport = 'ws' | 'sse' | 'longPoll'
const TRANSPORTS: readonly Transport[] = ['ws', 'sse', 'longPoll']
const { open, ends } = useBrowser()

let pages: Server | undefined
afterEach(() => {
  pages?.closeAllConnections()
  pages?.close()
})

/** The client with all that it imports, as one module. */
function bundled(): string {
  const entryPoints = ['src/client/index.ts']
  const { outputFiles } = buildSync({ entryPoints, bundle: true, format: 'esm', target: 'es2022', write: false })
  return outputFiles[0]?.text ?? ''
}

/** What a server has seen. */
interface Seen {
  readonly transports: InitArgs['transport'][]
  readonly ends: TerminateReason[]
  readonly events: EventEmitter
}
/** Sends back what comes; `close` closes with 4001. */
function echo({ transports, ends: ended, events }: Seen): SocketHandler<null> {
  return {
    upgrade: ({ query }) => (query.get('token') === 'wrong' ? reject(401) : accept(null)),
    init({ transport }) {
      transports.push(transport)
      return ['ok', null]
    },
    handle: (frame: Frame) => ['push', frame[1] === 'close' ? close(4001, 'as you said') : frame, null],
    terminate(reason) {
      ended.push(reason)
      events.emit('ended')
    },
  }
}

interface World {
  readonly listener: Listener
  readonly seen: Seen
  readonly page: Page
  readonly url: string
}
/** A page of http://localhost:A, and a server at http://127.0.0.1:B with a route for pages of `origin`, if not for that one. */
async function begin(origin?: string): Promise<World> {
  const script = bundled()
  const server = createServer(({ url }, response) => {
    const [type, body] = url === '/client.js' ? ['text/javascript', script] : ['text/html', '<link rel="icon" href="data:,">']
    response.writeHead(200, { 'Content-Type': type }).end(body)
  })
  pages = server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const home = `http://localhost:${(server.address() as AddressInfo).port}`
  const seen: Seen = { transports: [], ends: [], events: new EventEmitter() }
  const node = createNode({ logger: silentLogger })
  const routes = [route('/echo', echo(seen), { fallback: true, origins: [origin ?? home] })]
  const listener = await listen({ port: 0, host: '127.0.0.1', node, routes })
  ends({ stop: () => listener.drain({ deadlineMs: 100 }).then(() => node.stop()) })
  const page = await open(home)
  await page.evaluate(`import('/client.js').then((client) => Object.assign(globalThis, client))`)
  return { listener, seen, page, url: `http://127.0.0.1:${listener.port}/echo` }
}

/** Connects, and keeps what is told in `got`; bytes as lists. */
const dial = (url: string, options: object): string => `{
  globalThis.got = []
  globalThis.client = connect('${url}', ${JSON.stringify(options)})
  client.onopen = ({ resumed, transport }) => got.push(['open', resumed, transport])
  client.onmessage = (data) => got.push(typeof data === 'string' ? data : [...new Uint8Array(data)])
  client.ondisconnect = ({ code, willRetry }) => got.push(['disconnect', code, willRetry])
  client.onclose = ({ code, reason }) => got.push(['close', code, reason])
}`
async function got(page: Page, length: number): Promise<unknown[]> {
  await page.waitForFunction(`got.length >= ${length}`)
  return page.evaluate('got')
}

describe.each(TRANSPORTS)('a page of another origin that is on the list, over %s', (transport) => {
  inBrowser('gets back every text and every byte, in order; the handler knows how they travel', async () => {
    const { page, url, seen } = await begin()
    await page.evaluate(dial(url, { transports: [transport] }))
    expect(await got(page, 1)).toEqual([['open', 'new', transport]])
    const all = Array.from({ length: 256 }, (_, i) => i)
    await page.evaluate(`{
      client.send('grüße 🐙')
      client.send('')
      client.send(new Uint8Array(${JSON.stringify(all)}))
      client.send(new Uint8Array([9, 1, 2, 9]).subarray(1, 3))
      client.send(new Uint8Array(0).buffer)
      for (let n = 0; n < 100; n++) client.send(String(n))
    }`)
    const said = await got(page, 106)
    expect(said.slice(1, 6)).toEqual(['grüße 🐙', '', all, [1, 2], []])
    expect(said.slice(6)).toEqual(Array.from({ length: 100 }, (_, n) => String(n)))
    await page.evaluate(`client.send('x'.repeat(300_000))`)
    expect(await got(page, 107).then((texts) => texts.at(-1))).toBe('x'.repeat(300_000))
    expect(seen.transports).toEqual([transport])
  })

  inBrowser('is closed with the server’s code, or closes with its own', async () => {
    const { page, url, seen } = await begin()
    await page.evaluate(dial(url, { transports: [transport] }))
    await got(page, 1)
    await page.evaluate(`client.send('close')`)
    expect((await got(page, 3)).slice(1)).toEqual([
      ['disconnect', 4001, false],
      ['close', 4001, 'as you said'],
    ])
    await page.evaluate(dial(url, { transports: [transport] }))
    await got(page, 1)
    await page.evaluate(`client.close(4002, 'that was all')`)
    while (seen.ends.length < 2) await once(seen.events, 'ended')
    expect(seen.ends.at(-1)).toEqual({ type: 'remote', code: 4002, reason: 'that was all' })
    expect(await got(page, 2)).toEqual([
      ['open', 'new', transport],
      ['close', 4002, 'that was all'],
    ])
  })
})

describe('a page of an origin that is not on the list', () => {
  inBrowser('gets nothing, over any transport', async () => {
    const { page, url, seen, listener } = await begin('http://localhost:1')
    // It closes before it tries again.
    await page.evaluate(`${dial(url, {})}
    client.ondisconnect = ({ code, willRetry }) => {
      got.push(['disconnect', code, willRetry])
      client.close()
    }`)
    expect(await got(page, 2)).toEqual([
      ['disconnect', 1006, true],
      ['close', 1000, ''],
    ])
    expect([seen.transports, listener.counters().refused]).toEqual([[], { origin: 3 }])
  })
})

describe('a page whose token is refused', () => {
  inBrowser('is closed for good, over plain HTTP with the reason', async () => {
    const { page, url, listener } = await begin()
    await page.evaluate(dial(`${url}?token=wrong`, { transports: ['longPoll'] }))
    expect(await got(page, 2)).toEqual([
      ['disconnect', 3000, false],
      ['close', 3000, 'HTTP 401'],
    ])
    expect(listener.counters().refused).toEqual({ rejected: 1 })
  })
})
