// Door "gensock/session": a process for each browser and each of its open pages, cookies, and a store.
export type { QueueOptions, SessionOptions } from './options.js'
export { type AttachTo, page } from './page.js'
export type { AttachKind, PageInfo } from './page-types.js'
export type { PagePid, SessionPid } from './pids.js'
export { session, type Page } from './session.js'
export {
  defaultSessions,
  type SessionCookies,
  type Sessions,
  startSessions,
  type Visit,
  type VisitOptions,
} from './sessions.js'
export { memoryStore, type SessionRecord, type SessionStore } from './store.js'
