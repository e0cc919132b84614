// Door "gensock/client": for browsers; no dependency.
export { connect } from './connect.js'
export type {
  Answerers,
  Client,
  ClientOptions,
  ClientState,
  CloseInfo,
  Listeners,
  OpenInfo,
  ProtocolClient,
  ProtocolClientOptions,
  TransportName,
} from './types.js'
