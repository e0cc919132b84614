// Chromium's own WebSocket, in a page of the server's origin: straight, and through nginx. A page has an Origin that nobody can
// forge.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect } from '@jest/globals'
import { transformSync } from '@swc/core'
import type { Browser, Page } from 'playwright-core'
import { CHROMIUM, launchChromium } from '../browser/launch.js'
import { testWith } from '../programs.js'
import { agreed, CLOSED, factsOf, seen } from './facts.js'
import { NGINX } from './nginx.js'
import { startWorld, type World } from './world.js'

const inChromium = testWith('the browser’s own WebSocket', CHROMIUM, NGINX)
const isThere = CHROMIUM.missing === undefined && NGINX.missing === undefined
const DIAL = '(url, protocols) => new WebSocket(url, protocols)'

/** The client as a script that puts what it exports on the page. */
function script(): string {
  const source = readFileSync(join('test', 'foreign', 'web-client.ts'), 'utf8')
  const { code } = transformSync(source, {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  })
  return `{ const exports = {}; ${code}\n; Object.assign(globalThis, exports) }`
}

let browser: Browser | undefined
beforeAll(async () => {
  if (isThere) browser = await launchChromium()
}, 60_000)
afterAll(() => browser?.close(), 30_000)

describe.each([
  ['straight', false],
  ['behind nginx', true],
] as const)('Chromium %s', (_way, behindNginx) => {
  let world: World | undefined
  let page: Page | undefined
  beforeAll(async () => {
    if (!isThere) return
    world = await startWorld({ behindNginx })
    page = await pageOf('127.0.0.1')
  }, 30_000)
  afterAll(async () => {
    await page?.close()
    await world?.stop()
  })
  const w = (): World => world as World

  /** A page that this host serves: the 404 of the server itself will do. */
  async function pageOf(host: string): Promise<Page> {
    const opened = await (browser as Browser).newPage()
    await opened.goto(`http://${host}:${w().port}/page`)
    await opened.evaluate(script())
    return opened
  }
  const isRefused = (where: Page, path: string): Promise<unknown> =>
    where.evaluate(`isRefused(${DIAL}, ${JSON.stringify(w().urls[0] + path)})`)

  for (const { name, title, expected } of factsOf('Chromium')) {
    inChromium(title, async () => {
      const got = await (page as Page).evaluate(`webFact(${JSON.stringify(name)}, ${DIAL}, ${JSON.stringify(w().urls)})`)
      expect(got).toEqual(expected)
    })
  }

  inChromium('the server hears the close code and reason of the page, or that there was none', () => {
    expect(w().heard).toEqual([{ type: 'remote', code: 4002, reason: 'going ✓' }, { type: 'remote' }])
  })

  inChromium('compression shortens both directions', () => {
    const { tap } = w()
    expect(seen(tap.of('/plain'))).toEqual({ extensions: [], up: 'none', down: 'none' })
    expect(seen(tap.of('/deflate'))).toMatchObject({ up: 'together', down: 'together' })
    const extensions = agreed('client_max_window_bits=10', 'server_max_window_bits=9')
    expect(seen(tap.of('/tight'))).toEqual({ extensions, up: 'alone', down: 'alone' })
  })

  inChromium('a page of the same host and port gets a socket, a page of another host does not', async () => {
    const before = w().listener.counters().refused
    expect(await isRefused(page as Page, '/echo')).toBe(false)
    const foreign = await pageOf('localhost')
    expect(await isRefused(foreign, '/echo')).toBe(true)
    await foreign.close()
    expect(w().listener.counters().refused.origin ?? 0).toBe((before.origin ?? 0) + 1)
  })

  inChromium('a page that authorize refuses, or that asks for an unknown path, gets no socket', async () => {
    const before = w().listener.counters().refused
    expect(await isRefused(page as Page, '/private')).toBe(true)
    expect(await isRefused(page as Page, '/nowhere')).toBe(true)
    const { rejected, path } = w().listener.counters().refused
    expect([rejected, path]).toEqual([(before.rejected ?? 0) + 1, (before.path ?? 0) + 1])
  })

  inChromium('the counters of the server agree, and the one that drained is not ready', () => {
    expect(w().listener.counters().closed).toMatchObject(CLOSED)
    expect([w().draining.ready, w().draining.counters().closed]).toEqual([false, { 1012: 1 }])
  })
})
