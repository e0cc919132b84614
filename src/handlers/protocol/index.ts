// Door "gensock/protocol": one contract for both ends.
export { protocolHandler } from './handler.js'
export { replyError } from './peer-call.js'
export { protocolVersions } from './versions.js'
export { toGroup, toSocket, toSockets } from './send-to.js'
export type {
  CallFrom,
  ControlCommand,
  MessageClauses,
  ProtocolCallClauses,
  ProtocolCallResult,
  ProtocolCounters,
  ProtocolFrom,
  ProtocolHandler,
  ProtocolHandlerShape,
  ProtocolOptions,
  ProtocolResult,
  ProtocolSelf,
} from './types.js'
// What a page has of it as well.
export * from '../../wire/protocol.js'
