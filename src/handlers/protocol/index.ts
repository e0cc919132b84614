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
export { type Codec, jsonCodec } from '../../wire/codec.js'
export { defineProtocol, isProtocolError } from '../../wire/contract.js'
export type {
  Callers,
  CallName,
  CallSchema,
  CallsOfSide,
  ContractError,
  EventToClient,
  EventToServer,
  MessagesOf,
  Protocol,
  ProtocolCallOptions,
  ProtocolShape,
  Senders,
  Side,
} from '../../wire/contract-types.js'
export type { Problem } from '../../wire/envelope.js'
export { ProtocolError, type ProtocolErrorReason } from '../../wire/protocol-error.js'
export type { InputOf, OutputOf, StandardSchema } from '../../wire/standard-schema.js'
