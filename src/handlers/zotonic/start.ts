// What is known of a socket between its request and its first callback, beside the context that users see. Entered by
// request-phase, which makes it, by controller and by the default handler.
import type { PagePid } from '../../sessions/pids.js'
import type { InitArgs } from '../../sockets/handler.js'
import type { Context } from './context.js'

/** One start. */
export interface Start {
  readonly transport: InitArgs['transport']
  /** Goes on with the start: session and page. Undefined until `controllerWebsocket.websocketStart` has been called. */
  begun: Promise<void> | undefined
  /** What the browser shows is this page, which ends when it goes on with the one from before its reload. */
  newPage: PagePid | undefined
  /** Makes session and page where the rule wants them. */
  readonly begin: () => Promise<void>
}

/** On the context, so that a controller of the other copy of the library (ESM, CommonJS) finds it. */
const kStart = Symbol.for('gensock.zotonicStart')

/** The start that a context belongs to; undefined for that of a page. */
export function startOf(context: Context): Start | undefined {
  return (context as { [kStart]?: Start })[kStart]
}
export function setStart(context: Context, start: Start): void {
  Object.defineProperty(context, kStart, { value: start })
}
