// A pid as XState sees it: an actor that can be sent to. Entered by users, in `sendTo` of a machine; calls send.
import type { ActorRef, EventObject, Snapshot } from 'xstate'
import { BadArgError } from '../base/errors.js'
import { isPid } from '../base/pid.js'
import { isRef } from '../base/ref.js'
import { currentKernel } from '../runtime/node.js'
import { type Dest, sendTo } from '../runtime/send.js'

const ACTIVE = Object.freeze({ status: 'active', output: undefined, error: undefined })
const NO_SUBSCRIPTION = Object.freeze({ unsubscribe: () => undefined })

/**
 * What XState asks of an actor that it sends to. Without fields of its own and without `ref`: a machine that is persisted keeps
 * it in its context as it is, and does not take it for one of its children.
 */
class PidActor {
  readonly #dest: Dest

  constructor(dest: Dest) {
    this.#dest = dest
  }
  get id(): string {
    return String(this.#dest)
  }
  get sessionId(): string {
    return this.id
  }
  send(event: EventObject): void {
    sendTo(currentKernel(), this.#dest, event, 'sendTo')
  }
  /** What XState calls. @internal */
  _send(event: EventObject): void {
    this.send(event)
  }
  getSnapshot(): object {
    return ACTIVE
  }
  getPersistedSnapshot(): object {
    return ACTIVE
  }
  subscribe(): object {
    return NO_SUBSCRIPTION
  }
  on(): object {
    return NO_SUBSCRIPTION
  }
  start(): void {
    // A process runs from the start.
  }
  toJSON(): object {
    return { id: this.id }
  }
}

/** The events that can be sent to a pid. */
type EventsOf<M> = unknown extends M ? any : Extract<M, EventObject>

/**
 * A pid, alias or registered name as XState's `sendTo` takes it. A dead pid takes the event in silence; a name that is not
 * registered is an error of the machine.
 *
 * @param dest - where the events go
 * @returns an actor that can be sent to, and nothing else: it has no state of its own
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - no pid, alias or name
 * @example
 * const light = createMachine({ entry: sendTo(() => actorOf(logger), { type: 'log', line: 'red' }) })
 * await machineServer.start(light)
 * await self.receive('log') // => { type: 'log', line: 'red' }
 * @see XState, "Actors", sendTo
 */
export function actorOf<M = any>(dest: Dest<M>): ActorRef<Snapshot<undefined>, EventsOf<M>> {
  if (!isPid(dest) && !isRef(dest) && typeof dest !== 'string')
    throw new BadArgError('actorOf: dest', 'a pid, an alias or a registered name', dest)
  return new PidActor(dest) as unknown as ActorRef<Snapshot<undefined>, EventsOf<M>>
}
