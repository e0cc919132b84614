// The types that user code meets: Self, Receiver, what can be spawned and with which options. Types only.
import type { ExitReason } from '../base/exit-reason.js'
import type { Timeout } from '../base/messages.js'
import type { AnyPid, Pid } from '../base/pid.js'
import type { Ref } from '../base/ref.js'
import type { CallTimeout, From } from './call.js'
import type { InfoItem, ProcessInfo } from './info.js'
import type { AliasOptions, DemonitorOptions, MonitorOptions } from './links.js'
import type { ReceiveOptions } from './receive.js'
import type { Dest } from './send.js'

export type MaybePromise<T> = T | Promise<T>
/** What a function process runs; it ends when the function returns. */
export type ProcessFunction<M> = (self: Receiver<M>) => MaybePromise<void>
export interface SpawnOptions {
  /** Registers the process before it runs. */
  readonly name?: string
  /** Links it to the spawning process, atomically with the start. Default false. */
  readonly link?: boolean
  /** Monitors it from the spawning process. Default false. */
  readonly monitor?: boolean | MonitorOptions
  /** The process starts with `trapExit` on. Default false. */
  readonly trapExit?: boolean
}
/** The smallest callback process: one state, one callback. */
export interface ProcessModule<State, Message> {
  readonly init: (self: Receiver<Message>) => MaybePromise<State>
  readonly message: (
    message: Message,
    state: State,
    self: Receiver<Message>,
  ) => MaybePromise<readonly ['ok', State] | readonly ['stop', ExitReason]>
}

/** A module as `spawnProcess` takes it: `init` does not decide which messages there are, the annotation of `message` does. */
export interface ProcessShape<State, Message> extends Omit<ProcessModule<State, Message>, 'init'> {
  readonly init: (self: Receiver) => MaybePromise<State>
}

/** The process that runs this callback. Right after any await. Not a pid: send `self.pid` to others. */
export interface Self<in out Message = any> {
  readonly pid: Pid<Message>
  /** Name of the node. */
  readonly node: string
  /** Aborts when this process ends; its `reason` is the exit reason. As with every AbortSignal, a listener that throws ends the program. */
  readonly signal: AbortSignal

  /** Sends; a dead pid takes it in silence. @throws `GENSOCK_ERR_NOPROC` - the name is not registered. @see OTP `erlang:send/2` */
  send<M>(dest: Dest<M>, message: NoInfer<M>): void
  /** Sends a request and waits for the reply. Rejects with CallError. @see OTP `gen_server:call/3` */
  call<Reply = any>(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<Reply>
  /** Answers a call. @see OTP `gen_server:reply/2` */
  reply<R>(from: From<R>, value: NoInfer<R>): void

  /** Sends `message` to this process after `delayMs`. @see OTP `erlang:send_after/3` */
  sendAfter(delayMs: number, message: Message): Ref
  /** Sends `{ type: 'timeout', ref, message }` to this process after `delayMs`. @see OTP `erlang:start_timer/3` */
  startTimer<T>(delayMs: number, message: Timeout<T> extends Message ? T : never): Ref
  sendAfterTo<M>(delayMs: number, dest: Dest<M>, message: NoInfer<M>): Ref
  startTimerTo(delayMs: number, dest: Dest, message: unknown): Ref
  /** Milliseconds that were left, or false. @see OTP `erlang:cancel_timer/1` */
  cancelTimer(ref: Ref): number | false
  readTimer(ref: Ref): number | false
  /** Waits; the mailbox is not touched. */
  sleep(delayMs: number): Promise<void>

  link(pid: AnyPid): void
  unlink(pid: AnyPid): void
  monitor(target: AnyPid | string, options?: MonitorOptions): Ref
  demonitor(ref: Ref, options?: DemonitorOptions): boolean
  alias(options?: AliasOptions): Ref
  unalias(ref: Ref): boolean
  makeRef(): Ref
  /** Answers the value before. @see OTP `erlang:process_flag/2` */
  trapExit(on: boolean): boolean
  /** Ends this process: unwinds the callback at once. @see OTP `erlang:exit/1` */
  exit(reason: ExitReason): never
  /** Sends an exit signal. @see OTP `erlang:exit/2` */
  exit(pid: AnyPid, reason: ExitReason): void

  spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M>
  spawnLink<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M>
  spawnMonitor<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): readonly [Pid<M>, Ref]
  spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M>

  register(name: string, pid: AnyPid): void
  unregister(name: string): void
  whereis<P extends AnyPid = Pid>(name: string): P | undefined
  isAlive(pid: AnyPid): boolean
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined

  /** The process dictionary: sets, answers the value before. @see OTP `erlang:put/2` */
  put(key: unknown, value: unknown): unknown
  get(key: unknown): unknown
  erase(key: unknown): unknown

  /** Runs `fn` with this process as the current one: after an await, for functions that look at who calls. */
  run<T>(fn: () => T): T
}

/** The types that a message can have; any text when any message can come. */
type TypeOf<M> = 0 extends 1 & M ? string : Extract<M, { readonly type: string }>['type']

/** A process that waits for the message that it wants. Callbacks of callback processes may do so too. */
export interface Receiver<in out Message = any> extends Self<Message> {
  receive(): Promise<Message>
  receive(options: ReceiveOptions): Promise<Message | undefined>
  receive<T extends TypeOf<Message>>(type: T): Promise<Extract<Message, { readonly type: T }>>
  receive<T extends TypeOf<Message>>(
    type: T,
    options: ReceiveOptions,
  ): Promise<Extract<Message, { readonly type: T }> | undefined>
  receive<T extends Message>(match: (message: Message) => message is T): Promise<T>
  receive<T extends Message>(match: (message: Message) => message is T, options: ReceiveOptions): Promise<T | undefined>
  receive(match: (message: Message) => boolean): Promise<Message>
  receive(match: (message: Message) => boolean, options: ReceiveOptions): Promise<Message | undefined>
}
