// The module that the stream tag loads: connects the page that its script element names. It is served as one file. Entered by
// browsers.
import { urlOf } from './address.js'
import { Connection } from './client.js'
import { must, settingsOf } from './options.js'
import type { Client, ClientState } from './types.js'
import { WORLD } from './world.js'

/** The attribute of the script element with the url of the page's socket. */
const ATTRIBUTE = 'data-gensock-stream'

/**
 * The page's client. Once the page has loaded, each message is an event 'gensock:message' of the document, its data the
 * `detail`, and is given to `onmessage` as well; until then messages wait, or go to an `onmessage` that there is already.
 *
 * @example
 * document.addEventListener('gensock:message', ({ detail }) => console.log(detail))
 * @see Zotonic 0.10, `z_stream_start`
 */
export const stream: Client = start()

function start(): Client {
  const url = document.querySelector(`script[${ATTRIBUTE}]`)?.getAttribute(ATTRIBUTE) ?? ''
  must(url !== '', `there is no script element with ${ATTRIBUTE}`)
  const client: Client = new Connection(WORLD, urlOf(url, document.baseURI), settingsOf({ resume: true }))
  let own: Client['onmessage'] = null
  const hear = (data: string | ArrayBuffer): void => {
    emit('message', data)
    own?.(data)
  }
  // An event finds its listeners or none: messages wait in the client, which has an `onmessage` of its own below this one,
  // until the page's scripts have run or one of them has said what hears them.
  const begin = (): void => void Reflect.set(Object.getPrototypeOf(client) as object, 'onmessage', hear, client)
  const set = (handler: Client['onmessage']): void => {
    own = handler
    begin()
  }
  Object.defineProperty(client, 'onmessage', { get: () => own, set })
  tell(client, 'onopen', 'open')
  tell(client, 'onclose', 'closed')
  if (document.readyState === 'complete') begin()
  document.addEventListener('DOMContentLoaded', begin)
  addEventListener('load', begin)
  return client
}

/** What the client says goes to the document too; whoever sets the handler late is called at once, if it is so still. */
function tell(client: Client, name: 'onopen' | 'onclose', state: ClientState): void {
  let own: ((info: any) => void) | null
  let last: unknown
  const get = () => (info: unknown) => {
    last = info
    emit(state, info)
    own?.(info)
  }
  const set = (handler: typeof own): void => {
    own = handler
    if (last !== undefined && client.state === state) queueMicrotask(() => own?.(last))
  }
  Object.defineProperty(client, name, { get, set })
}
function emit(type: string, detail: unknown): void {
  document.dispatchEvent(new CustomEvent(`gensock:${type}`, { detail }))
}
