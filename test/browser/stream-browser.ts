// Chromium for the stream tests: one for a file, a context of its own for each page that is opened. Entered by those tests.
import { afterAll, afterEach, beforeAll, expect, jest } from '@jest/globals'
import type { Browser, Page } from 'playwright-core'
import { testWith } from '../programs.js'
import { CHROMIUM, launchChromium } from './launch.js'

/** Of one wait, and of a test: machines are slower when they do other things as well. */
const LIMIT_MS = 10_000
const TEST_MS = 60_000
export const inBrowser = testWith('the stream in a browser', CHROMIUM)

export interface StreamBrowser {
  /** A page in a context of its own. What it throws and does not catch fails the test. */
  open(url: string): Promise<Page>
  /** A page of nothing, in a context of its own. */
  blank(): Promise<Page>
  /** What is to be ended after the test, the last first. */
  ends<T extends { stop(): Promise<void> }>(it: T): T
}

/** Starts and ends what the tests of a file need. */
export function useBrowser(): StreamBrowser {
  let browser: Browser
  const pages: Page[] = []
  const started: { stop(): Promise<void> }[] = []
  const errors: string[] = []
  jest.setTimeout(TEST_MS)
  beforeAll(async () => {
    if (CHROMIUM.missing === undefined) browser = await launchChromium()
  }, 60_000)
  afterAll(() => browser?.close(), 30_000)
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.context().close()
    for (const it of started.splice(0).toReversed()) await it.stop()
    expect(errors.splice(0)).toEqual([])
  }, 30_000)

  async function blank(): Promise<Page> {
    const page = await (await browser.newContext()).newPage()
    pages.push(page)
    page.setDefaultTimeout(LIMIT_MS)
    page.on('pageerror', (error) => errors.push(String(error)))
    return page
  }
  return {
    blank,
    async open(url) {
      const page = await blank()
      await page.goto(url)
      return page
    },
    ends(it) {
      started.push(it)
      return it
    },
  }
}
