// A deliberately broken variant of the library: proof that a scenario would find such a bug. Types only.
import type { Replacement } from './bundle.js'

/** One text of the sources that is wrong on purpose. */
export interface Variant extends Replacement {
  readonly name: string
  /** Name of the scenario that must find it. */
  readonly scenario: string
  /** The claim that it breaks. */
  readonly breaks: string
  /** The search begins with this seed: where the first that fails is far, those before it would only cost time. Default 1. */
  readonly firstSeed?: number
}
