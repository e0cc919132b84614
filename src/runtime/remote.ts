// The seam for pids of other nodes: the runtime calls this interface, a cluster installs itself behind it.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'

/** What the runtime asks of whoever connects nodes. Without one, other nodes count as not connected (`noconnection`). */
export interface Remote {
  send(to: Pid | Ref, message: unknown): void
  exit(from: AnyPid, to: AnyPid, reason: ExitReason): void
  link(from: AnyPid, to: AnyPid): void
  unlink(from: AnyPid, to: AnyPid): void
  monitor(from: AnyPid, to: AnyPid, ref: Ref): void
  demonitor(from: AnyPid, to: AnyPid, ref: Ref): void
}
