// A person at the playground's workbench, in a real headless Chromium on a real server: every handler and example with its code, what can
// be done to it, and the tree of processes. With SCREENSHOTS set (`npm run screenshots`) the pictures of the README are made anew.
import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from '@jest/globals'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { GROUPS } from '../../examples/playground/workbench/entries.js'
import { inBrowser, muteCrashReports, PHONE, useChromium } from './chromium.js'

const chromium = useChromium()
const ENTRIES = GROUPS.flatMap(({ entries }) => entries)
const DESK = { width: 1280, height: 800 }

/** A page with the list drawn. */
async function open(options?: BrowserContextOptions): Promise<Page> {
  const page = await chromium.open(options)
  await page.locator('#code .line').first().waitFor()
  return page
}
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const choose = (page: Page, title: string): Promise<void> => page.getByRole('radio', { name: title, exact: true }).check()
const row = (page: Page, text: string | RegExp): Locator => page.getByRole('log').getByRole('listitem').filter({ hasText: text })
const result = (page: Page, text: string | RegExp): Promise<void> => page.getByRole('status').getByText(text).waitFor()
/** The row of this process, or of this name, in the tree. */
const process = (page: Page, text: string): Locator => page.locator('.process').filter({ hasText: text })
const dot = (page: Page, title: string): Promise<string | null> =>
  page.locator('.entry').filter({ hasText: title }).getAttribute('data-state')

/** Connects, and waits until the page knows its process. */
async function connect(page: Page, name = 'Connect'): Promise<string> {
  await button(page, name).click()
  await page.locator('.state').getByText('open', { exact: true }).waitFor()
  const pid = page.locator('#bench-pid').filter({ hasText: '<0.' })
  await pid.waitFor()
  return (await pid.textContent()) ?? ''
}
async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Text to send').fill(text)
  await button(page, 'Send').click()
}
async function burst(page: Page, size: number): Promise<void> {
  await page.getByRole('slider').fill(String([1, 10, 30, 100, 300, 1000, 3000, 10_000].indexOf(size)))
  await button(page, 'Send burst').click()
}
/** A picture: here only that there is one; with SCREENSHOTS it goes into that folder, if it is small enough for a README. */
async function picture(page: Page, name: string): Promise<void> {
  const bytes = await page.screenshot()
  expect(bytes.length).toBeGreaterThan(20_000)
  const folder = globalThis.process.env['SCREENSHOTS']
  if (folder === undefined) return
  expect(bytes.length).toBeLessThan(200_000)
  writeFileSync(`${folder}/${name}.png`, bytes)
}

inBrowser(
  'each entry can be selected, shows the code of its files, and the address remembers it',
  async () => {
    const page = await open()
    const shown = await page.evaluate(`[...document.querySelectorAll('.entry input')].map((radio) => {
      radio.click()
      return [...document.querySelectorAll('#code-files button')].map((file) => {
        file.click()
        const code = document.querySelector('#code')
        return [code.getAttribute('aria-label'), code.textContent, document.querySelector('#code-command').textContent]
      })
    })`)
    const codeOf = (name: string): string => readFileSync(`examples/${name}`, 'utf8').trimEnd()
    expect(shown).toEqual(
      ENTRIES.map(({ title, files, example }) => {
        const command = example === undefined ? '' : `npm run example ${example}`
        return files.map((name) => [`Code of ${title}: examples/${name}`, codeOf(name), command])
      }),
    )
    await page.reload()
    await page.getByRole('heading', { name: 'Hono' }).waitFor()
    await page.getByText('It is a server with a port of its own').waitFor()
    await choose(page, 'notifications')
    expect(await page.getByRole('link', { name: 'Open the kitchen timer' }).getAttribute('href')).toBe('/notifications/')
  },
  60_000,
)

inBrowser(
  'a handler answers, answers a burst of a thousand, and crashes with 1011 and a report, while the others live on',
  async () => {
    muteCrashReports()
    const page = await open()
    await choose(page, 'A plain SocketHandler')
    const other = await connect(page)
    const title = 'Cowboy 0.8: its guide'
    await choose(page, title)
    const pid = await connect(page)
    await button(page, 'Send').click()
    await row(page, /→textit is alive$/).waitFor()
    await row(page, /←textThat's what she said! it is alive$/).waitFor()
    await burst(page, 1000)
    await result(page, /^1,000 sent, 1,000 answered in [\d,]+ ms\. At most [\d,]+ waited in the mailbox\.$/)
    await button(page, 'Crash it').click()
    await row(page, `report${pid} crashed: Error: crashed on request`).waitFor()
    await row(page, 'close1011, the handler crashed').waitFor()
    await row(page, `exit${pid} is gone; terminate ran: crash, Error: crashed on request`).waitFor()
    expect(await dot(page, title)).toBe('crashed')
    expect(await dot(page, 'A plain SocketHandler')).toBe('open')
    await choose(page, 'A plain SocketHandler')
    await say(page, 'still there?')
    await row(page, /←text\d+: still there\?$/).waitFor()
    await process(page, other).getByText('echo', { exact: true }).waitFor()
    await button(page, 'Disconnect').click()
    await row(page, 'close1000').waitFor()
    expect(await connect(page, 'Connect again')).not.toBe(other)
  },
  60_000,
)

inBrowser(
  'a handler that begins anew and a service that is restarted keep the socket; a burst beyond their limit is closed with 1008',
  async () => {
    muteCrashReports()
    const page = await open()
    for (const [title, report] of [
      ['chat', 'crashed: Error: crashed on request'],
      ['Chicago Boss', '(chat_room_websocket) crashed: Error: crashed on request'],
    ] as const) {
      await choose(page, title)
      await connect(page)
      await button(page, 'Send').click()
      await row(page, /←text.*"anybody here\?"/).waitFor()
      await button(page, 'Crash it').click()
      await row(page, report.replace('(chat_room_websocket) ', '')).waitFor()
      await row(page, title === 'chat' ? '["welcome",' : '"restarts":1')
        .last()
        .waitFor()
      await button(page, 'Send').click()
      await row(page, /←text.*"anybody here\?"/)
        .nth(1)
        .waitFor()
      await burst(page, 30)
      await result(page, /^30 sent, \d+ answered in \d+ ms; closed with 1008\.$/)
      expect(await dot(page, title)).toBe('closed')
    }
  },
  60_000,
)

inBrowser(
  'the tree comes twice a second, and shows who is held, with the length of the mailbox, until it goes on',
  async () => {
    const page = await open({ viewport: DESK })
    const seconds = await page.evaluate(`new Promise((done) => {
      const list = document.querySelector('#tree-of-processes')
      const [first, begin] = [Number(list.dataset.looks), performance.now()]
      new MutationObserver(() => {
        if (Number(list.dataset.looks) === first + 4) done((performance.now() - begin) / 1000)
      }).observe(list, { attributeFilter: ['data-looks'] })
    })`)
    expect(seconds).toBeGreaterThan(1.4)
    expect(seconds).toBeLessThan(4)

    await choose(page, 'A plain SocketHandler')
    const first = await connect(page)
    await button(page, 'Hold it').click()
    await row(page, `${first} is held`).waitFor()
    await choose(page, 'Cowboy 2.x')
    const pid = await connect(page)
    await say(page, 'it is alive')
    await button(page, 'Hold it').click()
    await row(page, `${pid} is held`).waitFor()
    await choose(page, 'A plain SocketHandler') // one at a time
    await row(page, `${first} goes on`).waitFor()
    await button(page, 'Hold it').waitFor()
    await choose(page, 'Cowboy 2.x')
    await burst(page, 1000)
    const held = process(page, pid)
    await held.getByText(/^1,00\d$/).waitFor() // its own timer may wait, too
    await page.locator('.mine.mail').filter({ hasText: pid }).getByText('held').waitFor()
    await page.getByText(/^\d+ alive, 1,00\d messages wait$/).waitFor()
    await picture(page, 'playground')

    await button(page, 'Let it go on').click()
    await result(page, /^1,000 sent, 1,000 answered in [\d,]+ ms\. At most (?:999|1,00\d) waited in the mailbox\.$/)
    await page.getByText(/^\d+ alive, 0 messages wait$/).waitFor()
    await process(page, 'inspector').getByText('genServer').waitFor()
    await process(page, 'light').getByText('machine').waitFor()
  },
  60_000,
)

inBrowser(
  'a program runs on the server: its processes are in the tree, its lines and the reports of its crashes in the log',
  async () => {
    muteCrashReports()
    const page = await open()
    await choose(page, 'counter')
    await button(page, 'Run').click()
    await process(page, 'program counter').waitFor()
    await row(page, 'report<0.').filter({ hasText: 'the counter broke' }).waitFor()
    await row(page, /printthe ticker is gone with it$/)
      .nth(1)
      .waitFor()
    await row(page, /endnormal$/).waitFor()
    await process(page, 'program counter').waitFor({ state: 'detached' })
    expect(await page.locator('#bench-log .data').allTextContents()).toContain('after three ticks: 3')
  },
  60_000,
)

inBrowser(
  'a phone needs no sideways scroll, also with a long text, and the touch targets are 44 px; the log keeps 200 rows',
  async () => {
    const page = await open(PHONE)
    await choose(page, 'A plain SocketHandler')
    await connect(page)
    await say(page, 'w'.repeat(600))
    await row(page, /1: w{600}/).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    const targets = [page.getByRole('button'), page.getByRole('tab'), page.getByRole('textbox'), page.locator('.entry')]
    for (const target of (await Promise.all(targets.map((each) => each.all()))).flat()) {
      const box = await target.boundingBox()
      if (box !== null) expect(box.height).toBeGreaterThanOrEqual(44)
    }
    await page.evaluate(`{
      const text = document.querySelector('#bench-text')
      for (let n = 0; n < 110; n++) {
        text.value = 'n' + n
        text.form.requestSubmit()
      }
    }`)
    await row(page, /←text111: n109$/).waitFor()
    expect(await page.getByRole('log').getByRole('listitem').count()).toBe(200)
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough: choose, read, connect, send, hold, crash, connect again',
  async () => {
    muteCrashReports()
    const page = await open()
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focused = (): Promise<unknown> =>
      page.evaluate('document.activeElement.ariaLabel ?? (document.activeElement.textContent || document.activeElement.id)')
    await press('Tab', 'Tab', 'ArrowDown', 'ArrowDown', 'ArrowDown')
    await page.getByRole('heading', { name: 'Cowboy 2.x' }).waitFor()
    expect(await page.locator('.entry:has(:focus-visible)').evaluate((entry) => getComputedStyle(entry).outlineStyle)).toBe(
      'solid',
    )
    await press('Tab', 'Tab', 'Tab')
    expect(await focused()).toBe('Connect')
    await press('Enter')
    const pid = page.locator('#bench-pid').filter({ hasText: '<0.' })
    await pid.waitFor()
    await press('Tab', 'Space')
    await row(page, 'is held').waitFor()
    await press('Space')
    await row(page, 'goes on').waitFor()
    await press('Tab', 'Tab', 'Tab', 'ControlOrMeta+a')
    expect(await focused()).toBe('bench-text')
    await page.keyboard.type('by hand')
    await press('Enter')
    await row(page, /←textThat's what she said! by hand$/).waitFor()
    await press('Shift+Tab', 'Shift+Tab')
    expect(await focused()).toBe('Crash it')
    await press('Enter')
    await row(page, 'close1011').waitFor()
    await press('Shift+Tab')
    expect(await focused()).toBe('Connect again')
    await press('Enter')
    await pid.waitFor()
  },
  60_000,
)

inBrowser(
  'the page follows the system’s dark mode, in both tabs that have a picture',
  async () => {
    const background = 'getComputedStyle(document.body).backgroundColor'
    const light = await (await open({ colorScheme: 'light' })).evaluate(background)
    const page = await open({ colorScheme: 'dark', viewport: DESK })
    expect(await page.evaluate(background)).not.toBe(light)
    await page.getByRole('tab', { name: 'Supervision' }).click()
    await page
      .getByRole('list', { name: 'Children of chain' })
      .getByText(/^count/)
      .first()
      .waitFor()
    muteCrashReports()
    await button(page, 'Crash b').click()
    await page.getByRole('listitem').filter({ hasText: 'restarted b, c' }).last().waitFor()
    await picture(page, 'supervision')
  },
  60_000,
)
