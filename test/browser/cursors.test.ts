// People at the playground's "Cursors" tab, in a real headless Chromium on a real server. The rules behind it are tested in
// test/examples/cursors.test.ts.
import { expect } from '@jest/globals'
import { exit, processes } from 'gensock'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { inBrowser, muteCrashReports, PHONE, socketOf, useChromium } from './chromium.js'

const chromium = useChromium()

const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
const others = (page: Page): Locator => page.locator('.cursor:not(.mine)')
const fact = (page: Page, id: string, text: string | RegExp): Promise<void> =>
  page.locator(`#cursors-${id}`).filter({ hasText: text }).waitFor()
const isOneOf = (page: Page, people: number): Promise<void> =>
  page.getByRole('heading', { name: new RegExp(`, one of ${people}$`) }).waitFor()

/** A page whose person is in. */
async function open(options?: BrowserContextOptions): Promise<Page> {
  const page = await chromium.open(options, '#cursors')
  await page.locator('#field[data-state=in]').waitFor()
  return page
}
/** Moves the pointer to this part of the field. */
async function point(page: Page, x: number, y: number): Promise<void> {
  const box = (await page.locator('#field').boundingBox()) as { x: number; y: number; width: number; height: number }
  await page.mouse.move(box.x + box.width * x, box.y + box.height * y)
}
/** Waits for an expression to be true. Not by waitForFunction, which the page's policy forbids: it evaluates there. */
async function until(page: Page, isSo: string): Promise<void> {
  await page.evaluate(`new Promise((done, fail) => {
    setTimeout(() => fail(new Error(${JSON.stringify(isSo)})), 10_000)
    const look = () => ((${isSo}) ? done() : requestAnimationFrame(look))
    look()
  })`)
}
/** Waits until the only other cursor stands at this part of the field, 1 % of it more or less. */
async function seen(page: Page, x: number, y: number): Promise<void> {
  await until(
    page,
    `(() => {
    const cursors = document.querySelectorAll('.cursor:not(.mine)')
    const field = document.querySelector('#field').getBoundingClientRect()
    if (cursors.length !== 1) return false
    const { left, top } = cursors[0].getBoundingClientRect()
    return Math.abs((left - field.left) / field.width - ${x}) < 0.01 && Math.abs((top - field.top) / field.height - ${y}) < 0.01
  })()`,
  )
}

inBrowser(
  'two people see each other’s pointer move, in windows of different sizes and in different codecs; who leaves is gone',
  async () => {
    const [ann, bob] = [await open(), await open({ viewport: { width: 900, height: 700 } })]
    await bob.getByRole('radio', { name: 'MessagePack' }).check()
    await isOneOf(bob, 2)
    await isOneOf(ann, 2)
    // Both are of the same messages. Looked for as they come: a second later there are none.
    const isShorter = until(
      bob,
      `(([json, msgpack]) => msgpack > 0 && msgpack < json)(['json', 'msgpack'].map((name) => parseFloat(document.querySelector('#cursors-' + name).textContent)))`,
    )
    isShorter.catch(() => undefined) // told below
    for (const [x, y] of [
      [0.2, 0.3],
      [0.8, 0.6],
    ] as const) {
      await point(ann, x, y)
      await seen(bob, x, y)
    }
    await point(bob, 0.5, 0.25)
    await seen(ann, 0.5, 0.25)
    expect(await others(ann).textContent()).toMatch(/^Guest-\d+$/)
    await isShorter
    await bob.context().close()
    await isOneOf(ann, 1)
    await others(ann).waitFor({ state: 'detached' })
  },
  60_000,
)

inBrowser(
  'people who are simulated walk about as long as somebody looks on, or until they are sent home',
  async () => {
    const page = await open()
    await button(page, 'Add 20 people').click()
    await isOneOf(page, 21)
    await fact(page, 'walking', /^20$/)
    await others(page).nth(19).waitFor()
    const places = "[...document.querySelectorAll('.cursor')].map((one) => one.style.translate)"
    const before = (await page.evaluate(places)) as string[]
    await until(page, `${places}.every((place, n) => place !== ${JSON.stringify(before)}[n])`)
    await button(page, 'Send them home').click()
    await isOneOf(page, 1)
    await fact(page, 'walking', /^0$/)
    expect(await others(page).count()).toBe(0)

    await button(page, 'Add 20 people').click()
    await isOneOf(page, 21)
    await page.context().close()
    const last = await open()
    await isOneOf(last, 1)
    await fact(last, 'walking', /^0$/)
  },
  60_000,
)

inBrowser(
  'a person whose socket is killed is back by itself, where it was; the other one keeps its connection',
  async () => {
    muteCrashReports()
    const ann = await open()
    await ann.getByRole('tab', { name: 'Workbench' }).click()
    const shown = await socketOf(ann, 'cursors')
    await ann.getByRole('tab', { name: 'Cursors' }).click()
    await point(ann, 0.4, 0.4)
    const bob = await open()
    await seen(bob, 0.4, 0.4)
    await bob.evaluate("window.old = document.querySelector('.cursor:not(.mine)')") // an id is never given again
    const title = (await bob.locator('#field-title').textContent()) as string
    exit(processes().find((pid) => shown === String(pid)) as never, 'kill')
    await until(bob, '!window.old.isConnected')
    await seen(bob, 0.4, 0.4)
    expect(await bob.locator('#field-title').textContent()).toBe(title)
  },
  60_000,
)

inBrowser(
  'the keyboard alone is enough: go to the field, move with arrows, add people',
  async () => {
    const [ann, bob] = [await open(), await open()]
    await ann.locator('#tab-cursors').focus()
    await ann.keyboard.press('Tab')
    expect(await ann.evaluate('document.activeElement.id')).toBe('field')
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowDown']) await ann.keyboard.press(key)
    await seen(bob, 0.52, 0.54)
    await ann.keyboard.press('Tab')
    await ann.keyboard.press('Enter')
    await isOneOf(bob, 22)
  },
  60_000,
)

inBrowser(
  'a finger moves the cursor; a phone needs no sideways scroll, and the touch targets are 44 px',
  async () => {
    const [page, other] = [await open(PHONE), await open()]
    await page.locator('#field').tap({ position: { x: 60, y: 90 } })
    const box = await page.locator('#field').boundingBox()
    await seen(other, 60 / (box?.width ?? 0), 90 / (box?.height ?? 0))
    expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    for (const target of [
      ...(await page.getByRole('button').all()),
      ...(await page.getByRole('tab').all()),
      ...(await page.locator('#codecs .choice').all()),
    ])
      expect((await target.boundingBox())?.height).toBeGreaterThanOrEqual(44)
  },
  60_000,
)

inBrowser(
  'who wants less motion sees cursors jump, the others see them glide',
  async () => {
    for (const [reducedMotion, seconds] of [
      ['reduce', '0s'],
      ['no-preference', '0.1s'],
    ] as const) {
      const page = await open({ reducedMotion })
      await point(page, 0.5, 0.5)
      await page.locator('.cursor').first().waitFor()
      const style = "getComputedStyle(document.querySelector('.cursor')).transitionDuration"
      expect(await page.evaluate(style)).toBe(seconds)
    }
  },
  60_000,
)
