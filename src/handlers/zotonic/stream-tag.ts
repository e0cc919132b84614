// `{% stream %}`: the script element that connects a page to its queue. Entered by whoever writes the page's HTML; the script
// that it loads is served by controller-stream.
import { BadArgError } from '../../base/errors.js'
import { baseRules } from './base-rules.js'
import { type Context, requireContext } from './context.js'
import { type Dispatch, dispatch } from './dispatch.js'

/**
 * `urlFor` of the site's rules.
 *
 * @example
 * const urlFor: UrlFor = dispatch(baseRules).urlFor
 * urlFor('nothing') // => undefined
 * @see {@link dispatch}
 */
export type UrlFor = Dispatch['urlFor']

/** On the context, so that the other copy of the library finds it. */
const kUrlFor = Symbol.for('gensock.zotonicUrlFor')
/** Whose rules the tag of a context follows. */
export function setUrlFor(context: Context, urlFor: UrlFor): void {
  Object.defineProperty(context, kUrlFor, { value: urlFor })
}
let baseUrlFor: UrlFor | undefined
function urlForOf(context: Context): UrlFor {
  return (context as { [kUrlFor]?: UrlFor })[kUrlFor] ?? (baseUrlFor ??= dispatch(baseRules).urlFor)
}

/**
 * Makes the script element that connects a page: by the rules `stream_js`, the script, and `websocket`, its socket. It holds no
 * code, so a Content-Security-Policy needs no more than `script-src 'self'` and `connect-src 'self'`.
 *
 * @param context - of the page, as `ensureAll` answers it
 * @returns HTML, for the head or the body of the page
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - no such context, one without a page, or rules without these two names
 * @example
 * const page = (context: Context): string => `<!DOCTYPE html><title>News</title>${streamTag(context)}`
 * typeof page // => 'function'
 * @see Zotonic 0.10, `scomp_base_stream`
 */
export function streamTag(context: Context): string {
  requireContext('streamTag', context)
  if (context.pageId === undefined) throw new BadArgError('streamTag: context', 'that of a page, as ensureAll makes it', context)
  const urlFor = urlForOf(context)
  const script = urlFor('stream_js')
  const socket = urlFor('websocket', { z_pageid: context.pageId })
  if (script === undefined || socket === undefined)
    throw new BadArgError('streamTag: rules', 'rules with a stream_js and a websocket, as baseRules', {
      stream_js: script !== undefined,
    })
  return `<script type="module" src="${escaped(script)}" data-gensock-stream="${escaped(socket)}"></script>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
/** As the value of an attribute in double quotes. */
function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] as string)
}
