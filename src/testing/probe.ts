// A process that records what it gets, and waits for it in virtual time.
import { GensockError, show } from '../base/errors.js'
import type { AnyPid, Pid } from '../base/pid.js'
import { kernelOf, type Node } from '../runtime/node.js'
import { monitor } from '../runtime/links.js'
import { processOf } from '../runtime/process.js'

/**
 * A process of a test that records what it gets: made by `node.probe()`.
 *
 * @example
 * const probe: Probe<{ type: 'tick'; n: number }> = node.probe()
 * node.sendAfter(1000, probe.pid, { type: 'tick', n: 1 })
 * await probe.expectNothing(999)
 * await probe.next() // => { type: 'tick', n: 1 }
 * @see Akka, `TestProbe`
 */
export interface Probe<M> {
  /** Takes messages. */
  readonly pid: Pid<M>
  /** All that came, oldest first. */
  readonly messages: readonly M[]
  /**
   * DOWN messages of `pid` come here.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a pid
   */
  monitor(pid: AnyPid): void
  /**
   * Takes the next message that fits and was not taken yet; turns the clock until it comes.
   *
   * @param match - default: any message
   * @param withinMs - for so long, in ms of virtual time; default 5 000
   * @returns the message
   * @throws {GensockError} `GENSOCK_ERR_CALL`, as a rejection - none has come
   */
  next<T extends M>(match?: (message: M) => message is T, withinMs?: number): Promise<T>
  /**
   * Turns the clock by `forMs` and fails if a message was not taken.
   *
   * @param forMs - in ms of virtual time; default 0: what can come without time passing
   * @throws {GensockError} `GENSOCK_ERR_CALL`, as a rejection - there is one
   */
  expectNothing(forMs?: number): Promise<void>
}

/** @internal */
export function probe<M>(
  node: Node,
  advance: (ms: number) => Promise<void>,
  now: () => number,
  nextDueMs: () => number,
): Probe<M> {
  const messages: M[] = []
  const open: M[] = []
  const pid = node.spawnProcess<undefined, M>({
    init: () => undefined,
    message(message, state) {
      messages.push(message)
      open.push(message)
      return ['ok', state]
    },
  })
  const take = (match: ((message: M) => boolean) | undefined): M[] => {
    const index = match === undefined ? 0 : open.findIndex(match)
    return index < 0 ? [] : open.splice(index, 1)
  }
  return {
    pid,
    messages,
    monitor(target) {
      const process = processOf(pid)
      if (process !== undefined && kernelOf(node) === process.kernel) monitor(process, target)
    },
    async next<T extends M>(match?: (message: M) => message is T, withinMs = 5000): Promise<T> {
      const until = now() + withinMs
      await advance(0)
      for (;;) {
        const found = take(match)
        if (found.length > 0) return found[0] as T
        const dueMs = nextDueMs()
        if (dueMs > until) {
          await advance(Math.max(0, until - now()))
          break
        }
        await advance(Math.max(0, dueMs - now()))
      }
      throw new GensockError(
        'GENSOCK_ERR_CALL',
        `probe: no such message within ${withinMs} ms of virtual time; it got ${show(messages)}`,
        'timeout',
      )
    },
    async expectNothing(forMs = 0) {
      await advance(forMs)
      if (open.length > 0) throw new GensockError('GENSOCK_ERR_CALL', `probe: expected nothing, got ${show(open)}`, 'unexpected')
    },
  }
}
