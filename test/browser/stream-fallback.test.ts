// The stream tag's page behind boxes that do not let everything through, in a real Chromium: over what it goes on, and that each message comes
// once and in order whatever they do.
import { once } from 'node:events'
import { describe, expect } from '@jest/globals'
import { page as queue } from 'gensock/session'
import type { Page } from 'playwright-core'
import { type Manners, type Middlebox, startMiddlebox } from './middlebox.js'
import { CHROMIUM, hurry } from './launch.js'
import { testWith } from '../programs.js'
import { NGINX, startNginx } from '../foreign/nginx.js'
import { inBrowser, useBrowser } from './stream-browser.js'
import { type Site, startSite, toldBy, untilTold } from './stream-site.js'

const { blank, ends } = useBrowser()
const behindNginx = testWith('the stream behind nginx', CHROMIUM, NGINX)
const COUNT = 50

/** Requests of the fallback transports, by what they ask for. */
const asked = (box: Middlebox, verb: string): number => box.log.filter((line) => line.includes(`gensock=${verb}`)).length

/** Resolves with the next one. */
function asksFor(box: Middlebox, verb: string): Promise<void> {
  return new Promise((resolve) => {
    box.events.on('request', (line: string) => line.includes(`gensock=${verb}`) && resolve())
  })
}

/** Pushes as many messages down and texts up, half of each before the other half, and looks at what arrived. */
async function talk(site: Site, page: Page): Promise<void> {
  const numbers = Array.from({ length: COUNT }, (_, i) => String(i + 1))
  const half = COUNT / 2
  for (const [from, to] of [
    [0, half],
    [half, COUNT],
  ] as const) {
    for (const number of numbers.slice(from, to)) queue.add(site.pageOf(), number)
    const sent = await page.evaluate(`[${numbers.slice(from, to).join()}].map((n) => stream.send('up ' + n))`)
    expect(sent).toEqual(Array.from({ length: half }, () => true))
    await untilTold(page, 'received', 2 * to)
  }
  const { received, closed } = await toldBy(page)
  expect(received.filter((text) => !text.startsWith('heard'))).toEqual(numbers)
  expect(received.filter((text) => text.startsWith('heard'))).toEqual(numbers.map((number) => `heard: up ${number}`))
  expect(site.heard).toEqual(numbers.map((number) => `up ${number}`))
  expect(closed).toEqual([])
}

interface Behind {
  readonly site: Site
  readonly box: Middlebox
  readonly page: Page
}
/** A page behind a box. Its clock can be turned. */
async function begin(manners: Partial<Manners>, given?: Site): Promise<Behind> {
  const site = given ?? ends(await startSite())
  const box = ends(await startMiddlebox(site.port, manners))
  const page = await blank()
  await page.clock.install()
  await hurry(page)
  return { site, box, page }
}
const go = ({ box, page }: Behind): Promise<unknown> => page.goto(`http://127.0.0.1:${box.port}/page`)

describe('a box that lets no WebSocket through', () => {
  inBrowser.each(['forbid', 'cut'] as const)('(%s) leaves server-sent events', async (upgrades) => {
    const behind = await begin({ upgrades })
    await go(behind)
    await untilTold(behind.page, 'opened', 1)
    await talk(behind.site, behind.page)
    expect((await toldBy(behind.page)).opened).toEqual([['new', 'sse']])
    expect([asked(behind.box, 'sse'), asked(behind.box, 'poll')]).toEqual([1, 0])
  })

  inBrowser('and never answers leaves server-sent events after 10 s', async () => {
    const behind = await begin({ upgrades: 'swallow' })
    const swallowed = once(behind.box.events, 'upgrade')
    await go(behind)
    await swallowed
    await behind.page.clock.fastForward(10_000)
    await untilTold(behind.page, 'opened', 1)
    await talk(behind.site, behind.page)
    expect((await toldBy(behind.page)).opened).toEqual([['new', 'sse']])
  })

  inBrowser('and refuses event streams leaves long polls', async () => {
    const behind = await begin({ upgrades: 'forbid', refusesStreams: true })
    await go(behind)
    await untilTold(behind.page, 'opened', 1)
    await talk(behind.site, behind.page)
    expect(asked(behind.box, 'poll')).toBeGreaterThan(1)
  })

  inBrowser('and holds every answer back until it is whole leaves long polls after 3 s', async () => {
    const behind = await begin({ upgrades: 'forbid', holdsBack: true })
    const asks = asksFor(behind.box, 'sse')
    await go(behind)
    await asks
    await behind.page.clock.fastForward(3000)
    await untilTold(behind.page, 'opened', 1)
    await talk(behind.site, behind.page)
    expect((await toldBy(behind.page)).opened).toEqual([['new', 'longPoll']])
  })
})

describe('a box that cuts every answer after a while', () => {
  const CUTS = 4
  const EACH = 5
  inBrowser.each([
    ['WebSockets', 'UPGRADE', {}],
    ['server-sent events', 'gensock=sse', { upgrades: 'forbid' }],
    ['long polls', 'gensock=poll', { upgrades: 'forbid', refusesStreams: true }],
  ] as const)('cuts %s, and each message comes once and in order', async (_name, what, manners) => {
    const { site, box, page } = await begin(manners)
    const told: string[] = []
    await go({ site, box, page })
    await untilTold(page, 'opened', 1)
    box.cutAfterMs = 300
    box.cut()
    for (let cut = 0; cut < CUTS; cut++) {
      await new Promise<void>((resolve) => {
        box.events.on('cut', (line: string) => line.includes(what) && resolve())
      })
      const numbers = Array.from({ length: EACH }, (_, i) => String(cut * EACH + i + 1))
      for (const number of numbers) queue.add(site.pageOf(), number)
      told.push(...numbers)
      await untilTold(page, 'received', told.length)
    }
    const { opened, received, closed } = await toldBy(page)
    expect(received).toEqual(told)
    expect(opened.slice(1).every(([resumed]) => resumed === 'resumed')).toBe(true)
    expect(closed).toEqual([])
  })

  inBrowser.each([
    ['server-sent events', 'gensock=sse', false],
    ['long polls', 'gensock=poll', true],
  ])(
    'or somewhere in the middle, over %s: what was torn comes again, what was whole does not',
    async (_name, what, refusesStreams) => {
      let torn = 0
      const tearsAt = (line: string): number => (line.includes(what) ? 200 * (torn + 1) : Infinity)
      const behind = await begin({ upgrades: 'forbid', refusesStreams, tearsAt })
      behind.box.events.on('torn', () => torn++)
      await go(behind)
      await untilTold(behind.page, 'opened', 1)
      await talk(behind.site, behind.page)
      expect(torn).toBeGreaterThan(0)
    },
  )
})

describe('nginx', () => {
  behindNginx('with nothing but proxy_pass passes no WebSocket, and server-sent events at once', async () => {
    // It puts its own idea of the host into Host, so no origin is that of the server.
    const site = ends(await startSite({ route: { origins: 'any' } }))
    const { ports } = ends(await startNginx({ port: site.port, settings: '' }))
    const page = await blank()
    await page.goto(`http://127.0.0.1:${ports[0]}/page`)
    await untilTold(page, 'opened', 1)
    await talk(site, page)
    expect((await toldBy(page)).opened).toEqual([['new', 'sse']])
  })

  behindNginx('that holds answers back, whatever they say, leaves long polls after 3 s', async () => {
    const site = ends(await startSite({ route: { origins: 'any' } }))
    const settings = 'proxy_ignore_headers X-Accel-Buffering;'
    const { ports } = ends(await startNginx({ port: site.port, settings }))
    const behind = await begin({}, { ...site, port: ports[0] as number })
    const asks = asksFor(behind.box, 'sse')
    await go(behind)
    await asks
    await behind.page.clock.fastForward(3000)
    await untilTold(behind.page, 'opened', 1)
    await talk(site, behind.page)
    expect((await toldBy(behind.page)).opened).toEqual([['new', 'longPoll']])
  })

  behindNginx('that passes WebSockets on passes them on', async () => {
    const site = ends(await startSite({ trustProxy: 1 }))
    const { ports } = ends(await startNginx(site.port))
    const page = await blank()
    await page.goto(`http://127.0.0.1:${ports[0]}/page`)
    await untilTold(page, 'opened', 1)
    await talk(site, page)
    expect((await toldBy(page)).opened).toEqual([['new', 'ws']])
  })
})
