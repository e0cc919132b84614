// The one room that reaches behind XState's documented API: what it has, does not document, and a host of actors needs. All of
// it is there since 5.20; test/machines/xstate-insides.test.ts holds XState to it. Entered by machine-host and machine-rules.
import type { AnyActorRef, EventObject } from 'xstate'

type System = AnyActorRef['system']
interface Insides {
  readonly system: System & { _relay(source: AnyActorRef | undefined, target: AnyActorRef, event: EventObject): void }
  readonly _actorScope: { actionExecutor(action: Action): void }
  _snapshot: unknown
  _stop(): void
}
interface Action {
  readonly exec: ((info: unknown, params: unknown) => unknown) | undefined
}

function insidesOf(actor: AnyActorRef): Insides {
  return actor as unknown as Insides
}

/** Every event that an actor of this system gets goes through `carry`, whoever sends it: `deliver` hands it over. */
export function carryEvents(actor: AnyActorRef, carry: (deliver: () => void, event: EventObject) => void): void {
  const { system } = insidesOf(actor)
  const relay = system._relay
  system._relay = (source, target, event) => carry(() => relay(source, target, event), event)
}

/** Every delay is set within `set`, and noted with the time of `now` instead of the machine's date. */
export function setDelays(
  { system }: AnyActorRef,
  newId: () => string,
  now: () => number,
  set: (schedule: () => void, event: EventObject) => void,
): void {
  const { scheduler } = system
  const schedule = scheduler.schedule
  scheduler.schedule = (source, target, event, delayMs, id = newId()) => {
    set(() => schedule(source, target, event, delayMs, id), event)
    const scheduled = system.getSnapshot()._scheduledEvents[`${source.sessionId}.${id}`]
    if (scheduled !== undefined) scheduled.startedAt = now()
  }
}

/** Sees what each action of this actor returns: XState drops it. */
export function seeActions(actor: AnyActorRef, see: (result: unknown) => void): void {
  const { _actorScope: scope } = insidesOf(actor)
  const execute = scope.actionExecutor
  scope.actionExecutor = (action) => {
    const { exec } = action
    execute(exec === undefined ? action : { ...action, exec: (info, params) => see(exec(info, params)) })
  }
}

/** Stops an actor that its parent does not stop. */
export function stopActor(actor: AnyActorRef): void {
  insidesOf(actor)._stop()
}

/** Puts an actor into another state, without any action. */
export function setSnapshot(actor: AnyActorRef, snapshot: unknown): void {
  insidesOf(actor)._snapshot = snapshot
}
