// What a process sees of itself: every operation that belongs to it, right after any await. Once the process has ended,
// each of them does nothing. Entered by user code; calls the rooms of the runtime.
import { requireFunction, requireMs } from '../base/check.js'
import { BadArgError } from '../base/errors.js'
import { type ExitReason, ExitSignal } from '../base/exit-reason.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import { call, type CallTimeout, reply } from './call.js'
import { exitSignal } from './exit.js'
import { type InfoItem, processInfo, type ProcessInfo } from './info.js'
import {
  alias,
  type AliasOptions,
  demonitor,
  type DemonitorOptions,
  link,
  monitor,
  type MonitorOptions,
  resolve,
  unalias,
  unlink,
} from './links.js'
import { asCurrent, awaited, DEAD, type Process } from './process.js'
import { never, receive, type ReceiveOptions } from './receive.js'
import { register, requireName, unregister } from './registry.js'
import { type Dest, sendTo } from './send.js'
import type { ProcessFunction, ProcessShape, Receiver, SpawnOptions } from './self-types.js'
import { spawnFunction, spawnModule, withOption } from './spawn.js'
import { addTimer, cancelTimer, readTimer } from './timer-api.js'

/** The one implementation of `Self` and `Receiver`. Sockets extend it with `push`: their Self is a Self in every other way. */
export class ProcessSelf implements Receiver {
  readonly #process: Process

  constructor(process: Process) {
    this.#process = process
  }

  get pid(): Pid {
    return this.#process.pid
  }
  get node(): string {
    return this.#process.kernel.name
  }
  get signal(): AbortSignal {
    const process = this.#process
    process.abort ??= new AbortController()
    if (process.state === DEAD && !process.abort.signal.aborted) process.abort.abort('noproc')
    return process.abort.signal
  }

  send(dest: Dest, message: unknown): void {
    if (this.#process.state !== DEAD) sendTo(this.#process.kernel, dest, message, 'send')
  }
  call(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<any> {
    return this.#process.state === DEAD ? never() : call(this.#process.kernel, this.#process, dest, request, timeoutMs)
  }
  reply(from: unknown, value: unknown): void {
    if (this.#process.state !== DEAD) reply(from, value)
  }
  receive(match?: unknown, options?: ReceiveOptions): Promise<any> {
    if (typeof match === 'object' && match !== null) return receive(this.#process, undefined, match as ReceiveOptions)
    return receive(this.#process, match, options)
  }

  sendAfter(delayMs: number, message: unknown): Ref {
    return this.sendAfterTo(delayMs, this.pid, message)
  }
  startTimer(delayMs: number, message: unknown): Ref {
    return this.startTimerTo(delayMs, this.pid, message)
  }
  sendAfterTo(delayMs: number, dest: Dest, message: unknown): Ref {
    return addTimer(this.#process.kernel, 'sendAfter', delayMs, dest, message, this.#process.state === DEAD)
  }
  startTimerTo(delayMs: number, dest: Dest, message: unknown): Ref {
    return addTimer(this.#process.kernel, 'startTimer', delayMs, dest, message, this.#process.state === DEAD)
  }
  cancelTimer(ref: Ref): number | false {
    return this.#process.state === DEAD ? false : cancelTimer(ref)
  }
  readTimer(ref: Ref): number | false {
    return readTimer(ref)
  }
  sleep(delayMs: number): Promise<void> {
    requireMs('sleep: delayMs', delayMs)
    const { kernel } = this.#process
    if (this.#process.state === DEAD) return never()
    return new Promise((wake) =>
      kernel.timers.add(kernel.newRef(), delayMs, this.#process, awaited(kernel, this.#process, wake), undefined),
    )
  }

  link(pid: AnyPid): void {
    link(this.#process, pid)
  }
  unlink(pid: AnyPid): void {
    unlink(this.#process, pid)
  }
  monitor(target: AnyPid | string, options?: MonitorOptions): Ref {
    return monitor(this.#process, target, options)
  }
  demonitor(ref: Ref, options?: DemonitorOptions): boolean {
    return demonitor(this.#process, ref, options)
  }
  alias(options?: AliasOptions): Ref {
    return alias(this.#process, options)
  }
  unalias(ref: Ref): boolean {
    return unalias(this.#process, ref)
  }
  makeRef(): Ref {
    return this.#process.kernel.newRef()
  }
  trapExit(on: boolean): boolean {
    if (typeof on !== 'boolean') throw new BadArgError('trapExit', 'true or false', on)
    const before = this.#process.trapExit
    this.#process.trapExit = on
    return before
  }
  exit(reason: ExitReason): never
  exit(pid: AnyPid, reason: ExitReason): void
  exit(first: unknown, ...rest: [ExitReason?]): void {
    if (rest.length === 0) throw new ExitSignal(first as ExitReason)
    signalExit(this.#process, first, rest[0] as ExitReason)
  }

  spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
    return spawnFunction(this.#process.kernel, this.#process, 'spawn', process, options).pid as Pid<M>
  }
  spawnLink<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M> {
    return spawnFunction(this.#process.kernel, this.#process, 'spawnLink', process, withOption(options, { link: true }))
      .pid as Pid<M>
  }
  spawnMonitor<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): readonly [Pid<M>, Ref] {
    const withMonitor = withOption(options, { monitor: options?.monitor || true })
    const spawned = spawnFunction(this.#process.kernel, this.#process, 'spawnMonitor', process, withMonitor)
    return [spawned.pid as Pid<M>, spawned.ref as Ref]
  }
  spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M> {
    return spawnModule(this.#process.kernel, this.#process, module, options).pid as Pid<M>
  }

  register(name: string, pid: AnyPid): void {
    if (this.#process.state !== DEAD) register(this.#process.kernel, name, pid)
  }
  unregister(name: string): void {
    if (this.#process.state !== DEAD) unregister(this.#process.kernel, name)
  }
  whereis<P extends AnyPid = Pid>(name: string): P | undefined {
    requireName('whereis: name', name)
    return this.#process.kernel.names.get(name)?.pid as P | undefined
  }
  isAlive(pid: AnyPid): boolean {
    return Boolean(resolve(this.#process.kernel, pid, 'isAlive: pid'))
  }
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined
  processInfo(pid: AnyPid, item?: InfoItem): unknown {
    return processInfo(this.#process.kernel, pid, item)
  }

  put(key: unknown, value: unknown): unknown {
    const dictionary = (this.#process.dictionary ??= new Map())
    const before = dictionary.get(key)
    dictionary.set(key, value)
    return before
  }
  get(key: unknown): unknown {
    return this.#process.dictionary?.get(key)
  }
  erase(key: unknown): unknown {
    const before = this.#process.dictionary?.get(key)
    this.#process.dictionary?.delete(key)
    return before
  }

  run<T>(fn: () => T): T {
    requireFunction('run: fn', fn)
    // Whatever an ended process still does, does nothing: its callback unwinds here.
    if (this.#process.state === DEAD) throw new ExitSignal('noproc')
    return asCurrent(this.#process, fn)
  }
}

/** `exit(pid, reason)` of a process; unwinds its callback at once if it has just ended itself. */
export function signalExit(process: Process, pid: unknown, reason: ExitReason): void {
  if (process.state === DEAD) return
  const target = resolve(process.kernel, pid, 'exit: pid')
  if (target) exitSignal(target, process.pid, reason, false)
  else if (target === undefined) process.kernel.remote?.exit(process.pid, pid as AnyPid, reason)
  if (target === process && (hasEnded(process) || !process.trapExit)) throw new ExitSignal(reason)
}

function hasEnded(process: Process): boolean {
  return process.state === DEAD
}

/** The Self of a process, made when first asked for. */
export function selfOf(process: Process): ProcessSelf {
  return (process.self ??= new ProcessSelf(process)) as ProcessSelf
}
