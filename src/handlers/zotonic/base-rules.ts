// The rules that every site with the stream tag has, as mod_base of Zotonic. Entered by users, who put them into their
// `dispatch`.
import { controllerStream } from './controller-stream.js'
import { controllerWebsocket } from './controller.js'
import type { DispatchRule } from './dispatch.js'

/**
 * The rules behind the stream tag: `websocket` at `/websocket`, which ties a page to its socket, and `stream_js` at
 * `/lib/gensock/stream.js`, the script that does so in the browser. A rule of the same name and path before them takes their
 * place, for example to have a `postback`.
 *
 * @example
 * const site = dispatch([['chat', ['chat'], controllerWebsocket], ...baseRules])
 * site.urlFor('websocket') // => '/websocket'
 * site.urlFor('stream_js') // => '/lib/gensock/stream.js'
 * @see Zotonic 0.10, `modules/mod_base/dispatch/dispatch`. Differs: the socket needs a session, without which it has no page
 */
export const baseRules: readonly DispatchRule[] = Object.freeze([
  ['websocket', ['websocket'], controllerWebsocket, { noSession: true }],
  ['stream_js', ['lib', 'gensock', 'stream.js'], controllerStream],
] as const)
