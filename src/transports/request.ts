// The SocketRequest of an HTTP request: what handlers see of it, without holding on to Node's object. And what a request
// target means. Entered by door.
import type { IncomingMessage } from 'node:http'
import { parseCookie } from 'cookie'
import type { SocketRequest } from '../sockets/request.js'
import { authorityOf } from './authority.js'
import type { Peer } from './proxy.js'

/** What is asked for. */
export interface Target {
  readonly path: string
  /** Without its question mark; '' if there is none. */
  readonly search: string
  /** Of an absolute target, which counts in place of `Host` (RFC 9112 section 3.2.2). */
  readonly authority: string | undefined
}

/**
 * Reads a request target: origin-form, or the absolute-form of http URLs that proxies send. Undefined for everything else,
 * also with a fragment, with user information or without a host.
 */
export function targetOf(url: string): Target | undefined {
  if (url.includes('#')) return undefined // RFC 6455 section 3: "Fragment identifiers [...] MUST NOT be used on these URIs"
  if (url.startsWith('/')) return target(url, undefined)
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(url)
  if (absolute === null || authorityOf(absolute[1] as string) === undefined) return undefined
  const rest = absolute[2] as string
  return target(rest.startsWith('/') ? rest : `/${rest}`, absolute[1])
}

function target(text: string, authority: string | undefined): Target {
  const mark = text.indexOf('?')
  return mark < 0 ? { path: text, search: '', authority } : { path: text.slice(0, mark), search: text.slice(mark + 1), authority }
}

/** The one implementation of `SocketRequest` over HTTP; query and cookies are read when first asked for. */
export class HttpRequest implements SocketRequest {
  readonly method: string
  readonly url: string
  readonly path: string
  readonly headers: SocketRequest['headers']
  readonly remoteAddress: string
  readonly secure: boolean
  readonly #search: string
  #query: URLSearchParams | undefined = undefined
  #cookies: SocketRequest['cookies'] | undefined = undefined

  constructor(request: IncomingMessage, { path, search }: Target, client: Peer) {
    this.method = request.method ?? ''
    this.url = request.url ?? ''
    this.path = path
    this.headers = request.headers
    this.remoteAddress = client.address
    this.secure = client.secure
    this.#search = search
  }
  get query(): URLSearchParams {
    return (this.#query ??= new URLSearchParams(this.#search))
  }
  get cookies(): SocketRequest['cookies'] {
    return (this.#cookies ??= parseCookie(this.headers.cookie ?? ''))
  }
  /** Without what is nobody else's business: query, cookies, credentials. */
  toJSON(): object {
    const { method, path, remoteAddress, secure } = this
    const headers = Object.fromEntries(
      Object.entries(this.headers).map(([name, value]) => [name, SECRET.has(name) ? '[hidden]' : value]),
    )
    return { method, path, headers, remoteAddress, secure }
  }
  [Symbol.for('nodejs.util.inspect.custom')](
    _depth: number,
    options: object,
    inspect: (value: unknown, options: object) => string,
  ): string {
    return `HttpRequest ${inspect(this.toJSON(), options)}`
  }
}

/** Headers with credentials; `referer` may have a page's query, the protocols of a socket may have a token. */
const SECRET: ReadonlySet<string> = new Set([
  'cookie',
  'authorization',
  'proxy-authorization',
  'referer',
  'sec-websocket-protocol',
])
