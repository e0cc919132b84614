// Actor logic that is a process: a machine can invoke or spawn one, within a machine server and in plain XState. Entered by
// XState; calls spawn, and hears of the end by a monitor.
import type { ActorLogic, ActorSystem, AnyActorRef, AnyEventObject, EventObject, NonReducibleUnknown, Snapshot } from 'xstate'
import { BadArgError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { removeMonitor, watchEnd } from '../runtime/alias.js'
import { exitSignal } from '../runtime/exit.js'
import { currentKernel } from '../runtime/node.js'
import { isRunning, type Monitor, type Process, shared } from '../runtime/process.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import { post } from '../runtime/send.js'
import { isPromise, spawnFunction } from '../runtime/spawn.js'
import { processOfSystem } from './machine-self.js'

/**
 * What an invoked process gets besides its Self.
 *
 * @example
 * const tell = (_self: Receiver, { input, sendBack }: InvokedArgs<number>) => sendBack({ type: 'n', n: input })
 * createMachine({ invoke: { src: fromProcess(tell), input: 7 } })
 * @see XState, "Callback actors"
 */
export interface InvokedArgs<Input = any> {
  /** What `invoke` or `spawn` gave as `input`. */
  readonly input: Input
  /** Of the machine: for {@link selfOf}. */
  readonly system: ActorSystem<any>
  /** Sends an event to the machine that invoked the process. Does nothing once the process has ended. */
  readonly sendBack: (event: AnyEventObject) => void
}
/**
 * What `fromProcess` takes: what it returns is the actor's output.
 *
 * @example
 * const add: InvokedProcess<any, number[], number> = (_self, { input }) => input.reduce((sum, n) => sum + n, 0)
 * @see {@link fromProcess}
 */
export type InvokedProcess<E extends EventObject, Input, Output> = (
  self: Receiver<E>,
  args: InvokedArgs<Input>,
) => MaybePromise<Output>
/**
 * The snapshot of an invoked process: whether it runs, and its output.
 *
 * @example
 * const isOver = ({ status }: InvokedSnapshot<number, void>): boolean => status !== 'active'
 * @see XState, "Actor snapshots"
 */
export type InvokedSnapshot<Output, Input> = Snapshot<Output> & { readonly input: Input | undefined }

const kExitSignal = Symbol.for('gensock.exitSignal')

/**
 * What `onError` gets when an invoked process ended with another reason than `normal`. A machine that does not take it ends
 * with the same reason, as over a link.
 *
 * @example
 * const broken = fromProcess(() => exit('no_paper'))
 * const report = ({ event }) => send(logger, { type: 'lost', reason: event.error.reason })
 * await machineServer.start(createMachine({ invoke: { src: broken, onError: { actions: report } } }))
 * await self.receive('lost') // => { type: 'lost', reason: 'no_paper' }
 * @see XState, "Invoke", onError
 */
export class InvokedExit extends Error {
  /** The exit reason of the process. */
  readonly reason: ExitReason
  constructor(pid: string, reason: ExitReason) {
    super(`the invoked process ${pid} ended with reason ${show(reason)}`)
    this.name = 'InvokedExit'
    this.reason = reason
  }
  /** Uncaught in a process it is an exit with that reason, and no crash of its own. @hidden */
  get [kExitSignal](): true {
    return true
  }
}

/** To the actor itself: its process has ended. */
class Ended {
  readonly type = 'gensock.ended' as const
  readonly reason: ExitReason
  readonly output: unknown
  constructor(reason: ExitReason, output: unknown) {
    this.reason = reason
    this.output = output
  }
}

interface Worker {
  readonly process: Process
  /** None of a process that was dead from the start. */
  readonly monitor: Monitor | null
}
const workers = new WeakMap<AnyActorRef, Worker>()

/**
 * A process as actor logic, for `invoke`, `spawn` and `spawnChild`. Events sent to the actor go to its mailbox. Its end with
 * `normal` is `onDone`, with what the function returned as output; any other end is `onError` with an {@link InvokedExit}. When
 * the machine leaves the state, stops the actor, or ends in whatever way, the process gets the exit signal `shutdown`. It is
 * monitored and not linked, so that its crash is the machine's to take.
 *
 * @param process - gets its Self, and `{ input, system, sendBack }`; may be async
 * @returns the logic, for `src` of `invoke`
 * @throws {BadArgError} `GENSOCK_ERR_BADARG` - not a function
 * @example
 * const feed = fromProcess(async (worker, { sendBack }) => {
 *   sendBack({ type: 'line', line: (await worker.receive('data')).text })
 * })
 * const pipe = createMachine({
 *   invoke: { id: 'feed', src: feed },
 *   on: { data: { actions: sendTo('feed', ({ event }) => event) }, line: { actions: ({ event }) => send(logger, event) } },
 * })
 * const data = { type: 'data', text: 'hello' }
 * send(unwrap(await machineServer.start(pipe)), data)
 * await self.receive('line') // => { type: 'line', line: 'hello' }
 * @see XState, "Actors", fromCallback
 */
export function fromProcess<E extends EventObject = any, Output = void, Input = NonReducibleUnknown>(
  process: InvokedProcess<E, Input, Output>,
): ActorLogic<InvokedSnapshot<Output, Input>, E, Input> {
  if (typeof process !== 'function') throw new BadArgError('fromProcess: process', 'a function', process)
  type S = InvokedSnapshot<Output, Input>
  return {
    config: process,
    getInitialSnapshot: (_scope, input) => ({ status: 'active', output: undefined, error: undefined, input }),
    start(snapshot, { self, system }) {
      if (snapshot.status === 'active') start(self, system, snapshot.input, process as InvokedProcess<any, any, unknown>)
    },
    transition(snapshot, event, { self }) {
      if (snapshot.status !== 'active') return snapshot
      if (event instanceof Ended) return { ...snapshot, ...outcome(self, event) }
      if (event.type !== 'xstate.stop') {
        const worker = workers.get(self)
        if (worker !== undefined) post(worker.process, event)
        return snapshot
      }
      stop(self)
      return { ...snapshot, status: 'stopped', output: undefined, error: undefined }
    },
    getPersistedSnapshot: (snapshot) => snapshot,
    restoreSnapshot: (snapshot) => snapshot as S,
  }
}

function start(actor: AnyActorRef, system: ActorSystem<any>, input: unknown, run: InvokedProcess<any, any, unknown>): void {
  let output: unknown
  const body = (self: Receiver): void | Promise<void> => {
    const sendBack = (event: EventObject): void => {
      if (isRunning(process)) deliver(system, () => actor._parent?.send(event))
    }
    const result = run(self, { input, system, sendBack })
    if (!isPromise(result)) output = result
    else
      return result.then((value) => {
        output = value
      })
    return undefined
  }
  const { process } = spawnFunction(currentKernel(), shared.current, 'fromProcess', body)
  const ended = (reason: ExitReason): void => deliver(system, () => actor.send(new Ended(reason, output)))
  const monitor = isRunning(process) ? watchEnd(null, process, ended) : null
  workers.set(actor, { process, monitor })
  if (monitor === null) ended('noproc')
}

// The end of the process is heard of while it is buried, and an event from it comes in its own turn: the machine must not run
// under their feet. Within a machine server the host sees to that, by a message; plain XState has its turn when all is done.
function deliver(system: ActorSystem<any>, send: () => void): void {
  if (processOfSystem(system) === undefined) queueMicrotask(send)
  else send()
}

function outcome(actor: AnyActorRef, { reason, output }: Ended): object {
  const { process } = workers.get(actor) as Worker
  workers.delete(actor)
  return reason === 'normal'
    ? { status: 'done', output }
    : { status: 'error', error: new InvokedExit(String(process.pid), reason) }
}

function stop(actor: AnyActorRef): void {
  const worker = workers.get(actor)
  if (worker === undefined) return
  workers.delete(actor)
  if (worker.monitor !== null) removeMonitor(worker.monitor)
  exitSignal(worker.process, worker.process.parent ?? worker.process.kernel.outsidePid, 'shutdown', false)
}
