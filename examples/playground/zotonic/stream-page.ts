// The page with the stream tag: each visit begins or goes on with a session, and the tag knows its page. What a page shows of its
// connection, and what its buttons do, is in page/stream.js.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ensureAll, type EnsureAllOptions, streamTag } from 'gensock/zotonic'
import { answer, HEADERS } from '../static.js'

const HTML = readFileSync(new URL('../page/stream.html', import.meta.url), 'utf8')
/** The playground shows it in a frame of its own. */
const POLICY = HEADERS['content-security-policy'].replace("frame-ancestors 'none'", "frame-ancestors 'self'")

/** Answers the page. */
export function streamPage(options: EnsureAllOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    show(request, response, options).catch((error: unknown) => {
      console.error('gensock playground: /stream:', error)
      answer(request, response, 500, 'text/plain; charset=utf-8', 'the page could not be made\n')
    })
  }
}

async function show(request: IncomingMessage, response: ServerResponse, options: EnsureAllOptions): Promise<void> {
  const context = await ensureAll(request, response, options)
  const html = HTML.replace('{% stream %}', () => streamTag(context))
  answer(request, response, 200, 'text/html; charset=utf-8', html, {
    'content-security-policy': POLICY,
    'cache-control': 'private, no-cache',
  })
}
