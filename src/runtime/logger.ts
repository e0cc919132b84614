// Where crash reports go: a small logger interface that pino and console fit.

/**
 * What a node logs to; pino fits as it is, and so does `console`.
 *
 * @example
 * const warnings: string[] = []
 * const logger: Logger = { ...silentLogger, warn: (_facts, text) => void warnings.push(text) }
 * createNode({ logger }).name // => 'gensock@local'
 * @see Pino, "API", logger.error([mergingObject], [message])
 */
export interface Logger {
  /** Crash reports: `facts` says who ended and why, `text` says it in one line. */
  error(facts: object, text: string): void
  /** Something is wrong that ends no process, as a message that no callback takes. */
  warn(facts: object, text: string): void
  /** Progress: what a supervisor has started; and what `sys.trace` follows. */
  info(facts: object, text: string): void
  /** For what a program logs itself: nothing of the library. */
  debug(facts: object, text: string): void
}

/**
 * The default: errors and warnings on the console's standard error, one line and the facts.
 *
 * @example
 * const logger: Logger = { ...consoleLogger, warn: () => undefined }
 * @see OTP `logger`, the default handler
 */
export const consoleLogger: Logger = Object.freeze({
  error: (facts: object, text: string) => console.error(text, facts),
  warn: (facts: object, text: string) => console.warn(text, facts),
  info: () => undefined,
  debug: () => undefined,
})

/**
 * Says nothing.
 *
 * @example
 * createNode({ logger: silentLogger }).name // => 'gensock@local'
 * @see OTP `logger:set_primary_config/2`, level `none`
 */
export const silentLogger: Logger = Object.freeze({
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
})
