// The page's files over node:http: the scripts, styles and pictures of page/, listed and read once; GET and HEAD only. Nothing that is
// not in the table can be asked for.
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'

const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
}
const PLACE = new URL('page/', import.meta.url)

/** Of every answer. */
export const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

interface File {
  readonly type: string
  readonly body: Buffer | string
}

/** Answers the page's requests; `more` are files by their paths. */
export function staticPage(more: Readonly<Record<string, File>>): (request: IncomingMessage, response: ServerResponse) => void {
  const pages = new Map<string, File>([
    ['/', { type: 'text/html; charset=utf-8', body: readFileSync(new URL('index.html', PLACE)) }],
    ...Object.entries(more),
  ])
  for (const name of readdirSync(PLACE)) {
    const type = TYPES[name.split('.').at(-1) ?? '']
    if (type !== undefined) pages.set(`/${name}`, { type, body: readFileSync(new URL(name, PLACE)) })
  }
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
