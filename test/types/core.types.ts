// Types of the door `gensock`: checked by tsc, never run.
import type {
  AnyPid,
  Call,
  CallError,
  Down,
  Exit,
  ExitReason,
  From,
  Pid,
  ProcessModule,
  Receiver,
  Ref,
  Self,
  Timeout,
} from 'gensock'
import {
  call,
  cancelTimer,
  createNode,
  exit,
  isCall,
  isDown,
  isExit,
  isTimeout,
  link,
  monitor,
  nocatch,
  processInfo,
  reply,
  send,
  sendAfter,
  spawn,
  spawnMonitor,
  spawnProcess,
  startTimer,
  whereis,
} from 'gensock'
import { testNode } from 'gensock/testing'
import { expectTypeOf } from 'expect-type'

type Tick = { type: 'tick'; n: number }
type Stop = { type: 'stop' }
declare const ticker: Pid<Tick>
declare const either: Pid<Tick | Stop>
declare const anyone: Pid
declare const ref: Ref
declare const from: From<number>
declare const raw: unknown

export function pids(): void {
  send(ticker, { type: 'tick', n: 1 })
  send(anyone, 'anything')
  send('a name', 'anything')
  send(ref, 'an alias takes anything')
  // @ts-expect-error not a Tick
  send(ticker, { type: 'stop' })
  // @ts-expect-error a field too few
  send(ticker, { type: 'tick' })
  // @ts-expect-error not a destination
  send(42, 'x')

  // Who takes more can stand for who takes less, not the other way round.
  expectTypeOf(either).toExtend<Pid<Tick>>()
  expectTypeOf(ticker).not.toExtend<Pid<Tick | Stop>>()
  expectTypeOf(ticker).toExtend<AnyPid>()
  link(ticker)
  monitor(either)
  // @ts-expect-error nothing can be sent to any pid
  send(ticker as AnyPid, { type: 'tick', n: 1 })
  expectTypeOf(whereis('bob')).toEqualTypeOf<Pid | undefined>()
  expectTypeOf(whereis<Pid<Tick>>('bob')).toEqualTypeOf<Pid<Tick> | undefined>()
}

export function timers(): void {
  expectTypeOf(sendAfter(5, ticker, { type: 'tick', n: 1 })).toEqualTypeOf<Ref>()
  expectTypeOf(startTimer(5, ticker, 'x')).toEqualTypeOf<Ref>()
  expectTypeOf(cancelTimer(ref)).toEqualTypeOf<number | false>()
  // @ts-expect-error not a Tick
  sendAfter(5, ticker, { type: 'stop' })
  // @ts-expect-error the delay comes first
  sendAfter(ticker, 5, { type: 'tick', n: 1 })
}

export function processes(): void {
  expectTypeOf(spawn(async (self: Receiver<Tick>) => void (await self.receive()))).toEqualTypeOf<Pid<Tick>>()
  expectTypeOf(spawnMonitor((_self: Receiver<Stop>) => undefined)).toEqualTypeOf<readonly [Pid<Stop>, Ref]>()
  expectTypeOf(
    spawnProcess({ init: () => 0, message: (by: number, sum) => (by === 0 ? ['stop', 'normal'] : ['ok', sum + by]) }),
  ).toEqualTypeOf<Pid<number>>()
  // @ts-expect-error not a function
  spawn(42)
  // @ts-expect-error a process answers nothing
  spawn(() => 42)
  // @ts-expect-error unknown option
  spawn(async () => {}, { nme: 'x' })
  // @ts-expect-error link is true or false
  spawn(async () => {}, { link: 'yes' })
  // @ts-expect-error unknown kind of alias
  spawn(async () => {}, { monitor: { alias: 'x' } })
  // @ts-expect-error message must answer a tuple
  spawnProcess({ init: () => 0, message: (by: number, sum) => sum + by })
  // @ts-expect-error the state is a number
  spawnProcess<number, string>({ init: () => 0, message: () => ['ok', 'x'] })
  // @ts-expect-error unknown option
  createNode({ clck: undefined })
  // @ts-expect-error a test node has its own clock
  testNode({ clock: undefined })
  expectTypeOf(exit('x')).toBeNever()
  expectTypeOf(nocatch('x')).toBeNever()
  expectTypeOf(exit).parameter(0).not.toBeAny()
}

export async function receiving(self: Receiver<Tick | Stop | Down>): Promise<void> {
  expectTypeOf(await self.receive()).toEqualTypeOf<Tick | Stop | Down>()
  expectTypeOf(await self.receive({ afterMs: 5 })).toEqualTypeOf<Tick | Stop | Down | undefined>()
  expectTypeOf(await self.receive('tick')).toEqualTypeOf<Tick>()
  expectTypeOf(await self.receive('tick', { afterMs: 5 })).toEqualTypeOf<Tick | undefined>()
  expectTypeOf(await self.receive('DOWN')).toEqualTypeOf<Down>()
  expectTypeOf(await self.receive((m): m is Stop => m.type === 'stop')).toEqualTypeOf<Stop>()
  expectTypeOf(await self.receive((m): m is Stop => m.type === 'stop', { afterMs: 0 })).toEqualTypeOf<Stop | undefined>()
  expectTypeOf(await self.receive((m) => m.type === 'tick' && m.n > 1)).toExtend<Tick | Stop | Down>()
  expectTypeOf(await self.receive(isDown)).toEqualTypeOf<Down>()
  // @ts-expect-error no such type
  await self.receive('go')
  // @ts-expect-error no such type, with a time
  await self.receive('go', { afterMs: 5 })
  // @ts-expect-error a guard for something that cannot come
  await self.receive((m): m is Exit => m.type === 'EXIT')
  // @ts-expect-error the option is afterMs
  await self.receive('tick', { after: 5 })
  // @ts-expect-error a guard answers true or false
  await self.receive((m) => m.type)
}

export async function selves(self: Self<Tick | Timeout<string>>): Promise<void> {
  expectTypeOf(self.pid).toEqualTypeOf<Pid<Tick | Timeout<string>>>()
  self.sendAfter(5, { type: 'tick', n: 1 })
  self.startTimer(5, 'x')
  self.sendAfterTo(5, ticker, { type: 'tick', n: 1 })
  // @ts-expect-error not a message of this process
  self.sendAfter(5, { type: 'stop' })
  // @ts-expect-error this process takes timeouts with a text
  self.startTimer(5, 42)
  // @ts-expect-error not a message of the ticker
  self.sendAfterTo(5, ticker, { type: 'stop' })
  // @ts-expect-error self is not a pid: self.pid
  send(self, { type: 'tick', n: 1 })
  // @ts-expect-error unknown option
  self.monitor(ticker, { tags: 1 })
  expectTypeOf(self.exit('x')).toBeNever()
  expectTypeOf(self.exit(ticker, 'x')).toBeVoid()
}

export async function calls(self: Self): Promise<void> {
  reply(from, 5)
  // @ts-expect-error the caller waits for a number
  reply(from, 'x')
  // @ts-expect-error the caller waits for a number
  self.reply(from, 'x')
  expectTypeOf<From<number | string>>().toExtend<From<number>>()
  expectTypeOf<From<number>>().not.toExtend<From<number | string>>()
  expectTypeOf(await call<number>(anyone, 'x')).toEqualTypeOf<number>()
  expectTypeOf(await self.call<string>('bob', 'x', 'infinity')).toEqualTypeOf<string>()
  // @ts-expect-error ms or 'infinity'
  await call(anyone, 'x', 'soon')
  expectTypeOf<CallError['reason']>().toBeUnknown()
}

export function guards(): void {
  if (isExit(raw)) expectTypeOf(raw).toEqualTypeOf<Exit>()
  if (isDown(raw)) expectTypeOf(raw.reason).toEqualTypeOf<ExitReason>()
  if (isTimeout<string>(raw)) expectTypeOf(raw.message).toEqualTypeOf<string>()
  if (isCall(raw)) expectTypeOf(raw).toEqualTypeOf<Call>()
}

export function info(): void {
  expectTypeOf(processInfo(ticker, 'message_queue_len')).toEqualTypeOf<number | undefined>()
  expectTypeOf(processInfo(ticker, 'links')).toEqualTypeOf<readonly Pid[] | undefined>()
  // @ts-expect-error unknown item
  processInfo(ticker, 'memory')
}

export function untyped(): void {
  spawn(async (self) => {
    expectTypeOf(await self.receive()).toBeAny()
  })
  spawn(async (self: Receiver) => {
    expectTypeOf(await self.receive((message) => message.n > 1)).toBeAny()
    expectTypeOf(await self.receive((message): message is Tick => message.n > 1)).toEqualTypeOf<Tick>()
    expectTypeOf(await self.receive(isExit)).toEqualTypeOf<Exit>()
    await self.receive('anything')
    // @ts-expect-error a type or a guard
    await self.receive(42)
  })
  const pid = spawnProcess({
    init: (self) => self.pid,
    async message(message: Tick | Stop, state, self) {
      expectTypeOf(self.pid).toEqualTypeOf<Pid<Tick | Stop>>()
      expectTypeOf(await self.receive('stop')).toEqualTypeOf<Stop>()
      return message.type === 'stop' ? ['stop', 'normal'] : ['ok', state]
    },
  })
  expectTypeOf(pid).toEqualTypeOf<Pid<Tick | Stop>>()
}

export function modules(module: ProcessModule<number, Tick>): void {
  expectTypeOf(spawnProcess(module)).toEqualTypeOf<Pid<Tick>>()
  expectTypeOf<Parameters<typeof module.init>>().toEqualTypeOf<[Receiver<Tick>]>()
}
