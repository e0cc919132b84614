// People at the playground's "Chat" tab, in a real headless Chromium on a real server. The rules behind it are tested in
// test/examples/chat*.test.ts.
import { expect } from '@jest/globals'
import { exit, processes } from 'gensock'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { inBrowser, muteCrashReports, PHONE, socketOf, useChromium } from './chromium.js'

const chromium = useChromium()

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const log = (page: Page): Locator => page.getByRole('log')
const row = (page: Page, text: string | RegExp): Locator => log(page).getByRole('listitem').filter({ hasText: text })
const here = (page: Page): Promise<string[]> =>
  page.getByRole('list', { name: 'Who is here' }).getByRole('listitem').allTextContents()
const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.id')
/** What was said, as `nick text`, without times and notes. */
const said = (page: Page): Promise<string[]> =>
  page.evaluate(`[...document.querySelectorAll('#lines .other, #lines .own')].map(
    (row) => row.querySelector('.from').textContent + ' ' + row.querySelector('.text').textContent,
  )`)
/** What styles put before what was said: a number, say. */
const drawnBefore = (page: Page): Promise<string[]> =>
  page.evaluate(
    "[...new Set([...document.querySelectorAll('#lines li')].map((row) => getComputedStyle(row, '::before').content))]",
  )

async function join(page: Page, nick: string, room = 'lobby'): Promise<void> {
  await page.getByLabel('Your nickname').fill(nick)
  await page.getByRole('combobox', { name: 'Room' }).fill(room)
  await button(page, 'Join').click()
}
/** A page with somebody in a room. */
async function open(nick: string, options?: BrowserContextOptions, room = 'lobby'): Promise<Page> {
  const page = await chromium.open(options, '#chat')
  await join(page, nick, room)
  await row(page, `You are in ${room} as ${nick}.`).waitFor()
  return page
}
async function say(page: Page, text: string): Promise<void> {
  await page.getByLabel('Your line').fill(text)
  await page.keyboard.press('Enter')
  await row(page, text).waitFor()
}

inBrowser(
  'two people talk: each sees who is here, who comes and goes, and every line once and in the same order',
  async () => {
    const ann = await open('ann')
    await say(ann, 'anybody?')
    const bob = await open('bob')
    expect(await said(bob)).toEqual(['ann anybody?'])
    await row(ann, 'bob came in.').waitFor()
    await say(bob, 'here I am')
    await say(ann, '<img src=x onerror=alert(1)>')
    await row(bob, 'onerror').waitFor()
    const lines = ['ann anybody?', 'bob here I am', 'ann <img src=x onerror=alert(1)>']
    expect(await said(ann)).toEqual(lines)
    expect(await said(bob)).toEqual(lines)
    expect(await drawnBefore(bob)).toEqual(['none'])
    expect(await here(ann)).toEqual(['ann (you)', 'bob'])
    expect(await here(bob)).toEqual(['ann', 'bob (you)'])

    await button(bob, 'Leave').click()
    await row(ann, 'bob left.').waitFor()
    expect(await here(ann)).toEqual(['ann (you)'])
    expect(await here(bob)).toEqual([])
    expect(await focused(bob)).toBe('join')
  },
  60_000,
)

inBrowser(
  'who switches rooms leaves one and sees the other one’s history; rooms do not hear each other',
  async () => {
    const [ann, bob] = [await open('ann'), await open('bob', {}, 'attic')]
    await say(bob, 'dusty up here')
    await say(ann, 'nice and warm')
    await join(ann, 'ann', 'attic')
    await row(ann, 'You are in attic as ann.').waitFor()
    expect(await said(ann)).toEqual(['bob dusty up here'])
    expect(await said(bob)).toEqual(['bob dusty up here'])
    await row(bob, 'ann came in.').waitFor()
    await ann.getByRole('heading', { name: 'attic, as ann' }).waitFor()
    await say(ann, 'so it is')
    await row(bob, 'so it is').waitFor()
  },
  60_000,
)

inBrowser(
  'a nickname that is taken is refused in words, and another one is let in',
  async () => {
    const [ann, bob] = [await open('ann'), await chromium.open({}, '#chat')]
    await join(bob, 'Ann')
    await bob.getByRole('alert').filter({ hasText: 'somebody here is called Ann: take another nick' }).waitFor()
    expect(await focused(bob)).toBe('nick')
    await bob.keyboard.press('ControlOrMeta+a')
    await bob.keyboard.type('bob')
    await bob.keyboard.press('Enter')
    await row(bob, 'You are in lobby as bob.').waitFor()
    expect(await bob.locator('#refused').textContent()).toBe('')
    expect(await focused(bob)).toBe('line')
    await row(ann, 'bob came in.').waitFor()
    expect(await here(ann)).toEqual(['ann (you)', 'bob'])
  },
  60_000,
)

inBrowser(
  '“Crash my handler” keeps the connection: who crashed is in again and talks on, and has every line once',
  async () => {
    muteCrashReports()
    const [ann, bob] = [await open('ann'), await open('bob')]
    await say(ann, 'before')
    const alive = await ann.locator('#feed-text').textContent()
    await button(ann, 'Crash my handler').click()
    await row(ann, 'You are in again, on the same connection.').waitFor()
    await row(bob, 'ann left.').waitFor()
    await row(bob, 'ann came in.').waitFor()
    await say(ann, 'after')
    await row(bob, 'after').waitFor()
    expect(await said(ann)).toEqual(['ann before', 'ann after'])
    expect(await said(bob)).toEqual(['ann before', 'ann after'])
    expect(await ann.locator('#feed-text').textContent()).toBe(alive)
  },
  60_000,
)

inBrowser(
  'a slow listener misses what it misses; the others hear all of the parrot, and each other meanwhile',
  async () => {
    const [ann, bob] = [await open('ann'), await open('bob', PHONE)]
    await button(ann, 'Start a slow listener').click()
    await row(bob, 'sleeper came in.').waitFor()
    await bob.locator('.slow-said').filter({ hasText: 'of 1,500' }).waitFor()
    await say(bob, 'can you hear me?')
    await row(ann, 'can you hear me?').waitFor()
    for (const page of [ann, bob]) {
      await page.getByRole('status').filter({ hasText: 'This page heard all of it.' }).waitFor()
      const [told, heardHere, heard, missed] = (await page.locator('#slow-result dd').allTextContents()).map((text) =>
        Number(text.replace(/\D/g, '')),
      )
      expect([told, heardHere]).toEqual([1500, 1500])
      expect(missed).toBeGreaterThan(100)
      // What people say and who comes is among what it missed.
      expect((heard ?? 0) + (missed ?? 0)).toBeGreaterThanOrEqual(1500)
      expect((heard ?? 0) + (missed ?? 0)).toBeLessThan(1510)
      await row(page, 'sleeper left.').waitFor()
      const rows = await log(page).locator('.text').allTextContents()
      expect(rows.indexOf('can you hear me?')).toBeLessThan(rows.indexOf('sleeper left.'))
    }
  },
  60_000,
)

inBrowser(
  'a connection that is lost comes back by itself, with each line once',
  async () => {
    const [ann, bob] = [await open('ann'), await open('bob')]
    await say(ann, 'one')
    await ann.getByRole('tab', { name: 'Workbench' }).click()
    const shown = await socketOf(ann, 'chat')
    await ann.getByRole('tab', { name: 'Chat' }).click()
    exit(processes().find((pid) => shown === String(pid)) as never, 'kill')
    await row(ann, 'The connection is lost (1006).').waitFor()
    await row(bob, 'ann left.').waitFor()
    await say(bob, 'two')
    await row(ann, 'You are in lobby as ann.').nth(1).waitFor()
    await say(ann, 'three')
    expect(await said(ann)).toEqual(['ann one', 'bob two', 'ann three'])
    expect(await here(ann)).toEqual(['ann (you)', 'bob'])
  },
  60_000,
)

inBrowser(
  'the contract does its checks without eval: nothing on the page breaks its policy',
  async () => {
    const page = await open('ann')
    await say(page, 'checked on both ends')
    const broken = await page.evaluate(`(() => {
      const observer = new ReportingObserver(() => undefined, { types: ['csp-violation'], buffered: true })
      observer.observe()
      return observer.takeRecords().map(({ body }) => body.effectiveDirective + ' ' + body.blockedURL)
    })()`)
    expect(broken).toEqual([])
  },
  60_000,
)

inBrowser(
  'who says too much at once is out, is told why, and may come again',
  async () => {
    const ann = await open('ann')
    await ann.evaluate(`{
      const line = document.querySelector('#line')
      for (let n = 0; n < 40; n++) {
        line.value = 'n' + n
        line.form.requestSubmit()
      }
    }`)
    await ann.getByRole('alert').filter({ hasText: 'too much at once' }).waitFor()
    await button(ann, 'Join').click()
    await row(ann, 'You are in lobby as ann.').waitFor()
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough: join, talk, read, leave',
  async () => {
    const page = await chromium.open()
    const press = async (...keys: string[]): Promise<void> => {
      for (const key of keys) await page.keyboard.press(key)
    }
    await press('Tab', 'Home', 'ArrowRight', 'ArrowRight', 'Tab')
    expect(await focused(page)).toBe('nick')
    await press('ControlOrMeta+a')
    await page.keyboard.type('ann')
    await press('Enter')
    await row(page, 'You are in lobby as ann.').waitFor()
    expect(await focused(page)).toBe('line')
    await page.keyboard.type('by hand')
    await press('Enter')
    await row(page, /ann by hand$/).waitFor()
    expect(await page.getByLabel('Your line').inputValue()).toBe('')
    await press('Shift+Tab')
    expect(await focused(page)).toBe('lines')
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    await press('Shift+Tab')
    expect(await focused(page)).toBe('leave')
    await press('Enter')
    await row(page, 'You have left lobby.').waitFor()
    expect(await focused(page)).toBe('join')
  },
  60_000,
)

inBrowser(
  'a phone needs no sideways scroll, also with long lines and names, and the touch targets are 44 px',
  async () => {
    const nick = 'w'.repeat(20)
    const page = await open(nick, PHONE, 'm'.repeat(20))
    await say(page, 'w'.repeat(500))
    for (let n = 0; n < 12; n++) await say(page, `line ${n}.`)
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    const targets = [
      ...(await page.getByRole('button').all()),
      ...(await page.getByRole('tab').all()),
      ...(await page.getByRole('textbox').all()),
      page.getByRole('combobox', { name: 'Room' }),
    ]
    expect(targets.length).toBeGreaterThan(8)
    for (const target of targets) {
      const box = await target.boundingBox()
      expect(box?.height).toBeGreaterThanOrEqual(44)
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360)
    }
    // The newest line is in sight; whoever has scrolled up stays there.
    const hidden = "const box = document.querySelector('#lines'); box.scrollHeight - box.clientHeight - box.scrollTop"
    expect(await page.evaluate(`(() => { ${hidden.replace('; ', '; return ')} })()`)).toBeLessThan(2)
    await page.evaluate("document.querySelector('#lines').scrollTop = 0")
    await say(page, 'further down')
    expect(await page.evaluate("document.querySelector('#lines').scrollTop")).toBe(0)
  },
  60_000,
)

inBrowser(
  'the lines are a log that is read out as it grows, and the room follows the system’s dark mode',
  async () => {
    const [light, dark] = [await open('ann', { colorScheme: 'light' }), await open('bob', { colorScheme: 'dark' })]
    await light.getByRole('log', { name: 'lobby, as ann' }).waitFor()
    expect(await log(light).getAttribute('aria-live')).toBe('polite')
    const background = "getComputedStyle(document.querySelector('#lines')).backgroundColor"
    expect(await light.evaluate(background)).not.toBe(await dark.evaluate(background))
  },
  60_000,
)
