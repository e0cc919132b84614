// Requests that ask for no upgrade, at paths of ours: those of the fallback transports, and what a handler's `plain` answers or carries.
// Entered by door; hands connections to an Admission, frames to Fallback.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { show } from '../base/errors.js'
import { logError } from '../runtime/report.js'
import type { CheckedRouteOptions } from '../sockets/options.js'
import { checkPlain } from '../sockets/request.js'
import { PARAMETER, VIA, type Verb } from '../wire/carrier.js'
import { Admission, type Found, type House } from './admission.js'
import type { Asker } from './asker.js'
import { carryAsker } from './carry.js'
import { answer, type Exchange } from './exchange.js'
import type { Fallback } from './fallback.js'
import { refuseByHttp } from './http-asker.js'
import { passesOrigin, type Site } from './origin.js'
import type { Refusal } from './refuse.js'
import type { HttpRequest } from './request.js'
import { checkPlainHttp } from './upgrade.js'

/** What a request turned out to be. */
export interface Seen {
  readonly seen: HttpRequest
  readonly site: Site
  readonly found: Found
}

const METHODS: Readonly<Record<Exclude<Verb, 'ws'>, string>> = { open: 'POST', sse: 'GET', poll: 'GET', send: 'POST' }

/** The plain requests of one door. */
export class PlainRequests {
  readonly #house: House
  readonly #fallback: Fallback

  constructor(house: House, fallback: Fallback) {
    this.#house = house
    this.#fallback = fallback
  }

  /** Answers a request, now or later. False, and nothing is done: whoever else listens may answer it. */
  serve(request: IncomingMessage, response: ServerResponse, { seen, site, found }: Seen): boolean {
    const { handler, options } = found.route
    const verb = options.fallback === false ? null : seen.query.get(PARAMETER)
    const isVerb = verb !== null && Object.hasOwn(METHODS, verb)
    if (!isVerb && handler.plain === undefined) return false
    // A GET of the same origin names none.
    const requireOrigin = options.requireOrigin && request.method === 'POST'
    const passes = passesOrigin(request.headers, site, { ...options, requireOrigin }) && !isHidden(request, options)
    const exchange = { request, response, seen, found, headers: passes ? headersFor(request) : {} }
    response.on('error', ignore)
    this.#fallback.track(response)
    const broken = checkPlainHttp(request)
    if (broken !== undefined) this.#refuse(exchange, broken)
    else if (isVerb && !passes) this.#refuse(exchange, { status: 403, reason: 'origin' })
    else if (isVerb) this.#serve(verb as keyof typeof METHODS, exchange)
    else void this.#plain(exchange, passes)
    return true
  }

  #serve(verb: keyof typeof METHODS, exchange: Exchange): void {
    const { request, seen } = exchange
    const allowed = METHODS[verb]
    if (request.method !== allowed) return this.#refuse(exchange, { status: 405, reason: 'method', headers: { Allow: allowed } })
    if (verb !== 'open') return this.#fallback.serve(verb, exchange)
    const via = seen.query.get(VIA)
    if (via === 'sse' || via === 'longPoll') return this.#admit(exchange, this.#fallback.asker(exchange, via))
    this.#refuse(exchange, { status: 400, reason: 'request', body: `${VIA} must be sse or longPoll\n` })
  }

  async #plain(exchange: Exchange, passes: boolean): Promise<void> {
    const { seen, found } = exchange
    let said
    try {
      said = checkPlain(await found.route.handler.plain?.(seen, found.params))
    } catch (error) {
      logError(this.#house.kernel.logger, { error }, `plain failed: ${show(error)}`)
      return this.#refuse(exchange, { status: 500, reason: 'crashed' })
    }
    if (exchange.response.destroyed) return // it took its time, and the peer has gone
    if (said === undefined) return this.#refuse(exchange, noUpgrade(exchange))
    if (said[0] === 'answer') return answer(exchange, said[1], said[2] ?? {})
    if (!passes) return this.#refuse(exchange, { status: 403, reason: 'origin' })
    this.#admit(exchange, carryAsker(this.#house.kernel, exchange, said[1]))
  }

  #admit(exchange: Exchange, asker: Asker): void {
    new Admission(this.#house, asker, exchange.seen, exchange.found).begin()
  }
  #refuse(exchange: Exchange, { reason, ...refusal }: Refusal): void {
    this.#house.sockets.refused(reason)
    refuseByHttp(exchange, refusal)
  }
}

/** Fetch, "CORS protocol": the page that asked may read the answer, with its cookies sent. */
function headersFor({ headers: { origin } }: IncomingMessage): Readonly<Record<string, string>> {
  if (origin === undefined) return {}
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Credentials': 'true',
    'Access-Control-Expose-Headers': 'Retry-After',
    Vary: 'Origin',
  }
}

/**
 * A browser asks for another site's page, and does not say whose: an image, a script, a link. Fetch Metadata: "Sec-Fetch-Site [...] exposes the
 * relationship between a request initiator's origin and the origin of the resource being requested".
 */
function isHidden({ headers }: IncomingMessage, { origins }: CheckedRouteOptions): boolean {
  return origins !== 'any' && headers.origin === undefined && headers['sec-fetch-site'] === 'cross-site'
}

/** RFC 9110 section 7.8: "A sender of Upgrade MUST also send an "Upgrade" connection option" */
function noUpgrade({ response }: Exchange): Refusal {
  const connection = response.shouldKeepAlive ? 'Upgrade' : 'close, Upgrade'
  return { status: 426, reason: 'upgrade', headers: { Upgrade: 'websocket', Connection: connection } }
}

function ignore(): void {
  // The peer has gone; the close event follows.
}
