// A site with the stream tag, for a real Chromium: sessions, the rules of the tag and of a test's own, and a page that writes down in
// localStorage what its stream tells it. Entered by the stream tests of this folder.
import { EventEmitter, once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNode, type Node, silentLogger, supervisor } from 'gensock'
import { type PagePid, type SessionOptions, type Sessions, startSessions } from 'gensock/session'
import { attach, type Listener, type RouteOptions } from 'gensock/socket'
import { type Context, controllerWebsocket, baseRules, dispatch, type DispatchRule, ensureAll, streamTag } from 'gensock/zotonic'
import type { Page } from 'playwright-core'

/** Imports the stream, so its handlers are there before anything comes; appends to lists in localStorage. */
const RECORDER = `
import { stream } from '/lib/gensock/stream.js'
const note = (name, what) => {
  localStorage.setItem(name, JSON.stringify([...JSON.parse(localStorage.getItem(name) ?? '[]'), what]))
}
stream.onopen = ({ resumed, transport }) => note('opened', [resumed, transport])
stream.onmessage = (data) => note('received', data)
stream.ondisconnect = ({ code }) => note('left', code)
stream.onclose = ({ code }) => note('closed', code)
globalThis.stream = stream
`

/** What a page has written down. */
export interface Told {
  readonly opened: readonly (readonly [resumed: 'new' | 'resumed' | 'gap', transport: 'ws' | 'sse' | 'longPoll'])[]
  readonly received: readonly string[]
  /** Close codes: of each end, and of the last. */
  readonly left: readonly number[]
  readonly closed: readonly number[]
}
/** What a page has written down so far. */
export async function toldBy(page: Page): Promise<Told> {
  const all = await page.evaluate('({ ...localStorage })')
  const lists = Object.entries(all as Record<string, string>).map(([name, text]) => [name, JSON.parse(text) as unknown])
  return { opened: [], received: [], left: [], closed: [], ...(Object.fromEntries(lists) as Partial<Told>) }
}
/** Waits until a list of the page is so long. */
export async function untilTold(page: Page, name: keyof Told, length: number, timeout = 10_000): Promise<void> {
  await page.waitForFunction(`JSON.parse(localStorage.getItem('${name}') ?? '[]').length >= ${length}`, undefined, { timeout })
}

export interface SiteOptions {
  readonly sessions?: SessionOptions
  /** Rules before those of the tag. */
  readonly rules?: readonly DispatchRule[]
  /** Of the tag's socket. */
  readonly route?: RouteOptions
  /** Proxies that are believed. */
  readonly trustProxy?: number
}
export interface Site {
  readonly node: Node
  readonly sessions: Sessions
  readonly listener: Listener
  readonly port: number
  /** The context of each page that was served, in order. */
  readonly visits: readonly Context[]
  /** What the pages have sent. */
  readonly heard: readonly string[]
  /** 'visit' when a page is served. */
  readonly events: EventEmitter
  /** The queue of the page that was served so-and-so many pages after the first. */
  pageOf(visit?: number): PagePid
  stop(): Promise<void>
}

/** `/page` has the tag; what a page sends comes back in its queue as `heard: ...`. */
export async function startSite({ sessions: given = {}, rules = [], route, trustProxy = 0 }: SiteOptions = {}): Promise<Site> {
  const node = createNode({ logger: silentLogger })
  const sessions = await startSessions({ node, ...given })
  const visits: Context[] = []
  const heard: string[] = []
  const events = new EventEmitter()
  const postback = (data: string): string => {
    heard.push(data)
    return `heard: ${data}`
  }
  const tagRule: DispatchRule = [
    'websocket',
    ['websocket'],
    controllerWebsocket,
    { noSession: true, postback, ...(route === undefined ? {} : { route }) },
  ]
  const site = dispatch([...rules, tagRule, ...baseRules], { sessions })
  const show = async (...[request, response]: Parameters<typeof ensureAll>): Promise<void> => {
    const context = await ensureAll(request, response, { sessions, urlFor: site.urlFor, trustProxy })
    visits.push(context)
    events.emit('visit')
    const recorder = '<script type="module" src="/recorder.js"></script>'
    send(
      response,
      'text/html',
      `<!DOCTYPE html><title>page</title><link rel="icon" href="data:,">${recorder}${streamTag(context)}`,
    )
  }
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '').split('?')
    if (path === '/page') void show(request, response)
    else if (path === '/recorder.js') send(response, 'text/javascript', RECORDER)
    else response.writeHead(404).end()
  })
  const listener = attach(server, site.routes, { node, trustProxy })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    node,
    sessions,
    listener,
    visits,
    heard,
    events,
    port: (server.address() as AddressInfo).port,
    pageOf: (visit = 0) => visits[visit]?.pagePid as PagePid,
    async stop() {
      await listener.drain({ deadlineMs: 100 })
      await supervisor.stop(sessions.pid)
      server.close()
      server.closeAllConnections()
      await node.stop({ deadlineMs: 100 })
    },
  }
}

function send(response: ServerResponse, type: string, body: string): void {
  response.writeHead(200, { 'Content-Type': `${type}; charset=utf-8`, 'Cache-Control': 'no-store' }).end(body)
}
