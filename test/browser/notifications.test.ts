// The kitchen timer of examples/notifications, as the playground serves it: it rings while the tab is offline, and the tab hears it once, when
// it is back.
import { expect } from '@jest/globals'
import { startPlayground } from '../../examples/playground/server.js'
import { hurry } from './launch.js'
import { inBrowser, useBrowser } from './stream-browser.js'

const { blank, ends } = useBrowser()

inBrowser(
  'a bell that rang while the tab was offline is there once when it is back, and not again after a reload',
  async () => {
    const { url } = ends(await startPlayground(0, '127.0.0.1'))
    const page = await blank()
    await page.clock.install()
    await hurry(page)
    await page.goto(url)
    await page.getByRole('tab', { name: 'Zotonic' }).click()
    await page.goto(new URL((await page.getByRole('link', { name: 'Kitchen timer' }).getAttribute('href')) ?? '', url).href)
    const [state, bells] = [page.locator('#state'), page.locator('#bells li')]
    await state.filter({ hasText: 'connected: ws, new' }).waitFor()
    await page.evaluate(`import('/notifications/lib/gensock/stream.js').then(({ stream }) => stream.send('ring 1'))`)
    await page.context().setOffline(true)
    await page.clock.runFor(5000) // so long the page waits for an answer
    await state.filter({ hasText: 'not connected' }).waitFor()
    await page.waitForTimeout(1500) // it rings at the server, where nobody else hears it
    expect(await bells.count()).toBe(0)
    await page.context().setOffline(false)
    await bells.first().waitFor()
    expect([await bells.count(), await state.textContent()]).toEqual([1, 'connected: ws, resumed'])
    await page.reload()
    await state.filter({ hasText: 'connected: ws, resumed' }).waitFor()
    expect(await bells.count()).toBe(0)
    expect(await page.locator('main').textContent()).toContain('visit number 2')
  },
  60_000,
)
