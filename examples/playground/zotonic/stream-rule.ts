// The rule of the stream tag's socket, in place of the one in baseRules: its postback takes the orders of the page's buttons, and its
// controller hangs up on visitors who have asked to be kept away.
import { exit, self, spawn } from 'gensock'
import { page, type PagePid, session } from 'gensock/session'
import { close, pushTo, type SocketPid } from 'gensock/socket'
import { type Context, type ControllerModule, controllerWebsocket, type DispatchRule, type WsHandler } from 'gensock/zotonic'

const AWAY_MS = 3200
const AWAY_NEWS = 5
const EVERY_MS = 600
/** Close codes: come back, and come back later. */
const RESTART = 1012
const TRY_AGAIN = 1013
/** Key of the session: until when its visitor is kept away. */
const AWAY = 'away until'

/** How much each page has been told. Its messages say it, so that the page sees that none is missing and none comes twice. */
const counts = new WeakMap<PagePid, number>()

function tell(to: PagePid, text: string): void {
  const n = (counts.get(to) ?? 0) + 1
  counts.set(to, n)
  page.add(to, JSON.stringify({ n, text }))
}

/** What a button of the page says over its socket. */
async function postback(order: string, context: Context): Promise<void> {
  const { pagePid, sessionPid } = context
  if (pagePid === undefined || sessionPid === undefined) return
  if (order === 'push') tell(pagePid, 'pushed')
  if (order === 'cut') await cut(pagePid)
  if (order === 'away') {
    await session.set(sessionPid, AWAY, Date.now() + AWAY_MS)
    spawn(async (self) => {
      for (let n = 1; n <= AWAY_NEWS; n++) {
        await self.sleep(EVERY_MS)
        tell(pagePid, `${n} of ${AWAY_NEWS}, while you were away`)
      }
    })
    await cut(pagePid)
  }
}

/**
 * Kills the process of the page's WebSocket: no close frame, no last word. That it may be this one's own is why it comes last. Over plain HTTP
 * the browser is told: it would log the 410 that a connection gets which is not there any more.
 */
async function cut(pid: PagePid): Promise<void> {
  const { websocket, comet } = await page.info(pid)
  if (comet !== undefined) pushTo(comet, close(RESTART, 'cut'))
  if (websocket !== undefined) exit(websocket, 'kill')
}

/** Lets nobody in: a connection that is open is closed again at once. */
const hangUp: WsHandler = {
  websocketInit: () => pushTo(self() as SocketPid, close(TRY_AGAIN, 'kept away')),
  websocketMessage: () => 'ok',
  websocketInfo: () => 'ok',
  websocketTerminate: () => 'ok',
}

const controller: ControllerModule = {
  async websocketStart(reqData, context) {
    const { sessionPid } = context
    const until = sessionPid === undefined ? undefined : await session.get(sessionPid, AWAY)
    if (typeof until === 'number' && until > Date.now()) context.set('ws_handler', hangUp)
    return controllerWebsocket.websocketStart(reqData, context)
  },
}

export const streamRule: DispatchRule = ['websocket', ['websocket'], controller, { noSession: true, postback }]
