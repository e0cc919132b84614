// Calls that are delivered at least once, by their keys: what has been answered is answered again, what is under way is waited for, and
// neither is run again. Bounded in number and in time. Entered by peers; all sockets of a handler share one.
import type { Answer, PeerCall } from './peer-call.js'

export class AnsweredCalls {
  /** Key -> the same call over other connections, which wait. */
  readonly #underWay = new Map<string, PeerCall[]>()
  /** Key -> the answer, and when it was given. The oldest first. */
  readonly #answered = new Map<string, { readonly answer: Answer; readonly at: number }>()
  readonly #max: number
  readonly #keepMs: number

  constructor(max: number, keepMs: number) {
    this.#max = max
    this.#keepMs = keepMs
  }

  /** 'run': nobody has. 'wait': `call` is among those that `answered` tells of. Else the answer that it had. */
  begin(key: string, call: PeerCall, now: number): Answer | 'run' | 'wait' {
    this.#forgetOld(now, 0)
    const known = this.#answered.get(key)
    if (known !== undefined) return known.answer
    const waiting = this.#underWay.get(key)
    if (waiting === undefined) {
      this.#underWay.set(key, [])
      return 'run'
    }
    waiting.push(call)
    return 'wait'
  }
  /** Answers who else waits for it. */
  answered(key: string, answer: Answer, now: number): readonly PeerCall[] {
    this.#forgetOld(now, 1)
    this.#answered.set(key, { answer, at: now })
    return this.abandon(key)
  }
  /** It will not be answered: the next one that comes is run. Answers who waits for it. */
  abandon(key: string): readonly PeerCall[] {
    const waiting = this.#underWay.get(key) ?? []
    this.#underWay.delete(key)
    return waiting
  }

  /** Until there is room for so many more. */
  #forgetOld(now: number, more: number): void {
    for (const [key, { at }] of this.#answered) {
      if (this.#answered.size + more <= this.#max && now - at < this.#keepMs) return
      this.#answered.delete(key)
    }
  }
}
