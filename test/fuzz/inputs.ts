// Input number so and so of a seed: a function of both and of nothing else. Pure. Entered by run.ts and by the tests.
import { framesInput } from './frames.js'
import { type Conversation, conversation } from './fallback.js'
import { handshakeInput } from './handshakes.js'
import type { Input } from './input.js'
import { Dice } from './random.js'

export const KINDS = ['handshakes', 'frames', 'fallback'] as const
export type Kind = (typeof KINDS)[number]
/** Of all inputs, in percent. */
const SHARES: Readonly<Record<Kind, number>> = { handshakes: 40, frames: 50, fallback: 10 }

export type AnyInput =
  | { readonly kind: 'handshakes' | 'frames'; readonly input: Input }
  | { readonly kind: 'fallback'; readonly input: Conversation }

export function inputOf(seed: number, index: number, kinds: readonly Kind[] = KINDS): AnyInput {
  const dice = new Dice(seed, index)
  let at = dice.below(kinds.reduce((sum, kind) => sum + SHARES[kind], 0))
  const kind = kinds.find((one) => (at -= SHARES[one]) < 0) as Kind
  if (kind === 'fallback') return { kind, input: conversation(dice) }
  return { kind, input: kind === 'handshakes' ? handshakeInput(dice) : framesInput(dice) }
}

/** Is it one of those that are asked for by number? Conversations come beside them, and count where they are alone. */
export function counts({ kind }: AnyInput, kinds: readonly Kind[]): boolean {
  return kind !== 'fallback' || kinds.every((one) => one === 'fallback')
}
