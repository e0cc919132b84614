// A socket as `sys` sees it. Made when the first system message comes. Tracing costs nothing while it is off: what it looks at
// are wrappers around the handler and the transport, which stand in their place only as long as somebody wants to know.
import type { ExitReason } from '../base/exit-reason.js'
import { type Debug, type DebugEvent, type SysTarget } from '../behaviours/system.js'
import type { From } from '../runtime/call.js'
import type { Process } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'
import { nameOfOpcode, type Opcode, type SharedFrame } from './frames.js'
import type { AnySocketHandler } from './handler.js'
import type { Incarnation } from './incarnation.js'
import type { Transport } from './transport.js'

/** The socket, as far as system messages touch it. */
export interface SystemSide {
  readonly process: Process
  transport: Transport
  interrupts(message: unknown): boolean
  message(process: Process, message: unknown): void | Promise<void>
  /** Decides the end; it is carried out with the next message. */
  exiting(process: Process, reason: ExitReason): void
}

/** What `sys` needs of a socket. */
export class SocketSystem implements SysTarget {
  readonly kind = 'socket'
  readonly process: Process
  readonly #socket: SystemSide
  readonly #it: Incarnation
  #debug: Debug | null = null
  /** What the wrappers stand in place of. */
  readonly #handler: AnySocketHandler
  readonly #transport: Transport

  constructor(socket: SystemSide, it: Incarnation) {
    this.process = socket.process
    this.#socket = socket
    this.#it = it
    this.#handler = it.handler
    this.#transport = socket.transport
  }

  getState(): unknown {
    return this.#it.state
  }
  replaceState(replace: (state: unknown) => unknown): void {
    this.#it.keep(replace(this.#it.state))
  }
  finish(reason: ExitReason): void {
    this.#socket.exiting(this.process, reason)
  }
  interrupts(message: unknown): boolean {
    return this.#socket.interrupts(message)
  }
  message(process: Process, message: unknown): void | Promise<void> {
    return this.#socket.message(process, message)
  }

  get debug(): Debug | null {
    return this.#debug
  }
  set debug(debug: Debug | null) {
    this.#debug = debug
    this.#it.handler = debug === null ? this.#handler : tracedHandler(this.#handler, debug)
    this.#socket.transport = debug === null ? this.#transport : new TracedTransport(this.#transport, debug)
  }
}

/** The same callbacks; each tells what comes in, and the state or reply that it answers with. */
function tracedHandler(handler: AnySocketHandler, debug: Debug): AnySocketHandler {
  const { info, event, call } = handler
  const seen =
    (kind: (DebugEvent & { type: 'in' })['kind'], callback: (...args: any[]) => unknown) =>
    (message: unknown, ...rest: readonly unknown[]): any => {
      debug.event({ type: 'in', kind, message })
      return answered(callback.call(handler, message, ...rest), debug)
    }
  return {
    init: (args, self) => handler.init(args, self),
    handle: seen('frame', handler.handle),
    ...(info === undefined ? {} : { info: seen('info', info) }),
    ...(event === undefined ? {} : { event: seen('event', event) }),
    ...(call === undefined ? {} : { call: tracedClauses(call, debug) }),
    terminate: (reason, state, self) => handler.terminate?.(reason, state, self),
  }
}

function tracedClauses(clauses: Readonly<Record<string, (...args: any[]) => unknown>>, debug: Debug): any {
  return Object.fromEntries(
    Object.keys(clauses).map((type) => [
      type,
      (request: unknown, from: From, ...rest: readonly unknown[]) => {
        debug.event({ type: 'in', kind: 'call', message: request, from })
        return answered(clauses[type]?.(request, from, ...rest), debug, from)
      },
    ]),
  )
}

/** Frames are told of where they go out; here only what else an answer means. */
function answered(answer: unknown, debug: Debug, from?: From): unknown {
  const tell = (result: unknown): unknown => {
    if (!Array.isArray(result)) return result
    if (result[0] === 'reply') debug.event({ type: 'out', message: result[1], to: from })
    else if (result[0] === 'ok' || result[0] === 'noreply') debug.event({ type: 'noreply', state: result[1] })
    return result
  }
  return isPromise(answer) ? answer.then(tell) : tell(answer)
}

/** The same wire; tells of each frame that goes out. */
class TracedTransport implements Transport {
  readonly #wire: Transport
  readonly #debug: Debug
  constructor(wire: Transport, debug: Debug) {
    this.#wire = wire
    this.#debug = debug
  }
  get compressed(): boolean {
    return this.#wire.compressed
  }
  get bufferedBytes(): number {
    return this.#wire.bufferedBytes
  }
  isBehind(): boolean {
    return this.#wire.isBehind()
  }
  send(opcode: Opcode, data: string | Uint8Array, compress: boolean, evenIfBehind?: boolean): boolean {
    const taken = this.#wire.send(opcode, data, compress, evenIfBehind)
    if (taken) this.#tell(nameOfOpcode(opcode), data)
    return taken
  }
  pong(data: string | Uint8Array): void {
    this.#tell('pong', data)
    this.#wire.pong(data)
  }
  sendShared(frame: SharedFrame, compress: boolean, evenIfBehind?: boolean): boolean {
    const taken = this.#wire.sendShared(frame, compress, evenIfBehind)
    if (taken) this.#tell(nameOfOpcode(frame.opcode), frame.data)
    return taken
  }
  close(code: number | undefined, reason: string | undefined, lingerMs?: number): void {
    this.#tell('close', code, reason)
    this.#wire.close(code, reason, lingerMs)
  }
  destroy(): void {
    this.#wire.destroy()
  }
  pause(): void {
    this.#wire.pause()
  }
  resume(): void {
    this.#wire.resume()
  }
  #tell(...frame: readonly unknown[]): void {
    this.#debug.event({ type: 'out', message: frame, to: undefined })
  }
}
