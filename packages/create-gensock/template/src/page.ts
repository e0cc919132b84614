// The page's files: a fixed table, so that nothing else can be asked for. They are read at each request: a reload shows what was
// edited.
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'

const inPublic = (name: string) => new URL(`../public/${name}`, import.meta.url)
const inGensock = (name: string) => new URL(name, import.meta.resolve('gensock/package.json'))
const FILES = new Map<string | undefined, readonly [file: URL, type: string]>([
  ['/', [inPublic('index.html'), 'text/html; charset=utf-8']],
  ['/page.js', [inPublic('page.js'), 'text/javascript; charset=utf-8']],
  ['/style.css', [inPublic('style.css'), 'text/css; charset=utf-8']],
  ['/icon.svg', [inPublic('icon.svg'), 'image/svg+xml']],
  ['/gensock-client.js', [inGensock('dist/client/gensock-client.js'), 'text/javascript; charset=utf-8']],
])
const HEADERS = { 'Content-Security-Policy': "default-src 'self'", 'X-Content-Type-Options': 'nosniff' }

export async function page({ method, url }: IncomingMessage, response: ServerResponse): Promise<void> {
  const [file, type] = FILES.get(url?.split('?')[0]) ?? []
  if (file === undefined) return void response.writeHead(404, HEADERS).end('not found\n')
  if (method !== 'GET' && method !== 'HEAD') return void response.writeHead(405, { ...HEADERS, Allow: 'GET, HEAD' }).end()
  try {
    const content = await readFile(file)
    response.writeHead(200, { ...HEADERS, 'Content-Type': type }).end(content)
  } catch (error) {
    console.error(error)
    response.writeHead(500, HEADERS).end('cannot be read\n')
  }
}
