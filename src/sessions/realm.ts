// What the processes of one `startSessions` share. Made by sessions, held by every session's process.
import type { Kernel } from '../runtime/process.js'
import type { Crowd } from './crowd.js'
import type { Directory } from './directory.js'
import type { SessionLimits } from './options.js'
import type { SessionPid } from './pids.js'
import type { Recent } from './recent.js'
import type { Records } from './records.js'
import type { Tree } from './tree.js'
import type { Visitors } from './visitor.js'

/** A session that runs. */
export interface LiveSession {
  readonly pid: SessionPid
  /** The key of the visitor's record. */
  readonly visitor: string
}
export interface Realm {
  readonly kernel: Kernel
  readonly limits: SessionLimits
  readonly records: Records
  readonly tree: Tree
  readonly visitors: Visitors
  readonly live: Directory<LiveSession>
  readonly crowd: Crowd
  /** Keys that were given up for others. */
  readonly rotated: Recent
}
