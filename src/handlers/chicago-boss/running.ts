// A service that runs, as sockets, broadcasts and the router see it: shared by all its sockets, or one for each. Types; entered by
// every file that holds a service.
import type { Pid } from '../../base/pid.js'
import type { ChildSpec } from '../../behaviours/child-spec.js'
import type { Member } from './member.js'
import type { AnyServiceModule } from './types.js'

/** Which service: what does not change. */
export interface ServicePlan {
  /** The name of its module. */
  readonly name: string
  readonly url: string
  readonly module: AnyServiceModule
  /** After a restart: joins again and nothing lost, or as in Chicago Boss. */
  readonly restart: 'replay' | 'faithful'
}
/** How often a service is started again, and how long its `init` may take. */
export interface StartLimits {
  readonly intensity: number
  readonly periodMs: number
  readonly initTimeoutMs: number
}
/** What waits for a service, all its queues together. */
export interface Load {
  bytes: number
}

/**
 * A service as `boss.services()` shows it.
 *
 * @example
 * const boss = await services({ myapp_echo_websocket: () => ({ init: () => ['ok', null] }) })
 * const [info] = await boss.services()
 * info?.url // => '/websocket/echo'
 * info?.sockets // => 0
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
  /** Bytes that wait for it. */
  readonly load: Load
  /** Of all its sockets, in no order that counts. */
  readonly members: Iterable<Member>
  /** What its supervisor starts. */
  child(): ChildSpec
  join(member: Member): void
  broadcast(message: unknown): void
  info(): ServiceInfo
}
