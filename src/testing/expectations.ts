// Which of the messages that came are the expected ones, and the failure text that shows what came, when, and what is
// missing. Pure functions; entered by probe and matchers.
import { pairOff } from './pairing.js'
import { fits, picture } from './pattern.js'

/** A message and when it came, in ms of virtual time. @internal */
export interface Received {
  readonly atMs: number
  readonly message: unknown
}
/** The index of the message for each pattern; -1 where none is left for it. No message stands for two. @internal */
export type Pairing = readonly number[]

/** In order: each pattern takes the first message that fits behind that of the one before. Others may lie between. @internal */
export function pairInOrder(messages: readonly Received[], patterns: readonly unknown[]): Pairing {
  let from = 0
  return patterns.map((pattern) => {
    const index = messages.findIndex(({ message }, at) => at >= from && fits(message, pattern))
    if (index >= 0) from = index + 1
    return index
  })
}

/**
 * In any order: as many patterns as possible get a message of their own (two may fit one message).
 * @internal
 */
export function pairInAnyOrder(messages: readonly Received[], patterns: readonly unknown[]): Pairing {
  return pairOff(patterns.map((pattern) => messages.flatMap(({ message }, index) => (fits(message, pattern) ? [index] : []))))
}

/** What was expected of a probe and did not all come, for `notAllCame`. @internal */
export interface Missed {
  readonly patterns: readonly unknown[]
  readonly pairing: Pairing
  /** The messages that were not taken before: those that the pairing tells of. */
  readonly open: readonly Received[]
  readonly inOrder: boolean
  readonly withinMs: number
}
/** The first part of the text: of each pattern, whether and when it came. @internal */
export function notAllCame({ patterns, pairing, open, inOrder, withinMs }: Missed): string {
  const missing = pairing.filter((index) => index < 0).length
  const order = inOrder ? 'in this order' : 'in any order'
  const count = `${missing} of ${patterns.length} expected messages did not come ${order} within ${withinMs} ms of virtual time`
  const lines = patterns.map((pattern, at) => {
    const came = open[pairing[at] as number]
    const stray =
      came === undefined ? open.find(({ message }, index) => !pairing.includes(index) && fits(message, pattern)) : undefined
    const how =
      came !== undefined
        ? `came at ${came.atMs} ms`
        : `missing${stray === undefined ? '' : `: came out of order, at ${stray.atMs} ms`}`
    return `  ${at + 1}. ${picture(pattern)} - ${how}`
  })
  return [`probe: ${count}`, 'expected:', ...lines].join('\n')
}

const MAX_SHOWN = 20

/** What came and when, one line each; of many the last. '' if nothing did. @internal */
export function whatCame(received: readonly Received[], title = 'got'): string {
  if (received.length === 0) return `${title}: nothing`
  const shown = received.slice(-MAX_SHOWN)
  const width = String(shown.at(-1)?.atMs ?? 0).length
  const more = received.length > MAX_SHOWN ? [`  ${received.length - MAX_SHOWN} before these`] : []
  return [
    `${title}:`,
    ...more,
    ...shown.map(({ atMs, message }) => `  ${String(atMs).padStart(width)} ms  ${picture(message)}`),
  ].join('\n')
}

/** The crashes of a node, as a hint; '' if there are none. @internal */
export function crashHint(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `\ncrashes so far:\n${texts.map((text) => `  ${text}`).join('\n')}`
}
