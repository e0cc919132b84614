// Services of Chicago Boss in a real headless Chromium: the page and the module of its documentation, alone and behind nginx with the
// settings that it names; the page of examples/boss-chat; and people at the playground's "Chicago Boss" tab.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect } from '@jest/globals'
import { createNode, exit, type Node, processes, silentLogger } from 'gensock'
import { type Boss, discover } from 'gensock/chicago-boss'
import { attach } from 'gensock/socket'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import { NGINX, type Proxy, startNginx } from '../foreign/nginx.js'
import { testWith } from '../programs.js'
import { inBrowser, muteCrashReports, PHONE, socketOf, useChromium } from './chromium.js'
import { CHROMIUM } from './launch.js'
import { told } from './websocket/myapp_foobar_websocket.js'

const chromium = useChromium()

describe('the page of the documentation', () => {
  const inBoth = testWith('the page behind nginx', CHROMIUM, NGINX)
  let node: Node
  let server: Server
  let nginx: Proxy | undefined
  beforeEach(() => {
    node = createNode({ logger: silentLogger })
    server = createServer()
    told.splice(0)
  })
  afterEach(async () => {
    await nginx?.stop()
    nginx = undefined
    await node.stop({ deadlineMs: 100 })
    server.close()
    server.closeAllConnections()
  })

  /** The services of a folder and a page, behind nginx or not; the port to find them at. */
  async function serve(folder: string, html: (port: number) => string, baseUrl = '/', isBehind = false): Promise<[Boss, number]> {
    const boss = await discover(new URL(folder, import.meta.url), { node, baseUrl })
    let port = 0
    server.on('request', (_request, response) => response.setHeader('Content-Type', 'text/html').end(html(port)))
    // nginx drops the port from `Host`: the server has to trust it, or it takes the page for one of another origin.
    attach(server, boss.routes, { node, trustProxy: isBehind ? 1 : 0 })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    port = (server.address() as AddressInfo).port
    if (isBehind) nginx = await startNginx(port)
    port = nginx?.ports[0] ?? port
    return [boss, port]
  }

  const FIRST = `<script type="text/javascript">
  wsc = new WebSocket("ws://localhost:8001/websocket/foobar", "some_service_name");
</script>`
  const SECOND = `<script type="text/javascript">
  wsc = new WebSocket("ws://localhost:8001/chat/websocket/foobar", "some_service_name");
</script>`
  /** Keeps what comes, for us to look at. */
  const EARS = '<script>heard = []; wsc.onmessage = ({ data }) => heard.push(data)</script>'

  inBoth.each([
    ['alone', FIRST, '/', false],
    ['alone, below base_url', SECOND, '/chat', false],
    ['behind nginx', FIRST, '/', true],
    ['behind nginx, below base_url', SECOND, '/chat', true],
  ] as const)(
    'is served by its module, %s',
    async (_where, page, baseUrl, isBehind) => {
      const html = (port: number): string => page.replace('8001', String(port)) + EARS
      const [boss, port] = await serve('websocket/', html, baseUrl, isBehind)
      const tab = await chromium.open()
      await tab.context().addCookies([{ name: '_boss_session', value: 'ann', url: `http://localhost:${port}` }])
      await tab.goto(`http://localhost:${port}/`)
      const hears = (text: string) => tab.waitForFunction(`heard.at(-1) === ${JSON.stringify(text)}`)
      await hears('some text')
      expect(await tab.evaluate('wsc.protocol')).toBe('some_service_name')
      await tab.evaluate('wsc.send("hello")')
      const url = `${baseUrl === '/' ? '' : baseUrl}/websocket/foobar`
      await hears(`ann of 127.0.0.1 at ${url}: hello`)
      boss.broadcast('myapp_foobar_websocket', 'to all')
      await hears('to all')
      expect(await tab.evaluate('heard.length')).toBe(3)
      await tab.evaluate('new Promise((done) => { wsc.onclose = done; wsc.close(4000, "bye") })')
      await node.stop({ deadlineMs: 100 })
      expect(told).toEqual([`ann left ${url}: remote, 4000, bye`, 'terminate: "shutdown"'])
    },
    60_000,
  )

  inBrowser(
    'of examples/boss-chat: two people talk, the service crashes, and they talk on',
    async () => {
      const html = readFileSync(new URL('../../examples/boss-chat/page.html', import.meta.url), 'utf8')
      const [, port] = await serve('../../examples/boss-chat/websocket/', () => html)
      const [ann, bob] = [await chromium.open(), await chromium.open()]
      for (const [page, name] of [
        [ann, 'ann'],
        [bob, '<b>bob'],
      ] as const) {
        await page.goto(`http://127.0.0.1:${port}/`)
        await page.getByLabel('Your name').fill(name)
        await page.keyboard.press('Enter')
        await page.getByText(`${name} is here.`).waitFor()
      }
      await bob.getByLabel('Your line').fill('hi')
      await bob.keyboard.press('Enter')
      await ann.getByText('<b>bob: hi').waitFor()
      await ann.getByRole('button', { name: 'Crash the service' }).click()
      await ann.getByText('<b>bob is here.').nth(1).waitFor()
      await ann.getByLabel('Your line').fill('still there?')
      await ann.keyboard.press('Enter')
      await bob.getByText('ann: still there?').waitFor()
      expect(await bob.locator('#here').textContent()).toBe('ann, <b>bob')
    },
    60_000,
  )
})

describe('the tab of the playground', () => {
  const button = (page: Page, name: string): Locator => page.getByRole('button', { name, exact: true })
  const row = (page: Page, text: string | RegExp): Locator =>
    page.getByRole('log').getByRole('listitem').filter({ hasText: text })
  const here = (page: Page): Promise<string[]> =>
    page.getByRole('list', { name: 'Who is here' }).getByRole('listitem').allTextContents()
  const focused = (page: Page): Promise<unknown> => page.evaluate('document.activeElement.id')
  /** What the page knows of the service: process, restarts, joins replayed, connections lost. */
  const facts = (page: Page): Promise<string[]> => page.locator('#boss-facts dd').allTextContents()

  async function join(page: Page, name: string): Promise<void> {
    await page.getByLabel('Your name').fill(name)
    await button(page, 'Join').click()
    await row(page, `${name} is here.`).last().waitFor()
  }
  async function open(name: string, options?: BrowserContextOptions): Promise<Page> {
    const page = await chromium.open(options, '#boss')
    await join(page, name)
    return page
  }
  async function say(page: Page, text: string): Promise<void> {
    await page.getByLabel('Your text').fill(text)
    await page.keyboard.press('Enter')
    await row(page, text).waitFor()
  }

  inBrowser(
    'two people talk: each sees who is here, who comes and goes, and what is said and broadcast',
    async () => {
      const ann = await open('ann')
      const bob = await open('<i>bob')
      await row(ann, '<i>bob is here.').waitFor()
      await say(ann, '<img src=x onerror=alert(1)>')
      await row(bob, 'ann <img src=x onerror=alert(1)>').waitFor()
      expect(await here(ann)).toEqual(['<i>bob', 'ann (you)'])
      expect(await here(bob)).toEqual(['<i>bob (you)', 'ann'])
      await button(bob, 'Broadcast from the server').click()
      for (const page of [ann, bob])
        await row(page, /Broadcast It is \d\d:\d\d:\d\d on the server, says process <0\.\d+\.0>\.$/).waitFor()
      await button(bob, 'Leave').click()
      await row(ann, '<i>bob left.').waitFor()
      expect(await here(ann)).toEqual(['ann (you)'])
      expect(await here(bob)).toEqual([])
      expect(await focused(bob)).toBe('boss-join')
      expect(await button(bob, 'Crash the service').isDisabled()).toBe(true)
    },
    60_000,
  )

  inBrowser(
    '“Crash the service” keeps both connections: the joins are replayed, and both talk on, as often as it is pressed',
    async () => {
      muteCrashReports()
      const [ann, bob] = [await open('ann'), await open('bob')]
      await row(ann, 'bob is here.').waitFor()
      const alive = await ann.locator('#feed-text').textContent()
      const [first] = await facts(ann)
      for (const [n, page] of [ann, bob, ann].entries()) {
        await button(page, 'Crash the service').click()
        for (const each of [ann, bob]) {
          await row(each, 'The service has crashed.').nth(n).waitFor()
          await each.getByRole('status').filter({ hasText: '2 of 2 joins replayed: all are still connected.' }).waitFor()
          expect(await here(each)).toHaveLength(2)
          expect((await facts(each)).slice(1)).toEqual([String(n + 1), String(2 * (n + 1)), '0'])
        }
        await say(page, `talk ${n}`)
        for (const each of [ann, bob]) await row(each, `talk ${n}`).waitFor()
      }
      expect((await facts(ann))[0]).not.toBe(first)
      expect((await facts(ann))[0]).toBe((await facts(bob))[0])
      expect(await ann.locator('#feed-text').textContent()).toBe(alive)
    },
    60_000,
  )

  inBrowser(
    'a connection whose process is killed comes back by itself, and the others hear both',
    async () => {
      const [ann, bob] = [await open('ann'), await open('bob')]
      await row(ann, 'bob is here.').waitFor()
      await ann.getByRole('tab', { name: 'Workbench' }).click()
      const shown = await socketOf(ann, 'chat_room_websocket')
      await ann.getByRole('tab', { name: 'Chicago Boss' }).click()
      exit(processes().find((pid) => shown === String(pid)) as never, 'kill')
      await row(ann, 'The connection is lost (1006).').waitFor()
      await row(bob, 'ann left.').waitFor()
      await row(bob, 'ann is here.').waitFor()
      await say(ann, 'back again')
      await row(bob, 'back again').waitFor()
      expect((await facts(ann)).slice(1)).toEqual(['0', '0', '1'])
      expect((await facts(bob)).slice(1)).toEqual(['0', '0', '0'])
    },
    60_000,
  )

  inBrowser(
    'who says too much at once is out, is told why, and may come again',
    async () => {
      const ann = await open('ann')
      await ann.evaluate(`{
        const line = document.querySelector('#boss-line')
        for (let n = 0; n < 40; n++) {
          line.value = 'n' + n
          line.form.requestSubmit()
        }
      }`)
      await ann.getByRole('alert').filter({ hasText: 'too much at once' }).waitFor()
      await join(ann, 'ann')
      await say(ann, 'slowly now')
    },
    60_000,
  )

  inBrowser(
    'the keyboard alone is enough: join, talk, crash, broadcast, leave',
    async () => {
      muteCrashReports()
      const page = await chromium.open()
      const press = async (...keys: string[]): Promise<void> => {
        for (const key of keys) await page.keyboard.press(key)
      }
      await press('Tab', 'End', 'Tab')
      expect(await focused(page)).toBe('boss-name')
      await press('ControlOrMeta+a')
      await page.keyboard.type('ann')
      await press('Enter')
      await row(page, 'ann is here.').waitFor()
      expect(await focused(page)).toBe('boss-line')
      await page.keyboard.type('by hand')
      await press('Enter')
      await row(page, /ann by hand$/).waitFor()
      await press('Tab', 'Tab')
      expect(await focused(page)).toBe('boss-crash')
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
      await press('Enter')
      await page.getByRole('status').filter({ hasText: '1 of 1 joins replayed' }).waitFor()
      await press('Enter')
      await row(page, 'The service has crashed.').nth(1).waitFor()
      expect(await focused(page)).toBe('boss-crash')
      await press('Tab', 'Enter')
      await row(page, 'on the server, says process').waitFor()
      await press(...Array<string>(5).fill('Shift+Tab'))
      expect(await focused(page)).toBe('boss-leave')
      await press('Enter')
      await row(page, 'You have left.').waitFor()
      expect(await focused(page)).toBe('boss-join')
    },
    60_000,
  )

  inBrowser(
    'a phone needs no sideways scroll, also with long lines and names, and the touch targets are 44 px',
    async () => {
      muteCrashReports()
      const page = await open('w'.repeat(20), PHONE)
      await say(page, 'w'.repeat(500))
      await button(page, 'Crash the service').tap()
      await page.getByRole('status').filter({ hasText: '1 of 1 joins replayed' }).waitFor()
      expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0)
      const targets = [page.getByRole('button'), page.getByRole('tab'), page.getByRole('textbox')]
      const all = (await Promise.all(targets.map((each) => each.all()))).flat()
      expect(all.length).toBe(13)
      for (const target of all) {
        const box = await target.boundingBox()
        expect(box?.height).toBeGreaterThanOrEqual(44)
        expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360)
      }
      // All tabs stand in one row.
      const tabs = await page.getByRole('tab').evaluateAll((all) => all.map((tab) => tab.getBoundingClientRect().top))
      expect(new Set(tabs).size).toBe(1)
    },
    60_000,
  )
})
