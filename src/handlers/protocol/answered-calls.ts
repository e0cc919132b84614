// Calls that are delivered at least once, by their keys: what has been answered is answered again, what is under way is waited for, and
// neither is run again. Bounded in number and in time. Entered by peers; all sockets of a handler share one.
import type { Answer, PeerCall } from './peer-call.js'

interface Run {
  readonly call: PeerCall
  /** The same call, come again. */
  readonly waiting: Set<PeerCall>
}

export class AnsweredCalls {
  /** Key -> who is run, and who waits for its answer. */
  readonly #underWay = new Map<string, Run>()
  /** Key -> the answer, and when it was given. The oldest first. */
  readonly #answered = new Map<string, { readonly answer: Answer; readonly at: number }>()
  readonly #max: number
  readonly #keepMs: number

  constructor(max: number, keepMs: number) {
    this.#max = max
    this.#keepMs = keepMs
  }

  /** 'run': nobody has. 'wait': `call` is among those that `answered` tells of. Else the answer that it had. */
  begin(call: PeerCall, now: number): Answer | 'run' | 'wait' {
    this.#forgetOld(now, 0)
    const key = keyOf(call)
    const known = this.#answered.get(key)
    if (known !== undefined) return known.answer
    const run = this.#underWay.get(key)
    if (run === undefined) {
      this.#underWay.set(key, { call, waiting: new Set() })
      return 'run'
    }
    run.waiting.add(call)
    return 'wait'
  }
  /** Answers who else waits for it. The first answer counts: one may come late, when the call is run again already. */
  answered(call: PeerCall, answer: Answer, now: number): readonly PeerCall[] {
    const key = keyOf(call)
    this.#forgetOld(now, 1)
    if (!this.#answered.has(key)) this.#answered.set(key, { answer, at: now })
    const run = this.#underWay.get(key)
    this.#underWay.delete(key)
    return run === undefined ? [] : [run.call, ...run.waiting]
  }
  /** It will not be answered: the next one that comes is run. Answers who waits for it; nobody waits for one that waits itself. */
  abandon(call: PeerCall): readonly PeerCall[] {
    const key = keyOf(call)
    const run = this.#underWay.get(key)
    if (run?.call !== call) {
      run?.waiting.delete(call)
      return []
    }
    this.#underWay.delete(key)
    return [...run.waiting]
  }

  /** Until there is room for so many more. */
  #forgetOld(now: number, more: number): void {
    for (const [key, { at }] of this.#answered) {
      if (this.#answered.size + more <= this.#max && now - at < this.#keepMs) return
      this.#answered.delete(key)
    }
  }
}

/** Keys are those of clients: one may give two calls the same. No name has a space. */
function keyOf({ name, key }: PeerCall): string {
  return `${name} ${key}`
}
