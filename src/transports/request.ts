// The SocketRequest of an HTTP request: what handlers see of it, without holding on to Node's object.
import type { IncomingMessage } from 'node:http'
import { parseCookie } from 'cookie'
import type { SocketRequest } from '../sockets/request.js'

class HttpRequest implements SocketRequest {
  readonly method: string
  readonly url: string
  readonly path: string
  readonly headers: SocketRequest['headers']
  readonly remoteAddress: string
  readonly secure: boolean
  readonly #search: string
  #query: URLSearchParams | undefined = undefined
  #cookies: SocketRequest['cookies'] | undefined = undefined

  constructor(request: IncomingMessage, path: string, search: string) {
    this.method = request.method ?? ''
    this.url = request.url ?? ''
    this.path = path
    this.headers = request.headers
    this.remoteAddress = request.socket.remoteAddress ?? ''
    this.secure = (request.socket as { encrypted?: boolean }).encrypted === true
    this.#search = search
  }
  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search))
  }
  get cookies(): SocketRequest['cookies'] {
    return (this.#cookies ??= parseCookie(this.headers.cookie ?? ''))
  }
}

/** The request, or undefined if its target is neither a path nor an http URL. */
export function socketRequest(request: IncomingMessage): SocketRequest | undefined {
  let target = request.url ?? ''
  if (!target.startsWith('/')) {
    // absolute-form (RFC 9112 section 3.2.2), of proxies
    const absolute = /^https?:\/\/[^/?#]+([^#]*)$/i.exec(target)
    if (absolute === null) return undefined
    target = (absolute[1] as string).startsWith('/') ? (absolute[1] as string) : `/${absolute[1] as string}`
  }
  const mark = target.indexOf('?')
  return mark < 0 ? new HttpRequest(request, target, '') : new HttpRequest(request, target.slice(0, mark), target.slice(mark + 1))
}
