// The part of the server that Zotonic's users write: sessions and pages that end soon, a socket with a handler of its own,
// one that is tied to its page, and the page that begins it all. Entered by main.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Node } from 'gensock'
import { page, type Sessions, startSessions } from 'gensock/session'
import type { Route } from 'gensock/socket'
import {
  baseRules,
  type Context,
  controllerWebsocket,
  dispatch,
  type DispatchRule,
  ensureAll,
  websocketSendData,
  type WsHandler,
} from 'gensock/zotonic'

/** Messages run in a process of their own. */
const echo: WsHandler<string> = {
  websocketInit: () => undefined,
  websocketMessage(data, from) {
    if (data === 'x') throw new Error('as asked')
    websocketSendData(from, data)
  },
  websocketInfo: () => undefined,
  websocketTerminate: () => undefined,
}
/** The answer takes the way through the page's queue: it comes once, also if the connection breaks meanwhile. */
function postback(said: string, { pagePid }: Context): void {
  if (pagePid !== undefined) page.add(pagePid, said)
}
const RULES: readonly DispatchRule[] = [
  ['visitors', ['socket', 'visitors'], controllerWebsocket, { wsHandler: echo }],
  ['websocket', ['websocket'], controllerWebsocket, { noSession: true, postback }],
  ...baseRules,
]

export interface Site {
  readonly routes: readonly Route[]
  readonly paths: readonly string[]
  /**
   * `/visit` begins a session and a page, puts a message into its queue, and answers the page's id; `/bye` ends the session.
   * `/look-in` begins one that nobody uses.
   */
  readonly answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>
}

/** Nobody's session may end under him because he has to wait for the machine. */
const VISIT_MS = 60_000
/** Those that nobody uses end by themselves, before the next look. */
const LOOK_IN_MS = 1000

/** Starts the sessions of both sites: of visitors who say good-bye, and of those who look in once. */
export async function startSite(node: Node): Promise<Site> {
  const sessionsFor = (ms: number): Promise<Sessions> =>
    startSessions({ node, firstMs: ms, keepAliveMs: ms, pageMs: ms, queue: { maxAgeMs: ms } })
  const [visits, looks] = [await sessionsFor(VISIT_MS), await sessionsFor(LOOK_IN_MS)]
  const { routes, urlFor } = dispatch(RULES, { sessions: visits })
  return {
    routes,
    paths: ['/visit', '/bye', '/look-in'],
    async answer(request, response) {
      const sessions = request.url === '/look-in' ? looks : visits
      const { sessionPid, pageId, pagePid } = await ensureAll(request, response, { sessions, urlFor })
      if (request.url === '/bye' && sessionPid !== undefined) await sessions.end(sessionPid)
      else if (pagePid !== undefined) page.add(pagePid, 'welcome')
      response.end(JSON.stringify({ pageId }))
    },
  }
}
