// Messages: send, selective receive, flush.
import { isRef } from '../../src/index.js'
import { execute, type Frame, type Handler, type InstructionTable, type Result } from './interpreter.js'
import { timeLimit } from './instructions-time.js'
import { freeze } from './patterns.js'
import { raise } from './raised.js'
import type { Instruction, Json } from './scenario.js'
import { isAtom, type Term } from './terms.js'
import { isRemoteName, localNameOf, pidOf } from './wrong-types.js'

const send: Handler = (frame, { to, msg }) => {
  const message = frame.evaluate(msg)
  const dest = frame.evaluate(to)
  if (isRemoteName(dest)) {
    // Unlike a name, `{Name, Node}` that nobody has takes messages in silence.
    const name = localNameOf(dest)
    if (name !== undefined && frame.self.whereis(name) !== undefined) frame.self.send(name, message)
  } else frame.self.send(isAtom(dest) ? String(dest) : isRef(dest) ? dest : pidOf(dest), message)
  return message
}

interface Clause {
  readonly match: Json
  readonly do?: readonly Instruction[]
}
interface Taken {
  readonly message: Term
  readonly clause: Clause
  readonly bound: ReadonlyMap<string, Term>
}

async function receive(frame: Frame, instruction: Instruction): Promise<Result> {
  const { match, after, after_do: afterDo } = instruction
  const clauses = (match === undefined ? (instruction['clauses'] ?? []) : [{ match }]) as readonly Clause[]
  const patterns = clauses.map((clause) => ({ clause, matches: freeze(clause.match, frame) }))
  // Erlang looks at a wrong time limit only once it has to wait.
  const limit = timeLimit(frame.evaluate(after, 'infinity'))
  const taken = await take(frame, limit ?? 0, (message) => {
    for (const { clause, matches } of patterns) {
      const bound = new Map<string, Term>()
      if (matches(message, bound)) return { message, clause, bound }
    }
    return undefined
  })
  if (taken === undefined) {
    if (limit === undefined) raise('error', 'timeout_value')
    return afterDo === undefined ? 'timeout' : execute(frame, afterDo as unknown as readonly Instruction[])
  }
  for (const [name, value] of taken.bound) frame.variables.set(name, value)
  return taken.clause.do === undefined ? taken.message : execute(frame, taken.clause.do)
}

/** The oldest message that `choose` wants; undefined when time is over. */
async function take(frame: Frame, afterMs: number, choose: (message: Term) => Taken | undefined): Promise<Taken | undefined> {
  let taken: Taken | undefined
  const wanted = (message: unknown): boolean => {
    taken = choose(frame.library.toTerm(message))
    return taken !== undefined
  }
  await (afterMs === Infinity ? frame.self.receive(wanted) : frame.self.receive(wanted, { afterMs }))
  return taken
}

async function flush(frame: Frame, asBag: boolean): Promise<Term> {
  const messages: Term[] = []
  for (;;) {
    const message: unknown = await frame.self.receive({ afterMs: 0 })
    if (!frame.live || message === undefined) break
    messages.push(frame.library.toTerm(message))
  }
  return asBag ? frame.terms.bag(messages) : frame.terms.list(messages)
}

export const messageInstructions: InstructionTable = {
  send,
  receive,
  flush: (frame, { set }) => flush(frame, set === true),
}
