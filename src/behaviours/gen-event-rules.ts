// gen_event's rules: events, requests and messages to a list of handlers, one callback at a time. Entered by behaviour (the
// loop); walks through the operations of the handler list and calls the callbacks that they want called.
import { types } from 'node:util'
import { isExit } from '../base/messages.js'
import { type Call, reply } from '../runtime/call.js'
import { isRunning } from '../runtime/process.js'
import { isPromise } from '../runtime/spawn.js'
import type { Behaviour, Rules } from './behaviour.js'
import { caught } from './gen-event-handler.js'
import { HandlerList, type Steps } from './gen-event-list.js'
import { isEventMessage, isEventRequest } from './gen-event-request.js'

/** The rules of one event manager. */
export class GenEventRules implements Rules {
  readonly kind = 'gen_event'
  #loop!: Behaviour
  #handlers!: HandlerList

  init(loop: Behaviour): void {
    this.#loop = loop
    this.#handlers = new HandlerList(loop.process)
    loop.process.trapExit = true
    loop.ready()
  }

  call(call: Call): void | Promise<void> {
    const { request, from } = call
    if (!isEventRequest(request)) return this.#run(this.#handlers.notify('handleInfo', call))
    return this.#run(this.#handlers.obey(request.order), (value) => reply(from, value))
  }

  message(message: unknown): void | Promise<void> {
    const { debug } = this.#loop
    if (isEventMessage(message)) {
      if (debug !== null) debug.event({ type: 'in', kind: 'cast', message: message.event })
      return this.#run(this.#handlers.notify('handleEvent', message.event))
    }
    if (debug !== null) debug.event({ type: 'in', kind: 'info', message })
    return this.#run(isExit(message) ? this.#handlers.exited(message) : this.#handlers.notify('handleInfo', message))
  }

  thrown(): void {
    // Never called: what a callback throws is caught in `#run`, where it ends one handler and not the manager.
  }

  terminate(): void | Promise<void> {
    return this.#run(this.#handlers.stop(this.#loop.parent))
  }

  getState(): unknown {
    return this.#handlers.states()
  }
  /** The state of a manager is not one value: from handler to handler. */
  replaceState(replace: (state: unknown) => unknown): void {
    this.#handlers.replaceStates(replace)
  }

  /** Walks through an operation; `took` gets its value. A promise once a callback has answered one. */
  #run(steps: Steps, took: (value: unknown) => void = ignore, answer?: unknown): void | Promise<void> {
    for (let input = answer; ; ) {
      const step = steps.next(input)
      if (step.done === true) return took(step.value)
      let result: unknown
      try {
        result = readable(step.value())
      } catch (thrown) {
        result = caught(thrown)
      }
      if (!isRunning(this.#loop.process)) return undefined // the callback ended its own process
      if (isPromise(result)) {
        return this.#loop.after(result.then(undefined, caught), (value) => this.#run(steps, took, value))
      }
      input = result
    }
  }
}

// What cannot be looked at (a revoked proxy) is a failure of the callback that answered it, here and not later in the loop.
function readable(result: unknown): unknown {
  if (!types.isProxy(result)) return result
  return Array.isArray(result) ? Array.from(result as unknown[]) : result
}

function ignore(): void {
  // An event has no reply.
}
