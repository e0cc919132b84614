// The page's files over node:http: a fixed table, read once; GET and HEAD only. Nothing outside the table can be asked for.
import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/style.css': ['style.css', 'text/css; charset=utf-8'],
  '/cards.css': ['cards.css', 'text/css; charset=utf-8'],
  '/supervision.css': ['supervision.css', 'text/css; charset=utf-8'],
  '/chat.css': ['chat.css', 'text/css; charset=utf-8'],
  '/zotonic.css': ['zotonic.css', 'text/css; charset=utf-8'],
  '/stream.css': ['stream.css', 'text/css; charset=utf-8'],
  '/page.js': ['page.js', 'text/javascript; charset=utf-8'],
  '/deck.js': ['deck.js', 'text/javascript; charset=utf-8'],
  '/card.js': ['card.js', 'text/javascript; charset=utf-8'],
  '/rows.js': ['rows.js', 'text/javascript; charset=utf-8'],
  '/feed.js': ['feed.js', 'text/javascript; charset=utf-8'],
  '/trace.js': ['trace.js', 'text/javascript; charset=utf-8'],
  '/tabs.js': ['tabs.js', 'text/javascript; charset=utf-8'],
  '/connection.js': ['connection.js', 'text/javascript; charset=utf-8'],
  '/supervision.js': ['supervision.js', 'text/javascript; charset=utf-8'],
  '/tree.js': ['tree.js', 'text/javascript; charset=utf-8'],
  '/chart.js': ['chart.js', 'text/javascript; charset=utf-8'],
  '/chat.js': ['chat.js', 'text/javascript; charset=utf-8'],
  '/person.js': ['person.js', 'text/javascript; charset=utf-8'],
  '/lines.js': ['lines.js', 'text/javascript; charset=utf-8'],
  '/people.js': ['people.js', 'text/javascript; charset=utf-8'],
  '/names.js': ['names.js', 'text/javascript; charset=utf-8'],
  '/slow.js': ['slow.js', 'text/javascript; charset=utf-8'],
  '/zotonic.js': ['zotonic.js', 'text/javascript; charset=utf-8'],
  '/boss.js': ['boss.js', 'text/javascript; charset=utf-8'],
  '/member.js': ['member.js', 'text/javascript; charset=utf-8'],
  '/service.js': ['service.js', 'text/javascript; charset=utf-8'],
  '/stream-page.js': ['stream-page.js', 'text/javascript; charset=utf-8'],
  '/tally.js': ['tally.js', 'text/javascript; charset=utf-8'],
  '/via.js': ['via.js', 'text/javascript; charset=utf-8'],
  '/icon.svg': ['icon.svg', 'image/svg+xml'],
}

/** Of every answer. */
export const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** Answers the page's requests. */
export function staticPage(): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = new Map(
    Object.entries(FILES).map(([path, [file, type]]) => [
      path,
      { type, body: readFileSync(new URL(`page/${file}`, import.meta.url)) },
    ]),
  )
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(request, response, 405, 'text/plain; charset=utf-8', 'method not allowed\n', { allow: 'GET, HEAD' })
    }
    const page = pages.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (page === undefined) return answer(request, response, 404, 'text/plain; charset=utf-8', 'not found\n')
    return answer(request, response, 200, page.type, page.body)
  }
}

/** Answers a request. */
export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: Buffer | string,
  more: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...HEADERS, ...more, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}
