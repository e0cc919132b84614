// Door "gensock": processes, messages, timers, links, monitors, names, calls; servers, state machines, event managers,
// supervisors, tasks, applications, sys, process groups.
export { consoleLogger, type Logger, silentLogger } from './runtime/logger.js'
export type { Clock } from './base/clock.js'
export { BadArgError, BadReturnError, ERROR_CODES, type ErrorCode, GensockError } from './base/errors.js'
export { Crash, type ExitReason, isCrash, nocatch } from './base/exit-reason.js'
export { type Down, type Exit, isDown, isExit, isTimeout, type Timeout } from './base/messages.js'
export { type AnyPid, isPid, type Pid } from './base/pid.js'
export { isRef, type Ref } from './base/ref.js'
export { type Call, CallError, type CallTimeout, type From, isCall } from './runtime/call.js'
export * from './runtime/free.js'
export type { InfoItem, MonitoredName, ProcessInfo } from './runtime/info.js'
export type { AliasKind, AliasOptions, DemonitorOptions, MonitorOptions } from './runtime/links.js'
export { createNode, defaultNode, type Node, type NodeOptions, type StopOptions } from './runtime/node.js'
export type { ReceiveOptions } from './runtime/receive.js'
export type {
  MaybePromise,
  ProcessFunction,
  ProcessModule,
  ProcessShape,
  Receiver,
  Self,
  SpawnOptions,
} from './runtime/self-types.js'
export type { Dest } from './runtime/send.js'
export { defineServer, genServer, named, type StartArgs } from './behaviours/gen-server.js'
export type {
  CallClauses,
  CallRequest,
  CallResult,
  CallsOf,
  Calls,
  CastClauses,
  CastRequest,
  Casts,
  CastsOf,
  Fields,
  GenServer,
  IdleTimeout,
  InitResult,
  Next,
  NoReply,
  PidOf,
  ReplyTo,
  ServerPid,
} from './behaviours/gen-server-types.js'
export type { ReplyMessage, RequestId, Response } from './behaviours/request.js'
export { isReply } from './behaviours/request.js'
export {
  type ServerName,
  StartError,
  type StartMonitorResult,
  type StartOptions,
  type StartResult,
  unwrap,
} from './behaviours/start.js'
export { sys } from './behaviours/sys.js'
export type { DebugEvent, Statistics, SysStatus, TraceSink } from './behaviours/system.js'
export { type GroupChange, isGroupChange } from './groups/changes.js'
export { pg } from './groups/pg.js'
export {
  child,
  type ChildId,
  type ChildOptions,
  type ChildSpec,
  type ChildStartResult,
  type ChildTemplate,
  type Restart,
  type Shutdown,
} from './behaviours/child-spec.js'
export {
  type DynamicChildSpec,
  dynamicSupervisor,
  type DynamicSupervisorOptions,
  type DynamicSupervisorPid,
  type DynamicSupervisorRef,
} from './behaviours/dynamic-supervisor.js'
export type { AutoShutdown, Strategy, SupervisorFlags } from './behaviours/supervisor-flags.js'
export type { SupervisorInit, SupervisorSpec } from './behaviours/supervisor-init.js'
export type { ChildCount, ChildInfo, ChildspecResult, StartChildResult } from './behaviours/supervisor-request.js'
export { supervisor, type SupervisorPid, type SupervisorRef } from './behaviours/supervisor.js'
export { defineStatem, genStatem } from './behaviours/gen-statem.js'
export type {
  Action,
  Actions,
  CallbackMode,
  CallbackModes,
  EnterAction,
  EventType,
  GenStatem,
  HandleEvent,
  HandleEventModule,
  Replies,
  ReplyAction,
  StateFunction,
  StateFunctionsModule,
  StatemInit,
  StatemResult,
  TimeoutAction,
  TimeoutType,
} from './behaviours/gen-statem-types.js'
export { genEvent, type HandlerArg } from './behaviours/gen-event.js'
export type {
  AddHandlerResult,
  AnyHandler,
  EventCallResult,
  EventManager,
  EventReply,
  EventResponse,
  EventResult,
  GenEventExit,
  GenEventHandler,
  Handler,
  HandlerInit,
  ManagerRef,
  SwapHandlerResult,
} from './behaviours/gen-event-types.js'
export {
  type SupervisedTaskOptions,
  task,
  type TaskChildOptions,
  type TaskFunction,
  type TaskSupervisorOptions,
} from './behaviours/task.js'
export type { Outcome, Task, TaskShutdown } from './behaviours/task-record.js'
export { application } from './behaviours/application.js'
export type { RunOptions, StopSignal } from './behaviours/application-run.js'
export type {
  Application,
  ApplicationInfo,
  ApplicationResult,
  ApplicationStart,
  ApplicationType,
} from './behaviours/application-types.js'
