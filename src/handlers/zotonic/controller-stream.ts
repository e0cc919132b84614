// The controller of the script that the stream tag loads: a rule with it answers GET with the text. Entered by base-rules and
// by users.
import { createHash } from 'node:crypto'
import type { PlainAnswer, SocketRequest } from '../../sockets/request.js'
import { type Controller, pageController } from './controller.js'
import { streamScript } from './stream-script.js'
import type { WebsocketOptions } from './types.js'

let known: { readonly script: string; readonly etag: string } | undefined
/** Text and ETag, which is made of the text: every build has its own. */
function current(): NonNullable<typeof known> {
  if (known !== undefined) return known
  const script = streamScript()
  const etag = `"${createHash('sha256').update(script).digest('base64url').slice(0, 22)}"`
  return (known = { script, etag })
}

/**
 * The controller of the browser's side of the stream tag: its rule answers GET with the script. `baseRules` has such a rule.
 *
 * @example
 * dispatch([['stream_js', ['static', 'stream.js'], controllerStream]]).urlFor('stream_js') // => '/static/stream.js'
 * @see Zotonic 0.10, `controller_file`; `modules/mod_base/lib/js/apps/zotonic-1.0.js`, `z_stream_start`
 */
export const controllerStream: Controller<WebsocketOptions> = pageController(answer)

function answer({ headers }: SocketRequest): PlainAnswer {
  const { script, etag } = current()
  const common = { ETag: etag, 'Cache-Control': 'no-cache' }
  if (isKnown(headers['if-none-match'], etag)) return ['answer', 304, { headers: common }]
  const type = { 'Content-Type': 'text/javascript; charset=utf-8', 'X-Content-Type-Options': 'nosniff' }
  return ['answer', 200, { headers: { ...type, ...common }, body: script }]
}

/** RFC 9110 section 13.1.2: `*` or a list of tags, compared weakly. */
function isKnown(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  return given.trim() === '*' || given.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag)
}
