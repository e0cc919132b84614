// A real headless Chromium, and for each test a playground of its own. Where Chromium is missing, CI=true fails and other places
// print that they skip.
import { existsSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { type Playground, startPlayground } from '../../examples/playground/server.js'

const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
const LIMIT_MS = 10_000
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

const found = existsSync(CHROMIUM)
const missing = `no Chromium at ${CHROMIUM}: install Debian's chromium, or set CHROMIUM to its path`
if (!found && process.env['CI'] !== 'true') console.warn(`the browser test is skipped: ${missing}`)
export const inBrowser = found || process.env['CI'] === 'true' ? test : test.skip

/** The crash reports of the default node go to the console; here they are meant to be. */
export function muteCrashReports(): void {
  jest.spyOn(console, 'error').mockImplementation(() => undefined)
}

/**
 * Starts and ends what the tests of a file need. `open` opens a page of its own context and waits for the server; what a page
 * complains of on its console fails the test.
 */
export function useChromium(): { open(options?: BrowserContextOptions, hash?: string): Promise<Page> } {
  let playground: Playground
  let browser: Browser
  let complaints: string[] = []
  let pages: Page[] = []

  beforeAll(async () => {
    if (found) browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
    else if (process.env['CI'] === 'true') throw new Error(missing)
  }, 60_000)
  afterAll(() => browser?.close(), 30_000)
  beforeEach(async () => {
    if (found) playground = await startPlayground(0, '127.0.0.1')
    complaints = []
    pages = []
  })
  afterEach(async () => {
    for (const page of pages) await page.context().close()
    await playground?.stop()
    jest.restoreAllMocks()
    expect(complaints).toEqual([])
  }, 30_000)

  return {
    async open(options = {}, hash = '') {
      const page = await (await browser.newContext(options)).newPage()
      pages.push(page)
      page.setDefaultTimeout(LIMIT_MS)
      page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(playground.url + hash)
      await page.locator('.feed[data-feed=open]').waitFor()
      return page
    },
  }
}
