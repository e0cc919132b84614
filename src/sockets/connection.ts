// Hot path. The wire side of one socket: what comes in becomes mail for its process, what goes out passes flow control; here is every
// limit that counts on the way. Entered by transports (Sink), by commands and by timers; calls the transport and its owner, the socket.
import { DEAD, type Process } from '../runtime/process.js'
import { never } from '../runtime/receive.js'
import { CLAIMS_EXPIRED, NORMAL, POLICY_VIOLATION, TOO_BIG, TRY_AGAIN_LATER } from '../wire/close-codes.js'
import type { CommandTarget } from './commands.js'
import type { Counters } from './counters.js'
import * as ending from './ending.js'
import { Expiry } from './expiry.js'
import { BY_HANDLER, BY_INIT, Reading } from './flow.js'
import { BINARY, EMPTY, type Opcode, PING, PONG, type SharedFrame, TEXT } from './frames.js'
import type { SocketEvent } from './handler.js'
import { Keepalive, type KeptAlive } from './keepalive.js'
import { EVENT, Mail, OVER } from './mail.js'
import type { CheckedRouteOptions } from './options.js'
import { Outbox, type OutboxTarget } from './outbox.js'
import { Rate } from './rate.js'
import type { SocketChanges } from './request.js'
import type { Tap } from './self.js'
import { NOT_YET, type Sink, type Transport } from './transport.js'

/** The socket process, as its connection sees it. */
export interface Owner {
  readonly process: Process
  readonly counters: Counters
  claims: unknown
  /** Has the handler an `event`? */
  readonly hears: boolean
  /** Is the end on its way, for good or perhaps? */
  readonly leaves: boolean
  /** A frame into the mailbox; an idle process runs at once. */
  mail(mail: Mail): void
  /** Into the mailbox; runs in a turn of its own, for it may be the doing of a callback. */
  later(mail: Mail): void
  /** The end came from the wire or from a limit. */
  over(end: ending.End): void
  /** The handler's own close frame has gone out. */
  closed(end: ending.End): void
  /** Nothing came for the idle timeout. */
  idle(): void
  /** A byte came. */
  alive(): void
  setShutdownReason(reason: unknown): void
  /** The connection is no more. */
  gone(): void
}

/** More of them wait only if somebody plays with requests. */
const MAX_UNTOLD = 1000

/** One socket's connection. */
export class Connection implements Sink, CommandTarget, KeptAlive, OutboxTarget {
  transport: Transport = NOT_YET
  deflate = true
  readonly options: CheckedRouteOptions
  readonly #owner: Owner
  #maxFrameBytes: number
  /** The network has nothing of it any more. */
  isGone = false
  /** Nothing is delivered any more. */
  #isShut = false
  #reading: Reading | null = null
  #keepalive: Keepalive | null = null
  #outbox: Outbox | null = null
  /** Frames go by way of the outbox: the peer is behind. */
  #isHeld = false
  readonly #rate: Rate | null
  #expiry: Expiry | null = null
  /** Hears frames before the mailbox does. */
  tap: Tap | null = null
  /** Events of requests that began or ended, which wait in the mailbox. */
  #untold = 0

  constructor(owner: Owner, options: CheckedRouteOptions) {
    this.#owner = owner
    this.options = options
    this.#maxFrameBytes = options.maxFrameBytes
    this.#rate = Rate.of(options.rate, owner.process.kernel.clock.now())
  }

  /** The handshake is over. */
  open(transport: Transport, expiresAt: number | undefined): void {
    const { options } = this
    this.transport = transport
    this.#keepalive = new Keepalive(this.#owner.process.kernel, this, options.idleTimeoutMs, options.pingIntervalMs)
    this.#reading = new Reading(transport, this.#keepalive, options.inboundHighBytes, options.inboundLowBytes)
    if (expiresAt !== undefined) this.#expireAt(expiresAt)
  }
  /** `init` has answered: now frames may come. */
  ready(): void {
    this.#reading?.goOn(BY_INIT)
  }
  /** Another life of the handler begins: what the last one has set is taken back. */
  renew(): void {
    this.deflate = true
    this.tap = null
    this.#maxFrameBytes = this.options.maxFrameBytes
    this.#keepalive?.setIdle(this.options.idleTimeoutMs)
    this.#reading?.goOn(BY_HANDLER)
  }

  // ---- Sink: what the transport calls

  deliver(opcode: Opcode, data: string | Uint8Array, bytes: number): void {
    if (this.#isShut) return
    if (bytes > this.#maxFrameBytes) return this.#refuse(ending.endOfError('badsize', TOO_BIG))
    if (this.#rate !== null && !this.#passes(bytes)) return
    if (opcode === PING) this.transport.pong(data)
    if ((opcode === PING || opcode === PONG) && !this.#owner.hears) return
    if (this.tap !== null && (opcode === TEXT || opcode === BINARY) && this.tap.hears(data)) return
    this.#reading?.queued(bytes)
    this.#owner.mail(new Mail(opcode, data, bytes))
  }
  beat(): boolean {
    return !this.#isShut && (this.#rate === null || this.#passes(1))
  }
  #passes(bytes: number): boolean {
    const limit = (this.#rate as Rate).exceeded(bytes, this.#owner.process.kernel.clock.now())
    if (limit !== undefined) this.#tooMuch(limit)
    return limit === undefined
  }
  received(): void {
    this.#keepalive?.touch()
    this.#owner.alive()
  }
  remoteClosed(code: number | undefined, reason: string, waits = false): void {
    const end = ending.endOfRemote(code, reason)
    if (waits) this.#owner.later(new Mail(OVER, end, 0))
    else this.#owner.over(end)
  }
  failed(error: string, code?: number): void {
    this.#owner.over(ending.endOfFailure(error, code))
  }
  lost(): void {
    this.#owner.over(ending.endOfFailure('closed'))
  }
  progressed(): void {
    this.#keepalive?.touch()
  }
  drained(bytes: number): void {
    this.#outbox?.drained(bytes)
  }
  carried(type: 'attached' | 'detached', by: 'sse' | 'longPoll'): void {
    if (!this.#owner.hears || this.#isShut) return
    // A peer must not fill the mailbox of a handler that takes its time with requests that come and go.
    if (++this.#untold > MAX_UNTOLD) return this.#refuse(ending.endOfError('rate_exceeded', POLICY_VIOLATION))
    this.event({ type, by })
  }
  /** An event came out of the mailbox. */
  told(mail: Mail): void {
    const { type } = mail.data as SocketEvent
    if (type === 'attached' || type === 'detached') this.#untold--
  }
  gone(): void {
    this.isGone = true
    this.#owner.gone()
  }

  /** A frame came out of the mailbox, or out of that of the process to which it went on. */
  taken(bytes: number): void {
    this.#reading?.taken(bytes)
  }
  /** A frame has gone on into the mailbox of another process of this socket: it waits as it did in ours. */
  forwarded(bytes: number): void {
    this.#reading?.queued(bytes)
  }
  #refuse(end: ending.End): void {
    if (this.#isShut) return
    this.#isShut = true
    this.#owner.over(end)
  }
  #tooMuch(limit: 'messages' | 'bytes'): void {
    this.event({ type: 'rateExceeded', limit })
    this.#refuse(ending.endOfError('rate_exceeded', POLICY_VIOLATION))
  }

  // ---- Out: commands, and frames for many

  get bufferedBytes(): number {
    return this.transport.bufferedBytes + (this.#outbox?.bytes ?? 0)
  }
  send(opcode: Opcode, data: string | Uint8Array | undefined): void {
    if (!this.#isHeld && this.transport.send(opcode, data ?? EMPTY, this.deflate)) return
    this.#behind().add(opcode, data ?? EMPTY, this.deflate)
  }
  sendShared(frame: SharedFrame): void {
    if (!this.#isHeld && this.transport.sendShared(frame, this.deflate)) return
    this.#behind().addShared(frame, this.deflate)
  }
  closeWith(code: number | undefined, reason: string | undefined): void {
    const wire = code ?? (reason === undefined || reason === '' ? undefined : NORMAL)
    this.close(wire, reason)
    this.#owner.closed(ending.endOfClose(wire))
  }
  /** What waits goes out before the close frame. */
  close(code: number | undefined, reason: string | undefined, until?: number): void {
    this.#outbox?.flush()
    const lingerMs = until === undefined ? undefined : Math.max(0, until - this.#owner.process.kernel.clock.now())
    this.transport.close(code, reason, lingerMs)
  }
  setActive(on: boolean): void {
    if (on) this.#reading?.goOn(BY_HANDLER)
    else this.#reading?.stop(BY_HANDLER)
  }
  setOptions(changes: SocketChanges): void {
    const { idleTimeoutMs, maxFrameBytes, expiresAt } = changes
    if (maxFrameBytes !== undefined) this.#maxFrameBytes = Math.min(maxFrameBytes, this.options.maxFrameBytes)
    if (idleTimeoutMs !== undefined) this.#keepalive?.setIdle(idleTimeoutMs)
    if (expiresAt !== undefined) this.#expireAt(expiresAt)
    if ('claims' in changes) this.#owner.claims = changes.claims
  }
  setShutdownReason(reason: unknown): void {
    this.#owner.setShutdownReason(reason)
  }

  // ---- Flow control

  /** The peer's side of policy `wait`: a promise as long as it is behind, undefined when it is not. */
  wait(): Promise<void> | undefined {
    return this.#isHeld && this.#waits ? this.#behind().caughtUp() : undefined
  }
  get #waits(): boolean {
    return this.options.onSlowPeer === 'wait' && !this.#owner.leaves
  }
  /** Resolves when the peer has caught up. */
  caughtUp(): Promise<void> {
    const { process, leaves } = this.#owner
    if (process.state === DEAD) return never()
    // Whoever sends in a loop must let the event loop have its turn: the clock of its last 5 s is in it.
    if (leaves || this.#isShut) return process.kernel.queue.nextSlice(undefined)
    return this.#isHeld || this.transport.isBehind() ? this.#behind().caughtUp() : Promise.resolve()
  }
  #behind(): Outbox {
    return (this.#outbox ??= new Outbox(this, this.options.onSlowPeer, this.options.outboundHighBytes))
  }
  held(isHeld: boolean): void {
    this.#isHeld = isHeld
    if (this.options.onSlowPeer === 'wait') this.#reading?.waits(isHeld)
  }
  tooSlow(): void {
    this.#refuse(ending.endOfError('slow_peer', TRY_AGAIN_LATER))
  }
  dropped(): void {
    this.#owner.counters.dropped++
  }
  event(event: SocketEvent): void {
    if (this.#owner.hears && !this.#isShut) this.#owner.later(new Mail(EVENT, event, 0))
  }

  // ---- Time

  get isIdle(): boolean {
    return this.#keepalive?.isIdle === true
  }
  /** It was not idle after all. */
  again(): void {
    this.#keepalive?.again()
  }
  idle(): void {
    // Reading goes on as soon as the process does: what the peer has sent before is no sign of life then.
    if (this.#isHeld && this.#waits) return this.#refuse(ending.endOfIdle())
    this.#owner.idle()
  }
  /** A peer that leaves everything untaken is not sent more of it. */
  ping(): void {
    if (!this.#isHeld) this.transport.send(PING, EMPTY, false)
  }
  #expireAt(expiresAt: number): void {
    this.#expiry ??= new Expiry(this.#owner.process.kernel, this, this.options.claimsNoticeMs)
    this.#expiry.set(expiresAt)
  }
  expiring(inMs: number): void {
    this.event({ type: 'claimsExpiring', inMs })
  }
  expired(): void {
    this.#refuse(ending.endOfError('claims_expired', CLAIMS_EXPIRED))
  }

  /** The end is on its way, or may be: whoever waits for the peer waits no longer. */
  leave(isSure = true): void {
    this.#outbox?.release()
    if (isSure) this.tap?.leave()
  }
  /** The end has come: nothing is delivered, no timer runs. */
  shut(): void {
    this.#isShut = true
    this.#keepalive?.stop()
    this.#expiry?.stop()
    this.leave()
  }
}
