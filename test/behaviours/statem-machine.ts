// A state machine for tests that does what its events say, and records what it was called with.
import { type From, type GenStatem, genStatem, type Pid, unwrap } from 'gensock'
import type { TestNode } from 'gensock/testing'

/** An event of such a machine: recorded under `name`. */
export interface Step {
  readonly name: unknown
  /** What the callback answers, right or wrong; a function gets who called, the state and the data. */
  readonly answer: unknown
}
export function step(name: unknown, answer: unknown = 'keep_state_and_data'): Step {
  return { name, answer }
}
/** An event that is answered with these actions and the same state. */
export function acts(name: unknown, ...actions: readonly unknown[]): Step {
  return step(name, ['keep_state_and_data', actions])
}
/** A change of state. */
export function to(state: unknown, ...actions: readonly unknown[]): Step {
  return step(`to ${String(state)}`, ({ data }: { readonly data: unknown }) => ['next_state', state, data, actions])
}
/** A call that is answered with `value`, after the other actions. */
export function asks(name: unknown, value: unknown = 'ok', ...actions: readonly unknown[]): Step {
  return step(name, ({ from }: { readonly from: From }) => ['keep_state_and_data', [...actions, ['reply', from, value]]])
}

export interface Machine {
  /** All that the callbacks were called with: `[type, name, state]`, `['enter', before, state]`, `['terminate', reason, state, data]`. */
  readonly log: unknown[]
  /** The same, and none of it again. */
  taken(): unknown[]
  readonly module: GenStatem<any, any, any, any>
}
export interface MachineOptions {
  /** What `init` answers. Default: state `a`, data 0. */
  readonly init?: unknown
  /** Makes `enter` calls; the function answers them. */
  readonly enter?: (state: unknown, before: unknown, data: unknown) => unknown
  /** One function for each of these states instead of one for all. */
  readonly states?: readonly string[]
}

/** A machine that does what its events say. */
export function machine({ init = ['ok', 'a', 0], enter, states }: MachineOptions = {}): Machine {
  const log: unknown[] = []
  const handle = (type: unknown, content: unknown, state: unknown, data: unknown): unknown => {
    if (type === 'enter') {
      log.push(['enter', content, state])
      return enter?.(state, content, data)
    }
    const { name, answer } = isStep(content) ? content : step(content)
    const from = Array.isArray(type) && type[0] === 'call' ? (type[1] as From) : (undefined as unknown as From)
    log.push([from === undefined ? type : 'call', name, state])
    return typeof answer === 'function' ? (answer as (event: object) => unknown)({ from, state, data }) : answer
  }
  const mode = states === undefined ? 'handleEventFunction' : 'stateFunctions'
  const byState = (states ?? []).map((state) => [
    state,
    (type: unknown, content: unknown, data: unknown) => handle(type, content, state, data),
  ])
  const module = {
    callbackMode: enter === undefined ? mode : [mode, 'stateEnter'],
    init: () => (typeof init === 'function' ? (init as () => unknown)() : init),
    handleEvent: handle,
    states: Object.fromEntries(byState),
    terminate: (reason: unknown, state: unknown, data: unknown) => void log.push(['terminate', reason, state, data]),
  }
  return { log, taken: () => log.splice(0), module: module as unknown as Machine['module'] }
}

function isStep(content: unknown): content is Step {
  return typeof content === 'object' && content !== null && 'answer' in content
}

/** Starts a machine on a test node, outside any process. */
export async function started(node: TestNode, { module }: Pick<Machine, 'module'>): Promise<Pid> {
  return unwrap(await node.run(() => genStatem.start(module)))
}
/** Sends casts and runs what can run. */
export async function casts(node: TestNode, pid: Pid, ...steps: readonly unknown[]): Promise<void> {
  for (const what of steps) node.run(() => genStatem.cast(pid, what))
  await node.settle()
}
