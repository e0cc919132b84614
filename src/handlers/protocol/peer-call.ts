// The `from` of a call that came over a socket: `reply` of any process leads to its client. Entered by peer, by `reply`, and by users of
// `replyError`.
import { BadArgError } from '../../base/errors.js'
import type { Reference } from '../../base/ref.js'
import { isFrom, kFrom, type Settled } from '../../runtime/call.js'
import type { CallSchema } from '../../wire/contract-types.js'
import type { ErrorDataOf, ErrorNameOf } from './types.js'

/** The frame that answers the call with this id. */
export type Answer = (id: number) => readonly unknown[]

/** Who has taken the call. @internal */
export interface Callee {
  ok(call: PeerCall, value: unknown): void
  error(call: PeerCall, name: string, data: unknown): void
  failed(call: PeerCall): void
  repeat(call: PeerCall, answer: Answer): void
  runAgain(call: PeerCall): void
}

/** @internal */
export class PeerCall implements Settled {
  /** No process of ours. */
  readonly pid = undefined
  readonly ref: Reference
  readonly id: number
  readonly name: string
  readonly schemas: CallSchema
  /** Of a call that is delivered at least once. */
  readonly key: string | undefined
  readonly request: unknown
  /** A second answer is dropped. */
  isAnswered = false
  readonly #callee: Callee

  constructor(
    callee: Callee,
    ref: Reference,
    id: number,
    name: string,
    schemas: CallSchema,
    key: string | undefined,
    request: unknown,
  ) {
    this.ref = ref
    this.id = id
    this.name = name
    this.schemas = schemas
    this.key = key
    this.request = request
    this.#callee = callee
  }
  get [kFrom](): true {
    return true
  }
  /** What `reply` calls. @internal */
  _settle(value: unknown, error: unknown): void {
    if (error === undefined) this.#callee.ok(this, value)
    else this.#callee.failed(this)
  }
  /** The same call over another connection was answered, or came to nothing. @internal */
  _repeat(answer: Answer): void {
    this.#callee.repeat(this, answer)
  }
  /** @internal */
  _runAgain(): void {
    this.#callee.runAgain(this)
  }
  /** @internal */
  _error(name: string, data: unknown): void {
    this.#callee.error(this, name, data)
  }
}

/**
 * Answers a call of a contract, now or later, from any process, with one of its errors. A second answer, and one that comes too
 * late, is dropped.
 *
 * @param from - who has called, as the clause got it
 * @param error - the name of an error of the call
 * @param data - what comes with it, if its schema takes anything
 * @throws {GensockError} `GENSOCK_ERR_BADARG` - not the `from` of a call of a contract, or the call has no such error;
 * `GENSOCK_ERR_BAD_MESSAGE` - `data` does not fit the contract
 * @example
 * const book = { request: z.string(), reply: z.number(), errors: { taken: z.string() } }
 * const seats = defineProtocol({ version: 'seats.1', toServer: { calls: { book } }, toClient: {} })
 * const handler = protocolHandler<null>()(seats, {
 *   init: () => ['ok', null],
 *   calls: {
 *     book(seat, from, state) {
 *       setImmediate(() => replyError(from, 'taken', `${seat} is taken`))
 *       return ['noreply', state]
 *     },
 *   },
 * })
 * route('/seats', handler).path // => '/seats'
 * @see OTP `gen_server:reply/2`
 */
export function replyError<F, E extends ErrorNameOf<F>>(from: F, error: E, ...data: ErrorDataOf<F, E>): void {
  if (!isFrom(from) || typeof (from as unknown as Partial<PeerCall>)._error !== 'function')
    throw new BadArgError('replyError: from', 'the from of a call of a contract', from)
  const call = from as unknown as PeerCall
  const { errors = {} } = call.schemas
  if (!Object.hasOwn(errors, error as PropertyKey)) {
    const names = Object.keys(errors)
    throw new BadArgError(
      'replyError: error',
      names.length === 0 ? `none: ${call.name} has no errors` : `one of ${names.join(', ')}`,
      error,
    )
  }
  call._error(error as string, data[0])
}
