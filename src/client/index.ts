// Door "gensock/client": for browsers; no dependency.
export { connect } from './connect.js'
export type { Client, ClientOptions, ClientState, CloseInfo, OpenInfo, TransportName } from './types.js'
