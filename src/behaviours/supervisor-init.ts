// What a supervisor is made of: flags and children, given as they are or by a function. Checked with OTP's error terms.
import { BadArgError } from '../base/errors.js'
import type { MaybePromise, Receiver } from '../runtime/self-types.js'
import { type CheckedChild, checkChildSpec, checkChildSpecs, type ChildSpec, type ChildTemplate } from './child-spec.js'
import {
  checkFlags,
  FLAG_NAMES,
  isRefusal,
  refusal,
  type Refusal,
  type Strategy,
  type SupervisorFlags,
} from './supervisor-flags.js'

/**
 * A supervisor: its flags and its children, in the order of their start.
 *
 * @example
 * const children = [child('db', database), child('cache', cache)]
 * const spec: SupervisorSpec = { strategy: 'restForOne', intensity: 3, children }
 * @see OTP `supervisor:Module:init/1`
 */
export type SupervisorSpec = StaticSpec | TemplateSpec
interface StaticSpec extends Omit<SupervisorFlags, 'strategy'> {
  /**
   * Default 'oneForOne'. With `undefined` the compiler knows a spec without this key for one of this kind, and types its
   * children.
   */
  readonly strategy?: Exclude<Strategy, 'simpleOneForOne'> | undefined
  /** In the order of their start. */
  readonly children: readonly ChildSpec[]
}
interface TemplateSpec extends SupervisorFlags {
  readonly strategy: 'simpleOneForOne'
  /** Exactly one child: the template of all that `startChild` will start. */
  readonly children: readonly ChildTemplate[]
}
/**
 * As a template, of any start function: next to its signature the compiler would not type the start functions of static
 * children in what `init` answers.
 */
interface AnsweredTemplate extends SupervisorFlags {
  readonly strategy: 'simpleOneForOne'
  readonly children: readonly (Omit<ChildTemplate, 'start'> & { readonly start: Function })[]
}
type AnsweredSpec = StaticSpec | AnsweredTemplate
/**
 * Gives the spec, each time the supervisor is started; runs inside the supervisor, whose Self it gets, and may be async.
 *
 * @example
 * const init: SupervisorInit = async () => ({ children: [child('db', database, await settings())] })
 * @see OTP `supervisor:Module:init/1`
 */
export interface SupervisorInit {
  /** Answers the spec, `['ok', spec]`, or `['ignore']` for no supervisor at all. */
  (self: Receiver): MaybePromise<AnsweredSpec | readonly ['ok', AnsweredSpec] | readonly ['ignore']>
  /** For the compiler only, so that it tells a function from a spec by this key. Undefined always. */
  readonly strategy?: undefined
}

/** A checked spec. */
export interface CheckedSpec {
  readonly flags: Required<SupervisorFlags>
  readonly children: readonly CheckedChild[]
}

/** Refuses what is neither a spec nor a function that gives one. */
export function requireSupervisor(where: string, given: unknown): SupervisorInit {
  if (typeof given === 'function') return given as SupervisorInit
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new BadArgError(`${where}: spec`, 'an object with children, or a function that returns one', given)
  return () => given as SupervisorSpec
}

/** What `init` has answered, checked: a spec, `ignore`, or why not. */
export function checkSupervisorSpec(answer: unknown): CheckedSpec | 'ignore' | Refusal {
  const tagged = Array.isArray(answer)
  if (tagged && answer[0] === 'ignore' && answer.length === 1) return 'ignore'
  const spec: unknown = tagged && answer[0] === 'ok' && answer.length === 2 ? (answer[1] as unknown) : answer
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    return refusal(['bad_return', ['init', answer]], 'supervisor: init', "a spec, ['ok', spec] or ['ignore']", answer)
  const unknown = Object.keys(spec).find((key) => key !== 'children' && !(FLAG_NAMES as readonly string[]).includes(key))
  if (unknown !== undefined) {
    const keys = [...FLAG_NAMES, 'children'].join(', ')
    return refusal(['supervisor_data', ['invalid_flag', unknown]], 'supervisor: keys of the spec', `some of ${keys}`, unknown)
  }
  const flags = checkFlags(spec)
  if (isRefusal(flags)) return { ...flags, refused: ['supervisor_data', flags.refused] }
  const children = childrenOf(flags, (spec as Partial<SupervisorSpec>).children)
  return isRefusal(children) ? children : { flags, children }
}

function childrenOf(flags: Required<SupervisorFlags>, given: unknown): readonly CheckedChild[] | Refusal {
  if (flags.strategy !== 'simpleOneForOne') {
    const children = checkChildSpecs(given, flags.autoShutdown)
    return isRefusal(children) ? { ...children, refused: ['start_spec', children.refused] } : children
  }
  if (!Array.isArray(given) || given.length !== 1)
    return refusal(['bad_start_spec', given], 'supervisor: children', 'a list of one template', given)
  const template = checkChildSpec(given[0], flags.autoShutdown)
  return isRefusal(template) ? { ...template, refused: ['start_spec', template.refused] } : [template]
}
