// One socket that speaks a contract: what comes is read, checked and given to its callback, what goes is checked and written. Entered by
// handler, by `self.push` and `self.call`, by `reply`; calls the user's callbacks.
import { BadReturnError, GensockError } from '../../base/errors.js'
import type { AnyPid } from '../../base/pid.js'
import { removeMonitor, watchEnd } from '../../runtime/alias.js'
import { BUSY, type Monitor, type Process, processOf, shared } from '../../runtime/process.js'
import { handled } from '../../runtime/receive.js'
import { isPromise } from '../../runtime/spawn.js'
import type { MaybePromise } from '../../runtime/self-types.js'
import { post } from '../../runtime/send.js'
import { pushTo } from '../../sockets/broadcast.js'
import type { Commands } from '../../sockets/commands.js'
import { badFrame, binary, close, type Frame, type OutFrame, text } from '../../sockets/frames.js'
import type { Result, SocketPid, SocketSelf } from '../../sockets/handler.js'
import type { HandlerSelf, Tap } from '../../sockets/self.js'
import { Asking, MAX_CALLS } from '../../wire/asking.js'
import { INVALID_DATA, POLICY_VIOLATION } from '../../wire/close-codes.js'
import type { Codec } from '../../wire/codec.js'
import { type Envelope, envelopeOf, errorFrame, messageFrame, okFrame, type Problem, refusedFrame } from '../../wire/envelope.js'
import { ProtocolError } from '../../wire/protocol-error.js'
import { type AnySchema, type Fit, fit, isLater, misfitOf, saying } from '../../wire/standard-schema.js'
import { type Answer, type Callee, PeerCall } from './peer-call.js'
import type { CallEntry, MessageEntry, Plan } from './plan.js'

type Call = Extract<Envelope, { readonly kind: 'call' }>
type AnyResult = MaybePromise<Result<any>>

const kPeers = Symbol.for('gensock.protocolPeers@1')
/** The sockets that speak a contract, by pid, of both copies of the library; who has ended is forgotten with its pid. */
const PEERS: WeakMap<AnyPid, Peer> = ((globalThis as { [kPeers]?: WeakMap<AnyPid, Peer> })[kPeers] ??= new WeakMap())
export function peerOf(pid: AnyPid): Peer | undefined {
  return PEERS.get(pid)
}
const kPeer = Symbol('peer')
/** The same for its own callbacks; undefined if it was not let in. */
export function peerAt(self: SocketSelf): Peer | undefined {
  return (self as { readonly [kPeer]?: Peer })[kPeer]
}
/** A call whose first run has come to nothing, on its way to the socket over which it came again. */
export class RunAgain {
  readonly call: PeerCall
  constructor(call: PeerCall) {
    this.call = call
  }
}

const FRAME = '[name, data] or [id, name, data]'
const RESULT = "['reply', value, state], ['error', name, data, state], ['noreply', state] or ['stop', reason, value?, state]"

export class Peer implements Callee, Tap {
  readonly plan: Plan
  readonly codec: Codec
  readonly #self: HandlerSelf
  readonly #process: Process
  /** Calls of the client that have no answer yet; null: there was none so far. */
  #taken: Map<number, PeerCall> | null = null
  /** Our calls to the client; null: there was none so far. */
  #asking: Asking | null = null
  #bad = 0
  /** The end is on its way: nobody answers us any more. */
  #isOver = false
  /** Calls `end` even if the process is killed, without `terminate`. */
  #watch: Monitor | null = null

  /** `self` becomes that of the contract: what it sends are messages. */
  static begin(plan: Plan, codec: Codec, self: HandlerSelf): void {
    const peer = new Peer(plan, codec, self)
    PEERS.set(self.pid, peer)
    ;(self as unknown as { [kPeer]: Peer })[kPeer] = peer
  }
  private constructor(plan: Plan, codec: Codec, self: HandlerSelf) {
    this.plan = plan
    this.codec = codec
    this.#self = self
    this.#process = processOf(self.pid) as Process
    const { _toClient } = plan.contract
    const push = new _toClient.Messages(this)
    const call = new _toClient.Calls(this)
    const emit = (event: unknown): void => this.#emit(event)
    const control = (commands: Commands): void => {
      self._push(commands)
      if (isClose(commands) || (commands as readonly unknown[]).some(isClose)) this.leave()
    }
    Object.assign(self, { push, call, emit, control })
    const before = PEERS.get(self.pid)
    before?.end() // who has crashed in init or in terminate has told nobody
    // After a restart ids go on: what the client still answers to the last life is no answer to this one.
    if (before !== undefined) this.#asking = before.#asking
    self._tap(this)
  }

  // ---- In

  frame(frame: Frame, state: unknown): AnyResult {
    let value: unknown
    try {
      value = this.codec.decode(frame[1])
    } catch {
      return this.#refuse(0, { reason: 'bad_frame', expected: FRAME }, state, INVALID_DATA)
    }
    // The most of them, without a detour.
    if (Array.isArray(value) && typeof value[0] === 'string' && value.length <= 2) return this.#message(value[0], value[1], state)
    const envelope = envelopeOf(value)
    if (envelope?.kind === 'call') return this.#call(envelope, state)
    // An answer: those that come in time do not come this way.
    if (envelope !== undefined && this.#asking?.answered(envelope as never) === true) return ['ok', state]
    if (envelope?.kind === 'refused' && envelope.id === 0) return ['ok', state] // the client did not take a message: its log knows
    return this.#refuse(0, { reason: 'bad_frame', expected: FRAME }, state, POLICY_VIOLATION)
  }
  #message(name: string, data: unknown, state: unknown): AnyResult {
    const entry = this.plan.messages.get(name)
    if (entry === undefined) return this.#unknown(0, 'unknown_message', name, this.plan.messages, state)
    if (!this.plan.validateIn) return entry.clause(data, state, this.#self)
    const checked = fit(entry.schema, data)
    if (!isLater(checked)) return this.#checked(entry, name, checked, state)
    return checked.then((settled) => this.#inside(() => this.#checked(entry, name, settled, state)))
  }
  #checked({ clause }: MessageEntry, name: string, checked: Fit, state: unknown): AnyResult {
    if (checked.misfit === undefined) return clause(checked.value, state, this.#self)
    return this.#refuse(0, { reason: 'bad_message', name, ...checked.misfit }, state, POLICY_VIOLATION)
  }

  #call({ id, key, name, data }: Call, state: unknown): AnyResult {
    const entry = this.plan.calls.get(name)
    if (entry === undefined) return this.#unknown(id, 'unknown_call', name, this.plan.calls, state)
    const taken = (this.#taken ??= new Map())
    if (taken.has(id))
      return this.#refuse(0, { reason: 'bad_frame', expected: 'an id that no call under way has' }, state, POLICY_VIOLATION)
    if (taken.size >= MAX_CALLS) return ['push', this.#written(refusedFrame(id, { reason: 'too_many', name })), state]
    if (!this.plan.validateIn) return this.#begin(entry, id, key, name, data, state)
    const checked = fit(entry.call.request, data)
    const hand = ({ misfit, value }: Fit & { readonly value?: unknown }): AnyResult =>
      misfit === undefined
        ? this.#begin(entry, id, key, name, value, state)
        : this.#refuse(id, { reason: 'bad_request', name, ...misfit }, state, POLICY_VIOLATION)
    return isLater(checked) ? checked.then((settled) => this.#inside(() => hand(settled))) : hand(checked)
  }
  #begin(entry: CallEntry, id: number, key: string | undefined, name: string, request: unknown, state: unknown): AnyResult {
    const kept = entry.call.delivery === 'atLeastOnce' ? key : undefined
    const call = new PeerCall(this, this.#process.kernel.newRef(), id, name, entry.call, kept, request)
    if (kept !== undefined) this.#follow()
    const before = kept === undefined ? 'run' : this.plan.answered.begin(call, this.#now())
    if (before !== 'run') this.plan.counters.repeatedCalls++
    if (typeof before === 'function') return ['push', this.#written(before(id)), state]
    this.#taken?.set(id, call)
    return before === 'wait' ? ['ok', state] : this.#run(entry, call, state)
  }
  #run({ clause }: CallEntry, call: PeerCall, state: unknown): AnyResult {
    const result: unknown = clause(call.request, call, state, this.#self)
    if (isPromise(result)) return result.then((settled) => this.#inside(() => this.#took(call, settled)))
    return this.#took(call, result)
  }
  again({ call }: RunAgain, state: unknown): AnyResult {
    const entry = this.plan.calls.get(call.name) as CallEntry
    if (this.#taken?.get(call.id) !== call) return ['ok', state]
    const before = this.plan.answered.begin(call, this.#now())
    if (typeof before === 'function') this.repeat(call, before)
    return before === 'run' ? this.#run(entry, call, state) : ['ok', state]
  }

  /** What the clause of a call has answered. */
  #took(call: PeerCall, result: unknown): Result<any> {
    if (Array.isArray(result)) {
      const { length } = result
      const tag: unknown = result[0]
      const first: unknown = result[1]
      const second: unknown = result[2]
      const third: unknown = result[3]
      if (tag === 'reply' && (length === 3 || length === 4)) {
        this.ok(call, first)
        return third === undefined ? ['ok', second] : (['ok', second, third as 'hibernate'] as const)
      }
      if (tag === 'error' && length === 4 && Object.hasOwn(call.schemas.errors ?? {}, first as string)) {
        this.error(call, first as string, second)
        return ['ok', third]
      }
      if (tag === 'noreply') return ['ok', ...result.slice(1)] as unknown as Result<any>
      if (tag === 'stop' && length === 3) return result as unknown as Result<any>
      if (tag === 'stop' && length === 4) {
        this.ok(call, second)
        return ['stop', first as any, third]
      }
    }
    throw new BadReturnError(`calls.${call.name}`, RESULT, result)
  }

  // ---- Answers to calls: from here, or by `reply` from anywhere

  ok(call: PeerCall, value: unknown): void {
    if (this.plan.validateOut) requireFit(`the reply of ${call.name}`, call.schemas.reply, value)
    this.#answer(call, (id) => okFrame(id, value))
  }
  error(call: PeerCall, name: string, data: unknown): void {
    if (this.plan.validateOut) requireFit(`the error ${name} of ${call.name}`, call.schemas.errors?.[name] as AnySchema, data)
    this.#answer(call, (id) => errorFrame(id, name, data))
  }
  failed(call: PeerCall): void {
    if (this.#taken?.get(call.id) === call) this.#abandon(call)
  }
  #answer(call: PeerCall, answer: Answer): void {
    if (call.isAnswered) return
    this.repeat(call, answer)
    call.isAnswered = true
    if (call.key === undefined) return
    // Also after the end of this socket: the client asks again over another one.
    for (const other of this.plan.answered.answered(call, answer, this.#now())) other._repeat(answer)
  }
  /** The same call, here or over another connection, was answered. */
  repeat(call: PeerCall, answer: Answer): void {
    if (this.#taken?.get(call.id) !== call) return
    this.#sendFromAnywhere(this.#written(answer(call.id)))
    this.#taken.delete(call.id)
  }
  runAgain(call: PeerCall): void {
    if (this.#taken?.get(call.id) === call) post(this.#process, new RunAgain(call))
  }
  /** It has crashed, or ends without an answer. Whoever waits for the same call over another connection runs it. */
  #abandon(call: PeerCall): void {
    this.#taken?.delete(call.id)
    this.#sendFromAnywhere(this.#written(refusedFrame(call.id, { reason: 'failed', name: call.name })))
    const others = call.key === undefined ? [] : this.plan.answered.abandon(call)
    for (const other of others) other._runAgain()
  }

  // ---- Out

  say(name: string, schema: AnySchema, message: unknown): void {
    if (this.plan.validateOut) requireFit(`self.push.${name}`, schema, message)
    this.#send(this.#written(messageFrame(name, message)))
  }
  #emit(event: unknown): void {
    const { type, ...fields } = (event ?? {}) as { readonly type?: unknown }
    const schema = this.plan.contract._toClient.messages.get(type as string)
    if (schema === undefined) throw badMessage('self.emit', `no message to the client has the type ${String(type)}`)
    // A message that is no object is the data of its event, and nothing else is in it.
    const names = Object.keys(fields)
    const { data } = fields as { readonly data?: unknown }
    const isData = names.length === 0 || (names.length === 1 && 'data' in fields)
    const isPlain = names.length === 1 && (typeof data !== 'object' || data === null || Array.isArray(data))
    const asData = isData && (misfitOf(schema, fields) !== undefined || (isPlain && misfitOf(schema, data) === undefined))
    this.say(type as string, schema, asData ? data : fields)
  }
  ask(name: string, schemas: any, request: unknown, options: unknown): Promise<unknown> {
    if (this.plan.validateOut) requireFit(`self.call.${name}`, schemas.request, request)
    if (this.#isOver) return handled(Promise.reject(new ProtocolError(name, 'closed')))
    return handled((this.#asking ??= this.#newAsking()).ask(name, schemas, request, options as object))
  }
  #newAsking(): Asking {
    this.#self._read()
    const { kernel } = this.#process
    return new Asking({
      send: (frame) => {
        this.#send(this.#written(frame))
        return 'sent'
      },
      after(ms, run) {
        const ref = kernel.newRef()
        kernel.timers.add(ref, ms, null, run, undefined)
        return () => kernel.timers.cancel(ref)
      },
      validates: this.plan.validateIn,
      newKey: () => '',
    })
  }
  #written(frame: readonly unknown[]): OutFrame {
    return written(this.codec, frame)
  }
  #send(frame: OutFrame): void {
    const { current } = shared
    if (current === null || current === this.#process) this.#self._push(frame)
    else pushTo(this.#self.pid as SocketPid, frame)
  }
  /** From our own callback at once, else in order with what its sender sends us otherwise. After an `await` nobody is known to run. */
  #sendFromAnywhere(frame: OutFrame): void {
    if (shared.current === null && this.#process.state !== BUSY) pushTo(this.#self.pid as SocketPid, frame)
    else this.#send(frame)
  }

  // ---- Tap: answers to our calls, which a callback may wait for

  hears(data: string | Uint8Array): boolean {
    if (this.#asking === null || this.#asking.size === 0) return false
    let envelope: Envelope | undefined
    try {
      envelope = envelopeOf(this.codec.decode(data))
    } catch {
      return false // whoever takes it out of the mailbox says what it is
    }
    if (envelope === undefined || envelope.kind === 'message' || envelope.kind === 'call' || envelope.id === 0) return false
    return this.#asking.answered(envelope)
  }
  leave(): void {
    this.#isOver = true
    this.#asking?.end('closed')
  }

  // ---- Bad frames

  #unknown(id: number, reason: Problem['reason'], name: string, known: ReadonlyMap<string, unknown>, state: unknown): AnyResult {
    const names = [...known.keys()].join(', ')
    const expected =
      names === '' ? 'nothing: there is none' : `one of ${names.length > 200 ? `${names.slice(0, 200)}...` : names}`
    return this.#refuse(id, { reason, name: name.slice(0, 64), expected }, state, POLICY_VIOLATION)
  }
  #refuse(id: number, problem: Problem, state: unknown, code: number): AnyResult {
    const { onBadFrame, counters } = this.plan
    counters.badFrames++
    this.#bad++
    if (onBadFrame === 'drop' && id === 0) return ['ok', state]
    const answer = this.#written(refusedFrame(id, problem))
    const isLast = typeof onBadFrame === 'object' && this.#bad >= onBadFrame.closeAfter
    return ['push', isLast ? [answer, close(code, problem.reason)] : answer, state]
  }

  // ---- The end

  end(): void {
    this.leave()
    for (const call of this.#taken?.values() ?? []) this.#abandon(call)
    if (this.#watch !== null) removeMonitor(this.#watch)
    this.#watch = null
  }
  /** A process that is killed has no `terminate`: without this a call that it has taken would count as under way for ever. */
  #follow(): void {
    this.#watch ??= watchEnd(null, this.#process, () => this.end())
  }

  #now(): number {
    return this.#process.kernel.clock.now()
  }
  /** After a promise: with our process as the running one. */
  #inside<T>(run: () => T): T {
    return this.#self.run(run)
  }
}

function isClose(command: unknown): boolean {
  return Array.isArray(command) && command[0] === 'close'
}
/** Whether anything is checked is asked by the caller: `where` is a text that would be put together for nothing. */
export function requireFit(where: string, schema: AnySchema, value: unknown): void {
  const misfit = misfitOf(schema, value)
  if (misfit !== undefined) throw badMessage(where, saying(misfit))
}
/** A frame of a contract as a frame of the socket. */
export function written(codec: Codec, frame: readonly unknown[]): OutFrame {
  let data: string | Uint8Array
  try {
    data = codec.encode(frame)
  } catch (cause) {
    throw badFrame('a message', `a value that ${codec.name} can write`, frame, cause)
  }
  return typeof data === 'string' ? text(data) : binary(data)
}
function badMessage(where: string, what: string): GensockError {
  return new GensockError('GENSOCK_ERR_BAD_MESSAGE', `${where}: ${what}`, ['bad_message', where])
}
