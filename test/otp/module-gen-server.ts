// A gen_server module of a scenario as a module of genServer. Its return values are handed over as they are, right or wrong:
// tuples become arrays, and the last element of those that have a `next` becomes what the library takes there.
import { type GenServer, genServer, type Receiver, type StartOptions } from '../../src/index.js'
import { callBack, callbacksOf, type ModuleData } from './callbacks.js'
import { toReason } from './library.js'
import type { Run } from './run.js'
import { type Term, Tuple } from './terms.js'

export type StartMode = 'start' | 'startLink' | 'startMonitor'

/** Starts a server; its process gets its name before the scenario's `init` runs. */
export function startGenServer(
  run: Run,
  mode: StartMode,
  data: ModuleData,
  fullName: string,
  arg: Term,
  options: StartOptions,
): Promise<any> {
  return genServer[mode](genServerModule(run, data, fullName), arg as never, options as never)
}

function genServerModule(run: Run, data: ModuleData, fullName: string): GenServer<any, any, any, any, any> {
  const call = callBack(run)
  const callbacks = callbacksOf(data)
  const { handle_call, handle_cast, handle_info, handle_continue, terminate } = callbacks
  const result = (returned: Term): unknown => toResult(run, returned)
  return {
    init: (arg: Term, self: Receiver) => {
      run.names.nameProcess(self.pid, fullName)
      return call(self, callbacks['init'], [arg], result)
    },
    ...(handle_call && {
      handleCall: (request: unknown, from: unknown, state: unknown, self: Receiver) =>
        call(self, handle_call, [request, from, state], result),
    }),
    ...(handle_cast && {
      handleCast: (request: unknown, state: unknown, self: Receiver) => call(self, handle_cast, [request, state], result),
    }),
    ...(handle_info && {
      handleInfo: (message: unknown, state: unknown, self: Receiver) => call(self, handle_info, [message, state], result),
    }),
    ...(handle_continue && {
      handleContinue: (what: unknown, state: unknown, self: Receiver) => call(self, handle_continue, [what, state], result),
    }),
    ...(terminate && {
      terminate: (reason: unknown, state: unknown, self: Receiver) => call(self, terminate, [reason, state], result),
    }),
  }
}

/** Tag -> how long the tuple is when it ends with a `next`. */
const NEXT: Readonly<Record<string, number>> = { ok: 3, noreply: 3, reply: 4 }

function toResult({ library }: Run, returned: Term): unknown {
  if (returned === 'ignore') return library.handOver(['ignore'], returned)
  // `{ignore}` is wrong in OTP: it goes on as a term.
  if (!(returned instanceof Tuple) || returned.items.length < 2) return returned
  const items: unknown[] = [...returned.items]
  const [tag] = returned.items
  const last = returned.items.at(-1) as Term
  if (tag === 'stop') items[1] = toReason(returned.items[1] as Term)
  else if (typeof tag === 'string' && NEXT[tag] === items.length) items[items.length - 1] = toNext(last)
  return library.handOver(items, returned)
}

function toNext(next: Term): unknown {
  return next instanceof Tuple && next.items.length === 2 && next.items[0] === 'continue' ? { continue: next.items[1] } : next
}
