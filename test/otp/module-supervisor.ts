// A supervisor module of a scenario as a supervisor of the library: flags, child specifications, start functions. Values may
// be wrong on purpose: only what is right in OTP gets the library's name, anything else goes on as it is.
import { type Receiver, type StartOptions, supervisor } from '../../src/index.js'
import { inCallback, type ModuleData, returning } from './callbacks.js'
import type { Frame } from './interpreter.js'
import { toReason } from './library.js'
import type { StartMode } from './module-gen-server.js'
import type { Run } from './run.js'
import type { Instruction, Json } from './scenario.js'
import { type Term, Tuple } from './terms.js'

type Fields = Readonly<Record<string, Json>>

/** Starts a supervisor; its process gets its name before the scenario's `init` runs. */
export function startSupervisor(
  run: Run,
  mode: StartMode,
  data: ModuleData,
  fullName: string,
  arg: Term,
  options: StartOptions,
): Promise<any> {
  if (mode === 'startMonitor') throw new Error('a supervisor has no start_monitor')
  return supervisor[mode](initOf(run, data, fullName, arg) as never, options)
}

function initOf(run: Run, data: ModuleData, fullName: string, arg: Term): (self: Receiver) => unknown {
  return (self) => {
    run.names.nameProcess(self.pid, fullName)
    const body = (frame: Frame): unknown => {
      frame.variables.set('arg', arg)
      return returning(frame, data['do'] as unknown as readonly Instruction[] | undefined, () => answerOf(frame, data))
    }
    return inCallback(run, self, body, (thrown) => thrown)
  }
}

function answerOf(frame: Frame, data: ModuleData): unknown {
  if (data['return'] === undefined) return specOf(frame, data)
  const term = frame.evaluate(data['return'])
  return term === 'ignore' ? frame.library.handOver(['ignore'], term) : term
}

const NAMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  strategy: {
    one_for_one: 'oneForOne',
    one_for_all: 'oneForAll',
    rest_for_one: 'restForOne',
    simple_one_for_one: 'simpleOneForOne',
  },
  auto_shutdown: { any_significant: 'anySignificant', all_significant: 'allSignificant' },
  shutdown: { brutal_kill: 'brutalKill' },
}

function named(field: string, value: Term): unknown {
  const names = NAMES[field]
  return typeof value === 'string' && names !== undefined && Object.hasOwn(names, value) ? names[value] : value
}

function specOf(frame: Frame, data: ModuleData): unknown {
  const { period, auto_shutdown, ...flags } = (data['flags'] ?? {}) as Fields
  const seconds = period === undefined ? undefined : frame.evaluate(period)
  return {
    ...fieldsOf(frame, flags),
    ...(seconds === undefined ? {} : { periodMs: typeof seconds === 'number' ? seconds * 1000 : seconds }),
    ...(auto_shutdown === undefined ? {} : { autoShutdown: named('auto_shutdown', frame.evaluate(auto_shutdown)) }),
    children: ((data['children'] ?? []) as unknown as readonly Fields[]).map((child) => childSpec(frame, child)),
  }
}

function fieldsOf(frame: Frame, fields: Fields): object {
  return Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, named(field, frame.evaluate(value))]))
}

/** A child specification. Its variables are evaluated now, its start function runs later and in the supervisor. */
export function childSpec(frame: Frame, { start, proc, ...fields }: Fields): object {
  const base = typeof proc === 'string' ? proc : typeof fields['id'] === 'string' ? fields['id'] : 'child'
  return {
    ...fieldsOf(frame, fields),
    ...(start === undefined ? {} : { start: startFunction(frame, start as Fields, base) }),
  }
}

/** Every form of a start is a few instructions, carried out in the supervisor with the variable `arg`. */
function startFunction(at: Frame, start: Fields, base: string): (...args: readonly unknown[]) => unknown {
  const { run } = at
  const given = start['arg'] === undefined ? undefined : at.evaluate(start['arg'])
  const instructions = startInstructions(start, base)
  const answer = (returned: Term): unknown => toStarted(run, returned)
  return (...args) => {
    const body = (frame: Frame): unknown => {
      frame.variables.set('arg', given ?? run.terms.list(args.slice(0, -1) as Term[]))
      return returning(frame, instructions, answer)
    }
    return inCallback(run, args.at(-1) as Receiver, body, answer)
  }
}

const ARG: Json = { v: 'arg' }

function startInstructions({ module, name, script, do: instructions }: Fields, base: string): readonly Instruction[] {
  if (instructions !== undefined) return instructions as unknown as readonly Instruction[]
  if (module !== undefined) return [{ op: 'start_link', module, proc: base, arg: ARG, ...(name === undefined ? {} : { name }) }]
  return [
    { op: 'spawn', script, proc: base, link: true, args: { arg: ARG } },
    { op: 'return', value: { t: ['ok', { v: base }] } },
  ]
}

/** What a start function returned, as the library's start functions say it. */
function toStarted({ library }: Run, returned: Term): unknown {
  const origin = library.origin(returned)
  if (origin !== returned) return origin
  if (returned === 'ignore') return library.handOver(['ignore'], returned)
  if (!(returned instanceof Tuple) || returned.items.length < 2) return returned
  const items: unknown[] = [...returned.items]
  if (items[0] === 'error' && items.length === 2) items[1] = toReason(returned.items[1] as Term)
  return library.handOver(items, returned)
}
