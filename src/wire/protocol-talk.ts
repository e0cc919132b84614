// The client's side of a contract over a connection that comes and goes: what `connect` answers when it is given a protocol. No DOM,
// no Node import. Entered by contract; calls the line, which is the browser client, and the page's own listeners.
import { Asking, type Fate, MAX_CALLS, ownError } from './asking.js'
import { NOT_ACCEPTABLE } from './close-codes.js'
import { areCodecs, type Codec, jsonCodec, subprotocolOf } from './codec.js'
import type { CallSchema } from './contract-types.js'
import { isDevelopment } from './development.js'
import { type Envelope, envelopeOf, errorFrame, messageFrame, okFrame, type Problem, refusedFrame } from './envelope.js'
import { ProtocolError } from './protocol-error.js'
import { type AnySchema, fit, isLater, misfitOf, saying } from './standard-schema.js'
import { must, type Table } from './tables.js'

/** So many turns of the microtask queue pass from an answer to the line behind `await client.call.name()`, and some to spare. */
const HOPS = 10

/** A connection that comes back by itself, as the talk sees it. */
export interface Line {
  readonly state: string
  readonly subprotocol: string | null | undefined
  onopen: ((info: any) => void) | null
  onmessage: ((data: any) => void) | null
  ondisconnect: ((info: any) => void) | null
  onclose: ((info: any) => void) | null
  onheartbeat: (() => void) | null
  send(data: string | Uint8Array): boolean
  close(code?: number, reason?: string): void
}
/** Makes the connection, with the options that are not of the contract, and offers these subprotocols. */
export type OpenLine = (options: object, subprotocols: readonly string[]) => Line
export interface Clock {
  /** Runs `run` once, later; answers how to prevent it. */
  after(ms: number, run: () => void): () => void
}
/** What a client can choose; the rest is of its connection. */
export interface ClientPlan {
  readonly protocol?: unknown
  readonly codecs?: readonly Codec[] | undefined
  readonly validateOut?: boolean | undefined
  readonly resume?: boolean | undefined
}
type Call = Extract<Envelope, { readonly kind: 'call' }>
type Listener = (message: unknown) => void
type Answerer = (request: unknown, fail: (name: string, data?: unknown) => never) => unknown
/** What has come; undefined: no frame. */
interface Came {
  readonly envelope: Envelope | undefined
  readonly epoch: number
}

/** RFC 6455 section 5.5: a close frame holds 125 bytes, its code takes two. */
const MAX_REASON = 123
/** Calls that a connection does not take now are tried again so soon. */
const AGAIN_MS = 100

/** What an answerer throws by `fail`. */
class Failure {
  readonly error: string
  readonly data: unknown
  constructor(error: string, data: unknown) {
    this.error = error
    this.data = data
  }
}

function fail(error: string, data?: unknown): never {
  throw new Failure(error, data)
}

export class ProtocolTalk {
  onopen: Line['onopen'] = null
  ondisconnect: Line['ondisconnect'] = null
  onclose: Line['onclose'] = null
  onheartbeat: Line['onheartbeat'] = null
  onproblem: ((problem: Problem & { readonly saidBy: 'client' | 'server' }) => void) | null = null
  readonly send: object
  readonly call: object
  readonly on: object
  readonly answer: object
  readonly #line: Line
  readonly #clock: Clock
  readonly #codecs: ReadonlyMap<string, Codec>
  readonly #validates: boolean
  readonly #toClient: Table
  readonly #asking: Asking
  readonly #listeners = new Map<string, Set<Listener>>()
  readonly #answerers = new Map<string, Answerer>()
  /** What came while a schema took its time. */
  readonly #queue: Came[] = []
  #isBusy = false
  /** Calls wait until they can be sent. */
  #stopAgain: (() => void) | undefined
  /** By `close`: nothing is handed over any more. */
  #isLeft = false
  /** Ids of the server's calls that have no answer yet, of this connection. */
  #answering = new Set<number>()
  /** Goes up with each connection: an answer belongs to the one that asked. */
  #epoch = 0

  static begin(
    version: string,
    toServer: Table,
    toClient: Table,
    { protocol: _own, codecs = [jsonCodec], validateOut = isDevelopment(), ...options }: ClientPlan,
    open: OpenLine,
    clock: Clock,
  ): ProtocolTalk {
    checkCodecs(codecs)
    must(typeof validateOut === 'boolean', 'validateOut must be true or false')
    must(options.resume !== true, 'resume is of the pages of gensock/zotonic: there is none with a protocol')
    const named = new Map(codecs.map((codec) => [subprotocolOf(version, codec), codec]))
    return new ProtocolTalk(open(options, [...named.keys()]), clock, named, validateOut, toServer, toClient)
  }

  private constructor(
    line: Line,
    clock: Clock,
    codecs: ReadonlyMap<string, Codec>,
    validates: boolean,
    toServer: Table,
    toClient: Table,
  ) {
    this.#line = line
    this.#clock = clock
    this.#codecs = codecs
    this.#validates = validates
    this.#toClient = toClient
    this.#asking = new Asking({
      send: (frame) => this.#ask(frame),
      after: (ms, run) => clock.after(ms, run),
      validates: true,
      newKey,
    })
    this.send = new toServer.Messages({ say: (name, schema, message) => this.#say(name, schema, message) })
    this.call = new toServer.Calls({ ask: (name, call, request, options) => this.#call(name, call, request, options) })
    this.on = new toClient.Messages({ say: (name, _schema, listener) => this.#listen(name, listener as Listener) })
    this.answer = new toClient.Calls({ ask: (name, _call, answerer) => this.#answerWith(name, answerer as Answerer) })
    this.#hear()
  }

  #hear(): void {
    const heard: Partial<Line> = {
      onopen: (info) => this.#opened(info),
      onmessage: (data) => this.#came(data),
      onheartbeat: () => this.onheartbeat?.(),
      ondisconnect: (info) => {
        this.#next()
        this.#asking.lost()
        this.ondisconnect?.(info)
        // The timing of Bullet tries again whatever the code is; another version stays another one.
        if (info.code === NOT_ACCEPTABLE && info.willRetry) this.#line.close(info.code, info.reason)
      },
      onclose: (info) => {
        this.#next()
        this.#asking.end('closed')
        this.#stopAgain?.()
        this.onclose?.(info)
      },
    }
    Object.assign(this.#line, heard)
  }

  get state(): string {
    return this.#line.state
  }
  close(code?: number, reason?: string): void {
    this.#line.close(code, reason)
    this.#isLeft = true
    this.#queue.length = 0
  }

  /** What the server asked over the connection before is not answered over another. */
  #next(): void {
    this.#epoch++
    this.#answering = new Set()
  }

  // ---- Out

  get #codec(): Codec | undefined {
    return this.#codecs.get(this.#line.subprotocol ?? '')
  }
  #say(name: string, schema: AnySchema, message: unknown): boolean {
    this.#check(`send.${name}`, schema, message)
    return this.#out(messageFrame(name, message))
  }
  #check(where: string, schema: AnySchema, value: unknown): void {
    const misfit = this.#validates ? misfitOf(schema, value) : undefined
    must(misfit === undefined, `${where}: ${saying(misfit)}`)
  }
  /** False: not now. */
  #out(frame: readonly unknown[]): boolean {
    const codec = this.#line.state === 'open' ? this.#codec : undefined
    return codec !== undefined && this.#line.send(codec.encode(frame))
  }
  async #call(name: string, call: CallSchema, request: unknown, options: unknown): Promise<unknown> {
    const misfit = this.#validates ? misfitOf(call.request, request) : undefined
    if (misfit !== undefined)
      throw new ProtocolError(name, 'bad_request', { problem: { reason: 'bad_request', name, ...misfit } })
    return this.#asking.ask(name, call, request, options ?? {})
  }
  #ask(frame: readonly unknown[]): Fate {
    const { state } = this.#line
    if (state === 'closed') return 'closed'
    if (state === 'open' && this.#stopAgain === undefined && this.#out(frame)) return 'sent'
    // It is about to end, or takes no more for now: a socket does not say which. Calls behind this one do not overtake it.
    if (state === 'open') this.#stopAgain ??= this.#clock.after(AGAIN_MS, () => this.#flush())
    return 'later'
  }
  #flush(): void {
    this.#stopAgain?.()
    this.#stopAgain = undefined
    this.#asking.flush()
  }

  // ---- In

  #opened(info: unknown): void {
    this.#next()
    const spoken = [...this.#codecs.keys()].join(' or ')
    if (this.#codec === undefined)
      return this.#line.close(NOT_ACCEPTABLE, `the server does not speak ${spoken}`.slice(0, MAX_REASON))
    this.#guarded(() => this.onopen?.(info))
    // What the page says first comes before what has waited.
    this.#flush()
  }
  #came(data: unknown): void {
    const came: Came = { envelope: this.#read(data), epoch: this.#epoch }
    if (this.#isBusy) this.#queue.push(came)
    else this.#handle(came)
  }
  #handle(came: Came): void {
    let later: Promise<void> | undefined
    try {
      later = this.#take(came)
    } catch (error) {
      return this.#throwLater(error) // of a schema: it is its author's, and keeps nothing from the next message
    }
    if (later === undefined) return
    this.#isBusy = true
    void later.catch((error: unknown) => this.#throwLater(error)).then(() => this.#goOn())
  }
  #goOn(): void {
    this.#isBusy = false
    while (!this.#isBusy && this.#queue.length > 0) this.#handle(this.#queue.shift() as Came)
  }
  #take({ envelope, epoch }: Came): Promise<void> | undefined {
    if (envelope === undefined) return this.#problem({ reason: 'bad_frame', expected: 'a frame of the protocol' })
    if (envelope.kind === 'message') return this.#message(envelope.name, envelope.data)
    if (envelope.kind === 'call') return void this.#called(envelope, epoch)
    if (envelope.kind === 'refused' && envelope.id === 0) return this.#problem(envelope.problem, 'server')
    if (!this.#asking.answered(envelope))
      return this.#problem({ reason: 'bad_frame', expected: 'the answer to a call that was made' })
    return callersTurn()
  }
  #read(data: unknown): Envelope | undefined {
    try {
      return envelopeOf(this.#codec?.decode(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer)))
    } catch {
      return undefined // the server speaks another language: the caller says so
    }
  }
  #message(name: string, data: unknown): Promise<void> | undefined {
    const schema = this.#toClient.messages.get(name)
    if (schema === undefined) return this.#problem({ reason: 'unknown_message', name })
    const checked = fit(schema, data)
    const hand = (settled: Awaited<typeof checked>): void => {
      if (this.#isLeft) return
      if (settled.misfit !== undefined) return this.#problem({ reason: 'bad_message', name, ...settled.misfit })
      const listeners = [...(this.#listeners.get(name) ?? [])] // as they are now: one may add another
      for (const listener of listeners) this.#guarded(() => listener(settled.value))
    }
    return isLater(checked) ? checked.then(hand) : (hand(checked) as undefined)
  }
  #listen(name: string, listener: Listener): () => void {
    must(typeof listener === 'function', `on.${name}: a function`)
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners)
    const own: Listener = (message) => listener(message) // twice the same one is two
    listeners.add(own)
    return () => void listeners.delete(own)
  }

  // ---- Calls of the server

  #answerWith(name: string, answerer: Answerer): () => void {
    must(typeof answerer === 'function', `answer.${name}: a function`)
    this.#answerers.set(name, answerer)
    return () => {
      if (this.#answerers.get(name) === answerer) this.#answerers.delete(name)
    }
  }
  async #called(call: Call, epoch: number): Promise<void> {
    const { id, name } = call
    // One that is being answered: its answer is on its way. Those of a connection before are none of this one's.
    if (this.#answering.has(id)) return
    if (this.#answering.size >= MAX_CALLS) return void this.#out(refusedFrame(id, { reason: 'too_many', name }))
    const answering = this.#answering.add(id)
    const frame = await this.#answerTo(call)
    answering.delete(id)
    if (epoch !== this.#epoch) return
    try {
      this.#out(frame)
    } catch (error) {
      // It cannot be encoded.
      this.#throwLater(error)
      this.#out(refusedFrame(id, { reason: 'failed', name }))
    }
  }
  async #answerTo({ id, name, data }: Call): Promise<readonly unknown[]> {
    const schemas = this.#toClient.calls.get(name)
    const answerer = this.#answerers.get(name)
    if (schemas === undefined || answerer === undefined) return refusedFrame(id, { reason: 'unknown_call', name })
    try {
      const request = await fit(schemas.request, data)
      if (request.misfit !== undefined) return refusedFrame(id, { reason: 'bad_request', name, ...request.misfit })
      return await this.#replyOf(id, name, schemas, () => answerer(request.value, fail))
    } catch (thrown) {
      this.#throwLater(thrown)
      return refusedFrame(id, { reason: 'failed', name })
    }
  }
  async #replyOf(id: number, name: string, schemas: CallSchema, answer: () => unknown): Promise<readonly unknown[]> {
    let reply: unknown
    try {
      reply = await answer()
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown
      const { error, data } = thrown
      const schema = ownError(schemas, error)
      must(schema !== undefined, `answer.${name}: the contract has no error ${error}`)
      this.#check(`answer.${name}: ${error}`, schema as AnySchema, data)
      return errorFrame(id, error, data)
    }
    this.#check(`answer.${name}`, schemas.reply, reply)
    return okFrame(id, reply)
  }

  // ---- What goes wrong

  #problem(problem: Problem, saidBy: 'client' | 'server' = 'client'): undefined {
    const { onproblem } = this
    if (onproblem !== null) this.#guarded(() => onproblem({ ...problem, saidBy }))
    else console.warn(`gensock: the ${saidBy} did not take a frame: ${JSON.stringify(problem)}`)
    return undefined
  }
  /** What a listener throws is its own, and does not keep a message from the next one. */
  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#throwLater(error)
    }
  }
  #throwLater(error: unknown): void {
    this.#clock.after(0, () => {
      throw error
    })
  }
}

function checkCodecs(codecs: readonly Codec[]): void {
  must(areCodecs(codecs), 'codecs must be a list of codecs: { name, encode, decode }, at least one, no name twice')
}

/** Outside of browsers several frames come in one go: who awaits an answer goes on before what came behind it is heard. */
async function callersTurn(): Promise<void> {
  for (let hops = 0; hops < HOPS; hops++) await Promise.resolve()
}

/** Unlike any other, and not to be guessed: it stands for the answer of a call. */
function newKey(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
