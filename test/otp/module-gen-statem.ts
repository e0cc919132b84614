// A gen_statem module of a scenario as a module of genStatem. What its callbacks return is handed over as it is, right or
// wrong: tuples become arrays, lists of actions arrays of arrays; events come back as terms.
import { genStatem, type Receiver, type StartOptions } from '../../src/index.js'
import { callBack, callbacksOf, type ModuleData } from './callbacks.js'
import { type Library, toReason } from './library.js'
import type { StartMode } from './module-gen-server.js'
import type { Run } from './run.js'
import type { Json } from './scenario.js'
import { List, type Term, Tuple } from './terms.js'

/** Starts a state machine; its process gets its name before the scenario's `init` runs. */
export function startGenStatem(
  run: Run,
  mode: StartMode,
  data: ModuleData,
  fullName: string,
  arg: Term,
  options: StartOptions,
): Promise<any> {
  return genStatem[mode](genStatemModule(run, data, fullName) as never, arg as never, options as never)
}

const MODES: Readonly<Record<string, string>> = {
  state_functions: 'stateFunctions',
  handle_event_function: 'handleEventFunction',
  state_enter: 'stateEnter',
}
const NO_STATES: readonly string[] = ['init', 'terminate', 'handle_event', 'callback_mode']

function genStatemModule(run: Run, data: ModuleData, fullName: string): object {
  const call = callBack(run)
  const callbacks = callbacksOf(data)
  const { handle_event, terminate } = callbacks
  const result = (returned: Term): unknown => toResult(run.library, returned)
  const state = (name: string): readonly [string, unknown] => [
    name,
    (type: unknown, content: unknown, stateData: unknown, self: Receiver) =>
      call(self, callbacks[name], [type, content, stateData], result),
  ]
  const states = Object.keys(callbacks).filter((name) => !NO_STATES.includes(name))
  return {
    callbackMode: callbackMode(data['callback_mode']),
    init: (arg: Term, self: Receiver) => {
      run.names.nameProcess(self.pid, fullName)
      return call(self, callbacks['init'], [arg], result)
    },
    states: Object.fromEntries(states.map(state)),
    handleEvent: (type: unknown, content: unknown, current: unknown, stateData: unknown, self: Receiver) =>
      call(self, handle_event, [type, content, current, stateData], result),
    ...(terminate && {
      terminate: (reason: unknown, current: unknown, stateData: unknown, self: Receiver) =>
        call(self, terminate, [reason, current, stateData], result),
    }),
  }
}

function callbackMode(mode: Json | undefined): unknown {
  if (Array.isArray(mode)) return mode.map(callbackMode)
  return typeof mode === 'string' ? (MODES[mode] ?? mode) : mode
}

/** Tag -> where the actions stand. */
const ACTIONS: Readonly<Record<string, number>> = {
  ok: 3,
  next_state: 3,
  keep_state: 2,
  keep_state_and_data: 1,
  repeat_state: 2,
  repeat_state_and_data: 1,
  stop_and_reply: 2,
}

function toResult(library: Library, returned: Term): unknown {
  if (returned === 'ignore') return library.handOver(['ignore'], returned)
  if (!(returned instanceof Tuple) || returned.items.length < 2) return returned
  const items: unknown[] = [...returned.items]
  const tag = returned.items[0] as string
  if (tag === 'stop' || tag === 'stop_and_reply') items[1] = toReason(returned.items[1] as Term)
  const at = ACTIONS[tag]
  if (at !== undefined && at < items.length) items[at] = toActions(library, returned.items[at] as Term)
  return library.handOver(items, returned)
}

function toActions(library: Library, actions: Term): unknown {
  if (!(actions instanceof List)) return toAction(library, actions)
  return library.handOver(
    actions.items.map((action) => toAction(library, action)),
    actions,
  )
}

function toAction(library: Library, action: Term): unknown {
  if (!(action instanceof Tuple)) return action
  const items: unknown[] = [...action.items]
  const [kind] = action.items
  if (kind === 'reply') items[1] = library.origin(action.items[1] as Term)
  else if (kind === 'next_event') items[1] = toEventType(library, action.items[1] as Term)
  else if (kind instanceof Tuple) items[0] = toEventType(library, kind)
  return library.handOver(items, action)
}

/** `{call, From}`, `{timeout, Name}`. */
function toEventType(library: Library, type: Term): unknown {
  if (!(type instanceof Tuple)) return type
  const items: unknown[] = [...type.items]
  if (items[0] === 'call') items[1] = library.origin(type.items[1] as Term)
  return library.handOver(items, type)
}
