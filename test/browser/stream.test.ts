// The stream tag in a real Chromium: a page and its queue, the handler of Zotonic's manual behind the tag's rules, two tabs of one browser.
import { describe, expect } from '@jest/globals'
import { page as queue } from 'gensock/session'
import { controllerWebsocket } from 'gensock/zotonic'
import type { Page } from 'playwright-core'
import { manualRules, myWsHandler } from '../../examples/zotonic/manual.js'
import { inBrowser, useBrowser } from './stream-browser.js'
import { startSite, toldBy, untilTold } from './stream-site.js'

const { open, ends } = useBrowser()

/** Says something to a WebSocket of the page's own site; answers the first two texts that come back, sorted. */
function speak(page: Page, path: string, text: string): Promise<unknown> {
  return page.evaluate(`new Promise((resolve, reject) => {
    const texts = []
    const socket = new WebSocket(location.origin.replace('http', 'ws') + '${path}')
    socket.onopen = () => socket.send('${text}')
    socket.onmessage = ({ data }) => texts.push(data) === 2 && resolve(texts.sort())
    socket.onerror = () => reject(new Error('refused'))
  })`)
}

describe('a page with the stream tag', () => {
  inBrowser('hears what was put into its queue before and after it came, and is heard', async () => {
    const site = ends(await startSite())
    site.events.once('visit', () => queue.add(site.pageOf(), 'early'))
    const page = await open(`http://127.0.0.1:${site.port}/page`)
    await untilTold(page, 'received', 1)
    queue.add(site.pageOf(), 'late')
    await untilTold(page, 'received', 2)
    await page.evaluate(`stream.send('hello')`)
    await untilTold(page, 'received', 3)
    expect(await toldBy(page)).toEqual({
      opened: [['new', 'ws']],
      received: ['early', 'late', 'heard: hello'],
      left: [],
      closed: [],
    })
    expect(site.heard).toEqual(['hello'])
  })

  inBrowser('has a session, so the rules of the manual’s handler let it in: all three, and no page without', async () => {
    const site = ends(await startSite({ rules: manualRules() }))
    const page = await open(`http://127.0.0.1:${site.port}/page`)
    const paths = ['/socket/custom', '/socket/without-session', '/socket/controller']
    const answers = await Promise.all(paths.map((path) => speak(page, path, 'it is alive')))
    expect(answers).toEqual(paths.map(() => ['Hello!', 'You said: it is alive']))
    const stranger = await open(`http://127.0.0.1:${site.port}/recorder.js`)
    await expect(speak(stranger, '/socket/custom', 'let me in')).rejects.toThrow('refused')
  })

  inBrowser('speaks with the manual’s handler, too, where that is the handler of the tag’s rule', async () => {
    const rules = [['websocket', ['websocket'], controllerWebsocket, { wsHandler: myWsHandler }]] as const
    const site = ends(await startSite({ rules }))
    const page = await open(`http://127.0.0.1:${site.port}/page`)
    await untilTold(page, 'received', 1)
    await page.evaluate(`stream.send('it is alive')`)
    await untilTold(page, 'received', 3)
    const { received } = await toldBy(page)
    expect(received.toSorted()).toEqual(['Hello!', expect.stringMatching(/^You said: Z:PING:/), 'You said: it is alive'])
  })
})

describe('two tabs of one browser', () => {
  /** What the tab of a page that was opened by it shows. */
  async function openFrom(page: Page): Promise<Page> {
    const [tab] = await Promise.all([page.waitForEvent('popup'), page.evaluate(`void window.open('/page')`)])
    tab.setDefaultTimeout(10_000)
    await tab.waitForFunction(`globalThis.stream?.state === 'open'`)
    return tab
  }
  // Both write down what they are told in the same localStorage: what each is told is asked of itself.
  const watch = (page: Page): Promise<unknown> =>
    page.evaluate(`{
      globalThis.got = []
      document.addEventListener('gensock:message', ({ detail }) => got.push(detail))
      stream.onclose = ({ code, willRetry }) => got.push([code, willRetry])
    }`)
  const got = async (page: Page, length: number): Promise<unknown> => {
    await page.waitForFunction(`got.length >= ${length}`)
    return page.evaluate('got')
  }

  inBrowser('have a queue each, also when one was opened by the other', async () => {
    const site = ends(await startSite())
    const page = await open(`http://127.0.0.1:${site.port}/page`)
    await page.waitForFunction(`globalThis.stream?.state === 'open'`)
    const tab = await openFrom(page)
    await Promise.all([watch(page), watch(tab)])
    queue.add(site.pageOf(0), 'for the first')
    queue.add(site.pageOf(1), 'for the second')
    expect([await got(page, 1), await got(tab, 1)]).toEqual([['for the first'], ['for the second']])
    expect(site.visits[0]?.sessionPid).toEqual(site.visits[1]?.sessionPid)
  })

  inBrowser('that are the same page: the older one closes with 4409 and stays closed, the newer one has the queue', async () => {
    const site = ends(await startSite())
    const page = await open(`http://127.0.0.1:${site.port}/page`)
    await untilTold(page, 'opened', 1)
    await watch(page)
    // Out of sight a page keeps who it is, as browsers end such pages without a word; what is duplicated now has it as well.
    await page.evaluate(`{
      Object.defineProperties(document, { visibilityState: { value: 'hidden' }, hidden: { value: true } })
      document.dispatchEvent(new Event('visibilitychange'))
    }`)
    const tab = await openFrom(page)
    expect(await got(page, 1)).toEqual([[4409, false]])
    await watch(tab)
    queue.add(site.pageOf(0), 'for one of them')
    expect(await got(tab, 1)).toEqual(['for one of them'])
    expect([await page.evaluate('stream.state'), await got(page, 1)]).toEqual(['closed', [[4409, false]]])
    const { websocket, comet } = await queue.info(site.pageOf(0))
    expect([websocket, comet]).toEqual([expect.anything(), undefined])
  })
})
