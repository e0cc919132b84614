// A person at the playground's "Supervision" tab, in a real headless Chromium on a real server. The rules behind it are tested in
// virtual time, in test/examples/supervision.test.ts.
import { beforeEach, expect } from '@jest/globals'
import { exit, processes } from 'gensock'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { inBrowser, muteCrashReports, PHONE, socketOf, useChromium } from './chromium.js'

const chromium = useChromium()
beforeEach(() => muteCrashReports())

/** A page with the tab open and the tree drawn. */
async function open(options?: BrowserContextOptions): Promise<Page> {
  const page = await chromium.open(options, '#supervision')
  await at(page, 'light').waitFor()
  return page
}
/** A place of the tree: its own row. */
function at(page: Page, name: string): Locator {
  return page.locator('.node-row').filter({ has: page.locator('.node-name', { hasText: new RegExp(`^${name}$`) }) })
}
async function pidOf(page: Page, name: string): Promise<string> {
  return (await at(page, name).locator('.node-pid').textContent()) ?? ''
}
async function pidsOf(page: Page, names: readonly string[]): Promise<string[]> {
  return Promise.all(names.map((name) => pidOf(page, name)))
}
const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const log = (page: Page): Locator => page.getByRole('list', { name: 'What became of it' })
const told = (page: Page, text: string): Locator => log(page).getByRole('listitem').filter({ hasText: text })
const toldLines = (page: Page): Promise<string[]> => log(page).locator('.data').allTextContents()
const choose = (page: Page, how: string): Promise<void> => page.getByRole('radio', { name: how }).check()
const focused = (page: Page): Promise<unknown> =>
  page.evaluate('document.activeElement.ariaLabel ?? document.activeElement.textContent')

inBrowser(
  'the page opens with the workbench; the tab shows the tree, and the address remembers it',
  async () => {
    const page = await chromium.open()
    const [workbench, supervision] = [
      page.getByRole('tab', { name: 'Workbench' }),
      page.getByRole('tab', { name: 'Supervision' }),
    ]
    expect(await page.getByRole('tabpanel', { name: 'Workbench' }).isVisible()).toBe(true)
    expect(await page.getByRole('tabpanel', { name: 'Supervision' }).count()).toBe(0)
    expect([await workbench.getAttribute('aria-selected'), await supervision.getAttribute('aria-selected')]).toEqual([
      'true',
      'false',
    ])

    await supervision.click()
    const panel = page.getByRole('tabpanel', { name: 'Supervision' })
    await panel.getByRole('list', { name: 'Children of chain' }).getByText('b', { exact: true }).waitFor()
    expect(await page.getByRole('tabpanel').count()).toBe(1)
    expect(page.url()).toMatch(/#supervision$/)
    await page.reload()
    await at(page, 'chain').getByText('supervisor · restForOne · permanent').waitFor()
    await at(page, 'guests').getByText('dynamicSupervisor · oneForOne').waitFor()
    await workbench.click()
    expect(page.url()).not.toContain('#')
    await page.getByRole('radio', { name: 'Cowboy 2.x' }).waitFor()
  },
  60_000,
)

inBrowser(
  'a crash shows who was restarted: new pids, marked, beside the old ones, and a line in the log',
  async () => {
    const page = await open()
    await at(page, 'b').getByText('count 3').waitFor()
    const names = ['chain', 'a', 'b', 'c', 'd', 'light']
    const before = await pidsOf(page, names)
    await page.clock.install()
    await button(page, 'Crash b').click()
    await told(page, 'b crashed: boom - restarted b, c (restForOne)').waitFor()
    await page.getByRole('status').filter({ hasText: 'restarted b, c' }).waitFor()
    const after = await pidsOf(page, names)
    expect(names.filter((_name, index) => before[index] !== after[index])).toEqual(['b', 'c'])
    expect(await page.locator('.fresh > .node-row .node-name').allTextContents()).toEqual(['b', 'c'])
    await at(page, 'b')
      .getByText(before[2] as string)
      .waitFor()
    await at(page, 'b').getByText('restarted 1×').waitFor()
    await at(page, 'b')
      .getByText(/^count [012]$/)
      .waitFor()
    await at(page, 'a')
      .getByText(/^count ([3-9]|\d\d)$/)
      .waitFor()
    await at(page, 'chain').getByText('1 of 3 restarts in 10 s').waitFor()
    await page.clock.fastForward(4000)
    await page.locator('.fresh').first().waitFor({ state: 'detached' })
  },
  60_000,
)

inBrowser(
  'the reason counts: a transient child is not restarted after a normal end, and can be started again',
  async () => {
    const page = await open()
    await choose(page, 'Kill')
    await button(page, 'Crash e').click()
    await told(page, 'e was killed - restarted d, e (oneForAll)').waitFor()
    await choose(page, 'Normal')
    await button(page, 'Crash e').click()
    await told(page, 'e ended: normal - not restarted (transient)').waitFor()
    await at(page, 'e').getByText('not running').waitFor()
    await button(page, 'Start e again').click()
    await told(page, 'e was started again by hand').waitFor()
    expect(await pidOf(page, 'e')).toMatch(/^<0\.\d+\.0>$/)
  },
  60_000,
)

inBrowser(
  'too many crashes: the supervisor gives up and is restarted; five of its own, and the application starts anew',
  async () => {
    const page = await open()
    for (let n = 1; n <= 3; n++) {
      await button(page, 'Crash b').click()
      await at(page, 'chain').getByText(`${n} of 3 restarts in 10 s`).waitFor()
    }
    await page.locator('.near > .node-row .node-name').filter({ hasText: 'chain' }).waitFor()
    const before = await pidsOf(page, ['top', 'chain', 'a', 'd'])
    await button(page, 'Crash b').click()
    await told(page, 'b crashed: boom - more than 3 restarts in 10 s, chain gives up').waitFor()
    await told(page, 'chain ended: shutdown - restarted chain, a, b, c (oneForOne)').waitFor()
    await at(page, 'top').getByText('1 of 4 restarts in 20 s').waitFor()
    const after = await pidsOf(page, ['top', 'chain', 'a', 'd'])
    expect(before.map((pid, index) => pid === after[index])).toEqual([true, false, false, true])

    await choose(page, 'Kill')
    for (let n = 0; n < 4; n++) await button(page, 'Crash light').click()
    await told(page, 'nobody is above it: the application is over').waitFor()
    await at(page, 'a').getByText('not running').waitFor()
    expect(await button(page, 'Crash a').getAttribute('aria-disabled')).toBe('true')
    await told(page, 'the application has started anew').waitFor()
    expect(await pidOf(page, 'top')).not.toBe(before[0])
    await button(page, 'Crash a').click()
    await told(page, 'a was killed - restarted a, b, c (restForOne)').waitFor()
  },
  60_000,
)

inBrowser(
  'guests are added up to six and stopped, and what is refused is told',
  async () => {
    const page = await open()
    for (let n = 3; n <= 6; n++) {
      await button(page, 'Add to guests').click()
      await at(page, `guest ${n}`).waitFor()
    }
    await button(page, 'Add to guests').click()
    await told(page, 'guests takes no more than 6 children (max_children)').waitFor()
    await button(page, 'Stop guest 4').click()
    await at(page, 'guest 4').waitFor({ state: 'detached' })
    await told(page, 'guest 4 was stopped by hand').waitFor()
    expect(await focused(page)).toBe('Add to guests')
  },
  60_000,
)

inBrowser(
  'the chart of the traffic light shows its current state as it changes',
  async () => {
    const page = await open()
    const shown = (): Promise<string[]> =>
      page.evaluate(`[
        document.querySelector('.chart .current').textContent,
        document.querySelector('.chart').ariaLabel.match(/now (\\w+)/)[1],
        document.querySelector('[data-kind=machine] .node-state').textContent,
      ]`)
    expect(await page.getByRole('img', { name: /^Chart of light, now/ }).getAttribute('aria-label')).toContain(
      'yellow to red: 2 s',
    )
    for (const colour of ['red', 'green']) {
      await page.getByRole('img', { name: `now ${colour}` }).waitFor()
      expect(await shown()).toEqual([colour, colour, colour])
    }
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough, and the focus stays where it was while processes come and go',
  async () => {
    const page = await chromium.open()
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('Tab', 'ArrowRight')
    expect(await focused(page)).toBe('Supervision')
    await at(page, 'light').waitFor()
    await press(
      'ArrowRight',
      'ArrowRight',
      'End',
      'ArrowLeft',
      'Home',
      'ArrowLeft',
      'ArrowLeft',
      'ArrowLeft',
      'ArrowLeft',
      'ArrowLeft',
    )
    expect(await focused(page)).toBe('Supervision')
    await press('Tab', 'ArrowRight', 'Tab', 'Tab', 'Tab')
    expect(await focused(page)).toBe('Crash b')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    for (let n = 1; n <= 3; n++) {
      await press('Enter')
      await at(page, 'chain').getByText(`${n} of 3`).waitFor()
    }
    await press('Space')
    await told(page, 'b was killed - more than 3 restarts in 10 s, chain gives up').waitFor()
    expect(await focused(page)).toBe('Crash b')
    await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'ArrowRight', ...Array<string>(7).fill('Tab'))
    expect(await focused(page)).toBe('Crash e')
    await press('Enter')
    await at(page, 'e').getByText('not running').waitFor()
    expect(await focused(page)).toBe('Start e again')
    await press('Enter')
    await at(page, 'e').getByText('count').waitFor()
    expect(await focused(page)).toBe('Crash e')
  },
  60_000,
)

inBrowser(
  'a phone needs no sideways scroll, the touch targets are 44 px, and the log hides nothing that has the focus',
  async () => {
    const page = await open(PHONE)
    await button(page, 'Crash b').tap()
    await told(page, 'restarted b, c').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    const buttons = await page.getByRole('button').all()
    const tabs = await page.getByRole('tab').all()
    expect(buttons.length).toBeGreaterThan(10)
    for (const target of [...buttons, ...tabs]) {
      if (!(await target.isVisible())) continue
      const box = await target.boundingBox()
      expect(box?.height).toBeGreaterThanOrEqual(44)
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360)
    }
    await page.evaluate('scrollTo(0, 0)')
    await page.getByRole('radio', { name: 'Error' }).focus()
    for (let n = 0; n < 9; n++) {
      await page.keyboard.press('Tab')
      const bottom = await page.evaluate('document.activeElement.getBoundingClientRect().bottom')
      expect(bottom).toBeLessThanOrEqual((await page.locator('.log-side').boundingBox())?.y ?? 0)
    }
  },
  60_000,
)

inBrowser(
  'two pages see the same: what one crashes, the other sees',
  async () => {
    const [one, other] = [await open(), await open(PHONE)]
    await button(one, 'Crash d').click()
    await button(other, 'Add to guests').tap()
    for (const page of [one, other]) {
      await told(page, 'd crashed: boom - restarted d, e (oneForAll)').waitFor()
      await told(page, 'guest 3 was added by hand').waitFor()
      await at(page, 'guest 3').waitFor()
    }
    expect(await toldLines(other)).toEqual(await toldLines(one))
    const names = ['top', 'chain', 'pair', 'd', 'e', 'guests', 'guest 3', 'light']
    expect(await pidsOf(other, names)).toEqual(await pidsOf(one, names))
  },
  60_000,
)

inBrowser(
  'a lost connection comes back by itself, with the log as it is',
  async () => {
    const page = await open()
    await button(page, 'Crash c').click()
    await told(page, 'restarted c').waitFor()
    await page.getByRole('tab', { name: 'Workbench' }).click()
    const shown = await socketOf(page, 'supervision')
    exit(processes().find((pid) => shown === String(pid)) as never, 'shutdown')
    await page.locator('#panel-supervision[data-feed=lost]').waitFor({ state: 'attached' })
    await page.locator('#panel-supervision[data-feed=open]').waitFor({ state: 'attached' })
    await page.getByRole('tab', { name: 'Supervision' }).click()
    await button(page, 'Crash c').click()
    await told(page, 'c crashed').nth(1).waitFor()
    expect(await toldLines(page)).toEqual([
      'the application has started',
      'c crashed: boom - restarted c (restForOne)',
      'c crashed: boom - restarted c (restForOne)',
    ])
  },
  60_000,
)

inBrowser(
  'the tree follows the system’s dark mode',
  async () => {
    const background = "getComputedStyle(document.querySelector('#tree')).backgroundColor"
    const light = await (await open({ colorScheme: 'light' })).evaluate(background)
    const dark = await (await open({ colorScheme: 'dark' })).evaluate(background)
    expect(light).not.toBe(dark)
  },
  60_000,
)
