// A page of the stream tag that is torn from its queue again and again, in a real Chromium: what it has written down in the end.
import { setTimeout as sleep } from 'node:timers/promises'
import { randomInt } from 'node:crypto'
import { describe, expect } from '@jest/globals'
import { exit } from 'gensock'
import { page as queue, type PagePid, session, type SessionPid } from 'gensock/session'
import type { Page } from 'playwright-core'
import { type Manners, type Middlebox, startMiddlebox } from './middlebox.js'
import { hurry } from './launch.js'
import { inBrowser, useBrowser } from './stream-browser.js'
import { type Site, type SiteOptions, startSite, toldBy, untilTold } from './stream-site.js'

const { blank, ends } = useBrowser()

/** Numbers from 0 up to 1, the same for the same seed: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A page behind a box. */
interface Torn {
  readonly site: Site
  readonly box: Middlebox
  readonly page: Page
}
async function begin(manners: Partial<Manners> = {}, options: SiteOptions = {}, isTimed = false): Promise<Torn> {
  const site = ends(await startSite(options))
  const box = ends(await startMiddlebox(site.port, manners))
  const page = await blank()
  if (isTimed) await page.clock.install()
  await hurry(page)
  await page.goto(`http://127.0.0.1:${box.port}/page`)
  await untilTold(page, 'opened', 1)
  return { site, box, page }
}
/** Waits until the newest message of a page is this one, or a later one. */
async function until({ page }: Torn, message: number): Promise<void> {
  await page.waitForFunction(`Number(JSON.parse(localStorage.getItem('received') ?? '[]').at(-1)) >= ${message}`)
}

/** The ways to lose the connection; each resolves when the page could have it back. `meanwhile`: while it cannot. */
const WAYS: Readonly<Record<string, (torn: Torn, meanwhile: () => Promise<void>) => Promise<unknown>>> = {
  /** Every TCP connection at the proxy. */
  cut: async ({ box }, meanwhile) => {
    expect(box.cut()).toBeGreaterThan(0)
    await meanwhile()
  },
  async offline({ box, page }, meanwhile) {
    await page.context().setOffline(true)
    box.down()
    await meanwhile()
    box.up()
    await page.context().setOffline(false)
  },
  /** The process of the socket. */
  async kill({ site }, meanwhile) {
    const { websocket, comet } = await queue.info(site.pageOf())
    const socket = websocket ?? comet
    expect(socket).toBeDefined()
    if (socket !== undefined) exit(socket, 'kill')
    await meanwhile()
  },
  reload: ({ page }, meanwhile) => Promise.all([page.reload(), meanwhile()]),
}

/** Adds messages and loses connections until both are done, then waits for the last message. */
async function tear(torn: Torn, messages: number, times: number, seed: number): Promise<void> {
  const random = seeded(seed)
  const pick = (below: number): number => Math.floor(random() * below)
  const each = messages / times
  // As often one as the other, in any order.
  const ways = Object.values(WAYS)
  const deck = Array.from({ length: times }, (_, i) => ({ way: ways[i % ways.length], at: random() }))
  deck.sort((a, b) => a.at - b.at)
  let added = 0
  const push = async (upTo: number): Promise<void> => {
    while (added < upTo) {
      queue.add(torn.site.pageOf(), String(++added))
      // The load, not a wait for anything: now several at once, now one by one.
      if (random() < 0.3) await sleep(pick(4))
    }
  }
  for (const [i, { way }] of deck.entries()) {
    const last = each * (i + 1)
    await push(added + pick(each - 1))
    await way?.(torn, () => push(added + pick(last - added - 1)))
    const next = added + 1
    await push(last)
    await until(torn, next)
  }
  await until(torn, messages)
}
/** A seed, which is said if it goes wrong. */
async function withSeed(run: (seed: number) => Promise<void>): Promise<void> {
  const seed = Number(process.env['GENSOCK_SEED'] ?? randomInt(2 ** 31))
  await run(seed).catch((cause: unknown) => {
    throw new Error(`with GENSOCK_SEED=${seed}: ${String(cause)}`, { cause })
  })
}

describe('a page that is reloaded, is offline, and is cut off', () => {
  // Of a reload and of a killed process it is told in any case. Over plain HTTP the same connection makes good what else is lost, and a page
  // that had a WebSocket goes over to plain HTTP when it is offline for longer.
  inBrowser.each([
    ['a WebSocket: 1 000', 'ws', 1000, 20, 10, {}],
    ['server-sent events: 300', 'sse', 300, 6, 2, { upgrades: 'forbid' }],
    ['long polls: 300', 'longPoll', 300, 6, 2, { upgrades: 'forbid', refusesStreams: true }],
  ] as const)(
    'has, over %s messages once and in order, and was told so at each return',
    async (_name, transport, messages, times, returns, manners) => {
      await withSeed(async (seed) => {
        const torn = await begin(manners)
        await tear(torn, messages, times, seed)
        const { opened, received, closed } = await toldBy(torn.page)
        expect(received).toEqual(Array.from({ length: messages }, (_, i) => String(i + 1)))
        const told = opened.map(([resumed]) => resumed)
        expect(told).toEqual(['new', ...told.slice(1).map(() => 'resumed')])
        expect(told.length).toBeGreaterThan(returns)
        expect(opened[0]?.[1]).toBe(transport)
        expect(closed).toEqual([])
      })
    },
    60_000,
  )
})

describe('a page that comes back', () => {
  /** The only page of the session, anew. */
  async function restarted({ visits }: Site): Promise<PagePid> {
    const [found, ...more] = await session.pages(visits[0]?.sessionPid as SessionPid)
    expect(more).toEqual([])
    return found?.pid as PagePid
  }

  inBrowser('is told of a gap when its queue had no room for all: it gets all that is left, once and in order', async () => {
    const torn = await begin({}, { sessions: { queue: { maxCount: 10 } } })
    const { site, box, page } = torn
    const add = (from: number, to: number): void => {
      for (let n = from; n <= to; n++) queue.add(site.pageOf(), String(n))
    }
    add(1, 5)
    await until(torn, 5)
    await page.context().setOffline(true)
    box.down()
    add(6, 35)
    box.up()
    await page.context().setOffline(false)
    await until(torn, 35)
    const { opened, received } = await toldBy(page)
    expect(received.map(Number)).toEqual([1, 2, 3, 4, 5, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35])
    expect(opened.map(([resumed]) => resumed)).toEqual(['new', 'gap'])
    // What came after the gap is kept as before.
    add(36, 40)
    await until(torn, 40)
    await page.reload()
    add(41, 45)
    await until(torn, 45)
    expect((await toldBy(page)).received.slice(-10).map(Number)).toEqual([36, 37, 38, 39, 40, 41, 42, 43, 44, 45])
  })

  inBrowser('to a queue whose process was killed begins anew, at once', async () => {
    const torn = await begin()
    const { site, page } = torn
    queue.add(site.pageOf(), '1')
    await until(torn, 1)
    exit(site.pageOf(), 'kill')
    await untilTold(page, 'opened', 2)
    queue.add(await restarted(site), '2')
    await until(torn, 2)
    expect(await toldBy(page)).toEqual({
      opened: [
        ['new', 'ws'],
        ['new', 'ws'],
      ],
      received: ['1', '2'],
      left: [1012],
      closed: [],
    })
  })

  inBrowser('from a connection that has died without a word, once its heartbeat has found out', async () => {
    const torn = await begin({}, {}, true)
    const { site, box, page } = torn
    box.freeze()
    queue.add(site.pageOf(), '1')
    await page.clock.fastForward(20_000)
    await page.clock.fastForward(5000)
    await page.clock.fastForward(500)
    await until(torn, 1)
    expect(await toldBy(page)).toEqual({
      opened: [
        ['new', 'ws'],
        ['resumed', 'ws'],
      ],
      received: ['1'],
      left: [1006],
      closed: [],
    })
  })
})
