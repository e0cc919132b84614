// A person at the playground's "Zotonic" tab, in a real headless Chromium on a real server: the manual's handler, and the page with the
// stream tag. The rules behind them are tested in test/handlers/zotonic, test/sessions and test/client.
import { expect } from '@jest/globals'
import type { BrowserContextOptions, FrameLocator, Locator, Page } from 'playwright-core'
import { inBrowser, muteCrashReports, PHONE, useChromium } from './chromium.js'
import { hurry } from './launch.js'

const chromium = useChromium()

interface Tab {
  readonly page: Page
  readonly panel: Locator
  readonly stream: FrameLocator
}
/** The tab, once its stream is open. */
async function open(options?: BrowserContextOptions): Promise<Tab> {
  const page = await chromium.open(options, '#zotonic')
  const stream = page.frameLocator('#stream')
  await stream.getByText('open, over a WebSocket').waitFor()
  return { page, panel: page.locator('#panel-zotonic'), stream }
}
const row = (place: Locator | FrameLocator, text: string | RegExp): Locator =>
  place.getByRole('listitem').filter({ hasText: text })
const press = (stream: FrameLocator, name: string): Promise<void> => stream.getByRole('button', { name }).click()
/** What has been pushed, in the order of the log. */
async function pushed(stream: FrameLocator): Promise<string[]> {
  return stream.locator('#log .in .data').allTextContents()
}
const verdict = (stream: FrameLocator, text: string): Promise<void> => stream.getByText(text, { exact: true }).waitFor()

const timesOf = (times: Element[]): number[] => times.map((time) => Date.parse(time.getAttribute('datetime') ?? ''))

/** Picks a rule, connects, and waits until the new card is open. */
async function connect(panel: Locator, rule: string): Promise<Locator> {
  const card = panel.getByRole('article').nth(await panel.getByRole('article').count())
  await panel.getByRole('radio', { name: rule }).check()
  await panel.getByRole('button', { name: 'Connect', exact: true }).click()
  await card.getByText('open', { exact: true }).waitFor()
  return card
}

inBrowser(
  'the manual’s handler says Hello! after a second, what you said, and Hello again!, to visitors with a session and to everybody',
  async () => {
    const { panel } = await open()
    for (const card of [await connect(panel, '/socket/custom'), await connect(panel, '/socket/without-session')]) {
      await row(card, /←Hello!$/).waitFor()
      await card.getByRole('textbox').fill('it is alive')
      await card.getByRole('textbox').press('Enter')
      await row(card, /←You said: it is alive$/).waitFor()
    }
    await row(panel.getByRole('article').first(), /←Hello again!$/).waitFor()
    const [connected, hello] = (await panel.getByRole('article').first().locator('time').evaluateAll(timesOf)) as number[]
    expect((hello as number) - (connected as number)).toBeGreaterThan(900)
  },
  60_000,
)

inBrowser(
  'a crash in the receiver closes its socket with 1011, and the stream and the other socket live on',
  async () => {
    muteCrashReports()
    const { panel, stream } = await open()
    const other = await connect(panel, '/socket/without-session')
    const victim = await connect(panel, '/socket/custom')
    await victim.getByRole('button', { name: 'Crash me' }).click()
    await victim.getByText('1011, the handler crashed').waitFor()
    await victim.getByText('ran: error, exit, Error: crashed on request, 1011').waitFor()
    await other.getByRole('textbox').fill('still there?')
    await other.getByRole('textbox').press('Enter')
    await row(other, /←You said: still there\?$/).waitFor()
    await victim.getByText(/^1 live on, [1-9]\d* frames? since$/).waitFor()
    await press(stream, 'Push a message')
    await row(stream, '1: pushed').waitFor()

    await victim.getByRole('button', { name: 'Connect again' }).click()
    await victim.getByText('open', { exact: true }).waitFor()
    await victim.getByRole('button', { name: 'Close' }).click()
    await victim.getByText('1000, normal').waitFor()
    await victim.getByText(/^<0\.\d+\.0> is gone$/).waitFor()
    await victim.getByRole('button', { name: 'Remove' }).click()
    await victim.waitFor({ state: 'detached' })
  },
  60_000,
)

inBrowser(
  'what is pushed comes, is numbered, and is counted',
  async () => {
    const { stream } = await open()
    await row(stream, 'open over ws, new').waitFor()
    for (const n of [1, 2, 3]) {
      await press(stream, 'Push a message')
      await row(stream, `${n}: pushed`).waitFor()
    }
    await verdict(stream, 'Messages 1 to 3: none lost, none twice.')
  },
  60_000,
)

inBrowser(
  'a reload loses nothing and doubles nothing, and neither does one of the whole tab',
  async () => {
    const { page, stream } = await open()
    await press(stream, 'Push a message')
    await row(stream, '1: pushed').waitFor()
    await press(stream, 'Reload the page')
    await row(stream, 'open over ws, resumed').waitFor()
    await press(stream, 'Push a message')
    await row(stream, '2: pushed').waitFor()
    await page.reload()
    await row(stream, 'open over ws, resumed').nth(1).waitFor()
    await press(stream, 'Push a message')
    await row(stream, '3: pushed').waitFor()
    expect(await pushed(stream)).toEqual(['1: pushed', '2: pushed', '3: pushed'])
    await verdict(stream, 'Messages 1 to 3: none lost, none twice.')
  },
  60_000,
)

inBrowser(
  'a connection that is cut comes back, and what was pushed meanwhile comes once and in order, also through a reload',
  async () => {
    const { page, stream } = await open()
    await press(stream, 'Push a message')
    await row(stream, '1: pushed').waitFor()
    await press(stream, 'Cut the connection')
    await row(stream, 'lost: 1006').waitFor()
    await row(stream, 'open over ws, resumed').waitFor()
    // It waits long, so that it is reloaded while it waits and not while it connects; what is loaded then tries often.
    await page.frames()[1]?.evaluate('Math.random = () => 0.9')
    await hurry(page)
    await press(stream, '5 messages while away')
    await row(stream, 'lost: 1013 kept away').first().waitFor()
    await press(stream, 'Reload the page')
    await row(stream, '6: 5 of 5').waitFor({ timeout: 30_000 })
    const meanwhile = [1, 2, 3, 4, 5].map((n) => `${n + 1}: ${n} of 5, while you were away`)
    expect(await pushed(stream)).toEqual(['1: pushed', ...meanwhile])
    await verdict(stream, 'Messages 1 to 6: none lost, none twice.')
  },
  90_000,
)

inBrowser(
  'the same page goes on over server-sent events and over long polls, also when it is cut there',
  async () => {
    const { page, stream } = await open()
    await hurry(page)
    await press(stream, 'Push a message')
    await row(stream, '1: pushed').waitFor()
    let n = 1
    for (const [link, name] of [
      ['SSE', 'sse'],
      ['Long poll', 'longPoll'],
    ] as const) {
      await stream.getByRole('link', { name: link }).click()
      await row(stream, `open over ${name}, resumed`).waitFor()
      await press(stream, 'Push a message')
      await row(stream, `${++n}: pushed`).waitFor()
      await press(stream, 'Cut the connection')
      await row(stream, `open over ${name}, resumed`).nth(1).waitFor()
      await press(stream, 'Push a message')
      await row(stream, `${++n}: pushed`).waitFor()
    }
    expect(await pushed(stream)).toEqual([1, 2, 3, 4, 5].map((n) => `${n}: pushed`))
    await verdict(stream, 'Messages 1 to 5: none lost, none twice.')
  },
  90_000,
)

inBrowser(
  'another window of the same browser is another page: it has its own messages, and the same session',
  async () => {
    const { page, stream } = await open()
    await press(stream, 'Push a message')
    await row(stream, '1: pushed').waitFor()
    const opened = page.context().waitForEvent('page')
    await page.getByRole('link', { name: 'Open it alone' }).click()
    const alone = await opened
    await alone.getByText('open, over a WebSocket').waitFor()
    expect(await alone.locator('#log .in').count()).toBe(0)
    await alone.getByRole('button', { name: 'Push a message' }).click()
    await alone.getByText('1: pushed').waitFor()
    await press(stream, 'Push a message')
    await row(stream, '2: pushed').waitFor()
    expect(await alone.locator('#log .in').count()).toBe(1)
    const cookies = await page.context().cookies()
    expect(cookies.map(({ name, httpOnly }) => [name, httpOnly])).toEqual([
      ['z_sid', true],
      ['z_pid', true],
    ])
  },
  60_000,
)

inBrowser(
  'a phone needs no sideways scroll in the tab nor in the frame, and the touch targets are 44 px',
  async () => {
    const { page, panel, stream } = await open(PHONE)
    await connect(panel, '/socket/custom')
    const over = 'document.documentElement.scrollWidth - innerWidth'
    expect(await page.evaluate(over)).toBeLessThanOrEqual(0)
    expect(await page.frames()[1]?.evaluate(over)).toBeLessThanOrEqual(0)
    const targets = [stream.getByRole('button'), stream.getByRole('link'), page.getByRole('tab'), panel.getByRole('button')]
    for (const target of (await Promise.all(targets.map((each) => each.all()))).flat()) {
      if (await target.isVisible()) expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(43.5)
    }
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough: the tab, a rule, a socket, the buttons of the stream',
  async () => {
    const { page, panel, stream } = await open()
    const type = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    const focused = 'document.activeElement.textContent.trim()'
    await type('Tab')
    expect(await page.evaluate(focused)).toBe('Zotonic')
    await type('Tab', 'ArrowDown', 'Tab', 'Enter')
    await panel.getByRole('article').getByText('open', { exact: true }).waitFor()
    await type('Tab', 'Tab')
    await page.keyboard.type('by hand')
    await type('Enter')
    await row(panel.getByRole('article'), /←You said: by hand$/).waitFor()
    await type('Tab', 'Tab', 'Tab', 'Tab')
    expect(await page.evaluate(focused)).toBe('Open it alone')
    await type('Tab')
    expect(await page.evaluate(focused)).toBe('Kitchen timer')
    await type('Tab', 'Tab', 'Tab', 'Tab')
    expect(await page.frames()[1]?.evaluate(focused)).toBe('Push a message')
    await type('Enter')
    await row(stream, '1: pushed').waitFor()
  },
  60_000,
)
