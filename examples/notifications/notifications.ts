// A kitchen timer for each browser: a page with the stream tag, a session that counts visits, and a bell that waits for tabs that are
// away. What the page says comes to `postback`; what it is told goes through its queue, numbered, until the browser has it.
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { child, defineServer, genServer, isAlive, named, sendAfter, supervisor, unwrap } from 'gensock'
import { session, type SessionPid, type Sessions, startSessions } from 'gensock/session'
import { attach, listenerChild, type Route } from 'gensock/socket'
import { baseRules, controllerWebsocket, dispatch, type DispatchRule, ensureAll, streamTag } from 'gensock/zotonic'

const MAX_S = 15
/** A tab may be away for so long before its page ends, also if nothing has rung meanwhile. */
export const PAGE_MS = 300_000

// ---- The clerk: one process does all the counting, so nobody is counted twice

type Bell = { readonly type: 'bell'; readonly visitor: SessionPid; readonly ordered: number }

const clerk = defineServer<null, Bell>()({
  init: () => ['ok', null],
  handleCall: {
    visit: async ({ visitor }: { visitor: SessionPid }, _from, state) => ['reply', await count(visitor, 'visits'), state],
  },
  /** A timer has run out: every tab of the visitor is told, now or when it is back. */
  async handleInfo({ visitor, ordered }, state) {
    if (isAlive(visitor)) session.addToAll(visitor, JSON.stringify({ n: await count(visitor, 'bells'), ordered }))
    return ['noreply', state]
  },
})
const CLERK = named<typeof clerk>('clerk')

async function count(visitor: SessionPid, key: string): Promise<number> {
  const next = Number((await session.get(visitor, key)) ?? 0) + 1
  await session.set(visitor, key, next)
  return next
}

// ---- The socket of the stream tag: in place of the rule in baseRules, with a postback

const streamRule: DispatchRule = [
  'websocket',
  ['websocket'],
  controllerWebsocket,
  {
    noSession: true,
    postback(said, { sessionPid: visitor }) {
      const seconds = Number(/^ring (\d{1,2})$/.exec(said)?.[1] ?? Infinity)
      if (visitor === undefined || seconds > MAX_S) return
      sendAfter(seconds * 1000, CLERK, { type: 'bell', visitor, ordered: Date.now() })
    },
  },
]

// ---- The page

const read = (name: string): string => readFileSync(new URL(`page/${name}`, import.meta.url), 'utf8')
const FILES: Readonly<Record<string, readonly [type: string, body: string]>> = {
  '/page.js': ['text/javascript; charset=utf-8', read('page.js')],
  '/style.css': ['text/css; charset=utf-8', read('style.css')],
}
const HTML = read('index.html')

export interface Site {
  readonly routes: readonly Route[]
  /** Answers requests of paths below the prefix. */
  readonly page: (request: IncomingMessage, response: ServerResponse) => void
}
export const clerkChild = child('clerk', clerk, undefined, { name: 'clerk' })

/** The page and its socket below a prefix such as '/timer', for a server whose sessions these are, and whose tree has the clerk. */
export function notifications(sessions: Sessions, prefix = ''): Site {
  const { routes, urlFor } = dispatch([streamRule, ...baseRules], { sessions, prefix })

  async function show(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response
      .setHeader('Content-Security-Policy', "default-src 'self'; img-src data:")
      .setHeader('X-Content-Type-Options', 'nosniff')
    const path = (request.url ?? '').split('?', 1).join().slice(prefix.length)
    if (request.method !== 'GET') return void response.writeHead(405, { Allow: 'GET' }).end()
    const [type, body] = (Object.hasOwn(FILES, path) ? FILES[path] : undefined) ?? []
    if (type !== undefined) return void response.setHeader('Content-Type', type).end(body)
    if (path !== '/') return void response.writeHead(404).end()
    const context = await ensureAll(request, response, { sessions, urlFor })
    const visits = await genServer.call(CLERK, { type: 'visit', visitor: context.sessionPid as SessionPid })
    const page = HTML.replace('{% stream %}', () => streamTag(context)).replace('{{ visits }}', String(visits))
    response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page)
  }

  function page(request: IncomingMessage, response: ServerResponse): void {
    show(request, response).catch((error: unknown) => {
      console.error('notifications:', error)
      response.writeHead(500).end()
    })
  }
  return { routes, page }
}

export interface Notifications {
  readonly url: string
  stop(): Promise<void>
}

/** Serves the page and its sockets on `port`; 0 takes a free one. */
export async function startNotifications(port: number, host?: string): Promise<Notifications> {
  const sessions = await startSessions({ pageMs: PAGE_MS })
  const { routes, page } = notifications(sessions)
  const server = createServer(page)
  const door = listenerChild('door', () => attach(server, routes))
  const tree = unwrap(await supervisor.start({ children: [clerkChild, door] }))
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ port, host }, resolve))
  return {
    url: `http://${host ?? 'localhost'}:${(server.address() as AddressInfo).port}/`,
    async stop() {
      await supervisor.stop(tree, 'shutdown')
      await supervisor.stop(sessions.pid, 'shutdown')
      server.close()
      server.closeAllConnections()
    },
  }
}
