// Where crash reports go: a small logger interface that pino and console fit.

/** What a node logs to; pino fits as it is. */
export interface Logger {
  error(facts: object, text: string): void
  warn(facts: object, text: string): void
  info(facts: object, text: string): void
  debug(facts: object, text: string): void
}

/** The default: errors and warnings on the console's standard error, one line and the facts. */
export const consoleLogger: Logger = Object.freeze({
  error: (facts: object, text: string) => console.error(text, facts),
  warn: (facts: object, text: string) => console.warn(text, facts),
  info: () => undefined,
  debug: () => undefined,
})

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
})
