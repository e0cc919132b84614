// The library's own invariants, each a whole random system under one seed. Entered by main and the tests; calls the scenarios.
import type { SimulationResult } from 'gensock/testing'
import { calls } from './scenarios/calls.js'
import { messages } from './scenarios/messages.js'
import { pages } from './scenarios/pages.js'
import { services } from './scenarios/services.js'
import { sockets } from './scenarios/sockets.js'
import { supervisors } from './scenarios/supervisors.js'

/** One random system and what must hold in it. */
export interface LibraryScenario {
  /** For `--only` and for the variants; kebab-case. */
  readonly name: string
  /** What is looked at, a sentence each. */
  readonly claims: readonly string[]
  /** One run; rejects with a SimulationError when a claim breaks. The same seed does the same again. */
  readonly run: (seed: number) => Promise<SimulationResult<unknown>>
}

export const SCENARIOS: readonly LibraryScenario[] = [
  // Runtime and behaviours.
  messages,
  supervisors,
  calls,
  // Sockets and sessions.
  sockets,
  pages,
  // Handlers.
  services,
]
