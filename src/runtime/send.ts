// Hot path. How a message gets into a mailbox, and who it wakes. Entered by everybody; calls mailbox and the run queue.
import { BadArgError, GensockError } from '../base/errors.js'
import { isPid, type Pid, type ProcessId } from '../base/pid.js'
import { isRef, type Ref } from '../base/ref.js'
import { removeAlias } from './alias.js'
import { put } from './mailbox.js'
import { type Kernel, type Process, READY, shared, WAITING, DEAD } from './process.js'

/**
 * Where a message can go: a process, an alias, a registered name.
 *
 * @example
 * const everywhere: Dest[] = [self.pid, alias()]
 * for (const dest of everywhere) send(dest, 'hello')
 * processInfo(self.pid, 'message_queue_len') // => 2
 * @see OTP `erlang:send/2`, "send_destination()"
 */
export type Dest<M = any> = Pid<M> | Ref | string

/** Queues a message for a process; it never runs under the sender's feet. A dead process takes it in silence. */
export function post(process: Process, message: unknown): void {
  if (process.state === DEAD) return
  put(process, message)
  if (process.state === WAITING) {
    process.state = READY
    process.kernel.queue.push(process)
  }
}

/** As `post`, from the event loop (a frame arrived): an idle process on an idle queue runs at once, within the budget. */
export function postNow(process: Process, message: unknown): void {
  if (process.state === DEAD) return
  put(process, message)
  if (process.state !== WAITING) return
  process.state = READY
  const queue = process.kernel.queue
  if (shared.current === null && queue.mayRunNow()) queue.runNow(process)
  else queue.push(process)
}

/** Sends to a pid, an alias or a name of this node; `where` names the caller in errors. */
export function sendTo(kernel: Kernel, dest: unknown, message: unknown, where: string): void {
  if (isPid(dest)) {
    const process = (dest as unknown as ProcessId)._process as Process | null | undefined
    if (process) post(process, message)
    else if (process === undefined) sendAway(kernel, dest, message)
  } else if (typeof dest === 'string') {
    const process = kernel.names.get(dest)
    if (process === undefined) {
      throw new GensockError(
        'GENSOCK_ERR_NOPROC',
        `${where}: no process is registered as ${JSON.stringify(dest)} on node ${kernel.name}`,
        'badarg',
      )
    }
    post(process, message)
  } else if (isRef(dest)) sendToAlias(kernel, dest, message)
  else throw new BadArgError(`${where}: dest`, 'a pid, an alias or a registered name', dest)
}

/** A pid that came over the wire: perhaps one of ours after all, else a process of another node. */
function sendAway(kernel: Kernel, pid: Pid, message: unknown): void {
  const process = localProcess(kernel, pid)
  if (process !== undefined) post(process, message)
  else if (pid.node !== kernel.name) kernel.remote?.send(pid, message)
}

function sendToAlias(kernel: Kernel, ref: Ref, message: unknown): void {
  const home = homeOf(kernel, ref)
  if (home === undefined) {
    kernel.remote?.send(ref, message)
    return
  }
  const alias = home.aliases.get(ref.id)
  if (alias === undefined) return
  if (alias.once) removeAlias(alias.owner, ref.id, true)
  post(alias.owner, message)
}

/** The node of this program that a pid or ref was made on. */
export function homeOf(kernel: Kernel, made: { readonly node: string; readonly creation: number }): Kernel | undefined {
  const home = made.creation === kernel.creation ? kernel : shared.nodes.get(made.creation)?.deref()
  return home?.name === made.node ? home : undefined
}

/** The living process of a pid that was decoded from bytes, if it is one of this node. */
export function localProcess(kernel: Kernel, pid: Pid<never>): Process | undefined {
  return homeOf(kernel, pid)?.processes.get(pid.serial * 0x10000000 + pid.id)
}
