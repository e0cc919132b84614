// The matcher `toHaveReceived`: what a probe got, or the peer of a fake transport. Entered by matchers; reads the ledger of the
// test node.
import { BadArgError } from '../base/errors.js'
import { type AnyPid, isPid } from '../base/pid.js'
import { crashHint, type Received, whatCame } from './expectations.js'
import { recordOf } from './ledger.js'
import {
  difference,
  equalityOf,
  expectedText,
  labelOf,
  settleHint,
  type MatcherContext,
  type MatcherResult,
  textOf,
} from './matcher-context.js'
import { picture } from './pattern.js'

/** A probe or a fake transport, as the matchers see it. */
interface Recipient {
  readonly pid: AnyPid
  readonly isPeer: boolean
  /** Frames have no time. */
  readonly received: readonly (Received | { readonly atMs?: undefined; readonly message: unknown })[]
}
function recipientOf(value: unknown): Recipient {
  const { pid, history, sent, received } = (value ?? {}) as Partial<Record<'pid' | 'history' | 'sent' | 'received', unknown>>
  // In a simulation a frame that is sent comes to the peer later.
  const frames: unknown = received ?? sent
  if (isPid(pid) && Array.isArray(history)) return { pid, isPeer: false, received: history as Received[] }
  if (isPid(pid) && Array.isArray(frames)) return { pid, isPeer: true, received: frames.map((message: unknown) => ({ message })) }
  throw new BadArgError('toHaveReceived: what is expected', 'a probe or a fake transport', value)
}

/** @internal */
export function toHaveReceived(context: MatcherContext, actual: unknown, expected: readonly unknown[]): MatcherResult {
  const { pid, isPeer, received } = recipientOf(actual)
  if (expected.length > 1) throw new BadArgError('toHaveReceived', 'given one message; name others in a line each', expected)
  const equal = equalityOf(context)
  const isIt = ({ message }: { readonly message: unknown }): boolean =>
    expected.length === 0 || equal(message, expected[0]) || (isPeer && isDataFrame(message) && equal(message[1], expected[0]))
  const pass = received.some(isIt)
  const label = labelOf(context, 'toHaveReceived', isPeer ? 'transport' : 'probe')
  const what = expected.length === 0 ? undefined : expectedText(context, expected[0])
  const message = (): string =>
    textOf([
      label(expected.length === 0 ? '' : isPeer ? 'frame' : 'message'),
      '',
      `Expected: ${pass ? 'not ' : ''}${what ?? (pass ? 'any message' : 'any message at all')}`,
      pass || what === undefined ? undefined : difference(context, expected[0], nearest(received, expected[0])),
      listOf(received),
      pass ? undefined : settleHint(pid),
      pass ? undefined : crashHint(recordOf(pid)?.ledger.crashTexts() ?? []).trimStart() || undefined,
    ])
  return { pass, message }
}

function isDataFrame(frame: unknown): frame is readonly ['text' | 'binary', unknown] {
  return Array.isArray(frame) && (frame[0] === 'text' || frame[0] === 'binary')
}
function listOf(received: Recipient['received']): string {
  if (received[0]?.atMs !== undefined) return whatCame(received as readonly Received[], 'Received')
  return received.length === 0
    ? 'Received: nothing'
    : `Received:\n${received.map(({ message }) => `  ${picture(message)}`).join('\n')}`
}
/** The `type` of a message, or the first word of a tuple or a frame. */
function kindOf(value: unknown): unknown {
  return (value as { type?: unknown } | null | undefined)?.type ?? (value as unknown[] | null | undefined)?.[0]
}
/** The last of the same kind, else the last of all. */
function nearest(received: Recipient['received'], expected: unknown): unknown {
  const kind = kindOf(expected)
  const alike = received.findLast(({ message }) => kind !== undefined && kindOf(message) === kind) ?? received.at(-1)
  return alike?.message
}
