// A request as a value that is passed along and returned, as Cowboy's handlers have it; what changes it answers a new one.
// Entered by the rooms of handlers/ that stand on Cowboy, by their handlers, and by what reads their results.
import { requireInt } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import {
  type AcceptOptions,
  isHeaderValue,
  type RejectOptions,
  RESERVED as RESERVED_BY_CORE,
  type SocketRequest,
  type UpgradeOptions,
} from './request.js'
import { IS_TOKEN } from '../wire/token.js'

/**
 * The request; functions of the original are methods. Returned as it came or changed.
 *
 * @example
 * const room = (req: Req): string => `${req.binding('id')} of ${req.header('host')}`
 * @see Cowboy, `cowboy_req`
 */
export interface Req extends SocketRequest {
  /** A request header, by its name in any case. */
  header(name: string): string | undefined
  /** A variable of the route's path: of `/rooms/:id` the one named `id`. */
  binding(name: string): string | undefined
  /** The version of the protocol that the peer speaks. */
  meta(name: 'websocketVersion'): 7 | 8 | 13
  /** Is compression negotiated? Known once the socket is open. */
  meta(name: 'websocketCompress'): boolean
  /** A header of the 101, or of `reply`; `Sec-WebSocket-Protocol` chooses the subprotocol. The last of a name counts. */
  setRespHeader(name: string, value: string): Req
  /** The answer that goes out if the handler then refuses the upgrade; a status from 200 to 599. */
  reply(status: number, body?: string): Req
}
interface Changes {
  readonly headers: Readonly<Record<string, string>>
  readonly reply: { readonly status: number; readonly body: string | undefined } | undefined
  readonly params: Readonly<Record<string, string | undefined>>
  readonly compressed: boolean
}
const NO_CHANGES: Changes = Object.freeze({ headers: {}, reply: undefined, params: {}, compressed: false })
const PROTOCOL = 'sec-websocket-protocol'
/** The handshake's own; the subprotocol is chosen by its header, as in Cowboy. */
const RESERVED = RESERVED_BY_CORE.filter((name) => name !== PROTOCOL)
/** Shared by the ESM and the CommonJS copy of the library. */
const kReq = Symbol.for('gensock.cowboyReq')

/** Is this a request of ours, of whichever copy of the library? */
export function isReq(value: unknown): value is CowboyReq {
  return typeof value === 'object' && value !== null && (value as { [kReq]?: true })[kReq] === true
}

/** The one implementation of `Req`. */
export class CowboyReq implements Req {
  readonly #request: SocketRequest
  readonly #changes: Changes

  constructor(request: SocketRequest, changes: Partial<Changes> = {}) {
    this.#request = request
    this.#changes = { ...NO_CHANGES, ...changes }
  }

  get [kReq](): true {
    return true
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
  binding(name: string): string | undefined {
    return Object.hasOwn(this.#changes.params, name) ? this.#changes.params[name] : undefined
  }
  meta(name: 'websocketVersion'): 7 | 8 | 13
  meta(name: 'websocketCompress'): boolean
  meta(name: string): unknown {
    if (name === 'websocketVersion') return Number(this.header('sec-websocket-version'))
    if (name === 'websocketCompress') return this.#changes.compressed
    throw new BadArgError('req.meta: name', "'websocketVersion' or 'websocketCompress'", name)
  }
  setRespHeader(name: string, value: string): CowboyReq {
    const known = typeof name === 'string' && IS_TOKEN.test(name) && !RESERVED.includes(name.toLowerCase())
    if (!known) throw new BadArgError('req.setRespHeader: name', `a header name, none of ${RESERVED.join(', ')}`, name)
    const good = isHeaderValue(value) && (name.toLowerCase() !== PROTOCOL || IS_TOKEN.test(value))
    if (!good)
      throw new BadArgError(`req.setRespHeader: value of ${name}`, 'a string of one line, and a token for a subprotocol', value)
    const others = Object.entries(this.#changes.headers).filter(([other]) => other.toLowerCase() !== name.toLowerCase())
    return this.#with({ headers: { ...Object.fromEntries(others), [name]: value } })
  }
  reply(status: number, body?: string): CowboyReq {
    requireInt('req.reply: status', status, 200, 599)
    if (body !== undefined && typeof body !== 'string') throw new BadArgError('req.reply: body', 'a string', body)
    return this.#with({ reply: { status, body } })
  }

  /** What the 101 makes known. @internal */
  _opened(compressed: boolean, params: object): CowboyReq {
    return this.#with({ compressed, params: params as Changes['params'] })
  }
  /** What goes out with the 101. @internal */
  _accept(options: UpgradeOptions | undefined): AcceptOptions {
    const protocol = Object.entries(this.#changes.headers).find(isProtocol)
    return {
      headers: this.#headers(),
      ...(protocol === undefined ? {} : { subprotocol: protocol[1] }),
      ...(options === undefined ? {} : { options }),
    }
  }
  /** The handler's own answer, if it has one, instead of the 101. @internal */
  _refusal(defaultStatus: number): readonly [status: number, options: RejectOptions] {
    const { status = defaultStatus, body } = this.#changes.reply ?? {}
    return [status, { headers: this.#headers(), ...(body === undefined ? {} : { body }) }]
  }
  /** Headers but the subprotocol, which the handshake writes itself. */
  #headers(): Readonly<Record<string, string>> {
    return Object.fromEntries(Object.entries(this.#changes.headers).filter((header) => !isProtocol(header)))
  }
  #with(changes: Partial<Changes>): CowboyReq {
    return new CowboyReq(this.#request, { ...this.#changes, ...changes })
  }
}

function isProtocol([name]: readonly [string, string]): boolean {
  return name.toLowerCase() === PROTOCOL
}

/** What 2.x keeps of a request for `terminate`: where it came from and went to, without headers and cookies. */
export function partialReq({ method, url, path, remoteAddress, secure }: Req): Partial<Req> {
  return Object.freeze({
    method,
    url,
    path,
    remoteAddress,
    secure,
    get query() {
      const mark = url.indexOf('?')
      return new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1))
    },
  })
}
