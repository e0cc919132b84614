// What runs where a rule names no handler: it ties the socket to the page that asks for it, and hands everything else to the
// rule's `postback`. Entered by socket-handler; calls sessions.
import { show } from '../../base/errors.js'
import { isExitSignal } from '../../base/exit-reason.js'
import type { Pid } from '../../base/pid.js'
import { processOf } from '../../runtime/process.js'
import { logError } from '../../runtime/report.js'
import { isPromise } from '../../runtime/spawn.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import type { SocketPid } from '../../sockets/handler.js'
import { textOf } from '../../sockets/io-data.js'
import { page } from '../../sessions/page.js'
import type { PagePid } from '../../sessions/pids.js'
import { SERVICE_RESTART } from '../../wire/close-codes.js'
import { fromBrowser } from '../../wire/page.js'
import type { Context } from './context.js'
import { websocketSendData } from './send-data.js'
import { startOf } from './start.js'
import type { WebsocketOptions, WsHandler } from './types.js'

type Postback = NonNullable<WebsocketOptions['postback']>

/** Zotonic's own handler. */
export const defaultHandler: WsHandler = Object.freeze({
  websocketInit: () => undefined,
  websocketMessage(data: string | Uint8Array, from: Pid, context: Context) {
    // Zotonic's page sends text only. What the page is told has been taken out before.
    return typeof data === 'string' ? postback(data, from, context) : undefined
  },
  websocketInfo: () => undefined,
  websocketTerminate: () => undefined,
})

/** Z:PING and Z:ACK, also with nothing that can be understood. */
const IS_PAGES = /^Z:(?:PING|ACK)(?:$|:)/

/**
 * What a frame says to the page is done at once, in the socket's process: behind a slow postback it would come too late. True
 * if it was such a frame.
 */
export function tellPage(data: string | Uint8Array, from: SocketPid, context: Context): boolean {
  if (typeof data !== 'string' || !IS_PAGES.test(data)) return false
  const said = fromBrowser(data)
  const { pagePid } = context
  if (said === undefined || pagePid === undefined) return true
  if (said.type === 'ack') page.acknowledge(pagePid, said.number, from)
  else if (said.page === context.pageId) attach(from, context, pagePid, said.ack)
  return true
}
/** The page answers with Z:PONG; another page's id gets no answer. Whoever asks for one that has ended is to come again. */
function attach(from: SocketPid, context: Context, pid: PagePid, ack: number | undefined): void {
  if (processOf(pid) === undefined) return pushTo(from, close(SERVICE_RESTART))
  const start = startOf(context)
  const kind = start?.transport === 'ws' ? 'websocket' : 'comet'
  page.attach(pid, from, ack === undefined ? { kind } : { kind, ack })
  if (start?.newPage === undefined) return
  page.inherit(pid, start.newPage)
  start.newPage = undefined
}

/** Errors in it are logged, and the socket lives on, as in Zotonic; `exit` still ends it. */
function postback(data: string, from: Pid, context: Context): Promise<void> | undefined {
  const run = context.get('postback') as Postback | undefined
  if (run === undefined) return undefined
  try {
    const answer = run(data, context)
    if (!isPromise(answer)) return reply(answer, from, context)
    return answer.then((settled) => reply(settled, from, context)).catch((error: unknown) => failed(from, error))
  } catch (error) {
    return failed(from, error)
  }
}
/** By way of the page, so that it is not lost if the browser has just gone; without a page to the socket. */
function reply(answer: unknown, from: Pid, context: Context): undefined {
  if (answer === undefined) return undefined
  const text = textOf(answer)
  if (context.pagePid === undefined) websocketSendData(from, text)
  else page.add(context.pagePid, text)
  return undefined
}
function failed(from: Pid, error: unknown): undefined {
  if (isExitSignal(error)) throw error
  const kernel = processOf(from)?.kernel
  if (kernel !== undefined) logError(kernel.logger, { pid: String(from), error }, `postback failed: ${show(error)}`)
  return undefined
}
