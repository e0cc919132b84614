// What runs where a rule names no handler: it ties the socket to the page that asks for it, and hands everything else to the
// rule's `postback`. Entered by socket-handler; calls sessions.
import { show } from '../../base/errors.js'
import { isExitSignal } from '../../base/exit-reason.js'
import type { Pid } from '../../base/pid.js'
import { processOf } from '../../runtime/process.js'
import { logError } from '../../runtime/report.js'
import { isPromise } from '../../runtime/spawn.js'
import { textOf } from '../../sockets/io-data.js'
import { page } from '../../sessions/page.js'
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
    if (typeof data !== 'string') return undefined // Zotonic's page sends text only
    const said = fromBrowser(data)
    if (said === undefined) return postback(data, from, context)
    if (said.type === 'ack') acknowledge(context, said.number)
    else if (said.page === context.pageId) attach(from, context, said.ack)
    return undefined
  },
  websocketInfo: () => undefined,
  websocketTerminate: () => undefined,
})

/** The page answers with Z:PONG. Another page's id, or a visitor's without one, gets no answer. */
function attach(from: Pid, context: Context, ack: number | undefined): void {
  if (context.pagePid === undefined) return
  const kind = startOf(context)?.transport === 'ws' ? 'websocket' : 'comet'
  page.attach(context.pagePid, from, ack === undefined ? { kind } : { kind, ack })
}
function acknowledge(context: Context, number: number): void {
  if (context.pagePid !== undefined) page.acknowledge(context.pagePid, number)
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
  if (kernel !== undefined)
    logError(kernel.logger, { pid: String(from), error }, `postback failed: ${show(error).split('\n')[0] ?? ''}`)
  return undefined
}
