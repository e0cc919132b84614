// What is measured each second in the server, as one line of JSON. Types only; entered by the server, by the judge and by the
// pictures.

/** Numbers by name: resources by their kind, listeners by their event. */
export type Counts = Readonly<Record<string, number>>

/** One look at the server. */
export interface Sample {
  /** Of the machine's wall clock, in ms. */
  readonly at: number
  /** Was the heap collected right before? Only such samples count for the heap. */
  readonly collected: boolean
  readonly heapBytes: number
  /** Memory of buffers outside the heap. */
  readonly bufferBytes: number
  readonly rssBytes: number
  /** What keeps the program alive: `process.getActiveResourcesInfo()`, counted. */
  readonly handles: Counts
  /** Of the node. */
  readonly processes: number
  readonly timers: number
  readonly names: number
  /** Groups that have members. */
  readonly groups: number
  /** Of the HTTP server and of the process, by event. */
  readonly listeners: Counts
  /** TCP connections that are open, and the listeners on all of them. */
  readonly connections: number
  readonly connectionListeners: number
  /** Of the event loop since the last sample, in ms. */
  readonly delayP50: number
  readonly delayP99: number
  readonly delayMax: number
  /** Sockets of the listener. */
  readonly open: number
  readonly opened: number
  readonly crashed: number
  readonly dropped: number
  readonly closed: Counts
  readonly refused: Counts
  /** Sockets that ended because their peer broke a rule, by path and reason. */
  readonly broken: Counts
  /** Supervised servers that were killed, and came back. */
  readonly killed: number
  readonly restarted: number
  /** Crash reports of the node. */
  readonly reports: number
}

/**
 * Where a sample belongs. `cold`: before all load; `start`: at rest, warm; `rest`: between two waves; `end`: when all is
 * over.
 */
export type Phase = 'cold' | 'start' | 'load' | 'rest' | 'end'
export interface Mark {
  readonly phase: Phase
  readonly sample: Sample
}

/** What the load counts, for each kind of connection. */
export interface KindCounts {
  readonly connections: number
  /** Those that were cut on purpose, by whomever. */
  readonly cut: number
  readonly sent: number
  readonly answered: number
  /** Sent on connections that were cut before the answer. */
  readonly unanswered: number
  /** No answer although the connection lived, or a wrong one. */
  readonly lost: number
}
export interface LoadReport {
  readonly kinds: Readonly<Record<string, KindCounts>>
  /** What was lost, in words; the first ones. */
  readonly losses: readonly string[]
}
