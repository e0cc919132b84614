// The process of a service: a gen_server whose state is the service's, which runs one callback after the other. Entered by
// the two kinds of services, which start it; takes its events out of a service-queue and calls the user's module.
import { BadReturnError } from '../../base/errors.js'
import { type ExitReason, isNocatch } from '../../base/exit-reason.js'
import { isExit } from '../../base/messages.js'
import type { GenServer, InitResult, NoReply } from '../../behaviours/gen-server-types.js'
import { isIdleTimeout } from '../../behaviours/gen-server-rules.js'
import { replyError } from '../../runtime/call.js'
import { isRunning, type Process, processOf } from '../../runtime/process.js'
import { logWarning } from '../../runtime/report.js'
import type { MaybePromise, Receiver } from '../../runtime/self-types.js'
import { attempt, mapped } from '../../sockets/callbacks.js'
import { JOINED, JOINING, type Member, REFUSED } from './member.js'
import { resultOf } from './results.js'
import { ServiceEvent } from './service-event.js'
import type { ServiceQueue } from './service-queue.js'
import type { Service } from './types.js'

type Answer = MaybePromise<NoReply<unknown>>
type Callback = 'handleJoin' | 'handleIncoming' | 'handleClose' | 'handleBroadcast' | 'handleInfo'

/** Runs one service, from one start of its process to the end of it. */
class ServiceServer {
  readonly #queue: ServiceQueue
  /** The module without a socket. */
  #own!: Service<any>
  #process!: Process

  constructor(queue: ServiceQueue) {
    this.#queue = queue
  }

  init(self: Receiver): MaybePromise<InitResult<unknown>> {
    const { name, module, restart } = this.#queue.plan
    this.#process = processOf(self.pid) as Process
    this.#queue.begin(this.#process)
    if (restart === 'replay') self.trapExit(true) // so that `terminate` runs when the supervisor ends it
    this.#own = module(undefined, undefined)
    return mapped(this.#own.init(), (answer: unknown) => {
      if (!Array.isArray(answer) || answer.length !== 2 || answer[0] !== 'ok')
        throw new BadReturnError(`${name}: init`, "['ok', state]", answer)
      this.#queue.fate.runs()
      return ['ok', answer[1]]
    })
  }

  /** The event whose turn it is. */
  next(state: unknown): Answer {
    const event = this.#queue.take()
    if (event === undefined) return ['noreply', state]
    const { member, data } = event
    if (member === undefined) return this.#run(this.#own, 'handleBroadcast', [data, state], state)
    if (event.kind === 'join' || event.kind === 'rejoin') return this.#join(event, member, state)
    if (event.kind === 'incoming' && member.phase === REFUSED) return ['noreply', state]
    const { webSocket, service } = member
    const { url } = this.#queue.plan
    if (event.kind === 'incoming') return this.#run(service, 'handleIncoming', [url, webSocket, data, state], state)
    return mapped(this.#run(service, 'handleClose', [data, url, webSocket, state], state), (result) => {
      this.#queue.closed()
      return result
    })
  }

  info(message: unknown, state: unknown, self: Receiver): Answer {
    const info = isIdleTimeout(message) ? 'timeout' : message
    if (this.#own.handleInfo !== undefined) return this.#run(this.#own, 'handleInfo', [info, state], state)
    if (isExit(info) && info.reason !== 'normal') return this.#stopping(['stop', info.reason, state])
    if (info !== 'timeout' && !isExit(info)) this.warn(self, 'has no handleInfo; dropped a message')
    return ['noreply', state]
  }

  warn(self: Receiver, what: string): void {
    const { kernel, pid } = processOf(self.pid) as Process
    logWarning(kernel.logger, { pid: String(pid) }, `the service ${this.#queue.plan.name} ${what}`)
  }

  terminate(reason: ExitReason, state: unknown): MaybePromise<void> {
    return mapped(this.#own.terminate?.(reason, state), () => undefined)
  }

  #join({ kind }: ServiceEvent, member: Member, state: unknown): Answer {
    member.phase = JOINING
    if (kind === 'rejoin') member.instantiate() // what the last one has kept may be what it has crashed of
    const { url } = this.#queue.plan
    return mapped(this.#run(member.service, 'handleJoin', [url, member.webSocket, state], state), (result) => {
      // The answer may come after a kill: then it is the next process that joins.
      if (result[0] === 'stop' || !isRunning(this.#process)) return result
      member.phase = JOINED
      member.failures = 0
      return result
    })
  }

  /** A callback that is missing changes nothing. */
  #run(service: Service<any>, callback: Callback, args: readonly unknown[], state: unknown): Answer {
    const method = service[callback] as ((...args: readonly unknown[]) => unknown) | undefined
    if (method === undefined) return ['noreply', state]
    const { name } = this.#queue.plan
    const answer = attempt(() => method.apply(service, args as unknown[]), answerOf)
    return mapped(answer, (given) => this.#stopping(resultOf(`${name}: ${callback}`, given)))
  }
  #stopping(result: NoReply<unknown>): NoReply<unknown> {
    if (result[0] === 'stop') this.#queue.fate.endsItself()
    return result
  }
}

/** As in every behaviour what `nocatch` throws is the answer. */
function answerOf(thrown: unknown): unknown {
  if (isNocatch(thrown)) return thrown.value
  throw thrown
}

/** The module of the server that runs a service; a new one for each start. */
export function serviceServer(queue: ServiceQueue): GenServer<unknown, void, any, any, any> {
  const server = new ServiceServer(queue)
  return {
    init: (_arg, self) => server.init(self),
    handleInfo: (message, state, self) =>
      message instanceof ServiceEvent ? server.next(state) : server.info(message, state, self),
    // Chicago Boss answers `ok` to every call, whoever asks for whatever: here the caller hears that nobody understands it.
    handleCall(request, from, state) {
      replyError(from, ['function_clause', request])
      return ['noreply', state]
    },
    handleCast(_request, state, self) {
      server.warn(self, 'takes no casts; dropped one')
      return ['noreply', state]
    },
    terminate: (reason, state) => server.terminate(reason, state),
  }
}
