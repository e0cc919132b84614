// Executes instructions: looks each one up in the table, and does what is common to all of them (`try`, `as`, `log`).
// Entered by the scripts of processes, by instructions with a `do`, and by callbacks.
import { GensockError, isRef, type Pid, type Receiver } from '../../src/index.js'
import { isExitSignal } from '../../src/base/exit-reason.js'
import { evaluate as evaluateIn, type Scope } from './expressions.js'
import type { Library } from './library.js'
import { Raised, raiseOutside } from './raised.js'
import type { Run } from './run.js'
import type { Instruction, Json } from './scenario.js'
import type { Term, Terms } from './terms.js'

/** Leaves instructions from any depth: `break` up to the loop, `return` up to the script or callback. */
export class Jump {
  readonly kind: 'break' | 'return'
  readonly value: Term
  constructor(kind: 'break' | 'return', value: Term) {
    this.kind = kind
    this.value = value
  }
}
export type Result = Term | Jump
export type Handler = (frame: Frame, instruction: Instruction) => Result | Promise<Result>
/** Instruction -> what it does. The rooms `instructions-*.ts` each give a part of it. */
export type InstructionTable = Readonly<Record<string, Handler>>

const NEVER: Promise<never> = new Promise(() => undefined)

/** One execution of a script or callback: who runs it, and its variables. */
export class Frame implements Scope {
  readonly run: Run
  readonly self: Receiver
  readonly variables: Map<string, Term>

  constructor(run: Run, self: Receiver, variables: Iterable<readonly [string, Term]>) {
    this.run = run
    this.self = self
    this.variables = new Map([...variables, ['self', self.pid]])
  }

  get terms(): Terms {
    return this.run.terms
  }
  get library(): Library {
    return this.run.library
  }
  get pid(): Pid {
    return this.self.pid
  }

  processNamed(name: string): Term {
    return this.run.names.pidOf(name) ?? 'undefined'
  }

  /** The value of a field; `absent` if the instruction has no such field. */
  evaluate(field: Json | undefined, absent?: Term): Term {
    if (field !== undefined) return evaluateIn(field, this)
    if (absent === undefined) throw new Error('a field is missing')
    return absent
  }

  bind(variable: string, value: Term): void {
    this.variables.set(variable, value)
    if (isRef(value)) this.run.names.nameRef(this.pid, value, variable)
  }

  /** Does the process still live, and the run go on? If not, nothing may happen any more. */
  get live(): boolean {
    return this.run.failure === undefined && !this.run.exits.has(this.pid)
  }
}

/** The body of a process that runs a script. */
export function scriptBody(
  run: Run,
  fullName: string,
  instructions: readonly Instruction[],
  variables: Iterable<readonly [string, Term]>,
): (self: Receiver) => Promise<void> {
  return async (self) => {
    run.names.nameProcess(self.pid, fullName)
    try {
      await execute(new Frame(run, self, variables), instructions)
    } catch (thrown) {
      if (thrown instanceof Raised) raiseOutside(self, thrown)
      throw thrown
    }
  }
}

/**
 * Runs instructions; the value of the last one, `ok` without any, or a jump that leaves them. A promise from the first
 * instruction on that has to wait: a callback that waits for nothing answers at once.
 */
export function execute(frame: Frame, instructions: readonly Instruction[] | undefined): Result | Promise<Result> {
  return executeFrom(frame, instructions ?? [], 0, 'ok')
}

function executeFrom(
  frame: Frame,
  instructions: readonly Instruction[],
  first: number,
  before: Result,
): Result | Promise<Result> {
  let value = before
  for (let i = first; i < instructions.length; i++) {
    const result = step(frame, instructions[i] as Instruction)
    if (result instanceof Promise)
      return result.then((later) => (later instanceof Jump ? later : executeFrom(frame, instructions, i + 1, later)))
    if (result instanceof Jump) return result
    value = result
  }
  return value
}

function step(frame: Frame, instruction: Instruction): Result | Promise<Result> {
  if (frame.run.count()) return frame.run.breathe().then(() => (frame.live ? carryOut(frame, instruction) : NEVER))
  return frame.live ? carryOut(frame, instruction) : NEVER
}

function carryOut(frame: Frame, instruction: Instruction): Result | Promise<Result> {
  const before = instruction.try === true ? [...frame.variables] : undefined
  const failed = (thrown: unknown): Result | Promise<Result> =>
    frame.live ? done(frame, instruction, caught(frame, thrown, before)) : NEVER
  let result: Result | Promise<Result>
  try {
    result = handlerOf(frame, instruction)(frame, instruction)
  } catch (thrown) {
    return failed(thrown)
  }
  if (!(result instanceof Promise)) return done(frame, instruction, result)
  return result.then((value) => done(frame, instruction, value), failed)
}

function done(frame: Frame, instruction: Instruction, value: Result): Result | Promise<Result> {
  if (!frame.live) return NEVER
  if (value instanceof Jump) return value
  if (instruction.as !== undefined) frame.bind(instruction.as, value)
  if (instruction.log === true) frame.run.log(frame.pid, value)
  return value
}

function handlerOf(frame: Frame, instruction: Instruction): Handler {
  const handler = Object.hasOwn(frame.run.instructions, instruction.op) ? frame.run.instructions[instruction.op] : undefined
  if (handler !== undefined) return handler
  frame.run.fail(`unsupported instruction ${instruction.op}`)
  return () => NEVER
}

// `{Class, Reason}`, and the variables as they were. Signals are no exceptions; anything else is a mistake of the runner,
// of the library or of the scenario, and no outcome.
function caught(frame: Frame, thrown: unknown, before: readonly (readonly [string, Term])[] | undefined): Term {
  const raised = thrown instanceof GensockError ? new Raised('error', frame.library.toTerm(thrown.reason)) : thrown
  if (!(raised instanceof Raised)) {
    if (!isExitSignal(thrown))
      frame.run.fail(`not an Erlang exception: ${thrown instanceof Error ? thrown.stack : String(thrown)}`)
    throw thrown
  }
  if (before === undefined) throw raised
  frame.variables.clear()
  for (const [name, value] of before) frame.variables.set(name, value)
  return frame.terms.tuple(raised.class, raised.reason)
}
