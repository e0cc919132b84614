// Hot path. The event queue of a state machine: what comes next, what was inserted before it, what was postponed. Pure: no
// process, no time. Entered by gen-statem-rules.

/** One event. */
export class Event {
  /** As the callback gets it: `['call', from]`, `cast`, `info`, `internal`, or a timeout's type. */
  readonly type: unknown
  readonly content: unknown
  constructor(type: unknown, content: unknown) {
    this.type = type
    this.content = content
  }
}

/**
 * Events that were received or inserted and wait for their turn, and those that wait for another state.
 *
 * ```text
 *             insert (in the order given)
 *                │
 *   next  ◀── [ e1 e2 e3 ]          [ p1 p2 ] ◀── postpone
 *                ▲                       │
 *                └───── stateChanged ────┘   p1 p2 e1 e2 e3
 * ```
 */
export class EventQueue {
  /** The last one is the next: taking it and inserting before it both cost nothing. */
  readonly #coming: Event[] = []
  #postponed: Event[] = []

  /** The next event; undefined when none is queued. */
  next(): Event | undefined {
    return this.#coming.pop()
  }
  /** Puts events before all that are queued; the first of them comes next. */
  insert(events: readonly Event[]): void {
    for (let i = events.length - 1; i >= 0; i--) this.#coming.push(events[i] as Event)
  }
  /** Keeps an event for the next state. */
  postpone(event: Event): void {
    this.#postponed.push(event)
  }
  /** The state has changed: what was postponed comes first, oldest first. */
  stateChanged(): void {
    if (this.#postponed.length === 0) return
    const again = this.#postponed
    this.#postponed = []
    this.insert(again)
  }

  /** For reports: the next first. */
  get coming(): readonly Event[] {
    return this.#coming.toReversed()
  }
  /** For reports: oldest first. */
  get postponed(): readonly Event[] {
    return this.#postponed
  }
}

/** Where an event comes from, in one word. */
export function kindOf({ type }: Event): 'call' | 'cast' | 'info' | 'internal' | 'timeout' {
  if (type === 'cast' || type === 'info' || type === 'internal') return type
  return isCall(type) ? 'call' : 'timeout'
}

/** An event for a report: of a call who called, not all that hangs on its `from`. */
export function shown({ type, content }: Event): readonly [unknown, unknown] {
  return isCall(type) ? [['call', String(type[1].pid)], content] : [type, content]
}

function isCall(type: unknown): type is readonly ['call', { readonly pid: unknown }] {
  return Array.isArray(type) && type[0] === 'call'
}
