// The server side of the "Zotonic" tab: the sessions, the rules of the manual's handler and of the stream tag, and the page with the tag.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { supervisor, type SupervisorPid, unwrap } from 'gensock'
import { startSessions } from 'gensock/session'
import type { Route } from 'gensock/socket'
import { baseRules, dispatch } from 'gensock/zotonic'
import { clerkChild, notifications, PAGE_MS } from '../../notifications/notifications.js'
import { manualRules, myWsHandler } from '../../zotonic/manual.js'
import { type Watcher, watchedWs } from '../watcher.js'
import { streamPage } from './stream-page.js'
import { streamRule } from './stream-rule.js'

/** What the playground serves for the tab. */
export interface Zotonic {
  readonly sessions: SupervisorPid
  /** The supervisor of the kitchen timer's clerk. */
  readonly clerk: SupervisorPid
  readonly routes: readonly Route[]
  /** Answers requests for the page with the stream tag, and for the kitchen timer at `/notifications/`. */
  readonly page: (request: IncomingMessage, response: ServerResponse) => void
  /** Ends all sessions, and the pages with them. */
  readonly stop: () => Promise<unknown>
}

/** Starts the sessions. The manual's sockets are seen by the watcher. */
export async function startZotonic(watcher: Watcher): Promise<Zotonic> {
  const sessions = await startSessions({ pageMs: PAGE_MS })
  const clerk = unwrap(await supervisor.start({ children: [clerkChild] }))
  const timer = notifications(sessions, '/notifications')
  const rules = [...manualRules(watchedWs('my_ws_handler', myWsHandler, watcher)), streamRule, ...baseRules]
  const { routes, urlFor } = dispatch(rules, { sessions })
  const stream = streamPage({ sessions, urlFor })
  return {
    sessions: sessions.pid,
    clerk,
    routes: [...timer.routes, ...routes],
    page: (request, response) => (request.url?.startsWith('/notifications/') === true ? timer.page : stream)(request, response),
    async stop() {
      for (const tree of [clerk, sessions.pid]) await supervisor.stop(tree, 'shutdown')
    },
  }
}
