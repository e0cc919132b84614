// What happened in a simulation, step by step. Kept as it came, put into words only when somebody asks: most seeds pass.
import { inspect, types } from 'node:util'
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
      const text = wordsOf(value).replaceAll(/#Ref<[^>]*>/g, numbered)
      return text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text
    }
    return this.#events.map(({ step, nowMs, what, values }) => {
      const line = [what, ...values.map(picture)].join(' ').replaceAll(/\s*\n\s*/g, ' ')
      return `${String(step).padStart(6)} ${String(nowMs).padStart(7)} ms  ${line}`
    })
  }
}

function wordsOf(value: unknown): string {
  try {
    const shown = isCrash(value) ? (value.error ?? value.value) : value
    return show(withoutStacks(shown, ERROR_DEPTH), WHOLE)
  } catch {
    return show(value) // it does not let itself be looked at: `show` says so
  }
}

/** So deep errors are shown: one level more than other values. */
const ERROR_DEPTH = 4
/** A stack that is a field of something else, as of a crash or its report. */
const STACK = /\n\s+at /

/**
 * The value itself if it holds no error; else a copy that is shown like it, whose errors have no stacks: those differ from run to
 * run, and name folders of a machine.
 */
function withoutStacks(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth === 0 || types.isProxy(value)) return value
  if (value instanceof Error || types.isNativeError(value)) return { [inspect.custom]: () => `${value.name}: ${value.message}` }
  if (inspect.custom in value || ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return ifOther(value, [...value], depth, (items) => items)
  if (value instanceof Set) return ifOther(value, [...value], depth, (items) => new Set(items))
  if (value instanceof Map)
    return ifOther(value, [...value.values()], depth, (items) => new Map([...value.keys()].map((key, at) => [key, items[at]])))
  const fields = Object.entries(Object.getOwnPropertyDescriptors(value) as Record<string, PropertyDescriptor>)
  const kept = fields.filter(([key, field]) => key !== 'stack' || typeof field.value !== 'string' || !STACK.test(field.value))
  const whole = kept.length === fields.length ? value : undefined
  return ifOther(
    whole,
    kept.map(([, field]) => field.value as unknown),
    depth,
    (items) => {
      const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object
      for (const [at, [key, field]] of kept.entries())
        Object.defineProperty(copy, key, 'value' in field ? { ...field, value: items[at] } : field)
      return copy
    },
  )
}

/** The value, or what is made of its items if there is none, or one of them has changed. */
function ifOther(
  value: unknown,
  items: readonly unknown[],
  depth: number,
  made: (items: readonly unknown[]) => unknown,
): unknown {
  const changed = items.map((item) => withoutStacks(item, depth - 1))
  return value !== undefined && changed.every((item, at) => item === items[at]) ? value : made(changed)
}
