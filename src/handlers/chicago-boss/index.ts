// Door "gensock/chicago-boss": the services of Chicago Boss, one process for each.
export { discover } from './discover.js'
export { broadcast } from './known.js'
export type { BossOptions, DiscoverOptions } from './options.js'
export type { ServiceInfo } from './running.js'
export { type Boss, type BossBroadcast, services } from './services.js'
export type { BossFrame, Service, ServiceModule, ServiceResult, WebSocketPid } from './types.js'
export type { IoData } from '../../sockets/io-data.js'
export type { Reason08 } from '../../sockets/reason08.js'
