// A listener: the process that owns a set of sockets. Ends them when it ends. Entered by transports, which give it what to
// do when no more sockets are wanted; knows nothing of HTTP.
import { requireFunction, requireMs } from '../base/check.js'
import type { AnyPid } from '../base/pid.js'
import { terminate } from '../runtime/exit.js'
import type { Kernel, Process, Program } from '../runtime/process.js'
import { spawnProgram } from '../runtime/spawn.js'
import { checkClose } from './frames.js'
import type { SocketPid } from './handler.js'
import type { ListenerOptions } from './options.js'
import type { SocketSetup } from './setup.js'
import { Socket } from './socket.js'

const GOING_AWAY = 1001
const POLICY = 1008
const RESTARTING = 1012

/** What `listen` and `attach` answer. */
export interface Listener {
  readonly port: number
  /**
   * The listener's process: when it ends, nobody listens any more and its sockets close with 1001. Their handlers end with
   * `shutdown` even if they trap exits: as in OTP, trapping does not outlive the parent.
   */
  readonly pid: AnyPid
  /** The sockets that live, oldest first. */
  sockets(): readonly SocketPid[]
  /** Closes every socket. Default code 1001. */
  closeAll(code?: number, reason?: string): void
  /** Closes the sockets whose claims pass the test; answers how many. Default code 1008. */
  disconnectWhere(test: (claims: unknown) => boolean, code?: number): number
  /** Takes no more sockets, closes all with 1012, kills what is left after `deadlineMs`, and ends. Twice: the sooner counts. */
  drain(options: { readonly deadlineMs: number }): Promise<void>
}

/** Room for one socket, held while `authorize` runs. `release` is false if it was given back before. */
export interface Place {
  release(): boolean
}

/** The sockets of one listener. */
export class SocketListener implements Program {
  readonly process: Process
  readonly #sockets = new Set<Socket>()
  readonly #perAddress = new Map<string, number>()
  readonly #options: Required<ListenerOptions>
  readonly #onStop: () => void
  #open = true
  #reserved = 0
  readonly #onEmpty: (() => void)[] = []

  constructor(kernel: Kernel, options: Required<ListenerOptions>, onStop: () => void) {
    this.#options = options
    this.#onStop = onStop
    this.process = spawnProgram(kernel, this, undefined, null, 'listener').process
  }

  start(): void {
    // It lives until it is told to end.
  }
  message(): void {
    // Nobody has anything to tell it.
  }
  ended(): void {
    this.#stop()
    for (const socket of this.#sockets) socket.closeBy(GOING_AWAY, undefined)
  }

  /** Takes a place for one more from this address, before anything is known of it; else the status to refuse it with. */
  reserve(remoteAddress: string): Place | number {
    if (!this.#open || this.#sockets.size + this.#reserved >= this.#options.maxConnections) return 503
    const ofAddress = this.#perAddress.get(remoteAddress) ?? 0
    if (ofAddress >= this.#options.maxConnectionsPerAddress) return 429
    this.#perAddress.set(remoteAddress, ofAddress + 1)
    this.#reserved++
    let free = false
    const release = (): boolean => {
      if (free) return false
      free = true
      this.#reserved--
      this.#leave(remoteAddress)
      return true
    }
    return { release }
  }

  /** Starts the process of a new socket in its place; undefined if nobody is let in any more, or the peer has gone. */
  add(setup: SocketSetup, place: Place): Socket | undefined {
    if (!place.release() || !this.#open) return undefined
    const { remoteAddress } = setup.request
    const socket = new Socket(this.process.kernel, setup, this.process, this.#remove)
    this.#sockets.add(socket)
    this.#perAddress.set(remoteAddress, (this.#perAddress.get(remoteAddress) ?? 0) + 1)
    return socket
  }

  sockets(): readonly SocketPid[] {
    return Array.from(this.#sockets, (socket) => socket.pid)
  }
  closeAll(code: number = GOING_AWAY, reason?: string): void {
    checkClose(code, reason, [code, reason])
    for (const socket of this.#sockets) socket.closeBy(code, reason)
  }
  disconnectWhere(test: (claims: unknown) => boolean, code: number = POLICY): number {
    requireFunction('disconnectWhere: test', test)
    checkClose(code, undefined, code)
    const chosen = [...this.#sockets].filter((socket) => test(socket.claims))
    for (const socket of chosen) socket.closeBy(code, undefined)
    return chosen.length
  }
  async drain(options: { readonly deadlineMs: number }): Promise<void> {
    requireMs('drain: deadlineMs', options?.deadlineMs)
    this.#stop()
    if (this.#sockets.size > 0) await this.#empty(options.deadlineMs)
    terminate(this.process, 'normal')
  }

  #empty(deadlineMs: number): Promise<void> {
    const { kernel } = this.process
    const deadline = kernel.newRef()
    return new Promise((resolve) => {
      this.#onEmpty.push(() => {
        kernel.timers.left(deadline, true)
        resolve()
      })
      kernel.timers.add(deadline, deadlineMs, null, () => this.#kill(), undefined)
      this.closeAll(RESTARTING)
    })
  }
  #kill(): void {
    for (const socket of this.#sockets) terminate(socket.process, 'killed')
  }

  #stop(): void {
    if (!this.#open) return
    this.#open = false
    this.#onStop()
  }

  readonly #remove = (socket: Socket): void => {
    this.#sockets.delete(socket)
    this.#leave(socket.remoteAddress)
    if (this.#sockets.size === 0) for (const empty of this.#onEmpty.splice(0)) empty()
  }
  #leave(remoteAddress: string): void {
    const left = (this.#perAddress.get(remoteAddress) ?? 1) - 1
    if (left === 0) this.#perAddress.delete(remoteAddress)
    else this.#perAddress.set(remoteAddress, left)
  }
}
