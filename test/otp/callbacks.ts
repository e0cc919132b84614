// Callback modules of a scenario: which clause of a callback takes its arguments, and what it returns to the library.
// Entered by the rooms module-*.ts, which make modules of the library of them.
import { nocatch, type Receiver } from '../../src/index.js'
import { execute, Frame, Jump, type Result } from './interpreter.js'
import { matchAllNow } from './patterns.js'
import { Raised, raise, raiseOutside } from './raised.js'
import type { Run } from './run.js'
import type { Instruction, Json } from './scenario.js'
import type { Term } from './terms.js'

interface Clause {
  readonly args: readonly Json[]
  readonly do: readonly Instruction[]
}
export type Callbacks = Readonly<Record<string, readonly Clause[]>>
/** One entry of a scenario's `modules`. */
export interface ModuleData {
  readonly behaviour: string
  readonly [field: string]: Json | undefined
}

export function moduleOf(run: Run, name: string): ModuleData {
  const module = run.scenario.modules?.[name]
  if (module === undefined) throw new Error(`no module ${JSON.stringify(name)}`)
  return module as unknown as ModuleData
}

export function callbacksOf(module: ModuleData): Callbacks {
  return (module['callbacks'] ?? {}) as unknown as Callbacks
}

/** Calls one callback with terms; `translate` makes what it returned, or threw, a value of the library. */
export type CallBack = (
  self: Receiver,
  clauses: readonly Clause[] | undefined,
  args: readonly unknown[],
  translate: (returned: Term) => unknown,
) => any

/** The caller of the callbacks of one run. */
export function callBack(run: Run): CallBack {
  return (self, clauses, args, translate) => {
    const body = (frame: Frame): unknown => {
      const terms = args.map((arg) => run.library.toTerm(arg))
      if (clauses === undefined) return raise('error', 'undef')
      const clause = clauses.find((one) => matchAllNow(one.args, terms, frame))
      return clause === undefined ? raise('error', 'function_clause') : returning(frame, clause.do, translate)
    }
    return inCallback(run, self, body, translate)
  }
}

/** Runs instructions, and answers what `translate` makes of the value that they return. */
export function returning(
  frame: Frame,
  instructions: readonly Instruction[] | undefined,
  translate: (returned: Term) => unknown,
): unknown {
  const done = (result: Result): unknown => translate(result instanceof Jump ? result.value : result)
  const result = execute(frame, instructions)
  return result instanceof Promise ? result.then(done) : done(result)
}

/** Runs a body on behalf of the library: its exceptions go to the library; `translate` is for what it throws. */
export function inCallback(
  run: Run,
  self: Receiver,
  body: (frame: Frame) => unknown,
  translate: (thrown: Term) => unknown,
): unknown {
  const failed = (thrown: unknown): never => {
    if (!(thrown instanceof Raised)) throw thrown
    // A throw counts as the return value of a callback.
    if (thrown.class === 'throw') nocatch(translate(thrown.reason))
    return raiseOutside(self, thrown)
  }
  const enter = (): unknown => {
    try {
      const result = body(new Frame(run, self, [['main', run.main]]))
      return result instanceof Promise ? result.then(undefined, failed) : result
    } catch (thrown) {
      return failed(thrown)
    }
  }
  return run.asyncCallbacks ? Promise.resolve().then(enter) : enter()
}
