// Which sockets a page has, watched by monitors: of a browser that counts one, of any other one of each kind, and messages go to
// the WebSocket if there is one. Entered by the page's process.
import type { Ref } from '../base/ref.js'
import { type Process, processOf } from '../runtime/process.js'
import type { Self } from '../runtime/self-types.js'
import { pushTo } from '../sockets/broadcast.js'
import { close } from '../sockets/frames.js'
import type { SocketPid } from '../sockets/handler.js'
import { REPLACED } from '../wire/close-codes.js'
import type { AttachKind } from './page-types.js'

/** A socket of a page. */
export interface AttachedSocket {
  readonly pid: SocketPid
  readonly ref: Ref
  readonly kind: AttachKind
  /** Does its browser count? Then messages are numbered, and kept until it acknowledges them. */
  readonly counts: boolean
}

/** The sockets of one page. */
export class PageSockets {
  readonly #self: Self<any>
  /** They close, and get no place any more: what they ask for was said before they knew. */
  readonly #replaced = new WeakSet<Process>()
  #websocket: AttachedSocket | undefined = undefined
  #comet: AttachedSocket | undefined = undefined

  constructor(self: Self<any>) {
    this.#self = self
  }

  get isEmpty(): boolean {
    return this.#websocket === undefined && this.#comet === undefined
  }
  get websocket(): SocketPid | undefined {
    return this.#websocket?.pid
  }
  get comet(): SocketPid | undefined {
    return this.#comet?.pid
  }
  /** Where messages go; undefined also between the end of that socket and its DOWN message. */
  get active(): AttachedSocket | undefined {
    const chosen = this.#websocket ?? this.#comet
    return chosen !== undefined && processOf(chosen.pid) !== undefined ? chosen : undefined
  }
  find(pid: SocketPid): AttachedSocket | undefined {
    if (this.#websocket?.pid.equals(pid) === true) return this.#websocket
    return this.#comet?.pid.equals(pid) === true ? this.#comet : undefined
  }
  /** Can this socket have a place? Not if it has ended, or another one has taken its place. */
  canHave(pid: SocketPid): boolean {
    const process = processOf(pid)
    return process !== undefined && !this.#replaced.has(process)
  }
  /**
   * Refuses a socket that was opened before the one that is attached: a browser that counts has one connection, so this is one
   * that it has given up, whose question was long on its way. False if there is no such one.
   */
  refusesLate(pid: SocketPid): boolean {
    const isLate = [this.#websocket, this.#comet].some((one) => one?.counts === true && isOlder(pid, one.pid))
    if (isLate) this.#shutOut(pid)
    return isLate
  }
  /** Takes a living socket in. The one before of its kind closes, and if one of them counts the one of the other kind too. */
  put(pid: SocketPid, kind: AttachKind, counts: boolean): AttachedSocket {
    // A browser that counts has one connection: what it had before is gone, though its end may not be known for hours.
    for (const before of [this.#websocket, this.#comet]) {
      if (before !== undefined && (before.kind === kind || counts || before.counts)) this.#replace(before)
    }
    const socket = { pid, ref: this.#self.monitor(pid), kind, counts }
    if (kind === 'websocket') this.#websocket = socket
    else this.#comet = socket
    return socket
  }
  /** A socket has ended: the kind that it was; undefined for one that was replaced before. */
  down(ref: Ref): AttachKind | undefined {
    if (this.#websocket?.ref.equals(ref) === true) {
      this.#websocket = undefined
      return 'websocket'
    }
    if (this.#comet?.ref.equals(ref) !== true) return undefined
    this.#comet = undefined
    return 'comet'
  }
  /** They are nobody's from then on. */
  closeAll(code: number): void {
    for (const socket of [this.#websocket, this.#comet]) if (socket !== undefined) pushTo(socket.pid, close(code))
    this.#websocket = undefined
    this.#comet = undefined
  }

  #replace({ pid, ref, kind }: AttachedSocket): void {
    this.#self.demonitor(ref)
    this.#shutOut(pid)
    if (kind === 'websocket') this.#websocket = undefined
    else this.#comet = undefined
  }
  #shutOut(pid: SocketPid): void {
    pushTo(pid, close(REPLACED))
    const process = processOf(pid)
    if (process !== undefined) this.#replaced.add(process)
  }
}

/** Was its process made before the other's? */
function isOlder(one: SocketPid, other: SocketPid): boolean {
  return one.serial === other.serial ? one.id < other.id : one.serial < other.serial
}
