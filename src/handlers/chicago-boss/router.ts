// The router: the process that knows the services and watches their sockets, so that each that is gone without a word, a killed
// one above all, is told to its service. It carries no messages: what is sent goes into the queue of the service at once, so
// nothing is lost while a router is started anew, and no broadcast overtakes a join. Entered by services, which starts it.
import type { ExitReason } from '../../base/exit-reason.js'
import type { GenServer } from '../../behaviours/gen-server-types.js'
import { watchEnd } from '../../runtime/alias.js'
import { type Process, processOf } from '../../runtime/process.js'
import { post } from '../../runtime/send.js'
import type { Member } from './member.js'
import type { RunningService, ServiceInfo } from './running.js'

/** A socket that has joined is to be watched. */
class Watch {
  readonly member: Member
  constructor(member: Member) {
    this.member = member
  }
}

/** What the router knows. It outlives the router's process, as a table that its supervisor owns. */
export class RoutingTable {
  readonly services = new Map<string, RunningService>()
  #router: Process | undefined = undefined

  /** A socket has joined. */
  watch(member: Member): void {
    if (this.#router !== undefined) post(this.#router, new Watch(member))
  }

  /** @internal */
  _begin(router: Process): void {
    this.#router = router
    for (const { members } of this.services.values()) for (const member of members) this._watch(router, member)
  }
  /** @internal */
  _watch(router: Process, member: Member): void {
    const socket = processOf(member.webSocket)
    if (socket === undefined) this.#gone(member, 'noproc')
    else watchEnd(router, socket, (reason) => this.#gone(member, reason))
  }
  #gone(member: Member, reason: ExitReason): void {
    member.leave(['error', reason === 'killed' ? 'killed' : 'closed'])
  }
}

/** What can be asked of a router. */
export type RouterCalls = { services(fields: {}): readonly ServiceInfo[] }

/** The module of the router's server. */
export function router(table: RoutingTable): GenServer<null, void, RouterCalls, {}, Watch> {
  let process: Process
  return {
    init(_arg, self) {
      process = processOf(self.pid) as Process
      table._begin(process)
      return ['ok', null]
    },
    handleCall: {
      services: (_request, _from, state) => ['reply', [...table.services.values()].map((service) => service.info()), state],
    },
    handleInfo(message, state) {
      if (message instanceof Watch) table._watch(process, message.member)
      return ['noreply', state]
    },
  }
}
