// What a test node knows of its processes beyond what the runtime keeps: where each was made, since when it stands still, how
// it ended. Entered by the runtime, through methods of its kernel that are followed here; read by open-processes, probe and
// matchers.
import type { ExitReason } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Kernel, Process } from '../runtime/process.js'
import type { Driver } from './within.js'

/** How a process ended. @internal */
export interface Ending {
  readonly reason: ExitReason
  readonly atMs: number
}
/** One process of a test node. @internal */
export interface ProcessRecord {
  readonly ledger: Ledger
  /** Carries the stack of whoever made it; V8 writes that out only when it is read. */
  readonly made: { readonly stack?: string }
  /** When it had its last turn, in ms of virtual time. */
  sinceMs: number
  /** A probe, which belongs to the test and not to what is tested. */
  isOurs: boolean
  ending: Ending | undefined
}
/** What a test node knows of all of them. @internal */
export interface Ledger {
  readonly kernel: Kernel
  readonly driver: Driver
  /** The texts of the crash reports so far. */
  crashTexts(): readonly string[]
  /** Crashes that a matcher has seen and that were what the test said: whose, and the reason without its stack. */
  readonly named: Set<{ readonly pid: string; readonly reason: unknown }>
}

const kRecords = Symbol.for('gensock.testing@1')
/** By pid. On the global object, so that matchers find the processes of a node that another copy of the library made. */
const records: WeakMap<AnyPid, ProcessRecord> = ((globalThis as { [kRecords]?: WeakMap<AnyPid, ProcessRecord> })[kRecords] ??=
  new WeakMap())

/** The record of a process, living or ended, of any test node; undefined for all others. @internal */
export function recordOf(pid: AnyPid): ProcessRecord | undefined {
  return records.get(pid)
}

/** Frames that are looked at for the place where a process was made: each costs about a microsecond for each process. */
const DEEP = 12

/** Follows the processes of a node from now on; `withPlaces`: also where each was made. @internal */
export function openLedger(kernel: Kernel, driver: Driver, withPlaces: boolean, crashTexts: () => readonly string[]): Ledger {
  const ledger: Ledger = { kernel, driver, crashTexts, named: new Set() }
  const { queue } = kernel
  const [newPid, push, runNow] = [kernel.newPid, queue.push, queue.runNow]
  const turned = (process: Process): void => {
    const record = records.get(process.pid)
    if (record !== undefined) record.sinceMs = driver.now()
  }
  kernel.newPid = function followed(process) {
    const pid = newPid.call(kernel, process)
    records.set(pid, {
      ledger,
      made: withPlaces ? placeOf(followed) : NOWHERE,
      sinceMs: driver.now(),
      isOurs: false,
      ending: undefined,
    })
    return pid
  }
  queue.push = (process) => {
    turned(process)
    push.call(queue, process)
  }
  queue.runNow = (process) => {
    turned(process)
    runNow.call(queue, process)
  }
  return ledger
}

/** The node's hook for ends, with the one that the test itself may set; `hooked` takes that. @internal */
export function followEnds(kernel: Kernel): (hook: ((pid: Pid, reason: ExitReason) => void) | undefined) => void {
  let own: ((pid: Pid, reason: ExitReason) => void) | undefined
  kernel.onExit = ({ pid }, reason) => {
    const record = records.get(pid)
    if (record !== undefined) record.ending = { reason, atMs: record.ledger.driver.now() }
    own?.(pid, reason)
  }
  return (hook) => {
    own = hook
  }
}

const NOWHERE: ProcessRecord['made'] = Object.freeze({})

function placeOf(above: Function): { readonly stack?: string } {
  const place: { readonly stack?: string } = {}
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = DEEP
  Error.captureStackTrace(place, above)
  Error.stackTraceLimit = stackTraceLimit
  return place
}
