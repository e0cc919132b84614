// What a handler's callbacks get as `self`: everything of a process, and the socket's own two.
import type { Process } from '../runtime/process.js'
import { ProcessSelf } from '../runtime/self.js'
import type { Commands } from './commands.js'
import type { SocketPid, SocketSelf } from './handler.js'

/** The socket as its `self` sees it. */
export interface Pushable {
  readonly bufferedBytes: number
  push(commands: Commands): void
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
  push(commands: Commands): void {
    this.#socket.push(commands)
  }
}
