// A page whose own script comes late, when the stream tag has long connected it: nothing that was pushed before is lost.
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from '@jest/globals'
import { supervisor } from 'gensock'
import { page as queue, type PagePid, startSessions } from 'gensock/session'
import { attach } from 'gensock/socket'
import { baseRules, dispatch, ensureAll, streamTag } from 'gensock/zotonic'
import { inBrowser, useBrowser } from './stream-browser.js'

const { blank, ends } = useBrowser()

/** A page with a message in its queue, the tag, and behind it a script that is held back until `release`. */
async function startSite(script: string) {
  const sessions = await startSessions()
  const { routes, urlFor } = dispatch(baseRules, { sessions })
  let waiting: ServerResponse | undefined
  let pid: PagePid | undefined
  const server = createServer((request, response) => {
    if (request.url === '/late.js') waiting = response
    else void show(request, response)
  })
  async function show(...[request, response]: Parameters<typeof ensureAll>): Promise<void> {
    const context = await ensureAll(request, response, { sessions, urlFor })
    pid = context.pagePid as PagePid
    queue.add(pid, 'early')
    const late = '<script type="module" src="/late.js"></script>'
    response.setHeader('Content-Type', 'text/html')
    response.end(`<!DOCTYPE html><title>page</title><link rel="icon" href="data:,">${streamTag(context)}${late}`)
  }
  const listener = attach(server, routes)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    release: () => waiting?.setHeader('Content-Type', 'text/javascript').end(script),
    add: (data: string) => queue.add(pid as PagePid, data),
    async stop() {
      await listener.drain({ deadlineMs: 100 })
      await supervisor.stop(sessions.pid)
      server.close()
      server.closeAllConnections()
    },
  }
}

inBrowser.each([
  ['an onmessage', `import { stream } from '/lib/gensock/stream.js'; stream.onmessage = (data) => got.push(data)`],
  ['a listener', `document.addEventListener('gensock:message', ({ detail }) => got.push(detail))`],
])(
  'a message that comes before the page’s own script waits for it: for %s',
  async (_what, script) => {
    const site = ends(await startSite(`globalThis.got = []; ${script}`))
    const page = await blank()
    page.on('websocket', (socket) => {
      socket.on('framereceived', ({ payload }) => {
        if (String(payload) === 'Z:MSG:1:early') site.release()
      })
    })
    await page.goto(site.url)
    site.add('late')
    await page.waitForFunction('got.length >= 2')
    expect(await page.evaluate('got')).toEqual(['early', 'late'])
  },
  60_000,
)
