// What happened in a simulation, step by step. Kept as it came, put into words only when somebody asks: most seeds pass.
import { show } from '../base/errors.js'
import { isCrash } from '../base/exit-reason.js'

interface Event {
  readonly step: number
  readonly nowMs: number
  readonly what: string
  readonly values: readonly unknown[]
}

/** So much of a value is shown, after its references were numbered: how long they are differs from run to run. */
const SHOWN = 200
const WHOLE = 4000

/** @internal */
export class Trace {
  readonly #now: () => number
  readonly #events: Event[] = []
  /** How many steps were done. */
  steps = 0
  /** How many faults were injected. */
  faults = 0

  constructor(now: () => number) {
    this.#now = now
  }

  /** Something that was made to go wrong. */
  fault(what: string, ...values: readonly unknown[]): void {
    this.faults++
    this.add(`FAULT: ${what}`, ...values)
  }
  add(what: string, ...values: readonly unknown[]): void {
    this.#events.push({ step: this.steps, nowMs: this.#now(), what, values })
  }

  /** How many lines there are. */
  get size(): number {
    return this.#events.length
  }

  /** One line for each event: its step, its time, what it was. References are numbered anew, so that two runs look the same. */
  lines(): string[] {
    const refs = new Map<string, number>()
    const numbered = (ref: string): string => {
      if (!refs.has(ref)) refs.set(ref, refs.size + 1)
      return `#Ref<${refs.get(ref)}>`
    }
    const picture = (value: unknown): string => {
      if (typeof value === 'string') return value
      const text = (isCrash(value) ? String(value) : show(value, WHOLE)).replaceAll(/#Ref<[^>]*>/g, numbered)
      return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text
    }
    return this.#events.map(({ step, nowMs, what, values }) => {
      const line = [what, ...values.map(picture)].join(' ').replaceAll(/\s*\n\s*/g, ' ')
      return `${String(step).padStart(6)} ${String(nowMs).padStart(7)} ms  ${line}`
    })
  }
}
