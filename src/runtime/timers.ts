// Hot path. All timers of a node under one alarm of its clock: buckets by millisecond, a heap of the buckets' times.
// Entered by self and node (set, cancel, read) and by the clock (the alarm rings).
import type { Clock } from '../base/clock.js'
import type { Reference } from '../base/ref.js'

/** A process as a timer's target sees it: the head of the list of timers that vanish with it. */
export interface TimerOwner {
  /** @internal */
  _timers: Timer | null
}

/** One pending timer. In two lists: its bucket's and, if it goes to a pid, its target's. */
export class Timer {
  readonly owner: Timers
  readonly ref: Reference
  readonly dueMs: number
  readonly target: TimerOwner | null
  readonly dest: unknown
  readonly message: unknown
  bucket: Bucket | null = null
  next: Timer | null = null
  prev: Timer | null = null
  nextOfTarget: Timer | null = null
  prevOfTarget: Timer | null = null

  constructor(owner: Timers, ref: Reference, dueMs: number, target: TimerOwner | null, dest: unknown, message: unknown) {
    this.owner = owner
    this.ref = ref
    this.dueMs = dueMs
    this.target = target
    this.dest = dest
    this.message = message
  }
}

class Bucket {
  readonly dueMs: number
  first: Timer | null = null
  last: Timer | null = null
  constructor(dueMs: number) {
    this.dueMs = dueMs
  }
}

/** Seam of the simulation: the order in which timers of one millisecond fire. */
export type OrderTimers = (timers: Timer[]) => Timer[]

/** The pending timers of one node. */
export class Timers {
  readonly #clock: Clock
  readonly #fire: (timer: Timer) => void
  readonly #order: OrderTimers | undefined
  readonly #buckets = new Map<number, Bucket>()
  #heap: number[] = []
  #alarmAt = Infinity
  #firing = false
  #idleCheck = false
  size = 0

  constructor(clock: Clock, fire: (timer: Timer) => void, order?: OrderTimers) {
    this.#clock = clock
    this.#fire = fire
    this.#order = order
  }

  add(ref: Reference, delayMs: number, target: TimerOwner | null, dest: unknown, message: unknown): void {
    const dueMs = Math.ceil(this.#clock.now() + delayMs)
    const timer = new Timer(this, ref, dueMs, target, dest, message)
    ref._timer = timer
    let bucket = this.#buckets.get(dueMs)
    if (bucket === undefined) {
      // Before the new bucket is there: empty ones are thrown away.
      if (this.#heap.length > 64 && this.#heap.length > 4 * (this.size + 1)) this.#compact()
      bucket = new Bucket(dueMs)
      this.#buckets.set(dueMs, bucket)
      this.#heapPush(dueMs)
    }
    timer.bucket = bucket
    timer.prev = bucket.last
    if (bucket.last === null) bucket.first = timer
    else bucket.last.next = timer
    bucket.last = timer
    if (target !== null) {
      timer.nextOfTarget = target._timers
      if (target._timers !== null) target._timers.prevOfTarget = timer
      target._timers = timer
    }
    this.size++
    if (dueMs < this.#alarmAt && !this.#firing) this.#arm(dueMs)
  }

  /** Cancels a timer if it is pending. */
  cancel(ref: Reference): void {
    const timer = ref._timer as Timer | null
    if (timer !== null) this.#remove(timer)
  }

  /** Milliseconds left, at least 0; false if it has fired, was cancelled, or its target ended. Cancels when told to. */
  left(ref: Reference, cancel: boolean): number | false {
    const timer = ref._timer as Timer | null
    if (timer === null) return false
    const leftMs = Math.max(0, timer.dueMs - Math.ceil(this.#clock.now()))
    if (cancel) this.#remove(timer)
    return leftMs
  }

  /** The target ended: its timers vanish. */
  dropAll(target: TimerOwner): void {
    for (let timer = target._timers; timer !== null; timer = target._timers) timer.owner.#remove(timer)
  }

  /** When the next timer is due, or Infinity. */
  nextDueMs(): number {
    while (this.#heap.length > 0) {
      const dueMs = this.#heap[0] as number
      if ((this.#buckets.get(dueMs) as Bucket).first !== null) return dueMs
      this.#heapPop()
      this.#buckets.delete(dueMs)
    }
    return Infinity
  }

  /** Forgets all of them and stops the clock's alarm. */
  clear(): void {
    for (const bucket of this.#buckets.values()) while (bucket.first !== null) this.#remove(bucket.first)
    this.#buckets.clear()
    this.#heap = []
    this.#alarmAt = Infinity
    this.#clock.clearAlarm()
  }

  readonly #ring = (): void => {
    this.#alarmAt = Infinity
    this.#firing = true
    try {
      for (let dueMs = this.nextDueMs(); dueMs <= this.#clock.now(); dueMs = this.nextDueMs()) {
        const bucket = this.#buckets.get(dueMs) as Bucket
        if (this.#order === undefined) while (bucket.first !== null) this.#fireOne(bucket.first)
        else this.#fireOrdered(bucket, this.#order)
      }
    } finally {
      this.#firing = false
      const next = this.nextDueMs()
      if (next !== Infinity) this.#arm(next)
    }
  }

  // Whatever the seam left out fires last: a bucket whose time has come must become empty.
  #fireOrdered(bucket: Bucket, order: OrderTimers): void {
    for (const timer of order(listOf(bucket))) if (timer.bucket === bucket) this.#fireOne(timer)
    while (bucket.first !== null) this.#fireOne(bucket.first)
  }

  #fireOne(timer: Timer): void {
    this.#remove(timer)
    this.#fire(timer)
  }

  #remove(timer: Timer): void {
    const bucket = timer.bucket as Bucket
    if (timer.prev === null) bucket.first = timer.next
    else timer.prev.next = timer.next
    if (timer.next === null) bucket.last = timer.prev
    else timer.next.prev = timer.prev
    const target = timer.target
    if (target !== null) {
      if (timer.prevOfTarget === null) target._timers = timer.nextOfTarget
      else timer.prevOfTarget.nextOfTarget = timer.nextOfTarget
      if (timer.nextOfTarget !== null) timer.nextOfTarget.prevOfTarget = timer.prevOfTarget
    }
    // The last leaf of the heap may go at once: the common case of a timer that is set and soon cancelled.
    if (bucket.first === null && !this.#firing && this.#heap.at(-1) === bucket.dueMs) {
      this.#heap.pop()
      this.#buckets.delete(bucket.dueMs)
    }
    timer.bucket = timer.prev = timer.next = timer.prevOfTarget = timer.nextOfTarget = null
    timer.ref._timer = null
    this.size--
    if (this.size === 0 && this.#alarmAt !== Infinity && !this.#firing && !this.#idleCheck) {
      this.#idleCheck = true
      setImmediate(this.#onIdleCheck)
    }
  }

  // No timer left for a whole loop turn: an alarm would only keep the program alive.
  readonly #onIdleCheck = (): void => {
    this.#idleCheck = false
    if (this.size > 0 || this.#alarmAt === Infinity) return
    this.#alarmAt = Infinity
    this.#clock.clearAlarm()
  }

  #arm(atMs: number): void {
    this.#alarmAt = atMs
    this.#clock.setAlarm(atMs, this.#ring)
  }

  // Buckets whose timers were all cancelled stay until their time comes, unless they become most of the heap.
  #compact(): void {
    for (const [dueMs, bucket] of this.#buckets) if (bucket.first === null) this.#buckets.delete(dueMs)
    this.#heap = [...this.#buckets.keys()].sort((a, b) => a - b)
  }

  #heapPush(dueMs: number): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(dueMs)
    while (i > 0) {
      const parent = (i - 1) >> 1
      const above = heap[parent] as number
      if (above <= dueMs) break
      heap[i] = above
      i = parent
    }
    heap[i] = dueMs
  }

  #heapPop(): void {
    const heap = this.#heap
    const last = heap.pop() as number
    const size = heap.length
    if (size === 0) return
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= size) break
      if (child + 1 < size && (heap[child + 1] as number) < (heap[child] as number)) child++
      if ((heap[child] as number) >= last) break
      heap[i] = heap[child] as number
      i = child
    }
    heap[i] = last
  }
}

function listOf(bucket: Bucket): Timer[] {
  const timers: Timer[] = []
  for (let timer = bucket.first; timer !== null; timer = timer.next) timers.push(timer)
  return timers
}
