// Cowboy's request: a value that is passed along and returned. What changes it answers a new one. Entered by the dialects.
import { BadArgError } from '../../base/errors.js'
import type { SocketRequest } from '../../sockets/request.js'

/** The request; functions of the original are methods. Returned as it came or changed. */
export interface Req extends SocketRequest {
  /** A request header, by its name in any case. */
  header(name: string): string | undefined
  meta(name: 'websocketVersion'): 7 | 8 | 13
  /** Is compression negotiated? Known once the socket is open. */
  meta(name: 'websocketCompress'): boolean
  /** A header of the 101, or of `reply`. */
  setRespHeader(name: string, value: string): Req
  /** The answer that goes out when the handler then refuses with `shutdown`. */
  reply(status: number, body?: string): Req
}
export interface Reply {
  readonly status: number
  readonly body: string | undefined
}
interface Changes {
  readonly headers: Readonly<Record<string, string>>
  readonly reply: Reply | undefined
  readonly compressed: boolean
}
const NO_CHANGES: Changes = Object.freeze({ headers: {}, reply: undefined, compressed: false })

/** The one implementation of `Req`. */
export class CowboyReq implements Req {
  readonly #request: SocketRequest
  readonly #changes: Changes

  constructor(request: SocketRequest, changes: Changes = NO_CHANGES) {
    this.#request = request
    this.#changes = changes
  }

  get method(): string {
    return this.#request.method
  }
  get url(): string {
    return this.#request.url
  }
  get path(): string {
    return this.#request.path
  }
  get headers(): SocketRequest['headers'] {
    return this.#request.headers
  }
  get query(): URLSearchParams {
    return this.#request.query
  }
  get cookies(): SocketRequest['cookies'] {
    return this.#request.cookies
  }
  get remoteAddress(): string {
    return this.#request.remoteAddress
  }
  get secure(): boolean {
    return this.#request.secure
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name.toLowerCase()]
    return typeof value === 'object' ? value.join(', ') : value
  }
  meta(name: 'websocketVersion'): 7 | 8 | 13
  meta(name: 'websocketCompress'): boolean
  meta(name: string): unknown {
    if (name === 'websocketVersion') return Number(this.header('sec-websocket-version'))
    if (name === 'websocketCompress') return this.#changes.compressed
    throw new BadArgError('req.meta: name', "'websocketVersion' or 'websocketCompress'", name)
  }
  setRespHeader(name: string, value: string): Req {
    return this.#with({ headers: { ...this.#changes.headers, [name]: value } })
  }
  reply(status: number, body?: string): Req {
    return this.#with({ reply: { status, body } })
  }

  /** @internal */
  _compressed(compressed: boolean): Req {
    return compressed ? this.#with({ compressed }) : this
  }
  /** @internal */
  get _respHeaders(): Readonly<Record<string, string>> {
    return this.#changes.headers
  }
  /** @internal */
  get _reply(): Reply | undefined {
    return this.#changes.reply
  }
  #with(changes: Partial<Changes>): Req {
    return new CowboyReq(this.#request, { ...this.#changes, ...changes })
  }
}
