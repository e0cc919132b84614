// A service that runs, as sockets, broadcasts and the router see it: shared by all its sockets, or one for each. Types, and how
// a socket is tied to what runs its service. Entered by every file that holds a service.
import type { ExitReason } from '../../base/exit-reason.js'
import type { Pid } from '../../base/pid.js'
import type { ChildSpec } from '../../behaviours/child-spec.js'
import { watchEnd } from '../../runtime/alias.js'
import { processOf } from '../../runtime/process.js'
import { pushTo } from '../../sockets/broadcast.js'
import { close } from '../../sockets/frames.js'
import { GOING_AWAY, INTERNAL_ERROR } from '../../wire/close-codes.js'
import type { Member } from './member.js'
import type { ServicePlan, ServiceQueue } from './service-queue.js'

/**
 * A service as `boss.services()` shows it.
 *
 * @example
 * const boss = await services({ myapp_echo_websocket: () => ({ init: () => ['ok', null] }) })
 * const [info] = await boss.services()
 * info.url // => '/websocket/echo'
 * info.sockets // => 0
 * @see OTP `sys:get_status/1`
 */
export interface ServiceInfo {
  /** Of its module. */
  readonly name: string
  /** The path that its sockets are opened at. */
  readonly url: string
  /** Its process: `handleInfo` gets what is sent to it. Undefined with a process for each socket, or while there is none. */
  readonly pid: Pid<any> | undefined
  /** How many sockets have joined. */
  readonly sockets: number
  /** How many joins, texts, closes and broadcasts wait for a callback. */
  readonly waiting: number
}

/** What the others need of a service. */
export interface RunningService {
  readonly plan: ServicePlan
  /** False once nobody starts it again. */
  readonly isUp: boolean
  /** What its supervisor starts. */
  child(): ChildSpec
  join(member: Member): void
  broadcast(message: unknown): void
  info(): ServiceInfo
}

/** A socket does not outlive its service: 1001 if that was told to end, 1011 if it has crashed too often. */
export function tie({ webSocket }: Member, queue: ServiceQueue): void {
  // Its supervisor ends in the same way when it gives up and when it is told to: only the service knows which it was.
  const ended = (reason?: ExitReason): void =>
    pushTo(webSocket, close(queue.fate.hasCrashed || reason === 'killed' ? INTERNAL_ERROR : GOING_AWAY))
  const [socket, keeper] = [processOf(webSocket), queue.keeper === undefined ? undefined : processOf(queue.keeper)]
  if (keeper === undefined) ended()
  else if (socket !== undefined) watchEnd(socket, keeper, ended)
}
