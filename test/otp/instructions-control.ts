// Values and control flow: log, match, case, loops, exceptions.
import { execute, type Frame, type Handler, type InstructionTable, Jump, type Result } from './interpreter.js'
import { matchNow } from './patterns.js'
import { type ExceptionClass, raise, raiseTagged } from './raised.js'
import type { Instruction, Json } from './scenario.js'
import type { Term } from './terms.js'

interface Clause {
  readonly match: Json
  readonly do?: readonly Instruction[]
}

const log: Handler = (frame, { value }) => {
  const term = frame.evaluate(value)
  frame.run.log(frame.pid, term)
  return term
}

const CLASSES: readonly ExceptionClass[] = ['error', 'exit', 'throw']

/** Runs `do` until `next` says no, or `break`. */
async function repeatedly(frame: Frame, body: Json | undefined, next: () => boolean): Promise<Result> {
  while (next()) {
    if (frame.run.count()) await frame.run.breathe()
    if (!frame.live) break
    const result = await execute(frame, body as readonly Instruction[] | undefined)
    if (!(result instanceof Jump)) continue
    if (result.kind === 'return') return result
    break
  }
  return 'ok'
}

function chooseClause(frame: Frame, value: Term, clauses: readonly Clause[]): Result | Promise<Result> {
  const clause = clauses.find(({ match }) => matchNow(match, value, frame))
  return clause === undefined ? raiseTagged(frame.terms, 'case_clause', value) : execute(frame, clause.do)
}

export const controlInstructions: InstructionTable = {
  log,
  glog: (frame, { value }) => {
    const term = frame.evaluate(value)
    frame.run.logGlobally(frame.pid, term)
    return term
  },
  let: (frame, { value }) => frame.evaluate(value),
  make_ref: ({ self }) => self.makeRef(),
  match: (frame, { pattern, value }) => {
    const term = frame.evaluate(value)
    return matchNow(pattern as Json, term, frame) ? term : raiseTagged(frame.terms, 'badmatch', term)
  },
  case: (frame, { of, clauses }) => chooseClause(frame, frame.evaluate(of), (clauses ?? []) as unknown as readonly Clause[]),
  repeat: (frame, { n, do: body }) => {
    const times = frame.evaluate(n)
    let left = typeof times === 'number' ? times : raise('error', 'badarith')
    return repeatedly(frame, body, () => left-- > 0)
  },
  loop: (frame, { do: body }) => repeatedly(frame, body, () => true),
  break: () => new Jump('break', 'ok'),
  block: (frame, { do: body }) => execute(frame, body as readonly Instruction[] | undefined),
  return: (frame, { value }) => new Jump('return', frame.evaluate(value, 'ok')),
  raise: (frame, { class: given, reason }) => {
    const term = frame.evaluate(reason)
    const exceptionClass = CLASSES.find((name) => name === given)
    if (exceptionClass === undefined) throw new Error(`no class of exception: ${JSON.stringify(given)}`)
    return raise(exceptionClass, term)
  },
}
