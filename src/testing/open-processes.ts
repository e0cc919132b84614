// The processes of a test node that are still alive, as a person reads them: what each runs, what it waits for and since
// when, who made it and where. Entered by test-node and matchers; reads the runtime's tables and the ledger.
import type { AnyPid, Pid } from '../base/pid.js'
import { BUSY, type Process, processOf, WAITING } from '../runtime/process.js'
import type { Timer } from '../runtime/timers.js'
import { type Ledger, recordOf } from './ledger.js'

/**
 * What a process waits for: a message in its mailbox loop, a message in `receive`, the end of a `sleep`, the answer of a
 * `call`, a promise of somebody else (a file, a network, a promise of yours), or only its turn.
 *
 * @example
 * node.spawn((self) => self.sleep(100))
 * await node.settle()
 * const waitsFor: WaitsFor | undefined = node.openProcesses()[0]?.waitsFor
 * waitsFor // => 'sleep'
 * @see {@link OpenProcess}
 */
export type WaitsFor = 'message' | 'receive' | 'sleep' | 'call' | 'promise' | 'turn'
/**
 * A process of a test node that is alive.
 *
 * @example
 * const pid = node.spawn((self) => self.receive({ afterMs: 100 }))
 * node.register('waiter', pid)
 * await node.settle()
 * const [open] = node.openProcesses() as [OpenProcess]
 * open.pid === pid // => true
 * const facts = [open.name, open.runs, open.waitsFor, open.sinceMs, open.untilMs, open.mailbox]
 * facts // => ['waiter', 'function', 'receive', 0, 100, 0]
 * @see OTP `observer`, "Processes"
 */
export interface OpenProcess {
  /** Who it is. */
  readonly pid: Pid
  /** Its registered name, if it has one. */
  readonly name: string | undefined
  /** The process that made it; undefined if the test did. */
  readonly parent: Pid | undefined
  /** `function`, `callback process`, `socket`, `task`, or OTP's name of a behaviour: `gen_server`, `supervisor`. */
  readonly runs: string
  /** The line that made it, outside the library, as `file:line:column`; undefined if there is none. */
  readonly madeAt: string | undefined
  /** What it waits for. */
  readonly waitsFor: WaitsFor
  /** When it was last given something to do, in ms of virtual time. */
  readonly sinceMs: number
  /** When its `sleep`, or the time limit of its `receive`, is over, in ms of virtual time; Infinity without one. */
  readonly untilMs: number
  /** How many messages lie in its mailbox. */
  readonly mailbox: number
}

/** All living processes, oldest first, without those of the test kit. @internal */
export function openProcesses({ kernel }: Ledger): OpenProcess[] {
  const open: OpenProcess[] = []
  for (const process of kernel.processes.values()) if (recordOf(process.pid)?.isOurs !== true) open.push(openProcess(process))
  return open
}

function openProcess(process: Process): OpenProcess {
  const record = recordOf(process.pid)
  const waitsFor = waitOf(process)
  return {
    pid: process.pid,
    name: process.name ?? undefined,
    parent: process.parent,
    runs: runsOf(process),
    // Asked for when a text is written only: to write out a stack takes its time.
    get madeAt() {
      return outside(record?.made.stack ?? '')
    },
    waitsFor,
    sinceMs: record?.sinceMs ?? 0,
    untilMs: untilOf(process, waitsFor),
    mailbox: process.queueLength,
  }
}

const KINDS: Readonly<Record<string, string>> = {
  Object: 'function',
  ModuleProgram: 'callback process',
  Socket: 'socket',
  TaskProgram: 'task',
}
/** @internal */
export function runsOf({ program }: Process): string {
  const { kind } = program as { readonly kind?: unknown }
  const { name } = program.constructor
  return typeof kind === 'string' ? kind : (KINDS[name] ?? name)
}

/** @internal */
export function waitOf(process: Process): WaitsFor {
  if (process.state === WAITING) return process.waiter === null ? 'message' : 'receive'
  if (process.state !== BUSY) return 'turn'
  if (sleepOf(process) !== undefined) return 'sleep'
  for (const monitor of process.monitors?.values() ?? []) if ('timeoutMs' in monitor) return 'call'
  return 'promise'
}

/** A `sleep` is a timer of the process's own that carries a function and no message. */
function sleepOf(process: Process): Timer | undefined {
  return timerOf(process, (timer) => typeof timer.dest === 'function' && timer.message === undefined)
}
function timerOf(process: Process, is: (timer: Timer) => boolean): Timer | undefined {
  for (let timer = process._timers; timer !== null; timer = timer.nextOfTarget) if (is(timer)) return timer
  return undefined
}
function untilOf(process: Process, waitsFor: WaitsFor): number {
  if (waitsFor === 'sleep') return sleepOf(process)?.dueMs ?? Infinity
  if (waitsFor === 'receive') return timerOf(process, ({ ref }) => ref === process.waiter?.timer)?.dueMs ?? Infinity
  return Infinity
}

// ---- Where a process was made: the first line of a stack that is neither of this library nor of others

const HERE =
  /^\s*at .*?\(?(?:file:\/\/)?((?:[A-Za-z]:)?[^()]*?)[\\/](?:testing[\\/]open-processes|shared[\\/]\w+)\.\w+:\d+:\d+\)?$/m
/** The folder that this library runs from. */
let home: string | undefined
function outside(stack: string): string | undefined {
  home ??= HERE.exec(new Error('here').stack ?? '')?.[1] ?? ''
  for (const line of stack.split('\n')) {
    const place = /\(?(?:file:\/\/)?([^()\s][^()]*:\d+:\d+)\)?$/.exec(line.replace(/^\s*at (?:async )?/, ''))?.[1]
    if (place === undefined || /^node:|[\\/]node_modules[\\/]/.test(place)) continue
    if (home === '' || !place.startsWith(home)) return place
  }
  return undefined
}

// ---- In words

const WORDS: Readonly<Record<WaitsFor, string>> = {
  message: 'waits for a message',
  receive: 'waits in receive',
  sleep: 'sleeps',
  call: 'waits for the answer of a call',
  promise: "waits for a promise that is not the library's",
  turn: 'waits for its turn',
}
const MAX_SHOWN = 20

function line({ pid, name, parent, runs, madeAt, waitsFor, sinceMs, untilMs, mailbox }: OpenProcess): string {
  const who = name === undefined ? String(pid) : `${String(pid)} (${name})`
  const until = untilMs === Infinity ? '' : ` until ${untilMs} ms`
  const facts = [
    `${runs}, ${WORDS[waitsFor]} since ${sinceMs} ms${until}`,
    mailbox === 0 ? 'mailbox empty' : `${mailbox} in its mailbox`,
    ...(parent === undefined ? [] : [`child of ${String(parent)}`]),
    ...(madeAt === undefined ? [] : [`made at ${madeAt}`]),
  ]
  return `  ${who} ${facts.join('; ')}`
}

/** One living process in words; undefined once it has ended. @internal */
export function lineOf(pid: AnyPid): string | undefined {
  const process = processOf(pid)
  return process === undefined ? undefined : line(openProcess(process)).trimStart()
}

/** All of them, a line for each, as they were at `atMs`. @internal */
export function describeOpen(open: readonly OpenProcess[], atMs: number): string {
  const count = open.length === 1 ? '1 process is' : `${open.length === 0 ? 'no' : open.length} processes are`
  const more = open.length > MAX_SHOWN ? [`  and ${open.length - MAX_SHOWN} more`] : []
  return [`${count} open at ${atMs} ms${open.length === 0 ? '' : ':'}`, ...open.slice(0, MAX_SHOWN).map(line), ...more].join('\n')
}
