// A real headless Chromium, and for each test a playground of its own. Entered by the tests of this folder.
import { afterAll, afterEach, beforeAll, beforeEach, expect, jest } from '@jest/globals'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { type Playground, startPlayground } from '../../examples/playground/server.js'
import { testWith } from '../programs.js'
import { CHROMIUM, launchChromium } from './launch.js'

const LIMIT_MS = 10_000
export const PHONE: BrowserContextOptions = {
  viewport: { width: 360, height: 740 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

export const inBrowser = testWith('the browser test', CHROMIUM)

/** The crash reports of the default node go to the console; here they are meant to be. */
export function muteCrashReports(): void {
  jest.spyOn(console, 'error').mockImplementation(() => undefined)
}

/** The pid of the oldest socket with this handler, as the workbench's tree shows it. */
export async function socketOf(page: Page, handler: string): Promise<string | null> {
  const rows = page.locator('.process').filter({ has: page.locator('.process-kind', { hasText: 'socket' }) })
  const named = rows.filter({ has: page.locator('.process-name', { hasText: new RegExp(`^${handler}$`) }) })
  return named.first().getAttribute('data-pid')
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
    if (CHROMIUM.missing === undefined) browser = await launchChromium()
  }, 60_000)
  afterAll(() => browser?.close(), 30_000)
  beforeEach(async () => {
    if (CHROMIUM.missing === undefined) playground = await startPlayground(0, '127.0.0.1')
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
