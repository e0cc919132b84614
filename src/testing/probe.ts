// A process that records what it gets, and waits for it in virtual time.
import { rejectUnknown, requireBoolean, requireFunction, requireMs } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'
import { type AnyPid, isPid, type Pid } from '../base/pid.js'
import { kernelOf, type Node } from '../runtime/node.js'
import { monitor } from '../runtime/links.js'
import { processOf } from '../runtime/process.js'
import { crashHint, notAllCame, pairInAnyOrder, pairInOrder, whatCame } from './expectations.js'
import { type Ledger, type ProcessRecord, recordOf } from './ledger.js'
import type { MessagePattern } from './pattern.js'
import { PATIENCE_MS, type WaitingLine, within } from './within.js'

/**
 * How `expectMessages` looks.
 *
 * @example
 * const options: ExpectOptions = { inOrder: false, withinMs: 100 }
 * const probe = node.probe<string>()
 * for (const name of ['b', 'a']) node.send(probe.pid, name)
 * await probe.expectMessages(['a', 'b'], options) // => ['a', 'b']
 * @see {@link Probe.expectMessages}
 */
export interface ExpectOptions {
  /** Must they come in the order of the list? Others may lie between them either way. Default true. */
  readonly inOrder?: boolean
  /** For how long all of them are waited for, in ms of virtual time. Default 5 000. */
  readonly withinMs?: number
}

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
  /** The same with the times: when each came, in ms of virtual time. */
  readonly history: readonly { readonly atMs: number; readonly message: M }[]
  /**
   * DOWN messages of `pid` come here.
   *
   * @throws {GensockError} `GENSOCK_ERR_BADARG` - not a pid
   */
  monitor(pid: AnyPid): void
  /**
   * Takes the next message that fits and was not taken yet; turns the clock until it comes. Several that wait at once look in
   * the order in which they were called.
   *
   * @param match - default: any message
   * @param withinMs - for so long, in ms of virtual time; default 5 000
   * @returns the message
   * @throws {GensockError} as a rejection - `GENSOCK_ERR_CALL`: none has come; `GENSOCK_ERR_BADARG`: `match` is no function or
   * answers a promise
   */
  next<T extends M>(match?: (message: M) => message is T, withinMs?: number): Promise<T>
  /**
   * Takes one message for each of these, out of those that were not taken yet; turns the clock until the last of them comes.
   * Messages are compared as by `toEqual`; asymmetric matchers (`expect.any(...)`, `expect.objectContaining(...)`) may stand in
   * any place of them. That nothing else came, `expectNothing` says afterwards.
   *
   * @param expected - messages or patterns, one for each message
   * @param options - in any order, another time limit; default `{}`
   * @returns the messages, in the order of `expected`
   * @throws {GensockError} `GENSOCK_ERR_CALL`, as a rejection - one has not come: tells which, and what came when; none is
   * taken then. `GENSOCK_ERR_BADARG`, `GENSOCK_ERR_UNKNOWN_OPTION` - no list, a bad option
   */
  expectMessages(expected: readonly MessagePattern<M>[], options?: ExpectOptions): Promise<M[]>
  /**
   * Turns the clock by `forMs` and fails if a message was not taken.
   *
   * @param forMs - in ms of virtual time; default 0: what can come without time passing
   * @throws {GensockError} `GENSOCK_ERR_CALL`, as a rejection - there is one
   */
  expectNothing(forMs?: number): Promise<void>
}

/** @internal */
export function probe<M>(node: Node, ledger: Ledger): Probe<M> {
  const { driver } = ledger
  const inbox = new Inbox<M>(() => driver.now())
  const pid = recorder(node, inbox)
  const failure = (text: string, reason: string): GensockError =>
    new GensockError('GENSOCK_ERR_CALL', `${text}${crashHint(ledger.crashTexts())}`, reason)
  return {
    pid,
    messages: inbox.messages,
    history: inbox.history,
    monitor(target) {
      if (!isPid(target)) throw new BadArgError('monitor', 'a pid', target)
      const process = processOf(pid)
      if (process !== undefined && kernelOf(node) === process.kernel) monitor(process, target)
    },
    async next<T extends M>(match?: (message: M) => message is T, withinMs = PATIENCE_MS): Promise<T> {
      if (match !== undefined) requireFunction('next: match', match)
      requireMs('next: withinMs', withinMs)
      const found = await within(driver, withinMs, (untilMs) => inbox.taken(inbox.find(match, untilMs)), inbox.line)
      if (found !== undefined) return found.message as T
      const short = `probe: no such message within ${withinMs} ms of virtual time; it got ${show(inbox.messages)}`
      throw failure(`${short}\n${whatCame(inbox.history)}`, 'timeout')
    },
    async expectMessages(expected, options = {}) {
      const { inOrder = true, withinMs = PATIENCE_MS } = checked(expected, options)
      const untilMs = driver.now() + withinMs
      const pairing = (): readonly number[] => (inOrder ? pairInOrder : pairInAnyOrder)(inbox.openAt(untilMs), expected)
      const found = await within(driver, withinMs, () => inbox.take(pairing()), inbox.line)
      if (found !== undefined) return found
      const missed = { patterns: expected, pairing: pairing(), open: inbox.openAt(untilMs), inOrder, withinMs }
      throw failure(`${notAllCame(missed)}\n${whatCame(inbox.history)}`, 'timeout')
    },
    async expectNothing(forMs = 0) {
      requireMs('expectNothing: forMs', forMs)
      await driver.turnTo(driver.now() + forMs)
      const left = inbox.open.map(({ message }) => message)
      if (left.length > 0)
        throw failure(`probe: expected nothing, got ${show(left)}\n${whatCame(inbox.open, 'not taken')}`, 'unexpected')
    },
  }
}

/** The process that takes the messages. */
function recorder<M>(node: Node, inbox: Inbox<M>): Pid<M> {
  const pid = node.spawnProcess<undefined, M>({
    init: () => undefined,
    message(message, state) {
      inbox.add(message)
      return ['ok', state]
    },
  })
  ;(recordOf(pid) as ProcessRecord).isOurs = true
  return pid
}

function checked(expected: readonly unknown[], options: ExpectOptions): ExpectOptions {
  if (!Array.isArray(expected)) throw new BadArgError('expectMessages: expected', 'an array of messages', expected)
  rejectUnknown('expectMessages', options, ['inOrder', 'withinMs'])
  if (options.inOrder !== undefined) requireBoolean('expectMessages: inOrder', options.inOrder)
  if (options.withinMs !== undefined) requireMs('expectMessages: withinMs', options.withinMs)
  return options
}

/** A promise would count as yes whatever comes of it. */
function answerOf<M>(match: (message: M) => unknown, message: M): boolean {
  const answer = match(message)
  if (typeof (answer as { then?: unknown } | null | undefined)?.then === 'function')
    throw new BadArgError('next: the answer of match', 'true or false, not a promise', answer)
  return Boolean(answer)
}

interface Entry<M> {
  readonly atMs: number
  readonly message: M
}
/** What a probe got, and what of it was not taken yet. */
class Inbox<M> {
  readonly messages: M[] = []
  readonly history: Entry<M>[] = []
  readonly open: Entry<M>[] = []
  /** Who waits for a message. */
  readonly line: WaitingLine = []
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }
  add(message: M): void {
    const entry = { atMs: this.#now(), message }
    this.messages.push(message)
    this.history.push(entry)
    this.open.push(entry)
  }
  /** Those not taken yet that have come by then: one that waits for longer may have turned the clock further. */
  openAt(ms: number): readonly Entry<M>[] {
    return this.open.filter(({ atMs }) => atMs <= ms)
  }
  find(match: ((message: M) => boolean) | undefined, untilMs: number): number {
    return this.openAt(untilMs).findIndex(({ message }) => match === undefined || answerOf(match, message))
  }
  /** Takes the one at this place; undefined at -1. */
  taken(place: number): Entry<M> | undefined {
    return place < 0 ? undefined : this.open.splice(place, 1)[0]
  }
  /** Takes those at these places, or none if one of them is -1; answers them in this order. */
  take(places: readonly number[]): M[] | undefined {
    if (places.includes(-1)) return undefined
    const taken = places.map((place) => this.open[place] as Entry<M>)
    for (const entry of taken) this.open.splice(this.open.indexOf(entry), 1)
    return taken.map(({ message }) => message)
  }
}
