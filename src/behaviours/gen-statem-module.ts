// What a state machine's callback module must be, checked once at the start, and how its state callback is called. Entered by
// gen-statem and its rules.
import { requireFunction } from '../base/check.js'
import { BadArgError, GensockError, show } from '../base/errors.js'

/** The callbacks as the rules call them. */
interface Callbacks {
  init(arg: unknown, self: unknown): unknown
  handleEvent(type: unknown, content: unknown, state: unknown, data: unknown, self: unknown): unknown
  terminate?(reason: unknown, state: unknown, data: unknown, self: unknown): unknown
}
type StateCallback = (type: unknown, content: unknown, data: unknown, self: unknown) => unknown

/** A module that has been checked: what it says of itself, in the form that the rules use. */
export interface StatemModule {
  readonly module: Callbacks
  /** The callbacks by state; null when one function handles all states. */
  readonly states: Readonly<Record<string, StateCallback>> | null
  /** Are there `enter` calls? */
  readonly enters: boolean
}

/** Refuses what cannot be a state machine's module. */
export function checkStatem(where: string, module: unknown): StatemModule {
  if (typeof module !== 'object' || module === null)
    throw new BadArgError(`${where}: module`, 'an object with callbackMode and init', module)
  const given = module as Readonly<Record<string, unknown>>
  requireFunction(`${where}: module.init`, given['init'])
  if (given['terminate'] !== undefined) requireFunction(`${where}: module.terminate`, given['terminate'])
  const modes = modesOf(where, given['callbackMode'])
  const byState = modes.findLast((mode) => mode !== 'stateEnter') === 'stateFunctions'
  if (byState) checkStates(where, given['states'])
  else requireFunction(`${where}: module.handleEvent`, given['handleEvent'])
  return {
    module: module as Callbacks,
    states: byState ? (given['states'] as StatemModule['states']) : null,
    enters: modes.includes('stateEnter'),
  }
}

function modesOf(where: string, given: unknown): readonly unknown[] {
  const modes = Array.isArray(given) ? given : [given]
  if (modes.some(isMode) && modes.every((mode) => isMode(mode) || mode === 'stateEnter')) return modes
  throw new BadArgError(
    `${where}: module.callbackMode`,
    "'stateFunctions' or 'handleEventFunction', or a list of one of them and 'stateEnter'",
    given,
  )
}

function isMode(mode: unknown): boolean {
  return mode === 'stateFunctions' || mode === 'handleEventFunction'
}

function checkStates(where: string, states: unknown): void {
  if (typeof states !== 'object' || states === null)
    throw new BadArgError(`${where}: module.states`, 'an object of functions by state', states)
  for (const [state, callback] of Object.entries(states)) requireFunction(`${where}: module.states.${state}`, callback)
}

/** Calls the state callback: the function of this state, or the one of all states. */
export function callState(
  { module, states }: StatemModule,
  type: unknown,
  content: unknown,
  state: unknown,
  data: unknown,
  self: unknown,
): unknown {
  if (states === null) return module.handleEvent(type, content, state, data, self)
  if (typeof state !== 'string' || !Object.hasOwn(states, state)) throw noState(states, state)
  return (states[state] as StateCallback)(type, content, data, self)
}

function noState(states: object, state: unknown): GensockError {
  const known = Object.keys(states).join(', ')
  if (typeof state === 'string')
    return new GensockError('GENSOCK_ERR_NO_CLAUSE', `the machine has no state ${show(state)}; it has ${known}`, 'undef')
  const text = `with stateFunctions a state must be the name of one (${known}), got ${show(state)}`
  return new GensockError('GENSOCK_ERR_BADARG', text, 'badarg')
}
