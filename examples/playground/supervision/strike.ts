// How a child is ended, by what it is. Nobody waits here: its monitor tells when it is gone.
import { type AnyPid, genServer, type PidOf, type Self, sys } from 'gensock'
import type { MachinePid } from 'gensock/xstate'
import type { light } from './light.js'
import type { How } from './orders.js'
import type { Plan } from './plan.js'
import type { worker } from './worker.js'

export async function strike(self: Self, kind: Plan['kind'], pid: AnyPid, how: How): Promise<void> {
  if (how === 'kill') return self.exit(pid, 'kill')
  const fails = how === 'error'
  if (kind === 'genServer') {
    return self.run(() => genServer.cast(pid as PidOf<typeof worker>, { type: fails ? 'fail' : 'finish' }))
  }
  if (kind === 'machine') {
    const machine = pid as MachinePid<typeof light>
    return self.send(machine, { type: fails ? 'fail' : 'off' })
  }
  await self.run(() => sys.terminate(pid, fails ? 'boom' : 'normal')) // a supervisor first ends its children
}
