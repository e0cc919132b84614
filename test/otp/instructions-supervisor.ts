// Supervisors: sup_*.
import { type ChildCount, type ChildInfo, supervisor } from '../../src/index.js'
import { calling, serverOf } from './instructions-clients.js'
import type { Frame, Handler, InstructionTable } from './interpreter.js'
import { childSpec } from './module-supervisor.js'
import type { Json } from './scenario.js'
import { List, type Term } from './terms.js'

type Ask<T> = (sup: never) => Promise<T>

/** Asks the supervisor that the instruction names. */
function asked<T>(frame: Frame, sup: Json | undefined, ask: Ask<T>): Promise<T> {
  const dest = serverOf(frame.evaluate(sup))
  return calling(frame, () => ask(dest as never))
}

const startChild: Handler = async (frame, { sup, spec, args }) => {
  const given = args === undefined ? undefined : frame.evaluate(args)
  const child = given === undefined ? childSpec(frame, spec as Readonly<Record<string, Json>>) : argsOf(given)
  return frame.library.toTerm(await asked(frame, sup, (dest) => supervisor.startChild(dest, child as never)))
}

function argsOf(term: Term): unknown {
  return term instanceof List ? [...term.items] : term
}

function byId(order: 'terminateChild' | 'restartChild' | 'deleteChild'): Handler {
  return async (frame, { sup, id }) => {
    const which = frame.evaluate(id)
    return frame.library.toTerm(await asked<unknown>(frame, sup, (dest) => supervisor[order](dest, which as never)))
  }
}

function childTerm(frame: Frame, { id, pid, type }: ChildInfo): Term {
  return frame.library.toTerm([id, pid, type])
}

function countTerm(frame: Frame, count: ChildCount): Term {
  return frame.terms.dict(Object.entries(count) as [string, number][])
}

export const supervisorInstructions: InstructionTable = {
  sup_start_child: startChild,
  sup_terminate_child: byId('terminateChild'),
  sup_restart_child: byId('restartChild'),
  sup_delete_child: byId('deleteChild'),
  sup_which_children: async (frame, { sup, set }) => {
    const children = await asked(frame, sup, (dest) => supervisor.whichChildren(dest))
    const terms = children.map((child) => childTerm(frame, child))
    return set === true ? frame.terms.bag(terms) : frame.terms.list(terms)
  },
  sup_count_children: async (frame, { sup }) =>
    countTerm(frame, await asked(frame, sup, (dest) => supervisor.countChildren(dest))),
}
