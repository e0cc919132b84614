// What is kept of a machine over a restart: XState's persisted snapshot, and the delays that were running, which XState leaves
// out. Entered by machine-rules and machine-server; calls the host.
import type { AnyActorRef, EventObject, Snapshot } from 'xstate'
import { BadArgError } from '../base/errors.js'
import type { MaybePromise } from '../runtime/self-types.js'
import type { Kernel } from '../runtime/process.js'
import type { MachineHost } from './machine-host.js'

/** The way to an actor from the machine: ids of children. */
type Path = readonly string[]
/**
 * A delayed transition or event that had not come yet.
 *
 * @example
 * const left = (delays: readonly KeptDelay[]): number[] => delays.map(({ leftMs }) => leftMs)
 * @see XState, "Delayed (after) transitions"
 */
export interface KeptDelay {
  /** The actor that it is one of, by its path from the machine. */
  readonly source: Path
  /** An actor of the machine by its path, any other (`actorOf(pid)`) as it is. */
  readonly target: Path | AnyActorRef
  /** What comes when the time is over. */
  readonly event: EventObject
  /** By which XState cancels it. */
  readonly id: string
  /** Milliseconds of the node's clock that were left. */
  readonly leftMs: number
}
/**
 * XState's persisted snapshot with the delays that were running. Contexts are kept by reference.
 *
 * @example
 * const delays = ({ delayed = [] }: KeptSnapshot): string[] => delayed.map(({ id }) => id)
 * @see XState, "Persistence"
 */
export type KeptSnapshot = Snapshot<unknown> & { readonly delayed?: readonly KeptDelay[] }

/**
 * Where the snapshots of a machine are kept: in memory, or as you like; both functions may be async. `save` gets a snapshot
 * after the start and after every event, and undefined when there is nothing to come back to: the machine came to its end, or
 * failed again at once. What it throws ends the machine.
 *
 * @example
 * let kept: KeptSnapshot | undefined
 * const store: SnapshotStore = { load: () => kept, save: (snapshot) => { kept = snapshot } }
 * const pid = unwrap(await machineServer.start(light, { keepSnapshot: store }))
 * kept !== undefined // => true
 * @see XState, "Persistence"
 */
export interface SnapshotStore {
  /** The snapshot to begin with; undefined for none. */
  readonly load: () => MaybePromise<KeptSnapshot | undefined>
  /** Keeps a snapshot; undefined takes the last one away. */
  readonly save: (snapshot: KeptSnapshot | undefined) => MaybePromise<void>
}

/** Keeps the last snapshot as long as the store itself is kept: by the child spec. */
export function memoryStore(): SnapshotStore {
  let kept: KeptSnapshot | undefined
  return {
    load: () => kept,
    save: (snapshot) => {
      kept = snapshot
    },
  }
}

/** When a snapshot was taken. One that was written away and read again is none of these: its delays lose no time meanwhile. */
const taken = new WeakMap<KeptSnapshot, { readonly kernel: Kernel; readonly atMs: number }>()

/** The snapshot to keep. */
export function takeSnapshot(host: MachineHost, kernel: Kernel): KeptSnapshot {
  const { root } = host
  const atMs = kernel.clock.now()
  const scheduled = Object.values(root.system.getSnapshot()._scheduledEvents)
  const delayed = scheduled.map(
    ({ source, target, event, id, delay, startedAt }): KeptDelay => ({
      source: pathOf(source),
      target: belongsTo(target, root) ? pathOf(target) : target,
      event,
      id,
      leftMs: Math.max(0, startedAt + delay - atMs),
    }),
  )
  const snapshot = { ...root.getPersistedSnapshot(), delayed }
  taken.set(snapshot, { kernel, atMs })
  return snapshot
}

/** Lets the delays of a snapshot run on, once its machine has started. */
export function resumeDelays(host: MachineHost, snapshot: KeptSnapshot, kernel: Kernel): void {
  const when = taken.get(snapshot)
  const passedMs = when?.kernel === kernel ? kernel.clock.now() - when.atMs : 0
  for (const { source, target, event, id, leftMs } of snapshot.delayed ?? []) {
    const from = follow(host.root, source)
    const to = Array.isArray(target) ? follow(host.root, target as Path) : (target as AnyActorRef)
    // An actor that the snapshot names and that is not there any more has no use for its delays.
    if (from !== undefined && to !== undefined)
      host.root.system.scheduler.schedule(from, to, event, Math.max(0, leftMs - passedMs), id)
  }
}

function pathOf(actor: AnyActorRef): Path {
  return actor._parent === undefined ? [] : [...pathOf(actor._parent), actor.id]
}
function belongsTo(actor: AnyActorRef, root: AnyActorRef): boolean {
  for (let above: AnyActorRef | undefined = actor; above !== undefined; above = above._parent) if (above === root) return true
  return false
}
function follow(root: AnyActorRef, path: Path): AnyActorRef | undefined {
  let actor: AnyActorRef | undefined = root
  for (const id of path) actor = (actor?.getSnapshot() as { children?: Record<string, AnyActorRef> } | undefined)?.children?.[id]
  return actor
}

/** The store that an option asks for; undefined for none. */
export function storeOf(where: string, option: unknown, inMemory: boolean): SnapshotStore | undefined {
  if (option === undefined || option === false) return undefined
  if (option === true && inMemory) return memoryStore()
  const { load, save } = (typeof option === 'object' && option !== null ? option : {}) as Partial<SnapshotStore>
  if (typeof load === 'function' && typeof save === 'function') return option as SnapshotStore
  const allowed = inMemory
    ? 'true, false or { load, save }'
    : 'false or { load, save }; true is for machineChild, whose spec keeps the snapshot'
  throw new BadArgError(`${where}: keepSnapshot`, allowed, option)
}
