// One turnstile and its clients. What a client sends goes to the machine as it is; what the machine emits goes to every client as it is.
// There is one machine for all of them, and not one for each: a turnstile is one thing, which everybody sees in the same state.
import { type ChildSpec, pg, type Pid, send } from 'gensock'
import { protocolHandler } from 'gensock/protocol'
import { machineChild, machineServer } from 'gensock/xstate'
import { type Told, turnstile } from './contract.js'
import { machine } from './machine.js'

const NAME = 'turnstile'
const CLIENTS = 'clients'

/** After a crash it is as it was, locked or not, and the time goes on. The spec keeps that: each tree needs one of its own. */
export const newChild = (): ChildSpec =>
  machineChild(NAME, machine, {
    name: NAME,
    keepSnapshot: true,
    onEmit(event) {
      for (const client of pg.getMembers<Pid<Told>>(CLIENTS)) send(client, event)
    },
  })
/** That of the program. */
export const child = newChild()

export const handler = protocolHandler<null, Told>()(turnstile, {
  async init(_args, self) {
    pg.join(CLIENTS, self.pid) // first: what changes meanwhile is told as well, after this
    const { value, context } = await machineServer.snapshot<ReturnType<typeof machine.getInitialSnapshot>>(NAME)
    self.emit({ type: value, ...context })
    return ['ok', null]
  },
  on(event, state) {
    send(NAME, event)
    return ['ok', state]
  },
  info(event, state, self) {
    self.emit(event)
    return ['ok', state]
  },
})
