// Starting behaviours: start, start_link, start_monitor.
import type { Pid, Ref, ServerName, StartOptions } from '../../src/index.js'
import { type ModuleData, moduleOf } from './callbacks.js'
import type { Frame, Handler, InstructionTable } from './interpreter.js'
import { MAX_MS } from './instructions-time.js'
import { startGenServer, type StartMode } from './module-gen-server.js'
import { startGenStatem } from './module-gen-statem.js'
import { startSupervisor } from './module-supervisor.js'
import type { Run } from './run.js'
import type { Json } from './scenario.js'
import type { Term } from './terms.js'
import { nameOf } from './wrong-types.js'

type Start = (run: Run, mode: StartMode, data: ModuleData, fullName: string, arg: Term, options: StartOptions) => Promise<any>

/** Behaviour -> how it is started. */
const STARTS: Readonly<Record<string, Start>> = {
  gen_server: startGenServer,
  gen_statem: startGenStatem,
  supervisor: startSupervisor,
}

/** What a start of the library answered: Erlang's `ignore` is a bare atom. */
type Started = readonly ['ok', Pid | readonly [Pid, Ref]] | readonly ['error', unknown] | readonly ['ignore']

function starter(mode: StartMode): Handler {
  return async (frame, { module, proc, ref, arg, name, timeout }) => {
    const fullName = frame.run.names.allocate(frame.pid, proc as string)
    const limit = timeout === undefined ? undefined : frame.evaluate(timeout)
    const options: StartOptions = {
      ...(name === undefined ? {} : { name: { local: nameOf(frame.evaluate(name)) } satisfies ServerName }),
      ...(limit === undefined ? {} : { timeoutMs: (typeof limit === 'number' ? Math.min(limit, MAX_MS) : limit) as number }),
    }
    const given = frame.evaluate(arg, frame.terms.list([]))
    const data = moduleOf(frame.run, module as string)
    const start = STARTS[data.behaviour]
    if (start === undefined) throw new Error(`no behaviour ${JSON.stringify(data.behaviour)}`)
    const started: Started = await frame.self.run(() => start(frame.run, mode, data, fullName, given, options))
    if (started[0] === 'ignore') return 'ignore'
    if (started[0] === 'ok') bindStarted(frame, proc as string, ref, started[1])
    return frame.library.stands(frame.library.toTerm(started), started)
  }
}

function bindStarted(frame: Frame, proc: string, ref: Json | undefined, started: Pid | readonly [Pid, Ref]): void {
  if (!Array.isArray(started)) return frame.bind(proc, started as Pid)
  frame.bind(proc, started[0])
  frame.bind(ref as string, started[1])
}

export const startInstructions: InstructionTable = {
  start: starter('start'),
  start_link: starter('startLink'),
  start_monitor: starter('startMonitor'),
}
