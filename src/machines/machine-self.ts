// Which process an XState actor system runs in. Marked by machine-host; asked by users and by process-logic.
import type { ActorSystem } from 'xstate'
import { GensockError } from '../base/errors.js'
import type { Process } from '../runtime/process.js'
import { selfOf as selfOfProcess } from '../runtime/self.js'
import type { Self } from '../runtime/self-types.js'

// Registered, so that the ESM and the CommonJS copy of the library know each other's machines.
const kProcess = Symbol.for('gensock.machineProcess')

/** Notes that the actors of this system run in this process. */
export function markSystem(system: ActorSystem<any>, process: Process): void {
  Object.defineProperty(system, kProcess, { value: process })
}

/** The process of a system; undefined for actors that plain XState runs. */
export function processOfSystem(system: ActorSystem<any>): Process | undefined {
  return (system as { readonly [kProcess]?: Process })[kProcess]
}

/**
 * The Self of the process that a machine runs in; `system` is an argument of every action and of every invoked function. Until
 * the first await the free functions (`self()`, `send`, `link`, ...) do as well: all of a machine's code runs as its process.
 *
 * @param system - of the machine
 * @returns its Self, right after any await
 * @throws {GensockError} `GENSOCK_ERR_NO_SELF` - the machine does not run in a process
 * @example
 * const price = fromPromise(async ({ system }) => {
 *   const self = selfOf(system)
 *   const amount = await fetchPrice()
 *   self.send(logger, { type: 'price', amount })
 * })
 * await machineServer.start(createMachine({ invoke: { src: price } }))
 * await self.receive('price') // => { type: 'price', amount: 12 }
 * @see XState, "Systems"
 */
export function selfOf<Message = any>(system: ActorSystem<any>): Self<Message> {
  const process = typeof system === 'object' && system !== null ? processOfSystem(system) : undefined
  if (process !== undefined) return selfOfProcess(process) as Self<Message>
  throw new GensockError(
    'GENSOCK_ERR_NO_SELF',
    'selfOf needs the system of a machine that runs in a process: start it with machineServer or machineChild',
    'noproc',
  )
}
