// The rules of every supervisor: makes its children what its init says, and hands them what comes. Entered by behaviour (the
// loop); calls static-children or dynamic-children. While these start or end processes, everything else waits in the mailbox.
import { BadArgError, show } from '../base/errors.js'
import type { ExitReason } from '../base/exit-reason.js'
import { isExit } from '../base/messages.js'
import { type Call, replyError } from '../runtime/call.js'
import { logWarning } from '../runtime/report.js'
import { selfOf } from '../runtime/self.js'
import type { Behaviour, Rules } from './behaviour.js'
import { DynamicChildren, type DynamicSpec } from './dynamic-children.js'
import { StaticChildren } from './static-children.js'
import { type Children, type OwnChildren, Retry } from './supervisor-children.js'
import { isRefusal } from './supervisor-flags.js'
import { checkSupervisorSpec, type SupervisorInit } from './supervisor-init.js'
import { isSupervisorRequest } from './supervisor-request.js'

/** A supervisor in the loop of a behaviour; its children are static or dynamic. */
export class SupervisorRules implements Rules {
  readonly kind = 'supervisor'
  readonly #init: SupervisorInit | DynamicSpec | OwnChildren
  #loop!: Behaviour
  #children: Children | null = null

  constructor(init: SupervisorInit | DynamicSpec | OwnChildren) {
    this.#init = init
  }

  init(loop: Behaviour): void | Promise<void> {
    this.#loop = loop
    loop.process.trapExit = true
    if ('make' in this.#init) return this.#begin(this.#init.make(loop))
    if (typeof this.#init !== 'function') return this.#begin(new DynamicChildren(loop, this.#init))
    return loop.after<unknown>(this.#init(selfOf(loop.process)), (answer) => this.#initial(answer))
  }

  call({ request, from }: Call): void | Promise<void> {
    if (isSupervisorRequest(request)) return (this.#children as Children).request(request.order, from)
    // A stray call is the mistake of who calls; it must not cost a whole tree.
    logWarning(
      this.#loop.process.kernel.logger,
      {},
      `supervisor ${String(this.#loop.process.pid)}: unknown call ${show(request)}`,
    )
    return replyError(from, 'badarg')
  }

  message(message: unknown): void | Promise<void> {
    const children = this.#children as Children
    if (isExit(message)) return children.exited(message.pid, message.reason)
    if (message instanceof Retry) return children.retry(message.what)
    const who = String(this.#loop.process.pid)
    return logWarning(this.#loop.process.kernel.logger, {}, `supervisor ${who} received an unexpected message: ${show(message)}`)
  }

  thrown(value: unknown): void | Promise<void> {
    return this.#initial(value)
  }

  terminate(_reason: ExitReason): void | Promise<void> {
    return this.#children?.stop()
  }

  ended(): void {
    if ('make' in this.#init) this.#init.ended()
  }

  getState(): unknown {
    return this.#children?.list()
  }
  /** OTP would take any record. Here what a supervisor knows of its children stays true: they change by its functions only. */
  replaceState(replace: (state: unknown) => unknown): void {
    const children = this.getState()
    const state = replace(children)
    if (state === children) return
    const allowed = 'the list itself: children change by startChild, terminateChild, restartChild and deleteChild'
    throw new BadArgError("sys.replaceState: a supervisor's children", allowed, state)
  }

  #initial(answer: unknown): void | Promise<void> {
    const loop = this.#loop
    const spec = checkSupervisorSpec(answer)
    if (spec === 'ignore') return loop.ignore()
    if (isRefusal(spec)) return loop.refuse(spec.refused as ExitReason, spec.error.message)
    const { flags, children } = spec
    const [template] = children
    if (flags.strategy !== 'simpleOneForOne' || template === undefined) return this.#begin(new StaticChildren(loop, spec))
    return this.#begin(new DynamicChildren(loop, { flags, template, maxChildren: Infinity }))
  }

  #begin(children: Children): void | Promise<void> {
    this.#children = children
    return children.begin()
  }
}
