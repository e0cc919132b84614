// Calls that wait for their answers: ids, clocks, and what becomes of them when the connection is lost. Pure. Entered by both ends.
import type { CallSchema, ProtocolCallOptions } from './contract-types.js'
import { callFrame, type Envelope, type Key } from './envelope.js'
import { ProtocolError, type ProtocolErrorReason } from './protocol-error.js'
import { type Fit, fit, isLater } from './standard-schema.js'
import { knows, must } from './tables.js'

/** What becomes of a frame: `later`, once there is a connection; `closed`: not at all. */
export type Fate = 'sent' | 'later' | 'closed'
export interface AskingWorld {
  send(frame: readonly unknown[]): Fate
  /** Runs `run` once, later; answers how to prevent it. */
  after(ms: number, run: () => void): () => void
  /** Are replies checked? */
  readonly validates: boolean
  /** Of a call that is delivered at least once. */
  newKey(): Key
}
interface Waiting {
  readonly id: number
  readonly name: string
  readonly call: CallSchema
  readonly key: Key | undefined
  readonly frame: readonly unknown[]
  readonly resolve: (reply: unknown) => void
  readonly reject: (error: unknown) => void
  stopClock: () => void
  isSent: boolean
}
type Answer = Extract<Envelope, { readonly kind: 'ok' | 'error' | 'refused' }>

const TIMEOUT_MS = 5000
const TIMEOUT_AT_LEAST_ONCE_MS = 60_000
const MAX_MS = 2_147_483_647
/** So many calls of one end may be under way. */
export const MAX_CALLS = 1000
const REASONS: readonly string[] = ['unknown_call', 'bad_request', 'failed', 'too_many', 'bad_frame']

export class Asking {
  readonly #world: AskingWorld
  readonly #waiting = new Map<number, Waiting>()
  #last = 0

  constructor(world: AskingWorld) {
    this.#world = world
  }
  /** Calls under way. */
  get size(): number {
    return this.#waiting.size
  }

  /** Asks, now or once there is a connection. */
  ask(name: string, call: CallSchema, data: unknown, options: ProtocolCallOptions = {}): Promise<unknown> {
    knows(`call.${name}`, options, ['timeoutMs'])
    const isKept = call.delivery === 'atLeastOnce'
    const { timeoutMs = isKept ? TIMEOUT_AT_LEAST_ONCE_MS : TIMEOUT_MS } = options
    const isTime = timeoutMs === 'infinity' || (Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= MAX_MS)
    must(isTime, `call.${name}: timeoutMs must be whole ms from 1 to ${MAX_MS}, or 'infinity', got ${String(timeoutMs)}`)
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= MAX_CALLS) return reject(new ProtocolError(name, 'too_many'))
      const id = ++this.#last
      const key = isKept ? this.#world.newKey() : undefined
      const frame = callFrame(id, key, name, data)
      const waiting: Waiting = { id, name, call, key, frame, resolve, reject, stopClock: nothing, isSent: false }
      this.#waiting.set(id, waiting)
      if (timeoutMs !== 'infinity') waiting.stopClock = this.#world.after(timeoutMs, () => this.#fail(waiting, 'timeout'))
      this.#send(waiting)
    })
  }
  #send(waiting: Waiting): void {
    let fate: Fate
    try {
      fate = this.#world.send(waiting.frame)
    } catch (error) {
      this.#drop(waiting)
      return waiting.reject(error) // it cannot be encoded
    }
    if (fate === 'sent') waiting.isSent = true
    else if (fate === 'closed') this.#fail(waiting, 'closed')
  }

  /** False: no such call has been made. */
  answered(answer: Answer): boolean {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return answer.id <= this.#last // it has come too late
    this.#drop(waiting)
    if (answer.kind === 'refused') {
      const { reason } = answer.problem
      const known = REASONS.includes(reason) ? reason : 'failed'
      waiting.reject(new ProtocolError(waiting.name, known, { problem: answer.problem }))
      return true
    }
    const schema = answer.kind === 'ok' ? waiting.call.reply : ownError(waiting.call, answer.name)
    if (schema === undefined) {
      waiting.reject(badReply(waiting, [], `one of the errors ${Object.keys(waiting.call.errors ?? {}).join(', ')}`))
      return true
    }
    try {
      const checked = this.#world.validates ? fit(schema, answer.data) : { value: answer.data }
      if (isLater(checked)) void checked.then((settled) => settle(waiting, answer, settled), waiting.reject)
      else settle(waiting, answer, checked)
    } catch (error) {
      waiting.reject(error) // the schema has thrown: that is for who waits, not for the transport that has brought the answer
    }
    return true
  }

  /** There is a connection: what waits for it goes out, and again what may not have arrived. */
  flush(): void {
    for (const waiting of this.#waiting.values()) if (!waiting.isSent) this.#send(waiting)
  }
  /** The connection is lost, another may come. */
  lost(): void {
    for (const waiting of this.#waiting.values()) {
      if (waiting.key !== undefined) waiting.isSent = false
      else if (waiting.isSent) this.#fail(waiting, 'disconnected')
    }
  }
  /** No other will come. */
  end(reason: ProtocolErrorReason): void {
    for (const waiting of this.#waiting.values()) this.#fail(waiting, reason)
  }
  #fail(waiting: Waiting, reason: ProtocolErrorReason): void {
    this.#drop(waiting)
    waiting.reject(new ProtocolError(waiting.name, reason))
  }
  #drop(waiting: Waiting): void {
    waiting.stopClock()
    this.#waiting.delete(waiting.id)
  }
}

const nothing = (): void => undefined

export function ownError({ errors = {} }: CallSchema, name: string): CallSchema['reply'] | undefined {
  return Object.hasOwn(errors, name) ? errors[name] : undefined
}
function settle(waiting: Waiting, answer: Answer, checked: Fit): void {
  if (checked.misfit !== undefined) waiting.reject(badReply(waiting, checked.misfit.path, checked.misfit.expected))
  else if (answer.kind === 'ok') waiting.resolve(checked.value)
  else if (answer.kind === 'error') {
    waiting.reject(new ProtocolError(waiting.name, 'error', { error: answer.name, data: checked.value }))
  }
}
function badReply({ name }: Waiting, path: readonly (string | number)[], expected: string): ProtocolError {
  return new ProtocolError(name, 'bad_reply', { problem: { reason: 'bad_message', name, path, expected } })
}
