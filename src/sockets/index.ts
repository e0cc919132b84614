// Door "gensock/socket": one mailbox process per socket.
export { broadcast, broadcastToGroup, pushTo } from './broadcast.js'
export type { Command, Commands } from './commands.js'
export { binary, close, type Frame, json, type OutFrame, text } from './frames.js'
export {
  type CallClauses,
  type CallResult,
  defineHandler,
  type InitArgs,
  type Result,
  type SocketEvent,
  type SocketHandler,
  type SocketHandlerShape,
  type SocketHandlerTyped,
  type SocketPid,
  type SocketSelf,
  type StateOf,
  type TerminateReason,
} from './handler.js'
export type { Listener } from './listener.js'
export type { ListenerCounters, RefusalReason } from './counters.js'
export type { ListenerOptions } from './listener-options.js'
export type { OnCrash } from './options.js'
export type { Bucket, FallbackOptions, OnSlowPeer, RateOptions, RouteOptions } from './options.js'
export {
  accept,
  type AcceptOptions,
  type AuthorizeResult,
  type CompressOptions,
  type Headers,
  type PathParams,
  type PlainAnswer,
  reject,
  type RejectOptions,
  type SocketChanges,
  type SocketLimits,
  type SocketRequest,
  type Upgrade,
  type UpgradeOptions,
} from './request.js'
export { attach, type AttachOptions, listen, type ListenOptions } from '../transports/listen.js'
export { listenerChild, type ListenerChildOptions } from '../transports/listener-child.js'
export { route, type Route, type RouteRest } from '../transports/route.js'
export type { CallsOf } from '../behaviours/gen-server-types.js'
