// What a handler's callbacks get as `self`: everything of a process, and the socket's own two.
import { GensockError } from '../base/errors.js'
import type { Process } from '../runtime/process.js'
import { ProcessSelf } from '../runtime/self.js'
import type { Commands } from './commands.js'
import type { SocketPid, SocketSelf } from './handler.js'

/** The socket as its `self` sees it. */
export interface Pushable {
  readonly bufferedBytes: number
  push(commands: Commands): void
  drained(): Promise<void>
  /** From the 101 on. */
  readonly wire: Wire | null
}
/** Its connection. */
interface Wire {
  tap: Tap | null
  /** Frames may come. */
  ready(): void
  forwarded(bytes: number): void
  taken(bytes: number): void
}
/** Hears data frames before the mailbox does: answers that a callback waits for would wait behind it there. */
export interface Tap {
  /** True: it was for the tap, and goes no further. */
  hears(data: string | Uint8Array): boolean
  /** The end is on its way: nothing more is heard. */
  leave(): void
}

/** The one implementation of `SocketSelf`. */
export class HandlerSelf extends ProcessSelf implements SocketSelf {
  readonly #socket: Pushable
  constructor(process: Process, socket: Pushable) {
    super(process)
    this.#socket = socket
  }
  override get pid(): SocketPid<any, any> {
    return super.pid as SocketPid<any, any>
  }
  get bufferedBytes(): number {
    return this.#socket.bufferedBytes
  }
  /** Not for sockets: it would take frames, and the end of the connection, out of the mailbox. */
  override receive(): Promise<never> {
    throw new GensockError(
      'GENSOCK_ERR_BADARG',
      'receive: a socket gets its messages by the callback info, one at a time',
      'badarg',
    )
  }
  push(commands: Commands): void {
    this.#socket.push(commands)
  }
  drained(): Promise<void> {
    return this.#socket.drained()
  }
  /** What `push` does, whatever a handler has put in its place; of the copy of the library that has the socket. @internal */
  _push(commands: Commands): void {
    this.#socket.push(commands)
  }
  /** A frame of so many bytes goes on to another process of this socket; until `_taken` it counts for `inboundHighBytes`. @internal */
  _forwarded(bytes: number): void {
    this.#socket.wire?.forwarded(bytes)
  }
  /** From now on, until the handler begins anew. @internal */
  _tap(tap: Tap): void {
    const { wire } = this.#socket
    if (wire !== null) wire.tap = tap
  }
  /** Frames may come, though `init` has not answered yet: the tap waits for one. What is for the mailbox waits there. @internal */
  _read(): void {
    this.#socket.wire?.ready()
  }
  /** @internal */
  _taken(bytes: number): void {
    this.#socket.wire?.taken(bytes)
  }
}
