// Process groups: pg_*. A scope that is not there is a failed call in OTP.
import { GensockError, pg, type Pid } from '../../src/index.js'
import { CALL } from './instructions-clients.js'
import type { Frame, Handler, InstructionTable } from './interpreter.js'
import { raise } from './raised.js'
import type { Json } from './scenario.js'
import { List, type Term } from './terms.js'
import { nameOf, pidOf, refOf } from './wrong-types.js'

/** Runs `ask` as the process of `frame`, with the scope that the instruction names. */
function inScope<T>(frame: Frame, scope: Json | undefined, ask: (scope: string) => T): T {
  const name = nameOf(frame.evaluate(scope))
  try {
    return frame.self.run(() => ask(name))
  } catch (error) {
    if (error instanceof GensockError && error.code === 'GENSOCK_ERR_NOPROC')
      raise('exit', frame.terms.tuple(frame.library.toTerm(error.reason), CALL))
    throw error
  }
}

function pidsOf(term: Term): Pid | Pid[] {
  return term instanceof List ? term.items.map(pidOf) : pidOf(term)
}

const bag = (frame: Frame, terms: readonly unknown[]): Term => frame.terms.bag(terms as readonly Term[])

const start: Handler = async (frame, { scope, proc }) => {
  const fullName = frame.run.names.allocate(frame.pid, proc as string)
  const started = await inScope(frame, scope, (name) => pg.start(name))
  if (started[0] === 'ok') {
    frame.run.names.nameProcess(started[1], fullName)
    frame.bind(proc as string, started[1])
  }
  return frame.library.toTerm(started)
}

function changer(change: 'join' | 'leave'): Handler {
  return (frame, { scope, group, pids }) => {
    const [where, who] = [frame.evaluate(group), pidsOf(frame.evaluate(pids))]
    return inScope(frame, scope, (name) => pg[change](where, who, name))
  }
}

function reader(read: 'getMembers' | 'getLocalMembers'): Handler {
  return (frame, { scope, group }) => {
    const where = frame.evaluate(group)
    return bag(
      frame,
      inScope(frame, scope, (name) => pg[read](where, name)),
    )
  }
}

export const pgInstructions: InstructionTable = {
  pg_start: start,
  pg_join: changer('join'),
  pg_leave: changer('leave'),
  pg_get_members: reader('getMembers'),
  pg_get_local_members: reader('getLocalMembers'),
  pg_which_groups: (frame, { scope }) =>
    bag(
      frame,
      inScope(frame, scope, (name) => pg.whichGroups(name)),
    ),
  pg_monitor: (frame, { scope, group, ref }) => {
    const where = frame.evaluate(group)
    const [reference, pids] = inScope(frame, scope, (name) => pg.monitor(where, name))
    frame.bind(ref as string, reference)
    return bag(frame, pids)
  },
  pg_monitor_scope: (frame, { scope, ref }) => {
    const [reference, groups] = inScope(frame, scope, (name) => pg.monitorScope(name))
    frame.bind(ref as string, reference)
    return frame.terms.dict([...groups].map(([group, pids]) => [group as Term, bag(frame, pids)] as const))
  },
  pg_demonitor: (frame, { scope, ref }) => {
    const reference = refOf(frame.evaluate(ref))
    return inScope(frame, scope, (name) => pg.demonitor(reference, name))
  },
}
