// A person at the playground's sockets, in a real headless Chromium on a real server.
import { expect } from '@jest/globals'
import type { Locator, Page } from 'playwright-core'
import { inBrowser, muteCrashReports, PHONE, useChromium } from './chromium.js'

const { open } = useChromium()

/** Picks a handler, connects, and waits until the new card is open and knows its process. */
async function connect(page: Page, handler: 'hello' | 'echo'): Promise<Locator> {
  const card = page.getByRole('article').nth(await page.getByRole('article').count())
  await page.getByRole('radio', { name: `/ws/${handler}` }).check()
  await page.getByRole('button', { name: 'Connect', exact: true }).click()
  await card.getByText('open', { exact: true }).waitFor()
  await card.getByText(/^<0\.\d+\.\d+>$/).waitFor()
  return card
}

const said = (card: Locator, text: string | RegExp): Locator => card.getByRole('listitem').filter({ hasText: text })
/** Where the cards are on the page: nothing jumps. */
const places = (page: Page): Promise<unknown> =>
  page.evaluate(
    "[...document.querySelectorAll('article')].map((c) => [c.offsetLeft, c.offsetTop, c.offsetWidth, c.offsetHeight])",
  )
const pidOf = async (card: Locator): Promise<string> => (await card.locator('.card-pid').textContent()) ?? ''

inBrowser(
  'the guide’s handler says Hello!, asks every second, and answers',
  async () => {
    const page = await open()
    const card = await connect(page, 'hello')
    await said(card, /←Hello!$/).waitFor()
    await said(card, "How' you doin'?").nth(1).waitFor()
    await card.getByLabel('Message to hello #1').fill('it is alive')
    await card.getByRole('button', { name: 'Send' }).click()
    await said(card, /→it is alive$/).waitFor()
    await said(card, /←That's what she said! it is alive$/).waitFor()
    expect(await said(card, 'it is alive').first().textContent()).toMatch(/^\d\d:\d\d:\d\d\.\d{3}/)
  },
  60_000,
)

inBrowser(
  'the plain handler tells its pid, counts and ticks',
  async () => {
    const page = await open()
    const card = await connect(page, 'echo')
    const pid = await pidOf(card)
    await said(card, `I am process ${pid}`).waitFor()
    await card.getByRole('textbox').fill('one')
    await card.getByRole('textbox').press('Enter')
    await said(card, /←1: one$/).waitFor()
    await said(card, `${pid} tick 1, heard 1`).waitFor()
  },
  60_000,
)

inBrowser.each(['hello', 'echo'] as const)(
  'a crash of %s closes it with 1011, and the others live on',
  async (handler) => {
    muteCrashReports()
    const page = await open()
    const victim = await connect(page, handler)
    const other = await connect(page, 'hello')
    const third = await connect(page, 'echo')
    const pid = await pidOf(victim)
    const before = await places(page)
    await victim.getByRole('button', { name: 'Crash me' }).click()
    await victim.getByText('1011, the handler crashed').waitFor()
    await victim.getByText('ran: crash, Error: crashed on request').waitFor()
    await victim.getByText(`${pid} is gone`).waitFor()
    await page
      .getByRole('status')
      .filter({ hasText: `${handler} #1 crashed, close code 1011` })
      .waitFor()
    await page.locator('.process.crashed').filter({ hasText: pid }).waitFor()

    expect(await places(page)).toEqual(before)

    const heard = await said(other, '←').count()
    await said(other, '←')
      .nth(heard + 1)
      .waitFor()
    await victim.getByText(/^2 live on, ([2-9]|\d\d+) frames since$/).waitFor()
    await other.getByText('open', { exact: true }).waitFor()
    await third.getByText('open', { exact: true }).waitFor()
    await third.getByRole('textbox').fill('still there?')
    await third.getByRole('textbox').press('Enter')
    await said(third, /←1: still there\?$/).waitFor()

    await victim.getByRole('button', { name: 'Connect again' }).click()
    await victim.getByText('open', { exact: true }).waitFor()
    await victim.locator('.card-pid').filter({ hasNotText: pid }).filter({ hasText: /<0/ }).waitFor()
  },
  60_000,
)

inBrowser(
  'Close ends with 1000 and a normal process, and the card can be removed',
  async () => {
    const page = await open()
    const card = await connect(page, 'echo')
    const pid = await pidOf(card)
    await card.getByRole('button', { name: 'Close' }).click()
    await card.getByText('1000, normal').waitFor()
    await card.getByText('ran: remote, 1000').waitFor()
    await card.getByText(`${pid} is gone`).waitFor()
    await card.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('No socket yet.').waitFor()
  },
  60_000,
)

inBrowser(
  'a phone needs no sideways scroll, also with a long text, and the touch targets are 44 px',
  async () => {
    const page = await open(PHONE)
    const card = await connect(page, 'echo')
    await connect(page, 'hello')
    await card.getByRole('textbox').fill('w'.repeat(600))
    await card.getByRole('textbox').press('Enter')
    await said(card, /1: w{600}/).waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    for (const button of await page.getByRole('button').all()) {
      if (await button.isVisible()) expect((await button.boundingBox())?.height).toBeGreaterThanOrEqual(44)
    }
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough: pick, connect, send, crash, connect again',
  async () => {
    muteCrashReports()
    const page = await open()
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focused = (): Promise<unknown> =>
      page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent')
    await press('Tab', 'Tab', 'ArrowDown', 'Tab')
    expect(await focused()).toBe('Connect')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await press('Enter')
    const card = page.getByRole('article')
    await card.getByText('open', { exact: true }).waitFor()
    await press('Tab', 'Tab', 'Tab')
    await page.keyboard.type('by hand')
    await press('Enter')
    await said(card, /←1: by hand$/).waitFor()
    await press('Tab', 'Tab')
    expect(await focused()).toBe('Crash me: echo #1')
    await press('Enter')
    await card.getByText('1011, the handler crashed').waitFor()
    expect(await focused()).toBe('Connect again: echo #1')
    await press('Enter')
    await card.getByText('open', { exact: true }).waitFor()
    await page.keyboard.type('again')
    await press('Enter')
    await said(card, /←1: again$/).waitFor()
  },
  60_000,
)

inBrowser(
  'the log keeps the last 200 rows',
  async () => {
    const page = await open()
    const card = await connect(page, 'echo')
    await card.getByRole('textbox').focus()
    for (let n = 0; n < 110; n++) {
      await page.keyboard.insertText(`n${n}`)
      await page.keyboard.press('Enter')
    }
    await said(card, /←110: n109$/).waitFor()
    expect(await card.getByRole('listitem').count()).toBe(200)
  },
  60_000,
)

inBrowser(
  'the page follows the system’s dark mode',
  async () => {
    const background = 'getComputedStyle(document.body).backgroundColor'
    const light = await (await open({ colorScheme: 'light' })).evaluate(background)
    const dark = await (await open({ colorScheme: 'dark' })).evaluate(background)
    expect(light).not.toBe(dark)
  },
  60_000,
)
