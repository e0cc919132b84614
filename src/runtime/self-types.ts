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

/**
 * What a callback answers: the value at once, or a promise of it.
 *
 * @example
 * const answers: MaybePromise<number>[] = [1, Promise.resolve(2)]
 * @see {@link GenServer}, each of whose callbacks may be async
 */
export type MaybePromise<T> = T | Promise<T>
/**
 * What a function process runs; it ends when the function returns.
 *
 * @example
 * const ping: ProcessFunction<{ from: Pid<string> }> = async (self) => self.send((await self.receive()).from, 'pong')
 * send(spawn(ping), { from: self.pid })
 * await self.receive() // => 'pong'
 * @see OTP `erlang:spawn/1`
 */
export type ProcessFunction<M> = (self: Receiver<M>) => MaybePromise<void>
/**
 * Options of every spawn.
 *
 * @example
 * spawn((worker) => worker.receive(), { name: 'worker', link: true }) // => whereis('worker')
 * @see OTP `erlang:spawn_opt/2`
 */
export interface SpawnOptions {
  /** Registers the process before it runs. Without it the process has no name. */
  readonly name?: string
  /** Links it to the spawning process, atomically with the start. Default false. */
  readonly link?: boolean
  /** Monitors it from the spawning process. Default false. */
  readonly monitor?: boolean | MonitorOptions
  /** The process starts with `trapExit` on. Default false. */
  readonly trapExit?: boolean
}
/**
 * The smallest callback process: one state, one callback.
 *
 * @example
 * const adder: ProcessModule<number, number> = { init: () => 0, message: (by, n) => ['ok', n + by] }
 * send(spawnProcess(adder), 5)
 * @see OTP Design Principles, "sys and proc_lib", 7.3 "User-Defined Behaviours"
 */
export interface ProcessModule<State, Message> {
  /** Makes the first state, in the new process. */
  readonly init: (self: Receiver<Message>) => MaybePromise<State>
  /** Handles one message: the next state, or the end with a reason. The next message waits for what it promises. */
  readonly message: (
    message: Message,
    state: State,
    self: Receiver<Message>,
  ) => MaybePromise<readonly ['ok', State] | readonly ['stop', ExitReason]>
}

/**
 * A module as `spawnProcess` takes it: `init` does not decide which messages there are, the annotation of `message` does.
 *
 * @example
 * const shape: ProcessShape<number, string> = { init: async () => 0, message: (text, n) => ['ok', n + text.length] }
 * send(spawnProcess(shape), 'four')
 * @see {@link ProcessModule}
 */
export interface ProcessShape<State, Message> extends Omit<ProcessModule<State, Message>, 'init'> {
  /** Makes the first state, in the new process. */
  readonly init: (self: Receiver) => MaybePromise<State>
}

/**
 * The process that runs this callback: all that belongs to it, right after any await. Once the process has ended nothing of it
 * does anything. Not a pid: send `self.pid` to others.
 *
 * @example
 * const later = spawn(async (me) => {
 *   await me.sleep(5)
 *   me.send('listener', { type: 'awake', pid: me.pid })
 * })
 * self.register('listener', self.pid)
 * await self.receive('awake') // => { type: 'awake', pid: later }
 * @see OTP module `erlang`, whose functions these are
 */
export interface Self<in out Message = any> {
  /** Its pid: what others send to. */
  readonly pid: Pid<Message>
  /** Name of the node. */
  readonly node: string
  /**
   * Aborts when this process ends; its `reason` is the exit reason. As with every AbortSignal, a listener that throws ends the
   * program.
   */
  readonly signal: AbortSignal

  /**
   * Sends; a dead pid takes it in silence.
   *
   * @throws `GENSOCK_ERR_NOPROC` - the name is not registered.
   * @see OTP `erlang:send/2`
   */
  send<M>(dest: Dest<M>, message: NoInfer<M>): void
  /** Sends a request and waits for the reply. Rejects with CallError. @see OTP `gen_server:call/3` */
  call<Reply = any>(dest: Pid | string, request: unknown, timeoutMs?: CallTimeout): Promise<Reply>
  /** Answers a call. @see OTP `gen_server:reply/2` */
  reply<R>(from: From<R>, value: NoInfer<R>): void

  /** Sends `message` to this process after `delayMs`. @see OTP `erlang:send_after/3` */
  sendAfter(delayMs: number, message: Message): Ref
  /** Sends `{ type: 'timeout', ref, message }` to this process after `delayMs`. @see OTP `erlang:start_timer/3` */
  startTimer<T>(delayMs: number, message: Timeout<T> extends Message ? T : never): Ref
  /** Sends `message` to `dest` after `delayMs`, in whole ms. @see OTP `erlang:send_after/3` */
  sendAfterTo<M>(delayMs: number, dest: Dest<M>, message: NoInfer<M>): Ref
  /** Sends `{ type: 'timeout', ref, message }` to `dest` after `delayMs`, in whole ms. @see OTP `erlang:start_timer/3` */
  startTimerTo(delayMs: number, dest: Dest, message: unknown): Ref
  /** Milliseconds that were left, or false. @see OTP `erlang:cancel_timer/1` */
  cancelTimer(ref: Ref): number | false
  /** Milliseconds that are left, or false. @see OTP `erlang:read_timer/1` */
  readTimer(ref: Ref): number | false
  /** Waits; the mailbox is not touched. */
  sleep(delayMs: number): Promise<void>

  /** Links this process and another. @see OTP `erlang:link/1` */
  link(pid: AnyPid): void
  /** Takes the link to a process away. @see OTP `erlang:unlink/1` */
  unlink(pid: AnyPid): void
  /** Watches a process: one DOWN message when it ends. @see OTP `erlang:monitor/2,3` */
  monitor(target: AnyPid | string, options?: MonitorOptions): Ref
  /** Stops watching; with `info` answers whether the monitor was still there. @see OTP `erlang:demonitor/2` */
  demonitor(ref: Ref, options?: DemonitorOptions): boolean
  /** A ref that others can send to as if it was this process, until `unalias`. @see OTP `erlang:alias/1` */
  alias(options?: AliasOptions): Ref
  /** Takes an alias away; true if it was one of this process. @see OTP `erlang:unalias/1` */
  unalias(ref: Ref): boolean
  /** A fresh reference. @see OTP `erlang:make_ref/0` */
  makeRef(): Ref
  /** Answers the value before. @see OTP `erlang:process_flag/2` */
  trapExit(on: boolean): boolean
  /** Ends this process: unwinds the callback at once. @see OTP `erlang:exit/1` */
  exit(reason: ExitReason): never
  /** Sends an exit signal. @see OTP `erlang:exit/2` */
  exit(pid: AnyPid, reason: ExitReason): void

  /** Starts a function process, whose parent this one is. @see OTP `erlang:spawn/1` */
  spawn<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M>
  /** Starts a function process that is linked to this one. @see OTP `erlang:spawn_link/1` */
  spawnLink<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): Pid<M>
  /** Starts a function process that this one monitors: `[pid, ref]`. @see OTP `erlang:spawn_monitor/1` */
  spawnMonitor<M = any>(process: ProcessFunction<M>, options?: SpawnOptions): readonly [Pid<M>, Ref]
  /** Starts a callback process, whose parent this one is. @see OTP `proc_lib:spawn/1` */
  spawnProcess<S, M>(module: ProcessShape<S, M>, options?: SpawnOptions): Pid<M>

  /** Gives a process of this node a name. @see OTP `erlang:register/2` */
  register(name: string, pid: AnyPid): void
  /** Takes a name of this node away. @see OTP `erlang:unregister/1` */
  unregister(name: string): void
  /** The pid of a name of this node, or undefined. @see OTP `erlang:whereis/1` */
  whereis<P extends AnyPid = Pid>(name: string): P | undefined
  /** Is there a living process with this pid? @see OTP `erlang:is_process_alive/1` */
  isAlive(pid: AnyPid): boolean
  /** What can be seen of a process; undefined if it has ended. @see OTP `erlang:process_info/2` */
  processInfo(pid: AnyPid): ProcessInfo | undefined
  processInfo<I extends InfoItem>(pid: AnyPid, item: I): ProcessInfo[I] | undefined

  /** The process dictionary: sets, answers the value before. @see OTP `erlang:put/2` */
  put(key: unknown, value: unknown): unknown
  /** The process dictionary: the value of a key, or undefined. @see OTP `erlang:get/1` */
  get(key: unknown): unknown
  /** The process dictionary: takes a key out, answers its value. @see OTP `erlang:erase/1` */
  erase(key: unknown): unknown

  /** Runs `fn` with this process as the current one: after an await, for functions that look at who calls. */
  run<T>(fn: () => T): T
}

/** The types that a message can have; any text when any message can come. */
type TypeOf<M> = 0 extends 1 & M ? string : Extract<M, { readonly type: string }>['type']

/**
 * A process that waits for the message that it wants. Callbacks of callback processes may do so too.
 *
 * @example
 * send(self.pid, { type: 'later', n: 1 })
 * send(self.pid, { type: 'now', n: 2 })
 * await self.receive('now') // => { type: 'now', n: 2 }
 * await self.receive((message) => message.n < 9, { afterMs: 5 }) // => { type: 'later', n: 1 }
 * await self.receive({ afterMs: 5 }) // => undefined
 * @see Erlang reference manual, "Expressions", Receive
 */
export interface Receiver<in out Message = any> extends Self<Message> {
  /**
   * Waits for the oldest message that fits: any, one of a type, one that a guard takes. What does not fit stays in the
   * mailbox, in order. With `afterMs` it answers undefined when so many ms have passed.
   */
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
