// What a page has of gensock/protocol: the contract, and what is of both ends. Bundlers for browsers take this file in place of the door,
// which has the server's part as well. Entered by users' bundlers; re-exports only.
export { type Codec, jsonCodec } from './codec.js'
export { defineProtocol, isProtocolError } from './contract.js'
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
} from './contract-types.js'
export type { Problem } from './envelope.js'
export { ProtocolError, type ProtocolErrorReason } from './protocol-error.js'
export type { InputOf, OutputOf, StandardSchema } from './standard-schema.js'
